/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parser of filter expressions: precedence climbing over Python's table of operators.
 *
 * Only parentheses, signs and operators that bind more tightly recurse, and the first two are
 * counted, so that the stack is bounded. A new level of precedence (and, or, not) is a row of
 * filter_token.c and a kind of node. */
#include "filter_parse.h"

#include "field.h"
#include "filter_token.h"
#include "log.h"
#include "wide.h"

#include <stdio.h>
#include <string.h>

struct parser {
    const char *text;
    struct weir_token token; /* the one that comes next */
    unsigned depth;
    uint32_t open_column; /* of the innermost '(' that is open; 0: none */
    struct weir_filter_tree *tree;
    struct weir_error *err;
};

static uint32_t column_of(const struct parser *p, const struct weir_token *token)
{
    return (uint32_t)(token->begin - p->text) + 1;
}

static void advance(struct parser *p)
{
    p->token = weir_token_read(p->token.begin + p->token.length);
}

/* --- messages -------------------------------------------------------------------------------- */

/* The number of letters to change, add or drop between two words (Levenshtein). */
static unsigned word_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned row[16];
    if (b_length >= sizeof row / sizeof *row)
        return UINT32_MAX;
    for (unsigned j = 0; j <= b_length; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b_length; j++) {
            const unsigned change = diagonal + (a[i - 1] != b[j - 1]);
            const unsigned drop = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < drop ? change : drop;
        }
    }
    return row[b_length];
}

/* Words that other tools use for the fields. */
static const struct {
    const char *word;
    enum weir_field field;
} synonyms[] = {
    {"bytes", WEIR_OCTETS}, {"byts", WEIR_OCTETS},  {"ibyt", WEIR_OCTETS},    {"size", WEIR_OCTETS},
    {"pkts", WEIR_PACKETS}, {"ipkt", WEIR_PACKETS}, {"length", WEIR_PACKETS}, {"sport", WEIR_SP},
    {"srcport", WEIR_SP},   {"src_port", WEIR_SP},  {"dport", WEIR_DP},       {"dstport", WEIR_DP},
    {"dst_port", WEIR_DP},  {"proto", WEIR_PROT},   {"protocol", WEIR_PROT},  {"flows", WEIR_AGGS},
    {"family", WEIR_AF},    {"sa", WEIR_SA3},       {"srcaddr", WEIR_SA3},    {"srcip", WEIR_SA3},
    {"da", WEIR_DA3},       {"dstaddr", WEIR_DA3},  {"dstip", WEIR_DA3},
};

/* The field that a wrong name may have meant, or WEIR_N_FIELDS. */
static enum weir_field nearest_field(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (word_distance(name, length, synonyms[i].word, strlen(synonyms[i].word)) == 0)
            return synonyms[i].field;
    enum weir_field nearest = WEIR_N_FIELDS;
    unsigned least = 3;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const char *candidate = weir_field_info((enum weir_field)f)->name;
        const unsigned distance = word_distance(name, length, candidate, strlen(candidate));
        if (distance < least && distance < length) {
            least = distance;
            nearest = (enum weir_field)f;
        }
    }
    return nearest;
}

static enum weir_status fail_expected(struct parser *p, const char *expected)
{
    char found[WEIR_TOKEN_CAPACITY];
    const char *hint = p->token.hint;
    return weir_error_set(p->err, WEIR_USAGE, "filter: column %u: expected %s, but found %s%s%s%s",
                          column_of(p, &p->token), expected, weir_token_text(&p->token, found),
                          hint != NULL ? " (" : "", hint != NULL ? hint : "",
                          hint != NULL ? ")" : "");
}

static enum weir_status fail_field(struct parser *p)
{
    char found[WEIR_TOKEN_CAPACITY];
    char names[256];
    weir_token_text(&p->token, found);
    const uint32_t column = column_of(p, &p->token);
    const enum weir_field nearest = nearest_field(p->token.begin, p->token.length);
    if (nearest != WEIR_N_FIELDS)
        return weir_error_set(p->err, WEIR_USAGE,
                              "filter: column %u: expected a field, but found %s (did you mean "
                              "'%s'?)",
                              column, found, weir_field_info(nearest)->name);
    return weir_error_set(p->err, WEIR_USAGE,
                          "filter: column %u: expected a field, but found %s (fields: %s)", column,
                          found, weir_field_names(WEIR_FIELDS_ALL, names, sizeof names));
}

/* --- nodes ----------------------------------------------------------------------------------- */

static enum weir_status add_node(struct parser *p, const struct weir_filter_node *node,
                                 uint32_t *index)
{
    struct weir_filter_tree *tree = p->tree;
    if (tree->n_nodes == tree->capacity) {
        const size_t capacity = tree->capacity == 0 ? 16 : 2 * tree->capacity;
        struct weir_filter_node *nodes =
            weir_mem_resize(tree->mem, tree->nodes, capacity * sizeof *nodes);
        if (nodes == NULL)
            return weir_error_set(p->err, WEIR_MEMORY, "filter: no memory for %zu operands",
                                  capacity);
        tree->nodes = nodes;
        tree->capacity = capacity;
    }
    *index = (uint32_t)tree->n_nodes;
    tree->nodes[tree->n_nodes++] = *node;
    return WEIR_OK;
}

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

static enum weir_status fail_fold(struct parser *p, enum weir_filter_kind kind, uint32_t column,
                                  weir_i128 b)
{
    const char *reason = "the result does not fit 128 bits";
    if ((kind == WEIR_FILTER_DIV || kind == WEIR_FILTER_MOD) && b == 0)
        reason = "division by zero";
    if ((kind == WEIR_FILTER_SHL || kind == WEIR_FILTER_SHR) && b < 0)
        reason = "negative shift count";
    return weir_error_set(p->err, WEIR_USAGE, "filter: column %u: '%s' of constants: %s", column,
                          weir_filter_kind_text(kind), reason);
}

/* Adds an operator, or the constant that it gives. */
static enum weir_status add_operator(struct parser *p, enum weir_filter_kind kind, uint32_t column,
                                     uint32_t left, uint32_t right, uint32_t *index)
{
    const struct weir_filter_node *a = &p->tree->nodes[left];
    const struct weir_filter_node *b = &p->tree->nodes[right];
    struct weir_filter_node node = {.kind = kind, .column = column, .left = left, .right = right};
    if (kind == WEIR_FILTER_INVERT && a->boolean)
        node.kind = WEIR_FILTER_NOT;
    const bool logical =
        kind == WEIR_FILTER_AND || kind == WEIR_FILTER_OR || kind == WEIR_FILTER_XOR;
    node.boolean = node.kind == WEIR_FILTER_NOT || kind >= WEIR_FILTER_EQ ||
                   (logical && a->boolean && b->boolean);
    if (a->kind == WEIR_FILTER_CONST && b->kind == WEIR_FILTER_CONST) {
        if (!fold(node.kind, a->value, b->value, &node.value))
            return fail_fold(p, kind, column, b->value);
        node.kind = WEIR_FILTER_CONST;
    }
    return add_node(p, &node, index);
}

/* --- grammar --------------------------------------------------------------------------------- */

static enum weir_status parse_binary(struct parser *p, unsigned precedence, uint32_t *index);

static enum weir_status enter(struct parser *p)
{
    if (p->depth >= WEIR_FILTER_DEPTH_MAX)
        return weir_error_set(p->err, WEIR_LIMIT,
                              "filter: column %u: expected at most %d parentheses and signs inside "
                              "each other, but found more",
                              column_of(p, &p->token), WEIR_FILTER_DEPTH_MAX);
    p->depth++;
    return WEIR_OK;
}

static enum weir_status parse_group(struct parser *p, uint32_t *index)
{
    enum weir_status status = enter(p);
    if (status != WEIR_OK)
        return status;
    const uint32_t outer = p->open_column;
    p->open_column = column_of(p, &p->token);
    advance(p);
    status = parse_binary(p, WEIR_PRECEDENCE_COMPARE, index);
    if (status != WEIR_OK)
        return status;
    if (p->token.kind != WEIR_TOKEN_CLOSE) {
        char expected[64];
        snprintf(expected, sizeof expected, "an operator or the ')' of column %u", p->open_column);
        return fail_expected(p, expected);
    }
    advance(p);
    p->tree->nodes[*index].grouped = true;
    p->open_column = outer;
    p->depth--;
    return WEIR_OK;
}

static enum weir_status parse_name(struct parser *p, uint32_t *index)
{
    if (p->token.hint != NULL)
        return fail_expected(p, "a field, a number or '('");
    const struct weir_filter_node node = {
        .kind = WEIR_FILTER_FIELD,
        .field = weir_field_find(p->token.begin, p->token.length),
        .column = column_of(p, &p->token),
    };
    if (node.field == WEIR_N_FIELDS)
        return fail_field(p);
    p->tree->fields |= WEIR_FIELD_BIT(node.field);
    advance(p);
    if (p->token.kind == WEIR_TOKEN_OPEN) {
        p->token.hint = "there are no functions";
        return fail_expected(p, "an operator");
    }
    return add_node(p, &node, index);
}

/* A sign and its operand, which binds more tightly than anything between two operands. */
static enum weir_status parse_unary(struct parser *p, uint32_t *index)
{
    if (p->token.kind == WEIR_TOKEN_NAME)
        return parse_name(p, index);
    if (p->token.kind == WEIR_TOKEN_OPEN)
        return parse_group(p, index);
    const uint32_t column = column_of(p, &p->token);
    if (p->token.kind == WEIR_TOKEN_NUMBER) {
        const struct weir_filter_node node = {
            .kind = WEIR_FILTER_CONST, .column = column, .value = p->token.value};
        advance(p);
        return add_node(p, &node, index);
    }
    enum weir_filter_kind kind = WEIR_FILTER_INVERT;
    if (p->token.kind == WEIR_TOKEN_OPERATOR && p->token.operation == WEIR_FILTER_ADD)
        kind = WEIR_FILTER_PLUS;
    else if (p->token.kind == WEIR_TOKEN_OPERATOR && p->token.operation == WEIR_FILTER_SUB)
        kind = WEIR_FILTER_NEG;
    else if (p->token.kind != WEIR_TOKEN_OPERATOR || p->token.operation != WEIR_FILTER_INVERT)
        return fail_expected(p, "a field, a number or '('");
    enum weir_status status = enter(p);
    if (status != WEIR_OK)
        return status;
    advance(p);
    status = parse_unary(p, index);
    p->depth--;
    return status == WEIR_OK ? add_operator(p, kind, column, *index, *index, index) : status;
}

/* `prot==6 & dp==443` is legal Python for prot == (6 & dp) == 443. */
static void warn_of_chain(const struct parser *p, uint32_t middle)
{
    const struct weir_filter_node *node = &p->tree->nodes[middle];
    const bool logical = node->kind == WEIR_FILTER_AND || node->kind == WEIR_FILTER_OR ||
                         node->kind == WEIR_FILTER_XOR;
    if (logical && !node->grouped)
        weir_log(WEIR_LOG_WARNING,
                 "filter: column %u: '%s' binds more tightly than the comparisons beside it, which "
                 "form a chain: a==1 %s b==2 means a == (1 %s b) == 2; use parentheses",
                 node->column, weir_filter_kind_text(node->kind), weir_filter_kind_text(node->kind),
                 weir_filter_kind_text(node->kind));
}

/* The rest of a chain of comparisons behind its first operand `left`: a < b < c is the conjunction
 * of a < b and b < c with one b. */
static enum weir_status parse_chain(struct parser *p, uint32_t left, uint32_t *index)
{
    bool first = true;
    uint32_t all = left;
    while (p->token.kind == WEIR_TOKEN_OPERATOR && p->token.precedence == WEIR_PRECEDENCE_COMPARE) {
        const enum weir_filter_kind kind = p->token.operation;
        const uint32_t column = column_of(p, &p->token);
        uint32_t right = 0;
        uint32_t link = 0;
        if (!first)
            warn_of_chain(p, left);
        advance(p);
        enum weir_status status = parse_binary(p, WEIR_PRECEDENCE_COMPARE + 1, &right);
        if (status == WEIR_OK)
            status = add_operator(p, kind, column, left, right, &link);
        if (status == WEIR_OK && !first)
            status = add_operator(p, WEIR_FILTER_AND, column, all, link, &link);
        if (status != WEIR_OK)
            return status;
        all = link;
        left = right;
        first = false;
    }
    *index = all;
    return WEIR_OK;
}

/* Operators of at least the given precedence, and their operands. */
static enum weir_status parse_binary(struct parser *p, unsigned precedence, uint32_t *index)
{
    enum weir_status status = parse_unary(p, index);
    while (status == WEIR_OK && p->token.kind == WEIR_TOKEN_OPERATOR &&
           p->token.precedence > WEIR_PRECEDENCE_COMPARE && p->token.precedence >= precedence) {
        const struct weir_token op = p->token;
        uint32_t right = 0;
        advance(p);
        status = parse_binary(p, op.precedence + 1, &right);
        if (status == WEIR_OK)
            status = add_operator(p, op.operation, column_of(p, &op), *index, right, index);
    }
    if (status != WEIR_OK || precedence > WEIR_PRECEDENCE_COMPARE)
        return status;
    return parse_chain(p, *index, index);
}

static enum weir_status parse_all(struct parser *p)
{
    enum weir_status status = parse_binary(p, WEIR_PRECEDENCE_COMPARE, &p->tree->root);
    if (status != WEIR_OK || p->token.kind == WEIR_TOKEN_END)
        return status;
    if (p->token.kind == WEIR_TOKEN_CLOSE)
        p->token.hint = "there is no '(' for it";
    return fail_expected(p, "an operator or the end");
}

enum weir_status weir_filter_tree_parse(const char *text, struct weir_mem *mem,
                                        struct weir_filter_tree *tree, struct weir_error *err)
{
    *tree = (struct weir_filter_tree){.mem = mem};
    const size_t length = strnlen(text, WEIR_FILTER_TEXT_MAX + 1);
    if (length > WEIR_FILTER_TEXT_MAX)
        return weir_error_set(err, WEIR_LIMIT,
                              "filter: expected at most %d characters, but found more",
                              WEIR_FILTER_TEXT_MAX);
    struct parser parser = {.text = text, .token = weir_token_read(text), .tree = tree, .err = err};
    const enum weir_status status = parse_all(&parser);
    if (status != WEIR_OK)
        weir_filter_tree_release(tree);
    return status;
}

void weir_filter_tree_release(struct weir_filter_tree *tree)
{
    weir_mem_free(tree->mem, tree->nodes);
    *tree = (struct weir_filter_tree){.mem = tree->mem};
}

const char *weir_filter_kind_text(enum weir_filter_kind kind)
{
    static const char *const texts[] = {
        [WEIR_FILTER_CONST] = "", [WEIR_FILTER_FIELD] = "",   [WEIR_FILTER_PLUS] = "+",
        [WEIR_FILTER_NEG] = "-",  [WEIR_FILTER_INVERT] = "~", [WEIR_FILTER_NOT] = "~",
        [WEIR_FILTER_ADD] = "+",  [WEIR_FILTER_SUB] = "-",    [WEIR_FILTER_MUL] = "*",
        [WEIR_FILTER_DIV] = "//", [WEIR_FILTER_MOD] = "%",    [WEIR_FILTER_SHL] = "<<",
        [WEIR_FILTER_SHR] = ">>", [WEIR_FILTER_AND] = "&",    [WEIR_FILTER_OR] = "|",
        [WEIR_FILTER_XOR] = "^",  [WEIR_FILTER_EQ] = "==",    [WEIR_FILTER_NE] = "!=",
        [WEIR_FILTER_LT] = "<",   [WEIR_FILTER_LE] = "<=",    [WEIR_FILTER_GT] = ">",
        [WEIR_FILTER_GE] = ">=",
    };
    return texts[kind];
}
