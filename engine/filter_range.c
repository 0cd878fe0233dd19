/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interval arithmetic in 128 bits. Operators that are monotone in each operand, once its sign is
 * fixed, take their extremes at the corners of the intervals. */
#include "filter_range.h"

#include "wide.h"

static weir_i128 min(weir_i128 a, weir_i128 b)
{
    return a < b ? a : b;
}

static weir_i128 max(weir_i128 a, weir_i128 b)
{
    return a > b ? a : b;
}

struct weir_range weir_range_of_type(enum weir_type type)
{
    switch (type) {
    case WEIR_I8:
        return (struct weir_range){INT8_MIN, INT8_MAX};
    case WEIR_U8:
        return (struct weir_range){0, UINT8_MAX};
    case WEIR_I16:
        return (struct weir_range){INT16_MIN, INT16_MAX};
    case WEIR_U16:
        return (struct weir_range){0, UINT16_MAX};
    case WEIR_I32:
        return (struct weir_range){INT32_MIN, INT32_MAX};
    case WEIR_U32:
        return (struct weir_range){0, UINT32_MAX};
    case WEIR_I64:
        return (struct weir_range){INT64_MIN, INT64_MAX};
    case WEIR_U64:
        return (struct weir_range){0, UINT64_MAX};
    case WEIR_TYPE_NONE:
    case WEIR_F32:
    case WEIR_F64:
    case WEIR_N_TYPES:
        break;
    }
    return (struct weir_range){WEIR_I128_MIN, WEIR_I128_MAX};
}

/* The value of a corner; where it does not fit, the end of 128 bits on its side. */
static weir_i128 corner(enum weir_filter_kind kind, weir_i128 a, weir_i128 b, bool *faults)
{
    weir_i128 value = 0;
    bool fits = false;
    bool negative = false;
    switch (kind) {
    case WEIR_FILTER_ADD:
        fits = weir_wide_add(a, b, &value);
        negative = a < 0;
        break;
    case WEIR_FILTER_SUB:
        fits = weir_wide_sub(a, b, &value);
        negative = a < 0;
        break;
    case WEIR_FILTER_MUL:
        fits = weir_wide_mul(a, b, &value);
        negative = (a < 0) != (b < 0);
        break;
    case WEIR_FILTER_SHL:
        fits = weir_wide_shl(a, b, &value);
        negative = a < 0;
        break;
    case WEIR_FILTER_SHR:
        fits = weir_wide_shr(a, b, &value);
        break;
    default: /* b is not 0: only -2^127 // -1 does not fit */
        fits = weir_wide_div(a, b, &value);
        break;
    }
    if (fits)
        return value;
    *faults = true;
    return negative ? WEIR_I128_MIN : WEIR_I128_MAX;
}

static struct weir_range corners(enum weir_filter_kind kind, struct weir_range a,
                                 struct weir_range b, bool *faults)
{
    const weir_i128 w = corner(kind, a.lo, b.lo, faults);
    const weir_i128 x = corner(kind, a.lo, b.hi, faults);
    const weir_i128 y = corner(kind, a.hi, b.lo, faults);
    const weir_i128 z = corner(kind, a.hi, b.hi, faults);
    return (struct weir_range){min(min(w, x), min(y, z)), max(max(w, x), max(y, z))};
}

struct weir_range weir_range_join(struct weir_range a, struct weir_range b)
{
    return (struct weir_range){min(a.lo, b.lo), max(a.hi, b.hi)};
}

/* Divisors below and above 0 apart. */
static struct weir_range divide(struct weir_range a, struct weir_range b, bool *faults)
{
    if (b.lo <= 0 && b.hi >= 0)
        *faults = true;
    const struct weir_range below = {b.lo, min(b.hi, -1)};
    const struct weir_range above = {max(b.lo, 1), b.hi};
    if (b.lo > -1)
        return b.hi < 1 ? (struct weir_range){0, 0} : corners(WEIR_FILTER_DIV, a, above, faults);
    const struct weir_range quotients = corners(WEIR_FILTER_DIV, a, below, faults);
    return b.hi < 1 ? quotients
                    : weir_range_join(quotients, corners(WEIR_FILTER_DIV, a, above, faults));
}

/* The rest lies between 0 and the divisor, and has no more bits than what is divided when both have
 * the same sign. */
static struct weir_range modulo(struct weir_range a, struct weir_range b, bool *faults)
{
    if (b.lo <= 0 && b.hi >= 0)
        *faults = true;
    struct weir_range rest = {b.lo < 0 ? b.lo + 1 : 0, b.hi > 0 ? b.hi - 1 : 0};
    if (a.lo >= 0)
        rest.hi = min(rest.hi, a.hi);
    if (a.hi <= 0)
        rest.lo = max(rest.lo, a.lo);
    return rest;
}

static struct weir_range shift(enum weir_filter_kind kind, struct weir_range a, struct weir_range b,
                               bool *faults)
{
    if (b.lo < 0)
        *faults = true;
    if (b.hi < 0)
        return (struct weir_range){0, 0};
    return corners(kind, a, (struct weir_range){max(b.lo, 0), b.hi}, faults);
}

/* The least 2^k - 1 such that a and b lie in [-2^k, 2^k - 1]; bits of neither leave that. */
static weir_i128 common_bits(struct weir_range a, struct weir_range b)
{
    const weir_i128 ends[] = {a.lo, a.hi, b.lo, b.hi};
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const unsigned n = weir_number_bits_u128((weir_u128)(ends[i] < 0 ? ~ends[i] : ends[i]));
        bits = n > bits ? n : bits;
    }
    return (weir_i128)(((weir_u128)1 << bits) - 1);
}

static struct weir_range bitwise(enum weir_filter_kind kind, struct weir_range a,
                                 struct weir_range b)
{
    if (a.lo == a.hi && b.lo == b.hi) {
        const weir_i128 value = kind == WEIR_FILTER_AND  ? a.lo & b.lo
                                : kind == WEIR_FILTER_OR ? a.lo | b.lo
                                                         : a.lo ^ b.lo;
        return (struct weir_range){value, value};
    }
    const weir_i128 bits = common_bits(a, b);
    const bool natural = a.lo >= 0 && b.lo >= 0;
    struct weir_range r = {natural ? 0 : -bits - 1, bits};
    if (kind == WEIR_FILTER_AND && (a.lo >= 0 || b.lo >= 0)) {
        r.lo = 0;
        r.hi = natural ? min(a.hi, b.hi) : a.lo >= 0 ? a.hi : b.hi;
    }
    if (kind == WEIR_FILTER_AND && a.hi < 0 && b.hi < 0)
        r.hi = min(a.hi, b.hi);
    if (kind == WEIR_FILTER_OR && natural)
        r.lo = max(a.lo, b.lo);
    if (kind == WEIR_FILTER_OR && (a.hi < 0 || b.hi < 0))
        r.hi = -1;
    return r;
}

/* What two intervals say about a comparison. */
static struct weir_range compare(bool never, bool always)
{
    return (struct weir_range){always ? 1 : 0, never ? 0 : 1};
}

struct weir_range weir_range_apply(enum weir_filter_kind kind, struct weir_range a,
                                   struct weir_range b, bool *faults)
{
    const bool disjoint = a.hi < b.lo || b.hi < a.lo;
    const bool same = a.lo == a.hi && b.lo == b.hi && a.lo == b.lo;
    switch (kind) {
    case WEIR_FILTER_CONST:
    case WEIR_FILTER_FIELD:
    case WEIR_FILTER_PLUS:
        return a;
    case WEIR_FILTER_NEG:
        return corners(WEIR_FILTER_SUB, (struct weir_range){0, 0}, a, faults);
    case WEIR_FILTER_INVERT:
        return (struct weir_range){~a.hi, ~a.lo};
    case WEIR_FILTER_NOT:
        return (struct weir_range){!a.hi, !a.lo};
    case WEIR_FILTER_ADD:
    case WEIR_FILTER_SUB:
    case WEIR_FILTER_MUL:
        return corners(kind, a, b, faults);
    case WEIR_FILTER_DIV:
        return divide(a, b, faults);
    case WEIR_FILTER_MOD:
        return modulo(a, b, faults);
    case WEIR_FILTER_SHL:
    case WEIR_FILTER_SHR:
        return shift(kind, a, b, faults);
    case WEIR_FILTER_AND:
    case WEIR_FILTER_OR:
    case WEIR_FILTER_XOR:
        return bitwise(kind, a, b);
    case WEIR_FILTER_WHEN:
        if (b.lo == 0 && b.hi == 0)
            return b;
        return b.lo > 0 || b.hi < 0 ? a : weir_range_join(a, (struct weir_range){0, 0});
    case WEIR_FILTER_EQ:
        return compare(disjoint, same);
    case WEIR_FILTER_NE:
        return compare(same, disjoint);
    case WEIR_FILTER_LT:
        return compare(a.lo >= b.hi, a.hi < b.lo);
    case WEIR_FILTER_LE:
        return compare(a.lo > b.hi, a.hi <= b.lo);
    case WEIR_FILTER_GT:
        return compare(a.hi <= b.lo, a.lo > b.hi);
    case WEIR_FILTER_GE:
        return compare(a.hi < b.lo, a.lo >= b.hi);
    }
    return weir_range_of_type(WEIR_TYPE_NONE);
}
