/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox in vectors of a level, several at a time, so that their chains of multiplications overlap.
 * A variant defines, before it includes this:
 *
 *     VECTORS, LANES           vectors at a time, and numbers of 64 bits in each
 *     philox_lanes             a vector
 *     philox_all(x)            x in every lane
 *     philox_count(x)          x, x + 1, x + 2, ...
 *     philox_high(x)           every lane shifted right by 32 bits
 *     philox_xor(x, y)
 *     philox_times(x, y)       products of the low halves
 *     philox_store(x, out)     the low halves of VECTORS vectors, in order
 *
 * Each lane of 64 bits holds one word of one record. Multiplications take the low halves; what the
 * high ones hold is never looked at, so nothing is masked. */
#ifndef WEIR_PHILOX_BODY_H
#define WEIR_PHILOX_BODY_H

#include "philox.h"

#include <string.h>

#define ROUNDS 10
#define GROUP  (VECTORS * LANES)

/* What the rounds add to the words, in every lane: made once, since numbers are cheaper to load
 * than to spread. */
struct round_keys {
    philox_lanes a[ROUNDS], c[ROUNDS];
};

static void make_keys(uint64_t seed, struct round_keys *keys)
{
    uint32_t key_0 = (uint32_t)seed;
    uint32_t key_1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        keys->a[round] = philox_all(key_0);
        keys->c[round] = philox_all(key_1);
        key_0 += 0x9E3779B9;
        key_1 += 0xBB67AE85;
    }
}

/* Ten rounds on words a, b, c, d of a group of records. */
static void make_blocks(const struct round_keys *keys, philox_lanes a[VECTORS],
                        philox_lanes b[VECTORS], philox_lanes c[VECTORS], philox_lanes d[VECTORS])
{
    const philox_lanes times_0 = philox_all(0xD2511F53);
    const philox_lanes times_1 = philox_all(0xCD9E8D57);
    for (int round = 0; round < ROUNDS; round++)
        for (int v = 0; v < VECTORS; v++) {
            const philox_lanes p = philox_times(times_0, a[v]);
            const philox_lanes q = philox_times(times_1, c[v]);
            a[v] = philox_xor(philox_xor(philox_high(q), b[v]), keys->a[round]);
            b[v] = q;
            c[v] = philox_xor(philox_xor(philox_high(p), d[v]), keys->c[round]);
            d[v] = p;
        }
}

static void fill_group(const struct round_keys *keys, uint64_t stream, uint64_t first,
                       uint32_t *const word[4], size_t at)
{
    philox_lanes a[VECTORS], b[VECTORS], c[VECTORS], d[VECTORS];
    for (int v = 0; v < VECTORS; v++) {
        a[v] = philox_count(first + (uint64_t)v * LANES);
        b[v] = philox_high(a[v]);
        c[v] = philox_all(stream);
        d[v] = philox_high(c[v]);
    }
    make_blocks(keys, a, b, c, d);
    philox_store(a, word[0] + at);
    philox_store(b, word[1] + at);
    philox_store(c, word[2] + at);
    philox_store(d, word[3] + at);
}

static void fill(uint64_t seed, uint64_t stream, uint64_t first, size_t n,
                 uint32_t *const word[WEIR_PHILOX_WORDS])
{
    struct round_keys keys;
    make_keys(seed, &keys);
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP)
        fill_group(&keys, stream, first + i, word, i);
    if (i == n)
        return;
    uint32_t rest[WEIR_PHILOX_WORDS][GROUP];
    uint32_t *const into[WEIR_PHILOX_WORDS] = {rest[0], rest[1], rest[2], rest[3]};
    fill_group(&keys, stream, first + i, into, 0);
    for (int w = 0; w < WEIR_PHILOX_WORDS; w++)
        memcpy(word[w] + i, rest[w], (n - i) * sizeof *rest[w]);
}

#endif
