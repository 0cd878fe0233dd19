/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms from columns in memory: every variant, key and kind of bins, beside the read limit.
 *
 * usage: bench_log_hist [RECORDS [THREADS [REPEATS]]]
 *
 * What is timed is the consumer of a scan, whole batches into lanes, without the merge at the
 * end. */
#include "bench.h"
#include "hist_build.h"
#include "log_hist.h"

#include <string.h>

struct bench_case {
    const char *name;
    struct weir_hist_spec spec;
};

static const struct bench_case cases[] = {
    {"length b12", {.x = WEIR_X_LENGTH, .bin_exp = 12}},
    {"size b12", {.x = WEIR_X_SIZE, .bin_exp = 12}},
    {"length b0", {.x = WEIR_X_LENGTH, .bin_exp = 0}},
    {"size b0", {.x = WEIR_X_SIZE, .bin_exp = 0}},
    {"size b20", {.x = WEIR_X_SIZE, .bin_exp = 20}},
    {"duration b12", {.x = WEIR_X_DURATION, .bin_exp = 12}},
    {"rate b12", {.x = WEIR_X_RATE, .bin_exp = 12}},
    {"length b12 duration+rate+aggs",
     {.x = WEIR_X_LENGTH,
      .bin_exp = 12,
      .n_extras = 3,
      .extra = {WEIR_HIST_DURATION, WEIR_HIST_RATE, WEIR_HIST_AGGS}}},
};

struct work {
    const struct weir_batch *records;
    struct weir_consumer consumer;
};

static void add_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(work->records->n, WEIR_BATCH_RECORDS, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += WEIR_BATCH_RECORDS) {
        const size_t n = end - at < WEIR_BATCH_RECORDS ? end - at : WEIR_BATCH_RECORDS;
        const struct weir_batch batch = bench_view(work->records, at, n);
        struct weir_error err;
        size_t bad = 0;
        bench_check(work->consumer.add(work->consumer.state, thread, &batch, &bad, &err), &err);
    }
}

static void bench_one(const struct bench_case *bench_case, const struct weir_batch *records,
                      const struct weir_kernel_row *variant, const struct bench_options *options,
                      size_t n_threads)
{
    struct weir_mem mem;
    struct weir_error err;
    struct weir_hist_build *build = NULL;
    weir_mem_init(&mem, SIZE_MAX);
    const struct weir_hist_request request = {
        .spec = bench_case->spec, .ops = variant->ops, .scratch = "/tmp", .mem = &mem};
    bench_check(weir_hist_build_new(&request, &build, &err), &err);
    struct work work = {.records = records, .consumer = weir_hist_build_consumer(build)};
    bench_check(work.consumer.begin(work.consumer.state, n_threads, &err), &err);
    struct bench_columns columns = {0};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((work.consumer.fields & WEIR_FIELD_BIT(f)) != 0)
            bench_limit_by(&columns, records, (enum weir_field)f);
    const struct bench_row row = {
        .bench = "log_hist",
        .name = bench_case->name,
        .cpu = weir_cpu_name(variant->cpu),
        .n_threads = n_threads,
        .n_records = records->n,
        .limit = bench_read_limit(&columns, n_threads, options->n_repeats),
        .time = bench_measure(add_slice, &work, n_threads, options->n_repeats)};
    bench_print_row(stdout, &row, options);
    weir_hist_build_free(build);
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 22);
    struct weir_batch records;
    bench_make_records(options.n_records, &records);
    bench_print_header(stdout);
    struct weir_kernel_row variant;
    for (int v = 0; weir_kernel_row(v, &variant); v++)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
            for (size_t t = 1; t <= options.n_threads; t *= 2)
                if (variant.cpu <= weir_cpu_detect() && strcmp(variant.module, "log_hist") == 0)
                    bench_one(&cases[c], &records, &variant, &options, t);
    return 0;
}
