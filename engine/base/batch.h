/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow records as columns: the unit that readers produce and everything else consumes.
 *
 * A batch is a view: up to WEIR_BATCH_RECORDS records whose columns point into a mapped trace or
 * into a reader's own buffers. It owns nothing and lives until its producer is asked for the next
 * one. Columns have the type that they have in the input; whoever needs another one converts
 * (weir_column_load_u64 and its twins), once per batch and column.
 *
 * Everything here is plain data and pure functions.
 */
#ifndef WEIR_BATCH_H
#define WEIR_BATCH_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 4096 records of all 21 fields take 300 KB: a third of the L2 cache of a server core. */
#define WEIR_BATCH_RECORDS 4096

/* The 21 fields of a flow record in the order of csv_flow. formats/field.h has their names. */
enum weir_field {
    WEIR_AF,
    WEIR_PROT,
    WEIR_INIF,
    WEIR_OUTIF,
    WEIR_SA0,
    WEIR_SA1,
    WEIR_SA2,
    WEIR_SA3,
    WEIR_DA0,
    WEIR_DA1,
    WEIR_DA2,
    WEIR_DA3,
    WEIR_SP,
    WEIR_DP,
    WEIR_FIRST,
    WEIR_FIRST_MS,
    WEIR_LAST,
    WEIR_LAST_MS,
    WEIR_PACKETS,
    WEIR_OCTETS,
    WEIR_AGGS,
    WEIR_N_FIELDS
};

/* A set of fields: bit f stands for field f. */
typedef uint32_t weir_fields;
#define WEIR_FIELD_BIT(field) ((weir_fields)1 << (field))
#define WEIR_FIELDS_ALL       (WEIR_FIELD_BIT(WEIR_N_FIELDS) - 1)

/* Column types, after the type codes of Python's array module on 64-bit little-endian Unix. */
enum weir_type {
    WEIR_TYPE_NONE = 0, /* the column is absent */
    WEIR_I8,            /* b */
    WEIR_U8,            /* B */
    WEIR_I16,           /* h */
    WEIR_U16,           /* H */
    WEIR_I32,           /* i */
    WEIR_U32,           /* I */
    WEIR_I64,           /* q, l */
    WEIR_U64,           /* Q, L */
    WEIR_F32,           /* f */
    WEIR_F64,           /* d */
    WEIR_N_TYPES
};

struct weir_column {
    const void *data; /* n values, aligned to the type's size; NULL: absent */
    enum weir_type type;
};

struct weir_batch {
    size_t n;                                /* records, 0 .. WEIR_BATCH_RECORDS */
    struct weir_column field[WEIR_N_FIELDS]; /* fields that were not asked for may be absent */
    size_t input;                            /* place among the inputs of the source, from 0 */
    size_t n_custom;                         /* further columns of a trace, in schema order */
    const struct weir_column *custom;
};

/* Bytes of one value: 1, 2, 4 or 8 (0 for WEIR_TYPE_NONE). */
size_t weir_type_bytes(enum weir_type type);

/* The type code of a column file of that type: one of b B h H i I q Q f d ('\0' for none). */
char weir_type_code(enum weir_type type);

/* The type of a code; l and L are 8 bytes wide. WEIR_TYPE_NONE for any other character. */
enum weir_type weir_type_find(char code);

bool weir_type_is_signed(enum weir_type type); /* integers with a sign; false for reals */
bool weir_type_is_real(enum weir_type type);

/* The narrowest type that holds every value of both: the wider one, the signed one a step wider
 * than an unsigned partner, F64 where a real meets anything else. U64 with a signed type has no
 * common integer type: WEIR_TYPE_NONE. WEIR_TYPE_NONE with t gives t. */
enum weir_type weir_type_common(enum weir_type a, enum weir_type b);

/* Converts values [begin, begin + n) of `column` to u64. False when one of them is negative, not
 * a whole number, or 2^64 and more; *bad is then the index (from `begin`) of the first such value
 * and the out values before it are set. When the column already is U64 and `view` is not NULL,
 * nothing is copied and *view points into it; else *view is `out`. */
bool weir_column_load_u64(const struct weir_column *column, size_t begin, size_t n, uint64_t *out,
                          const uint64_t **view, size_t *bad);

/* As weir_column_load_u64 for i64: false at values outside -2^63 .. 2^63 - 1 or not whole. */
bool weir_column_load_i64(const struct weir_column *column, size_t begin, size_t n, int64_t *out,
                          const int64_t **view, size_t *bad);

/* Writes value `index` of a column as text for messages (WEIR_VALUE_CAPACITY characters). */
#define WEIR_VALUE_CAPACITY 40
char *weir_column_value_text(const struct weir_column *column, size_t index, char *out);

/* A pointer to value `index` of the column's data; NULL when it is absent. */
static inline const void *weir_column_at(const struct weir_column *column, size_t index)
{
    if (column->data == NULL)
        return NULL;
    return (const char *)column->data + index * weir_type_bytes(column->type);
}

#endif
