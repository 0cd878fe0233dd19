/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What benches share: repeated timing on 1 to N threads, and rows that say where they come from.
 *
 * A bench prints one CSV row per case and thread count on stdout. Beside each time stands the read
 * limit, a plain sum over the same columns on as many threads, because absolute figures move
 * between machines and minutes while the ratio does not. */
#ifndef WEIR_BENCH_H
#define WEIR_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* What one thread does: its part of the work, once. */
typedef void bench_body(void *context, size_t thread, size_t n_threads);

struct bench_time {
    double least_s;
    double median_s;
};

/* Runs `body` on `n_threads` threads, once to warm up and then `n_repeats` times. A repeat is timed
 * from the first thread's start to the last one's end. */
struct bench_time bench_measure(bench_body *body, void *context, size_t n_threads,
                                size_t n_repeats);

/* Records [*begin, *end) of `n` that a thread works on; bounds are multiples of `grain`. */
void bench_slice(size_t n, size_t grain, size_t thread, size_t n_threads, size_t *begin,
                 size_t *end);

/* Columns that hold the data of a case, for the read limit. */
struct bench_columns {
    size_t n_records;
    size_t n_columns;
    const uint64_t *column[8];
};

/* Times the plain sum over the columns. */
struct bench_time bench_read_limit(const struct bench_columns *columns, size_t n_threads,
                                   size_t n_repeats);

struct bench_row {
    const char *bench; /* kernel or command */
    const char *name;  /* the case */
    const char *cpu;   /* level of the variant */
    size_t n_threads;
    size_t n_records;
    struct bench_time time;
    struct bench_time limit;
};

/* Prints the header, and a row. */
void bench_print_header(void);
void bench_print_row(const struct bench_row *row);

/* Arguments of a bench: [RECORDS [THREADS [REPEATS]]]; 0 or nothing: the default. */
struct bench_options {
    size_t n_records, n_threads, n_repeats;
};
struct bench_options bench_options_parse(int argc, char **argv, size_t n_records);

/* A generator of 64-bit numbers, the same on every run. */
uint64_t bench_random(uint64_t *state);

#endif
