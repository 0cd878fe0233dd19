/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copying a range of one file into another. */
#include "copy.h"

#include "guard.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#define PIECE_BYTES  ((uint64_t)64 << 20) /* between two looks at the stop signal */
#define BUFFER_BYTES ((size_t)64 << 10)

/* Whether an error of copy_file_range only says that this way is not open. */
static bool is_refusal(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
           error == EPERM || error == EBADF;
}

static enum weir_status write_all(int to, const char *to_name, const char *bytes, size_t n,
                                  uint64_t offset, struct weir_error *err)
{
    while (n > 0) {
        const ssize_t written = pwrite(to, bytes, n, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be written", to_name);
        bytes += written;
        n -= (size_t)written;
        offset += (uint64_t)written;
    }
    return WEIR_OK;
}

/* Copies up to a buffer's worth; *copied tells how much. */
static enum weir_status copy_buffer(const struct weir_copy *copy, uint64_t done, uint64_t *copied,
                                    struct weir_error *err)
{
    char buffer[BUFFER_BYTES];
    const uint64_t left = copy->n_bytes - done;
    const size_t wanted = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
    const ssize_t got = pread(copy->from, buffer, wanted, (off_t)(copy->from_offset + done));
    if (got < 0 && errno != EINTR)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be read", copy->from_name);
    if (got == 0)
        return weir_error_set(err, WEIR_IO, "%s: it became shorter meanwhile", copy->from_name);
    *copied = got < 0 ? 0 : (uint64_t)got;
    return write_all(copy->to, copy->to_name, buffer, (size_t)*copied, copy->to_offset + done, err);
}

enum weir_status weir_copy_range(const struct weir_copy *copy, struct weir_error *err)
{
    bool by_kernel = true;
    for (uint64_t done = 0; done < copy->n_bytes;) {
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
        uint64_t copied = 0;
        if (by_kernel) {
            off_t in = (off_t)(copy->from_offset + done);
            off_t out = (off_t)(copy->to_offset + done);
            const uint64_t left = copy->n_bytes - done;
            const uint64_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
            const ssize_t moved =
                copy_file_range(copy->from, &in, copy->to, &out, (size_t)piece, 0);
            if (moved < 0 && !is_refusal(errno) && errno != EINTR)
                return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be written",
                                        copy->to_name);
            by_kernel = moved > 0 || (moved < 0 && errno == EINTR);
            copied = moved < 0 ? 0 : (uint64_t)moved;
        } else {
            const enum weir_status status = copy_buffer(copy, done, &copied, err);
            if (status != WEIR_OK)
                return status;
        }
        done += copied;
    }
    return WEIR_OK;
}
