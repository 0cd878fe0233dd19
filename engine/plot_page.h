/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One picture on its way to gnuplot: a script, and the tables that it draws, both as text.
 *
 *     weir_plot_page_init(&page, "cdf", mem);
 *     weir_plot_page_begin(&page, &look, 1);
 *     const int table = weir_plot_page_table(&page, "flows: x, cdf");
 *     weir_plot_page_row(&page, (double[]){1, 0.5}, 2);                   for all rows
 *     weir_plot_page_curve(&page, table, "1:2", "with lines", "flows");
 *     weir_plot_page_panel(&page, &axes);                                 draws the curves so far
 *     weir_plot_page_end(&page);
 *
 * Tables are blocks of one file NAME.dat, which the script finds beside it; pictures come there
 * too. Text of users stands in single quotes, within which gnuplot runs nothing. What memory does
 * not suffice for comes out when the texts are written (text.h).
 */
#ifndef WEIR_PLOT_PAGE_H
#define WEIR_PLOT_PAGE_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum weir_plot_format { WEIR_PLOT_PNG, WEIR_PLOT_PDF, WEIR_PLOT_SVG, WEIR_PLOT_NONE };
#define WEIR_PLOT_FORMATS "png|pdf|svg|none" /* "none": gnuplot's own choice */

struct weir_plot_look {
    enum weir_plot_format format;
    double width_mm, height_mm; /* of a panel; pages of several have two columns */
    unsigned dpi;               /* of PNG */
};

struct weir_plot_range {
    double lo, hi;
};

struct weir_plot_axes {
    const char *x_label, *y_label; /* with their units */
    const char *y_more;            /* second line of the label of y, or NULL */
    struct weir_plot_range x, y;   /* x is logarithmic */
    bool log_y;
    bool key_beside;      /* the key stands to the right, for many entries; else above */
    const char *cb_label; /* of colours (a palette of greys on a logarithmic axis), or NULL */
    struct weir_plot_range cb;
};

struct weir_plot_page {
    const char *name; /* borrowed */
    struct weir_text script, data;
    struct weir_text curves; /* of the panel */
    int n_tables, n_curves, n_panels;
    double width_mm, height_mm; /* of a panel */
    int font_dpi;               /* units of the sizes of letters per inch */
};

/* Entries that a key beside a panel has room for; gnuplot would take it for the others from the
 * curves. At least 5. */
size_t weir_plot_page_key_rows(const struct weir_plot_look *look);

/* Dots of the longer side of a page of PNG of `n_panels`; 0 in other formats. */
long weir_plot_page_dots(const struct weir_plot_look *look, int n_panels);
#define WEIR_PLOT_DOTS_MAX 32767 /* of pictures of cairo, which draws PNG */

/* Starts an empty page. */
void weir_plot_page_init(struct weir_plot_page *page, const char *name, struct weir_mem *mem);

/* Gives the texts back. A zeroed struct may be released too. */
void weir_plot_page_release(struct weir_plot_page *page);

/* Writes the head of the script for `n_panels`, 1 to 4. */
void weir_plot_page_begin(struct weir_plot_page *page, const struct weir_plot_look *look,
                          int n_panels);

/* Begins a table with a comment that says what it holds, and returns its number. A table must get
 * a row: gnuplot does not count empty ones. */
int weir_plot_page_table(struct weir_plot_page *page, const char *comment);

/* Adds a row of `n` values with 15 digits; what is not finite is NaN, at which lines break. */
void weir_plot_page_row(struct weir_plot_page *page, const double *value, size_t n);

/* Adds a curve, drawn over those before it: columns as gnuplot's `using` has them, its style, and
 * its entry in the key (NULL: none; shortened where it is long). */
void weir_plot_page_curve(struct weir_plot_page *page, int table, const char *columns,
                          const char *style, const char *title);

/* Adds an entry of the key without a curve. */
void weir_plot_page_entry(struct weir_plot_page *page, const char *style, const char *title);

/* Writes a panel with the curves since the last one; there must be one. */
void weir_plot_page_panel(struct weir_plot_page *page, const struct weir_plot_axes *axes);

/* Writes the end of the script. */
void weir_plot_page_end(struct weir_plot_page *page);

/* ".png", ".pdf", ".svg"; NULL for none. Static storage. */
const char *weir_plot_format_suffix(enum weir_plot_format format);

#endif
