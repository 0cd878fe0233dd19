/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_run and fit_bootstrap: a million samples of known mixtures are recovered within 4 standard
 * errors; those errors are what theory says; iterations, starts and warnings. */
#include "check.h"
#include "distribution.h"
#include "fit_random.h"
#include "fit_run.h"
#include "hist_make.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

static struct weir_mem mem;
static struct weir_kernels kernels;
static struct weir_hist hist;
static struct weir_mixture truth, initial;
static struct weir_fit_result result;
static struct weir_error err;

static void enter(void)
{
    gsl_set_error_handler_off();
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    make_hist(&hist, &mem, 2);
    weir_mixture_init(&truth, &mem);
    weir_mixture_init(&initial, &mem);
    weir_fit_result_init(&result, &mem);
}

static void leave(void)
{
    weir_fit_result_release(&result);
    weir_mixture_release(&truth);
    weir_mixture_release(&initial);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

TestSuite(fit_run, .init = enter, .fini = leave);

static void set_mixture(struct weir_mixture *to, const struct weir_component *component, size_t n)
{
    to->n_components = 0;
    for (size_t k = 0; k < n; k++)
        CHECK_OK(weir_mixture_add(to, &component[k], &err));
}

/* One sample: a component by weight, its quantile of another random number, rounded up. */
static uint64_t draw(uint64_t *random)
{
    double left = weir_random_unit(random);
    size_t k = 0;
    while (k + 1 < truth.n_components && left >= truth.component[k].weight)
        left -= truth.component[k++].weight;
    const struct weir_component *c = &truth.component[k];
    double x = 0;
    if (c->kind == WEIR_GAMMA) /* of a whole number as shape: a sum of exponentials, and fast */
        for (int i = 0; i < c->parameter[0]; i++)
            x -= c->parameter[2] * log1p(-weir_random_unit(random));
    else
        x = weir_component_quantile(c, weir_random_unit(random));
    return x < 1 ? 1 : (uint64_t)ceil(x);
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The histogram of n samples, in bins of exponent 8. */
static void sample(size_t n, uint64_t seed)
{
    uint64_t *x = malloc(n * sizeof *x), random = weir_random_stream(seed, 0);
    cr_assert_not_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = draw(&random);
    qsort(x, n, sizeof *x, compare);
    hist.n_bins = 0;
    for (size_t i = 0; i < n; i++) {
        if (hist.n_bins == 0 || x[i] >= hist.bin_hi[hist.n_bins - 1]) {
            weir_u128 lo = 0, hi = 0;
            weir_hist_bin(x[i], 8, &lo, &hi);
            make_bin(&hist, lo, hi, 0, 0, 0);
        }
        hist.sum[2 * (hist.n_bins - 1)] += 1;
        hist.sum[2 * (hist.n_bins - 1) + 1] += x[i];
    }
    free(x);
}

static struct weir_fit_plan plan_of(enum weir_fit_method method)
{
    return (struct weir_fit_plan){.method = method,
                                  .initial = &initial,
                                  .n_iterations = 1000,
                                  .tolerance = 1e-11,
                                  .max_pareto_weight = INFINITY,
                                  .free_pareto = true,
                                  .seed = 1,
                                  .n_threads = 2,
                                  .kernels = &kernels,
                                  .mem = &mem};
}

static void check_recovered(void)
{
    cr_assert_eq(result.mixture.n_components, truth.n_components);
    for (size_t k = 0; k < truth.n_components; k++) {
        const struct weir_component *got = &result.mixture.component[k],
                                    *want = &truth.component[k], *error = &result.error[k];
        cr_assert(fabs(got->weight - want->weight) <= 4 * error->weight + 1e-12,
                  "%zu: weight %g +- %g", k, got->weight, error->weight);
        cr_assert(truth.n_components == 1 || error->weight > 0);
        for (size_t i = 0; i < weir_kind_parameters(got->kind); i++)
            cr_assert(fabs(got->parameter[i] - want->parameter[i]) <= 4 * error->parameter[i],
                      "%zu: parameter %zu is %g +- %g, not %g", k, i, got->parameter[i],
                      error->parameter[i], want->parameter[i]);
    }
}

static void recover(const struct weir_component *component, const struct weir_component *start,
                    size_t n, unsigned n_replicates)
{
    struct weir_fit_plan plan = plan_of(WEIR_FIT_BINNED);
    plan.n_replicates = n_replicates;
    plan.tolerance = 1e-9;
    set_mixture(&truth, component, n);
    set_mixture(&initial, start, n);
    sample(1000000, 11);
    CHECK_OK(weir_fit_run(&plan, &hist, "flows", &result, &err));
    cr_assert_eq(result.n_replicates, n_replicates);
    check_recovered();
}

Test(fit_run, a_million_samples_of_what_is_published)
{
    static const struct weir_component component[] = {{0.25, WEIR_UNIFORM, {0, 1}},
                                                      {0.15, WEIR_UNIFORM, {0, 6}},
                                                      {0.45, WEIR_LOGNORM, {0.7, 0, 30}},
                                                      {0.15, WEIR_LOGNORM, {1.3, 0, 4000}}};
    static const struct weir_component start[] = {{1, WEIR_UNIFORM, {0, 1}},
                                                  {1, WEIR_UNIFORM, {0, 6}},
                                                  {1, WEIR_LOGNORM, {1, 0, 10}},
                                                  {1, WEIR_LOGNORM, {1, 0, 1000}}};
    recover(component, start, 4, 40);
}

Test(fit_run, a_million_samples_with_a_pareto_tail)
{
    static const struct weir_component component[] = {{0.6, WEIR_WEIBULL_MIN, {0.8, 0, 40}},
                                                      {0.4, WEIR_GENPARETO, {0.7, 50, 35}}};
    static const struct weir_component start[] = {{1, WEIR_WEIBULL_MIN, {1, 0, 10}},
                                                  {1, WEIR_GENPARETO, {0.3, 50, 15}}};
    recover(component, start, 2, 40);
}

Test(fit_run, a_million_samples_of_gamma_and_norm)
{
    static const struct weir_component component[] = {{0.7, WEIR_GAMMA, {3, 0, 9}},
                                                      {0.3, WEIR_NORM, {5000, 700}}};
    static const struct weir_component start[] = {{1, WEIR_GAMMA, {1, 0, 50}},
                                                  {1, WEIR_NORM, {2000, 1000}}};
    recover(component, start, 2, 12); /* cdfs of gamma take long */
}

/* Of one lognormal the errors are known: sigma / sqrt(n) of mu, sigma / sqrt(2 n) of sigma. With
 * 400 replicates they are known to 3.5 %. */
Test(fit_run, standard_errors_are_those_of_theory)
{
    static const struct weir_component component = {1, WEIR_LOGNORM, {0.8, 0, 5000}};
    struct weir_fit_plan plan = plan_of(WEIR_FIT_BINNED);
    const double n = 20000;
    plan.n_replicates = 400;
    set_mixture(&truth, &component, 1);
    set_mixture(&initial, &component, 1);
    sample((size_t)n, 3);
    CHECK_OK(weir_fit_run(&plan, &hist, "flows", &result, &err));
    const double *p = result.mixture.component[0].parameter, *error = result.error[0].parameter;
    cr_assert(fabs(error[2] / p[2] / (p[0] / sqrt(n)) - 1) < 0.15, "%g", error[2] / p[2]);
    cr_assert(fabs(error[0] / (p[0] / sqrt(2 * n)) - 1) < 0.15, "%g", error[0]);
    const struct weir_component first = result.error[0];
    for (plan.n_threads = 1; plan.n_threads < 8; plan.n_threads += 6) {
        weir_fit_result_release(&result);
        weir_fit_result_init(&result, &mem);
        CHECK_OK(weir_fit_run(&plan, &hist, "flows", &result, &err));
        cr_assert(memcmp(&first, &result.error[0], sizeof first) == 0);
    }
}

struct values {
    unsigned n;
    double last;
};

static void take_value(void *context, uint64_t iteration, double value)
{
    struct values *values = context;
    (void)iteration;
    cr_assert(values->n++ == 0 || value >= values->last - 1e-8, "%.17g after %.17g", value,
              values->last);
    values->last = value;
}

/* EM in long steps comes to the same place with fewer passes. It never goes down by more than plain
 * EM, which the first point's probability makes fall by 1e-9 in the end. */
Test(fit_run, acceleration)
{
    static const struct weir_component component[] = {{0.5, WEIR_LOGNORM, {0.9, 0, 3000}},
                                                      {0.5, WEIR_LOGNORM, {0.9, 0, 11000}}};
    static const struct weir_component start[] = {{0.1, WEIR_LOGNORM, {2, 0, 1000}},
                                                  {0.1, WEIR_LOGNORM, {2, 0, 10000}}};
    struct weir_fit_plan plan = plan_of(WEIR_FIT_POINT);
    struct weir_fit_outcome plain;
    struct values values = {0};
    plan.tolerance = 1e-9;
    plan.n_iterations = 20000;
    plan.n_threads = 1;
    set_mixture(&truth, component, 2);
    set_mixture(&initial, start, 2);
    sample(20000, 5);
    CHECK_OK(weir_fit_run(&plan, &hist, "flows", &result, &err));
    plain = result.outcome;
    cr_assert(plain.converged && plain.n_iterations > 50, "%d", (int)plain.n_iterations);
    plan.accelerates = true;
    plan.trace = (struct weir_fit_trace){take_value, &values};
    CHECK_OK(weir_fit_run(&plan, &hist, "flows", &result, &err));
    cr_assert(result.outcome.converged && result.outcome.value == values.last);
    cr_assert(result.outcome.n_iterations < plain.n_iterations / 2, "%d and %d",
              (int)result.outcome.n_iterations, (int)plain.n_iterations);
    cr_assert(result.outcome.value > plain.value - 1e-6, "%.12g after %d, and %.12g after %d",
              result.outcome.value, (int)result.outcome.n_iterations, plain.value,
              (int)plain.n_iterations);
}

/* Two components that start as one stay one; from other places they part. */
Test(fit_run, starts)
{
    static const struct weir_component component[] = {{0.5, WEIR_LOGNORM, {0.3, 0, 30}},
                                                      {0.5, WEIR_LOGNORM, {0.3, 0, 40000}}};
    static const struct weir_component start[] = {{1, WEIR_LOGNORM, {2, 0, 25}},
                                                  {1, WEIR_LOGNORM, {2, 0, 25}}};
    for (int method = WEIR_FIT_POINT; method <= WEIR_FIT_BINNED; method++) {
        struct weir_fit_plan plan = plan_of((enum weir_fit_method)method);
        set_mixture(&truth, component, 2);
        set_mixture(&initial, start, 2);
        sample(20000, 5);
        plan.n_iterations = 100;
        CHECK_OK(weir_fit_run(&plan, &hist, "flows", &result, &err));
        const double one = result.outcome.value;
        cr_assert(fabs(result.mixture.component[0].parameter[2] /
                           result.mixture.component[1].parameter[2] -
                       1) < 1e-9);
        plan.n_starts = 10;
        CHECK_OK(weir_fit_run(&plan, &hist, "flows", &result, &err));
        cr_assert(result.outcome.value > one + 0.1);
        const double a = result.mixture.component[0].parameter[2],
                     b = result.mixture.component[1].parameter[2];
        cr_assert(fmin(a, b) > 25 && fmin(a, b) < 35 && fmax(a, b) > 35000 && fmax(a, b) < 45000,
                  "%g %g", a, b);
    }
}

static void collect(void *context, const char *line)
{
    char *all = context;
    strncat(all, line, 900 - strlen(all));
    strncat(all, "\n", 900 - strlen(all));
}

Test(fit_run, warnings)
{
    static const struct weir_component component[] = {{0.5, WEIR_LOGNORM, {1, 0, 9}},
                                                      {1e-13, WEIR_UNIFORM, {0, 1}},
                                                      {0.3, WEIR_LOGNORM, {1, 0, 9}}};
    struct weir_fit_plan plan = plan_of(WEIR_FIT_POINT);
    char all[1000] = "";
    set_mixture(&result.mixture, component, 3);
    result.outcome = (struct weir_fit_outcome){
        .n_iterations = 7, .last_gain = 0.25, .n_dropped = 2, .converged = false};
    result.quality.tail = 0.7;
    result.quality.mean = 1.2;
    result.n_replicates = 3;
    plan.n_replicates = 5;
    plan.measures = true;
    weir_fit_warn(&plan, &result, collect, all);
    cr_assert_str_eq(all, "2 components became no numbers and were dropped\n"
                          "not converged: iteration 7 changed the log-likelihood by 0.25\n"
                          "component 2 (uniform) has collapsed to a weight of 1e-13\n"
                          "components 1 and 3 (lognorm) have come to the same place\n"
                          "weights add up to 0.8\n"
                          "the tail is off by a factor of 2.01\n"
                          "the mean is 1.200 of that of the data\n"
                          "2 of 5 replicates lost a component and do not count\n");
}

Test(fit_run, failing_memory)
{
    static const struct weir_component component[] = {{0.5, WEIR_LOGNORM, {0.3, 0, 30}},
                                                      {0.5, WEIR_GENPARETO, {0.3, 2, 30}}};
    set_mixture(&truth, component, 2);
    set_mixture(&initial, component, 2);
    sample(20, 5);
    for (int method = WEIR_FIT_POINT; method <= WEIR_FIT_SEARCH; method++) {
        struct weir_fit_plan plan = plan_of((enum weir_fit_method)method);
        enum weir_status status = WEIR_MEMORY;
        plan.n_iterations = 3;
        plan.n_starts = 2;
        plan.n_replicates = 2;
        plan.measures = true;
        plan.max_params = 2;
        plan.n_threads = 1;
        for (int n = 0; status == WEIR_MEMORY; n++) {
            struct weir_fit_result failing;
            weir_fit_result_init(&failing, &mem);
            weir_mem_fail_after(&mem, n);
            status = weir_fit_run(&plan, &hist, "flows", &failing, &err);
            weir_mem_fail_after(&mem, -1);
            weir_fit_result_release(&failing);
            cr_assert(n < 1000);
        }
        cr_assert(status == WEIR_OK, "%s", err.message);
    }
}
