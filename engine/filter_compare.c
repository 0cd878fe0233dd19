/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons in filter trees. */
#include "filter_compare.h"

#define NONE WEIR_FILTER_NO_NODE

#define AF_OF_IPV6 10

static enum weir_filter_role role_of(const struct weir_filter_builder *b, uint32_t index)
{
    return b->status == WEIR_OK ? b->tree->nodes[index].role : WEIR_ROLE_NUMBER;
}

static bool is_holder(enum weir_filter_role role)
{
    return role == WEIR_ROLE_SRC || role == WEIR_ROLE_DST || role == WEIR_ROLE_IP;
}

static bool is_address(enum weir_filter_role role)
{
    return role == WEIR_ROLE_IPV4 || role == WEIR_ROLE_IPV6;
}

/* Joins two booleans by a kind; NONE leaves the other. */
static uint32_t join(struct weir_filter_builder *b, enum weir_filter_kind kind, uint32_t x,
                     uint32_t y)
{
    if (x == NONE || y == NONE)
        return x == NONE ? y : x;
    return weir_build_operator(b, kind, x, y);
}

/* --- addresses ------------------------------------------------------------------------------- */

/* field >= lo & field <= hi */
static uint32_t build_word(struct weir_filter_builder *b, enum weir_field field, uint32_t lo,
                           uint32_t hi)
{
    const uint32_t word = weir_build_field(b, field);
    if (lo == hi)
        return weir_build_operator(b, WEIR_FILTER_EQ, word, weir_build_const(b, lo));
    const uint32_t above = weir_build_operator(b, WEIR_FILTER_GE, word, weir_build_const(b, lo));
    const uint32_t below = weir_build_operator(b, WEIR_FILTER_LE, word, weir_build_const(b, hi));
    return weir_build_operator(b, WEIR_FILTER_AND, above, below);
}

/* That the words `from` .. 3 of the address at `base` begin with the literal's prefix. */
static uint32_t build_prefix(struct weir_filter_builder *b, enum weir_field base, unsigned from,
                             const struct weir_filter_node *literal)
{
    uint32_t all = NONE;
    for (unsigned w = from; w < 4; w++) {
        const unsigned before = 32 * (w - from); /* bits of the prefix in earlier words */
        const uint32_t lo = (uint32_t)((weir_u128)literal->value >> (32 * (3 - w)));
        if (literal->bits <= before)
            break;
        const unsigned taken = literal->bits - before;
        const uint32_t rest = taken >= 32 ? 0 : UINT32_MAX >> taken;
        all = join(b, WEIR_FILTER_AND, all,
                   build_word(b, (enum weir_field)(base + w), lo, lo | rest));
    }
    if (all != NONE)
        return all;
    const uint32_t one = weir_build_const(b, 1);
    return weir_build_operator(b, WEIR_FILTER_EQ, one, one);
}

/* That the address at `base` is one of IPv4. */
static uint32_t build_is_ipv4(struct weir_filter_builder *b, enum weir_field base)
{
    const uint32_t af = weir_build_field(b, WEIR_AF);
    uint32_t all = weir_build_operator(b, WEIR_FILTER_NE, af, weir_build_const(b, AF_OF_IPV6));
    for (unsigned w = 0; w < 3; w++)
        all = weir_build_operator(b, WEIR_FILTER_AND, all,
                                  build_word(b, (enum weir_field)(base + w), 0, 0));
    return all;
}

/* The sides that a role stands for, as fields of the first word. */
static size_t sides_of(enum weir_filter_role role, enum weir_field *base)
{
    base[0] = role == WEIR_ROLE_DST ? WEIR_DA0 : WEIR_SA0;
    base[1] = WEIR_DA0;
    return role == WEIR_ROLE_IP ? 2 : 1;
}

static void add_address(struct weir_filter_builder *b, struct weir_filter_member *member,
                        uint32_t element)
{
    enum weir_field base[2];
    const size_t n_sides = sides_of(role_of(b, member->operand), base);
    const struct weir_filter_node literal = b->tree->nodes[element];
    const bool is_ipv4 = literal.role == WEIR_ROLE_IPV4;
    for (size_t s = 0; s < n_sides; s++) {
        uint32_t *any = is_ipv4                               ? &member->ipv4[s]
                        : (weir_u128)literal.value >> 32 == 0 ? &member->mixed[s]
                                                              : &member->certain[s];
        *any = join(b, WEIR_FILTER_OR, *any, build_prefix(b, base[s], is_ipv4 ? 3 : 0, &literal));
    }
}

static uint32_t end_addresses(struct weir_filter_builder *b,
                              const struct weir_filter_member *member)
{
    enum weir_field base[2];
    const size_t n_sides = sides_of(role_of(b, member->operand), base);
    uint32_t any = NONE;
    for (size_t s = 0; s < n_sides; s++) {
        uint32_t side = member->certain[s];
        if (member->ipv4[s] != NONE || member->mixed[s] != NONE) {
            const uint32_t is_ipv4 = build_is_ipv4(b, base[s]);
            if (member->ipv4[s] != NONE)
                side = join(b, WEIR_FILTER_OR, side,
                            join(b, WEIR_FILTER_AND, is_ipv4, member->ipv4[s]));
            if (member->mixed[s] != NONE)
                side = join(b, WEIR_FILTER_OR, side,
                            join(b, WEIR_FILTER_AND,
                                 weir_build_operator(b, WEIR_FILTER_NOT, is_ipv4, is_ipv4),
                                 member->mixed[s]));
        }
        any = join(b, WEIR_FILTER_OR, any, side);
    }
    return any;
}

static uint32_t compare_addresses(struct weir_filter_builder *b, enum weir_filter_kind kind,
                                  uint32_t left, uint32_t right)
{
    const uint32_t holder = is_holder(role_of(b, left)) ? left : right;
    const uint32_t literal = holder == left ? right : left;
    if (!is_holder(role_of(b, holder)) || !is_address(role_of(b, literal))) {
        (void)(weir_build_is_number(b, left) && weir_build_is_number(b, right));
        return 0;
    }
    const char *op = weir_filter_kind_text(kind);
    if (kind != WEIR_FILTER_EQ && kind != WEIR_FILTER_NE)
        b->status = weir_error_set(b->err, WEIR_USAGE,
                                   "filter: column %u: expected ==, !=, in or not in between "
                                   "addresses, but found '%s'",
                                   b->column, op);
    else if (b->tree->nodes[literal].prefixed)
        b->status = weir_error_set(b->err, WEIR_USAGE,
                                   "filter: column %u: expected '%s' before a prefix, but found "
                                   "'%s'",
                                   b->column, kind == WEIR_FILTER_EQ ? "in" : "not in", op);
    if (b->status != WEIR_OK)
        return 0;
    struct weir_filter_member member = weir_build_member_begin(holder);
    add_address(b, &member, literal);
    const uint32_t equal = end_addresses(b, &member);
    return kind == WEIR_FILTER_EQ ? equal : weir_build_operator(b, WEIR_FILTER_NOT, equal, equal);
}

/* --- times ----------------------------------------------------------------------------------- */

/* first or last in ms; other operands are what they are. */
static uint32_t in_ms(struct weir_filter_builder *b, uint32_t index)
{
    const struct weir_filter_node node = b->tree->nodes[index];
    if (node.role == WEIR_ROLE_TIME)
        return weir_build_const(b, node.value);
    const uint32_t column = b->column;
    b->column = node.column;
    const uint32_t seconds =
        weir_build_operator(b, WEIR_FILTER_MUL, index, weir_build_const(b, 1000));
    const uint32_t ms =
        weir_build_field(b, node.field == WEIR_FIRST ? WEIR_FIRST_MS : WEIR_LAST_MS);
    const uint32_t sum = weir_build_operator(b, WEIR_FILTER_ADD, seconds, ms);
    b->column = column;
    return sum;
}

static bool is_time_field(const struct weir_filter_node *node)
{
    return node->kind == WEIR_FILTER_FIELD &&
           (node->field == WEIR_FIRST || node->field == WEIR_LAST);
}

uint32_t weir_build_compare(struct weir_filter_builder *b, enum weir_filter_kind kind,
                            uint32_t left, uint32_t right)
{
    if (b->status != WEIR_OK)
        return 0;
    const enum weir_filter_role x = role_of(b, left);
    const enum weir_filter_role y = role_of(b, right);
    if (is_holder(x) || is_holder(y) || is_address(x) || is_address(y))
        return compare_addresses(b, kind, left, right);
    if ((x == WEIR_ROLE_TIME && is_time_field(&b->tree->nodes[right])) ||
        (y == WEIR_ROLE_TIME && is_time_field(&b->tree->nodes[left]))) {
        left = in_ms(b, left);
        right = in_ms(b, right);
    }
    return weir_build_operator(b, kind, left, right);
}

/* --- ports and lists ------------------------------------------------------------------------- */

uint32_t weir_build_side(const struct weir_filter_builder *b, uint32_t index, size_t side)
{
    return role_of(b, index) == WEIR_ROLE_PORT ? index + 1 + (uint32_t)side : index;
}

struct weir_filter_member weir_build_member_begin(uint32_t operand)
{
    return (struct weir_filter_member){
        .operand = operand,
        .any = NONE,
        .ipv4 = {NONE, NONE},
        .mixed = {NONE, NONE},
        .certain = {NONE, NONE},
    };
}

void weir_build_member_add(struct weir_filter_builder *b, struct weir_filter_member *member,
                           uint32_t element)
{
    const enum weir_filter_role role = role_of(b, element);
    member->n_elements++;
    if (is_holder(role_of(b, member->operand))) {
        if (is_address(role))
            add_address(b, member, element);
        else
            (void)(weir_build_is_number(b, element) && weir_build_is_number(b, member->operand));
        return;
    }
    const bool either = role == WEIR_ROLE_PORT || role_of(b, member->operand) == WEIR_ROLE_PORT;
    for (size_t side = 0; side < (either ? 2 : 1); side++)
        member->any =
            join(b, WEIR_FILTER_OR, member->any,
                 weir_build_compare(b, WEIR_FILTER_EQ, weir_build_side(b, member->operand, side),
                                    weir_build_side(b, element, side)));
}

uint32_t weir_build_member_end(struct weir_filter_builder *b,
                               const struct weir_filter_member *member)
{
    if (b->status != WEIR_OK)
        return 0;
    return is_holder(role_of(b, member->operand)) ? end_addresses(b, member) : member->any;
}
