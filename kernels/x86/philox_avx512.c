/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox with AVX-512: 32 records at a time, in four vectors whose chains of multiplications
 * overlap.
 *
 * Each lane of 64 bits holds one word of one record. Multiplications take the low halves; what the
 * high ones hold is never looked at, so nothing is masked. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include "philox.h"

#include <immintrin.h>
#include <string.h>

#define ROUNDS  10
#define VECTORS 4
#define LANES   8
#define GROUP   (VECTORS * LANES)

static __m512i high_half(__m512i x)
{
    return _mm512_srli_epi64(x, 32);
}

/* Ten rounds on words a, b, c, d of 32 records. */
static void make_blocks(uint64_t seed, __m512i a[VECTORS], __m512i b[VECTORS], __m512i c[VECTORS],
                        __m512i d[VECTORS])
{
    const __m512i times_0 = _mm512_set1_epi64(0xD2511F53);
    const __m512i times_1 = _mm512_set1_epi64(0xCD9E8D57);
    uint32_t key_0 = (uint32_t)seed;
    uint32_t key_1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        const __m512i k0 = _mm512_set1_epi64(key_0);
        const __m512i k1 = _mm512_set1_epi64(key_1);
        for (int v = 0; v < VECTORS; v++) {
            const __m512i p = _mm512_mul_epu32(times_0, a[v]);
            const __m512i q = _mm512_mul_epu32(times_1, c[v]);
            a[v] = _mm512_xor_si512(_mm512_xor_si512(high_half(q), b[v]), k0);
            b[v] = q;
            c[v] = _mm512_xor_si512(_mm512_xor_si512(high_half(p), d[v]), k1);
            d[v] = p;
        }
        key_0 += 0x9E3779B9;
        key_1 += 0xBB67AE85;
    }
}

/* The low halves of 32 lanes, in order. */
static void store_low(const __m512i x[VECTORS], uint32_t *out)
{
    for (int v = 0; v < VECTORS; v++)
        _mm256_storeu_si256((__m256i *)(void *)(out + (size_t)v * LANES),
                            _mm512_cvtepi64_epi32(x[v]));
}

static void fill_group(uint64_t seed, uint64_t stream, uint64_t first, uint32_t *const word[4],
                       size_t at)
{
    __m512i a[VECTORS], b[VECTORS], c[VECTORS], d[VECTORS];
    for (int v = 0; v < VECTORS; v++) {
        a[v] = _mm512_add_epi64(_mm512_set1_epi64((long long)(first + (uint64_t)v * LANES)),
                                _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
        b[v] = high_half(a[v]);
        c[v] = _mm512_set1_epi64((long long)stream);
        d[v] = high_half(c[v]);
    }
    make_blocks(seed, a, b, c, d);
    store_low(a, word[0] + at);
    store_low(b, word[1] + at);
    store_low(c, word[2] + at);
    store_low(d, word[3] + at);
}

static void fill(uint64_t seed, uint64_t stream, uint64_t first, size_t n,
                 uint32_t *const word[WEIR_PHILOX_WORDS])
{
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP)
        fill_group(seed, stream, first + i, word, i);
    if (i == n)
        return;
    uint32_t rest[WEIR_PHILOX_WORDS][GROUP];
    uint32_t *const into[WEIR_PHILOX_WORDS] = {rest[0], rest[1], rest[2], rest[3]};
    fill_group(seed, stream, first + i, into, 0);
    for (int w = 0; w < WEIR_PHILOX_WORDS; w++)
        memcpy(word[w] + i, rest[w], (n - i) * sizeof *rest[w]);
}

const struct weir_philox_ops weir_philox_avx512 = {.fill = fill};

#endif
