/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines and points of a histogram. Shares are taken of exact sums. */
#include "plot_lines.h"

#include <math.h>

const char *weir_plot_y_name(enum weir_plot_y y)
{
    static const char *const names[WEIR_PLOT_N_Y] = {"flows", "packets", "octets"};
    return names[y];
}

size_t weir_plot_positions(double first, double last, size_t n_wanted, double *x)
{
    const double step = log(last / first) / (double)(n_wanted - 1);
    size_t n = 0;
    for (size_t i = 0; i < n_wanted; i++) {
        const double at = i == n_wanted - 1 ? last : rint(first * exp(step * (double)i));
        if (n == 0 || at > x[n - 1])
            x[n++] = at;
    }
    return n;
}

static weir_u128 sum_of(const struct weir_hist *hist, size_t bin, enum weir_plot_y y)
{
    return hist->sum[bin * hist->n_columns + (size_t)y];
}

/* The share up to lower edges, interpolated at lines->x, which lie within them. */
static void fill_cdf(struct weir_plot_lines *lines, const struct weir_hist *hist,
                     enum weir_plot_y y)
{
    weir_u128 total = 0;
    for (size_t bin = 0; bin < hist->n_bins; bin++)
        total += sum_of(hist, bin, y);
    lines->sum[y] = (double)total;
    weir_u128 before = 0; /* up to the bin before */
    size_t bin = 0;
    for (size_t i = 0; i < lines->n; i++) {
        for (; (double)hist->bin_lo[bin] < lines->x[i]; bin++)
            before += sum_of(hist, bin, y);
        const double lo = bin == 0 ? 0 : (double)hist->bin_lo[bin - 1];
        const double part = (lines->x[i] - lo) / ((double)hist->bin_lo[bin] - lo);
        const double within = bin == 0 || part >= 1 ? (double)sum_of(hist, bin, y)
                                                    : part * (double)sum_of(hist, bin, y);
        lines->cdf[y][i] = ((double)before + within) / (double)total;
    }
}

void weir_plot_lines_init(struct weir_plot_lines *lines, const struct weir_hist *hist)
{
    size_t first = 0;
    while (first < hist->n_bins && hist->bin_lo[first] == 0)
        first++;
    lines->n = first == hist->n_bins ? 0
                                     : weir_plot_positions((double)hist->bin_lo[first],
                                                           (double)hist->bin_lo[hist->n_bins - 1],
                                                           WEIR_PLOT_LINE, lines->x);
    for (int y = 0; y < WEIR_PLOT_N_Y; y++) {
        fill_cdf(lines, hist, (enum weir_plot_y)y);
        /* Not the cdf there, which holds the bin at 0 as well. */
        if (lines->n > 0)
            lines->first_pdf[y] = (double)sum_of(hist, first, (enum weir_plot_y)y) / lines->sum[y] /
                                  (double)(hist->bin_hi[first] - hist->bin_lo[first]);
    }
}

double weir_plot_lines_pdf(const struct weir_plot_lines *lines, enum weir_plot_y y, size_t i)
{
    const double *cdf = lines->cdf[y];
    return i == 0 ? lines->first_pdf[y] : (cdf[i] - cdf[i - 1]) / (lines->x[i] - lines->x[i - 1]);
}

double weir_plot_lines_average(const struct weir_plot_lines *lines, enum weir_plot_y y,
                               enum weir_plot_y of, size_t i)
{
    const double part = weir_plot_lines_pdf(lines, y, i) * lines->sum[y];
    const double whole = weir_plot_lines_pdf(lines, of, i) * lines->sum[of];
    return whole > 0 ? part / whole : NAN;
}

/* What an unit of x is worth in a bin: its width, and the gap that follows it. */
static double width_of(const struct weir_hist *hist, size_t bin)
{
    const weir_u128 end = bin + 1 < hist->n_bins ? hist->bin_lo[bin + 1] : hist->bin_hi[bin];
    return (double)(end - hist->bin_lo[bin]);
}

size_t weir_plot_points(const struct weir_hist *hist, const struct weir_plot_points *request,
                        double *x, double *value, double *weight)
{
    weir_u128 total = 0;
    size_t n = 0;
    for (size_t bin = 0; bin < hist->n_bins; bin++)
        total += sum_of(hist, bin, request->y);
    for (size_t bin = 0; bin < hist->n_bins; bin++) {
        const weir_u128 sum = sum_of(hist, bin, request->y);
        const weir_u128 of = sum_of(hist, bin, request->of);
        if (hist->bin_lo[bin] == 0 || sum == 0 || (request->averages && of == 0))
            continue;
        x[n] = (double)hist->bin_lo[bin];
        value[n] = (double)sum / (double)(request->averages ? of : total);
        if (!request->averages && !request->raw)
            value[n] /= width_of(hist, bin);
        if (weight != NULL)
            weight[n] = (double)sum_of(hist, bin, WEIR_PLOT_FLOWS);
        n++;
    }
    return n;
}
