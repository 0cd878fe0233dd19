/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Column files by descriptor: what traces that are read and traces that are written hand each
 * other. Inner part of columns.h.
 */
#ifndef WEIR_COLUMNS_FILES_H
#define WEIR_COLUMNS_FILES_H

#include "columns.h"

#define WEIR_COLUMNS_MAX (WEIR_N_FIELDS + WEIR_CUSTOM_COLUMNS_MAX)

/* Finished columns, numbered as those of drafts are. */
struct weir_columns_files {
    struct weir_mem *mem;
    const char *place; /* for messages; borrowed */
    struct weir_schema schema;
    int fd[WEIR_COLUMNS_MAX];
};

/* Completes the columns of a draft with `n_records` records. What *files gets stays the draft's:
 * good until it is discarded. WEIR_IO, WEIR_INTERNAL. */
enum weir_status weir_columns_draft_finish(struct weir_columns_draft *draft, uint64_t n_records,
                                           struct weir_columns_files *files,
                                           struct weir_error *err) WEIR_MUST_CHECK;

/* Opens the file of a mapped column for reading. *fd is the caller's; *name, for messages, lives as
 * long as the open trace. WEIR_IO. Any thread. */
enum weir_status weir_columns_open_file(const struct weir_columns *columns, size_t column, int *fd,
                                        const char **name, struct weir_error *err) WEIR_MUST_CHECK;

#endif
