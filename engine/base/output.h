/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that appear complete under their name, or not at all.
 *
 * An output file is written under a temporary name in the directory of its final one, flushed to
 * the disk, and renamed. Until weir_output_commit has returned WEIR_OK an older file of that name
 * is untouched. What killed processes left in that directory is swept away (temporary.h). "-" is
 * standard output, which cannot be taken back: callers that need all or nothing there must write
 * only when everything has succeeded.
 *
 *     struct weir_output *output = NULL;
 *     status = weir_output_create(path, true, mem, &output, err);
 *     ... weir_output_write / weir_output_write_at ...
 *     status = weir_output_commit(output, err);      // or weir_output_discard(output)
 *
 * weir_output_write_at may be called from several threads at a time; the rest from one.
 */
#ifndef WEIR_OUTPUT_H
#define WEIR_OUTPUT_H

#include "mem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_output;

/* Starts the output that will be called `path` ("-": standard output; a symbolic link: its target;
 * an existing device or pipe is written directly, in sequence). Missing parent directories are
 * made. The permissions of a file that is replaced are kept. `sync`: flush to disk before the
 * rename. WEIR_IO with the path and reason, WEIR_MEMORY. The handle is the caller's until commit
 * or discard. */
enum weir_status weir_output_create(const char *path, bool sync, struct weir_mem *mem,
                                    struct weir_output **output,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* True when bytes must come in sequence (standard output, pipes, devices): weir_output_write_at
 * is then not available. */
bool weir_output_is_stream(const struct weir_output *output);

/* The name of the output as messages should show it; lives as long as the handle. */
const char *weir_output_name(const struct weir_output *output);

/* Appends `n` bytes. WEIR_IO, or WEIR_CANCELLED when a stop signal interrupted the write. */
enum weir_status weir_output_write(struct weir_output *output, const void *bytes, size_t n,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Bytes that weir_output_write has appended so far. */
uint64_t weir_output_bytes(const struct weir_output *output);

/* Appends bytes [begin, begin + n) of a mapped or mappable file `path`: by the kernel where output
 * and file are regular files (shared extents where the file system has them), else from `bytes`,
 * which is that range in memory. Statuses of weir_output_write. */
enum weir_status weir_output_copy(struct weir_output *output, const char *path, uint64_t begin,
                                  size_t n, const void *bytes,
                                  struct weir_error *err) WEIR_MUST_CHECK;

/* Writes `n` bytes at `offset`, which need not be the end; any thread. Not for streams. */
enum weir_status weir_output_write_at(struct weir_output *output, const void *bytes, size_t n,
                                      uint64_t offset, struct weir_error *err) WEIR_MUST_CHECK;

/* Flushes, renames and frees the handle; on failure the temporary file is removed and an older
 * file stays. */
enum weir_status weir_output_commit(struct weir_output *output,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Removes the temporary file and frees the handle; NULL is allowed. */
void weir_output_discard(struct weir_output *output);

/* fsync, again after interruptions: 0, or -1 and errno. */
int weir_output_flush(int fd);

/* Flushes the entries of directory `path`, without which a crash may undo a rename in it; `name` is
 * the output for messages. No error where the system cannot do that. WEIR_IO. */
enum weir_status weir_output_flush_directory(const char *path, const char *name,
                                             struct weir_error *err) WEIR_MUST_CHECK;

/* Makes the directory `path` and its missing parents, as mkdir -p. */
enum weir_status weir_output_make_directory(const char *path,
                                            struct weir_error *err) WEIR_MUST_CHECK;

#endif
