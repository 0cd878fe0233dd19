/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting as flow-models does it: EM on the density at the points, a given number of iterations;
 * or, on request, until the likelihood stands still, and in longer steps.
 *
 * What it maximises treats a bin as its lower edge and whole numbers as reals, except for the
 * smallest one, whose probability is F(x) - F(0). The binned likelihood (fit_binned.h) is the right
 * one; this one gives the same numbers as flow-models (rules: its fit, as restated here).
 *
 *     status = weir_fit_point_start(&data, &counts, &mixture, err);    or a mixture from a file
 *     status = weir_fit_point(&request, &mixture, &outcome, err);
 *
 * One iteration: r_nk = w_k f_k(x_n) / sum_j w_j f_j(x_n), c_nk = r_nk weight_n; then w_k = mean of
 * c_nk over n, and parameters from c_k: uniforms stay; norm and lognorm their mean and standard
 * deviation (of ln x), in closed form; a classic Pareto alpha = 1 / (mean of ln x - ln loc); gamma,
 * weibull_min and a free genpareto their maximum likelihood, by roots and minima of GSL. loc stays.
 * A lognormal whose median comes below the widest uniform or a Pareto's loc + 1 keeps what it had.
 * Because of the first point's probability, the likelihood may fall by a little in a step.
 */
#ifndef WEIR_FIT_POINT_H
#define WEIR_FIT_POINT_H

#include "fit_data.h"
#include "fit_outcome.h"
#include "mixture.h"

struct weir_fit_point_request {
    const struct weir_fit_data *data;
    const struct weir_em_mixture_ops *ops;
    uint64_t n_iterations;    /* passes over the points, at most */
    double tolerance;         /* ends when a step changes the log-likelihood by less; 0: never */
    bool accelerates;         /* by fit_squarem.h, wherever that raises the log-likelihood */
    double max_pareto_weight; /* of every genpareto; INFINITY: no limit */
    bool free_pareto;         /* scale of a genpareto is fitted too; else it is xi * loc */
    int n_threads;
    struct weir_mem *mem;
    struct weir_fit_trace trace; /* of the log-likelihood per unit of weight */
};

/* Components of a start, by kind. */
struct weir_fit_counts {
    uint64_t of[WEIR_N_KINDS];
};

/* A component with less weight has collapsed. */
#define WEIR_FIT_WEIGHT_LEAST 1e-12

/* Appends an initial mixture, all weights 0.1: uniforms from 0 whose widths are the smallest value,
 * that plus 1, and so on; then, in this order, genparetos [1, g, 10], lognormals [2, 0, g] (so far
 * flow-models' start), norms [g, g / 2], gammas and weibull_mins [1, 0, g], each at the next g of a
 * geometric grid from the widest uniform (or the smallest value) to the largest value. WEIR_MEMORY.
 */
enum weir_status weir_fit_point_start(const struct weir_fit_data *data,
                                      const struct weir_fit_counts *counts,
                                      struct weir_mixture *mixture,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* WEIR_USAGE: no components, more than WEIR_EM_FORMS_MAX, or a lognorm, gamma or weibull_min with
 * loc, none of which can be fitted. */
enum weir_status weir_fit_point_check(const struct weir_mixture *mixture,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Improves the mixture in place and sets its sum. The outcome's value is the log-likelihood of the
 * result, the mean per unit of weight. Components whose parameters or weight are no numbers any
 * more are dropped and counted. WEIR_USAGE as above; WEIR_MEMORY; WEIR_CANCELLED. */
enum weir_status weir_fit_point(const struct weir_fit_point_request *request,
                                struct weir_mixture *mixture, struct weir_fit_outcome *outcome,
                                struct weir_error *err) WEIR_MUST_CHECK;

#endif
