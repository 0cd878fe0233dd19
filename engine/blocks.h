/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks over threads: the parallel shell of steps that work on a whole trace at a time.
 *
 * Blocks are numbered and handed out in ascending order by one atomic ticket, with a look at the
 * stop flag per block. What a block does is a function of the caller, which works on its own part
 * of the data or writes to its own place:
 *
 *     static enum weir_status sum_block(void *context, int thread, uint64_t block,
 *                                       struct weir_error *err);
 *     status = weir_blocks_run(run->n_threads, n_blocks, sum_block, &sums, err);
 *
 * Bounds of blocks depend on the data alone, never on the number of threads. `work` is called for
 * every number below that of a block that has it called, whatever stops the run; so blocks may wait
 * for earlier ones (struct weir_order), as long as one that fails closes the order.
 */
#ifndef WEIR_BLOCKS_H
#define WEIR_BLOCKS_H

#include "status.h"

#include <stdint.h>

/* Works on block `block`; `thread` is 0 .. n_threads - 1, and each thread does one block at a time.
 * Every block that is handed out is worked on, so that blocks may wait for lower ones; whatever
 * fails must then not let others wait for it. A failure ends the run. */
typedef enum weir_status weir_block_work(void *context, int thread, uint64_t block,
                                         struct weir_error *err);

/* Calls `work` for blocks 0 .. n_blocks - 1 on up to `n_threads` threads (at least 1). A block may
 * have blocks of its own, one level deep (weir_par_allow_teams), whose numbers of threads begin at
 * 0 again. When blocks fail, no further ones are begun, and status and message
 * are those of the first of them, on any number of threads. WEIR_CANCELLED after SIGINT or
 * SIGTERM. */
enum weir_status weir_blocks_run(int n_threads, uint64_t n_blocks, weir_block_work *work,
                                 void *context, struct weir_error *err) WEIR_MUST_CHECK;

#endif
