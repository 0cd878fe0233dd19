/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows with AVX-512: eight words of eight records are transposed in registers. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include "rows_body.h"

#include <immintrin.h>

#define GROUP 8

/* Word i of vector k becomes word k of vector i. */
static inline void transpose(__m512i *v)
{
    __m512i pair[8], quad[8];
    for (size_t k = 0; k < 8; k += 2) {
        pair[k] = _mm512_unpacklo_epi64(v[k], v[k + 1]);
        pair[k + 1] = _mm512_unpackhi_epi64(v[k], v[k + 1]);
    }
    for (size_t k = 0; k < 8; k += 4)
        for (size_t odd = 0; odd < 2; odd++) {
            quad[k + odd] = _mm512_shuffle_i64x2(pair[k + odd], pair[k + 2 + odd], 0x44);
            quad[k + 2 + odd] = _mm512_shuffle_i64x2(pair[k + odd], pair[k + 2 + odd], 0xEE);
        }
    for (size_t odd = 0; odd < 2; odd++) {
        v[odd] = _mm512_shuffle_i64x2(quad[odd], quad[4 + odd], 0x88);
        v[2 + odd] = _mm512_shuffle_i64x2(quad[odd], quad[4 + odd], 0xDD);
        v[4 + odd] = _mm512_shuffle_i64x2(quad[2 + odd], quad[6 + odd], 0x88);
        v[6 + odd] = _mm512_shuffle_i64x2(quad[2 + odd], quad[6 + odd], 0xDD);
    }
}

/* --- to rows --------------------------------------------------------------------------------- */

/* Words [w, w + 2) of eight records. */
static inline void put_two(const uint64_t *const *plane, size_t i, uint64_t *row, size_t n_words)
{
    const __m512i a = _mm512_loadu_si512((const void *)(plane[0] + i));
    const __m512i b = _mm512_loadu_si512((const void *)(plane[1] + i));
    const __m512i even = _mm512_unpacklo_epi64(a, b);
    const __m512i odd = _mm512_unpackhi_epi64(a, b);
    _mm_storeu_si128((void *)(row), _mm512_castsi512_si128(even));
    _mm_storeu_si128((void *)(row + n_words), _mm512_castsi512_si128(odd));
    _mm_storeu_si128((void *)(row + 2 * n_words), _mm512_extracti64x2_epi64(even, 1));
    _mm_storeu_si128((void *)(row + 3 * n_words), _mm512_extracti64x2_epi64(odd, 1));
    _mm_storeu_si128((void *)(row + 4 * n_words), _mm512_extracti64x2_epi64(even, 2));
    _mm_storeu_si128((void *)(row + 5 * n_words), _mm512_extracti64x2_epi64(odd, 2));
    _mm_storeu_si128((void *)(row + 6 * n_words), _mm512_extracti64x2_epi64(even, 3));
    _mm_storeu_si128((void *)(row + 7 * n_words), _mm512_extracti64x2_epi64(odd, 3));
}

/* n <= 8 words of eight records. */
static inline void put_words(const uint64_t *const *plane, size_t n, size_t i, uint64_t *row,
                             size_t n_words)
{
    const __mmask8 mask = (__mmask8)((1U << n) - 1);
    __m512i v[8];
    for (size_t k = 0; k < 8; k++)
        v[k] = k < n ? _mm512_loadu_si512((const void *)(plane[k] + i)) : _mm512_setzero_si512();
    transpose(v);
    for (size_t k = 0; k < 8; k++)
        _mm512_mask_storeu_epi64(row + k * n_words, mask, v[k]);
}

/* Rows of a block. */
static void put_rows(const uint64_t *const *plane, size_t n_words, uint64_t *row)
{
    for (size_t w = 0; w < n_words; w += 8) {
        const size_t n = n_words - w;
        for (size_t i = 0; i < ROWS_BLOCK; i += GROUP)
            if (n >= 8)
                put_words(plane + w, 8, i, row + i * n_words + w, n_words);
            else if (n == 2)
                put_two(plane + w, i, row + i * n_words + w, n_words);
            else
                put_words(plane + w, n, i, row + i * n_words + w, n_words);
    }
}

static void pack(const struct weir_rows_layout *layout, const void *const *columns, size_t n,
                 void *rows)
{
    const size_t stride = layout->stride_bytes;
    const bool streams = n * stride >= WEIR_ROWS_STREAM_BYTES && rows_is_aligned(rows);
    const uint64_t *plane[ROWS_WORDS_MAX];
    struct rows_space space;
    for (size_t begin = 0; begin < n; begin += ROWS_BLOCK) {
        const size_t m = n - begin < ROWS_BLOCK ? n - begin : ROWS_BLOCK;
        char *out = (char *)rows + begin * stride;
        rows_planes(layout, columns, begin, m, &space, plane);
        if (m == ROWS_BLOCK && !streams) {
            put_rows(plane, stride / 8, (uint64_t *)(void *)out);
            continue;
        }
        put_rows(plane, stride / 8, space.row);
        if (m == ROWS_BLOCK)
            rows_stream(out, space.row, m * stride);
        else
            memcpy(out, space.row, m * stride);
    }
    if (streams)
        rows_stream_end();
}

/* --- from rows ------------------------------------------------------------------------------- */

/* Word k of eight rows to plane[k], two words. */
static inline void take_two(const uint64_t *const *row, size_t w, size_t i,
                            uint64_t (*plane)[ROWS_BLOCK])
{
    const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
    __m512i four[2];
    for (size_t h = 0; h < 2; h++) {
        const uint64_t *const *from = row + 4 * h;
        __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const void *)(from[0] + w)));
        v = _mm512_inserti64x2(v, _mm_loadu_si128((const void *)(from[1] + w)), 1);
        v = _mm512_inserti64x2(v, _mm_loadu_si128((const void *)(from[2] + w)), 2);
        four[h] = _mm512_inserti64x2(v, _mm_loadu_si128((const void *)(from[3] + w)), 3);
    }
    _mm512_store_si512((void *)(plane[w] + i), _mm512_permutex2var_epi64(four[0], even, four[1]));
    _mm512_store_si512((void *)(plane[w + 1] + i),
                       _mm512_permutex2var_epi64(four[0], odd, four[1]));
}

/* Words [w, w + n), n <= 8; nothing else of the rows is read. */
static inline void take_words(const uint64_t *const *row, size_t w, size_t n, size_t i,
                              uint64_t (*plane)[ROWS_BLOCK])
{
    const __mmask8 mask = (__mmask8)((1U << n) - 1);
    __m512i v[8];
    for (size_t k = 0; k < 8; k++)
        v[k] = _mm512_maskz_loadu_epi64(mask, row[k] + w);
    transpose(v);
    for (size_t k = 0; k < n; k++)
        _mm512_store_si512((void *)(plane[w + k] + i), v[k]);
}

/* Planes i .. i + 7 from eight rows. */
static inline void take_rows(const uint64_t *const *row, size_t n_words, size_t i,
                             uint64_t (*plane)[ROWS_BLOCK])
{
    size_t w = 0;
    for (; w + 8 <= n_words; w += 8)
        take_words(row, w, 8, i, plane);
    if (n_words - w == 2)
        take_two(row, w, i, plane);
    else if (w < n_words)
        take_words(row, w, n_words - w, i, plane);
}

static void unpack(const struct weir_rows_layout *layout, const void *rows, size_t n,
                   void *const *columns)
{
    const size_t n_words = layout->stride_bytes / 8;
    const bool streams = n * layout->stride_bytes >= WEIR_ROWS_STREAM_BYTES;
    const uint64_t *row[GROUP];
    struct rows_space space;
    for (size_t begin = 0; begin < n; begin += ROWS_BLOCK) {
        const size_t m = n - begin < ROWS_BLOCK ? n - begin : ROWS_BLOCK;
        for (size_t i = 0; i < m; i += GROUP) {
            for (size_t k = 0; k < GROUP; k++)
                row[k] = (const uint64_t *)rows + (begin + (i + k < m ? i + k : i)) * n_words;
            take_rows(row, n_words, i, space.plane);
        }
        rows_columns(layout, &space, begin, m, streams, columns);
    }
    if (streams)
        rows_stream_end();
}

/* Fetches a row of which nothing is known but that it begins at a multiple of 8 bytes. */
static inline void fetch_row(const uint64_t *row, size_t n_words)
{
    for (size_t w = 0; w < n_words; w += 8)
        __builtin_prefetch(row + w);
    if (n_words > 10)
        __builtin_prefetch(row + n_words - 1);
}

static void gather(const struct weir_rows_layout *layout, const void *rows, const uint32_t *order,
                   size_t n, void *const *columns)
{
    const size_t n_words = layout->stride_bytes / 8;
    const bool streams = n * layout->stride_bytes >= WEIR_ROWS_STREAM_BYTES;
    const uint64_t *all = rows;
    const uint64_t *row[GROUP];
    struct rows_space space;
    for (size_t begin = 0; begin < n; begin += ROWS_BLOCK) {
        const size_t m = n - begin < ROWS_BLOCK ? n - begin : ROWS_BLOCK;
        const uint32_t *here = order + begin;
        const size_t n_ahead = n - begin < ROWS_AHEAD ? 0 : n - begin - ROWS_AHEAD;
        for (size_t i = 0; i < m; i += GROUP) {
            for (size_t k = 0; k < GROUP; k++) {
                if (i + k < n_ahead)
                    fetch_row(all + here[i + k + ROWS_AHEAD] * n_words, n_words);
                row[k] = all + here[i + k < m ? i + k : i] * n_words;
            }
            take_rows(row, n_words, i, space.plane);
        }
        rows_columns(layout, &space, begin, m, streams, columns);
    }
    if (streams)
        rows_stream_end();
}

const struct weir_rows_ops weir_rows_avx512 = {
    .pack = pack, .unpack = unpack, .gather = gather, .gather_column = body_gather_column};

#endif
