/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of flow keys, and a filter that knows most keys that are not in a set.
 *
 * A hash is a function of the values of the key columns alone, widened to 64 bits: columns of other
 * types with the same values give the same hashes, on every machine and in every run. Of two keys
 * that differ, all 64 bits may be used; nothing resists who makes keys collide on purpose.
 *
 * The filter is a Bloom filter whose bits of a key lie in one word of 64 bits:
 *
 *     struct weir_flow_bloom bloom = {.n_words = weir_flow_bloom_words(n_keys)};
 *     bloom.word = weir_mem_pages_alloc(mem, bloom.n_words * sizeof *bloom.word);   // zeroed
 *     ops->insert(&bloom, hash, n);
 *     ops->test(&bloom, hash, n, mask);
 *
 * All operations are leaves.
 */
#ifndef WEIR_FLOW_HASH_H
#define WEIR_FLOW_HASH_H

#include "batch.h"
#include "kernel.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_FLOW_HASH_COLUMNS_MAX 14

/* Bits of the hash that choose the bits of a word; those above choose the word. */
#define WEIR_FLOW_BLOOM_BITS 24

struct weir_flow_bloom {
    uint64_t *word; /* zeroed by the owner to begin with */
    size_t n_words; /* a power of two, at most 2^40 */
};

struct weir_flow_hash_ops {
    /* hash[i] of record i < n from value i of 1 .. WEIR_FLOW_HASH_COLUMNS_MAX columns of integer
     * types; their order matters. */
    void (*hash)(const struct weir_column *columns, size_t n_columns, size_t n, uint64_t *hash);

    /* Adds n hashes. Several threads may add to one filter at once. */
    void (*insert)(const struct weir_flow_bloom *bloom, const uint64_t *hash, size_t n);

    /* mask[i] = 1 when hash[i] may have been added, 0 when it was not, for i < n. Returns the
     * number of ones. Not while others add. */
    size_t (*test)(const struct weir_flow_bloom *bloom, const uint64_t *hash, size_t n,
                   uint8_t *mask);
};

/* Words of a filter for `n_keys` different keys that takes about 1 in 100 others for one of them:
 * 16 to 32 bits a key, at least 1 word. */
static inline size_t weir_flow_bloom_words(size_t n_keys)
{
    size_t n_words = 1;
    while (n_words < n_keys / 4 && n_words < (size_t)1 << 40)
        n_words *= 2;
    return n_words;
}

#endif
