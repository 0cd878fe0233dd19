/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shelf of a job: traces that steps leave to later steps and nobody else, without a name in the
 * file system.
 *
 * A path is reserved for each of them when the job is checked. From then on whoever creates a trace
 * asks the shelf for its place first, and whoever opens one asks whether it is there; everything
 * else about such a trace is as if it had that path. Records stay in memory as far as it goes.
 *
 *     status = weir_shelf_reserve(shelf, path, err);
 *     if (weir_shelf_place(run->shelf, path, &nameless)) ...      // to create it: columns.h
 *     columns = weir_shelf_find(run->shelf, path);                // to read it, when it is
 * complete weir_shelf_drop(shelf, path);                               // when nobody will any more
 *
 * Outside of jobs there is no shelf: NULL holds nothing. One thread at a time.
 */
#ifndef WEIR_SHELF_H
#define WEIR_SHELF_H

#include "columns.h"

struct weir_shelf;

/* An empty shelf, whose traces may use `directory` (borrowed until free, made when a trace is
 * created) for what memory cannot hold. WEIR_MEMORY. */
enum weir_status weir_shelf_new(const char *directory, struct weir_mem *mem,
                                struct weir_shelf **shelf, struct weir_error *err) WEIR_MUST_CHECK;
void weir_shelf_free(struct weir_shelf *shelf); /* closes its traces; NULL is allowed */

/* Makes `path` (copied) that of a trace on the shelf. WEIR_MEMORY. */
enum weir_status weir_shelf_reserve(struct weir_shelf *shelf, const char *path,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* True when `path` is reserved. */
bool weir_shelf_holds(const struct weir_shelf *shelf, const char *path);

/* True when `path` is reserved: *nameless then tells where a trace that is created for it goes,
 * with at most half of the memory that is left, of which it takes all unless the number of records
 * is set. */
bool weir_shelf_place(struct weir_shelf *shelf, const char *path,
                      struct weir_columns_nameless *nameless);

/* The trace of a reserved path, open with everything mapped, until it is dropped; NULL when the
 * path is not reserved or its trace not complete. */
const struct weir_columns *weir_shelf_find(const struct weir_shelf *shelf, const char *path);

/* Closes the trace of a path, if there is one. */
void weir_shelf_drop(struct weir_shelf *shelf, const char *path);

#endif
