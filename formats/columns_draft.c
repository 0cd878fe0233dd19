/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces being written: one file per column, filled at any place in any order. */
#include "columns.h"
#include "columns_files.h"
#include "columns_target.h"
#include "copy.h"
#include "field.h"
#include "guard.h"
#include "scratch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_VALUES 8192

/* Threads write earlier records while another one widens the column: what they look at does not
 * change, and `widened_at` is set last. */
struct draft_column {
    char name[WEIR_COLUMN_NAME_MAX];
    enum weir_type type;
    enum weir_type wide_type; /* of the records from `widened_at` on; NONE: not widened */
    int fd;
    int wide_fd;
    atomic_uint_least64_t widened_at; /* UINT64_MAX: not widened */
};

struct weir_columns_draft {
    struct weir_mem *mem;
    char *name;                         /* of the trace or of the scratch directory, for messages */
    struct weir_columns_target *target; /* where its files have names; NULL: nameless files */
    bool sync;
    struct weir_schema schema; /* as it was asked for */
    size_t n_columns;
    struct draft_column column[WEIR_COLUMNS_MAX];
};

static enum weir_status make_file(const struct weir_columns_draft *draft, const char *name,
                                  enum weir_type type, int *fd, struct weir_error *err)
{
    return draft->target == NULL
               ? weir_scratch_open(draft->name, fd, err)
               : weir_columns_target_make_file(draft->target, name, type, fd, err);
}

static void remove_file(const struct weir_columns_draft *draft, const char *name,
                        enum weir_type type, int fd)
{
    close(fd);
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
        draft->column[i].fd = draft->column[i].wide_fd = -1;
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
        status = make_file(draft, c->name, c->type, &c->fd, err);
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

enum weir_status weir_columns_create_scratch(const char *directory,
                                             const struct weir_schema *schema, struct weir_mem *mem,
                                             struct weir_columns_draft **draft,
                                             struct weir_error *err)
{
    struct weir_columns_draft *d = NULL;
    enum weir_status status = new_draft(directory, schema, mem, &d, err);
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

static enum weir_status write_at(const struct weir_columns_draft *draft, const char *name, int fd,
                                 const void *bytes, size_t n, uint64_t offset,
                                 struct weir_error *err)
{
    const char *next = bytes;
    while (n > 0) {
        const ssize_t written = pwrite(fd, next, n, (off_t)offset);
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
    const struct draft_column *c = &draft->column[column];
    const bool wide = begin >= atomic_load(&c->widened_at);
    const size_t bytes = weir_type_bytes(wide ? c->wide_type : c->type);
    return write_at(draft, c->name, wide ? c->wide_fd : c->fd, values, n * bytes, begin * bytes,
                    err);
}

enum weir_status weir_columns_copy(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                   const struct weir_columns_range *from, struct weir_error *err)
{
    const struct draft_column *c = &draft->column[column];
    const size_t bytes = weir_type_bytes(c->type);
    struct weir_copy copy = {.from = -1,
                             .from_offset = from->begin * bytes,
                             .to = c->fd,
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
    const enum weir_status status = make_file(draft, c->name, type, &c->wide_fd, err);
    if (status != WEIR_OK)
        return status;
    c->wide_type = type;
    atomic_store(&c->widened_at, begin);
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
        const size_t bytes = n * sizeof *narrow;
        const ssize_t got = pread(c->fd, narrow, bytes, (off_t)(done * sizeof *narrow));
        if (got != (ssize_t)bytes)
            return weir_error_errno(err, WEIR_IO, got < 0 ? errno : EIO,
                                    "%s: column %s cannot be read back", draft->name, c->name);
        for (size_t i = 0; i < n; i++)
            wide[i] = narrow[i];
        const enum weir_status status =
            write_at(draft, c->name, c->wide_fd, wide, n * sizeof *wide, done * sizeof *wide, err);
        if (status != WEIR_OK)
            return status;
        done += n;
    }
    remove_file(draft, c->name, c->type, c->fd);
    c->fd = c->wide_fd;
    c->type = c->wide_type;
    c->wide_fd = -1;
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
    struct stat st;
    const uint64_t want = n_records * weir_type_bytes(c->type);
    if (fstat(c->fd, &st) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s", draft->name, c->name);
    if ((uint64_t)st.st_size != want)
        return weir_error_set(err, WEIR_INTERNAL, "%s: column %s has %lld bytes instead of %llu",
                              draft->name, c->name, (long long)st.st_size,
                              (unsigned long long)want);
    if (draft->sync && weir_output_flush(c->fd) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be flushed", draft->name,
                                c->name);
    return WEIR_OK;
}

static enum weir_status close_column(const struct weir_columns_draft *draft, struct draft_column *c,
                                     struct weir_error *err)
{
    const int fd = c->fd;
    c->fd = -1;
    if (close(fd) != 0 && errno != EINTR)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be closed", draft->name,
                                c->name);
    return WEIR_OK;
}

enum weir_status weir_columns_commit(struct weir_columns_draft *draft, uint64_t n_records,
                                     struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < draft->n_columns && status == WEIR_OK; i++) {
        status = finish_column(draft, &draft->column[i], n_records, err);
        if (status == WEIR_OK)
            status = close_column(draft, &draft->column[i], err);
    }
    if (status == WEIR_OK) {
        status = weir_columns_target_commit(draft->target, err);
        draft->target = NULL;
    }
    weir_columns_discard(draft);
    return status;
}

enum weir_status weir_columns_draft_finish(struct weir_columns_draft *draft, uint64_t n_records,
                                           struct weir_columns_files *files, struct weir_error *err)
{
    size_t next = 0;
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < draft->n_columns && status == WEIR_OK; i++)
        status = finish_column(draft, &draft->column[i], n_records, err);
    *files = (struct weir_columns_files){.mem = draft->mem, .place = draft->name};
    files->schema = draft->schema;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (files->schema.field[f] != WEIR_TYPE_NONE)
            files->schema.field[f] = draft->column[next++].type;
    for (size_t i = 0; i < draft->n_columns; i++)
        files->fd[i] = draft->column[i].fd;
    return status;
}

void weir_columns_discard(struct weir_columns_draft *draft)
{
    if (draft == NULL)
        return;
    for (size_t i = 0; i < draft->n_columns; i++) {
        if (draft->column[i].fd >= 0)
            close(draft->column[i].fd);
        if (draft->column[i].wide_fd >= 0)
            close(draft->column[i].wide_fd);
    }
    weir_columns_target_discard(draft->target);
    weir_mem_free(draft->mem, draft->name);
    weir_mem_free(draft->mem, draft);
}
