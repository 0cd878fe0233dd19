/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files without a name for what does not fit into memory.
 *
 * They are gone when they are closed, however the process ends. Positions are given with each call,
 * so that several threads may read one file at a time.
 */
#ifndef WEIR_SCRATCH_FILE_H
#define WEIR_SCRATCH_FILE_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Makes an empty file in `directory` and opens it for reading and writing. WEIR_IO with the
 * directory in the message; WEIR_LIMIT when its name is too long. *fd is the caller's to close. */
enum weir_status weir_scratch_open(const char *directory, int *fd,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Writes `n` bytes at `offset`. WEIR_IO; `directory` is for the message. */
enum weir_status weir_scratch_write(int fd, const char *directory, const void *bytes, size_t n,
                                    uint64_t offset, struct weir_error *err) WEIR_MUST_CHECK;

/* Reads `n` bytes at `offset`, which must have been written before. WEIR_IO. */
enum weir_status weir_scratch_read(int fd, void *bytes, size_t n, uint64_t offset,
                                   struct weir_error *err) WEIR_MUST_CHECK;

#endif
