/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Squared extrapolation, component by component, in two passes: the length of the step first. */
#include "fit_squarem.h"

#include "fit_curve.h"

#include <math.h>

#define GROWTH 4    /* of the limit */
#define KEPT   0.01 /* of a weight that would come below 0 */

/* One component on its way. */
struct way {
    struct weir_fit_part part;
    double at[WEIR_FIT_PLACES], r[WEIR_FIT_PLACES], v[WEIR_FIT_PLACES];
};

static bool find_way(const struct weir_component *step0, const struct weir_component *step1,
                     const struct weir_component *step2, struct way *way)
{
    struct weir_fit_part ends[2];
    double theta1[WEIR_FIT_PLACES], theta2[WEIR_FIT_PLACES];
    if (!weir_fit_part_of(step0, &ends[0], way->at) || !weir_fit_part_of(step1, &ends[1], theta1) ||
        !weir_fit_part_of(step2, &way->part, theta2) || ends[0].classic != way->part.classic ||
        ends[1].classic != way->part.classic)
        return false;
    way->at[0] = step0->weight;
    theta1[0] = step1->weight;
    theta2[0] = step2->weight;
    for (size_t i = 0; i < WEIR_FIT_PLACES; i++) {
        way->r[i] = theta1[i] - way->at[i];
        way->v[i] = theta2[i] - theta1[i] - way->r[i];
    }
    return true;
}

static bool find_length(struct weir_squarem *squarem, const struct weir_component *const step[3],
                        size_t n, double *length)
{
    double r = 0, v = 0;
    for (size_t k = 0; k < n; k++) {
        struct way way;
        if (!find_way(&step[0][k], &step[1][k], &step[2][k], &way))
            return false;
        for (size_t i = 0; i < WEIR_FIT_PLACES; i++) {
            r += way.r[i] * way.r[i];
            v += way.v[i] * way.v[i];
        }
    }
    const double wanted = fmax(sqrt(r) / sqrt(v), 1);
    squarem->was_limited = wanted >= squarem->longest;
    *length = -fmin(wanted, squarem->longest);
    return v > 0 && isfinite(wanted);
}

bool weir_squarem_extrapolate(struct weir_squarem *squarem,
                              const struct weir_component *const step[3], size_t n,
                              struct weir_component *to)
{
    double a = 0, before = 0, after = 0;
    if (!find_length(squarem, step, n, &a))
        return false;
    for (size_t k = 0; k < n; k++) {
        struct way way;
        if (!find_way(&step[0][k], &step[1][k], &step[2][k], &way))
            return false;
        for (size_t i = 0; i < WEIR_FIT_PLACES; i++)
            way.at[i] += a * (a * way.v[i] - 2 * way.r[i]);
        weir_fit_part_component(&way.part, way.at, &to[k]);
        to[k].weight = fmax(way.at[0], KEPT * step[2][k].weight);
        before += step[2][k].weight;
        after += to[k].weight;
    }
    for (size_t k = 0; k < n; k++) {
        to[k].weight *= before / after;
        if (!weir_component_is_valid(&to[k]))
            return false;
    }
    return true;
}

void weir_squarem_learn(struct weir_squarem *squarem, bool rose)
{
    if (!rose)
        squarem->longest = fmax(squarem->longest / GROWTH, 1);
    else if (squarem->was_limited)
        squarem->longest *= GROWTH;
}
