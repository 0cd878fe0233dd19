/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox with AVX-512: 32 records at a time in four vectors of each word. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include <immintrin.h>
#include <stdint.h>

#define VECTORS 4
#define LANES   8
typedef __m512i philox_lanes;

static inline philox_lanes philox_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

static inline philox_lanes philox_count(uint64_t x)
{
    return _mm512_add_epi64(philox_all(x), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline philox_lanes philox_high(philox_lanes x)
{
    return _mm512_srli_epi64(x, 32);
}

static inline philox_lanes philox_xor(philox_lanes x, philox_lanes y)
{
    return _mm512_xor_si512(x, y);
}

static inline philox_lanes philox_times(philox_lanes x, philox_lanes y)
{
    return _mm512_mul_epu32(x, y);
}

static inline void philox_store(const philox_lanes x[VECTORS], uint32_t *out)
{
    for (int v = 0; v < VECTORS; v++)
        _mm256_storeu_si256((__m256i *)(void *)(out + (intptr_t)v * LANES),
                            _mm512_cvtepi64_epi32(x[v]));
}

#include "philox_body.h"

const struct weir_philox_ops weir_philox_avx512 = {.fill = fill};

#endif
