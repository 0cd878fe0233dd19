/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open-addressed bins: growing, and sorting in place.
 *
 * Sorting is an American flag sort (McIlroy, Bostic, McIlroy: Engineering Radix Sort, 1993): the
 * most significant byte first, entries swapped into their places, so that it takes no memory, which
 * is short when tables are sorted in the middle of a scan. */
#include "hist_entries.h"

#include <string.h>

#define PAGES_BYTES      ((size_t)1 << 20) /* tables from this size on live in pages */
#define INSERTION_LENGTH 24                /* shorter ranges are sorted by insertion */
#define ENTRY_WORDS_MAX  16

uint64_t *weir_hist_words_new(struct weir_mem *mem, size_t entry_words, size_t capacity)
{
    if (capacity > SIZE_MAX / sizeof(uint64_t) / entry_words)
        return NULL;
    const size_t bytes = capacity * entry_words * sizeof(uint64_t);
    return bytes >= PAGES_BYTES ? weir_mem_pages_alloc(mem, bytes) : weir_mem_zalloc(mem, 1, bytes);
}

void weir_hist_words_free(struct weir_mem *mem, uint64_t *words, size_t bytes)
{
    if (bytes >= PAGES_BYTES)
        weir_mem_pages_free(mem, words, bytes);
    else
        weir_mem_free(mem, words);
}

bool weir_hist_entries_init(struct weir_hist_entries *entries, size_t entry_words,
                            unsigned number_words, size_t capacity, struct weir_mem *mem)
{
    *entries = (struct weir_hist_entries){.words = weir_hist_words_new(mem, entry_words, capacity),
                                          .capacity = capacity,
                                          .entry_words = entry_words,
                                          .number_words = number_words,
                                          .shift = 64 - (unsigned)__builtin_ctzll(capacity),
                                          .mem = mem};
    return entries->words != NULL;
}

size_t weir_hist_entries_bytes(const struct weir_hist_entries *entries)
{
    return entries->capacity * entries->entry_words * sizeof(uint64_t);
}

void weir_hist_entries_release(struct weir_hist_entries *entries)
{
    if (entries->words != NULL)
        weir_hist_words_free(entries->mem, entries->words, weir_hist_entries_bytes(entries));
    *entries = (struct weir_hist_entries){0};
}

void weir_hist_entries_clear(struct weir_hist_entries *entries)
{
    memset(entries->words, 0, weir_hist_entries_bytes(entries));
    entries->used = 0;
}

static bool is_empty(const struct weir_hist_entries *entries, const uint64_t *entry)
{
    return entries->number_words == 1 ? entry[1] == 0 : (entry[2] | entry[3]) == 0;
}

uint64_t *weir_hist_find_u128(struct weir_hist_entries *entries, weir_u128 key)
{
    const uint64_t low = (uint64_t)key;
    const uint64_t high = (uint64_t)(key >> 64);
    size_t slot = weir_hist_slot(entries, low ^ high * 0xa0761d6478bd642f);
    for (;; slot = (slot + 1) & (entries->capacity - 1)) {
        uint64_t *entry = entries->words + slot * entries->entry_words;
        if (is_empty(entries, entry)) {
            if (entries->used >= entries->capacity / 2)
                return NULL;
            entries->used++;
            weir_hist_number_set(entry, 0, key);
            return entry;
        }
        if (entry[0] == low && entry[1] == high)
            return entry;
    }
}

bool weir_hist_entries_grow(struct weir_hist_entries *entries)
{
    struct weir_hist_entries larger;
    if (entries->capacity > SIZE_MAX / 2 ||
        !weir_hist_entries_init(&larger, entries->entry_words, entries->number_words,
                                entries->capacity * 2, entries->mem))
        return false;
    for (size_t i = 0; i < entries->capacity; i++) {
        const uint64_t *entry = entries->words + i * entries->entry_words;
        if (is_empty(entries, entry))
            continue;
        uint64_t *place = entries->number_words == 1
                              ? weir_hist_find_u64(&larger, entry[0])
                              : weir_hist_find_u128(&larger, weir_hist_number(entry, 0));
        memcpy(place, entry, entries->entry_words * sizeof *entry);
    }
    weir_hist_entries_release(entries);
    *entries = larger;
    return true;
}

/* What a sort works on: rows of `words` words whose first `key_words` are the key, low first. */
struct rows {
    uint64_t *row;
    size_t n;
    size_t words;
    unsigned key_words;
};

static uint64_t *row_at(const struct rows *rows, size_t i)
{
    return rows->row + i * rows->words;
}

static bool key_less(const struct rows *rows, const uint64_t *a, const uint64_t *b)
{
    if (rows->key_words == 2 && a[1] != b[1])
        return a[1] < b[1];
    return a[0] < b[0];
}

static void sort_by_insertion(const struct rows *rows)
{
    const size_t bytes = rows->words * sizeof(uint64_t);
    uint64_t held[ENTRY_WORDS_MAX];
    for (size_t i = 1; i < rows->n; i++) {
        size_t j = i;
        memcpy(held, row_at(rows, i), bytes);
        for (; j > 0 && key_less(rows, held, row_at(rows, j - 1)); j--)
            memcpy(row_at(rows, j), row_at(rows, j - 1), bytes);
        memcpy(row_at(rows, j), held, bytes);
    }
}

static unsigned byte_of(const uint64_t *row, unsigned digit)
{
    return (unsigned)(row[digit / 8] >> digit % 8 * 8) & 255;
}

/* Swaps every row into the range of its byte; next[] ends at the ends of the ranges. */
static void permute(const struct rows *rows, unsigned digit, size_t *next, const size_t *end)
{
    const size_t bytes = rows->words * sizeof(uint64_t);
    uint64_t held[ENTRY_WORDS_MAX];
    for (unsigned b = 0; b < 256; b++)
        while (next[b] < end[b]) {
            uint64_t *row = row_at(rows, next[b]);
            const unsigned to = byte_of(row, digit);
            if (to != b) {
                uint64_t *other = row_at(rows, next[to]);
                memcpy(held, other, bytes);
                memcpy(other, row, bytes);
                memcpy(row, held, bytes);
            }
            next[to]++;
        }
}

/* Sorts by bytes `digit`, digit - 1, ..., 0 of the key. Recursion is at most 16 deep. */
static void sort_rows(const struct rows *rows, unsigned digit)
{
    if (rows->n <= INSERTION_LENGTH) {
        sort_by_insertion(rows);
        return;
    }
    size_t next[256] = {0};
    size_t end[256];
    for (size_t i = 0; i < rows->n; i++)
        next[byte_of(row_at(rows, i), digit)]++;
    size_t at = 0;
    for (unsigned b = 0; b < 256; b++) {
        const size_t n = next[b];
        next[b] = at;
        at += n;
        end[b] = at;
    }
    permute(rows, digit, next, end);
    size_t begin = 0;
    for (unsigned b = 0; b < 256 && digit > 0; b++) {
        struct rows part = *rows;
        part.row = row_at(rows, begin);
        part.n = end[b] - begin;
        if (part.n > 1)
            sort_rows(&part, digit - 1);
        begin = end[b];
    }
}

void weir_hist_entries_sort(struct weir_hist_entries *entries)
{
    struct rows rows = {
        .row = entries->words, .words = entries->entry_words, .key_words = entries->number_words};
    for (size_t i = 0; i < entries->capacity; i++) {
        const uint64_t *entry = entries->words + i * entries->entry_words;
        if (is_empty(entries, entry))
            continue;
        if (rows.n != i)
            memcpy(row_at(&rows, rows.n), entry, entries->entry_words * sizeof *entry);
        rows.n++;
    }
    sort_rows(&rows, 8 * entries->number_words - 1);
}
