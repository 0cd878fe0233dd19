/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The histogram of one thread: open tables of 64-bit sums, exact storage of 128-bit sums behind
 * them, runs in a scratch file behind that.
 *
 * The fast path adds 64-bit numbers without looking at carries. A running bound per part (records
 * times the bitwise or of their values, added up over chunks) proves that no sum of the open tables
 * can have wrapped. When the next chunk could break the proof, the open tables are emptied into the
 * exact storage first; a chunk that breaks it alone, and one with values of more than 64 bits, goes
 * there record by record. So every sum is exact, whatever the values.
 *
 *   packed   counters for records with few packets and octets, when x is packets and nothing but
 *            packets and octets is summed
 *   dense    every bin (bin_exp 1 .. WEIR_LOG_HIST_EXP_MAX), or those of small x
 *   sparse   the bins of other x, by lower edge
 *   exact    128-bit sums, by lower edge
 *
 * Dense and packed tables are left out where the lane's share of memory is too small for them;
 * sparse and exact ones that may not grow any more are sorted and written to the scratch file.
 */
#ifndef WEIR_HIST_LANE_H
#define WEIR_HIST_LANE_H

#include "hist_merge.h"
#include "hist_spill.h"
#include "hist_values.h"

/* What the lanes of a histogram have in common; read-only while they work. */
struct weir_hist_plan {
    struct weir_hist_spec spec;
    const struct weir_log_hist_ops *ops;
    const char *scratch; /* directory for spilled bins */
    struct weir_mem *mem;
    size_t lane_bytes; /* memory that the tables of a lane may take */
};

struct weir_hist_lane {
    const struct weir_hist_plan *plan;
    struct weir_hist_values values;
    size_t n_parts;
    size_t n_numbers; /* edge, flows, parts */
    uint64_t *dense;  /* rows of `stride` words, or NULL */
    size_t stride;
    bool dense_is_all;    /* every 64-bit x has a dense entry */
    size_t dense_entries; /* spare ones not counted */
    size_t dense_bytes;
    uint64_t *packed;                        /* or NULL */
    uint64_t n_packed;                       /* records in it */
    uint64_t bound[1 + WEIR_HIST_PARTS_MAX]; /* no sum of the open tables is larger: flows, parts */
    struct weir_hist_entries sparse;
    struct weir_hist_entries exact;
    struct weir_hist_spill spill;
    bool is_sorted; /* the lane has ended */
    /* scratch for one chunk */
    uint32_t *index, *rest;
    uint64_t *lower;
    uint64_t *gathered[WEIR_HIST_PARTS_MAX];
    void *scratch;
};

/* Makes a lane; call it on the thread that will use it, so that its pages lie near. `plan` is
 * borrowed. WEIR_MEMORY. */
enum weir_status weir_hist_lane_new(const struct weir_hist_plan *plan, struct weir_hist_lane **lane,
                                    struct weir_error *err) WEIR_MUST_CHECK;
void weir_hist_lane_free(struct weir_hist_lane *lane);

/* Adds the records of a batch. WEIR_FORMAT with *bad as of weir_hist_values_load; WEIR_LIMIT,
 * WEIR_MEMORY, WEIR_IO, WEIR_CANCELLED from emptying tables. */
enum weir_status weir_hist_lane_add(struct weir_hist_lane *lane, const struct weir_batch *batch,
                                    size_t *bad, struct weir_error *err) WEIR_MUST_CHECK;

/* Ends adding: sorts what is there, so that streams can walk it. Does nothing the second time. */
enum weir_status weir_hist_lane_end(struct weir_hist_lane *lane,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Adds the dense tables of ended lanes (NULL: none) up in the first of them, on n_threads threads,
 * and gives the others back, so that merging has one to walk. Leaves all as it is where a sum could
 * wrap. `tables` has room for n_lanes pointers. */
void weir_hist_lane_fold(struct weir_hist_lane *const *lanes, size_t n_lanes, uint64_t **tables,
                         int n_threads);

/* Streams in memory that an ended lane has besides its runs. */
#define WEIR_HIST_LANE_STREAMS 3
void weir_hist_lane_streams(const struct weir_hist_lane *lane, struct weir_hist_stream *streams);

#endif
