/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms from columns in memory: every variant, key and kind of bins, beside the read limit.
 *
 * usage: bench_log_hist [RECORDS [THREADS [REPEATS]]]
 *
 * Records look like traffic: half of the flows have one packet, the others a Pareto tail; packet
 * sizes have two modes. What is timed is the consumer of a scan, whole batches into lanes, without
 * the merge at the end. */
#include "bench.h"
#include "hist_build.h"
#include "log_hist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_COLUMNS 7

struct data {
    size_t n;
    uint64_t *packets, *octets, *first, *first_ms, *last, *last_ms, *aggs;
};

struct bench_case {
    const char *name;
    struct weir_hist_spec spec;
    size_t n_columns; /* of the read limit, in the order of struct data */
};

static const struct bench_case cases[] = {
    {"length b12", {.x = WEIR_X_LENGTH, .bin_exp = 12}, 2},
    {"size b12", {.x = WEIR_X_SIZE, .bin_exp = 12}, 2},
    {"length b0", {.x = WEIR_X_LENGTH, .bin_exp = 0}, 2},
    {"size b0", {.x = WEIR_X_SIZE, .bin_exp = 0}, 2},
    {"size b20", {.x = WEIR_X_SIZE, .bin_exp = 20}, 2},
    {"duration b12", {.x = WEIR_X_DURATION, .bin_exp = 12}, 6},
    {"rate b12", {.x = WEIR_X_RATE, .bin_exp = 12}, 6},
    {"length b12 duration+rate+aggs",
     {.x = WEIR_X_LENGTH,
      .bin_exp = 12,
      .n_extras = 3,
      .extra = {WEIR_HIST_DURATION, WEIR_HIST_RATE, WEIR_HIST_AGGS}},
     7},
};

static void make_data(struct data *data, size_t n)
{
    uint64_t state = 1;
    uint64_t **column[N_COLUMNS] = {&data->packets, &data->octets,  &data->first, &data->first_ms,
                                    &data->last,    &data->last_ms, &data->aggs};
    data->n = n;
    for (size_t c = 0; c < N_COLUMNS; c++) {
        *column[c] = aligned_alloc(64, (n * sizeof(uint64_t) + 63) / 64 * 64);
        if (*column[c] == NULL)
            exit(1);
    }
    for (size_t i = 0; i < n; i++) {
        const double u = (double)(bench_random(&state) >> 11) * 0x1p-53;
        const uint64_t r = bench_random(&state);
        const uint64_t packets = r % 2 == 0 ? 1 : (uint64_t)fmin(1e9, pow(1 - u, -1 / 0.9));
        const uint64_t first = 1741082400000 + bench_random(&state) % 3600000;
        const uint64_t last = first + (packets == 1 ? 0 : r / 2 % 300000);
        data->packets[i] = packets;
        data->octets[i] = packets * (r / 4 % 3 == 0 ? 1400 + r / 16 % 100 : 40 + r / 16 % 200);
        data->first[i] = first / 1000;
        data->first_ms[i] = first % 1000;
        data->last[i] = last / 1000;
        data->last_ms[i] = last % 1000;
        data->aggs[i] = 1;
    }
}

struct work {
    const struct data *data;
    struct weir_consumer consumer;
};

static void add_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    const struct data *data = work->data;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(data->n, WEIR_BATCH_RECORDS, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += WEIR_BATCH_RECORDS) {
        struct weir_batch batch = {.n = end - at < WEIR_BATCH_RECORDS ? end - at
                                                                      : WEIR_BATCH_RECORDS};
        struct weir_error err;
        size_t bad = 0;
        batch.field[WEIR_PACKETS] = (struct weir_column){data->packets + at, WEIR_U64};
        batch.field[WEIR_OCTETS] = (struct weir_column){data->octets + at, WEIR_U64};
        batch.field[WEIR_FIRST] = (struct weir_column){data->first + at, WEIR_U64};
        batch.field[WEIR_FIRST_MS] = (struct weir_column){data->first_ms + at, WEIR_U64};
        batch.field[WEIR_LAST] = (struct weir_column){data->last + at, WEIR_U64};
        batch.field[WEIR_LAST_MS] = (struct weir_column){data->last_ms + at, WEIR_U64};
        batch.field[WEIR_AGGS] = (struct weir_column){data->aggs + at, WEIR_U64};
        if (work->consumer.add(work->consumer.state, thread, &batch, &bad, &err) != WEIR_OK) {
            fprintf(stderr, "bench_log_hist: %s\n", err.message);
            exit(1);
        }
    }
}

static void bench_one(const struct bench_case *bench_case, const struct data *data,
                      const struct weir_kernel_row *variant, const struct bench_options *options,
                      size_t n_threads)
{
    struct weir_mem mem;
    struct weir_error err;
    struct weir_hist_build *build = NULL;
    weir_mem_init(&mem, SIZE_MAX);
    const struct weir_hist_request request = {
        .spec = bench_case->spec, .ops = variant->ops, .scratch = "/tmp", .mem = &mem};
    if (weir_hist_build_new(&request, &build, &err) != WEIR_OK)
        exit(1);
    struct work work = {.data = data, .consumer = weir_hist_build_consumer(build)};
    if (work.consumer.begin(work.consumer.state, n_threads, &err) != WEIR_OK)
        exit(1);
    const struct bench_columns columns = {.n_records = data->n,
                                          .n_columns = bench_case->n_columns,
                                          .column = {data->packets, data->octets, data->first,
                                                     data->first_ms, data->last, data->last_ms,
                                                     data->aggs}};
    const struct bench_row row = {
        .bench = "log_hist",
        .name = bench_case->name,
        .cpu = weir_cpu_name(variant->cpu),
        .n_threads = n_threads,
        .n_records = data->n,
        .limit = bench_read_limit(&columns, n_threads, options->n_repeats),
        .time = bench_measure(add_slice, &work, n_threads, options->n_repeats)};
    bench_print_row(&row);
    weir_hist_build_free(build);
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 23);
    struct data data;
    make_data(&data, options.n_records);
    bench_print_header();
    struct weir_kernel_row variant;
    for (int v = 0; weir_kernel_row(v, &variant); v++)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
            for (size_t t = 1; t <= options.n_threads; t *= 2)
                if (variant.cpu <= weir_cpu_detect() && strcmp(variant.module, "log_hist") == 0)
                    bench_one(&cases[c], &data, &variant, &options, t);
    return 0;
}
