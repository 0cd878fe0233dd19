/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standard errors by bootstrap over flows: how much a fit would change if the same network sent as
 * many other flows.
 *
 * A replicate draws the number of flows of every bin from the Poisson distribution of what it was
 * (the Poisson bootstrap: for so many flows the same as drawing them with replacement), and takes
 * the bin's mean packets and octets for each. It is fitted like the histogram itself, from the
 * result on, or from the given start where the number of iterations is part of the method. Flows,
 * not packets, are the samples: those of one flow come together. Where flows of a bin differ much
 * in y, which a histogram does not tell, errors come out a little too small.
 */
#ifndef WEIR_FIT_BOOTSTRAP_H
#define WEIR_FIT_BOOTSTRAP_H

#include "fit_run.h"

/* Fits plan->n_replicates replicates (at least 2) of column `column` from `start`, on
 * plan->n_threads threads, and fills result->error and result->n_replicates from those whose
 * components are of the same kinds as the result's. Replicates depend on plan->seed and their
 * number alone. WEIR_MEMORY; WEIR_CANCELLED; statuses of weir_fit_again. */
enum weir_status weir_fit_bootstrap(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                                    size_t column, const struct weir_mixture *start,
                                    struct weir_fit_result *result,
                                    struct weir_error *err) WEIR_MUST_CHECK;

#endif
