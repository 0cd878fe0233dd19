/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expectation pass for any machine: fma() of the library where the compiler may not use the
 * instruction. */
#include <math.h>
#include <stdint.h>

#define EM_WIDTH 1
typedef double em_reals;
typedef uint64_t em_ints;

static inline em_reals em_all(double x)
{
    return x;
}

static inline em_reals em_fma(em_reals x, em_reals y, em_reals z)
{
    return fma(x, y, z);
}

static inline em_reals em_max(em_reals x, em_reals y)
{
    return x > y ? x : y;
}

static inline em_reals em_min(em_reals x, em_reals y)
{
    return x < y ? x : y;
}

static inline em_reals em_from(em_reals x, em_reals y, em_reals a, em_reals b)
{
    return x >= y ? a : b;
}

#include "em_mixture_body.h"

const struct weir_em_mixture_ops weir_em_mixture_ref = {
    .block = em_block, .exp2 = em_exp2, .log = em_log};
