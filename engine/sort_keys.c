/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sort keys. Everything goes through a buffer of mapped values that stays in the L1 cache. */
#include "sort_keys.h"

#include "blocks.h"
#include "field.h"
#include "number.h"
#include "par.h"

#include <stdatomic.h>
#include <string.h>

#define PIECE_RECORDS 1024
#define BLOCK_RECORDS ((uint64_t)1 << 18) /* of a survey: enough work per ticket */
#define SIGN_64       ((uint64_t)1 << 63)
#define SIGN_32       ((uint32_t)1 << 31)

void weir_sort_table_view(struct weir_sort_table *table, const struct weir_columns *columns,
                          uint64_t begin, uint64_t n)
{
    const struct weir_schema *schema = weir_columns_schema(columns);
    struct weir_batch batch;
    struct weir_column custom[WEIR_CUSTOM_COLUMNS_MAX];
    weir_columns_view(columns, begin, 0, &batch);
    weir_columns_view_custom(columns, begin, custom);
    table->n = n;
    table->n_columns = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (schema->field[f] != WEIR_TYPE_NONE)
            table->column[table->n_columns++] =
                (struct weir_column){batch.field[f].data, schema->field[f]};
    for (size_t i = 0; i < schema->n_custom; i++)
        table->column[table->n_columns++] =
            (struct weir_column){custom[i].data, schema->custom[i].type};
}

size_t weir_sort_table_record_bytes(const struct weir_sort_table *table)
{
    size_t bytes = 0;
    for (size_t c = 0; c < table->n_columns; c++)
        bytes += weir_type_bytes(table->column[c].type);
    return bytes;
}

/* --- which columns --------------------------------------------------------------------------- */

/* The number of a column of that name, or SIZE_MAX. */
static size_t find_column(const struct weir_schema *schema, const char *name)
{
    const enum weir_field field = weir_field_find(name, strlen(name));
    size_t column = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        if (schema->field[f] == WEIR_TYPE_NONE)
            continue;
        if (f == (int)field)
            return column;
        column++;
    }
    for (size_t i = 0; i < schema->n_custom; i++)
        if (strcmp(schema->custom[i].name, name) == 0)
            return column + i;
    return SIZE_MAX;
}

static bool has_column(const struct weir_sort_keys *keys, size_t column)
{
    for (size_t k = 0; k < keys->n_keys; k++)
        if (keys->key[k].column == column)
            return true;
    return false;
}

enum weir_status weir_sort_keys_find(struct weir_sort_keys *keys, const struct weir_schema *schema,
                                     const struct weir_words *names, struct weir_error *err)
{
    memset(keys, 0, sizeof *keys);
    for (size_t i = 0; i < names->n; i++) {
        const size_t column = find_column(schema, names->word[i]);
        if (column == SIZE_MAX)
            return weir_error_set(err, WEIR_FORMAT, "--key: the input lacks the column %s",
                                  names->word[i]);
        if (!has_column(keys, column))
            keys->key[keys->n_keys++].column = column;
    }
    return WEIR_OK;
}

/* --- values in order ------------------------------------------------------------------------- */

static uint64_t order_f32(float value)
{
    uint32_t bits = 0;
    if (value != value)
        return UINT32_MAX;
    value += 0.0F; /* -0 becomes 0 */
    memcpy(&bits, &value, sizeof bits);
    return (bits & SIGN_32) != 0 ? ~bits : bits | SIGN_32;
}

static uint64_t order_f64(double value)
{
    uint64_t bits = 0;
    if (value != value)
        return UINT64_MAX;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return (bits & SIGN_64) != 0 ? ~bits : bits | SIGN_64;
}

/* Maps values [begin, begin + n) of a column to unsigned integers in the same order. */
static void load_ordered(const struct weir_column *column, uint64_t begin, size_t n, uint64_t *out)
{
    const void *data = weir_column_at(column, begin);
    switch (column->type) {
    case WEIR_I8:
        for (size_t i = 0; i < n; i++)
            out[i] = ((const uint8_t *)data)[i] ^ 0x80U;
        break;
    case WEIR_U8:
        for (size_t i = 0; i < n; i++)
            out[i] = ((const uint8_t *)data)[i];
        break;
    case WEIR_I16:
        for (size_t i = 0; i < n; i++)
            out[i] = ((const uint16_t *)data)[i] ^ 0x8000U;
        break;
    case WEIR_U16:
        for (size_t i = 0; i < n; i++)
            out[i] = ((const uint16_t *)data)[i];
        break;
    case WEIR_I32:
        for (size_t i = 0; i < n; i++)
            out[i] = ((const uint32_t *)data)[i] ^ SIGN_32;
        break;
    case WEIR_U32:
        for (size_t i = 0; i < n; i++)
            out[i] = ((const uint32_t *)data)[i];
        break;
    case WEIR_I64:
        for (size_t i = 0; i < n; i++)
            out[i] = ((const uint64_t *)data)[i] ^ SIGN_64;
        break;
    case WEIR_U64:
        memcpy(out, data, n * sizeof *out);
        break;
    case WEIR_F32:
        for (size_t i = 0; i < n; i++)
            out[i] = order_f32(((const float *)data)[i]);
        break;
    case WEIR_F64:
        for (size_t i = 0; i < n; i++)
            out[i] = order_f64(((const double *)data)[i]);
        break;
    case WEIR_TYPE_NONE:
    case WEIR_N_TYPES:
        memset(out, 0, n * sizeof *out);
        break;
    }
}

/* --- the survey ------------------------------------------------------------------------------ */

struct survey {
    const struct weir_sort_keys *keys;
    const struct weir_sort_table *table;
    atomic_bool not_ascending, not_descending;
    pthread_mutex_t mutex; /* of what follows */
    uint64_t least[WEIR_SORT_KEYS_MAX];
    uint64_t most[WEIR_SORT_KEYS_MAX];
};

/* How each record compares with the next one: -1 smaller, 1 larger, 0 equal in the keys so far. */
static void compare_next(const uint64_t *values, size_t n, int8_t *order)
{
    for (size_t i = 0; i < n; i++) {
        const int larger = values[i] > values[i + 1];
        const int smaller = values[i] < values[i + 1];
        order[i] = (int8_t)(order[i] != 0 ? order[i] : larger - smaller);
    }
}

/* Notes what the order of a piece says about the whole. */
static void judge_order(struct survey *survey, const int8_t *order, size_t n)
{
    bool larger = false;
    bool not_larger = false;
    for (size_t i = 0; i < n; i++) {
        larger |= order[i] > 0;
        not_larger |= order[i] <= 0;
    }
    if (larger)
        atomic_store(&survey->not_ascending, true);
    if (not_larger)
        atomic_store(&survey->not_descending, true);
}

static void survey_piece(struct survey *survey, uint64_t begin, size_t n, uint64_t *least,
                         uint64_t *most)
{
    uint64_t values[PIECE_RECORDS + 1];
    int8_t order[PIECE_RECORDS] = {0};
    const size_t n_pairs = begin + n < survey->table->n ? n : n - 1;
    const bool compares = !atomic_load_explicit(&survey->not_ascending, memory_order_relaxed) ||
                          !atomic_load_explicit(&survey->not_descending, memory_order_relaxed);
    for (size_t k = 0; k < survey->keys->n_keys; k++) {
        const struct weir_column *column = &survey->table->column[survey->keys->key[k].column];
        load_ordered(column, begin, n_pairs + 1, values);
        uint64_t low = least[k];
        uint64_t high = most[k];
        for (size_t i = 0; i < n; i++) {
            low = values[i] < low ? values[i] : low;
            high = values[i] > high ? values[i] : high;
        }
        least[k] = low;
        most[k] = high;
        if (compares)
            compare_next(values, n_pairs, order);
    }
    if (compares)
        judge_order(survey, order, n_pairs);
}

static enum weir_status survey_block(void *context, int thread, uint64_t block,
                                     struct weir_error *err)
{
    (void)thread;
    (void)err;
    struct survey *survey = context;
    const uint64_t left = survey->table->n - block * BLOCK_RECORDS;
    const uint64_t end = block * BLOCK_RECORDS + (left < BLOCK_RECORDS ? left : BLOCK_RECORDS);
    uint64_t least[WEIR_SORT_KEYS_MAX];
    uint64_t most[WEIR_SORT_KEYS_MAX];
    for (size_t k = 0; k < survey->keys->n_keys; k++) {
        least[k] = UINT64_MAX;
        most[k] = 0;
    }
    for (uint64_t i = block * BLOCK_RECORDS; i < end; i += PIECE_RECORDS)
        survey_piece(survey, i, end - i < PIECE_RECORDS ? (size_t)(end - i) : PIECE_RECORDS, least,
                     most);
    pthread_mutex_lock(&survey->mutex);
    for (size_t k = 0; k < survey->keys->n_keys; k++) {
        survey->least[k] = least[k] < survey->least[k] ? least[k] : survey->least[k];
        survey->most[k] = most[k] > survey->most[k] ? most[k] : survey->most[k];
    }
    pthread_mutex_unlock(&survey->mutex);
    return WEIR_OK;
}

/* Gives every key that varies its place, from the last one up. */
static void place_keys(struct weir_sort_keys *keys)
{
    keys->n_words = 0;
    for (size_t k = keys->n_keys; k-- > 0;) {
        struct weir_sort_key *key = &keys->key[k];
        if (key->bits == 0)
            continue;
        if (keys->n_words == 0 || keys->word_bits[keys->n_words - 1] + key->bits > 64)
            keys->word_bits[keys->n_words++] = 0;
        key->word = keys->n_words - 1;
        key->shift = keys->word_bits[key->word];
        keys->word_bits[key->word] += key->bits;
    }
    for (size_t k = 0; k < keys->n_keys; k++)
        if (keys->key[k].bits != 0)
            keys->key[k].word = keys->n_words - 1 - keys->key[k].word;
    for (size_t i = 0, j = keys->n_words; i + 1 < j; i++) {
        const unsigned bits = keys->word_bits[--j];
        keys->word_bits[j] = keys->word_bits[i];
        keys->word_bits[i] = bits;
    }
}

enum weir_status weir_sort_keys_survey(struct weir_sort_keys *keys,
                                       const struct weir_sort_table *table, int n_threads,
                                       enum weir_sort_found *found, struct weir_error *err)
{
    struct survey survey = {.keys = keys, .table = table};
    atomic_init(&survey.not_ascending, false);
    atomic_init(&survey.not_descending, false);
    pthread_mutex_init(&survey.mutex, NULL);
    memset(survey.least, 0xff, sizeof survey.least);
    const uint64_t n_blocks = table->n / BLOCK_RECORDS + (table->n % BLOCK_RECORDS != 0);
    const enum weir_status status =
        weir_blocks_run(n_threads, n_blocks, survey_block, &survey, err);
    pthread_mutex_destroy(&survey.mutex);
    for (size_t k = 0; k < keys->n_keys; k++) {
        struct weir_sort_key *key = &keys->key[k];
        key->base = survey.least[k];
        key->bits = table->n == 0 ? 0 : weir_number_bits_u64(survey.most[k] - key->base);
    }
    place_keys(keys);
    *found = !atomic_load(&survey.not_ascending)    ? WEIR_SORT_ASCENDING
             : !atomic_load(&survey.not_descending) ? WEIR_SORT_DESCENDING
                                                    : WEIR_SORT_UNORDERED;
    return status;
}

/* --- records in any order -------------------------------------------------------------------- */

/* values[i] = value row[i] of the column, i < n. */
static void pick_values(const struct weir_column *column, const uint64_t *row, size_t n,
                        void *values)
{
    const size_t bytes = weir_type_bytes(column->type);
    for (size_t i = 0; i < n; i++)
        memcpy((char *)values + i * bytes, weir_column_at(column, row[i]), bytes);
}

void weir_sort_keys_compare(const struct weir_sort_keys *keys, const struct weir_sort_table *table,
                            const uint64_t *row, size_t n, int8_t *order)
{
    uint64_t picked[WEIR_SORT_KEYS_COMPARE_MAX + 1];
    uint64_t values[WEIR_SORT_KEYS_COMPARE_MAX + 1];
    memset(order, 0, n);
    for (size_t k = 0; k < keys->n_keys; k++) {
        const struct weir_column *column = &table->column[keys->key[k].column];
        pick_values(column, row, n + 1, picked);
        load_ordered(&(struct weir_column){picked, column->type}, 0, n + 1, values);
        compare_next(values, n, order);
    }
}

/* --- packing --------------------------------------------------------------------------------- */

void weir_sort_keys_pack(const struct weir_sort_keys *keys, const struct weir_sort_table *table,
                         size_t word, uint64_t begin, size_t n, uint64_t *words)
{
    uint64_t values[PIECE_RECORDS];
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        uint64_t *out = words + done;
        memset(out, 0, n_piece * sizeof *out);
        for (size_t k = 0; k < keys->n_keys; k++) {
            const struct weir_sort_key *key = &keys->key[k];
            if (key->bits == 0 || key->word != word)
                continue;
            load_ordered(&table->column[key->column], begin + done, n_piece, values);
            for (size_t i = 0; i < n_piece; i++)
                out[i] |= (values[i] - key->base) << key->shift;
        }
        done += n_piece;
    }
}
