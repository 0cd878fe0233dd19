/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_optimise: minima that are known, inside of boxes and on their faces. */
#include "check.h"
#include "fit_optimise.h"

#include <math.h>

#define N_MAX 20

static double lower[N_MAX], upper[N_MAX], x[N_MAX];
static unsigned n_calls;

static void set_box(size_t n, double low, double high)
{
    for (size_t i = 0; i < n; i++) {
        lower[i] = low;
        upper[i] = high;
    }
}

static double minimise(size_t n, weir_optimise_value *value, unsigned n_iterations)
{
    const struct weir_optimise optimise = {.n = n,
                                           .lower = lower,
                                           .upper = upper,
                                           .value = value,
                                           .n_iterations = n_iterations,
                                           .context = &n,
                                           .tolerance = 1e-15,
                                           .longest_step = 1};
    double *workspace = malloc(weir_optimise_workspace_bytes(n));
    cr_assert(workspace != NULL);
    n_calls = 0;
    const double least = weir_optimise_run(&optimise, x, workspace, NULL);
    free(workspace);
    for (size_t i = 0; i < n; i++)
        cr_assert(x[i] >= lower[i] && x[i] <= upper[i]);
    return least;
}

static double rosenbrock(void *context, const double *point, double *gradient)
{
    const size_t n = *(const size_t *)context;
    double sum = 0;
    n_calls++;
    memset(gradient, 0, n * sizeof *gradient);
    for (size_t i = 0; i + 1 < n; i++) {
        const double a = point[i + 1] - point[i] * point[i], b = 1 - point[i];
        sum += 100 * a * a + b * b;
        gradient[i] += -400 * a * point[i] - 2 * b;
        gradient[i + 1] += 200 * a;
    }
    return sum;
}

Test(fit_optimise, rosenbrock)
{
    for (size_t n = 2; n <= N_MAX; n += 3) {
        set_box(n, -INFINITY, INFINITY);
        for (size_t i = 0; i < n; i++)
            x[i] = i % 2 == 0 ? -1.2 : 1;
        const double least = minimise(n, rosenbrock, 1000);
        cr_assert(least < 1e-10, "%zu variables: %g", n, least);
        cr_assert(n_calls < 400, "%zu variables: %u values", n, n_calls);
    }
}

/* With x <= 1/2 the minimum is at (1/2, 1/4). */
Test(fit_optimise, rosenbrock_in_a_box)
{
    set_box(2, -2, 0.5);
    x[0] = -1.2;
    x[1] = 9; /* out of the box */
    const double least = minimise(2, rosenbrock, 200);
    cr_assert(fabs(least - 0.25) < 1e-9 && x[0] == 0.5 && fabs(x[1] - 0.25) < 1e-6, "%g at %g, %g",
              least, x[0], x[1]);
}

/* sum c_i (x_i - i)^2 with curvatures 1 .. 1e6. */
static double bowl(void *context, const double *point, double *gradient)
{
    const size_t n = *(const size_t *)context;
    double sum = 0;
    n_calls++;
    for (size_t i = 0; i < n; i++) {
        const double away = point[i] - (double)i, curvature = pow(1e6, (double)i / (double)n);
        sum += curvature * away * away;
        gradient[i] = 2 * curvature * away;
    }
    return sum;
}

Test(fit_optimise, corner_of_a_box)
{
    set_box(12, 2.5, 7.25);
    memset(x, 0, sizeof x);
    minimise(12, bowl, 500);
    for (size_t i = 0; i < 12; i++) {
        const double want = fmin(fmax((double)i, 2.5), 7.25);
        cr_assert(fabs(x[i] - want) < 1e-6, "x[%zu] = %g", i, x[i]);
    }
}

Test(fit_optimise, fixed_variables_stay)
{
    set_box(6, -INFINITY, INFINITY);
    lower[2] = upper[2] = 5;
    memset(x, 0, sizeof x);
    minimise(6, bowl, 500);
    for (size_t i = 0; i < 6; i++)
        cr_assert(fabs(x[i] - (i == 2 ? 5 : (double)i)) < 1e-6);
}

static double logarithm(void *context, const double *point, double *gradient)
{
    (void)context;
    n_calls++;
    gradient[0] = 1 - 1 / point[0]; /* nan or infinite outside */
    return point[0] > 0 ? point[0] - log(point[0]) : NAN;
}

Test(fit_optimise, steps_back_from_where_there_is_no_value)
{
    set_box(1, -INFINITY, INFINITY);
    x[0] = 30;
    minimise(1, logarithm, 200);
    cr_assert(fabs(x[0] - 1) < 1e-6, "%g", x[0]);
}

Test(fit_optimise, no_iteration_and_no_slope)
{
    set_box(2, -INFINITY, INFINITY);
    x[0] = x[1] = 1;
    cr_assert(minimise(2, rosenbrock, 50) == 0 && n_calls == 1);
    x[0] = 3;
    cr_assert(minimise(2, rosenbrock, 0) > 0 && x[0] == 3);
}
