/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters and selection on columns in memory, beside the sum over the columns that they read.
 *
 * usage: bench_filter [RECORDS [THREADS [REPEATS]]] */
#include "bench.h"
#include "filter.h"
#include "par.h"
#include "select.h"

#include <stdlib.h>

struct bench_case {
    const char *name;
    const char *expression;
    bool selects; /* the columns are compressed by the mask too */
};

static const struct bench_case cases[] = {
    {"port range", "80 <= dp < 1024", false},
    {"https", "(prot==6) & ((sp==443) | (dp==443))", false},
    {"https and select octets", "(prot==6) & ((sp==443) | (dp==443))", true},
    {"arithmetic", "octets // packets > 0x200", false},
};

struct work {
    const struct weir_batch *records;
    const struct weir_select_ops *select;
    struct weir_filter_lane *lane[WEIR_THREADS_MAX];
    bool selects;
};

static void filter_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    _Alignas(64) uint8_t mask[WEIR_BATCH_RECORDS];
    _Alignas(64) uint64_t selected[WEIR_BATCH_RECORDS];
    struct weir_error err;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(work->records->n, WEIR_BATCH_RECORDS, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += WEIR_BATCH_RECORDS) {
        const size_t n = end - at < WEIR_BATCH_RECORDS ? end - at : WEIR_BATCH_RECORDS;
        const struct weir_batch batch = bench_view(work->records, at, n);
        size_t n_selected = 0;
        size_t bad = 0;
        bench_check(weir_filter_run(work->lane[thread], &batch, mask, &n_selected, &bad, &err),
                    &err);
        if (work->selects)
            (void)work->select->compress(batch.field[WEIR_OCTETS].data, 8, mask, n, selected);
    }
}

static void bench_one(const struct bench_case *bench_case, const struct weir_batch *records,
                      enum weir_cpu cpu, const struct bench_options *options, size_t n_threads)
{
    struct weir_mem mem;
    struct weir_error err;
    struct weir_kernels kernels;
    struct weir_filter *filter = NULL;
    struct bench_columns columns = {0};
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(cpu, &kernels);
    bench_check(weir_filter_parse(bench_case->expression, &mem, &filter, &err), &err);
    struct work work = {
        .records = records, .select = kernels.select, .selects = bench_case->selects};
    for (size_t t = 0; t < n_threads; t++)
        bench_check(weir_filter_lane_new(filter, &kernels, &mem, &work.lane[t], &err), &err);
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((weir_filter_fields(filter) & WEIR_FIELD_BIT(f)) != 0 ||
            (bench_case->selects && f == WEIR_OCTETS))
            bench_limit_by(&columns, records, (enum weir_field)f);
    const struct bench_row row = {
        .bench = "filter",
        .name = bench_case->name,
        .cpu = weir_cpu_name(cpu),
        .n_threads = n_threads,
        .n_records = records->n,
        .limit = bench_read_limit(&columns, n_threads, options->n_repeats),
        .time = bench_measure(filter_slice, &work, n_threads, options->n_repeats)};
    bench_print_row(stdout, &row, options);
    for (size_t t = 0; t < n_threads; t++)
        weir_filter_lane_free(work.lane[t]);
    weir_filter_free(filter);
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 22);
    struct weir_batch records;
    bench_make_records(options.n_records, &records);
    bench_print_header(stdout);
    for (int cpu = WEIR_CPU_REF; cpu <= (int)weir_cpu_detect(); cpu++)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
            for (size_t t = 1; t <= options.n_threads; t *= 2)
                bench_one(&cases[c], &records, (enum weir_cpu)cpu, &options, t);
    return 0;
}
