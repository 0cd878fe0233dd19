/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins for AVX2: vector additions, durations and rates; the rest is
 * plain C, which gains from LZCNT and BMI2. */
#include "log_hist_body.h"

static inline void tally_index_block(const struct weir_log_hist_tally *tally, const uint64_t *x,
                                     uint32_t *index)
{
    body_tally_index(tally, x, TALLY_BLOCK, index);
}

#include "log_hist_derive_avx2.h"
#include "log_hist_tally.h"

const struct weir_log_hist_ops weir_log_hist_avx2 = {
    .durations = derive_durations,
    .rates = derive_rates,
    .bits_or = body_bits_or,
    .index = body_index,
    .lower = body_lower,
    .split = body_split,
    .add = entry_add_all,
    .tally = tally_all,
    .pack = body_pack,
};
