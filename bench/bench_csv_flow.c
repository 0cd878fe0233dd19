/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_flow: text from columns, and columns from text.
 *
 * usage: bench_csv_flow [RECORDS [THREADS [REPEATS]]]
 *
 * What is formatted goes to /dev/null; what is parsed is a file in the page cache. The read limit
 * of formatting is the sum over the 21 columns, that of parsing over the bytes of the text. */
#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct writing {
    const struct weir_batch *records;
    struct weir_writer *writer;
    pthread_mutex_t *turn;
};

/* Formats a slice, handing text over as often as a scan does. */
static void write_slice(void *context, size_t thread, size_t n_threads)
{
    enum { BLOCK = 16 * WEIR_BATCH_RECORDS };
    const struct writing *writing = context;
    const struct weir_format *format = writing->writer->format;
    struct weir_error err;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(writing->records->n, WEIR_BATCH_RECORDS, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += WEIR_BATCH_RECORDS) {
        const size_t n = end - at < WEIR_BATCH_RECORDS ? end - at : WEIR_BATCH_RECORDS;
        const struct weir_batch batch = bench_view(writing->records, at, n);
        size_t bad = 0;
        bench_check(format->add(writing->writer, thread, &batch, &bad, &err), &err);
        if ((at - begin) % BLOCK != 0 && at + n < end)
            continue;
        pthread_mutex_lock(writing->turn);
        bench_check(format->place(writing->writer, thread, &err), &err);
        pthread_mutex_unlock(writing->turn);
        bench_check(format->put(writing->writer, thread, &err), &err);
    }
}

static struct weir_writer *new_writer(const char *path, size_t n_lanes, struct weir_mem *mem)
{
    struct weir_schema schema = {0};
    struct weir_writer *writer = NULL;
    struct weir_error err;
    weir_schema_set_default(&schema, false);
    const struct weir_create_request request = {
        .path = path, .schema = &schema, .n_lanes = n_lanes, .mem = mem};
    bench_check(weir_format_find("csv_flow")->create(&request, &writer, &err), &err);
    return writer;
}

static void write_file(const char *path, const struct weir_batch *records, struct weir_mem *mem,
                       pthread_mutex_t *turn)
{
    struct weir_error err;
    struct writing writing = {.records = records, .writer = new_writer(path, 1, mem), .turn = turn};
    write_slice(&writing, 0, 1);
    bench_check(writing.writer->format->commit(writing.writer, &err), &err);
}

static void bench_format(const struct weir_batch *records, const struct bench_options *options,
                         size_t n_threads, struct weir_mem *mem, FILE *out)
{
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    struct writing writing = {
        .records = records, .writer = new_writer("-", n_threads, mem), .turn = &turn};
    struct bench_columns columns = {0};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        bench_limit_by(&columns, records, (enum weir_field)f);
    const struct bench_row row = {
        .bench = "csv_flow",
        .name = "format",
        .cpu = "ref",
        .n_threads = n_threads,
        .n_records = records->n,
        .limit = bench_read_limit(&columns, n_threads, options->n_repeats),
        .time = bench_measure(write_slice, &writing, n_threads, options->n_repeats)};
    bench_print_row(out, &row, options);
    writing.writer->format->discard(writing.writer);
}

static void bench_parse(const char *path, enum weir_cpu cpu, const struct bench_options *options,
                        size_t n_threads, struct weir_mem *mem, FILE *out)
{
    struct bench_input input = {.mem = mem};
    struct weir_mapping text;
    struct weir_error err;
    bench_input_open(&input, path, cpu, WEIR_FIELDS_ALL);
    bench_check(weir_mapping_open(path, -1, &text, &err), &err);
    const struct bench_columns columns = {
        .n_records = text.n_bytes / 8, .n_columns = 1, .column = {{text.data, 8}}};
    const struct bench_row row = {
        .bench = "csv_flow",
        .name = "parse",
        .cpu = weir_cpu_name(cpu),
        .n_threads = n_threads,
        .n_records = options->n_records,
        .limit = bench_read_limit(&columns, n_threads, options->n_repeats),
        .time = bench_measure(bench_input_read, &input, n_threads, options->n_repeats)};
    bench_print_row(out, &row, options);
    weir_mapping_close(&text);
    bench_input_close(&input);
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 18);
    struct weir_batch records;
    struct weir_mem mem;
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    char directory[256];
    char path[300];
    /* Rows keep the standard output; what is formatted goes where it pointed to. */
    FILE *out = fdopen(dup(STDOUT_FILENO), "w");
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (out == NULL || null < 0 || dup2(null, STDOUT_FILENO) < 0)
        return 1;
    weir_mem_init(&mem, SIZE_MAX);
    bench_make_records(options.n_records, &records);
    bench_directory_make(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/flows.csv", directory);
    write_file(path, &records, &mem, &turn);
    bench_print_header(out);
    for (size_t t = 1; t <= options.n_threads; t *= 2)
        bench_format(&records, &options, t, &mem, out);
    for (int cpu = WEIR_CPU_REF; cpu <= (int)weir_cpu_detect(); cpu++)
        for (size_t t = 1; t <= options.n_threads && cpu != WEIR_CPU_AVX2; t *= 2)
            bench_parse(path, (enum weir_cpu)cpu, &options, t, &mem, out);
    bench_directory_remove(directory, path);
    fclose(out);
    return 0;
}
