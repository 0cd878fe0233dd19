/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Column types and the conversion of column values. */
#include "batch.h"

#include "number.h"

#include <stdio.h>
#include <stdlib.h>

#define TWO_63 9223372036854775808.0
#define TWO_64 18446744073709551616.0

static const struct {
    unsigned char n_bytes;
    char code;
    bool is_signed;
    bool is_real;
} types[WEIR_N_TYPES] = {
    [WEIR_I8] = {1, 'b', true, false},  [WEIR_U8] = {1, 'B', false, false},
    [WEIR_I16] = {2, 'h', true, false}, [WEIR_U16] = {2, 'H', false, false},
    [WEIR_I32] = {4, 'i', true, false}, [WEIR_U32] = {4, 'I', false, false},
    [WEIR_I64] = {8, 'q', true, false}, [WEIR_U64] = {8, 'Q', false, false},
    [WEIR_F32] = {4, 'f', false, true}, [WEIR_F64] = {8, 'd', false, true},
};

size_t weir_type_bytes(enum weir_type type)
{
    return types[type].n_bytes;
}

char weir_type_code(enum weir_type type)
{
    return types[type].code;
}

enum weir_type weir_type_find(char code)
{
    if (code == 'l')
        return WEIR_I64;
    if (code == 'L')
        return WEIR_U64;
    for (int type = WEIR_TYPE_NONE + 1; type < WEIR_N_TYPES; type++)
        if (types[type].code == code)
            return (enum weir_type)type;
    return WEIR_TYPE_NONE;
}

bool weir_type_is_signed(enum weir_type type)
{
    return types[type].is_signed;
}

bool weir_type_is_real(enum weir_type type)
{
    return types[type].is_real;
}

static enum weir_type signed_type_of_bytes(unsigned n_bytes)
{
    switch (n_bytes) {
    case 1:
        return WEIR_I8;
    case 2:
        return WEIR_I16;
    case 4:
        return WEIR_I32;
    case 8:
        return WEIR_I64;
    default:
        return WEIR_TYPE_NONE;
    }
}

enum weir_type weir_type_common(enum weir_type a, enum weir_type b)
{
    if (a == b || b == WEIR_TYPE_NONE)
        return a;
    if (a == WEIR_TYPE_NONE)
        return b;
    if (types[a].is_real || types[b].is_real)
        return WEIR_F64;
    if (types[a].is_signed == types[b].is_signed)
        return types[a].n_bytes >= types[b].n_bytes ? a : b;
    const enum weir_type with_sign = types[a].is_signed ? a : b;
    const enum weir_type without = types[a].is_signed ? b : a;
    const unsigned wanted = 2U * types[without].n_bytes;
    return types[with_sign].n_bytes >= wanted ? with_sign : signed_type_of_bytes(wanted);
}

/* Every loop below converts all values whatever they are and collects what was wrong with them, so
 * that it has no branch and the compiler can use vectors; who finds a bad one looks again. The out
 * arrays never overlap the column. */

static uint64_t widen_u8(const uint8_t *in, size_t n, uint64_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i];
    return 0;
}

static uint64_t widen_u16(const uint16_t *in, size_t n, uint64_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i];
    return 0;
}

static uint64_t widen_u32(const uint32_t *in, size_t n, uint64_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i];
    return 0;
}

/* The OR of all values has the sign bit when one of them does. */
static uint64_t widen_u64(const uint64_t *in, size_t n, uint64_t *restrict out)
{
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[i];
        all |= in[i];
    }
    return all;
}

static int64_t widen_i8(const int8_t *in, size_t n, int64_t *restrict out)
{
    int64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[i];
        all |= in[i];
    }
    return all;
}

static int64_t widen_i16(const int16_t *in, size_t n, int64_t *restrict out)
{
    int64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[i];
        all |= in[i];
    }
    return all;
}

static int64_t widen_i32(const int32_t *in, size_t n, int64_t *restrict out)
{
    int64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[i];
        all |= in[i];
    }
    return all;
}

static int64_t widen_i64(const int64_t *in, size_t n, int64_t *restrict out)
{
    int64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[i];
        all |= in[i];
    }
    return all;
}

/* Converts one real; true when that loses something. Not-a-number fails every comparison. */
static inline bool real_to_u64(double in, uint64_t *out)
{
    const bool inside = in >= 0 && in < TWO_64;
    *out = (uint64_t)(inside ? in : 0.0);
    return !(inside && (double)*out == in);
}

static inline bool real_to_i64(double in, int64_t *out)
{
    const bool inside = in >= -TWO_63 && in < TWO_63;
    *out = (int64_t)(inside ? in : 0.0);
    return !(inside && (double)*out == in);
}

static bool f32_to_u64(const float *in, size_t n, uint64_t *restrict out)
{
    bool lossy = false;
    for (size_t i = 0; i < n; i++)
        lossy |= real_to_u64((double)in[i], &out[i]);
    return lossy;
}

static bool f64_to_u64(const double *in, size_t n, uint64_t *restrict out)
{
    bool lossy = false;
    for (size_t i = 0; i < n; i++)
        lossy |= real_to_u64(in[i], &out[i]);
    return lossy;
}

static bool f32_to_i64(const float *in, size_t n, int64_t *restrict out)
{
    bool lossy = false;
    for (size_t i = 0; i < n; i++)
        lossy |= real_to_i64((double)in[i], &out[i]);
    return lossy;
}

static bool f64_to_i64(const double *in, size_t n, int64_t *restrict out)
{
    bool lossy = false;
    for (size_t i = 0; i < n; i++)
        lossy |= real_to_i64(in[i], &out[i]);
    return lossy;
}

/* Converts n values; false when one of them does not fit. Signed values are written as their bits,
 * which are those of the u64 where they are not negative. */
static bool load_u64(enum weir_type type, const void *in, size_t n, uint64_t *out)
{
    int64_t *bits = (int64_t *)out;
    switch (type) {
    case WEIR_I8:
        return widen_i8(in, n, bits) >= 0;
    case WEIR_U8:
        return widen_u8(in, n, out) == 0;
    case WEIR_I16:
        return widen_i16(in, n, bits) >= 0;
    case WEIR_U16:
        return widen_u16(in, n, out) == 0;
    case WEIR_I32:
        return widen_i32(in, n, bits) >= 0;
    case WEIR_U32:
        return widen_u32(in, n, out) == 0;
    case WEIR_I64:
        return widen_i64(in, n, bits) >= 0;
    case WEIR_U64:
        (void)widen_u64(in, n, out);
        return true;
    case WEIR_F32:
        return !f32_to_u64(in, n, out);
    case WEIR_F64:
        return !f64_to_u64(in, n, out);
    case WEIR_TYPE_NONE:
    case WEIR_N_TYPES:
        break;
    }
    return n == 0;
}

static bool load_i64(enum weir_type type, const void *in, size_t n, int64_t *out)
{
    uint64_t *bits = (uint64_t *)out;
    switch (type) {
    case WEIR_I8:
        (void)widen_i8(in, n, out);
        return true;
    case WEIR_U8:
        return widen_u8(in, n, bits) == 0;
    case WEIR_I16:
        (void)widen_i16(in, n, out);
        return true;
    case WEIR_U16:
        return widen_u16(in, n, bits) == 0;
    case WEIR_I32:
        (void)widen_i32(in, n, out);
        return true;
    case WEIR_U32:
        return widen_u32(in, n, bits) == 0;
    case WEIR_I64:
        (void)widen_i64(in, n, out);
        return true;
    case WEIR_U64:
        return widen_u64(in, n, bits) <= INT64_MAX;
    case WEIR_F32:
        return !f32_to_i64(in, n, out);
    case WEIR_F64:
        return !f64_to_i64(in, n, out);
    case WEIR_TYPE_NONE:
    case WEIR_N_TYPES:
        break;
    }
    return n == 0;
}

bool weir_column_load_u64(const struct weir_column *column, size_t begin, size_t n, uint64_t *out,
                          const uint64_t **view, size_t *bad)
{
    if (view != NULL && column->type == WEIR_U64) {
        *view = (const uint64_t *)column->data + begin;
        return true;
    }
    if (view != NULL)
        *view = out;
    if (load_u64(column->type, weir_column_at(column, begin), n, out))
        return true;
    size_t i = 0;
    while (i < n - 1 && load_u64(column->type, weir_column_at(column, begin + i), 1, &out[i]))
        i++;
    *bad = i;
    return false;
}

bool weir_column_load_i64(const struct weir_column *column, size_t begin, size_t n, int64_t *out,
                          const int64_t **view, size_t *bad)
{
    if (view != NULL && column->type == WEIR_I64) {
        *view = (const int64_t *)column->data + begin;
        return true;
    }
    if (view != NULL)
        *view = out;
    if (load_i64(column->type, weir_column_at(column, begin), n, out))
        return true;
    size_t i = 0;
    while (i < n - 1 && load_i64(column->type, weir_column_at(column, begin + i), 1, &out[i]))
        i++;
    *bad = i;
    return false;
}

/* The shortest digits that mean exactly this value. */
static void format_real(char *out, double value, bool is_single)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, WEIR_VALUE_CAPACITY, "%.*g", digits, value);
        const double back = strtod(out, NULL);
        if (back == value || (is_single && (float)back == (float)value))
            return;
    }
}

char *weir_column_value_text(const struct weir_column *column, size_t index, char *out)
{
    const void *at = column->data == NULL ? NULL : weir_column_at(column, index);
    if (at == NULL || column->type == WEIR_TYPE_NONE) {
        snprintf(out, WEIR_VALUE_CAPACITY, "none");
    } else if (column->type == WEIR_F32) {
        format_real(out, (double)*(const float *)at, true);
    } else if (column->type == WEIR_F64) {
        format_real(out, *(const double *)at, false);
    } else if (column->type == WEIR_U64) {
        out[weir_number_format_u64(out, *(const uint64_t *)at)] = '\0';
    } else {
        int64_t value = 0;
        (void)load_i64(column->type, at, 1, &value); /* all other types fit */
        snprintf(out, WEIR_VALUE_CAPACITY, "%lld", (long long)value);
    }
    return out;
}
