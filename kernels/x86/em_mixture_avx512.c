/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expectation pass for AVX-512. */
#include "em_mixture_body.h"

const struct weir_em_mixture_ops weir_em_mixture_avx512 = {
    .block = em_block, .exp = em_exp, .log = em_log};
