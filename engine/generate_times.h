/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When generated flows begin.
 *
 * Flows begin in the order of their numbers. In a Poisson process the times between them are
 * exponential, so the time of a record is a sum over all that come before it: the sums of whole
 * blocks are made first, in parallel, and added up in order; within a block sums go on from there.
 * After a series, the n-th of N flows begins where the share (n + u) / N of the series is reached,
 * u uniform: every second gets its share of flows, and a record needs no other.
 *
 * Everything here is read-only when it is made, and may then be used by any thread.
 */
#ifndef WEIR_GENERATE_TIMES_H
#define WEIR_GENERATE_TIMES_H

#include "kernel.h"
#include "run.h"

/* Records whose arrivals are summed up together. */
#define WEIR_ARRIVAL_BLOCK ((uint64_t)1 << 15)

struct weir_arrivals {
    double gap_ms;     /* mean time between flows of a Poisson process; 0: a series */
    uint64_t start_ms; /* since 1970 */
    uint64_t seed, n_records;
    uint64_t n;  /* blocks, or seconds of the series */
    double *sum; /* of what comes before each of them, and then of all */
    struct weir_mem *mem;
};

/* Starts arrivals that are not there yet. */
void weir_arrivals_init(struct weir_arrivals *arrivals, struct weir_mem *mem);
void weir_arrivals_release(struct weir_arrivals *arrivals);

#define WEIR_ARRIVALS_SERIES "series:"

/* Makes the arrivals of records 0 .. n_records - 1. `text` is poisson:RATE in flows per second, or
 * series:FILE, a file of one number per second such as those of a csv_series; named DAY.flows,
 * DAY.packets or DAY.octets, it begins with that day since 1970 unless `start` says otherwise.
 * `start` is a time (time_window.h), or NULL: 1970. WEIR_USAGE; WEIR_IO, WEIR_FORMAT with file and
 * line; WEIR_MEMORY; WEIR_CANCELLED.
 */
struct weir_arrivals_request {
    const char *text, *start;
    uint64_t seed, n_records; /* in all */
    uint64_t n_wanted;        /* times of more records are not asked for */
    struct weir_run *run;
};
/* WEIR_USAGE when `text` and `start` say no such thing; no file is looked at. */
enum weir_status weir_arrivals_check(const char *text, const char *start,
                                     struct weir_error *err) WEIR_MUST_CHECK;

enum weir_status weir_arrivals_make(const struct weir_arrivals_request *request,
                                    struct weir_arrivals *arrivals,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Sets at_ms[i] to the time of record first + i in ms since 1970, i < n <= WEIR_BATCH_RECORDS; what
 * is beyond 2^62 ms after the start is 2^62 ms after it.
 * *elapsed is where a block is at `first`: it is set when that is the first record of a block, and
 * kept up; so records of a block are asked for in order, from its first one on. `philox` gives
 * random words. */
void weir_arrivals_fill(const struct weir_arrivals *arrivals, const struct weir_philox_ops *philox,
                        uint64_t first, size_t n, double *elapsed, uint64_t *at_ms);

#endif
