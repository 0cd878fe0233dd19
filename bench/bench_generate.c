/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated records: random words alone, and packets and octets drawn from a table of 24,000 pieces
 * (a histogram) and of 6,000 (a mixture), beside a plain sum over as many packets and octets.
 *
 * usage: bench_generate [RECORDS [THREADS [REPEATS]]] */
#include "bench.h"
#include "generate_record.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK            WEIR_BATCH_RECORDS
#define HISTOGRAM_PIECES 24000
#define MIXTURE_PIECES   6000

struct work {
    struct weir_kernels kernels;
    struct weir_generate_source source;
    size_t n;
};

static void make_words(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    static _Thread_local uint32_t words[WEIR_PHILOX_WORDS][BLOCK / 4];
    uint32_t *const word[WEIR_PHILOX_WORDS] = {words[0], words[1], words[2], words[3]};
    size_t begin = 0;
    size_t end = 0;
    bench_slice(work->n, BLOCK, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += BLOCK / 4)
        work->kernels.philox->fill(1, 0, at, end - at < BLOCK / 4 ? end - at : BLOCK / 4, word);
}

static void make_records(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    static _Thread_local struct weir_record_buffers buffers;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(work->n, BLOCK, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += BLOCK)
        weir_record_fill(&work->source, &work->kernels, at, end - at < BLOCK ? end - at : BLOCK,
                         &buffers);
}

/* Pieces that widen with x, half of the flows in the first one and the others in a Pareto tail. */
static void make_table(struct weir_generate_table *table, size_t n, struct weir_mem *mem)
{
    struct weir_error err = {{0}};
    const double growth = pow(1e9, 1 / (double)n);
    uint64_t lo = 1;
    weir_generate_table_init(table, mem);
    for (size_t i = 0; i < n; i++) {
        const uint64_t width = (uint64_t)((double)lo * (growth - 1)) + 1;
        const struct weir_sample_piece piece = {.lo = lo, .width = width, .slope = 700};
        const double weight = pow((double)lo, -1.1) - pow((double)(lo + width), -1.1);
        bench_check(weir_generate_table_add(table, &piece, weight, &err), &err);
        lo += width;
    }
    bench_check(weir_generate_table_finish(table, &err), &err);
}

static void print_case(const char *name, bench_body *body, struct work *work, enum weir_cpu cpu,
                       const struct bench_options *options, const struct bench_columns *columns)
{
    for (size_t t = 1; t <= options->n_threads; t *= 2) {
        const struct bench_row row = {.bench = "generate",
                                      .name = name,
                                      .cpu = weir_cpu_name(cpu),
                                      .n_threads = t,
                                      .n_records = work->n,
                                      .limit = bench_read_limit(columns, t, options->n_repeats),
                                      .time = bench_measure(body, work, t, options->n_repeats)};
        bench_print_row(stdout, &row, options);
    }
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 22);
    struct work work = {.source = {.x = WEIR_X_LENGTH, .seed = 1}, .n = options.n_records};
    struct weir_generate_table histogram, mixture;
    struct bench_columns columns = {.n_records = work.n, .n_columns = 2};
    struct weir_mem mem;
    uint64_t *values = malloc(work.n * sizeof *values);
    if (values == NULL)
        return 1;
    for (size_t i = 0; i < work.n; i++)
        values[i] = i;
    for (size_t c = 0; c < columns.n_columns; c++) {
        columns.column[c].data = values;
        columns.column[c].bytes = sizeof *values;
    }
    weir_mem_init(&mem, SIZE_MAX);
    make_table(&histogram, HISTOGRAM_PIECES, &mem);
    make_table(&mixture, MIXTURE_PIECES, &mem);
    bench_print_header(stdout);
    for (enum weir_cpu cpu = WEIR_CPU_REF; cpu <= weir_cpu_detect(); cpu++) {
        weir_kernels_choose(cpu, &work.kernels);
        print_case("words", make_words, &work, cpu, &options, &columns);
        work.source.table = &histogram.sample;
        print_case("histogram", make_records, &work, cpu, &options, &columns);
        work.source.table = &mixture.sample;
        print_case("mixture", make_records, &work, cpu, &options, &columns);
    }
    weir_generate_table_release(&histogram);
    weir_generate_table_release(&mixture);
    free(values);
    return 0;
}
