/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One parallel region around a ticket of blocks. Every block below a failing one has been handed
 * out before it and is finished, so that the first failure does not depend on who was faster. */
#include "blocks.h"

#include "guard.h"
#include "par.h"

#include <stdatomic.h>

struct blocks {
    uint64_t n;
    weir_block_work *work;
    void *context;
    atomic_uint_least64_t next;
    atomic_bool stop;
    pthread_mutex_t mutex; /* of what follows */
    uint64_t failed_at;    /* UINT64_MAX: no block failed */
    enum weir_status status;
    struct weir_error error;
};

static void fail_at(struct blocks *blocks, uint64_t block, enum weir_status status,
                    const struct weir_error *error)
{
    atomic_store(&blocks->stop, true);
    pthread_mutex_lock(&blocks->mutex);
    if (block < blocks->failed_at) {
        blocks->failed_at = block;
        blocks->status = status;
        blocks->error = *error;
    }
    pthread_mutex_unlock(&blocks->mutex);
}

static void take_blocks(struct blocks *blocks, int thread)
{
    while (!atomic_load(&blocks->stop)) {
        struct weir_error error = {0};
        const bool stopped = weir_guard_stop_signal() != 0; /* before a ticket: see blocks.h */
        const uint64_t block =
            stopped ? atomic_load(&blocks->next) : atomic_fetch_add(&blocks->next, 1);
        if (block >= blocks->n)
            return;
        const enum weir_status status = stopped
                                            ? weir_error_set(&error, WEIR_CANCELLED, "interrupted")
                                            : blocks->work(blocks->context, thread, block, &error);
        if (status != WEIR_OK)
            fail_at(blocks, block, status, &error);
    }
}

enum weir_status weir_blocks_run(int n_threads, uint64_t n_blocks, weir_block_work *work,
                                 void *context, struct weir_error *err)
{
    struct blocks blocks = {
        .n = n_blocks, .work = work, .context = context, .failed_at = UINT64_MAX};
    atomic_init(&blocks.next, 0);
    atomic_init(&blocks.stop, false);
    pthread_mutex_init(&blocks.mutex, NULL);
    const int team = (uint64_t)n_threads < n_blocks ? n_threads : n_blocks == 0 ? 1 : (int)n_blocks;
#ifdef _OPENMP
#pragma omp parallel num_threads(team)
#endif
    {
        take_blocks(&blocks, weir_par_thread());
    }
    (void)team;
    pthread_mutex_destroy(&blocks.mutex);
    if (blocks.status != WEIR_OK)
        return weir_error_set(err, blocks.status, "%s", blocks.error.message);
    return WEIR_OK;
}
