/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of flow keys with AVX-512: sixteen records at a time, products of even and of odd ones
 * apart.
 *
 * Columns of the usual types (unsigned, up to 32 bits) are read as they are. While a block is
 * summed up, hash[0 .. 16) of a group holds its even records, then its odd ones. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include "flow_hash_body.h"

#include <immintrin.h>
#include <string.h>

#define GROUP 16

/* Bytes of a value of an unsigned type up to 32 bits, 0 for any other type. */
static inline size_t plain_bytes(enum weir_type type)
{
    return type == WEIR_U8 ? 1 : type == WEIR_U16 ? 2 : type == WEIR_U32 ? 4 : 0;
}

/* Sixteen values; none at all, zeros, for bytes = 0. */
static inline __attribute__((always_inline)) __m512i load_values(const unsigned char *values,
                                                                 size_t bytes, size_t i)
{
    if (bytes == 1)
        return _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)(values + i)));
    if (bytes == 2)
        return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(values + 2 * i)));
    return bytes == 4 ? _mm512_loadu_si512((const void *)(values + 4 * i)) : _mm512_setzero_si512();
}

/* Adds the terms of a pair to whole groups of hashes. */
static inline __attribute__((always_inline)) void add_terms(const void *a, size_t a_bytes,
                                                            const void *b, size_t b_bytes,
                                                            size_t pair, size_t n, uint64_t *hash)
{
    const __m512i add_a = _mm512_set1_epi32((int)flow_hash_low[2 * pair]);
    const __m512i add_b = _mm512_set1_epi32((int)flow_hash_low[2 * pair + 1]);
    for (size_t i = 0; i < n; i += GROUP) {
        const __m512i x = _mm512_add_epi32(load_values(a, a_bytes, i), add_a);
        const __m512i y = _mm512_add_epi32(load_values(b, b_bytes, i), add_b);
        const __m512i even = _mm512_mul_epu32(x, y);
        const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(y, 32));
        uint64_t *sum = hash + i;
        _mm512_storeu_si512(sum, _mm512_add_epi64(_mm512_loadu_si512(sum), even));
        _mm512_storeu_si512(sum + 8, _mm512_add_epi64(_mm512_loadu_si512(sum + 8), odd));
    }
}

/* As add_terms for one width of `a`, so that both widths are constants in the loops. */
static inline __attribute__((always_inline)) void add_terms_by(const void *a, size_t a_bytes,
                                                               const void *b, size_t b_bytes,
                                                               size_t pair, size_t n,
                                                               uint64_t *hash)
{
    if (b_bytes == 4)
        add_terms(a, a_bytes, b, 4, pair, n, hash);
    else if (b_bytes == 2)
        add_terms(a, a_bytes, b, 2, pair, n, hash);
    else if (b_bytes == 1)
        add_terms(a, a_bytes, b, 1, pair, n, hash);
    else
        add_terms(a, a_bytes, b, 0, pair, n, hash);
}

/* The terms of a pair of columns of any types, one by one. */
static void add_odd_types(const struct weir_column *columns, size_t n_columns, size_t pair,
                          size_t n, uint64_t *hash)
{
    const bool alone = 2 * pair + 1 == n_columns;
    for (size_t i = 0; i < n; i++) {
        const uint64_t a = flow_hash_value(&columns[2 * pair], i);
        const uint64_t b = alone ? 0 : flow_hash_value(&columns[2 * pair + 1], i);
        const size_t place = i / GROUP * GROUP + i % 2 * 8 + i % GROUP / 2;
        hash[place] += flow_hash_term(pair, a, b);
    }
}

static void add_pair(const struct weir_column *columns, size_t n_columns, size_t pair, size_t n,
                     uint64_t *hash)
{
    const struct weir_column *a = &columns[2 * pair];
    const bool alone = 2 * pair + 1 == n_columns;
    const void *b = alone ? NULL : a[1].data;
    const size_t a_bytes = plain_bytes(a->type);
    const size_t b_bytes = alone ? 0 : plain_bytes(a[1].type);
    if (a_bytes == 0 || (!alone && b_bytes == 0))
        add_odd_types(columns, n_columns, pair, n, hash);
    else if (a_bytes == 4)
        add_terms_by(a->data, 4, b, b_bytes, pair, n, hash);
    else if (a_bytes == 2)
        add_terms_by(a->data, 2, b, b_bytes, pair, n, hash);
    else
        add_terms_by(a->data, 1, b, b_bytes, pair, n, hash);
}

static inline __m512i mix(__m512i x)
{
    x = _mm512_xor_si512(x, _mm512_srli_epi64(x, 30));
    x = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)FLOW_HASH_MIX_1));
    x = _mm512_xor_si512(x, _mm512_srli_epi64(x, 27));
    x = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)FLOW_HASH_MIX_2));
    return _mm512_xor_si512(x, _mm512_srli_epi64(x, 31));
}

/* Mixes the sums of whole groups and puts them in the order of the records. */
static void mix_groups(size_t n, uint64_t *hash)
{
    const __m512i first = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
    const __m512i second = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
    for (size_t i = 0; i < n; i += GROUP) {
        const __m512i even = mix(_mm512_loadu_si512(hash + i));
        const __m512i odd = mix(_mm512_loadu_si512(hash + i + 8));
        _mm512_storeu_si512(hash + i, _mm512_permutex2var_epi64(even, first, odd));
        _mm512_storeu_si512(hash + i + 8, _mm512_permutex2var_epi64(even, second, odd));
    }
}

static void hash_blocks(const struct weir_column *columns, size_t n_columns, size_t n,
                        uint64_t *hash)
{
    struct weir_column block[WEIR_FLOW_HASH_COLUMNS_MAX];
    for (size_t begin = 0; begin < n; begin += FLOW_HASH_BLOCK) {
        const size_t m = n - begin < FLOW_HASH_BLOCK ? n - begin : FLOW_HASH_BLOCK;
        const size_t whole = m / GROUP * GROUP;
        uint64_t *sums = hash + begin;
        for (size_t c = 0; c < n_columns; c++) {
            block[c].type = columns[c].type;
            block[c].data = weir_column_at(&columns[c], begin);
        }
        memset(sums, 0, whole * sizeof *sums);
        for (size_t pair = 0; 2 * pair < n_columns; pair++)
            add_pair(block, n_columns, pair, whole, sums);
        mix_groups(whole, sums);
        for (size_t c = 0; c < n_columns; c++)
            block[c].data = weir_column_at(&block[c], whole);
        body_hash(block, n_columns, m - whole, sums + whole);
    }
}

/* Eight hashes at a time; their words are gathered. */
static size_t test(const struct weir_flow_bloom *bloom, const uint64_t *hash, size_t n,
                   uint8_t *mask)
{
    const __m512i words = _mm512_set1_epi64((long long)(bloom->n_words - 1));
    const __m512i one = _mm512_set1_epi64(1);
    const __m512i low = _mm512_set1_epi64(63);
    size_t n_ones = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m512i x = _mm512_loadu_si512(hash + i);
        const __m512i at = _mm512_and_si512(_mm512_srli_epi64(x, WEIR_FLOW_BLOOM_BITS), words);
        const __m512i word = _mm512_i64gather_epi64(at, bloom->word, 8);
        __m512i bits = _mm512_sllv_epi64(one, _mm512_and_si512(x, low));
        for (unsigned k = 6; k < WEIR_FLOW_BLOOM_BITS; k += 6)
            bits = _mm512_or_si512(
                bits, _mm512_sllv_epi64(one, _mm512_and_si512(_mm512_srli_epi64(x, k), low)));
        const __mmask8 hits = _mm512_testn_epi64_mask(_mm512_andnot_si512(word, bits), bits);
        _mm_storel_epi64((void *)(mask + i), _mm_and_si128(_mm_movm_epi8(hits), _mm_set1_epi8(1)));
        n_ones += (size_t)_mm_popcnt_u32(hits);
    }
    return n_ones + body_test(bloom, hash + i, n - i, mask + i);
}

const struct weir_flow_hash_ops weir_flow_hash_avx512 = {
    .hash = hash_blocks, .insert = body_insert, .test = test};

#endif
