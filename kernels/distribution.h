/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions of components and of mixtures: density, both tails, quantile and mean.
 *
 * Parameters and supports are those of scipy: uniform is closed at both ends, genpareto with c < 0
 * ends at loc - scale / c, all but norm begin at loc. The survival function is as exact in its tail
 * as the cdf is in the other one; where both are near 1 or 0, take differences of the smaller.
 *
 *     const double p = weir_mixture_sf(&mixture, 1e9);       P(X > 1e9)
 *     const double median = weir_mixture_quantile(&mixture, 0.5);
 *
 * Components must be valid (weir_component_is_valid). NaN in gives NaN out. Everything here is a
 * leaf and may be called from any thread, once gsl_set_error_handler_off() has been called: GSL
 * would else abort where a result underflows.
 */
#ifndef WEIR_DISTRIBUTION_H
#define WEIR_DISTRIBUTION_H

#include "mixture.h"

/* What flow-models calls the pdf at a whole number is its probability, P(x - 1 < X <= x), below
 * this, with all that lies above 0 for the smallest one, and the density from here on. */
#define WEIR_PDF_WHOLE_BELOW 1024

/* --- one component, its weight left aside ---------------------------------------------------- */

/* Density at x: 0 outside the support, INFINITY at a pole such as loc of gamma with a < 1. */
double weir_component_pdf(const struct weir_component *component, double x);

/* P(X <= x) and P(X > x). */
double weir_component_cdf(const struct weir_component *component, double x);
double weir_component_sf(const struct weir_component *component, double x);

/* P(a < X <= b) for a <= b, as the difference of the smaller tails: cdfs near 1 would cancel. */
double weir_component_between(const struct weir_component *component, double a, double b);

/* The x where the cdf is p, for p in [0, 1] (else NaN); 0 and 1 give the ends of the support. That
 * of gamma is found by bisection, 64 steps. */
double weir_component_quantile(const struct weir_component *component, double p);

/* INFINITY for genpareto with c >= 1. */
double weir_component_mean(const struct weir_component *component);

/* --- mixtures, their weights made to add up to 1 --------------------------------------------- */

/* As above; NaN for an empty mixture, or one whose weights are all 0. Components of weight 0 do not
 * count, neither for the mean nor for the ends of the support. The quantile is the smallest number
 * whose cdf reaches p, at jumps and gaps too; it takes 64 steps. */
double weir_mixture_pdf(const struct weir_mixture *mixture, double x);
double weir_mixture_cdf(const struct weir_mixture *mixture, double x);
double weir_mixture_sf(const struct weir_mixture *mixture, double x);
double weir_mixture_between(const struct weir_mixture *mixture, double a, double b);
double weir_mixture_quantile(const struct weir_mixture *mixture, double p);
double weir_mixture_mean(const struct weir_mixture *mixture);

#endif
