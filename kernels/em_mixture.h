/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectation of EM for mixtures: one fused pass over weighted points that gives, for every
 * component k, the sums over points of c = weight * w_k f_k / sum_j w_j f_j and of c times one or
 * two functions of the point, from which its new parameters follow.
 *
 * No matrix of points and components is written: blocks of WEIR_EM_BLOCK points pass through a
 * buffer that stays in the cache. What components are is boiled down to *forms*, w_k f_k being the
 * exponential of a linear or quadratic function of x or ln x, a constant, or values of a table:
 *
 *     weir_em_pass(ops, &points, form, n_forms, workspace, n_threads, sum, &log_likelihood);
 *
 * Sums are added up in an order that depends on the points alone, in all variants and on any number
 * of threads: results are equal in every bit.
 */
#ifndef WEIR_EM_MIXTURE_H
#define WEIR_EM_MIXTURE_H

#include "kernel.h"

#include <stdbool.h>
#include <stddef.h>

#define WEIR_EM_LANES     8   /* arrays of points are padded to multiples of this */
#define WEIR_EM_BLOCK     256 /* points at a time */
#define WEIR_EM_FORMS_MAX 256

/* Values of an array of `n` points. */
static inline size_t weir_em_padded(size_t n)
{
    return (n + WEIR_EM_LANES - 1) / WEIR_EM_LANES * WEIR_EM_LANES;
}

/* Points, ascending. All arrays have a multiple of WEIR_EM_LANES values, aligned to a cache line;
 * those from n on have x = 1, log_x = 0, weight = 0. */
struct weir_em_points {
    size_t n;
    const double *x;      /* finite, above 0 */
    const double *log_x;  /* natural logarithms */
    const double *weight; /* not negative */
};

enum weir_em_shape {
    WEIR_EM_CONSTANT, /* a */
    WEIR_EM_LOG_BELL, /* exp(a - ln x - (b (ln x - m))^2 / 2); sums of u = ln x - m and u^2 */
    WEIR_EM_BELL,     /* exp(a - (b (x - m))^2 / 2); sums of u = x - m and u^2 */
    WEIR_EM_POWER,    /* exp(a + b ln x + m x); sums of ln x and x */
    WEIR_EM_TABLE     /* value[i]; responsibilities are wanted */
};

/* w_k f_k of one component. */
struct weir_em_form {
    enum weir_em_shape shape;
    double a, b, m;
    size_t begin, end; /* it is 0 at points outside [begin, end) */
    bool has_first;    /* at point 0 it is `first` instead, which the range then holds */
    double first;
    const double *value; /* WEIR_EM_TABLE: as many as points */
    double *c;           /* or NULL: gets c of every point, as many as points */
};

struct weir_em_sum {
    double c, u,
        v; /* of c, c u and c u^2 (POWER: c ln x and c x); u, v only for the shapes above */
};

struct weir_em_mixture_ops {
    /* A block of n <= WEIR_EM_BLOCK points from `begin` (a multiple of WEIR_EM_LANES) on: writes
     * sum[0 .. n_forms). `buffer` has n_forms * WEIR_EM_BLOCK values. With log_likelihood it gets
     * the sum of weight * ln(sum_j w_j f_j), in which points where no component has mass count as
     * -745 * weight. Such points have c = 0. */
    void (*block)(const struct weir_em_points *points, size_t begin, size_t n,
                  const struct weir_em_form *form, size_t n_forms, double *buffer,
                  struct weir_em_sum *sum, double *log_likelihood);

    /* x[i] = 2^x[i], n a multiple of WEIR_EM_LANES; relative error below 3e-16 from -1022 to 1023.
     * Above it is 2^1023, from -1023 down and for NaN 0, between these something below 2^-1022. */
    void (*exp2)(double *x, size_t n);

    /* x[i] = ln(x[i]) of normal numbers above 0, likewise; relative error below 1e-15. */
    void (*log)(double *x, size_t n);
};

/* Values of workspace (double) for a pass; faster when aligned to a cache line. */
size_t weir_em_workspace(size_t n_points, size_t n_forms, int n_threads);

/* A pass over all points: sum[0 .. n_forms), and *log_likelihood unless it is NULL. n_forms is at
 * most WEIR_EM_FORMS_MAX. A shell: opens a parallel region when n_threads is above 1. */
void weir_em_pass(const struct weir_em_mixture_ops *ops, const struct weir_em_points *points,
                  const struct weir_em_form *form, size_t n_forms, double *workspace, int n_threads,
                  struct weir_em_sum *sum, double *log_likelihood);

#endif
