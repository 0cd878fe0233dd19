/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of the 14 key columns, and their test by a filter of 2 MB, beside the sum over the
 * columns.
 *
 * usage: bench_flow_hash [RECORDS [THREADS [REPEATS]]] */
#include "bench.h"
#include "field.h"
#include "flow_hash.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define N_KEYS ((size_t)1 << 20)

struct work {
    const struct weir_flow_hash_ops *ops;
    const struct weir_batch *records;
    struct weir_flow_bloom bloom;
    bool tests;
};

static void hash_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    _Alignas(64) uint64_t hash[WEIR_BATCH_RECORDS];
    _Alignas(64) uint8_t mask[WEIR_BATCH_RECORDS];
    struct weir_column columns[WEIR_FLOW_HASH_COLUMNS_MAX];
    size_t begin = 0;
    size_t end = 0;
    bench_slice(work->records->n, WEIR_BATCH_RECORDS, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += WEIR_BATCH_RECORDS) {
        const size_t n = end - at < WEIR_BATCH_RECORDS ? end - at : WEIR_BATCH_RECORDS;
        const struct weir_batch batch = bench_view(work->records, at, n);
        size_t n_columns = 0;
        for (int f = 0; f < WEIR_N_FIELDS; f++)
            if (weir_field_info((enum weir_field)f)->role == WEIR_FIELD_KEY)
                columns[n_columns++] = batch.field[f];
        work->ops->hash(columns, n_columns, n, hash);
        if (work->tests)
            (void)work->ops->test(&work->bloom, hash, n, mask);
    }
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 22);
    struct weir_batch records;
    struct weir_mem mem;
    struct weir_kernels kernels;
    struct bench_columns columns = {0};
    struct weir_flow_bloom bloom = {.n_words = weir_flow_bloom_words(N_KEYS)};
    uint64_t state = 3;
    weir_mem_init(&mem, SIZE_MAX);
    bench_make_records(options.n_records, &records);
    bloom.word = weir_mem_pages_alloc(&mem, bloom.n_words * sizeof *bloom.word);
    if (bloom.word == NULL)
        return 1;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (weir_field_info((enum weir_field)f)->role == WEIR_FIELD_KEY)
            bench_limit_by(&columns, &records, (enum weir_field)f);
    weir_kernels_choose(WEIR_CPU_REF, &kernels);
    for (size_t i = 0; i < N_KEYS; i++) {
        const uint64_t hash = bench_random(&state);
        kernels.flow_hash->insert(&bloom, &hash, 1);
    }
    bench_print_header(stdout);
    struct weir_kernel_row variant;
    for (int v = 0; weir_kernel_row(v, &variant); v++)
        for (size_t t = 1; t <= options.n_threads; t *= 2)
            for (int tests = 0; tests < 2; tests++) {
                if (variant.cpu > weir_cpu_detect() || strcmp(variant.module, "flow_hash") != 0)
                    continue;
                struct work work = {
                    .ops = variant.ops, .records = &records, .bloom = bloom, .tests = tests != 0};
                const struct bench_row row = {
                    .bench = "flow_hash",
                    .name = tests ? "hash and test" : "hash",
                    .cpu = weir_cpu_name(variant.cpu),
                    .n_threads = t,
                    .n_records = records.n,
                    .limit = bench_read_limit(&columns, t, options.n_repeats),
                    .time = bench_measure(hash_slice, &work, t, options.n_repeats)};
                bench_print_row(stdout, &row, &options);
            }
    return 0;
}
