/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vose's construction: items with too little take what they lack from one with too much, until all
 * cells are full. Both kinds wait on stacks that share one array, from its two ends. */
#include "alias.h"

#include <math.h>

#define SIDES ((uint64_t)1 << (64 - WEIR_ALIAS_ITEM_BITS))

/* A threshold that would be that of all numbers is one less: `other` is then the item itself, or
 * gets what rounding could as well have given it. */
static weir_alias_cell cell_of(double share, size_t other)
{
    const uint64_t threshold = (uint64_t)(share * (double)SIDES + 0.5);
    return (threshold < SIDES ? threshold : SIDES - 1) << WEIR_ALIAS_ITEM_BITS | other;
}

bool weir_alias_build(const double *weight, size_t n, void *workspace, weir_alias_cell *cell)
{
    double *share = workspace; /* of a cell's worth */
    uint32_t *waiting = (void *)(share + n);
    size_t n_small = 0;
    size_t large = n; /* the large ones are waiting[large .. n - 1] */
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight[i];
    if (!isfinite(sum) || sum <= 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        share[i] = weight[i] / sum * (double)n;
        if (share[i] < 1)
            waiting[n_small++] = (uint32_t)i;
        else
            waiting[--large] = (uint32_t)i;
    }
    while (n_small > 0 && large < n) {
        const uint32_t small = waiting[--n_small];
        const uint32_t giver = waiting[large];
        cell[small] = cell_of(share[small], giver);
        share[giver] -= 1 - share[small];
        if (share[giver] < 1) {
            large++;
            waiting[n_small++] = giver;
        }
    }
    /* What is left on either side is full but for rounding. */
    while (n_small > 0) {
        const uint32_t last = waiting[--n_small];
        cell[last] = cell_of(1, last);
    }
    for (; large < n; large++)
        cell[waiting[large]] = cell_of(1, waiting[large]);
    return true;
}
