/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectation of EM: 24,000 points, 6 uniforms and 4 lognormals, beside the exponentials alone.
 *
 * usage: bench_em [POINTS [THREADS [REPEATS]]]
 *
 * Times are of 400 passes, per point and pass. The limit is one exponential per point and
 * lognormal, by the same function, from the cache. */
#include "bench.h"
#include "em_mixture.h"
#include "mem.h"

#include <math.h>
#include <string.h>

#define PASSES     400
#define UNIFORMS   6
#define LOGNORMALS 4
#define FORMS      (UNIFORMS + LOGNORMALS)

struct work {
    const struct weir_em_mixture_ops *ops;
    struct weir_em_points points;
    struct weir_em_form form[FORMS];
    double *workspace;
    int n_threads;
};

static void pass_all(void *context, size_t thread, size_t n_threads)
{
    struct work *work = context;
    struct weir_em_sum sum[FORMS];
    (void)thread;
    (void)n_threads;
    for (int i = 0; i < PASSES; i++)
        weir_em_pass(work->ops, &work->points, work->form, FORMS, work->workspace, work->n_threads,
                     sum, NULL);
}

/* As many exponentials, a block at a time, shared among threads. */
static void exp_all(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    _Alignas(64) double block[WEIR_EM_BLOCK];
    size_t begin = 0;
    size_t end = 0;
    bench_slice(work->points.n, WEIR_EM_BLOCK, thread, n_threads, &begin, &end);
    for (int i = 0; i < PASSES * LOGNORMALS; i++)
        for (size_t at = begin; at < end; at += WEIR_EM_BLOCK) {
            memcpy(block, work->points.log_x + at, sizeof block);
            work->ops->exp2(block, WEIR_EM_BLOCK);
        }
}

static void make_points(struct work *work, struct weir_mem *mem, size_t n)
{
    const size_t padded = (n + WEIR_EM_BLOCK - 1) / WEIR_EM_BLOCK * WEIR_EM_BLOCK;
    double *x = weir_mem_zalloc(mem, padded, sizeof *x);
    double *log_x = weir_mem_zalloc(mem, padded, sizeof *log_x);
    double *weight = weir_mem_zalloc(mem, padded, sizeof *weight);
    for (size_t i = 0; i < padded; i++) {
        x[i] = i < n ? 1 + (double)i : 1;
        log_x[i] = log(x[i]);
        weight[i] = i < n ? 1 / x[i] : 0;
    }
    work->points = (struct weir_em_points){n, x, log_x, weight};
    for (size_t k = 0; k < UNIFORMS; k++)
        work->form[k] = (struct weir_em_form){
            .shape = WEIR_EM_CONSTANT, .a = 0.1 / (double)(k + 1), .end = k + 1};
    for (size_t k = 0; k < LOGNORMALS; k++)
        work->form[UNIFORMS + k] = (struct weir_em_form){
            .shape = WEIR_EM_LOG_BELL, .a = -3, .b = 0.5, .m = 2 * (double)k, .end = n};
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, 24000);
    struct work work = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    make_points(&work, &mem, options.n_records);
    work.workspace = weir_mem_alloc(
        &mem, sizeof(double) * weir_em_workspace(options.n_records, FORMS, (int)options.n_threads));
    bench_print_header(stdout);
    struct weir_kernel_row variant;
    for (int v = 0; weir_kernel_row(v, &variant); v++) {
        if (variant.cpu > weir_cpu_detect() || strcmp(variant.module, "em_mixture") != 0)
            continue;
        work.ops = variant.ops;
        for (size_t t = 1; t <= options.n_threads; t *= 2) {
            work.n_threads = (int)t;
            const struct bench_row row = {
                .bench = "em",
                .name = "U6 L4",
                .cpu = weir_cpu_name(variant.cpu),
                .n_threads = t,
                .n_records = options.n_records * PASSES,
                .time = bench_measure(pass_all, &work, 1, options.n_repeats),
                .limit = bench_measure(exp_all, &work, t, options.n_repeats)};
            bench_print_row(stdout, &row, &options);
        }
    }
    return 0;
}
