/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns <-> rows in plain C, for every variant.
 *
 * A row is a sequence of words of 8 bytes. Blocks of ROWS_BLOCK records are first turned into
 * planes, one array per word of the row: a column of 8 bytes is a plane as it is, and narrower ones
 * are put together by shifts, which compilers vectorise. What remains is a transposition of words,
 * the same for every layout; variants replace only that. */
#ifndef WEIR_ROWS_BODY_H
#define WEIR_ROWS_BODY_H

#include "rows.h"

#include <stdbool.h>
#include <string.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#define ROWS_BLOCK     64 /* a column of single bytes fills a cache line */
#define ROWS_AHEAD     48 /* rows between the one that is fetched and the one that is used */
#define ROWS_WORDS_MAX WEIR_ROWS_COLUMNS_MAX

/* Space for a block: planes, and rows or a column on the way to memory. */
struct rows_space {
    _Alignas(64) uint64_t plane[ROWS_WORDS_MAX][ROWS_BLOCK];
    _Alignas(64) uint64_t row[ROWS_BLOCK * ROWS_WORDS_MAX];
};

/* --- memory ---------------------------------------------------------------------------------- */

static inline bool rows_is_aligned(const void *to)
{
    return (uintptr_t)to % 64 == 0;
}

/* Copies whole cache lines, past the caches where the machine can. */
static inline void rows_stream(void *to, const void *from, size_t bytes)
{
#if defined(__AVX512F__)
    for (size_t at = 0; at < bytes; at += 64)
        _mm512_stream_si512((void *)((char *)to + at),
                            _mm512_load_si512((const void *)((const char *)from + at)));
#elif defined(__AVX2__)
    for (size_t at = 0; at < bytes; at += 32)
        _mm256_stream_si256((void *)((char *)to + at),
                            _mm256_load_si256((const void *)((const char *)from + at)));
#else
    memcpy(to, from, bytes);
#endif
}

/* Makes streamed lines visible to other threads. */
static inline void rows_stream_end(void)
{
#ifdef __AVX2__
    _mm_sfence();
#endif
}

/* --- columns and planes ---------------------------------------------------------------------- */

/* plane[i] (|)= value[i] << shift. */
static inline void rows_join(uint64_t *restrict plane, const void *values, size_t width,
                             unsigned shift, size_t n)
{
    const uint8_t *one = values;
    const uint16_t *two = values;
    const uint32_t *four = values;
    if (shift == 0)
        memset(plane, 0, ROWS_BLOCK * sizeof *plane);
    if (width == 4)
        for (size_t i = 0; i < n; i++)
            plane[i] |= (uint64_t)four[i] << shift;
    else if (width == 2)
        for (size_t i = 0; i < n; i++)
            plane[i] |= (uint64_t)two[i] << shift;
    else
        for (size_t i = 0; i < n; i++)
            plane[i] |= (uint64_t)one[i] << shift;
}

/* value[i] = plane[i] >> shift. */
static inline void rows_part(const uint64_t *restrict plane, void *restrict values, size_t width,
                             unsigned shift, size_t n)
{
    uint8_t *one = values;
    uint16_t *two = values;
    uint32_t *four = values;
    if (width == 8)
        memcpy(values, plane, n * sizeof *plane);
    else if (width == 4)
        for (size_t i = 0; i < n; i++)
            four[i] = (uint32_t)(plane[i] >> shift);
    else if (width == 2)
        for (size_t i = 0; i < n; i++)
            two[i] = (uint16_t)(plane[i] >> shift);
    else
        for (size_t i = 0; i < n; i++)
            one[i] = (uint8_t)(plane[i] >> shift);
}

/* Points plane[w] at word w of the `n` records from `begin`: into a column of 8 bytes when there
 * are values for a whole block, else into `space`. */
static inline void rows_planes(const struct weir_rows_layout *layout, const void *const *columns,
                               size_t begin, size_t n, struct rows_space *space,
                               const uint64_t **plane)
{
    const size_t n_words = layout->stride_bytes / 8;
    size_t n_made = 0;
    for (size_t k = 0; k < layout->n_columns; k++) {
        const size_t c = layout->by_offset[k];
        const size_t width = layout->width[c];
        const size_t word = layout->offset[c] / 8;
        const void *values = (const char *)columns[c] + begin * width;
        n_made = word + 1;
        plane[word] = space->plane[word];
        if (width == 8 && n == ROWS_BLOCK)
            plane[word] = values;
        else if (width == 8)
            memcpy(space->plane[word], values, n * width);
        else
            rows_join(space->plane[word], values, width, layout->offset[c] % 8 * 8, n);
    }
    for (; n_made < n_words; n_made++) {
        memset(space->plane[n_made], 0, sizeof space->plane[n_made]);
        plane[n_made] = space->plane[n_made];
    }
}

/* Writes the planes of `n` records to the columns from `begin`. */
static inline void rows_columns(const struct weir_rows_layout *layout, struct rows_space *space,
                                size_t begin, size_t n, bool streams, void *const *columns)
{
    for (size_t k = 0; k < layout->n_columns; k++) {
        const size_t c = layout->by_offset[k];
        const size_t width = layout->width[c];
        const uint64_t *plane = space->plane[layout->offset[c] / 8];
        const unsigned shift = layout->offset[c] % 8 * 8;
        void *out = (char *)columns[c] + begin * width;
        if (!streams || n != ROWS_BLOCK || !rows_is_aligned(out)) {
            rows_part(plane, out, width, shift, n);
        } else if (width == 8) {
            rows_stream(out, plane, ROWS_BLOCK * width);
        } else {
            rows_part(plane, space->row, width, shift, n);
            rows_stream(out, space->row, ROWS_BLOCK * width);
        }
    }
}

/* --- plain gathers --------------------------------------------------------------------------- */

static inline void body_gather_column(const void *in, size_t bytes, const uint32_t *order, size_t n,
                                      void *out)
{
    if (bytes == 8)
        for (size_t i = 0; i < n; i++)
            ((uint64_t *)out)[i] = ((const uint64_t *)in)[order[i]];
    else if (bytes == 4)
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)out)[i] = ((const uint32_t *)in)[order[i]];
    else if (bytes == 2)
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = ((const uint16_t *)in)[order[i]];
    else
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)out)[i] = ((const uint8_t *)in)[order[i]];
}

#endif
