/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces being written: one file per column, filled at any place in any order. */
#include "columns.h"
#include "columns_files.h"
#include "columns_target.h"
#include "copy.h"
#include "field.h"
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COPY_VALUES 8192
#define COPY_BYTES  ((size_t)1 << 20) /* between two looks at the stop signal */

/* Threads write earlier records while another one widens the column: what they look at does not
 * change, and `widened_at` is set last. */
struct draft_column {
    char name[WEIR_COLUMN_NAME_MAX];
    enum weir_type type;
    enum weir_type wide_type; /* of the records from `widened_at` on; NONE: not widened */
    struct weir_split_file file;
    struct weir_split_file wide_file;
    atomic_uint_least64_t widened_at; /* UINT64_MAX: not widened */
};

struct weir_columns_draft {
    struct weir_mem *mem;
    char *name;                         /* of the trace or of the scratch directory, for messages */
    struct weir_columns_target *target; /* where its files have names; NULL: a nameless trace */
    struct weir_columns_nameless nameless;
    uint64_t memory_records; /* the first ones, which a nameless trace keeps in memory */
    size_t memory_bytes;     /* charged for them */
    bool sync;
    struct weir_schema schema; /* as it was asked for */
    size_t n_columns;
    struct draft_column column[WEIR_COLUMNS_MAX];
};

static enum weir_status make_file(const struct weir_columns_draft *draft, const char *name,
                                  enum weir_type type, struct weir_split_file *file,
                                  struct weir_error *err)
{
    if (draft->target == NULL)
        return weir_split_file_open(file, draft->name,
                                    draft->memory_records * weir_type_bytes(type), err);
    int fd = -1;
    const enum weir_status status =
        weir_columns_target_make_file(draft->target, name, type, &fd, err);
    weir_split_file_take(file, fd);
    return status;
}

static void remove_file(const struct weir_columns_draft *draft, const char *name,
                        enum weir_type type, struct weir_split_file *file)
{
    (void)weir_split_file_close(file, NULL);
    if (draft->target != NULL)
        weir_columns_target_remove_file(draft->target, name, type);
}

static void list_columns(struct weir_columns_draft *draft, const struct weir_schema *schema)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        if (schema->field[f] == WEIR_TYPE_NONE)
            continue;
        struct draft_column *column = &draft->column[draft->n_columns++];
        snprintf(column->name, sizeof column->name, "%s",
                 weir_field_info((enum weir_field)f)->name);
        column->type = schema->field[f];
    }
    for (size_t i = 0; i < schema->n_custom; i++) {
        struct draft_column *column = &draft->column[draft->n_columns++];
        memcpy(column->name, schema->custom[i].name, sizeof column->name);
        column->type = schema->custom[i].type;
    }
    for (size_t i = 0; i < draft->n_columns; i++) {
        weir_split_file_init(&draft->column[i].file);
        weir_split_file_init(&draft->column[i].wide_file);
        atomic_init(&draft->column[i].widened_at, UINT64_MAX);
    }
}

/* A draft that has no files yet. */
static enum weir_status new_draft(const char *name, const struct weir_schema *schema,
                                  struct weir_mem *mem, struct weir_columns_draft **draft,
                                  struct weir_error *err)
{
    struct weir_columns_draft *d = weir_mem_zalloc(mem, 1, sizeof *d);
    if (d == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", name);
    d->mem = mem;
    d->schema = *schema;
    list_columns(d, schema);
    d->name = weir_mem_strdup(mem, name);
    *draft = d;
    return d->name != NULL ? WEIR_OK
                           : weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", name);
}

static enum weir_status make_files(struct weir_columns_draft *draft, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < draft->n_columns && status == WEIR_OK; i++) {
        struct draft_column *c = &draft->column[i];
        status = make_file(draft, c->name, c->type, &c->file, err);
    }
    return status;
}

enum weir_status weir_columns_create(const char *path, const struct weir_schema *schema, bool sync,
                                     struct weir_mem *mem, struct weir_columns_draft **draft,
                                     struct weir_error *err)
{
    if (strcmp(path, "-") == 0)
        return weir_error_set(
            err, WEIR_USAGE, "a trace is a directory: --output must name one, not standard output");
    struct weir_columns_draft *d = NULL;
    enum weir_status status = new_draft(path, schema, mem, &d, err);
    if (status == WEIR_OK) {
        d->sync = sync;
        status = weir_columns_target_new(path, sync, mem, &d->target, err);
    }
    if (status == WEIR_OK)
        status = make_files(d, err);
    if (status != WEIR_OK) {
        weir_columns_discard(d);
        return status;
    }
    *draft = d;
    return WEIR_OK;
}

/* Bytes of a record while it is written: interface columns may be widened, and are then there
 * twice.
 */
static size_t record_bytes(const struct weir_schema *schema)
{
    size_t bytes = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        bytes += weir_type_bytes(schema->field[f]);
    for (size_t i = 0; i < schema->n_custom; i++)
        bytes += weir_type_bytes(schema->custom[i].type);
    return bytes + 2 * sizeof(uint32_t);
}

/* Takes memory for as many records as the request allows. Their columns must be whole pages. */
static enum weir_status take_memory(struct weir_columns_draft *draft, struct weir_error *err)
{
    const size_t unit = (size_t)sysconf(_SC_PAGESIZE);
    const size_t unit_bytes = unit * record_bytes(&draft->schema);
    const uint64_t records_max = draft->nameless.records_max;
    const uint64_t n_wanted = records_max / unit + (records_max % unit != 0);
    size_t n_units = draft->nameless.memory_bytes / unit_bytes;
    n_units = n_units > n_wanted ? (size_t)n_wanted : n_units;
    if (n_units == 0)
        return WEIR_OK;
    if (!weir_mem_charge(draft->mem, n_units * unit_bytes))
        return weir_error_set(err, WEIR_MEMORY, "no memory to keep records");
    draft->memory_records = n_units * unit;
    draft->memory_bytes = n_units * unit_bytes;
    return WEIR_OK;
}

enum weir_status weir_columns_create_nameless(const struct weir_columns_nameless *nameless,
                                              const struct weir_schema *schema,
                                              struct weir_mem *mem,
                                              struct weir_columns_draft **draft,
                                              struct weir_error *err)
{
    struct weir_columns_draft *d = NULL;
    enum weir_status status = new_draft(nameless->directory, schema, mem, &d, err);
    if (status == WEIR_OK) {
        d->nameless = *nameless;
        status = take_memory(d, err);
    }
    if (status == WEIR_OK)
        status = make_files(d, err);
    if (status != WEIR_OK) {
        weir_columns_discard(d);
        return status;
    }
    *draft = d;
    return WEIR_OK;
}

size_t weir_columns_draft_columns(const struct weir_columns_draft *draft)
{
    return draft->n_columns;
}

static enum weir_status write_at(const struct weir_columns_draft *draft, const char *name,
                                 struct weir_split_file *file, const void *bytes, size_t n,
                                 uint64_t offset, struct weir_error *err)
{
    const char *next = bytes;
    while (n > 0) {
        struct weir_split_part part;
        const enum weir_status status = weir_split_file_part(file, offset, n, &part, err);
        if (status != WEIR_OK)
            return status;
        const ssize_t written = pwrite(part.fd, next, part.n, (off_t)part.offset);
        if (written < 0) {
            if (errno == EINTR && weir_guard_stop_signal() == 0)
                continue;
            if (errno == EINTR)
                return weir_error_set(err, WEIR_CANCELLED, "interrupted");
            return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be written",
                                    draft->name, name);
        }
        next += written;
        n -= (size_t)written;
        offset += (uint64_t)written;
    }
    return WEIR_OK;
}

enum weir_status weir_columns_write(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                    size_t n, const void *values, struct weir_error *err)
{
    struct draft_column *c = &draft->column[column];
    const bool wide = begin >= atomic_load(&c->widened_at);
    const size_t bytes = weir_type_bytes(wide ? c->wide_type : c->type);
    return write_at(draft, c->name, wide ? &c->wide_file : &c->file, values, n * bytes,
                    begin * bytes, err);
}

/* From the mapping, where one of the two is no single file. */
static enum weir_status copy_mapped(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                    const struct weir_columns_range *from, struct weir_error *err)
{
    const size_t n_piece = COPY_BYTES / weir_type_bytes(draft->column[column].type);
    for (uint64_t done = 0; done < from->n;) {
        const uint64_t left = from->n - done;
        const size_t n = left < n_piece ? (size_t)left : n_piece;
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
        const enum weir_status status =
            weir_columns_write(draft, column, begin + done, n,
                               weir_columns_value(from->columns, column, from->begin + done), err);
        if (status != WEIR_OK)
            return status;
        done += n;
    }
    return WEIR_OK;
}

enum weir_status weir_columns_copy(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                   const struct weir_columns_range *from, struct weir_error *err)
{
    const struct draft_column *c = &draft->column[column];
    const size_t bytes = weir_type_bytes(c->type);
    if (draft->target == NULL || weir_columns_path(from->columns, column) == NULL)
        return copy_mapped(draft, column, begin, from, err);
    struct weir_copy copy = {.from = -1,
                             .from_offset = from->begin * bytes,
                             .to = atomic_load(&c->file.disk_fd),
                             .to_name = draft->name,
                             .to_offset = begin * bytes,
                             .n_bytes = from->n * bytes};
    const enum weir_status opened =
        weir_columns_open_file(from->columns, column, &copy.from, &copy.from_name, err);
    if (opened != WEIR_OK)
        return opened;
    const enum weir_status status = weir_copy_range(&copy, err);
    close(copy.from);
    return status;
}

enum weir_status weir_columns_widen(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                    enum weir_type type, struct weir_error *err)
{
    struct draft_column *c = &draft->column[column];
    const enum weir_status status = make_file(draft, c->name, type, &c->wide_file, err);
    if (status != WEIR_OK)
        return status;
    c->wide_type = type;
    atomic_store(&c->widened_at, begin);
    return WEIR_OK;
}

/* Reads n narrow values at record `begin` back. */
static enum weir_status read_narrow(const struct weir_columns_draft *draft, struct draft_column *c,
                                    uint64_t begin, size_t n, uint16_t *values,
                                    struct weir_error *err)
{
    char *next = (char *)values;
    uint64_t offset = begin * sizeof *values;
    for (size_t left = n * sizeof *values; left > 0;) {
        struct weir_split_part part;
        const enum weir_status status = weir_split_file_part(&c->file, offset, left, &part, err);
        if (status != WEIR_OK)
            return status;
        const ssize_t got = pread(part.fd, next, part.n, (off_t)part.offset);
        if (got <= 0)
            return weir_error_errno(err, WEIR_IO, got < 0 ? errno : EIO,
                                    "%s: column %s cannot be read back", draft->name, c->name);
        next += got;
        left -= (size_t)got;
        offset += (uint64_t)got;
    }
    return WEIR_OK;
}

/* Converts the records before `widened_at` into the wide file, which takes the narrow one's place.
 */
static enum weir_status finish_widening(struct weir_columns_draft *draft, struct draft_column *c,
                                        struct weir_error *err)
{
    uint16_t narrow[COPY_VALUES];
    uint32_t wide[COPY_VALUES];
    const uint64_t n_narrow = atomic_load(&c->widened_at);
    if (c->type != WEIR_U16 || c->wide_type != WEIR_U32)
        return weir_error_set(err, WEIR_INTERNAL, "column %s: widening of these types", c->name);
    for (uint64_t done = 0; done < n_narrow;) {
        const uint64_t left = n_narrow - done;
        const size_t n = left < COPY_VALUES ? (size_t)left : COPY_VALUES;
        enum weir_status status = read_narrow(draft, c, done, n, narrow, err);
        if (status != WEIR_OK)
            return status;
        for (size_t i = 0; i < n; i++)
            wide[i] = narrow[i];
        status = write_at(draft, c->name, &c->wide_file, wide, n * sizeof *wide,
                          done * sizeof *wide, err);
        if (status != WEIR_OK)
            return status;
        done += n;
    }
    remove_file(draft, c->name, c->type, &c->file);
    weir_split_file_move(&c->file, &c->wide_file);
    c->type = c->wide_type;
    c->wide_type = WEIR_TYPE_NONE;
    return WEIR_OK;
}

/* Finishes, checks and flushes one column file. */
static enum weir_status finish_column(struct weir_columns_draft *draft, struct draft_column *c,
                                      uint64_t n_records, struct weir_error *err)
{
    if (c->wide_type != WEIR_TYPE_NONE) {
        const enum weir_status status = finish_widening(draft, c, err);
        if (status != WEIR_OK)
            return status;
    }
    uint64_t n_bytes = 0;
    const uint64_t want = n_records * weir_type_bytes(c->type);
    const enum weir_status status = weir_split_file_size(&c->file, &n_bytes, err);
    if (status != WEIR_OK) {
        weir_error_prepend(err, "%s: column %s: ", draft->name, c->name);
        return status;
    }
    if (n_bytes != want)
        return weir_error_set(err, WEIR_INTERNAL, "%s: column %s has %llu bytes instead of %llu",
                              draft->name, c->name, (unsigned long long)n_bytes,
                              (unsigned long long)want);
    if (draft->sync && weir_output_flush(atomic_load(&c->file.disk_fd)) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be flushed", draft->name,
                                c->name);
    return WEIR_OK;
}

/* Gives back the memory that the records did not take; the rest is to be the trace's. */
static void trim_memory(struct weir_columns_draft *draft, uint64_t n_records)
{
    const size_t unit = (size_t)sysconf(_SC_PAGESIZE);
    const uint64_t n_whole = (n_records + unit - 1) / unit * unit;
    if (n_whole >= draft->memory_records)
        return;
    const size_t used_bytes = (size_t)n_whole * record_bytes(&draft->schema);
    weir_mem_discharge(draft->mem, draft->memory_bytes - used_bytes);
    draft->memory_bytes = used_bytes;
}

static enum weir_status open_nameless(struct weir_columns_draft *draft, uint64_t n_records,
                                      struct weir_error *err)
{
    struct weir_columns_files files = {
        .mem = draft->mem, .place = draft->name, .schema = draft->schema, .n_records = n_records};
    size_t next = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (files.schema.field[f] != WEIR_TYPE_NONE)
            files.schema.field[f] = draft->column[next++].type;
    for (size_t i = 0; i < draft->n_columns; i++)
        files.file[i] = &draft->column[i].file;
    trim_memory(draft, n_records);
    files.memory_bytes = draft->memory_bytes;
    draft->memory_bytes = 0;
    return weir_columns_open_files(&files, draft->nameless.opened, err);
}

static enum weir_status close_columns(struct weir_columns_draft *draft, struct weir_error *err)
{
    for (size_t i = 0; i < draft->n_columns; i++) {
        const enum weir_status status = weir_split_file_close(&draft->column[i].file, err);
        if (status != WEIR_OK) {
            weir_error_prepend(err, "%s: column %s: ", draft->name, draft->column[i].name);
            return status;
        }
    }
    return WEIR_OK;
}

enum weir_status weir_columns_commit(struct weir_columns_draft *draft, uint64_t n_records,
                                     struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < draft->n_columns && status == WEIR_OK; i++)
        status = finish_column(draft, &draft->column[i], n_records, err);
    if (status == WEIR_OK && draft->target == NULL) {
        status = open_nameless(draft, n_records, err);
    } else if (status == WEIR_OK) {
        status = close_columns(draft, err);
        if (status == WEIR_OK) {
            status = weir_columns_target_commit(draft->target, err);
            draft->target = NULL;
        }
    }
    weir_columns_discard(draft);
    return status;
}

void weir_columns_discard(struct weir_columns_draft *draft)
{
    if (draft == NULL)
        return;
    for (size_t i = 0; i < draft->n_columns; i++) {
        (void)weir_split_file_close(&draft->column[i].file, NULL);
        (void)weir_split_file_close(&draft->column[i].wide_file, NULL);
    }
    weir_columns_target_discard(draft->target);
    weir_mem_discharge(draft->mem, draft->memory_bytes);
    weir_mem_free(draft->mem, draft->name);
    weir_mem_free(draft->mem, draft);
}
