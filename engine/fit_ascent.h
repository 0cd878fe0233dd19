/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting by the binned likelihood from a given start: kinds and numbers of components stay, all
 * that is free moves together to the nearest maximum (L-BFGS, fit_optimise.h).
 *
 *     const struct weir_ascent ascent = {.binned = &binned, .terms = terms, .sigma_min = 0.02,
 *                                        .n_iterations = 1000, .tolerance = 1e-9, .mem = mem};
 *     status = weir_ascent_run(&ascent, &mixture, &outcome, err);
 */
#ifndef WEIR_FIT_ASCENT_H
#define WEIR_FIT_ASCENT_H

#include "fit_binned.h"
#include "fit_outcome.h"
#include "mixture.h"

struct weir_ascent {
    const struct weir_binned *binned;
    struct weir_binned_terms terms; /* .q = 2 and all else 0: the likelihood alone */
    double sigma_min;               /* as weir_binned_bounds wants it; a start may have less */
    uint64_t n_iterations;          /* at most */
    double tolerance;               /* ends when three steps in turn gain less each */
    struct weir_fit_trace trace;
    struct weir_mem *mem;
};

/* WEIR_USAGE: more than WEIR_FIT_PARTS_MAX components, or one that has no place in theta. */
enum weir_status weir_ascent_check(const struct weir_mixture *mixture,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Improves the mixture in place; weights then add up to 1, and its sum is that of the data.
 * WEIR_USAGE as above; WEIR_MEMORY; WEIR_CANCELLED after SIGINT or SIGTERM. Any thread. */
enum weir_status weir_ascent_run(const struct weir_ascent *ascent, struct weir_mixture *mixture,
                                 struct weir_fit_outcome *outcome,
                                 struct weir_error *err) WEIR_MUST_CHECK;

#endif
