/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums by key in an open-addressed hash table.
 *
 * An entry is the words of its key, then flows (one word), packets and octets (two words each, low
 * first). Fewer than 2^64 records of numbers below 2^64 cannot overflow these. An entry without
 * flows is empty, so whoever adds a key must give it flows at once. A table is at most half full;
 * it never grows by itself.
 *
 * The place of an entry is the upper bits of its hash, so that the entries of a range of hashes lie
 * together and weir_top_walk can visit them. A table that is filled in the order of hashes, or with
 * a range of them, must be *turned*: it takes the lower half, or all entries would pile up.
 *
 * One thread at a time.
 */
#ifndef WEIR_TOP_TABLE_H
#define WEIR_TOP_TABLE_H

#include "hist_entries.h"

#define WEIR_TOP_SUM_WORDS 5

struct weir_top_table {
    uint64_t *words;
    size_t capacity; /* entries, a power of two, 2 and more */
    size_t used;
    size_t n_key;       /* words of a key */
    size_t entry_words; /* n_key + WEIR_TOP_SUM_WORDS */
    unsigned shift;     /* 64 - log2(capacity) */
    unsigned turn;      /* bits that hashes are rotated by: 0 or 32 */
    struct weir_mem *mem;
};

/* What an entry has been given. */
struct weir_top_sums {
    uint64_t flows;
    weir_u128 packets, octets;
};

static inline struct weir_top_sums weir_top_sums(const uint64_t *entry, size_t n_key)
{
    const uint64_t *sum = entry + n_key;
    return (struct weir_top_sums){.flows = sum[0],
                                  .packets = (weir_u128)sum[2] << 64 | sum[1],
                                  .octets = (weir_u128)sum[4] << 64 | sum[3]};
}

/* Starts an empty table. False when memory does not suffice; release is allowed then too. */
bool weir_top_table_init(struct weir_top_table *table, size_t n_key, size_t capacity,
                         bool is_turned, struct weir_mem *mem);
void weir_top_table_release(struct weir_top_table *table);
size_t weir_top_table_bytes(const struct weir_top_table *table);

/* Doubles the capacity. False, and nothing has changed, when memory does not suffice. */
bool weir_top_table_grow(struct weir_top_table *table);

/* Forgets all entries. */
void weir_top_table_clear(struct weir_top_table *table);

/* One word of a key after the other goes into a hash that starts as 0. Every bit of a word reaches
 * every bit of the hash (the finaliser of SplitMix64): with less, keys whose parts depend on each
 * other, such as addresses of which one ascends and the other descends, pile up. */
static inline uint64_t weir_top_hash_step(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) + 0x9e3779b97f4a7c15;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
    return hash ^ hash >> 31;
}
static inline uint64_t weir_top_hash(const uint64_t *key, size_t n_key)
{
    uint64_t hash = 0;
    for (size_t w = 0; w < n_key; w++)
        hash = weir_top_hash_step(hash, key[w]);
    return hash;
}

/* The slot where the search for a hash begins. */
static inline size_t weir_top_slot(const struct weir_top_table *table, uint64_t hash)
{
    return (size_t)((hash << table->turn | hash >> (64 - table->turn) % 64) >> table->shift);
}

/* The entry of a key whose word w is key[w * stride], a fresh one if need be; NULL when a fresh one
 * would make the table more than half full. `n_key` is the table's: a constant where it can be. */
static inline uint64_t *weir_top_find(struct weir_top_table *table, const uint64_t *key,
                                      size_t stride, size_t n_key, uint64_t hash)
{
    const size_t entry_words = n_key + WEIR_TOP_SUM_WORDS;
    for (size_t slot = weir_top_slot(table, hash);; slot = (slot + 1) & (table->capacity - 1)) {
        uint64_t *entry = table->words + slot * entry_words;
        if (entry[n_key] == 0) {
            if (table->used >= table->capacity / 2)
                return NULL;
            table->used++;
            for (size_t w = 0; w < n_key; w++)
                entry[w] = key[w * stride];
            return entry;
        }
        uint64_t differs = 0;
        for (size_t w = 0; w < n_key; w++)
            differs |= entry[w] ^ key[w * stride];
        if (differs == 0)
            return entry;
    }
}

/* Adds one record to an entry. */
static inline void weir_top_count(uint64_t *entry, size_t n_key, uint64_t packets, uint64_t octets)
{
    uint64_t *sum = entry + n_key;
    sum[0]++;
    sum[1] += packets;
    sum[2] += sum[1] < packets;
    sum[3] += octets;
    sum[4] += sum[3] < octets;
}

/* Adds the sums of another entry of the same key. */
void weir_top_merge(uint64_t *entry, const uint64_t *other, size_t n_key);

/* Visits the entries whose hash is in [low, high], in the order of the table. Start with a zeroed
 * walk; NULL behind the last one. The table, not a turned one, must not change meanwhile. */
struct weir_top_walk {
    bool begun;
    size_t slot;
    size_t n_visited; /* slots */
    size_t n_home;    /* slots where searches for such hashes begin */
};
const uint64_t *weir_top_walk(const struct weir_top_table *table, uint64_t low, uint64_t high,
                              struct weir_top_walk *walk);

#endif
