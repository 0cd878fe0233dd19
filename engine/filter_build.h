/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making nodes of filter trees: operators with constants folded, and what the language has beyond
 * them, made of operators. (Comparisons are in filter_compare.h.)
 *
 * A builder keeps its first failure in `status`. From then on every call does nothing and returns
 * 0, so that a caller may ask once, in the end. All nodes get the builder's column and guard.
 */
#ifndef WEIR_FILTER_BUILD_H
#define WEIR_FILTER_BUILD_H

#include "filter_name.h"
#include "filter_parse.h"

/* A derived value that was made before, under a guard. */
struct weir_filter_known {
    bool is_set;
    uint32_t index, guard;
};

struct weir_filter_builder {
    struct weir_filter_tree *tree;
    struct weir_error *err;
    enum weir_status status;
    uint32_t column; /* of the next nodes */
    uint32_t guard;  /* of the next nodes, or WEIR_FILTER_NO_NODE */
    struct weir_filter_known duration, rate;
};

/* Each returns the index of a node of the tree. */
uint32_t weir_build_node(struct weir_filter_builder *b, const struct weir_filter_node *node);
uint32_t weir_build_const(struct weir_filter_builder *b, weir_i128 value);
uint32_t weir_build_field(struct weir_filter_builder *b, enum weir_field field);

/* An operator, or the constant that it gives; operators with one operand take it twice. INVERT of a
 * boolean becomes NOT. WEIR_USAGE: constants without a value, an operand that may only be compared.
 */
uint32_t weir_build_operator(struct weir_filter_builder *b, enum weir_filter_kind kind,
                             uint32_t left, uint32_t right);

/* The boolean `index != 0`, or the node itself where it is one. */
uint32_t weir_build_truth(struct weir_filter_builder *b, uint32_t index);

/* WEIR_USAGE unless the node may be used as a number. */
bool weir_build_is_number(struct weir_filter_builder *b, uint32_t index);

/* What a name stands for (not NONE). */
uint32_t weir_build_name(struct weir_filter_builder *b, struct weir_filter_name name);

#endif
