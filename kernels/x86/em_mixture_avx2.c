/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expectation pass for AVX2 and FMA. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include <immintrin.h>
#include <stdint.h>

#define EM_WIDTH 4
typedef __m256d em_reals;
typedef uint64_t em_ints __attribute__((vector_size(sizeof(em_reals))));

static inline em_reals em_all(double x)
{
    return _mm256_set1_pd(x);
}

static inline em_reals em_fma(em_reals x, em_reals y, em_reals z)
{
    return _mm256_fmadd_pd(x, y, z);
}

static inline em_reals em_max(em_reals x, em_reals y)
{
    return _mm256_max_pd(x, y);
}

static inline em_reals em_min(em_reals x, em_reals y)
{
    return _mm256_min_pd(x, y);
}

static inline em_reals em_from(em_reals x, em_reals y, em_reals a, em_reals b)
{
    return _mm256_blendv_pd(b, a, _mm256_cmp_pd(x, y, _CMP_GE_OQ));
}

#include "em_mixture_body.h"

const struct weir_em_mixture_ops weir_em_mixture_avx2 = {
    .block = em_block, .exp2 = em_exp2, .log = em_log};

#endif
