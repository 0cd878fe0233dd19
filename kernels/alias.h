/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alias tables: draws from a list of weights in constant time, with one random number of 64 bits.
 *
 * Every item has a cell of the same probability 1/n; what an item has beyond that fills up the
 * cells of others (A. J. Walker 1974; built in linear time as in M. D. Vose, "A linear algorithm
 * for generating random numbers with a given distribution", IEEE TSE 17 (1991) 972-975).
 *
 *     weir_alias_build(weight, n, workspace, cell);
 *     item = weir_alias_draw(cell, n, random);
 *
 * A cell is one number of 64 bits, so that tables of tens of thousands of items stay in the second
 * level of the cache. Probabilities are kept to within 2^-41 of a cell's, for each cell that an
 * item takes part in.
 */
#ifndef WEIR_ALIAS_H
#define WEIR_ALIAS_H

#include "number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_ALIAS_ITEM_BITS 24
#define WEIR_ALIAS_ITEMS_MAX ((size_t)1 << WEIR_ALIAS_ITEM_BITS)

/* The low 24 bits are the other item of a cell; numbers whose high 40 bits are below those of the
 * cell stay with its own. */
typedef uint64_t weir_alias_cell;

/* Bytes that weir_alias_build needs for n items. */
static inline size_t weir_alias_workspace_bytes(size_t n)
{
    return n * (sizeof(double) + sizeof(uint32_t));
}

/* Fills the n cells of a table, 1 <= n <= WEIR_ALIAS_ITEMS_MAX, from weights that are finite and
 * not negative. False when their sum is 0 or not finite. `workspace` is aligned to 8 and free to be
 * used again afterwards. */
bool weir_alias_build(const double *weight, size_t n, void *workspace, weir_alias_cell *cell);

/* The item of a random number: the high half of the product chooses the cell, the low one the side
 * in it. */
static inline size_t weir_alias_draw(const weir_alias_cell *cell, size_t n, uint64_t random)
{
    const weir_u128 product = (weir_u128)random * n;
    const uint64_t at = (uint64_t)(product >> 64);
    const uint64_t side = (uint64_t)product >> WEIR_ALIAS_ITEM_BITS;
    const uint64_t keep = 0 - (uint64_t)(side < cell[at] >> WEIR_ALIAS_ITEM_BITS);
    const uint64_t other = cell[at] & (WEIR_ALIAS_ITEMS_MAX - 1);
    return (at & keep) | (other & ~keep); /* no branch: it would be a guess each time */
}

#endif
