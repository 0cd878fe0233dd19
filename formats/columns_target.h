/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a trace with a name comes into being: a hidden directory beside the final one, which takes
 * its place as a whole.
 *
 * A target belongs to the draft that made it and knows nothing of what the columns hold. Functions
 * that make and remove files may be called from any thread; the rest from one.
 */
#ifndef WEIR_COLUMNS_TARGET_H
#define WEIR_COLUMNS_TARGET_H

#include "format.h"

struct weir_columns_target;

/* Finds the directory that `path` means, refuses what weir_columns_create refuses, and makes the
 * hidden directory. WEIR_IO, WEIR_LIMIT, WEIR_MEMORY, WEIR_FORMAT (a field's file with an unknown
 * type code). The target is the caller's until commit or discard. */
enum weir_status weir_columns_target_new(const char *path, bool sync, struct weir_mem *mem,
                                         struct weir_columns_target **target,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Makes the empty file of a column in the hidden directory; *fd, open for reading and writing, is
 * the caller's. WEIR_IO, WEIR_LIMIT. */
enum weir_status weir_columns_target_make_file(const struct weir_columns_target *target,
                                               const char *name, enum weir_type type, int *fd,
                                               struct weir_error *err) WEIR_MUST_CHECK;

/* Removes a file that weir_columns_target_make_file has made; not after commit. */
void weir_columns_target_remove_file(const struct weir_columns_target *target, const char *name,
                                     enum weir_type type);

/* Puts the hidden directory, whose files are complete, flushed and closed, in the place of what has
 * the name, and frees the target in any case. WEIR_IO; an older trace then stays. */
enum weir_status weir_columns_target_commit(struct weir_columns_target *target,
                                            struct weir_error *err) WEIR_MUST_CHECK;

/* Removes the hidden directory with all files in it and frees the target; NULL is allowed. */
void weir_columns_target_discard(struct weir_columns_target *target);

/* Removes what killed processes have left beside trace `path`, or in it where it is a mount point,
 * as weir_columns_target_new does; for who finds that nothing is to be written. Says nothing: what
 * cannot be removed stays. May be called from any thread. */
void weir_columns_target_sweep(const char *path);

#endif
