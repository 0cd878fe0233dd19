/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of candidates, unit by unit: a table of where the partitions begin in each run, and for each
 * run memory of its own or an offset in the one scratch file. */
#include "merge_runs.h"

#include "scratch_file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

struct run {
    unsigned char *rows; /* NULL: in the scratch file, or empty */
    uint64_t offset;
};

struct weir_merge_runs {
    struct weir_merge_runs_request request;
    struct run *run;
    uint32_t *starts; /* n_partitions + 1 per unit */
    size_t budget_bytes;
    atomic_size_t used_bytes; /* asked for rows in memory; may go beyond the budget */
    pthread_mutex_t mutex;    /* of what follows */
    int fd;
    uint64_t n_bytes;
};

static enum weir_status refuse_memory(struct weir_error *err)
{
    return weir_error_set(err, WEIR_MEMORY, "no memory for the records that may be merged");
}

enum weir_status weir_merge_runs_new(const struct weir_merge_runs_request *request,
                                     struct weir_merge_runs **runs, struct weir_error *err)
{
    struct weir_mem *mem = request->mem;
    struct weir_merge_runs *made = weir_mem_zalloc(mem, 1, sizeof *made);
    if (made == NULL)
        return refuse_memory(err);
    made->request = *request;
    made->fd = -1;
    pthread_mutex_init(&made->mutex, NULL);
    atomic_init(&made->used_bytes, 0);
    made->run = weir_mem_zalloc(mem, request->n_units, sizeof *made->run);
    made->starts =
        weir_mem_zalloc(mem, request->n_units, (request->n_partitions + 1) * sizeof *made->starts);
    made->budget_bytes = request->budget_bytes;
    if (made->budget_bytes == 0)
        made->budget_bytes = weir_mem_available_bytes(mem) / 2;
    if (made->run == NULL || made->starts == NULL) {
        weir_merge_runs_free(made);
        return refuse_memory(err);
    }
    *runs = made;
    return WEIR_OK;
}

void weir_merge_runs_free(struct weir_merge_runs *runs)
{
    if (runs == NULL)
        return;
    struct weir_mem *mem = runs->request.mem;
    for (uint64_t u = 0; runs->run != NULL && u < runs->request.n_units; u++)
        weir_mem_free(mem, runs->run[u].rows);
    if (runs->fd >= 0)
        close(runs->fd);
    pthread_mutex_destroy(&runs->mutex);
    weir_mem_free(mem, runs->run);
    weir_mem_free(mem, runs->starts);
    weir_mem_free(mem, runs);
}

static uint32_t *starts_of(const struct weir_merge_runs *runs, uint64_t unit)
{
    return runs->starts + unit * (runs->request.n_partitions + 1);
}

static enum weir_status spill(struct weir_merge_runs *runs, struct run *run,
                              const unsigned char *rows, size_t n_bytes, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    pthread_mutex_lock(&runs->mutex);
    if (runs->fd < 0)
        status = weir_scratch_open(runs->request.scratch, &runs->fd, err);
    run->offset = runs->n_bytes;
    runs->n_bytes += n_bytes;
    pthread_mutex_unlock(&runs->mutex);
    if (status == WEIR_OK)
        status =
            weir_scratch_write(runs->fd, runs->request.scratch, rows, n_bytes, run->offset, err);
    return status;
}

enum weir_status weir_merge_runs_put(struct weir_merge_runs *runs, uint64_t unit,
                                     const unsigned char *rows, const uint32_t *starts,
                                     struct weir_error *err)
{
    struct run *run = &runs->run[unit];
    const size_t n_bytes = starts[runs->request.n_partitions] * runs->request.row_bytes;
    memcpy(starts_of(runs, unit), starts, (runs->request.n_partitions + 1) * sizeof *starts);
    if (n_bytes == 0)
        return WEIR_OK;
    const size_t used = atomic_fetch_add(&runs->used_bytes, n_bytes);
    if (used + n_bytes > runs->budget_bytes)
        return spill(runs, run, rows, n_bytes, err);
    run->rows = weir_mem_alloc(runs->request.mem, n_bytes);
    if (run->rows == NULL)
        return refuse_memory(err);
    memcpy(run->rows, rows, n_bytes);
    return WEIR_OK;
}

void weir_merge_piece_release(struct weir_merge_runs *runs, struct weir_merge_piece *piece)
{
    weir_mem_free(runs->request.mem, piece->buffer);
    piece->buffer = NULL;
    piece->buffer_bytes = 0;
}

static enum weir_status read_rows(struct weir_merge_runs *runs, struct weir_merge_piece *piece,
                                  struct weir_error *err)
{
    const struct run *run = &runs->run[piece->unit];
    const size_t row_bytes = runs->request.row_bytes;
    const size_t n_bytes = piece->n * row_bytes;
    piece->rows = NULL;
    if (run->rows != NULL)
        piece->rows = run->rows + piece->begin * row_bytes;
    if (run->rows != NULL || n_bytes == 0)
        return WEIR_OK;
    if (n_bytes > piece->buffer_bytes) {
        unsigned char *buffer = weir_mem_resize(runs->request.mem, piece->buffer, n_bytes);
        if (buffer == NULL)
            return refuse_memory(err);
        piece->buffer = buffer;
        piece->buffer_bytes = n_bytes;
    }
    piece->rows = piece->buffer;
    return weir_scratch_read(runs->fd, piece->rows, n_bytes, run->offset + piece->begin * row_bytes,
                             err);
}

enum weir_status weir_merge_runs_read(struct weir_merge_runs *runs, uint64_t unit, size_t begin,
                                      size_t end, struct weir_merge_piece *piece,
                                      struct weir_error *err)
{
    const uint32_t *starts = starts_of(runs, unit);
    piece->unit = unit;
    piece->begin = starts[begin];
    piece->n = starts[end] - starts[begin];
    return read_rows(runs, piece, err);
}

enum weir_status weir_merge_runs_read_slot(struct weir_merge_runs *runs, uint64_t slot,
                                           struct weir_merge_piece *piece, struct weir_error *err)
{
    piece->unit = slot >> WEIR_MERGE_SLOT_BITS;
    piece->begin = slot & (((uint64_t)1 << WEIR_MERGE_SLOT_BITS) - 1);
    piece->n = 1;
    return read_rows(runs, piece, err);
}

enum weir_status weir_merge_runs_write(struct weir_merge_runs *runs,
                                       const struct weir_merge_piece *piece, struct weir_error *err)
{
    const struct run *run = &runs->run[piece->unit];
    const size_t row_bytes = runs->request.row_bytes;
    if (run->rows != NULL || piece->n == 0)
        return WEIR_OK;
    return weir_scratch_write(runs->fd, runs->request.scratch, piece->rows, piece->n * row_bytes,
                              run->offset + piece->begin * row_bytes, err);
}

uint64_t weir_merge_runs_rows(const struct weir_merge_runs *runs, size_t p)
{
    uint64_t n = 0;
    for (uint64_t u = 0; u < runs->request.n_units; u++)
        n += starts_of(runs, u)[p + 1] - starts_of(runs, u)[p];
    return n;
}

size_t weir_merge_runs_unit_rows(const struct weir_merge_runs *runs, uint64_t unit)
{
    return starts_of(runs, unit)[runs->request.n_partitions];
}

uint64_t weir_merge_runs_scratch_bytes(const struct weir_merge_runs *runs)
{
    return runs->n_bytes;
}
