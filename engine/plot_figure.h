/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a histogram and models of it, as pages for gnuplot.
 *
 *     status = weir_plot_scene_init(&scene, err);
 *     for (...) status = weir_plot_figure(&scene, WEIR_PLOT_PDF_FLOWS, &page, err);
 *     weir_plot_scene_release(&scene);
 */
#ifndef WEIR_PLOT_FIGURE_H
#define WEIR_PLOT_FIGURE_H

#include "kernel.h"
#include "plot_lines.h"
#include "plot_model.h"
#include "plot_page.h"

enum weir_plot_figure {
    WEIR_PLOT_CDF,
    WEIR_PLOT_PDF_FLOWS, /* and the other y in their order */
    WEIR_PLOT_PDF_PACKETS,
    WEIR_PLOT_PDF_OCTETS,
    WEIR_PLOT_AVG_PACKETS,
    WEIR_PLOT_AVG_OCTETS,
    WEIR_PLOT_AVG_PACKET_SIZE,
    WEIR_PLOT_SINGLE, /* of the cdf and the pdfs those that are asked for, on one page */
    WEIR_PLOT_N_FIGURES
};

/* "cdf", "pdf-flows", ...; static storage. */
const char *weir_plot_figure_name(enum weir_plot_figure figure);

/* What is drawn besides lines of histogram and models. */
struct weir_plot_modes {
    bool points, hist, kde;         /* pdfs */
    bool components, stack, labels; /* pdfs */
    bool cdf_components, cdf_stack, cdf_labels;
};

/* What figures are made of; everything is borrowed but for the arrays of the last lines. */
struct weir_plot_scene {
    const struct weir_hist *hist;
    const struct weir_plot_lines *lines; /* of hist, not empty */
    enum weir_hist_x x;
    const bool *wanted; /* WEIR_PLOT_N_Y */
    const bool *parts;  /* WEIR_PLOT_AVG_PACKETS: the figures, all possible, of the single one */
    const struct weir_plot_model *models;
    size_t n_models;
    struct weir_plot_modes modes;
    bool raw; /* --no-normalize */
    struct weir_plot_look look;
    const struct weir_em_mixture_ops *ops;
    int n_threads;
    struct weir_mem *mem;

    double *bin_x, *bin_value, *bin_weight;   /* room for the points of all bins */
    double position[WEIR_PLOT_POSITIONS_MAX]; /* where models are drawn */
    size_t n_positions;
    double least; /* smallest x that models know (plot_model.h) */
};

/* Takes memory for a scene whose first part is set. WEIR_MEMORY. */
enum weir_status weir_plot_scene_init(struct weir_plot_scene *scene,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_plot_scene_release(struct weir_plot_scene *scene);

/* True when the histogram has what the figure shows: sums above 0 of every wanted y in it, and only
 * wanted ones. */
bool weir_plot_figure_is_possible(const struct weir_plot_scene *scene,
                                  enum weir_plot_figure figure);

/* Fills `page`, which is initialised and empty, with a figure that is possible. WEIR_MEMORY. */
enum weir_status weir_plot_figure(const struct weir_plot_scene *scene, enum weir_plot_figure figure,
                                  struct weir_plot_page *page,
                                  struct weir_error *err) WEIR_MUST_CHECK;

#endif
