/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of a batch as 64-bit unsigned integers, a chunk at a time. */
#ifndef WEIR_FIELD_LOAD_H
#define WEIR_FIELD_LOAD_H

#include "batch.h"

/* Loads records [begin, begin + n) of every field f for which converted[f] is not NULL but room for
 * n values: field[f] then points to the values, in place where the column has that type already.
 * WEIR_FORMAT when a field is absent or a value is negative, not whole or too large; *bad is then
 * the first such record, counted from the start of the batch. Any thread. */
enum weir_status weir_fields_load(const struct weir_batch *batch, size_t begin, size_t n,
                                  uint64_t *const *converted, const uint64_t **field, size_t *bad,
                                  struct weir_error *err) WEIR_MUST_CHECK;

#endif
