/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of flow keys in plain C, for every variant.
 *
 * NH (Black et al., UMAC, 1999): columns are taken in pairs, a constant is added to the 32 low bits
 * of each, and the sum of the 64-bit products is the hash: one multiplication for two columns. Two
 * keys have the same sum with a chance of 2^-32 at most, whatever they are, over the choice of the
 * constants. High halves have constants and products of their own, from which the product of two
 * zeros is taken off, so that narrow columns need none. Shifts and multiplications at the end
 * spread the sum over all bits. */
#ifndef WEIR_FLOW_HASH_BODY_H
#define WEIR_FLOW_HASH_BODY_H

#include "flow_hash.h"

#include <stdbool.h>

#define FLOW_HASH_BLOCK 1024 /* records of which all columns are read before the next ones */
#define FLOW_HASH_MIX_1 UINT64_C(0xbf58476d1ce4e5b9)
#define FLOW_HASH_MIX_2 UINT64_C(0x94d049bb133111eb)

/* Digits of pi (Blowfish's P-array and first S-box). */
static const uint32_t flow_hash_low[WEIR_FLOW_HASH_COLUMNS_MAX] = {
    0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0x082efa98,
    0xec4e6c89, 0x452821e6, 0x38d01377, 0xbe5466cf, 0x34e90c6c, 0xc0ac29b7, 0xc97c50dd};
static const uint32_t flow_hash_high[WEIR_FLOW_HASH_COLUMNS_MAX] = {
    0x3f84d5b5, 0xb5470917, 0x9216d5d9, 0x8979fb1b, 0xd1310ba6, 0x98dfb5ac, 0x2ffd72db,
    0xd01adfb7, 0xb8e1afed, 0x6a267e96, 0xba7c9045, 0xf12c7f99, 0x24a19947, 0xb3916cf7};

/* Value i of an integer column, negative ones as their two's complement. */
static inline uint64_t flow_hash_value(const struct weir_column *column, size_t i)
{
    switch (column->type) {
    case WEIR_I8:
        return (uint64_t)((const int8_t *)column->data)[i];
    case WEIR_U8:
        return ((const uint8_t *)column->data)[i];
    case WEIR_I16:
        return (uint64_t)((const int16_t *)column->data)[i];
    case WEIR_U16:
        return ((const uint16_t *)column->data)[i];
    case WEIR_I32:
        return (uint64_t)((const int32_t *)column->data)[i];
    case WEIR_U32:
        return ((const uint32_t *)column->data)[i];
    default:
        return ((const uint64_t *)column->data)[i];
    }
}

/* The term of columns 2 * pair and 2 * pair + 1. */
static inline uint64_t flow_hash_term(size_t pair, uint64_t a, uint64_t b)
{
    const uint32_t *low = flow_hash_low + 2 * pair;
    const uint32_t *high = flow_hash_high + 2 * pair;
    return (uint64_t)((uint32_t)a + low[0]) * ((uint32_t)b + low[1]) +
           (uint64_t)((uint32_t)(a >> 32) + high[0]) * ((uint32_t)(b >> 32) + high[1]) -
           (uint64_t)high[0] * high[1];
}

static inline uint64_t flow_hash_mix(uint64_t x)
{
    x = (x ^ x >> 30) * FLOW_HASH_MIX_1;
    x = (x ^ x >> 27) * FLOW_HASH_MIX_2;
    return x ^ x >> 31;
}

/* Adds the term of a pair to n hashes; an odd last column has zeros for a partner. */
static inline void body_hash_pair(const struct weir_column *columns, size_t n_columns, size_t pair,
                                  size_t n, uint64_t *hash)
{
    const struct weir_column *a = &columns[2 * pair];
    const bool alone = 2 * pair + 1 == n_columns;
    for (size_t i = 0; i < n; i++)
        hash[i] +=
            flow_hash_term(pair, flow_hash_value(a, i), alone ? 0 : flow_hash_value(a + 1, i));
}

static inline void body_hash(const struct weir_column *columns, size_t n_columns, size_t n,
                             uint64_t *hash)
{
    for (size_t i = 0; i < n; i++)
        hash[i] = 0;
    for (size_t pair = 0; 2 * pair < n_columns; pair++)
        body_hash_pair(columns, n_columns, pair, n, hash);
    for (size_t i = 0; i < n; i++)
        hash[i] = flow_hash_mix(hash[i]);
}

/* The four bits of a hash in its word. */
static inline uint64_t flow_bloom_bits(uint64_t hash)
{
    return (uint64_t)1 << (hash & 63) | (uint64_t)1 << (hash >> 6 & 63) |
           (uint64_t)1 << (hash >> 12 & 63) | (uint64_t)1 << (hash >> 18 & 63);
}

/* Most bits of keys that come often are there already: those cost no locked instruction. */
static inline void body_insert(const struct weir_flow_bloom *bloom, const uint64_t *hash, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t *word = &bloom->word[hash[i] >> WEIR_FLOW_BLOOM_BITS & (bloom->n_words - 1)];
        const uint64_t bits = flow_bloom_bits(hash[i]);
        if ((__atomic_load_n(word, __ATOMIC_RELAXED) & bits) != bits)
            (void)__atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
    }
}

static inline size_t body_test(const struct weir_flow_bloom *bloom, const uint64_t *hash, size_t n,
                               uint8_t *mask)
{
    size_t n_ones = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t word = bloom->word[hash[i] >> WEIR_FLOW_BLOOM_BITS & (bloom->n_words - 1)];
        mask[i] = (~word & flow_bloom_bits(hash[i])) == 0;
        n_ones += mask[i];
    }
    return n_ones;
}

#endif
