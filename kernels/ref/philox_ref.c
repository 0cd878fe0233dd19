/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox in plain C: the definition. */
#include "philox.h"

#define ROUNDS 10

/* The block of a counter, in place. */
static inline void make_block(uint64_t seed, uint32_t block[WEIR_PHILOX_WORDS])
{
    uint32_t key_0 = (uint32_t)seed;
    uint32_t key_1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t p = (uint64_t)0xD2511F53 * block[0];
        const uint64_t q = (uint64_t)0xCD9E8D57 * block[2];
        block[0] = (uint32_t)(q >> 32) ^ block[1] ^ key_0;
        block[1] = (uint32_t)q;
        block[2] = (uint32_t)(p >> 32) ^ block[3] ^ key_1;
        block[3] = (uint32_t)p;
        key_0 += 0x9E3779B9;
        key_1 += 0xBB67AE85;
    }
}

static void fill(uint64_t seed, uint64_t stream, uint64_t first, size_t n,
                 uint32_t *const word[WEIR_PHILOX_WORDS])
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t record = first + i;
        uint32_t block[WEIR_PHILOX_WORDS] = {(uint32_t)record, (uint32_t)(record >> 32),
                                             (uint32_t)stream, (uint32_t)(stream >> 32)};
        make_block(seed, block);
        for (int w = 0; w < WEIR_PHILOX_WORDS; w++)
            word[w][i] = block[w];
    }
}

const struct weir_philox_ops weir_philox_ref = {.fill = fill};
