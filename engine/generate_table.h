/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What flow records are drawn from: pieces of x with their weights, and then a table of the kernel
 * `sample`.
 *
 * Histograms and mixtures both become such a table (generate_hist.h, generate_model.h), so there is
 * one way to draw records, as fast for a mixture of any distributions as for a histogram.
 *
 *     struct weir_generate_table table;
 *     weir_generate_table_init(&table, mem);
 *     status = weir_generate_table_add(&table, &piece, weight, err);      // for each piece
 *     status = weir_generate_table_finish(&table, err);
 *     ... table.sample ...
 *     weir_generate_table_release(&table);
 *
 * A finished table is read-only and may be used by any thread.
 */
#ifndef WEIR_GENERATE_TABLE_H
#define WEIR_GENERATE_TABLE_H

#include "mem.h"
#include "sample.h"
#include "status.h"

#include <stdbool.h>

struct weir_generate_table {
    struct weir_sample_table sample; /* complete when finished; least_y and open are the maker's */
    struct weir_sample_piece *piece;
    weir_alias_cell *cell;
    double *weight; /* of each piece */
    size_t capacity;
    struct weir_mem *mem;
};

/* Starts an empty table in the caller's storage, from which y is rounded up freely. */
void weir_generate_table_init(struct weir_generate_table *table, struct weir_mem *mem);

/* Gives everything back. A zeroed struct may be released too. */
void weir_generate_table_release(struct weir_generate_table *table);

/* Appends a piece of that weight, which is not negative. WEIR_MEMORY; WEIR_LIMIT when there are too
 * many pieces, or x or y may exceed WEIR_SAMPLE_X_MAX. */
enum weir_status weir_generate_table_add(struct weir_generate_table *table,
                                         const struct weir_sample_piece *piece, double weight,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Makes the alias table. WEIR_MEMORY; WEIR_FORMAT when there is nothing to draw from: no pieces, or
 * none with a weight. */
enum weir_status weir_generate_table_finish(struct weir_generate_table *table,
                                            struct weir_error *err) WEIR_MUST_CHECK;

/* The share of draws that give one packet or less among those of x from `from` to `to` - 1, x being
 * the packets (`x_is_packets`) or y; 0 where there are no such x. */
double weir_generate_table_single(const struct weir_generate_table *table, bool x_is_packets,
                                  uint64_t from, uint64_t to);

#endif
