/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Format `binary`: traces, read in place by row ranges and written column by column.
 *
 * Reading costs nothing: views point into the mapping. Writing gathers a block per lane and column
 * and writes each column with one call at the place that the block was given. Interface columns
 * are gathered as 32 bits and written as 16 until the first block that needs more has its turn. */
#include "binary_lane.h"
#include "columns.h"
#include "field.h"

#include <string.h>

/* Rows of a block: enough work per ticket for 64 threads, small enough to stop soon. */
#define BLOCK_RECORDS 65536

extern const struct weir_format weir_format_binary;

struct binary_input {
    struct weir_input base;
    struct weir_columns *own; /* opened here, or NULL */
    const struct weir_columns *columns;
    bool custom;
};

struct binary_cursor {
    struct weir_cursor base;
    uint64_t begin; /* first record of the loaded block */
    struct weir_column custom[WEIR_CUSTOM_COLUMNS_MAX];
};

static bool binary_detect(const struct weir_probe *probe)
{
    return probe->is_directory && weir_columns_detect(probe->path);
}

static void binary_close(struct weir_input *input)
{
    struct binary_input *binary = (struct binary_input *)input;
    if (binary == NULL)
        return;
    weir_columns_close(binary->own);
    weir_mem_free(input->mem, input->path);
    weir_mem_free(input->mem, binary);
}

static enum weir_status binary_open(const struct weir_open_request *request,
                                    struct weir_input **input, struct weir_error *err)
{
    struct binary_input *binary = weir_mem_zalloc(request->mem, 1, sizeof *binary);
    if (binary == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to open it", request->path);
    binary->base.mem = request->mem;
    binary->base.path = weir_mem_strdup(request->mem, request->path);
    enum weir_status status = WEIR_OK;
    if (binary->base.path == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "%s: no memory to open it", request->path);
    else if (request->opened == NULL)
        status = weir_columns_open(request->path, request->fields, request->custom, request->mem,
                                   &binary->own, err);
    else
        status = weir_columns_require(weir_columns_schema(request->opened), request->fields,
                                      request->path, err);
    if (status != WEIR_OK) {
        binary_close(&binary->base);
        return status;
    }
    binary->columns = request->opened != NULL ? request->opened : binary->own;
    binary->custom = request->custom;
    binary->base.format = &weir_format_binary;
    binary->base.n_records = weir_columns_records(binary->columns);
    binary->base.n_blocks = (binary->base.n_records + BLOCK_RECORDS - 1) / BLOCK_RECORDS;
    binary->base.block_records = BLOCK_RECORDS;
    binary->base.n_bytes = weir_columns_bytes(binary->columns);
    binary->base.schema = *weir_columns_schema(binary->columns);
    *input = &binary->base;
    return WEIR_OK;
}

static enum weir_status binary_cursor_new(struct weir_input *input, struct weir_cursor **cursor,
                                          struct weir_error *err)
{
    struct binary_cursor *c = weir_mem_zalloc(input->mem, 1, sizeof *c);
    if (c == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to read it", input->path);
    c->base.input = input;
    *cursor = &c->base;
    return WEIR_OK;
}

static void binary_cursor_free(struct weir_cursor *cursor)
{
    if (cursor != NULL)
        weir_mem_free(cursor->input->mem, cursor);
}

static enum weir_status binary_cursor_load(struct weir_cursor *cursor, uint64_t block,
                                           uint64_t *n_records, struct weir_error *err)
{
    (void)err; /* open has checked all there is to check */
    struct binary_cursor *c = (struct binary_cursor *)cursor;
    const uint64_t left = cursor->input->n_records - block * BLOCK_RECORDS;
    c->begin = block * BLOCK_RECORDS;
    *n_records = left < BLOCK_RECORDS ? left : BLOCK_RECORDS;
    return WEIR_OK;
}

static void binary_cursor_view(struct weir_cursor *cursor, uint64_t begin, size_t n,
                               struct weir_batch *batch)
{
    struct binary_cursor *c = (struct binary_cursor *)cursor;
    const struct binary_input *binary = (const struct binary_input *)cursor->input;
    weir_columns_view(binary->columns, c->begin + begin, n, batch);
    if (!binary->custom)
        return;
    weir_columns_view_custom(binary->columns, c->begin + begin, c->custom);
    batch->n_custom = cursor->input->schema.n_custom;
    batch->custom = c->custom;
}

struct binary_writer {
    struct weir_writer base;
    struct weir_mem *mem;
    struct weir_columns_draft *draft;
    size_t n_lanes;
    struct weir_binary_lane *lanes;
    struct weir_binary_layout layout;
    bool widened[WEIR_BINARY_COLUMNS_MAX]; /* the column's file takes the gathered type now */
};

static void binary_discard(struct weir_writer *writer)
{
    struct binary_writer *w = (struct binary_writer *)writer;
    if (w == NULL)
        return;
    for (size_t i = 0; w->lanes != NULL && i < w->n_lanes; i++)
        weir_binary_lane_release(&w->lanes[i], &w->layout);
    weir_mem_free(w->mem, w->lanes);
    weir_columns_discard(w->draft);
    weir_mem_free(w->mem, w);
}

/* A writer whose trace is not started yet; *narrow gets the types that its files start with. */
static enum weir_status new_writer(const struct weir_create_request *request,
                                   struct weir_schema *narrow, struct binary_writer **writer,
                                   struct weir_error *err)
{
    struct binary_writer *w = weir_mem_zalloc(request->mem, 1, sizeof *w);
    if (w == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", request->path);
    w->base.format = &weir_format_binary;
    w->mem = request->mem;
    w->n_lanes = request->n_lanes;
    w->lanes = weir_mem_zalloc(request->mem, request->n_lanes, sizeof *w->lanes);
    weir_binary_layout_init(&w->layout, request->schema, narrow, request->mem);
    *writer = w;
    return w->lanes != NULL
               ? WEIR_OK
               : weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", request->path);
}

static enum weir_status binary_create(const struct weir_create_request *request,
                                      struct weir_writer **writer, struct weir_error *err)
{
    struct weir_schema narrow;
    struct binary_writer *w = NULL;
    enum weir_status status = new_writer(request, &narrow, &w, err);
    if (status == WEIR_OK && request->nameless != NULL)
        status =
            weir_columns_create_nameless(request->nameless, &narrow, request->mem, &w->draft, err);
    else if (status == WEIR_OK)
        status = weir_columns_create(request->path, &narrow, request->sync, request->mem, &w->draft,
                                     err);
    if (status != WEIR_OK) {
        binary_discard((struct weir_writer *)w);
        return status;
    }
    *writer = &w->base;
    return WEIR_OK;
}

static enum weir_status binary_add(struct weir_writer *writer, size_t lane,
                                   const struct weir_batch *batch, size_t *bad,
                                   struct weir_error *err)
{
    struct binary_writer *w = (struct binary_writer *)writer;
    return weir_binary_lane_add(&w->lanes[lane], &w->layout, batch, bad, err);
}

static enum weir_status binary_place(struct weir_writer *writer, size_t lane,
                                     struct weir_error *err)
{
    struct binary_writer *w = (struct binary_writer *)writer;
    struct weir_binary_lane *l = &w->lanes[lane];
    l->begin = w->base.n_records;
    w->base.n_records += l->n;
    for (size_t i = 0; i < w->layout.n_columns; i++) {
        const struct weir_binary_column *column = &w->layout.column[i];
        if (column->narrow != column->type && !w->widened[i] && l->column[i].exceeds) {
            const enum weir_status status =
                weir_columns_widen(w->draft, i, l->begin, column->type, err);
            if (status != WEIR_OK)
                return status;
            w->widened[i] = true; /* the records before grow too, at commit */
            w->base.n_bytes +=
                l->begin * (weir_type_bytes(column->type) - weir_type_bytes(column->narrow));
        }
        l->column[i].wide = column->narrow == column->type || w->widened[i];
        w->base.n_bytes +=
            l->n * weir_type_bytes(l->column[i].wide ? column->type : column->narrow);
    }
    return WEIR_OK;
}

static enum weir_status binary_put(struct weir_writer *writer, size_t lane, struct weir_error *err)
{
    struct binary_writer *w = (struct binary_writer *)writer;
    struct weir_binary_lane *l = &w->lanes[lane];
    for (size_t i = 0; i < w->layout.n_columns && l->n > 0; i++) {
        const void *values = weir_binary_lane_values(l, &w->layout, i);
        const enum weir_status status =
            weir_columns_write(w->draft, i, l->begin, l->n, values, err);
        if (status != WEIR_OK)
            return status;
    }
    l->n = 0;
    for (size_t i = 0; i < w->layout.n_columns; i++)
        l->column[i].exceeds = false;
    return WEIR_OK;
}

static enum weir_status binary_commit(struct weir_writer *writer, struct weir_error *err)
{
    struct binary_writer *w = (struct binary_writer *)writer;
    struct weir_columns_draft *draft = w->draft;
    w->draft = NULL;
    const enum weir_status status = weir_columns_commit(draft, writer->n_records, err);
    binary_discard(writer);
    return status;
}

const struct weir_format weir_format_binary = {
    .name = "binary",
    .summary = "trace: a directory of column files",
    .is_directory = true,
    .detect = binary_detect,
    .open = binary_open,
    .close = binary_close,
    .cursor_new = binary_cursor_new,
    .cursor_free = binary_cursor_free,
    .cursor_load = binary_cursor_load,
    .cursor_view = binary_cursor_view,
    .create = binary_create,
    .add = binary_add,
    .place = binary_place,
    .put = binary_put,
    .commit = binary_commit,
    .discard = binary_discard,
};
