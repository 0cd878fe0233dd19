/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicate programs compiled for AVX2. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include "predicate_body.inc"

const struct weir_predicate_ops weir_predicate_avx2 = {.run = run_program};

#endif
