/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making nodes of filter trees. */
#include "filter_build.h"

#include "wide.h"

#include <string.h>

uint32_t weir_build_node(struct weir_filter_builder *b, const struct weir_filter_node *node)
{
    struct weir_filter_tree *tree = b->tree;
    if (b->status != WEIR_OK)
        return 0;
    if (tree->n_nodes == tree->capacity) {
        const size_t capacity = tree->capacity == 0 ? 16 : 2 * tree->capacity;
        struct weir_filter_node *nodes =
            weir_mem_resize(tree->mem, tree->nodes, capacity * sizeof *nodes);
        if (nodes == NULL) {
            b->status =
                weir_error_set(b->err, WEIR_MEMORY, "filter: no memory for %zu operands", capacity);
            return 0;
        }
        tree->nodes = nodes;
        tree->capacity = capacity;
    }
    const uint32_t index = (uint32_t)tree->n_nodes++;
    tree->nodes[index] = *node;
    tree->nodes[index].column = b->column;
    tree->nodes[index].guard = b->guard;
    return index;
}

uint32_t weir_build_const(struct weir_filter_builder *b, weir_i128 value)
{
    const struct weir_filter_node node = {.kind = WEIR_FILTER_CONST, .value = value};
    return weir_build_node(b, &node);
}

uint32_t weir_build_field(struct weir_filter_builder *b, enum weir_field field)
{
    const struct weir_filter_node node = {.kind = WEIR_FILTER_FIELD, .field = field};
    b->tree->fields |= WEIR_FIELD_BIT(field);
    return weir_build_node(b, &node);
}

bool weir_build_is_number(struct weir_filter_builder *b, uint32_t index)
{
    static const char *const wanted[] = {
        [WEIR_ROLE_PORT] = "a comparison of 'port' with a number",
        [WEIR_ROLE_SRC] = "a comparison of 'src' with an address",
        [WEIR_ROLE_DST] = "a comparison of 'dst' with an address",
        [WEIR_ROLE_IP] = "a comparison of 'ip' with an address",
        [WEIR_ROLE_IPV4] = "a comparison of this address with src, dst or ip",
        [WEIR_ROLE_IPV6] = "a comparison of this address with src, dst or ip",
        [WEIR_ROLE_TIME] = "a comparison of this time, which has a fraction, with first or last",
    };
    if (b->status != WEIR_OK)
        return false;
    const struct weir_filter_node *node = &b->tree->nodes[index];
    if (node->role != WEIR_ROLE_NUMBER)
        b->status = weir_error_set(b->err, WEIR_USAGE,
                                   "filter: column %u: expected %s, but found another use",
                                   node->column, wanted[node->role]);
    return b->status == WEIR_OK;
}

/* --- operators ------------------------------------------------------------------------------- */

/* The value of an operator on constants; false when there is none. */
static bool fold(enum weir_filter_kind kind, weir_i128 a, weir_i128 b, weir_i128 *out)
{
    switch (kind) {
    case WEIR_FILTER_CONST:
    case WEIR_FILTER_FIELD:
    case WEIR_FILTER_PLUS:
        *out = a;
        return true;
    case WEIR_FILTER_NEG:
        return weir_wide_sub(0, a, out);
    case WEIR_FILTER_INVERT:
        *out = ~a;
        return true;
    case WEIR_FILTER_NOT:
        *out = !a;
        return true;
    case WEIR_FILTER_ADD:
        return weir_wide_add(a, b, out);
    case WEIR_FILTER_SUB:
        return weir_wide_sub(a, b, out);
    case WEIR_FILTER_MUL:
        return weir_wide_mul(a, b, out);
    case WEIR_FILTER_DIV:
        return weir_wide_div(a, b, out);
    case WEIR_FILTER_MOD:
        return weir_wide_mod(a, b, out);
    case WEIR_FILTER_SHL:
        return weir_wide_shl(a, b, out);
    case WEIR_FILTER_SHR:
        return weir_wide_shr(a, b, out);
    case WEIR_FILTER_AND:
        *out = a & b;
        return true;
    case WEIR_FILTER_OR:
        *out = a | b;
        return true;
    case WEIR_FILTER_XOR:
        *out = a ^ b;
        return true;
    case WEIR_FILTER_WHEN:
        *out = b != 0 ? a : 0;
        return true;
    case WEIR_FILTER_EQ:
        *out = a == b;
        return true;
    case WEIR_FILTER_NE:
        *out = a != b;
        return true;
    case WEIR_FILTER_LT:
        *out = a < b;
        return true;
    case WEIR_FILTER_LE:
        *out = a <= b;
        return true;
    case WEIR_FILTER_GT:
        *out = a > b;
        return true;
    case WEIR_FILTER_GE:
        *out = a >= b;
        return true;
    }
    return false;
}

static void fail_fold(struct weir_filter_builder *b, enum weir_filter_kind kind, weir_i128 right)
{
    const char *reason = "the result does not fit 128 bits";
    if ((kind == WEIR_FILTER_DIV || kind == WEIR_FILTER_MOD) && right == 0)
        reason = "division by zero";
    if ((kind == WEIR_FILTER_SHL || kind == WEIR_FILTER_SHR) && right < 0)
        reason = "negative shift count";
    b->status = weir_error_set(b->err, WEIR_USAGE, "filter: column %u: '%s' of constants: %s",
                               b->column, weir_filter_kind_text(kind), reason);
}

uint32_t weir_build_operator(struct weir_filter_builder *b, enum weir_filter_kind kind,
                             uint32_t left, uint32_t right)
{
    if (!weir_build_is_number(b, left) || !weir_build_is_number(b, right))
        return 0;
    const struct weir_filter_node *x = &b->tree->nodes[left];
    const struct weir_filter_node *y = &b->tree->nodes[right];
    struct weir_filter_node node = {.kind = kind, .left = left, .right = right};
    if (kind == WEIR_FILTER_INVERT && x->boolean)
        node.kind = WEIR_FILTER_NOT;
    const bool logical =
        kind == WEIR_FILTER_AND || kind == WEIR_FILTER_OR || kind == WEIR_FILTER_XOR;
    node.boolean = node.kind == WEIR_FILTER_NOT || kind >= WEIR_FILTER_EQ ||
                   (logical && x->boolean && y->boolean);
    if (x->kind == WEIR_FILTER_CONST && y->kind == WEIR_FILTER_CONST) {
        if (!fold(node.kind, x->value, y->value, &node.value)) {
            fail_fold(b, kind, y->value);
            return 0;
        }
        node.kind = WEIR_FILTER_CONST;
    }
    return weir_build_node(b, &node);
}

uint32_t weir_build_truth(struct weir_filter_builder *b, uint32_t index)
{
    if (!weir_build_is_number(b, index) || b->tree->nodes[index].boolean)
        return index;
    return weir_build_operator(b, WEIR_FILTER_NE, index, weir_build_const(b, 0));
}

/* --- names ----------------------------------------------------------------------------------- */

/* True when what was made before is defined wherever the next nodes are. */
static bool is_known(const struct weir_filter_builder *b, const struct weir_filter_known *known)
{
    return known->is_set && (known->guard == WEIR_FILTER_NO_NODE || known->guard == b->guard);
}

/* (last - first) * 1000 + last_ms - first_ms where that is positive and packets != 1, else 0. */
static uint32_t build_duration(struct weir_filter_builder *b)
{
    if (is_known(b, &b->duration))
        return b->duration.index;
    const uint32_t last = weir_build_field(b, WEIR_LAST);
    const uint32_t first = weir_build_field(b, WEIR_FIRST);
    const uint32_t seconds = weir_build_operator(b, WEIR_FILTER_SUB, last, first);
    const uint32_t whole =
        weir_build_operator(b, WEIR_FILTER_MUL, seconds, weir_build_const(b, 1000));
    const uint32_t last_ms = weir_build_field(b, WEIR_LAST_MS);
    const uint32_t end = weir_build_operator(b, WEIR_FILTER_ADD, whole, last_ms);
    const uint32_t first_ms = weir_build_field(b, WEIR_FIRST_MS);
    const uint32_t ms = weir_build_operator(b, WEIR_FILTER_SUB, end, first_ms);
    const uint32_t forward = weir_build_operator(b, WEIR_FILTER_GT, ms, weir_build_const(b, 0));
    const uint32_t lasts = weir_build_operator(b, WEIR_FILTER_WHEN, ms, forward);
    const uint32_t packets = weir_build_field(b, WEIR_PACKETS);
    const uint32_t several =
        weir_build_operator(b, WEIR_FILTER_NE, packets, weir_build_const(b, 1));
    const uint32_t index = weir_build_operator(b, WEIR_FILTER_WHEN, lasts, several);
    b->duration = (struct weir_filter_known){true, index, b->guard};
    return index;
}

/* octets * 8000 // duration where duration != 0, else 0. */
static uint32_t build_rate(struct weir_filter_builder *b)
{
    if (is_known(b, &b->rate))
        return b->rate.index;
    const uint32_t duration = build_duration(b);
    const uint32_t lasts = weir_build_truth(b, duration);
    const uint32_t octets = weir_build_field(b, WEIR_OCTETS);
    const uint32_t scaled =
        weir_build_operator(b, WEIR_FILTER_MUL, octets, weir_build_const(b, 8000));
    const uint32_t guard = b->guard;
    b->guard = guard == WEIR_FILTER_NO_NODE ? lasts
                                            : weir_build_operator(b, WEIR_FILTER_AND, guard, lasts);
    const uint32_t quotient = weir_build_operator(b, WEIR_FILTER_DIV, scaled, duration);
    b->guard = guard;
    const uint32_t index = weir_build_operator(b, WEIR_FILTER_WHEN, quotient, lasts);
    b->rate = (struct weir_filter_known){true, index, guard};
    return index;
}

static uint32_t build_role(struct weir_filter_builder *b, enum weir_filter_role role)
{
    const struct weir_filter_node node = {.kind = WEIR_FILTER_CONST, .role = role};
    return weir_build_node(b, &node);
}

uint32_t weir_build_name(struct weir_filter_builder *b, struct weir_filter_name name)
{
    uint32_t index = 0;
    switch (name.meaning) {
    case WEIR_NAME_PORT:
        index = build_role(b, WEIR_ROLE_PORT);
        (void)weir_build_field(b, WEIR_SP);
        (void)weir_build_field(b, WEIR_DP);
        return index;
    case WEIR_NAME_SRC:
        return build_role(b, WEIR_ROLE_SRC);
    case WEIR_NAME_DST:
        return build_role(b, WEIR_ROLE_DST);
    case WEIR_NAME_IP:
        return build_role(b, WEIR_ROLE_IP);
    case WEIR_NAME_DURATION:
        return build_duration(b);
    case WEIR_NAME_RATE:
        return build_rate(b);
    case WEIR_NAME_NUMBER:
        return weir_build_const(b, name.number);
    case WEIR_NAME_FIELD:
    case WEIR_NAME_NONE:
        break;
    }
    return weir_build_field(b, name.field);
}
