/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up tables of histograms, each thread a part of the entries. */
#include "log_hist.h"

#include "par.h"

#define FOLD_WORDS ((size_t)2048) /* 16 KB: the sums stay in the first-level cache */

static void fold_block(uint64_t *const *table, size_t n_tables, size_t begin, size_t end)
{
    uint64_t *sum = table[0];
    for (size_t t = 1; t < n_tables; t++) {
        const uint64_t *more = table[t];
        for (size_t w = begin; w < end; w++)
            sum[w] += more[w];
    }
}

void weir_log_hist_fold(uint64_t *const *table, size_t n_tables, size_t n_words, int n_threads)
{
    const size_t n_blocks = (n_words + FOLD_WORDS - 1) / FOLD_WORDS;
    if (n_tables < 2)
        return;
#ifdef _OPENMP
#pragma omp parallel for num_threads(n_threads) schedule(static)
#endif
    for (size_t block = 0; block < n_blocks; block++) {
        const size_t begin = block * FOLD_WORDS;
        const size_t end = n_words - begin < FOLD_WORDS ? n_words : begin + FOLD_WORDS;
        fold_block(table, n_tables, begin, end);
    }
    (void)n_threads;
}
