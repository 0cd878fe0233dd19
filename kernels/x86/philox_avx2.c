/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox with AVX2: 8 records at a time in two vectors of each word; four would not stay in
 * registers. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include <immintrin.h>
#include <stdint.h>

#define VECTORS 2
#define LANES   4
typedef __m256i philox_lanes;

static inline philox_lanes philox_all(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

static inline philox_lanes philox_count(uint64_t x)
{
    return _mm256_add_epi64(philox_all(x), _mm256_setr_epi64x(0, 1, 2, 3));
}

static inline philox_lanes philox_high(philox_lanes x)
{
    return _mm256_srli_epi64(x, 32);
}

static inline philox_lanes philox_xor(philox_lanes x, philox_lanes y)
{
    return _mm256_xor_si256(x, y);
}

static inline philox_lanes philox_times(philox_lanes x, philox_lanes y)
{
    return _mm256_mul_epu32(x, y);
}

static inline void philox_store(const philox_lanes x[VECTORS], uint32_t *out)
{
    for (int v = 0; v < VECTORS; v += 2) {
        const __m256 pairs =
            _mm256_shuffle_ps(_mm256_castsi256_ps(x[v]), _mm256_castsi256_ps(x[v + 1]), 0x88);
        _mm256_storeu_si256((__m256i *)(void *)(out + (intptr_t)v * LANES),
                            _mm256_permute4x64_epi64(_mm256_castps_si256(pairs), 0xD8));
    }
}

#include "philox_body.h"

const struct weir_philox_ops weir_philox_avx2 = {.fill = fill};

#endif
