/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_curve: components there and back, and what has no place; cdfs are test_fit_binned's. */
#include "check.h"
#include "fit_curve.h"

#include <math.h>

TestSuite(fit_curve);

Test(fit_curve, components_there_and_back)
{
    static const struct weir_component components[] = {
        {0.25, WEIR_UNIFORM, {3, 1}},        {0.5, WEIR_NORM, {-40, 7}},
        {1e-9, WEIR_LOGNORM, {0.3, 0, 1e6}}, {3, WEIR_GENPARETO, {0.5, 64, 32}}, /* classic */
        {3, WEIR_GENPARETO, {1.5, 2, 10}},   {3, WEIR_GENPARETO, {1.5, 0, 10}},
        {0.1, WEIR_GAMMA, {2, 0, 100}},      {0.1, WEIR_WEIBULL_MIN, {0.4, 0, 100}},
    };
    for (size_t i = 0; i < sizeof components / sizeof *components; i++) {
        const struct weir_component *want = &components[i];
        struct weir_component got;
        struct weir_fit_part part;
        double theta[WEIR_FIT_PLACES];
        cr_assert(weir_fit_part_of(want, &part, theta));
        weir_fit_part_component(&part, theta, &got);
        cr_assert(got.kind == want->kind && part.classic == (i == 3));
        cr_assert(fabs(exp(theta[0]) - want->weight) < 1e-14 * want->weight);
        for (size_t k = 0; k < weir_kind_parameters(want->kind); k++)
            cr_assert(fabs(got.parameter[k] - want->parameter[k]) <=
                          1e-14 * fabs(want->parameter[k]),
                      "%zu %zu: %.17g", i, k, got.parameter[k]);
    }
}

Test(fit_curve, no_place_for_a_loc_or_a_short_tail)
{
    static const struct weir_component components[] = {
        {1, WEIR_LOGNORM, {1, 2, 3}},
        {1, WEIR_GAMMA, {1, 2, 3}},
        {1, WEIR_WEIBULL_MIN, {1, 2, 3}},
        {1, WEIR_GENPARETO, {-0.5, 2, 3}},
    };
    struct weir_fit_part part;
    double theta[WEIR_FIT_PLACES];
    for (size_t i = 0; i < sizeof components / sizeof *components; i++)
        cr_assert_not(weir_fit_part_of(&components[i], &part, theta));
}

Test(fit_curve, edges_from)
{
    static const double edges[] = {0, 2, 3, 7};
    cr_assert(weir_fit_edge_from(edges, 4, -1) == 0 && weir_fit_edge_from(edges, 4, 2) == 1);
    cr_assert(weir_fit_edge_from(edges, 4, 2.5) == 2 && weir_fit_edge_from(edges, 4, 8) == 4);
}
