/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of 21 columns, 74 bytes, in another order: by rows, and column by column; beside the sum
 * over the columns.
 *
 * usage: bench_rows [RECORDS [THREADS [REPEATS]]] */
#include "bench.h"
#include "mem.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#define GRAIN 4096

struct work {
    const struct weir_rows_ops *ops;
    struct weir_rows_layout layout;
    const struct weir_batch *records;
    const void *in[WEIR_N_FIELDS];
    void *out[WEIR_N_FIELDS];
    unsigned char *rows;
    const uint32_t *order;
};

/* The slice of a thread, and its columns. */
static size_t slice_of(const struct work *work, size_t thread, size_t n_threads, size_t *begin,
                       const void **in, void **out)
{
    size_t end = 0;
    bench_slice(work->records->n, GRAIN, thread, n_threads, begin, &end);
    for (size_t c = 0; c < work->layout.n_columns; c++) {
        in[c] = (const char *)work->in[c] + *begin * work->layout.width[c];
        out[c] = (char *)work->out[c] + *begin * work->layout.width[c];
    }
    return end - *begin;
}

static void pack_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    const void *in[WEIR_N_FIELDS];
    void *out[WEIR_N_FIELDS];
    size_t begin = 0;
    const size_t n = slice_of(work, thread, n_threads, &begin, in, out);
    work->ops->pack(&work->layout, in, n, work->rows + begin * work->layout.stride_bytes);
}

static void gather_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    const void *in[WEIR_N_FIELDS];
    void *out[WEIR_N_FIELDS];
    size_t begin = 0;
    const size_t n = slice_of(work, thread, n_threads, &begin, in, out);
    work->ops->gather(&work->layout, work->rows, work->order + begin, n, out);
}

static void unpack_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    const void *in[WEIR_N_FIELDS];
    void *out[WEIR_N_FIELDS];
    size_t begin = 0;
    const size_t n = slice_of(work, thread, n_threads, &begin, in, out);
    work->ops->unpack(&work->layout, work->rows + begin * work->layout.stride_bytes, n, out);
}

static void gather_columns_slice(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    const void *in[WEIR_N_FIELDS];
    void *out[WEIR_N_FIELDS];
    size_t begin = 0;
    const size_t n = slice_of(work, thread, n_threads, &begin, in, out);
    for (size_t c = 0; c < work->layout.n_columns; c++)
        work->ops->gather_column(work->in[c], work->layout.width[c], work->order + begin, n,
                                 out[c]);
}

static void bench_all(struct work *work, const char *cpu, const struct bench_options *options,
                      size_t n_threads, const char *order_name)
{
    struct bench_columns columns = {0};
    const size_t repeats = options->n_repeats;
    char name[64];
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        bench_limit_by(&columns, work->records, (enum weir_field)f);
    struct bench_row row = {.bench = "rows",
                            .name = name,
                            .cpu = cpu,
                            .n_threads = n_threads,
                            .n_records = work->records->n,
                            .limit = bench_read_limit(&columns, n_threads, repeats)};
    const struct bench_time pack = bench_measure(pack_slice, work, n_threads, repeats);
    const struct bench_time gather = bench_measure(gather_slice, work, n_threads, repeats);
    row.time = pack;
    snprintf(name, sizeof name, "pack %s", order_name);
    bench_print_row(stdout, &row, options);
    row.time = gather;
    snprintf(name, sizeof name, "gather %s", order_name);
    bench_print_row(stdout, &row, options);
    row.time = (struct bench_time){.least_s = pack.least_s + gather.least_s,
                                   .median_s = pack.median_s + gather.median_s};
    snprintf(name, sizeof name, "reorder %s", order_name);
    bench_print_row(stdout, &row, options);
    row.time = bench_measure(unpack_slice, work, n_threads, repeats);
    snprintf(name, sizeof name, "unpack %s", order_name);
    bench_print_row(stdout, &row, options);
    row.time = bench_measure(gather_columns_slice, work, n_threads, repeats);
    snprintf(name, sizeof name, "columns %s", order_name);
    bench_print_row(stdout, &row, options);
}

static void *pages(struct weir_mem *mem, size_t bytes)
{
    void *block = weir_mem_pages_alloc(mem, bytes);
    if (block == NULL)
        exit(1);
    memset(block, 0, bytes);
    return block;
}

/* Near: every index within 100 of its place. */
static void make_order(uint32_t *order, size_t n, bool near)
{
    uint64_t state = 7;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (size_t i = n; i > 1; i--) {
        const uint64_t reach = near && i > 100 ? 100 : i;
        const size_t j = i - 1 - bench_random(&state) % reach;
        const uint32_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 22);
    struct weir_batch records;
    struct weir_mem mem;
    uint8_t widths[WEIR_N_FIELDS];
    struct work work = {.records = &records};
    weir_mem_init(&mem, SIZE_MAX);
    bench_make_records(options.n_records, &records);
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        widths[f] = (uint8_t)weir_type_bytes(records.field[f].type);
        work.in[f] = records.field[f].data;
        work.out[f] = pages(&mem, options.n_records * widths[f]);
    }
    weir_rows_layout_set(&work.layout, widths, WEIR_N_FIELDS);
    work.rows = pages(&mem, options.n_records * work.layout.stride_bytes);
    uint32_t *order = pages(&mem, options.n_records * sizeof *order);
    work.order = order;
    bench_print_header(stdout);
    for (int near = 0; near < 2; near++) {
        struct weir_kernel_row variant;
        make_order(order, options.n_records, near != 0);
        for (int v = 0; weir_kernel_row(v, &variant); v++)
            for (size_t t = 1; t <= options.n_threads; t *= 2) {
                if (variant.cpu > weir_cpu_detect() || strcmp(variant.module, "rows") != 0)
                    continue;
                work.ops = variant.ops;
                bench_all(&work, weir_cpu_name(variant.cpu), &options, t,
                          near == 0 ? "random" : "near");
            }
    }
    return 0;
}
