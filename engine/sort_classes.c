/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes from a stratified sample: one record from every n / n_sample, at a random place in it, so
 * that no pattern in the data can meet a pattern in the sample. With 128 records of it per class,
 * the chance that a class gets twice its share is below 1e-20. */
#include "sort_classes.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_PER_CLASS 128
#define SAMPLE_MIN       4096
#define FIRST_BITS       16

/* Mixes a number (splitmix64). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static int compare_words(const void *a, const void *b, void *n_words)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    for (size_t w = 0; w < *(const size_t *)n_words; w++)
        if (x[w] != y[w])
            return x[w] < y[w] ? -1 : 1;
    return 0;
}

/* Packs the keys of one record of each of n_sample strata and sorts them. */
static void take_sample(const struct weir_sort_keys *keys, const struct weir_sort_table *table,
                        size_t n_sample, unsigned attempt, uint64_t *sample)
{
    size_t n_words = keys->n_words;
    const uint64_t stratum = table->n / n_sample;
    for (size_t i = 0; i < n_sample; i++) {
        const uint64_t at = i * stratum + mix(i * 16 + attempt) % stratum;
        for (size_t w = 0; w < n_words; w++)
            weir_sort_keys_pack(keys, table, w, at, 1, &sample[i * n_words + w]);
    }
    qsort_r(sample, n_sample, n_words * sizeof *sample, compare_words, &n_words);
}

/* Numbers the classes and takes the bounds out of the sorted sample: every n_sample / n_wanted-th
 * key. One that fills half of such a step is frequent. */
static void set_bounds(struct weir_sort_classes *classes, const uint64_t *sample, size_t n_sample,
                       size_t n_wanted)
{
    size_t n_words = classes->keys->n_words;
    uint16_t class = 0;
    for (size_t i = 1; i < n_wanted; i++) {
        size_t begin = n_sample * i / n_wanted;
        size_t end = begin + 1;
        const uint64_t *key = &sample[begin * n_words];
        const size_t b = classes->n_bounds;
        if (b > 0 && compare_words(&classes->bound[(b - 1) * n_words], key, &n_words) == 0)
            continue;
        while (begin > 0 && compare_words(&sample[(begin - 1) * n_words], key, &n_words) == 0)
            begin--;
        while (end < n_sample && compare_words(&sample[end * n_words], key, &n_words) == 0)
            end++;
        const bool frequent = end - begin > n_sample / n_wanted / 2;
        memcpy(&classes->bound[b * n_words], key, n_words * sizeof *key);
        classes->below[b] = class ++;
        classes->at[b] = class;
        if (frequent)
            classes->single[class ++] = true;
        classes->n_bounds++;
    }
    classes->below[classes->n_bounds] = class;
    classes->n_classes = (size_t) class + 1;
}

/* Fills the table of leading bits. */
static void set_first(struct weir_sort_classes *classes)
{
    const unsigned bits = classes->keys->word_bits[0];
    const size_t n_words = classes->keys->n_words;
    classes->first_shift = bits > FIRST_BITS ? bits - FIRST_BITS : 0;
    size_t b = 0;
    for (size_t i = 0; i <= (size_t)1 << FIRST_BITS; i++) {
        while (b < classes->n_bounds && classes->bound[b * n_words] >> classes->first_shift < i)
            b++;
        classes->first[i] = (uint32_t)b;
    }
}

enum weir_status weir_sort_classes_init(struct weir_sort_classes *classes,
                                        const struct weir_sort_keys *keys,
                                        const struct weir_sort_table *table, size_t n_wanted,
                                        unsigned attempt, struct weir_mem *mem,
                                        struct weir_error *err)
{
    *classes = (struct weir_sort_classes){.mem = mem, .keys = keys};
    size_t n_sample = n_wanted * SAMPLE_PER_CLASS << 2 * attempt;
    n_sample = n_sample < SAMPLE_MIN ? SAMPLE_MIN : n_sample;
    n_sample = n_sample > table->n ? (size_t)table->n : n_sample;
    const size_t key_bytes = keys->n_words * sizeof(uint64_t);
    uint64_t *sample = weir_mem_alloc(mem, n_sample * key_bytes);
    classes->bound = weir_mem_alloc(mem, n_wanted * key_bytes);
    classes->below = weir_mem_alloc(mem, (n_wanted + 1) * sizeof *classes->below);
    classes->at = weir_mem_alloc(mem, n_wanted * sizeof *classes->at);
    classes->single = weir_mem_zalloc(mem, 2 * n_wanted + 1, sizeof *classes->single);
    classes->first = weir_mem_alloc(mem, (((size_t)1 << FIRST_BITS) + 1) * sizeof *classes->first);
    if (sample == NULL || classes->bound == NULL || classes->below == NULL || classes->at == NULL ||
        classes->single == NULL || classes->first == NULL) {
        weir_mem_free(mem, sample);
        return weir_error_set(err, WEIR_MEMORY, "no memory to divide the records into %zu classes",
                              n_wanted);
    }
    take_sample(keys, table, n_sample, attempt, sample);
    set_bounds(classes, sample, n_sample, n_wanted);
    set_first(classes);
    weir_mem_free(mem, sample);
    return WEIR_OK;
}

void weir_sort_classes_release(struct weir_sort_classes *classes)
{
    weir_mem_free(classes->mem, classes->bound);
    weir_mem_free(classes->mem, classes->below);
    weir_mem_free(classes->mem, classes->at);
    weir_mem_free(classes->mem, classes->single);
    weir_mem_free(classes->mem, classes->first);
    *classes = (struct weir_sort_classes){.mem = classes->mem};
}

/* How record words[0], words[stride], ... compares with a bound. */
static int compare_bound(const uint64_t *words, size_t stride, const uint64_t *bound,
                         size_t n_words)
{
    for (size_t w = 0; w < n_words; w++)
        if (words[w * stride] != bound[w])
            return words[w * stride] < bound[w] ? -1 : 1;
    return 0;
}

void weir_sort_classes_find(const struct weir_sort_classes *classes, const uint64_t *words,
                            size_t stride, size_t n, uint16_t *class_of)
{
    const size_t n_words = classes->keys->n_words;
    for (size_t i = 0; i < n; i++) {
        const uint64_t lead = words[i] >> classes->first_shift;
        size_t low = classes->first[lead];
        size_t high = classes->first[lead + 1]; /* the answer is within low .. high */
        bool equal = false;
        while (low < high && !equal) {
            const size_t middle = (low + high) / 2;
            const int order =
                compare_bound(words + i, stride, &classes->bound[middle * n_words], n_words);
            equal = order == 0;
            if (order > 0)
                low = middle + 1;
            else
                high = middle;
        }
        class_of[i] = equal ? classes->at[high] : classes->below[low];
    }
}
