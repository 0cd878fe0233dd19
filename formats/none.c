/* SPDX-License-Identifier: GPL-3.0-or-later */
/* none: takes records and writes nothing, for counting and for measuring readers. */
#include "format.h"

extern const struct weir_format weir_format_none;

struct none_writer {
    struct weir_writer base;
    struct weir_mem *mem;
    size_t n_lanes;
    uint64_t *n_pending; /* records of each lane, WEIR_CACHE_LINE_BYTES apart */
};

#define LANE_STRIDE (WEIR_CACHE_LINE_BYTES / sizeof(uint64_t))

static enum weir_status none_create(const struct weir_create_request *request,
                                    struct weir_writer **writer, struct weir_error *err)
{
    *writer = NULL;
    struct none_writer *made = weir_mem_zalloc(request->mem, 1, sizeof *made);
    uint64_t *n_pending = weir_mem_zalloc(request->mem, request->n_lanes, WEIR_CACHE_LINE_BYTES);
    if (made == NULL || n_pending == NULL) {
        weir_mem_free(request->mem, n_pending);
        weir_mem_free(request->mem, made);
        return weir_error_set(err, WEIR_MEMORY, "none: out of memory");
    }
    *made = (struct none_writer){.base.format = &weir_format_none,
                                 .mem = request->mem,
                                 .n_lanes = request->n_lanes,
                                 .n_pending = n_pending};
    *writer = &made->base;
    return WEIR_OK;
}

static enum weir_status none_add(struct weir_writer *writer, size_t lane,
                                 const struct weir_batch *batch, size_t *bad,
                                 struct weir_error *err)
{
    (void)bad;
    (void)err;
    ((struct none_writer *)writer)->n_pending[lane * LANE_STRIDE] += batch->n;
    return WEIR_OK;
}

static enum weir_status none_place(struct weir_writer *writer, size_t lane, struct weir_error *err)
{
    (void)err;
    uint64_t *n_pending = &((struct none_writer *)writer)->n_pending[lane * LANE_STRIDE];
    writer->n_records += *n_pending;
    *n_pending = 0;
    return WEIR_OK;
}

static enum weir_status none_put(struct weir_writer *writer, size_t lane, struct weir_error *err)
{
    (void)writer;
    (void)lane;
    (void)err;
    return WEIR_OK;
}

static void none_discard(struct weir_writer *writer)
{
    if (writer == NULL)
        return;
    struct none_writer *none = (struct none_writer *)writer;
    struct weir_mem *mem = none->mem;
    weir_mem_free(mem, none->n_pending);
    weir_mem_free(mem, none);
}

static enum weir_status none_commit(struct weir_writer *writer, struct weir_error *err)
{
    (void)err;
    none_discard(writer);
    return WEIR_OK;
}

const struct weir_format weir_format_none = {
    .name = "none",
    .summary = "nothing: records are only counted",
    .create = none_create,
    .add = none_add,
    .place = none_place,
    .put = none_put,
    .commit = none_commit,
    .discard = none_discard,
};
