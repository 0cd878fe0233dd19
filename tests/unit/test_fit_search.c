/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_search: finds small mixtures that the data come from; keeps to the budget; equal results on
 * any number of threads and any variant. */
#include "check.h"
#include "fit_search.h"
#include "guard.h"
#include "hist_make.h"

#include <math.h>
#include <signal.h>

static struct weir_mem mem;
static struct weir_kernels kernels;
static struct weir_hist hist;
static struct weir_mixture mixture;
static struct weir_error err;

static void enter(void)
{
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    make_hist(&hist, &mem, 3);
    weir_mixture_init(&mixture, &mem);
}

static void leave(void)
{
    weir_mixture_release(&mixture);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

TestSuite(fit_search, .init = enter, .fini = leave);

static double lognormal_cdf(double x, double mu, double sigma)
{
    return erfc(-(log(x) - mu) / sigma / sqrt(2)) / 2;
}

/* 30 % ones, 10 % fives, 40 % about exp(2.5), 20 % about exp(7). */
static double truth(double x)
{
    return x <= 0 ? 0
                  : 0.3 + (x >= 5 ? 0.1 : 0) + 0.4 * lognormal_cdf(x, 2.5, 0.6) +
                        0.2 * lognormal_cdf(x, 7, 1.2);
}

static double weibull(double x)
{
    return x <= 0 ? 0 : 1 - exp(-pow(x / 500, 0.7));
}

/* Ten million flows, in expectation. */
static void fill_hist_from(double (*cdf)(double))
{
    weir_u128 lo = 1, hi = 1;
    for (; lo < 3000000; lo = hi) {
        weir_hist_bin(lo, 6, &lo, &hi);
        const double p = cdf((double)hi - 1) - cdf((double)lo - 1);
        const weir_u128 flows = (weir_u128)(1e7 * p + 0.5);
        if (flows == 0)
            continue;
        make_bin(&hist, lo, hi, flows, flows * lo, flows * lo * 100);
    }
}

static void fill_hist(void)
{
    fill_hist_from(truth);
}

static struct weir_search request(unsigned max_params)
{
    return (struct weir_search){.hist = &hist,
                                .max_params = max_params,
                                .n_starts = 3,
                                .n_rounds = 8,
                                .n_threads = 2,
                                .kernels = &kernels,
                                .mem = &mem};
}

static void check_component(size_t k, enum weir_kind kind, double weight, double place,
                            double width)
{
    const struct weir_component *c = &mixture.component[k];
    const int at = kind == WEIR_UNIFORM ? 0 : 2;
    cr_assert(c->kind == kind && fabs(c->weight - weight) < 0.01 &&
                  fabs(c->parameter[at] - place) <= 0.03 * place &&
                  fabs(c->parameter[kind == WEIR_UNIFORM ? 1 : 0] - width) <= 0.03 * width,
              "component %zu: %g %s [%g, %g, %g]", k, c->weight, weir_kind_name(c->kind),
              c->parameter[0], c->parameter[1], c->parameter[2]);
}

Test(fit_search, finds_the_truth)
{
    struct weir_binned_quality quality;
    fill_hist();
    struct weir_search search = request(8);
    CHECK_OK(weir_search_run(&search, &mixture, &quality, &err));
    cr_assert_eq(mixture.n_components, 4);
    cr_assert_eq(weir_mixture_free_parameters(&mixture), 8);
    check_component(0, WEIR_UNIFORM, 0.3, 0, 1);
    check_component(1, WEIR_UNIFORM, 0.1, 4, 1);
    check_component(2, WEIR_LOGNORM, 0.4, exp(2.5), 0.6);
    check_component(3, WEIR_LOGNORM, 0.2, exp(7), 1.2);
    cr_assert(quality.ks < 2e-4 && quality.tail < 0.02 && fabs(quality.mean - 1) < 0.02,
              "KS %g, tail %g, mean %g", quality.ks, quality.tail, quality.mean);
    cr_assert(fabs(weir_mixture_weight(&mixture) - 1) < 1e-12);
    weir_u128 sum = 0;
    for (size_t i = 0; i < hist.n_bins; i++)
        sum += hist.sum[3 * i];
    cr_assert(mixture.has_sum && mixture.sum == sum);
}

Test(fit_search, finds_a_weibull)
{
    fill_hist_from(weibull);
    struct weir_search search = request(2);
    CHECK_OK(weir_search_run(&search, &mixture, NULL, &err));
    cr_assert_eq(mixture.n_components, 1);
    check_component(0, WEIR_WEIBULL_MIN, 1, 500, 0.7);
}

Test(fit_search, keeps_to_the_budget)
{
    double worst = -INFINITY;
    fill_hist();
    for (unsigned max_params = 2; max_params <= 11; max_params += 3) {
        struct weir_binned_quality quality;
        struct weir_search search = request(max_params);
        search.n_rounds = 4;
        CHECK_OK(weir_search_run(&search, &mixture, &quality, &err));
        cr_assert(weir_mixture_free_parameters(&mixture) <= max_params);
        cr_assert(quality.log_likelihood >= worst - 1e-4, "%u: %g after %g", max_params,
                  quality.log_likelihood, worst);
        worst = quality.log_likelihood;
    }
    struct weir_search search = request(1);
    CHECK_STATUS(weir_search_run(&search, &mixture, NULL, &err), WEIR_USAGE);
    CHECK_MESSAGE("at least 2");
}

static void check_same(const struct weir_mixture *want, int n_threads)
{
    cr_assert_eq(mixture.n_components, want->n_components);
    for (size_t k = 0; k < want->n_components; k++) {
        const struct weir_component *a = &mixture.component[k], *b = &want->component[k];
        cr_assert(a->kind == b->kind && a->weight == b->weight &&
                      memcmp(a->parameter, b->parameter, sizeof a->parameter) == 0,
                  "other results on %d threads", n_threads);
    }
}

Test(fit_search, same_on_any_number_of_threads)
{
    static const int n_threads[] = {1, 2, 7, 2};
    struct weir_mixture want;
    weir_mixture_init(&want, &mem);
    fill_hist();
    for (size_t i = 0; i < 4; i++) {
        struct weir_kernels reference;
        struct weir_search search = request(7); /* too few, so that there is something to choose */
        weir_kernels_choose(WEIR_CPU_REF, &reference);
        search.n_threads = n_threads[i];
        search.n_rounds = 4;
        search.kernels = i == 3 ? &reference : &kernels;
        CHECK_OK(weir_search_run(&search, &mixture, NULL, &err));
        if (i == 0)
            CHECK_OK(weir_mixture_copy(&want, &mixture, &err));
        check_same(&want, n_threads[i]);
    }
    weir_mixture_release(&want);
}

Test(fit_search, one_number_only)
{
    make_bin(&hist, 64, 65, 9, 9, 9);
    struct weir_search search = request(6);
    CHECK_OK(weir_search_run(&search, &mixture, NULL, &err));
    cr_assert(mixture.n_components >= 1);
    for (size_t k = 0; k < mixture.n_components; k++)
        cr_assert(weir_component_is_valid(&mixture.component[k]));
}

Test(fit_search, failing_memory)
{
    fill_hist();
    enum weir_status status = WEIR_MEMORY;
    for (int n = 0; status == WEIR_MEMORY; n++) {
        struct weir_search search = request(2);
        search.n_rounds = 4;
        search.n_starts = 1;
        search.n_threads = 1;
        weir_mem_fail_after(&mem, n);
        status = weir_search_run(&search, &mixture, NULL, &err);
        weir_mixture_release(&mixture);
        cr_assert(n < 200);
    }
    weir_mem_fail_after(&mem, -1);
    cr_assert(status == WEIR_OK);
}

Test(fit_search, stops_when_told)
{
    fill_hist();
    struct weir_search search = request(8);
    weir_guard_request_stop(SIGINT);
    CHECK_STATUS(weir_search_run(&search, &mixture, NULL, &err), WEIR_CANCELLED);
}
