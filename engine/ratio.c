/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long arithmetic by words. Division goes bit by bit: a summary has but some hundred numbers. */
#include "ratio.h"

#include <inttypes.h>
#include <stdio.h>

struct weir_natural weir_natural_of(weir_u128 value)
{
    return (struct weir_natural){{(uint64_t)value, (uint64_t)(value >> 64)}};
}

struct weir_natural weir_natural_add(const struct weir_natural *a, const struct weir_natural *b)
{
    struct weir_natural sum;
    weir_u128 carry = 0;
    for (size_t i = 0; i < WEIR_NATURAL_WORDS; i++) {
        carry += (weir_u128)a->word[i] + b->word[i];
        sum.word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return sum;
}

struct weir_natural weir_natural_subtract(const struct weir_natural *a,
                                          const struct weir_natural *b)
{
    struct weir_natural difference;
    uint64_t borrow = 0;
    for (size_t i = 0; i < WEIR_NATURAL_WORDS; i++) {
        const weir_u128 word = (weir_u128)a->word[i] - b->word[i] - borrow;
        difference.word[i] = (uint64_t)word;
        borrow = word >> 64 != 0;
    }
    return difference;
}

/* Adds a * b, shifted up by `shift` words, to *sum. */
static void add_product(struct weir_natural *sum, const struct weir_natural *a, uint64_t b,
                        size_t shift)
{
    weir_u128 carry = 0;
    for (size_t i = 0; i + shift < WEIR_NATURAL_WORDS; i++) {
        carry += (weir_u128)a->word[i] * b + sum->word[i + shift];
        sum->word[i + shift] = (uint64_t)carry;
        carry >>= 64;
    }
}

struct weir_natural weir_natural_multiply(const struct weir_natural *a, weir_u128 b)
{
    struct weir_natural product = {{0}};
    add_product(&product, a, (uint64_t)b, 0);
    add_product(&product, a, (uint64_t)(b >> 64), 1);
    return product;
}

int weir_natural_compare(const struct weir_natural *a, const struct weir_natural *b)
{
    for (size_t i = WEIR_NATURAL_WORDS; i-- > 0;)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

static unsigned bits_of(const struct weir_natural *a)
{
    for (size_t i = WEIR_NATURAL_WORDS; i-- > 0;)
        if (a->word[i] != 0)
            return 64 * (unsigned)i + weir_number_bits_u64(a->word[i]);
    return 0;
}

static struct weir_natural shift_up(const struct weir_natural *a, unsigned n_bits)
{
    struct weir_natural shifted = {{0}};
    const size_t words = n_bits / 64;
    const unsigned bits = n_bits % 64;
    for (size_t i = words; i < WEIR_NATURAL_WORDS; i++) {
        shifted.word[i] = a->word[i - words] << bits;
        if (bits != 0 && i > words)
            shifted.word[i] |= a->word[i - words - 1] >> (64 - bits);
    }
    return shifted;
}

weir_u128 weir_natural_divide(const struct weir_natural *a, const struct weir_natural *b,
                              struct weir_natural *rest)
{
    const unsigned bits_a = bits_of(a);
    const unsigned bits_b = bits_of(b);
    weir_u128 quotient = 0;
    *rest = *a;
    if (bits_a < bits_b)
        return 0;
    for (unsigned n = bits_a - bits_b + 1; n-- > 0;) {
        const struct weir_natural part = shift_up(b, n);
        quotient <<= 1;
        if (weir_natural_compare(rest, &part) < 0)
            continue;
        *rest = weir_natural_subtract(rest, &part);
        quotient |= 1;
    }
    return quotient;
}

struct weir_ratio weir_ratio_of(weir_u128 numerator, weir_u128 denominator)
{
    return (struct weir_ratio){weir_natural_of(numerator), weir_natural_of(denominator)};
}

bool weir_ratio_is_known(const struct weir_ratio *ratio)
{
    return bits_of(&ratio->denominator) != 0;
}

char *weir_ratio_text(const struct weir_ratio *ratio, unsigned n_decimals,
                      char out[WEIR_RATIO_TEXT])
{
    uint64_t scale = 1;
    for (unsigned d = 0; d < n_decimals; d++)
        scale *= 10;
    struct weir_natural rest;
    weir_u128 whole = weir_natural_divide(&ratio->numerator, &ratio->denominator, &rest);
    rest = weir_natural_multiply(&rest, scale);
    uint64_t decimals = (uint64_t)weir_natural_divide(&rest, &ratio->denominator, &rest);
    rest = weir_natural_add(&rest, &rest);
    const int half = weir_natural_compare(&rest, &ratio->denominator);
    const bool is_odd = ((n_decimals == 0 ? (uint64_t)whole : decimals) & 1) != 0;
    decimals += half > 0 || (half == 0 && is_odd);
    if (decimals == scale) { /* also where there are no decimals */
        whole++;
        decimals = 0;
    }
    char digits[WEIR_NUMBER_CAPACITY];
    weir_number_text_u128(digits, whole);
    if (n_decimals == 0)
        snprintf(out, WEIR_RATIO_TEXT, "%s", digits);
    else
        snprintf(out, WEIR_RATIO_TEXT, "%s.%0*" PRIu64, digits, (int)n_decimals, decimals);
    return out;
}
