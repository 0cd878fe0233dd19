/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of how well mixtures fit: a line per mixture, for people and for programs.
 *
 *     weir_quality_table_add(rows, n_rows, WEIR_QUALITY_TEXT, &text);
 *     status = weir_text_write(&text, output, err);
 *
 * Tables for people are rounded, and mark the best values among mixtures of the same y; those for
 * programs have all measures of fit_quality.h under their names there, with all digits.
 */
#ifndef WEIR_QUALITY_TABLE_H
#define WEIR_QUALITY_TABLE_H

#include "fit_quality.h"
#include "text.h"

#include <stddef.h>

struct weir_quality_row {
    const char *y;       /* "flows", ... */
    const char *mixture; /* its name, any text */
    struct weir_fit_quality quality;
};

enum weir_quality_format {
    WEIR_QUALITY_TEXT,     /* aligned columns; the best are marked by '*' */
    WEIR_QUALITY_MARKDOWN, /* the best are bold */
    WEIR_QUALITY_JSON, /* {"rows": [{"y": ..., ...}, ...]}; what is infinite or absent is null */
    WEIR_QUALITY_CSV   /* infinite: inf; absent: an empty field */
};

/* Appends the table to `text`. Rows of the same y stand together. Tails without points are absent
 * ("-"); where all values are equal none is marked. */
void weir_quality_table_add(const struct weir_quality_row *row, size_t n_rows,
                            enum weir_quality_format format, struct weir_text *text);

#endif
