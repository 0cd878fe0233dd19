/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of decimal numbers to columns: the exact parser, and the portable one for many lines. */
#include "text_table.h"

#include "number.h"

#include <string.h>

#define SAFE_DIGITS 19 /* any number of so many digits is below 2^64 */

static inline bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

/* Parses the digits at `at`; a value that 64 bits do not hold becomes UINT64_MAX and *fits false.
 * Returns the place behind them. */
static inline const unsigned char *parse_digits(const unsigned char *at, const unsigned char *end,
                                                uint64_t *value, bool *fits)
{
    const unsigned char *begin = at;
    uint64_t sum = 0;
    while (at < end && (unsigned)(*at - '0') < 10)
        sum = sum * 10 + (unsigned)(*at++ - '0');
    *value = sum;
    *fits = true;
    if (at - begin > SAFE_DIGITS)
        *fits = weir_number_parse_u64((const char *)begin, (size_t)(at - begin), value);
    return at;
}

static size_t count_fields(const struct weir_text_table *table, const unsigned char *line, size_t n)
{
    size_t n_fields = 1;
    for (size_t i = 0; i < n; i++)
        n_fields += line[i] == table->separator;
    return n_fields;
}

/* Describes the bad field `field`, whose text is somewhere behind `at`. */
static bool set_fault(const struct weir_text_table *table, size_t field, const unsigned char *at,
                      const unsigned char *end, struct weir_text_fault *fault)
{
    const unsigned char *stop = memchr(at, table->separator, (size_t)(end - at));
    if (stop == NULL)
        stop = end;
    while (at < stop && is_blank(*at))
        at++;
    while (stop > at && is_blank(stop[-1]))
        stop--;
    *fault = (struct weir_text_fault){.field = field, .text = at, .n_text = (size_t)(stop - at)};
    return false;
}

bool weir_text_line(const struct weir_text_table *table, const unsigned char *line, size_t n,
                    uint64_t *values, struct weir_text_fault *fault)
{
    const unsigned char *const end = line + n;
    const unsigned char *at = line;
    for (size_t f = 0; f < table->n_fields; f++) {
        const unsigned char *const begin = at;
        while (at < end && is_blank(*at))
            at++;
        const unsigned char *const digits = at;
        bool fits = false;
        at = parse_digits(at, end, &values[f], &fits);
        const bool good = at > digits && fits && values[f] <= table->field[f].most;
        while (at < end && is_blank(*at))
            at++;
        const bool is_last = f + 1 == table->n_fields;
        if (good && (is_last ? at == end : at < end && *at == table->separator)) {
            at++;
            continue;
        }
        const size_t n_fields = count_fields(table, line, n);
        if (n_fields == table->n_fields)
            return set_fault(table, f, begin, end, fault);
        *fault = (struct weir_text_fault){.n_fields = n_fields};
        return false;
    }
    return true;
}

void weir_text_store(const struct weir_text_table *table, size_t row, const uint64_t *values)
{
    for (size_t f = 0; f < table->n_fields; f++) {
        const struct weir_text_field *field = &table->field[f];
        switch (field->n_bytes) {
        case 1:
            ((uint8_t *)field->column)[row] = (uint8_t)values[f];
            break;
        case 2:
            ((uint16_t *)field->column)[row] = (uint16_t)values[f];
            break;
        case 4:
            ((uint32_t *)field->column)[row] = (uint32_t)values[f];
            break;
        case 8:
            ((uint64_t *)field->column)[row] = values[f];
            break;
        default:
            break;
        }
    }
}

size_t weir_text_rows_ref(const struct weir_text_table *table, const unsigned char *text,
                          size_t n_bytes, size_t row, size_t *n_taken)
{
    const unsigned char *at = text;
    const unsigned char *const end = text + n_bytes;
    const size_t first_row = row;
    while (at < end) {
        const unsigned char *stop = memchr(at, '\n', (size_t)(end - at));
        uint64_t values[WEIR_TEXT_FIELDS_MAX];
        struct weir_text_fault fault;
        if (stop == NULL || stop - at > WEIR_TEXT_ROW_BYTES_MAX ||
            !weir_text_line(table, at, (size_t)(stop - at), values, &fault))
            break;
        bool in_range = true;
        for (size_t f = 0; f < table->n_fields; f++)
            in_range &= values[f] >= table->field[f].least;
        if (!in_range)
            break;
        weir_text_store(table, row++, values);
        at = stop + 1;
    }
    *n_taken = (size_t)(at - text);
    return row - first_row;
}

weir_text_rows *weir_text_rows_find(enum weir_cpu cpu)
{
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)
    if (cpu >= WEIR_CPU_AVX512)
        return weir_text_rows_avx512;
#endif
    (void)cpu;
    return weir_text_rows_ref;
}
