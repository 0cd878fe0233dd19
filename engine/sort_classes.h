/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes of records by key, in ascending order: what a sort in pieces divides its input into.
 *
 * Bounds come from a sample of keys, taken at places that depend on the number of records only.
 * Records of a class are smaller than those of the next one. A class is either a range of keys,
 * which holds about `n / n_wanted` records, or the records of a single key that is frequent.
 */
#ifndef WEIR_SORT_CLASSES_H
#define WEIR_SORT_CLASSES_H

#include "sort_keys.h"

#define WEIR_SORT_CLASSES_MAX 65535 /* a class is a uint16_t */

struct weir_sort_classes {
    struct weir_mem *mem;
    const struct weir_sort_keys *keys;
    size_t n_classes;
    size_t n_bounds;
    uint64_t *bound;      /* keys->n_words words each, ascending */
    uint16_t *below;      /* class of keys below bound i, and above i - 1; n_bounds + 1 of them */
    uint16_t *at;         /* class of keys equal to bound i */
    bool *single;         /* per class: it has one key only */
    unsigned first_shift; /* what of word 0 stands behind its leading bits */
    uint32_t *first;      /* first bound with these leading bits, for quick look-ups */
};

/* Takes a sample for about `n_wanted` (>= 1) classes and derives the bounds; `attempt` makes
 * another sample, larger for larger numbers. The keys, which must have words, live as long as the
 * classes. WEIR_MEMORY. Release in any case. */
enum weir_status weir_sort_classes_init(struct weir_sort_classes *classes,
                                        const struct weir_sort_keys *keys,
                                        const struct weir_sort_table *table, size_t n_wanted,
                                        unsigned attempt, struct weir_mem *mem,
                                        struct weir_error *err) WEIR_MUST_CHECK;
void weir_sort_classes_release(struct weir_sort_classes *classes);

/* Finds the classes of `n` records: words[w * stride + i] is word w of record i. Any thread. */
void weir_sort_classes_find(const struct weir_sort_classes *classes, const uint64_t *words,
                            size_t stride, size_t n, uint16_t *class_of);

#endif
