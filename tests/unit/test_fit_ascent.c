/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_ascent: mixtures that histograms were computed from are found again, by every kind; refusals.
 */
#include "check.h"
#include "distribution.h"
#include "fit_ascent.h"
#include "hist_make.h"

#include <gsl/gsl_errno.h>
#include <math.h>

static struct weir_mem mem;
static struct weir_kernels kernels;
static struct weir_hist hist;
static struct weir_mixture mixture;
static struct weir_error err;

static void enter(void)
{
    gsl_set_error_handler_off();
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    make_hist(&hist, &mem, 1);
    weir_mixture_init(&mixture, &mem);
}

static void leave(void)
{
    weir_mixture_release(&mixture);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

TestSuite(fit_ascent, .init = enter, .fini = leave);

/* What 1e12 flows of `truth` look like in bins of exponent 6 up to 1e9. */
static void fill_hist(const struct weir_mixture *truth)
{
    weir_u128 lo = 1, hi = 1;
    for (; lo < 1000000000; lo = hi) {
        weir_hist_bin(lo, 6, &lo, &hi);
        const double from = hist.n_bins == 0 ? 0 : (double)(lo - 1), to = (double)(hi - 1);
        const double p = from > 100 ? weir_mixture_sf(truth, from) - weir_mixture_sf(truth, to)
                                    : weir_mixture_cdf(truth, to) - weir_mixture_cdf(truth, from);
        make_bin(&hist, lo, hi, (weir_u128)rint(1e12 * p), 0, 0);
    }
}

static void set_mixture(struct weir_mixture *to, const struct weir_component *component, size_t n)
{
    to->n_components = 0;
    for (size_t k = 0; k < n; k++)
        CHECK_OK(weir_mixture_add(to, &component[k], &err));
}

static void climb(const struct weir_binned_terms *terms, struct weir_fit_trace trace,
                  struct weir_fit_outcome *outcome)
{
    struct weir_binned binned;
    CHECK_OK(weir_binned_init(&binned, &hist, 0, 0, &kernels, &mem, &err));
    const struct weir_ascent ascent = {.binned = &binned,
                                       .terms = *terms,
                                       .sigma_min = 0.02,
                                       .n_iterations = 2000,
                                       .tolerance = 1e-14,
                                       .trace = trace,
                                       .mem = &mem};
    CHECK_OK(weir_ascent_run(&ascent, &mixture, outcome, &err));
    weir_binned_release(&binned);
}

static void check_found(const struct weir_component *truth, size_t n, double tolerance)
{
    cr_assert_eq(mixture.n_components, n);
    for (size_t k = 0; k < n; k++) {
        const struct weir_component *got = &mixture.component[k];
        cr_assert(fabs(got->weight - truth[k].weight) < tolerance, "%zu: weight %.9g", k,
                  got->weight);
        for (size_t i = 0; i < weir_kind_parameters(got->kind); i++)
            cr_assert(fabs(got->parameter[i] - truth[k].parameter[i]) <=
                          tolerance * fabs(truth[k].parameter[i]),
                      "%zu: parameter %zu is %.9g", k, i, got->parameter[i]);
    }
}

/* Truth and start side by side. */
static void recover(const struct weir_component *truth, const struct weir_component *start,
                    size_t n)
{
    struct weir_fit_outcome outcome;
    set_mixture(&mixture, truth, n);
    fill_hist(&mixture);
    set_mixture(&mixture, start, n);
    climb(&(struct weir_binned_terms){.q = 2}, (struct weir_fit_trace){NULL, NULL}, &outcome);
    cr_assert(outcome.converged && outcome.n_iterations < 2000);
    check_found(truth, n, 2e-4);
}

Test(fit_ascent, uniforms_and_lognormals)
{
    static const struct weir_component truth[] = {{0.2, WEIR_UNIFORM, {0, 3}},
                                                  {0.1, WEIR_UNIFORM, {4, 1}},
                                                  {0.5, WEIR_LOGNORM, {0.6, 0, 20}},
                                                  {0.2, WEIR_LOGNORM, {1.4, 0, 5000}}};
    static const struct weir_component start[] = {{1, WEIR_UNIFORM, {0, 3}},
                                                  {1, WEIR_UNIFORM, {4, 1}},
                                                  {1, WEIR_LOGNORM, {1, 0, 40}},
                                                  {1, WEIR_LOGNORM, {1, 0, 2000}}};
    recover(truth, start, 4);
}

Test(fit_ascent, norm_and_gamma)
{
    static const struct weir_component truth[] = {{0.4, WEIR_GAMMA, {2.5, 0, 10}},
                                                  {0.6, WEIR_NORM, {1e6, 1e5}}};
    static const struct weir_component start[] = {{1, WEIR_GAMMA, {1, 0, 50}},
                                                  {1, WEIR_NORM, {4e5, 2e5}}};
    recover(truth, start, 2);
}

Test(fit_ascent, weibull_and_classic_pareto)
{
    static const struct weir_component truth[] = {{0.7, WEIR_WEIBULL_MIN, {1.5, 0, 30}},
                                                  {0.3, WEIR_GENPARETO, {0.8, 100, 80}}};
    static const struct weir_component start[] = {{1, WEIR_WEIBULL_MIN, {1, 0, 100}},
                                                  {1, WEIR_GENPARETO, {0.3, 100, 30}}};
    recover(truth, start, 2);
}

Test(fit_ascent, free_pareto)
{
    static const struct weir_component truth[] = {{1, WEIR_GENPARETO, {0.6, 1, 70}}};
    static const struct weir_component start[] = {{1, WEIR_GENPARETO, {1.5, 1, 10}}};
    recover(truth, start, 1);
}

struct values {
    unsigned n;
    double last;
};

static void take_value(void *context, uint64_t iteration, double value)
{
    struct values *values = context;
    cr_assert_eq(iteration, values->n);
    cr_assert(values->n++ == 0 || value >= values->last, "%g after %g", value, values->last);
    values->last = value;
}

Test(fit_ascent, every_step_goes_up)
{
    static const struct weir_component truth[] = {{0.5, WEIR_LOGNORM, {0.6, 0, 20}},
                                                  {0.5, WEIR_LOGNORM, {1.4, 0, 5000}}};
    static const struct weir_component start[] = {{3, WEIR_LOGNORM, {1, 0, 1}},
                                                  {1, WEIR_LOGNORM, {0.1, 0, 50}}};
    struct weir_fit_outcome outcome;
    struct values values = {0};
    set_mixture(&mixture, truth, 2);
    fill_hist(&mixture);
    set_mixture(&mixture, start, 2);
    climb(&(struct weir_binned_terms){.q = 24, .lambda = 3},
          (struct weir_fit_trace){take_value, &values}, &outcome);
    cr_assert(values.n > 5 && values.last == outcome.value);
    cr_assert(fabs(weir_mixture_weight(&mixture) - 1) < 1e-12);
    cr_assert(mixture.has_sum && mixture.sum > 999999999000);
}

Test(fit_ascent, refusals)
{
    CHECK_STATUS(weir_ascent_check(&mixture, &err), WEIR_USAGE);
    CHECK_MESSAGE("found none");
    set_mixture(&mixture, &(struct weir_component){1, WEIR_GAMMA, {1, 7, 2}}, 1);
    CHECK_STATUS(weir_ascent_check(&mixture, &err), WEIR_USAGE);
    CHECK_MESSAGE("component 1: expected a gamma that begins at 0");
    set_mixture(&mixture, &(struct weir_component){1, WEIR_GENPARETO, {-0.2, 1, 2}}, 1);
    CHECK_STATUS(weir_ascent_check(&mixture, &err), WEIR_USAGE);
    CHECK_MESSAGE("expected a genpareto of a shape above 0");
    for (int k = 0; k < WEIR_FIT_PARTS_MAX; k++)
        CHECK_OK(weir_mixture_add(&mixture, &(struct weir_component){1, WEIR_UNIFORM, {0, 1 + k}},
                                  &err));
    CHECK_STATUS(weir_ascent_check(&mixture, &err), WEIR_USAGE);
    CHECK_MESSAGE("up to 64 components");
}
