/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many points in a panel: thinned to what print can show, or as how dense they are. x is on a
 * logarithmic axis.
 */
#ifndef WEIR_PLOT_GRID_H
#define WEIR_PLOT_GRID_H

#include "em_mixture.h"
#include "plot_page.h"

struct weir_plot_grid_request {
    size_t n;                     /* points, at least 1 */
    const double *x, *y, *weight; /* above 0 */
    bool log_y;                   /* y is on a logarithmic axis too */
    bool is_few;                  /* points are larger and darker, and cells parts of the axes */
    const struct weir_plot_look *look;
    const struct weir_em_mixture_ops *ops; /* of the kernel density */
    int n_threads;
    struct weir_mem *mem;
};

/* Draws points; of those that fall on one dot of 600 to the inch the first one. WEIR_MEMORY. */
enum weir_status weir_plot_grid_points(const struct weir_plot_grid_request *request,
                                       const struct weir_plot_axes *axes,
                                       struct weir_plot_page *page,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Draws the two-dimensional histogram of the points, the sum of their weights in each of 64 x 64
 * cells, and sets the axis of colours. */
void weir_plot_grid_hist(const struct weir_plot_grid_request *request, struct weir_plot_axes *axes,
                         struct weir_plot_page *page);

/* Draws their kernel density (kde.h) in the logarithms of x and y, relative to its maximum, down to
 * 1e-9 of it, and sets the axis of colours. *drawn is false where there is none. WEIR_MEMORY. */
enum weir_status weir_plot_grid_kde(const struct weir_plot_grid_request *request,
                                    struct weir_plot_axes *axes, struct weir_plot_page *page,
                                    bool *drawn, struct weir_error *err) WEIR_MUST_CHECK;

#endif
