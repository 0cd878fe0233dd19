/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox4x32-10: random numbers that are a function of their place alone.
 *
 * A block of four words of 32 bits comes from a key and a counter by ten rounds of multiplications
 * (J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11).
 * Here the key is the seed, and the counter is the number of a record and that of a stream; so any
 * thread can have the words of any record, and what a record takes from one stream never moves what
 * another record or another stream gets.
 *
 *     uint32_t *const word[4] = {a, b, c, d};
 *     ops->fill(seed, stream, first, n, word);     // records first .. first + n - 1
 */
#ifndef WEIR_PHILOX_H
#define WEIR_PHILOX_H

#include "kernel.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_PHILOX_WORDS 4 /* of a record in a stream */

struct weir_philox_ops {
    /* Sets word[w][i], w < 4 and i < n, to word w of the block with counter (record first + i,
     * stream), low halves first, under the key `seed`. Records wrap at 2^64. The four arrays do not
     * overlap. All variants give the same bits. */
    void (*fill)(uint64_t seed, uint64_t stream, uint64_t first, size_t n,
                 uint32_t *const word[WEIR_PHILOX_WORDS]);
};

#endif
