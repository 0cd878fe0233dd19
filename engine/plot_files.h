/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of plots: pictures, and on request the scripts and tables that they are drawn from.
 *
 * Pictures are drawn in a hidden directory within that of the output, so that none appears under
 * its name before all are complete.
 *
 *     status = weir_plot_files_create(&request, &files, err);      outputs can be written
 *     status = weir_plot_files_add(files, i, &page, err);          for all figures
 *     status = weir_plot_files_draw(files, err);                   gnuplot
 *     status = weir_plot_files_commit(files, &n_bytes, err);
 *     weir_plot_files_free(files);
 */
#ifndef WEIR_PLOT_FILES_H
#define WEIR_PLOT_FILES_H

#include "mem.h"
#include "plot_page.h"

#include <stdint.h>

struct weir_plot_files;

#define WEIR_PLOT_FIGURES_MAX 16

struct weir_plot_files_request {
    const char *directory;
    const char *name[WEIR_PLOT_FIGURES_MAX]; /* of figures, without suffix; borrowed */
    size_t n_figures;
    enum weir_plot_format format; /* WEIR_PLOT_NONE: no pictures, which gnuplot is not needed for */
    bool scripts;                 /* keep scripts and tables: NAME.gp, NAME.dat */
    bool sync;
    struct weir_mem *mem;
};

/* Creates all outputs under hidden names, and the directory to draw in. WEIR_IO: one cannot be
 * written or replaced; WEIR_LIMIT: a path is too long; WEIR_MEMORY. */
enum weir_status weir_plot_files_create(const struct weir_plot_files_request *request,
                                        struct weir_plot_files **files,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* Removes what was not committed, and the hidden directory; NULL is allowed. */
void weir_plot_files_free(struct weir_plot_files *files);

/* Takes script and tables of figure `i`; the page is emptied. WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_plot_files_add(struct weir_plot_files *files, size_t i,
                                     struct weir_plot_page *page,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Draws all pictures. Without gnuplot it is WEIR_IO, and scripts and tables are left under their
 * names, kept or not. Statuses of weir_gnuplot_run. */
enum weir_status weir_plot_files_draw(struct weir_plot_files *files,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Gives all outputs their names, and adds their bytes to *n_bytes. */
enum weir_status weir_plot_files_commit(struct weir_plot_files *files, uint64_t *n_bytes,
                                        struct weir_error *err) WEIR_MUST_CHECK;

#endif
