/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_quality: small cases counted by hand; every measure against sums over closed forms, flow by
 * flow where they are about flows. */
#include "check.h"
#include "fit_quality.h"
#include "hist_make.h"

#include <gsl/gsl_errno.h>
#include <math.h>

#define FLOWS   0
#define PACKETS 1
#define OCTETS  2

static struct weir_mem mem;
static struct weir_hist hist;
static struct weir_mixture mixture;
static struct weir_fit_quality quality;
static struct weir_error err;

static void enter(void)
{
    gsl_set_error_handler_off();
    weir_mem_init(&mem, SIZE_MAX);
    make_hist(&hist, &mem, 3);
    weir_mixture_init(&mixture, &mem);
}

static void leave(void)
{
    weir_mixture_release(&mixture);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

TestSuite(fit_quality, .init = enter, .fini = leave);

static void add_bin(weir_u128 lo, weir_u128 hi, weir_u128 flows, weir_u128 packets)
{
    make_bin(&hist, lo, hi, flows, packets, 0);
}

static void add(double weight, enum weir_kind kind, double p, double q, double r)
{
    const struct weir_component component = {weight, kind, {p, q, r}};
    CHECK_OK(weir_mixture_add(&mixture, &component, &err));
}

static void measure(size_t column)
{
    CHECK_OK(weir_fit_quality_measure(&hist, column, &mixture, &quality, &mem, &err));
}

#define CHECK_NEAR(got, want, tolerance)                                                         \
    do {                                                                                         \
        const double check_got = (got), check_want = (want);                                     \
        cr_assert(check_got == check_want ||                                                     \
                      fabs(check_got - check_want) <= (tolerance)*fabs(check_want),              \
                  "line %d: %s: %.17g instead of %.17g", __LINE__, #got, check_got, check_want); \
    } while (0)

/* --- by hand --------------------------------------------------------------------------------- */

/* F is 1/4, 1/2, 3/4 and E 0.5, 0.8, 1. */
Test(fit_quality, by_hand)
{
    add_bin(1, 2, 50, 50);
    add_bin(2, 3, 30, 60);
    add_bin(3, 4, 20, 60);
    add(7, WEIR_UNIFORM, 0, 4, 0);
    measure(FLOWS);
    cr_assert(quality.n_parameters == 0 && quality.n_flows == 100);
    CHECK_NEAR(quality.log_likelihood, log(0.25), 1e-15);
    CHECK_NEAR(quality.aic, 200 * log(4), 1e-14);
    CHECK_NEAR(quality.bic, 200 * log(4), 1e-14);
    CHECK_NEAR(quality.ks, 0.3, 1e-15);
    cr_assert(quality.ks_at == 2 && quality.ks_sign == -1);
    CHECK_NEAR(quality.ad, 2 * 0.0625 * 0.25 / 0.1875 + 0.09 * 0.25 / 0.25, 1e-14);
    CHECK_NEAR(quality.mean, 2 / 1.7, 1e-15);
    cr_assert(quality.n_tail == 0 && quality.tail == 0 && quality.far_tail == 0);

    mixture.component[0].parameter[1] =
        3; /* the cdf of the mixture is 1 at the end, and 0 before */
    mixture.component[0].weight = 0.5;
    add(0.5, WEIR_UNIFORM, 2, 1, 0);
    measure(FLOWS);
    cr_assert(quality.n_parameters == 2);
    CHECK_NEAR(quality.aic - 4, 100 * -2 * quality.log_likelihood, 1e-14);
    CHECK_NEAR(quality.bic - 2 * log(100), 100 * -2 * quality.log_likelihood, 1e-14);
    CHECK_NEAR(quality.log_likelihood, 0.8 * log(1. / 6) + 0.2 * log(2. / 3), 1e-14);
    CHECK_NEAR(quality.ks, 0.8 - 1. / 3, 1e-14);
    const double first = 0.5 - 1. / 6, second = 0.8 - 1. / 3;
    CHECK_NEAR(quality.ad, first * first / 6 / (5. / 36) + second * second / 6 / (2. / 9), 1e-14);
}

/* Packets of the two flows of a bin: as many for each. */
Test(fit_quality, effective_flows)
{
    add_bin(1, 2, 4, 4);
    add_bin(5, 9, 2, 14);
    add_bin(100, 200, 1, 130);
    static const double packets[] = {1, 1, 1, 1, 7, 7, 130};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        sum += packets[i];
        squares += packets[i] * packets[i];
    }
    CHECK_NEAR(weir_fit_quality_flows(&hist, PACKETS), sum * sum / squares, 1e-15);
    CHECK_NEAR(weir_fit_quality_flows(&hist, FLOWS), 7, 1e-15);
    cr_assert(weir_fit_quality_flows(&hist, OCTETS) == 0);
    add(1, WEIR_LOGNORM, 1, 0, 20);
    measure(PACKETS);
    CHECK_NEAR(quality.n_flows, sum * sum / squares, 1e-15);
    CHECK_NEAR(quality.bic - quality.aic, 2 * log(quality.n_flows) - 4, 1e-13);
    hist.n_bins = 0;
    cr_assert(weir_fit_quality_flows(&hist, FLOWS) == 0);
}

/* Tails at 16 and 32 (1 - E = 0.09, at 9), 64 (0.04, at 49), 128 (0.0009, at 127) and 256 (0.0003,
 * at 219); at 512 there are 15 flows left, and 1024 is in the last bin. */
Test(fit_quality, tails_by_hand)
{
    add_bin(1, 10, 91000, 0);
    add_bin(40, 50, 5000, 0);
    add_bin(64, 128, 3910, 0);
    add_bin(200, 220, 60, 0);
    add_bin(300, 400, 15, 0);
    add_bin(1024, 2048, 15, 0);
    add(1, WEIR_GENPARETO, 1, 1, 1); /* 1 - F = 1 / x */
    measure(FLOWS);
    cr_assert(quality.n_tail == 5 && quality.n_far_tail == 2, "%zu, %zu", quality.n_tail,
              quality.n_far_tail);
    const double near = log(1. / 9 / 0.09), middle = log(1. / 49 / 0.04);
    const double far = log(1. / 127 / 0.0009), last = log(1. / 219 / 0.0003);
    const double both = far * far + last * last;
    CHECK_NEAR(quality.tail, sqrt((2 * near * near + middle * middle + both) / 5), 1e-12);
    CHECK_NEAR(quality.far_tail, sqrt(both / 2), 1e-12);
    cr_assert(isinf(quality.mean) && quality.n_parameters == 1);
}

/* --- closed forms ---------------------------------------------------------------------------- */

struct closed {
    double weight;
    double (*sf)(double x);
};

static double pareto_sf(double x)
{
    return x <= 3 ? 1 : pow(x / 3, -1.25);
}

static double weibull_sf(double x)
{
    return exp(-sqrt(x / 50));
}

static double atom_sf(double x)
{
    return x >= 2 ? 0 : x <= 1 ? 1 : 2 - x;
}

static double normal_sf(double x)
{
    return erfc((x - 400) / 60 / sqrt(2)) / 2;
}

static double erlang_sf(double x)
{
    return (1 + x / 1000) * exp(-x / 1000);
}

static double lognormal_sf(double x)
{
    return x <= 0 ? 1 : erfc(log(x / 20) / 1.5 / sqrt(2)) / 2;
}

static const struct closed closed[] = {{0.25, pareto_sf}, {0.2, weibull_sf}, {0.25, atom_sf},
                                       {0.1, normal_sf},  {0.05, erlang_sf}, {0.15, lognormal_sf}};
#define N_CLOSED (sizeof closed / sizeof *closed)

static double closed_sf(double x)
{
    double sum = 0;
    for (size_t k = 0; k < N_CLOSED; k++)
        sum += closed[k].weight * closed[k].sf(x);
    return sum;
}

static double closed_between(double a, double b)
{
    double sum = 0;
    for (size_t k = 0; k < N_CLOSED; k++)
        sum += closed[k].weight * (closed[k].sf(a) - closed[k].sf(b));
    return sum;
}

static void add_closed(void)
{
    add(2.5, WEIR_GENPARETO, 0.8, 3, 2.4);
    add(2, WEIR_WEIBULL_MIN, 0.5, 0, 50);
    add(0, WEIR_LOGNORM, 1, 0, 1);
    add(2.5, WEIR_UNIFORM, 1, 1, 0);
    add(1, WEIR_NORM, 400, 60, 0);
    add(0.5, WEIR_GAMMA, 2, 0, 1000);
    add(1.5, WEIR_LOGNORM, 1.5, 0, 20);
}

/* Bins of exponent 3 with gaps, from 2 on. */
static void fill_hist(weir_u128 unit)
{
    weir_u128 lo = 2, hi = 0;
    for (unsigned i = 0; lo < 100000; i++, lo = hi) {
        weir_hist_bin(lo, 3, &lo, &hi);
        const double flows = 1e6 * (double)(hi - lo) * pow((double)lo, -2.1);
        if (i % 5 != 3)
            add_bin(lo, hi, ((weir_u128)flows + i % 2) * unit, (weir_u128)(flows * 7) * lo * unit);
    }
}

/* As the header has it, one measure after the other, without a thought of speed. */
static struct weir_fit_quality measure_slowly(size_t column)
{
    struct weir_fit_quality want = {.n_parameters = 1 + 2 + 2 + 1 + 2 + 2 + 2 + 6};
    const size_t n = hist.n_bins;
    double total = 0, flows = 0, below = 0, mean = 0;
    for (size_t i = 0; i < n; i++) {
        total += (double)hist.sum[3 * i + column];
        flows += (double)hist.sum[3 * i];
        mean += (double)hist.sum[3 * i + column] * ((double)(hist.bin_lo[i] + hist.bin_hi[i]) - 1);
    }
    want.mean =
        0.25 * 15 + 0.2 * 100 + 0.25 * 1.5 + 0.1 * 400 + 0.05 * 2000 + 0.15 * 20 * exp(1.125);
    want.mean /= mean / total / 2;
    for (size_t i = 0; i < n; i++) {
        const double share = (double)hist.sum[3 * i + column] / total;
        const double from = i == 0 ? 0 : (double)hist.bin_lo[i] - 1;
        const double to = (double)hist.bin_hi[i] - 1;
        const double p = closed_between(from, to), sf = closed_sf(to);
        below += share;
        want.log_likelihood += share == 0 ? 0 : share * log(p);
        if (fabs(1 - sf - below) > want.ks) {
            want.ks = fabs(1 - sf - below);
            want.ks_at = to;
            want.ks_sign = 1 - sf > below ? 1 : -1;
        }
        want.ad += pow(1 - sf - below, 2) * p / (sf * (1 - sf));
    }
    for (unsigned power = 0; power < 20; power++) {
        const double x = ldexp(1, (int)power);
        double above = 1, at = 0;
        for (size_t i = 0; i < n && (double)hist.bin_hi[i] - 1 <= x; i++) {
            above -= (double)hist.sum[3 * i + column] / total;
            at = (double)hist.bin_hi[i] - 1;
        }
        if (x >= (double)hist.bin_lo[n - 1] || above > 0.1 || above < 20 / flows)
            continue;
        want.tail += pow(log(closed_sf(at) / above), 2);
        want.n_tail++;
        want.far_tail += above <= 0.001 ? pow(log(closed_sf(at) / above), 2) : 0;
        want.n_far_tail += above <= 0.001;
    }
    want.tail = want.n_tail > 0 ? sqrt(want.tail / (double)want.n_tail) : 0;
    want.far_tail = want.n_far_tail > 0 ? sqrt(want.far_tail / (double)want.n_far_tail) : 0;
    return want;
}

static void check_slowly(size_t column)
{
    measure(column);
    const struct weir_fit_quality want = measure_slowly(column);
    cr_assert_eq(quality.n_parameters, want.n_parameters);
    CHECK_NEAR(quality.log_likelihood, want.log_likelihood, 1e-12);
    CHECK_NEAR(quality.ks, want.ks, 1e-11);
    cr_assert(quality.ks_at == want.ks_at && quality.ks_sign == want.ks_sign);
    CHECK_NEAR(quality.ad, want.ad, 1e-9);
    cr_assert_eq(quality.n_tail, want.n_tail);
    cr_assert_eq(quality.n_far_tail, want.n_far_tail);
    CHECK_NEAR(quality.tail, want.tail, 1e-9);
    CHECK_NEAR(quality.far_tail, want.far_tail, 1e-9);
    CHECK_NEAR(quality.mean, want.mean, 1e-12);
}

Test(fit_quality, closed_forms)
{
    fill_hist(1);
    add_closed();
    check_slowly(FLOWS);
    cr_assert(quality.n_tail > 5 && quality.n_far_tail > 2);
    check_slowly(PACKETS);
}

/* Sums beyond 64 bits: measures do not depend on the unit. */
Test(fit_quality, large_sums)
{
    fill_hist((weir_u128)1 << 70);
    add_closed();
    check_slowly(PACKETS);
}

/* --- limits ---------------------------------------------------------------------------------- */

/* P of bins that differ from 1 by less than rounding, on either side. */
Test(fit_quality, far_tails_are_exact)
{
    add_bin(1, 100, 1, 1);
    add_bin(100000, 200000, 1, 1);
    add_bin(1000000, 2000000, 2, 1);
    add(1, WEIR_GENPARETO, 0.2, 1, 0.2); /* 1 - F = x^-5 */
    measure(FLOWS);
    const double second = pow(99999, -5) - pow(199999, -5);
    const double third = pow(999999, -5) - pow(1999999, -5);
    CHECK_NEAR(quality.log_likelihood, log1p(-pow(99, -5)) / 4 + log(second) / 4 + log(third) / 2,
               1e-14);
    mixture.n_components = 0;
    add(1, WEIR_NORM, 3e6, 1e5, 0);
    hist.n_bins = 2;
    measure(FLOWS);
    const double first = erfc(29.99901 / sqrt(2)) / 2 - erfc(30 / sqrt(2)) / 2;
    CHECK_NEAR(quality.log_likelihood, log(erfc(28.00001 / sqrt(2)) / 2) / 2 + log(first) / 2,
               1e-12);
}

/* A mixture that ends before the data do, and one that begins behind them. */
Test(fit_quality, no_probability)
{
    add_bin(1, 2, 3, 3);
    add_bin(2, 3, 1, 2);
    add(1, WEIR_UNIFORM, 0, 1, 0);
    measure(FLOWS);
    CHECK_NEAR(quality.log_likelihood, log(1e-300) / 4, 1e-15);
    cr_assert(isinf(quality.ad) && quality.ks == 0.25 && quality.ks_sign == 1);
    mixture.component[0].parameter[0] = 10;
    measure(FLOWS);
    CHECK_NEAR(quality.log_likelihood, log(1e-300), 1e-15);
    cr_assert(quality.ad == 0 && quality.ks == 1 && quality.ks_sign == -1);
}

Test(fit_quality, refusals)
{
    add(1, WEIR_UNIFORM, 0, 1, 0);
    CHECK_STATUS(weir_fit_quality_measure(&hist, FLOWS, &mixture, &quality, &mem, &err),
                 WEIR_FORMAT);
    CHECK_MESSAGE("empty");
    add_bin(1, 2, 1, 0);
    CHECK_STATUS(weir_fit_quality_measure(&hist, PACKETS, &mixture, &quality, &mem, &err),
                 WEIR_FORMAT);
    CHECK_MESSAGE("all 0");
    weir_mem_fail_after(&mem, 0);
    CHECK_STATUS(weir_fit_quality_measure(&hist, FLOWS, &mixture, &quality, &mem, &err),
                 WEIR_MEMORY);
    measure(FLOWS);
}
