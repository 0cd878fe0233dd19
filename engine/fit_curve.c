/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cdfs of components at edges, and their derivatives by the places of theta. */
#include "fit_curve.h"

#include "distribution.h"
#include "normal_tail.h"

#include <math.h>

#define DIFFERENCE 1e-5 /* step of a central difference, where no derivative is known */

size_t weir_fit_edge_from(const double *edge, size_t n, double x)
{
    size_t from = 0, to = n;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (edge[middle] >= x)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

/* --- parts and components -------------------------------------------------------------------- */

void weir_fit_part_component(const struct weir_fit_part *part, const double *theta,
                             struct weir_component *component)
{
    double *p = component->parameter;
    *component = (struct weir_component){.kind = part->kind};
    switch (part->kind) {
    case WEIR_UNIFORM:
    case WEIR_N_KINDS:
        p[0] = part->loc;
        p[1] = part->scale;
        break;
    case WEIR_NORM:
        p[0] = sinh(theta[1]);
        p[1] = exp(theta[2]);
        break;
    case WEIR_GENPARETO:
        p[0] = exp(part->classic ? theta[1] : theta[2]);
        p[1] = part->loc;
        p[2] = part->classic ? p[0] * p[1] : exp(theta[1]);
        break;
    case WEIR_LOGNORM:
    case WEIR_GAMMA:
    case WEIR_WEIBULL_MIN:
        p[0] = exp(theta[2]);
        p[2] = exp(theta[1]);
        break;
    }
}

bool weir_fit_part_of(const struct weir_component *component, struct weir_fit_part *part,
                      double *theta)
{
    const double *p = component->parameter;
    *part = (struct weir_fit_part){.kind = component->kind};
    theta[0] = log(component->weight);
    theta[1] = theta[2] = 0;
    switch (part->kind) {
    case WEIR_UNIFORM:
    case WEIR_N_KINDS:
        part->loc = p[0];
        part->scale = p[1];
        return true;
    case WEIR_NORM:
        theta[1] = asinh(p[0]);
        theta[2] = log(p[1]);
        return true;
    case WEIR_GENPARETO:
        part->loc = p[1];
        part->classic = p[1] > 0 && fabs(p[2] - p[0] * p[1]) <= 1e-12 * p[2];
        theta[1] = log(part->classic ? p[0] : p[2]);
        theta[2] = part->classic ? 0 : log(p[0]);
        return p[0] > 0;
    case WEIR_LOGNORM:
    case WEIR_GAMMA:
    case WEIR_WEIBULL_MIN:
        theta[1] = log(p[2]);
        theta[2] = log(p[0]);
        return p[1] == 0;
    }
    return false;
}

/* --- curves ---------------------------------------------------------------------------------- */

static void fill_uniform(const struct weir_fit_edges *edges, const struct weir_fit_part *part,
                         struct weir_fit_curve *curve)
{
    const double end = part->loc + part->scale;
    curve->upper = weir_fit_edge_from(edges->x, edges->n, end);
    curve->from = weir_fit_edge_from(edges->x, edges->n, part->loc);
    curve->to = curve->upper;
    for (size_t e = curve->from; e < curve->to; e++)
        curve->tail[e] = (edges->x[e] - part->loc) / part->scale;
    curve->mean = part->loc + part->scale / 2;
}

/* The normal distribution of `x`, which are the edges or their logarithms. */
static void fill_normal(const struct weir_fit_edges *edges, const double *x, double mean,
                        double sigma, struct weir_fit_curve *curve)
{
    const double reach = WEIR_NORMAL_TAIL_LIMIT * sigma;
    curve->from = weir_fit_edge_from(x, edges->n, mean - reach);
    curve->to = weir_fit_edge_from(x, edges->n, mean + reach);
    curve->upper = weir_fit_edge_from(x, edges->n, mean);
    const size_t from = curve->from;
    edges->kernels->normal_tail->fill(x + from, curve->to - from, mean, 1 / sigma,
                                      curve->tail + from, curve->slope0 + from,
                                      curve->slope1 + from);
    curve->factor0 = -1 / sigma;
    curve->factor1 = -1;
}

static void fill_norm(const struct weir_fit_edges *edges, const double *theta,
                      struct weir_fit_curve *curve)
{
    const double mean = sinh(theta[1]);
    fill_normal(edges, edges->x, mean, exp(theta[2]), curve);
    curve->factor0 *= cosh(theta[1]);
    curve->mean = mean;
    curve->mean_slope0 = mean != 0 ? cosh(theta[1]) / mean : 0;
}

static void fill_lognormal(const struct weir_fit_edges *edges, const double *theta,
                           struct weir_fit_curve *curve)
{
    const double sigma = exp(theta[2]);
    fill_normal(edges, edges->ln_x, theta[1], sigma, curve);
    curve->mean = exp(theta[1] + sigma * sigma / 2);
    curve->mean_slope0 = 1;
    curve->mean_slope1 = sigma * sigma;
}

/* 1 - F = exp(-u), u = (x / scale)^c. */
static void fill_weibull(const struct weir_fit_edges *edges, const double *theta,
                         struct weir_fit_curve *curve)
{
    const double c = exp(theta[2]), median = theta[1] + log(log(2)) / c;
    curve->upper = weir_fit_edge_from(edges->ln_x, edges->n, median);
    for (size_t e = 0; e < edges->n; e++) {
        const double z = c * (edges->ln_x[e] - theta[1]);
        const double u = z < -60 ? 0 : exp(z), above = z > 7 ? 0 : exp(-u);
        curve->tail[e] = e < curve->upper ? -expm1(-u) : -above;
        curve->slope0[e] = above * u;
        curve->slope1[e] = u > 0 ? above * u * z : 0;
    }
    curve->factor0 = -c;
    curve->factor1 = 1;
    curve->mean = exp(theta[1] + lgamma(1 + 1 / c));
    /* The C library has no digamma function. */
    curve->mean_slope0 = 1;
    curve->mean_slope1 = (lgamma(1 + exp(DIFFERENCE) / c) - lgamma(1 + exp(-DIFFERENCE) / c)) /
                         (2 * DIFFERENCE) * -1;
}

/* 1 - F = (1 + u)^(-1 / xi), u = xi (x - loc) / scale. For a classic one 1 + u = x / loc. */
static void fill_pareto(const struct weir_fit_edges *edges, const struct weir_fit_part *part,
                        const double *theta, struct weir_fit_curve *curve)
{
    const double xi = exp(part->classic ? theta[1] : theta[2]);
    const double scale = part->classic ? xi * part->loc : exp(theta[1]);
    const double median = part->loc + scale * expm1(xi * log(2)) / xi;
    curve->from = weir_fit_edge_from(edges->x, edges->n, part->loc);
    curve->upper = weir_fit_edge_from(edges->x, edges->n, median);
    for (size_t e = curve->from; e < edges->n; e++) {
        const double u = xi * (edges->x[e] - part->loc) / scale;
        const double hazard = log1p(u) / xi, above = exp(-hazard), share = u / (1 + u) / xi;
        curve->tail[e] = e < curve->upper ? -expm1(-hazard) : -above;
        curve->slope0[e] = above * (part->classic ? hazard : share);
        curve->slope1[e] = above * (hazard - share);
    }
    curve->factor0 = -1;
    curve->factor1 = part->classic ? 0 : -1;
    curve->mean = INFINITY;
    if (xi >= 1)
        return;
    curve->mean = part->loc + scale / (1 - xi);
    const double excess = scale / ((1 - xi) * curve->mean); /* of the mean, over loc */
    curve->mean_slope0 = part->classic ? excess / (1 - xi) : excess;
    curve->mean_slope1 = part->classic ? 0 : excess * xi / (1 - xi);
}

/* d cdf / d ln a of the gamma distribution has no simple form. Beyond a + 13 sqrt(a) + 90 scales
 * what is left is below 1e-36. */
static void fill_gamma(const struct weir_fit_edges *edges, const struct weir_fit_part *part,
                       const double *theta, struct weir_fit_curve *curve)
{
    struct weir_component here, less, more;
    double shifted[WEIR_FIT_PLACES] = {0, theta[1], theta[2] - DIFFERENCE};
    weir_fit_part_component(part, theta, &here);
    weir_fit_part_component(part, shifted, &less);
    shifted[2] = theta[2] + DIFFERENCE;
    weir_fit_part_component(part, shifted, &more);
    const double a = here.parameter[0], reach = a + 13 * sqrt(a) + 90;
    curve->upper = weir_fit_edge_from(edges->x, edges->n, weir_component_quantile(&here, 0.5));
    curve->to = weir_fit_edge_from(edges->x, edges->n, here.parameter[2] * reach);
    for (size_t e = 0; e < curve->to; e++) {
        const double x = edges->x[e];
        const bool lower = e < curve->upper;
        curve->tail[e] = lower ? weir_component_cdf(&here, x) : -weir_component_sf(&here, x);
        curve->slope0[e] = x > 0 ? x * weir_component_pdf(&here, x) : 0;
        curve->slope1[e] = lower ? weir_component_cdf(&more, x) - weir_component_cdf(&less, x)
                                 : weir_component_sf(&less, x) - weir_component_sf(&more, x);
    }
    curve->factor0 = -1;
    curve->factor1 = 1 / (2 * DIFFERENCE);
    curve->mean = weir_component_mean(&here);
    curve->mean_slope0 = 1;
    curve->mean_slope1 = 1;
}

void weir_fit_curve_fill(const struct weir_fit_edges *edges, const struct weir_fit_part *part,
                         const double *theta, struct weir_fit_curve *curve)
{
    curve->from = 0;
    curve->to = edges->n;
    curve->factor0 = curve->factor1 = 0;
    curve->mean_slope0 = curve->mean_slope1 = 0;
    switch (part->kind) {
    case WEIR_NORM:
        fill_norm(edges, theta, curve);
        break;
    case WEIR_LOGNORM:
        fill_lognormal(edges, theta, curve);
        break;
    case WEIR_GENPARETO:
        fill_pareto(edges, part, theta, curve);
        break;
    case WEIR_GAMMA:
        fill_gamma(edges, part, theta, curve);
        break;
    case WEIR_WEIBULL_MIN:
        fill_weibull(edges, theta, curve);
        break;
    case WEIR_UNIFORM:
    case WEIR_N_KINDS:
        fill_uniform(edges, part, curve);
        break;
    }
}
