/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging of records in memory, all but the writing, beside the sum over the key columns.
 *
 * usage: bench_merge [RECORDS [THREADS [REPEATS]]]
 *
 * A pass notes the keys of long records, takes out the candidates and merges them. It reads times
 * too, but its target was set beside a sum over the 14 key columns, so that is what stands here. */
#include "bench.h"
#include "field.h"
#include "merge_build.h"

#include <string.h>

#define INACTIVE_MS UINT64_C(30000)
#define ACTIVE_MS   UINT64_C(300000)

struct work {
    struct weir_run run;
    const struct weir_columns *columns;
};

static void merge_all(void *context, size_t thread, size_t n_threads)
{
    struct work *work = context;
    struct weir_merge_build *build = NULL;
    struct weir_error err;
    (void)thread;
    (void)n_threads;
    const struct weir_merge_request request = {.run = &work->run,
                                               .columns = work->columns,
                                               .n = weir_columns_records(work->columns),
                                               .rule = {INACTIVE_MS, ACTIVE_MS - INACTIVE_MS},
                                               .scratch = "/tmp"};
    bench_check(weir_merge_build_new(&request, &build, &err), &err);
    bench_check(weir_merge_build_run(build, &err), &err);
    weir_merge_build_free(build);
}

/* --- records --------------------------------------------------------------------------------- */

static void *values(const struct weir_batch *records, enum weir_field field)
{
    return (void *)(uintptr_t)records->field[field].data;
}

static uint64_t time_ms(const struct weir_batch *records, size_t i, enum weir_field seconds)
{
    const uint32_t *s = values(records, seconds);
    const uint16_t *ms = values(records, seconds + 1);
    return (uint64_t)s[i] * 1000 + ms[i];
}

static void set_last(const struct weir_batch *records, size_t i, uint64_t ms)
{
    ((uint32_t *)values(records, WEIR_LAST))[i] = (uint32_t)(ms / 1000);
    ((uint16_t *)values(records, WEIR_LAST_MS))[i] = (uint16_t)(ms % 1000);
}

static void copy_key(const struct weir_batch *records, size_t from, size_t to)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const size_t bytes = weir_type_bytes(records->field[f].type);
        char *data = values(records, (enum weir_field)f);
        if (weir_field_info((enum weir_field)f)->role == WEIR_FIELD_KEY)
            memcpy(data + to * bytes, data + from * bytes, bytes);
    }
}

/* Half of the long records, which are 2.7 % of all, go on in the record that begins when they end
 * (100 begin in 36 ms); half of these parts are as long as the one before. With what the Bloom
 * filter takes for them, 4.4 % of the records become candidates. */
static void split_flows(const struct weir_batch *records)
{
    uint64_t state = 2;
    for (size_t i = 0; i < records->n; i++) {
        const uint64_t length_ms = time_ms(records, i, WEIR_LAST) - time_ms(records, i, WEIR_FIRST);
        const size_t next = i + (size_t)length_ms * 100 / 36 + 1;
        const uint64_t draw = bench_random(&state) % 4;
        if (length_ms < ACTIVE_MS - INACTIVE_MS || draw < 2 || next >= records->n)
            continue;
        copy_key(records, i, next);
        if (draw == 3)
            set_last(records, next, time_ms(records, next, WEIR_FIRST) + length_ms);
    }
}

/* The records as a trace in memory, which is what merging reads. */
static struct weir_columns *make_columns(const struct weir_batch *records, struct weir_mem *mem)
{
    struct weir_schema schema = {0};
    struct weir_columns *columns = NULL;
    struct weir_columns_draft *draft = NULL;
    struct weir_error err;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        schema.field[f] = records->field[f].type;
    const struct weir_columns_nameless nameless = {.directory = "/tmp",
                                                   .memory_bytes = SIZE_MAX,
                                                   .records_max = records->n,
                                                   .opened = &columns};
    bench_check(weir_columns_create_nameless(&nameless, &schema, mem, &draft, &err), &err);
    for (size_t f = 0; f < WEIR_N_FIELDS; f++)
        bench_check(weir_columns_write(draft, f, 0, records->n, records->field[f].data, &err),
                    &err);
    bench_check(weir_columns_commit(draft, records->n, &err), &err);
    return columns;
}

/* --------------------------------------------------------------------------------------------- */

static void bench_level(struct work *work, const struct bench_columns *columns, enum weir_cpu cpu,
                        const struct bench_options *options)
{
    weir_kernels_choose(cpu, &work->run.kernels);
    for (size_t t = 1; t <= options->n_threads; t *= 2) {
        work->run.n_threads = (int)t;
        const struct bench_row row = {.bench = "merge",
                                      .name = "whole pass",
                                      .cpu = weir_cpu_name(cpu),
                                      .n_threads = t,
                                      .n_records = columns->n_records,
                                      .limit = bench_read_limit(columns, t, options->n_repeats),
                                      .time =
                                          bench_measure(merge_all, work, 1, options->n_repeats)};
        bench_print_row(stdout, &row, options);
    }
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, (size_t)1 << 22);
    struct weir_batch records;
    struct bench_columns columns = {0};
    struct work work = {.run = {.quiet = true}};
    weir_mem_init(&work.run.mem, SIZE_MAX);
    bench_make_records(options.n_records, &records);
    split_flows(&records);
    work.columns = make_columns(&records, &work.run.mem);
    weir_columns_view(work.columns, 0, options.n_records, &records);
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (weir_field_info((enum weir_field)f)->role == WEIR_FIELD_KEY)
            bench_limit_by(&columns, &records, (enum weir_field)f);
    bench_print_header(stdout);
    struct weir_kernel_row variant;
    for (int v = 0; weir_kernel_row(v, &variant); v++)
        if (variant.cpu <= weir_cpu_detect() && strcmp(variant.module, "flow_hash") == 0)
            bench_level(&work, &columns, variant.cpu, &options);
    return 0;
}
