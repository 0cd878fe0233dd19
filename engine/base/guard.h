/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a signal handler must be able to find: temporary files and mapped inputs.
 *
 * Handlers get no context, so this is one of the few places with process-wide state. Two tables of
 * fixed size are kept in memory that a handler may read at any moment: paths to remove when the
 * process dies, and mappings to name when a mapped file turns out to have shrunk (SIGBUS). Both are
 * full of entries that their owners add before, and remove after, the thing exists.
 *
 * All functions may be called from any thread; those marked "handler" are async-signal-safe.
 */
#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

/* Remembers a temporary file or directory; files inside a directory are added after it, so that
 * removal in reverse order empties it first. WEIR_LIMIT when the path is longer than PATH_MAX or
 * the table is full. */
enum weir_status weir_guard_add_path(const char *path, struct weir_error *err) WEIR_MUST_CHECK;

/* Forgets a path (renamed into place, or already removed); unknown paths are ignored. */
void weir_guard_drop_path(const char *path);

/* Forgets a directory and every path in it. */
void weir_guard_drop_tree(const char *path);

/* Handler: removes every remembered path, the last added first. */
void weir_guard_remove_all(void);

/* Remembers that [address, address + bytes) is a view of `path` (borrowed until dropped). A full
 * table is no error: the message of a crash will then lack the file's name. */
void weir_guard_add_mapping(const void *address, size_t bytes, const char *path);

/* Forgets the mapping that starts at `address`. */
void weir_guard_drop_mapping(const void *address);

/* Handler: the path of the mapping that holds `address`, or NULL. */
const char *weir_guard_find_mapping(const void *address);

/* Set by the first SIGINT or SIGTERM (its number), else 0. Scans look at it once per block. */
int weir_guard_stop_signal(void);

/* Handler: records the stop signal; the first one wins. */
void weir_guard_request_stop(int signal_number);

#endif
