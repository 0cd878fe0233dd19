/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building a histogram from batches: a consumer of scans with one lane per thread.
 *
 *     struct weir_hist_build *build = NULL;
 *     status = weir_hist_build_new(&request, &build, err);
 *     struct weir_consumer consumer = weir_hist_build_consumer(build);
 *     ... weir_scan ...
 *     status = weir_hist_build_finish(build, &hist, err);
 *     weir_hist_build_free(build);
 *
 * The result is exact and does not depend on the number of lanes, on batches, or on the memory
 * that there was.
 */
#ifndef WEIR_HIST_BUILD_H
#define WEIR_HIST_BUILD_H

#include "hist.h"
#include "hist_values.h"
#include "kernel.h"
#include "scan.h"

struct weir_hist_build;

struct weir_hist_request {
    struct weir_hist_spec spec;
    const struct weir_log_hist_ops *ops; /* kernels to use */
    const char *scratch;                 /* directory for what does not fit; borrowed until free */
    size_t budget_bytes; /* for the tables of all lanes; 0: half of what `mem` has left when the
                            scan begins. With a budget of nearly nothing all goes to scratch. */
    struct weir_mem *mem;
};

/* Starts a histogram. WEIR_USAGE: bin_exp above 63, an additional column twice; WEIR_MEMORY. */
enum weir_status weir_hist_build_new(const struct weir_hist_request *request,
                                     struct weir_hist_build **build,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Gives everything back, finished or not; NULL is allowed. */
void weir_hist_build_free(struct weir_hist_build *build);

/* The consumer that fills the histogram; it lives as long as `build`. Its `add` fails with
 * WEIR_FORMAT where a field is absent, negative, not whole or too large, and with WEIR_LIMIT,
 * WEIR_MEMORY, WEIR_IO, WEIR_CANCELLED where its tables must be emptied. */
struct weir_consumer weir_hist_build_consumer(struct weir_hist_build *build);

/* Records so far whose last packet came before the first one; they count as duration 0. Only
 * histograms that read times know. Call it when no lane is working. */
uint64_t weir_hist_build_bad_times(const struct weir_hist_build *build);

/* Receives a bin and its sums, one per column: flows, packets, octets, additional ones. */
typedef enum weir_status weir_hist_bin_sink(void *context, weir_u128 lo, weir_u128 hi,
                                            const weir_u128 *sums, struct weir_error *err);

/* Combines the lanes and hands the bins to `sink` in ascending order. Nothing may be added
 * afterwards; doing it again gives the same bins, so that a first pass can find out whether all is
 * well.
 * WEIR_LIMIT (a sum of 2^128 and more, named by bin), WEIR_IO, WEIR_MEMORY, WEIR_CANCELLED, and
 * what the sink says. Memory does not depend on the number of bins. */
enum weir_status weir_hist_build_each(struct weir_hist_build *build, weir_hist_bin_sink *sink,
                                      void *context, struct weir_error *err) WEIR_MUST_CHECK;

/* The same into an initialised empty histogram. */
enum weir_status weir_hist_build_finish(struct weir_hist_build *build, struct weir_hist *hist,
                                        struct weir_error *err) WEIR_MUST_CHECK;

#endif
