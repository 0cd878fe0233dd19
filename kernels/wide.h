/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact arithmetic on 128-bit signed integers with Python's rounding.
 *
 * Each function either writes the exact result to *out and returns true, or returns false because
 * there is none: it does not fit 128 bits, the divisor is 0, or a shift count is negative. Pure.
 */
#ifndef WEIR_WIDE_H
#define WEIR_WIDE_H

#include "number.h"

static inline bool weir_wide_add(weir_i128 a, weir_i128 b, weir_i128 *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool weir_wide_sub(weir_i128 a, weir_i128 b, weir_i128 *out)
{
    return !__builtin_sub_overflow(a, b, out);
}

static inline weir_u128 weir_wide_magnitude(weir_i128 a)
{
    return a < 0 ? 0 - (weir_u128)a : (weir_u128)a;
}

/* By hand: clang's built-in check needs a function that libgcc does not have. */
static inline bool weir_wide_mul(weir_i128 a, weir_i128 b, weir_i128 *out)
{
    const weir_u128 x = weir_wide_magnitude(a);
    const weir_u128 y = weir_wide_magnitude(b);
    const weir_u128 x_high = x >> 64;
    const weir_u128 y_high = y >> 64;
    if (x_high != 0 && y_high != 0)
        return false;
    const weir_u128 cross = x_high * (uint64_t)y + y_high * (uint64_t)x; /* one of them is 0 */
    const weir_u128 low = (weir_u128)(uint64_t)x * (uint64_t)y;
    if (cross >> 64 != 0)
        return false;
    const weir_u128 product = (cross << 64) + low;
    const bool negative = (a < 0) != (b < 0);
    if (product < low || product > (weir_u128)WEIR_I128_MAX + negative)
        return false;
    *out = (weir_i128)(negative ? 0 - product : product);
    return true;
}

/* Both within 0 .. 2^64 - 1: division then takes half the time. */
static inline bool weir_wide_are_short(weir_i128 a, weir_i128 b)
{
    return ((weir_u128)a | (weir_u128)b) >> 64 == 0;
}

/* Rounds towards minus infinity. */
static inline bool weir_wide_div(weir_i128 a, weir_i128 b, weir_i128 *out)
{
    if (b == 0 || (b == -1 && a == WEIR_I128_MIN))
        return false;
    if (weir_wide_are_short(a, b)) {
        *out = (uint64_t)a / (uint64_t)b;
        return true;
    }
    const weir_i128 quotient = a / b;
    *out = quotient - (quotient * b != a && (a < 0) != (b < 0));
    return true;
}

/* The remainder of weir_wide_div: it has the sign of the divisor. */
static inline bool weir_wide_mod(weir_i128 a, weir_i128 b, weir_i128 *out)
{
    if (b == 0)
        return false;
    if (weir_wide_are_short(a, b)) {
        *out = (uint64_t)a % (uint64_t)b;
        return true;
    }
    const weir_i128 rest = b == -1 ? 0 : a % b;
    *out = rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    return true;
}

static inline bool weir_wide_shl(weir_i128 a, weir_i128 b, weir_i128 *out)
{
    if (b < 0 || (b > 127 && a != 0))
        return false;
    const unsigned count = b > 127 ? 127 : (unsigned)b;
    *out = (weir_i128)((weir_u128)a << count);
    return *out >> count == a;
}

static inline bool weir_wide_shr(weir_i128 a, weir_i128 b, weir_i128 *out)
{
    if (b < 0)
        return false;
    *out = a >> (b > 127 ? 127 : (unsigned)b);
    return true;
}

#endif
