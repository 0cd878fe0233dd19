/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A histogram as what fits look at: one point per bin, weighted by one of its sums.
 *
 *     struct weir_fit_data data;
 *     status = weir_fit_data_init(&data, &hist, "flows", mem, err);
 *     ...
 *     weir_fit_data_release(&data);
 */
#ifndef WEIR_FIT_DATA_H
#define WEIR_FIT_DATA_H

#include "em_mixture.h"
#include "hist.h"
#include "option.h"

/* The point of a bin is its lower edge; its weight is the sum in the bin over the mean of the sums,
 * so that weights add up to the number of points (flow-models' rule). */
struct weir_fit_data {
    struct weir_em_points points; /* padded as em_mixture wants them */
    weir_u128 sum;                /* of the column in all bins */
    struct weir_mem *mem;
};

/* The number of the column of `hist` that is called `y`. WEIR_FORMAT when there is none. */
enum weir_status weir_fit_data_column(const struct weir_hist *hist, const char *y, size_t *column,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Adds up a column, and makes sure that there is something to fit. WEIR_FORMAT: no bins, a bin at 0
 * (which has no logarithm), nothing but zeros. */
enum weir_status weir_fit_data_check(const struct weir_hist *hist, size_t column, weir_u128 *sum,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* What -y of a command asks for: WEIR_USAGE when a word comes twice. */
enum weir_status weir_fit_data_check_words(const struct weir_words *y,
                                           struct weir_error *err) WEIR_MUST_CHECK;

/* Makes sure that there is something to fit for every y, before it is done for the first one.
 * WEIR_FORMAT: no such column, or as above. */
enum weir_status weir_fit_data_check_each(const struct weir_hist *hist, const struct weir_words *y,
                                          struct weir_error *err) WEIR_MUST_CHECK;

/* Takes the points of `hist` and the column called `y` ("flows", "packets", ...). WEIR_FORMAT: no
 * such column, or as above; WEIR_MEMORY. `data` may be released whatever the status. */
enum weir_status weir_fit_data_init(struct weir_fit_data *data, const struct weir_hist *hist,
                                    const char *y, struct weir_mem *mem,
                                    struct weir_error *err) WEIR_MUST_CHECK;
void weir_fit_data_release(struct weir_fit_data *data);

#endif
