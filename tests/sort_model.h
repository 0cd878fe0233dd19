/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of sorting for tests: random tables of any column types, and their order by a stable
 * merge sort that compares values as numbers. */
#ifndef WEIR_SORT_MODEL_H
#define WEIR_SORT_MODEL_H

#include "check.h"
#include "field.h"
#include "sort_sink.h"

#include <math.h>

struct sort_model {
    struct weir_schema schema;
    struct weir_sort_table table;
    struct weir_sort_keys keys;
    void *data[WEIR_SORT_TABLE_COLUMNS_MAX];
    size_t *want; /* want[i]: input position of the i-th record of the result */
};

static uint64_t sort_random_state = 0x243f6a8885a308d3;

static inline uint64_t sort_random(void)
{
    sort_random_state ^= sort_random_state << 13;
    sort_random_state ^= sort_random_state >> 7;
    sort_random_state ^= sort_random_state << 17;
    return sort_random_state;
}

/* A value of any column type; every integer and real of 64 bits is exact in it. */
static inline long double sort_value_at(const struct weir_column *column, size_t i)
{
    switch (column->type) {
    case WEIR_I8:
        return ((const int8_t *)column->data)[i];
    case WEIR_U8:
        return ((const uint8_t *)column->data)[i];
    case WEIR_I16:
        return ((const int16_t *)column->data)[i];
    case WEIR_U16:
        return ((const uint16_t *)column->data)[i];
    case WEIR_I32:
        return ((const int32_t *)column->data)[i];
    case WEIR_U32:
        return ((const uint32_t *)column->data)[i];
    case WEIR_I64:
        return (long double)((const int64_t *)column->data)[i];
    case WEIR_U64:
        return (long double)((const uint64_t *)column->data)[i];
    case WEIR_F32:
        return (long double)((const float *)column->data)[i];
    case WEIR_F64:
        return (long double)((const double *)column->data)[i];
    case WEIR_TYPE_NONE:
    case WEIR_N_TYPES:
        break;
    }
    cr_assert_fail("type %d", (int)column->type);
    return 0;
}

static inline int sort_compare_values(long double a, long double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

static inline int sort_compare_records(const struct weir_sort_keys *keys,
                                       const struct weir_sort_table *table, size_t a, size_t b)
{
    for (size_t k = 0; k < keys->n_keys; k++) {
        const struct weir_column *column = &table->column[keys->key[k].column];
        const int order = sort_compare_values(sort_value_at(column, a), sort_value_at(column, b));
        if (order != 0)
            return order;
    }
    return 0;
}

static inline void sort_put_real(void *at, enum weir_type type, double value)
{
    const float narrow = (float)value;
    if (type == WEIR_F32)
        memcpy(at, &narrow, sizeof narrow);
    else
        memcpy(at, &value, sizeof value);
}

/* Fills a column: all bits random, few values, the ends of the range and odd reals, one value,
 * ascending, mostly one value, or one value but for one record. */
static inline void sort_fill_column(struct weir_column *column, void *data, size_t n)
{
    static const double odd[] = {0.0,    -0.0,     1.0,      -1.0,   INFINITY, -INFINITY,
                                 NAN,    1e-310,   -1e-310,  1e-42,  -1e-42,   1e300,
                                 3.5e38, -1.5e300, 16777217, 5e-324, 1.0 / 3,  -2.5};
    const size_t bytes = weir_type_bytes(column->type);
    const uint64_t kind = sort_random() % 7;
    const uint64_t fixed = sort_random();
    const size_t places[] = {0, n - 1, n / 2, 65535 % (n + 1), 65536 % (n + 1)};
    const size_t place = places[sort_random() % 5];
    column->data = data;
    for (size_t i = 0; i < n; i++) {
        const uint64_t some = sort_random() % 5;
        const uint64_t ends[] = {0, 1, UINT64_MAX, 0x7f7f7f7f7f7f7f7f, 0x8080808080808080};
        const uint64_t values[] = {sort_random(),
                                   fixed + some,
                                   ends[some],
                                   fixed,
                                   i / 3,
                                   sort_random() % 4 == 0 ? sort_random() : fixed,
                                   i == place ? ~fixed : fixed};
        void *at = (char *)data + i * bytes;
        memcpy(at, &values[kind], bytes);
        if (weir_type_is_real(column->type) && kind != 0)
            sort_put_real(at, column->type,
                          kind == 3   ? 2.5
                          : kind == 4 ? (double)(i / 3) / 7
                                      : odd[sort_random() % 18]);
    }
}

static inline void sort_merge(const struct sort_model *model, size_t *order, size_t *other,
                              size_t n)
{
    const size_t half = n / 2;
    if (n < 2)
        return;
    sort_merge(model, order, other, half);
    sort_merge(model, order + half, other, n - half);
    for (size_t i = 0, a = 0, b = half; i < n; i++) {
        const bool left = b == n || (a < half && sort_compare_records(&model->keys, &model->table,
                                                                      order[a], order[b]) <= 0);
        other[i] = order[left ? a++ : b++];
    }
    memcpy(order, other, n * sizeof *order);
}

/* Chooses columns: some fields and some custom ones, of random types; then keys among them. */
static inline void sort_model_choose(struct sort_model *model)
{
    size_t n_columns = 0;
    memset(model, 0, sizeof *model);
    const uint64_t share = 1 + sort_random() % 4;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (sort_random() % 4 < share) {
            model->schema.field[f] = (enum weir_type)(1 + sort_random() % (WEIR_N_TYPES - 1));
            model->table.column[n_columns++].type = model->schema.field[f];
        }
    model->schema.n_custom = sort_random() % 4 + (n_columns == 0);
    for (size_t i = 0; i < model->schema.n_custom; i++) {
        snprintf(model->schema.custom[i].name, sizeof model->schema.custom[i].name, "custom%zu", i);
        model->schema.custom[i].type = (enum weir_type)(1 + sort_random() % (WEIR_N_TYPES - 1));
        model->table.column[n_columns++].type = model->schema.custom[i].type;
    }
    model->table.n_columns = n_columns;
    model->keys.n_keys = 1 + sort_random() % (n_columns < 5 ? n_columns : 5);
    const size_t first = sort_random() % n_columns;
    for (size_t k = 0; k < model->keys.n_keys; k++)
        model->keys.key[k].column = (first + k) % n_columns;
}

/* Makes a random table of n records and what sorting must give. */
static inline void sort_model_make(struct sort_model *model, size_t n, bool reverse)
{
    sort_model_choose(model);
    model->table.n = n;
    for (size_t c = 0; c < model->table.n_columns; c++) {
        model->data[c] = malloc(n * 8 + 8);
        sort_fill_column(&model->table.column[c], model->data[c], n);
    }
    model->want = malloc((n + 1) * sizeof *model->want);
    size_t *other = malloc((n + 1) * sizeof *other);
    for (size_t i = 0; i < n; i++)
        model->want[i] = i;
    sort_merge(model, model->want, other, n);
    for (size_t i = 0; i < n && reverse; i++)
        other[i] = model->want[n - 1 - i];
    if (reverse)
        memcpy(model->want, other, n * sizeof *other);
    free(other);
}

static inline void sort_model_release(struct sort_model *model)
{
    for (size_t c = 0; c < model->table.n_columns; c++)
        free(model->data[c]);
    free(model->want);
}

static inline void *sort_read_file(const char *path, size_t n_bytes)
{
    char *bytes = malloc(n_bytes + 1);
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s", path);
    const size_t n = fread(bytes, 1, n_bytes + 1, file);
    cr_assert(n == n_bytes, "%s: %zu bytes instead of %zu", path, n, n_bytes);
    fclose(file);
    return bytes;
}

/* Checks the trace ./out and the index ./index. */
static inline void sort_model_check(const struct sort_model *model)
{
    const size_t n = model->table.n;
    size_t column = 0;
    for (size_t f = 0; f < WEIR_N_FIELDS + model->schema.n_custom; f++) {
        const bool is_field = f < WEIR_N_FIELDS;
        const enum weir_type type =
            is_field ? model->schema.field[f] : model->schema.custom[f - WEIR_N_FIELDS].type;
        if (type == WEIR_TYPE_NONE)
            continue;
        char path[128];
        const size_t bytes = weir_type_bytes(type);
        snprintf(path, sizeof path, "out/%s.%c",
                 is_field ? weir_field_info((enum weir_field)f)->name
                          : model->schema.custom[f - WEIR_N_FIELDS].name,
                 weir_type_code(type));
        char *got = sort_read_file(path, n * bytes);
        const char *data = model->data[column++];
        for (size_t i = 0; i < n; i++)
            cr_assert(memcmp(got + i * bytes, data + model->want[i] * bytes, bytes) == 0,
                      "%s: record %zu of %zu", path, i, n);
        free(got);
    }
    const size_t bytes = weir_type_bytes(weir_sort_index_type(n));
    char *index = sort_read_file("index", n * bytes);
    for (size_t i = 0; i < n; i++) {
        size_t position = 0;
        memcpy(&position, index + i * bytes, bytes);
        cr_assert(position == model->want[i], "index: %zu at %zu", position, i);
    }
    free(index);
}

#endif
