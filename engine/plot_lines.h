/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plots show of a histogram: lines through all of it, and a point per bin.
 *
 *     weir_plot_lines_init(&lines, &hist);
 *     for (size_t i = 0; i < lines.n; i++)
 *         ... lines.x[i], lines.cdf[y][i], weir_plot_lines_pdf(&lines, y, i) ...
 *     n = weir_plot_points(&hist, &request, x, value);
 *
 * Axes of x are logarithmic: bins that start at 0 count in every share, but no line or point is
 * drawn at 0. Everything here is a leaf.
 */
#ifndef WEIR_PLOT_LINES_H
#define WEIR_PLOT_LINES_H

#include "hist.h"

#include <stdbool.h>
#include <stddef.h>

/* Sums that are drawn: the first columns of every histogram. */
enum weir_plot_y { WEIR_PLOT_FLOWS, WEIR_PLOT_PACKETS, WEIR_PLOT_OCTETS, WEIR_PLOT_N_Y };

/* "flows", "packets", "octets"; static storage. */
const char *weir_plot_y_name(enum weir_plot_y y);

#define WEIR_PLOT_POSITIONS_MAX 512
#define WEIR_PLOT_LINE          128 /* positions of lines of histograms, as in flow-models */

/* Whole numbers from `first` to `last` (1 <= first <= last), ascending: `n_wanted` (2 ..
 * WEIR_PLOT_POSITIONS_MAX) in geometric steps, rounded, each once. Writes them to `x` and returns
 * how many there are. */
size_t weir_plot_positions(double first, double last, size_t n_wanted, double *x);

struct weir_plot_lines {
    size_t n;                                  /* 0: there is no bin above 0 */
    double x[WEIR_PLOT_LINE];                  /* from the first to the last lower edge above 0 */
    double cdf[WEIR_PLOT_N_Y][WEIR_PLOT_LINE]; /* NaN when the sum is 0 */
    double first_pdf[WEIR_PLOT_N_Y];           /* share of the bin at x[0], over its width */
    double sum[WEIR_PLOT_N_Y];
};

/* Fills `lines`. The cdf at a lower edge is the share of all bins up to its own; between edges it
 * is linear. */
void weir_plot_lines_init(struct weir_plot_lines *lines, const struct weir_hist *hist);

/* Difference quotient of the cdf at position `i`; at the first one, before which there is none, the
 * share of its bin over the width. */
double weir_plot_lines_pdf(const struct weir_plot_lines *lines, enum weir_plot_y y, size_t i);

/* Sum of `y` per unit of `of` around position `i`, from the lines; NaN where the latter has none.
 */
double weir_plot_lines_average(const struct weir_plot_lines *lines, enum weir_plot_y y,
                               enum weir_plot_y of, size_t i);

/* Points of bins: shares of y, or averages. */
struct weir_plot_points {
    enum weir_plot_y y;
    bool averages;       /* sum of y per unit of `of` */
    enum weir_plot_y of; /* of averages */
    bool raw;            /* shares as they are; else per unit of x: divided by the distance to the
                            lower edge of the next bin (of the last bin: by its width) */
};

/* Writes the points of bins above 0 whose value is above 0 to x, value and weight (flows of the
 * bin; NULL: not wanted), with room for hist->n_bins each; returns how many there are. */
size_t weir_plot_points(const struct weir_hist *hist, const struct weir_plot_points *request,
                        double *x, double *value, double *weight);

#endif
