/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow-models' EM: forms of the components for the kernel, and parameters from its sums. */
#include "fit_point.h"

#include "distribution.h"
#include "fit_binned.h"
#include "fit_maximum.h"
#include "fit_squarem.h"
#include "guard.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define START_WEIGHT 0.1
#define PASSES_FAR   3 /* of a long step */
#define LN_SQRT_2_PI 0.91893853320467274178

/* --- the start ------------------------------------------------------------------------------- */

/* Place i of n: a geometric grid from the widest uniform to the last point. */
static double grid_at(const struct weir_fit_data *data, uint64_t n_uniforms, uint64_t n, uint64_t i)
{
    const double lo = data->points.x[0] + (n_uniforms == 0 ? 0 : (double)(n_uniforms - 1));
    const double hi = data->points.x[data->points.n - 1];
    if (i == 0)
        return lo;
    return i + 1 == n ? hi : lo * pow(hi / lo, (double)i / (double)(n - 1));
}

static struct weir_component start_at(enum weir_kind kind, double at)
{
    const struct weir_component starts[WEIR_N_KINDS] = {
        [WEIR_GENPARETO] = {.parameter = {1, at, 10}},  [WEIR_LOGNORM] = {.parameter = {2, 0, at}},
        [WEIR_NORM] = {.parameter = {at, at / 2}},      [WEIR_GAMMA] = {.parameter = {1, 0, at}},
        [WEIR_WEIBULL_MIN] = {.parameter = {1, 0, at}},
    };
    struct weir_component start = starts[kind];
    start.kind = kind;
    start.weight = START_WEIGHT;
    return start;
}

enum weir_status weir_fit_point_start(const struct weir_fit_data *data,
                                      const struct weir_fit_counts *counts,
                                      struct weir_mixture *mixture, struct weir_error *err)
{
    static const enum weir_kind order[] = {WEIR_GENPARETO, WEIR_LOGNORM, WEIR_NORM, WEIR_GAMMA,
                                           WEIR_WEIBULL_MIN};
    const size_t n_order = sizeof order / sizeof *order;
    const uint64_t n_uniforms = counts->of[WEIR_UNIFORM];
    enum weir_status status = WEIR_OK;
    uint64_t n = 0;
    uint64_t i = 0;
    for (size_t o = 0; o < n_order; o++)
        n += counts->of[order[o]];
    for (uint64_t j = 0; j < n_uniforms && status == WEIR_OK; j++) {
        const double width = data->points.x[0] + (double)j;
        status = weir_mixture_add(
            mixture, &(struct weir_component){START_WEIGHT, WEIR_UNIFORM, {0, width}}, err);
    }
    for (size_t o = 0; o < n_order; o++)
        for (uint64_t j = 0; j < counts->of[order[o]] && status == WEIR_OK; j++) {
            const struct weir_component start =
                start_at(order[o], grid_at(data, n_uniforms, n, i++));
            status = weir_mixture_add(mixture, &start, err);
        }
    return status;
}

/* --- forms ----------------------------------------------------------------------------------- */

struct fit {
    const struct weir_fit_point_request *request;
    const struct weir_em_points *points;
    struct weir_mixture *mixture;
    struct weir_em_form form[WEIR_EM_FORMS_MAX];
    struct weir_em_sum sum[WEIR_EM_FORMS_MAX];
    double *workspace;
    double *table; /* values and responsibilities of the components that need them */
    struct weir_component *step[3]; /* of a long step: where it began, and two steps of EM */
    struct weir_squarem squarem;
    double log_likelihood; /* per unit of weight at the last pass, or NAN */
    bool near_end;         /* the log-likelihood of the next pass is wanted anyway */
    struct weir_fit_outcome outcome;
};

static bool is_classic(const struct weir_component *component)
{
    const double *p = component->parameter;
    return component->kind == WEIR_GENPARETO && p[0] > 0 &&
           fabs(p[2] - p[0] * p[1]) <= 1e-12 * p[2];
}

/* The number of points below x. */
static size_t points_below(const struct weir_em_points *points, double x)
{
    return weir_fit_edge_from(points->x, points->n, x);
}

/* A density without a form of its own, point by point. */
static void fill_table(const struct weir_em_points *points, const struct weir_component *component,
                       struct weir_em_form *form, double *table)
{
    for (size_t i = 0; i < points->n; i++)
        table[i] = component->weight * weir_component_pdf(component, points->x[i]);
    form->shape = WEIR_EM_TABLE;
    form->value = table;
}

static void fill_form(const struct weir_em_points *points, const struct weir_component *component,
                      struct weir_em_form *form, double *table)
{
    const double *p = component->parameter;
    const double log_weight = log(component->weight);
    *form = (struct weir_em_form){.end = points->n,
                                  .c = table == NULL ? NULL : table + weir_em_padded(points->n)};
    switch (component->kind) {
    case WEIR_UNIFORM:
        form->shape = WEIR_EM_CONSTANT;
        form->a = component->weight / p[1];
        form->begin = points_below(points, p[0]);
        form->end = points_below(points, nextafter(p[0] + p[1], INFINITY));
        break;
    case WEIR_NORM:
    case WEIR_LOGNORM: {
        const bool is_log = component->kind == WEIR_LOGNORM;
        const double sigma = is_log ? p[0] : p[1];
        form->shape = is_log ? WEIR_EM_LOG_BELL : WEIR_EM_BELL;
        form->a = log_weight - log(sigma) - LN_SQRT_2_PI;
        form->b = 1 / sigma;
        form->m = is_log ? log(p[2]) : p[0];
        break;
    }
    case WEIR_GAMMA:
        form->shape = WEIR_EM_POWER;
        form->a = log_weight - lgamma(p[0]) - p[0] * log(p[2]);
        form->b = p[0] - 1;
        form->m = -1 / p[2];
        break;
    case WEIR_GENPARETO:
        if (is_classic(component)) {
            form->shape = WEIR_EM_POWER;
            form->b = -(1 / p[0] + 1);
            form->a = log_weight - log(p[2]) - form->b * log(p[1]);
            form->begin = points_below(points, p[1]);
        } else {
            fill_table(points, component, form, table);
        }
        break;
    case WEIR_WEIBULL_MIN:
    case WEIR_N_KINDS:
        fill_table(points, component, form, table);
        break;
    }
}

/* The probability of the first point stands in for its density. */
static void set_first(const struct weir_em_points *points, const struct weir_component *component,
                      struct weir_em_form *form)
{
    const double first =
        weir_component_cdf(component, points->x[0]) - weir_component_cdf(component, 0);
    form->has_first = form->begin == 0 && form->end > 0;
    form->first = component->weight * first;
    if (!form->has_first && first > 0) {
        form->has_first = true;
        form->begin = 0;
        form->end = 1;
    }
}

static bool needs_table(const struct weir_component *component)
{
    return component->kind == WEIR_WEIBULL_MIN || component->kind == WEIR_GENPARETO;
}

static void fill_forms(struct fit *fit)
{
    double *table = fit->table;
    for (size_t k = 0; k < fit->mixture->n_components; k++) {
        const struct weir_component *component = &fit->mixture->component[k];
        const bool tabled = needs_table(component);
        fill_form(fit->points, component, &fit->form[k], tabled ? table : NULL);
        set_first(fit->points, component, &fit->form[k]);
        table += tabled ? 2 * weir_em_padded(fit->points->n) : 0;
    }
}

/* --- parameters from sums -------------------------------------------------------------------- */

/* Lognormals may not come below this. */
static double floor_of_lognormals(const struct weir_mixture *mixture)
{
    double floor = 0;
    for (size_t k = 0; k < mixture->n_components; k++) {
        const struct weir_component *component = &mixture->component[k];
        if (component->kind == WEIR_UNIFORM)
            floor = fmax(floor, component->parameter[1]);
        else if (component->kind == WEIR_GENPARETO)
            floor = fmax(floor, component->parameter[1] + 1);
    }
    return floor;
}

/* Mean and standard deviation, from sums about the form's m. */
static void set_bell(const struct weir_em_form *form, const struct weir_em_sum *sum, double *mean,
                     double *sigma)
{
    const double c = sum->c > 0 ? sum->c : DBL_EPSILON;
    const double shift = sum->u / c;
    const double variance = sum->v / c - shift * shift;
    *mean = sum->c > 0 ? form->m + shift : 0;
    *sigma = variance > 0 ? sqrt(variance) : DBL_EPSILON;
}

static void set_lognorm(const struct fit *fit, size_t k, double floor)
{
    double *p = fit->mixture->component[k].parameter;
    double mu = 0;
    double sigma = 0;
    set_bell(&fit->form[k], &fit->sum[k], &mu, &sigma);
    if (exp(mu) < floor)
        return;
    p[0] = sigma;
    p[2] = exp(mu);
}

static void set_genpareto(const struct fit *fit, size_t k)
{
    double *p = fit->mixture->component[k].parameter;
    const struct weir_em_sum *sum = &fit->sum[k];
    if (fit->request->free_pareto) {
        (void)weir_fit_genpareto(fit->points, fit->form[k].c, p);
        return;
    }
    double log_x = sum->u;
    if (fit->form[k].shape == WEIR_EM_TABLE) {
        log_x = 0;
        for (size_t i = 0; i < fit->points->n; i++)
            log_x += fit->form[k].c[i] * fit->points->log_x[i];
    }
    const double alpha = 1 / (log_x / sum->c - log(p[1]));
    p[0] = 1 / alpha;
    p[2] = p[1] / alpha;
}

static void set_component(const struct fit *fit, size_t k, double floor)
{
    struct weir_component *component = &fit->mixture->component[k];
    const struct weir_em_sum *sum = &fit->sum[k];
    double *p = component->parameter;
    switch (component->kind) {
    case WEIR_NORM:
        set_bell(&fit->form[k], sum, &p[0], &p[1]);
        break;
    case WEIR_LOGNORM:
        set_lognorm(fit, k, floor);
        break;
    case WEIR_GENPARETO:
        set_genpareto(fit, k);
        break;
    case WEIR_GAMMA:
        if (sum->c > 0)
            (void)weir_fit_gamma(sum->v / sum->c, sum->u / sum->c, p);
        break;
    case WEIR_WEIBULL_MIN:
        (void)weir_fit_weibull(fit->points, fit->form[k].c, p);
        break;
    case WEIR_UNIFORM:
    case WEIR_N_KINDS:
        break;
    }
    component->weight = sum->c / (double)fit->points->n;
    if (component->kind == WEIR_GENPARETO)
        component->weight = fmin(component->weight, fit->request->max_pareto_weight);
}

static void set_all(struct fit *fit)
{
    struct weir_mixture *mixture = fit->mixture;
    const double floor = floor_of_lognormals(mixture);
    size_t n = 0;
    for (size_t k = 0; k < mixture->n_components; k++) {
        set_component(fit, k, floor);
        mixture->component[n] = mixture->component[k];
        n += weir_component_is_valid(&mixture->component[n]);
    }
    fit->outcome.n_dropped += mixture->n_components - n;
    mixture->n_components = n;
}

/* --- iterations ------------------------------------------------------------------------------ */

enum weir_status weir_fit_point_check(const struct weir_mixture *mixture, struct weir_error *err)
{
    if (mixture->n_components == 0)
        return weir_error_set(err, WEIR_USAGE, "expected components to start from, but found none");
    if (mixture->n_components > WEIR_EM_FORMS_MAX)
        return weir_error_set(err, WEIR_USAGE, "expected up to %d components, but found %zu",
                              WEIR_EM_FORMS_MAX, mixture->n_components);
    for (size_t k = 0; k < mixture->n_components; k++) {
        const struct weir_component *component = &mixture->component[k];
        const bool fixed = component->kind == WEIR_LOGNORM || component->kind == WEIR_GAMMA ||
                           component->kind == WEIR_WEIBULL_MIN;
        if (fixed && component->parameter[1] != 0)
            return weir_error_set(err, WEIR_USAGE,
                                  "component %zu: expected a %s that begins at 0, but found loc %g",
                                  k + 1, weir_kind_name(component->kind), component->parameter[1]);
    }
    return WEIR_OK;
}

/* An expectation pass for the mixture as it is: sums, and the log-likelihood where it is wanted. */
static void expect(struct fit *fit)
{
    const bool wanted = fit->request->tolerance > 0 || fit->request->accelerates ||
                        fit->request->trace.step != NULL || fit->near_end;
    double total = NAN;
    fill_forms(fit);
    weir_em_pass(fit->request->ops, fit->points, fit->form, fit->mixture->n_components,
                 fit->workspace, fit->request->n_threads, fit->sum, wanted ? &total : NULL);
    fit->log_likelihood = total / (double)fit->points->n;
}

static void take(struct weir_mixture *mixture, const struct weir_component *component, size_t n)
{
    memcpy(mixture->component, component, n * sizeof *component);
    mixture->n_components = n;
}

/* From a mixture that has been looked at to the next one, which has been too: a step of EM. */
static void step_once(struct fit *fit)
{
    set_all(fit);
    expect(fit);
    fit->outcome.n_iterations++;
}

/* As above: two steps of EM and a long one, if that is higher than where they began. */
static void step_far(struct fit *fit)
{
    struct weir_mixture *mixture = fit->mixture;
    const size_t n = mixture->n_components;
    const size_t bytes = n * sizeof *mixture->component;
    const double before = fit->log_likelihood;
    memcpy(fit->step[0], mixture->component, bytes);
    step_once(fit);
    const double least = fmax(before, fit->log_likelihood);
    memcpy(fit->step[1], mixture->component, bytes);
    set_all(fit);
    const size_t n_left = mixture->n_components;
    memcpy(fit->step[2], mixture->component, bytes);
    const struct weir_component *const steps[] = {fit->step[0], fit->step[1], fit->step[2]};
    if (n_left == n && weir_squarem_extrapolate(&fit->squarem, steps, n, mixture->component)) {
        for (size_t k = 0; k < n; k++)
            if (mixture->component[k].kind == WEIR_GENPARETO)
                mixture->component[k].weight =
                    fmin(mixture->component[k].weight, fit->request->max_pareto_weight);
        expect(fit);
        fit->outcome.n_iterations++;
        const bool rose = fit->log_likelihood >= least;
        weir_squarem_learn(&fit->squarem, rose);
        if (rose)
            return;
    }
    take(mixture, fit->step[2], n_left);
    expect(fit);
    fit->outcome.n_iterations++;
}

static void tell(const struct fit *fit)
{
    const struct weir_fit_trace *trace = &fit->request->trace;
    if (trace->step != NULL)
        trace->step(trace->context, fit->outcome.n_iterations, fit->log_likelihood);
}

static enum weir_status iterate(struct fit *fit, struct weir_error *err)
{
    const struct weir_fit_point_request *request = fit->request;
    struct weir_fit_outcome *outcome = &fit->outcome;
    fit->near_end = request->n_iterations <= 1;
    expect(fit);
    tell(fit);
    while (outcome->n_iterations < request->n_iterations && fit->mixture->n_components > 0 &&
           !outcome->converged) {
        const double before = fit->log_likelihood;
        const uint64_t left = request->n_iterations - outcome->n_iterations;
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
        fit->near_end = left <= 2;
        if (request->accelerates && left >= PASSES_FAR)
            step_far(fit);
        else
            step_once(fit);
        tell(fit);
        outcome->last_gain = fit->log_likelihood - before;
        outcome->converged = fabs(outcome->last_gain) < request->tolerance;
    }
    outcome->value = fit->log_likelihood;
    return WEIR_OK;
}

static size_t n_tables(const struct weir_mixture *mixture)
{
    size_t n = 0;
    for (size_t k = 0; k < mixture->n_components; k++)
        n += needs_table(&mixture->component[k]) ? 2 : 0;
    return n;
}

static enum weir_status allocate(struct fit *fit, struct weir_error *err)
{
    const struct weir_fit_point_request *request = fit->request;
    struct weir_mem *mem = request->mem;
    const size_t n_points = fit->points->n, n = fit->mixture->n_components;
    const size_t n_values = weir_em_workspace(n_points, n, request->n_threads);
    fit->workspace = weir_mem_zalloc(mem, n_values, sizeof *fit->workspace);
    fit->table = weir_mem_zalloc(mem, n_tables(fit->mixture) * weir_em_padded(n_points) + 1,
                                 sizeof *fit->table);
    fit->step[0] = weir_mem_zalloc(mem, 3 * n, sizeof *fit->step[0]);
    if (fit->workspace == NULL || fit->table == NULL || fit->step[0] == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to fit %zu points", n_points);
    fit->step[1] = fit->step[0] + n;
    fit->step[2] = fit->step[1] + n;
    return WEIR_OK;
}

enum weir_status weir_fit_point(const struct weir_fit_point_request *request,
                                struct weir_mixture *mixture, struct weir_fit_outcome *outcome,
                                struct weir_error *err)
{
    enum weir_status status = weir_fit_point_check(mixture, err);
    if (status != WEIR_OK)
        return status;
    struct weir_mem *mem = request->mem;
    struct fit *fit = weir_mem_zalloc(mem, 1, sizeof *fit);
    if (fit == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to fit");
    fit->request = request;
    fit->points = &request->data->points;
    fit->mixture = mixture;
    fit->squarem = (struct weir_squarem){.longest = 1};
    status = allocate(fit, err);
    if (status == WEIR_OK)
        status = iterate(fit, err);
    mixture->has_sum = true;
    mixture->sum = request->data->sum;
    *outcome = fit->outcome;
    weir_mem_free(mem, fit->workspace);
    weir_mem_free(mem, fit->table);
    weir_mem_free(mem, fit->step[0]);
    weir_mem_free(mem, fit);
    return status;
}
