/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel density of the bins of a histogram on a grid of 64 x 64, beside the sum over the points.
 * Bins are like those of the flow sizes of an hour of traffic: their density falls with a power of
 * x, scattered in the tail, and small flows weigh most.
 *
 * usage: bench_kde [POINTS [THREADS [REPEATS]]] */
#include "bench.h"
#include "kde.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct work {
    const struct weir_em_mixture_ops *ops;
    struct weir_kde_points points;
    struct weir_kde_kernel kernel;
    struct weir_kde_grid grid;
    double *density;
};

static void fill_columns(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    for (size_t i = thread; i < WEIR_KDE_GRID; i += n_threads)
        weir_kde_column(work->ops, &work->points, &work->kernel, &work->grid, i,
                        work->density + i * WEIR_KDE_GRID);
}

static void make_points(size_t n, double *x, double *y, double *weight)
{
    uint64_t state = 1;
    for (size_t i = 0; i < n; i++) {
        const double scatter = (double)(bench_random(&state) >> 11) * 0x1p-53 - 0.5;
        x[i] = 1.8 + 7.7 * (double)i / (double)n;
        y[i] = -1.6 * x[i] + 0.3 * x[i] * scatter;
        weight[i] = fmax(pow(10, 6.5 - 1.2 * x[i]), 1);
    }
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, 40000);
    const size_t n = options.n_records;
    struct weir_kernel_row variant;
    double *values = malloc((3 * n + WEIR_KDE_GRID * WEIR_KDE_GRID) * sizeof *values);
    if (values == NULL)
        return 1;
    make_points(n, values, values + n, values + 2 * n);
    struct work work = {.points = {n, values, values + n, values + 2 * n},
                        .grid = {1.8, 9.5, -18, -2.5},
                        .density = values + 3 * n};
    struct bench_columns columns = {.n_records = n, .n_columns = 3};
    for (size_t c = 0; c < columns.n_columns; c++) {
        columns.column[c].data = values + c * n;
        columns.column[c].bytes = sizeof *values;
    }
    if (!weir_kde_scott(&work.points, &work.kernel))
        return 1;
    bench_print_header(stdout);
    for (int v = 0; weir_kernel_row(v, &variant); v++) {
        if (variant.cpu > weir_cpu_detect() || strcmp(variant.module, "em_mixture") != 0)
            continue;
        work.ops = variant.ops;
        for (size_t t = 1; t <= options.n_threads; t *= 2) {
            const struct bench_row row = {
                .bench = "kde",
                .name = "64 x 64",
                .cpu = weir_cpu_name(variant.cpu),
                .n_threads = t,
                .n_records = n,
                .limit = bench_read_limit(&columns, t, options.n_repeats),
                .time = bench_measure(fill_columns, &work, t, options.n_repeats)};
            bench_print_row(stdout, &row, &options);
        }
    }
    free(values);
    return 0;
}
