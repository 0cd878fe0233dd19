/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox with AVX2: 8 records at a time, in two vectors whose chains of multiplications overlap.
 *
 * Each lane of 64 bits holds one word of one record: two vectors of each word, because four would
 * not stay in registers. Multiplications take the low halves; what the high ones hold is never
 * looked at, so nothing is masked. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include "philox.h"

#include <immintrin.h>
#include <string.h>

#define ROUNDS  10
#define VECTORS 2
#define LANES   4
#define GROUP   (VECTORS * LANES)

static __m256i high_half(__m256i x)
{
    return _mm256_srli_epi64(x, 32);
}

/* Ten rounds on words a, b, c, d of 8 records. */
static void make_blocks(uint64_t seed, __m256i a[VECTORS], __m256i b[VECTORS], __m256i c[VECTORS],
                        __m256i d[VECTORS])
{
    const __m256i times_0 = _mm256_set1_epi64x(0xD2511F53);
    const __m256i times_1 = _mm256_set1_epi64x(0xCD9E8D57);
    uint32_t key_0 = (uint32_t)seed;
    uint32_t key_1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        const __m256i k0 = _mm256_set1_epi64x(key_0);
        const __m256i k1 = _mm256_set1_epi64x(key_1);
        for (int v = 0; v < VECTORS; v++) {
            const __m256i p = _mm256_mul_epu32(times_0, a[v]);
            const __m256i q = _mm256_mul_epu32(times_1, c[v]);
            a[v] = _mm256_xor_si256(_mm256_xor_si256(high_half(q), b[v]), k0);
            b[v] = q;
            c[v] = _mm256_xor_si256(_mm256_xor_si256(high_half(p), d[v]), k1);
            d[v] = p;
        }
        key_0 += 0x9E3779B9;
        key_1 += 0xBB67AE85;
    }
}

/* The low halves of 8 lanes, in order. */
static void store_low(const __m256i x[VECTORS], uint32_t *out)
{
    for (int v = 0; v < VECTORS; v += 2) {
        const __m256 pairs =
            _mm256_shuffle_ps(_mm256_castsi256_ps(x[v]), _mm256_castsi256_ps(x[v + 1]), 0x88);
        _mm256_storeu_si256((__m256i *)(void *)(out + (size_t)v * LANES),
                            _mm256_permute4x64_epi64(_mm256_castps_si256(pairs), 0xD8));
    }
}

static void fill_group(uint64_t seed, uint64_t stream, uint64_t first, uint32_t *const word[4],
                       size_t at)
{
    __m256i a[VECTORS], b[VECTORS], c[VECTORS], d[VECTORS];
    for (int v = 0; v < VECTORS; v++) {
        a[v] = _mm256_add_epi64(_mm256_set1_epi64x((long long)(first + (uint64_t)v * LANES)),
                                _mm256_setr_epi64x(0, 1, 2, 3));
        b[v] = high_half(a[v]);
        c[v] = _mm256_set1_epi64x((long long)stream);
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

const struct weir_philox_ops weir_philox_avx2 = {.fill = fill};

#endif
