/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One 256-bit addition per record: entries of four numbers, for AVX2 and everything above. */
#ifndef WEIR_LOG_HIST_ENTRY_H
#define WEIR_LOG_HIST_ENTRY_H

#include "log_hist_body.h"

#include <immintrin.h>

static inline __m256i entry_load_column(const uint64_t *values)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)values);
}

/* Adds to 256 bits of an entry; `entry` is aligned to them. */
static inline void entry_add(uint64_t *entry, __m256i values)
{
    __m256i *place = (__m256i *)(void *)entry;
    _mm256_store_si256(place, _mm256_add_epi64(_mm256_load_si256(place), values));
}

/* Adds records i .. i + 3 to the entries at table + index * stride, whose 256 bits are the values
 * of a, b, c and d: two interleavings and four moves of halves make four rows of four columns. */
static inline void entry_add_four(uint64_t *table, size_t stride, const uint32_t *index,
                                  const __m256i column[4])
{
    const __m256i ab_even = _mm256_unpacklo_epi64(column[0], column[1]);
    const __m256i ab_odd = _mm256_unpackhi_epi64(column[0], column[1]);
    const __m256i cd_even = _mm256_unpacklo_epi64(column[2], column[3]);
    const __m256i cd_odd = _mm256_unpackhi_epi64(column[2], column[3]);
    entry_add(table + index[0] * stride, _mm256_permute2x128_si256(ab_even, cd_even, 0x20));
    entry_add(table + index[1] * stride, _mm256_permute2x128_si256(ab_odd, cd_odd, 0x20));
    entry_add(table + index[2] * stride, _mm256_permute2x128_si256(ab_even, cd_even, 0x31));
    entry_add(table + index[3] * stride, _mm256_permute2x128_si256(ab_odd, cd_odd, 0x31));
}

/* `add` for entries of four numbers: 2 or 3 columns. Returns the number of records done, the
 * largest multiple of four that n holds. */
static inline size_t entry_add_narrow(uint64_t *table, const uint32_t *index, size_t n,
                                      const uint64_t *const *column, size_t n_columns)
{
    const __m256i one = _mm256_set1_epi64x(1);
    size_t i = 0;
    if (n_columns == 2)
        for (; i + 4 <= n; i += 4) {
            const __m256i four[4] = {one, entry_load_column(column[0] + i),
                                     entry_load_column(column[1] + i), _mm256_setzero_si256()};
            entry_add_four(table, 4, index + i, four);
        }
    else
        for (; i + 4 <= n; i += 4) {
            const __m256i four[4] = {one, entry_load_column(column[0] + i),
                                     entry_load_column(column[1] + i),
                                     entry_load_column(column[2] + i)};
            entry_add_four(table, 4, index + i, four);
        }
    return i;
}

/* `add` for entries of eight numbers: 4 to 7 columns, in two halves. */
static inline size_t entry_add_wide(uint64_t *table, const uint32_t *index, size_t n,
                                    const uint64_t *const *column, size_t n_columns)
{
    const __m256i zero = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m256i low[4] = {_mm256_set1_epi64x(1), entry_load_column(column[0] + i),
                                entry_load_column(column[1] + i), entry_load_column(column[2] + i)};
        const __m256i high[4] = {entry_load_column(column[3] + i),
                                 n_columns > 4 ? entry_load_column(column[4] + i) : zero,
                                 n_columns > 5 ? entry_load_column(column[5] + i) : zero,
                                 n_columns > 6 ? entry_load_column(column[6] + i) : zero};
        entry_add_four(table, 8, index + i, low);
        entry_add_four(table + 4, 8, index + i, high);
    }
    return i;
}

/* The operation `add`. */
static inline void entry_add_all(uint64_t *table, const uint32_t *index, size_t n,
                                 const uint64_t *const *column, size_t n_columns)
{
    const size_t done = weir_log_hist_stride(n_columns) == 4
                            ? entry_add_narrow(table, index, n, column, n_columns)
                            : entry_add_wide(table, index, n, column, n_columns);
    const uint64_t *tail[WEIR_LOG_HIST_COLUMNS_MAX];
    for (size_t c = 0; c < n_columns; c++)
        tail[c] = column[c] + done;
    body_add(table, index + done, n - done, tail, n_columns);
}

#endif
