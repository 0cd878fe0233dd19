/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing sorted records through a format: text, or nothing. */
#ifndef WEIR_SORT_EMIT_H
#define WEIR_SORT_EMIT_H

#include "sort_memory.h"

/* What is written, and where to. */
struct weir_sort_emit {
    const struct weir_sort_job *job;
    const struct weir_schema *schema; /* of the table's columns */
    const uint32_t *order;            /* or NULL: straight on, or backwards */
    bool backwards;
    struct weir_writer *writer; /* has job->n_threads lanes */
    struct weir_progress *progress;
};

/* Writes record order[i] of the table as the i-th, for all of them: encoded in parallel, in order.
 * Statuses of the format; messages name the record that is to blame by its place in the result.
 * WEIR_MEMORY, WEIR_CANCELLED. */
enum weir_status weir_sort_emit(const struct weir_sort_emit *emit,
                                struct weir_error *err) WEIR_MUST_CHECK;

#endif
