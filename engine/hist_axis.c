/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the x of a histogram is. */
#include "hist_axis.h"

#include <string.h>

static const struct {
    const char *name, *unit, *unit_one;
    const char *column; /* that sums up x over the flows of a bin */
} axes[WEIR_N_X] = {[WEIR_X_LENGTH] = {"length", "packets", "packet", "packets"},
                    [WEIR_X_SIZE] = {"size", "bytes", "byte", "octets"},
                    [WEIR_X_DURATION] = {"duration", "milliseconds", "millisecond", "duration"},
                    [WEIR_X_RATE] = {"rate", "bps", "bps", "rate"}};

const char *weir_hist_axis_name(enum weir_hist_x x)
{
    return axes[x].name;
}

const char *weir_hist_axis_unit(enum weir_hist_x x)
{
    return axes[x].unit;
}

const char *weir_hist_axis_unit_one(enum weir_hist_x x)
{
    return axes[x].unit_one;
}

/* The column that sums up x; n_columns when there is none. */
static size_t find_column(const struct weir_hist *hist, enum weir_hist_x x)
{
    size_t column = 0;
    while (column < hist->n_columns && strcmp(hist->column_name[column], axes[x].column) != 0)
        column++;
    return column;
}

/* True when the mean of a column lies within every bin. */
static bool fits(const struct weir_hist *hist, size_t column)
{
    for (size_t bin = 0; bin < hist->n_bins; bin++) {
        const weir_u128 *sum = hist->sum + bin * hist->n_columns;
        const weir_u128 mean = sum[0] == 0 ? 0 : sum[column] / sum[0];
        if (mean < hist->bin_lo[bin] || mean >= hist->bin_hi[bin])
            return false;
    }
    return true;
}

bool weir_hist_axis_detect(const struct weir_hist *hist, enum weir_hist_x *x)
{
    for (int i = 0; i < WEIR_N_X; i++) {
        const size_t column = find_column(hist, (enum weir_hist_x)i);
        if (column == hist->n_columns || !fits(hist, column))
            continue;
        *x = (enum weir_hist_x)i;
        return true;
    }
    return false;
}

bool weir_hist_axis_contradicts(const struct weir_hist *hist, enum weir_hist_x x)
{
    const size_t column = find_column(hist, x);
    return column < hist->n_columns && !fits(hist, column);
}
