/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports of fits. */
#include "fit_report.h"

static const char *method_name(enum weir_fit_method method)
{
    switch (method) {
    case WEIR_FIT_POINT:
        return "point";
    case WEIR_FIT_BINNED:
        return "binned";
    case WEIR_FIT_SEARCH:
        break;
    }
    return "search";
}

/* --- text ------------------------------------------------------------------------------------ */

struct lines {
    struct weir_text *text;
    bool json;
    size_t n;
};

static void add_warning(void *context, const char *line)
{
    struct lines *lines = context;
    if (lines->json) {
        weir_text_add(lines->text, lines->n == 0 ? "" : ", ");
        weir_text_add_json(lines->text, line);
    } else {
        weir_text_add(lines->text, "  warning: %s\n", line);
    }
    lines->n++;
}

static void add_values(struct weir_text *text, const struct weir_component *component,
                       const struct weir_component *error)
{
    weir_text_add(text, "  %11.6g", component->weight);
    if (error != NULL)
        weir_text_add(text, " +- %7.2g", error->weight);
    weir_text_add(text, "  %-11s", weir_kind_name(component->kind));
    for (size_t i = 0; i < weir_kind_parameters(component->kind); i++) {
        weir_text_add(text, "  %11.6g", component->parameter[i]);
        if (error != NULL)
            weir_text_add(text, " +- %7.2g", error->parameter[i]);
    }
    weir_text_add(text, "\n");
}

static void add_convergence(struct weir_text *text, const struct weir_fit_plan *plan,
                            const struct weir_fit_outcome *outcome)
{
    if (plan->method == WEIR_FIT_SEARCH) {
        weir_text_add(text, "  parameters          searched for, up to %u, seed %llu%s\n",
                      plan->max_params > 0 ? plan->max_params : WEIR_SEARCH_PARAMS_MAX,
                      (unsigned long long)plan->seed,
                      plan->bic ? ", each at the price of BIC" : "");
        return;
    }
    weir_text_add(text,
                  "  iterations          %llu, %s; the last one changed the likelihood by %.2g\n",
                  (unsigned long long)outcome->n_iterations,
                  outcome->converged ? "converged" : "not converged", outcome->last_gain);
}

void weir_fit_report_text(struct weir_text *text, const char *y, const struct weir_fit_plan *plan,
                          const struct weir_fit_result *result)
{
    const struct weir_fit_quality *q = &result->quality;
    struct lines lines = {.text = text};
    weir_text_add(text, "%s: %zu components, %zu free parameters, method %s\n", y,
                  result->mixture.n_components, q->n_parameters, method_name(plan->method));
    add_convergence(text, plan, &result->outcome);
    weir_text_add(text,
                  "  log-likelihood      %.6f, mean over %s; %.6g effective flows\n"
                  "  AIC, BIC            %.8g, %.8g\n"
                  "  largest error       %.5f of the cdf, %s that of the data, at %.10g\n"
                  "  Anderson-Darling    %.4g\n",
                  q->log_likelihood, y, q->n_flows, q->aic, q->bic, q->ks,
                  q->ks_sign > 0 ? "above" : "below", q->ks_at, q->ad);
    weir_text_add(text,
                  "  tail                %.3f at %zu points, %.3f at %zu beyond the 99.9th "
                  "percentile\n"
                  "  mean                %.3f of that of the data\n",
                  q->tail, q->n_tail, q->far_tail, q->n_far_tail, q->mean);
    if (result->error != NULL)
        weir_text_add(text, "  standard errors     from %u replicates\n", result->n_replicates);
    for (size_t k = 0; k < result->mixture.n_components; k++)
        add_values(text, &result->mixture.component[k],
                   result->error != NULL ? &result->error[k] : NULL);
    weir_fit_warn(plan, result, add_warning, &lines);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void add_member(struct weir_text *text, const char *name, double value)
{
    weir_text_add(text, ", \"%s\": ", name);
    weir_text_add_json_real(text, value);
}

static void add_list(struct weir_text *text, const char *name,
                     const struct weir_component *component)
{
    weir_text_add(text, ", \"%s\": [", name);
    for (size_t i = 0; i < weir_kind_parameters(component->kind); i++) {
        weir_text_add(text, i == 0 ? "" : ", ");
        weir_text_add_json_real(text, component->parameter[i]);
    }
    weir_text_add(text, "]");
}

static void add_components(struct weir_text *text, const struct weir_fit_result *result)
{
    weir_text_add(text, ",\n  \"components\": [");
    for (size_t k = 0; k < result->mixture.n_components; k++) {
        const struct weir_component *component = &result->mixture.component[k];
        weir_text_add(text, "%s\n    {\"name\": \"%s\"", k == 0 ? "" : ",",
                      weir_kind_name(component->kind));
        add_member(text, "weight", component->weight);
        add_list(text, "parameters", component);
        if (result->error != NULL) {
            add_member(text, "weight_error", result->error[k].weight);
            add_list(text, "parameter_errors", &result->error[k]);
        }
        weir_text_add(text, "}");
    }
    weir_text_add(text, "]");
}

void weir_fit_report_json(struct weir_text *text, const char *y, const struct weir_fit_plan *plan,
                          const struct weir_fit_result *result)
{
    const struct weir_fit_outcome *outcome = &result->outcome;
    struct lines lines = {.text = text, .json = true};
    double value[WEIR_FIT_N_MEASURES];
    weir_fit_quality_values(&result->quality, value);
    weir_text_add(text, "{\"y\": ");
    weir_text_add_json(text, y);
    weir_text_add(text, ", \"method\": \"%s\"", method_name(plan->method));
    if (plan->method != WEIR_FIT_SEARCH) {
        weir_text_add(text, ", \"iterations\": %llu, \"converged\": %s",
                      (unsigned long long)outcome->n_iterations,
                      outcome->converged ? "true" : "false");
        add_member(text, "last_gain", outcome->last_gain);
    }
    for (size_t i = 0; i < WEIR_FIT_N_MEASURES; i++)
        add_member(text, weir_fit_measure_name[i], value[i]);
    if (result->error != NULL)
        add_member(text, "replicates", result->n_replicates);
    add_components(text, result);
    weir_text_add(text, ",\n  \"warnings\": [");
    weir_fit_warn(plan, result, add_warning, &lines);
    weir_text_add(text, "]}\n");
}
