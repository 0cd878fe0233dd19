/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies what cannot be mapped into a nameless file that can. */
#include "spool.h"

#include "guard.h"
#include "scratch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

static const char *scratch_directory(const struct weir_open_request *request)
{
    return request->scratch != NULL ? request->scratch : "/tmp";
}

/* Copies the rest of `from` behind the head that detection has read. */
static enum weir_status copy_all(const struct weir_open_request *request, const char *path,
                                 int from, int to, unsigned char *buffer, struct weir_error *err)
{
    const char *directory = scratch_directory(request);
    uint64_t offset = request->n_head;
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
        const enum weir_status status =
            weir_scratch_write(to, directory, buffer, (size_t)n, offset, err);
        if (status != WEIR_OK)
            return status;
        offset += (uint64_t)n;
    }
}

static enum weir_status spool(const struct weir_open_request *request, const char *path, int fd,
                              struct weir_mapping *mapping, struct weir_error *err)
{
    const char *directory = scratch_directory(request);
    unsigned char *buffer = weir_mem_alloc(request->mem, COPY_BYTES);
    if (buffer == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory for a buffer of %zu bytes", path,
                              COPY_BYTES);
    int copy = -1;
    enum weir_status status = weir_scratch_open(directory, &copy, err);
    if (status == WEIR_OK)
        status = weir_scratch_write(copy, directory, request->head, request->n_head, 0, err);
    if (status == WEIR_OK)
        status = copy_all(request, path, fd, copy, buffer, err);
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
