/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails and densities of the normal distribution at points within 12.5 standard deviations, beside
 * the sum over the points. The case "libm" is erfc() and exp() of the C library.
 *
 * usage: bench_normal_tail [POINTS [THREADS [REPEATS]]] */
#include "bench.h"
#include "normal_tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 2048

struct work {
    const struct weir_normal_tail_ops *ops;
    const double *x;
    size_t n;
};

static void fill_by_libm(const double *x, size_t n, double mean, double inverse_sigma, double *tail,
                         double *pdf, double *pdf_z)
{
    for (size_t i = 0; i < n; i++) {
        const double z = (x[i] - mean) * inverse_sigma;
        const double upper = erfc(fabs(z) * 0.70710678118654752) / 2;
        tail[i] = z < 0 ? upper : -upper;
        pdf[i] = 0.3989422804014327 * exp(-0.5 * z * z);
        pdf_z[i] = pdf[i] * z;
    }
}

static const struct weir_normal_tail_ops libm = {.fill = fill_by_libm};

static void fill_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    _Alignas(64) double tail[BLOCK], pdf[BLOCK], pdf_z[BLOCK];
    size_t begin = 0;
    size_t end = 0;
    bench_slice(work->n, BLOCK, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += BLOCK) {
        const size_t n = end - at < BLOCK ? end - at : BLOCK;
        work->ops->fill(work->x + at, n, 0, 1, tail, pdf, pdf_z);
    }
}

static void print_case(const char *name, const char *cpu, const struct work *work,
                       const struct bench_options *options)
{
    struct work copy = *work;
    struct bench_columns columns = {.n_records = work->n, .n_columns = 1};
    columns.column[0].data = work->x;
    columns.column[0].bytes = sizeof *work->x;
    for (size_t t = 1; t <= options->n_threads; t *= 2) {
        const struct bench_row row = {.bench = "normal_tail",
                                      .name = name,
                                      .cpu = cpu,
                                      .n_threads = t,
                                      .n_records = work->n,
                                      .limit = bench_read_limit(&columns, t, options->n_repeats),
                                      .time =
                                          bench_measure(fill_slice, &copy, t, options->n_repeats)};
        bench_print_row(stdout, &row, options);
    }
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 20);
    struct work work = {.ops = &libm, .n = options.n_records};
    struct weir_kernel_row variant;
    double *x = malloc(options.n_records * sizeof *x);
    if (x == NULL)
        return 1;
    for (size_t i = 0; i < options.n_records; i++)
        x[i] = WEIR_NORMAL_TAIL_LIMIT * (2.0 * (double)i / (double)options.n_records - 1);
    work.x = x;
    bench_print_header(stdout);
    print_case("libm", "ref", &work, &options);
    for (int v = 0; weir_kernel_row(v, &variant); v++) {
        if (variant.cpu > weir_cpu_detect() || strcmp(variant.module, "normal_tail") != 0)
            continue;
        work.ops = variant.ops;
        print_case("points", weir_cpu_name(variant.cpu), &work, &options);
    }
    free(x);
    return 0;
}
