/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repeated timing, read limits, rows, records. */
#include "bench.h"

#include "field.h"
#include "par.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REPEATS_MAX 101

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* One thread runs without a region: libgomp starts new threads for each region that a body opens
 * inside of one, if only of one thread. */
static void run_once(bench_body *body, void *context, size_t n_threads)
{
    if (n_threads == 1) {
        body(context, 0, 1);
        return;
    }
#ifdef _OPENMP
#pragma omp parallel num_threads((int)n_threads)
#endif
    body(context, (size_t)weir_par_thread(), n_threads);
}

static int compare_seconds(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct bench_time bench_measure(bench_body *body, void *context, size_t n_threads, size_t n_repeats)
{
    double seconds[REPEATS_MAX];
    const size_t n = n_repeats < 1 ? 1 : n_repeats > REPEATS_MAX ? REPEATS_MAX : n_repeats;
    run_once(body, context, n_threads);
    for (size_t i = 0; i < n; i++) {
        const double start_s = now_s();
        run_once(body, context, n_threads);
        seconds[i] = now_s() - start_s;
    }
    qsort(seconds, n, sizeof *seconds, compare_seconds);
    return (struct bench_time){.least_s = seconds[0], .median_s = seconds[n / 2]};
}

void bench_slice(size_t n, size_t grain, size_t thread, size_t n_threads, size_t *begin,
                 size_t *end)
{
    const size_t n_grains = (n + grain - 1) / grain;
    *begin = n_grains * thread / n_threads * grain;
    *end = n_grains * (thread + 1) / n_threads * grain;
    *end = *end < n ? *end : n;
}

struct limit {
    const struct bench_columns *columns;
    uint64_t sink[WEIR_THREADS_MAX * 8]; /* a cache line per thread */
};

/* The compiler's own vector code, for the widest registers that the machine has. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define FOR_ANY_MACHINE __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define FOR_ANY_MACHINE
#endif

FOR_ANY_MACHINE uint64_t bench_sum(const void *data, size_t bytes, size_t begin, size_t end)
{
    const uint8_t *one = data;
    const uint16_t *two = data;
    const uint32_t *four = data;
    const uint64_t *eight = data;
    uint64_t sum = 0;
    if (bytes == 8) {
        for (size_t i = begin; i < end; i++)
            sum += eight[i];
    } else if (bytes == 4) {
        for (size_t i = begin; i < end; i++)
            sum += four[i];
    } else if (bytes == 2) {
        for (size_t i = begin; i < end; i++)
            sum += two[i];
    } else {
        for (size_t i = begin; i < end; i++)
            sum += one[i];
    }
    return sum;
}

static void sum_columns(void *context, size_t thread, size_t n_threads)
{
    struct limit *limit = context;
    const struct bench_columns *columns = limit->columns;
    size_t begin = 0;
    size_t end = 0;
    uint64_t sum = 0;
    bench_slice(columns->n_records, WEIR_BATCH_RECORDS, thread, n_threads, &begin, &end);
    for (size_t c = 0; c < columns->n_columns; c++)
        sum += bench_sum(columns->column[c].data, columns->column[c].bytes, begin, end);
    limit->sink[thread * 8] = sum;
}

struct bench_time bench_read_limit(const struct bench_columns *columns, size_t n_threads,
                                   size_t n_repeats)
{
    struct limit limit = {.columns = columns};
    return bench_measure(sum_columns, &limit, n_threads, n_repeats);
}

/* The processor's name without commas, for rows. */
static void machine_name(char *out, size_t capacity)
{
    snprintf(out, capacity, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (file == NULL)
        return;
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out, capacity, "%s", colon + 2);
        break;
    }
    fclose(file);
    for (char *c = out; *c != '\0'; c++)
        if (*c == ',')
            *c = ' ';
}

void bench_print_header(FILE *out)
{
    fprintf(out,
            "bench,case,cpu,threads,records,least_ns,median_ns,limit_ns,ratio,machine,command\n");
}

void bench_print_row(FILE *out, const struct bench_row *row, const struct bench_options *options)
{
    char machine[256];
    const double ns = 1e9 / (double)row->n_records;
    machine_name(machine, sizeof machine);
    fprintf(out, "%s,%s,%s,%zu,%zu,%.3f,%.3f,%.3f,%.2f,%s,%s\n", row->bench, row->name, row->cpu,
            row->n_threads, row->n_records, row->time.least_s * ns, row->time.median_s * ns,
            row->limit.least_s * ns, row->time.least_s / row->limit.least_s, machine,
            options->command);
    fflush(out);
}

static size_t argument(int argc, char **argv, int i, size_t initial)
{
    const unsigned long long value = i < argc ? strtoull(argv[i], NULL, 10) : 0;
    return value == 0 ? initial : (size_t)value;
}

struct bench_options bench_options_parse(int argc, char **argv, size_t n_records)
{
    struct bench_options options = {.n_records = argument(argc, argv, 1, n_records),
                                    .n_threads =
                                        argument(argc, argv, 2, (size_t)weir_par_default_threads()),
                                    .n_repeats = argument(argc, argv, 3, 7)};
    const char *slash = strrchr(argv[0], '/');
    snprintf(options.command, sizeof options.command, "%s %zu %zu %zu",
             slash == NULL ? argv[0] : slash + 1, options.n_records, options.n_threads,
             options.n_repeats);
    return options;
}

void bench_check(enum weir_status status, const struct weir_error *err)
{
    if (status == WEIR_OK)
        return;
    fprintf(stderr, "bench: %s\n", err->message);
    exit(1);
}

/* --- records --------------------------------------------------------------------------------- */

static void put_field(struct weir_batch *records, enum weir_field field, size_t i, uint64_t value)
{
    const struct weir_column *column = &records->field[field];
    const size_t bytes = weir_type_bytes(column->type);
    memcpy((char *)(uintptr_t)column->data + i * bytes, &value, bytes); /* little-endian */
}

static void make_record(struct weir_batch *records, size_t i, uint64_t *state)
{
    static const unsigned port[] = {443, 53, 80, 123, 22, 25, 993, 8080};
    const double u = (double)(bench_random(state) >> 11) * 0x1p-53;
    const uint64_t r = bench_random(state);
    const uint64_t s = bench_random(state);
    const uint64_t packets = r % 2 == 0 ? 1 : (uint64_t)fmin(1e9, pow(1 - u, -1 / 0.9));
    const uint64_t first = 1741082400000 + i * 36 / 100;
    const uint64_t last = first + (packets == 1 ? 0 : r / 2 % 300000);
    put_field(records, WEIR_AF, i, 2);
    put_field(records, WEIR_PROT, i, s % 5 < 3 ? 6 : 17);
    put_field(records, WEIR_INIF, i, 1 + s / 5 % 2);
    put_field(records, WEIR_OUTIF, i, 2 - s / 5 % 2);
    put_field(records, WEIR_SA3, i, 0xA140000 + (s >> 40) % 65536);
    put_field(records, WEIR_DA3, i, 0xC6120000 + (s >> 20) % 131072);
    put_field(records, WEIR_SP, i, 32768 + s / 16 % 28000);
    put_field(records, WEIR_DP, i, port[s / 64 % 8]);
    put_field(records, WEIR_FIRST, i, first / 1000);
    put_field(records, WEIR_FIRST_MS, i, first % 1000);
    put_field(records, WEIR_LAST, i, last / 1000);
    put_field(records, WEIR_LAST_MS, i, last % 1000);
    put_field(records, WEIR_PACKETS, i, packets);
    put_field(records, WEIR_OCTETS, i,
              packets * (r / 4 % 3 == 0 ? 1400 + r / 16 % 100 : 40 + r / 16 % 200));
}

void bench_make_records(size_t n, struct weir_batch *records)
{
    uint64_t state = 1;
    *records = (struct weir_batch){.n = n};
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const enum weir_type type = weir_field_info((enum weir_field)f)->type;
        const size_t bytes = n * weir_type_bytes(type);
        void *data = aligned_alloc(64, (bytes + 127) / 64 * 64);
        if (data == NULL)
            exit(1);
        memset(data, 0, bytes);
        records->field[f] = (struct weir_column){.data = data, .type = type};
    }
    for (size_t i = 0; i < n; i++)
        make_record(records, i, &state);
}

struct weir_batch bench_view(const struct weir_batch *all, size_t begin, size_t n)
{
    struct weir_batch view = {.n = n};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        view.field[f] = (struct weir_column){.data = weir_column_at(&all->field[f], begin),
                                             .type = all->field[f].type};
    return view;
}

void bench_limit_by(struct bench_columns *columns, const struct weir_batch *records,
                    enum weir_field field)
{
    columns->n_records = records->n;
    columns->column[columns->n_columns].data = records->field[field].data;
    columns->column[columns->n_columns++].bytes = weir_type_bytes(records->field[field].type);
}

uint64_t bench_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* --- files ----------------------------------------------------------------------------------- */

void bench_input_open(struct bench_input *input, const char *path, enum weir_cpu cpu,
                      weir_fields fields)
{
    struct weir_error err;
    const struct weir_format *format = NULL;
    bench_check(weir_format_detect(path, &format, &err), &err);
    const struct weir_open_request request = {
        .path = path, .fd = -1, .fields = fields, .cpu = cpu, .mem = input->mem};
    bench_check(format->open(&request, &input->input, &err), &err);
}

void bench_input_close(struct bench_input *input)
{
    input->input->format->close(input->input);
}

void bench_input_read(void *context, size_t thread, size_t n_threads)
{
    const struct bench_input *input = context;
    const struct weir_format *format = input->input->format;
    struct weir_cursor *cursor = NULL;
    struct weir_error err;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(input->input->n_blocks, 1, thread, n_threads, &begin, &end);
    bench_check(format->cursor_new(input->input, &cursor, &err), &err);
    for (size_t block = begin; block < end; block++) {
        uint64_t n = 0;
        bench_check(format->cursor_load(cursor, block, &n, &err), &err);
        for (uint64_t i = 0; i < n; i += WEIR_BATCH_RECORDS) {
            struct weir_batch batch;
            const uint64_t left = n - i;
            format->cursor_view(cursor, i, left < WEIR_BATCH_RECORDS ? left : WEIR_BATCH_RECORDS,
                                &batch);
        }
    }
    format->cursor_free(cursor);
}

void bench_directory_make(char *directory, size_t capacity)
{
    const char *place = getenv("TMPDIR");
    snprintf(directory, capacity, "%s/weir-bench.XXXXXX", place == NULL ? "/tmp" : place);
    if (mkdtemp(directory) == NULL) {
        perror("bench: mkdtemp");
        exit(1);
    }
}

void bench_directory_remove(const char *directory, const char *path)
{
    unlink(path);
    rmdir(directory);
}
