/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins in an open-addressed hash table, for those that have no place in a dense one.
 *
 * An entry is a row of numbers: the bin's lower edge (the key), flows, then the sums of the parts.
 * Numbers are one word of 64 bits, or two (low first) where sums must not be bounded. An entry
 * without flows is empty, so whoever adds a key must give it flows at once. A table is at most half
 * full; it never grows by itself, because its owner may rather want to write it out.
 *
 * One thread at a time.
 */
#ifndef WEIR_HIST_ENTRIES_H
#define WEIR_HIST_ENTRIES_H

#include "mem.h"
#include "number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_hist_entries {
    uint64_t *words;
    size_t capacity; /* entries, a power of two */
    size_t used;
    size_t entry_words;    /* words of an entry, padding included */
    unsigned number_words; /* 1 or 2 */
    unsigned shift;        /* 64 - log2(capacity) */
    struct weir_mem *mem;
};

/* Number `i` of an entry of two-word numbers. */
static inline weir_u128 weir_hist_number(const uint64_t *entry, size_t i)
{
    return (weir_u128)entry[2 * i + 1] << 64 | entry[2 * i];
}
static inline void weir_hist_number_set(uint64_t *entry, size_t i, weir_u128 value)
{
    entry[2 * i] = (uint64_t)value;
    entry[2 * i + 1] = (uint64_t)(value >> 64);
}

/* Zeroed words for `capacity` entries, in pages of their own when there are many; NULL when memory
 * does not suffice. Free them with their size in bytes. */
uint64_t *weir_hist_words_new(struct weir_mem *mem, size_t entry_words, size_t capacity);
void weir_hist_words_free(struct weir_mem *mem, uint64_t *words, size_t bytes);

/* Starts an empty table of `capacity` entries (a power of two, 2 and more). False when memory does
 * not suffice; release is allowed then too. */
bool weir_hist_entries_init(struct weir_hist_entries *entries, size_t entry_words,
                            unsigned number_words, size_t capacity, struct weir_mem *mem);
void weir_hist_entries_release(struct weir_hist_entries *entries);

/* Bytes of the table. */
size_t weir_hist_entries_bytes(const struct weir_hist_entries *entries);

/* Doubles the capacity. False, and nothing has changed, when memory does not suffice. */
bool weir_hist_entries_grow(struct weir_hist_entries *entries);

/* Forgets all entries. */
void weir_hist_entries_clear(struct weir_hist_entries *entries);

/* Moves the used entries to the front, ascending by key. Afterwards the table may only be walked,
 * cleared or released. */
void weir_hist_entries_sort(struct weir_hist_entries *entries);

/* The slot where the search for a key begins. Two rounds of multiplication spread keys that are
 * multiples of powers of two, as lower edges are. */
static inline size_t weir_hist_slot(const struct weir_hist_entries *entries, uint64_t key)
{
    uint64_t h = key * 0x9e3779b97f4a7c15;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93;
    return (size_t)(h >> entries->shift);
}

/* The entry of `key`, a fresh one if need be; NULL when a fresh one would make the table more than
 * half full. For tables of one-word numbers. */
static inline uint64_t *weir_hist_find_u64(struct weir_hist_entries *entries, uint64_t key)
{
    for (size_t slot = weir_hist_slot(entries, key);; slot = (slot + 1) & (entries->capacity - 1)) {
        uint64_t *entry = entries->words + slot * entries->entry_words;
        if (entry[1] == 0) {
            if (entries->used >= entries->capacity / 2)
                return NULL;
            entries->used++;
            entry[0] = key;
            return entry;
        }
        if (entry[0] == key)
            return entry;
    }
}

/* The same for tables of two-word numbers. */
uint64_t *weir_hist_find_u128(struct weir_hist_entries *entries, weir_u128 key);

#endif
