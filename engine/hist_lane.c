/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread's part of a histogram: proves, adds, empties, spills. */
#include "hist_lane.h"

#include <string.h>

#define CHUNK           WEIR_LOG_HIST_RECORDS
#define SMALL_X         ((size_t)1 << 16) /* dense entries where not every bin can have one: 2 MB */
#define SPARSE_CAPACITY ((size_t)1024)
#define LEAST_CAPACITY  ((size_t)64)
#define PACKED_BYTES    (WEIR_LOG_HIST_PACKED_SLOTS * sizeof(uint64_t))

/* --- making a lane --------------------------------------------------------------------------- */

static void plan_dense(struct weir_hist_lane *lane)
{
    const unsigned bin_exp = lane->plan->spec.bin_exp;
    lane->stride = weir_log_hist_stride(lane->n_parts);
    lane->dense_is_all = bin_exp >= 1 && bin_exp <= WEIR_LOG_HIST_EXP_MAX;
    lane->dense_entries = SMALL_X;
    if (lane->dense_is_all)
        lane->dense_entries = weir_log_hist_entries(bin_exp);
    else if (bin_exp != 0 && bin_exp < 16)
        lane->dense_entries = (size_t)1 << bin_exp; /* bins of width 1 only */
    lane->dense_bytes =
        (lane->dense_entries + WEIR_LOG_HIST_SPARE_ENTRIES) * lane->stride * sizeof(uint64_t);
}

static bool packs(const struct weir_hist_lane *lane)
{
    return lane->plan->spec.x == WEIR_X_LENGTH && lane->n_parts == 2;
}

/* Takes the tables that memory has room for; of these only small sparse and exact ones are a
 * must. */
static bool make_tables(struct weir_hist_lane *lane)
{
    struct weir_mem *mem = lane->plan->mem;
    const size_t share = lane->plan->lane_bytes;
    if (lane->dense_bytes <= share / 2 && weir_mem_can_spare(mem, lane->dense_bytes))
        lane->dense = weir_mem_pages_alloc(mem, lane->dense_bytes);
    if (packs(lane) && PACKED_BYTES <= share / 4)
        lane->packed = weir_mem_zalloc(mem, 1, PACKED_BYTES);
    const size_t entry_words = 2 + lane->n_parts <= 4 ? 4 : 8;
    const size_t sparse_bytes = SPARSE_CAPACITY * entry_words * sizeof(uint64_t);
    const size_t capacity = sparse_bytes <= share / 8 ? SPARSE_CAPACITY : LEAST_CAPACITY;
    return weir_hist_entries_init(&lane->sparse, entry_words, 1, capacity, mem) &&
           weir_hist_entries_init(&lane->exact, 2 * lane->n_numbers, 2, LEAST_CAPACITY, mem);
}

static bool make_scratch(struct weir_hist_lane *lane)
{
    const size_t n_wide = 1 + lane->n_parts; /* lower edges, parts */
    lane->scratch =
        weir_mem_alloc(lane->plan->mem, CHUNK * (n_wide * sizeof(uint64_t) + 2 * sizeof(uint32_t)));
    if (lane->scratch == NULL)
        return false;
    uint64_t *wide = lane->scratch;
    lane->lower = wide;
    for (size_t p = 0; p < lane->n_parts; p++)
        lane->gathered[p] = wide + (1 + p) * CHUNK;
    lane->index = (uint32_t *)(void *)(wide + n_wide * CHUNK);
    lane->rest = lane->index + CHUNK;
    return true;
}

enum weir_status weir_hist_lane_new(const struct weir_hist_plan *plan, struct weir_hist_lane **out,
                                    struct weir_error *err)
{
    struct weir_hist_lane *lane = weir_mem_zalloc(plan->mem, 1, sizeof *lane);
    if (lane == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a histogram");
    lane->plan = plan;
    lane->n_parts = weir_hist_spec_parts(&plan->spec);
    lane->n_numbers = 2 + lane->n_parts;
    weir_hist_spill_init(&lane->spill, plan->scratch, lane->n_numbers, plan->mem);
    plan_dense(lane);
    enum weir_status status =
        weir_hist_values_init(&lane->values, &plan->spec, plan->ops, plan->mem, err);
    if (status == WEIR_OK && !(make_tables(lane) && make_scratch(lane)))
        status = weir_error_set(err, WEIR_MEMORY, "no memory for the tables of a histogram");
    if (status != WEIR_OK) {
        weir_hist_lane_free(lane);
        return status;
    }
    *out = lane;
    return WEIR_OK;
}

void weir_hist_lane_free(struct weir_hist_lane *lane)
{
    if (lane == NULL)
        return;
    struct weir_mem *mem = lane->plan->mem;
    weir_hist_values_release(&lane->values);
    weir_mem_pages_free(mem, lane->dense, lane->dense_bytes);
    weir_mem_free(mem, lane->packed);
    weir_hist_entries_release(&lane->sparse);
    weir_hist_entries_release(&lane->exact);
    weir_hist_spill_release(&lane->spill);
    weir_mem_free(mem, lane->scratch);
    weir_mem_free(mem, lane);
}

/* --- room ------------------------------------------------------------------------------------ */

/* Makes room for one more key: grows the table as long as the lane's share and the budget allow it
 * (old and new table are alive together), else writes it out. */
static enum weir_status make_room(struct weir_hist_lane *lane, struct weir_hist_entries *entries,
                                  struct weir_error *err)
{
    const size_t more = 2 * weir_hist_entries_bytes(entries);
    const size_t taken = (lane->dense == NULL ? 0 : lane->dense_bytes) +
                         weir_hist_entries_bytes(&lane->sparse) +
                         weir_hist_entries_bytes(&lane->exact);
    if (taken <= lane->plan->lane_bytes && more <= lane->plan->lane_bytes - taken &&
        weir_mem_can_spare(lane->plan->mem, more) && weir_hist_entries_grow(entries))
        return WEIR_OK;
    weir_hist_entries_sort(entries);
    const enum weir_status status = weir_hist_spill_write(&lane->spill, entries, err);
    weir_hist_entries_clear(entries);
    return status;
}

/* --- exact storage --------------------------------------------------------------------------- */

/* Adds a row (edge, flows, parts) to the exact storage. */
static enum weir_status exact_add(struct weir_hist_lane *lane, const weir_u128 *row,
                                  struct weir_error *err)
{
    uint64_t *entry = weir_hist_find_u128(&lane->exact, row[0]);
    while (entry == NULL) {
        const enum weir_status status = make_room(lane, &lane->exact, err);
        if (status != WEIR_OK)
            return status;
        entry = weir_hist_find_u128(&lane->exact, row[0]);
    }
    for (size_t k = 1; k < lane->n_numbers; k++) {
        weir_u128 sum = 0;
        if (__builtin_add_overflow(weir_hist_number(entry, k), row[k], &sum))
            return weir_error_set(err, WEIR_LIMIT,
                                  "a sum of a bin: expected less than 2^128, but found more");
        weir_hist_number_set(entry, k, sum);
    }
    return WEIR_OK;
}

/* Adds every record of the loaded chunk that `positions` names (NULL: all) on its own. */
static enum weir_status add_exactly(struct weir_hist_lane *lane, const uint32_t *positions,
                                    size_t n, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < n && status == WEIR_OK; i++) {
        weir_u128 row[WEIR_HIST_NUMBERS_MAX];
        weir_u128 x = 0;
        weir_u128 hi = 0;
        weir_hist_values_record(&lane->values, positions == NULL ? i : positions[i], &x, row + 2);
        weir_hist_bin(x, lane->plan->spec.bin_exp, &row[0], &hi);
        row[1] = 1;
        status = exact_add(lane, row, err);
    }
    return status;
}

/* The value that is likely to be that of very many records: one packet, and no duration. */
static bool has_hot_value(const struct weir_hist_lane *lane)
{
    return lane->plan->spec.x != WEIR_X_SIZE;
}

static uint64_t hot_value(const struct weir_hist_lane *lane)
{
    return lane->plan->spec.x == WEIR_X_LENGTH ? 1 : 0;
}

/* Moves what the spare entries hold of the hot value to its own entry, which is that of its number:
 * every bin_exp has bins of width 1 for 0 and 1. */
static void empty_spare(struct weir_hist_lane *lane)
{
    uint64_t *entry = lane->dense + hot_value(lane) * lane->stride;
    uint64_t *spare = lane->dense + lane->dense_entries * lane->stride;
    if (!lane->dense_is_all)
        return;
    for (size_t i = 0; i < WEIR_LOG_HIST_SPARE_ENTRIES * lane->stride; i++) {
        entry[i % lane->stride] += spare[i];
        spare[i] = 0;
    }
}

static enum weir_status empty_dense(struct weir_hist_lane *lane, struct weir_error *err)
{
    struct weir_hist_stream stream;
    empty_spare(lane);
    weir_hist_stream_dense(&stream, lane->dense, lane->dense_entries, lane->stride,
                           lane->dense_is_all ? lane->plan->spec.bin_exp : 0, lane->n_numbers);
    enum weir_status status = weir_hist_stream_next(&stream, err);
    while (status == WEIR_OK) {
        status = exact_add(lane, stream.row, err);
        if (status == WEIR_OK)
            status = weir_hist_stream_next(&stream, err);
    }
    memset(lane->dense, 0, lane->dense_bytes);
    return status == WEIR_END ? WEIR_OK : status;
}

static enum weir_status empty_sparse(struct weir_hist_lane *lane, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < lane->sparse.capacity && status == WEIR_OK; i++) {
        const uint64_t *entry = lane->sparse.words + i * lane->sparse.entry_words;
        weir_u128 row[WEIR_HIST_NUMBERS_MAX];
        for (size_t k = 0; k < lane->n_numbers; k++)
            row[k] = entry[k];
        if (row[1] != 0)
            status = exact_add(lane, row, err);
    }
    weir_hist_entries_clear(&lane->sparse);
    return status;
}

/* Empties dense and sparse tables into the exact storage: the proof starts afresh. */
static enum weir_status empty_tables(struct weir_hist_lane *lane, struct weir_error *err)
{
    enum weir_status status = lane->dense == NULL ? WEIR_OK : empty_dense(lane, err);
    if (status == WEIR_OK)
        status = empty_sparse(lane, err);
    memset(lane->bound, 0, sizeof lane->bound);
    return status;
}

/* --- the proof ------------------------------------------------------------------------------- */

/* Adds to the bounds what a chunk can add to any sum. False, and nothing has changed, when one of
 * them could then wrap. */
static bool raise_bounds(struct weir_hist_lane *lane, const uint64_t *more)
{
    for (size_t k = 0; k < 1 + lane->n_parts; k++)
        if (more[k] > UINT64_MAX - lane->bound[k])
            return false;
    for (size_t k = 0; k < 1 + lane->n_parts; k++)
        lane->bound[k] += more[k];
    return true;
}

enum proof { PROVEN, NEEDS_EMPTY_TABLES, IMPOSSIBLE };

static enum proof prove(struct weir_hist_lane *lane, const uint64_t *const *part, size_t n)
{
    uint64_t more[1 + WEIR_HIST_PARTS_MAX] = {n};
    for (size_t p = 0; p < lane->n_parts; p++)
        if (__builtin_mul_overflow(lane->plan->ops->bits_or(part[p], n), n, &more[1 + p]))
            return IMPOSSIBLE;
    return raise_bounds(lane, more) ? PROVEN : NEEDS_EMPTY_TABLES;
}

/* --- adding ---------------------------------------------------------------------------------- */

static enum weir_status sparse_find(struct weir_hist_lane *lane, uint64_t lo, uint64_t **entry,
                                    struct weir_error *err)
{
    while ((*entry = weir_hist_find_u64(&lane->sparse, lo)) == NULL) {
        const enum weir_status status = make_room(lane, &lane->sparse, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

static enum weir_status add_sparse(struct weir_hist_lane *lane, const uint64_t *x,
                                   const uint64_t *const *part, size_t n, struct weir_error *err)
{
    lane->plan->ops->lower(x, n, lane->plan->spec.bin_exp, lane->lower);
    const struct weir_hist_entries *sparse = &lane->sparse;
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(
            sparse->words + weir_hist_slot(sparse, lane->lower[i]) * sparse->entry_words, 1);
    for (size_t i = 0; i < n; i++) {
        uint64_t *entry = NULL;
        const enum weir_status status = sparse_find(lane, lane->lower[i], &entry, err);
        if (status != WEIR_OK)
            return status;
        entry[1]++;
        for (size_t p = 0; p < lane->n_parts; p++)
            entry[2 + p] += part[p][i];
    }
    return WEIR_OK;
}

/* `out` may be `in`: positions ascend. */
static void gather(uint64_t *out, const uint64_t *in, const uint32_t *position, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[position[i]];
}

/* Adds records whose sums are proven to fit. */
static enum weir_status add_proven(struct weir_hist_lane *lane, const uint64_t *x,
                                   const uint64_t *const *part, size_t n, struct weir_error *err)
{
    const struct weir_log_hist_ops *ops = lane->plan->ops;
    if (lane->dense == NULL)
        return add_sparse(lane, x, part, n, err);
    if (lane->dense_is_all) {
        ops->index(x, n, lane->plan->spec.bin_exp, lane->index);
        ops->add(lane->dense, lane->index, n, part, lane->n_parts);
        return WEIR_OK;
    }
    const size_t n_rest = ops->split(x, n, lane->dense_entries, lane->index, lane->rest);
    if (n_rest < n)
        ops->add(lane->dense, lane->index, n, part, lane->n_parts);
    if (n_rest == 0)
        return WEIR_OK;
    const uint64_t *rest_part[WEIR_HIST_PARTS_MAX];
    gather(lane->lower, x, lane->rest, n_rest);
    for (size_t p = 0; p < lane->n_parts; p++) {
        gather(lane->gathered[p], part[p], lane->rest, n_rest);
        rest_part[p] = lane->gathered[p];
    }
    return add_sparse(lane, lane->lower, rest_part, n_rest, err);
}

/* Takes records off the dense table again: sums are right modulo 2^64. */
static void take_back(struct weir_hist_lane *lane, const uint64_t *x, const uint64_t *const *part,
                      size_t n)
{
    lane->plan->ops->index(x, n, lane->plan->spec.bin_exp, lane->index);
    for (size_t i = 0; i < n; i++) {
        uint64_t *entry = lane->dense + lane->index[i] * lane->stride;
        entry[0]--;
        for (size_t p = 0; p < lane->n_parts; p++)
            entry[1 + p] -= part[p][i];
    }
}

/* Adds records to a dense table of all bins in one pass, which also finds the bounds. False, and
 * nothing has changed, when a sum could have wrapped. */
static bool tally(struct weir_hist_lane *lane, const uint64_t *x, const uint64_t *const *part,
                  size_t n)
{
    const struct weir_log_hist_tally tally = {.table = lane->dense,
                                              .bin_exp = lane->plan->spec.bin_exp,
                                              .has_hot = has_hot_value(lane),
                                              .hot = hot_value(lane),
                                              .column = part,
                                              .n_columns = lane->n_parts};
    uint64_t more[1 + WEIR_HIST_PARTS_MAX] = {n};
    bool fits = true;
    lane->plan->ops->tally(&tally, x, n, more + 1);
    for (size_t p = 0; p < lane->n_parts; p++)
        fits &= !__builtin_mul_overflow(more[1 + p], n, &more[1 + p]);
    if (fits && raise_bounds(lane, more))
        return true;
    take_back(lane, x, part, n);
    return false;
}

/* Adds narrow records, which stand at `positions` (NULL: at 0, 1, ...) of the loaded chunk. */
static enum weir_status add_narrow(struct weir_hist_lane *lane, const uint64_t *x,
                                   const uint64_t *const *part, const uint32_t *positions, size_t n,
                                   struct weir_error *err)
{
    if (lane->dense != NULL && lane->dense_is_all && tally(lane, x, part, n))
        return WEIR_OK;
    enum proof proof = prove(lane, part, n);
    if (proof == NEEDS_EMPTY_TABLES) {
        const enum weir_status status = empty_tables(lane, err);
        if (status != WEIR_OK)
            return status;
        proof = prove(lane, part, n);
    }
    return proof == PROVEN ? add_proven(lane, x, part, n, err)
                           : add_exactly(lane, positions, n, err);
}

/* --- packed counters ------------------------------------------------------------------------- */

/* Where the open tables count lane->lower[i], a number of packets: flows first. */
static enum weir_status packed_entry(struct weir_hist_lane *lane, size_t i, uint64_t **entry,
                                     struct weir_error *err)
{
    if (lane->dense != NULL) {
        *entry = lane->dense + lane->index[i] * lane->stride;
        return WEIR_OK;
    }
    const enum weir_status status = sparse_find(lane, lane->lower[i], entry, err);
    ++*entry;
    return status;
}

/* Finds bins for packets first .. first + CHUNK - 1, in lane->index or lane->lower. */
static void find_packed_bins(struct weir_hist_lane *lane, size_t first)
{
    const unsigned bin_exp = lane->plan->spec.bin_exp;
    for (size_t i = 0; i < CHUNK; i++) {
        lane->lower[i] = first + i;
        lane->index[i] = (uint32_t)(first + i);
    }
    if (lane->dense == NULL)
        lane->plan->ops->lower(lane->lower, CHUNK, bin_exp, lane->lower);
    else if (lane->dense_is_all)
        lane->plan->ops->index(lane->lower, CHUNK, bin_exp, lane->index);
}

static enum weir_status move_packed(struct weir_hist_lane *lane, size_t packets, size_t i,
                                    struct weir_error *err)
{
    uint64_t total = 0;
    for (size_t t = 0; t < WEIR_LOG_HIST_PACKED_TABLES; t++)
        total += lane->packed[t * WEIR_LOG_HIST_PACKED_STRIDE + packets];
    if (total == 0)
        return WEIR_OK;
    uint64_t *entry = NULL;
    const enum weir_status status = packed_entry(lane, i, &entry, err);
    if (status != WEIR_OK)
        return status;
    const uint64_t flows = total >> WEIR_LOG_HIST_PACKED_SHIFT;
    entry[0] += flows;
    entry[1] += flows * packets;
    entry[2] += total & (((uint64_t)1 << WEIR_LOG_HIST_PACKED_SHIFT) - 1);
    return WEIR_OK;
}

/* Empties the packed counters into the open tables. The counters of all sub-tables together hold
 * few enough records for the fields of one. */
static enum weir_status empty_packed(struct weir_hist_lane *lane, struct weir_error *err)
{
    const uint64_t n = lane->n_packed;
    const uint64_t more[1 + WEIR_HIST_PARTS_MAX] = {n, n * WEIR_LOG_HIST_PACKED_PACKETS,
                                                    n * WEIR_LOG_HIST_PACKED_OCTETS};
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK && !raise_bounds(lane, more))
        status = empty_tables(lane, err);
    for (size_t first = 0; first < WEIR_LOG_HIST_PACKED_PACKETS; first += CHUNK) {
        find_packed_bins(lane, first);
        for (size_t i = 0; i < CHUNK && status == WEIR_OK; i++)
            status = move_packed(lane, first + i, i, err);
    }
    memset(lane->packed, 0, PACKED_BYTES);
    lane->n_packed = 0;
    return status;
}

static enum weir_status add_packed(struct weir_hist_lane *lane, struct weir_error *err)
{
    const struct weir_hist_values *values = &lane->values;
    enum weir_status status = WEIR_OK;
    if (lane->n_packed + values->n > WEIR_LOG_HIST_PACKED_RECORDS)
        status = empty_packed(lane, err);
    if (status != WEIR_OK)
        return status;
    const size_t n_rest = lane->plan->ops->pack(lane->packed, values->part[0], values->part[1],
                                                values->n, lane->rest);
    lane->n_packed += values->n - n_rest;
    if (n_rest == 0)
        return WEIR_OK;
    gather(lane->gathered[0], values->part[0], lane->rest, n_rest);
    gather(lane->gathered[1], values->part[1], lane->rest, n_rest);
    const uint64_t *const part[] = {lane->gathered[0], lane->gathered[1]};
    return add_narrow(lane, part[0], part, lane->rest, n_rest, err);
}

/* --- the lane -------------------------------------------------------------------------------- */

enum weir_status weir_hist_lane_add(struct weir_hist_lane *lane, const struct weir_batch *batch,
                                    size_t *bad, struct weir_error *err)
{
    struct weir_hist_values *values = &lane->values;
    for (size_t begin = 0; begin < batch->n; begin += CHUNK) {
        const size_t n = batch->n - begin < CHUNK ? batch->n - begin : CHUNK;
        enum weir_status status = weir_hist_values_load(values, batch, begin, n, bad, err);
        if (status != WEIR_OK)
            return status;
        if (values->wide)
            status = add_exactly(lane, NULL, n, err);
        else if (lane->packed != NULL)
            status = add_packed(lane, err);
        else
            status = add_narrow(lane, values->x, values->part, NULL, n, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

enum weir_status weir_hist_lane_end(struct weir_hist_lane *lane, struct weir_error *err)
{
    if (lane->is_sorted)
        return WEIR_OK;
    lane->is_sorted = true;
    if (lane->packed != NULL) {
        const enum weir_status status = empty_packed(lane, err);
        if (status != WEIR_OK)
            return status;
    }
    if (lane->dense != NULL)
        empty_spare(lane);
    weir_hist_entries_sort(&lane->sparse);
    weir_hist_entries_sort(&lane->exact);
    return WEIR_OK;
}

void weir_hist_lane_fold(struct weir_hist_lane *const *lanes, size_t n_lanes, uint64_t **tables,
                         int n_threads)
{
    struct weir_hist_lane *first = NULL;
    uint64_t total[1 + WEIR_HIST_PARTS_MAX] = {0};
    size_t n_tables = 0;
    for (size_t i = 0; i < n_lanes; i++) {
        const struct weir_hist_lane *lane = lanes[i];
        if (lane == NULL || lane->dense == NULL)
            continue;
        for (size_t k = 0; k < 1 + lane->n_parts; k++)
            if (__builtin_add_overflow(total[k], lane->bound[k], &total[k]))
                return;
        tables[n_tables++] = lane->dense;
        first = first == NULL ? lanes[i] : first;
    }
    if (n_tables < 2)
        return;
    weir_log_hist_fold(tables, n_tables, first->dense_entries * first->stride, n_threads);
    memcpy(first->bound, total, sizeof total);
    for (size_t i = 0; i < n_lanes; i++)
        if (lanes[i] != NULL && lanes[i] != first) {
            weir_mem_pages_free(first->plan->mem, lanes[i]->dense, lanes[i]->dense_bytes);
            lanes[i]->dense = NULL;
        }
}

void weir_hist_lane_streams(const struct weir_hist_lane *lane, struct weir_hist_stream *streams)
{
    weir_hist_stream_dense(&streams[0], lane->dense, lane->dense == NULL ? 0 : lane->dense_entries,
                           lane->stride, lane->dense_is_all ? lane->plan->spec.bin_exp : 0,
                           lane->n_numbers);
    weir_hist_stream_entries(&streams[1], &lane->sparse, lane->n_numbers);
    weir_hist_stream_entries(&streams[2], &lane->exact, lane->n_numbers);
}
