/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers from text and to text: whole strings or nothing, exact, independent of the locale.
 *
 * Parsers take the text's length, accept nothing but the number (no blanks, no trailing text) and
 * return false when the text is not one or does not fit. All functions are pure.
 */
#ifndef WEIR_NUMBER_H
#define WEIR_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 weir_i128;
__extension__ typedef unsigned __int128 weir_u128;

#define WEIR_U128_MAX ((weir_u128)-1)
#define WEIR_I128_MAX ((weir_i128)(WEIR_U128_MAX >> 1))
#define WEIR_I128_MIN (-WEIR_I128_MAX - 1)

/* Longest text of a 128-bit number, sign and NUL included. */
#define WEIR_NUMBER_CAPACITY 41

/* Decimal digits, no sign; at most 2^64 - 1. */
bool weir_number_parse_u64(const char *text, size_t length, uint64_t *value);

/* Decimal digits with an optional sign; within int64_t. */
bool weir_number_parse_i64(const char *text, size_t length, int64_t *value);

/* Decimal digits, no sign; at most 2^128 - 1. */
bool weir_number_parse_u128(const char *text, size_t length, weir_u128 *value);

/* A real number in decimal notation ("1", "-2.5", "1e-9"); no inf or nan. */
bool weir_number_parse_real(const char *text, size_t length, double *value);

/* A size in bytes: digits and an optional K, M, G or T (powers of 1024; "KiB", "MB" and lower case
 * count the same). */
bool weir_number_parse_size(const char *text, size_t length, uint64_t *bytes);

/* Writes the decimal digits of `value` without NUL to `out` (room for 20, 39 characters) and
 * returns their number. */
size_t weir_number_format_u64(char *out, uint64_t value);
size_t weir_number_format_u128(char *out, weir_u128 value);

/* Writes `value` as decimal text with NUL to `out` (WEIR_NUMBER_CAPACITY characters); returns out.
 */
char *weir_number_text_u128(char *out, weir_u128 value);

/* Writes the shortest decimal text with NUL that reads back as the same `value`, which is finite,
 * to `out` (WEIR_NUMBER_REAL_CAPACITY characters); returns out. As Python's repr, but that whole
 * numbers have no ".0". */
#define WEIR_NUMBER_REAL_CAPACITY 32
char *weir_number_text_real(char *out, double value);

/* Significant bits of x: 0 for 0, 64 for 2^63. */
static inline unsigned weir_number_bits_u64(uint64_t x)
{
    return x == 0 ? 0 : 64U - (unsigned)__builtin_clzll(x);
}
static inline unsigned weir_number_bits_u128(weir_u128 x)
{
    const uint64_t high = (uint64_t)(x >> 64);
    return high != 0 ? 64 + weir_number_bits_u64(high) : weir_number_bits_u64((uint64_t)x);
}

#endif
