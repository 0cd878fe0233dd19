/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commit journal of a trace: replaces columns one by one where directories cannot be exchanged.
 *
 * Network and parallel file systems have no exchange of two directories, and a mount point cannot
 * be renamed. There the new columns, complete and flushed, and a journal that names them are
 * renamed as one directory to ".weir-commit" in the trace. That is the commit: before it the trace
 * is the old one; from then on it is the new one, since every command moves the columns that the
 * journal names and removes all others before it reads or replaces the trace.
 *
 * Several processes may complete one journal at a time: they take turns by a lock on it, and every
 * step may be repeated. Functions may be called from any thread.
 */
#ifndef WEIR_COLUMNS_JOURNAL_H
#define WEIR_COLUMNS_JOURNAL_H

#include "mem.h"
#include "status.h"

/* Puts the columns of directory `from`, which is on the file system of trace `path` and is the
 * caller's, in the place of the trace's column files; everything is flushed when `sync`.
 * *committed tells whether the trace is the new one and `from` is gone, also when a status says
 * that not all is moved yet. WEIR_IO, WEIR_FORMAT, WEIR_LIMIT, WEIR_MEMORY, WEIR_CANCELLED. */
enum weir_status weir_columns_journal_commit(const char *path, const char *from, bool sync,
                                             struct weir_mem *mem, bool *committed,
                                             struct weir_error *err) WEIR_MUST_CHECK;

/* True when trace `path` has a journal. */
bool weir_columns_journal_exists(const char *path);

/* Completes what the journal of trace `path` says; WEIR_OK when it has none. WEIR_IO: it cannot be
 * completed, for want of permission to write for example; WEIR_FORMAT: it is damaged; WEIR_LIMIT;
 * WEIR_CANCELLED by a stop signal while another process completes it. */
enum weir_status weir_columns_journal_complete(const char *path,
                                               struct weir_error *err) WEIR_MUST_CHECK;

#endif
