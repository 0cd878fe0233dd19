/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blocks: every block once on any number of threads, the first failure wins, a stop signal ends it.
 */
#include "blocks.h"
#include "check.h"
#include "guard.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

#define N_BLOCKS 5000

struct work {
    atomic_uint n_calls[N_BLOCKS];
    uint64_t fail_from, fail_step; /* blocks fail_from + i * fail_step fail */
    int n_threads;
    uint64_t stop_at;
};

static enum weir_status do_block(void *context, int thread, uint64_t block, struct weir_error *err)
{
    struct work *work = context;
    atomic_fetch_add(&work->n_calls[block], 1);
    if (thread < 0 || thread >= work->n_threads)
        return weir_error_set(err, WEIR_INTERNAL, "thread %d", thread);
    if (block == work->stop_at)
        weir_guard_request_stop(SIGINT);
    if (block >= work->fail_from && (block - work->fail_from) % work->fail_step == 0) {
        usleep((useconds_t)(block == work->fail_from ? 3000 : 1)); /* later ones fail before it */
        return weir_error_set(err, WEIR_FORMAT, "block %llu", (unsigned long long)block);
    }
    return WEIR_OK;
}

static struct work work;

static void reset(int n_threads, uint64_t fail_from, uint64_t stop_at)
{
    memset(&work, 0, sizeof work);
    work.n_threads = n_threads;
    work.fail_from = fail_from;
    work.fail_step = 1;
    work.stop_at = stop_at;
}

Test(blocks, all)
{
    struct weir_error err;
    for (int n_threads = 1; n_threads <= 9; n_threads += 4)
        for (uint64_t n = 0; n <= N_BLOCKS; n = n < 4 ? n + 1 : n * 8) {
            reset(n_threads, UINT64_MAX, UINT64_MAX);
            CHECK_OK(weir_blocks_run(n_threads, n, do_block, &work, &err));
            for (uint64_t b = 0; b < N_BLOCKS; b++)
                cr_assert(atomic_load(&work.n_calls[b]) == (b < n), "block %d", (int)b);
        }
}

Test(blocks, first_failure)
{
    struct weir_error err;
    for (int n_threads = 1; n_threads <= 9; n_threads += 4)
        for (uint64_t at = 0; at < 40; at++) {
            char want[40];
            reset(n_threads, at, UINT64_MAX);
            snprintf(want, sizeof want, "block %d", (int)at);
            CHECK_STATUS(weir_blocks_run(n_threads, N_BLOCKS, do_block, &work, &err), WEIR_FORMAT);
            cr_assert_str_eq(err.message, want);
            for (uint64_t b = 0; b < at; b++)
                cr_assert(atomic_load(&work.n_calls[b]) == 1);
            cr_assert(atomic_load(&work.n_calls[N_BLOCKS - 1]) == 0, "it went on");
        }
}

Test(blocks, stop)
{
    struct weir_error err;
    reset(3, UINT64_MAX, 17);
    CHECK_STATUS(weir_blocks_run(3, N_BLOCKS, do_block, &work, &err), WEIR_CANCELLED);
    CHECK_MESSAGE("interrupted");
    cr_assert(atomic_load(&work.n_calls[N_BLOCKS - 1]) == 0, "it went on");
}
