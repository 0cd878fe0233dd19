/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pass over all points: blocks on several threads, their sums added up in the order of blocks. */
#include "em_mixture.h"

#include "par.h"

/* Threads have at least that many densities each, about 30 us of work: a barrier of all takes 1 us
 * and more of them, or milliseconds when one of them has no processor at the moment. */
#define DENSITIES_PER_THREAD 60000

/* Sums of a block: of every form, and the log-likelihood; whole cache lines, which two threads then
 * do not share and which leave the buffers behind aligned. */
static size_t block_values(size_t n_forms)
{
    const size_t n_line = 64 / sizeof(double);
    const size_t n = n_forms * (sizeof(struct weir_em_sum) / sizeof(double)) + 1;
    return (n + n_line - 1) / n_line * n_line;
}

static size_t n_blocks_of(size_t n_points)
{
    return (n_points + WEIR_EM_BLOCK - 1) / WEIR_EM_BLOCK;
}

size_t weir_em_workspace(size_t n_points, size_t n_forms, int n_threads)
{
    return n_blocks_of(n_points) * block_values(n_forms) +
           (size_t)n_threads * n_forms * WEIR_EM_BLOCK;
}

void weir_em_pass(const struct weir_em_mixture_ops *ops, const struct weir_em_points *points,
                  const struct weir_em_form *form, size_t n_forms, double *workspace, int n_threads,
                  struct weir_em_sum *sum, double *log_likelihood)
{
    const size_t n_blocks = n_blocks_of(points->n);
    const size_t n_useful = 1 + points->n * n_forms / DENSITIES_PER_THREAD;
    n_threads = n_useful < (size_t)n_threads ? (int)n_useful : n_threads;
    const size_t n_values = block_values(n_forms);
    double *buffers = workspace + n_blocks * n_values;
#ifdef _OPENMP
#pragma omp parallel for num_threads(n_threads) schedule(static) if (n_threads > 1)
#endif
    for (size_t block = 0; block < n_blocks; block++) {
        const size_t begin = block * WEIR_EM_BLOCK;
        const size_t left = points->n - begin;
        double *values = workspace + block * n_values;
        ops->block(points, begin, left < WEIR_EM_BLOCK ? left : WEIR_EM_BLOCK, form, n_forms,
                   buffers + (size_t)weir_par_thread() * n_forms * WEIR_EM_BLOCK,
                   (struct weir_em_sum *)(void *)(values + 1),
                   log_likelihood != NULL ? values : NULL);
    }
    double total = 0;
    for (size_t k = 0; k < n_forms; k++)
        sum[k] = (struct weir_em_sum){0, 0, 0};
    for (size_t block = 0; block < n_blocks; block++) {
        const double *values = workspace + block * n_values;
        const struct weir_em_sum *part = (const struct weir_em_sum *)(const void *)(values + 1);
        for (size_t k = 0; k < n_forms; k++) {
            sum[k].c += part[k].c;
            sum[k].u += part[k].u;
            sum[k].v += part[k].v;
        }
        if (log_likelihood != NULL)
            total += values[0];
    }
    if (log_likelihood != NULL)
        *log_likelihood = total;
}
