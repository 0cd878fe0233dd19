/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where sorted records go: whole pieces of columns at their places, from any thread.
 *
 * The columns of a table go to the trace being written. One more column, the last one, may hold the
 * positions that the records had in the input; it goes to the index file, in the index's type.
 */
#ifndef WEIR_SORT_SINK_H
#define WEIR_SORT_SINK_H

#include "output.h"
#include "progress.h"
#include "sort_keys.h"

struct weir_sort_sink {
    struct weir_columns_draft *draft; /* NULL: only the index is written */
    struct weir_output *index;        /* NULL: positions are not kept */
    enum weir_type index_type;        /* U8, U16, U32 or U64 */
    struct weir_progress *progress;   /* or NULL */
};

/* The narrowest unsigned type of 1, 2, 4 or 8 bytes that can count to `n`: B up to 2^8, H up to
 * 2^16, I up to 2^32. */
enum weir_type weir_sort_index_type(uint64_t n);

/* Writes `n` values of `type` at record `begin` of column `column`, a column of the draft. Does
 * nothing without a draft. Any thread. WEIR_IO, WEIR_CANCELLED. */
enum weir_status weir_sort_sink_write(const struct weir_sort_sink *sink, size_t column,
                                      enum weir_type type, uint64_t begin, size_t n,
                                      const void *values, struct weir_error *err) WEIR_MUST_CHECK;

/* Writes `n` positions, values of `type` (U32 or U64), at record `begin` of the index. Does nothing
 * without an index. Any thread. WEIR_IO, WEIR_CANCELLED. */
enum weir_status weir_sort_sink_write_positions(const struct weir_sort_sink *sink,
                                                enum weir_type type, uint64_t begin, size_t n,
                                                const void *positions,
                                                struct weir_error *err) WEIR_MUST_CHECK;

/* Counts `n` bytes that were read or written for the progress line. Any thread. */
static inline void weir_sort_sink_tick(const struct weir_sort_sink *sink, uint64_t records,
                                       uint64_t bytes)
{
    if (sink->progress != NULL)
        weir_progress_tick(sink->progress, records, bytes);
}

#endif
