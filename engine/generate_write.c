/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated records, block by block. */
#include "generate_write.h"

#include "blocks.h"
#include "kernel.h"
#include "par.h"

#include <inttypes.h>

struct writing {
    const struct weir_generate_write *request;
    uint64_t first_block;
    struct weir_order order;
    struct weir_record_buffers *lanes;
    const uint64_t *zeros; /* a batch of them, for columns of any type */
};

void weir_generate_schema(const struct weir_format *format, bool complete,
                          struct weir_schema *schema)
{
    const weir_fields fields =
        format->needs | WEIR_FIELD_BIT(WEIR_PACKETS) | WEIR_FIELD_BIT(WEIR_OCTETS);
    weir_schema_set_default(schema, false);
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (!complete && (fields & WEIR_FIELD_BIT(f)) == 0)
            schema->field[f] = WEIR_TYPE_NONE;
}

/* Hands a batch to the format; columns that it does not have are 0. */
static enum weir_status add_batch(const struct writing *writing, int thread,
                                  struct weir_batch *batch, struct weir_error *err)
{
    const struct weir_generate_write *request = writing->request;
    size_t bad = SIZE_MAX;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (request->schema->field[f] == WEIR_TYPE_NONE)
            batch->field[f] = (struct weir_column){0};
        else if (batch->field[f].data == NULL)
            batch->field[f] = (struct weir_column){writing->zeros, request->schema->field[f]};
    return request->writer->format->add(request->writer, (size_t)thread, batch, &bad, err);
}

/* Adds the records of flows first .. first + n - 1, which are in the buffers. */
static enum weir_status add_complete(const struct writing *writing, int thread, uint64_t first,
                                     size_t n, struct weir_error *err)
{
    const struct weir_record_complete *complete = writing->request->source->complete;
    struct weir_record_buffers *buffers = &writing->lanes[thread];
    struct weir_record_place place = {0};
    struct weir_batch batch = {0};
    enum weir_status status = WEIR_OK;
    const size_t late = weir_record_check(buffers, n);
    if (late < n)
        return weir_error_set(err, WEIR_LIMIT,
                              "flow %" PRIu64 ": expected times of up to 2^32 s, but found an end "
                              "at %" PRIu64 " s",
                              first + late, buffers->end_ms[late] / 1000);
    weir_record_view(buffers, &batch);
    const struct weir_batch view = batch;
    while (status == WEIR_OK && (batch.n = weir_record_take(complete, buffers, n, &place)) > 0) {
        const size_t n_records = batch.n;
        batch = view;
        batch.n = n_records;
        status = add_batch(writing, thread, &batch, err);
    }
    return status;
}

static enum weir_status add_flows(const struct writing *writing, int thread, uint64_t first,
                                  size_t n, struct weir_error *err)
{
    const struct weir_generate_write *request = writing->request;
    struct weir_record_buffers *buffers = &writing->lanes[thread];
    weir_record_fill(request->source, &request->run->kernels, first, n, buffers);
    if (request->source->complete != NULL)
        return add_complete(writing, thread, first, n, err);
    struct weir_batch batch = {.n = n};
    batch.field[WEIR_PACKETS] = (struct weir_column){buffers->packets, WEIR_U64};
    batch.field[WEIR_OCTETS] = (struct weir_column){buffers->octets, WEIR_U64};
    return add_batch(writing, thread, &batch, err);
}

/* Sums up arrivals of a block before the first flow of the slice. */
static void pass_over(const struct writing *writing, int thread, uint64_t from, uint64_t to)
{
    const struct weir_generate_source *source = writing->request->source;
    struct weir_record_buffers *buffers = &writing->lanes[thread];
    if (source->complete == NULL || source->complete->arrivals == NULL)
        return;
    for (; from < to; from += WEIR_BATCH_RECORDS)
        weir_arrivals_fill(source->complete->arrivals, writing->request->run->kernels.philox, from,
                           to - from < WEIR_BATCH_RECORDS ? (size_t)(to - from)
                                                          : WEIR_BATCH_RECORDS,
                           &buffers->elapsed, buffers->begin_ms);
}

static enum weir_status write_block(void *context, int thread, uint64_t block,
                                    struct weir_error *err)
{
    struct writing *writing = context;
    const struct weir_generate_write *request = writing->request;
    const struct weir_format *format = request->writer->format;
    const uint64_t origin = (writing->first_block + block) * WEIR_ARRIVAL_BLOCK;
    const uint64_t last = request->first + request->n;
    const uint64_t begin = origin < request->first ? request->first : origin;
    const uint64_t end = last - origin < WEIR_ARRIVAL_BLOCK ? last : origin + WEIR_ARRIVAL_BLOCK;
    enum weir_status status = WEIR_OK;
    pass_over(writing, thread, origin, begin);
    for (uint64_t i = begin; i < end && status == WEIR_OK; i += WEIR_BATCH_RECORDS)
        status =
            add_flows(writing, thread, i,
                      end - i < WEIR_BATCH_RECORDS ? (size_t)(end - i) : WEIR_BATCH_RECORDS, err);
    if (status != WEIR_OK) {
        weir_order_close(&writing->order, block);
        return status;
    }
    if (!weir_order_wait(&writing->order, block))
        return WEIR_CANCELLED; /* an earlier block has failed */
    status = format->place(request->writer, (size_t)thread, err);
    weir_order_pass(&writing->order, block);
    if (status == WEIR_OK)
        status = format->put(request->writer, (size_t)thread, err);
    if (request->progress != NULL)
        weir_progress_tick(request->progress, end - begin, end - begin);
    return status;
}

enum weir_status weir_generate_write(const struct weir_generate_write *request,
                                     struct weir_error *err)
{
    struct weir_mem *mem = &request->run->mem;
    const uint64_t last = request->first + request->n;
    struct writing writing = {.request = request,
                              .first_block = request->first / WEIR_ARRIVAL_BLOCK};
    const uint64_t n_blocks =
        request->n == 0 ? 0 : (last - 1) / WEIR_ARRIVAL_BLOCK + 1 - writing.first_block;
    writing.lanes = weir_mem_zalloc(mem, (size_t)request->run->n_threads, sizeof *writing.lanes);
    uint64_t *zeros = weir_mem_zalloc(mem, WEIR_BATCH_RECORDS, sizeof *zeros);
    writing.zeros = zeros;
    enum weir_status status = WEIR_OK;
    if (writing.lanes == NULL || zeros == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory to write records");
    if (status == WEIR_OK) {
        weir_order_init(&writing.order);
        status = weir_blocks_run(request->run->n_threads, n_blocks, write_block, &writing, err);
        weir_order_release(&writing.order);
    }
    weir_mem_free(mem, zeros);
    weir_mem_free(mem, writing.lanes);
    return status;
}
