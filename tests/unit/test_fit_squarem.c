/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_squarem: where a sequence that converges linearly ends; when there is nowhere to go. */
#include "check.h"
#include "fit_squarem.h"

#include <math.h>

TestSuite(fit_squarem);

static bool extrapolate(const struct weir_component *a, const struct weir_component *b,
                        const struct weir_component *c, size_t n, struct weir_component *to)
{
    const struct weir_component *const step[] = {a, b, c};
    return weir_squarem_extrapolate(&(struct weir_squarem){.longest = 1e9}, step, n, to);
}

/* ln scale of step i: 5 - 0.9^i, which ends at 5. */
static struct weir_component step(int i)
{
    return (struct weir_component){0.5, WEIR_LOGNORM, {1, 0, exp(5 - pow(0.9, i))}};
}

Test(fit_squarem, finds_the_end_of_a_linear_sequence)
{
    const struct weir_component a = step(0), b = step(1), c = step(2);
    struct weir_component to;
    cr_assert(extrapolate(&a, &b, &c, 1, &to));
    cr_assert(fabs(log(to.parameter[2]) - 5) < 1e-12, "%.17g", log(to.parameter[2]));
    cr_assert(to.weight == 0.5 && to.parameter[0] == 1 && to.kind == WEIR_LOGNORM);
}

/* Steps that grow: a = -|r| / |v| would be short of the second step. */
Test(fit_squarem, goes_at_least_as_far_as_two_steps)
{
    const struct weir_component a = {1, WEIR_LOGNORM, {1, 0, exp(1)}},
                                b = {1, WEIR_LOGNORM, {1, 0, exp(1.1)}},
                                c = {1, WEIR_LOGNORM, {1, 0, exp(1.5)}};
    struct weir_component to;
    cr_assert(extrapolate(&a, &b, &c, 1, &to));
    cr_assert(fabs(log(to.parameter[2]) - 1.5) < 1e-12);
}

Test(fit_squarem, weights_add_up_as_before)
{
    const struct weir_component a[] = {{0.5, WEIR_UNIFORM, {0, 1}}, {0.4, WEIR_UNIFORM, {0, 2}}},
                                b[] = {{0.3, WEIR_UNIFORM, {0, 1}}, {0.6, WEIR_UNIFORM, {0, 2}}},
                                c[] = {{0.2, WEIR_UNIFORM, {0, 1}}, {0.7, WEIR_UNIFORM, {0, 2}}};
    struct weir_component to[2];
    cr_assert(extrapolate(a, b, c, 2, to));
    cr_assert(fabs(to[0].weight + to[1].weight - 0.9) < 1e-12);
    cr_assert(to[0].weight < 0.2 && to[0].weight > 0);
}

Test(fit_squarem, nowhere_to_go)
{
    const struct weir_component still = step(3), pareto = {1, WEIR_GENPARETO, {-1, 1, 1}};
    struct weir_component to;
    cr_assert_not(extrapolate(&still, &still, &still, 1, &to));
    cr_assert_not(extrapolate(&pareto, &pareto, &pareto, 1, &to));
}

/* The sequence asks for a = -10; limits of 1, 4 and 16 come in turn while it goes up. */
Test(fit_squarem, the_limit_grows_and_shrinks)
{
    const struct weir_component a = step(0), b = step(1), c = step(2);
    const struct weir_component *const steps[] = {&a, &b, &c};
    struct weir_squarem squarem = {.longest = 1};
    struct weir_component to;
    double ends[3];
    for (int i = 0; i < 3; i++) {
        cr_assert(weir_squarem_extrapolate(&squarem, steps, 1, &to));
        ends[i] = log(to.parameter[2]);
        weir_squarem_learn(&squarem, true);
    }
    cr_assert(fabs(ends[0] - log(c.parameter[2])) < 1e-12);
    cr_assert(fabs(ends[1] - (4 + 8 * 0.1 - 16 * 0.01)) < 1e-12, "%g", ends[1]);
    cr_assert(fabs(ends[2] - 5) < 1e-12 && squarem.longest == 16);
    for (int i = 0; i < 5; i++)
        weir_squarem_learn(&squarem, false);
    cr_assert(squarem.longest == 1);
}
