/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorted records as batches: gathered column by column, which is little beside the formatting. */
#include "sort_emit.h"

#include "blocks.h"
#include "par.h"
#include "rows.h"

#include <inttypes.h>
#include <string.h>

#define BLOCK_RECORDS ((uint64_t)1 << 14)

struct emitting {
    const struct weir_sort_emit *emit;
    struct weir_order order;
    uint64_t *buffers; /* a batch of every column for each thread */
};

/* Points one column of a batch at its values. */
static void pick_values(const struct emitting *emitting, size_t c, uint64_t begin, size_t n,
                        uint64_t *buffer, struct weir_column *column)
{
    const struct weir_sort_emit *emit = emitting->emit;
    const struct weir_sort_table *table = emit->job->table;
    const size_t bytes = weir_type_bytes(table->column[c].type);
    uint32_t backwards[WEIR_BATCH_RECORDS];
    column->type = table->column[c].type;
    column->data = buffer;
    if (emit->order != NULL) {
        emit->job->kernels->rows->gather_column(table->column[c].data, bytes, emit->order + begin,
                                                n, buffer);
    } else if (emit->backwards) {
        for (size_t i = 0; i < n; i++)
            backwards[i] = (uint32_t)(n - 1 - i);
        emit->job->kernels->rows->gather_column(
            weir_column_at(&table->column[c], table->n - begin - n), bytes, backwards, n, buffer);
    } else {
        column->data = weir_column_at(&table->column[c], begin);
    }
}

/* Adds records [begin, begin + n) to the lane. */
static enum weir_status add_batch(const struct emitting *emitting, int thread, uint64_t begin,
                                  size_t n, struct weir_error *err)
{
    const struct weir_sort_emit *emit = emitting->emit;
    const size_t n_columns = emit->job->table->n_columns;
    struct weir_batch batch = {.n = n, .n_custom = emit->schema->n_custom};
    struct weir_column custom[WEIR_CUSTOM_COLUMNS_MAX];
    uint64_t *buffer = emitting->buffers + (size_t)thread * n_columns * WEIR_BATCH_RECORDS;
    size_t bad = SIZE_MAX;
    size_t c = 0;
    batch.custom = custom;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (emit->schema->field[f] != WEIR_TYPE_NONE) {
            pick_values(emitting, c, begin, n, buffer + c * WEIR_BATCH_RECORDS, &batch.field[f]);
            c++;
        }
    for (size_t i = 0; i < emit->schema->n_custom; i++, c++)
        pick_values(emitting, c, begin, n, buffer + c * WEIR_BATCH_RECORDS, &custom[i]);
    const enum weir_status status =
        emit->writer->format->add(emit->writer, (size_t)thread, &batch, &bad, err);
    if (status != WEIR_OK && bad != SIZE_MAX)
        weir_error_prepend(err, "record %" PRIu64 " of the result: ", begin + bad);
    return status;
}

static enum weir_status emit_block(void *context, int thread, uint64_t block,
                                   struct weir_error *err)
{
    struct emitting *emitting = context;
    const struct weir_sort_emit *emit = emitting->emit;
    const struct weir_format *format = emit->writer->format;
    const uint64_t begin = block * BLOCK_RECORDS;
    const uint64_t left = emit->job->table->n - begin;
    const uint64_t end = begin + (left < BLOCK_RECORDS ? left : BLOCK_RECORDS);
    enum weir_status status = WEIR_OK;
    for (uint64_t i = begin; i < end && status == WEIR_OK; i += WEIR_BATCH_RECORDS)
        status =
            add_batch(emitting, thread, i,
                      end - i < WEIR_BATCH_RECORDS ? (size_t)(end - i) : WEIR_BATCH_RECORDS, err);
    if (status != WEIR_OK) {
        weir_order_close(&emitting->order, block);
        return status;
    }
    if (!weir_order_wait(&emitting->order, block))
        return WEIR_CANCELLED; /* an earlier block has failed */
    status = format->place(emit->writer, (size_t)thread, err);
    weir_order_pass(&emitting->order, block);
    if (status == WEIR_OK)
        status = format->put(emit->writer, (size_t)thread, err);
    if (emit->progress != NULL)
        weir_progress_tick(emit->progress, end - begin,
                           (end - begin) * weir_sort_table_record_bytes(emit->job->table));
    return status;
}

enum weir_status weir_sort_emit(const struct weir_sort_emit *emit, struct weir_error *err)
{
    const struct weir_sort_job *job = emit->job;
    struct emitting emitting = {.emit = emit};
    emitting.buffers = weir_mem_alloc(job->mem, (size_t)job->n_threads * job->table->n_columns *
                                                    WEIR_BATCH_RECORDS * sizeof *emitting.buffers);
    if (emitting.buffers == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to write %" PRIu64 " records",
                              job->table->n);
    weir_order_init(&emitting.order);
    const uint64_t n_blocks = job->table->n / BLOCK_RECORDS + (job->table->n % BLOCK_RECORDS != 0);
    const enum weir_status status =
        weir_blocks_run(job->n_threads, n_blocks, emit_block, &emitting, err);
    weir_order_release(&emitting.order);
    weir_mem_free(job->mem, emitting.buffers);
    return status;
}
