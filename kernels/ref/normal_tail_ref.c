/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails of the normal distribution in plain C: the definition. */
#include "normal_tail_body.h"

const struct weir_normal_tail_ops weir_normal_tail_ref = {.fill = fill};
