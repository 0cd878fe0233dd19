/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of a scan: bytes done, records, rate, and time left, on one line of the terminal.
 *
 * The threads of a scan tick as they finish blocks; a timer thread turns the counts into a line at
 * most five times a second (once a second where stderr is no terminal). The line is taken away at
 * the end. With --log json each line is an object of level "progress".
 *
 *     struct weir_progress progress;
 *     weir_progress_start(&progress, run, weir_source_bytes(source));
 *     ... weir_progress_tick(&progress, n_records, n_bytes);       // any thread
 *     weir_progress_stop(&progress);
 */
#ifndef WEIR_PROGRESS_H
#define WEIR_PROGRESS_H

#include "run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_progress {
    _Atomic uint64_t records;
    _Atomic uint64_t bytes;
    uint64_t total_bytes; /* 0: unknown */
    const struct weir_run *run;
    double started_s;
    bool running; /* the timer thread exists */
    bool stop;    /* under the mutex: it shall end */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

/* Starts counting towards `total_bytes` (0: unknown) and, when run->progress, showing. A timer
 * thread that cannot be had is no error. `run` and `progress` must stay where they are until
 * weir_progress_stop. */
void weir_progress_start(struct weir_progress *progress, const struct weir_run *run,
                         uint64_t total_bytes);

/* Adds what has been done since the last tick; any thread. Costs two atomic additions: call it per
 * block, not per record. */
static inline void weir_progress_tick(struct weir_progress *progress, uint64_t records,
                                      uint64_t bytes)
{
    atomic_fetch_add_explicit(&progress->records, records, memory_order_relaxed);
    atomic_fetch_add_explicit(&progress->bytes, bytes, memory_order_relaxed);
}

/* Takes the line away and ends the timer thread. Must be called once after a start. */
void weir_progress_stop(struct weir_progress *progress);

/* Writes the progress line of a moment, without newline, to `out`; returns out. For tests. */
char *weir_progress_text(uint64_t records, uint64_t bytes, uint64_t total_bytes, double seconds,
                         char *out, size_t capacity);

#endif
