/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces being written: a hidden directory beside the final one, exchanged with it when complete.
 */
#include "columns.h"
#include "columns_directory.h"
#include "copy.h"
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

#define COLUMNS_MAX    (WEIR_N_FIELDS + WEIR_CUSTOM_COLUMNS_MAX)
#define COPY_VALUES    8192
#define N_NAMES        100
#define NAME_SHOWN_MAX 200 /* of a long name in a hidden one, which may have 255 bytes */

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
    char *target; /* final path, links resolved */
    char *path;   /* the hidden directory */
    bool sync;
    bool replaces; /* target is there already */
    bool exists;   /* path was made */
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
    if (*fd >= 0)
        return WEIR_OK;
    const int reason = errno;
    weir_guard_drop_path(path);
    return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be created", path);
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

static enum weir_status set_target(struct weir_columns_draft *draft, const char *path,
                                   struct weir_error *err)
{
    draft->target = weir_mem_strdup(draft->mem, path);
    if (draft->target == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", path);
    char *end = draft->target + strlen(draft->target);
    while (end - draft->target > 1 && end[-1] == '/')
        *--end = '\0';
    return WEIR_OK;
}

/* A path without anything there yet: its last part must be a name. */
static enum weir_status resolve_new(struct weir_columns_draft *draft, const char *path,
                                    struct weir_error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return weir_error_set(err, WEIR_IO, "%s: a symbolic link to nothing", path);
    char copy[PATH_MAX];
    const int n = snprintf(copy, sizeof copy, "%s", path);
    const char *last = n <= 0 || n >= PATH_MAX ? "" : basename(copy);
    if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return weir_error_set(err, WEIR_IO, "%s: expected the name of a directory", path);
    return set_target(draft, path, err);
}

/* Refuses to replace a directory that holds anything but columns. */
static enum weir_status check_content(const struct weir_columns_draft *draft,
                                      struct weir_error *err)
{
    struct weir_columns_directory directory = {0};
    enum weir_status status =
        weir_columns_directory_read(draft->target, draft->mem, &directory, err);
    if (status == WEIR_OK && directory.foreign[0] != '\0')
        status = weir_error_set(err, WEIR_IO,
                                "%s: expected an absent or empty directory or a trace, but found "
                                "%s in it",
                                draft->target, directory.foreign);
    weir_columns_directory_release(&directory);
    return status;
}

/* Refuses at once what the exchange in the end could not do, or would do to somebody's harm. */
static enum weir_status check_exchange(const struct weir_columns_draft *draft,
                                       const struct stat *old, struct weir_error *err)
{
    struct stat st;
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", draft->target);
    if (stat(".", &st) == 0 && st.st_dev == old->st_dev && st.st_ino == old->st_ino)
        return weir_error_set(err, WEIR_IO, "%s: the working directory cannot be replaced",
                              draft->target);
    if (stat(dirname(parent), &st) == 0 && st.st_dev != old->st_dev)
        return weir_error_set(err, WEIR_IO,
                              "%s: a mount point cannot be replaced; name a "
                              "directory in it",
                              draft->target);
    if (faccessat(AT_FDCWD, draft->target, W_OK | X_OK, AT_EACCESS) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", draft->target);
    return WEIR_OK;
}

/* Finds the directory that `path` means, links followed. */
static enum weir_status resolve_target(struct weir_columns_draft *draft, const char *path,
                                       struct weir_error *err)
{
    struct stat old;
    char resolved[PATH_MAX];
    if (stat(path, &old) != 0)
        return errno == ENOENT ? resolve_new(draft, path, err)
                               : weir_error_errno(err, WEIR_IO, errno, "%s", path);
    if (!S_ISDIR(old.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a directory, but found a file", path);
    if (realpath(path, resolved) == NULL)
        return weir_error_errno(err, WEIR_IO, errno, "%s", path);
    draft->replaces = true;
    enum weir_status status = set_target(draft, resolved, err);
    if (status == WEIR_OK)
        status = check_content(draft, err);
    return status == WEIR_OK ? check_exchange(draft, &old, err) : status;
}

/* Makes the hidden directory ".NAME.weir-PID-i.tmp" beside the target. What replaces a private
 * trace must not be readable for a moment either. */
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
        const int n = snprintf(draft->path, PATH_MAX, "%s/.%.*s.weir-%ld-%d.tmp", directory,
                               NAME_SHOWN_MAX, last, (long)getpid(), i);
        if (n < 0 || n >= PATH_MAX)
            return weir_error_set(err, WEIR_LIMIT, "%s: path too long", draft->target);
        const enum weir_status guarded = weir_guard_add_path(draft->path, err);
        if (guarded != WEIR_OK)
            return guarded;
        if (mkdir(draft->path, draft->replaces ? 0700 : 0777) == 0) {
            draft->exists = true;
            return WEIR_OK;
        }
        const int reason = errno;
        weir_guard_drop_path(draft->path);
        if (reason != EEXIST)
            return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be created", draft->path);
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
    for (size_t i = 0; i < draft->n_columns; i++) {
        draft->column[i].fd = draft->column[i].wide_fd = -1;
        atomic_init(&draft->column[i].widened_at, UINT64_MAX);
    }
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
    enum weir_status status = resolve_target(d, path, err);
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
    const bool wide = begin >= atomic_load(&c->widened_at);
    const size_t bytes = weir_type_bytes(wide ? c->wide_type : c->type);
    return write_at(draft, c->name, wide ? c->wide_fd : c->fd, values, n * bytes, begin * bytes,
                    err);
}

enum weir_status weir_columns_copy(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                   const struct weir_columns_range *from, struct weir_error *err)
{
    const struct draft_column *c = &draft->column[column];
    const char *path = weir_columns_path(from->columns, column);
    const size_t bytes = weir_type_bytes(c->type);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", path);
    const enum weir_status status =
        weir_copy_range(&(struct weir_copy){.from = fd,
                                            .from_name = path,
                                            .from_offset = from->begin * bytes,
                                            .to = c->fd,
                                            .to_name = draft->target,
                                            .to_offset = begin * bytes,
                                            .n_bytes = from->n * bytes},
                        err);
    close(fd);
    return status;
}

enum weir_status weir_columns_widen(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                    enum weir_type type, struct weir_error *err)
{
    struct draft_column *c = &draft->column[column];
    const enum weir_status status = create_column(draft, c->name, type, &c->wide_fd, err);
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
                                    "%s: column %s cannot be read back", draft->target, c->name);
        for (size_t i = 0; i < n; i++)
            wide[i] = narrow[i];
        const enum weir_status status =
            write_at(draft, c->name, c->wide_fd, wide, n * sizeof *wide, done * sizeof *wide, err);
        if (status != WEIR_OK)
            return status;
        done += n;
    }
    close(c->fd);
    remove_column(draft, c->name, c->type);
    c->fd = c->wide_fd;
    c->type = c->wide_type;
    c->wide_fd = -1;
    c->wide_type = WEIR_TYPE_NONE;
    return WEIR_OK;
}

/* Finishes, checks, flushes and closes one column file. */
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
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s", draft->target, c->name);
    if ((uint64_t)st.st_size != want)
        return weir_error_set(err, WEIR_INTERNAL, "%s: column %s has %lld bytes instead of %llu",
                              draft->target, c->name, (long long)st.st_size,
                              (unsigned long long)want);
    if (draft->sync && weir_output_flush(c->fd) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be flushed",
                                draft->target, c->name);
    const int fd = c->fd;
    c->fd = -1;
    if (close(fd) != 0 && errno != EINTR)
        return weir_error_errno(err, WEIR_IO, errno, "%s: column %s cannot be closed",
                                draft->target, c->name);
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
    if (chown(draft->path, old->st_uid, old->st_gid) != 0 &&
        chown(draft->path, (uid_t)-1, old->st_gid) != 0 && errno != EPERM)
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

/* Gives the finished directory its name. Somebody else may have put something there meanwhile. */
static enum weir_status put_in_place(struct weir_columns_draft *draft, struct weir_error *err)
{
    struct stat old;
    if (lstat(draft->target, &old) != 0) {
        if (rename(draft->path, draft->target) != 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be renamed into place",
                                    draft->target);
        return WEIR_OK;
    }
    if (!S_ISDIR(old.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a directory, but found a file",
                              draft->target);
    const enum weir_status status = check_content(draft, err);
    return status == WEIR_OK ? replace_target(draft, &old, err) : status;
}

static enum weir_status swap_in(struct weir_columns_draft *draft, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    if (draft->sync)
        status = weir_output_flush_directory(draft->path, draft->target, err);
    if (status == WEIR_OK)
        status = put_in_place(draft, err);
    if (status != WEIR_OK)
        return status;
    draft->exists = false;
    if (!draft->sync)
        return WEIR_OK;
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", draft->target);
    return weir_output_flush_directory(dirname(parent), draft->target, err);
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
        if (c->wide_fd >= 0)
            close(c->wide_fd);
        if (draft->path == NULL)
            continue;
        if (draft->exists) {
            remove_column(draft, c->name, c->type);
            if (c->wide_type != WEIR_TYPE_NONE)
                remove_column(draft, c->name, c->wide_type);
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
