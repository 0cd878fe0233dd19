/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_lines: positions, lines and points worked out by hand, and lines of a random histogram by
 * their definition. */
#include "hist_make.h"
#include "plot_lines.h"

#include <math.h>

static struct weir_mem mem;
static struct weir_hist hist;
static struct weir_plot_lines lines;

static void enter(void)
{
    weir_mem_init(&mem, SIZE_MAX);
    make_hist(&hist, &mem, 3);
}

static void leave(void)
{
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

TestSuite(plot_lines, .init = enter, .fini = leave);

static void add_bin(weir_u128 lo, weir_u128 hi, weir_u128 flows, weir_u128 packets,
                    weir_u128 octets)
{
    make_bin(&hist, lo, hi, flows, packets, octets);
}

/* A unit, a gap, wide bins, and sums of 0: 10 flows, 100 packets, 1000 octets. */
static void add_few_bins(void)
{
    add_bin(1, 2, 1, 10, 0);
    add_bin(2, 3, 4, 0, 1000);
    add_bin(6, 8, 3, 70, 0);
    add_bin(8, 12, 2, 20, 0);
}

static void check_near(double got, double want, const char *what, double at)
{
    cr_assert((isnan(got) && isnan(want)) || fabs(got - want) <= 1e-12 * fabs(want),
              "%s at %g: %.17g instead of %.17g", what, at, got, want);
}

static void check_list(const double *got, size_t n_got, const double *want, size_t n_want)
{
    cr_assert(n_got == n_want, "%zu instead of %zu", n_got, n_want);
    for (size_t i = 0; i < n_want; i++)
        check_near(got[i], want[i], "number", (double)i);
}

/* --- positions ------------------------------------------------------------------------------- */

Test(plot_lines, names)
{
    cr_assert_str_eq(weir_plot_y_name(WEIR_PLOT_FLOWS), "flows");
    cr_assert_str_eq(weir_plot_y_name(WEIR_PLOT_PACKETS), "packets");
    cr_assert_str_eq(weir_plot_y_name(WEIR_PLOT_OCTETS), "octets");
}

Test(plot_lines, positions_by_hand)
{
    static const struct {
        double first, last;
        size_t n_wanted, n;
        double want[8];
    } cases[] = {
        {1, 1000, 4, 4, {1, 10, 100, 1000}},
        {3, 48, 5, 5, {3, 6, 12, 24, 48}},
        {7, 63, 2, 2, {7, 63}},
        {1, 4, 512, 4, {1, 2, 3, 4}},
        {5, 5, 128, 1, {5}},
        {1, 1, 2, 1, {1}},
        /* 10, 31.6, 100, 316.2, 1000 */
        {10, 1000, 5, 5, {10, 32, 100, 316, 1000}},
        /* 1, 1.33, 1.78, 2.37, 3.16, 4.22, 5.62, 7.50, 10 without repetitions */
        {1, 10, 9, 7, {1, 2, 3, 4, 6, 7, 10}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x[WEIR_PLOT_POSITIONS_MAX];
        const size_t n = weir_plot_positions(cases[i].first, cases[i].last, cases[i].n_wanted, x);
        check_list(x, n, cases[i].want, cases[i].n);
    }
}

/* Every position is a step, rounded, and every step has its position. */
static void check_positions(double first, double last, size_t n_wanted)
{
    double x[WEIR_PLOT_POSITIONS_MAX];
    const size_t n = weir_plot_positions(first, last, n_wanted, x);
    size_t at = 0;
    cr_assert(n >= 1 && n <= n_wanted);
    cr_assert(x[0] == first && x[n - 1] == last, "%.17g .. %.17g", x[0], x[n - 1]);
    for (size_t i = 0; i < n; i++)
        cr_assert(x[i] == rint(x[i]) && (i == 0 || x[i] > x[i - 1]), "%.17g", x[i]);
    for (size_t i = 0; i < n_wanted; i++) {
        const long double part = (long double)i / (long double)(n_wanted - 1);
        const long double step = first * powl((long double)last / first, part);
        const size_t before = at;
        while (at + 1 < n && fabsl(x[at + 1] - step) < fabsl(x[at] - step))
            at++;
        cr_assert(at - before <= 1, "%.17g is of no step", x[at - 1]);
        cr_assert(fabsl(x[at] - step) <= 0.5L + 1e-12L * step, "%.17g for %.17Lg", x[at], step);
    }
    cr_assert(at == n - 1);
}

Test(plot_lines, positions_are_rounded_steps)
{
    static const double ends[][2] = {{1, 2},   {1, 100},       {64, 1500},  {999, 1001},
                                     {1, 1e9}, {40, 9e15},     {1, 0x1p60}, {0x1p70, 0x1p100},
                                     {3, 3e6}, {1e6, 1e6 + 1}, {2, 700}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        check_positions(ends[i][0], ends[i][1], 2);
        check_positions(ends[i][0], ends[i][1], 3);
        check_positions(ends[i][0], ends[i][1], WEIR_PLOT_LINE);
        check_positions(ends[i][0], ends[i][1], WEIR_PLOT_POSITIONS_MAX);
    }
}

/* --- lines ----------------------------------------------------------------------------------- */

/* From 1 to 8, all whole numbers are positions. */
Test(plot_lines, lines_by_hand)
{
    static const double x[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const double flows[] = {.1, .5, .575, .65, .725, .8, .9, 1};
    static const double packets[] = {.1, .1, .275, .45, .625, .8, .9, 1};
    static const double octets[] = {0, 1, 1, 1, 1, 1, 1, 1};
    static const double pdf[] = {.1, .4, .075, .075, .075, .075, .1, .1};
    static const double packets_of_flows[] = {10, 0, 70 / 3., 70 / 3., 70 / 3., 70 / 3., 10, 10};
    static const double flows_of_octets[] = {NAN, .004, NAN, NAN, NAN, NAN, NAN, NAN};
    add_few_bins();
    weir_plot_lines_init(&lines, &hist);
    check_list(lines.x, lines.n, x, 8);
    check_list(lines.cdf[WEIR_PLOT_FLOWS], lines.n, flows, 8);
    check_list(lines.cdf[WEIR_PLOT_PACKETS], lines.n, packets, 8);
    check_list(lines.cdf[WEIR_PLOT_OCTETS], lines.n, octets, 8);
    cr_assert(lines.sum[0] == 10 && lines.sum[1] == 100 && lines.sum[2] == 1000);
    for (size_t i = 0; i < 8; i++) {
        cr_assert(fabs(weir_plot_lines_pdf(&lines, WEIR_PLOT_FLOWS, i) - pdf[i]) < 1e-15);
        const double average =
            weir_plot_lines_average(&lines, WEIR_PLOT_PACKETS, WEIR_PLOT_FLOWS, i);
        cr_assert(fabs(average - packets_of_flows[i]) < 1e-12, "%zu: %.17g", i, average);
        check_near(weir_plot_lines_average(&lines, WEIR_PLOT_FLOWS, WEIR_PLOT_OCTETS, i),
                   flows_of_octets[i], "average", x[i]);
    }
}

/* Steps of x longer than 1 divide the difference. */
Test(plot_lines, pdf_between_far_positions)
{
    add_bin(1, 2, 1, 0, 0);
    add_bin(1 << 20, 1 << 21, 3, 0, 0);
    weir_plot_lines_init(&lines, &hist);
    cr_assert(lines.n > 100 && lines.x[lines.n - 1] == 0x1p20);
    check_near(weir_plot_lines_pdf(&lines, WEIR_PLOT_FLOWS, 0), .25, "pdf", 1);
    for (size_t i = 1; i < lines.n; i++) {
        const double got = weir_plot_lines_pdf(&lines, WEIR_PLOT_FLOWS, i);
        cr_assert(fabs(got * 1048575 - .75) < 1e-9, "%g: %.17g", lines.x[i], got);
    }
}

Test(plot_lines, bins_at_0_count_and_are_not_drawn)
{
    add_bin(0, 1, 5, 0, 3);
    add_bin(1, 2, 2, 6, 0);
    add_bin(3, 4, 3, 2, 1);
    weir_plot_lines_init(&lines, &hist);
    check_list(lines.x, lines.n, (const double[]){1, 2, 3}, 3);
    check_list(lines.cdf[0], lines.n, (const double[]){.7, .85, 1}, 3);
    check_list(lines.cdf[1], lines.n, (const double[]){.75, .875, 1}, 3);
    check_list(lines.cdf[2], lines.n, (const double[]){.75, .875, 1}, 3);
    check_near(weir_plot_lines_pdf(&lines, WEIR_PLOT_FLOWS, 0), .2, "pdf", 1);
}

Test(plot_lines, one_bin)
{
    add_bin(5, 9, 4, 0, 40);
    weir_plot_lines_init(&lines, &hist);
    check_list(lines.x, lines.n, (const double[]){5}, 1);
    cr_assert(lines.cdf[0][0] == 1 && isnan(lines.cdf[1][0]) && lines.sum[1] == 0);
    cr_assert(weir_plot_lines_pdf(&lines, WEIR_PLOT_OCTETS, 0) == .25);
    check_near(weir_plot_lines_average(&lines, WEIR_PLOT_OCTETS, WEIR_PLOT_FLOWS, 0), 10, "average",
               5);
    cr_assert(isnan(weir_plot_lines_average(&lines, WEIR_PLOT_OCTETS, WEIR_PLOT_PACKETS, 0)));
}

Test(plot_lines, one_bin_beside_one_at_0)
{
    add_bin(0, 16, 1, 1, 1);
    add_bin(16, 32, 3, 0, 4);
    weir_plot_lines_init(&lines, &hist);
    check_list(lines.x, lines.n, (const double[]){16}, 1);
    cr_assert(lines.cdf[0][0] == 1 && lines.cdf[1][0] == 1 && lines.cdf[2][0] == 1);
}

Test(plot_lines, nothing_above_0)
{
    weir_plot_lines_init(&lines, &hist);
    cr_assert(lines.n == 0 && lines.sum[0] == 0);
    add_bin(0, 1, 7, 8, 9);
    weir_plot_lines_init(&lines, &hist);
    cr_assert(lines.n == 0 && lines.sum[0] == 7 && lines.sum[1] == 8 && lines.sum[2] == 9);
}

/* Sums and edges beyond 64 bits; further columns do not disturb. */
Test(plot_lines, large_numbers)
{
    const weir_u128 large = (weir_u128)1 << 100;
    hist.n_columns = 5;
    add_bin((weir_u128)1 << 70, (weir_u128)1 << 71, large, 3 * large, 1);
    add_bin((weir_u128)1 << 71, (weir_u128)1 << 74, 3 * large, 0, 0);
    for (size_t i = 0; i < 2; i++)
        hist.sum[i * 5 + 3] = hist.sum[i * 5 + 4] = 77 * large;
    weir_plot_lines_init(&lines, &hist);
    cr_assert(lines.n == WEIR_PLOT_LINE && lines.x[0] == 0x1p70);
    cr_assert(lines.x[lines.n - 1] == 0x1p71 && lines.cdf[0][lines.n - 1] == 1);
    cr_assert(lines.sum[0] == 0x1p102 && lines.sum[1] == 3 * 0x1p100);
    for (size_t i = 0; i < lines.n; i++) {
        check_near(lines.cdf[0][i], .25 + .75 * (lines.x[i] / 0x1p70 - 1), "cdf", lines.x[i]);
        check_near(lines.cdf[1][i], 1, "cdf", lines.x[i]);
    }
}

/* The cdf by its definition: bins up to x, and a part of the one that x is on the way to. */
static double cdf_at(enum weir_plot_y y, double x)
{
    long double below = 0;
    long double total = 0;
    for (size_t bin = 0; bin < hist.n_bins; bin++) {
        const long double sum = (long double)hist.sum[bin * hist.n_columns + (size_t)y];
        const long double lo = (long double)hist.bin_lo[bin];
        const long double before = bin == 0 ? lo : (long double)hist.bin_lo[bin - 1];
        total += sum;
        if (lo <= x)
            below += sum;
        else if (before < x)
            below += sum * (x - before) / (lo - before);
    }
    return (double)(below / total);
}

Test(plot_lines, lines_of_a_random_histogram)
{
    uint64_t seed = 5;
    uint64_t lo = 0;
    for (int bin = 0; bin < 400; bin++) {
        uint64_t random[4];
        for (size_t i = 0; i < 4; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            random[i] = seed >> 40;
        }
        const uint64_t width = bin < 20 ? 1 : 1 + random[0] % (1 + lo / 50);
        add_bin(lo, lo + width, random[1] % 1000, random[2] % 7, random[3]);
        lo += width + (bin % 3 == 0 ? random[0] % 9 : 0);
    }
    weir_plot_lines_init(&lines, &hist);
    cr_assert(lines.n > 80 && lines.x[0] == (double)hist.bin_lo[1]);
    cr_assert(lines.x[lines.n - 1] == (double)hist.bin_lo[399]);
    for (int y = 0; y < WEIR_PLOT_N_Y; y++)
        for (size_t i = 0; i < lines.n; i++)
            check_near(lines.cdf[y][i], cdf_at((enum weir_plot_y)y, lines.x[i]), "cdf", lines.x[i]);
}

/* --- points ---------------------------------------------------------------------------------- */

static void check_points(const struct weir_plot_points *request, size_t n, const double *x,
                         const double *value, const double *weight)
{
    double got[3][4];
    cr_assert(hist.n_bins <= 4);
    check_list(got[0], weir_plot_points(&hist, request, got[0], got[1], got[2]), x, n);
    check_list(got[1], n, value, n);
    check_list(got[2], n, weight, n);
    check_list(got[0], weir_plot_points(&hist, request, got[0], got[1], NULL), x, n);
    check_list(got[1], n, value, n);
}

/* Distances to the next lower edge are 1, 4, 2; the last bin is 4 wide. */
Test(plot_lines, points_by_hand)
{
    add_few_bins();
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_FLOWS}, 4, (const double[]){1, 2, 6, 8},
                 (const double[]){.1, .1, .15, .05}, (const double[]){1, 4, 3, 2});
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_PACKETS}, 3, (const double[]){1, 6, 8},
                 (const double[]){.1, .35, .05}, (const double[]){1, 3, 2});
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_PACKETS, .raw = true}, 3,
                 (const double[]){1, 6, 8}, (const double[]){.1, .7, .2},
                 (const double[]){1, 3, 2});
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_OCTETS}, 1, (const double[]){2},
                 (const double[]){.25}, (const double[]){4});
}

/* Averages are no shares: not divided by widths, and none where the sum or the count is 0. */
Test(plot_lines, points_of_averages)
{
    add_few_bins();
    for (int raw = 0; raw < 2; raw++) {
        check_points(
            &(struct weir_plot_points){
                .y = WEIR_PLOT_PACKETS, .averages = true, .of = WEIR_PLOT_FLOWS, .raw = raw != 0},
            3, (const double[]){1, 6, 8}, (const double[]){10, 70 / 3., 10},
            (const double[]){1, 3, 2});
        check_points(
            &(struct weir_plot_points){
                .y = WEIR_PLOT_FLOWS, .averages = true, .of = WEIR_PLOT_OCTETS, .raw = raw != 0},
            1, (const double[]){2}, (const double[]){.004}, (const double[]){4});
    }
}

Test(plot_lines, points_beside_a_bin_at_0)
{
    add_bin(0, 1, 6, 1, 1);
    add_bin(1, 2, 2, 4, 0);
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_FLOWS}, 1, (const double[]){1},
                 (const double[]){.25}, (const double[]){2});
    check_points(
        &(struct weir_plot_points){.y = WEIR_PLOT_PACKETS, .averages = true, .of = WEIR_PLOT_FLOWS},
        1, (const double[]){1}, (const double[]){2}, (const double[]){2});
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_OCTETS}, 0, NULL, NULL, NULL);
}

Test(plot_lines, points_of_one_bin_or_none)
{
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_FLOWS}, 0, NULL, NULL, NULL);
    add_bin(5, 9, 4, 0, 40);
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_FLOWS}, 1, (const double[]){5},
                 (const double[]){.25}, (const double[]){4});
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_FLOWS, .raw = true}, 1,
                 (const double[]){5}, (const double[]){1}, (const double[]){4});
    check_points(&(struct weir_plot_points){.y = WEIR_PLOT_PACKETS}, 0, NULL, NULL, NULL);
}
