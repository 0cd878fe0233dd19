/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expectation pass for any machine: fma() of the library where the compiler may not use the
 * instruction. */
#include "em_mixture_body.h"

const struct weir_em_mixture_ops weir_em_mixture_ref = {
    .block = em_block, .exp = em_exp, .log = em_log};
