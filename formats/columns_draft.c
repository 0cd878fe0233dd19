/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces being written: a hidden directory beside the final one, exchanged with it when complete.
 */
#include "columns.h"
#include "columns_directory.h"
#include "field.h"
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COLUMNS_MAX       (WEIR_N_FIELDS + WEIR_CUSTOM_COLUMNS_MAX)
#define COPY_VALUES       8192
#define N_NAMES           100
#define TRACE_SUFFIX_SIZE 4 /* "/", ".", code, NUL */

struct draft_column {
    char name[WEIR_COLUMN_NAME_MAX];
    enum weir_type type;       /* of the file that is open */
    enum weir_type first_type; /* of the records before `widened_at`; NONE: not widened */
    uint64_t widened_at;
    int fd;
    int first_fd;
};

struct weir_columns_draft {
    struct weir_mem *mem;
    char *target; /* final path, links resolved */
    char *path;   /* the hidden directory */
    bool sync;
    bool exists; /* path was made */
    size_t n_columns;
    struct draft_column column[COLUMNS_MAX];
};

static bool column_path(const struct weir_columns_draft *draft, const char *name,
                        enum weir_type type, char *path)
{
    const int n = snprintf(path, PATH_MAX, "%s/%s.%c", draft->path, name, weir_type_code(type));
    return n > 0 && n < PATH_MAX;
}

static enum weir_status create_column(const struct weir_columns_draft *draft, const char *name,
                                      enum weir_type type, int *fd, struct weir_error *err)
{
    char path[PATH_MAX];
    if (!column_path(draft, name, type, path))
        return weir_error_set(err, WEIR_LIMIT, "%s: path too long", draft->target);
    const enum weir_status status = weir_guard_add_path(path, err);
    if (status != WEIR_OK)
        return status;
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (*fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be created", path);
    return WEIR_OK;
}

static void remove_column(const struct weir_columns_draft *draft, const char *name,
                          enum weir_type type)
{
    char path[PATH_MAX];
    if (!column_path(draft, name, type, path))
        return;
    unlink(path);
    weir_guard_drop_path(path);
}

/* The directory that `path` really is (links followed), or `path` itself when it does not exist. */
static enum weir_status resolve_target(const char *path, struct weir_mem *mem, char **target,
                                       bool *exists, struct weir_error *err)
{
    struct stat st;
    *exists = stat(path, &st) == 0;
    if (!*exists && errno != ENOENT)
        return weir_error_errno(err, WEIR_IO, errno, "%s", path);
    if (*exists && !S_ISDIR(st.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a directory, but found a file", path);
    char resolved[PATH_MAX];
    if (*exists && realpath(path, resolved) == NULL)
        return weir_error_errno(err, WEIR_IO, errno, "%s", path);
    *target = weir_mem_strdup(mem, *exists ? resolved : path);
    if (*target == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", path);
    char *end = *target + strlen(*target);
    while (end - *target > 1 && end[-1] == '/')
        *--end = '\0';
    return WEIR_OK;
}

/* Refuses to replace a directory that holds anything but columns. */
static enum weir_status check_replaceable(const char *target, struct weir_mem *mem,
                                          struct weir_error *err)
{
    struct weir_columns_directory directory = {0};
    enum weir_status status = weir_columns_directory_read(target, mem, &directory, err);
    if (status == WEIR_OK && directory.foreign[0] != '\0')
        status = weir_error_set(err, WEIR_IO,
                                "%s: expected an absent or empty directory or a trace, but found "
                                "%s in it",
                                target, directory.foreign);
    weir_columns_directory_release(&directory);
    return status;
}

/* Makes the hidden directory ".NAME.weir-PID-i.tmp" beside the target. */
static enum weir_status make_hidden(struct weir_columns_draft *draft, struct weir_error *err)
{
    char parent[PATH_MAX];
    char name[PATH_MAX];
    if (strlen(draft->target) >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "%s: path too long", draft->target);
    snprintf(parent, sizeof parent, "%s", draft->target);
    snprintf(name, sizeof name, "%s", draft->target);
    const char *directory = dirname(parent);
    const enum weir_status status = weir_output_make_directory(directory, err);
    if (status != WEIR_OK)
        return status;
    draft->path = weir_mem_alloc(draft->mem, PATH_MAX);
    if (draft->path == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", draft->target);
    const char *last = basename(name);
    for (int i = 0; i < N_NAMES; i++) {
        const int n = snprintf(draft->path, PATH_MAX, "%s/.%s.weir-%ld-%d.tmp", directory, last,
                               (long)getpid(), i);
        if (n < 0 || n >= PATH_MAX)
            return weir_error_set(err, WEIR_LIMIT, "%s: path too long", draft->target);
        const enum weir_status guarded = weir_guard_add_path(draft->path, err);
        if (guarded != WEIR_OK)
            return guarded;
        if (mkdir(draft->path, 0777) == 0) {
            draft->exists = true;
            return WEIR_OK;
        }
        weir_guard_drop_path(draft->path);
        if (errno != EEXIST)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be created", draft->path);
    }
    return weir_error_set(err, WEIR_IO, "%s: too many unfinished outputs beside it", draft->target);
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
    for (size_t i = 0; i < draft->n_columns; i++)
        draft->column[i].fd = draft->column[i].first_fd = -1;
}

enum weir_status weir_columns_create(const char *path, const struct weir_schema *schema, bool sync,
                                     struct weir_mem *mem, struct weir_columns_draft **draft,
                                     struct weir_error *err)
{
    if (strcmp(path, "-") == 0)
        return weir_error_set(
            err, WEIR_USAGE, "a trace is a directory: --output must name one, not standard output");
    struct weir_columns_draft *d = weir_mem_zalloc(mem, 1, sizeof *d);
    if (d == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", path);
    d->mem = mem;
    d->sync = sync;
    list_columns(d, schema);
    bool exists = false;
    enum weir_status status = resolve_target(path, mem, &d->target, &exists, err);
    if (status == WEIR_OK && exists)
        status = check_replaceable(d->target, mem, err);
    if (status == WEIR_OK)
        status = make_hidden(d, err);
    for (size_t i = 0; i < d->n_columns && status == WEIR_OK; i++)
        status = create_column(d, d->column[i].name, d->column[i].type, &d->column[i].fd, err);
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
                                    draft->target, name);
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
    const bool early = c->first_type != WEIR_TYPE_NONE && begin < c->widened_at;
    const size_t bytes = weir_type_bytes(early ? c->first_type : c->type);
    return write_at(draft, c->name, early ? c->first_fd : c->fd, values, n * bytes, begin * bytes,
                    err);
}

enum weir_status weir_columns_widen(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                    enum weir_type type, struct weir_error *err)
{
    struct draft_column *c = &draft->column[column];
    int fd = -1;
    const enum weir_status status = create_column(draft, c->name, type, &fd, err);
    if (status != WEIR_OK) {
        if (fd >= 0)
            close(fd);
        return status;
    }
    c->first_type = c->type;
    c->first_fd = c->fd;
    c->widened_at = begin;
    c->type = type;
    c->fd = fd;
    return WEIR_OK;
}

/* Converts the records before `widened_at` into the wide file and removes the narrow one. */
static enum weir_status finish_widening(struct weir_columns_draft *draft, struct draft_column *c,
                                        struct weir_error *err)
{
    uint16_t narrow[COPY_VALUES];
    uint32_t wide[COPY_VALUES];
    if (c->first_type != WEIR_U16 || c->type != WEIR_U32)
        return weir_error_set(err, WEIR_INTERNAL, "column %s: widening of these types", c->name);
    for (uint64_t done = 0; done < c->widened_at;) {
        const size_t left = (size_t)(c->widened_at - done);
        const size_t n = left < COPY_VALUES ? left : COPY_VALUES;
        const size_t bytes = n * sizeof *narrow;
        const ssize_t got = pread(c->first_fd, narrow, bytes, (off_t)(done * sizeof *narrow));
        if (got != (ssize_t)bytes)
            return weir_error_errno(err, WEIR_IO, got < 0 ? errno : EIO,
                                    "%s: column %s cannot be read back", draft->target, c->name);
        for (size_t i = 0; i < n; i++)
            wide[i] = narrow[i];
        const enum weir_status status =
            write_at(draft, c->name, c->fd, wide, n * sizeof *wide, done * sizeof *wide, err);
        if (status != WEIR_OK)
            return status;
        done += n;
    }
    close(c->first_fd);
    c->first_fd = -1;
    remove_column(draft, c->name, c->first_type);
    c->first_type = WEIR_TYPE_NONE;
    return WEIR_OK;
}

/* Finishes, checks, flushes and closes one column file. */
static enum weir_status finish_column(struct weir_columns_draft *draft, struct draft_column *c,
                                      uint64_t n_records, struct weir_error *err)
{
    if (c->first_type != WEIR_TYPE_NONE) {
        const enum weir_status status = finish_widening(draft, c, err);
        if (status != WEIR_OK)
            return status;
    }
    struct stat st;
    const uint64_t want = n_records * weir_type_bytes(c->type);
    if (fstat(c->fd, &st) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s", draft->target, c->name);
    if ((uint64_t)st.st_size != want)
        return weir_error_set(err, WEIR_INTERNAL, "%s: column %s has %lld bytes instead of %llu",
                              draft->target, c->name, (long long)st.st_size,
                              (unsigned long long)want);
    if (draft->sync && fsync(c->fd) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be flushed",
                                draft->target, c->name);
    const int fd = c->fd;
    c->fd = -1;
    if (close(fd) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be closed",
                                draft->target, c->name);
    return WEIR_OK;
}

static enum weir_status flush_directory(const char *path, struct weir_error *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s", path);
    const int result = fsync(fd);
    const int error = errno;
    close(fd);
    if (result != 0 && error != EINVAL && error != ENOTSUP) /* some file systems cannot */
        return weir_error_errno(err, WEIR_IO, error, "%s: cannot be flushed", path);
    return WEIR_OK;
}

/* Removes the trace that now has the hidden name. */
static void remove_replaced(const struct weir_columns_draft *draft)
{
    struct weir_columns_directory directory = {0};
    if (weir_columns_directory_read(draft->path, draft->mem, &directory, NULL) == WEIR_OK)
        for (size_t i = 0; i < directory.n_files; i++) {
            char path[PATH_MAX];
            const int n = snprintf(path, sizeof path, "%s/%s.%c", draft->path,
                                   directory.files[i].name, directory.files[i].code);
            if (n > 0 && n < PATH_MAX)
                unlink(path);
        }
    weir_columns_directory_release(&directory);
    rmdir(draft->path);
}

/* Puts the finished directory in the place of the one that is there. */
static enum weir_status replace_target(struct weir_columns_draft *draft, const struct stat *old,
                                       struct weir_error *err)
{
    if (chmod(draft->path, old->st_mode & 07777) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot take over its permissions",
                                draft->target);
    if (chown(draft->path, old->st_uid, old->st_gid) != 0 && errno != EPERM)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot take over its owner",
                                draft->target);
    if (renameat2(AT_FDCWD, draft->path, AT_FDCWD, draft->target, RENAME_EXCHANGE) == 0) {
        remove_replaced(draft);
        return WEIR_OK;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", draft->target);
    /* Without an exchange the old trace steps aside first, and back should the second step fail. */
    char aside[PATH_MAX];
    const int n = snprintf(aside, sizeof aside, "%s.old", draft->path);
    if (n < 0 || n >= PATH_MAX || rename(draft->target, aside) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", draft->target);
    if (rename(draft->path, draft->target) != 0) {
        const int error = errno;
        (void)rename(aside, draft->target);
        return weir_error_errno(err, WEIR_IO, error, "%s: cannot be replaced", draft->target);
    }
    if (rename(aside, draft->path) == 0)
        remove_replaced(draft);
    return WEIR_OK;
}

static enum weir_status swap_in(struct weir_columns_draft *draft, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    if (draft->sync)
        status = flush_directory(draft->path, err);
    if (status != WEIR_OK)
        return status;
    struct stat old;
    if (lstat(draft->target, &old) == 0)
        status = replace_target(draft, &old, err);
    else if (rename(draft->path, draft->target) != 0)
        status = weir_error_errno(err, WEIR_IO, errno, "%s: cannot be renamed into place",
                                  draft->target);
    if (status != WEIR_OK)
        return status;
    draft->exists = false;
    if (!draft->sync)
        return WEIR_OK;
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", draft->target);
    return flush_directory(dirname(parent), err);
}

enum weir_status weir_columns_commit(struct weir_columns_draft *draft, uint64_t n_records,
                                     struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < draft->n_columns && status == WEIR_OK; i++)
        status = finish_column(draft, &draft->column[i], n_records, err);
    if (status == WEIR_OK)
        status = swap_in(draft, err);
    weir_columns_discard(draft);
    return status;
}

void weir_columns_discard(struct weir_columns_draft *draft)
{
    if (draft == NULL)
        return;
    for (size_t i = 0; i < draft->n_columns; i++) {
        struct draft_column *c = &draft->column[i];
        if (c->fd >= 0)
            close(c->fd);
        if (c->first_fd >= 0)
            close(c->first_fd);
        if (draft->path == NULL)
            continue;
        if (draft->exists) {
            remove_column(draft, c->name, c->type);
            if (c->first_type != WEIR_TYPE_NONE)
                remove_column(draft, c->name, c->first_type);
        } else {
            char path[PATH_MAX];
            if (column_path(draft, c->name, c->type, path))
                weir_guard_drop_path(path);
        }
    }
    if (draft->path != NULL) {
        if (draft->exists)
            rmdir(draft->path);
        weir_guard_drop_path(draft->path);
    }
    weir_mem_free(draft->mem, draft->path);
    weir_mem_free(draft->mem, draft->target);
    weir_mem_free(draft->mem, draft);
}
