/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roots and minima in one unknown. */
#include "fit_maximum.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

#define STEPS_MAX 200
#define PRECISE   1e-13

/* --- gamma ----------------------------------------------------------------------------------- */

bool weir_fit_gamma(double mean_x, double mean_log_x, double *parameter)
{
    const double s = log(mean_x) - mean_log_x;
    if (!(s > 0) || !isfinite(s))
        return false;
    double a = (3 - s + sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s);
    for (int i = 0; i < STEPS_MAX; i++) {
        const double error = log(a) - gsl_sf_psi(a) - s;
        const double inverse = 1 / a + error / (a * (1 - a * gsl_sf_psi_1(a)));
        const double next = inverse > 0 ? 1 / inverse : a / 2;
        const bool done = fabs(next - a) <= PRECISE * a;
        a = next;
        if (done)
            break;
    }
    if (!(a > 0) || !isfinite(a))
        return false;
    parameter[0] = a;
    parameter[1] = 0;
    parameter[2] = mean_x / a;
    return true;
}

/* --- what the others share ------------------------------------------------------------------- */

struct weighted {
    const struct weir_em_points *points;
    const double *weight;
    size_t begin, end; /* points that count */
    double loc;        /* of genpareto */
    double sum, log_x; /* of the weights; mean ln x */
    double top;        /* largest ln x with weight: powers are of x / e^top */
};

/* Sums up; false when fewer than two points have weight. */
static bool weigh(struct weighted *w)
{
    size_t n = 0;
    w->top = -DBL_MAX;
    for (size_t i = w->begin; i < w->end; i++) {
        if (!(w->weight[i] > 0))
            continue;
        n++;
        w->sum += w->weight[i];
        w->log_x += w->weight[i] * w->points->log_x[i];
        w->top = w->points->log_x[i];
    }
    w->log_x /= w->sum;
    return n >= 2 && isfinite(w->sum) && w->sum > 0;
}

/* The root of f between lo and hi, where it has different signs. */
static bool find_root(gsl_function *f, double lo, double hi, double *root)
{
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (solver == NULL)
        return false;
    int status = gsl_root_fsolver_set(solver, f, lo, hi);
    for (int i = 0; i < STEPS_MAX && status == GSL_SUCCESS; i++) {
        status = gsl_root_fsolver_iterate(solver);
        if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
                                   gsl_root_fsolver_x_upper(solver), 0, PRECISE) == GSL_SUCCESS)
            break;
    }
    *root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return status == GSL_SUCCESS;
}

/* --- weibull_min ----------------------------------------------------------------------------- */

/* sum w x^c ln x / sum w x^c - 1 / c - mean ln x rises with c. */
static double weibull_error(double c, void *context)
{
    const struct weighted *w = context;
    double sum = 0;
    double sum_log = 0;
    for (size_t i = w->begin; i < w->end; i++) {
        const double power = w->weight[i] * exp(c * (w->points->log_x[i] - w->top));
        sum += power;
        sum_log += power * w->points->log_x[i];
    }
    return sum_log / sum - 1 / c - w->log_x;
}

bool weir_fit_weibull(const struct weir_em_points *points, const double *weight, double *parameter)
{
    struct weighted w = {.points = points, .weight = weight, .end = points->n};
    gsl_function f = {.function = weibull_error, .params = &w};
    double lo = parameter[0] > 0 ? parameter[0] : 1;
    double hi = lo;
    double c = 0;
    if (!weigh(&w))
        return false;
    for (int i = 0; i < STEPS_MAX && weibull_error(lo, &w) > 0; i++)
        lo /= 2;
    for (int i = 0; i < STEPS_MAX && weibull_error(hi, &w) < 0; i++)
        hi *= 2;
    if (!isfinite(hi) || !(lo > 0) || !find_root(&f, lo, hi, &c))
        return false;
    double sum = 0;
    for (size_t i = 0; i < points->n; i++)
        sum += weight[i] * exp(c * (points->log_x[i] - w.top));
    const double scale = exp(w.top + log(sum / w.sum) / c);
    if (!isfinite(scale) || !(scale > 0))
        return false;
    parameter[0] = c;
    parameter[1] = 0;
    parameter[2] = scale;
    return true;
}

/* --- genpareto ------------------------------------------------------------------------------- */

static double genpareto_shape(const struct weighted *w, double t)
{
    double sum = 0;
    for (size_t i = w->begin; i < w->end; i++)
        sum += w->weight[i] * log1p(t * (w->points->x[i] - w->loc));
    return sum / w->sum;
}

/* Minus the mean log-likelihood at its best c, less 1: ln(scale) + c, scale = c / t. */
static double genpareto_loss(double log_t, void *context)
{
    const double t = exp(log_t);
    const double c = genpareto_shape(context, t);
    return log(c / t) + c;
}

/* Walks down from `at` in steps that double, until the middle of three is lowest. */
static bool bracket(gsl_function *f, double at, double *lo, double *middle, double *hi)
{
    double step = 0.5;
    double here = GSL_FN_EVAL(f, at);
    double next = GSL_FN_EVAL(f, at + step);
    if (next > here) {
        step = -step;
        next = GSL_FN_EVAL(f, at + step);
    }
    double behind = at - step;
    for (int i = 0; i < 12; i++) {
        if (next > here) {
            *middle = at;
            *lo = fmin(behind, at + step);
            *hi = fmax(behind, at + step);
            return GSL_FN_EVAL(f, behind) > here;
        }
        behind = at;
        at += step;
        here = next;
        step *= 2;
        next = GSL_FN_EVAL(f, at + step);
    }
    return false;
}

static bool find_minimum(gsl_function *f, double start, double *at)
{
    double lo = 0;
    double hi = 0;
    if (!bracket(f, start, &lo, at, &hi))
        return false;
    gsl_min_fminimizer *solver = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (solver == NULL)
        return false;
    int status = gsl_min_fminimizer_set(solver, f, *at, lo, hi);
    for (int i = 0; i < STEPS_MAX && status == GSL_SUCCESS; i++) {
        status = gsl_min_fminimizer_iterate(solver);
        if (gsl_min_test_interval(gsl_min_fminimizer_x_lower(solver),
                                  gsl_min_fminimizer_x_upper(solver), 1e-9, 1e-9) == GSL_SUCCESS)
            break;
    }
    *at = gsl_min_fminimizer_x_minimum(solver);
    gsl_min_fminimizer_free(solver);
    return status == GSL_SUCCESS;
}

bool weir_fit_genpareto(const struct weir_em_points *points, const double *weight,
                        double *parameter)
{
    struct weighted w = {.points = points, .weight = weight, .end = points->n, .loc = parameter[1]};
    gsl_function f = {.function = genpareto_loss, .params = &w};
    while (w.begin < w.end && points->x[w.begin] < w.loc)
        w.begin++;
    double log_t = log(parameter[0] / parameter[2]);
    if (!weigh(&w) || !isfinite(log_t) || !find_minimum(&f, log_t, &log_t))
        return false;
    const double c = genpareto_shape(&w, exp(log_t));
    const double scale = c / exp(log_t);
    if (!(c > 0) || !(scale > 0) || !isfinite(scale))
        return false;
    parameter[0] = c;
    parameter[2] = scale;
    return true;
}
