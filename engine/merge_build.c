/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a trace to runs of merged rows: note long keys, take out candidates, merge partitions.
 *
 * The filter and the partitions go by the last words of the addresses and by the ports: 12 bytes of
 * a record instead of all 42 of its key, of records that are nearly all left where they are. What
 * else keys consist of seldom tells flows apart. Where it does, more records become candidates, and
 * partitions differ in size, which costs time, but cannot change what is merged: the cache compares
 * whole keys. Hashes are computed again where they are needed rather than kept.
 *
 * The Bloom filter has a size for one long key in 32 records; with more of them it gets worse at
 * telling others apart, but then nearly all records are candidates anyway. */
#include "merge_build.h"

#include "blocks.h"
#include "field.h"
#include "flow_hash.h"
#include "rows.h"

#include <stdatomic.h>
#include <string.h>

#define UNIT_RECORDS      ((uint64_t)8192)
#define UNITS_MAX         ((uint64_t)1 << 16) /* above that, units grow */
#define PARTITIONS_LEAST  ((size_t)64)        /* the cache of one stays in L2 */
#define PARTITIONS_MOST   ((size_t)1024)
#define RECORDS_PER_LONG  32
#define MARKED_FEW        (WEIR_BATCH_RECORDS / 8) /* to collect keys costs as much as hashing all */
#define BLOOM_BUDGET_PART 8 /* of the memory that is left, the filter takes no more than this */

/* The fields whose values are hashed. */
static const enum weir_field hashed_fields[] = {WEIR_SA3, WEIR_DA3, WEIR_SP, WEIR_DP};
#define N_HASHED (sizeof hashed_fields / sizeof *hashed_fields)

/* What a thread works with. */
struct lane {
    uint64_t hash[WEIR_BATCH_RECORDS];
    uint8_t mask[WEIR_BATCH_RECORDS];
    uint32_t marked[MARKED_FEW];        /* records of a batch */
    uint64_t key[N_HASHED][MARKED_FEW]; /* their values, in the columns' types */
    uint64_t *unit_hash;                /* of candidates: unit_records of them */
    uint32_t *record;                   /* likewise, in the unit */
    uint32_t *row;                      /* likewise, in the run */
    uint32_t *starts;                   /* n_partitions + 1 */
    unsigned char *rows;
    size_t rows_bytes;
    uint64_t records_bad_times;
    struct weir_merge_piece piece, slot; /* of the runs */
    struct weir_merge_counts counts;
};

struct pass {
    struct weir_merge_build *build;
    struct weir_flow_bloom bloom;
    struct lane **lanes;
    uint64_t *group; /* first partition of each group, and the number of partitions */
    uint64_t n_groups;
};

static struct weir_mem *mem_of(const struct weir_merge_build *build)
{
    return &build->request.run->mem;
}

/* --- sizes ----------------------------------------------------------------------------------- */

static void choose_sizes(struct weir_merge_build *build)
{
    const uint64_t n = build->request.n;
    build->unit_records = UNIT_RECORDS;
    while (n / build->unit_records > UNITS_MAX &&
           build->unit_records < (uint64_t)1 << (WEIR_MERGE_SLOT_BITS - 1))
        build->unit_records *= 2;
    build->n_units = (n + build->unit_records - 1) / build->unit_records;
    const size_t share =
        weir_mem_available_bytes(mem_of(build)) / (8 * (size_t)build->request.run->n_threads);
    build->n_partitions = PARTITIONS_LEAST;
    while (build->n_partitions < PARTITIONS_MOST &&
           n / build->n_partitions > share / weir_merge_flows_bytes(&build->layout))
        build->n_partitions *= 2;
}

enum weir_status weir_merge_check_schema(const struct weir_schema *schema, struct weir_error *err)
{
    char names[256];
    const weir_fields missing = WEIR_FIELDS_ALL & ~weir_schema_fields(schema);
    if (missing == 0)
        return WEIR_OK;
    return weir_error_set(err, WEIR_FORMAT, "the trace lacks a column that is needed: %s",
                          weir_field_names(missing, names, sizeof names));
}

enum weir_status weir_merge_build_new(const struct weir_merge_request *request,
                                      struct weir_merge_build **build, struct weir_error *err)
{
    struct weir_mem *mem = &request->run->mem;
    struct weir_merge_build *made = weir_mem_zalloc(mem, 1, sizeof *made);
    if (made == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    made->request = *request;
    weir_merge_layout_set(&made->layout, weir_columns_schema(request->columns));
    choose_sizes(made);
    const struct weir_merge_runs_request runs = {.row_bytes = made->layout.row_bytes,
                                                 .n_units = made->n_units,
                                                 .n_partitions = made->n_partitions,
                                                 .budget_bytes = request->budget_bytes,
                                                 .scratch = request->scratch,
                                                 .mem = mem};
    const enum weir_status status = weir_merge_runs_new(&runs, &made->runs, err);
    if (status != WEIR_OK) {
        weir_merge_build_free(made);
        return status;
    }
    *build = made;
    return WEIR_OK;
}

void weir_merge_build_free(struct weir_merge_build *build)
{
    if (build == NULL)
        return;
    weir_merge_runs_free(build->runs);
    weir_mem_free(mem_of(build), build);
}

/* --- lanes ----------------------------------------------------------------------------------- */

static void free_lanes(struct pass *pass)
{
    struct weir_merge_build *build = pass->build;
    struct weir_mem *mem = mem_of(build);
    for (int t = 0; pass->lanes != NULL && t < build->request.run->n_threads; t++) {
        struct lane *lane = pass->lanes[t];
        if (lane == NULL)
            continue;
        weir_mem_free(mem, lane->unit_hash);
        weir_mem_free(mem, lane->record);
        weir_mem_free(mem, lane->row);
        weir_mem_free(mem, lane->starts);
        weir_mem_free(mem, lane->rows);
        weir_merge_piece_release(build->runs, &lane->piece);
        weir_merge_piece_release(build->runs, &lane->slot);
        build->records_bad_times += lane->records_bad_times;
        weir_merge_counts_add(&build->counts, &lane->counts);
        weir_mem_free(mem, lane);
    }
    weir_mem_free(mem, pass->lanes);
}

static enum weir_status new_lanes(struct pass *pass, struct weir_error *err)
{
    const struct weir_merge_build *build = pass->build;
    struct weir_mem *mem = mem_of(build);
    const size_t n_threads = (size_t)build->request.run->n_threads;
    const size_t n =
        (size_t)(build->request.n < build->unit_records ? build->request.n : build->unit_records);
    bool failed = false;
    pass->lanes = weir_mem_zalloc(mem, n_threads, sizeof *pass->lanes);
    for (size_t t = 0; pass->lanes != NULL && t < n_threads && !failed; t++) {
        struct lane *lane = pass->lanes[t] = weir_mem_zalloc(mem, 1, sizeof *lane);
        if (lane == NULL)
            break;
        lane->unit_hash = weir_mem_alloc(mem, n * sizeof *lane->unit_hash);
        lane->record = weir_mem_alloc(mem, n * sizeof *lane->record);
        lane->row = weir_mem_alloc(mem, n * sizeof *lane->row);
        lane->starts = weir_mem_zalloc(mem, build->n_partitions + 1, sizeof *lane->starts);
        failed = lane->unit_hash == NULL || lane->record == NULL || lane->row == NULL ||
                 lane->starts == NULL;
    }
    if (failed || pass->lanes == NULL || pass->lanes[n_threads - 1] == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to merge");
    return WEIR_OK;
}

/* --- hashing --------------------------------------------------------------------------------- */

/* The columns of a batch that are hashed, as integers: of reals, the bits count. */
static void view_keys(const struct weir_batch *batch, struct weir_column key[N_HASHED])
{
    for (size_t k = 0; k < N_HASHED; k++) {
        key[k] = batch->field[hashed_fields[k]];
        if (weir_type_is_real(key[k].type))
            key[k].type = weir_type_bytes(key[k].type) == 4 ? WEIR_U32 : WEIR_U64;
    }
}

static void hash_batch(const struct weir_merge_build *build, const struct weir_batch *batch,
                       uint64_t *hash)
{
    struct weir_column key[N_HASHED];
    view_keys(batch, key);
    build->request.run->kernels.flow_hash->hash(key, N_HASHED, batch->n, hash);
}

/* Hashes those records of a batch that are marked, `n_marked` of them, to hash[0 .. n_marked).
 * Where they are few, their keys are collected first. */
static void hash_marked(const struct weir_merge_build *build, const struct weir_batch *batch,
                        size_t n_marked, struct lane *lane)
{
    const struct weir_kernels *kernels = &build->request.run->kernels;
    struct weir_column key[N_HASHED];
    size_t n = 0;
    if (n_marked > MARKED_FEW) {
        hash_batch(build, batch, lane->hash);
        for (size_t i = 0; i < batch->n; i++) {
            lane->hash[n] = lane->hash[i];
            n += lane->mask[i];
        }
        return;
    }
    for (size_t i = 0; i < batch->n && n < n_marked; i++) {
        lane->marked[n] = (uint32_t)i;
        n += lane->mask[i];
    }
    view_keys(batch, key);
    for (size_t k = 0; k < N_HASHED; k++) {
        kernels->rows->gather_column(key[k].data, weir_type_bytes(key[k].type), lane->marked, n,
                                     lane->key[k]);
        key[k].data = lane->key[k];
    }
    kernels->flow_hash->hash(key, N_HASHED, n, lane->hash);
}

/* Calls for the batches of a unit: `at` is the batch's first record in the unit. */
static void view_batch(const struct weir_merge_build *build, uint64_t unit, size_t at,
                       struct weir_batch *batch)
{
    const size_t left = weir_merge_unit_n(build, unit) - at;
    weir_columns_view(build->request.columns, weir_merge_unit_begin(build, unit) + at,
                      left < WEIR_BATCH_RECORDS ? left : WEIR_BATCH_RECORDS, batch);
}

/* --- long records ---------------------------------------------------------------------------- */

/* Marks the records that may be long: those whose seconds say so. Returns their number, and adds to
 * *n_turned those that end before they begin. */
static size_t mark_long_u32(const struct weir_batch *batch, int64_t active_s, uint8_t *mask,
                            uint64_t *n_turned)
{
    const uint32_t *first = batch->field[WEIR_FIRST].data;
    const uint32_t *last = batch->field[WEIR_LAST].data;
    const uint16_t *first_ms = batch->field[WEIR_FIRST_MS].data;
    const uint16_t *last_ms = batch->field[WEIR_LAST_MS].data;
    uint32_t n_long = 0;
    uint32_t n_bad = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const bool is_long = (int64_t)last[i] - (int64_t)first[i] >= active_s;
        n_bad += (last[i] < first[i]) | ((last[i] == first[i]) & (last_ms[i] < first_ms[i]));
        n_long += is_long;
        mask[i] = is_long;
    }
    *n_turned += n_bad;
    return n_long;
}

/* As above for any types. What is no 64-bit integer fails later, if it matters. */
static size_t mark_long_any(const struct weir_batch *batch, int64_t active_s, uint8_t *mask,
                            uint64_t *n_turned)
{
    size_t n_long = 0;
    for (size_t i = 0; i < batch->n; i++) {
        int64_t value[4] = {0};
        size_t bad = 0;
        bool good = true;
        for (int f = 0; f < 4; f++)
            good =
                weir_column_load_i64(&batch->field[WEIR_FIRST + f], i, 1, &value[f], NULL, &bad) &&
                good;
        const weir_i128 first = (weir_i128)value[0] * 1000 + value[1];
        const weir_i128 last = (weir_i128)value[2] * 1000 + value[3];
        mask[i] = !good || active_s <= 0 || (weir_i128)value[2] - value[0] >= active_s;
        n_long += mask[i];
        *n_turned += good && last < first;
    }
    return n_long;
}

static size_t mark_long(const struct weir_merge_build *build, const struct weir_batch *batch,
                        struct lane *lane)
{
    const int64_t active_ms = build->request.rule.active_ms;
    const int64_t active_s = active_ms > 0 ? (active_ms + 999) / 1000 : INT64_MIN;
    const struct weir_column *field = batch->field;
    const bool narrow = field[WEIR_FIRST].type == WEIR_U32 && field[WEIR_LAST].type == WEIR_U32 &&
                        field[WEIR_FIRST_MS].type == WEIR_U16 &&
                        field[WEIR_LAST_MS].type == WEIR_U16;
    return (narrow ? mark_long_u32 : mark_long_any)(batch, active_s, lane->mask,
                                                    &lane->records_bad_times);
}

static enum weir_status note_unit(void *context, int thread, uint64_t unit, struct weir_error *err)
{
    (void)err;
    struct pass *pass = context;
    const struct weir_merge_build *build = pass->build;
    const struct weir_kernels *kernels = &build->request.run->kernels;
    struct lane *lane = pass->lanes[thread];
    for (size_t at = 0; at < weir_merge_unit_n(build, unit); at += WEIR_BATCH_RECORDS) {
        struct weir_batch batch;
        view_batch(build, unit, at, &batch);
        const size_t n_long = mark_long(build, &batch, lane);
        if (n_long == 0)
            continue;
        hash_marked(build, &batch, n_long, lane);
        kernels->flow_hash->insert(&pass->bloom, lane->hash, n_long);
    }
    return WEIR_OK;
}

/* --- candidates ------------------------------------------------------------------------------ */

static size_t partition_of(const struct weir_merge_build *build, uint64_t hash)
{
    return (size_t)(hash >> 32) & (build->n_partitions - 1);
}

/* Notes hashes and numbers of the candidates of a unit; returns how many there are. */
static size_t find_candidates(const struct pass *pass, struct lane *lane, uint64_t unit)
{
    const struct weir_merge_build *build = pass->build;
    const struct weir_kernels *kernels = &build->request.run->kernels;
    size_t n = 0;
    for (size_t at = 0; at < weir_merge_unit_n(build, unit); at += WEIR_BATCH_RECORDS) {
        struct weir_batch batch;
        view_batch(build, unit, at, &batch);
        hash_batch(build, &batch, lane->hash);
        if (kernels->flow_hash->test(&pass->bloom, lane->hash, batch.n, lane->mask) == 0)
            continue;
        for (size_t i = 0; i < batch.n; i++) {
            if (lane->mask[i] == 0)
                continue;
            lane->unit_hash[n] = lane->hash[i];
            lane->record[n++] = (uint32_t)(at + i);
        }
    }
    return n;
}

/* Gives each candidate its row: by partition, within one in input order. */
static void order_candidates(const struct weir_merge_build *build, struct lane *lane, size_t n)
{
    uint32_t *starts = lane->starts;
    memset(starts, 0, (build->n_partitions + 1) * sizeof *starts);
    for (size_t i = 0; i < n; i++)
        starts[partition_of(build, lane->unit_hash[i]) + 1]++;
    for (size_t p = 0; p < build->n_partitions; p++)
        starts[p + 1] += starts[p];
    for (size_t i = 0; i < n; i++)
        lane->row[i] = starts[partition_of(build, lane->unit_hash[i])]++;
    for (size_t p = build->n_partitions; p > 0; p--)
        starts[p] = starts[p - 1];
    starts[0] = 0;
}

static enum weir_status load_candidates(const struct weir_merge_build *build, struct lane *lane,
                                        uint64_t unit, size_t n, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < n && status == WEIR_OK;) {
        const size_t at = lane->record[i] / WEIR_BATCH_RECORDS * WEIR_BATCH_RECORDS;
        const uint64_t begin = weir_merge_unit_begin(build, unit);
        struct weir_batch batch;
        struct weir_merge_pick pick = {
            .record = lane->record + i, .row = lane->row + i, .rows = lane->rows};
        size_t bad = 0;
        for (; i < n && lane->record[i] < at + WEIR_BATCH_RECORDS; i++, pick.n++) {
            struct weir_merge_row *row =
                weir_merge_row_at(&build->layout, lane->rows, lane->row[i]);
            row->at = lane->record[i];
            row->source = begin + lane->record[i];
            lane->record[i] -= (uint32_t)at;
        }
        view_batch(build, unit, at, &batch);
        status = weir_merge_rows_load(&build->layout, &batch, &pick, &bad, err);
        if (status != WEIR_OK)
            weir_error_prepend(
                err, "record %llu: ", (unsigned long long)(begin + at + pick.record[bad] + 1));
    }
    return status;
}

static enum weir_status take_unit(void *context, int thread, uint64_t unit, struct weir_error *err)
{
    struct pass *pass = context;
    const struct weir_merge_build *build = pass->build;
    struct lane *lane = pass->lanes[thread];
    const size_t n = find_candidates(pass, lane, unit);
    const size_t n_bytes = n * build->layout.row_bytes;
    order_candidates(build, lane, n);
    if (n_bytes > lane->rows_bytes) {
        weir_mem_free(mem_of(build), lane->rows);
        lane->rows_bytes = 0;
        lane->rows = weir_mem_alloc(mem_of(build), n_bytes);
        if (lane->rows == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory for %zu records that may be merged",
                                  n);
        lane->rows_bytes = n_bytes;
    }
    enum weir_status status = load_candidates(build, lane, unit, n, err);
    if (status == WEIR_OK)
        status = weir_merge_runs_put(build->runs, unit, lane->rows, lane->starts, err);
    return status;
}

/* --- merging --------------------------------------------------------------------------------- */

/* Gives a flow that is still open its slot: that of its entry, unless another flow of the key left
 * the cache there. Then, if the flow is that one record, it is written as it came; else the record
 * that joined it last has a slot to spare. */
static enum weir_status end_flow(struct pass *pass, struct lane *lane,
                                 struct weir_merge_pending *pending, struct weir_error *err)
{
    struct weir_merge_runs *runs = pass->build->runs;
    const struct weir_merge_row *flow = weir_merge_pending_row(pending);
    enum weir_status status = weir_merge_runs_read_slot(runs, pending->entry, &lane->slot, err);
    if (status != WEIR_OK)
        return status;
    struct weir_merge_row *slot = weir_merge_row_at(&pass->build->layout, lane->slot.rows, 0);
    bool linked = false;
    if ((slot->outcome & WEIR_MERGE_FLOW) == 0) {
        weir_merge_row_set_flow(slot, flow);
        slot->outcome |= WEIR_MERGE_END;
    } else if (flow->parts == 1) {
        slot->outcome |= WEIR_MERGE_END_SELF;
    } else {
        slot->outcome |= WEIR_MERGE_END_LINK;
        slot->hash = pending->latest;
        linked = true;
    }
    status = weir_merge_runs_write(runs, &lane->slot, err);
    if (status == WEIR_OK && linked)
        status = weir_merge_runs_read_slot(runs, pending->latest, &lane->slot, err);
    if (status != WEIR_OK || !linked)
        return status;
    weir_merge_row_set_flow(weir_merge_row_at(&pass->build->layout, lane->slot.rows, 0), flow);
    return weir_merge_runs_write(runs, &lane->slot, err);
}

static enum weir_status arrive_all(struct pass *pass, struct lane *lane, uint64_t group,
                                   struct weir_merge_flows *flows, struct weir_error *err)
{
    const struct weir_merge_build *build = pass->build;
    enum weir_status status = WEIR_OK;
    for (uint64_t u = 0; u < build->n_units && status == WEIR_OK; u++) {
        status = weir_merge_runs_read(build->runs, u, pass->group[group], pass->group[group + 1],
                                      &lane->piece, err);
        for (size_t i = 0; i < lane->piece.n && status == WEIR_OK; i++)
            status = weir_merge_flows_arrive(flows,
                                             weir_merge_row_at(&build->layout, lane->piece.rows, i),
                                             weir_merge_slot(u, lane->piece.begin + i), err);
        if (status == WEIR_OK)
            status = weir_merge_runs_write(build->runs, &lane->piece, err);
    }
    return status;
}

static enum weir_status merge_group(void *context, int thread, uint64_t group,
                                    struct weir_error *err)
{
    struct pass *pass = context;
    const struct weir_merge_build *build = pass->build;
    struct lane *lane = pass->lanes[thread];
    struct weir_merge_flows flows;
    struct weir_merge_pending *pending = NULL;
    size_t cursor = 0;
    weir_merge_flows_init(&flows, &build->layout, &build->request.rule, mem_of(build));
    enum weir_status status = arrive_all(pass, lane, group, &flows, err);
    while (status == WEIR_OK && weir_merge_flows_next(&flows, &cursor, &pending)) {
        weir_merge_counts_written(&flows.counts, weir_merge_pending_row(pending));
        flows.counts.open++;
        status = end_flow(pass, lane, pending, err);
    }
    weir_merge_counts_add(&lane->counts, &flows.counts);
    weir_merge_flows_release(&flows);
    return status;
}

/* Groups of partitions that are merged at a time. In memory each is one partition, whose cache is
 * small; from a scratch file they are as large as memory allows, because then pieces are. */
static enum weir_status make_groups(struct pass *pass, struct weir_error *err)
{
    struct weir_merge_build *build = pass->build;
    const size_t share = weir_mem_available_bytes(mem_of(build)) /
                         (2 * (size_t)build->request.run->n_threads) /
                         weir_merge_flows_bytes(&build->layout);
    const bool spilled = weir_merge_runs_scratch_bytes(build->runs) != 0;
    uint64_t in_group = 0;
    pass->group = weir_mem_zalloc(mem_of(build), build->n_partitions + 1, sizeof *pass->group);
    if (pass->group == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to merge");
    for (size_t p = 0; p < build->n_partitions; p++) {
        const uint64_t n = weir_merge_runs_rows(build->runs, p);
        build->n_candidates += n;
        if (p > 0 && (!spilled || in_group + n > share)) {
            pass->group[++pass->n_groups] = p;
            in_group = 0;
        }
        in_group += n;
    }
    pass->group[++pass->n_groups] = build->n_partitions;
    return WEIR_OK;
}

static enum weir_status find_all(struct pass *pass, struct weir_error *err)
{
    struct weir_merge_build *build = pass->build;
    struct weir_mem *mem = mem_of(build);
    const int n_threads = build->request.run->n_threads;
    const size_t most_bytes = weir_mem_available_bytes(mem) / BLOOM_BUDGET_PART;
    pass->bloom.n_words = weir_flow_bloom_words(build->request.n / RECORDS_PER_LONG);
    while (pass->bloom.n_words > 1 && pass->bloom.n_words > most_bytes / sizeof(uint64_t))
        pass->bloom.n_words /= 2;
    const size_t bloom_bytes = pass->bloom.n_words * sizeof(uint64_t);
    pass->bloom.word = weir_mem_pages_alloc(mem, bloom_bytes);
    if (pass->bloom.word == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to merge");
    enum weir_status status = weir_blocks_run(n_threads, build->n_units, note_unit, pass, err);
    if (status == WEIR_OK)
        status = weir_blocks_run(n_threads, build->n_units, take_unit, pass, err);
    weir_mem_pages_free(mem, pass->bloom.word, bloom_bytes);
    return status;
}

enum weir_status weir_merge_build_run(struct weir_merge_build *build, struct weir_error *err)
{
    struct pass pass = {.build = build};
    enum weir_status status = new_lanes(&pass, err);
    if (status == WEIR_OK)
        status = find_all(&pass, err);
    if (status == WEIR_OK)
        status = make_groups(&pass, err);
    if (status == WEIR_OK)
        status =
            weir_blocks_run(build->request.run->n_threads, pass.n_groups, merge_group, &pass, err);
    free_lanes(&pass);
    weir_mem_free(mem_of(build), pass.group);
    return status;
}
