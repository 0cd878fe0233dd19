/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread's sums by key: packs, finds, counts, writes out. */
#include "top_lane.h"

#include "field_load.h"
#include "scratch_file.h"

#include <string.h>
#include <unistd.h>

#define CHUNK          WEIR_TOP_RECORDS
#define FIRST_CAPACITY ((size_t)1024)
#define LEAST_CAPACITY ((size_t)64)

/* --- making a lane --------------------------------------------------------------------------- */

static bool make_arrays(struct weir_top_lane *lane)
{
    const weir_fields fields = weir_top_keys_fields(&lane->plan->keys) |
                               WEIR_FIELD_BIT(WEIR_PACKETS) | WEIR_FIELD_BIT(WEIR_OCTETS);
    const size_t n_words = lane->plan->keys.n_words;
    const size_t n_arrays = (size_t)__builtin_popcount(fields) + n_words + 1;
    lane->scratch = weir_mem_alloc(lane->plan->mem, n_arrays * CHUNK * sizeof *lane->scratch);
    if (lane->scratch == NULL)
        return false;
    lane->hash = lane->scratch;
    lane->key = lane->scratch + CHUNK;
    uint64_t *next = lane->key + n_words * CHUNK;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((fields & WEIR_FIELD_BIT(f)) != 0) {
            lane->converted[f] = next;
            next += CHUNK;
        }
    return true;
}

enum weir_status weir_top_lane_new(const struct weir_top_plan *plan, struct weir_top_lane **out,
                                   struct weir_error *err)
{
    struct weir_top_lane *lane = weir_mem_zalloc(plan->mem, 1, sizeof *lane);
    if (lane == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a table");
    lane->plan = plan;
    lane->fd = -1;
    const size_t n_key = plan->keys.n_words;
    const size_t first_bytes = FIRST_CAPACITY * (n_key + WEIR_TOP_SUM_WORDS) * sizeof(uint64_t);
    const size_t capacity = first_bytes <= plan->lane_bytes ? FIRST_CAPACITY : LEAST_CAPACITY;
    if (!weir_top_table_init(&lane->table, n_key, capacity, false, plan->mem) ||
        !make_arrays(lane)) {
        weir_top_lane_free(lane);
        return weir_error_set(err, WEIR_MEMORY, "no memory for a table");
    }
    *out = lane;
    return WEIR_OK;
}

void weir_top_lane_free(struct weir_top_lane *lane)
{
    if (lane == NULL)
        return;
    struct weir_mem *mem = lane->plan->mem;
    weir_top_table_release(&lane->table);
    if (lane->fd >= 0)
        close(lane->fd);
    weir_mem_free(mem, lane->extent);
    weir_mem_free(mem, lane->buffer);
    weir_mem_free(mem, lane->scratch);
    weir_mem_free(mem, lane);
}

/* --- writing out ----------------------------------------------------------------------------- */

static enum weir_status start_file(struct weir_top_lane *lane, struct weir_error *err)
{
    if (lane->buffer == NULL)
        lane->buffer =
            weir_mem_alloc(lane->plan->mem, WEIR_TOP_EXTENT_ENTRIES * lane->table.entry_words *
                                                sizeof *lane->buffer);
    if (lane->buffer == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to write a table to a scratch file");
    return lane->fd >= 0 ? WEIR_OK : weir_scratch_open(lane->plan->scratch, &lane->fd, err);
}

static enum weir_status write_extent(struct weir_top_lane *lane, const struct weir_top_extent *last,
                                     struct weir_error *err)
{
    if (lane->n_extents == lane->extent_capacity) {
        const size_t capacity = lane->extent_capacity == 0 ? 64 : 2 * lane->extent_capacity;
        struct weir_top_extent *grown =
            weir_mem_resize(lane->plan->mem, lane->extent, capacity * sizeof *grown);
        if (grown == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory to write a table to a scratch file");
        lane->extent = grown;
        lane->extent_capacity = capacity;
    }
    const size_t bytes = last->n_entries * lane->table.entry_words * sizeof *lane->buffer;
    const enum weir_status status = weir_scratch_write(lane->fd, lane->plan->scratch, lane->buffer,
                                                       bytes, lane->end_bytes, err);
    if (status != WEIR_OK)
        return status;
    lane->extent[lane->n_extents] = *last;
    lane->extent[lane->n_extents++].offset_bytes = lane->end_bytes;
    lane->end_bytes += bytes;
    return WEIR_OK;
}

/* Empties the table into the scratch file. */
static enum weir_status write_out(struct weir_top_lane *lane, struct weir_error *err)
{
    struct weir_top_table *table = &lane->table;
    const struct weir_top_extent none = {.low = UINT64_MAX};
    struct weir_top_extent extent = none;
    struct weir_top_walk walk = {0};
    enum weir_status status = start_file(lane, err);
    while (status == WEIR_OK) {
        const uint64_t *entry = weir_top_walk(table, 0, UINT64_MAX, &walk);
        if (entry == NULL)
            break;
        const uint64_t hash = weir_top_hash(entry, table->n_key);
        memcpy(lane->buffer + extent.n_entries++ * table->entry_words, entry,
               table->entry_words * sizeof *entry);
        extent.low = hash < extent.low ? hash : extent.low;
        extent.high = hash > extent.high ? hash : extent.high;
        if (extent.n_entries == WEIR_TOP_EXTENT_ENTRIES) {
            status = write_extent(lane, &extent, err);
            extent = none;
        }
    }
    if (status == WEIR_OK && extent.n_entries != 0)
        status = write_extent(lane, &extent, err);
    weir_top_table_clear(table);
    return status;
}

/* Makes room for one more key: grows the table as long as the lane's share and the budget allow it,
 * else writes it out. */
static enum weir_status make_room(struct weir_top_lane *lane, struct weir_error *err)
{
    const size_t more = 2 * weir_top_table_bytes(&lane->table);
    if (more <= lane->plan->lane_bytes && weir_mem_can_spare(lane->plan->mem, more) &&
        weir_top_table_grow(&lane->table))
        return WEIR_OK;
    return write_out(lane, err);
}

/* --- adding ---------------------------------------------------------------------------------- */

/* Counts records [begin, n) of the chunk until the table is full; returns where it stopped. With
 * `n_key` a constant, the loops over the words of a key vanish. */
static inline __attribute__((always_inline)) size_t
count_records(struct weir_top_lane *lane, size_t begin, size_t n, const size_t n_key)
{
    struct weir_top_table *table = &lane->table;
    const uint64_t *packets = lane->field[WEIR_PACKETS];
    const uint64_t *octets = lane->field[WEIR_OCTETS];
    for (size_t i = begin; i < n; i++) {
        uint64_t *entry = weir_top_find(table, lane->key + i, CHUNK, n_key, lane->hash[i]);
        if (entry == NULL)
            return i;
        weir_top_count(entry, n_key, packets[i], octets[i]);
    }
    return n;
}

static size_t count_some(struct weir_top_lane *lane, size_t begin, size_t n)
{
    const struct weir_top_table *table = &lane->table;
    const size_t bytes = table->entry_words * sizeof(uint64_t);
    for (size_t i = begin; i < n; i++) {
        const char *entry =
            (const char *)(table->words + weir_top_slot(table, lane->hash[i]) * table->entry_words);
        __builtin_prefetch(entry, 1);
        __builtin_prefetch(entry + bytes - 1, 1);
    }
    switch (table->n_key) {
    case 1:
        return count_records(lane, begin, n, 1);
    case 2:
        return count_records(lane, begin, n, 2);
    case 3:
        return count_records(lane, begin, n, 3);
    case 5: /* the five-tuple */
        return count_records(lane, begin, n, 5);
    default:
        return count_records(lane, begin, n, table->n_key);
    }
}

static void hash_keys(struct weir_top_lane *lane, size_t n)
{
    memset(lane->hash, 0, n * sizeof *lane->hash);
    for (size_t w = 0; w < lane->table.n_key; w++)
        for (size_t i = 0; i < n; i++)
            lane->hash[i] = weir_top_hash_step(lane->hash[i], lane->key[w * CHUNK + i]);
}

static enum weir_status add_chunk(struct weir_top_lane *lane, const struct weir_batch *batch,
                                  size_t begin, size_t n, size_t *bad, struct weir_error *err)
{
    enum weir_status status =
        weir_fields_load(batch, begin, n, lane->converted, lane->field, bad, err);
    if (status != WEIR_OK)
        return status;
    size_t unfit = 0;
    status = weir_top_keys_pack(&lane->plan->keys, lane->field, n, lane->key, &unfit, err);
    if (status != WEIR_OK) {
        *bad = begin + unfit;
        return status;
    }
    hash_keys(lane, n);
    size_t done = count_some(lane, 0, n);
    while (done < n && status == WEIR_OK) {
        *bad = SIZE_MAX; /* no record is to blame */
        status = make_room(lane, err);
        if (status == WEIR_OK)
            done = count_some(lane, done, n);
    }
    return status;
}

enum weir_status weir_top_lane_add(struct weir_top_lane *lane, const struct weir_batch *batch,
                                   size_t *bad, struct weir_error *err)
{
    for (size_t begin = 0; begin < batch->n; begin += CHUNK) {
        const size_t n = batch->n - begin < CHUNK ? batch->n - begin : CHUNK;
        const enum weir_status status = add_chunk(lane, batch, begin, n, bad, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}
