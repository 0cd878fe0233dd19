/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrivals. */
#include "generate_times.h"

#include "batch.h"
#include "blocks.h"
#include "philox.h"
#include "time_window.h"
#include "whole_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define STREAM_ARRIVALS 1
#define PIECE_RECORDS   1024
#define MS_PER_DAY      86400000
#define RATE_LEAST      1e-6   /* flows per second of a Poisson process */
#define LATEST_MS       0x1p62 /* far beyond what records can tell, and within 64 bits */

void weir_arrivals_init(struct weir_arrivals *arrivals, struct weir_mem *mem)
{
    *arrivals = (struct weir_arrivals){.mem = mem};
}

void weir_arrivals_release(struct weir_arrivals *arrivals)
{
    if (arrivals->mem != NULL)
        weir_mem_free(arrivals->mem, arrivals->sum);
    arrivals->sum = NULL;
}

/* Uniform in (0, 1), of 53 bits. */
static double uniform(uint32_t low, uint32_t high)
{
    const uint64_t bits = ((uint64_t)high << 32 | low) >> 11;
    return ((double)bits + 0.5) * 0x1p-53;
}

/* Uniform numbers of records first + i, i < n <= PIECE_RECORDS. */
static void fill_uniform(const struct weir_arrivals *arrivals, const struct weir_philox_ops *philox,
                         uint64_t first, size_t n, double *u)
{
    uint32_t words[WEIR_PHILOX_WORDS][PIECE_RECORDS];
    uint32_t *const word[WEIR_PHILOX_WORDS] = {words[0], words[1], words[2], words[3]};
    philox->fill(arrivals->seed, STREAM_ARRIVALS, first, n, word);
    for (size_t i = 0; i < n; i++)
        u[i] = uniform(word[0][i], word[1][i]);
}

/* --- Poisson -----------------------------------------------------------------------------------
 */

/* The time between a record and the one before it, as a multiple of the mean. */
static double gap(double u)
{
    return -log(u);
}

struct summing {
    const struct weir_arrivals *arrivals;
    const struct weir_philox_ops *philox;
};

static enum weir_status sum_block(void *context, int thread, uint64_t block, struct weir_error *err)
{
    const struct summing *summing = context;
    const struct weir_arrivals *arrivals = summing->arrivals;
    double u[PIECE_RECORDS];
    double sum = 0;
    (void)thread;
    (void)err;
    for (uint64_t i = 0; i < WEIR_ARRIVAL_BLOCK; i += PIECE_RECORDS) {
        fill_uniform(arrivals, summing->philox, block * WEIR_ARRIVAL_BLOCK + i, PIECE_RECORDS, u);
        for (size_t k = 0; k < PIECE_RECORDS; k++)
            sum += gap(u[k]);
    }
    arrivals->sum[block + 1] = sum;
    return WEIR_OK;
}

static enum weir_status make_poisson(const struct weir_arrivals_request *request,
                                     struct weir_arrivals *arrivals, struct weir_error *err)
{
    struct weir_run *run = request->run;
    arrivals->n = request->n_wanted / WEIR_ARRIVAL_BLOCK;
    arrivals->sum = arrivals->n > SIZE_MAX / 16
                        ? NULL
                        : weir_mem_zalloc(arrivals->mem, arrivals->n + 1, sizeof *arrivals->sum);
    if (arrivals->sum == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the arrivals of %" PRIu64 " records",
                              request->n_wanted);
    struct summing summing = {.arrivals = arrivals, .philox = run->kernels.philox};
    const enum weir_status status =
        weir_blocks_run(run->n_threads, arrivals->n, sum_block, &summing, err);
    for (uint64_t b = 1; b <= arrivals->n; b++)
        arrivals->sum[b] += arrivals->sum[b - 1];
    return status;
}

static void fill_poisson(const struct weir_arrivals *arrivals, const double *u, size_t n,
                         double *elapsed, uint64_t *at_ms)
{
    for (size_t i = 0; i < n; i++) {
        *elapsed += gap(u[i]);
        at_ms[i] = arrivals->start_ms + (uint64_t)fmin(*elapsed * arrivals->gap_ms, LATEST_MS);
    }
}

/* --- series ------------------------------------------------------------------------------------
 */

/* The day of a file of a csv_series, which is called DAY.flows, DAY.packets or DAY.octets, in ms
 * since 1970; 0 when it is called otherwise: 2015.txt does not stand for a day of 1975. */
static uint64_t day_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strchr(name, '.');
    uint64_t day = 0;
    if (dot == NULL || !weir_number_parse_u64(name, (size_t)(dot - name), &day) || day > 49710)
        return 0;
    const bool is_series =
        strcmp(dot, ".flows") == 0 || strcmp(dot, ".packets") == 0 || strcmp(dot, ".octets") == 0;
    return is_series ? day * MS_PER_DAY : 0;
}

static enum weir_status read_seconds(const struct weir_whole_text *text,
                                     struct weir_arrivals *arrivals, struct weir_error *err)
{
    const char *at = text->data;
    const char *end = text->data + text->n;
    arrivals->n = 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline == NULL ? end : newline;
        double value = 0;
        if (!weir_number_parse_real(at, (size_t)(stop - at), &value) || !(value >= 0))
            return weir_error_set(
                err, WEIR_FORMAT, "%s:%" PRIu64 ": expected a number of flows, but found \"%.*s\"",
                text->path, arrivals->n + 1, (int)(stop - at < 40 ? stop - at : 40), at);
        arrivals->sum[arrivals->n + 1] = arrivals->sum[arrivals->n] + value;
        arrivals->n++;
        at = newline == NULL ? end : newline + 1;
    }
    if (arrivals->n > 0 && arrivals->sum[arrivals->n] > 0 && isfinite(arrivals->sum[arrivals->n]))
        return WEIR_OK;
    return weir_error_set(err, WEIR_FORMAT, "%s: expected seconds with flows, but found none",
                          text->path);
}

static enum weir_status make_series(const char *path, struct weir_arrivals *arrivals,
                                    struct weir_error *err)
{
    struct weir_whole_text text;
    enum weir_status status =
        weir_whole_text_open(path, "a series of flows per second", arrivals->mem, &text, err);
    if (status == WEIR_OK) {
        size_t n_lines = 1;
        for (size_t i = 0; i < text.n; i++)
            n_lines += text.data[i] == '\n';
        arrivals->sum = weir_mem_zalloc(arrivals->mem, n_lines + 1, sizeof *arrivals->sum);
        status =
            arrivals->sum == NULL
                ? weir_error_set(err, WEIR_MEMORY, "%s: no memory for %zu seconds", path, n_lines)
                : read_seconds(&text, arrivals, err);
    }
    weir_whole_text_close(&text);
    return status;
}

static void fill_series(const struct weir_arrivals *arrivals, const double *u, uint64_t first,
                        size_t n, uint64_t *at_ms)
{
    const double total = arrivals->sum[arrivals->n];
    for (size_t i = 0; i < n; i++) {
        const double place = ((double)(first + i) + u[i]) / (double)arrivals->n_records * total;
        uint64_t low = 0;
        uint64_t high = arrivals->n;
        while (high - low > 1) {
            const uint64_t middle = low + (high - low) / 2;
            if (arrivals->sum[middle] <= place)
                low = middle;
            else
                high = middle;
        }
        const double flows = arrivals->sum[low + 1] - arrivals->sum[low];
        const double part = flows > 0 ? (place - arrivals->sum[low]) / flows : 0;
        at_ms[i] = arrivals->start_ms + 1000 * low + (uint64_t)fmin(part * 1000, 999);
    }
}

/* --- arrivals ----------------------------------------------------------------------------------
 */

static enum weir_status parse_start(const char *text, uint64_t *ms, struct weir_error *err)
{
    weir_i128 start = 0;
    const enum weir_status status = weir_time_parse(text, &start, err);
    if (status != WEIR_OK) {
        weir_error_prepend(err, "--start: ");
        return status;
    }
    if (start < 0 || start / 1000 > UINT32_MAX)
        return weir_error_set(err, WEIR_USAGE, "--start: expected a time from 1970 to 2106");
    *ms = (uint64_t)start;
    return WEIR_OK;
}

/* Sets start_ms and, for a Poisson process, gap_ms; *path is that of a series, else NULL. */
static enum weir_status parse_arrivals(const char *text, const char *start,
                                       struct weir_arrivals *arrivals, const char **path,
                                       struct weir_error *err)
{
    static const char poisson[] = "poisson:";
    static const char series[] = WEIR_ARRIVALS_SERIES;
    *path = strncmp(text, series, strlen(series)) == 0 ? text + strlen(series) : NULL;
    if (start != NULL) {
        const enum weir_status status = parse_start(start, &arrivals->start_ms, err);
        if (status != WEIR_OK)
            return status;
    } else if (*path != NULL) {
        arrivals->start_ms = day_of(*path);
    }
    if (*path != NULL)
        return WEIR_OK;
    const char *number = text + strlen(poisson);
    double rate = 0;
    if (strncmp(text, poisson, strlen(poisson)) != 0 ||
        !weir_number_parse_real(number, strlen(number), &rate))
        return weir_error_set(err, WEIR_USAGE,
                              "--arrivals: expected poisson:RATE, in flows per second, or "
                              "series:FILE, but found \"%s\"",
                              text);
    if (!(rate >= RATE_LEAST))
        return weir_error_set(
            err, WEIR_USAGE,
            "--arrivals: expected poisson:RATE of at least %g flows per second, but "
            "found %s",
            RATE_LEAST, number);
    arrivals->gap_ms = 1000 / rate;
    return WEIR_OK;
}

enum weir_status weir_arrivals_check(const char *text, const char *start, struct weir_error *err)
{
    struct weir_arrivals arrivals = {0};
    const char *path = NULL;
    return parse_arrivals(text, start, &arrivals, &path, err);
}

enum weir_status weir_arrivals_make(const struct weir_arrivals_request *request,
                                    struct weir_arrivals *arrivals, struct weir_error *err)
{
    const char *path = NULL;
    arrivals->seed = request->seed;
    arrivals->n_records = request->n_records;
    const enum weir_status status =
        parse_arrivals(request->text, request->start, arrivals, &path, err);
    if (status != WEIR_OK)
        return status;
    return path != NULL ? make_series(path, arrivals, err) : make_poisson(request, arrivals, err);
}

void weir_arrivals_fill(const struct weir_arrivals *arrivals, const struct weir_philox_ops *philox,
                        uint64_t first, size_t n, double *elapsed, uint64_t *at_ms)
{
    double u[PIECE_RECORDS];
    if (first % WEIR_ARRIVAL_BLOCK == 0 && arrivals->gap_ms > 0)
        *elapsed = arrivals->sum[first / WEIR_ARRIVAL_BLOCK];
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        fill_uniform(arrivals, philox, first + done, n_piece, u);
        if (arrivals->gap_ms > 0)
            fill_poisson(arrivals, u, n_piece, elapsed, at_ms + done);
        else
            fill_series(arrivals, u, first + done, n_piece, at_ms + done);
        done += n_piece;
    }
}
