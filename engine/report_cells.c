/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bins of a histogram as a plot wants them. */
#include "report_cells.h"

#include "report_files.h"
#include "summary.h"

#define BIN_EXP_MOST 12 /* of published histograms: finer than screens */
#define EVERY_BIN    0  /* no bins are put together */

struct cells {
    const struct weir_hist *hist;
    weir_u128 heavy[WEIR_REPORT_N_Y]; /* sums above these make a bin heavy */
    unsigned bin_exp;                 /* or EVERY_BIN */
};

static weir_u128 sum_at(const struct cells *cells, size_t bin, size_t y)
{
    return cells->hist->sum[bin * cells->hist->n_columns + y];
}

static enum weir_status find_heavy(struct cells *cells, struct weir_error *err)
{
    for (size_t y = 0; y < WEIR_REPORT_N_Y; y++) {
        weir_u128 total = 0;
        for (size_t i = 0; i < cells->hist->n_bins; i++)
            if (__builtin_add_overflow(total, sum_at(cells, i, y), &total))
                return weir_error_set(err, WEIR_LIMIT,
                                      "expected less than 2^128 %s in all, but found more",
                                      weir_summary_y[y]);
        cells->heavy[y] = total / WEIR_REPORT_HEAVY;
    }
    return WEIR_OK;
}

static bool is_heavy(const struct cells *cells, size_t bin)
{
    for (size_t y = 0; y < WEIR_REPORT_N_Y; y++)
        if (sum_at(cells, bin, y) > cells->heavy[y])
            return true;
    return false;
}

/* The bin behind the last one of the cell that begins with bin `begin`. */
static size_t find_end(const struct cells *cells, size_t begin)
{
    const struct weir_hist *hist = cells->hist;
    size_t end = begin + 1;
    weir_u128 lo = 0;
    weir_u128 hi = 0;
    if (cells->bin_exp == EVERY_BIN || is_heavy(cells, begin))
        return end;
    weir_hist_bin(hist->bin_lo[begin], cells->bin_exp, &lo, &hi);
    while (end < hist->n_bins && hist->bin_hi[end] <= hi && !is_heavy(cells, end))
        end++;
    return end;
}

static size_t count(const struct cells *cells)
{
    size_t n = 0;
    for (size_t i = 0; i < cells->hist->n_bins; i = find_end(cells, i))
        n++;
    return n;
}

static void choose_bin_exp(struct cells *cells)
{
    cells->bin_exp = EVERY_BIN;
    if (cells->hist->n_bins <= WEIR_REPORT_CELLS)
        return;
    cells->bin_exp = BIN_EXP_MOST;
    while (cells->bin_exp > 1 && count(cells) > WEIR_REPORT_CELLS)
        cells->bin_exp--;
}

static weir_u128 cell_lo(const struct cells *cells, size_t begin, size_t end, size_t y)
{
    (void)end;
    (void)y;
    return cells->hist->bin_lo[begin];
}

static weir_u128 cell_width(const struct cells *cells, size_t begin, size_t end, size_t y)
{
    (void)y;
    return cells->hist->bin_hi[end - 1] - cells->hist->bin_lo[begin];
}

static weir_u128 cell_sum(const struct cells *cells, size_t begin, size_t end, size_t y)
{
    weir_u128 sum = 0;
    for (size_t i = begin; i < end; i++)
        sum += sum_at(cells, i, y);
    return sum;
}

static void add_list(struct weir_text *text, const struct cells *cells, const char *name,
                     weir_u128 (*value)(const struct cells *, size_t, size_t, size_t), size_t y)
{
    weir_text_add(text, ", \"%s\": [", name);
    for (size_t begin = 0; begin < cells->hist->n_bins;) {
        const size_t end = find_end(cells, begin);
        weir_text_add(text, begin == 0 ? "" : ",");
        weir_text_add_u128(text, value(cells, begin, end, y));
        begin = end;
    }
    weir_text_add(text, "]");
}

enum weir_status weir_report_cells_add(struct weir_text *text, const struct weir_hist *hist,
                                       struct weir_error *err)
{
    struct cells cells = {.hist = hist};
    const enum weir_status status = find_heavy(&cells, err);
    if (status != WEIR_OK)
        return status;
    choose_bin_exp(&cells);
    weir_text_add(text, "{\"bins\": %zu, \"bin_exp\": ", hist->n_bins);
    weir_text_add(text, cells.bin_exp == EVERY_BIN ? "null" : "%u", cells.bin_exp);
    add_list(text, &cells, "lo", cell_lo, 0);
    add_list(text, &cells, "width", cell_width, 0);
    for (size_t y = 0; y < WEIR_REPORT_N_Y; y++)
        add_list(text, &cells, weir_summary_y[y], cell_sum, y);
    weir_text_add(text, "}");
    return WEIR_OK;
}
