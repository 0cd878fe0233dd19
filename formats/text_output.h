/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing text of one record a line: decimal numbers with a separator between them.
 *
 * What csv_flow and pipe share. A format says how its lines look (a weir_text_layout), hands over
 * one column per field of a line, and uses the rest as its own operations:
 *
 *     status = weir_text_writer_create(&layout, sizeof(struct weir_text_writer), request, &w, err);
 *     status = weir_text_writer_add(w, lane, columns, n, &bad, err);   // any thread, its own lane
 *
 * Place, put, commit and discard are those of struct weir_format.
 */
#ifndef WEIR_TEXT_OUTPUT_H
#define WEIR_TEXT_OUTPUT_H

#include "format.h"
#include "output.h"
#include "text_table.h"

/* How lines look; static storage. */
struct weir_text_layout {
    const struct weir_format *format;
    size_t n_fields; /* of a line: 1 .. WEIR_TEXT_FIELDS_MAX */
    const char *separator;
    size_t n_separator;      /* its characters: 1 or 2 */
    bool is_unsigned;        /* negative numbers are refused, not written */
    const char *const *name; /* of each field, for messages */
};

struct weir_text_digits;
struct weir_text_lane;

/* A format may put it at the start of a struct of its own. */
struct weir_text_writer {
    struct weir_writer base;
    struct weir_mem *mem;
    struct weir_output *output;
    struct weir_text_lane **lane;
    size_t n_lanes;
    struct weir_text_digits *digits; /* look-ups that all lanes share */
};

/* Creates an output as weir_format.create does. `writer_bytes`: size of the struct that starts with
 * struct weir_text_writer; what follows is zero. The schema must have the fields that the format
 * needs, else WEIR_FORMAT names those that it lacks. WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_text_writer_create(const struct weir_text_layout *layout, size_t writer_bytes,
                                         const struct weir_create_request *request,
                                         struct weir_text_writer **writer,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Appends n lines to the lane: columns[0 .. layout->n_fields) have the values of their fields, in
 * any type. WEIR_LIMIT names field and value when one is no whole number of 64 bits (or negative
 * where the layout has no signs), with its index in *bad; WEIR_MEMORY. */
enum weir_status weir_text_writer_add(struct weir_text_writer *writer, size_t lane,
                                      const struct weir_column *columns, size_t n, size_t *bad,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* The rest of the writing side of struct weir_format. */
enum weir_status weir_text_writer_place(struct weir_writer *writer, size_t lane,
                                        struct weir_error *err) WEIR_MUST_CHECK;
enum weir_status weir_text_writer_put(struct weir_writer *writer, size_t lane,
                                      struct weir_error *err) WEIR_MUST_CHECK;
enum weir_status weir_text_writer_commit(struct weir_writer *writer,
                                         struct weir_error *err) WEIR_MUST_CHECK;
void weir_text_writer_discard(struct weir_writer *writer);

#endif
