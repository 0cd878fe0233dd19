/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What benches share: repeated timing on 1 to N threads, records, and rows that say where they come
 * from.
 *
 * A bench prints one CSV row per case and thread count on stdout. Beside each time stands the read
 * limit, a plain sum over the same columns on as many threads, because absolute figures move
 * between machines and minutes while the ratio does not. */
#ifndef WEIR_BENCH_H
#define WEIR_BENCH_H

#include "format.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* The sum of values [begin, end) of `bytes` = 1, 2, 4 or 8 bytes each. */
uint64_t bench_sum(const void *data, size_t bytes, size_t begin, size_t end);

/* Columns that hold the data of a case, for the read limit. */
struct bench_columns {
    size_t n_records;
    size_t n_columns;
    struct {
        const void *data;
        size_t bytes; /* of a value: 1, 2, 4 or 8 */
    } column[24];
};

/* Times the plain sum over the columns, one after the other. */
struct bench_time bench_read_limit(const struct bench_columns *columns, size_t n_threads,
                                   size_t n_repeats);

/* Arguments of a bench: [RECORDS [THREADS [REPEATS]]]; 0 or nothing: the default. */
struct bench_options {
    size_t n_records, n_threads, n_repeats;
    char command[256]; /* for rows */
};
struct bench_options bench_options_parse(int argc, char **argv, size_t n_records);

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
void bench_print_header(FILE *out);
void bench_print_row(FILE *out, const struct bench_row *row, const struct bench_options *options);

/* Flow records like traffic, in the types of field.h: half of the flows have one packet, the others
 * a Pareto tail; packet sizes have two modes. The batch views all of them, however many. Ends the
 * program when there is no memory. */
void bench_make_records(size_t n, struct weir_batch *records);

/* A view of records [begin, begin + n) of all. */
struct weir_batch bench_view(const struct weir_batch *all, size_t begin, size_t n);

/* Adds a field to the read limit. */
void bench_limit_by(struct bench_columns *columns, const struct weir_batch *records,
                    enum weir_field field);

/* An input as all threads read it, block by block with a cursor each: a bench_body on a struct
 * bench_input. */
struct bench_input {
    struct weir_mem *mem;
    struct weir_input *input;
};
void bench_input_open(struct bench_input *input, const char *path, enum weir_cpu cpu,
                      weir_fields fields);
void bench_input_read(void *context, size_t thread, size_t n_threads);
void bench_input_close(struct bench_input *input);

/* A new directory for files of a bench, and its removal with the one file `path` in it. */
void bench_directory_make(char *directory, size_t capacity);
void bench_directory_remove(const char *directory, const char *path);

/* Ends the program with the message when `status` is no success. */
void bench_check(enum weir_status status, const struct weir_error *err);

/* A generator of 64-bit numbers, the same on every run. */
uint64_t bench_random(uint64_t *state);

#endif
