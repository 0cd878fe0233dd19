/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scan of one 8-byte column of a trace through all layers, beside the sum over the mapped file.
 *
 * usage: bench_scan [RECORDS [THREADS [REPEATS]]]
 *
 * "again" reads the same mapping each time, "fresh" maps the trace anew; its read limit sums a new
 * mapping as well. */
#include "bench.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct scanning {
    struct bench_input input;
    const char *path;
    const char *column_path;
    uint64_t sink[8];
};

/* What the consumer of a scan does with each batch. */
static void sum_slice(void *context, size_t thread, size_t n_threads)
{
    struct scanning *scanning = context;
    const struct weir_format *format = scanning->input.input->format;
    struct weir_cursor *cursor = NULL;
    struct weir_error err;
    uint64_t sum = 0;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(scanning->input.input->n_blocks, 1, thread, n_threads, &begin, &end);
    bench_check(format->cursor_new(scanning->input.input, &cursor, &err), &err);
    for (size_t block = begin; block < end; block++) {
        uint64_t n = 0;
        bench_check(format->cursor_load(cursor, block, &n, &err), &err);
        for (uint64_t i = 0; i < n; i += WEIR_BATCH_RECORDS) {
            struct weir_batch batch;
            const uint64_t left = n - i;
            format->cursor_view(cursor, i, left < WEIR_BATCH_RECORDS ? left : WEIR_BATCH_RECORDS,
                                &batch);
            sum += bench_sum(batch.field[WEIR_OCTETS].data, 8, 0, batch.n);
        }
    }
    format->cursor_free(cursor);
    __atomic_fetch_add(&scanning->sink[0], sum, __ATOMIC_RELAXED);
}

static void scan_fresh(void *context, size_t thread, size_t n_threads)
{
    struct scanning *scanning = context;
    (void)thread;
    (void)n_threads;
    bench_input_open(&scanning->input, scanning->path, weir_cpu_detect(),
                     WEIR_FIELD_BIT(WEIR_OCTETS));
    sum_slice(scanning, 0, 1);
    bench_input_close(&scanning->input);
}

static void sum_fresh(void *context, size_t thread, size_t n_threads)
{
    struct scanning *scanning = context;
    struct weir_mapping file;
    struct weir_error err;
    (void)thread;
    (void)n_threads;
    bench_check(weir_mapping_open(scanning->column_path, -1, &file, &err), &err);
    scanning->sink[1] += bench_sum(file.data, 8, 0, file.n_bytes / 8);
    weir_mapping_close(&file);
}

static void write_trace(const char *path, const struct weir_batch *records, struct weir_mem *mem)
{
    const struct weir_format *format = weir_format_find("binary");
    struct weir_schema schema = {0};
    struct weir_writer *writer = NULL;
    struct weir_error err;
    schema.field[WEIR_OCTETS] = WEIR_U64;
    const struct weir_create_request request = {
        .path = path, .schema = &schema, .n_lanes = 1, .mem = mem};
    bench_check(format->create(&request, &writer, &err), &err);
    for (size_t at = 0; at < records->n; at += WEIR_BATCH_RECORDS) {
        const size_t left = records->n - at;
        const struct weir_batch batch =
            bench_view(records, at, left < WEIR_BATCH_RECORDS ? left : WEIR_BATCH_RECORDS);
        size_t bad = 0;
        bench_check(format->add(writer, 0, &batch, &bad, &err), &err);
        bench_check(format->place(writer, 0, &err), &err);
        bench_check(format->put(writer, 0, &err), &err);
    }
    bench_check(format->commit(writer, &err), &err);
}

static void bench_again(struct scanning *scanning, const struct bench_options *options)
{
    struct weir_mapping file;
    struct weir_error err;
    bench_check(weir_mapping_open(scanning->column_path, -1, &file, &err), &err);
    bench_input_open(&scanning->input, scanning->path, weir_cpu_detect(),
                     WEIR_FIELD_BIT(WEIR_OCTETS));
    const struct bench_columns columns = {
        .n_records = file.n_bytes / 8, .n_columns = 1, .column = {{file.data, 8}}};
    for (size_t t = 1; t <= options->n_threads; t *= 2) {
        const struct bench_row row = {
            .bench = "scan",
            .name = "again",
            .cpu = "ref",
            .n_threads = t,
            .n_records = options->n_records,
            .limit = bench_read_limit(&columns, t, options->n_repeats),
            .time = bench_measure(sum_slice, scanning, t, options->n_repeats)};
        bench_print_row(stdout, &row, options);
    }
    bench_input_close(&scanning->input);
    weir_mapping_close(&file);
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 23);
    struct weir_batch records;
    struct weir_mem mem;
    char directory[256];
    char path[300];
    char column_path[320];
    weir_mem_init(&mem, SIZE_MAX);
    bench_make_records(options.n_records, &records);
    bench_directory_make(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/trace", directory);
    snprintf(column_path, sizeof column_path, "%s/octets.Q", path);
    write_trace(path, &records, &mem);
    struct scanning scanning = {.input = {.mem = &mem}, .path = path, .column_path = column_path};
    bench_print_header(stdout);
    bench_again(&scanning, &options);
    const struct bench_row row = {
        .bench = "scan",
        .name = "fresh",
        .cpu = "ref",
        .n_threads = 1,
        .n_records = options.n_records,
        .limit = bench_measure(sum_fresh, &scanning, 1, options.n_repeats),
        .time = bench_measure(scan_fresh, &scanning, 1, options.n_repeats)};
    bench_print_row(stdout, &row, &options);
    bench_directory_remove(path, column_path);
    rmdir(directory);
    return 0;
}
