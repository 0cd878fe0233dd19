/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stable radix sort of keys with their indices.
 *
 * Keys are split by their first 11 bits into groups that fit the second-level cache, and the groups
 * are sorted there. An element is a key and its index in 64 bits where they fit (the digit that all
 * of a group have in common is shifted out), else in 128: the twins of radix_sort_body.inc. The
 * split collects a cache line for every group and writes it past the caches: 8 bytes a key are read
 * and 8 written, without reading what is overwritten.
 *
 * Threads count and split pieces of equal size, and then take groups one by one. A group so large
 * that others would wait for it is split again by all of them. Bits that all keys of a range have
 * in common are found while they are counted, and skipped; equal keys end there. */
#include "radix_sort.h"

#include "par.h"

#include <stdbool.h>
#include <string.h>

#if defined(__SSE2__) && !defined(WEIR_NO_SIMD)
#include <emmintrin.h>
#endif

#define LINE_BYTES     64
#define DIGIT_BITS_MAX 11
#define DIGITS_MAX     (1U << DIGIT_BITS_MAX)
#define GROUP_BITS     12                  /* a split aims at groups of 2^12 keys and more */
#define TEMP_BYTES     ((size_t)512 << 10) /* groups beyond are split again: half of a small L2 */
#define WORKER_KEYS    ((size_t)1 << 18)   /* threads that have less to do are not worth a start */
#define INSERTION_MAX  32
#define SPARE_BITS     4 /* sorted by log2(n) + 4 bits, one key in 16 has a wrong neighbour */
#define TABLES         4 /* counters in turn: one is not added to faster than stores return to loads */

/* What a thread works with. While it splits, `temp` holds a line for each digit. */
struct area {
    _Alignas(LINE_BYTES) unsigned char temp[TEMP_BYTES];
    uint32_t next[DIGITS_MAX];  /* counts, then the place of the next element of each digit */
    uint32_t begin[DIGITS_MAX]; /* of the thread's own elements of the digit */
    uint64_t diff;              /* bits in which its keys differ */
};

struct element {
    uint64_t key;
    uint64_t index;
};

struct sorter {
    const uint64_t *keys;
    const uint32_t *previous;
    uint32_t *order;
    size_t n;
    size_t n_workers;
    unsigned index_bits;
    struct area *area; /* one per worker */
};

/* Elements [begin, end) of an array, sorted to the same places of the order. */
struct range {
    size_t begin, end;
    unsigned bits; /* of the keys that can still differ */
};

/* A digit of the keys. */
struct digit {
    unsigned shift, bits;
};

/* floor(log2(n)), n >= 1. */
static unsigned log2_of(size_t n)
{
    return 63 - (unsigned)__builtin_clzll(n);
}

static unsigned bits_of(uint64_t x)
{
    return x == 0 ? 0 : log2_of(x) + 1;
}

/* The first digit of keys of `bits` bits for a split of n of them. */
static struct digit first_digit(size_t n, unsigned bits)
{
    const unsigned wanted = log2_of(n) < GROUP_BITS + 6 ? 6 : log2_of(n) - GROUP_BITS;
    unsigned width = wanted < DIGIT_BITS_MAX ? wanted : DIGIT_BITS_MAX;
    width = width < bits ? width : bits;
    return (struct digit){.shift = bits - width, .bits = width};
}

/* Piece `worker` of the range, one of n_workers. */
static struct range piece_of(const struct range *range, size_t worker, size_t n_workers)
{
    const size_t n = range->end - range->begin;
    return (struct range){.begin = range->begin + n * worker / n_workers,
                          .end = range->begin + n * (worker + 1) / n_workers,
                          .bits = range->bits};
}

/* Copies a whole line to memory, past the caches where the machine can. */
static inline void stream_line(void *to, const void *from)
{
#if defined(__SSE2__) && !defined(WEIR_NO_SIMD)
    const __m128i *in = from;
    __m128i *out = to;
    for (size_t k = 0; k < LINE_BYTES / sizeof *in; k++)
        _mm_stream_si128(out + k, _mm_load_si128(in + k));
#else
    memcpy(to, from, LINE_BYTES);
#endif
}

/* Makes streamed lines visible to other threads. */
static inline void stream_end(void)
{
#if defined(__SSE2__) && !defined(WEIR_NO_SIMD)
    _mm_sfence();
#endif
}

/* --- counters -------------------------------------------------------------------------------- */

static uint32_t *tables_begin(struct area *area)
{
    uint32_t *tables = (uint32_t *)(void *)area->temp;
    memset(tables, 0, TABLES * DIGITS_MAX * sizeof *tables);
    return tables;
}

static void tables_end(struct area *area)
{
    const uint32_t *tables = (const uint32_t *)(const void *)area->temp;
    for (size_t d = 0; d < DIGITS_MAX; d++)
        area->next[d] = tables[d] + tables[DIGITS_MAX + d] + tables[2 * DIGITS_MAX + d] +
                        tables[3 * DIGITS_MAX + d];
}

/* Turns the counts of all areas into places: digit by digit, and within a digit worker by worker.
 * end[d] becomes the end of digit d. */
static void counts_to_places(struct area *area, size_t n_workers, size_t begin, uint32_t *end)
{
    uint32_t at = (uint32_t)begin;
    for (size_t d = 0; d < DIGITS_MAX; d++) {
        for (size_t w = 0; w < n_workers; w++) {
            const uint32_t count = area[w].next[d];
            area[w].next[d] = area[w].begin[d] = at;
            at += count;
        }
        end[d] = at;
    }
}

/* Counts the digits of keys [begin, end) into area->next, and finds where they differ from `one`.
 */
static void count_keys(const uint64_t *keys, const struct range *piece, struct digit digit,
                       uint64_t one, struct area *area)
{
    uint32_t *tables = tables_begin(area);
    const uint64_t mask = ((uint64_t)1 << digit.bits) - 1;
    uint64_t diff = 0;
    size_t i = piece->begin;
    for (; i + TABLES <= piece->end; i += TABLES)
        for (size_t t = 0; t < TABLES; t++) {
            diff |= keys[i + t] ^ one;
            tables[t * DIGITS_MAX + (keys[i + t] >> digit.shift & mask)]++;
        }
    for (; i < piece->end; i++) {
        diff |= keys[i] ^ one;
        tables[keys[i] >> digit.shift & mask]++;
    }
    tables_end(area);
    area->diff = diff;
}

static uint64_t diff_of(const struct sorter *sorter)
{
    uint64_t diff = 0;
    for (size_t w = 0; w < sorter->n_workers; w++)
        diff |= sorter->area[w].diff;
    return diff;
}

/* --- the two kinds of elements --------------------------------------------------------------- */

#define ELEMENT             uint64_t
#define NAME(name)          name##_packed
#define MAKE(key, index, b) ((key) << (b) | (index))
#define KEY(x, b)           ((x) >> (b))
#define INDEX(x, b)         ((uint32_t)((x) & (((uint64_t)1 << (b)) - 1)))
#include "radix_sort_body.inc"
#undef ELEMENT
#undef NAME
#undef MAKE
#undef KEY
#undef INDEX

#define ELEMENT             struct element
#define NAME(name)          name##_wide
#define MAKE(key, index, b) ((struct element){(key), (index)})
#define KEY(x, b)           ((x).key)
#define INDEX(x, b)         ((uint32_t)(x).index)
#include "radix_sort_body.inc"
#undef ELEMENT
#undef NAME
#undef MAKE
#undef KEY
#undef INDEX

/* --- all ------------------------------------------------------------------------------------- */

static size_t workers_of(size_t n)
{
    return 1 + n / WORKER_KEYS;
}

static size_t array_bytes(size_t n)
{
    return (n * sizeof(struct element) + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

size_t weir_radix_sort_workspace_bytes(size_t n)
{
    const size_t n_workers = workers_of(n) < WEIR_THREADS_MAX ? workers_of(n) : WEIR_THREADS_MAX;
    return 2 * array_bytes(n) + n_workers * sizeof(struct area);
}

/* gathered[i] = keys[previous[i]]. */
static void gather_keys(const struct sorter *sorter, uint64_t *gathered)
{
    enum { AHEAD = 64, GRAIN = 1 << 14 };
    const size_t n = sorter->n;
    const size_t n_grains = (n + GRAIN - 1) / GRAIN;
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)sorter->n_workers) schedule(static)
#endif
    for (size_t grain = 0; grain < n_grains; grain++) {
        const size_t end = n - grain * GRAIN < GRAIN ? n : (grain + 1) * GRAIN;
        for (size_t i = grain * GRAIN; i < end; i++) {
            if (i + AHEAD < n)
                __builtin_prefetch(&sorter->keys[sorter->previous[i + AHEAD]]);
            gathered[i] = sorter->keys[sorter->previous[i]];
        }
    }
}

/* Counts the first digit of all keys, in the bits that they do not have in common. */
static struct digit count_all(const struct sorter *sorter, const uint64_t *keys, struct range *all)
{
    struct digit digit = first_digit(sorter->n, all->bits);
    for (;;) {
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)sorter->n_workers) schedule(static, 1)
#endif
        for (size_t w = 0; w < sorter->n_workers; w++) {
            const struct range piece = piece_of(all, w, sorter->n_workers);
            count_keys(keys, &piece, digit, keys[0], &sorter->area[w]);
        }
        const unsigned bits = bits_of(diff_of(sorter));
        if (bits == all->bits || bits == 0) {
            all->bits = bits;
            return digit;
        }
        all->bits = bits;
        digit = first_digit(sorter->n, bits);
    }
}

static void order_as_before(const struct sorter *sorter)
{
    if (sorter->previous == sorter->order)
        return;
    for (size_t i = 0; i < sorter->n; i++)
        sorter->order[i] = sorter->previous == NULL ? (uint32_t)i : sorter->previous[i];
}

void weir_radix_sort(const uint64_t *keys, size_t n, unsigned bits, const uint32_t *previous,
                     uint32_t *order, void *workspace, int n_threads)
{
    unsigned char *first = workspace;
    unsigned char *second = first + array_bytes(n);
    size_t n_workers = workers_of(n) < (size_t)n_threads ? workers_of(n) : (size_t)n_threads;
    n_workers = n_workers < WEIR_THREADS_MAX ? n_workers : WEIR_THREADS_MAX;
    const struct sorter sorter = {.keys = keys,
                                  .previous = previous,
                                  .order = order,
                                  .n = n,
                                  .n_workers = n_workers,
                                  .index_bits = n < 2 ? 1 : bits_of(n - 1),
                                  .area = (struct area *)(void *)(second + array_bytes(n))};
    struct range all = {.begin = 0, .end = n, .bits = bits};
    if (n < 2 || bits == 0) {
        order_as_before(&sorter);
        return;
    }
    if (previous != NULL) {
        gather_keys(&sorter, (uint64_t *)(void *)second);
        keys = (const uint64_t *)(const void *)second;
    }
    struct digit digit = count_all(&sorter, keys, &all);
    if (all.bits == 0)
        order_as_before(&sorter);
    else if (all.bits + sorter.index_bits <= 64 + digit.bits)
        sort_keys_packed(&sorter, keys, &all, digit,
                         (struct arrays_packed){(void *)first, (void *)second});
    else
        sort_keys_wide(&sorter, keys, &all, digit,
                       (struct arrays_wide){(void *)first, (void *)second});
}
