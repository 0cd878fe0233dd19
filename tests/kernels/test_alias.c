/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alias tables: the probabilities that cells add up to are the weights', exactly as far as 40 bits
 * go, for weights of all kinds. */
#include "alias.h"
#include "check.h"

#include <math.h>

#define N_MAX 5000

static double weight[N_MAX], got[N_MAX];
static size_t n_cells[N_MAX]; /* that an item takes part in */
static weir_alias_cell cell[N_MAX];
static uint64_t workspace[2 * N_MAX];

/* Adds up what each item gets from the cells. */
static void add_up(size_t n)
{
    const double sides = (double)((uint64_t)1 << (64 - WEIR_ALIAS_ITEM_BITS));
    memset(got, 0, sizeof got);
    memset(n_cells, 0, sizeof n_cells);
    for (size_t i = 0; i < n; i++) {
        const double share = (double)(cell[i] >> WEIR_ALIAS_ITEM_BITS) / sides;
        const size_t other = cell[i] & (WEIR_ALIAS_ITEMS_MAX - 1);
        cr_assert(other < n);
        got[i] += share / (double)n;
        got[other] += (1 - share) / (double)n;
        n_cells[i]++;
        n_cells[other]++;
    }
}

static void check(size_t n)
{
    double sum = 0;
    cr_assert(weir_alias_workspace_bytes(n) <= sizeof workspace);
    cr_assert(weir_alias_build(weight, n, workspace, cell));
    add_up(n);
    for (size_t i = 0; i < n; i++)
        sum += weight[i];
    for (size_t i = 0; i < n; i++) {
        const double want = weight[i] / sum;
        /* Whoever is the last takes what sums of the others have lost by rounding. */
        const double error = ldexp(1, -40) * (double)n_cells[i] / (double)n;
        cr_assert(fabs(got[i] - want) <= error + 1e-14, "item %zu of %zu: %.17g instead of %.17g",
                  i, n, got[i], want);
    }
}

Test(alias, keeps_probabilities)
{
    for (size_t n = 1; n <= N_MAX; n = n * 3 + 1) {
        for (size_t i = 0; i < n; i++)
            weight[i] = 1;
        check(n);
        for (size_t i = 0; i < n; i++)
            weight[i] = i == n / 2 ? 3 : 0;
        check(n);
        for (size_t i = 0; i < n; i++)
            weight[i] = pow((double)(i + 1), -1.2) * 1e300;
        check(n);
        for (size_t i = 0; i < n; i++)
            weight[i] = exp(-(double)(i % 97) / 3) + (i % 5 == 0 ? 7 : 0);
        check(n);
    }
}

Test(alias, refuses_weights_without_a_sum)
{
    weight[0] = weight[1] = 0;
    cr_assert(!weir_alias_build(weight, 2, workspace, cell));
    weight[1] = INFINITY;
    cr_assert(!weir_alias_build(weight, 2, workspace, cell));
    weight[0] = NAN;
    cr_assert(!weir_alias_build(weight, 2, workspace, cell));
    weight[0] = weight[1] = 1.7e308;
    cr_assert(!weir_alias_build(weight, 2, workspace, cell));
}

/* Numbers at even steps, the smallest and the largest one included, find items in proportion. */
Test(alias, draws_by_both_halves_of_the_product)
{
    static const double weights[] = {1, 2, 3, 10};
    size_t count[4] = {0};
    const uint64_t step = UINT64_MAX / 1600000;
    memcpy(weight, weights, sizeof weights);
    cr_assert(weir_alias_build(weight, 4, workspace, cell));
    for (uint64_t i = 0; i <= 1600000; i++) {
        const size_t item = weir_alias_draw(cell, 4, i < 1600000 ? i * step : UINT64_MAX);
        cr_assert(item < 4);
        count[item]++;
    }
    for (size_t i = 0; i < 4; i++)
        cr_assert(fabs((double)count[i] - 100000 * weights[i]) < 10, "item %zu: %zu", i, count[i]);
}
