/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers at random for searches, starts and replicates: splitmix64 (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", 2014). A stream is one 64-bit state. */
#ifndef WEIR_FIT_RANDOM_H
#define WEIR_FIT_RANDOM_H

#include <stdint.h>

static inline uint64_t weir_random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

/* In [0, 1), multiples of 2^-53. */
static inline double weir_random_unit(uint64_t *state)
{
    return (double)(weir_random_next(state) >> 11) * 0x1p-53;
}

/* Stream `i` of a seed. */
static inline uint64_t weir_random_stream(uint64_t seed, uint64_t i)
{
    uint64_t state = seed * 0x2545f4914f6cdd1dU + i;
    (void)weir_random_next(&state);
    return state;
}

#endif
