/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one scan. Each thread takes a block, evaluates every branch's filter batch by batch, and
 * hands the selected records on. Where a slice or a sink needs to know what came before, the block
 * waits for its turn in an order of its own: one over the records of the source, one per branch
 * over the records that passed its filter, one per sink. Every block passes these in the same
 * sequence, so that nobody waits in a circle. A failing block closes all orders at its number:
 * earlier blocks finish, later ones are turned away, and the earliest failure wins. */
#include "scan.h"

#include "guard.h"
#include "par.h"
#include "progress.h"
#include "scan_lane.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct branch_state {
    bool in_sliced, out_sliced;
    uint64_t n_before_out; /* records of earlier blocks that passed the filter */
    struct weir_order order_out;
    struct weir_order *order_sink; /* one per consumer; used for sinks */
};

struct scan {
    struct weir_run *run;
    struct weir_source *source;
    struct weir_scan_branch *branches;
    struct branch_state *states;
    size_t n_branches;
    bool in_order; /* some branch needs to know the records before a block */
    uint64_t n_before_in;
    struct weir_order order_in;
    struct weir_output *rejects; /* or NULL */
    struct weir_order order_rejects;
    struct weir_progress progress;
    pthread_mutex_t mutex; /* guards what follows */
    uint64_t failed_at;    /* number of the earliest failing block */
    enum weir_status status;
    struct weir_error error;
    atomic_bool stop;              /* take no more blocks */
    atomic_uint_least64_t done_at; /* all branches have all they want once this block is done */
};

static uint64_t slice_end(const struct weir_slice *slice)
{
    return slice->count > UINT64_MAX - slice->skip ? UINT64_MAX : slice->skip + slice->count;
}

static void close_orders(struct scan *scan, uint64_t limit)
{
    weir_order_close(&scan->order_in, limit);
    weir_order_close(&scan->order_rejects, limit);
    for (size_t b = 0; b < scan->n_branches; b++) {
        weir_order_close(&scan->states[b].order_out, limit);
        for (size_t c = 0; c < scan->branches[b].n_consumers; c++)
            weir_order_close(&scan->states[b].order_sink[c], limit);
    }
}

static void fail_at(struct scan *scan, uint64_t number, enum weir_status status,
                    const struct weir_error *error)
{
    pthread_mutex_lock(&scan->mutex);
    if (number < scan->failed_at) {
        scan->failed_at = number;
        scan->status = status;
        scan->error = *error;
    }
    pthread_mutex_unlock(&scan->mutex);
    atomic_store(&scan->stop, true);
    close_orders(scan, number);
}

/* The part of records [base, base + n) that a slice wants, relative to base. */
static void slice_range(const struct weir_slice *slice, uint64_t base, uint64_t n, uint64_t *begin,
                        uint64_t *end)
{
    const uint64_t stop = slice_end(slice);
    *begin = slice->skip > base ? slice->skip - base : 0;
    *end = stop > base ? stop - base : 0;
    *end = *end < n ? *end : n;
    *begin = *begin < *end ? *begin : *end;
}

/* What one thread knows about the block in hand. */
struct block {
    uint64_t number;
    uint64_t n_records;
};

/* Finds the records of the block that each branch's input slice wants. False: turned away. */
static bool place_input(struct scan *scan, struct weir_scan_lane *lane, const struct block *block,
                        bool *all_done)
{
    uint64_t base = 0;
    *all_done = true;
    if (scan->in_order) {
        if (!weir_order_wait(&scan->order_in, block->number))
            return false;
        base = scan->n_before_in;
        scan->n_before_in += block->n_records;
        weir_order_pass(&scan->order_in, block->number);
    }
    for (size_t b = 0; b < scan->n_branches; b++) {
        struct weir_scan_work *work = &lane->work[b];
        if (scan->states[b].in_sliced) {
            const struct weir_slice *in = &scan->branches[b].in;
            slice_range(in, base, block->n_records, &work->begin, &work->end);
            work->beyond = base >= slice_end(in);
            work->done = base + block->n_records >= slice_end(in);
        } else {
            work->begin = 0;
            work->end = block->n_records;
            work->beyond = work->done = false;
        }
        work->status = WEIR_OK;
        work->n_passed = 0;
        work->records_read = work->end - work->begin;
        work->records_filtered = 0;
        work->records_dropped = 0;
    }
    return true;
}

/* Finds which of the records that passed the filter the output slice wants. A record that the
 * filter could not judge fails the block unless the slice is full before it. */
static enum weir_status place_output(struct scan *scan, struct weir_scan_lane *lane,
                                     const struct block *block, size_t b)
{
    struct branch_state *state = &scan->states[b];
    struct weir_scan_work *work = &lane->work[b];
    if (!weir_order_wait(&state->order_out, block->number))
        return WEIR_CANCELLED;
    const uint64_t base = state->n_before_out;
    state->n_before_out += work->n_passed;
    weir_order_pass(&state->order_out, block->number);
    const struct weir_slice *out = &scan->branches[b].out;
    slice_range(out, base, work->n_passed, &work->out_begin, &work->out_end);
    const bool full = base + work->n_passed >= slice_end(out);
    work->beyond = work->beyond || base >= slice_end(out);
    work->done = work->done || full;
    if (work->beyond)
        work->records_read = work->records_filtered = work->records_dropped =
            0; /* one thread would not have come here */
    if (work->status == WEIR_OK || full)
        return WEIR_OK;
    lane->error = work->error;
    return work->status;
}

/* Lets the sinks of a branch write their part of the block, in order. */
static enum weir_status write_sinks(struct scan *scan, struct weir_scan_lane *lane,
                                    const struct block *block, size_t b)
{
    const struct weir_scan_branch *branch = &scan->branches[b];
    for (size_t c = 0; c < branch->n_consumers; c++) {
        const struct weir_consumer *consumer = &branch->consumers[c];
        if (consumer->place == NULL)
            continue;
        struct weir_order *order = &scan->states[b].order_sink[c];
        if (!weir_order_wait(order, block->number))
            return WEIR_CANCELLED;
        enum weir_status status = consumer->place(consumer->state, lane->index, &lane->error);
        if (status == WEIR_OK) {
            weir_order_pass(order, block->number);
            status = consumer->put(consumer->state, lane->index, &lane->error);
        }
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* First pass: every branch without an output slice is served, batch by batch; the others only
 * count what passes their filter. */
static enum weir_status serve_batches(struct scan *scan, struct weir_scan_lane *lane,
                                      const struct block *block)
{
    for (uint64_t at = 0; at < block->n_records; at += WEIR_BATCH_RECORDS) {
        struct weir_batch batch;
        bool viewed = false;
        for (size_t b = 0; b < scan->n_branches; b++) {
            struct weir_scan_work *work = &lane->work[b];
            if (at >= work->end || at + WEIR_BATCH_RECORDS <= work->begin)
                continue;
            if (scan->states[b].out_sliced && !weir_scan_branch_selects(&scan->branches[b])) {
                work->n_passed = work->end - work->begin;
                continue;
            }
            if (!viewed) {
                const uint64_t left = block->n_records - at;
                weir_source_view(lane->source, at,
                                 left < WEIR_BATCH_RECORDS ? (size_t)left : WEIR_BATCH_RECORDS,
                                 &batch);
                viewed = true;
            }
            const enum weir_status status = scan->states[b].out_sliced
                                                ? weir_scan_lane_count(lane, b, at, &batch)
                                                : weir_scan_lane_serve(lane, b, at, &batch);
            if (status != WEIR_OK)
                return status;
        }
    }
    return WEIR_OK;
}

/* Second pass for a branch with an output slice, now that its place is known. */
static enum weir_status serve_sliced(struct weir_scan_lane *lane, const struct block *block,
                                     size_t b)
{
    struct weir_scan_work *work = &lane->work[b];
    if (work->out_begin == work->out_end)
        return WEIR_OK;
    work->n_passed = 0;
    for (uint64_t at = work->begin / WEIR_BATCH_RECORDS * WEIR_BATCH_RECORDS; at < work->end;
         at += WEIR_BATCH_RECORDS) {
        const uint64_t left = block->n_records - at;
        struct weir_batch batch;
        weir_source_view(lane->source, at,
                         left < WEIR_BATCH_RECORDS ? (size_t)left : WEIR_BATCH_RECORDS, &batch);
        const enum weir_status status = weir_scan_lane_serve(lane, b, at, &batch);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* Appends the block's bad lines to the rejects, in order; none when it lies beyond all slices. */
static enum weir_status write_rejects(struct scan *scan, struct weir_scan_lane *lane,
                                      const struct block *block, bool beyond)
{
    if (!weir_order_wait(&scan->order_rejects, block->number))
        return WEIR_CANCELLED;
    size_t n = 0;
    const char *lines = weir_source_rejects(lane->source, &n);
    const enum weir_status status =
        n == 0 || beyond ? WEIR_OK : weir_output_write(scan->rejects, lines, n, &lane->error);
    if (status == WEIR_OK)
        weir_order_pass(&scan->order_rejects, block->number);
    return status;
}

/* Serves all branches with one block. *all_done: no branch wants anything behind it. The rejects
 * take its bad lines unless all were done before it: one thread would not have come here. */
static enum weir_status serve_block(struct scan *scan, struct weir_scan_lane *lane,
                                    const struct block *block, bool *all_done)
{
    if (!place_input(scan, lane, block, all_done))
        return WEIR_CANCELLED;
    enum weir_status status = serve_batches(scan, lane, block);
    bool beyond = true;
    for (size_t b = 0; b < scan->n_branches && status == WEIR_OK; b++) {
        if (scan->states[b].out_sliced)
            status = place_output(scan, lane, block, b);
        if (status == WEIR_OK && scan->states[b].out_sliced)
            status = serve_sliced(lane, block, b);
        if (status == WEIR_OK)
            status = write_sinks(scan, lane, block, b);
        beyond = beyond && lane->work[b].beyond;
        *all_done = *all_done && lane->work[b].done;
        weir_scan_lane_account(lane, b);
    }
    if (status == WEIR_OK && scan->rejects != NULL)
        status = write_rejects(scan, lane, block, beyond);
    return status;
}

/* One thread's loop. */
static void scan_blocks(struct scan *scan, struct weir_scan_lane *lane)
{
    while (!atomic_load_explicit(&scan->stop, memory_order_relaxed)) {
        struct block block = {0};
        lane->error.message[0] = '\0';
        const enum weir_status loaded =
            weir_source_take(lane->source, &block.number, &block.n_records, &lane->error);
        if (loaded == WEIR_END)
            return;
        if (weir_guard_stop_signal() != 0) {
            weir_error_set(&lane->error, WEIR_CANCELLED, "interrupted");
            fail_at(scan, block.number, WEIR_CANCELLED, &lane->error);
            return;
        }
        /* A bad record spoils the block only when somebody wants records up to it. Either way
         * nothing behind the block may get to the sinks. */
        const struct weir_error load_error = lane->error;
        if (loaded != WEIR_OK)
            close_orders(scan, block.number + 1);
        bool all_done = false;
        enum weir_status status = serve_block(scan, lane, &block, &all_done);
        if (status == WEIR_OK && loaded != WEIR_OK && !all_done) {
            lane->error = load_error;
            status = loaded;
        }
        if (status != WEIR_OK) {
            fail_at(scan, block.number, status, &lane->error);
            return;
        }
        if (all_done) {
            uint64_t before = atomic_load(&scan->done_at);
            while (block.number < before &&
                   !atomic_compare_exchange_weak(&scan->done_at, &before, block.number))
                continue;
            atomic_store(&scan->stop, true);
        }
        if (scan->run->progress) /* or else no cache line is shared in this loop but the ticket's */
            weir_progress_tick(&scan->progress, block.n_records,
                               weir_source_block_bytes(lane->source));
    }
}

static enum weir_status begin_branches(struct scan *scan, struct weir_error *err)
{
    struct weir_mem *mem = &scan->run->mem;
    scan->states = weir_mem_zalloc(mem, scan->n_branches, sizeof *scan->states);
    if (scan->states == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start the scan");
    for (size_t b = 0; b < scan->n_branches; b++) {
        struct weir_scan_branch *branch = &scan->branches[b];
        struct branch_state *state = &scan->states[b];
        branch->records_read = branch->records_filtered = 0;
        branch->records_dropped = branch->records_used = 0;
        weir_order_init(&state->order_out);
        state->order_sink = weir_mem_zalloc(mem, branch->n_consumers, sizeof *state->order_sink);
        if (state->order_sink == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory to start the scan");
        for (size_t c = 0; c < branch->n_consumers; c++)
            weir_order_init(&state->order_sink[c]);
        state->in_sliced = branch->in.skip != 0 || branch->in.count != UINT64_MAX;
        state->out_sliced = branch->out.skip != 0 || branch->out.count != UINT64_MAX;
        scan->in_order = scan->in_order || state->in_sliced;
    }
    return WEIR_OK;
}

static void end_branches(struct scan *scan)
{
    for (size_t b = 0; scan->states != NULL && b < scan->n_branches; b++) {
        struct branch_state *state = &scan->states[b];
        if (state->order_sink == NULL)
            continue;
        weir_order_release(&state->order_out);
        for (size_t c = 0; c < scan->branches[b].n_consumers; c++)
            weir_order_release(&state->order_sink[c]);
        weir_mem_free(&scan->run->mem, state->order_sink);
    }
    weir_mem_free(&scan->run->mem, scan->states);
}

/* The parallel region: one lane per thread, made and used by it. */
static enum weir_status run_lanes(struct scan *scan, struct weir_scan_lane **lanes, int n_lanes)
{
#ifdef _OPENMP
#pragma omp parallel num_threads(n_lanes)
#endif
    {
        const int t = weir_par_thread();
        struct weir_error error = {0};
        const enum weir_status status =
            weir_scan_lane_new(scan->run, scan->source, scan->branches, scan->n_branches, (size_t)t,
                               &lanes[t], &error);
        if (status == WEIR_OK)
            scan_blocks(scan, lanes[t]);
        else
            fail_at(scan, 0, status, &error);
    }
    for (int t = 0; t < n_lanes; t++)
        weir_scan_lane_free(lanes[t]); /* adds its counts to the branches */
    return scan->failed_at <= atomic_load(&scan->done_at) ? scan->status : WEIR_OK;
}

enum weir_status weir_scan(struct weir_run *run, struct weir_source *source,
                           struct weir_scan_branch *branches, size_t n_branches,
                           struct weir_output *rejects, struct weir_error *err)
{
    struct scan scan = {.run = run,
                        .source = source,
                        .branches = branches,
                        .n_branches = n_branches,
                        .rejects = rejects,
                        .failed_at = UINT64_MAX};
    atomic_init(&scan.stop, false);
    atomic_init(&scan.done_at, UINT64_MAX);
    pthread_mutex_init(&scan.mutex, NULL);
    weir_order_init(&scan.order_in);
    weir_order_init(&scan.order_rejects);
    struct weir_scan_lane **lanes =
        weir_mem_zalloc(&run->mem, (size_t)run->n_threads, sizeof *lanes);
    enum weir_status status = begin_branches(&scan, err);
    if (status == WEIR_OK && lanes == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory to start the scan");
    if (status == WEIR_OK) {
        weir_progress_start(&scan.progress, run, weir_source_bytes(source));
        status = run_lanes(&scan, lanes, run->n_threads);
        weir_progress_stop(&scan.progress);
        if (status != WEIR_OK)
            weir_error_set(err, status, "%s", scan.error.message);
    }
    weir_mem_free(&run->mem, lanes);
    end_branches(&scan);
    weir_order_release(&scan.order_in);
    weir_order_release(&scan.order_rejects);
    pthread_mutex_destroy(&scan.mutex);
    return status;
}
