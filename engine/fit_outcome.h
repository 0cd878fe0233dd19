/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the iterations of a fit went: shared by all ways to fit. */
#ifndef WEIR_FIT_OUTCOME_H
#define WEIR_FIT_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Called after each step of a fit, from the thread that fits: iterations so far (0: the start), and
 * the mean log-likelihood per unit of weight, or the objective, then. NULL functions are not
 * called. */
struct weir_fit_trace {
    void (*step)(void *context, uint64_t iteration, double value);
    void *context;
};

struct weir_fit_outcome {
    uint64_t n_iterations;
    bool converged;   /* gained less than the tolerance before iterations ran out */
    double value;     /* what was maximised: log-likelihood per unit of weight, or the objective */
    double last_gain; /* of the last step */
    size_t n_dropped; /* components that became no numbers */
};

#endif
