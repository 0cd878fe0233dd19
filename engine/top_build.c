/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Combining the tables of all lanes, and choosing the best entries with a heap. */
#include "top_build.h"

#include "guard.h"
#include "scratch_file.h"

#include <string.h>

#define ENTRY_WORDS_MAX  (WEIR_TOP_WORDS_MAX + WEIR_TOP_SUM_WORDS)
#define FIRST_CAPACITY   ((size_t)1024) /* of the table that combines */
#define FIRST_ROWS       ((size_t)64)
#define RANGE_BITS_MAX   48
#define ENTRIES_PER_LOOK 65536 /* entries between looks at the stop flag */

/* The best rows so far, the worst of them on top. */
struct heap {
    enum weir_top_order order;
    uint64_t n_wanted;
    size_t n_key, entry_words;
    uint64_t *rows;
    size_t n, capacity;
};

struct weir_top_build {
    struct weir_top_plan plan;
    size_t budget_bytes;
    size_t n_lanes;
    struct weir_top_lane **lane; /* NULL where a thread has seen no record */
    struct heap heap;
    struct weir_top_table table; /* of the range at hand */
    uint64_t *buffer;            /* an extent */
    uint64_t n_keys;
    struct weir_top_sums total;
};

enum weir_status weir_top_build_new(const struct weir_top_request *request,
                                    struct weir_top_build **out, struct weir_error *err)
{
    struct weir_top_build *build = weir_mem_zalloc(request->mem, 1, sizeof *build);
    if (build == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    build->plan = (struct weir_top_plan){
        .keys = request->keys, .scratch = request->scratch, .mem = request->mem};
    build->budget_bytes = request->budget_bytes;
    *out = build;
    return WEIR_OK;
}

void weir_top_build_free(struct weir_top_build *build)
{
    if (build == NULL)
        return;
    struct weir_mem *mem = build->plan.mem;
    for (size_t i = 0; i < build->n_lanes; i++)
        weir_top_lane_free(build->lane[i]);
    weir_top_table_release(&build->table);
    weir_mem_free(mem, build->heap.rows);
    weir_mem_free(mem, build->buffer);
    weir_mem_free(mem, build->lane);
    weir_mem_free(mem, build);
}

void weir_top_build_layout(struct weir_top_build *build, const struct weir_schema *schema)
{
    weir_top_keys_layout(&build->plan.keys, schema);
}

static enum weir_status build_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct weir_top_build *build = state;
    const size_t budget = build->budget_bytes != 0 ? build->budget_bytes
                                                   : weir_mem_available_bytes(build->plan.mem) / 2;
    build->plan.lane_bytes = budget / n_lanes;
    build->lane = weir_mem_zalloc(build->plan.mem, n_lanes, sizeof(struct weir_top_lane *));
    if (build->lane == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu tables", n_lanes);
    build->n_lanes = n_lanes;
    return WEIR_OK;
}

static enum weir_status build_add(void *state, size_t lane, const struct weir_batch *batch,
                                  size_t *bad, struct weir_error *err)
{
    struct weir_top_build *build = state;
    if (build->lane[lane] == NULL) {
        const enum weir_status status = weir_top_lane_new(&build->plan, &build->lane[lane], err);
        if (status != WEIR_OK)
            return status;
    }
    return weir_top_lane_add(build->lane[lane], batch, bad, err);
}

struct weir_consumer weir_top_build_consumer(struct weir_top_build *build)
{
    return (struct weir_consumer){.state = build,
                                  .fields = weir_top_keys_fields(&build->plan.keys) |
                                            WEIR_FIELD_BIT(WEIR_PACKETS) |
                                            WEIR_FIELD_BIT(WEIR_OCTETS),
                                  .begin = build_begin,
                                  .add = build_add};
}

/* --- the best rows --------------------------------------------------------------------------- */

static weir_u128 measure(const struct heap *heap, const uint64_t *row)
{
    const struct weir_top_sums sums = weir_top_sums(row, heap->n_key);
    switch (heap->order) {
    case WEIR_TOP_BY_PACKETS:
        return sums.packets;
    case WEIR_TOP_BY_FLOWS:
        return sums.flows;
    case WEIR_TOP_BY_OCTETS:
        break;
    }
    return sums.octets;
}

/* True when row `a` stands before row `b`; keys differ. */
static bool is_better(const struct heap *heap, const uint64_t *a, const uint64_t *b)
{
    const weir_u128 x = measure(heap, a);
    const weir_u128 y = measure(heap, b);
    if (x != y)
        return x > y;
    size_t w = 0;
    while (w + 1 < heap->n_key && a[w] == b[w])
        w++;
    return a[w] < b[w];
}

static uint64_t *row_at(const struct heap *heap, size_t i)
{
    return heap->rows + i * heap->entry_words;
}

static void copy_row(const struct heap *heap, size_t to, const uint64_t *row)
{
    memcpy(row_at(heap, to), row, heap->entry_words * sizeof *row);
}

/* Puts `row` where it belongs below place `i`, among the first `n` rows; the row there is lost. */
static void sift_down(const struct heap *heap, size_t i, size_t n, const uint64_t *row)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < n && is_better(heap, row_at(heap, child), row_at(heap, child + 1)))
            child++;
        if (child >= n || is_better(heap, row_at(heap, child), row))
            break;
        copy_row(heap, i, row_at(heap, child));
        i = child;
    }
    copy_row(heap, i, row);
}

/* Appends a row and puts it where it belongs above. */
static void sift_up(struct heap *heap, const uint64_t *row)
{
    size_t i = heap->n++;
    while (i > 0 && is_better(heap, row_at(heap, (i - 1) / 2), row)) {
        copy_row(heap, i, row_at(heap, (i - 1) / 2));
        i = (i - 1) / 2;
    }
    copy_row(heap, i, row);
}

static enum weir_status offer(struct weir_top_build *build, const uint64_t *row,
                              struct weir_error *err)
{
    struct heap *heap = &build->heap;
    const struct weir_top_sums sums = weir_top_sums(row, heap->n_key);
    build->n_keys++;
    build->total.flows += sums.flows;
    build->total.packets += sums.packets;
    build->total.octets += sums.octets;
    if (heap->n == heap->n_wanted) {
        if (is_better(heap, row, row_at(heap, 0)))
            sift_down(heap, 0, heap->n, row);
        return WEIR_OK;
    }
    if (heap->n == heap->capacity) {
        const size_t capacity = heap->capacity == 0 ? FIRST_ROWS : 2 * heap->capacity;
        uint64_t *grown = weir_mem_resize(build->plan.mem, heap->rows,
                                          capacity * heap->entry_words * sizeof *grown);
        if (grown == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory for more than %zu rows", heap->n);
        heap->rows = grown;
        heap->capacity = capacity;
    }
    sift_up(heap, row);
    return WEIR_OK;
}

/* The heap becomes a list, best first. */
static void sort_rows(struct heap *heap)
{
    uint64_t held[ENTRY_WORDS_MAX];
    for (size_t n = heap->n; n-- > 1;) {
        memcpy(held, row_at(heap, n), heap->entry_words * sizeof *held);
        copy_row(heap, n, row_at(heap, 0));
        sift_down(heap, 0, n, held);
    }
}

static enum weir_status offer_all(struct weir_top_build *build, const struct weir_top_table *table,
                                  struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < table->capacity && status == WEIR_OK; i++) {
        const uint64_t *entry = table->words + i * table->entry_words;
        if (entry[table->n_key] != 0)
            status = offer(build, entry, err);
        if (i % ENTRIES_PER_LOOK == 0 && weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
    }
    return status;
}

/* --- combining ------------------------------------------------------------------------------- */

/* Hashes whose first `bits` bits are `prefix`. */
struct range {
    uint64_t prefix;
    unsigned bits;
    uint64_t low, high;
};

static struct range range_of(uint64_t prefix, unsigned bits)
{
    struct range range = {.prefix = prefix, .bits = bits, .high = UINT64_MAX};
    if (bits != 0) {
        range.low = prefix << (64 - bits);
        range.high = range.low | UINT64_MAX >> bits;
    }
    return range;
}

/* Adds an entry to the range's table. False: it is full and may not grow. */
static bool combine_entry(struct weir_top_build *build, const uint64_t *entry, uint64_t hash)
{
    struct weir_top_table *table = &build->table;
    uint64_t *place = NULL;
    while ((place = weir_top_find(table, entry, 1, table->n_key, hash)) == NULL)
        if (!weir_mem_can_spare(build->plan.mem, 2 * weir_top_table_bytes(table)) ||
            !weir_top_table_grow(table))
            return false;
    weir_top_merge(place, entry, table->n_key);
    return true;
}

/* Adds what a lane has written out of the range. */
static enum weir_status combine_extents(struct weir_top_build *build,
                                        const struct weir_top_lane *lane, const struct range *range,
                                        bool *fits, struct weir_error *err)
{
    const size_t words = build->table.entry_words;
    for (size_t e = 0; e < lane->n_extents && *fits; e++) {
        const struct weir_top_extent *extent = &lane->extent[e];
        if (extent->low > range->high || extent->high < range->low)
            continue;
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
        const enum weir_status status =
            weir_scratch_read(lane->fd, build->buffer, extent->n_entries * words * sizeof(uint64_t),
                              extent->offset_bytes, err);
        if (status != WEIR_OK)
            return status;
        for (size_t i = 0; i < extent->n_entries && *fits; i++) {
            const uint64_t *entry = build->buffer + i * words;
            const uint64_t hash = weir_top_hash(entry, build->table.n_key);
            if (hash >= range->low && hash <= range->high)
                *fits = combine_entry(build, entry, hash);
        }
    }
    return WEIR_OK;
}

static enum weir_status combine_lane(struct weir_top_build *build, const struct weir_top_lane *lane,
                                     const struct range *range, bool *fits, struct weir_error *err)
{
    struct weir_top_walk walk = {0};
    const uint64_t *entry = NULL;
    while (*fits && (entry = weir_top_walk(&lane->table, range->low, range->high, &walk)) != NULL) {
        *fits = combine_entry(build, entry, weir_top_hash(entry, lane->table.n_key));
        if (walk.n_visited % ENTRIES_PER_LOOK == 0 && weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
    }
    return *fits ? combine_extents(build, lane, range, fits, err) : WEIR_OK;
}

/* Combines a range, in halves where it does not fit, and offers its keys. */
static enum weir_status combine_range(struct weir_top_build *build, const struct range *range,
                                      struct weir_error *err)
{
    bool fits = true;
    enum weir_status status = WEIR_OK;
    weir_top_table_clear(&build->table);
    for (size_t i = 0; i < build->n_lanes && status == WEIR_OK && fits; i++)
        if (build->lane[i] != NULL)
            status = combine_lane(build, build->lane[i], range, &fits, err);
    if (status != WEIR_OK)
        return status;
    if (fits)
        return offer_all(build, &build->table, err);
    if (range->bits == RANGE_BITS_MAX)
        return weir_error_set(err, WEIR_MEMORY, "no memory to combine the tables of %zu threads",
                              build->n_lanes);
    const struct range first = range_of(2 * range->prefix, range->bits + 1);
    const struct range second = range_of(2 * range->prefix + 1, range->bits + 1);
    status = combine_range(build, &first, err);
    return status == WEIR_OK ? combine_range(build, &second, err) : status;
}

/* The number of entries of all lanes, equal keys counted as often as they occur; *only is the one
 * lane that has any, when it is in memory as a whole. */
static uint64_t count_entries(const struct weir_top_build *build, const struct weir_top_lane **only)
{
    uint64_t n = 0;
    size_t n_parts = 0;
    for (size_t i = 0; i < build->n_lanes; i++) {
        const struct weir_top_lane *lane = build->lane[i];
        if (lane == NULL)
            continue;
        *only = lane;
        n_parts += 1 + lane->n_extents;
        n += lane->table.used;
        for (size_t e = 0; e < lane->n_extents; e++)
            n += lane->extent[e].n_entries;
    }
    if (n_parts != 1)
        *only = NULL;
    return n;
}

static enum weir_status combine_lanes(struct weir_top_build *build, uint64_t n_entries,
                                      struct weir_error *err)
{
    struct weir_mem *mem = build->plan.mem;
    const size_t entry_bytes = build->heap.entry_words * sizeof(uint64_t);
    build->buffer = weir_mem_alloc(mem, WEIR_TOP_EXTENT_ENTRIES * entry_bytes);
    if (build->buffer == NULL ||
        !weir_top_table_init(&build->table, build->heap.n_key, FIRST_CAPACITY, true, mem))
        return weir_error_set(err, WEIR_MEMORY, "no memory to combine the tables of %zu threads",
                              build->n_lanes);
    /* A table is half empty, and a growing one has its old half beside it. */
    const size_t room = weir_mem_available_bytes(mem) / 2 / (3 * entry_bytes) + FIRST_CAPACITY / 2;
    unsigned bits = 0;
    while (n_entries >> bits > room)
        bits++;
    enum weir_status status = WEIR_OK;
    for (uint64_t prefix = 0; prefix < (uint64_t)1 << bits && status == WEIR_OK; prefix++) {
        const struct range range = range_of(prefix, bits);
        status = combine_range(build, &range, err);
    }
    return status;
}

enum weir_status weir_top_build_finish(struct weir_top_build *build, enum weir_top_order order,
                                       uint64_t n, struct weir_top *top, struct weir_error *err)
{
    const size_t n_key = build->plan.keys.n_words;
    build->heap = (struct heap){
        .order = order, .n_wanted = n, .n_key = n_key, .entry_words = n_key + WEIR_TOP_SUM_WORDS};
    const struct weir_top_lane *only = NULL;
    const uint64_t n_entries = count_entries(build, &only);
    enum weir_status status = WEIR_OK;
    if (only != NULL)
        status = offer_all(build, &only->table, err);
    else if (n_entries != 0)
        status = combine_lanes(build, n_entries, err);
    if (status != WEIR_OK)
        return status;
    sort_rows(&build->heap);
    *top = (struct weir_top){.keys = &build->plan.keys,
                             .entries = build->heap.rows,
                             .n_rows = build->heap.n,
                             .entry_words = build->heap.entry_words,
                             .n_keys = build->n_keys,
                             .total = build->total};
    return WEIR_OK;
}
