/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long step out of two steps of EM: squared extrapolation, scheme S3 of Varadhan and Roland,
 * "Simple and globally convergent methods for accelerating the convergence of any EM algorithm"
 * (Scandinavian Journal of Statistics 35, 2008).
 *
 * With r = theta1 - theta0 and v = theta2 - 2 theta1 + theta0, it goes to theta0 - 2 a r + a^2 v,
 * a = -|r| / |v|, but at least to theta2 (a = -1), and not beyond a limit, which grows where it was
 * in the way of a rise and shrinks where there was none. theta are the places of fit_curve.h, so
 * that scales stay above 0, but weights are as they are: the logarithm of one that vanishes would
 * run away with the step. Whether the likelihood has risen is for the caller to see.
 */
#ifndef WEIR_FIT_SQUAREM_H
#define WEIR_FIT_SQUAREM_H

#include "mixture.h"

#include <stdbool.h>

/* The limit of steps so far; starts at 1. */
struct weir_squarem {
    double longest;
    bool was_limited; /* the last step was */
};

/* Writes to to[0 .. n) where the n components of three mixtures, each a step of EM after the one
 * before, lead; weights add up to what those of step[2] do. False, and `to` is spoilt, when there
 * is nowhere further to go: no change between them, components without places, or a result that is
 * not valid. `to` is none of the others. */
bool weir_squarem_extrapolate(struct weir_squarem *squarem,
                              const struct weir_component *const step[3], size_t n,
                              struct weir_component *to);

/* Tells whether the last step led up. */
void weir_squarem_learn(struct weir_squarem *squarem, bool rose);

#endif
