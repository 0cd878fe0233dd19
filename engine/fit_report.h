/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports of fits: what was fitted how, how well, with which standard errors, and what to beware
 * of; as text to read, or as JSON:
 *
 *     {"y": "flows", "method": "binned", "iterations": 57, "converged": true, "last_gain": 2e-10,
 *      "n_parameters": 17, "effective_flows": 6517484, "log_likelihood": -2.4458, "aic": ...,
 *      "bic": ..., "ks": ..., "ks_at": ..., "ks_sign": 1, "anderson_darling": ..., "tail": ...,
 *      "n_tail": 17, "far_tail": ..., "n_far_tail": 9, "mean": ..., "replicates": 100,
 *      "components": [{"name": "lognorm", "weight": ..., "parameters": [...],
 *                      "weight_error": ..., "parameter_errors": [...]}, ...],
 *      "warnings": [...]}
 *
 * Measures are those of fit_quality.h. Numbers that are not finite are null in JSON.
 */
#ifndef WEIR_FIT_REPORT_H
#define WEIR_FIT_REPORT_H

#include "fit_run.h"
#include "text.h"

/* Appends the report on the fit of `y` to `text`; plan->measures was set. */
void weir_fit_report_text(struct weir_text *text, const char *y, const struct weir_fit_plan *plan,
                          const struct weir_fit_result *result);
void weir_fit_report_json(struct weir_text *text, const char *y, const struct weir_fit_plan *plan,
                          const struct weir_fit_result *result);

#endif
