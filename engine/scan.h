/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one scan: runs the blocks of a source over the threads and hands batches to consumers.
 *
 * A scan has branches, each with its own slice, filter and consumers; all branches see the same
 * pass over the input (in a job, all histograms of a trace). A consumer is either a *partial* (one
 * lane of state per thread, combined when the scan is over: histograms, sums) or an *ordered sink*
 * (a writer: its blocks take places in input order). There is one parallel region, one atomic
 * ticket per block, and one look at the stop flag per block.
 *
 * Results do not depend on the number of threads. Errors neither: the error of the earliest block
 * wins, and an error behind the last record that --count-in or --count-out ask for never happened.
 */
#ifndef WEIR_SCAN_H
#define WEIR_SCAN_H

#include "batch.h"
#include "filter.h"
#include "run.h"
#include "source.h"

/* Which records of a sequence take part: those with index skip .. skip + count - 1. */
struct weir_slice {
    uint64_t skip;
    uint64_t count; /* UINT64_MAX: all */
};
#define WEIR_SLICE_ALL ((struct weir_slice){0, UINT64_MAX})

/* What receives batches. `state` is the consumer's own; lanes are numbered 0 .. n_lanes - 1 and
 * each is used by one thread at a time. */
struct weir_consumer {
    void *state;
    weir_fields fields; /* fields that `add` reads */
    bool everything;    /* every column that the source has is read, custom ones too */
    struct weir_column_request columns; /* with `everything`: which custom ones; set by prepare */

    /* Called once by the driver, with the source open, before the scan; one thread. May still
     * change `fields` and `everything`. */
    enum weir_status (*begin)(void *state, size_t n_lanes, struct weir_error *err);

    /* Called in parallel, for records that passed. Messages need not name the input: the scan puts
     * the path and the record before them. *bad, set with WEIR_FORMAT or WEIR_LIMIT when one
     * record is to blame, is its index in the batch; it arrives as SIZE_MAX: none. */
    enum weir_status (*add)(void *state, size_t lane, const struct weir_batch *batch, size_t *bad,
                            struct weir_error *err);

    /* Ordered sinks only, else NULL: see `place` and `put` of struct weir_format. */
    enum weir_status (*place)(void *state, size_t lane, struct weir_error *err);
    enum weir_status (*put)(void *state, size_t lane, struct weir_error *err);
};

struct weir_scan_branch {
    struct weir_slice in;             /* over the records of the source */
    const struct weir_filter *filter; /* or NULL */
    const struct weir_filter *times;  /* or NULL; of the records that pass the filter, those that do
                                         not pass this have bad times */
    bool refuse_bad_times;            /* fail at such a record instead of dropping it */
    struct weir_slice out;            /* over the records that passed both */
    const struct weir_consumer *consumers;
    size_t n_consumers;
    /* results */
    uint64_t records_read;     /* inside `in` */
    uint64_t records_filtered; /* turned down by the filter */
    uint64_t records_dropped;  /* turned down for their times */
    uint64_t records_used;     /* handed to the consumers */
};

/* True when the branch chooses among records: by a filter, or by their times. */
static inline bool weir_scan_branch_selects(const struct weir_scan_branch *branch)
{
    return branch->filter != NULL || branch->times != NULL;
}

/* Scans the source once for all branches. Bad lines that the source keeps are appended to `rejects`
 * in input order (NULL when it keeps none). Statuses are those of the source, the filters and the
 * consumers, and WEIR_CANCELLED after SIGINT or SIGTERM. Consumers are left as they are: the caller
 * commits or discards them. */
enum weir_status weir_scan(struct weir_run *run, struct weir_source *source,
                           struct weir_scan_branch *branches, size_t n_branches,
                           struct weir_output *rejects, struct weir_error *err) WEIR_MUST_CHECK;

#endif
