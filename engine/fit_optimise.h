/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Minima of smooth functions in a box: limited-memory BFGS with projection.
 *
 * Each step leaves out variables that stand at a bound and push against it, takes the direction of
 * the two-loop recursion (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4) in
 * the others, and searches along it with every trial point projected into the box. The result is a
 * point at which no value was higher before; nothing is allocated, and equal inputs give equal
 * results.
 *
 *     const struct weir_optimise optimise = {.n = n, .lower = lower, .upper = upper,
 *                                            .value = value, .context = &fit,
 *                                            .n_iterations = 100, .tolerance = 1e-9,
 *                                            .longest_step = 1};
 *     double *workspace = weir_mem_alloc(mem, weir_optimise_workspace_bytes(n));
 *     least = weir_optimise_run(&optimise, x, workspace, NULL);
 */
#ifndef WEIR_FIT_OPTIMISE_H
#define WEIR_FIT_OPTIMISE_H

#include <stdbool.h>
#include <stddef.h>

/* The value at x and its gradient, which is written to `gradient`; both have n places. */
typedef double weir_optimise_value(void *context, const double *x, double *gradient);

struct weir_optimise {
    size_t n;
    const double *lower, *upper; /* n bounds each; infinities are allowed */
    weir_optimise_value *value;
    void *context;
    unsigned n_iterations; /* at most */
    double tolerance;      /* stop when three steps in turn gain less each; a value, not a ratio */
    double longest_step;   /* of any variable in one step, above 0 */
    /* NULL, or called with the value after every step; false ends the run. */
    bool (*step)(void *context, unsigned n_steps, double value);
};

/* How a run went. */
struct weir_optimise_end {
    double value; /* the least one */
    unsigned n_iterations;
    double last_gain; /* of the last step */
    bool converged;   /* by the tolerance, or where no step leads down */
};

/* Bytes of workspace for n variables. */
size_t weir_optimise_workspace_bytes(size_t n);

/* Moves x, which is first put into the box, to a minimum near it, and returns the value there; *end
 * (NULL allowed) tells more.
 * `workspace` is of weir_optimise_workspace_bytes(n) and aligned for double. Any number of threads
 * with workspaces of their own. */
double weir_optimise_run(const struct weir_optimise *optimise, double *x, double *workspace,
                         struct weir_optimise_end *end);

#endif
