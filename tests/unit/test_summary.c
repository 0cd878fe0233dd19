/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What x is, levels, limits, and memory that ends; numbers are compared with Python's by the tests
 * of the command. */
#include "check.h"
#include "hist_axis.h"
#include "summary_print.h"

struct bin {
    weir_u128 lo, hi, sum[4];
};

/* A histogram with flows, packets, octets, and one column more. */
static void make(struct weir_hist *hist, const char *extra, const struct bin *bins, size_t n_bins,
                 struct weir_mem *mem)
{
    struct weir_error err = {0};
    weir_hist_init(hist, mem);
    hist->n_columns = 4;
    hist->column_name[0] = "flows";
    hist->column_name[1] = "packets";
    hist->column_name[2] = "octets";
    hist->column_name[3] = extra;
    CHECK_STATUS(weir_hist_reserve(hist, n_bins, &err), WEIR_OK);
    hist->n_bins = n_bins;
    for (size_t i = 0; i < n_bins; i++) {
        hist->bin_lo[i] = bins[i].lo;
        hist->bin_hi[i] = bins[i].hi;
        memcpy(hist->sum + 4 * i, bins[i].sum, sizeof bins[i].sum);
    }
}

Test(summary, x_is_what_the_means_fit)
{
    static const struct {
        struct bin bins[2];
        bool found;
        enum weir_hist_x x;
    } cases[] = {
        {{{1, 2, {3, 3, 300, 9}}, {4, 8, {2, 15, 900, 99}}}, true, WEIR_X_LENGTH},
        {{{1, 2, {3, 3, 300, 9}}, {4, 8, {2, 16, 900, 99}}}, false, 0}, /* a mean of 8 */
        {{{40, 41, {3, 9, 120, 9}}, {64, 128, {2, 15, 128, 99}}}, true, WEIR_X_SIZE},
        {{{3, 4, {3, 3, 300, 9}}, {4, 8, {2, 15, 900, 8}}}, true, WEIR_X_DURATION},
        {{{3, 4, {3, 3, 300, 9}}, {4, 8, {2, 15, 900, 7}}}, false, 0},
    };
    struct weir_mem mem;
    struct weir_hist hist;
    weir_mem_init(&mem, SIZE_MAX);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        enum weir_hist_x x = WEIR_X_RATE;
        make(&hist, "duration", cases[c].bins, 2, &mem);
        cr_assert(weir_hist_axis_detect(&hist, &x) == cases[c].found, "case %zu", c);
        cr_assert(x == (cases[c].found ? cases[c].x : WEIR_X_RATE), "case %zu", c);
        for (int i = 0; i < WEIR_X_RATE; i++)
            cr_assert(weir_hist_axis_contradicts(&hist, (enum weir_hist_x)i) ==
                          !(cases[c].found && (enum weir_hist_x)i == cases[c].x),
                      "case %zu, x %d", c, i);
        cr_assert(!weir_hist_axis_contradicts(&hist, WEIR_X_RATE)); /* no sums to tell */
        hist.n_bins = 0;
        cr_assert(weir_hist_axis_detect(&hist, &x) && x == WEIR_X_LENGTH);
        weir_hist_release(&hist);
    }
    CHECK_NO_LEAK(&mem);
}

Test(summary, levels)
{
    struct weir_summary_level level;
    struct weir_error err = {0};
    char text[WEIR_RATIO_TEXT];
    static const char *const good[] = {"0", "1", "0.5", "1.000", "0.999999999999999999"};
    static const char *const bad[] = {"", ".", "1.", "0.", ".5", "1.1", "2", "-0", "0.5.", "0,5"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_STATUS(weir_summary_level_parse(good[i], &level, &err), WEIR_OK);
        const struct weir_ratio ratio = weir_summary_level_ratio(&level);
        cr_assert_str_eq(weir_ratio_text(&ratio, level.n_decimals, text), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STATUS(weir_summary_level_parse(bad[i], &level, &err), WEIR_USAGE);
}

/* Numbers as large as they can be: the whole range of x in one bin, all sums but one below 2^128.
 */
Test(summary, largest_numbers)
{
    static const struct weir_summary_level levels[] = {{1, 18}, {UINT64_C(999999999999999999), 18}};
    const struct bin bins[] = {{0, WEIR_U128_MAX, {WEIR_U128_MAX, 5, WEIR_U128_MAX, 0}}};
    struct weir_mem mem;
    struct weir_hist hist;
    struct weir_summary summary;
    struct weir_error err = {0};
    char text[WEIR_SUMMARY_CELL];
    weir_mem_init(&mem, SIZE_MAX);
    make(&hist, "aggs", bins, 1, &mem);
    weir_summary_init(&summary, WEIR_X_LENGTH, &mem);
    summary.levels = levels;
    summary.n_levels = 2;
    CHECK_STATUS(weir_summary_add(&summary, "a", &hist, &err), WEIR_OK);
    cr_assert_str_eq(weir_summary_percent_text(&summary, 0, 24, 0, text), "0.0000");
    cr_assert_str_eq(weir_summary_fact_text(&summary, 0, 4, text), "1.000000");
    cr_assert_str_eq(weir_summary_fact_text(&summary, 0, 0, text),
                     "340 282 366 920 938 463 463 374 607 431 768 211 455");
    /* With p = 10^-18 and n = 2^128 - 1 values: the ceiling of p n, less 1; then of (1 - p) n. */
    cr_assert_str_eq(weir_summary_quantile_text(&summary, 0, 0, 0, text), "340282366920938463463");
    cr_assert_str_eq(weir_summary_quantile_text(&summary, 0, 1, 2, text),
                     "340282366920938463123092240510829747991");
    weir_summary_release(&summary);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

Test(summary, totals_that_do_not_fit_and_memory_that_ends)
{
    static const struct weir_summary_level levels[] = {{5, 1}};
    struct bin bins[] = {{1, 2, {1, 1, WEIR_U128_MAX, 1}}, {2, 3, {1, 2, 1, 1}}};
    struct weir_error err = {0};
    struct weir_mem mem;
    struct weir_hist hist;
    struct weir_summary summary;
    weir_mem_init(&mem, SIZE_MAX);
    make(&hist, "aggs", bins, 2, &mem);
    weir_summary_init(&summary, WEIR_X_LENGTH, &mem);
    CHECK_STATUS(weir_summary_add(&summary, "a", &hist, &err), WEIR_LIMIT);
    CHECK_MESSAGE("the sum of octets in all bins: expected less than 2^128");
    cr_assert(summary.n_columns == 0);
    hist.sum[6] = 0;
    int n_failed = 0;
    for (long long n = 0; n < 8; n++) {
        struct weir_text text;
        weir_summary_init(&summary, WEIR_X_LENGTH, &mem);
        summary.levels = levels;
        summary.n_levels = 1;
        weir_text_init(&text, &mem);
        weir_mem_fail_after(&mem, n);
        enum weir_status status = weir_summary_add(&summary, "a", &hist, &err);
        if (status == WEIR_OK)
            status = weir_summary_add(&summary, "b", &hist, &err);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY);
        for (int kind = 0; kind < 4 && status == WEIR_OK; kind++)
            weir_summary_print(&summary, kind, &text);
        n_failed += status != WEIR_OK || text.failed;
        weir_mem_fail_after(&mem, -1);
        weir_text_release(&text);
        weir_summary_release(&summary);
    }
    cr_assert(n_failed >= 6, "%d failed", n_failed);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}
