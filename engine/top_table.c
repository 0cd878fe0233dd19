/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums by key: growing, merging, walking over a range of hashes. */
#include "top_table.h"

#include <string.h>

bool weir_top_table_init(struct weir_top_table *table, size_t n_key, size_t capacity,
                         bool is_turned, struct weir_mem *mem)
{
    const size_t entry_words = n_key + WEIR_TOP_SUM_WORDS;
    *table = (struct weir_top_table){.words = weir_hist_words_new(mem, entry_words, capacity),
                                     .capacity = capacity,
                                     .n_key = n_key,
                                     .entry_words = entry_words,
                                     .shift = 64 - (unsigned)__builtin_ctzll(capacity),
                                     .turn = is_turned ? 32 : 0,
                                     .mem = mem};
    return table->words != NULL;
}

void weir_top_table_release(struct weir_top_table *table)
{
    if (table->words != NULL)
        weir_hist_words_free(table->mem, table->words, weir_top_table_bytes(table));
    *table = (struct weir_top_table){0};
}

size_t weir_top_table_bytes(const struct weir_top_table *table)
{
    return table->capacity * table->entry_words * sizeof(uint64_t);
}

void weir_top_table_clear(struct weir_top_table *table)
{
    memset(table->words, 0, weir_top_table_bytes(table));
    table->used = 0;
}

bool weir_top_table_grow(struct weir_top_table *table)
{
    struct weir_top_table larger;
    if (table->capacity > SIZE_MAX / 2 ||
        !weir_top_table_init(&larger, table->n_key, table->capacity * 2, table->turn != 0,
                             table->mem))
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        const uint64_t *entry = table->words + i * table->entry_words;
        if (entry[table->n_key] == 0)
            continue;
        uint64_t *place =
            weir_top_find(&larger, entry, 1, table->n_key, weir_top_hash(entry, table->n_key));
        memcpy(place, entry, table->entry_words * sizeof *entry);
    }
    weir_top_table_release(table);
    *table = larger;
    return true;
}

static void add_u128(uint64_t *sum, const uint64_t *other)
{
    sum[0] += other[0];
    sum[1] += other[1] + (sum[0] < other[0]);
}

void weir_top_merge(uint64_t *entry, const uint64_t *other, size_t n_key)
{
    entry[n_key] += other[n_key];
    add_u128(entry + n_key + 1, other + n_key + 1);
    add_u128(entry + n_key + 3, other + n_key + 3);
}

/* An entry stands in the slot of its hash or behind it, with no empty slot between: so the walk
 * ends at the first empty slot behind the range. */
const uint64_t *weir_top_walk(const struct weir_top_table *table, uint64_t low, uint64_t high,
                              struct weir_top_walk *walk)
{
    if (!walk->begun) {
        walk->begun = true;
        walk->slot = (size_t)(low >> table->shift);
        walk->n_home = (size_t)(high >> table->shift) - walk->slot + 1;
    }
    while (walk->n_visited < table->capacity) {
        const uint64_t *entry = table->words + walk->slot * table->entry_words;
        const bool is_empty = entry[table->n_key] == 0;
        if (is_empty && walk->n_visited >= walk->n_home)
            break;
        walk->slot = (walk->slot + 1) & (table->capacity - 1);
        walk->n_visited++;
        if (is_empty)
            continue;
        const uint64_t hash = weir_top_hash(entry, table->n_key);
        if (hash >= low && hash <= high)
            return entry;
    }
    walk->n_visited = table->capacity;
    return NULL;
}
