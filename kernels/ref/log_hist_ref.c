/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins for any machine. */
#include "log_hist_body.h"

const struct weir_log_hist_ops weir_log_hist_ref = {
    .durations = body_durations,
    .rates = body_rates,
    .bits_or = body_bits_or,
    .index = body_index,
    .lower = body_lower,
    .split = body_split,
    .add = body_add,
    .tally = body_tally,
    .pack = body_pack,
};
