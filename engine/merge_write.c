/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a trace and its merged runs to the writers. Chunks of records are copied column by column:
 * what stands between two changes with one move, so that the columns of untouched records are never
 * looked at. A chunk is so small that what may be inserted still fits a batch. */
#include "merge_write.h"

#include "blocks.h"
#include "field.h"
#include "par.h"
#include "progress.h"

#include <string.h>

#define CHUNK_RECORDS (WEIR_BATCH_RECORDS / 2)
#define COLUMNS_MAX   (WEIR_N_FIELDS + WEIR_CUSTOM_COLUMNS_MAX)
#define END_FLOWS     8192 /* open flows that are written as one block, on average and about */
#define END_UNITS_MAX 64

/* A flow, or a record as it came. */
struct item {
    const struct weir_merge_row *flow; /* NULL: the record */
    uint64_t source;                   /* position in the trace: of the record, or of the flow's
                                          first part */
};

/* A change to a chunk: before record `at`, the flow of item `item` comes in; with `drop` the record
 * goes. */
struct change {
    uint32_t at;
    uint32_t n_items; /* 0 or 1 */
    bool drop;
};

/* What a thread works with. Rows of a unit are used in input order, rows of scratch files until the
 * next unit. */
struct lane {
    struct weir_merge_piece piece; /* the unit's run */
    uint32_t *order;               /* rows of the piece in input order */
    uint32_t *row_of;              /* by record of the unit */
    uint64_t *present;             /* a bit per record of the unit: it has a row */
    size_t next;                   /* in `order` */
    struct item item[WEIR_BATCH_RECORDS];
    size_t n_items;
    struct change change[CHUNK_RECORDS];
    size_t n_changes;
    struct item reject[WEIR_BATCH_RECORDS];
    size_t n_rejects;
    unsigned char *links; /* rows that END_LINK leads to */
    size_t links_bytes;
    struct weir_merge_piece slot;
    uint64_t number[CHUNK_RECORDS];                     /* a sum column of a chunk */
    uint64_t converted[WEIR_MERGE_SUMS][CHUNK_RECORDS]; /* the same in the type of the output */
    uint64_t values[WEIR_BATCH_RECORDS];                /* of items, in one column */
    unsigned char *column[COLUMNS_MAX];                 /* WEIR_BATCH_RECORDS values each */
    weir_u128 octets;
};

struct writing {
    struct weir_merge_build *build;
    struct weir_merge_output *output;
    struct lane **lanes;
    size_t n_columns;                       /* 21 fields, then custom ones */
    struct weir_column column[COLUMNS_MAX]; /* of the trace, from its first record on */
    struct weir_order order;
    uint64_t end_units;   /* units whose open flows are one block */
    uint64_t block_bytes; /* of the input, about; for the progress */
};

static struct weir_mem *mem_of(const struct writing *writing)
{
    return &writing->build->request.run->mem;
}

static enum weir_type in_type(const struct weir_merge_layout *layout, size_t c)
{
    return c < WEIR_N_FIELDS ? layout->in.field[c] : layout->in.custom[c - WEIR_N_FIELDS].type;
}

static enum weir_type out_type(const struct weir_merge_layout *layout, size_t c)
{
    return c < WEIR_N_FIELDS ? layout->out.field[c] : layout->out.custom[c - WEIR_N_FIELDS].type;
}

/* The data of column `c` from record `position` of the trace on. */
static struct weir_column column_at(const struct writing *writing, size_t c, uint64_t position)
{
    const struct weir_column *column = &writing->column[c];
    return (struct weir_column){.data = weir_column_at(column, position), .type = column->type};
}

/* --- lanes ----------------------------------------------------------------------------------- */

static void free_lanes(struct writing *writing)
{
    struct weir_merge_build *build = writing->build;
    struct weir_mem *mem = mem_of(writing);
    for (int t = 0; writing->lanes != NULL && t < build->request.run->n_threads; t++) {
        struct lane *lane = writing->lanes[t];
        if (lane == NULL)
            continue;
        weir_merge_piece_release(build->runs, &lane->piece);
        weir_merge_piece_release(build->runs, &lane->slot);
        weir_mem_free(mem, lane->order);
        weir_mem_free(mem, lane->row_of);
        weir_mem_free(mem, lane->present);
        weir_mem_free(mem, lane->links);
        for (size_t c = 0; c < writing->n_columns; c++)
            weir_mem_free(mem, lane->column[c]);
        writing->output->octets += lane->octets;
        weir_mem_free(mem, lane);
    }
    weir_mem_free(mem, writing->lanes);
}

static bool new_lane(struct writing *writing, size_t t)
{
    const struct weir_merge_build *build = writing->build;
    struct weir_mem *mem = mem_of(writing);
    const size_t n = (size_t)build->unit_records;
    struct lane *lane = writing->lanes[t] = weir_mem_zalloc(mem, 1, sizeof *lane);
    if (lane == NULL)
        return false;
    lane->order = weir_mem_alloc(mem, n * sizeof *lane->order);
    lane->row_of = weir_mem_alloc(mem, n * sizeof *lane->row_of);
    lane->present = weir_mem_zalloc(mem, n / 64, sizeof *lane->present);
    bool good = lane->order != NULL && lane->row_of != NULL && lane->present != NULL;
    for (size_t c = 0; c < writing->n_columns && good; c++) {
        const size_t bytes = WEIR_BATCH_RECORDS * weir_type_bytes(out_type(&build->layout, c));
        lane->column[c] = weir_mem_alloc(mem, bytes);
        good = lane->column[c] != NULL;
    }
    return good;
}

/* --- single values --------------------------------------------------------------------------- */

static void store(unsigned char *out, const void *value, size_t bytes)
{
    switch (bytes) { /* fixed sizes become single moves */
    case 1:
        memcpy(out, value, 1);
        break;
    case 2:
        memcpy(out, value, 2);
        break;
    case 4:
        memcpy(out, value, 4);
        break;
    default:
        memcpy(out, value, 8);
        break;
    }
}

/* Stores a time in its column's type. False: it does not fit, which only another column's time may
 * do. */
static bool store_time(unsigned char *out, enum weir_type type, int64_t value)
{
    if (type == WEIR_F32 || type == WEIR_F64) {
        const float narrow = (float)value;
        const double wide = (double)value;
        store(out, type == WEIR_F32 ? (const void *)&narrow : &wide, weir_type_bytes(type));
        return true;
    }
    const unsigned bits = 8 * (unsigned)weir_type_bytes(type) - weir_type_is_signed(type);
    const bool fits =
        bits >= 63 ? value >= 0 || weir_type_is_signed(type)
                   : value >> bits == 0 || (weir_type_is_signed(type) && value >> bits == -1);
    store(out, &value, weir_type_bytes(type));
    return fits;
}

static int64_t time_of(const struct weir_merge_row *flow, size_t c)
{
    switch (c) {
    case WEIR_FIRST:
        return flow->first;
    case WEIR_FIRST_MS:
        return flow->first_ms;
    case WEIR_LAST:
        return flow->last;
    default:
        return flow->last_ms;
    }
}

static bool is_sum(size_t c)
{
    return c >= WEIR_PACKETS && c <= WEIR_AGGS;
}

/* Converts `n` values of a sum column to the type of the output, aggs 0 to 1; *bad is the first
 * that does not fit. The result is the input where nothing needs to be done. */
static const void *convert_sums(const struct weir_merge_layout *layout, size_t c,
                                const struct weir_column *in, size_t n, uint64_t *number,
                                uint64_t *out, size_t *bad)
{
    const enum weir_type type = layout->out.field[c];
    *bad = n;
    if (c != WEIR_AGGS && in->type == type)
        return in->data;
    if (in->type == WEIR_U32 && type == WEIR_U32) {
        const uint32_t *value = in->data;
        uint32_t *aggs = (uint32_t *)(void *)out;
        for (size_t i = 0; i < n; i++)
            aggs[i] = value[i] + (value[i] == 0);
        return aggs;
    }
    const uint64_t *value = number;
    size_t at = n;
    const bool good = type == WEIR_I64
                          ? weir_column_load_i64(in, 0, n, (int64_t *)number, NULL, &at)
                          : weir_column_load_u64(in, 0, n, number, &value, &at);
    if (!good)
        *bad = at;
    for (size_t i = 0; i < n && good; i++) {
        const uint64_t v = value[i] + (c == WEIR_AGGS && value[i] == 0);
        if (type == WEIR_U32)
            ((uint32_t *)(void *)out)[i] = (uint32_t)v;
        else
            out[i] = v;
    }
    return out;
}

static enum weir_status refuse(const struct writing *writing, size_t c, uint64_t position,
                               struct weir_error *err)
{
    char text[WEIR_VALUE_CAPACITY];
    const struct weir_column column = column_at(writing, c, position);
    return weir_error_set(err, WEIR_LIMIT,
                          "record %llu: field %s: expected a whole number that fits the column, "
                          "but found %s",
                          (unsigned long long)position + 1,
                          weir_field_info((enum weir_field)c)->name,
                          weir_column_value_text(&column, 0, text));
}

/* Writes the values of items in column `c` to `out`. */
static enum weir_status put_items(const struct writing *writing, size_t c, const struct item *item,
                                  size_t n, unsigned char *out, struct weir_error *err)
{
    const struct weir_merge_layout *layout = &writing->build->layout;
    const size_t bytes = weir_type_bytes(out_type(layout, c));
    const size_t in_bytes = weir_type_bytes(in_type(layout, c));
    const struct weir_column column = column_at(writing, c, 0);
    const unsigned char *data = column.data;
    for (size_t i = 0; i < n; i++, out += bytes) {
        const struct weir_merge_row *flow = item[i].flow;
        const unsigned char *value = data + item[i].source * in_bytes;
        if (flow != NULL && c < WEIR_MERGE_KEYS) {
            store(out, flow->key + layout->key_offset[c], bytes);
        } else if (flow != NULL && is_sum(c)) {
            store(out, &flow->sum[c - WEIR_PACKETS], bytes);
        } else if (flow != NULL && c < WEIR_N_FIELDS) {
            if (!store_time(out, layout->out.field[c], time_of(flow, c)))
                return refuse(writing, c, item[i].source, err);
        } else if (is_sum(c)) {
            const struct weir_column one = {.data = value, .type = column.type};
            uint64_t number = 0;
            uint64_t converted = 0;
            size_t bad = 0;
            store(out, convert_sums(layout, c, &one, 1, &number, &converted, &bad), bytes);
            if (bad == 0)
                return refuse(writing, c, item[i].source, err);
        } else {
            store(out, value, bytes);
        }
    }
    return WEIR_OK;
}

/* --- batches --------------------------------------------------------------------------------- */

/* Hands `n` records, whose columns are data[c], to a sink. */
static enum weir_status hand_over(const struct writing *writing, const struct weir_merge_sink *sink,
                                  int thread, const void *const *data, size_t n,
                                  struct weir_error *err)
{
    const struct weir_merge_layout *layout = &writing->build->layout;
    struct weir_column custom[WEIR_CUSTOM_COLUMNS_MAX];
    struct weir_batch batch = {.n = n, .n_custom = layout->out.n_custom, .custom = custom};
    for (size_t c = 0; c < writing->n_columns; c++) {
        const struct weir_column column = {.data = data[c], .type = out_type(layout, c)};
        if (c < WEIR_N_FIELDS)
            batch.field[c] = column;
        else
            custom[c - WEIR_N_FIELDS] = column;
    }
    size_t bad = 0;
    return sink->format->add(sink->writer, (size_t)thread, &batch, &bad, err);
}

/* Hands items to a sink. */
static enum weir_status hand_items(const struct writing *writing,
                                   const struct weir_merge_sink *sink, int thread,
                                   const struct item *item, size_t n, struct weir_error *err)
{
    const struct lane *lane = writing->lanes[thread];
    const void *data[COLUMNS_MAX];
    enum weir_status status = WEIR_OK;
    if (n == 0 || sink->format == NULL)
        return WEIR_OK;
    for (size_t c = 0; c < writing->n_columns && status == WEIR_OK; c++) {
        status = put_items(writing, c, item, n, lane->column[c], err);
        data[c] = lane->column[c];
    }
    return status == WEIR_OK ? hand_over(writing, sink, thread, data, n, err) : status;
}

static enum weir_status flush_rejects(const struct writing *writing, int thread,
                                      struct weir_error *err)
{
    struct lane *lane = writing->lanes[thread];
    const size_t n = lane->n_rejects;
    lane->n_rejects = 0;
    return hand_items(writing, &writing->output->rejects, thread, lane->reject, n, err);
}

/* Copies n records with the lane's changes; `values` are those of the items. Returns how many there
 * are now. `bytes` is a constant in every call. */
static inline size_t splice(const struct lane *lane, const unsigned char *in, size_t n,
                            size_t bytes, unsigned char *out)
{
    const unsigned char *value = (const unsigned char *)lane->values;
    unsigned char *const begin = out;
    size_t at = 0;
    for (size_t i = 0; i < lane->n_changes; i++) {
        const struct change *change = &lane->change[i];
        const size_t n_kept = change->at - at;
        memcpy(out, in + at * bytes, n_kept * bytes);
        out += n_kept * bytes;
        memcpy(out, value, bytes); /* overwritten when there is no item */
        out += change->n_items * bytes;
        value += change->n_items * bytes;
        at = change->at + change->drop;
    }
    memcpy(out, in + at * bytes, (n - at) * bytes);
    out += (n - at) * bytes;
    return (size_t)(out - begin) / bytes;
}

static size_t splice_column(const struct lane *lane, const void *in, size_t n, size_t bytes,
                            unsigned char *out)
{
    switch (bytes) {
    case 1:
        return splice(lane, in, n, 1, out);
    case 2:
        return splice(lane, in, n, 2, out);
    case 4:
        return splice(lane, in, n, 4, out);
    default:
        return splice(lane, in, n, 8, out);
    }
}

/* Exact sum of values below 2^64, in two halves that cannot overflow. */
static weir_u128 sum_up(const uint64_t *value, size_t n)
{
    uint64_t low = 0;
    uint64_t high = 0;
    for (size_t i = 0; i < n; i++) {
        low += (uint32_t)value[i];
        high += value[i] >> 32;
    }
    return ((weir_u128)high << 32) + low;
}

/* Copies records [position, position + n) with the lane's changes to the records' sink. */
static enum weir_status write_chunk(const struct writing *writing, int thread, uint64_t position,
                                    size_t n, struct weir_error *err)
{
    struct lane *lane = writing->lanes[thread];
    const struct weir_merge_layout *layout = &writing->build->layout;
    const void *data[COLUMNS_MAX];
    size_t n_out = n;
    for (size_t c = 0; c < writing->n_columns; c++) {
        const struct weir_column column = column_at(writing, c, position);
        const size_t bytes = weir_type_bytes(out_type(layout, c));
        data[c] = column.data;
        if (is_sum(c)) {
            size_t bad = 0;
            data[c] = convert_sums(layout, c, &column, n, lane->number,
                                   lane->converted[c - WEIR_PACKETS], &bad);
            if (bad < n)
                return refuse(writing, c, position + bad, err);
        }
        if (c == WEIR_OCTETS)
            lane->octets += sum_up(data[c], n);
        if (lane->n_changes == 0)
            continue;
        const enum weir_status status =
            put_items(writing, c, lane->item, lane->n_items, (unsigned char *)lane->values, err);
        if (status != WEIR_OK)
            return status;
        n_out = splice_column(lane, data[c], n, bytes, lane->column[c]);
        data[c] = lane->column[c];
    }
    return n_out == 0 ? WEIR_OK
                      : hand_over(writing, &writing->output->records, thread, data, n_out, err);
}

/* --- units ----------------------------------------------------------------------------------- */

static const struct weir_merge_row *row_of(const struct writing *writing, const struct lane *lane,
                                           size_t i)
{
    return weir_merge_row_at(&writing->build->layout, lane->piece.rows, lane->order[i]);
}

/* Reads the run of a unit and finds the order of its rows. */
static enum weir_status open_unit(const struct writing *writing, struct lane *lane, uint64_t unit,
                                  struct weir_error *err)
{
    const struct weir_merge_build *build = writing->build;
    const enum weir_status status =
        weir_merge_runs_read(build->runs, unit, 0, build->n_partitions, &lane->piece, err);
    if (status != WEIR_OK)
        return status;
    for (size_t i = 0; i < lane->piece.n; i++) {
        const uint32_t at = weir_merge_row_at(&build->layout, lane->piece.rows, i)->at;
        lane->present[at / 64] |= (uint64_t)1 << at % 64;
        lane->row_of[at] = (uint32_t)i;
    }
    size_t n = 0;
    for (size_t w = 0; n < lane->piece.n; w++) {
        for (uint64_t bits = lane->present[w]; bits != 0; bits &= bits - 1)
            lane->order[n++] = lane->row_of[64 * w + (size_t)__builtin_ctzll(bits)];
        lane->present[w] = 0;
    }
    lane->next = 0;
    return WEIR_OK;
}

/* Turns the outcomes of records [begin, begin + n) of a unit into changes, items and rejects. */
static enum weir_status list_changes(const struct writing *writing, int thread, uint64_t unit_begin,
                                     size_t begin, size_t n, struct weir_error *err)
{
    struct lane *lane = writing->lanes[thread];
    lane->n_changes = lane->n_items = 0;
    for (; lane->next < lane->piece.n; lane->next++) {
        const struct weir_merge_row *row = row_of(writing, lane, lane->next);
        if (row->at >= begin + n)
            break;
        if ((row->outcome & WEIR_MERGE_REJECT) != 0) {
            if (lane->n_rejects + 2 > WEIR_BATCH_RECORDS) {
                const enum weir_status status = flush_rejects(writing, thread, err);
                if (status != WEIR_OK)
                    return status;
            }
            lane->reject[lane->n_rejects++] = (struct item){row, row->source};
            lane->reject[lane->n_rejects++] = (struct item){NULL, unit_begin + row->at};
        }
        const bool has_flow = (row->outcome & WEIR_MERGE_FLOW) != 0;
        const bool stays = (row->outcome & WEIR_MERGE_SELF) != 0;
        if (stays && !has_flow)
            continue;
        lane->change[lane->n_changes++] =
            (struct change){.at = (uint32_t)(row->at - begin), .n_items = has_flow, .drop = !stays};
        if (has_flow)
            lane->item[lane->n_items++] = (struct item){row, row->source};
    }
    return WEIR_OK;
}

static enum weir_status copy_unit(const struct writing *writing, int thread, uint64_t unit,
                                  struct weir_error *err)
{
    const struct weir_merge_build *build = writing->build;
    const uint64_t unit_begin = weir_merge_unit_begin(build, unit);
    const size_t n_unit = weir_merge_unit_n(build, unit);
    enum weir_status status = open_unit(writing, writing->lanes[thread], unit, err);
    for (size_t at = 0; at < n_unit && status == WEIR_OK; at += CHUNK_RECORDS) {
        const size_t n = n_unit - at < CHUNK_RECORDS ? n_unit - at : CHUNK_RECORDS;
        status = list_changes(writing, thread, unit_begin, at, n, err);
        if (status == WEIR_OK)
            status = write_chunk(writing, thread, unit_begin + at, n, err);
    }
    return status == WEIR_OK ? flush_rejects(writing, thread, err) : status;
}

/* Reads the rows that the unit's open flows are kept in elsewhere; in order. */
static enum weir_status read_links(const struct writing *writing, struct lane *lane,
                                   struct weir_error *err)
{
    const struct weir_merge_layout *layout = &writing->build->layout;
    size_t n = 0;
    for (size_t i = 0; i < lane->piece.n; i++)
        n += (row_of(writing, lane, i)->outcome & WEIR_MERGE_END_LINK) != 0;
    if (n * layout->row_bytes > lane->links_bytes) {
        weir_mem_free(mem_of(writing), lane->links);
        lane->links_bytes = 0;
        lane->links = weir_mem_alloc(mem_of(writing), n * layout->row_bytes);
        if (lane->links == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory for %zu flows", n);
        lane->links_bytes = n * layout->row_bytes;
    }
    n = 0;
    for (size_t i = 0; i < lane->piece.n; i++) {
        const struct weir_merge_row *row = row_of(writing, lane, i);
        if ((row->outcome & WEIR_MERGE_END_LINK) == 0)
            continue;
        const enum weir_status status =
            weir_merge_runs_read_slot(writing->build->runs, row->hash, &lane->slot, err);
        if (status != WEIR_OK)
            return status;
        memcpy(lane->links + n++ * layout->row_bytes, lane->slot.rows, layout->row_bytes);
    }
    return WEIR_OK;
}

/* Writes the flows of a unit that are still open, in the order in which they entered the cache. */
static enum weir_status end_unit(const struct writing *writing, int thread, uint64_t unit,
                                 struct weir_error *err)
{
    const struct weir_merge_build *build = writing->build;
    struct lane *lane = writing->lanes[thread];
    const struct weir_merge_sink *sink = &writing->output->records;
    enum weir_status status = open_unit(writing, lane, unit, err);
    if (status == WEIR_OK)
        status = read_links(writing, lane, err);
    size_t n = 0;
    size_t n_links = 0;
    for (size_t i = 0; i < lane->piece.n && status == WEIR_OK; i++) {
        const struct weir_merge_row *row = row_of(writing, lane, i);
        if ((row->outcome & WEIR_MERGE_END) != 0) {
            lane->item[n++] = (struct item){row, row->source};
        } else if ((row->outcome & WEIR_MERGE_END_SELF) != 0) {
            lane->item[n++] = (struct item){NULL, weir_merge_unit_begin(build, unit) + row->at};
        } else if ((row->outcome & WEIR_MERGE_END_LINK) != 0) {
            const struct weir_merge_row *flow =
                weir_merge_row_at(&build->layout, lane->links, n_links++);
            lane->item[n++] = (struct item){flow, flow->source};
        }
        if (n == WEIR_BATCH_RECORDS || i + 1 == lane->piece.n) {
            status = hand_items(writing, sink, thread, lane->item, n, err);
            n = 0;
        }
    }
    return status;
}

/* --- blocks ---------------------------------------------------------------------------------- */

static enum weir_status place(const struct weir_merge_sink *sink, int thread,
                              struct weir_error *err)
{
    return sink->format == NULL ? WEIR_OK : sink->format->place(sink->writer, (size_t)thread, err);
}

static enum weir_status put(const struct weir_merge_sink *sink, int thread, struct weir_error *err)
{
    return sink->format == NULL ? WEIR_OK : sink->format->put(sink->writer, (size_t)thread, err);
}

/* Gives the lanes' records their places, in order, and writes them there. */
static enum weir_status write_lanes(struct writing *writing, int thread, uint64_t block,
                                    struct weir_error *err)
{
    const struct weir_merge_output *output = writing->output;
    if (!weir_order_wait(&writing->order, block))
        return weir_error_set(err, WEIR_CANCELLED, "interrupted");
    enum weir_status status = place(&output->records, thread, err);
    if (status == WEIR_OK)
        status = place(&output->rejects, thread, err);
    if (status != WEIR_OK)
        return status;
    weir_order_pass(&writing->order, block);
    status = put(&output->records, thread, err);
    return status == WEIR_OK ? put(&output->rejects, thread, err) : status;
}

/* Block `block` is a unit, or behind them some units' open flows. */
static enum weir_status write_block(void *context, int thread, uint64_t block,
                                    struct weir_error *err)
{
    struct writing *writing = context;
    const struct weir_merge_build *build = writing->build;
    enum weir_status status = WEIR_OK;
    if (block < build->n_units) {
        status = copy_unit(writing, thread, block, err);
        if (writing->output->progress != NULL)
            weir_progress_tick(writing->output->progress, weir_merge_unit_n(build, block),
                               writing->block_bytes);
    } else {
        const uint64_t begin = (block - build->n_units) * writing->end_units;
        for (uint64_t u = begin;
             u < begin + writing->end_units && u < build->n_units && status == WEIR_OK; u++)
            status = end_unit(writing, thread, u, err);
    }
    if (status == WEIR_OK)
        status = write_lanes(writing, thread, block, err);
    if (status != WEIR_OK)
        weir_order_close(&writing->order, block);
    return status;
}

/* Many units where few flows are open, so that writes are large; few where many are, because the
 * writer gathers a block in memory. */
static uint64_t choose_end_units(const struct weir_merge_build *build)
{
    const uint64_t per_unit = build->n_units == 0 ? 0 : build->counts.open / build->n_units;
    const uint64_t n = END_FLOWS / (per_unit + 1);
    return n < 1 ? 1 : n > END_UNITS_MAX ? END_UNITS_MAX : n;
}

static void find_columns(struct writing *writing)
{
    struct weir_batch batch;
    weir_columns_view(writing->build->request.columns, 0, 0, &batch);
    memcpy(writing->column, batch.field, sizeof batch.field);
    weir_columns_view_custom(writing->build->request.columns, 0, writing->column + WEIR_N_FIELDS);
}

enum weir_status weir_merge_write(struct weir_merge_build *build, struct weir_merge_output *output,
                                  struct weir_error *err)
{
    const int n_threads = build->request.run->n_threads;
    struct writing writing = {.build = build, .output = output};
    enum weir_status status = WEIR_OK;
    writing.n_columns = WEIR_N_FIELDS + build->layout.out.n_custom;
    find_columns(&writing);
    writing.end_units = choose_end_units(build);
    const uint64_t n_ends = (build->n_units + writing.end_units - 1) / writing.end_units;
    writing.block_bytes =
        build->n_units == 0 ? 0 : weir_columns_bytes(build->request.columns) / build->n_units;
    writing.lanes = weir_mem_zalloc(mem_of(&writing), (size_t)n_threads, sizeof *writing.lanes);
    bool good = writing.lanes != NULL;
    for (size_t t = 0; t < (size_t)n_threads && good; t++)
        good = new_lane(&writing, t);
    if (!good)
        status = weir_error_set(err, WEIR_MEMORY, "no memory to write merged records");
    weir_order_init(&writing.order);
    if (status == WEIR_OK)
        status = weir_blocks_run(n_threads, build->n_units + n_ends, write_block, &writing, err);
    weir_order_release(&writing.order);
    free_lanes(&writing);
    return status;
}
