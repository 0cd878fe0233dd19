/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Index files. The description is written before the index and read after it has been found: a
 * description alone means nothing, an index alone is refused. */
#include "sort_index.h"

#include "blocks.h"
#include "par.h"
#include "radix_sort.h"
#include "text.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const enum weir_type types[] = {WEIR_U8, WEIR_U16, WEIR_U32, WEIR_U64};
#define N_TYPES    (sizeof types / sizeof *types)
#define PIECE_MIN  4096 /* records of a piece of the output */
#define PIECE_MAX  (((uint64_t)1 << 32) - 1)
#define CHECK_ROWS ((uint64_t)1 << 16) /* of a block whose order is checked */

static enum weir_status make_path(const char *name, const char *suffix, char path[PATH_MAX],
                                  struct weir_error *err)
{
    const int n = snprintf(path, PATH_MAX, "%s.%s", name, suffix);
    if (n < 0 || n >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "--index: the path is too long");
    return WEIR_OK;
}

/* --- finding --------------------------------------------------------------------------------- */

static bool same_keys(const json_t *list, const struct weir_words *keys)
{
    if (!json_is_array(list) || json_array_size(list) != keys->n)
        return false;
    for (size_t i = 0; i < keys->n; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || strcmp(name, keys->word[i]) != 0)
            return false;
    }
    return true;
}

static enum weir_status check_members(const struct weir_sort_index_request *request,
                                      const char *path, const json_t *object,
                                      struct weir_error *err)
{
    const json_t *reverse = json_object_get(object, "reverse");
    const json_t *rows = json_object_get(object, "rows");
    if (!same_keys(json_object_get(object, "keys"), request->keys))
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected the keys that are sorted by, but found others", path);
    if (!json_is_boolean(reverse) || json_is_true(reverse) != request->reverse)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected an index in %s order, but found another", path,
                              request->reverse ? "descending" : "ascending");
    if (!json_is_integer(rows) || (uint64_t)json_integer_value(rows) != request->n)
        return weir_error_set(err, WEIR_FORMAT, "%s: expected %" PRIu64 " rows, but found %" PRId64,
                              path, request->n, (int64_t)json_integer_value(rows));
    return WEIR_OK;
}

static enum weir_status check_description(const struct weir_sort_index_request *request,
                                          struct weir_error *err)
{
    char path[PATH_MAX];
    json_error_t error;
    enum weir_status status = make_path(request->name, "json", path, err);
    if (status != WEIR_OK)
        return status;
    json_t *object = json_load_file(path, 0, &error);
    if (object == NULL)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected the description of the index, but found: %s", path,
                              error.text);
    status = check_members(request, path, object, err);
    json_decref(object);
    return status;
}

static uint64_t position_at(const struct weir_sort_index *index, uint64_t i)
{
    switch (index->type) {
    case WEIR_U8:
        return index->mapping.data[i];
    case WEIR_U16:
        return ((const uint16_t *)(const void *)index->mapping.data)[i];
    case WEIR_U32:
        return ((const uint32_t *)(const void *)index->mapping.data)[i];
    default:
        return ((const uint64_t *)(const void *)index->mapping.data)[i];
    }
}

/* Every position must come once. */
static enum weir_status check_positions(const struct weir_sort_index *index, uint64_t n,
                                        struct weir_mem *mem, struct weir_error *err)
{
    const size_t bytes = weir_type_bytes(index->type);
    if (index->mapping.n_bytes != n * bytes)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected %" PRIu64
                              " positions of %zu bytes, but found %zu bytes",
                              index->path, n, bytes, index->mapping.n_bytes);
    uint64_t *seen = weir_mem_zalloc(mem, (size_t)(n / 64 + 1), sizeof *seen);
    if (seen == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to check it", index->path);
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t position = position_at(index, i);
        const uint64_t bit = (uint64_t)1 << position % 64;
        if (position >= n || (seen[position / 64] & bit) != 0) {
            weir_mem_free(mem, seen);
            return weir_error_set(
                err, WEIR_FORMAT,
                "%s: expected every position once, but found %" PRIu64 " %s at row %" PRIu64,
                index->path, position, position >= n ? "of too many" : "again", i);
        }
        seen[position / 64] |= bit;
    }
    weir_mem_free(mem, seen);
    return WEIR_OK;
}

/* Finds the file of the index; `path` is empty when there is none. */
static enum weir_status find_file(const struct weir_sort_index_request *request,
                                  char path[PATH_MAX], enum weir_type *type, struct weir_error *err)
{
    path[0] = '\0';
    for (size_t i = 0; i < N_TYPES; i++) {
        char candidate[PATH_MAX];
        const char code[] = {weir_type_code(types[i]), '\0'};
        const enum weir_status status = make_path(request->name, code, candidate, err);
        if (status != WEIR_OK)
            return status;
        if (access(candidate, F_OK) != 0)
            continue;
        if (path[0] != '\0')
            return weir_error_set(err, WEIR_FORMAT, "%s: expected one index, but found %.200s too",
                                  candidate, path);
        snprintf(path, PATH_MAX, "%s", candidate);
        *type = types[i];
    }
    return WEIR_OK;
}

enum weir_status weir_sort_index_open(const struct weir_sort_index_request *request,
                                      struct weir_sort_index *index, bool *found,
                                      struct weir_error *err)
{
    char path[PATH_MAX];
    *index = (struct weir_sort_index){.type = WEIR_TYPE_NONE};
    *found = false;
    enum weir_status status = find_file(request, path, &index->type, err);
    if (status != WEIR_OK || path[0] == '\0')
        return status;
    status = check_description(request, err);
    if (status != WEIR_OK)
        return status;
    index->path = weir_mem_strdup(request->mem, path);
    if (index->path == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to open it", path);
    status = weir_mapping_open(index->path, -1, &index->mapping, err);
    if (status == WEIR_OK)
        status = check_positions(index, request->n, request->mem, err);
    *found = status == WEIR_OK;
    return status;
}

void weir_sort_index_close(struct weir_sort_index *index, struct weir_mem *mem)
{
    weir_mapping_close(&index->mapping);
    weir_mem_free(mem, index->path);
    *index = (struct weir_sort_index){.type = WEIR_TYPE_NONE};
}

/* --- checking against records ---------------------------------------------------------------- */

struct order_check {
    const struct weir_sort_index *index;
    const struct weir_sort_job *job;
    bool reverse;
};

/* Checks that rows [begin, begin + n] are in order, n <= WEIR_SORT_KEYS_COMPARE_MAX. */
static enum weir_status check_piece(const struct order_check *check, uint64_t begin, size_t n,
                                    struct weir_error *err)
{
    uint64_t row[WEIR_SORT_KEYS_COMPARE_MAX + 1];
    int8_t order[WEIR_SORT_KEYS_COMPARE_MAX];
    for (size_t i = 0; i <= n; i++)
        row[i] = position_at(check->index, begin + i);
    weir_sort_keys_compare(check->job->keys, check->job->table, row, n, order);
    for (size_t i = 0; i < n; i++) {
        const int later = order[i] != 0 ? order[i] : row[i] > row[i + 1] ? 1 : -1;
        if ((later > 0) != check->reverse)
            return weir_error_set(err, WEIR_FORMAT,
                                  "%s: expected the order of these records, but found record "
                                  "%" PRIu64 " before record %" PRIu64 " at row %" PRIu64
                                  ": the index is of other records",
                                  check->index->path, row[i], row[i + 1], begin + i);
    }
    return WEIR_OK;
}

static enum weir_status check_block(void *context, int thread, uint64_t block,
                                    struct weir_error *err)
{
    (void)thread;
    const struct order_check *check = context;
    const uint64_t last = check->job->table->n - 1;
    const uint64_t end = last - block * CHECK_ROWS < CHECK_ROWS ? last : (block + 1) * CHECK_ROWS;
    enum weir_status status = WEIR_OK;
    for (uint64_t i = block * CHECK_ROWS; i < end && status == WEIR_OK;) {
        const size_t n =
            end - i < WEIR_SORT_KEYS_COMPARE_MAX ? (size_t)(end - i) : WEIR_SORT_KEYS_COMPARE_MAX;
        status = check_piece(check, i, n, err);
        i += n;
    }
    return status;
}

enum weir_status weir_sort_index_check(const struct weir_sort_index *index,
                                       const struct weir_sort_job *job, bool reverse,
                                       struct weir_error *err)
{
    struct order_check check = {.index = index, .job = job, .reverse = reverse};
    const uint64_t n_pairs = job->table->n < 2 ? 0 : job->table->n - 1;
    return weir_blocks_run(job->n_threads, n_pairs / CHECK_ROWS + (n_pairs % CHECK_ROWS != 0),
                           check_block, &check, err);
}

/* --- applying -------------------------------------------------------------------------------- */

static enum weir_status apply_in_memory(const struct weir_sort_index *index,
                                        const struct weir_sort_job *job,
                                        const struct weir_sort_sink *sink, struct weir_error *err)
{
    const size_t n = (size_t)job->table->n;
    uint32_t *order = weir_mem_pages_alloc(job->mem, n * sizeof *order);
    if (order == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to sort %zu records", n);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)position_at(index, i);
    const enum weir_status status = weir_sort_move(job, order, false, sink, 0, err);
    weir_mem_pages_free(job->mem, order, n * sizeof *order);
    return status;
}

/* A piece of the output: its records in the order in which they stand in the input. */
struct piece {
    const struct weir_sort_job *job;
    const struct weir_sort_sink *sink;
    uint64_t begin;
    size_t n, capacity;
    uint64_t *position; /* by place in the piece */
    uint32_t *order;    /* places in the piece, by position */
    void *workspace;
    size_t workspace_bytes;
    uint64_t *values; /* capacity for each thread */
};

static void pick(const void *in, size_t bytes, const struct piece *piece, void *out)
{
    for (size_t i = 0; i < piece->n; i++) {
        const uint32_t to = piece->order[i];
        const uint64_t from = piece->position[to];
        if (bytes == 1)
            ((uint8_t *)out)[to] = ((const uint8_t *)in)[from];
        else if (bytes == 2)
            ((uint16_t *)out)[to] = ((const uint16_t *)in)[from];
        else if (bytes == 4)
            ((uint32_t *)out)[to] = ((const uint32_t *)in)[from];
        else
            ((uint64_t *)out)[to] = ((const uint64_t *)in)[from];
    }
}

static enum weir_status write_column(void *context, int thread, uint64_t c, struct weir_error *err)
{
    const struct piece *piece = context;
    const struct weir_column *column = &piece->job->table->column[c];
    uint64_t *values = piece->values + (size_t)thread * piece->capacity;
    pick(column->data, weir_type_bytes(column->type), piece, values);
    return weir_sort_sink_write(piece->sink, (size_t)c, column->type, piece->begin, piece->n,
                                values, err);
}

static enum weir_status apply_pieces(const struct weir_sort_index *index, struct piece *piece,
                                     struct weir_error *err)
{
    const struct weir_sort_job *job = piece->job;
    enum weir_status status = WEIR_OK;
    for (piece->begin = 0; piece->begin < job->table->n && status == WEIR_OK;) {
        const uint64_t left = job->table->n - piece->begin;
        piece->n = left < piece->capacity ? (size_t)left : piece->capacity;
        for (size_t i = 0; i < piece->n; i++)
            piece->position[i] = position_at(index, piece->begin + i);
        weir_radix_sort(piece->position, piece->n, 64, NULL, piece->order, piece->workspace,
                        job->n_threads);
        status = weir_blocks_run(job->n_threads, job->table->n_columns, write_column, piece, err);
        piece->begin += piece->n;
    }
    return status;
}

static enum weir_status apply_in_pieces(const struct weir_sort_index *index,
                                        const struct weir_sort_job *job,
                                        const struct weir_sort_sink *sink, size_t room,
                                        struct weir_error *err)
{
    const size_t values_bytes = (size_t)job->n_threads * sizeof(uint64_t);
    const size_t fixed = weir_sort_memory_bytes(0);
    const size_t each = weir_sort_memory_bytes(1 << 20) / (1 << 20) + values_bytes + 1;
    uint64_t capacity = room <= fixed ? 0 : (room - fixed) / each;
    capacity = capacity < PIECE_MIN ? PIECE_MIN : capacity > PIECE_MAX ? PIECE_MAX : capacity;
    struct piece piece = {.job = job, .sink = sink, .capacity = (size_t)capacity};
    piece.workspace_bytes = weir_radix_sort_workspace_bytes(piece.capacity);
    piece.position = weir_mem_alloc(job->mem, piece.capacity * sizeof *piece.position);
    piece.order = weir_mem_alloc(job->mem, piece.capacity * sizeof *piece.order);
    piece.values = weir_mem_alloc(job->mem, piece.capacity * values_bytes);
    piece.workspace = weir_mem_pages_alloc(job->mem, piece.workspace_bytes);
    enum weir_status status = WEIR_OK;
    if (piece.position == NULL || piece.order == NULL || piece.values == NULL ||
        piece.workspace == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory to apply an index");
    if (status == WEIR_OK)
        status = apply_pieces(index, &piece, err);
    weir_mem_pages_free(job->mem, piece.workspace, piece.workspace_bytes);
    weir_mem_free(job->mem, piece.values);
    weir_mem_free(job->mem, piece.order);
    weir_mem_free(job->mem, piece.position);
    return status;
}

enum weir_status weir_sort_index_apply(const struct weir_sort_index *index,
                                       const struct weir_sort_job *job,
                                       const struct weir_sort_sink *sink, struct weir_error *err)
{
    const size_t free_bytes = weir_mem_available_bytes(job->mem);
    size_t room =
        job->room_bytes != 0 && job->room_bytes < free_bytes ? job->room_bytes : free_bytes;
    room -= room / 8;
    if (job->table->n == 0)
        return WEIR_OK;
    /* The order and rows of at least 16 bytes. */
    if (job->table->n <= WEIR_SORT_MEMORY_RECORDS_MAX && job->table->n <= room / 32)
        return apply_in_memory(index, job, sink, err);
    return apply_in_pieces(index, job, sink, room, err);
}

/* --- writing --------------------------------------------------------------------------------- */

enum weir_status weir_sort_index_create(const struct weir_sort_index_request *request, bool sync,
                                        struct weir_output **output, struct weir_error *err)
{
    char path[PATH_MAX];
    const char code[] = {weir_type_code(weir_sort_index_type(request->n)), '\0'};
    const enum weir_status status = make_path(request->name, code, path, err);
    return status == WEIR_OK ? weir_output_create(path, sync, request->mem, output, err) : status;
}

static enum weir_status write_description(const struct weir_sort_index_request *request, bool sync,
                                          struct weir_error *err)
{
    char path[PATH_MAX];
    struct weir_text text;
    struct weir_output *output = NULL;
    enum weir_status status = make_path(request->name, "json", path, err);
    if (status != WEIR_OK)
        return status;
    weir_text_init(&text, request->mem);
    weir_text_add(&text, "{\"keys\": [");
    for (size_t i = 0; i < request->keys->n; i++) {
        weir_text_add(&text, "%s", i == 0 ? "" : ", ");
        weir_text_add_json(&text, request->keys->word[i]);
    }
    weir_text_add(&text, "], \"reverse\": %s, \"rows\": %" PRIu64 "}\n",
                  request->reverse ? "true" : "false", request->n);
    status = weir_output_create(path, sync, request->mem, &output, err);
    if (status == WEIR_OK)
        status = weir_text_write(&text, output, err);
    weir_text_release(&text);
    if (status == WEIR_OK)
        return weir_output_commit(output, err);
    weir_output_discard(output);
    return status;
}

enum weir_status weir_sort_index_commit(const struct weir_sort_index_request *request, bool sync,
                                        struct weir_output *output, struct weir_error *err)
{
    const enum weir_status status = write_description(request, sync, err);
    if (status == WEIR_OK)
        return weir_output_commit(output, err);
    weir_output_discard(output);
    return status;
}
