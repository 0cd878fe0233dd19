/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filter expressions as trees: text -> nodes in one array, operands before operators.
 *
 * Constant subexpressions are folded on the way. The array may hold nodes that the root does not
 * reach (operands of folded operators); the middle of a chained comparison has two parents.
 */
#ifndef WEIR_FILTER_PARSE_H
#define WEIR_FILTER_PARSE_H

#include "batch.h"
#include "mem.h"
#include "number.h"
#include "time_window.h"

#define WEIR_FILTER_TEXT_MAX  65536 /* characters of an expression */
#define WEIR_FILTER_DEPTH_MAX 200   /* parentheses and signs inside each other */

enum weir_filter_kind {
    WEIR_FILTER_CONST,
    WEIR_FILTER_FIELD,
    /* one operand: left == right */
    WEIR_FILTER_PLUS,
    WEIR_FILTER_NEG,
    WEIR_FILTER_INVERT, /* ~ of an integer */
    WEIR_FILTER_NOT,    /* ~ of a boolean */
    /* two operands */
    WEIR_FILTER_ADD,
    WEIR_FILTER_SUB,
    WEIR_FILTER_MUL,
    WEIR_FILTER_DIV,
    WEIR_FILTER_MOD,
    WEIR_FILTER_SHL,
    WEIR_FILTER_SHR,
    WEIR_FILTER_AND,
    WEIR_FILTER_OR,
    WEIR_FILTER_XOR,
    WEIR_FILTER_WHEN, /* left where right (a boolean) is true, else 0; not written by anybody */
    WEIR_FILTER_EQ,
    WEIR_FILTER_NE,
    WEIR_FILTER_LT,
    WEIR_FILTER_LE,
    WEIR_FILTER_GT,
    WEIR_FILTER_GE
};

/* What a node is that has no value of its own: it may only be compared, which makes other nodes of
 * it. Such a node is a CONST that nobody reads. */
enum weir_filter_role {
    WEIR_ROLE_NUMBER, /* an ordinary node */
    WEIR_ROLE_PORT,   /* the next two nodes are sp and dp */
    WEIR_ROLE_SRC,
    WEIR_ROLE_DST,
    WEIR_ROLE_IP,
    WEIR_ROLE_IPV4, /* a literal: value and bits */
    WEIR_ROLE_IPV6,
    WEIR_ROLE_TIME /* a literal with a fraction: value in ms */
};

#define WEIR_FILTER_NO_NODE UINT32_MAX

struct weir_filter_node {
    enum weir_filter_kind kind;
    enum weir_filter_role role;
    bool boolean;          /* the value is the answer of a comparison, or made of such */
    bool grouped;          /* stands in parentheses of its own */
    bool prefixed;         /* an address literal with /N */
    uint8_t bits;          /* length of an address literal's prefix */
    enum weir_field field; /* of a FIELD */
    uint32_t column;       /* place in the text, from 1: of the operator where there is one; 0: of
                              the window of time, which has none */
    uint32_t left, right;  /* operands: lower indices */
    uint32_t guard;        /* only where this boolean of lower index is true does it matter whether
                              the node has a value; or WEIR_FILTER_NO_NODE: everywhere */
    weir_i128 value;       /* of a CONST */
};

struct weir_filter_tree {
    struct weir_filter_node *nodes;
    size_t n_nodes;
    size_t capacity;
    uint32_t root;
    weir_fields fields; /* that the text reads */
    struct weir_mem *mem;
};

/* Parses `text`, which may be empty where `window` has an end; statuses as
 * weir_filter_parse_within. The text is guarded by the window: it cannot fail for records outside.
 * On success the tree is the caller's to release; after a failure it is empty. Warns (log.h) where
 * & | ^ without parentheses stand in the middle of a chained comparison, which is hardly ever
 * meant. */
enum weir_status weir_filter_tree_parse(const char *text, const struct weir_time_window *window,
                                        struct weir_mem *mem, struct weir_filter_tree *tree,
                                        struct weir_error *err) WEIR_MUST_CHECK;
void weir_filter_tree_release(struct weir_filter_tree *tree);

/* How an operator is written; "" for CONST and FIELD. Static storage. */
const char *weir_filter_kind_text(enum weir_filter_kind kind);

#endif
