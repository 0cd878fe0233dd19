/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --columns: which columns beyond the 21 fields a command that writes records keeps.
 *
 * A command puts struct weir_columns_params into its parameters, a group of weir_columns_rows with
 * that offset into its options, and in prepare asks for a request for its consumer:
 *
 *     {.title = "Columns", .rows = weir_columns_rows, .offset = offsetof(struct x_params, columns)}
 *
 *     status = weir_columns_request(&params->columns, format, &step->consumer.columns, err);
 */
#ifndef WEIR_COLUMNS_OPTION_H
#define WEIR_COLUMNS_OPTION_H

#include "format.h"
#include "option.h"

struct weir_columns_params {
    struct weir_words names;
    bool given;
};

/* Ends with a row without a name. */
extern const struct weir_option weir_columns_rows[];

/* What a source is to be asked for so that records in `format` have the columns that the options
 * name; without them, those that the format's files hold are taken where they are. The request
 * borrows the names. WEIR_USAGE: a field, a name twice, a column that the format cannot hold. */
enum weir_status weir_columns_request(const struct weir_columns_params *params,
                                      const struct weir_format *format,
                                      struct weir_column_request *request,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* True when two requests ask for the same columns in the same way. */
bool weir_columns_request_equal(const struct weir_column_request *a,
                                const struct weir_column_request *b);

#endif
