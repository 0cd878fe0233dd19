/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers from text and to text. */
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool weir_number_parse_u128(const char *text, size_t length, weir_u128 *value)
{
    if (length == 0)
        return false;
    weir_u128 sum = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || sum > (WEIR_U128_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool weir_number_parse_u64(const char *text, size_t length, uint64_t *value)
{
    weir_u128 wide = 0;
    if (!weir_number_parse_u128(text, length, &wide) || wide > UINT64_MAX)
        return false;
    *value = (uint64_t)wide;
    return true;
}

bool weir_number_parse_i64(const char *text, size_t length, int64_t *value)
{
    const bool negative = length > 0 && text[0] == '-';
    const size_t sign = length > 0 && (text[0] == '-' || text[0] == '+');
    uint64_t magnitude = 0;
    if (!weir_number_parse_u64(text + sign, length - sign, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *value = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

bool weir_number_parse_real(const char *text, size_t length, double *value)
{
    char copy[64];
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, text, length); /* what follows the text may not be ours to look at */
    copy[length] = '\0';
    if (strspn(copy, "+-.0123456789eE") < length)
        return false;
    char *end = NULL;
    const double parsed = strtod(copy, &end); /* weir never calls setlocale: '.' is the point */
    if (end != copy + length || !isfinite(parsed))
        return false;
    *value = parsed;
    return true;
}

bool weir_number_parse_size(const char *text, size_t length, uint64_t *bytes)
{
    size_t digits = 0;
    while (digits < length && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    uint64_t number = 0;
    if (!weir_number_parse_u64(text, digits, &number))
        return false;
    const char *unit = text + digits;
    size_t left = length - digits;
    unsigned shift = 0;
    if (left > 0 && *unit != 'B' && *unit != 'b') {
        static const char letters[] = "kmgtKMGT";
        const char *found = memchr(letters, *unit, sizeof letters - 1);
        if (found == NULL)
            return false;
        shift = 10 * (1 + (unsigned)((found - letters) % 4));
        unit++;
        left--;
        if (left > 1 && *unit == 'i') {
            unit++;
            left--;
        }
    }
    if (left > 1 || (left == 1 && *unit != 'B' && *unit != 'b'))
        return false;
    if (number > UINT64_MAX >> shift)
        return false;
    *bytes = number << shift;
    return true;
}

size_t weir_number_format_u128(char *out, weir_u128 value)
{
    char reversed[39];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + (unsigned)(value % 10));
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

size_t weir_number_format_u64(char *out, uint64_t value)
{
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

char *weir_number_text_u128(char *out, weir_u128 value)
{
    out[weir_number_format_u128(out, value)] = '\0';
    return out;
}

char *weir_number_text_real(char *out, double value)
{
    if (fabs(value) < 1e16 && value == trunc(value)) {
        snprintf(out, WEIR_NUMBER_REAL_CAPACITY, "%.0f", value);
        return out;
    }
    for (int n_digits = 1; n_digits <= 17; n_digits++) {
        snprintf(out, WEIR_NUMBER_REAL_CAPACITY, "%.*g", n_digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}
