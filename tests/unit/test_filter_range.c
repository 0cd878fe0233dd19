/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges of values: no operator may leave the range that was proved for it. All small intervals by
 * brute force, and samples of large ones. */
#include "check.h"
#include "filter_range.h"
#include "wide.h"

#define SMALL 5

static weir_i128 floor_div(weir_i128 a, weir_i128 b)
{
    weir_i128 q = a / b;
    while (q * b > a && b > 0)
        q--;
    while (q * b < a && b < 0)
        q--;
    return q;
}

/* The value of an operator on small numbers, in plain arithmetic; false where there is none. */
static bool plain_value(enum weir_filter_kind kind, weir_i128 a, weir_i128 b, weir_i128 *out)
{
    const bool division = kind == WEIR_FILTER_DIV || kind == WEIR_FILTER_MOD;
    const bool shift = kind == WEIR_FILTER_SHL || kind == WEIR_FILTER_SHR;
    if ((division && b == 0) || (shift && b < 0))
        return false;
    const weir_i128 power = shift ? (weir_i128)1 << b : 1;
    const weir_i128 values[] = {
        [WEIR_FILTER_CONST] = a,
        [WEIR_FILTER_FIELD] = a,
        [WEIR_FILTER_PLUS] = a,
        [WEIR_FILTER_NEG] = -a,
        [WEIR_FILTER_INVERT] = -a - 1,
        [WEIR_FILTER_NOT] = 1 - a,
        [WEIR_FILTER_ADD] = a + b,
        [WEIR_FILTER_SUB] = a - b,
        [WEIR_FILTER_MUL] = a * b,
        [WEIR_FILTER_DIV] = division ? floor_div(a, b) : 0,
        [WEIR_FILTER_MOD] = division ? a - b * floor_div(a, b) : 0,
        [WEIR_FILTER_SHL] = a * power,
        [WEIR_FILTER_SHR] = floor_div(a, power),
        [WEIR_FILTER_AND] = a & b,
        [WEIR_FILTER_OR] = a | b,
        [WEIR_FILTER_XOR] = a ^ b,
        [WEIR_FILTER_WHEN] = b != 0 ? a : 0,
        [WEIR_FILTER_EQ] = a == b,
        [WEIR_FILTER_NE] = a != b,
        [WEIR_FILTER_LT] = a<b, [WEIR_FILTER_LE] = a <= b, [WEIR_FILTER_GT] = a> b,
        [WEIR_FILTER_GE] = a >= b,
    };
    *out = values[kind];
    return true;
}

/* Kinds whose extremes are at the corners, and comparisons, must have the very range. */
static bool is_tight(enum weir_filter_kind kind)
{
    return kind < WEIR_FILTER_MOD || kind == WEIR_FILTER_SHL || kind == WEIR_FILTER_SHR ||
           kind >= WEIR_FILTER_EQ;
}

static void check_small(enum weir_filter_kind kind, struct weir_range a, struct weir_range b)
{
    bool faults = false;
    bool fails = false;
    bool any = false;
    struct weir_range seen = {WEIR_I128_MAX, WEIR_I128_MIN};
    const struct weir_range got = weir_range_apply(kind, a, b, &faults);
    for (weir_i128 x = a.lo; x <= a.hi; x++)
        for (weir_i128 y = b.lo; y <= b.hi; y++) {
            weir_i128 value = 0;
            if (!plain_value(kind, x, y, &value)) {
                fails = true;
                continue;
            }
            any = true;
            seen.lo = value < seen.lo ? value : seen.lo;
            seen.hi = value > seen.hi ? value : seen.hi;
        }
    cr_assert_eq(faults, fails, "kind %d of [%d, %d] and [%d, %d]", (int)kind, (int)a.lo, (int)a.hi,
                 (int)b.lo, (int)b.hi);
    if (!any)
        return;
    cr_assert(got.lo <= seen.lo && seen.hi <= got.hi, "kind %d of [%d, %d] and [%d, %d]", (int)kind,
              (int)a.lo, (int)a.hi, (int)b.lo, (int)b.hi);
    if (is_tight(kind))
        cr_assert(got.lo == seen.lo && seen.hi == got.hi, "kind %d of [%d, %d] and [%d, %d]",
                  (int)kind, (int)a.lo, (int)a.hi, (int)b.lo, (int)b.hi);
}

Test(filter_range, small_intervals)
{
    for (int kind = WEIR_FILTER_PLUS; kind <= WEIR_FILTER_GE; kind++)
        for (int lo = -SMALL; lo <= SMALL; lo++)
            for (int hi = lo; hi <= SMALL; hi++)
                for (int from = -SMALL; from <= SMALL; from++)
                    for (int to = from; to <= SMALL; to++)
                        if (kind != WEIR_FILTER_NOT || (lo >= 0 && hi <= 1))
                            check_small((enum weir_filter_kind)kind, (struct weir_range){lo, hi},
                                        (struct weir_range){from, to});
}

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static weir_i128 random_value(void)
{
    const unsigned bits = (unsigned)(random_u64() >> 40) % 128;
    const weir_u128 bound = (weir_u128)1 << bits;
    const unsigned dice = (unsigned)(random_u64() >> 40);
    const weir_u128 value = dice % 3 == 0 ? bound - dice / 4 % 3 + 1
                                          : ((weir_u128)random_u64() << 64 | random_u64()) % bound;
    return (weir_i128)(dice / 16 % 2 == 0 ? value : 0 - value);
}

static struct weir_range random_range(void)
{
    const weir_i128 x = random_value();
    const weir_i128 y = random_u64() % 4096 < 512 ? x : random_value();
    return (struct weir_range){x < y ? x : y, x < y ? y : x};
}

static weir_i128 random_member(struct weir_range r)
{
    const weir_u128 width = (weir_u128)r.hi - (weir_u128)r.lo;
    const weir_u128 random = (weir_u128)random_u64() << 64 | random_u64();
    switch (random_u64() >> 62) {
    case 0:
        return r.lo;
    case 1:
        return r.hi;
    default:
        return (weir_i128)((weir_u128)r.lo +
                           (width == WEIR_U128_MAX ? random : random % (width + 1)));
    }
}

static bool wide_value(enum weir_filter_kind kind, weir_i128 a, weir_i128 b, weir_i128 *out)
{
    switch (kind) {
    case WEIR_FILTER_NEG:
        return weir_wide_sub(0, a, out);
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
    default: /* INVERT */
        *out = ~a;
        return true;
    }
}

Test(filter_range, large_intervals)
{
    for (int round = 0; round < 200000; round++) {
        const enum weir_filter_kind kind =
            (enum weir_filter_kind)(WEIR_FILTER_NEG + random_u64() % 13);
        if (kind == WEIR_FILTER_NOT)
            continue;
        struct weir_range b = random_range();
        if ((kind == WEIR_FILTER_SHL || kind == WEIR_FILTER_SHR) && round % 8 != 0)
            b = (struct weir_range){round % 7 - 1, round % 129 + 6};
        const struct weir_range a = random_range();
        bool faults = false;
        const struct weir_range got = weir_range_apply(kind, a, b, &faults);
        for (int i = 0; i < 8; i++) {
            weir_i128 value = 0;
            const bool good = wide_value(kind, random_member(a), random_member(b), &value);
            cr_assert(good || faults, "kind %d", (int)kind);
            cr_assert(!good || (got.lo <= value && value <= got.hi), "kind %d", (int)kind);
        }
    }
}

/* Exact 128-bit arithmetic against products and quotients that were put together by hand. */
Test(filter_range, wide_arithmetic)
{
    const weir_i128 most = WEIR_I128_MAX;
    const weir_i128 least = WEIR_I128_MIN;
    weir_i128 out = 0;
    cr_assert(weir_wide_mul(least, 1, &out) && out == least);
    cr_assert(weir_wide_mul(-1, most, &out) && out == -most);
    cr_assert(!weir_wide_mul(least, -1, &out));
    cr_assert(!weir_wide_mul(most, 2, &out));
    cr_assert(weir_wide_mul((weir_i128)1 << 64, -((weir_i128)1 << 63), &out) && out == least);
    cr_assert(!weir_wide_mul((weir_i128)1 << 64, (weir_i128)1 << 63, &out));
    cr_assert(!weir_wide_mul((weir_i128)1 << 64, (weir_i128)1 << 64, &out));
    cr_assert(!weir_wide_mul(((weir_i128)3 << 64) + UINT64_MAX, UINT64_MAX, &out));
    cr_assert(weir_wide_div(least, 1, &out) && out == least);
    cr_assert(!weir_wide_div(least, -1, &out));
    cr_assert(weir_wide_div(least, most, &out) && out == -2);
    cr_assert(weir_wide_mod(least, -1, &out) && out == 0);
    cr_assert(weir_wide_mod(least, most, &out) && out == most - 1);
    cr_assert(weir_wide_shl(-1, 127, &out) && out == least);
    cr_assert(!weir_wide_shl(1, 127, &out));
    cr_assert(weir_wide_shl(0, most, &out) && out == 0);
    cr_assert(!weir_wide_shl(0, -1, &out));
    cr_assert(weir_wide_shr(least, most, &out) && out == -1);
    cr_assert(weir_wide_shr(most, 127, &out) && out == 0);
    cr_assert(!weir_wide_shr(1, least, &out));
}

Test(filter_range, types)
{
    for (int t = WEIR_I8; t <= WEIR_U64; t++) {
        const struct weir_range r = weir_range_of_type((enum weir_type)t);
        const unsigned bits = 8 * (unsigned)weir_type_bytes((enum weir_type)t);
        cr_assert(r.hi - r.lo == (weir_i128)(((weir_u128)1 << bits) - 1));
        cr_assert_eq(r.lo < 0, weir_type_is_signed((enum weir_type)t));
        cr_assert(r.lo == 0 || r.lo == -r.hi - 1);
    }
    const struct weir_range real = weir_range_of_type(WEIR_F32);
    cr_assert(real.lo == WEIR_I128_MIN && real.hi == WEIR_I128_MAX);
}
