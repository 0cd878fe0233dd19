/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What parallel shells share: thread counts, order between blocks, padding.
 *
 * This is the only header that knows OpenMP. A build without it compiles the same shells, which
 * then run on one thread. Block bounds never depend on the number of threads, and partial results
 * are combined in block order or are exact integers, so that every output is the same for every
 * `--threads`.
 */
#ifndef WEIR_PAR_H
#define WEIR_PAR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#define WEIR_THREADS_MAX 1024

/* CPUs that this process may run on (its affinity mask, which batch systems and cpusets set), at
 * least 1 and at most WEIR_THREADS_MAX. Always 1 in a build without OpenMP. */
int weir_par_default_threads(void);

/* Lets each thread of a parallel region have a team of its own, one level deep; otherwise such a
 * team is of one thread. For programs, once, before there are threads. */
static inline void weir_par_allow_teams(void)
{
#ifdef _OPENMP
    omp_set_max_active_levels(2);
#endif
}

/* Number of the calling thread in its team, 0 outside of one. */
static inline int weir_par_thread(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

/* A turnstile: lets the holders of consecutive numbers 0, 1, 2, ... pass one after the other.
 * Numbers must be handed out in ascending order (an atomic ticket), and each holder must pass or
 * the order must be closed; then waiting cannot deadlock, because the holder of the lowest number
 * never waits. */
struct weir_order {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t next;  /* the number whose turn it is */
    uint64_t limit; /* numbers >= limit are turned away */
};

/* Opens an order whose first turn is number 0. */
void weir_order_init(struct weir_order *order);
void weir_order_release(struct weir_order *order);

/* Waits until every lower number has passed. True: it is `number`'s turn and the caller must call
 * weir_order_pass. False: the order was closed at or below `number`; the caller must not pass. */
bool weir_order_wait(struct weir_order *order, uint64_t number);

/* Ends the turn of `number`, which must be the current one. */
void weir_order_pass(struct weir_order *order, uint64_t number);

/* Turns away `limit` and all higher numbers, waiting ones included; lower ones still pass. The
 * lowest limit of several calls holds. */
void weir_order_close(struct weir_order *order, uint64_t limit);

#endif
