/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Projected L-BFGS. The line search wants a sufficient decrease (Armijo) and doubles steps that end
 * on a slope as steep as before, so that most pairs have a positive curvature; others are dropped.
 */
#include "fit_optimise.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define N_PAIRS     10
#define N_TRIALS    20
#define SUFFICIENT  1e-4
#define STILL_STEEP 0.9
#define FIRST_STEP  0.1 /* longest change of a variable before curvature is known */
#define SMALL_STEPS 3

struct run {
    const struct weir_optimise *optimise;
    size_t n;
    double *x, *gradient;           /* where we are */
    double *trial, *trial_gradient; /* along the line */
    double *best, *best_gradient;
    double *direction;
    double *s, *y; /* N_PAIRS differences of x and of the gradient, a ring */
    double curvature[N_PAIRS];
    size_t n_pairs, newest;
};

size_t weir_optimise_workspace_bytes(size_t n)
{
    return (7 + 2 * N_PAIRS) * (n + 1) * sizeof(double);
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* True when x[i] stands at a bound and lower values lie beyond it. */
static bool is_held(const struct run *run, size_t i)
{
    return (run->x[i] <= run->optimise->lower[i] && run->gradient[i] >= 0) ||
           (run->x[i] >= run->optimise->upper[i] && run->gradient[i] <= 0);
}

static void hold(const struct run *run, double *vector)
{
    for (size_t i = 0; i < run->n; i++)
        if (is_held(run, i))
            vector[i] = 0;
}

/* direction = -H gradient for the free variables. */
static void two_loops(struct run *run)
{
    double alpha[N_PAIRS], *d = run->direction;
    for (size_t i = 0; i < run->n; i++)
        d[i] = -run->gradient[i];
    hold(run, d);
    for (size_t j = 0; j < run->n_pairs; j++) {
        const size_t p = (run->newest + N_PAIRS - j) % N_PAIRS;
        alpha[p] = dot(run->s + p * run->n, d, run->n) / run->curvature[p];
        for (size_t i = 0; i < run->n; i++)
            d[i] -= alpha[p] * run->y[p * run->n + i];
    }
    if (run->n_pairs > 0) {
        const double *y = run->y + run->newest * run->n;
        const double scale = run->curvature[run->newest] / dot(y, y, run->n);
        for (size_t i = 0; i < run->n; i++)
            d[i] *= scale;
    }
    for (size_t j = run->n_pairs; j-- > 0;) {
        const size_t p = (run->newest + N_PAIRS - j) % N_PAIRS;
        const double beta = dot(run->y + p * run->n, d, run->n) / run->curvature[p];
        for (size_t i = 0; i < run->n; i++)
            d[i] += (alpha[p] - beta) * run->s[p * run->n + i];
    }
    hold(run, d);
}

static double longest(const double *vector, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(vector[i]));
    return most;
}

/* Sets the direction, and returns the first step to try; 0 at a minimum. */
static double choose_direction(struct run *run)
{
    two_loops(run);
    if (run->n_pairs > 0 && !(dot(run->direction, run->gradient, run->n) < 0)) {
        run->n_pairs = 0;
        two_loops(run);
    }
    const double most = longest(run->direction, run->n);
    if (!(most > 0) || !isfinite(most))
        return 0;
    const double limit = run->n_pairs == 0 ? FIRST_STEP : run->optimise->longest_step;
    return most > limit ? limit / most : 1;
}

static double try_step(struct run *run, double step)
{
    for (size_t i = 0; i < run->n; i++)
        run->trial[i] = clamp(run->x[i] + step * run->direction[i], run->optimise->lower[i],
                              run->optimise->upper[i]);
    return run->optimise->value(run->optimise->context, run->trial, run->trial_gradient);
}

/* gradient . (point - x) */
static double slope_to(const struct run *run, const double *point)
{
    double sum = 0;
    for (size_t i = 0; i < run->n; i++)
        sum += run->gradient[i] * (point[i] - run->x[i]);
    return sum;
}

static void swap(double **a, double **b)
{
    double *keep = *a;
    *a = *b;
    *b = keep;
}

/* Leaves the point found in best; false when no step goes down. */
static bool search_line(struct run *run, double value, double step, double *found)
{
    const double most = longest(run->direction, run->n);
    bool down = false;
    for (int trial = 0; trial < N_TRIALS; trial++) {
        const double here = try_step(run, step);
        const double slope = slope_to(run, run->trial);
        if (!(here <= value + SUFFICIENT * slope) || (down && here >= *found)) {
            if (down)
                return true;
            const double bend = isfinite(here) ? 2 * (here - value - slope) : 0;
            step *= bend > 0 && slope < 0 ? clamp(-slope / bend, 0.1, 0.5) : 0.2;
            continue;
        }
        swap(&run->trial, &run->best);
        swap(&run->trial_gradient, &run->best_gradient);
        *found = here;
        down = true;
        const double steep = dot(run->best_gradient, run->direction, run->n);
        if (steep >= STILL_STEEP * dot(run->gradient, run->direction, run->n) ||
            2 * step * most > run->optimise->longest_step)
            return true;
        step *= 2;
    }
    return down;
}

/* Goes to best, and keeps the pair of differences where its curvature is positive. */
static void go(struct run *run)
{
    const size_t p = run->n_pairs == 0 ? 0 : (run->newest + 1) % N_PAIRS, n = run->n;
    double *s = run->s + p * n, *y = run->y + p * n;
    for (size_t i = 0; i < n; i++) {
        s[i] = run->best[i] - run->x[i];
        y[i] = run->best_gradient[i] - run->gradient[i];
    }
    const double curvature = dot(s, y, n);
    if (curvature > 1e-12 * sqrt(dot(s, s, n) * dot(y, y, n)) && curvature > 0) {
        run->curvature[p] = curvature;
        run->newest = p;
        run->n_pairs += run->n_pairs < N_PAIRS;
    }
    swap(&run->x, &run->best);
    swap(&run->gradient, &run->best_gradient);
}

/* Steps down from run->x until one of the ends comes; end->value has the value at run->x. */
static void descend(struct run *run, struct weir_optimise_end *end)
{
    const struct weir_optimise *optimise = run->optimise;
    unsigned n_small = 0;
    while (end->n_iterations < optimise->n_iterations && n_small < SMALL_STEPS) {
        double found = end->value;
        const double step = choose_direction(run);
        const bool down = step > 0 && search_line(run, end->value, step, &found);
        end->n_iterations++;
        if (!down && (step == 0 || run->n_pairs == 0)) {
            end->converged = true;
            return;
        }
        if (!down) {
            run->n_pairs = 0; /* once more, along the gradient */
            continue;
        }
        end->last_gain = end->value - found;
        n_small = end->last_gain < optimise->tolerance ? n_small + 1 : 0;
        end->value = found;
        go(run);
        if (optimise->step != NULL &&
            !optimise->step(optimise->context, end->n_iterations, end->value))
            return;
    }
    end->converged = n_small == SMALL_STEPS;
}

double weir_optimise_run(const struct weir_optimise *optimise, double *x, double *workspace,
                         struct weir_optimise_end *end)
{
    const size_t n = optimise->n;
    struct weir_optimise_end unwanted;
    struct run run = {.optimise = optimise, .n = n};
    double **const arrays[] = {&run.x,    &run.gradient,      &run.trial,    &run.trial_gradient,
                               &run.best, &run.best_gradient, &run.direction};
    const size_t n_arrays = sizeof arrays / sizeof *arrays;
    for (size_t a = 0; a < n_arrays; a++)
        *arrays[a] = workspace + a * n;
    run.s = workspace + n_arrays * n;
    run.y = run.s + N_PAIRS * n;
    for (size_t i = 0; i < n; i++)
        run.x[i] = clamp(x[i], optimise->lower[i], optimise->upper[i]);
    end = end != NULL ? end : &unwanted;
    *end = (struct weir_optimise_end){.value =
                                          optimise->value(optimise->context, run.x, run.gradient)};
    descend(&run, end);
    memcpy(x, run.x, n * sizeof *x);
    return end->value;
}
