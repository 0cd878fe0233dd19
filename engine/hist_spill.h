/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorted runs of bins in a scratch file, for histograms that do not fit into memory.
 *
 * The file has no name: it is gone when it is closed, however the process ends. Runs are merged
 * sixteen at a time as they come (each time into one run of the next level), so that a histogram
 * of any size ends with few of them; the space of merged runs is given back to the file system.
 *
 * One thread at a time.
 */
#ifndef WEIR_HIST_SPILL_H
#define WEIR_HIST_SPILL_H

#include "hist_merge.h"

#define WEIR_HIST_FAN_IN   16
#define WEIR_HIST_RUNS_MAX (WEIR_HIST_FAN_IN * 16)

struct weir_hist_run {
    uint64_t offset_bytes;
    uint64_t n_entries;
    unsigned level;
};

struct weir_hist_spill {
    const char *directory; /* borrowed */
    size_t n_numbers;
    struct weir_mem *mem;
    int fd; /* -1 until the first run */
    uint64_t end_bytes;
    uint64_t *buffer; /* entries of the run being written */
    size_t n_buffered;
    struct weir_hist_run run[WEIR_HIST_RUNS_MAX]; /* levels descend */
    size_t n_runs;
};

/* Starts with no file. `directory` is where it will be made. */
void weir_hist_spill_init(struct weir_hist_spill *spill, const char *directory, size_t n_numbers,
                          struct weir_mem *mem);
void weir_hist_spill_release(struct weir_hist_spill *spill);

/* Writes a sorted table as a run, and merges runs when there are enough. WEIR_IO, WEIR_MEMORY (some
 * hundred KB of buffers), WEIR_CANCELLED; WEIR_LIMIT as of weir_hist_merge. */
enum weir_status weir_hist_spill_write(struct weir_hist_spill *spill,
                                       const struct weir_hist_entries *sorted,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Makes streams of the runs (spill->n_runs of them); `buffers` has room for `buffer_entries`
 * entries for each. */
void weir_hist_spill_streams(const struct weir_hist_spill *spill, struct weir_hist_stream *streams,
                             uint64_t *buffers, size_t buffer_entries);

#endif
