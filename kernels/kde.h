/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaussian kernel density of weighted points in the plane, on a grid.
 *
 *     if (weir_kde_scott(&points, &kernel))
 *         weir_kde_grid(ops, &points, &kernel, &grid, n_threads, density);
 *
 * The kernel is a normal distribution with the covariance of the points (weights counted in, both
 * dimensions and their correlation) times the square of Scott's factor n^(-1/6), n being the
 * effective number of points, (sum w)^2 / sum w^2: D. W. Scott, Multivariate Density Estimation,
 * 1992. scipy's gaussian_kde does the same.
 *
 * Of every kernel the part below 2^-WEIR_KDE_BITS of its peak is left out. Sums go over points in
 * their order in each column of the grid: results are equal in every bit on any number of threads
 * and with all variants of em_mixture.
 */
#ifndef WEIR_KDE_H
#define WEIR_KDE_H

#include "em_mixture.h"

#include <stdbool.h>
#include <stddef.h>

#define WEIR_KDE_GRID 64 /* positions in each dimension, a multiple of WEIR_EM_LANES */
#define WEIR_KDE_BITS 64

/* Everything finite, weights not negative. */
struct weir_kde_points {
    size_t n;
    const double *x, *y, *weight;
};

/* exp2(-across (dx)^2 - along (dy - slope dx)^2) * peak, for each point of weight 1. */
struct weir_kde_kernel {
    double across, along, slope;
    double peak;
};

/* Positions from lo to hi in equal steps, both ends included; lo < hi. */
struct weir_kde_grid {
    double x_lo, x_hi, y_lo, y_hi;
};

/* Where position `i` (0 .. WEIR_KDE_GRID - 1) from lo to hi is. */
static inline double weir_kde_position(double lo, double hi, size_t i)
{
    return lo + (hi - lo) * ((double)i / (WEIR_KDE_GRID - 1));
}

/* The kernel of the points. False when there is none: less than three points that carry weight, or
 * all on a line. */
bool weir_kde_scott(const struct weir_kde_points *points, struct weir_kde_kernel *kernel);

/* density[j] = density at column `i` and row j of the grid; it integrates to 1 over the plane. A
 * leaf; `density` has WEIR_KDE_GRID values. */
void weir_kde_column(const struct weir_em_mixture_ops *ops, const struct weir_kde_points *points,
                     const struct weir_kde_kernel *kernel, const struct weir_kde_grid *grid,
                     size_t i, double *density);

/* All columns, one after the other: density[i * WEIR_KDE_GRID + j]. A shell: opens a parallel
 * region when n_threads is above 1. */
void weir_kde_grid(const struct weir_em_mixture_ops *ops, const struct weir_kde_points *points,
                   const struct weir_kde_kernel *kernel, const struct weir_kde_grid *grid,
                   int n_threads, double *density);

#endif
