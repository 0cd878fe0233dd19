/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fuzz targets share: hostile bytes as files and pipes, and checks that end the process.
 *
 * A target is one function, LLVMFuzzerTestOneInput, called with one input after the other by
 * libFuzzer or by replay.c. It feeds the bytes to the program's own functions in several ways and
 * requires that the answers agree: FUZZ_REQUIRE aborts otherwise, so that the input is kept.
 */
#ifndef WEIR_FUZZ_H
#define WEIR_FUZZ_H

#include "format.h"

#include <stdio.h>
#include <stdlib.h>

#define FUZZ_STREAM_BYTES_MAX ((size_t)60000) /* what a pipe takes without a reader */

/* The entry of every target; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Aborts with a message when a promise is broken. */
#define FUZZ_REQUIRE(condition, ...)                                        \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__);                                   \
            fputc('\n', stderr);                                            \
            abort();                                                        \
        }                                                                   \
    } while (0)

/* Every failure has a message of one line, and nothing else has one. */
void fuzz_check_status(enum weir_status status, const struct weir_error *err);

/* Everything that was taken from the account was given back. */
void fuzz_check_no_leak(const struct weir_mem *mem);

/* A descriptor of a file that holds `n` bytes; the caller closes it. */
int fuzz_file(const uint8_t *data, size_t n);

/* The reading end of a pipe that holds at most FUZZ_STREAM_BYTES_MAX bytes; the caller closes it.
 */
int fuzz_pipe(const uint8_t *data, size_t n);

/* A number that depends on the input alone, for choices that need not be in its bytes. */
uint64_t fuzz_hash(const uint8_t *data, size_t n);

/* All records of an input, added up so that order, place and value of each count. */
struct fuzz_answer {
    enum weir_status status;
    struct weir_error err;
    uint64_t n_records;
    uint64_t n_inputs_records; /* what the input promised before it was read */
    uint64_t digest;
    uint64_t reject_digest;
    struct weir_losses losses;
};

/* Reads all blocks of an opened input, with two cursors in turn, and closes it. Numbers of the
 * schema's types are checked against the views. */
void fuzz_read_input(struct weir_input *input, weir_fields fields, struct fuzz_answer *answer);

/* The same for what `request` opens. */
void fuzz_read(const struct weir_format *format, const struct weir_open_request *request,
               struct fuzz_answer *answer);

/* Both answers must have the same status, message, records, rejects and losses. */
void fuzz_check_same(const struct fuzz_answer *a, const struct fuzz_answer *b, const char *what);

/* Reads once more while the n-th request for memory fails: that must be reported, or not matter. */
void fuzz_read_without_memory(const struct weir_format *format,
                              const struct weir_open_request *request,
                              const struct fuzz_answer *want, uint64_t n_th);

#endif
