/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replicates, each on one thread, and the spread of what they gave. */
#include "fit_bootstrap.h"

#include "blocks.h"
#include "fit_random.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#define POISSON_MOST 1e9                            /* beyond it a Poisson distribution is normal */
#define N_VALUES     (1 + WEIR_KIND_PARAMETERS_MAX) /* of a component: weight and parameters */

struct bootstrap {
    const struct weir_fit_plan *plan;
    const struct weir_hist *hist;
    size_t column;
    const struct weir_mixture *start;
    const struct weir_mixture *mixture; /* the result */
    struct weir_component *found;       /* n_replicates * mixture->n_components */
    bool *counts;                       /* n_replicates: it has the same components */
};

/* --- replicates ------------------------------------------------------------------------------ */

static double draw_poisson(const gsl_rng *rng, double mean)
{
    return mean < POISSON_MOST ? (double)gsl_ran_poisson(rng, mean)
                               : fmax(rint(mean + gsl_ran_gaussian(rng, sqrt(mean))), 0);
}

/* Fills `to`, which is initialised and empty, with as many columns as `from`. */
static enum weir_status resample(const struct weir_hist *from, const gsl_rng *rng,
                                 struct weir_hist *to, struct weir_error *err)
{
    const size_t n_columns = from->n_columns;
    to->n_columns = n_columns;
    memcpy(to->column_name, from->column_name, sizeof to->column_name);
    const enum weir_status status = weir_hist_reserve(to, from->n_bins, err);
    for (size_t i = 0; i < from->n_bins && status == WEIR_OK; i++) {
        const weir_u128 *sum = from->sum + i * n_columns;
        const double flows = (double)sum[0], drawn = draw_poisson(rng, flows);
        if (drawn == 0)
            continue;
        to->bin_lo[to->n_bins] = from->bin_lo[i];
        to->bin_hi[to->n_bins] = from->bin_hi[i];
        for (size_t c = 0; c < n_columns; c++)
            to->sum[to->n_bins * n_columns + c] = (weir_u128)rint((double)sum[c] / flows * drawn);
        to->n_bins++;
    }
    return status;
}

static bool has_kinds_of(const struct weir_mixture *a, const struct weir_mixture *b)
{
    if (a->n_components != b->n_components)
        return false;
    for (size_t k = 0; k < a->n_components; k++)
        if (a->component[k].kind != b->component[k].kind)
            return false;
    return true;
}

static enum weir_status fit_replicate(const struct bootstrap *bootstrap, uint64_t i,
                                      const struct weir_hist *hist, struct weir_error *err)
{
    const struct weir_mixture *result = bootstrap->mixture;
    const size_t n = result->n_components;
    struct weir_fit_outcome outcome;
    struct weir_mixture mixture;
    weir_mixture_init(&mixture, bootstrap->plan->mem);
    enum weir_status status = weir_mixture_copy(&mixture, bootstrap->start, err);
    if (status == WEIR_OK)
        status = weir_fit_again(bootstrap->plan, hist, bootstrap->column, &mixture, &outcome, err);
    if (status == WEIR_OK && has_kinds_of(&mixture, result)) {
        bootstrap->counts[i] = true;
        memcpy(bootstrap->found + i * n, mixture.component, n * sizeof *mixture.component);
    }
    weir_mixture_release(&mixture);
    return status;
}

static enum weir_status run_replicate(void *context, int thread, uint64_t i, struct weir_error *err)
{
    const struct bootstrap *bootstrap = context;
    uint64_t random = weir_random_stream(bootstrap->plan->seed, ~i);
    struct weir_hist hist;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    (void)thread;
    if (rng == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a replicate");
    gsl_rng_set(rng, (unsigned long)(weir_random_next(&random) >> 32));
    weir_hist_init(&hist, bootstrap->plan->mem);
    enum weir_status status = resample(bootstrap->hist, rng, &hist, err);
    if (status == WEIR_OK && hist.n_bins > 0)
        status = fit_replicate(bootstrap, i, &hist, err);
    weir_hist_release(&hist);
    gsl_rng_free(rng);
    return status;
}

/* --- their spread ---------------------------------------------------------------------------- */

static double *value_of(struct weir_component *component, size_t v)
{
    return v == 0 ? &component->weight : &component->parameter[v - 1];
}

/* Standard deviation of value v of component k, over n replicates; of distances to the result, so
 * that what is fixed has 0. */
static double spread(const struct bootstrap *bootstrap, size_t k, size_t v, unsigned n)
{
    const size_t n_components = bootstrap->mixture->n_components;
    const double centre = *value_of(&bootstrap->mixture->component[k], v);
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < bootstrap->plan->n_replicates; i++)
        if (bootstrap->counts[i]) {
            const double apart = *value_of(&bootstrap->found[i * n_components + k], v) - centre;
            sum += apart;
            squares += apart * apart;
        }
    return n > 1 ? sqrt(fmax(squares - sum * sum / n, 0) / (n - 1)) : NAN;
}

static void set_errors(const struct bootstrap *bootstrap, struct weir_fit_result *result)
{
    result->n_replicates = 0;
    for (unsigned i = 0; i < bootstrap->plan->n_replicates; i++)
        result->n_replicates += bootstrap->counts[i];
    for (size_t k = 0; k < result->mixture.n_components; k++) {
        result->error[k].kind = result->mixture.component[k].kind;
        for (size_t v = 0; v < N_VALUES; v++)
            *value_of(&result->error[k], v) = spread(bootstrap, k, v, result->n_replicates);
    }
}

enum weir_status weir_fit_bootstrap(const struct weir_fit_plan *plan, const struct weir_hist *hist,
                                    size_t column, const struct weir_mixture *start,
                                    struct weir_fit_result *result, struct weir_error *err)
{
    struct weir_mem *mem = plan->mem;
    const size_t n = result->mixture.n_components;
    struct bootstrap bootstrap = {
        .plan = plan, .hist = hist, .column = column, .start = start, .mixture = &result->mixture};
    bootstrap.found = weir_mem_zalloc(mem, plan->n_replicates * (n + 1), sizeof *bootstrap.found);
    bootstrap.counts = weir_mem_zalloc(mem, plan->n_replicates, sizeof *bootstrap.counts);
    result->error = weir_mem_zalloc(mem, n + 1, sizeof *result->error);
    enum weir_status status = WEIR_OK;
    if (bootstrap.found == NULL || bootstrap.counts == NULL || result->error == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory for %u replicates of a fit",
                                plan->n_replicates);
    if (status == WEIR_OK)
        status =
            weir_blocks_run(plan->n_threads, plan->n_replicates, run_replicate, &bootstrap, err);
    if (status == WEIR_OK)
        set_errors(&bootstrap, result);
    weir_mem_free(mem, bootstrap.found);
    weir_mem_free(mem, bootstrap.counts);
    return status;
}
