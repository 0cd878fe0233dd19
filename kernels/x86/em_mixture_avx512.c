/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expectation pass for AVX-512. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include <immintrin.h>
#include <stdint.h>

#define EM_WIDTH 8
typedef __m512d em_reals;
typedef uint64_t em_ints __attribute__((vector_size(sizeof(em_reals))));

static inline em_reals em_all(double x)
{
    return _mm512_set1_pd(x);
}

static inline em_reals em_fma(em_reals x, em_reals y, em_reals z)
{
    return _mm512_fmadd_pd(x, y, z);
}

static inline em_reals em_max(em_reals x, em_reals y)
{
    return _mm512_max_pd(x, y);
}

static inline em_reals em_min(em_reals x, em_reals y)
{
    return _mm512_min_pd(x, y);
}

static inline em_reals em_from(em_reals x, em_reals y, em_reals a, em_reals b)
{
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(x, y, _CMP_GE_OQ), b, a);
}

#include "em_mixture_body.h"

const struct weir_em_mixture_ops weir_em_mixture_avx512 = {
    .block = em_block, .exp2 = em_exp2, .log = em_log};

#endif
