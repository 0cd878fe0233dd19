/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repeated timing, read limits, rows. */
#include "bench.h"

#include "par.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPEATS_MAX 101

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void run_once(bench_body *body, void *context, size_t n_threads)
{
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
    volatile uint64_t sink;
};

static void sum_columns(void *context, size_t thread, size_t n_threads)
{
    struct limit *limit = context;
    size_t begin = 0;
    size_t end = 0;
    uint64_t sum = 0;
    bench_slice(limit->columns->n_records, 4096, thread, n_threads, &begin, &end);
    for (size_t at = begin; at < end; at += 4096) {
        const size_t stop = at + 4096 < end ? at + 4096 : end;
        for (size_t c = 0; c < limit->columns->n_columns; c++)
            for (size_t i = at; i < stop; i++)
                sum += limit->columns->column[c][i];
    }
    limit->sink = sum;
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

void bench_print_header(void)
{
    printf("bench,case,cpu,threads,records,least_ns,median_ns,limit_ns,ratio,machine\n");
}

void bench_print_row(const struct bench_row *row)
{
    char machine[256];
    const double ns = 1e9 / (double)row->n_records;
    machine_name(machine, sizeof machine);
    printf("%s,%s,%s,%zu,%zu,%.3f,%.3f,%.3f,%.2f,%s\n", row->bench, row->name, row->cpu,
           row->n_threads, row->n_records, row->time.least_s * ns, row->time.median_s * ns,
           row->limit.least_s * ns, row->time.least_s / row->limit.least_s, machine);
    fflush(stdout);
}

static size_t argument(int argc, char **argv, int i, size_t initial)
{
    const unsigned long long value = i < argc ? strtoull(argv[i], NULL, 10) : 0;
    return value == 0 ? initial : (size_t)value;
}

struct bench_options bench_options_parse(int argc, char **argv, size_t n_records)
{
    return (struct bench_options){.n_records = argument(argc, argv, 1, n_records),
                                  .n_threads =
                                      argument(argc, argv, 2, (size_t)weir_par_default_threads()),
                                  .n_repeats = argument(argc, argv, 3, 7)};
}

uint64_t bench_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
