/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies what cannot be mapped into a nameless file that can. */
#include "spool.h"

#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

/* Opens a file in `directory` that has no name any more. */
static enum weir_status open_nameless(const char *directory, int *fd, struct weir_error *err)
{
    char name[PATH_MAX];
    const int length = snprintf(name, sizeof name, "%s/weir-spool.XXXXXX", directory);
    if (length < 0 || (size_t)length >= sizeof name)
        return weir_error_set(err, WEIR_IO, "%s: path longer than %d bytes", directory,
                              PATH_MAX - 1);
    *fd = mkostemp(name, O_CLOEXEC);
    if (*fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: no file can be made there", directory);
    (void)unlink(name);
    return WEIR_OK;
}

static enum weir_status write_all(int fd, const unsigned char *bytes, size_t n,
                                  const char *directory, struct weir_error *err)
{
    while (n > 0) {
        const ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return weir_error_errno(err, WEIR_IO, errno,
                                    "%s: a copy of the input cannot be written there", directory);
        bytes += written;
        n -= (size_t)written;
    }
    return WEIR_OK;
}

static enum weir_status copy_all(int from, const char *path, int to, const char *directory,
                                 unsigned char *buffer, struct weir_error *err)
{
    for (;;) {
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "%s: stopped by a signal", path);
        const ssize_t n = read(from, buffer, COPY_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be read", path);
        if (n == 0)
            return WEIR_OK;
        const enum weir_status status = write_all(to, buffer, (size_t)n, directory, err);
        if (status != WEIR_OK)
            return status;
    }
}

static enum weir_status spool(const struct weir_open_request *request, const char *path, int fd,
                              struct weir_mapping *mapping, struct weir_error *err)
{
    const char *directory = request->scratch != NULL ? request->scratch : "/tmp";
    unsigned char *buffer = weir_mem_alloc(request->mem, COPY_BYTES);
    if (buffer == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory for a buffer of %zu bytes", path,
                              COPY_BYTES);
    int copy = -1;
    enum weir_status status = open_nameless(directory, &copy, err);
    if (status == WEIR_OK)
        status = write_all(copy, request->head, request->n_head, directory, err);
    if (status == WEIR_OK)
        status = copy_all(fd, path, copy, directory, buffer, err);
    if (status == WEIR_OK)
        status = weir_mapping_open(path, copy, mapping, err);
    if (copy >= 0)
        close(copy);
    weir_mem_free(request->mem, buffer);
    return status;
}

enum weir_status weir_spool_map(const struct weir_open_request *request, const char *path,
                                struct weir_mapping *mapping, struct weir_error *err)
{
    *mapping = (struct weir_mapping){0};
    const bool own = request->fd < 0;
    const int fd = own ? open(request->path, O_RDONLY | O_CLOEXEC) : request->fd;
    if (fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", path);
    struct stat st;
    enum weir_status status;
    if (fstat(fd, &st) != 0)
        status = weir_error_errno(err, WEIR_IO, errno, "%s", path);
    else if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
        status = weir_mapping_open(path, fd, mapping, err);
    else
        status = spool(request, path, fd, mapping, err);
    if (own)
        close(fd);
    return status;
}
