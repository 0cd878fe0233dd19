/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parser of filter expressions: precedence climbing over Python's table of operators, below the
 * words or, and, not.
 *
 * Only parentheses, lists, signs, `not` and operators that bind more tightly recurse, and all but
 * the last are counted, so that the stack is bounded.
 *
 * `and` and `or` guard what stands behind them: nodes made there carry the left side (or its
 * opposite) as their guard, so that a record which the left side decides cannot fail in them. */
#include "filter_parse.h"

#include "field.h"
#include "filter_build.h"
#include "filter_compare.h"
#include "filter_token.h"
#include "log.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct parser {
    const char *text;
    struct weir_token token; /* the one that comes next */
    unsigned depth;
    uint32_t open_column; /* of the innermost bracket that is open; 0: none */
    struct weir_filter_tree *tree;
    struct weir_filter_builder build;
    struct weir_error *err;
};

static const char operand_text[] = "a field, a number or '('";

static uint32_t column_of(const struct parser *p, const struct weir_token *token)
{
    return (uint32_t)(token->begin - p->text) + 1;
}

static void advance(struct parser *p)
{
    p->token = weir_token_read(p->token.begin + p->token.length);
}

/* Makes nodes for the token that comes next. */
static uint32_t mark(struct parser *p)
{
    p->build.column = column_of(p, &p->token);
    return p->build.column;
}

/* --- messages -------------------------------------------------------------------------------- */

static enum weir_status fail_expected(struct parser *p, const char *expected)
{
    char found[WEIR_TOKEN_CAPACITY];
    const char *hint = p->token.hint;
    return weir_error_set(p->err, WEIR_USAGE, "filter: column %u: expected %s, but found %s%s%s%s",
                          column_of(p, &p->token), expected, weir_token_text(&p->token, found),
                          hint != NULL ? " (" : "", hint != NULL ? hint : "",
                          hint != NULL ? ")" : "");
}

static enum weir_status fail_name(struct parser *p)
{
    char found[WEIR_TOKEN_CAPACITY];
    char names[256];
    weir_token_text(&p->token, found);
    const uint32_t column = column_of(p, &p->token);
    const char *nearest = weir_filter_name_nearest(p->token.begin, p->token.length);
    if (nearest != NULL)
        return weir_error_set(p->err, WEIR_USAGE,
                              "filter: column %u: expected a field, but found %s (did you mean "
                              "'%s'?)",
                              column, found, nearest);
    return weir_error_set(p->err, WEIR_USAGE,
                          "filter: column %u: expected a field, but found %s (fields: %s)", column,
                          found, weir_field_names(WEIR_FIELDS_ALL, names, sizeof names));
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
                 "form a chain: a==1 %s b==2 means a == (1 %s b) == 2; use parentheses, or 'and' "
                 "and 'or'",
                 node->column, weir_filter_kind_text(node->kind), weir_filter_kind_text(node->kind),
                 weir_filter_kind_text(node->kind));
}

static void warn_of_date(const struct parser *p)
{
    if (weir_literal_like_date(p->token.begin))
        weir_log(WEIR_LOG_WARNING,
                 "filter: column %u: '%.10s' is a difference of numbers; the begin of that day is "
                 "%.10sT00:00",
                 column_of(p, &p->token), p->token.begin, p->token.begin);
}

/* --- operands -------------------------------------------------------------------------------- */

static enum weir_status parse_and(struct parser *p, uint32_t *index);
static enum weir_status parse_or(struct parser *p, uint32_t *index);
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
    status = parse_or(p, index);
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
        return fail_expected(p, operand_text);
    const struct weir_filter_name name = weir_filter_name_find(p->token.begin, p->token.length);
    if (name.meaning == WEIR_NAME_NONE)
        return fail_name(p);
    mark(p);
    *index = weir_build_name(&p->build, name);
    advance(p);
    if (p->build.status == WEIR_OK && p->token.kind == WEIR_TOKEN_OPEN) {
        p->token.hint = "there are no functions";
        return fail_expected(p, "an operator");
    }
    return p->build.status;
}

/* The network that a prefix with bits behind it may have meant. */
static enum weir_status fail_host_bits(struct parser *p, weir_u128 network)
{
    char text[INET6_ADDRSTRLEN];
    char found[WEIR_TOKEN_CAPACITY];
    unsigned char bytes[16];
    const bool is_ipv4 = p->token.literal.kind == WEIR_LITERAL_IPV4;
    const size_t n = is_ipv4 ? 4 : 16;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(network >> (8 * (n - 1 - i)));
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
    return weir_error_set(p->err, WEIR_USAGE,
                          "filter: column %u: expected no bits set behind the prefix, but found %s "
                          "(did you mean %s/%u?)",
                          column_of(p, &p->token), weir_token_text(&p->token, found), text,
                          p->token.literal.bits);
}

static enum weir_status parse_literal(struct parser *p, uint32_t *index)
{
    const struct weir_literal *literal = &p->token.literal;
    struct weir_filter_node node = {.kind = WEIR_FILTER_CONST};
    if (literal->kind == WEIR_LITERAL_TIME) {
        node.role = literal->fraction ? WEIR_ROLE_TIME : WEIR_ROLE_NUMBER;
        node.value = literal->fraction ? literal->ms : literal->ms / 1000;
    } else {
        const unsigned width = literal->kind == WEIR_LITERAL_IPV4 ? 32 : 128;
        const unsigned behind = width - literal->bits;
        const weir_u128 network = behind == 128 ? 0 : literal->value >> behind << behind;
        if (network != literal->value)
            return fail_host_bits(p, network);
        node.role = literal->kind == WEIR_LITERAL_IPV4 ? WEIR_ROLE_IPV4 : WEIR_ROLE_IPV6;
        node.value = (weir_i128)network;
        node.bits = (uint8_t)literal->bits;
        node.prefixed = literal->prefixed;
    }
    mark(p);
    *index = weir_build_node(&p->build, &node);
    advance(p);
    return p->build.status;
}

static enum weir_status fail_operand(struct parser *p)
{
    if (p->token.kind == WEIR_TOKEN_NOT)
        p->token.hint = "put 'not' and what it denies in parentheses";
    return fail_expected(p, operand_text);
}

/* A sign and its operand, which binds more tightly than anything between two operands. */
static enum weir_status parse_unary(struct parser *p, uint32_t *index)
{
    if (p->token.kind == WEIR_TOKEN_NAME)
        return parse_name(p, index);
    if (p->token.kind == WEIR_TOKEN_OPEN)
        return parse_group(p, index);
    if (p->token.kind == WEIR_TOKEN_LITERAL)
        return parse_literal(p, index);
    const uint32_t column = mark(p);
    if (p->token.kind == WEIR_TOKEN_NUMBER) {
        warn_of_date(p);
        *index = weir_build_const(&p->build, p->token.value);
        advance(p);
        return p->build.status;
    }
    enum weir_filter_kind kind = WEIR_FILTER_INVERT;
    if (p->token.kind == WEIR_TOKEN_OPERATOR && p->token.operation == WEIR_FILTER_ADD)
        kind = WEIR_FILTER_PLUS;
    else if (p->token.kind == WEIR_TOKEN_OPERATOR && p->token.operation == WEIR_FILTER_SUB)
        kind = WEIR_FILTER_NEG;
    else if (p->token.kind != WEIR_TOKEN_OPERATOR || p->token.operation != WEIR_FILTER_INVERT)
        return fail_operand(p);
    enum weir_status status = enter(p);
    if (status != WEIR_OK)
        return status;
    advance(p);
    status = parse_unary(p, index);
    p->depth--;
    if (status != WEIR_OK)
        return status;
    p->build.column = column;
    *index = weir_build_operator(&p->build, kind, *index, *index);
    return p->build.status;
}

/* Operators that bind more tightly than comparisons, of at least the given precedence, and their
 * operands. */
static enum weir_status parse_binary(struct parser *p, unsigned precedence, uint32_t *index)
{
    enum weir_status status = parse_unary(p, index);
    while (status == WEIR_OK && p->token.kind == WEIR_TOKEN_OPERATOR &&
           p->token.precedence >= precedence) {
        const struct weir_token op = p->token;
        uint32_t right = 0;
        advance(p);
        status = parse_binary(p, op.precedence + 1, &right);
        if (status != WEIR_OK)
            break;
        p->build.column = column_of(p, &op);
        *index = weir_build_operator(&p->build, op.operation, *index, right);
        status = p->build.status;
    }
    return status;
}

static enum weir_status parse_sum(struct parser *p, uint32_t *index)
{
    return parse_binary(p, WEIR_PRECEDENCE_COMPARE + 1, index);
}

/* --- comparisons ----------------------------------------------------------------------------- */

/* A chain of comparisons under way, once with sp and once with dp for every port. */
struct chain {
    uint32_t left;   /* the operand before the next comparison */
    uint32_t all[2]; /* that all comparisons so far hold */
    size_t n_links;
    bool ports;
    bool unequal; /* != occurs beside a port */
};

static void add_link(struct parser *p, struct chain *chain, enum weir_filter_kind kind,
                     uint32_t right)
{
    struct weir_filter_builder *build = &p->build;
    uint32_t link[2];
    for (size_t side = 0; side < 2; side++)
        link[side] = weir_build_side(build, chain->left, side);
    const uint32_t other = weir_build_side(build, right, 1);
    const bool ports = link[0] != link[1] || other != weir_build_side(build, right, 0);
    link[0] = weir_build_compare(build, kind, link[0], weir_build_side(build, right, 0));
    link[1] = ports ? weir_build_compare(build, kind, link[1], other) : link[0];
    chain->unequal = chain->unequal || (ports && kind == WEIR_FILTER_NE);
    chain->ports = chain->ports || ports;
    for (size_t side = 0; side < (chain->ports ? 2 : 1) && chain->n_links > 0; side++)
        link[side] = weir_build_operator(build, WEIR_FILTER_AND, chain->all[side], link[side]);
    chain->all[0] = link[0];
    chain->all[1] = chain->ports ? link[1] : link[0];
    chain->left = right;
    chain->n_links++;
}

/* The elements of a list and its closing bracket. */
static enum weir_status parse_list(struct parser *p, struct weir_filter_member *member)
{
    const bool braces = p->token.kind == WEIR_TOKEN_OPEN_LIST;
    const enum weir_token_kind close = braces ? WEIR_TOKEN_CLOSE_LIST : WEIR_TOKEN_CLOSE;
    enum weir_status status = enter(p);
    if (status != WEIR_OK)
        return status;
    const uint32_t open = column_of(p, &p->token);
    const uint32_t column = p->build.column;
    do {
        uint32_t element = 0;
        advance(p);
        if (member->n_elements > 0 && p->token.kind == close)
            break; /* behind a last comma */
        status = parse_or(p, &element);
        if (status != WEIR_OK)
            return status;
        p->build.column = column;
        weir_build_member_add(&p->build, member, element);
        if (p->build.status != WEIR_OK)
            return p->build.status;
    } while (p->token.kind == WEIR_TOKEN_COMMA);
    if (p->token.kind != close) {
        char expected[64];
        snprintf(expected, sizeof expected, "',' or the '%c' of column %u", braces ? '}' : ')',
                 open);
        return fail_expected(p, expected);
    }
    advance(p);
    p->depth--;
    return WEIR_OK;
}

/* in, not in: what stands behind an operand, from the word on. */
static enum weir_status parse_membership(struct parser *p, uint32_t left, uint32_t *index)
{
    const bool deny = p->token.kind == WEIR_TOKEN_NOT;
    const uint32_t column = mark(p);
    if (deny)
        advance(p);
    advance(p);
    struct weir_filter_member member = weir_build_member_begin(left);
    enum weir_status status = WEIR_OK;
    if (p->token.kind == WEIR_TOKEN_OPEN || p->token.kind == WEIR_TOKEN_OPEN_LIST)
        status = parse_list(p, &member);
    else if (p->token.kind == WEIR_TOKEN_LITERAL && p->token.literal.kind != WEIR_LITERAL_TIME) {
        uint32_t element = 0;
        status = parse_literal(p, &element);
        p->build.column = column;
        if (status == WEIR_OK)
            weir_build_member_add(&p->build, &member, element);
    } else
        return fail_expected(p, "a list as in {80, 443}, or an address");
    if (status != WEIR_OK)
        return status;
    p->build.column = column;
    *index = weir_build_member_end(&p->build, &member);
    if (deny)
        *index = weir_build_operator(&p->build, WEIR_FILTER_NOT, *index, *index);
    if (p->build.status == WEIR_OK && p->token.kind == WEIR_TOKEN_OPERATOR)
        return fail_expected(p, "'and', 'or' or the end behind a list");
    return p->build.status;
}

static bool is_membership(const struct parser *p)
{
    if (p->token.kind != WEIR_TOKEN_NOT)
        return p->token.kind == WEIR_TOKEN_IN;
    return weir_token_read(p->token.begin + p->token.length).kind == WEIR_TOKEN_IN;
}

static enum weir_status end_chain(struct parser *p, const struct chain *chain, uint32_t *index)
{
    *index = chain->all[0];
    if (!chain->ports)
        return p->build.status;
    if (chain->unequal && chain->n_links > 1)
        return weir_error_set(p->err, WEIR_USAGE,
                              "filter: column %u: expected port != with one number only, but found "
                              "a chain of comparisons",
                              p->build.column);
    /* port != 53 is the opposite of port == 53. */
    const enum weir_filter_kind kind = chain->unequal ? WEIR_FILTER_AND : WEIR_FILTER_OR;
    *index = weir_build_operator(&p->build, kind, chain->all[0], chain->all[1]);
    return p->build.status;
}

/* Comparisons: a < b < c is the conjunction of a < b and b < c with one b. */
static enum weir_status parse_comparison(struct parser *p, uint32_t *index)
{
    enum weir_status status = parse_sum(p, index);
    if (status != WEIR_OK)
        return status;
    if (is_membership(p))
        return parse_membership(p, *index, index);
    struct chain chain = {.left = *index};
    while (p->token.kind == WEIR_TOKEN_OPERATOR && p->token.precedence == WEIR_PRECEDENCE_COMPARE) {
        const enum weir_filter_kind kind = p->token.operation;
        const uint32_t column = column_of(p, &p->token);
        uint32_t right = 0;
        if (chain.n_links > 0)
            warn_of_chain(p, chain.left);
        advance(p);
        status = parse_sum(p, &right);
        if (status != WEIR_OK)
            return status;
        p->build.column = column;
        add_link(p, &chain, kind, right);
        if (p->build.status != WEIR_OK)
            return p->build.status;
    }
    if (chain.n_links == 0)
        return WEIR_OK;
    if (is_membership(p))
        return fail_expected(p, "a comparison or a list, not both in a chain");
    return end_chain(p, &chain, index);
}

/* --- words ----------------------------------------------------------------------------------- */

static enum weir_status parse_not(struct parser *p, uint32_t *index)
{
    if (p->token.kind != WEIR_TOKEN_NOT)
        return parse_comparison(p, index);
    enum weir_status status = enter(p);
    if (status != WEIR_OK)
        return status;
    const uint32_t column = column_of(p, &p->token);
    advance(p);
    status = parse_not(p, index);
    p->depth--;
    if (status != WEIR_OK)
        return status;
    p->build.column = column;
    const uint32_t truth = weir_build_truth(&p->build, *index);
    *index = weir_build_operator(&p->build, WEIR_FILTER_NOT, truth, truth);
    return p->build.status;
}

/* Guards the next nodes by `left` (or by its opposite), and by what guards already. */
static void set_guard(struct parser *p, bool opposite, uint32_t left)
{
    struct weir_filter_builder *build = &p->build;
    const uint32_t outer = build->guard;
    uint32_t guard = left;
    if (opposite)
        guard = weir_build_operator(build, WEIR_FILTER_NOT, left, left);
    if (outer != WEIR_FILTER_NO_NODE)
        guard = weir_build_operator(build, WEIR_FILTER_AND, outer, guard);
    build->guard = guard;
}

/* Operands joined by `and` (deeper: not, comparisons) or by `or` (deeper: and). */
static enum weir_status parse_words(struct parser *p, enum weir_token_kind word, uint32_t *index)
{
    const bool is_or = word == WEIR_TOKEN_OR;
    enum weir_status (*const deeper)(struct parser *, uint32_t *) = is_or ? parse_and : parse_not;
    enum weir_status status = deeper(p, index);
    while (status == WEIR_OK && p->token.kind == word) {
        const uint32_t column = mark(p);
        const uint32_t outer = p->build.guard;
        const uint32_t left = weir_build_truth(&p->build, *index);
        uint32_t right = 0;
        set_guard(p, is_or, left);
        advance(p);
        if (p->build.status != WEIR_OK)
            return p->build.status;
        status = deeper(p, &right);
        if (status != WEIR_OK)
            return status;
        p->build.column = column;
        p->build.guard = outer;
        right = weir_build_truth(&p->build, right);
        *index =
            weir_build_operator(&p->build, is_or ? WEIR_FILTER_OR : WEIR_FILTER_AND, left, right);
        status = p->build.status;
    }
    return status;
}

static enum weir_status parse_and(struct parser *p, uint32_t *index)
{
    return parse_words(p, WEIR_TOKEN_AND, index);
}

static enum weir_status parse_or(struct parser *p, uint32_t *index)
{
    return parse_words(p, WEIR_TOKEN_OR, index);
}

/* --- windows of time ------------------------------------------------------------------------- */

/* first >= ms, or first < ms; whole seconds do without first_ms. */
static uint32_t build_bound(struct weir_filter_builder *build, enum weir_filter_kind kind,
                            weir_i128 ms)
{
    const bool whole = ms % 1000 == 0;
    const struct weir_filter_node bound = {.kind = WEIR_FILTER_CONST,
                                           .role = whole ? WEIR_ROLE_NUMBER : WEIR_ROLE_TIME,
                                           .value = whole ? ms / 1000 : ms};
    const uint32_t first = weir_build_field(build, WEIR_FIRST);
    return weir_build_compare(build, kind, first, weir_build_node(build, &bound));
}

/* That a flow begins within the window, or WEIR_FILTER_NO_NODE where it has no ends. */
static uint32_t build_window(struct weir_filter_builder *build,
                             const struct weir_time_window *window)
{
    uint32_t begun = WEIR_FILTER_NO_NODE;
    if (window->has_begin)
        begun = build_bound(build, WEIR_FILTER_GE, window->begin_ms);
    if (!window->has_end)
        return begun;
    const uint32_t before = build_bound(build, WEIR_FILTER_LT, window->end_ms);
    return begun == WEIR_FILTER_NO_NODE
               ? before
               : weir_build_operator(build, WEIR_FILTER_AND, begun, before);
}

/* --- all together ---------------------------------------------------------------------------- */

static enum weir_status parse_text(struct parser *p)
{
    const enum weir_status status = parse_or(p, &p->tree->root);
    if (status != WEIR_OK)
        return status;
    if (p->token.kind == WEIR_TOKEN_END) {
        (void)weir_build_is_number(&p->build, p->tree->root);
        return p->build.status;
    }
    if (p->token.kind == WEIR_TOKEN_CLOSE)
        p->token.hint = "there is no '(' for it";
    if (p->token.kind == WEIR_TOKEN_CLOSE_LIST)
        p->token.hint = "there is no '{' for it";
    return fail_expected(p, "an operator or the end");
}

static enum weir_status parse_all(struct parser *p, const struct weir_time_window *window)
{
    struct weir_filter_builder *build = &p->build;
    const uint32_t inside = build_window(build, window);
    if (build->status != WEIR_OK || inside == WEIR_FILTER_NO_NODE)
        return build->status != WEIR_OK ? build->status : parse_text(p);
    p->tree->root = inside;
    if (p->text[0] == '\0')
        return WEIR_OK;
    build->guard = inside;
    const enum weir_status status = parse_text(p);
    if (status != WEIR_OK)
        return status;
    const uint32_t wanted = weir_build_truth(build, p->tree->root);
    build->guard = WEIR_FILTER_NO_NODE;
    build->column = 0;
    p->tree->root = weir_build_operator(build, WEIR_FILTER_AND, inside, wanted);
    return build->status;
}

enum weir_status weir_filter_tree_parse(const char *text, const struct weir_time_window *window,
                                        struct weir_mem *mem, struct weir_filter_tree *tree,
                                        struct weir_error *err)
{
    *tree = (struct weir_filter_tree){.mem = mem};
    const size_t length = strnlen(text, WEIR_FILTER_TEXT_MAX + 1);
    if (length > WEIR_FILTER_TEXT_MAX)
        return weir_error_set(err, WEIR_LIMIT,
                              "filter: expected at most %d characters, but found more",
                              WEIR_FILTER_TEXT_MAX);
    struct parser parser = {
        .text = text,
        .token = weir_token_read(text),
        .tree = tree,
        .build = {.tree = tree, .err = err, .guard = WEIR_FILTER_NO_NODE},
        .err = err,
    };
    const enum weir_status status = parse_all(&parser, window);
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
        [WEIR_FILTER_XOR] = "^",  [WEIR_FILTER_WHEN] = "",    [WEIR_FILTER_EQ] = "==",
        [WEIR_FILTER_NE] = "!=",  [WEIR_FILTER_LT] = "<",     [WEIR_FILTER_LE] = "<=",
        [WEIR_FILTER_GT] = ">",   [WEIR_FILTER_GE] = ">=",
    };
    return texts[kind];
}
