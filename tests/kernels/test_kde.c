/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel density: against the double sum of its definition in long double, values of scipy's
 * gaussian_kde, and its own bits with every variant and number of threads. */
#include "check.h"
#include "kde.h"

#include <math.h>

#define N      700
#define VALUES ((size_t)WEIR_KDE_GRID * WEIR_KDE_GRID)

static double x[N], y[N], weight[N];
static double got[VALUES], other[VALUES];

static const struct weir_em_mixture_ops *variant(int *i, const char **name)
{
    struct weir_kernel_row row;
    while (weir_kernel_row((*i)++, &row))
        if (strcmp(row.module, "em_mixture") == 0 && row.cpu <= weir_cpu_detect()) {
            *name = weir_cpu_name(row.cpu);
            return row.ops;
        }
    return NULL;
}

/* Points around a falling line, heavy ones first, as flows are. */
static struct weir_kde_points make_points(double scatter)
{
    for (int i = 0; i < N; i++) {
        x[i] = 6.0 * i / N;
        y[i] = -1.7 * x[i] + scatter * sin(37.0 * i * i);
        weight[i] = i % 50 == 7 ? 0 : pow(10, 4 - x[i]);
    }
    return (struct weir_kde_points){.n = N, .x = x, .y = y, .weight = weight};
}

static struct weir_kde_grid grid_of(const struct weir_kde_points *points)
{
    struct weir_kde_grid grid = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t i = 0; i < points->n; i++) {
        grid.x_lo = fmin(grid.x_lo, points->x[i]);
        grid.x_hi = fmax(grid.x_hi, points->x[i]);
        grid.y_lo = fmin(grid.y_lo, points->y[i]);
        grid.y_hi = fmax(grid.y_hi, points->y[i]);
    }
    return grid;
}

/* The density at one place, term by term, from the covariance matrix and its inverse. */
static long double by_definition(const struct weir_kde_points *p, long double at_x,
                                 long double at_y)
{
    long double w = 0, w2 = 0, mx = 0, my = 0, cxx = 0, cxy = 0, cyy = 0, sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        w += p->weight[i];
        w2 += (long double)p->weight[i] * p->weight[i];
        mx += (long double)p->weight[i] * p->x[i];
        my += (long double)p->weight[i] * p->y[i];
    }
    for (size_t i = 0; i < p->n; i++) {
        const long double dx = p->x[i] - mx / w;
        const long double dy = p->y[i] - my / w;
        cxx += p->weight[i] / w * dx * dx;
        cxy += p->weight[i] / w * dx * dy;
        cyy += p->weight[i] / w * dy * dy;
    }
    const long double h2 = powl(w * w / w2, -1.0L / 3) / (1 - w2 / (w * w));
    const long double det = (cxx * cyy - cxy * cxy) * h2 * h2;
    for (size_t i = 0; i < p->n; i++) {
        const long double dx = at_x - p->x[i];
        const long double dy = at_y - p->y[i];
        const long double q =
            (cyy * h2 * dx * dx - 2 * cxy * h2 * dx * dy + cxx * h2 * dy * dy) / det;
        sum += p->weight[i] / w * expl(-q / 2);
    }
    return sum / (2 * acosl(-1) * sqrtl(det));
}

Test(kde, is_the_double_sum)
{
    static const double scatters[] = {0.02, 0.5, 3};
    struct weir_kernels kernels;
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    for (size_t s = 0; s < sizeof scatters / sizeof *scatters; s++) {
        const struct weir_kde_points points = make_points(scatters[s]);
        const struct weir_kde_grid grid = grid_of(&points);
        struct weir_kde_kernel kernel;
        long double most = 0;
        cr_assert(weir_kde_scott(&points, &kernel));
        weir_kde_grid(kernels.em_mixture, &points, &kernel, &grid, 1, got);
        for (size_t i = 0; i < VALUES; i++)
            most = fmaxl(most, got[i]);
        cr_assert(most > 0);
        for (size_t i = 0; i < WEIR_KDE_GRID; i += 3)
            for (size_t j = 0; j < WEIR_KDE_GRID; j += 3) {
                const long double want =
                    by_definition(&points, weir_kde_position(grid.x_lo, grid.x_hi, i),
                                  weir_kde_position(grid.y_lo, grid.y_hi, j));
                const double value = got[i * WEIR_KDE_GRID + j];
                cr_assert(fabsl(value - want) <= 1e-10L * want + 1e-16L * most,
                          "scatter %g, %zu, %zu: %.17g instead of %.17Lg", scatters[s], i, j, value,
                          want);
            }
    }
}

/* gaussian_kde([[0, 1, 2, 3, 5], [0, -2, -3, -7, -9]], weights=[8, 4, 2, 1, 1]) at columns 0, 21
 * and 63 of the grid, rows 0, 40 and 63; scipy 1.10. */
Test(kde, is_scipys)
{
    static const double px[] = {0, 1, 2, 3, 5};
    static const double py[] = {0, -2, -3, -7, -9};
    static const double pw[] = {8, 4, 2, 1, 1};
    static const size_t columns[] = {0, 21, 63};
    static const size_t rows[] = {0, 40, 63};
    static const double want[3][3] = {
        {3.961418055349981e-63, 3.3500289288981926e-07, 0.1729638711333691},
        {1.5933821341022353e-23, 0.11682950035541668, 4.4159682614094126e-08},
        {0.018408468451631733, 2.2681803972261484e-32, 1.527191828278474e-79}};
    const struct weir_kde_points points = {.n = 5, .x = px, .y = py, .weight = pw};
    const struct weir_kde_grid grid = {0, 5, -9, 0};
    struct weir_kde_kernel kernel;
    struct weir_kernels kernels;
    weir_kernels_choose(WEIR_CPU_REF, &kernels);
    cr_assert(weir_kde_scott(&points, &kernel));
    weir_kde_grid(kernels.em_mixture, &points, &kernel, &grid, 1, got);
    for (size_t c = 0; c < 3; c++)
        for (size_t r = 0; r < 3; r++) {
            const double value = got[columns[c] * WEIR_KDE_GRID + rows[r]];
            cr_assert(fabs(value - want[c][r]) <= 1e-12 * want[c][r] + 1e-18, "%zu, %zu: %.17g", c,
                      r, value);
        }
}

Test(kde, same_bits)
{
    const struct weir_kde_points points = make_points(0.5);
    const struct weir_kde_grid grid = grid_of(&points);
    struct weir_kde_kernel kernel;
    const char *name = NULL;
    const struct weir_em_mixture_ops *ops = NULL;
    cr_assert(weir_kde_scott(&points, &kernel));
    for (int v = 0; (ops = variant(&v, &name)) != NULL;)
        for (int threads = 1; threads <= 7; threads += 3) {
            double *density = v == 1 && threads == 1 ? got : other;
            weir_kde_grid(ops, &points, &kernel, &grid, threads, density);
            cr_assert(density == got || memcmp(got, other, sizeof got) == 0, "%s, %d threads", name,
                      threads);
        }
}

Test(kde, has_no_kernel_on_a_line)
{
    struct weir_kde_points points = make_points(0);
    struct weir_kde_kernel kernel;
    cr_assert(!weir_kde_scott(&points, &kernel));
    points.n = 1;
    cr_assert(!weir_kde_scott(&points, &kernel));
    points.n = 0;
    cr_assert(!weir_kde_scott(&points, &kernel));
    points = make_points(1);
    points.n = 2;
    cr_assert(!weir_kde_scott(&points, &kernel));
    for (int i = 0; i < N; i++)
        weight[i] = i == 5;
    points.n = N;
    cr_assert(!weir_kde_scott(&points, &kernel));
}
