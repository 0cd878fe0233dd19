/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records into rows, column by column. */
#include "merge_row.h"

#include "field.h"

#include <stdio.h>
#include <string.h>

/* Sums grow: they are written in 64 bits, aggs in the 32 bits of its field unless it has more. */
static enum weir_type sum_type(enum weir_type type, bool is_aggs)
{
    if (is_aggs && weir_type_bytes(type) <= 4 && !weir_type_is_real(type))
        return WEIR_U32;
    return weir_type_is_signed(type) ? WEIR_I64 : WEIR_U64;
}

void weir_merge_layout_set(struct weir_merge_layout *layout, const struct weir_schema *schema)
{
    *layout = (struct weir_merge_layout){.in = *schema, .out = *schema};
    for (size_t k = 0; k < WEIR_MERGE_KEYS; k++) {
        layout->key_offset[k] = layout->key_bytes;
        layout->key_bytes += weir_type_bytes(schema->field[k]);
    }
    layout->row_bytes = (sizeof(struct weir_merge_row) + layout->key_bytes + 7) / 8 * 8;
    for (int s = 0; s < WEIR_MERGE_SUMS; s++) {
        const enum weir_type type = sum_type(schema->field[WEIR_PACKETS + s], s == WEIR_MERGE_AGGS);
        layout->out.field[WEIR_PACKETS + s] = type;
        layout->most[s] = type == WEIR_U32 ? UINT32_MAX : type == WEIR_I64 ? INT64_MAX : UINT64_MAX;
    }
}

static void gather(const struct weir_column *column, const uint32_t *record, size_t n, void *out)
{
    switch (weir_type_bytes(column->type)) {
    case 1:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)out)[i] = ((const uint8_t *)column->data)[record[i]];
        break;
    case 2:
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = ((const uint16_t *)column->data)[record[i]];
        break;
    case 4:
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)out)[i] = ((const uint32_t *)column->data)[record[i]];
        break;
    default:
        for (size_t i = 0; i < n; i++)
            ((uint64_t *)out)[i] = ((const uint64_t *)column->data)[record[i]];
        break;
    }
}

static void load_key(const struct weir_merge_layout *layout, const struct weir_batch *batch,
                     const struct weir_merge_pick *pick, size_t k)
{
    const size_t bytes = weir_type_bytes(layout->in.field[k]);
    const unsigned char *data = batch->field[k].data;
    for (size_t i = 0; i < pick->n; i++) {
        struct weir_merge_row *row = weir_merge_row_at(layout, pick->rows, pick->row[i]);
        unsigned char *out = row->key + layout->key_offset[k];
        const unsigned char *in = data + pick->record[i] * bytes;
        switch (bytes) { /* fixed sizes become single moves */
        case 1:
            *out = *in;
            break;
        case 2:
            memcpy(out, in, 2);
            break;
        case 4:
            memcpy(out, in, 4);
            break;
        default:
            memcpy(out, in, 8);
            break;
        }
    }
}

/* Words are mixed by products of 128 bits, whose halves are folded: every bit of the key moves half
 * of the hash. */
static uint64_t hash_key(const struct weir_merge_layout *layout, const struct weir_merge_row *row)
{
    uint64_t hash = 0x9E3779B97F4A7C15;
    for (size_t at = 0; at < layout->key_bytes; at += sizeof hash) {
        uint64_t word = 0;
        memcpy(&word, row->key + at, sizeof word);
        const weir_u128 product = (weir_u128)(hash ^ word) * 0xD6E8FEB86659FD93;
        hash = ((uint64_t)product ^ (uint64_t)(product >> 64)) + 0x9E3779B97F4A7C15;
    }
    return hash;
}

static void load_keys(const struct weir_merge_layout *layout, const struct weir_batch *batch,
                      const struct weir_merge_pick *pick)
{
    const size_t end = layout->row_bytes - sizeof(struct weir_merge_row);
    for (size_t i = 0; i < pick->n; i++) /* the padding is hashed too */
        memset(weir_merge_row_at(layout, pick->rows, pick->row[i])->key + end - 8, 0, 8);
    for (size_t k = 0; k < WEIR_MERGE_KEYS; k++)
        load_key(layout, batch, pick, k);
    for (size_t i = 0; i < pick->n; i++) {
        struct weir_merge_row *row = weir_merge_row_at(layout, pick->rows, pick->row[i]);
        row->hash = hash_key(layout, row);
    }
}

/* Values of one column of the picked records, as they are and as numbers. */
struct values {
    uint64_t raw[WEIR_BATCH_RECORDS];
    union {
        int64_t i64[WEIR_BATCH_RECORDS];
        uint64_t u64[WEIR_BATCH_RECORDS];
    } number;
};

static enum weir_status refuse(const struct weir_column *raw, size_t i, enum weir_field field,
                               const char *expected, struct weir_error *err)
{
    char text[WEIR_VALUE_CAPACITY];
    return weir_error_set(err, WEIR_LIMIT, "field %s: expected %s, but found %s",
                          weir_field_info(field)->name, expected,
                          weir_column_value_text(raw, i, text));
}

static enum weir_status load_time(const struct weir_merge_layout *layout,
                                  const struct weir_batch *batch,
                                  const struct weir_merge_pick *pick, enum weir_field field,
                                  struct values *values, size_t *bad, struct weir_error *err)
{
    const struct weir_column raw = {.data = values->raw, .type = batch->field[field].type};
    gather(&batch->field[field], pick->record, pick->n, values->raw);
    const int64_t *number = values->number.i64;
    if (!weir_column_load_i64(&raw, 0, pick->n, values->number.i64, &number, bad))
        return refuse(&raw, *bad, field, "a whole number of 63 bits", err);
    const bool is_ms = field == WEIR_FIRST_MS || field == WEIR_LAST_MS;
    for (size_t i = 0; i < pick->n; i++) {
        struct weir_merge_row *row = weir_merge_row_at(layout, pick->rows, pick->row[i]);
        if (is_ms && number[i] != (int32_t)number[i]) {
            *bad = i;
            return refuse(&raw, i, field, "milliseconds", err);
        }
        if (field == WEIR_FIRST)
            row->first = number[i];
        else if (field == WEIR_LAST)
            row->last = number[i];
        else if (field == WEIR_FIRST_MS)
            row->first_ms = (int32_t)number[i];
        else
            row->last_ms = (int32_t)number[i];
    }
    return WEIR_OK;
}

static enum weir_status load_sum(const struct weir_merge_layout *layout,
                                 const struct weir_batch *batch, const struct weir_merge_pick *pick,
                                 enum weir_merge_sum sum, struct values *values, size_t *bad,
                                 struct weir_error *err)
{
    const enum weir_field field = (enum weir_field)(WEIR_PACKETS + sum);
    const struct weir_column raw = {.data = values->raw, .type = batch->field[field].type};
    gather(&batch->field[field], pick->record, pick->n, values->raw);
    const uint64_t *number = values->number.u64;
    if (!weir_column_load_u64(&raw, 0, pick->n, values->number.u64, &number, bad))
        return refuse(&raw, *bad, field, "a whole number from 0 on", err);
    for (size_t i = 0; i < pick->n; i++) {
        struct weir_merge_row *row = weir_merge_row_at(layout, pick->rows, pick->row[i]);
        row->sum[sum] = number[i] == 0 && sum == WEIR_MERGE_AGGS ? 1 : number[i];
    }
    return WEIR_OK;
}

enum weir_status weir_merge_rows_load(const struct weir_merge_layout *layout,
                                      const struct weir_batch *batch,
                                      const struct weir_merge_pick *pick, size_t *bad,
                                      struct weir_error *err)
{
    struct values values;
    enum weir_status status = WEIR_OK;
    load_keys(layout, batch, pick);
    for (enum weir_field f = WEIR_FIRST; f <= WEIR_LAST_MS && status == WEIR_OK; f++)
        status = load_time(layout, batch, pick, f, &values, bad, err);
    for (int s = 0; s < WEIR_MERGE_SUMS && status == WEIR_OK; s++)
        status = load_sum(layout, batch, pick, (enum weir_merge_sum)s, &values, bad, err);
    for (size_t i = 0; i < pick->n && status == WEIR_OK; i++)
        weir_merge_row_at(layout, pick->rows, pick->row[i])->parts = 1;
    return status;
}

char *weir_merge_key_text(const struct weir_merge_layout *layout, const struct weir_merge_row *row,
                          char out[WEIR_MERGE_KEY_TEXT])
{
    size_t used = 0;
    for (size_t k = 0; k < WEIR_MERGE_KEYS && used < WEIR_MERGE_KEY_TEXT; k++) {
        uint64_t value = 0; /* aligned */
        char text[WEIR_VALUE_CAPACITY];
        const struct weir_column column = {.data = &value, .type = layout->in.field[k]};
        memcpy(&value, row->key + layout->key_offset[k], weir_type_bytes(column.type));
        used += (size_t)snprintf(out + used, WEIR_MERGE_KEY_TEXT - used, "%s%s %s",
                                 k == 0 ? "" : ", ", weir_field_info((enum weir_field)k)->name,
                                 weir_column_value_text(&column, 0, text));
    }
    return out;
}
