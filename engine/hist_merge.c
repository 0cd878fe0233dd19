/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging streams of bins with a binary heap of their current edges. */
#include "hist_merge.h"

#include "guard.h"
#include "scratch_file.h"

#define ROWS_PER_LOOK 4096 /* rows between looks at the stop flag */

void weir_hist_stream_dense(struct weir_hist_stream *stream, const uint64_t *table, size_t n,
                            size_t stride, unsigned bin_exp, size_t n_numbers)
{
    *stream = (struct weir_hist_stream){.n_numbers = n_numbers,
                                        .next = table,
                                        .end = n == 0 ? table : table + n * stride,
                                        .entry_words = stride,
                                        .number_words = 1,
                                        .is_dense = true,
                                        .bin_exp = bin_exp,
                                        .fd = -1};
}

void weir_hist_stream_entries(struct weir_hist_stream *stream,
                              const struct weir_hist_entries *sorted, size_t n_numbers)
{
    *stream = (struct weir_hist_stream){.n_numbers = n_numbers,
                                        .next = sorted->words,
                                        .end = sorted->words + sorted->used * sorted->entry_words,
                                        .entry_words = sorted->entry_words,
                                        .number_words = sorted->number_words,
                                        .fd = -1};
}

void weir_hist_stream_file(struct weir_hist_stream *stream,
                           const struct weir_hist_file_range *range, uint64_t *buffer,
                           size_t buffer_entries, size_t n_numbers)
{
    *stream = (struct weir_hist_stream){.n_numbers = n_numbers,
                                        .entry_words = 2 * n_numbers,
                                        .number_words = 2,
                                        .fd = range->fd,
                                        .offset_bytes = range->offset_bytes,
                                        .n_left = range->n_entries,
                                        .buffer = buffer,
                                        .buffer_entries = buffer_entries};
}

/* Reads the next entries of a file into the buffer. */
static enum weir_status refill(struct weir_hist_stream *stream, struct weir_error *err)
{
    const size_t n =
        stream->n_left < stream->buffer_entries ? (size_t)stream->n_left : stream->buffer_entries;
    const size_t bytes = n * stream->entry_words * sizeof(uint64_t);
    const enum weir_status status =
        weir_scratch_read(stream->fd, stream->buffer, bytes, stream->offset_bytes, err);
    if (status != WEIR_OK)
        return status;
    stream->offset_bytes += bytes;
    stream->n_left -= n;
    stream->next = stream->buffer;
    stream->end = stream->buffer + n * stream->entry_words;
    return WEIR_OK;
}

static void take_dense(struct weir_hist_stream *stream)
{
    stream->row[0] =
        stream->bin_exp == 0 ? stream->index : weir_log_hist_lo(stream->index, stream->bin_exp);
    for (size_t k = 1; k < stream->n_numbers; k++)
        stream->row[k] = stream->next[k - 1];
    stream->next += stream->entry_words;
    stream->index++;
}

static void take_entry(struct weir_hist_stream *stream)
{
    for (size_t k = 0; k < stream->n_numbers; k++)
        stream->row[k] =
            stream->number_words == 1 ? stream->next[k] : weir_hist_number(stream->next, k);
    stream->next += stream->entry_words;
}

enum weir_status weir_hist_stream_next(struct weir_hist_stream *stream, struct weir_error *err)
{
    if (stream->is_dense)
        while (stream->next != stream->end && *stream->next == 0) {
            stream->next += stream->entry_words;
            stream->index++;
        }
    if (stream->next == stream->end) {
        if (stream->n_left == 0)
            return WEIR_END;
        const enum weir_status status = refill(stream, err);
        if (status != WEIR_OK)
            return status;
    }
    if (stream->is_dense)
        take_dense(stream);
    else
        take_entry(stream);
    return WEIR_OK;
}

/* A heap of streams, the one with the smallest edge on top. */
struct heap {
    struct weir_hist_stream **stream;
    size_t n;
};

static void sift_down(struct heap *heap, size_t i)
{
    struct weir_hist_stream *moved = heap->stream[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < heap->n && heap->stream[child + 1]->row[0] < heap->stream[child]->row[0])
            child++;
        if (child >= heap->n || moved->row[0] <= heap->stream[child]->row[0])
            break;
        heap->stream[i] = heap->stream[child];
        i = child;
    }
    heap->stream[i] = moved;
}

/* Steps the top stream on and puts the heap in order again. */
static enum weir_status advance_top(struct heap *heap, struct weir_error *err)
{
    const enum weir_status status = weir_hist_stream_next(heap->stream[0], err);
    if (status != WEIR_OK && status != WEIR_END)
        return status;
    if (status == WEIR_END)
        heap->stream[0] = heap->stream[--heap->n];
    if (heap->n != 0)
        sift_down(heap, 0);
    return WEIR_OK;
}

static enum weir_status fill_heap(struct heap *heap, struct weir_hist_stream *streams, size_t n,
                                  struct weir_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const enum weir_status status = weir_hist_stream_next(&streams[i], err);
        if (status == WEIR_OK)
            heap->stream[heap->n++] = &streams[i];
        else if (status != WEIR_END)
            return status;
    }
    for (size_t i = heap->n / 2; i-- > 0;)
        sift_down(heap, i);
    return WEIR_OK;
}

static enum weir_status add_row(weir_u128 *sum, const struct weir_hist_stream *stream,
                                struct weir_error *err)
{
    for (size_t k = 1; k < stream->n_numbers; k++)
        if (__builtin_add_overflow(sum[k], stream->row[k], &sum[k])) {
            char lo[WEIR_NUMBER_CAPACITY];
            return weir_error_set(
                err, WEIR_LIMIT, "a sum in the bin at %s: expected less than 2^128, but found more",
                weir_number_text_u128(lo, sum[0]));
        }
    return WEIR_OK;
}

static enum weir_status merge_heap(struct heap *heap, weir_hist_row_sink *sink, void *context,
                                   struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (uint64_t n_rows = 0; heap->n != 0 && status == WEIR_OK; n_rows++) {
        if (n_rows % ROWS_PER_LOOK == 0 && weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
        weir_u128 row[WEIR_HIST_NUMBERS_MAX] = {heap->stream[0]->row[0]};
        while (status == WEIR_OK && heap->n != 0 && heap->stream[0]->row[0] == row[0]) {
            status = add_row(row, heap->stream[0], err);
            if (status == WEIR_OK)
                status = advance_top(heap, err);
        }
        if (status == WEIR_OK)
            status = sink(context, row, err);
    }
    return status;
}

enum weir_status weir_hist_merge(struct weir_hist_stream *streams, size_t n,
                                 weir_hist_row_sink *sink, void *context, struct weir_mem *mem,
                                 struct weir_error *err)
{
    struct heap heap = {.stream = weir_mem_alloc(mem, n * sizeof(struct weir_hist_stream *))};
    if (heap.stream == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to merge %zu parts of a histogram", n);
    enum weir_status status = fill_heap(&heap, streams, n, err);
    if (status == WEIR_OK)
        status = merge_heap(&heap, sink, context, err);
    weir_mem_free(mem, heap.stream);
    return status;
}
