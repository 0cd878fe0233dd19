/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaussian kernel density on a grid.
 *
 * Points of flows lie along a line (the density falls with x), so kernels are narrow slanted
 * ellipses and no product of a function of x and one of y. Their exponents are sums, though, of the
 * square of dx and of that of dy - slope dx (regression of y on x): a column needs the first once,
 * and of the second the rows within reach alone, which 2^x of em_mixture takes several at a time.
 * What is out of reach, about three quarters of the grid, costs nothing. */
#include "kde.h"

#include "par.h"

#include <math.h>

#define LOG2_E  1.4426950408889634074
#define PI      3.14159265358979323846
#define ON_LINE 1e-14 /* 1 - correlation^2 that rounding may leave of points on a line */

/* Weighted moments: means, and the covariances that the mean of two samples would not bias. */
struct moments {
    double weight, squares; /* sums of w and w^2 */
    double xx, xy, yy;
};

static struct moments moments_of(const struct weir_kde_points *points)
{
    struct moments m = {0};
    double x = 0;
    double y = 0;
    for (size_t n = 0; n < points->n; n++) {
        m.weight += points->weight[n];
        m.squares += points->weight[n] * points->weight[n];
        x += points->weight[n] * points->x[n];
        y += points->weight[n] * points->y[n];
    }
    x /= m.weight;
    y /= m.weight;
    for (size_t n = 0; n < points->n; n++) {
        const double dx = points->x[n] - x;
        const double dy = points->y[n] - y;
        m.xx += points->weight[n] * dx * dx;
        m.xy += points->weight[n] * dx * dy;
        m.yy += points->weight[n] * dy * dy;
    }
    const double unbiased = m.weight - m.squares / m.weight;
    m.xx /= unbiased;
    m.xy /= unbiased;
    m.yy /= unbiased;
    return m;
}

bool weir_kde_scott(const struct weir_kde_points *points, struct weir_kde_kernel *kernel)
{
    const struct moments m = moments_of(points);
    const double determinant = m.xx * m.yy - m.xy * m.xy;
    if (!(determinant > ON_LINE * m.xx * m.yy) || !isfinite(determinant))
        return false;
    const double factor = cbrt(m.squares / m.weight / m.weight); /* Scott's, squared */
    *kernel = (struct weir_kde_kernel){
        .across = LOG2_E / 2 / (factor * m.xx),
        .along = LOG2_E / 2 * m.xx / (factor * determinant),
        .slope = m.xy / m.xx,
        .peak = 1 / (2 * PI * factor * sqrt(determinant)) / m.weight,
    };
    return true;
}

/* Rows [*begin, *end) that hold those within `reach` of `middle`, in whole groups of lanes. */
static void find_rows(double middle, double reach, const struct weir_kde_grid *grid, size_t *begin,
                      size_t *end)
{
    const double per_row = (WEIR_KDE_GRID - 1) / (grid->y_hi - grid->y_lo);
    const double low = floor((middle - reach - grid->y_lo) * per_row);
    const double high = ceil((middle + reach - grid->y_lo) * per_row) + 1;
    *begin = (size_t)fmin(fmax(low, 0), WEIR_KDE_GRID) / WEIR_EM_LANES * WEIR_EM_LANES;
    *end = weir_em_padded((size_t)fmin(fmax(high, 0), WEIR_KDE_GRID));
}

void weir_kde_column(const struct weir_em_mixture_ops *ops, const struct weir_kde_points *points,
                     const struct weir_kde_kernel *kernel, const struct weir_kde_grid *grid,
                     size_t i, double *density)
{
    _Alignas(64) double row[WEIR_KDE_GRID];
    _Alignas(64) double sum[WEIR_KDE_GRID] = {0};
    _Alignas(64) double value[WEIR_KDE_GRID];
    const double x = weir_kde_position(grid->x_lo, grid->x_hi, i);
    for (size_t j = 0; j < WEIR_KDE_GRID; j++)
        row[j] = weir_kde_position(grid->y_lo, grid->y_hi, j);
    for (size_t n = 0; n < points->n; n++) {
        const double dx = x - points->x[n];
        const double middle = points->y[n] + kernel->slope * dx;
        const double base = kernel->across * dx * dx;
        const double weight = points->weight[n];
        size_t begin = 0;
        size_t end = 0;
        if (base >= WEIR_KDE_BITS)
            continue;
        find_rows(middle, sqrt((WEIR_KDE_BITS - base) / kernel->along), grid, &begin, &end);
        if (begin >= end)
            continue;
        for (size_t j = begin; j < end; j++)
            value[j] = -base - kernel->along * (row[j] - middle) * (row[j] - middle);
        ops->exp2(value + begin, end - begin);
        for (size_t j = begin; j < end; j++)
            sum[j] += weight * value[j];
    }
    for (size_t j = 0; j < WEIR_KDE_GRID; j++)
        density[j] = sum[j] * kernel->peak;
}

void weir_kde_grid(const struct weir_em_mixture_ops *ops, const struct weir_kde_points *points,
                   const struct weir_kde_kernel *kernel, const struct weir_kde_grid *grid,
                   int n_threads, double *density)
{
    (void)n_threads; /* in a build without OpenMP */
#ifdef _OPENMP
#pragma omp parallel for num_threads(n_threads) schedule(dynamic) if (n_threads > 1)
#endif
    for (size_t i = 0; i < WEIR_KDE_GRID; i++)
        weir_kde_column(ops, points, kernel, grid, i, density + i * WEIR_KDE_GRID);
}
