/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails of the normal distribution, compiled for AVX2. */
#include "normal_tail_body.h"

const struct weir_normal_tail_ops weir_normal_tail_avx2 = {.fill = fill};
