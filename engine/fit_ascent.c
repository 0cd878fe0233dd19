/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixture to theta, up, and back. */
#include "fit_ascent.h"

#include "fit_optimise.h"
#include "guard.h"

#include <math.h>
#include <string.h>

#define SIGMA_MAX 10 /* of ln x: wide enough for anything */

struct climb {
    const struct weir_ascent *ascent;
    size_t n;
    struct weir_fit_part part[WEIR_FIT_PARTS_MAX];
    double theta[WEIR_FIT_PARTS_MAX * WEIR_FIT_PLACES];
    double lower[WEIR_FIT_PARTS_MAX * WEIR_FIT_PLACES];
    double upper[WEIR_FIT_PARTS_MAX * WEIR_FIT_PLACES];
    struct weir_binned_scratch scratch;
    double *workspace; /* of the optimiser */
};

enum weir_status weir_ascent_check(const struct weir_mixture *mixture, struct weir_error *err)
{
    struct weir_fit_part part;
    double theta[WEIR_FIT_PLACES];
    if (mixture->n_components == 0)
        return weir_error_set(err, WEIR_USAGE, "expected components to start from, but found none");
    if (mixture->n_components > WEIR_FIT_PARTS_MAX)
        return weir_error_set(err, WEIR_USAGE,
                              "expected up to %d components for a binned likelihood, but found %zu",
                              WEIR_FIT_PARTS_MAX, mixture->n_components);
    for (size_t k = 0; k < mixture->n_components; k++)
        if (!weir_fit_part_of(&mixture->component[k], &part, theta))
            return weir_error_set(
                err, WEIR_USAGE, "component %zu: expected a %s %s, but found another one", k + 1,
                weir_kind_name(part.kind),
                part.kind == WEIR_GENPARETO ? "of a shape above 0" : "that begins at 0");
    return WEIR_OK;
}

static void set_start(struct climb *climb, const struct weir_mixture *mixture)
{
    const double weights = weir_mixture_weight(mixture);
    climb->n = mixture->n_components;
    for (size_t k = 0; k < climb->n; k++) {
        double *place = climb->theta + k * WEIR_FIT_PLACES;
        double *low = climb->lower + k * WEIR_FIT_PLACES;
        double *high = climb->upper + k * WEIR_FIT_PLACES;
        (void)weir_fit_part_of(&mixture->component[k], &climb->part[k], place);
        place[0] -= log(weights);
        weir_binned_bounds(climb->ascent->binned, &climb->part[k], climb->ascent->sigma_min,
                           SIGMA_MAX, low, high);
        for (size_t i = 1; i < WEIR_FIT_PLACES; i++) { /* the start is always inside */
            low[i] = fmin(low[i], place[i]);
            high[i] = fmax(high[i], place[i]);
        }
    }
}

static double minus_objective(void *context, const double *x, double *gradient)
{
    struct climb *climb = context;
    const double value = weir_binned_objective(climb->ascent->binned, &climb->ascent->terms,
                                               climb->part, climb->n, x, gradient, &climb->scratch);
    for (size_t i = 0; i < climb->n * WEIR_FIT_PLACES; i++)
        gradient[i] = -gradient[i];
    return -value;
}

static bool after_step(void *context, unsigned n_steps, double value)
{
    const struct climb *climb = context;
    const struct weir_fit_trace *trace = &climb->ascent->trace;
    if (trace->step != NULL)
        trace->step(trace->context, n_steps, -value);
    return weir_guard_stop_signal() == 0;
}

static void climb_up(struct climb *climb, struct weir_fit_outcome *outcome)
{
    const struct weir_ascent *ascent = climb->ascent;
    struct weir_optimise_end end;
    const struct weir_optimise optimise = {.n = climb->n * WEIR_FIT_PLACES,
                                           .lower = climb->lower,
                                           .upper = climb->upper,
                                           .value = minus_objective,
                                           .context = climb,
                                           .n_iterations = ascent->n_iterations < INT32_MAX
                                                               ? (unsigned)ascent->n_iterations
                                                               : INT32_MAX,
                                           .tolerance = ascent->tolerance,
                                           .longest_step = 1,
                                           .step = after_step};
    if (ascent->trace.step != NULL)
        ascent->trace.step(ascent->trace.context, 0,
                           weir_binned_objective(ascent->binned, &ascent->terms, climb->part,
                                                 climb->n, climb->theta, NULL, &climb->scratch));
    weir_optimise_run(&optimise, climb->theta, climb->workspace, &end);
    *outcome = (struct weir_fit_outcome){.n_iterations = end.n_iterations,
                                         .converged = end.converged,
                                         .value = -end.value,
                                         .last_gain = end.last_gain};
}

static void take_result(const struct climb *climb, struct weir_mixture *mixture)
{
    double largest = -INFINITY, sum = 0;
    for (size_t k = 0; k < climb->n; k++)
        largest = fmax(largest, climb->theta[k * WEIR_FIT_PLACES]);
    for (size_t k = 0; k < climb->n; k++)
        sum += exp(climb->theta[k * WEIR_FIT_PLACES] - largest);
    for (size_t k = 0; k < climb->n; k++) {
        const double *place = climb->theta + k * WEIR_FIT_PLACES;
        struct weir_component component;
        weir_fit_part_component(&climb->part[k], place, &component);
        component.weight = exp(place[0] - largest) / sum;
        mixture->component[k] = component;
    }
    mixture->has_sum = true;
    mixture->sum = climb->ascent->binned->sum;
}

enum weir_status weir_ascent_run(const struct weir_ascent *ascent, struct weir_mixture *mixture,
                                 struct weir_fit_outcome *outcome, struct weir_error *err)
{
    enum weir_status status = weir_ascent_check(mixture, err);
    if (status != WEIR_OK)
        return status;
    struct climb *climb = weir_mem_zalloc(ascent->mem, 1, sizeof *climb);
    if (climb == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to fit");
    climb->ascent = ascent;
    set_start(climb, mixture);
    climb->workspace =
        weir_mem_alloc(ascent->mem, weir_optimise_workspace_bytes(climb->n * WEIR_FIT_PLACES));
    if (climb->workspace == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory to fit");
    if (status == WEIR_OK)
        status =
            weir_binned_scratch_init(&climb->scratch, ascent->binned, climb->n, ascent->mem, err);
    if (status == WEIR_OK) {
        climb_up(climb, outcome);
        take_result(climb, mixture);
        if (weir_guard_stop_signal() != 0)
            status = weir_error_set(err, WEIR_CANCELLED, "interrupted");
    }
    weir_binned_scratch_release(&climb->scratch);
    weir_mem_free(ascent->mem, climb->workspace);
    weir_mem_free(ascent->mem, climb);
    return status;
}
