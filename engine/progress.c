/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of a scan: bytes done, records, rate, and time left, on one line of the terminal. */
#include "progress.h"

#include "message.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

char *weir_progress_text(uint64_t records, uint64_t bytes, uint64_t total_bytes, double seconds,
                         char *out, size_t capacity)
{
    char done[WEIR_MESSAGE_NUMBER];
    char total[WEIR_MESSAGE_NUMBER];
    char count[WEIR_MESSAGE_NUMBER];
    char rate[WEIR_MESSAGE_NUMBER];
    const double share = total_bytes == 0       ? 0
                         : bytes >= total_bytes ? 1
                                                : (double)bytes / (double)total_bytes;
    weir_message_bytes((double)bytes, done);
    weir_message_bytes((double)total_bytes, total);
    weir_message_count((double)records, count);
    weir_message_count(seconds > 0 ? (double)records / seconds : 0, rate);
    if (share > 0) {
        const double left_s = seconds / share - seconds + 0.5;
        const long long left = left_s < 1e9 ? (long long)left_s : 999999999;
        snprintf(out, capacity, "%.1f%%, %s of %s, %s records, %s records/s, %lld:%02lld left",
                 100 * share, done, total, count, rate, left / 60, left % 60);
    } else {
        snprintf(out, capacity, "%s%s%s records, %s records/s, %.0f s", bytes != 0 ? done : "",
                 bytes != 0 ? ", " : "", count, rate, seconds);
    }
    return out;
}

static void show(const struct weir_progress *progress, bool terminal)
{
    const struct weir_run *run = progress->run;
    const uint64_t records = atomic_load_explicit(&progress->records, memory_order_relaxed);
    const uint64_t bytes = atomic_load_explicit(&progress->bytes, memory_order_relaxed);
    const double seconds = weir_run_now_s() - progress->started_s;
    if (run->log_json) {
        weir_message_json(json_pack("{s:s, s:I, s:I, s:I, s:f}", "level", "progress", "records",
                                    (json_int_t)records, "bytes", (json_int_t)bytes, "total_bytes",
                                    (json_int_t)progress->total_bytes, "seconds", seconds));
        return;
    }
    char text[160];
    weir_progress_text(records, bytes, progress->total_bytes, seconds, text, sizeof text);
    if (!terminal) {
        weir_message_line(run, "%s", text);
        return;
    }
    char line[200];
    /* A line that wrapped could not be erased. */
    struct winsize window;
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 8;
    const int width = known ? window.ws_col - 7 : (int)sizeof text;
    const int n = snprintf(line, sizeof line, WEIR_MESSAGE_ERASE "weir: %.*s", width, text);
    weir_message_write(line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}

static void *run_timer(void *context)
{
    struct weir_progress *progress = context;
    const bool terminal = !progress->run->log_json && isatty(STDERR_FILENO) == 1;
    const long period_ns = terminal ? 200000000 : 1000000000;
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    pthread_mutex_lock(&progress->mutex);
    while (!progress->stop) {
        due.tv_nsec += period_ns;
        due.tv_sec += due.tv_nsec / 1000000000;
        due.tv_nsec %= 1000000000;
        int rc = 0;
        while (!progress->stop && rc == 0)
            rc = pthread_cond_timedwait(&progress->changed, &progress->mutex, &due);
        if (!progress->stop)
            show(progress, terminal);
    }
    pthread_mutex_unlock(&progress->mutex);
    if (terminal)
        weir_message_write(WEIR_MESSAGE_ERASE, sizeof WEIR_MESSAGE_ERASE - 1);
    return NULL;
}

void weir_progress_start(struct weir_progress *progress, const struct weir_run *run,
                         uint64_t total_bytes)
{
    atomic_init(&progress->records, 0);
    atomic_init(&progress->bytes, 0);
    progress->total_bytes = total_bytes;
    progress->run = run;
    progress->started_s = weir_run_now_s();
    progress->running = false;
    progress->stop = false;
    if (!run->progress)
        return;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&progress->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&progress->mutex, NULL);
    /* Signals are for threads that may be waiting for input: this one takes none. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    progress->running = pthread_create(&progress->thread, NULL, run_timer, progress) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!progress->running) {
        pthread_cond_destroy(&progress->changed);
        pthread_mutex_destroy(&progress->mutex);
    }
}

void weir_progress_stop(struct weir_progress *progress)
{
    if (!progress->running)
        return;
    pthread_mutex_lock(&progress->mutex);
    progress->stop = true;
    pthread_cond_signal(&progress->changed);
    pthread_mutex_unlock(&progress->mutex);
    pthread_join(progress->thread, NULL);
    pthread_cond_destroy(&progress->changed);
    pthread_mutex_destroy(&progress->mutex);
    progress->running = false;
}
