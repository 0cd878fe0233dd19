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
#include "generate_record.h"
#include "progress.h"
#include "run.h"

/* Columns of the records that go to a format: all 21 fields where they are complete, else those
 * that the format needs, packets and octets. */
void weir_generate_schema(const struct weir_format *format, bool complete,
                          struct weir_schema *schema);

struct weir_generate_write {
    const struct weir_generate_source *source;
    struct weir_run *run;
    uint64_t first, n;                /* the slice of flows to be written */
    const struct weir_schema *schema; /* that of the writer */
    struct weir_writer *writer;       /* with a lane for each thread */
    struct weir_progress *progress;   /* or NULL */
};

/* Writes the records; the writer stays the caller's. Statuses of the format; WEIR_MEMORY;
 * WEIR_CANCELLED. */
enum weir_status weir_generate_write(const struct weir_generate_write *request,
                                     struct weir_error *err) WEIR_MUST_CHECK;

#endif
