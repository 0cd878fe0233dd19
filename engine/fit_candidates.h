/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Components that a mixture might gain: all that are worth a look, and which of them look best.
 *
 * Candidates are lognormals on a grid of mu and sigma, uniforms [0, k] for the smallest numbers and
 * for powers of the square root of 2 beyond them, and atoms at every number that has a bin of its
 * own. A candidate of cdf G would make F out of F to F + w (G - F). Its gain is that of the
 * log-likelihood for the best w (Newton's steps; for an atom w is known), lambda times that of the
 * largest distance between the cdfs of model and data, and tau times that of the tail; or, if that
 * is a loss, a thousandth of that of the log-likelihood, since the others may move to avoid it.
 *
 * Candidates are read by any number of threads; each ranks into its own storage.
 */
#ifndef WEIR_FIT_CANDIDATES_H
#define WEIR_FIT_CANDIDATES_H

#include "fit_binned.h"

struct weir_candidates {
    const struct weir_binned *binned; /* borrowed */
    size_t n;
    struct weir_fit_part *part; /* n of them */
    double *place0, *place1;    /* theta but for the weight */
    uint32_t *from, *to;        /* bins [from, to) that have some of the probability */
    uint32_t *column, *row; /* place in the grid; uniforms and atoms: their number, UINT32_MAX */
    float *mass;            /* of lognormals, n_lognormals * n_bins, 0 outside of [from, to) */
    double *above;          /* of lognormals, n_lognormals * n_tail: 1 - cdf in the tail */
    size_t n_lognormals;    /* the first ones */
    struct weir_mem *mem;
};

/* A candidate beside a model. */
struct weir_candidate_gain {
    uint32_t index;
    double weight; /* to start with */
    double gain;
};

/* Makes the candidates for lognormals of sigma_min and wider. WEIR_MEMORY. Release it whatever the
 * status; `binned` must stay. */
enum weir_status weir_candidates_init(struct weir_candidates *candidates,
                                      const struct weir_binned *binned, double sigma_min,
                                      struct weir_mem *mem, struct weir_error *err) WEIR_MUST_CHECK;
void weir_candidates_release(struct weir_candidates *candidates);

/* Free parameters of a component and its weight, as weir_mixture_free_parameters counts. */
unsigned weir_fit_part_cost(const struct weir_fit_part *part);

/* What candidates are to be ranked for. */
struct weir_ranking {
    const struct weir_binned_terms *terms;
    uint32_t every, first; /* every `every`-th lognormal is looked at, from `first` < every on */
    const struct weir_binned_scratch *scratch; /* last used for the model */
    double *inverse;                           /* n_bins, overwritten */
};

/* Computes the gains of all candidates: gain[0 .. candidates->n); of those that are not looked at
 * it is 0. */
void weir_candidates_rank(const struct weir_candidates *candidates,
                          const struct weir_ranking *ranking, struct weir_candidate_gain *gain);

/* True when two candidates are so near in the grid that one of them will do. */
bool weir_candidates_are_near(const struct weir_candidates *candidates, uint32_t a, uint32_t b);

#endif
