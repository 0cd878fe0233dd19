/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maximum likelihood of one distribution for weighted points, where it has no closed form.
 *
 * All functions return false, and leave `parameter` as it is, when there is no maximum: fewer than
 * two points with weight, say. They call GSL with its error handler off, and are leaves.
 */
#ifndef WEIR_FIT_MAXIMUM_H
#define WEIR_FIT_MAXIMUM_H

#include "em_mixture.h"

/* gamma: shape a and scale, from the weighted means of x (above 0) and of ln x. With s = ln(mean x)
 * - mean ln x, a solves ln a - digamma(a) = s, by Newton steps (Minka 2002, "Estimating a Gamma
 * distribution"). parameter: [a, 0, scale]. */
bool weir_fit_gamma(double mean_x, double mean_log_x, double *parameter);

/* weibull_min: shape c, the root of sum w x^c ln x / sum w x^c - 1 / c - mean ln x, and the scale
 * (mean x^c)^(1/c). `weight` has one value per point. parameter: [c, 0, scale]. */
bool weir_fit_weibull(const struct weir_em_points *points, const double *weight, double *parameter);

/* genpareto with parameter[1] = loc given, of points from loc on: with t = c / scale the likelihood
 * is largest for c = mean ln(1 + t (x - loc)), which leaves one unknown (Grimshaw 1993). c above 0
 * only: tails are wanted. parameter: [c, loc, scale]. */
bool weir_fit_genpareto(const struct weir_em_points *points, const double *weight,
                        double *parameter);

#endif
