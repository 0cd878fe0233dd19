/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of a directory are columns: the naming rule of traces, in one place. */
#ifndef WEIR_COLUMNS_DIRECTORY_H
#define WEIR_COLUMNS_DIRECTORY_H

#include "format.h"

struct weir_column_file {
    char name[WEIR_COLUMN_NAME_MAX];
    char code;
    enum weir_type type;
    uint64_t n_bytes;
};

struct weir_columns_directory {
    struct weir_mem *mem;
    struct weir_column_file *files; /* in no particular order */
    size_t n_files, capacity;
    char foreign[WEIR_COLUMN_NAME_MAX * 4]; /* the first other entry by name, or "" */
};

/* True when `entry` is the name of a column file: an identifier, a dot, and a type code. */
bool weir_column_name_parse(const char *entry, char *name, char *code);

/* Lists `path`. WEIR_IO; WEIR_FORMAT when a field's file has an unknown type code; WEIR_MEMORY.
 * Release the listing in any case. */
enum weir_status weir_columns_directory_read(const char *path, struct weir_mem *mem,
                                             struct weir_columns_directory *directory,
                                             struct weir_error *err) WEIR_MUST_CHECK;
void weir_columns_directory_release(struct weir_columns_directory *directory);

/* Removes the column files in `path`, and `path` itself when nothing else is in it. Takes no memory
 * from a budget. */
void weir_columns_directory_remove(const char *path);

#endif
