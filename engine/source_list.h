/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From operands to inputs: directories walked, formats detected, foreign files left out.
 *
 * A directory that is a trace is one input. Any other directory is walked recursively and gives
 * its files sorted by path, component by component, and the traces in it. Files that a collector
 * is still writing (nfcapd.current*), hidden files, and files that hold no flow records are skipped
 * and named in one warning. A file that is an operand itself must hold flow records, and so must
 * one of the files of a directory, unless it has none but hidden and unfinished ones.
 */
#ifndef WEIR_SOURCE_LIST_H
#define WEIR_SOURCE_LIST_H

#include "format.h"
#include "shelf.h"

struct weir_source_entry {
    char *path;
    const struct weir_columns *opened; /* of a trace on the shelf, else NULL; borrowed */
    const struct weir_format *format;  /* NULL: an empty file */
    uint64_t n_bytes;                  /* of a file; 0 for traces and streams */
};

struct weir_source_list {
    struct weir_mem *mem;
    struct weir_source_entry *entries;
    size_t n_entries, capacity;
    unsigned char *head; /* bytes read from standard input by detection */
    size_t n_head;
};

/* Expands `paths`; those of traces on `shelf` (or NULL) mean these. `format` (or NULL) is the one
 * that the user named. WEIR_IO, WEIR_FORMAT, WEIR_USAGE (standard input twice), WEIR_MEMORY.
 * Release the list in any case. */
enum weir_status weir_source_list_fill(struct weir_source_list *list, const char *const *paths,
                                       size_t n_paths, const struct weir_shelf *shelf,
                                       const struct weir_format *format, struct weir_mem *mem,
                                       struct weir_error *err) WEIR_MUST_CHECK;
void weir_source_list_release(struct weir_source_list *list);

#endif
