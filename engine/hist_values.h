/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a histogram takes from flow records: the x value and the numbers that are summed.
 *
 * Batches are worked on in chunks of up to WEIR_LOG_HIST_RECORDS records, so that everything about
 * a chunk stays in the first-level cache. Columns of 64-bit unsigned integers are read in place,
 * others are converted; duration and rate are computed, from times in their usual types without
 * converting these.
 *
 *     duration = 0 when packets == 1, else last - first in ms, 0 when that is negative
 *     rate     = 8000 * octets / duration in bit/s, 0 when duration == 0
 *
 * Everything that is summed is cut into *parts* of 64 bits: packets, octets, then those of the
 * additional columns in their order. The rate is summed as floor(2^20 * rate) in two parts, its
 * low WEIR_LOG_HIST_RATE_LOW_BITS bits and the rest. The few values that need more than 64 bits (a
 * rate of an impossible number of octets, a duration of an impossible time) make the chunk *wide*;
 * its records are then asked for one by one.
 *
 * A struct weir_hist_values is scratch of one thread.
 */
#ifndef WEIR_HIST_VALUES_H
#define WEIR_HIST_VALUES_H

#include "batch.h"
#include "hist.h"
#include "log_hist.h"
#include "mem.h"

/* Columns that may be summed besides flows, packets and octets. */
enum weir_hist_extra { WEIR_HIST_DURATION, WEIR_HIST_RATE, WEIR_HIST_AGGS, WEIR_HIST_N_EXTRAS };

#define WEIR_HIST_PARTS_MAX 6 /* packets, octets, duration, rate low, rate high, aggs */

/* Which histogram is wanted. */
struct weir_hist_spec {
    enum weir_hist_x x;
    unsigned bin_exp; /* 0 .. 63 */
    size_t n_extras;  /* additional columns, none of them twice */
    enum weir_hist_extra extra[WEIR_HIST_N_EXTRAS];
};

/* The fields that the histogram is made from. */
weir_fields weir_hist_spec_fields(const struct weir_hist_spec *spec);

/* "duration", "rate" or "aggs"; static storage. */
const char *weir_hist_extra_name(enum weir_hist_extra extra);

/* Number of parts, 2 .. WEIR_HIST_PARTS_MAX. */
size_t weir_hist_spec_parts(const struct weir_hist_spec *spec);

/* Sets the columns of an empty histogram: flows, packets, octets and the additional ones. */
void weir_hist_spec_columns(const struct weir_hist_spec *spec, struct weir_hist *hist);

/* Makes column sums (hist->n_columns of them, flows first) from the sums of flows and the parts.
 * WEIR_LIMIT when one does not fit into 128 bits. */
enum weir_status weir_hist_spec_sums(const struct weir_hist_spec *spec, const weir_u128 *parts,
                                     weir_u128 *sums, struct weir_error *err) WEIR_MUST_CHECK;

struct weir_hist_values {
    const struct weir_hist_spec *spec;
    const struct weir_log_hist_ops *ops;
    size_t n_parts;
    /* the loaded chunk */
    size_t n;
    bool wide;         /* x and part are not set */
    const uint64_t *x; /* n values each */
    const uint64_t *part[WEIR_HIST_PARTS_MAX];
    uint64_t n_bad_times; /* records with last < first, all chunks so far */
    /* internal */
    const uint64_t *field[WEIR_N_FIELDS]; /* n values of each field that is used, else NULL */
    uint64_t *converted[WEIR_N_FIELDS];
    bool has_durations; /* of the chunk, in `duration` */
    uint64_t *duration, *rate, *rate_low, *rate_high;
    uint64_t *scratch;
    struct weir_mem *mem;
};

/* Starts scratch for `spec` (borrowed, as `ops` is). WEIR_MEMORY. Release it also after a
 * failure. */
enum weir_status weir_hist_values_init(struct weir_hist_values *values,
                                       const struct weir_hist_spec *spec,
                                       const struct weir_log_hist_ops *ops, struct weir_mem *mem,
                                       struct weir_error *err) WEIR_MUST_CHECK;
void weir_hist_values_release(struct weir_hist_values *values);

/* Loads records [begin, begin + n) of `batch`, n <= WEIR_LOG_HIST_RECORDS. What is set lives as
 * long as the batch and until the next load. WEIR_FORMAT when a field is absent, or a value of it
 * is negative, no whole number or 2^64 and more: the message names field and value, *bad is the
 * index in the batch of the earliest such record. */
enum weir_status weir_hist_values_load(struct weir_hist_values *values,
                                       const struct weir_batch *batch, size_t begin, size_t n,
                                       size_t *bad, struct weir_error *err) WEIR_MUST_CHECK;

/* x and parts of record i of the chunk, whatever their size; for wide and for other chunks. */
void weir_hist_values_record(const struct weir_hist_values *values, size_t i, weir_u128 *x,
                             weir_u128 *part);

#endif
