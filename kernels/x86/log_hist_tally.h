/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Index and add in one pass, for AVX2 and everything above.
 *
 * Indices of 64 records are made before any of these is added, and columns are fetched a page
 * ahead, where the processor's own prefetching stops. With blocks of 256 and more it waits for the
 * columns first and for entries of the table afterwards, and takes twice as long.
 *
 * A body file: whoever includes it defines tally_index_block before, which makes the indices of
 * TALLY_BLOCK values. */
#ifndef WEIR_LOG_HIST_TALLY_H
#define WEIR_LOG_HIST_TALLY_H

#include "log_hist_entry.h"

#define PREFETCH_BYTES 4096

/* Fetches one line of a column, which may lie behind its end. */
static inline void tally_prefetch(const uint64_t *values)
{
    _mm_prefetch((const char *)((uintptr_t)values + PREFETCH_BYTES), _MM_HINT_T0);
}

static inline uint64_t tally_or_lanes(__m256i bits)
{
    const __m128i half =
        _mm_or_si128(_mm256_castsi256_si128(bits), _mm256_extracti128_si256(bits, 1));
    return (uint64_t)(_mm_extract_epi64(half, 0) | _mm_extract_epi64(half, 1));
}

/* Adds a block of records with 2 or 3 columns. */
static inline void tally_add_narrow(uint64_t *table, const uint32_t *index,
                                    const uint64_t *const *column, size_t n_columns, __m256i *bits)
{
    const __m256i one = _mm256_set1_epi64x(1);
    for (size_t i = 0; i < TALLY_BLOCK; i += 4) {
        const __m256i four[4] = {
            one, entry_load_column(column[0] + i), entry_load_column(column[1] + i),
            n_columns > 2 ? entry_load_column(column[2] + i) : _mm256_setzero_si256()};
        for (size_t c = 0; c < n_columns; c++)
            bits[c] = _mm256_or_si256(bits[c], four[1 + c]);
        entry_add_four(table, 4, index + i, four);
    }
}

/* Adds a block of records with 4 columns and more. */
static inline void tally_add_wide(uint64_t *table, const uint32_t *index,
                                  const uint64_t *const *column, size_t n_columns, __m256i *bits)
{
    for (size_t i = 0; i < TALLY_BLOCK; i += 4) {
        __m256i eight[8] = {_mm256_set1_epi64x(1)};
        for (size_t c = 0; c < WEIR_LOG_HIST_COLUMNS_MAX; c++) {
            eight[1 + c] =
                c < n_columns ? entry_load_column(column[c] + i) : _mm256_setzero_si256();
            if (c < n_columns)
                bits[c] = _mm256_or_si256(bits[c], eight[1 + c]);
        }
        entry_add_four(table, 8, index + i, eight);
        entry_add_four(table + 4, 8, index + i, eight + 4);
    }
}

/* All whole blocks of `tally`. Returns the records done. Inlined with constants in `tally`, so that
 * bits stay in registers. */
static inline __attribute__((always_inline)) size_t
tally_blocks(struct weir_log_hist_tally tally, const uint64_t *x, size_t n, uint64_t *bits)
{
    _Alignas(64) uint32_t index[TALLY_BLOCK];
    const uint64_t *at[WEIR_LOG_HIST_COLUMNS_MAX];
    __m256i all[WEIR_LOG_HIST_COLUMNS_MAX];
    for (size_t c = 0; c < tally.n_columns; c++)
        all[c] = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + TALLY_BLOCK <= n; i += TALLY_BLOCK) {
        for (size_t c = 0; c < tally.n_columns; c++) {
            at[c] = tally.column[c] + i;
            for (size_t k = 0; k < TALLY_BLOCK; k += 8)
                tally_prefetch(at[c] + k);
        }
        tally_index_block(&tally, x + i, index);
        if (tally.n_columns < 4)
            tally_add_narrow(tally.table, index, at, tally.n_columns, all);
        else
            tally_add_wide(tally.table, index, at, tally.n_columns, all);
    }
    for (size_t c = 0; c < tally.n_columns; c++)
        bits[c] = tally_or_lanes(all[c]);
    return i;
}

static size_t tally_blocks_of_2(const struct weir_log_hist_tally *tally, const uint64_t *x,
                                size_t n, uint64_t *bits)
{
    struct weir_log_hist_tally constant = *tally;
    constant.n_columns = 2;
    return tally_blocks(constant, x, n, bits);
}

static size_t tally_blocks_of_2_hot(const struct weir_log_hist_tally *tally, const uint64_t *x,
                                    size_t n, uint64_t *bits)
{
    struct weir_log_hist_tally constant = *tally;
    constant.n_columns = 2;
    constant.has_hot = true;
    return tally_blocks(constant, x, n, bits);
}

static size_t tally_blocks_of_any(const struct weir_log_hist_tally *tally, const uint64_t *x,
                                  size_t n, uint64_t *bits)
{
    return tally_blocks(*tally, x, n, bits);
}

/* The operation `tally`. */
static void tally_all(const struct weir_log_hist_tally *tally, const uint64_t *x, size_t n,
                      uint64_t *bits)
{
    size_t done = 0;
    if (tally->n_columns > 2)
        done = tally_blocks_of_any(tally, x, n, bits);
    else if (tally->has_hot)
        done = tally_blocks_of_2_hot(tally, x, n, bits);
    else
        done = tally_blocks_of_2(tally, x, n, bits);
    if (done == n)
        return;
    struct weir_log_hist_tally tail = *tally;
    const uint64_t *rest[WEIR_LOG_HIST_COLUMNS_MAX];
    uint64_t more[WEIR_LOG_HIST_COLUMNS_MAX];
    for (size_t c = 0; c < tally->n_columns; c++)
        rest[c] = tally->column[c] + done;
    tail.column = rest;
    body_tally(&tail, x + done, n - done, more);
    for (size_t c = 0; c < tally->n_columns; c++)
        bits[c] |= more[c];
}

#endif
