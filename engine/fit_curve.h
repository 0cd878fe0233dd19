/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Components as an optimiser moves them, and their cdfs at many points with two slopes.
 *
 * A component is a struct weir_fit_part, which stays, and WEIR_FIT_PLACES places of theta: the
 * logarithm of its weight but for a common factor, and up to two parameters that are free to move:
 *
 *     uniform              none; place and width are fixed
 *     norm                 asinh mean, ln sigma
 *     lognorm              mu, ln sigma
 *     genpareto, classic   ln xi; loc is fixed, scale is xi * loc
 *     genpareto            ln scale, ln xi; loc is fixed
 *     gamma                ln scale, ln a
 *     weibull_min          ln scale, ln c
 *
 * All but uniforms move on scales of their own: a step of 1 is large anywhere.
 */
#ifndef WEIR_FIT_CURVE_H
#define WEIR_FIT_CURVE_H

#include "kernel.h"
#include "mixture.h"

#include <stdbool.h>
#include <stddef.h>

#define WEIR_FIT_PLACES 3 /* of theta for a component */

/* A component without what is in theta. */
struct weir_fit_part {
    enum weir_kind kind;
    double loc, scale; /* of a uniform; loc of a genpareto */
    bool classic;      /* of a genpareto */
};

/* The component in scipy's parameters, without its weight (0). */
void weir_fit_part_component(const struct weir_fit_part *part, const double *theta,
                             struct weir_component *component);

/* The other way round: part and theta of a component, ln of its weight included (-infinity for 0).
 * A genpareto is classic when its scale is xi * loc, but for rounding. False for what theta has no
 * place for: loc of a lognorm, gamma or weibull_min, or a genpareto with xi <= 0. */
bool weir_fit_part_of(const struct weir_component *component, struct weir_fit_part *part,
                      double *theta);

/* Where cdfs are wanted. */
struct weir_fit_edges {
    size_t n;
    const double *x;    /* ascending, from 0 on */
    const double *ln_x; /* their logarithms; -infinity for 0 */
    const struct weir_kernels *kernels;
};

/* The first edge of edge[0 .. n), which ascends, that is x or beyond; n when there is none. */
size_t weir_fit_edge_from(const double *edge, size_t n, double x);

/* Of one component at all edges: cdf up to `upper`, cdf - 1 from there on, and what d cdf / d place
 * is but for the factors. */
struct weir_fit_curve {
    double *tail, *slope0, *slope1; /* the caller's, edges->n each */
    size_t from, to; /* edges outside are 0 and not written, but `tail` for one on either side */
    size_t upper;
    double factor0, factor1;               /* 0: there is no such place */
    double mean, mean_slope0, mean_slope1; /* mean, and d ln(mean) / d(place); may be INFINITY */
};

/* Fills a curve whose arrays are set. gsl_set_error_handler_off() has been called; any thread. */
void weir_fit_curve_fill(const struct weir_fit_edges *edges, const struct weir_fit_part *part,
                         const double *theta, struct weir_fit_curve *curve);

#endif
