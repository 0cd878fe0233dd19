/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_binned: bins, tail and mean as counted by hand; the objective against sums over erfc();
 * gradients against differences. */
#include "check.h"
#include "fit_binned.h"
#include "hist_make.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

static struct weir_mem mem;
static struct weir_kernels kernels;
static struct weir_hist hist;
static struct weir_error err;

static void enter(void)
{
    gsl_set_error_handler_off();
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    make_hist(&hist, &mem, 3);
}

static void leave(void)
{
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

TestSuite(fit_binned, .init = enter, .fini = leave);

static void add_bin(weir_u128 lo, weir_u128 hi, weir_u128 flows)
{
    make_bin(&hist, lo, hi, flows, flows * lo, 0);
}

/* Bins of exponent 5 from `from` on, with gaps, and numbers that fall as a power. */
static void fill_hist(unsigned from)
{
    weir_u128 lo = from, hi = from;
    for (int i = 0; lo < 2000000; i++, lo = hi) {
        weir_hist_bin(lo, 5, &lo, &hi);
        const double width = (double)(hi - lo);
        if (i % 7 != 3)
            add_bin(lo, hi, (weir_u128)(1 + 1e7 * width * pow((double)lo, -1.7)));
    }
}

Test(fit_binned, bins_and_edges)
{
    struct weir_binned binned;
    add_bin(2, 3, 50);
    add_bin(3, 4, 30);
    add_bin(8, 16, 15);
    add_bin(16, 32, 0);
    add_bin(64, 128, 5);
    CHECK_OK(weir_binned_init(&binned, &hist, 0, 0, &kernels, &mem, &err));
    static const double edges[] = {0, 2, 3, 7, 15, 63, 127};
    cr_assert_eq(binned.n_edges, 7);
    cr_assert(memcmp(binned.x, edges, sizeof edges) == 0);
    cr_assert_eq(binned.n_bins, 4);
    cr_assert(binned.lo[0] == 0 && binned.hi[0] == 1 && binned.lo[2] == 3 && binned.hi[3] == 6);
    cr_assert(binned.share[2] == 0.15 && binned.below[1] == 0.8 && binned.below[3] == 1);
    cr_assert(fabs(binned.mean - (2 * 50 + 3 * 30 + 11.5 * 15 + 95.5 * 5) / 100) < 1e-12);
    cr_assert(binned.x_min == 2 && binned.x_max == 127);
    weir_binned_release(&binned);
}

Test(fit_binned, merged_bins_add_up)
{
    struct weir_binned all, cells;
    fill_hist(1);
    CHECK_OK(weir_binned_init(&all, &hist, 0, 0, &kernels, &mem, &err));
    CHECK_OK(weir_binned_init(&cells, &hist, 0, 2, &kernels, &mem, &err));
    cr_assert(cells.n_bins < all.n_bins && cells.n_tail == all.n_tail && all.n_tail > 5);
    double sum = 0;
    for (size_t i = 0; i < cells.n_bins; i++) {
        sum += cells.share[i];
        cr_assert(cells.lo[i] < cells.hi[i]);
        cr_assert(i == 0 || cells.lo[i] >= cells.hi[i - 1]);
    }
    cr_assert(fabs(sum - 1) < 1e-12);
    for (size_t t = 0; t < all.n_tail; t++)
        cr_assert(all.x[all.tail[t]] == cells.x[cells.tail[t]]);
    weir_binned_release(&all);
    weir_binned_release(&cells);
}

Test(fit_binned, refusals)
{
    struct weir_binned binned;
    CHECK_STATUS(weir_binned_init(&binned, &hist, 0, 0, &kernels, &mem, &err), WEIR_FORMAT);
    CHECK_MESSAGE("needs bins with flows");
    weir_binned_release(&binned);
    add_bin(0, 1, 5);
    CHECK_STATUS(weir_binned_init(&binned, &hist, 2, 0, &kernels, &mem, &err), WEIR_FORMAT);
    CHECK_MESSAGE("needs bins with octets");
    weir_binned_release(&binned);
    CHECK_STATUS(weir_binned_init(&binned, &hist, 0, 0, &kernels, &mem, &err), WEIR_FORMAT);
    CHECK_MESSAGE("a bin at 0");
    weir_binned_release(&binned);
}

static const struct weir_fit_part parts[] = {
    {.kind = WEIR_UNIFORM, .loc = 0, .scale = 3},
    {.kind = WEIR_LOGNORM},
    {.kind = WEIR_WEIBULL_MIN},
    {.kind = WEIR_UNIFORM, .loc = 4, .scale = 1},
    {.kind = WEIR_LOGNORM},
    {.kind = WEIR_NORM},
    {.kind = WEIR_GAMMA},
    {.kind = WEIR_GENPARETO, .loc = 9, .classic = true},
    {.kind = WEIR_GENPARETO, .loc = 3},
};
#define N_PARTS (sizeof parts / sizeof *parts)

static void set_theta(double *theta)
{
    static const double values[] = {0.1, 0,  0,   0.3, 1.5, 0.4, 0.2, 5,    -0.5, -1, 0,  0, -1,  9,
                                    0.6, -2, 4.5, 3,   -1,  6.2, 0.7, -1.5, -1,   0,  -3, 2, -0.7};
    memcpy(theta, values, sizeof values);
}

static double cdf_of(const struct weir_component *c, double x)
{
    const double *p = c->parameter;
    switch (c->kind) {
    case WEIR_NORM:
        return erfc((p[0] - x) / p[1] / sqrt(2)) / 2;
    case WEIR_GAMMA:
        return gsl_cdf_gamma_P(x, p[0], p[2]);
    case WEIR_GENPARETO:
        return x > p[1] ? 1 - pow(1 + p[0] * (x - p[1]) / p[2], -1 / p[0]) : 0;
    case WEIR_LOGNORM:
        return x > 0 ? erfc(-log(x / p[2]) / p[0] / sqrt(2)) / 2 : 0;
    case WEIR_WEIBULL_MIN:
        return -expm1(-pow(x / p[2], p[0]));
    default:
        return fmin(fmax((x - p[0]) / p[1], 0), 1);
    }
}

static double mixture_cdf(const double *theta, double x)
{
    double sum = 0, weights = 0;
    for (size_t k = 0; k < N_PARTS; k++) {
        struct weir_component component;
        weir_fit_part_component(&parts[k], theta + k * WEIR_FIT_PLACES, &component);
        const double weight = exp(theta[k * WEIR_FIT_PLACES]);
        sum += weight * cdf_of(&component, x);
        weights += weight;
    }
    return sum / weights;
}

/* Term by term, as the header says. */
static double brute_force(const struct weir_binned_terms *terms, const double *theta,
                          struct weir_binned_quality *quality)
{
    double total = 0, below = 0, norm = 0, tail = 0, n_tail = 0, x = 1;
    *quality = (struct weir_binned_quality){0};
    for (size_t i = 0; i < hist.n_bins; i++)
        total += (double)hist.sum[3 * i];
    for (size_t i = 0; i < hist.n_bins; i++) {
        const double lo = i == 0 ? 0 : (double)(hist.bin_lo[i] - 1),
                     hi = (double)hist.bin_hi[i] - 1;
        const double f = mixture_cdf(theta, hi), share = (double)hist.sum[3 * i] / total;
        below += share;
        quality->log_likelihood += share * log(f - mixture_cdf(theta, lo));
        quality->ks = fmax(quality->ks, fabs(f - below));
        norm += pow(fabs(f - below), terms->q);
        while (i + 1 < hist.n_bins && x < (double)hist.bin_hi[i + 1] - 1) {
            if (x >= hi && 1 - below <= 0.1 && 1 - below >= 20 / total) {
                tail += pow(log((1 - f) / (1 - below)), 2);
                n_tail++;
            }
            x *= 2;
        }
    }
    quality->tail = sqrt(tail / n_tail);
    return quality->log_likelihood - terms->lambda * pow(norm, 1.0 / terms->q) -
           terms->tau * pow(fmax(quality->tail - terms->tail_slack, 0), 2);
}

Test(fit_binned, objective_is_that_of_brute_force)
{
    static const struct weir_binned_terms terms = {
        .lambda = 3, .q = 24, .tau = 0.7, .tail_slack = 0.05};
    struct weir_binned binned;
    struct weir_binned_scratch scratch;
    struct weir_binned_quality want, got;
    double theta[N_PARTS * WEIR_FIT_PLACES];
    set_theta(theta);
    fill_hist(2);
    CHECK_OK(weir_binned_init(&binned, &hist, 0, 0, &kernels, &mem, &err));
    CHECK_OK(weir_binned_scratch_init(&scratch, &binned, N_PARTS, &mem, &err));
    const double expected = brute_force(&terms, theta, &want);
    const double value =
        weir_binned_objective(&binned, &terms, parts, N_PARTS, theta, NULL, &scratch);
    cr_assert(fabs(value - expected) < 1e-9, "%.12g instead of %.12g", value, expected);
    weir_binned_measure(&binned, parts, N_PARTS, theta, &scratch, &got);
    cr_assert(fabs(got.log_likelihood - want.log_likelihood) < 1e-9);
    cr_assert(fabs(got.ks - want.ks) < 1e-12 && fabs(got.tail - want.tail) < 1e-9);
    weir_binned_scratch_release(&scratch);
    weir_binned_release(&binned);
}

static void check_gradient(unsigned cells_per_octave, const struct weir_binned_terms *terms)
{
    struct weir_binned binned;
    struct weir_binned_scratch scratch;
    double theta[N_PARTS * WEIR_FIT_PLACES], gradient[N_PARTS * WEIR_FIT_PLACES];
    set_theta(theta);
    CHECK_OK(weir_binned_init(&binned, &hist, 0, cells_per_octave, &kernels, &mem, &err));
    CHECK_OK(weir_binned_scratch_init(&scratch, &binned, N_PARTS, &mem, &err));
    weir_binned_objective(&binned, terms, parts, N_PARTS, theta, gradient, &scratch);
    for (size_t i = 0; i < N_PARTS * WEIR_FIT_PLACES; i++) {
        const double step = 1e-5, at = theta[i];
        theta[i] = at + step;
        const double up =
            weir_binned_objective(&binned, terms, parts, N_PARTS, theta, NULL, &scratch);
        theta[i] = at - step;
        const double down =
            weir_binned_objective(&binned, terms, parts, N_PARTS, theta, NULL, &scratch);
        theta[i] = at;
        const double slope = (up - down) / (2 * step);
        cr_assert(fabs(gradient[i] - slope) < 2e-6 * (1 + fabs(slope)), "%zu: %.9g, not %.9g", i,
                  gradient[i], slope);
    }
    weir_binned_scratch_release(&scratch);
    weir_binned_release(&binned);
}

Test(fit_binned, gradient_is_that_of_differences)
{
    fill_hist(1);
    for (unsigned cells = 0; cells < 64; cells += 16) {
        check_gradient(cells, &(struct weir_binned_terms){.q = 2});
        check_gradient(cells, &(struct weir_binned_terms){.q = 24, .lambda = 3});
        check_gradient(cells, &(struct weir_binned_terms){.q = 100, .lambda = 3});
        check_gradient(cells, &(struct weir_binned_terms){.q = 2, .tau = 1});
        check_gradient(cells, &(struct weir_binned_terms){.q = 2, .tau = 6, .tail_slack = 0.1});
        check_gradient(cells, &(struct weir_binned_terms){.q = 2, .kappa = 1, .mean_slack = 0.01});
    }
}

/* Far from everything the logarithm has its floor, and nothing is infinite. */
Test(fit_binned, no_probability)
{
    static const struct weir_binned_terms terms = {
        .lambda = 3, .q = 24, .tau = 1, .kappa = 1, .mean_slack = 0.1};
    static const struct weir_fit_part far[] = {{.kind = WEIR_LOGNORM}};
    double theta[] = {0, 40, log(0.02)}, gradient[3];
    struct weir_binned binned;
    struct weir_binned_scratch scratch;
    fill_hist(1);
    CHECK_OK(weir_binned_init(&binned, &hist, 1, 64, &kernels, &mem, &err));
    CHECK_OK(weir_binned_scratch_init(&scratch, &binned, 1, &mem, &err));
    const double value = weir_binned_objective(&binned, &terms, far, 1, theta, gradient, &scratch);
    cr_assert(isfinite(value) && value < -600);
    cr_assert(isfinite(gradient[0]) && isfinite(gradient[1]) && isfinite(gradient[2]));
    weir_binned_scratch_release(&scratch);
    weir_binned_release(&binned);
}

Test(fit_binned, failing_memory)
{
    fill_hist(1);
    enum weir_status status = WEIR_MEMORY;
    for (int n = 0; status == WEIR_MEMORY; n++) {
        struct weir_binned binned;
        struct weir_binned_scratch scratch = {0};
        weir_mem_fail_after(&mem, n);
        status = weir_binned_init(&binned, &hist, 0, 16, &kernels, &mem, &err);
        if (status == WEIR_OK)
            status = weir_binned_scratch_init(&scratch, &binned, 3, &mem, &err);
        weir_binned_scratch_release(&scratch);
        weir_binned_release(&binned);
        cr_assert(n < 100);
    }
    weir_mem_fail_after(&mem, -1);
    cr_assert(status == WEIR_OK);
}
