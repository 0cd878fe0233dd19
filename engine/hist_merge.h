/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorted streams of bins, in memory or in a file, merged into one.
 *
 * A stream gives rows of 128-bit numbers: the lower edge of a bin, flows, sums of the parts; edges
 * ascend strictly. It borrows what it walks. Merging adds the rows of equal edges.
 *
 * One thread at a time.
 */
#ifndef WEIR_HIST_MERGE_H
#define WEIR_HIST_MERGE_H

#include "hist_entries.h"
#include "hist_values.h"
#include "status.h"

#define WEIR_HIST_NUMBERS_MAX (2 + WEIR_HIST_PARTS_MAX) /* edge, flows, parts */

struct weir_hist_stream {
    weir_u128 row[WEIR_HIST_NUMBERS_MAX]; /* where the stream is */
    size_t n_numbers;
    /* entries in memory: [next, end) */
    const uint64_t *next, *end;
    size_t entry_words;
    unsigned number_words;
    bool is_dense;    /* entries have no key: it follows from the index */
    unsigned bin_exp; /* of dense indices; 0: the index is the edge */
    size_t index;
    /* entries in a file that follow those in memory */
    int fd;
    uint64_t offset_bytes;
    uint64_t n_left;
    uint64_t *buffer;
    size_t buffer_entries;
};

/* Walks `n` entries of a dense table: rows of `stride` words, flows first. `bin_exp` 0: one entry
 * per value. Empty entries are passed over. */
void weir_hist_stream_dense(struct weir_hist_stream *stream, const uint64_t *table, size_t n,
                            size_t stride, unsigned bin_exp, size_t n_numbers);

/* Walks a sorted table. */
void weir_hist_stream_entries(struct weir_hist_stream *stream,
                              const struct weir_hist_entries *sorted, size_t n_numbers);

/* Walks `n` entries of two-word numbers that lie in `fd` from `offset_bytes` on, through `buffer`
 * with room for `buffer_entries` of them (1 and more). */
struct weir_hist_file_range {
    int fd;
    uint64_t offset_bytes;
    uint64_t n_entries;
};
void weir_hist_stream_file(struct weir_hist_stream *stream,
                           const struct weir_hist_file_range *range, uint64_t *buffer,
                           size_t buffer_entries, size_t n_numbers);

/* Steps to the next row (the first one at first), which is then in stream->row. WEIR_END behind the
 * last one, WEIR_IO when the file cannot be read. */
enum weir_status weir_hist_stream_next(struct weir_hist_stream *stream,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Receives a merged row. */
typedef enum weir_status weir_hist_row_sink(void *context, const weir_u128 *row,
                                            struct weir_error *err);

/* Hands the merged rows of `n` streams to `sink`, in ascending order. WEIR_LIMIT: a sum does not
 * fit into 128 bits; WEIR_IO: a scratch file cannot be read; WEIR_MEMORY; WEIR_CANCELLED after a
 * stop signal; and whatever the sink says. */
enum weir_status weir_hist_merge(struct weir_hist_stream *streams, size_t n,
                                 weir_hist_row_sink *sink, void *context, struct weir_mem *mem,
                                 struct weir_error *err) WEIR_MUST_CHECK;

#endif
