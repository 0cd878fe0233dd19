/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that appear complete under their name, or not at all. */
#include "output.h"

#include "copy.h"
#include "guard.h"
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYMLINKS_MAX  40 /* as the kernel's own limit */
#define TEMPORARY_MAX 10000

struct weir_output {
    struct weir_mem *mem;
    char *name;      /* as messages show it */
    char *target;    /* where the file will be; NULL for streams */
    char *temporary; /* where it is written; NULL for streams */
    int fd;
    int claim_fd; /* keeps the claim on `temporary` when fd is closed, or -1 */
    bool own_fd;
    bool sync;
    uint64_t n_written; /* position of weir_output_write in a file */
};

/* Length of the directory part of `path`, its last slash included; 0 without one. */
static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static enum weir_status make_one_directory(const char *path, const char *wanted,
                                           struct weir_error *err)
{
    struct stat st;
    if (mkdir(path, 0777) == 0)
        return WEIR_OK;
    const int reason = errno;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return WEIR_OK;
        return weir_error_set(err, WEIR_IO, "%s: expected a directory, but %s is none", wanted,
                              path);
    }
    return weir_error_errno(err, WEIR_IO, reason, "%s: directory cannot be made", path);
}

enum weir_status weir_output_make_directory(const char *path, struct weir_error *err)
{
    char part[PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return weir_error_set(err, WEIR_IO, "%s: expected the path of a directory", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        if (path[i - 1] == '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        const enum weir_status status = make_one_directory(part, path, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* Follows a link to a file that does not exist yet. `path` has room for PATH_MAX characters. */
static enum weir_status follow_links(char *path, struct weir_error *err)
{
    for (int i = 0; i < SYMLINKS_MAX; i++) {
        char link[PATH_MAX];
        const ssize_t n = readlink(path, link, sizeof link - 1);
        if (n < 0)
            return WEIR_OK; /* no link: the end of the way */
        link[n] = '\0';
        const size_t directory = link[0] == '/' ? 0 : directory_length(path);
        if (directory + (size_t)n >= PATH_MAX)
            return weir_error_errno(err, WEIR_IO, ENAMETOOLONG, "%s", path);
        memcpy(path + directory, link, (size_t)n + 1);
    }
    return weir_error_errno(err, WEIR_IO, ELOOP, "%s", path);
}

/* Finds the file that `path` means. *exists tells whether *st describes an older file; `target` has
 * room for PATH_MAX characters. */
static enum weir_status find_target(const char *path, char *target, struct stat *st, bool *exists,
                                    struct weir_error *err)
{
    const size_t length = strlen(path);
    if (length == 0 || length >= PATH_MAX || path[length - 1] == '/')
        return weir_error_set(err, WEIR_IO, "%s: expected the name of a file", path);
    *exists = stat(path, st) == 0;
    if (*exists) {
        if (S_ISDIR(st->st_mode))
            return weir_error_set(err, WEIR_IO, "%s: expected a file, but found a directory", path);
        if (!S_ISREG(st->st_mode))
            return WEIR_OK;
        /* The rename could replace a file that its owner has protected. */
        if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", path);
        if (realpath(path, target) == NULL)
            return weir_error_errno(err, WEIR_IO, errno, "%s", path);
        return WEIR_OK;
    }
    if (errno != ENOENT)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be written", path);
    memcpy(target, path, length + 1);
    return follow_links(target, err);
}

static enum weir_status make_parents(const char *target, struct weir_error *err)
{
    char directory[PATH_MAX];
    const size_t length = directory_length(target);
    if (length == 0)
        return WEIR_OK;
    memcpy(directory, target, length);
    directory[length] = '\0';
    return weir_output_make_directory(directory, err);
}

/* Creates and claims the file `path`; *taken: somebody has that name, try another. */
static enum weir_status open_claimed(struct weir_output *output, const char *path, mode_t mode,
                                     bool *taken, struct weir_error *err)
{
    *taken = false;
    const enum weir_status status = weir_guard_add_path(path, err);
    if (status != WEIR_OK)
        return status;
    output->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    const int reason = errno;
    if (output->fd >= 0 && weir_temporary_claim(output->fd, path)) {
        output->own_fd = true;
        output->temporary = weir_mem_strdup(output->mem, path);
        if (output->temporary != NULL)
            return WEIR_OK;
        (void)unlink(path);
        weir_guard_drop_path(path);
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", output->name);
    }
    weir_guard_drop_path(path);
    *taken = output->fd >= 0 || reason == EEXIST;
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    if (*taken)
        return WEIR_OK;
    return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be created", output->name);
}

/* Creates the temporary file beside the target. A name is remembered before the file exists, and
 * only when nobody else has it, so that a handler never removes a foreign file. */
static enum weir_status open_temporary(struct weir_output *output, mode_t mode,
                                       struct weir_error *err)
{
    char path[PATH_MAX];
    weir_temporary_sweep(output->target);
    for (int i = 0; i < TEMPORARY_MAX; i++) {
        struct stat st;
        bool taken = false;
        if (!weir_temporary_path(output->target, i, path))
            return weir_error_errno(err, WEIR_IO, ENAMETOOLONG, "%s", output->name);
        if (lstat(path, &st) == 0)
            continue;
        const enum weir_status status = open_claimed(output, path, mode, &taken, err);
        if (status != WEIR_OK || !taken)
            return status;
    }
    return weir_error_errno(err, WEIR_IO, EEXIST, "%s: no free temporary name", output->name);
}

/* Gives the new file the owner (as far as the system lets us) and the permissions of the old. */
static enum weir_status keep_permissions(struct weir_output *output, const struct stat *old,
                                         struct weir_error *err)
{
    struct stat st;
    if (fstat(output->fd, &st) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s", output->name);
    if ((st.st_uid != old->st_uid || st.st_gid != old->st_gid) &&
        fchown(output->fd, old->st_uid, old->st_gid) != 0 &&
        fchown(output->fd, (uid_t)-1, old->st_gid) != 0)
        errno = 0; /* only the owner's privilege could do that: the file is then the writer's */
    if (fchmod(output->fd, old->st_mode & 0777) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: permissions cannot be kept",
                                output->name);
    return WEIR_OK;
}

static enum weir_status open_file(struct weir_output *output, const char *target,
                                  const struct stat *old, struct weir_error *err)
{
    enum weir_status status = make_parents(target, err);
    if (status != WEIR_OK)
        return status;
    output->target = weir_mem_strdup(output->mem, target);
    if (output->target == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", output->name);
    /* What replaces a private file must not be readable for a moment either. */
    status = open_temporary(output, old != NULL ? 0600 : 0666, err);
    if (status == WEIR_OK && old != NULL)
        status = keep_permissions(output, old, err);
    return status;
}

static enum weir_status open_stream(struct weir_output *output, const char *path,
                                    struct weir_error *err)
{
    do { /* a FIFO without a reader waits here */
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "%s: interrupted", output->name);
        output->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    } while (output->fd < 0 && errno == EINTR);
    if (output->fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened for writing",
                                output->name);
    output->own_fd = true;
    return WEIR_OK;
}

static enum weir_status open_path(struct weir_output *output, const char *path,
                                  struct weir_error *err)
{
    char target[PATH_MAX];
    struct stat old;
    bool exists = false;
    const enum weir_status status = find_target(path, target, &old, &exists, err);
    if (status != WEIR_OK)
        return status;
    if (exists && !S_ISREG(old.st_mode))
        return open_stream(output, path, err);
    return open_file(output, target, exists ? &old : NULL, err);
}

enum weir_status weir_output_create(const char *path, bool sync, struct weir_mem *mem,
                                    struct weir_output **output, struct weir_error *err)
{
    *output = NULL;
    const bool is_stdout = strcmp(path, "-") == 0;
    struct weir_output *made = weir_mem_zalloc(mem, 1, sizeof *made);
    if (made == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", path);
    *made = (struct weir_output){.mem = mem, .fd = -1, .claim_fd = -1, .sync = sync};
    enum weir_status status = WEIR_OK;
    made->name = weir_mem_strdup(mem, is_stdout ? "standard output" : path);
    if (made->name == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "%s: out of memory", path);
    else if (is_stdout)
        made->fd = STDOUT_FILENO;
    else
        status = open_path(made, path, err);
    if (status != WEIR_OK) {
        weir_output_discard(made);
        return status;
    }
    *output = made;
    return WEIR_OK;
}

bool weir_output_is_stream(const struct weir_output *output)
{
    return output->target == NULL;
}

const char *weir_output_name(const struct weir_output *output)
{
    return output->name;
}

/* Decides what a write that has not taken all bytes means: WEIR_OK to go on. */
static enum weir_status after_short_write(const struct weir_output *output, ssize_t n, int reason,
                                          struct weir_error *err)
{
    if (n >= 0 || reason == EINTR) {
        /* Another write could block for good, since the signal will not come again. */
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "%s: interrupted", output->name);
        return WEIR_OK;
    }
    if (reason == EAGAIN) { /* somebody made our standard output non-blocking */
        struct pollfd ready = {.fd = output->fd, .events = POLLOUT};
        if (poll(&ready, 1, -1) >= 0 || errno == EINTR)
            return after_short_write(output, 0, 0, err);
    }
    return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be written", output->name);
}

static enum weir_status write_all(const struct weir_output *output, const char *bytes, size_t n,
                                  uint64_t offset, struct weir_error *err)
{
    const bool is_stream = weir_output_is_stream(output);
    if (!is_stream && (offset > INT64_MAX || n > INT64_MAX - offset))
        return weir_error_errno(err, WEIR_IO, EFBIG, "%s: cannot be written", output->name);
    while (n > 0) {
        const ssize_t done =
            is_stream ? write(output->fd, bytes, n) : pwrite(output->fd, bytes, n, (off_t)offset);
        const int reason = errno;
        if (done > 0) {
            bytes += done;
            offset += (uint64_t)done;
            n -= (size_t)done;
        }
        if (n == 0)
            break;
        const enum weir_status status = after_short_write(output, done, reason, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

enum weir_status weir_output_write(struct weir_output *output, const void *bytes, size_t n,
                                   struct weir_error *err)
{
    const enum weir_status status = write_all(output, bytes, n, output->n_written, err);
    if (status == WEIR_OK)
        output->n_written += n;
    return status;
}

uint64_t weir_output_bytes(const struct weir_output *output)
{
    return output->n_written;
}

enum weir_status weir_output_copy(struct weir_output *output, const char *path, uint64_t begin,
                                  size_t n, const void *bytes, struct weir_error *err)
{
    const int fd = weir_output_is_stream(output) ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir_output_write(output, bytes, n, err);
    const struct weir_copy copy = {.from = fd,
                                   .from_name = path,
                                   .from_offset = begin,
                                   .to = output->fd,
                                   .to_name = output->name,
                                   .to_offset = output->n_written,
                                   .n_bytes = n};
    const enum weir_status status = weir_copy_range(&copy, err);
    close(fd);
    if (status == WEIR_OK)
        output->n_written += n;
    return status;
}

enum weir_status weir_output_write_at(struct weir_output *output, const void *bytes, size_t n,
                                      uint64_t offset, struct weir_error *err)
{
    if (weir_output_is_stream(output))
        return weir_error_set(err, WEIR_INTERNAL, "%s: a stream has no offsets", output->name);
    return write_all(output, bytes, n, offset, err);
}

int weir_output_flush(int fd)
{
    int result;
    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

enum weir_status weir_output_flush_directory(const char *path, const char *name,
                                             struct weir_error *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return WEIR_OK; /* a directory that may be written but not read: nothing can be done */
    const int result = weir_output_flush(fd);
    const int reason = errno;
    close(fd);
    if (result != 0 && reason != EINVAL && reason != ENOTSUP && reason != EROFS)
        return weir_error_errno(err, WEIR_IO, reason, "%s: directory cannot be flushed", name);
    return WEIR_OK;
}

static enum weir_status sync_directory(const struct weir_output *output, struct weir_error *err)
{
    char directory[PATH_MAX] = ".";
    const size_t length = directory_length(output->target);
    if (length > 0) {
        memcpy(directory, output->target, length);
        directory[length] = '\0';
    }
    return weir_output_flush_directory(directory, output->name, err);
}

static enum weir_status flush_and_close(struct weir_output *output, struct weir_error *err)
{
    if (!output->own_fd)
        return WEIR_OK; /* standard output belongs to main, which checks it at the end */
    int result = 0;
    if (output->sync && output->target != NULL)
        result = weir_output_flush(output->fd);
    int reason = errno;
    if (result == 0 && output->target != NULL) {
        output->claim_fd = fcntl(output->fd, F_DUPFD_CLOEXEC, 0);
        result = output->claim_fd < 0 ? -1 : 0;
        reason = errno;
    }
    /* File systems over a network tell at last here that the quota was exceeded. */
    if (close(output->fd) != 0 && result == 0 && errno != EINTR) {
        reason = errno;
        result = -1;
    }
    output->own_fd = false;
    if (result != 0)
        return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be flushed", output->name);
    return WEIR_OK;
}

enum weir_status weir_output_commit(struct weir_output *output, struct weir_error *err)
{
    enum weir_status status = flush_and_close(output, err);
    if (status == WEIR_OK && output->target != NULL) {
        if (rename(output->temporary, output->target) != 0) {
            status =
                weir_error_errno(err, WEIR_IO, errno, "%s: cannot be put in place", output->name);
        } else {
            weir_guard_drop_path(output->temporary);
            weir_mem_free(output->mem, output->temporary);
            output->temporary = NULL;
            if (output->sync)
                status = sync_directory(output, err);
        }
    }
    weir_output_discard(output);
    return status;
}

void weir_output_discard(struct weir_output *output)
{
    if (output == NULL)
        return;
    struct weir_mem *mem = output->mem;
    if (output->own_fd)
        close(output->fd);
    if (output->claim_fd >= 0)
        close(output->claim_fd);
    if (output->temporary != NULL) {
        (void)unlink(output->temporary);
        weir_guard_drop_path(output->temporary);
    }
    weir_mem_free(mem, output->temporary);
    weir_mem_free(mem, output->target);
    weir_mem_free(mem, output->name);
    weir_mem_free(mem, output);
}
