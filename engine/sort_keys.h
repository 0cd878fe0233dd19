/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What records are sorted by: columns of any type as few unsigned words per record.
 *
 * Values of each key column are mapped to unsigned integers in the same order, less the smallest
 * one, and packed side by side into 64-bit words, the first key on top: comparing words in order
 * compares records. Key columns that are constant take no bits. The survey that finds the bits
 * that are needed finds in the same read whether the records are in order already.
 *
 *     struct weir_sort_keys keys;
 *     status = weir_sort_keys_find(&keys, schema, &names, err);
 *     weir_sort_table_view(&table, columns, begin, n);
 *     status = weir_sort_keys_survey(&keys, &table, n_threads, &found, err);
 *     weir_sort_keys_pack(&keys, &table, 0, 0, n, words);        // n words, of keys.word_bits[0]
 *
 * Reals ascend from -inf to inf; -0 equals 0; NaNs come behind all numbers and are equal to each
 * other, as in numpy. Signed integers ascend from the most negative one.
 */
#ifndef WEIR_SORT_KEYS_H
#define WEIR_SORT_KEYS_H

#include "columns.h"
#include "option.h"

/* The columns that a trace can have. */
#define WEIR_SORT_KEYS_MAX (WEIR_N_FIELDS + WEIR_CUSTOM_COLUMNS_MAX)

/* Records as whole columns, mapped or in memory; borrowed. Columns are numbered as those of drafts
 * are (columns.h); one more may hold what a command carries along. */
#define WEIR_SORT_TABLE_COLUMNS_MAX (WEIR_SORT_KEYS_MAX + 1)
struct weir_sort_table {
    uint64_t n;
    size_t n_columns;
    struct weir_column column[WEIR_SORT_TABLE_COLUMNS_MAX]; /* n values each */
};

/* Points the table at records [begin, begin + n) of an open trace whose columns are all mapped. */
void weir_sort_table_view(struct weir_sort_table *table, const struct weir_columns *columns,
                          uint64_t begin, uint64_t n);

/* Bytes of one record: the sum over all columns. */
size_t weir_sort_table_record_bytes(const struct weir_sort_table *table);

struct weir_sort_key {
    size_t column;
    uint64_t base; /* smallest value, mapped */
    unsigned bits; /* of the largest one less the base; 0: constant, part of no word */
    size_t word;   /* where it is packed */
    unsigned shift;
};

struct weir_sort_keys {
    size_t n_keys;
    struct weir_sort_key key[WEIR_SORT_KEYS_MAX];
    size_t n_words; /* 0: all records are equal */
    unsigned word_bits[WEIR_SORT_KEYS_MAX];
};

enum weir_sort_found {
    WEIR_SORT_UNORDERED,
    WEIR_SORT_ASCENDING,  /* no record before a smaller one; also 0 and 1 records */
    WEIR_SORT_DESCENDING, /* every record before a smaller one: no two are equal */
};

/* Finds the columns called `names`, first the one that counts most; repetitions are left out.
 * WEIR_FORMAT naming the first one that `schema` lacks. */
enum weir_status weir_sort_keys_find(struct weir_sort_keys *keys, const struct weir_schema *schema,
                                     const struct weir_words *names,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Reads the key columns once: sets base, bits and place of every key, and in what order the records
 * are. Not from within a parallel region unless n_threads is 1. WEIR_CANCELLED. */
enum weir_status weir_sort_keys_survey(struct weir_sort_keys *keys,
                                       const struct weir_sort_table *table, int n_threads,
                                       enum weir_sort_found *found,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Compares records of the table that stand in any order: order[i] is -1 when record row[i] comes
 * before record row[i + 1] by the keys, 1 when it comes behind it, 0 when they are equal, for
 * i < n <= WEIR_SORT_KEYS_COMPARE_MAX. `row` has n + 1 positions, all below table->n. Needs no
 * survey. A leaf; any thread. */
#define WEIR_SORT_KEYS_COMPARE_MAX 1024
void weir_sort_keys_compare(const struct weir_sort_keys *keys, const struct weir_sort_table *table,
                            const uint64_t *row, size_t n, int8_t *order);

/* Packs word `word` of records [begin, begin + n) into words[0 .. n). The survey was of this table
 * or of one that this one's records come from. A leaf; any thread. */
void weir_sort_keys_pack(const struct weir_sort_keys *keys, const struct weir_sort_table *table,
                         size_t word, uint64_t begin, size_t n, uint64_t *words);

#endif
