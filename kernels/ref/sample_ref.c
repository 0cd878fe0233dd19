/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws in plain C: the definition. */
#include "sample_body.h"

const struct weir_sample_ops weir_sample_ref = {.draw = draw};
