/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures of a fit: E, F and P of all bins, a pass over edges for each component; then sums. */
#include "fit_quality.h"

#include "distribution.h"
#include "fit_data.h"

#include <math.h>
#include <string.h>

#define SMALLEST      1e-300 /* what a probability of 0 counts as */
#define TAIL_FROM     0.1    /* of the data's 1 - E */
#define FAR_TAIL_FROM 0.001
#define TAIL_FLOWS    20.0

/* Data and mixture at the bin [lo, hi). */
struct point {
    double x;            /* hi - 1 */
    double share;        /* of the data, in the bin */
    double below, above; /* E and 1 - E at x */
    double cdf, sf;      /* F and 1 - F at x */
    double probability;  /* P */
};

static weir_u128 sum_at(const struct weir_hist *hist, size_t bin, size_t column)
{
    return hist->sum[bin * hist->n_columns + column];
}

const char *const weir_fit_measure_name[WEIR_FIT_N_MEASURES] = {"n_parameters",
                                                                "effective_flows",
                                                                "log_likelihood",
                                                                "aic",
                                                                "bic",
                                                                "ks",
                                                                "ks_at",
                                                                "ks_sign",
                                                                "anderson_darling",
                                                                "tail",
                                                                "far_tail",
                                                                "n_tail",
                                                                "n_far_tail",
                                                                "mean"};

void weir_fit_quality_values(const struct weir_fit_quality *quality,
                             double value[WEIR_FIT_N_MEASURES])
{
    const double values[WEIR_FIT_N_MEASURES] = {(double)quality->n_parameters,
                                                quality->n_flows,
                                                quality->log_likelihood,
                                                quality->aic,
                                                quality->bic,
                                                quality->ks,
                                                quality->ks_at,
                                                quality->ks_sign,
                                                quality->ad,
                                                quality->n_tail > 0 ? quality->tail : NAN,
                                                quality->n_far_tail > 0 ? quality->far_tail : NAN,
                                                (double)quality->n_tail,
                                                (double)quality->n_far_tail,
                                                quality->mean};
    memcpy(value, values, sizeof values);
}

double weir_fit_quality_flows(const struct weir_hist *hist, size_t column)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < hist->n_bins; i++) {
        const double flows = fmax((double)sum_at(hist, i, 0), 1);
        const double weight = (double)sum_at(hist, i, column);
        sum += weight;
        squares += weight / flows * weight;
    }
    return squares > 0 ? sum / squares * sum : 0;
}

/* --- points ---------------------------------------------------------------------------------- */

static void set_data(struct point *point, const struct weir_hist *hist, size_t column,
                     weir_u128 total)
{
    weir_u128 below = 0;
    for (size_t i = 0; i < hist->n_bins; i++) {
        const weir_u128 sum = sum_at(hist, i, column);
        below += sum;
        point[i] = (struct point){.x = (double)(hist->bin_hi[i] - 1),
                                  .share = (double)sum / (double)total,
                                  .below = (double)below / (double)total,
                                  .above = (double)(total - below) / (double)total};
    }
}

/* The smaller tail of a component at x, so that differences keep their precision on either side. */
struct tail {
    bool is_upper; /* P(X > x), else P(X <= x) */
    double value;
};

static struct tail tail_at(const struct weir_component *component, double median, double x)
{
    const bool is_upper = x >= median;
    return (struct tail){is_upper, is_upper ? weir_component_sf(component, x)
                                            : weir_component_cdf(component, x)};
}

static double cdf_of(struct tail tail)
{
    return tail.is_upper ? 1 - tail.value : tail.value;
}

static double sf_of(struct tail tail)
{
    return tail.is_upper ? tail.value : 1 - tail.value;
}

static double between(struct tail from, struct tail to)
{
    if (from.is_upper)
        return from.value - to.value;
    return to.is_upper ? 1 - from.value - to.value : to.value - from.value;
}

/* Adds a component, of weight `weight` among all, to cdf, sf and probability. Bins that touch share
 * an edge. */
static void add_component(struct point *point, const struct weir_hist *hist,
                          const struct weir_component *component, double weight)
{
    const double median = weir_component_quantile(component, 0.5);
    struct tail from = tail_at(component, median, 0);
    for (size_t i = 0; i < hist->n_bins; i++) {
        if (i > 0 && hist->bin_lo[i] != hist->bin_hi[i - 1])
            from = tail_at(component, median, (double)(hist->bin_lo[i] - 1));
        const struct tail to = tail_at(component, median, point[i].x);
        point[i].cdf += weight * cdf_of(to);
        point[i].sf += weight * sf_of(to);
        point[i].probability += weight * between(from, to);
        from = to;
    }
}

static void add_mixture(struct point *point, const struct weir_hist *hist,
                        const struct weir_mixture *mixture)
{
    const double all = weir_mixture_weight(mixture);
    for (size_t k = 0; k < mixture->n_components; k++)
        if (mixture->component[k].weight > 0)
            add_component(point, hist, &mixture->component[k], mixture->component[k].weight / all);
}

/* --- measures -------------------------------------------------------------------------------- */

/* F - E, of the smaller tails. */
static double distance(const struct point *point)
{
    return point->cdf < 0.5 ? point->cdf - point->below : point->above - point->sf;
}

static double ad_term(const struct point *point)
{
    const double square = distance(point) * distance(point) * point->probability;
    return square > 0 ? square / (point->cdf * point->sf) : 0;
}

static void measure_bins(const struct point *point, size_t n, struct weir_fit_quality *quality)
{
    for (size_t i = 0; i < n; i++) {
        const double apart = fabs(distance(&point[i]));
        if (apart > quality->ks) {
            quality->ks = apart;
            quality->ks_at = point[i].x;
            quality->ks_sign = distance(&point[i]) > 0 ? 1 : -1;
        }
        quality->ad += ad_term(&point[i]);
        if (point[i].share > 0)
            quality->log_likelihood += point[i].share * log(fmax(point[i].probability, SMALLEST));
    }
}

static void measure_criteria(struct weir_fit_quality *quality)
{
    const double n = quality->n_flows, k = (double)quality->n_parameters;
    const double deviance = -2 * n * quality->log_likelihood;
    quality->aic = 2 * k + deviance;
    quality->bic = k * log(n) + deviance;
}

static double data_mean(const struct point *point, const struct weir_hist *hist)
{
    double mean = 0;
    for (size_t i = 0; i < hist->n_bins; i++)
        mean += point[i].share * ((double)hist->bin_lo[i] + point[i].x) / 2;
    return mean;
}

/* Limits are compared with what rounding leaves of 1 - E, so that a point at a limit counts here
 * where it counts in the tail that fits look at (fit_binned.h). */
static bool is_tail(const struct point *point, double flows)
{
    const double above = 1 - point->below;
    return above <= TAIL_FROM && above >= TAIL_FLOWS / flows;
}

static void add_tail(const struct point *point, struct weir_fit_quality *quality)
{
    const double ratio = log(fmax(point->sf, SMALLEST) / point->above);
    quality->tail += ratio * ratio;
    quality->n_tail++;
    if (1 - point->below > FAR_TAIL_FROM)
        return;
    quality->far_tail += ratio * ratio;
    quality->n_far_tail++;
}

/* A power of two belongs to the last hi - 1 up to it, those from the last lo on to none. */
static void measure_tails(const struct point *point, const struct weir_hist *hist, double flows,
                          struct weir_fit_quality *quality)
{
    double power = 1;
    for (size_t i = 0; i + 1 < hist->n_bins; i++) {
        const double end = fmin(point[i + 1].x, (double)hist->bin_lo[hist->n_bins - 1]);
        const bool counts = is_tail(&point[i], flows);
        for (; power < end; power *= 2)
            if (power >= point[i].x && counts)
                add_tail(&point[i], quality);
    }
    if (quality->n_tail > 0)
        quality->tail = sqrt(quality->tail / (double)quality->n_tail);
    if (quality->n_far_tail > 0)
        quality->far_tail = sqrt(quality->far_tail / (double)quality->n_far_tail);
}

static double n_flows_of(const struct weir_hist *hist)
{
    double flows = 0;
    for (size_t i = 0; i < hist->n_bins; i++)
        flows += (double)sum_at(hist, i, 0);
    return flows;
}

enum weir_status weir_fit_quality_measure(const struct weir_hist *hist, size_t column,
                                          const struct weir_mixture *mixture,
                                          struct weir_fit_quality *quality, struct weir_mem *mem,
                                          struct weir_error *err)
{
    weir_u128 total = 0;
    const enum weir_status status = weir_fit_data_check(hist, column, &total, err);
    if (status != WEIR_OK)
        return status;
    struct point *point = weir_mem_zalloc(mem, hist->n_bins, sizeof *point);
    if (point == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to measure a fit to %zu bins",
                              hist->n_bins);
    set_data(point, hist, column, total);
    add_mixture(point, hist, mixture);
    *quality = (struct weir_fit_quality){.n_parameters = weir_mixture_free_parameters(mixture),
                                         .n_flows = weir_fit_quality_flows(hist, column)};
    measure_bins(point, hist->n_bins, quality);
    measure_criteria(quality);
    measure_tails(point, hist, n_flows_of(hist), quality);
    quality->mean = weir_mixture_mean(mixture) / data_mean(point, hist);
    weir_mem_free(mem, point);
    return WEIR_OK;
}
