/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where traces come into being: a hidden directory, exchanged with the final one when complete. */
#include "columns_target.h"

#include "columns_directory.h"
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_NAMES        100
#define NAME_SHOWN_MAX 200 /* of a long name in a hidden one, which may have 255 bytes */

struct weir_columns_target {
    struct weir_mem *mem;
    char *target; /* final path, links resolved */
    char *path;   /* the hidden directory */
    bool sync;
    bool replaces; /* target is there already */
    bool exists;   /* path was made, and has that name still */
};

static bool file_path(const struct weir_columns_target *target, const char *name,
                      enum weir_type type, char *path)
{
    const int n = snprintf(path, PATH_MAX, "%s/%s.%c", target->path, name, weir_type_code(type));
    return n > 0 && n < PATH_MAX;
}

static enum weir_status set_target(struct weir_columns_target *target, const char *path,
                                   struct weir_error *err)
{
    target->target = weir_mem_strdup(target->mem, path);
    if (target->target == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", path);
    char *end = target->target + strlen(target->target);
    while (end - target->target > 1 && end[-1] == '/')
        *--end = '\0';
    return WEIR_OK;
}

/* A path without anything there yet: its last part must be a name. */
static enum weir_status resolve_new(struct weir_columns_target *target, const char *path,
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
    return set_target(target, path, err);
}

/* Refuses to replace a directory that holds anything but columns. */
static enum weir_status check_content(const struct weir_columns_target *target,
                                      struct weir_error *err)
{
    struct weir_columns_directory directory = {0};
    enum weir_status status =
        weir_columns_directory_read(target->target, target->mem, &directory, err);
    if (status == WEIR_OK && directory.foreign[0] != '\0')
        status = weir_error_set(err, WEIR_IO,
                                "%s: expected an absent or empty directory or a trace, but found "
                                "%s in it",
                                target->target, directory.foreign);
    weir_columns_directory_release(&directory);
    return status;
}

/* Refuses at once what the exchange in the end could not do, or would do to somebody's harm. */
static enum weir_status check_exchange(const struct weir_columns_target *target,
                                       const struct stat *old, struct weir_error *err)
{
    struct stat st;
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", target->target);
    if (stat(".", &st) == 0 && st.st_dev == old->st_dev && st.st_ino == old->st_ino)
        return weir_error_set(err, WEIR_IO, "%s: the working directory cannot be replaced",
                              target->target);
    if (stat(dirname(parent), &st) == 0 && st.st_dev != old->st_dev)
        return weir_error_set(err, WEIR_IO,
                              "%s: a mount point cannot be replaced; name a "
                              "directory in it",
                              target->target);
    if (faccessat(AT_FDCWD, target->target, W_OK | X_OK, AT_EACCESS) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", target->target);
    return WEIR_OK;
}

/* Finds the directory that `path` means, links followed. */
static enum weir_status resolve_target(struct weir_columns_target *target, const char *path,
                                       struct weir_error *err)
{
    struct stat old;
    char resolved[PATH_MAX];
    if (stat(path, &old) != 0)
        return errno == ENOENT ? resolve_new(target, path, err)
                               : weir_error_errno(err, WEIR_IO, errno, "%s", path);
    if (!S_ISDIR(old.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a directory, but found a file", path);
    if (realpath(path, resolved) == NULL)
        return weir_error_errno(err, WEIR_IO, errno, "%s", path);
    target->replaces = true;
    enum weir_status status = set_target(target, resolved, err);
    if (status == WEIR_OK)
        status = check_content(target, err);
    return status == WEIR_OK ? check_exchange(target, &old, err) : status;
}

/* Makes the hidden directory ".NAME.weir-PID-i.tmp" beside the target. What replaces a private
 * trace must not be readable for a moment either. */
static enum weir_status make_hidden(struct weir_columns_target *target, struct weir_error *err)
{
    char parent[PATH_MAX];
    char name[PATH_MAX];
    if (strlen(target->target) >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "%s: path too long", target->target);
    snprintf(parent, sizeof parent, "%s", target->target);
    snprintf(name, sizeof name, "%s", target->target);
    const char *directory = dirname(parent);
    const enum weir_status status = weir_output_make_directory(directory, err);
    if (status != WEIR_OK)
        return status;
    target->path = weir_mem_alloc(target->mem, PATH_MAX);
    if (target->path == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", target->target);
    const char *last = basename(name);
    for (int i = 0; i < N_NAMES; i++) {
        const int n = snprintf(target->path, PATH_MAX, "%s/.%.*s.weir-%ld-%d.tmp", directory,
                               NAME_SHOWN_MAX, last, (long)getpid(), i);
        if (n < 0 || n >= PATH_MAX)
            return weir_error_set(err, WEIR_LIMIT, "%s: path too long", target->target);
        const enum weir_status guarded = weir_guard_add_path(target->path, err);
        if (guarded != WEIR_OK)
            return guarded;
        if (mkdir(target->path, target->replaces ? 0700 : 0777) == 0) {
            target->exists = true;
            return WEIR_OK;
        }
        const int reason = errno;
        weir_guard_drop_path(target->path);
        if (reason != EEXIST)
            return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be created", target->path);
    }
    return weir_error_set(err, WEIR_IO, "%s: too many unfinished outputs beside it",
                          target->target);
}

enum weir_status weir_columns_target_new(const char *path, bool sync, struct weir_mem *mem,
                                         struct weir_columns_target **target,
                                         struct weir_error *err)
{
    struct weir_columns_target *t = weir_mem_zalloc(mem, 1, sizeof *t);
    if (t == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", path);
    t->mem = mem;
    t->sync = sync;
    enum weir_status status = resolve_target(t, path, err);
    if (status == WEIR_OK)
        status = make_hidden(t, err);
    if (status != WEIR_OK) {
        weir_columns_target_discard(t);
        return status;
    }
    *target = t;
    return WEIR_OK;
}

enum weir_status weir_columns_target_make_file(const struct weir_columns_target *target,
                                               const char *name, enum weir_type type, int *fd,
                                               struct weir_error *err)
{
    char path[PATH_MAX];
    if (!file_path(target, name, type, path))
        return weir_error_set(err, WEIR_LIMIT, "%s: path too long", target->target);
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

void weir_columns_target_remove_file(const struct weir_columns_target *target, const char *name,
                                     enum weir_type type)
{
    char path[PATH_MAX];
    if (!file_path(target, name, type, path))
        return;
    unlink(path);
    weir_guard_drop_path(path);
}

/* Removes what has the hidden name: the unfinished trace, or the one that was replaced. */
static void remove_hidden(struct weir_columns_target *target)
{
    weir_columns_directory_remove(target->path);
    target->exists = false;
}

/* Puts the finished directory in the place of the one that is there. */
static enum weir_status replace_target(struct weir_columns_target *target, const struct stat *old,
                                       struct weir_error *err)
{
    if (chmod(target->path, old->st_mode & 07777) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot take over its permissions",
                                target->target);
    if (chown(target->path, old->st_uid, old->st_gid) != 0 &&
        chown(target->path, (uid_t)-1, old->st_gid) != 0 && errno != EPERM)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot take over its owner",
                                target->target);
    if (renameat2(AT_FDCWD, target->path, AT_FDCWD, target->target, RENAME_EXCHANGE) == 0) {
        remove_hidden(target);
        return WEIR_OK;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", target->target);
    /* Without an exchange the old trace steps aside first, and back should the second step fail. */
    char aside[PATH_MAX];
    const int n = snprintf(aside, sizeof aside, "%s.old", target->path);
    if (n < 0 || n >= PATH_MAX || rename(target->target, aside) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", target->target);
    if (rename(target->path, target->target) != 0) {
        const int error = errno;
        (void)rename(aside, target->target);
        return weir_error_errno(err, WEIR_IO, error, "%s: cannot be replaced", target->target);
    }
    if (rename(aside, target->path) == 0)
        remove_hidden(target);
    return WEIR_OK;
}

/* Gives the finished directory its name. Somebody else may have put something there meanwhile. */
static enum weir_status put_in_place(struct weir_columns_target *target, struct weir_error *err)
{
    struct stat old;
    if (lstat(target->target, &old) != 0) {
        if (rename(target->path, target->target) != 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be renamed into place",
                                    target->target);
        return WEIR_OK;
    }
    if (!S_ISDIR(old.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a directory, but found a file",
                              target->target);
    const enum weir_status status = check_content(target, err);
    return status == WEIR_OK ? replace_target(target, &old, err) : status;
}

enum weir_status weir_columns_target_commit(struct weir_columns_target *target,
                                            struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    if (target->sync)
        status = weir_output_flush_directory(target->path, target->target, err);
    if (status == WEIR_OK)
        status = put_in_place(target, err);
    if (status == WEIR_OK)
        target->exists = false;
    if (status == WEIR_OK && target->sync) {
        char parent[PATH_MAX];
        snprintf(parent, sizeof parent, "%s", target->target);
        status = weir_output_flush_directory(dirname(parent), target->target, err);
    }
    weir_columns_target_discard(target);
    return status;
}

void weir_columns_target_discard(struct weir_columns_target *target)
{
    if (target == NULL)
        return;
    if (target->exists)
        remove_hidden(target);
    if (target->path != NULL)
        weir_guard_drop_tree(target->path);
    weir_mem_free(target->mem, target->path);
    weir_mem_free(target->mem, target->target);
    weir_mem_free(target->mem, target);
}
