/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of bins in an unnamed file, merged by levels. */
#include "hist_spill.h"

#include "scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#define WRITE_ENTRIES 512 /* 64 KB of the widest entries */
#define READ_ENTRIES  128 /* the same for 16 runs and a few */

void weir_hist_spill_init(struct weir_hist_spill *spill, const char *directory, size_t n_numbers,
                          struct weir_mem *mem)
{
    *spill = (struct weir_hist_spill){
        .directory = directory, .n_numbers = n_numbers, .mem = mem, .fd = -1};
}

void weir_hist_spill_release(struct weir_hist_spill *spill)
{
    if (spill->fd >= 0)
        close(spill->fd);
    if (spill->mem != NULL)
        weir_mem_free(spill->mem, spill->buffer);
    *spill = (struct weir_hist_spill){.fd = -1};
}

static size_t entry_bytes(const struct weir_hist_spill *spill)
{
    return spill->n_numbers * sizeof(weir_u128);
}

static enum weir_status start(struct weir_hist_spill *spill, struct weir_error *err)
{
    if (spill->buffer == NULL)
        spill->buffer = weir_mem_alloc(spill->mem, WRITE_ENTRIES * entry_bytes(spill));
    if (spill->buffer == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to write bins to a scratch file");
    return spill->fd >= 0 ? WEIR_OK : weir_scratch_open(spill->directory, &spill->fd, err);
}

static enum weir_status flush(struct weir_hist_spill *spill, struct weir_error *err)
{
    const size_t bytes = spill->n_buffered * entry_bytes(spill);
    const enum weir_status status = weir_scratch_write(spill->fd, spill->directory, spill->buffer,
                                                       bytes, spill->end_bytes, err);
    if (status != WEIR_OK)
        return status;
    spill->end_bytes += bytes;
    spill->n_buffered = 0;
    return WEIR_OK;
}

/* Appends a row to the run at the end of the list; a sink of merges. */
static enum weir_status append_row(void *context, const weir_u128 *row, struct weir_error *err)
{
    struct weir_hist_spill *spill = context;
    uint64_t *entry = spill->buffer + spill->n_buffered * 2 * spill->n_numbers;
    for (size_t k = 0; k < spill->n_numbers; k++)
        weir_hist_number_set(entry, k, row[k]);
    spill->run[spill->n_runs].n_entries++;
    if (++spill->n_buffered < WRITE_ENTRIES)
        return WEIR_OK;
    return flush(spill, err);
}

/* Writes the merged rows of `streams` as one more run. */
static enum weir_status append_run(struct weir_hist_spill *spill, unsigned level,
                                   struct weir_hist_stream *streams, size_t n,
                                   struct weir_error *err)
{
    if (spill->n_runs == WEIR_HIST_RUNS_MAX)
        return weir_error_set(err, WEIR_LIMIT, "%s: expected fewer scratch runs, but found %d",
                              spill->directory, WEIR_HIST_RUNS_MAX);
    spill->run[spill->n_runs] =
        (struct weir_hist_run){.offset_bytes = spill->end_bytes, .level = level};
    enum weir_status status = weir_hist_merge(streams, n, append_row, spill, spill->mem, err);
    if (status == WEIR_OK)
        status = flush(spill, err);
    if (status == WEIR_OK)
        spill->n_runs++;
    return status;
}

static void stream_run(const struct weir_hist_spill *spill, size_t run,
                       struct weir_hist_stream *stream, uint64_t *buffer, size_t buffer_entries)
{
    const struct weir_hist_file_range range = {.fd = spill->fd,
                                               .offset_bytes = spill->run[run].offset_bytes,
                                               .n_entries = spill->run[run].n_entries};
    weir_hist_stream_file(stream, &range, buffer, buffer_entries, spill->n_numbers);
}

/* Replaces the last sixteen runs, which are of one level, by one of the next. */
static enum weir_status merge_level(struct weir_hist_spill *spill, struct weir_error *err)
{
    const size_t first = spill->n_runs - WEIR_HIST_FAN_IN;
    const size_t words = READ_ENTRIES * 2 * spill->n_numbers;
    struct weir_hist_stream *streams =
        weir_mem_alloc(spill->mem, WEIR_HIST_FAN_IN * sizeof *streams);
    uint64_t *buffers = weir_mem_alloc(spill->mem, WEIR_HIST_FAN_IN * words * sizeof(uint64_t));
    enum weir_status status = WEIR_OK;
    if (streams == NULL || buffers == NULL) {
        status = weir_error_set(err, WEIR_MEMORY, "no memory to merge scratch runs");
        goto out;
    }
    for (size_t i = 0; i < WEIR_HIST_FAN_IN; i++)
        stream_run(spill, first + i, &streams[i], buffers + i * words, READ_ENTRIES);
    const uint64_t begin = spill->run[first].offset_bytes;
    const uint64_t end = spill->end_bytes;
    status = append_run(spill, spill->run[first].level + 1, streams, WEIR_HIST_FAN_IN, err);
    if (status == WEIR_OK) {
        spill->run[first] = spill->run[spill->n_runs - 1];
        spill->n_runs = first + 1;
        /* Only a wish: where holes cannot be made, the file just keeps its size. */
        (void)fallocate(spill->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)begin,
                        (off_t)(end - begin));
    }
out:
    weir_mem_free(spill->mem, buffers);
    weir_mem_free(spill->mem, streams);
    return status;
}

static bool level_is_full(const struct weir_hist_spill *spill)
{
    if (spill->n_runs < WEIR_HIST_FAN_IN)
        return false;
    return spill->run[spill->n_runs - WEIR_HIST_FAN_IN].level ==
           spill->run[spill->n_runs - 1].level;
}

enum weir_status weir_hist_spill_write(struct weir_hist_spill *spill,
                                       const struct weir_hist_entries *sorted,
                                       struct weir_error *err)
{
    enum weir_status status = start(spill, err);
    if (status != WEIR_OK)
        return status;
    struct weir_hist_stream stream;
    weir_hist_stream_entries(&stream, sorted, spill->n_numbers);
    status = append_run(spill, 0, &stream, 1, err);
    while (status == WEIR_OK && level_is_full(spill))
        status = merge_level(spill, err);
    return status;
}

void weir_hist_spill_streams(const struct weir_hist_spill *spill, struct weir_hist_stream *streams,
                             uint64_t *buffers, size_t buffer_entries)
{
    for (size_t i = 0; i < spill->n_runs; i++)
        stream_run(spill, i, &streams[i], buffers + i * buffer_entries * 2 * spill->n_numbers,
                   buffer_entries);
}
