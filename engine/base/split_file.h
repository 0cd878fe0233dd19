/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files in two parts: the first bytes in memory, the others in a file.
 *
 * The part in memory is a nameless file of the system's memory (memfd_create), so that both parts
 * are written alike and can be mapped side by side. The other part is either a given descriptor or
 * a nameless file of a scratch directory, which is made when the first byte of it is written: who
 * has memory enough needs no scratch directory. Memory is the caller's to charge.
 *
 *     struct weir_split_file file;
 *     status = weir_split_file_open(&file, directory, 1 << 20, err);
 *     status = weir_split_file_part(&file, offset, n, &part, err);    // then pwrite(part.fd, ...)
 *     status = weir_split_file_map(&file, n_bytes, name, &address, err);
 *     weir_split_file_close(&file);                                   // the mapping stays
 *
 * Any thread may ask for parts; the other calls are for one thread.
 */
#ifndef WEIR_SPLIT_FILE_H
#define WEIR_SPLIT_FILE_H

#include "status.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct weir_split_file {
    const char *directory; /* of what lies beyond the memory; borrowed */
    uint64_t memory_bytes; /* whole pages */
    int memory_fd;         /* -1: no such part */
    atomic_int disk_fd;    /* -1: not made yet */
};

/* A file that is not open: closing it does nothing. */
static inline void weir_split_file_init(struct weir_split_file *file)
{
    *file = (struct weir_split_file){.memory_fd = -1};
    atomic_init(&file->disk_fd, -1);
}

/* Makes an empty file whose first `memory_bytes` bytes, rounded down to whole pages, will be in
 * memory; without any, the scratch file is made at once. WEIR_IO, WEIR_LIMIT. */
enum weir_status weir_split_file_open(struct weir_split_file *file, const char *directory,
                                      uint64_t memory_bytes,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Moves a file to a place where none is open; `from` is not open afterwards. */
static inline void weir_split_file_move(struct weir_split_file *to, struct weir_split_file *from)
{
    to->directory = from->directory;
    to->memory_bytes = from->memory_bytes;
    to->memory_fd = from->memory_fd;
    atomic_store(&to->disk_fd, atomic_load(&from->disk_fd));
    weir_split_file_init(from);
}

/* Takes over an open descriptor as a file without a part in memory. */
static inline void weir_split_file_take(struct weir_split_file *file, int fd)
{
    weir_split_file_init(file);
    atomic_store(&file->disk_fd, fd);
}

/* Where bytes of the file are. */
struct weir_split_part {
    int fd;
    uint64_t offset; /* in fd */
    size_t n;        /* bytes from there on that are in this part, at most what was asked for */
};

/* Finds the part with byte `offset`, and how many of the `n` bytes from there on are in it; n > 0.
 * WEIR_IO, WEIR_LIMIT when the scratch file cannot be made. */
enum weir_status weir_split_file_part(struct weir_split_file *file, uint64_t offset, size_t n,
                                      struct weir_split_part *part,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Bytes up to the last one written, in *n_bytes; what was left out before it counts. WEIR_IO. */
enum weir_status weir_split_file_size(const struct weir_split_file *file, uint64_t *n_bytes,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Maps the first `n_bytes` (> 0) for reading, to be unmapped as one range. WEIR_IO; `name` is for
 * the message. */
enum weir_status weir_split_file_map(const struct weir_split_file *file, size_t n_bytes,
                                     const char *name, void **address,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Closes both parts. WEIR_IO when the system reports a failed write only now; closed all the same.
 */
enum weir_status weir_split_file_close(struct weir_split_file *file, struct weir_error *err);

#endif
