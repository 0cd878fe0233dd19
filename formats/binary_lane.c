/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A writer's lane: records gathered per column. */
#include "binary_lane.h"

#include "field.h"

#include <string.h>

void weir_binary_layout_init(struct weir_binary_layout *layout, const struct weir_schema *schema,
                             struct weir_schema *narrow, struct weir_mem *mem)
{
    *layout = (struct weir_binary_layout){.mem = mem, .schema = *schema};
    *narrow = *schema;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        if (schema->field[f] == WEIR_TYPE_NONE)
            continue;
        const struct weir_field_info *info = weir_field_info((enum weir_field)f);
        struct weir_binary_column *column = &layout->column[layout->n_columns++];
        column->name = info->name;
        column->field = (enum weir_field)f;
        column->type = column->narrow = schema->field[f];
        if (info->type == WEIR_U16 && column->type == WEIR_U32)
            narrow->field[f] = column->narrow = WEIR_U16;
    }
    for (size_t i = 0; i < schema->n_custom; i++) {
        struct weir_binary_column *column = &layout->column[layout->n_columns++];
        column->name = layout->schema.custom[i].name;
        column->field = WEIR_N_FIELDS;
        column->custom = i;
        column->type = column->narrow = schema->custom[i].type;
    }
}

static enum weir_status reserve(struct weir_binary_lane *lane,
                                const struct weir_binary_layout *layout, size_t n,
                                struct weir_error *err)
{
    if (n <= lane->capacity)
        return WEIR_OK;
    const size_t capacity = n > 2 * lane->capacity ? n : 2 * lane->capacity;
    for (size_t i = 0; i < layout->n_columns; i++) {
        const size_t bytes = capacity * weir_type_bytes(layout->column[i].type);
        void *values = weir_mem_resize(layout->mem, lane->column[i].values, bytes);
        if (values == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory to gather %zu records", capacity);
        lane->column[i].values = values;
    }
    lane->capacity = capacity;
    return WEIR_OK;
}

/* Stores checked 64-bit values in an integer type of another width or sign; the index of the first
 * value that does not fit, or n. */
static size_t store_u64(const uint64_t *in, size_t n, enum weir_type type, void *out)
{
    const unsigned bits = 8 * (unsigned)weir_type_bytes(type) - (weir_type_is_signed(type) ? 1 : 0);
    const uint64_t most = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    for (size_t i = 0; i < n; i++) {
        if (in[i] > most)
            return i;
        memcpy((char *)out + i * weir_type_bytes(type), &in[i], weir_type_bytes(type));
    }
    return n;
}

static size_t store_i64(const int64_t *in, size_t n, enum weir_type type, void *out)
{
    const unsigned bits = 8 * (unsigned)weir_type_bytes(type);
    const bool is_signed = weir_type_is_signed(type);
    const int64_t least = is_signed ? INT64_MIN >> (64 - bits) : 0;
    const int64_t most = is_signed    ? INT64_MAX >> (64 - bits)
                         : bits >= 64 ? INT64_MAX
                                      : ((int64_t)1 << bits) - 1;
    for (size_t i = 0; i < n; i++) {
        if (in[i] < least || in[i] > most)
            return i;
        memcpy((char *)out + i * weir_type_bytes(type), &in[i], weir_type_bytes(type));
    }
    return n;
}

/* Reals take every value of narrower types; 64-bit integers only when they are exact in a double.
 */
static size_t store_f64(const struct weir_column *in, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const void *value = weir_column_at(in, i);
        if (in->type == WEIR_F32) {
            float real = 0;
            memcpy(&real, value, sizeof real);
            out[i] = (double)real;
            continue;
        }
        uint64_t u = 0;
        int64_t s = 0;
        const uint64_t *u_view = NULL;
        const int64_t *s_view = NULL;
        size_t bad = 0;
        if (weir_column_load_u64(in, i, 1, &u, &u_view, &bad) && *u_view <= (uint64_t)1 << 53)
            out[i] = (double)*u_view;
        else if (weir_column_load_i64(in, i, 1, &s, &s_view, &bad) && *s_view < 0 &&
                 *s_view >= -((int64_t)1 << 53))
            out[i] = (double)*s_view;
        else
            return i;
    }
    return n;
}

/* Converts n values to another type; the index of the first one that does not fit, or n. */
static size_t convert(const struct weir_column *in, size_t n, enum weir_type type, void *out)
{
    uint64_t u[WEIR_BATCH_RECORDS];
    int64_t *s = (int64_t *)(void *)u;
    const uint64_t *u_view = NULL;
    const int64_t *s_view = NULL;
    size_t bad = n;
    if (type == WEIR_F64)
        return store_f64(in, n, out);
    if (type == WEIR_U64 || in->type == WEIR_U64)
        return weir_column_load_u64(in, 0, n, u, &u_view, &bad) ? store_u64(u_view, n, type, out)
                                                                : bad;
    return weir_column_load_i64(in, 0, n, s, &s_view, &bad) ? store_i64(s_view, n, type, out) : bad;
}

static bool exceeds_u16(const uint32_t *values, size_t n)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= values[i];
    return bits > UINT16_MAX;
}

static enum weir_status add_column(struct weir_binary_lane *lane,
                                   const struct weir_binary_layout *layout, size_t i,
                                   const struct weir_batch *batch, size_t *bad,
                                   struct weir_error *err)
{
    const struct weir_binary_column *column = &layout->column[i];
    const struct weir_column *in = column->field != WEIR_N_FIELDS ? &batch->field[column->field]
                                                                  : &batch->custom[column->custom];
    const size_t bytes = weir_type_bytes(column->type);
    void *out = (char *)lane->column[i].values + lane->n * bytes;
    if (in->type == column->type) {
        memcpy(out, in->data, batch->n * bytes);
    } else {
        const size_t good = convert(in, batch->n, column->type, out);
        if (good != batch->n) {
            char value[WEIR_VALUE_CAPACITY];
            *bad = good;
            return weir_error_set(err, WEIR_LIMIT,
                                  "column %s: expected a value of type %c, but found %s",
                                  column->name, weir_type_code(column->type),
                                  weir_column_value_text(in, good, value));
        }
    }
    if (column->narrow != column->type && !lane->column[i].exceeds)
        lane->column[i].exceeds = exceeds_u16(out, batch->n);
    return WEIR_OK;
}

enum weir_status weir_binary_lane_add(struct weir_binary_lane *lane,
                                      const struct weir_binary_layout *layout,
                                      const struct weir_batch *batch, size_t *bad,
                                      struct weir_error *err)
{
    enum weir_status status = reserve(lane, layout, lane->n + batch->n, err);
    for (size_t i = 0; i < layout->n_columns && status == WEIR_OK; i++)
        status = add_column(lane, layout, i, batch, bad, err);
    if (status == WEIR_OK)
        lane->n += batch->n;
    return status;
}

const void *weir_binary_lane_values(struct weir_binary_lane *lane,
                                    const struct weir_binary_layout *layout, size_t column)
{
    void *values = lane->column[column].values;
    if (layout->column[column].narrow == layout->column[column].type || lane->column[column].wide)
        return values;
    for (size_t i = 0; i < lane->n; i++) {
        uint32_t wide = 0;
        memcpy(&wide, (char *)values + i * sizeof wide, sizeof wide);
        const uint16_t narrow = (uint16_t)wide;
        memcpy((char *)values + i * sizeof narrow, &narrow, sizeof narrow);
    }
    return values;
}

void weir_binary_lane_release(struct weir_binary_lane *lane,
                              const struct weir_binary_layout *layout)
{
    for (size_t i = 0; i < layout->n_columns; i++)
        weir_mem_free(layout->mem, lane->column[i].values);
}
