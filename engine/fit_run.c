/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a plan to a result. */
#include "fit_run.h"

#include "fit_ascent.h"
#include "fit_bootstrap.h"
#include "fit_random.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ALIKE        1e-6 /* components of equal parameters, but for this */
#define TAIL_BAD     0.5
#define MEAN_BAD     0.15
#define WEIGHTS_LACK 1e-6

void weir_fit_result_init(struct weir_fit_result *result, struct weir_mem *mem)
{
    *result = (struct weir_fit_result){.mem = mem};
    weir_mixture_init(&result->mixture, mem);
}

void weir_fit_result_release(struct weir_fit_result *result)
{
    if (result->mem == NULL)
        return;
    weir_mixture_release(&result->mixture);
    weir_mem_free(result->mem, result->error);
    *result = (struct weir_fit_result){.mem = NULL};
}

enum weir_status weir_fit_check(const struct weir_fit_plan *plan, struct weir_error *err)
{
    if (plan->initial == NULL)
        return WEIR_OK;
    return plan->method == WEIR_FIT_BINNED ? weir_ascent_check(plan->initial, err)
                                           : weir_fit_point_check(plan->initial, err);
}

/* --- one fit --------------------------------------------------------------------------------- */

/* What BIC counts with, or 0 where it is not asked. */
static double bic_flows(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                        size_t column)
{
    return plan->bic ? weir_fit_quality_flows(hist, column) : 0;
}

/* A column of a histogram as methods look at it. */
struct ground {
    struct weir_fit_data data; /* point, and starts from counts */
    struct weir_binned binned; /* all others */
    struct weir_binned_terms terms;
    double sigma_min;
};

/* `starts`: starts are made from it, too. */
static enum weir_status ground_init(struct ground *ground, const struct weir_fit_plan *plan,
                                    const struct weir_hist *hist, size_t column, bool starts,
                                    struct weir_error *err)
{
    const bool flows = column == 0;
    *ground = (struct ground){
        .terms = {.q = 2},
        .sigma_min = flows ? WEIR_FIT_SIGMA_MIN_FLOWS : WEIR_FIT_SIGMA_MIN,
    };
    enum weir_status status = WEIR_OK;
    if (starts || plan->method == WEIR_FIT_POINT)
        status = weir_fit_data_init(&ground->data, hist, hist->column_name[column], plan->mem, err);
    if (status == WEIR_OK && plan->method != WEIR_FIT_POINT)
        status = weir_binned_init(&ground->binned, hist, column, 0, plan->kernels, plan->mem, err);
    if (status == WEIR_OK && plan->method == WEIR_FIT_SEARCH)
        ground->terms =
            weir_search_terms(hist, column, &ground->binned, bic_flows(plan, hist, column));
    return status;
}

static void ground_release(struct ground *ground)
{
    weir_fit_data_release(&ground->data);
    weir_binned_release(&ground->binned);
}

static enum weir_status fit_from(const struct weir_fit_plan *plan, const struct ground *ground,
                                 struct weir_mixture *mixture, struct weir_fit_outcome *outcome,
                                 struct weir_error *err)
{
    const struct weir_fit_point_request request = {.data = &ground->data,
                                                   .ops = plan->kernels->em_mixture,
                                                   .n_iterations = plan->n_iterations,
                                                   .tolerance = plan->tolerance,
                                                   .accelerates = plan->accelerates,
                                                   .max_pareto_weight = plan->max_pareto_weight,
                                                   .free_pareto = plan->free_pareto,
                                                   .n_threads = plan->n_threads,
                                                   .mem = plan->mem,
                                                   .trace = plan->trace};
    const struct weir_ascent ascent = {.binned = &ground->binned,
                                       .terms = ground->terms,
                                       .sigma_min = ground->sigma_min,
                                       .n_iterations = plan->n_iterations,
                                       .tolerance = plan->tolerance,
                                       .trace = plan->trace,
                                       .mem = plan->mem};
    return plan->method == WEIR_FIT_POINT ? weir_fit_point(&request, mixture, outcome, err)
                                          : weir_ascent_run(&ascent, mixture, outcome, err);
}

enum weir_status weir_fit_again(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                                size_t column, struct weir_mixture *mixture,
                                struct weir_fit_outcome *outcome, struct weir_error *err)
{
    struct weir_fit_plan again = *plan;
    struct ground ground;
    again.n_threads = 1;
    again.trace = (struct weir_fit_trace){NULL, NULL};
    if (again.method == WEIR_FIT_SEARCH) {
        again.n_iterations = WEIR_SEARCH_POLISH_STEPS;
        again.tolerance = WEIR_SEARCH_POLISH_TOLERANCE;
    }
    enum weir_status status = ground_init(&ground, &again, hist, column, false, err);
    if (status == WEIR_OK)
        status = fit_from(&again, &ground, mixture, outcome, err);
    ground_release(&ground);
    return status;
}

/* --- starts ---------------------------------------------------------------------------------- */

/* Classic Paretos have a scale that follows from their shape. */
static void make_classic(struct weir_mixture *mixture)
{
    for (size_t k = 0; k < mixture->n_components; k++) {
        struct weir_component *component = &mixture->component[k];
        if (component->kind == WEIR_GENPARETO)
            component->parameter[2] = component->parameter[0] * component->parameter[1];
    }
}

/* Draws places between the smallest and the largest x, evenly on the scale of ln x. */
static void scatter(const struct weir_fit_data *data, uint64_t *random,
                    struct weir_mixture *mixture)
{
    const double lo = data->points.log_x[0], hi = data->points.log_x[data->points.n - 1];
    for (size_t k = 0; k < mixture->n_components; k++) {
        double *p = mixture->component[k].parameter;
        const double place = exp(lo + (hi - lo) * weir_random_unit(random));
        switch (mixture->component[k].kind) {
        case WEIR_NORM:
            p[0] = place;
            p[1] = place / 2;
            break;
        case WEIR_GENPARETO:
            p[1] = place;
            break;
        case WEIR_LOGNORM:
        case WEIR_GAMMA:
        case WEIR_WEIBULL_MIN:
            p[2] = place;
            break;
        case WEIR_UNIFORM:
        case WEIR_N_KINDS:
            break;
        }
    }
}

/* Start number `i` of a plan. */
static enum weir_status make_start(const struct weir_fit_plan *plan,
                                   const struct weir_fit_data *data, unsigned i,
                                   struct weir_mixture *mixture, struct weir_error *err)
{
    uint64_t random = weir_random_stream(plan->seed, i);
    mixture->n_components = 0;
    const enum weir_status status = plan->initial != NULL
                                        ? weir_mixture_copy(mixture, plan->initial, err)
                                        : weir_fit_point_start(data, &plan->counts, mixture, err);
    if (status == WEIR_OK && i > 0)
        scatter(data, &random, mixture);
    if (status == WEIR_OK && plan->method == WEIR_FIT_BINNED && !plan->free_pareto)
        make_classic(mixture);
    return status;
}

/* Fits from all starts; leaves the best result, and the start that led there. */
static enum weir_status run_starts(const struct weir_fit_plan *plan, const struct ground *ground,
                                   struct weir_fit_result *result, struct weir_mixture *start,
                                   struct weir_error *err)
{
    const unsigned n = plan->n_starts > 0 ? plan->n_starts : 1;
    struct weir_mixture from, mixture;
    enum weir_status status = WEIR_OK;
    weir_mixture_init(&from, plan->mem);
    weir_mixture_init(&mixture, plan->mem);
    for (unsigned i = 0; i < n && status == WEIR_OK; i++) {
        struct weir_fit_outcome outcome = {0};
        status = make_start(plan, &ground->data, i, &from, err);
        if (status == WEIR_OK)
            status = weir_mixture_copy(&mixture, &from, err);
        if (status == WEIR_OK)
            status = fit_from(plan, ground, &mixture, &outcome, err);
        if (status != WEIR_OK || (i > 0 && !(outcome.value > result->outcome.value)))
            continue;
        result->outcome = outcome;
        status = weir_mixture_copy(&result->mixture, &mixture, err);
        if (status == WEIR_OK)
            status = weir_mixture_copy(start, &from, err);
    }
    weir_mixture_release(&from);
    weir_mixture_release(&mixture);
    return status;
}

/* --- all of it ------------------------------------------------------------------------------- */

static enum weir_status search(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                               size_t column, struct weir_fit_result *result,
                               struct weir_mixture *start, struct weir_error *err)
{
    struct weir_binned_quality quality = {0};
    const struct weir_search request = {.hist = hist,
                                        .column = column,
                                        .max_params = plan->max_params > 0 ? plan->max_params
                                                                           : WEIR_SEARCH_PARAMS_MAX,
                                        .n_flows = bic_flows(plan, hist, column),
                                        .seed = plan->seed,
                                        .n_starts = plan->n_starts,
                                        .n_threads = plan->n_threads,
                                        .kernels = plan->kernels,
                                        .mem = plan->mem};
    enum weir_status status = weir_search_run(&request, &result->mixture, &quality, err);
    if (status == WEIR_OK)
        status = weir_mixture_copy(start, &result->mixture, err);
    result->outcome = (struct weir_fit_outcome){.value = quality.log_likelihood, .converged = true};
    return status;
}

static enum weir_status run_method(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                                   size_t column, struct weir_fit_result *result,
                                   struct weir_mixture *start, struct weir_error *err)
{
    struct ground ground;
    if (plan->method == WEIR_FIT_SEARCH)
        return search(plan, hist, column, result, start, err);
    enum weir_status status = ground_init(&ground, plan, hist, column, true, err);
    if (status == WEIR_OK)
        status = run_starts(plan, &ground, result, start, err);
    ground_release(&ground);
    return status;
}

enum weir_status weir_fit_run(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                              const char *y, struct weir_fit_result *result, struct weir_error *err)
{
    struct weir_mixture start;
    size_t column = 0;
    enum weir_status status = weir_fit_data_column(hist, y, &column, err);
    if (status != WEIR_OK)
        return status;
    weir_mixture_init(&start, plan->mem);
    status = run_method(plan, hist, column, result, &start, err);
    if (status == WEIR_OK && plan->n_replicates > 0)
        status = weir_fit_bootstrap(plan, hist, column,
                                    plan->method == WEIR_FIT_POINT ? &start : &result->mixture,
                                    result, err);
    if (status == WEIR_OK && (plan->measures || plan->method == WEIR_FIT_SEARCH))
        status = weir_fit_quality_measure(hist, column, &result->mixture, &result->quality,
                                          plan->mem, err);
    weir_mixture_release(&start);
    return status;
}

/* --- warnings -------------------------------------------------------------------------------- */

struct warnings {
    void (*tell)(void *context, const char *line);
    void *context;
};

WEIR_PRINTF(2, 3)
static void warn(const struct warnings *warnings, const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    warnings->tell(warnings->context, line);
}

static bool are_alike(const struct weir_component *a, const struct weir_component *b)
{
    if (a->kind != b->kind)
        return false;
    for (size_t i = 0; i < weir_kind_parameters(a->kind); i++)
        if (fabs(a->parameter[i] - b->parameter[i]) > ALIKE * fabs(a->parameter[i]))
            return false;
    return true;
}

static void warn_of_components(const struct weir_mixture *mixture, const struct warnings *warnings)
{
    for (size_t k = 0; k < mixture->n_components; k++) {
        const struct weir_component *component = &mixture->component[k];
        if (component->weight < WEIR_FIT_WEIGHT_LEAST)
            warn(warnings, "component %zu (%s) has collapsed to a weight of %.3g", k + 1,
                 weir_kind_name(component->kind), component->weight);
        for (size_t j = 0; j < k; j++)
            if (are_alike(component, &mixture->component[j]))
                warn(warnings, "components %zu and %zu (%s) have come to the same place", j + 1,
                     k + 1, weir_kind_name(component->kind));
    }
    const double weights = weir_mixture_weight(mixture);
    if (fabs(weights - 1) > WEIGHTS_LACK)
        warn(warnings, "weights add up to %.6g", weights);
}

static void warn_of_quality(const struct weir_fit_quality *quality, const struct warnings *warnings)
{
    if (quality->tail > TAIL_BAD)
        warn(warnings, "the tail is off by a factor of %.2f", exp(quality->tail));
    if (!(fabs(quality->mean - 1) < MEAN_BAD))
        warn(warnings, "the mean is %.3f of that of the data", quality->mean);
}

void weir_fit_warn(const struct weir_fit_plan *plan, const struct weir_fit_result *result,
                   void (*tell)(void *context, const char *line), void *context)
{
    const struct warnings warnings = {tell, context};
    const struct weir_fit_outcome *outcome = &result->outcome;
    if (outcome->n_dropped != 0)
        warn(&warnings, "%zu components became no numbers and were dropped", outcome->n_dropped);
    if (plan->tolerance > 0 && !outcome->converged)
        warn(&warnings, "not converged: iteration %llu changed the log-likelihood by %.3g",
             (unsigned long long)outcome->n_iterations, outcome->last_gain);
    warn_of_components(&result->mixture, &warnings);
    if (plan->measures || plan->method == WEIR_FIT_SEARCH)
        warn_of_quality(&result->quality, &warnings);
    if (result->n_replicates < plan->n_replicates)
        warn(&warnings, "%u of %u replicates lost a component and do not count",
             plan->n_replicates - result->n_replicates, plan->n_replicates);
}
