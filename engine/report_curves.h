/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtures as lines of a plot: density, cdf and survival function at places that keep the shape.
 *
 *     weir_report_grid_init(&grid, first, last, mem);
 *     status = weir_report_grid_add(&grid, &mixture, err);      for each mixture of the plot
 *     status = weir_report_grid_finish(&grid, err);
 *     weir_report_grid_text(&grid, &text);
 *     weir_report_curves_add(&text, &curves);             for each again
 *     weir_report_grid_release(&grid);
 *
 * Places are whole numbers, WEIR_REPORT_PLACES of them in geometric progression, with more where
 * components change: next to the ends of uniforms (so that atoms and edges are seen) and at
 * quantiles of all others (so that narrow ones keep their width). One thread at a time; GSL's error
 * handler is off (distribution.h).
 */
#ifndef WEIR_REPORT_CURVES_H
#define WEIR_REPORT_CURVES_H

#include "mixture.h"
#include "text.h"

#define WEIR_REPORT_PLACES 160

struct weir_report_grid {
    double first, last;
    size_t n, capacity;
    double *x; /* ascending when finished */
    struct weir_mem *mem;
};

/* Starts a grid over [first, last], whole numbers from 1 on. */
void weir_report_grid_init(struct weir_report_grid *grid, double first, double last,
                           struct weir_mem *mem);
void weir_report_grid_release(struct weir_report_grid *grid);

/* Adds the places that a mixture needs. WEIR_MEMORY. */
enum weir_status weir_report_grid_add(struct weir_report_grid *grid,
                                      const struct weir_mixture *mixture,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Adds those of the progression, and puts all in order, each once. WEIR_MEMORY. */
enum weir_status weir_report_grid_finish(struct weir_report_grid *grid,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Appends the places as a list. */
void weir_report_grid_text(const struct weir_report_grid *grid, struct weir_text *text);

/* Appends members of an object with the lines of a mixture of valid components:
 *
 *     "pdf": [...], "split": n, "tail": [...], "components": [{"kind": "lognorm", "weight": w,
 *      "parameters": [...], "pdf": [...], "split": n, "tail": [...]}, ...]
 *
 * Weights are made to add up to 1; lines of components are those of their distributions, not
 * weighted. tail[i] is the cdf for i < split, and the survival function from there on: the smaller
 * of both, which keeps its digits. The pdf at x is, below WEIR_PDF_WHOLE_BELOW, the probability of
 * the whole number, F(x) - F(x - 1) (F(x) - F(0) at `smallest`, where the data begin), else the
 * density; flow-models' rule. All with four digits; what is less than `least` (a share of the
 * whole) is 0, and likewise densities below least / (last - first + 1). */
struct weir_report_curves {
    const struct weir_mixture *mixture;
    const struct weir_report_grid *grid;
    double smallest, least;
};
void weir_report_curves_add(struct weir_text *text, const struct weir_report_curves *curves);

#endif
