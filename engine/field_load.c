/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of a batch as 64-bit unsigned integers. */
#include "field_load.h"

#include "field.h"

/* Loads one field of records [begin, begin + *n). A bad value cuts *n off before itself, so that
 * fields that are loaded later complain of earlier records only. */
static enum weir_status load_field(const struct weir_batch *batch, enum weir_field field,
                                   size_t begin, size_t *n, uint64_t *out, const uint64_t **view,
                                   struct weir_error *err)
{
    const struct weir_column *column = &batch->field[field];
    const char *name = weir_field_info(field)->name;
    if (column->data == NULL || column->type == WEIR_TYPE_NONE)
        return weir_error_set(err, WEIR_FORMAT, "expected the field %s, but found no such column",
                              name);
    size_t bad = 0;
    if (weir_column_load_u64(column, begin, *n, out, view, &bad))
        return WEIR_OK;
    *n = bad;
    char text[WEIR_VALUE_CAPACITY];
    return weir_error_set(err, WEIR_FORMAT,
                          "%s: expected a whole number of 0 to 18446744073709551615, but found %s",
                          name, weir_column_value_text(column, begin + bad, text));
}

enum weir_status weir_fields_load(const struct weir_batch *batch, size_t begin, size_t n,
                                  uint64_t *const *converted, const uint64_t **field, size_t *bad,
                                  struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    size_t n_good = n;
    for (int f = 0; f < WEIR_N_FIELDS && n_good != 0; f++) {
        if (converted[f] == NULL)
            continue;
        const enum weir_status loaded =
            load_field(batch, (enum weir_field)f, begin, &n_good, converted[f], &field[f], err);
        if (loaded != WEIR_OK)
            status = loaded;
    }
    *bad = begin + (n_good < n ? n_good : 0);
    return status;
}
