/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicate programs in plain C: the definition. */
#include "predicate_body.inc"

const struct weir_predicate_ops weir_predicate_ref = {.run = run_program};
