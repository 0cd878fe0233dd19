/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated records, block by block. */
#include "generate_write.h"

#include "blocks.h"
#include "kernel.h"
#include "par.h"

#include <inttypes.h>

#define BLOCK_RECORDS ((uint64_t)1 << 15)
#define PIECE_RECORDS 1024 /* whose random words stay in the first-level cache: 16 KB */

/* Buffers of a thread. */
struct lane {
    uint64_t packets[WEIR_BATCH_RECORDS], octets[WEIR_BATCH_RECORDS];
};

struct writing {
    const struct weir_generate_write *request;
    struct weir_order order;
    struct lane *lanes;
    const uint64_t *zeros; /* a batch of them, for columns of any type */
};

/* Streams of random words. */
enum stream { STREAM_SIZES };

void weir_generate_schema(const struct weir_format *format, struct weir_schema *schema)
{
    const weir_fields fields =
        format->needs | WEIR_FIELD_BIT(WEIR_PACKETS) | WEIR_FIELD_BIT(WEIR_OCTETS);
    weir_schema_set_default(schema, false);
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((fields & WEIR_FIELD_BIT(f)) == 0)
            schema->field[f] = WEIR_TYPE_NONE;
}

static void make_piece(const struct weir_generate_source *source,
                       const struct weir_kernels *kernels, uint64_t first, size_t n, uint64_t *x,
                       uint64_t *y)
{
    uint32_t words[WEIR_PHILOX_WORDS][PIECE_RECORDS];
    uint32_t *const word[WEIR_PHILOX_WORDS] = {words[0], words[1], words[2], words[3]};
    if (source->expand == NULL || source->expand->compat)
        kernels->philox->fill(source->seed, STREAM_SIZES, first, n, word);
    if (source->expand != NULL)
        weir_expand_make(source->expand, first, n, kernels->sample, word, x, y);
    else
        kernels->sample->draw(source->table, word, n, x, y);
}

void weir_generate_make(const struct weir_generate_source *source,
                        const struct weir_kernels *kernels, uint64_t first, size_t n,
                        uint64_t *packets, uint64_t *octets)
{
    uint64_t *x = source->x == WEIR_X_LENGTH ? packets : octets;
    uint64_t *y = source->x == WEIR_X_LENGTH ? octets : packets;
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        make_piece(source, kernels, first + done, n_piece, x + done, y + done);
        done += n_piece;
    }
}

static enum weir_status add_batch(const struct writing *writing, int thread, uint64_t first,
                                  size_t n, struct weir_error *err)
{
    const struct weir_generate_write *request = writing->request;
    struct lane *lane = &writing->lanes[thread];
    struct weir_batch batch = {.n = n};
    size_t bad = SIZE_MAX;
    weir_generate_make(request->source, &request->run->kernels, first, n, lane->packets,
                       lane->octets);
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (request->schema->field[f] != WEIR_TYPE_NONE)
            batch.field[f] = (struct weir_column){writing->zeros, request->schema->field[f]};
    batch.field[WEIR_PACKETS] = (struct weir_column){lane->packets, WEIR_U64};
    batch.field[WEIR_OCTETS] = (struct weir_column){lane->octets, WEIR_U64};
    const enum weir_status status =
        request->writer->format->add(request->writer, (size_t)thread, &batch, &bad, err);
    if (status != WEIR_OK && bad != SIZE_MAX)
        weir_error_prepend(err, "record %" PRIu64 ": ", first + bad);
    return status;
}

static enum weir_status write_block(void *context, int thread, uint64_t block,
                                    struct weir_error *err)
{
    struct writing *writing = context;
    const struct weir_generate_write *request = writing->request;
    const struct weir_format *format = request->writer->format;
    const uint64_t begin = block * BLOCK_RECORDS;
    const uint64_t left = request->n - begin;
    const uint64_t end = begin + (left < BLOCK_RECORDS ? left : BLOCK_RECORDS);
    enum weir_status status = WEIR_OK;
    for (uint64_t i = begin; i < end && status == WEIR_OK; i += WEIR_BATCH_RECORDS)
        status =
            add_batch(writing, thread, request->first + i,
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
    const uint64_t n_blocks = request->n / BLOCK_RECORDS + (request->n % BLOCK_RECORDS != 0);
    struct writing writing = {.request = request};
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
