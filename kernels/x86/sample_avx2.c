/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws, compiled for AVX2 and what comes with it (MULX). */
#include "sample_body.h"

const struct weir_sample_ops weir_sample_avx2 = {.draw = draw};
