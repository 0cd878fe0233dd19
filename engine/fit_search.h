/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search for the mixture of at most so many free parameters that fits a histogram best: structure
 * as well as parameters, from nothing but the data.
 *
 * Components are uniforms from 0, atoms [n - 1, n], lognormals and Weibulls (classic Paretos were
 * tried for the tail and did not pay: of udp/size/flows the mean got worse). Several starts fill up
 * their budget greedily, then change what they have by large-neighbourhood search: some components
 * are thrown out, others that look promising come in, everything is optimised together, and what is
 * better, or at first a little worse, stays. Between epochs the worse half of the starts goes on
 * from the better one. All this works on merged bins; the best mixture is polished on all bins. The
 * objective is that of fit_binned.h. On two cores a search takes 4 to 10 s.
 *
 *     const struct weir_search search = {.hist = hist, .column = 0, .max_params = 17,
 *                                        .n_threads = run->n_threads,
 *                                        .kernels = &run->kernels, .mem = run->mem};
 *     status = weir_search_run(&search, &mixture, &quality, err);
 */
#ifndef WEIR_FIT_SEARCH_H
#define WEIR_FIT_SEARCH_H

#include "fit_binned.h"
#include "mixture.h"

/* Parameters of a search that knows no better: twice those of published models. */
#define WEIR_SEARCH_PARAMS_MAX 40
#define WEIR_SEARCH_STARTS     8

/* How the mixture is polished in the end; as weir_optimise has it. */
#define WEIR_SEARCH_POLISH_STEPS     300
#define WEIR_SEARCH_POLISH_TOLERANCE 1e-8

/* The objective of a search for column `column` of `hist`, of which `binned` was made: that of
 * flows over sizes holds the tail harder than others do. With n_flows above 0 distances of cdfs and
 * of tails count only where they are more than so many flows leave to chance: the median of
 * Kolmogorov's distribution, and a relative error 1 / sqrt(flows beyond) in the tail.
 */
struct weir_binned_terms weir_search_terms(const struct weir_hist *hist, size_t column,
                                           const struct weir_binned *binned, double n_flows);

struct weir_search {
    const struct weir_hist *hist; /* bins from 1 on */
    size_t column;       /* of its sums: 0 flows, 1 packets, 2 octets; below hist->n_columns */
    unsigned max_params; /* as weir_mixture_free_parameters counts; at least 2 */
    double n_flows; /* above 0: the effective number of flows, of which BIC chooses the budget up to
                       max_params. A parameter must raise the objective by ln(n) / (2 n), and the
                       objective leaves out what is chance (weir_search_terms) */
    uint64_t seed;
    unsigned n_starts; /* 0: WEIR_SEARCH_STARTS */
    unsigned n_rounds; /* of the neighbourhood search, for each start; 0: 100, fewer of many
                          parameters; rounded to fours */
    int n_threads;     /* at least 1 */
    const struct weir_kernels *kernels;
    struct weir_mem *mem;
};

/* Searches, and replaces the contents of `mixture`, which is initialised: components by kind, then
 * by place, then by width; weights add up to 1; `sum` is that of the column. `quality` (NULL
 * allowed) tells how it fits all bins. Equal requests give equal results on any number of threads.
 * WEIR_FORMAT and WEIR_LIMIT as weir_binned_init; WEIR_USAGE for a budget below 2; WEIR_MEMORY;
 * WEIR_CANCELLED after SIGINT or SIGTERM. Any thread. */
enum weir_status weir_search_run(const struct weir_search *search, struct weir_mixture *mixture,
                                 struct weir_binned_quality *quality,
                                 struct weir_error *err) WEIR_MUST_CHECK;

#endif
