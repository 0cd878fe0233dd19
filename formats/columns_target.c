/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where traces come into being: a hidden directory, exchanged with the final one when complete. It
 * lies beside the final one, or inside where that is a mount point, whose columns are replaced. */
#include "columns_target.h"

#include "columns_directory.h"
#include "columns_journal.h"
#include "guard.h"
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_NAMES 100
#define WITHIN  "/trace" /* hidden names in a mount point are made for that one */

struct weir_columns_target {
    struct weir_mem *mem;
    char *target; /* final path, links resolved */
    char *path;   /* the hidden directory */
    int fd;       /* of path, which it claims; or -1 */
    bool sync;
    bool replaces; /* target is there already */
    bool inside;   /* target cannot be exchanged: path lies in it */
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

/* True when `path` is the root of a mounted file system, which nothing can be exchanged with. */
static bool is_mount_point(const char *path, const struct stat *st)
{
    char parent[PATH_MAX];
    struct stat above;
    struct statx more;
    if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &more) == 0 &&
        (more.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
        return (more.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    snprintf(parent, sizeof parent, "%s", path); /* an old kernel: bind mounts are not seen */
    return stat(dirname(parent), &above) == 0 &&
           (above.st_dev != st->st_dev || above.st_ino == st->st_ino);
}

/* Refuses at once what the exchange in the end could not do, or would do to somebody's harm. */
static enum weir_status check_exchange(struct weir_columns_target *target, const struct stat *old,
                                       struct weir_error *err)
{
    struct stat st;
    target->inside = is_mount_point(target->target, old);
    if (!target->inside && stat(".", &st) == 0 && st.st_dev == old->st_dev &&
        st.st_ino == old->st_ino)
        return weir_error_set(err, WEIR_IO, "%s: the working directory cannot be replaced",
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
        status = weir_columns_journal_complete(target->target, err);
    if (status == WEIR_OK)
        status = check_content(target, err);
    return status == WEIR_OK ? check_exchange(target, &old, err) : status;
}

/* Makes and claims the directory target->path; *taken: somebody has that name, try another. What
 * replaces a private trace must not be readable for a moment either. */
static enum weir_status make_claimed(struct weir_columns_target *target, bool *taken,
                                     struct weir_error *err)
{
    *taken = false;
    const enum weir_status status = weir_guard_add_path(target->path, err);
    if (status != WEIR_OK)
        return status;
    if (mkdir(target->path, target->replaces ? 0700 : 0777) != 0) {
        const int reason = errno;
        weir_guard_drop_path(target->path);
        *taken = reason == EEXIST;
        return *taken
                   ? WEIR_OK
                   : weir_error_errno(err, WEIR_IO, reason, "%s: cannot be created", target->path);
    }
    target->exists = true;
    target->fd = open(target->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (target->fd < 0 && errno != ENOENT)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be created", target->path);
    if (target->fd >= 0 && weir_temporary_claim(target->fd, target->path))
        return WEIR_OK;
    if (target->fd >= 0)
        close(target->fd);
    target->fd = -1;
    target->exists = false;
    weir_guard_drop_path(target->path);
    *taken = true;
    return WEIR_OK;
}

void weir_columns_target_sweep(const char *path)
{
    struct stat st;
    char resolved[PATH_MAX];
    char final[PATH_MAX + sizeof WITHIN];
    if (stat(path, &st) != 0 || realpath(path, resolved) == NULL)
        return;
    const char *within = is_mount_point(resolved, &st) ? WITHIN : "";
    const int n = snprintf(final, sizeof final, "%s%s", resolved, within);
    if (n > 0 && n < PATH_MAX)
        weir_temporary_sweep(final);
}

/* Makes the hidden directory. */
static enum weir_status make_hidden(struct weir_columns_target *target, struct weir_error *err)
{
    char parent[PATH_MAX];
    char final[PATH_MAX];
    const int n =
        snprintf(final, sizeof final, "%s%s", target->target, target->inside ? WITHIN : "");
    if (n < 0 || n >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "%s: path too long", target->target);
    memcpy(parent, final, sizeof parent);
    enum weir_status status = weir_output_make_directory(dirname(parent), err);
    if (status != WEIR_OK)
        return status;
    target->path = weir_mem_alloc(target->mem, PATH_MAX);
    if (target->path == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to create it", target->target);
    weir_temporary_sweep(final);
    for (int i = 0; i < N_NAMES; i++) {
        bool taken = false;
        if (!weir_temporary_path(final, i, target->path))
            return weir_error_set(err, WEIR_LIMIT, "%s: path too long", target->target);
        status = make_claimed(target, &taken, err);
        if (status != WEIR_OK || !taken)
            return status;
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
    t->fd = -1;
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

/* Puts the finished columns in the place of those that are there. */
static enum weir_status replace_columns(struct weir_columns_target *target, struct weir_error *err)
{
    bool committed = false;
    if (chmod(target->path, 0700) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", target->target);
    const enum weir_status status = weir_columns_journal_commit(
        target->target, target->path, target->sync, target->mem, &committed, err);
    if (committed)
        target->exists = false;
    return status;
}

/* Puts the finished directory in the place of the one that is there. */
static enum weir_status replace_target(struct weir_columns_target *target, const struct stat *old,
                                       struct weir_error *err)
{
    if (target->inside)
        return replace_columns(target, err);
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
    if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP)
        return replace_columns(target, err);
    return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", target->target);
}

/* Gives the finished directory its name. Somebody else may have put something there meanwhile. */
static enum weir_status put_in_place(struct weir_columns_target *target, struct weir_error *err)
{
    struct stat old;
    if (lstat(target->target, &old) != 0) {
        if (rename(target->path, target->target) != 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be renamed into place",
                                    target->target);
        target->exists = false;
        return WEIR_OK;
    }
    if (!S_ISDIR(old.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a directory, but found a file",
                              target->target);
    enum weir_status status = weir_columns_journal_complete(target->target, err);
    if (status == WEIR_OK)
        status = check_content(target, err);
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
    if (target->fd >= 0)
        close(target->fd);
    weir_mem_free(target->mem, target->path);
    weir_mem_free(target->mem, target->target);
    weir_mem_free(target->mem, target);
}
