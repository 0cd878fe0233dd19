/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stable radix sort of keys with their indices.
 *
 * Keys are split by their first 11 bits into groups that fit the second-level cache, and the groups
 * are sorted there. An element is a key and its index in 64 bits; the digit that all of a group
 * have in common is shifted out. Keys that do not fit so (beyond 51 bits for 10 million) are sorted
 * by slices of their bits, the last slice first: two rounds of 8-byte elements take less than one
 * of 16-byte elements, above all where many keys agree in their first bits. The split collects a
 * cache line for every group and writes it past the caches: 8 bytes a key are read and 8 written,
 * without reading what is overwritten.
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

/* --- elements -------------------------------------------------------------------------------- */

static inline uint64_t key_of(uint64_t x, unsigned index_bits)
{
    return x >> index_bits;
}

static inline uint32_t index_of(uint64_t x, unsigned index_bits)
{
    return (uint32_t)(x & (((uint64_t)1 << index_bits) - 1));
}

/* --- splits ---------------------------------------------------------------------------------- */

/* Appends x to the elements of its digit: in a line of its own first, which goes to `out` when it
 * is full. Elements before the worker's own are not touched. */
static inline void put(struct area *area, size_t digit, uint64_t x, uint64_t *out)
{
    enum { PER_LINE = LINE_BYTES / sizeof(uint64_t) };
    uint64_t *line = (uint64_t *)(void *)area->temp + digit * PER_LINE;
    const uint32_t at = area->next[digit];
    line[at % PER_LINE] = x;
    area->next[digit] = at + 1;
    if (at % PER_LINE != PER_LINE - 1)
        return;
    const uint32_t begin = area->begin[digit];
    const uint32_t start = at - (PER_LINE - 1);
    if (begin <= start)
        stream_line(out + start, line);
    else
        memcpy(out + begin, line + begin % PER_LINE, (at + 1 - begin) * sizeof *out);
}

/* Writes what is left in the lines. */
static void put_rest(struct area *area, struct digit digit, uint64_t *out)
{
    enum { PER_LINE = LINE_BYTES / sizeof(uint64_t) };
    for (size_t d = 0; d < (size_t)1 << digit.bits; d++) {
        const uint64_t *line = (const uint64_t *)(const void *)area->temp + d * PER_LINE;
        const uint32_t end = area->next[d];
        const uint32_t start = end / PER_LINE * PER_LINE;
        const uint32_t begin = area->begin[d] < start ? start : area->begin[d];
        if (begin < end)
            memcpy(out + begin, line + begin % PER_LINE, (end - begin) * sizeof *out);
    }
    stream_end();
}

/* Makes elements of a piece of the keys and splits them. */
static void split_keys(const struct sorter *sorter, const uint64_t *keys, const struct range *piece,
                       struct digit digit, struct area *area, uint64_t *out)
{
    const uint64_t mask = ((uint64_t)1 << digit.bits) - 1;
    const uint32_t *previous = sorter->previous;
    for (size_t i = piece->begin; i < piece->end; i++) {
        const uint64_t index = previous == NULL ? i : previous[i];
        put(area, keys[i] >> digit.shift & mask, keys[i] << sorter->index_bits | index, out);
    }
    put_rest(area, digit, out);
}

static void split(const uint64_t *in, const struct range *piece, struct digit digit,
                  unsigned index_bits, struct area *area, uint64_t *out)
{
    const uint64_t mask = ((uint64_t)1 << digit.bits) - 1;
    for (size_t i = piece->begin; i < piece->end; i++)
        put(area, key_of(in[i], index_bits) >> digit.shift & mask, in[i], out);
    put_rest(area, digit, out);
}

/* As count_keys. */
static void count_elements(const uint64_t *in, const struct range *piece, struct digit digit,
                           unsigned index_bits, uint64_t one, struct area *area)
{
    uint32_t *tables = tables_begin(area);
    const uint64_t mask = ((uint64_t)1 << digit.bits) - 1;
    uint64_t diff = 0;
    for (size_t i = piece->begin; i < piece->end; i++) {
        const uint64_t key = key_of(in[i], index_bits);
        diff |= key ^ one;
        tables[i % TABLES * DIGITS_MAX + (key >> digit.shift & mask)]++;
    }
    tables_end(area);
    area->diff = diff;
}

/* --- groups that fit the cache --------------------------------------------------------------- */

static void emit(const uint64_t *in, size_t n, unsigned index_bits, uint32_t *order)
{
    for (size_t i = 0; i < n; i++)
        order[i] = index_of(in[i], index_bits);
}

/* The bits in which keys differ. */
static uint64_t elements_diff(const uint64_t *in, size_t n, unsigned index_bits)
{
    uint64_t diff = 0;
    for (size_t i = 1; i < n; i++)
        diff |= key_of(in[i], index_bits) ^ key_of(in[0], index_bits);
    return diff;
}

static bool is_sorted(const uint64_t *in, size_t n, unsigned index_bits)
{
    for (size_t i = 1; i < n; i++)
        if (key_of(in[i - 1], index_bits) > key_of(in[i], index_bits))
            return false;
    return true;
}

/* Insertion sort; false when that takes more than `budget` moves. The elements are then still all
 * there, equal keys in the order that they had. */
static bool settle(uint64_t *x, size_t n, unsigned index_bits, size_t budget)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t one = x[i];
        size_t k = i;
        for (; k > 0 && key_of(x[k - 1], index_bits) > key_of(one, index_bits); k--)
            x[k] = x[k - 1];
        x[k] = one;
        if (i - k > budget)
            return false;
        budget -= i - k;
    }
    return true;
}

/* One pass by a digit, to elements or, if `order` is not NULL, to the order. */
static inline void pass(const uint64_t *in, size_t n, struct digit digit, unsigned index_bits,
                        uint64_t *out, uint32_t *order)
{
    uint32_t count[DIGITS_MAX];
    const uint64_t mask = ((uint64_t)1 << digit.bits) - 1;
    uint32_t at = 0;
    memset(count, 0, sizeof *count << digit.bits);
    for (size_t i = 0; i < n; i++)
        count[key_of(in[i], index_bits) >> digit.shift & mask]++;
    for (size_t d = 0; d <= mask; d++) {
        const uint32_t here = count[d];
        count[d] = at;
        at += here;
    }
    if (order != NULL)
        for (size_t i = 0; i < n; i++)
            order[count[key_of(in[i], index_bits) >> digit.shift & mask]++] =
                index_of(in[i], index_bits);
    else
        for (size_t i = 0; i < n; i++)
            out[count[key_of(in[i], index_bits) >> digit.shift & mask]++] = in[i];
}

/* Bits [from, to) of the keys, in n_passes digits from the last one on. */
struct plan {
    unsigned from, to, n_passes, index_bits;
    uint64_t diff;
};

/* Sorts by the bits of the plan, from `in` to `other` and back, digits without a difference left
 * out. With an order, the last pass writes that and NULL is returned; else the array that holds the
 * result. */
static uint64_t *sort_by(const struct plan *plan, uint64_t *in, size_t n, uint64_t *other,
                         uint32_t *order)
{
    const unsigned span = plan->to - plan->from;
    for (unsigned p = 0; p < plan->n_passes; p++) {
        const unsigned shift = plan->from + span * p / plan->n_passes;
        const unsigned end = plan->from + span * (p + 1) / plan->n_passes;
        const struct digit digit = {.shift = shift, .bits = end - shift};
        if ((plan->diff >> shift & (((uint64_t)1 << digit.bits) - 1)) == 0)
            continue;
        if (order != NULL && p + 1 == plan->n_passes) {
            pass(in, n, digit, plan->index_bits, other, order);
            return NULL;
        }
        pass(in, n, digit, plan->index_bits, other, NULL);
        uint64_t *swap = in;
        in = other;
        other = swap;
    }
    return in;
}

/* Sorts elements that fit `temp`, of keys that differ in their last `bits` bits. Keys of many bits
 * are mostly in order when they are by the first log2(n) + SPARE_BITS of them, and insertion does
 * the rest; where it does not, all bits are sorted by. */
static void sort_small(const struct sorter *sorter, uint64_t *in, const struct range *range,
                       uint64_t *temp)
{
    const size_t n = range->end - range->begin;
    const unsigned index_bits = sorter->index_bits;
    uint32_t *order = sorter->order + range->begin;
    if (n <= INSERTION_MAX) {
        (void)settle(in, n, index_bits, SIZE_MAX);
        emit(in, n, index_bits, order);
        return;
    }
    if (is_sorted(in, n, index_bits)) {
        emit(in, n, index_bits, order);
        return;
    }
    const unsigned width = log2_of(n) < DIGIT_BITS_MAX ? log2_of(n) : DIGIT_BITS_MAX;
    if (range->bits <= width) {
        pass(in, n, (struct digit){.bits = range->bits}, index_bits, temp, order);
        return;
    }
    const uint64_t diff = elements_diff(in, n, index_bits);
    const unsigned n_first = (log2_of(n) + SPARE_BITS + width - 1) / width;
    struct plan plan = {.from = (unsigned)__builtin_ctzll(diff),
                        .to = bits_of(diff),
                        .index_bits = index_bits,
                        .diff = diff};
    plan.n_passes = (plan.to - plan.from + width - 1) / width;
    if (plan.n_passes > n_first) {
        struct plan first = plan;
        first.n_passes = n_first;
        first.from = plan.to - n_first * width;
        uint64_t *sorted = sort_by(&first, in, n, temp, NULL);
        if (settle(sorted, n, index_bits, 2 * n)) {
            emit(sorted, n, index_bits, order);
            return;
        }
        temp = sorted == in ? temp : in;
        in = sorted;
    }
    (void)sort_by(&plan, in, n, temp, order);
}

/* --- ranges ---------------------------------------------------------------------------------- */

/* Arrays of a sort: elements lie in `in`, and the same places of `other` are free. */
struct arrays {
    uint64_t *in, *other;
};

/* Sorts a range on the calling thread. */
static void sort_range(const struct sorter *sorter, struct arrays arrays, const struct range *range,
                       struct area *area)
{
    const size_t n = range->end - range->begin;
    uint64_t *in = arrays.in + range->begin;
    if (n <= TEMP_BYTES / sizeof(uint64_t)) {
        sort_small(sorter, in, range, (uint64_t *)(void *)area->temp);
        return;
    }
    const unsigned bits = bits_of(elements_diff(in, n, sorter->index_bits));
    if (bits == 0) {
        emit(in, n, sorter->index_bits, sorter->order + range->begin);
        return;
    }
    uint32_t end[DIGITS_MAX];
    const struct digit digit = first_digit(n, bits);
    struct range group = {.end = range->begin, .bits = digit.shift};
    count_elements(arrays.in, range, digit, sorter->index_bits, 0, area);
    counts_to_places(area, 1, range->begin, end);
    split(arrays.in, range, digit, sorter->index_bits, area, arrays.other);
    for (size_t d = 0; d < (size_t)1 << digit.bits; d++) {
        group.begin = group.end;
        group.end = end[d];
        if (group.begin < group.end)
            sort_range(sorter, (struct arrays){arrays.other, arrays.in}, &group, area);
    }
}

static void sort_team(const struct sorter *sorter, struct arrays arrays, struct range *range);

/* Sorts the groups that a split by `digit` made: small ones by one thread each, then those for
 * which all others would wait by all threads. */
static void sort_groups(const struct sorter *sorter, struct arrays arrays, size_t begin,
                        const uint32_t *end, struct digit digit)
{
    const size_t n_digits = (size_t)1 << digit.bits;
    const size_t fair = sorter->n / (4 * sorter->n_workers);
    const size_t cached = TEMP_BYTES / sizeof(uint64_t);
    const size_t most = sorter->n_workers == 1 ? SIZE_MAX : fair < cached ? cached : fair;
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)sorter->n_workers) schedule(dynamic, 1)
#endif
    for (size_t d = 0; d < n_digits; d++) {
        const struct range group = {
            .begin = d == 0 ? begin : end[d - 1], .end = end[d], .bits = digit.shift};
        if (group.begin < group.end && group.end - group.begin <= most)
            sort_range(sorter, arrays, &group, &sorter->area[weir_par_thread()]);
    }
    for (size_t d = 0; d < n_digits; d++) {
        struct range group = {
            .begin = d == 0 ? begin : end[d - 1], .end = end[d], .bits = digit.shift};
        if (group.begin < group.end && group.end - group.begin > most)
            sort_team(sorter, arrays, &group);
    }
}

/* Counts the first digit of a range, in the bits that its keys do not have in common; range->bits
 * is 0 when there is none. */
static struct digit count_team(const struct sorter *sorter, const uint64_t *in, struct range *range)
{
    struct digit digit = first_digit(range->end - range->begin, range->bits);
    for (;;) {
        const uint64_t one = key_of(in[range->begin], sorter->index_bits);
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)sorter->n_workers) schedule(static, 1)
#endif
        for (size_t w = 0; w < sorter->n_workers; w++) {
            const struct range piece = piece_of(range, w, sorter->n_workers);
            count_elements(in, &piece, digit, sorter->index_bits, one, &sorter->area[w]);
        }
        const unsigned bits = bits_of(diff_of(sorter));
        if (bits == range->bits || bits == 0) {
            range->bits = bits;
            return digit;
        }
        range->bits = bits;
        digit = first_digit(range->end - range->begin, bits);
    }
}

/* Sorts a range on all threads. */
static void sort_team(const struct sorter *sorter, struct arrays arrays, struct range *range)
{
    uint32_t end[DIGITS_MAX];
    const struct digit digit = count_team(sorter, arrays.in, range);
    if (range->bits != 0)
        counts_to_places(sorter->area, sorter->n_workers, range->begin, end);
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)sorter->n_workers) schedule(static, 1)
#endif
    for (size_t w = 0; w < sorter->n_workers; w++) {
        const struct range piece = piece_of(range, w, sorter->n_workers);
        if (range->bits == 0)
            emit(arrays.in + piece.begin, piece.end - piece.begin, sorter->index_bits,
                 sorter->order + piece.begin);
        else
            split(arrays.in, &piece, digit, sorter->index_bits, &sorter->area[w], arrays.other);
    }
    if (range->bits != 0)
        sort_groups(sorter, (struct arrays){arrays.other, arrays.in}, range->begin, end, digit);
}

/* Sorts all keys, whose first digit has been counted. */
static void sort_keys(const struct sorter *sorter, const uint64_t *keys, const struct range *all,
                      struct digit digit, struct arrays arrays)
{
    uint32_t end[DIGITS_MAX];
    counts_to_places(sorter->area, sorter->n_workers, 0, end);
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)sorter->n_workers) schedule(static, 1)
#endif
    for (size_t w = 0; w < sorter->n_workers; w++) {
        const struct range piece = piece_of(all, w, sorter->n_workers);
        split_keys(sorter, keys, &piece, digit, &sorter->area[w], arrays.in);
    }
    sort_groups(sorter, arrays, 0, end, digit);
}

/* --- slices of the keys ---------------------------------------------------------------------- */

static size_t workers_of(size_t n)
{
    return 1 + n / WORKER_KEYS;
}

static size_t array_bytes(size_t n)
{
    return (n * sizeof(uint64_t) + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

size_t weir_radix_sort_workspace_bytes(size_t n)
{
    const size_t n_workers = workers_of(n) < WEIR_THREADS_MAX ? workers_of(n) : WEIR_THREADS_MAX;
    return 2 * array_bytes(n) + n_workers * sizeof(struct area);
}

/* out[i] = the slice of the i-th key in the order so far. */
static void gather_slice(const struct sorter *sorter, struct digit slice, uint64_t *out)
{
    enum { AHEAD = 64, GRAIN = 1 << 14 };
    const size_t n = sorter->n;
    const size_t n_grains = (n + GRAIN - 1) / GRAIN;
    const uint64_t mask = UINT64_MAX >> (64 - slice.bits);
    const uint32_t *previous = sorter->previous;
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)sorter->n_workers) schedule(static)
#endif
    for (size_t grain = 0; grain < n_grains; grain++) {
        const size_t end = n - grain * GRAIN < GRAIN ? n : (grain + 1) * GRAIN;
        if (previous == NULL)
            for (size_t i = grain * GRAIN; i < end; i++)
                out[i] = sorter->keys[i] >> slice.shift & mask;
        else
            for (size_t i = grain * GRAIN; i < end; i++) {
                if (i + AHEAD < n)
                    __builtin_prefetch(&sorter->keys[previous[i + AHEAD]]);
                out[i] = sorter->keys[previous[i]] >> slice.shift & mask;
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

/* Sorts by keys of which a slice has been gathered to `arrays.other`, or by whole ones. */
static void sort_slice(const struct sorter *sorter, const uint64_t *keys, unsigned bits,
                       struct arrays arrays)
{
    struct range all = {.begin = 0, .end = sorter->n, .bits = bits};
    const struct digit digit = count_all(sorter, keys, &all);
    if (all.bits == 0)
        order_as_before(sorter);
    else
        sort_keys(sorter, keys, &all, digit, arrays);
}

void weir_radix_sort(const uint64_t *keys, size_t n, unsigned bits, const uint32_t *previous,
                     uint32_t *order, void *workspace, int n_threads)
{
    unsigned char *first = workspace;
    unsigned char *second = first + array_bytes(n);
    size_t n_workers = workers_of(n) < (size_t)n_threads ? workers_of(n) : (size_t)n_threads;
    n_workers = n_workers < WEIR_THREADS_MAX ? n_workers : WEIR_THREADS_MAX;
    struct sorter sorter = {.keys = keys,
                            .previous = previous,
                            .order = order,
                            .n = n,
                            .n_workers = n_workers,
                            .index_bits = n < 2 ? 1 : bits_of(n - 1),
                            .area = (struct area *)(void *)(second + array_bytes(n))};
    const struct arrays arrays = {(void *)first, (void *)second};
    if (n < 2 || bits == 0) {
        order_as_before(&sorter);
        return;
    }
    /* What an element holds, its first digit being where it stands. */
    const unsigned most = 64 - sorter.index_bits + first_digit(n, 64).bits;
    const unsigned n_slices = (bits + most - 1) / most;
    for (unsigned s = 0; s < n_slices; s++) {
        const unsigned shift = bits * s / n_slices;
        const struct digit slice = {.shift = shift, .bits = bits * (s + 1) / n_slices - shift};
        const bool is_whole = n_slices == 1 && sorter.previous == NULL;
        if (!is_whole)
            gather_slice(&sorter, slice, arrays.other);
        sort_slice(&sorter, is_whole ? keys : arrays.other, slice.bits, arrays);
        sorter.previous = order;
    }
}
