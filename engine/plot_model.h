/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models in plots: mixtures of flows, packets and octets over one x, and the lines that they give.
 *
 *     weir_plot_model_init(&model, "mixtures/length", mem);
 *     status = weir_plot_model_read(&model, wanted, &lines, err);
 *     ... weir_plot_model_pdf(&model.mixture[y], x, least) ...
 *     weir_plot_model_release(&model);
 */
#ifndef WEIR_PLOT_MODEL_H
#define WEIR_PLOT_MODEL_H

#include "mixture.h"
#include "plot_lines.h"

struct weir_plot_model {
    const char *path;  /* as the user wrote it; borrowed */
    const char *label; /* the end of it that tells the model apart; borrowed */
    bool has[WEIR_PLOT_N_Y];
    struct weir_mixture mixture[WEIR_PLOT_N_Y];
    double sum[WEIR_PLOT_N_Y]; /* what the mixtures distribute: theirs, else that of the data */
};

/* Starts a model without mixtures; its memory comes from `mem`. */
void weir_plot_model_init(struct weir_plot_model *model, const char *path, struct weir_mem *mem);

/* Gives the mixtures back. A zeroed struct may be released too. */
void weir_plot_model_release(struct weir_plot_model *model);

/* True when an operand means a model: it is a directory, or its name ends in ".json". */
bool weir_plot_model_is(const char *path);

/* Reads the mixtures of the y that are `wanted`: a directory holds them as Y.json, those that it
 * lacks are left out; a file is the one mixture, and then one y must be wanted. Sums that files do
 * not tell are those of `lines`. WEIR_USAGE: a file for several y; WEIR_FORMAT: none in the
 * directory; statuses of weir_mixture_json_read. */
enum weir_status weir_plot_model_read(struct weir_plot_model *model,
                                      const bool wanted[WEIR_PLOT_N_Y],
                                      const struct weir_plot_lines *lines,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Sets the labels of `n` models: the last two names of their paths, or as many more as it takes for
 * all to differ. */
void weir_plot_model_label(struct weir_plot_model *models, size_t n);

/* Probability of the whole number x, P(x - 1 < X <= x), below WEIR_PDF_WHOLE_BELOW, and the density
 * from there on. `least` is the smallest number there is, which has all that lies between 0 and it.
 * A leaf; the condition of distribution.h holds. */
double weir_plot_model_pdf(const struct weir_mixture *mixture, double x, double least);

/* As above, and the cdf, for component `k` alone, times its share of the weights. */
double weir_plot_component_pdf(const struct weir_mixture *mixture, size_t k, double x,
                               double least);
double weir_plot_component_cdf(const struct weir_mixture *mixture, size_t k, double x);

/* Sum of `y` per unit of `of` at x; NaN where the latter has none. */
double weir_plot_model_average(const struct weir_plot_model *model, enum weir_plot_y y,
                               enum weir_plot_y of, double x, double least);

#endif
