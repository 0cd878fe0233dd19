/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long arithmetic by its own laws, and decimal text by Python's fractions. */
#include "check.h"
#include "ratio.h"

#define MAX WEIR_U128_MAX

Test(ratio, text_is_rounded_to_nearest_and_ties_to_even)
{
    static const struct {
        weir_u128 numerator, denominator;
        unsigned n_decimals;
        const char *text; /* round(Fraction(n, d) * 10**k) of Python */
    } cases[] = {
        {1, 2, 0, "0"},
        {3, 2, 0, "2"},
        {5, 2, 0, "2"},
        {((weir_u128)1 << 127) + 1, 2, 0, "85070591730234615865843651857942052864"},
        {1, 3200, 5, "0.00031"},
        {1, 3200, 6, "0.000312"},
        {3, 3200, 6, "0.000938"},
        {2, 3, 6, "0.666667"},
        {0, 5, 2, "0.00"},
        {199999, 200000, 4, "1.0000"},
        {1999999999, 2, 0, "1000000000"},
        {UINT64_C(999999999999999999), UINT64_C(1000000000000000000), 18, "0.999999999999999999"},
        {UINT64_C(99999999999999995), UINT64_C(100000000000000000), 16, "1.0000000000000000"},
        {MAX, 1, 0, "340282366920938463463374607431768211455"},
        {MAX, 1, 6, "340282366920938463463374607431768211455.000000"},
        {MAX, 7, 9, "48611766702991209066196372490252601636.428571429"},
        {1, MAX, 18, "0.000000000000000000"},
        {MAX, MAX, 3, "1.000"},
    };
    char text[WEIR_RATIO_TEXT];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct weir_ratio ratio = weir_ratio_of(cases[c].numerator, cases[c].denominator);
        cr_assert(weir_ratio_is_known(&ratio));
        cr_assert_str_eq(weir_ratio_text(&ratio, cases[c].n_decimals, text), cases[c].text,
                         "case %zu: %s", c, text);
    }
    const struct weir_ratio nothing = weir_ratio_of(1, 0);
    cr_assert(!weir_ratio_is_known(&nothing));
}

static uint64_t state = 1;

/* A number of any size up to 128 bits. */
static weir_u128 draw(void)
{
    weir_u128 value = 0;
    for (int i = 0; i < 2; i++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        value = value << 64 | (state ^ state >> 29);
    }
    state = state * 6364136223846793005 + 1442695040888963407;
    return value >> (state >> 57);
}

static bool equal(struct weir_natural a, struct weir_natural b)
{
    return weir_natural_compare(&a, &b) == 0;
}

Test(ratio, divides_what_it_multiplies)
{
    for (int i = 0; i < 5000; i++) {
        const weir_u128 a = draw();
        const weir_u128 b = draw();
        const weir_u128 c = draw() | 1;
        const struct weir_natural natural_a = weir_natural_of(a);
        const struct weir_natural natural_b = weir_natural_of(b);
        const struct weir_natural ab = weir_natural_multiply(&natural_a, b);
        cr_assert(equal(ab, weir_natural_multiply(&natural_b, a)));
        const struct weir_natural natural_c = weir_natural_of(c);
        const struct weir_natural divisor = weir_natural_multiply(&natural_c, b | 1);
        const weir_u128 left = a % c;
        const struct weir_natural natural_left = weir_natural_of(left);
        const struct weir_natural product = weir_natural_multiply(&divisor, a);
        const struct weir_natural dividend = weir_natural_add(&product, &natural_left);
        struct weir_natural rest;
        cr_assert(weir_natural_divide(&dividend, &divisor, &rest) == a, "draw %d", i);
        cr_assert(equal(rest, natural_left), "draw %d", i);
        cr_assert(equal(weir_natural_subtract(&dividend, &natural_left), product), "draw %d", i);
        cr_assert(weir_natural_compare(&dividend, &product) == (left != 0));
        cr_assert(weir_natural_compare(&product, &dividend) == -(left != 0));
    }
}

/* By the machine's own division where it can. */
Test(ratio, small_numbers)
{
    for (int i = 0; i < 5000; i++) {
        const weir_u128 a = draw();
        const weir_u128 b = draw() | 1;
        const struct weir_natural natural_a = weir_natural_of(a);
        const struct weir_natural natural_b = weir_natural_of(b);
        struct weir_natural rest;
        cr_assert(weir_natural_divide(&natural_a, &natural_b, &rest) == a / b);
        cr_assert(equal(rest, weir_natural_of(a % b)));
        const weir_u128 sum = (a >> 1) + (b >> 1);
        const struct weir_natural half_a = weir_natural_of(a >> 1);
        const struct weir_natural half_b = weir_natural_of(b >> 1);
        cr_assert(equal(weir_natural_add(&half_a, &half_b), weir_natural_of(sum)));
    }
}
