/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins for AVX2: vector additions; the rest is plain C, which gains
 * from LZCNT and BMI2. */
#include "log_hist_entry.h"

const struct weir_log_hist_ops weir_log_hist_avx2 = {
    .bits_or = body_bits_or,
    .index = body_index,
    .lower = body_lower,
    .split = body_split,
    .add = entry_add_all,
    .pack = body_pack,
};
