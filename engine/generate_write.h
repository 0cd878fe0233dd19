/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated records on their way to a writer: made and encoded in parallel, written in order.
 *
 * Blocks of records are handed out to threads; what is in a record depends on the seed and on its
 * number alone, so the output is the same for any number of threads, and a slice is a part of the
 * whole. Memory is that of a block per thread.
 */
#ifndef WEIR_GENERATE_WRITE_H
#define WEIR_GENERATE_WRITE_H

#include "format.h"
#include "generate_expand.h"
#include "progress.h"
#include "run.h"

/* What records are made of. One of `table` and `expand` is set. */
struct weir_generate_source {
    const struct weir_sample_table *table;
    const struct weir_expand *expand;
    enum weir_hist_x x; /* x is packets (WEIR_X_LENGTH) or octets (WEIR_X_SIZE) */
    uint64_t seed;
};

/* Columns of the records that go to a format: those that it needs, packets and octets. */
void weir_generate_schema(const struct weir_format *format, struct weir_schema *schema);

/* Makes packets[i] and octets[i] of records first + i, i < n. Any thread. */
void weir_generate_make(const struct weir_generate_source *source,
                        const struct weir_kernels *kernels, uint64_t first, size_t n,
                        uint64_t *packets, uint64_t *octets);

struct weir_generate_write {
    const struct weir_generate_source *source;
    struct weir_run *run;
    uint64_t first, n;                /* the slice of records to be written */
    const struct weir_schema *schema; /* that of the writer */
    struct weir_writer *writer;       /* with a lane for each thread */
    struct weir_progress *progress;   /* or NULL */
};

/* Writes the records; the writer stays the caller's. Statuses of the format; WEIR_MEMORY;
 * WEIR_CANCELLED. */
enum weir_status weir_generate_write(const struct weir_generate_write *request,
                                     struct weir_error *err) WEIR_MUST_CHECK;

#endif
