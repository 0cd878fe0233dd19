/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact ratios of whole numbers, and their decimal text.
 *
 * A share of a sum within a wide bin is a quotient of products of 128-bit numbers, so numerators
 * and denominators have WEIR_NATURAL_BITS bits here. Nothing is rounded before the last decimal.
 *
 *     struct weir_ratio mean = weir_ratio_of(octets, packets);
 *     char text[WEIR_RATIO_TEXT];
 *     weir_ratio_text(&mean, 6, text);
 *
 * All functions are pure. Results must fit: callers know how many bits their factors have.
 */
#ifndef WEIR_RATIO_H
#define WEIR_RATIO_H

#include "number.h"

#include <stdbool.h>

#define WEIR_NATURAL_BITS  384
#define WEIR_NATURAL_WORDS (WEIR_NATURAL_BITS / 64)

/* A whole number from 0 to 2^WEIR_NATURAL_BITS - 1. */
struct weir_natural {
    uint64_t word[WEIR_NATURAL_WORDS]; /* least significant first */
};

/* The number `value`. */
struct weir_natural weir_natural_of(weir_u128 value);

/* a + b; a - b, where a >= b; a * b. */
struct weir_natural weir_natural_add(const struct weir_natural *a, const struct weir_natural *b);
struct weir_natural weir_natural_subtract(const struct weir_natural *a,
                                          const struct weir_natural *b);
struct weir_natural weir_natural_multiply(const struct weir_natural *a, weir_u128 b);

/* Less than, equal to, or greater than 0, as a is to b. */
int weir_natural_compare(const struct weir_natural *a, const struct weir_natural *b);

/* The whole part of a / b, which is below 2^128, and in *rest what is left; b is not 0. */
weir_u128 weir_natural_divide(const struct weir_natural *a, const struct weir_natural *b,
                              struct weir_natural *rest);

/* numerator / denominator; unknown where the denominator is 0. */
struct weir_ratio {
    struct weir_natural numerator, denominator;
};

struct weir_ratio weir_ratio_of(weir_u128 numerator, weir_u128 denominator);

/* False where the denominator is 0: there is no such number. */
bool weir_ratio_is_known(const struct weir_ratio *ratio);

/* Writes a known ratio, whose whole part is below 2^128, with `n_decimals` (0 to
 * WEIR_RATIO_DECIMALS_MAX) to `out`, rounded to nearest, ties to even (as printf and Python do with
 * numbers that are exact in binary). Returns out. */
#define WEIR_RATIO_DECIMALS_MAX 18
#define WEIR_RATIO_TEXT         (WEIR_NUMBER_CAPACITY + 1 + WEIR_RATIO_DECIMALS_MAX)
char *weir_ratio_text(const struct weir_ratio *ratio, unsigned n_decimals,
                      char out[WEIR_RATIO_TEXT]);

#endif
