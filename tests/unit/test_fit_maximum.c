/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_maximum: samples of known distributions give their parameters within four standard errors,
 * and no other maximiser (the simplex of GSL, on densities of distribution.h) finds a likelier
 * place. */
#include "check.h"
#include "distribution.h"
#include "fit_maximum.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#define N 20000

static double x[N], log_x[N], weight[N];

static int ascending(const void *a, const void *b)
{
    const double *p = a;
    const double *q = b;
    return (*p > *q) - (*p < *q);
}

/* Draws from a component by its quantiles, weights 1 to 3. */
static struct weir_em_points draw(const struct weir_component *component, unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (size_t i = 0; i < N; i++)
        x[i] = weir_component_quantile(component, gsl_rng_uniform_pos(rng));
    qsort(x, N, sizeof *x, ascending);
    for (size_t i = 0; i < N; i++) {
        log_x[i] = log(x[i]);
        weight[i] = 1 + (double)gsl_rng_uniform_int(rng, 3);
    }
    gsl_rng_free(rng);
    return (struct weir_em_points){N, x, log_x, weight};
}

/* Minus the log-likelihood per unit of weight, over logarithms of two parameters. */
static double loss(const gsl_vector *at, void *context)
{
    struct weir_component component = *(const struct weir_component *)context;
    double sum = 0;
    double total = 0;
    component.parameter[0] = exp(gsl_vector_get(at, 0));
    component.parameter[2] = exp(gsl_vector_get(at, 1));
    for (size_t i = 0; i < N; i++) {
        sum += weight[i] * log(weir_component_pdf(&component, x[i]));
        total += weight[i];
    }
    return -sum / total;
}

static double loss_of(const struct weir_component *component)
{
    gsl_vector *at = gsl_vector_alloc(2);
    gsl_vector_set(at, 0, log(component->parameter[0]));
    gsl_vector_set(at, 1, log(component->parameter[2]));
    const double value = loss(at, (void *)(uintptr_t)component);
    gsl_vector_free(at);
    return value;
}

/* The parameters that the simplex finds from 10 % beside `truth`. */
static struct weir_component simplex(const struct weir_component *truth)
{
    gsl_multimin_fminimizer *solver =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
    gsl_multimin_function f = {loss, 2, (void *)(uintptr_t)truth};
    gsl_vector *at = gsl_vector_alloc(2);
    gsl_vector *step = gsl_vector_alloc(2);
    struct weir_component found = *truth;
    gsl_vector_set_all(step, 0.1);
    gsl_vector_set(at, 0, log(truth->parameter[0]) + 0.1);
    gsl_vector_set(at, 1, log(truth->parameter[2]) - 0.1);
    gsl_multimin_fminimizer_set(solver, &f, at, step);
    for (int i = 0; i < 120 && gsl_multimin_fminimizer_size(solver) > 1e-6; i++)
        gsl_multimin_fminimizer_iterate(solver);
    found.parameter[0] = exp(gsl_vector_get(solver->x, 0));
    found.parameter[2] = exp(gsl_vector_get(solver->x, 1));
    gsl_multimin_fminimizer_free(solver);
    gsl_vector_free(at);
    gsl_vector_free(step);
    return found;
}

/* `error` is the largest relative error that four standard errors allow. */
static void check_found(const struct weir_component *truth, const struct weir_component *found,
                        double error)
{
    const struct weir_component other = simplex(truth);
    const char *name = weir_kind_name(truth->kind);
    for (int i = 0; i < 3; i += 2) {
        cr_assert(fabs(found->parameter[i] / truth->parameter[i] - 1) < error, "%s: %g for %g",
                  name, found->parameter[i], truth->parameter[i]);
        cr_assert(fabs(found->parameter[i] / other.parameter[i] - 1) < 1e-4,
                  "%s: %.9g, simplex %.9g", name, found->parameter[i], other.parameter[i]);
    }
    cr_assert(loss_of(found) <= loss_of(&other) + 1e-12, "%s: the simplex is better", name);
}

Test(fit_maximum, gamma)
{
    gsl_set_error_handler_off();
    static const double shapes[] = {0.05, 0.7, 1, 3, 40};
    for (int s = 0; s < 5; s++) {
        const struct weir_component truth = {1, WEIR_GAMMA, {shapes[s], 0, 100}};
        struct weir_component found = {1, WEIR_GAMMA, {1, 0, 1}};
        (void)draw(&truth, 1 + (unsigned long)s);
        double sum = 0;
        double sum_x = 0;
        double sum_log = 0;
        for (size_t i = 0; i < N; i++) {
            sum += weight[i];
            sum_x += weight[i] * x[i];
            sum_log += weight[i] * log_x[i];
        }
        cr_assert(weir_fit_gamma(sum_x / sum, sum_log / sum, found.parameter));
        check_found(&truth, &found, 0.15);
    }
}

Test(fit_maximum, weibull)
{
    gsl_set_error_handler_off();
    static const double shapes[] = {0.2, 0.8, 1, 5};
    for (int s = 0; s < 4; s++) {
        const struct weir_component truth = {1, WEIR_WEIBULL_MIN, {shapes[s], 0, 30}};
        struct weir_component found = {1, WEIR_WEIBULL_MIN, {1, 0, 1}};
        const struct weir_em_points points = draw(&truth, 10 + (unsigned long)s);
        cr_assert(weir_fit_weibull(&points, weight, found.parameter));
        check_found(&truth, &found, s == 0 ? 0.2 : 0.05);
    }
}

Test(fit_maximum, genpareto)
{
    gsl_set_error_handler_off();
    static const double shapes[] = {0.3, 0.9, 1.5};
    for (int s = 0; s < 3; s++) {
        const struct weir_component truth = {1, WEIR_GENPARETO, {shapes[s], 10, 50}};
        struct weir_component found = {1, WEIR_GENPARETO, {1, 10, 10}};
        const struct weir_em_points points = draw(&truth, 20 + (unsigned long)s);
        cr_assert(weir_fit_genpareto(&points, weight, found.parameter));
        check_found(&truth, &found, 0.12);
    }
}

/* No maximum: nothing is touched. */
Test(fit_maximum, nothing_to_fit)
{
    gsl_set_error_handler_off();
    double p[3] = {2, 0, 3};
    const struct weir_em_points one = {1, x, log_x, weight};
    x[0] = 5;
    log_x[0] = log(5);
    weight[0] = 1;
    cr_assert(!weir_fit_gamma(5, log(5), p) && !weir_fit_gamma(0, 0, p) &&
              !weir_fit_gamma(NAN, 1, p));
    cr_assert(!weir_fit_weibull(&one, weight, p));
    cr_assert(!weir_fit_genpareto(&one, weight, p));
    weight[0] = 0;
    cr_assert(!weir_fit_weibull(&one, weight, p));
    cr_assert(p[0] == 2 && p[1] == 0 && p[2] == 3);
}
