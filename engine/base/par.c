/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thread counts and the turnstile that keeps blocks in order. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "par.h"

#include <sched.h>

int weir_par_default_threads(void)
{
#ifdef _OPENMP
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    const int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > WEIR_THREADS_MAX ? WEIR_THREADS_MAX : n;
#else
    return 1;
#endif
}

void weir_order_init(struct weir_order *order)
{
    pthread_mutex_init(&order->mutex, NULL);
    pthread_cond_init(&order->changed, NULL);
    order->next = 0;
    order->limit = UINT64_MAX;
}

void weir_order_release(struct weir_order *order)
{
    pthread_cond_destroy(&order->changed);
    pthread_mutex_destroy(&order->mutex);
}

bool weir_order_wait(struct weir_order *order, uint64_t number)
{
    pthread_mutex_lock(&order->mutex);
    while (order->next < number && number < order->limit)
        pthread_cond_wait(&order->changed, &order->mutex);
    const bool admitted = number < order->limit;
    pthread_mutex_unlock(&order->mutex);
    return admitted;
}

void weir_order_pass(struct weir_order *order, uint64_t number)
{
    pthread_mutex_lock(&order->mutex);
    order->next = number + 1;
    pthread_cond_broadcast(&order->changed);
    pthread_mutex_unlock(&order->mutex);
}

void weir_order_close(struct weir_order *order, uint64_t limit)
{
    pthread_mutex_lock(&order->mutex);
    if (limit < order->limit)
        order->limit = limit;
    pthread_cond_broadcast(&order->changed);
    pthread_mutex_unlock(&order->mutex);
}
