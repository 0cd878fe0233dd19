/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an expression tree and column types to a program for the predicate kernels.
 *
 * Binding proves the range of every value from the column types, and picks for each operator the
 * narrowest lanes that its operands and its result fit: masks, 64 bits, or 128 bits with checks
 * where the proof fails. Comparisons with constants work on columns in their own width; what the
 * ranges decide is no longer computed, unless it may fail, which is part of its meaning.
 */
#ifndef WEIR_FILTER_BIND_H
#define WEIR_FILTER_BIND_H

#include "filter_parse.h"
#include "predicate.h"

/* A program whose last step writes the result mask. Its arrays come from `mem`. */
struct weir_filter_program {
    struct weir_predicate_step *steps;
    size_t n_steps;
    size_t capacity;
    size_t scratch_bytes; /* registers of one strip */
    struct weir_mem *mem;
};

/* Binds `tree` to the types of the fields that it names (type[f], none of them WEIR_TYPE_NONE). On
 * success *program is the caller's; after WEIR_MEMORY it is empty. */
enum weir_status weir_filter_bind(const struct weir_filter_tree *tree,
                                  const enum weir_type type[WEIR_N_FIELDS], struct weir_mem *mem,
                                  struct weir_filter_program *program,
                                  struct weir_error *err) WEIR_MUST_CHECK;
void weir_filter_program_release(struct weir_filter_program *program);

#endif
