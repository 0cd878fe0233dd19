/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting in memory. Columns of one value are written as they are: where all addresses are of IPv4,
 * they are 24 bytes of 74. No row lies in two cache lines: longer records go in groups of columns.
 * Rows use the space of the keys again, and so have 32 bytes: 10 million records in rows of 64
 * bytes need one cache miss less each, but 320 MB more of memory that the kernel must clear, which
 * takes as long, and several times as long when a virtual machine gets that memory for the first
 * time. Threads that write begin with different columns, so that they do not wait for the lock of
 * one file. */
#include "sort_memory.h"

#include "blocks.h"
#include "radix_sort.h"
#include "rows.h"

#include <stdatomic.h>
#include <string.h>

#define PACK_RECORDS  ((size_t)1 << 16) /* per ticket, when columns are read */
#define MOVE_RECORDS  ((size_t)1 << 14) /* per ticket, when records are moved */
#define LINE_BYTES    64
#define ROW_BYTES     32    /* that there is always space for */
#define NEAR_RECORDS  64    /* steps in an order that stay within cache lines just read */
#define SAMPLE_STEPS  65536 /* of an order, to see whether it is nearly straight */
#define SPARE_DIVISOR 8     /* of the memory, that is left to others */

static uint64_t n_blocks_of(uint64_t n, size_t block_records)
{
    return n / block_records + (n % block_records != 0);
}

static size_t block_size(uint64_t n, size_t block_records, uint64_t block)
{
    const uint64_t left = n - block * block_records;
    return left < block_records ? (size_t)left : block_records;
}

static size_t room_of(const struct weir_sort_job *job)
{
    const size_t free_bytes = weir_mem_available_bytes(job->mem);
    const size_t room =
        job->room_bytes != 0 && job->room_bytes < free_bytes ? job->room_bytes : free_bytes;
    return room - room / SPARE_DIVISOR;
}

static size_t whole_lines(size_t bytes)
{
    return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

/* Packed keys and the workspace of their sort. */
static size_t order_bytes(size_t n)
{
    return whole_lines(n * sizeof(uint64_t)) + weir_radix_sort_workspace_bytes(n);
}

size_t weir_sort_memory_bytes(size_t n)
{
    const size_t ordering = order_bytes(n);
    const size_t rows = n * ROW_BYTES;
    return n * sizeof(uint32_t) + (ordering > rows ? ordering : rows) + (size_t)2 * LINE_BYTES;
}

/* --- the order ------------------------------------------------------------------------------- */

struct packing {
    const struct weir_sort_job *job;
    size_t word;
    uint64_t *words;
};

static enum weir_status pack_words(void *context, int thread, uint64_t block,
                                   struct weir_error *err)
{
    (void)thread;
    (void)err;
    const struct packing *packing = context;
    const struct weir_sort_job *job = packing->job;
    const uint64_t begin = block * PACK_RECORDS;
    weir_sort_keys_pack(job->keys, job->table, packing->word, begin,
                        block_size(job->table->n, PACK_RECORDS, block), packing->words + begin);
    return WEIR_OK;
}

/* Sorts word by word in a space for keys and workspace. */
static enum weir_status order_words(const struct weir_sort_job *job, char *space, uint32_t *order,
                                    struct weir_error *err)
{
    const size_t n = (size_t)job->table->n;
    const size_t n_words = job->keys->n_words;
    struct packing packing = {.job = job, .words = (uint64_t *)(void *)space};
    enum weir_status status = WEIR_OK;
    for (size_t w = n_words; w-- > 0 && status == WEIR_OK;) {
        packing.word = w;
        status = weir_blocks_run(job->n_threads, n_blocks_of(n, PACK_RECORDS), pack_words, &packing,
                                 err);
        if (status == WEIR_OK)
            weir_radix_sort(packing.words, n, job->keys->word_bits[w],
                            w + 1 == n_words ? NULL : order, order,
                            space + whole_lines(n * sizeof *packing.words), job->n_threads);
    }
    return status;
}

enum weir_status weir_sort_order(const struct weir_sort_job *job, uint32_t *order,
                                 struct weir_error *err)
{
    const size_t n = (size_t)job->table->n;
    const size_t bytes = order_bytes(n);
    if (job->keys->n_words == 0) {
        for (size_t i = 0; i < n; i++)
            order[i] = (uint32_t)i;
        return WEIR_OK;
    }
    if (job->space != NULL && job->space_bytes >= bytes)
        return order_words(job, job->space, order, err);
    void *space = weir_mem_pages_alloc(job->mem, bytes);
    if (space == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to sort %zu records", n);
    const enum weir_status status = order_words(job, space, order, err);
    weir_mem_pages_free(job->mem, space, bytes);
    return status;
}

void weir_sort_reverse(uint32_t *order, size_t n)
{
    for (size_t i = 0, j = n; i + 1 < j; i++) {
        const uint32_t last = order[--j];
        order[j] = order[i];
        order[i] = last;
    }
}

/* --- moving ---------------------------------------------------------------------------------- */

/* Columns that move together, as rows or, without `rows`, one by one. */
struct move {
    const struct weir_sort_job *job;
    const struct weir_sort_sink *sink;
    const uint32_t *order; /* NULL: straight on, or backwards */
    bool backwards;
    bool positions; /* the last column of the table has them */
    uint64_t sink_begin;
    atomic_bool varies[WEIR_SORT_TABLE_COLUMNS_MAX]; /* columns with more than one value */
    size_t n_columns;
    size_t column[WEIR_SORT_TABLE_COLUMNS_MAX]; /* numbers in the table */
    struct weir_rows_layout layout;
    char *rows;
    size_t buffer_bytes; /* of each thread */
    char *buffers;
};

static size_t column_bytes(const struct move *move, size_t i)
{
    return weir_type_bytes(move->job->table->column[move->column[i]].type);
}

/* Records of the largest block. */
static size_t move_size(const struct move *move)
{
    return block_size(move->job->table->n, MOVE_RECORDS, 0);
}

static enum weir_status pack_rows(void *context, int thread, uint64_t block, struct weir_error *err)
{
    (void)thread;
    (void)err;
    const struct move *move = context;
    const struct weir_sort_table *table = move->job->table;
    const void *columns[WEIR_SORT_TABLE_COLUMNS_MAX];
    const uint64_t begin = block * PACK_RECORDS;
    for (size_t i = 0; i < move->n_columns; i++)
        columns[i] = weir_column_at(&table->column[move->column[i]], begin);
    move->job->kernels->rows->pack(&move->layout, columns,
                                   block_size(table->n, PACK_RECORDS, block),
                                   move->rows + begin * move->layout.stride_bytes);
    return WEIR_OK;
}

/* Writes a piece of one column to where it belongs. */
static enum weir_status write_piece(const struct move *move, size_t column, uint64_t begin,
                                    size_t n, const void *values, struct weir_error *err)
{
    const struct weir_sort_table *table = move->job->table;
    const enum weir_type type = table->column[column].type;
    if (move->positions && column + 1 == table->n_columns)
        return weir_sort_sink_write_positions(move->sink, type, move->sink_begin + begin, n, values,
                                              err);
    return weir_sort_sink_write(move->sink, column, type, move->sink_begin + begin, n, values, err);
}

static enum weir_status move_rows(void *context, int thread, uint64_t block, struct weir_error *err)
{
    const struct move *move = context;
    const uint64_t begin = block * MOVE_RECORDS;
    const size_t n = block_size(move->job->table->n, MOVE_RECORDS, block);
    void *columns[WEIR_SORT_TABLE_COLUMNS_MAX];
    char *next = move->buffers + (size_t)thread * move->buffer_bytes;
    for (size_t i = 0; i < move->n_columns; i++) {
        columns[i] = next;
        next += move_size(move) * column_bytes(move, i);
    }
    move->job->kernels->rows->gather(&move->layout, move->rows, move->order + begin, n, columns);
    for (size_t i = 0; i < move->n_columns; i++) {
        const size_t c = (i + block * 5) % move->n_columns;
        const enum weir_status status =
            write_piece(move, move->column[c], begin, n, columns[c], err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* Turns n values around. */
static void turn(const void *in, size_t bytes, size_t n, void *out)
{
    for (size_t i = 0; i < n; i++)
        switch (bytes) {
        case 1:
            ((uint8_t *)out)[i] = ((const uint8_t *)in)[n - 1 - i];
            break;
        case 2:
            ((uint16_t *)out)[i] = ((const uint16_t *)in)[n - 1 - i];
            break;
        case 4:
            ((uint32_t *)out)[i] = ((const uint32_t *)in)[n - 1 - i];
            break;
        default:
            ((uint64_t *)out)[i] = ((const uint64_t *)in)[n - 1 - i];
        }
}

/* The values of one column that become records [begin, begin + n); `buffer` has room for them. */
static const void *pick_values(const struct move *move, const struct weir_column *column,
                               uint64_t begin, size_t n, void *buffer)
{
    const size_t bytes = weir_type_bytes(column->type);
    if (move->order != NULL)
        move->job->kernels->rows->gather_column(column->data, bytes, move->order + begin, n,
                                                buffer);
    else if (move->backwards)
        turn(weir_column_at(column, move->job->table->n - begin - n), bytes, n, buffer);
    else
        return weir_column_at(column, begin);
    return buffer;
}

static enum weir_status move_columns(void *context, int thread, uint64_t block,
                                     struct weir_error *err)
{
    const struct move *move = context;
    const struct weir_sort_table *table = move->job->table;
    const uint64_t begin = block * MOVE_RECORDS;
    const size_t n = block_size(table->n, MOVE_RECORDS, block);
    for (size_t i = 0; i < table->n_columns; i++) {
        const size_t c = (i + block * 5) % table->n_columns;
        const void *values = pick_values(move, &table->column[c], begin, n,
                                         move->buffers + (size_t)thread * move->buffer_bytes);
        const enum weir_status status = write_piece(move, c, begin, n, values, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* Takes buffers for as many threads as a quarter of the room allows; *n_threads tells how many. */
static enum weir_status take_buffers(struct move *move, size_t bytes, int *n_threads,
                                     struct weir_error *err)
{
    const size_t most = room_of(move->job) / 4 / (bytes + 1);
    *n_threads = (size_t)move->job->n_threads < most ? move->job->n_threads
                 : most < 1                          ? 1
                                                     : (int)most;
    move->buffer_bytes = bytes;
    move->buffers = weir_mem_alloc(move->job->mem, (size_t)*n_threads * bytes);
    if (move->buffers == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to move %llu records",
                              (unsigned long long)move->job->table->n);
    return WEIR_OK;
}

/* All columns, one after the other in every block. */
static enum weir_status move_by_columns(struct move *move, struct weir_error *err)
{
    int n_threads = 1;
    enum weir_status status =
        take_buffers(move, move_size(move) * sizeof(uint64_t), &n_threads, err);
    if (status == WEIR_OK)
        status = weir_blocks_run(n_threads, n_blocks_of(move->job->table->n, MOVE_RECORDS),
                                 move_columns, move, err);
    weir_mem_free(move->job->mem, move->buffers);
    return status;
}

/* Looks for two neighbours that differ in a part of a column. */
static enum weir_status compare_values(void *context, int thread, uint64_t block,
                                       struct weir_error *err)
{
    (void)thread;
    (void)err;
    struct move *move = context;
    const struct weir_sort_table *table = move->job->table;
    const size_t c = (size_t)(block % table->n_columns);
    const uint64_t begin = block / table->n_columns * PACK_RECORDS;
    const uint64_t left = table->n - 1 - begin; /* pairs */
    const size_t bytes = weir_type_bytes(table->column[c].type);
    if (atomic_load_explicit(&move->varies[c], memory_order_relaxed))
        return WEIR_OK;
    if (memcmp(weir_column_at(&table->column[c], begin),
               weir_column_at(&table->column[c], begin + 1),
               (left < PACK_RECORDS ? (size_t)left : PACK_RECORDS) * bytes) != 0)
        atomic_store(&move->varies[c], true);
    return WEIR_OK;
}

/* Writes a block of the columns that have one value only. */
static enum weir_status write_constants(void *context, int thread, uint64_t block,
                                        struct weir_error *err)
{
    (void)thread;
    const struct move *move = context;
    const struct weir_sort_table *table = move->job->table;
    const size_t n = block_size(table->n, MOVE_RECORDS, block);
    for (size_t i = 0; i < table->n_columns; i++) {
        const size_t c = (i + block * 5) % table->n_columns;
        if (move->varies[c])
            continue;
        const enum weir_status status = write_piece(move, c, block * MOVE_RECORDS, n,
                                                    weir_column_at(&table->column[c], 0), err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* Columns of one value need not move: half of a record, where all addresses are of IPv4. */
static enum weir_status move_constants(struct move *move, bool *taken, struct weir_error *err)
{
    const struct weir_sort_table *table = move->job->table;
    for (size_t c = 0; c < table->n_columns; c++)
        atomic_init(&move->varies[c], false);
    const uint64_t n_parts = n_blocks_of(table->n - 1, PACK_RECORDS);
    enum weir_status status = weir_blocks_run(move->job->n_threads, n_parts * table->n_columns,
                                              compare_values, move, err);
    if (status == WEIR_OK)
        status = weir_blocks_run(move->job->n_threads, n_blocks_of(table->n, MOVE_RECORDS),
                                 write_constants, move, err);
    for (size_t c = 0; c < table->n_columns; c++)
        taken[c] = !move->varies[c];
    return status;
}

/* Takes columns that were not `taken` before, wide ones first, into a group of at most `most`
 * bytes; false when none is left. */
static bool take_group(struct move *move, size_t most, bool *taken)
{
    const struct weir_sort_table *table = move->job->table;
    uint8_t widths[WEIR_SORT_TABLE_COLUMNS_MAX];
    size_t used = 0;
    move->n_columns = 0;
    for (size_t width = 8; width >= 1; width /= 2)
        for (size_t c = 0; c < table->n_columns; c++) {
            if (taken[c] || weir_type_bytes(table->column[c].type) != width || used + width > most)
                continue;
            taken[c] = true;
            used += width;
            widths[move->n_columns] = (uint8_t)width;
            move->column[move->n_columns++] = c;
        }
    if (move->n_columns != 0)
        weir_rows_layout_set(&move->layout, widths, move->n_columns);
    return move->n_columns != 0;
}

static enum weir_status move_group(struct move *move, struct weir_error *err)
{
    const uint64_t n = move->job->table->n;
    int n_threads = 1;
    size_t bytes = 0;
    for (size_t i = 0; i < move->n_columns; i++)
        bytes += move_size(move) * column_bytes(move, i);
    enum weir_status status = take_buffers(move, bytes, &n_threads, err);
    if (status == WEIR_OK)
        status = weir_blocks_run(move->job->n_threads, n_blocks_of(n, PACK_RECORDS), pack_rows,
                                 move, err);
    if (status == WEIR_OK)
        status = weir_blocks_run(n_threads, n_blocks_of(n, MOVE_RECORDS), move_rows, move, err);
    weir_mem_free(move->job->mem, move->buffers);
    move->buffers = NULL;
    return status;
}

/* The stride that memory allows: of 64, 32, 16 or 8 bytes, or 0. */
static size_t choose_stride(const struct move *move)
{
    const struct weir_sort_table *table = move->job->table;
    const bool reuses = move->job->space != NULL;
    const size_t room = reuses ? move->job->space_bytes : room_of(move->job) / 4 * 3;
    size_t stride = LINE_BYTES;
    while (stride > 8 && stride / 2 >= weir_sort_table_record_bytes(table))
        stride /= 2;
    while (stride >= 8 && stride > room / (size_t)table->n)
        stride /= 2;
    return stride < 8 ? 0 : stride;
}

static enum weir_status move_by_rows(struct move *move, size_t stride, struct weir_error *err)
{
    const size_t bytes = (size_t)move->job->table->n * stride;
    bool taken[WEIR_SORT_TABLE_COLUMNS_MAX] = {false};
    enum weir_status status = WEIR_OK;
    const bool reuses = move->job->space != NULL;
    move->rows = reuses ? move->job->space : weir_mem_pages_alloc(move->job->mem, bytes);
    if (move->rows == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for rows of %llu records",
                              (unsigned long long)move->job->table->n);
    status = move_constants(move, taken, err);
    while (status == WEIR_OK && take_group(move, stride, taken))
        status = move_group(move, err);
    if (!reuses)
        weir_mem_pages_free(move->job->mem, move->rows, bytes);
    return status;
}

/* True when nearly all records stay beside their neighbours. */
static bool is_nearly_straight(const uint32_t *order, size_t n)
{
    const size_t step = n / SAMPLE_STEPS + 1;
    size_t n_near = 0;
    size_t n_seen = 0;
    for (size_t i = 0; i + 1 < n; i += step) {
        const uint32_t distance =
            order[i] < order[i + 1] ? order[i + 1] - order[i] : order[i] - order[i + 1];
        n_near += distance <= NEAR_RECORDS;
        n_seen++;
    }
    return n_near >= n_seen - n_seen / 8;
}

static bool is_written(const struct weir_sort_sink *sink)
{
    return sink->draft != NULL || sink->index != NULL;
}

enum weir_status weir_sort_move(const struct weir_sort_job *job, const uint32_t *order,
                                bool positions, const struct weir_sort_sink *sink, uint64_t begin,
                                struct weir_error *err)
{
    const size_t n = (size_t)job->table->n;
    struct move move = {
        .job = job, .sink = sink, .order = order, .positions = positions, .sink_begin = begin};
    if (n == 0 || !is_written(sink))
        return WEIR_OK;
    if (!positions) {
        const enum weir_status status =
            weir_sort_sink_write_positions(sink, WEIR_U32, begin, n, order, err);
        if (status != WEIR_OK || sink->draft == NULL)
            return status;
    }
    const size_t stride = is_nearly_straight(order, n) ? 0 : choose_stride(&move);
    return stride == 0 ? move_by_columns(&move, err) : move_by_rows(&move, stride, err);
}

/* The index of a straight order. */
static enum weir_status write_straight_index(uint64_t n, bool backwards,
                                             const struct weir_sort_sink *sink, uint64_t begin,
                                             struct weir_error *err)
{
    uint64_t piece[1024];
    enum weir_status status = WEIR_OK;
    for (uint64_t done = 0; done < n && status == WEIR_OK && sink->index != NULL;) {
        const size_t n_piece = block_size(n - done, 1024, 0);
        for (size_t i = 0; i < n_piece; i++)
            piece[i] = backwards ? n - 1 - done - i : done + i;
        status = weir_sort_sink_write_positions(sink, WEIR_U64, begin + done, n_piece, piece, err);
        done += n_piece;
    }
    return status;
}

enum weir_status weir_sort_move_straight(const struct weir_sort_job *job, bool backwards,
                                         bool positions, const struct weir_sort_sink *sink,
                                         uint64_t begin, struct weir_error *err)
{
    struct move move = {.job = job,
                        .sink = sink,
                        .backwards = backwards,
                        .positions = positions,
                        .sink_begin = begin};
    if (!positions) {
        const enum weir_status status =
            write_straight_index(job->table->n, backwards, sink, begin, err);
        if (status != WEIR_OK || sink->draft == NULL)
            return status;
    }
    return move_by_columns(&move, err);
}

enum weir_status weir_sort_in_memory(const struct weir_sort_job *job, struct weir_sort_keys *keys,
                                     bool reverse, bool positions,
                                     const struct weir_sort_sink *sink, uint64_t begin,
                                     struct weir_error *err)
{
    const size_t n = (size_t)job->table->n;
    enum weir_sort_found found = WEIR_SORT_UNORDERED;
    enum weir_status status = weir_sort_keys_survey(keys, job->table, job->n_threads, &found, err);
    if (status != WEIR_OK)
        return status;
    if (found != WEIR_SORT_UNORDERED)
        return weir_sort_move_straight(job, reverse == (found == WEIR_SORT_ASCENDING), positions,
                                       sink, begin, err);
    const size_t bytes = weir_sort_memory_bytes(n);
    char *space = job->space;
    if (space == NULL)
        space = weir_mem_pages_alloc(job->mem, bytes);
    if (space == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to sort %zu records", n);
    uint32_t *order = (uint32_t *)(void *)space;
    struct weir_sort_job inner = *job;
    inner.space = space + whole_lines(n * sizeof *order);
    inner.space_bytes =
        (job->space == NULL ? bytes : job->space_bytes) - whole_lines(n * sizeof *order);
    status = weir_sort_order(&inner, order, err);
    if (status == WEIR_OK && reverse)
        weir_sort_reverse(order, n);
    if (status == WEIR_OK)
        status = weir_sort_move(&inner, order, positions, sink, begin, err);
    if (job->space == NULL)
        weir_mem_pages_free(job->mem, space, bytes);
    return status;
}
