/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Column files by descriptor: what traces that are read and traces that are written hand each
 * other. Inner part of columns.h.
 */
#ifndef WEIR_COLUMNS_FILES_H
#define WEIR_COLUMNS_FILES_H

#include "columns.h"
#include "split_file.h"

#define WEIR_COLUMNS_MAX (WEIR_N_FIELDS + WEIR_CUSTOM_COLUMNS_MAX)

/* The finished columns of a nameless trace, numbered as those of drafts are. */
struct weir_columns_files {
    struct weir_mem *mem;
    const char *place; /* for messages; borrowed */
    struct weir_schema schema;
    uint64_t n_records;
    size_t memory_bytes;                                  /* charged to mem for them */
    const struct weir_split_file *file[WEIR_COLUMNS_MAX]; /* the caller's */
};

/* Opens a nameless trace, with all columns mapped: the files are not needed any more. The charge of
 * memory is the trace's then, also on failure. WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_columns_open_files(const struct weir_columns_files *files,
                                         struct weir_columns **columns,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Opens the file of a mapped column of a trace with a name for reading. *fd is the caller's; *name,
 * for messages, lives as long as the open trace. WEIR_IO. Any thread. */
enum weir_status weir_columns_open_file(const struct weir_columns *columns, size_t column, int *fd,
                                        const char **name, struct weir_error *err) WEIR_MUST_CHECK;

/* The value of a mapped column at record `begin`. Any thread. */
const void *weir_columns_value(const struct weir_columns *columns, size_t column, uint64_t begin);

#endif
