/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several inputs as one. Tickets come from one atomic counter. A ticket is resolved to a block of
 * an input by its number: within the input that a lane is reading that takes no lock; at the border
 * of inputs the lane takes the lock, opens inputs until one covers its number, and leaves the old
 * one, which is closed by the last lane to leave it. A stream covers all numbers until it ends; its
 * pieces are taken under the lock in ascending order. */
#include "source.h"

#include "field.h"
#include "guard.h"
#include "log.h"
#include "number.h"
#include "par.h"
#include "source_list.h"

#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One input of the list, once it has been opened. */
struct segment {
    struct weir_input *input; /* NULL: not open any more, or an empty file */
    uint64_t first;           /* number of its first block */
    uint64_t n_blocks;        /* UINT64_MAX while a stream has not ended */
    atomic_uint_least64_t n_done;
    size_t n_lanes; /* lanes that hold a cursor on it */
    struct weir_losses losses;
};

struct weir_source {
    struct weir_run *run;
    struct weir_source_request request;
    struct weir_source_list list;
    struct weir_schema schema;
    uint64_t n_bytes;
    pthread_mutex_t mutex;
    pthread_cond_t stream_moved;
    uint64_t stream_next; /* number of the next piece of the stream that is being read */
    struct segment *segments;
    size_t n_opened;
    enum weir_status status; /* of the input opened last, from which on all is this failure */
    struct weir_error error;
    uint64_t first_block; /* of the first input; not 0 in a shard that begins inside of it */
    uint64_t n_tickets;   /* blocks of the shard; UINT64_MAX: all that come */
    struct weir_losses losses;
    _Alignas(WEIR_CACHE_LINE_BYTES) atomic_uint_least64_t next_ticket;
};

struct weir_source_lane {
    struct weir_source *source;
    struct weir_cursor *cursor;
    size_t index; /* of the segment that the cursor reads */
    bool busy;    /* a block was taken and is not done yet */
    uint64_t first, end;
    uint64_t offset; /* block with number `first` */
    uint64_t block;
    size_t custom_index[WEIR_CUSTOM_COLUMNS_MAX]; /* in the input, of the source's columns */
    struct weir_column custom[WEIR_CUSTOM_COLUMNS_MAX];
};

static bool stream_pending(const struct segment *segment)
{
    return segment->n_blocks == UINT64_MAX;
}

static enum weir_status open_entry(const struct weir_source *source,
                                   const struct weir_source_entry *entry, struct weir_input **input,
                                   struct weir_error *err)
{
    const bool is_stdin = strcmp(entry->path, "-") == 0;
    const struct weir_open_request request = {.path = is_stdin ? "standard input" : entry->path,
                                              .opened = entry->opened,
                                              .fd = is_stdin ? STDIN_FILENO : -1,
                                              .head = source->list.head,
                                              .n_head = is_stdin ? source->list.n_head : 0,
                                              .fields = source->request.fields,
                                              .custom = source->request.everything,
                                              .columns = source->request.columns,
                                              .salvage = source->request.salvage,
                                              .rejects = source->request.rejects,
                                              .cpu = source->run->cpu,
                                              .mem = &source->run->mem,
                                              .scratch = source->run->scratch};
    return entry->format->open(&request, input, err);
}

/* --- the columns that all inputs have ------------------------------------------------------- */

static bool is_asked_for(const struct weir_column_request *request, const char *name)
{
    if (request->name == NULL) {
        const enum weir_extra extra = weir_extra_find(name);
        return request->optional == 0 ||
               (extra != WEIR_N_EXTRAS && (request->optional & WEIR_EXTRA_BIT(extra)) != 0);
    }
    for (size_t i = 0; i < request->n; i++)
        if (strcmp(request->name[i], name) == 0)
            return true;
    return false;
}

static bool has_custom(const struct weir_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->n_custom; i++)
        if (strcmp(schema->custom[i].name, name) == 0)
            return true;
    return false;
}

static enum weir_status cannot_give(const struct weir_source_entry *entry,
                                    const struct weir_schema *schema, const char *name,
                                    struct weir_error *err)
{
    char can[512] = "";
    size_t used = 0;
    if (!entry->format->is_directory)
        (void)weir_extra_names(entry->format->extras, can, sizeof can);
    for (size_t i = 0; entry->format->is_directory && i < schema->n_custom; i++)
        if (used < sizeof can) /* the first ones show what is there */
            used += (size_t)snprintf(can + used, sizeof can - used, "%s%s", i == 0 ? "" : ", ",
                                     schema->custom[i].name);
    if (can[0] == '\0')
        return weir_error_set(err, WEIR_USAGE,
                              "--columns: %s (%s) has no columns beyond the 21 fields, but %s is "
                              "asked for",
                              entry->path, entry->format->name, name);
    return weir_error_set(err, WEIR_USAGE,
                          "--columns: expected columns that %s (%s) can give (%s), but found %s",
                          entry->path, entry->format->name, can, name);
}

/* Keeps the custom columns of a trace that are asked for, or adds those that a flow file will give.
 * WEIR_USAGE when one of them cannot be had. */
static enum weir_status choose_columns(const struct weir_source *source,
                                       const struct weir_source_entry *entry,
                                       struct weir_schema *schema, struct weir_error *err)
{
    const struct weir_column_request *request = &source->request.columns;
    if (!source->request.everything)
        return WEIR_OK;
    if (!entry->format->is_directory)
        weir_extras_add(weir_extras_find(request) & entry->format->extras, schema);
    for (size_t i = 0; i < request->n; i++)
        if (!has_custom(schema, request->name[i]))
            return cannot_give(entry, schema, request->name[i], err);
    size_t kept = 0;
    for (size_t i = 0; i < schema->n_custom; i++)
        if (is_asked_for(request, schema->custom[i].name))
            schema->custom[kept++] = schema->custom[i];
    schema->n_custom = kept;
    return WEIR_OK;
}

static enum weir_status input_schema(struct weir_source *source, size_t index,
                                     struct weir_schema *schema, struct weir_error *err)
{
    const struct weir_source_entry *entry = &source->list.entries[index];
    if (!entry->format->is_directory) {
        weir_schema_set_default(schema, true);
        return choose_columns(source, entry, schema, err);
    }
    struct weir_input *input = NULL;
    const enum weir_status status = open_entry(source, entry, &input, err);
    if (status != WEIR_OK)
        return status;
    *schema = input->schema;
    source->n_bytes += input->n_bytes;
    entry->format->close(input);
    return choose_columns(source, entry, schema, err);
}

static enum weir_status no_common_type(const char *path, const char *name, struct weir_error *err)
{
    return weir_error_set(err, WEIR_FORMAT,
                          "%s: column %s has a type that has no integer type in common with that "
                          "of the inputs before",
                          path, name);
}

/* Keeps in `schema` the columns that `other` has too, in their common types. *dropped is set when
 * one of them has a column that the other lacks. */
static enum weir_status intersect(struct weir_schema *schema, const struct weir_schema *other,
                                  const char *path, bool *dropped, struct weir_error *err)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const enum weir_type a = schema->field[f];
        const enum weir_type b = other->field[f];
        *dropped = *dropped || (a == WEIR_TYPE_NONE) != (b == WEIR_TYPE_NONE);
        const bool both = a != WEIR_TYPE_NONE && b != WEIR_TYPE_NONE;
        schema->field[f] = both ? weir_type_common(a, b) : WEIR_TYPE_NONE;
        if (both && schema->field[f] == WEIR_TYPE_NONE)
            return no_common_type(path, weir_field_info((enum weir_field)f)->name, err);
    }
    size_t kept = 0;
    for (size_t i = 0; i < schema->n_custom; i++) {
        size_t j = 0;
        while (j < other->n_custom && strcmp(schema->custom[i].name, other->custom[j].name) != 0)
            j++;
        if (j == other->n_custom)
            continue;
        const enum weir_type type = weir_type_common(schema->custom[i].type, other->custom[j].type);
        if (type == WEIR_TYPE_NONE)
            return no_common_type(path, schema->custom[i].name, err);
        schema->custom[kept] = schema->custom[i];
        schema->custom[kept++].type = type;
    }
    *dropped = *dropped || kept != schema->n_custom || kept != other->n_custom;
    schema->n_custom = kept;
    return WEIR_OK;
}

static enum weir_status find_schema(struct weir_source *source, struct weir_error *err)
{
    bool any = false;
    bool dropped = false;
    for (size_t i = 0; i < source->list.n_entries; i++) {
        if (source->list.entries[i].format == NULL)
            continue;
        struct weir_schema schema;
        enum weir_status status = input_schema(source, i, &schema, err);
        if (status == WEIR_OK && any && source->request.everything)
            status =
                intersect(&source->schema, &schema, source->list.entries[i].path, &dropped, err);
        if (status != WEIR_OK)
            return status;
        if (!any)
            source->schema = schema;
        any = true;
    }
    if (!any) {
        weir_schema_set_default(&source->schema, true);
        weir_extras_add(weir_extras_find(&source->request.columns), &source->schema);
    }
    if (dropped)
        weir_log(WEIR_LOG_WARNING, "columns that not all inputs have are left out");
    return WEIR_OK;
}

/* --- opening and closing -------------------------------------------------------------------- */

static void close_segment(struct segment *segment)
{
    if (segment->input != NULL)
        segment->input->format->close(segment->input);
    segment->input = NULL;
}

static enum weir_status count_blocks(const struct weir_source *source,
                                     const struct weir_source_entry *entry, uint64_t *n_blocks,
                                     struct weir_error *err)
{
    struct weir_input *input = NULL;
    *n_blocks = 0;
    if (entry->format == NULL)
        return WEIR_OK;
    const enum weir_status status = open_entry(source, entry, &input, err);
    if (status != WEIR_OK)
        return status;
    const bool is_stream = input->is_stream;
    *n_blocks = input->n_blocks;
    entry->format->close(input);
    if (is_stream)
        return weir_error_set(err, WEIR_USAGE, "%s: a stream has no parts: --shard needs files",
                              entry->path);
    return WEIR_OK;
}

/* Reduces the list to the inputs that hold blocks of the shard. Counting costs one opening of each
 * input, which reads the headers of nfcapd blocks and nothing of the others. */
static enum weir_status cut_shard(struct weir_source *source, struct weir_error *err)
{
    struct weir_source_list *list = &source->list;
    const struct weir_source_request *request = &source->request;
    uint64_t *n_blocks = weir_mem_zalloc(list->mem, list->n_entries, sizeof *n_blocks);
    if (n_blocks == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu inputs", list->n_entries);
    enum weir_status status = WEIR_OK;
    uint64_t total = 0;
    for (size_t i = 0; i < list->n_entries && status == WEIR_OK; i++) {
        status = count_blocks(source, &list->entries[i], &n_blocks[i], err);
        total += n_blocks[i];
    }
    const uint64_t begin = (uint64_t)((weir_u128)total * (request->shard - 1) / request->n_shards);
    const uint64_t end = (uint64_t)((weir_u128)total * request->shard / request->n_shards);
    uint64_t at = 0;
    size_t kept = 0;
    for (size_t i = 0; i < list->n_entries; i++) {
        const bool wanted = at < end && at + n_blocks[i] > begin;
        if (wanted && kept == 0)
            source->first_block = begin > at ? begin - at : 0;
        at += n_blocks[i];
        if (wanted)
            list->entries[kept++] = list->entries[i];
        else
            weir_mem_free(list->mem, list->entries[i].path);
    }
    list->n_entries = kept;
    source->n_tickets = end - begin;
    weir_mem_free(list->mem, n_blocks);
    return status;
}

enum weir_status weir_source_open(const struct weir_source_request *request, struct weir_run *run,
                                  struct weir_source **source, struct weir_error *err)
{
    struct weir_source *s = weir_mem_zalloc(&run->mem, 1, sizeof *s);
    if (s == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to open the inputs");
    s->run = run;
    s->request = *request;
    s->n_tickets = UINT64_MAX;
    atomic_init(&s->next_ticket, 0);
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->stream_moved, NULL);
    enum weir_status status = weir_source_list_fill(&s->list, request->paths, request->n_paths,
                                                    run->shelf, request->format, &run->mem, err);
    if (status == WEIR_OK)
        status = find_schema(s, err);
    if (status == WEIR_OK && request->n_shards != 0)
        status = cut_shard(s, err);
    if (status == WEIR_OK) {
        s->segments = weir_mem_zalloc(&run->mem, s->list.n_entries, sizeof *s->segments);
        if (s->segments == NULL)
            status =
                weir_error_set(err, WEIR_MEMORY, "no memory for %zu inputs", s->list.n_entries);
    }
    if (status != WEIR_OK) {
        weir_source_close(s);
        return status;
    }
    if (request->everything)
        s->request.fields |= weir_schema_fields(&s->schema);
    for (size_t i = 0; i < s->list.n_entries; i++)
        s->n_bytes += s->list.entries[i].n_bytes;
    *source = s;
    return WEIR_OK;
}

/* Names the inputs that --salvage has taken in part, in their order. */
static void warn_of_losses(const struct weir_source *source)
{
    for (size_t i = 0; i < source->n_opened; i++) {
        const struct weir_losses *losses = &source->segments[i].losses;
        if (losses->blocks != 0)
            weir_log(WEIR_LOG_WARNING,
                     "%s: left out %" PRIu64 " damaged block%s of %" PRIu64 " bytes, %" PRIu64
                     " record%s",
                     source->list.entries[i].path, losses->blocks, losses->blocks == 1 ? "" : "s",
                     losses->bytes, losses->records, losses->records == 1 ? "" : "s");
    }
}

void weir_source_close(struct weir_source *source)
{
    if (source == NULL)
        return;
    warn_of_losses(source);
    for (size_t i = 0; source->segments != NULL && i < source->n_opened; i++)
        close_segment(&source->segments[i]);
    struct weir_mem *mem = &source->run->mem;
    weir_mem_free(mem, source->segments);
    weir_source_list_release(&source->list);
    pthread_cond_destroy(&source->stream_moved);
    pthread_mutex_destroy(&source->mutex);
    weir_mem_free(mem, source);
}

const struct weir_schema *weir_source_schema(const struct weir_source *source)
{
    return &source->schema;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool weir_source_holds(const struct weir_source *source, const char *path)
{
    char real[PATH_MAX]; /* links may lead into a trace from anywhere */
    struct stat file;
    struct stat parent;
    if (realpath(path, real) == NULL || stat(real, &file) != 0 || stat(dirname(real), &parent) != 0)
        return false;
    for (size_t i = 0; i < source->list.n_entries; i++) {
        struct stat input;
        if (stat(source->list.entries[i].path, &input) == 0 &&
            (same_file(&input, &file) || same_file(&input, &parent)))
            return true;
    }
    return false;
}

uint64_t weir_source_inputs(const struct weir_source *source)
{
    return source->list.n_entries;
}

struct weir_source_input weir_source_input(const struct weir_source *source, size_t index)
{
    const struct weir_source_entry *entry = &source->list.entries[index];
    return (struct weir_source_input){
        .path = entry->path, .format = entry->format, .losses = source->segments[index].losses};
}

uint64_t weir_source_bytes(const struct weir_source *source)
{
    return source->n_bytes;
}

static uint64_t first_block_of(const struct weir_source *source, size_t index)
{
    return index == 0 ? source->first_block : 0;
}

/* Refuses a trace that was replaced since find_schema by one without the columns that batches are
 * to carry, or with other types. */
static enum weir_status check_schema(const struct weir_source *source,
                                     const struct weir_input *input, struct weir_error *err)
{
    struct weir_schema common = source->schema;
    bool dropped = false;
    const enum weir_status status = intersect(&common, &input->schema, input->path, &dropped, err);
    bool same = common.n_custom == source->schema.n_custom;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        same = same && common.field[f] == source->schema.field[f];
    for (size_t i = 0; same && i < common.n_custom; i++)
        same = common.custom[i].type == source->schema.custom[i].type;
    if (status != WEIR_OK || same)
        return status;
    return weir_error_set(err, WEIR_FORMAT, "%s: its columns changed meanwhile", input->path);
}

/* Opens the next input of the list; the lock is held. */
static void open_next(struct weir_source *source)
{
    const size_t index = source->n_opened;
    const struct weir_source_entry *entry = &source->list.entries[index];
    struct segment *segment = &source->segments[index];
    const struct segment *before = index > 0 ? segment - 1 : NULL;
    segment->first = before != NULL ? before->first + before->n_blocks : 0;
    atomic_init(&segment->n_done, 0);
    if (entry->format != NULL) {
        source->status = open_entry(source, entry, &segment->input, &source->error);
        if (source->status == WEIR_OK && source->request.everything && entry->format->is_directory)
            source->status = check_schema(source, segment->input, &source->error);
        if (source->status == WEIR_OK) {
            segment->n_blocks = segment->input->n_blocks - first_block_of(source, index);
            if (segment->input->is_stream)
                source->stream_next = segment->first;
        }
    }
    source->n_opened = index + 1;
    if (segment->n_blocks == 0)
        close_segment(segment); /* no lane will ever come by to do it */
}

/* --- lanes ---------------------------------------------------------------------------------- */

enum weir_status weir_source_lane_new(struct weir_source *source, struct weir_source_lane **lane,
                                      struct weir_error *err)
{
    struct weir_source_lane *l = weir_mem_zalloc(&source->run->mem, 1, sizeof *l);
    if (l == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a reader");
    l->source = source;
    *lane = l;
    return WEIR_OK;
}

/* Gives the cursor back and closes an input that is done with; the lock is held. */
static void leave_segment(struct weir_source_lane *lane)
{
    if (lane->cursor == NULL)
        return;
    struct weir_source *source = lane->source;
    struct segment *segment = &source->segments[lane->index];
    weir_losses_add(&segment->losses, &lane->cursor->losses);
    weir_losses_add(&source->losses, &lane->cursor->losses);
    source->list.entries[lane->index].format->cursor_free(lane->cursor);
    lane->cursor = NULL;
    segment->n_lanes--;
    if (segment->n_lanes == 0 && atomic_load(&segment->n_done) == segment->n_blocks)
        close_segment(segment);
}

static void finish_block(struct weir_source_lane *lane)
{
    if (lane->busy)
        atomic_fetch_add(&lane->source->segments[lane->index].n_done, 1);
    lane->busy = false;
}

void weir_source_lane_free(struct weir_source_lane *lane)
{
    if (lane == NULL)
        return;
    struct weir_source *source = lane->source;
    finish_block(lane);
    pthread_mutex_lock(&source->mutex);
    leave_segment(lane);
    pthread_mutex_unlock(&source->mutex);
    weir_mem_free(&source->run->mem, lane);
}

/* Inputs may have more custom columns than they have in common: finds the common ones by name. */
static void map_custom(struct weir_source_lane *lane, const struct weir_schema *schema)
{
    const struct weir_schema *common = &lane->source->schema;
    for (size_t i = 0; i < common->n_custom; i++) {
        size_t j = 0;
        while (strcmp(common->custom[i].name, schema->custom[j].name) != 0)
            j++;
        lane->custom_index[i] = j;
    }
}

/* Makes the lane hold a cursor on segment `index`; the lock is held. */
static enum weir_status enter_segment(struct weir_source_lane *lane, size_t index,
                                      struct weir_error *err)
{
    if (lane->cursor != NULL && lane->index == index)
        return WEIR_OK;
    leave_segment(lane);
    struct segment *segment = &lane->source->segments[index];
    const enum weir_status status =
        segment->input->format->cursor_new(segment->input, &lane->cursor, err);
    if (status != WEIR_OK)
        return status;
    lane->index = index;
    segment->n_lanes++;
    if (lane->source->request.everything)
        map_custom(lane, &segment->input->schema);
    return WEIR_OK;
}

/* Takes piece `number` of a stream when its turn has come; WEIR_END: the stream ended before it.
 * The lock is held and given up while waiting. */
static enum weir_status take_piece(struct weir_source_lane *lane, size_t index, uint64_t number,
                                   struct weir_error *err)
{
    struct weir_source *source = lane->source;
    struct segment *segment = &source->segments[index];
    while (source->stream_next < number && stream_pending(segment) && source->status == WEIR_OK)
        pthread_cond_wait(&source->stream_moved, &source->mutex);
    if (!stream_pending(segment))
        return WEIR_END; /* whatever became of the inputs behind it */
    if (source->status != WEIR_OK)
        return weir_error_set(err, source->status, "%s", source->error.message);
    enum weir_status status = enter_segment(lane, index, err);
    uint64_t none = 0;
    if (status == WEIR_OK)
        status =
            segment->input->format->cursor_load(lane->cursor, number - segment->first, &none, err);
    if (status == WEIR_END) {
        segment->n_blocks = number - segment->first;
    } else if (status != WEIR_OK) {
        source->status = status; /* later pieces cannot be had either */
        source->error = err != NULL ? *err : (struct weir_error){0};
    } else {
        source->stream_next = number + 1;
    }
    pthread_cond_broadcast(&source->stream_moved);
    return status;
}

/* Finds the block of ticket `number` and enters its segment; the lock is held. */
static enum weir_status resolve(struct weir_source_lane *lane, uint64_t number, bool *is_stream,
                                struct weir_error *err)
{
    struct weir_source *source = lane->source;
    for (size_t i = lane->index; i < source->list.n_entries; i++) {
        if (i == source->n_opened)
            open_next(source);
        struct segment *segment = &source->segments[i];
        if (source->status != WEIR_OK && i + 1 == source->n_opened)
            return weir_error_set(err, source->status, "%s", source->error.message);
        if (segment->input != NULL && stream_pending(segment)) {
            const enum weir_status status = take_piece(lane, i, number, err);
            if (status == WEIR_END)
                continue;
            *is_stream = true;
            lane->block = number - segment->first;
            lane->first = lane->end = 0; /* every piece needs the lock */
            return status;
        }
        if (number - segment->first >= segment->n_blocks)
            continue;
        lane->offset = first_block_of(source, i);
        lane->block = number - segment->first + lane->offset;
        lane->first = segment->first;
        lane->end = segment->first + segment->n_blocks;
        return enter_segment(lane, i, err);
    }
    return WEIR_END;
}

enum weir_status weir_source_take(struct weir_source_lane *lane, uint64_t *number,
                                  uint64_t *n_records, struct weir_error *err)
{
    struct weir_source *source = lane->source;
    finish_block(lane);
    *number = atomic_fetch_add_explicit(&source->next_ticket, 1, memory_order_relaxed);
    *n_records = 0;
    if (*number >= source->n_tickets)
        return WEIR_END;
    bool is_stream = false;
    if (lane->cursor != NULL && *number >= lane->first && *number < lane->end) {
        lane->block = *number - lane->first + lane->offset;
    } else {
        pthread_mutex_lock(&source->mutex);
        const enum weir_status status = resolve(lane, *number, &is_stream, err);
        pthread_mutex_unlock(&source->mutex);
        if (status != WEIR_OK)
            return status;
    }
    lane->busy = true;
    const struct weir_format *format = lane->cursor->input->format;
    return is_stream ? format->cursor_parse(lane->cursor, n_records, err)
                     : format->cursor_load(lane->cursor, lane->block, n_records, err);
}

void weir_source_view(struct weir_source_lane *lane, uint64_t begin, size_t n,
                      struct weir_batch *batch)
{
    const struct weir_source *source = lane->source;
    lane->cursor->input->format->cursor_view(lane->cursor, begin, n, batch);
    batch->input = lane->index;
    if (!source->request.everything)
        return;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (source->schema.field[f] == WEIR_TYPE_NONE)
            batch->field[f] = (struct weir_column){0};
    for (size_t i = 0; i < source->schema.n_custom; i++)
        lane->custom[i] = batch->custom[lane->custom_index[i]];
    batch->n_custom = source->schema.n_custom;
    batch->custom = lane->custom;
}

const char *weir_source_rejects(const struct weir_source_lane *lane, size_t *n)
{
    *n = lane->busy ? lane->cursor->n_reject_bytes : 0;
    return *n == 0 ? NULL : lane->cursor->rejects;
}

uint64_t weir_source_block_bytes(const struct weir_source_lane *lane)
{
    if (!lane->busy)
        return 0;
    const struct weir_input *input = lane->cursor->input;
    return input->is_stream || input->n_blocks == 0 ? 0 : input->n_bytes / input->n_blocks;
}

char *weir_source_place(const struct weir_source_lane *lane, uint64_t index, char *out,
                        size_t capacity)
{
    const struct weir_input *input = lane->cursor->input;
    if (input->block_records != 0 || lane->block == 0)
        snprintf(out, capacity, "%s, record %llu", input->path,
                 (unsigned long long)(lane->block * input->block_records + index + 1));
    else
        snprintf(out, capacity, "%s, record %llu of block %llu", input->path,
                 (unsigned long long)(index + 1), (unsigned long long)(lane->block + 1));
    return out;
}

void weir_source_losses(const struct weir_source *source, struct weir_losses *losses)
{
    *losses = source->losses;
}
