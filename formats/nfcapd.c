/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nfcapd format: binary files of nfdump 1.6 and 1.7.
 *
 * The file is mapped, its blocks are found by hopping over their headers (nfcapd_index.h), and each
 * cursor decompresses (nfcapd_block.h), validates and indexes one block at a time, then decodes the
 * wanted fields of any range of it (nfcapd_record.h). Blocks of nfdump 1.7 are independent; old
 * ones may need extension maps of earlier blocks for their interfaces (nfcapd_maps.h).
 *
 * Damage ends the reading, with a message that also says what --salvage would recover: all blocks
 * are validated for it. With --salvage a damaged block counts as empty and as lost, and what is
 * missing behind the last whole block is counted by one more, empty block.
 */
#include "format.h"
#include "guard.h"
#include "nfcapd_facts.h"
#include "nfcapd_index.h"
#include "nfcapd_record.h"
#include "spool.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

extern const struct weir_format weir_format_nfcapd;

/* What --salvage would recover; made once, when the first damage is met. */
struct survey {
    bool is_made;
    bool is_valid; /* not stopped, memory was enough */
    uint64_t n_records;
    uint64_t n_good; /* blocks */
};

struct nfcapd_input {
    struct weir_input input;
    struct weir_mapping mapping;
    struct weir_nfcapd_index index;
    struct weir_nfcapd_history *history; /* NULL when no extension is wanted */
    weir_fields fields;
    weir_extras extras;
    bool salvage;
    pthread_mutex_t survey_mutex;
    struct survey survey;
};

struct nfcapd_cursor {
    struct weir_cursor cursor;
    bool salvage;
    struct weir_nfcapd_unpacker unpacker;
    struct weir_nfcapd_records records;
    struct weir_nfcapd_columns columns;
    struct weir_column custom[WEIR_N_EXTRAS]; /* views of the extras */
    void *arena;                              /* holds the columns */
    struct nfcapd_cursor *helper; /* reads earlier blocks for their maps; NULL until needed */
};

static struct nfcapd_input *input_of(const struct nfcapd_cursor *cursor)
{
    return (struct nfcapd_input *)(void *)cursor->cursor.input;
}

/* --- cursors --------------------------------------------------------------------------------- */

static void cursor_free(struct nfcapd_cursor *cursor)
{
    while (cursor != NULL) {
        struct nfcapd_cursor *const helper = cursor->helper;
        struct weir_mem *const mem = cursor->cursor.input->mem;
        weir_nfcapd_unpacker_release(&cursor->unpacker);
        weir_nfcapd_records_release(&cursor->records);
        weir_mem_free(mem, cursor->arena);
        weir_mem_free(mem, cursor);
        cursor = helper;
    }
}

/* A cursor that can load blocks but has no columns yet. */
static enum weir_status cursor_new(struct nfcapd_input *input, struct nfcapd_cursor **cursor,
                                   struct weir_error *err)
{
    struct nfcapd_cursor *fresh = weir_mem_zalloc(input->input.mem, 1, sizeof *fresh);
    if (fresh == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory for a reader", input->input.path);
    fresh->cursor.input = &input->input;
    fresh->salvage = input->salvage;
    weir_nfcapd_unpacker_init(&fresh->unpacker, input->input.mem);
    weir_nfcapd_records_init(&fresh->records, input->input.mem, input->fields, input->extras);
    *cursor = fresh;
    return WEIR_OK;
}

/* Gives the cursor a buffer for each field that will be decoded. */
static enum weir_status add_columns(struct nfcapd_cursor *cursor, struct weir_error *err)
{
    const struct nfcapd_input *input = input_of(cursor);
    const weir_fields fields = weir_nfcapd_field_groups(input->fields);
    size_t n_bytes = 0;
    size_t offset[WEIR_N_FIELDS];
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        offset[f] = n_bytes;
        if ((fields & WEIR_FIELD_BIT(f)) != 0)
            n_bytes += WEIR_BATCH_RECORDS * weir_type_bytes(input->input.schema.field[f]);
    }
    const size_t extras_at = n_bytes;
    for (size_t i = 0; i < input->input.schema.n_custom; i++)
        n_bytes += WEIR_BATCH_RECORDS * weir_type_bytes(input->input.schema.custom[i].type);
    char *arena = weir_mem_alloc(input->input.mem, n_bytes);
    if (arena == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory for columns of %zu bytes",
                              input->input.path, n_bytes);
    cursor->arena = arena;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((fields & WEIR_FIELD_BIT(f)) != 0)
            cursor->columns.data[f] = arena + offset[f];
    if (cursor->columns.data[WEIR_AGGS] != NULL) /* no record has it */
        memset(cursor->columns.data[WEIR_AGGS], 0,
               WEIR_BATCH_RECORDS * weir_type_bytes(input->input.schema.field[WEIR_AGGS]));
    char *at = arena + extras_at;
    for (size_t i = 0; i < input->input.schema.n_custom; i++) {
        const enum weir_type type = input->input.schema.custom[i].type;
        cursor->columns.extra[i] = at;
        cursor->custom[i] = (struct weir_column){.data = at, .type = type};
        at += WEIR_BATCH_RECORDS * weir_type_bytes(type);
    }
    return WEIR_OK;
}

static enum weir_status nfcapd_cursor_new(struct weir_input *base, struct weir_cursor **cursor,
                                          struct weir_error *err)
{
    struct nfcapd_cursor *fresh = NULL;
    enum weir_status status = cursor_new((struct nfcapd_input *)(void *)base, &fresh, err);
    if (status == WEIR_OK)
        status = add_columns(fresh, err);
    if (status != WEIR_OK) {
        cursor_free(fresh);
        return status;
    }
    *cursor = &fresh->cursor;
    return WEIR_OK;
}

static void nfcapd_cursor_free(struct weir_cursor *cursor)
{
    cursor_free((struct nfcapd_cursor *)(void *)cursor);
}

/* --- loading --------------------------------------------------------------------------------- */

/* Decompresses, validates and indexes a whole block. */
static enum weir_status index_block(struct nfcapd_cursor *cursor,
                                    const struct weir_nfcapd_block *block, struct weir_error *err)
{
    const struct nfcapd_input *input = input_of(cursor);
    cursor->records.n = 0;
    cursor->records.n_fitting = 0;
    cursor->records.n_unresolved = 0;
    cursor->records.n_unknown = 0;
    cursor->records.n_unmapped = 0;
    if (block->kind == WEIR_NFCAPD_BLOCK_ARRAY)
        return WEIR_OK;
    if (block->kind != WEIR_NFCAPD_BLOCK_16 && block->kind != WEIR_NFCAPD_BLOCK_17)
        return weir_error_set(err, WEIR_FORMAT, "expected a block of type 2, 3 or 4, but found %u",
                              block->kind);
    const unsigned char *raw = NULL;
    size_t n_raw = 0;
    const enum weir_status status =
        weir_nfcapd_unpack(&cursor->unpacker, input->index.packing,
                           input->mapping.data + block->offset + WEIR_NFCAPD_BLOCK_HEADER_BYTES,
                           block->n_stored, &raw, &n_raw, err);
    if (status != WEIR_OK)
        return status;
    return weir_nfcapd_records_index(&cursor->records, raw, n_raw, block->n_records, err);
}

/* Indexes a block and lets the other cursors know its extension maps. */
static enum weir_status index_and_publish(struct nfcapd_cursor *cursor, uint64_t number,
                                          struct weir_error *err)
{
    const struct nfcapd_input *input = input_of(cursor);
    if (input->history != NULL)
        weir_nfcapd_history_claim(input->history, number);
    const enum weir_status status = index_block(cursor, &input->index.block[number], err);
    if (input->history == NULL)
        return status;
    const bool has_maps = status == WEIR_OK && cursor->records.maps != NULL &&
                          input->index.block[number].kind != WEIR_NFCAPD_BLOCK_ARRAY;
    const enum weir_status published =
        weir_nfcapd_history_publish(input->history, number, has_maps ? cursor->records.maps : NULL,
                                    status != WEIR_OK, status == WEIR_OK ? err : NULL);
    return status == WEIR_OK ? published : status;
}

/* Finds the extension maps that stand in earlier blocks, and reads those blocks where no cursor
 * has done it. A damaged one has no maps. */
static enum weir_status resolve(struct nfcapd_cursor *cursor, uint64_t number,
                                struct weir_error *err)
{
    struct nfcapd_input *input = input_of(cursor);
    if (cursor->records.n_unresolved == 0)
        return WEIR_OK;
    uint64_t missing;
    while (!weir_nfcapd_history_wait(input->history, number, &missing)) {
        enum weir_status status = WEIR_OK;
        if (cursor->helper == NULL)
            status = cursor_new(input, &cursor->helper, err);
        if (status != WEIR_OK) { /* nobody may wait for the block that was claimed here */
            (void)!weir_nfcapd_history_publish(input->history, missing, NULL, true, NULL);
            return status;
        }
        status = index_and_publish(cursor->helper, missing, err);
        if (status != WEIR_OK && status != WEIR_FORMAT)
            return status;
    }
    return weir_nfcapd_records_resolve(&cursor->records, input->history, number, cursor->salvage,
                                       err);
}

static enum weir_status time_limit(const struct weir_nfcapd_records *records,
                                   struct weir_error *err)
{
    return weir_error_set(err, WEIR_LIMIT,
                          "flow record %zu: %s: expected at most %" PRIu32
                          " seconds, but found %" PRIu64,
                          records->n_fitting, records->bad_field == WEIR_FIRST ? "first" : "last",
                          UINT32_MAX, records->bad_time_ms / 1000);
}

/* Loads a whole block; the message names the file and the block. */
static enum weir_status load(struct nfcapd_cursor *cursor, uint64_t number, struct weir_error *err)
{
    const struct nfcapd_input *input = input_of(cursor);
    enum weir_status status = index_and_publish(cursor, number, err);
    if (status == WEIR_OK)
        status = resolve(cursor, number, err);
    if (status == WEIR_OK && cursor->records.n_fitting < cursor->records.n)
        status = time_limit(&cursor->records, err);
    if (status != WEIR_OK)
        weir_error_prepend(err, "%s: block %" PRIu64 " at offset %" PRIu64 ": ", input->input.path,
                           number, input->index.block[number].offset);
    return status;
}

/* --- what --salvage would recover ------------------------------------------------------------ */

static void make_survey(struct nfcapd_input *input)
{
    struct survey *survey = &input->survey;
    survey->is_made = true;
    struct nfcapd_cursor *cursor = NULL;
    if (cursor_new(input, &cursor, NULL) != WEIR_OK)
        return;
    cursor->salvage = true;
    enum weir_status status = WEIR_OK;
    for (uint64_t i = 0; i < input->index.n_blocks; i++) {
        status = weir_guard_stop_signal() != 0 ? WEIR_CANCELLED : load(cursor, i, NULL);
        if (status == WEIR_OK) {
            survey->n_good++;
            survey->n_records += cursor->records.n;
        } else if (status != WEIR_FORMAT && status != WEIR_LIMIT) {
            break;
        }
    }
    survey->is_valid = status == WEIR_OK || status == WEIR_FORMAT || status == WEIR_LIMIT;
    cursor_free(cursor);
}

/* Adds to a message about damage what can be saved. */
static void append_survey(struct nfcapd_input *input, struct weir_error *err)
{
    if (err == NULL)
        return;
    pthread_mutex_lock(&input->survey_mutex);
    if (!input->survey.is_made)
        make_survey(input);
    const struct survey survey = input->survey;
    pthread_mutex_unlock(&input->survey_mutex);
    if (!survey.is_valid)
        return;
    const size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used,
             "; --salvage would recover %" PRIu64 " records in %" PRIu64 " of %" PRIu64 " blocks",
             survey.n_records, survey.n_good, input->index.n_blocks + input->index.missing.blocks);
}

/* A damaged block under --salvage. */
static void give_up(struct nfcapd_cursor *cursor, const struct weir_nfcapd_block *block)
{
    cursor->cursor.losses.blocks++;
    cursor->cursor.losses.bytes += WEIR_NFCAPD_BLOCK_HEADER_BYTES + (uint64_t)block->n_stored;
    cursor->cursor.losses.records += block->n_records;
    cursor->records.n = 0;
}

static enum weir_status nfcapd_cursor_load(struct weir_cursor *base, uint64_t block,
                                           uint64_t *n_records, struct weir_error *err)
{
    struct nfcapd_cursor *cursor = (struct nfcapd_cursor *)(void *)base;
    struct nfcapd_input *input = input_of(cursor);
    *n_records = 0;
    if (block >= input->index.n_blocks) {
        weir_losses_add(&base->losses, &input->index.missing);
        cursor->records.n = 0;
        return WEIR_OK;
    }
    const enum weir_status status = load(cursor, block, err);
    const bool damaged = status == WEIR_FORMAT || status == WEIR_LIMIT;
    if (damaged && cursor->salvage) {
        give_up(cursor, &input->index.block[block]);
        return WEIR_OK;
    }
    if (status == WEIR_OK) {
        *n_records = cursor->records.n;
        base->losses.skipped += cursor->records.n_unknown;
        base->losses.unmapped += cursor->records.n_unmapped;
    } else if (status == WEIR_LIMIT) {
        *n_records = cursor->records.n_fitting;
    }
    if (damaged)
        append_survey(input, err);
    return status;
}

static void nfcapd_cursor_view(struct weir_cursor *base, uint64_t begin, size_t n,
                               struct weir_batch *batch)
{
    struct nfcapd_cursor *cursor = (struct nfcapd_cursor *)(void *)base;
    const struct nfcapd_input *input = input_of(cursor);
    weir_nfcapd_records_decode(&cursor->records, begin, n, &cursor->columns);
    *batch = (struct weir_batch){
        .n = n, .n_custom = input->input.schema.n_custom, .custom = cursor->custom};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((input->fields & WEIR_FIELD_BIT(f)) != 0)
            batch->field[f] = (struct weir_column){.data = cursor->columns.data[f],
                                                   .type = input->input.schema.field[f]};
}

/* --- inputs ---------------------------------------------------------------------------------- */

static bool nfcapd_detect(const struct weir_probe *probe)
{
    if (probe->is_directory || probe->n_bytes < 4)
        return false;
    const unsigned char *bytes = probe->bytes;
    return (bytes[0] == 0x0c && bytes[1] == 0xa5 && bytes[3] == 0) ||
           (bytes[0] == 0xa5 && bytes[1] == 0x0c && bytes[2] == 0); /* big-endian: open says so */
}

static void nfcapd_close(struct weir_input *base)
{
    struct nfcapd_input *input = (struct nfcapd_input *)(void *)base;
    if (input == NULL)
        return;
    struct weir_mem *mem = base->mem;
    weir_nfcapd_history_free(input->history);
    weir_nfcapd_index_release(&input->index, mem);
    weir_mapping_close(&input->mapping);
    pthread_mutex_destroy(&input->survey_mutex);
    weir_mem_free(mem, base->path);
    weir_mem_free(mem, input);
}

/* Maps and indexes the file. A file without a single byte is a valid one without records, as it is
 * in every format. */
static enum weir_status open_file(struct nfcapd_input *input,
                                  const struct weir_open_request *request, struct weir_error *err)
{
    struct weir_input *base = &input->input;
    enum weir_status status = weir_spool_map(request, base->path, &input->mapping, err);
    if (status == WEIR_OK && input->mapping.n_bytes > 0)
        status =
            weir_nfcapd_index_build(&input->index, base->path, &input->mapping, request->mem, err);
    if (status != WEIR_OK)
        return status;
    const weir_fields interfaces = WEIR_FIELD_BIT(WEIR_INIF) | WEIR_FIELD_BIT(WEIR_OUTIF);
    struct weir_nfcapd_extra_plan plan;
    weir_nfcapd_extra_plan_init(&plan, input->extras);
    if ((input->fields & interfaces) != 0 || plan.extensions != 0)
        status = weir_nfcapd_history_new(request->mem, input->index.n_blocks, &input->history, err);
    if (status != WEIR_OK) {
        weir_error_prepend(err, "%s: ", base->path);
        return status;
    }
    if (input->index.is_damaged && !request->salvage) {
        if (err != NULL)
            *err = input->index.damage;
        append_survey(input, err);
        return WEIR_FORMAT;
    }
    const bool has_tail = input->index.missing.blocks != 0;
    base->n_blocks = input->index.n_blocks + (has_tail ? 1 : 0);
    base->n_records = base->n_blocks == 0 ? 0 : UINT64_MAX;
    base->n_bytes = input->mapping.n_bytes;
    return WEIR_OK;
}

static enum weir_status nfcapd_open(const struct weir_open_request *request,
                                    struct weir_input **input, struct weir_error *err)
{
    struct nfcapd_input *fresh = weir_mem_zalloc(request->mem, 1, sizeof *fresh);
    if (fresh == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory for an input", request->path);
    fresh->input.format = &weir_format_nfcapd;
    fresh->input.mem = request->mem;
    fresh->fields = request->fields & WEIR_FIELDS_ALL;
    fresh->salvage = request->salvage;
    pthread_mutex_init(&fresh->survey_mutex, NULL);
    weir_schema_set_default(&fresh->input.schema, true);
    if (request->custom)
        fresh->extras = weir_extras_find(&request->columns);
    weir_extras_add(fresh->extras, &fresh->input.schema);
    enum weir_status status = WEIR_OK;
    fresh->input.path = weir_mem_strdup(request->mem, request->path);
    if (fresh->input.path == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "%s: no memory for an input", request->path);
    if (status == WEIR_OK)
        status = open_file(fresh, request, err);
    if (status != WEIR_OK) {
        nfcapd_close(&fresh->input);
        return status;
    }
    *input = &fresh->input;
    return WEIR_OK;
}

static enum weir_status nfcapd_describe(const struct weir_input *base, weir_fact_sink *sink,
                                        void *context, struct weir_error *err)
{
    const struct nfcapd_input *input = (const struct nfcapd_input *)(const void *)base;
    return input->mapping.n_bytes == 0 ? WEIR_OK
                                       : weir_nfcapd_describe(&input->mapping, &input->index,
                                                              base->mem, sink, context, err);
}

const struct weir_format weir_format_nfcapd = {
    .name = "nfcapd",
    .summary = "binary files of nfdump 1.6 and 1.7",
    .extras = WEIR_EXTRAS_ALL,
    .detect = nfcapd_detect,
    .open = nfcapd_open,
    .close = nfcapd_close,
    .cursor_new = nfcapd_cursor_new,
    .cursor_free = nfcapd_cursor_free,
    .cursor_load = nfcapd_cursor_load,
    .cursor_view = nfcapd_cursor_view,
    .describe = nfcapd_describe,
};
