/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nameless files: opening, and reads and writes of all bytes or none. */
#include "scratch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum weir_status weir_scratch_open(const char *directory, int *fd, struct weir_error *err)
{
    *fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return WEIR_OK;
    /* Where the file system has no such thing, one that loses its name at once. */
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/.weir-scratch.XXXXXX", directory);
    if (n < 0 || (size_t)n >= sizeof path)
        return weir_error_set(err, WEIR_LIMIT, "%s: expected a shorter scratch directory",
                              directory);
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: making a scratch file", directory);
    unlink(path);
    return WEIR_OK;
}

enum weir_status weir_scratch_write(int fd, const char *directory, const void *bytes, size_t n,
                                    uint64_t offset, struct weir_error *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t put =
            pwrite(fd, (const char *)bytes + done, n - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: writing a scratch file", directory);
        done += (size_t)put;
    }
    return WEIR_OK;
}

enum weir_status weir_scratch_read(int fd, void *bytes, size_t n, uint64_t offset,
                                   struct weir_error *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(fd, (char *)bytes + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return weir_error_errno(err, WEIR_IO, errno, "reading a scratch file");
        if (got == 0)
            return weir_error_set(err, WEIR_IO,
                                  "reading a scratch file: expected %zu more bytes, but found its "
                                  "end",
                                  n - done);
        done += (size_t)got;
    }
    return WEIR_OK;
}
