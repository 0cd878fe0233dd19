/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits of one column of a histogram, by any method: start, iterations, standard errors, and what
 * there is to say about the result. The command is a shell around this.
 *
 *     struct weir_fit_result result;
 *     weir_fit_result_init(&result, mem);
 *     status = weir_fit_run(&plan, &hist, "flows", &result, err);
 *     ...
 *     weir_fit_result_release(&result);
 */
#ifndef WEIR_FIT_RUN_H
#define WEIR_FIT_RUN_H

#include "fit_outcome.h"
#include "fit_point.h"
#include "fit_quality.h"
#include "fit_search.h"

enum weir_fit_method {
    WEIR_FIT_POINT,  /* fit_point.h */
    WEIR_FIT_BINNED, /* fit_ascent.h */
    WEIR_FIT_SEARCH  /* fit_search.h */
};

/* What is wanted, for every y. */
struct weir_fit_plan {
    enum weir_fit_method method;
    const struct weir_mixture *initial; /* or NULL: start from `counts` */
    struct weir_fit_counts counts;
    uint64_t n_iterations;
    double tolerance;         /* per unit of weight; 0: all iterations */
    bool accelerates;         /* point */
    double max_pareto_weight; /* point; or INFINITY */
    bool free_pareto;         /* genparetos of a start from counts, and of the point method */
    unsigned n_starts;        /* 0: the method's default */
    uint64_t seed;            /* of starts and replicates */
    unsigned max_params;      /* search; 0: WEIR_SEARCH_PARAMS_MAX */
    bool bic;                 /* search: parameters have a price */
    unsigned n_replicates;    /* of the bootstrap */
    bool measures;            /* fill `quality` */
    struct weir_fit_trace trace;
    int n_threads;
    const struct weir_kernels *kernels;
    struct weir_mem *mem;
};

struct weir_fit_result {
    struct weir_mixture mixture;
    struct weir_fit_outcome outcome;
    struct weir_fit_quality quality; /* when plan->measures, or after a search */
    unsigned n_replicates;           /* that gave a mixture of the same components */
    struct weir_component *error;    /* standard errors of weight and parameters, or NULL */
    struct weir_mem *mem;
};

/* Starts an empty result; its mixture comes from `mem`. */
void weir_fit_result_init(struct weir_fit_result *result, struct weir_mem *mem);
void weir_fit_result_release(struct weir_fit_result *result);

/* WEIR_USAGE when --initial does not suit the method. */
enum weir_status weir_fit_check(const struct weir_fit_plan *plan,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* Fits the column called `y`. Of several starts the best one stays: the first is as asked for, of
 * the others the places of components are drawn between the smallest and the largest x. Equal plans
 * give equal results on any number of threads. WEIR_FORMAT: no such column, nothing to fit;
 * WEIR_USAGE, WEIR_LIMIT: as the methods say; WEIR_MEMORY; WEIR_CANCELLED. Any thread. */
enum weir_status weir_fit_run(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                              const char *y, struct weir_fit_result *result,
                              struct weir_error *err) WEIR_MUST_CHECK;

/* Fits again from `mixture`, which is improved in place, with the plan's method and one thread: a
 * search is not repeated, its mixture is improved by its objective. For bootstrap. */
enum weir_status weir_fit_again(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                                size_t column, struct weir_mixture *mixture,
                                struct weir_fit_outcome *outcome,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* Calls `tell` with a line for everything about a result that somebody should know: components that
 * vanished or collapsed, iterations that ran out, equal components, a bad tail. */
void weir_fit_warn(const struct weir_fit_plan *plan, const struct weir_fit_result *result,
                   void (*tell)(void *context, const char *line), void *context);

#endif
