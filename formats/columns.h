/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces: directories with one file per column, mapped for reading, written aside and swapped in.
 *
 * A column file is named {name}.{code}: a field of field.h or any other name (a custom column), and
 * a type code; it holds the values back to back, little-endian. All columns of a trace have the
 * same number of values. Other files in the directory are not touched, and in the way of a
 * replacement they are refused.
 *
 *     struct weir_columns *columns = NULL;
 *     status = weir_columns_open(path, WEIR_FIELD_BIT(WEIR_PACKETS), false, mem, &columns, err);
 *     weir_columns_view(columns, 0, 4096, &batch);     // pointers into the mapping
 *     weir_columns_close(columns);
 *
 * An open trace is read-only and may be viewed by any number of threads. The trace being written
 * appears as a whole: until weir_columns_commit an older trace of that name is untouched. A
 * nameless trace is read back by the process that wrote it: as much of it as it may stays in
 * memory.
 */
#ifndef WEIR_COLUMNS_H
#define WEIR_COLUMNS_H

#include "format.h"

struct weir_columns;
struct weir_columns_draft;

/* True when directory `path` holds at least one column file of a field. */
bool weir_columns_detect(const char *path);

/* Opens trace `path` and maps the columns of `fields`, and of all other fields and custom columns
 * too when `everything`. A replacement of the trace that was interrupted
 * behind its commit is completed first, which needs permission to write (columns_journal.h). Every
 * column file is checked, mapped or not: known type code, whole number of values, equal lengths,
 * one file per name. WEIR_IO; WEIR_FORMAT (also for a missing column of `fields`, named);
 * WEIR_MEMORY. The trace is the caller's, to be closed when no view is in use. */
enum weir_status weir_columns_open(const char *path, weir_fields fields, bool everything,
                                   struct weir_mem *mem, struct weir_columns **columns,
                                   struct weir_error *err) WEIR_MUST_CHECK;
void weir_columns_close(struct weir_columns *columns);

/* WEIR_FORMAT, with `path` in the message, when `schema`, that of a trace, lacks one of `fields`.
 */
enum weir_status weir_columns_require(const struct weir_schema *schema, weir_fields fields,
                                      const char *path, struct weir_error *err) WEIR_MUST_CHECK;

/* Records in the trace, bytes of the mapped columns, and all columns there are, mapped or not. */
uint64_t weir_columns_records(const struct weir_columns *columns);
uint64_t weir_columns_bytes(const struct weir_columns *columns);
const struct weir_schema *weir_columns_schema(const struct weir_columns *columns);

/* Points `batch` at records [begin, begin + n), which must exist. Columns that were not mapped are
 * absent, and custom columns always: see below. Views live until close. Any thread. */
void weir_columns_view(const struct weir_columns *columns, uint64_t begin, size_t n,
                       struct weir_batch *batch);

/* Points custom[0 .. n_custom of the schema) at record `begin` of the custom columns. */
void weir_columns_view_custom(const struct weir_columns *columns, uint64_t begin,
                              struct weir_column *custom);

/* Starts a new trace with the columns of `schema` that will be called `path` (a symbolic link to a
 * directory: its target). `path` must be absent, empty, or hold nothing but column files (WEIR_IO
 * naming the first other file), writable, and not the working directory; in a mount point the
 * columns are replaced, elsewhere the directory (columns_journal.h: also where the file system can
 * not exchange directories). What killed processes left beside it is swept away (temporary.h).
 * Missing parents are made. WEIR_USAGE for "-". */
enum weir_status weir_columns_create(const char *path, const struct weir_schema *schema, bool sync,
                                     struct weir_mem *mem, struct weir_columns_draft **draft,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* A trace without a name. Its first records stay in memory; the columns of what comes behind them
 * are nameless files, made when they are needed, and gone when the trace is closed, however the
 * process ends. */
struct weir_columns_nameless {
    const char
        *directory;       /* of the files; must exist when they are needed; borrowed until commit */
    size_t memory_bytes;  /* that the first records may take */
    uint64_t records_max; /* that there will be at most; UINT64_MAX: nobody knows */
    struct weir_columns **opened; /* what commit sets: the trace, open with all columns mapped; the
                                     caller's to close */
};

/* Starts a nameless trace, which is written like any other. Takes memory_bytes from `mem` until
 * commit, and from then on what the records take of them. WEIR_IO, WEIR_LIMIT, WEIR_MEMORY. */
enum weir_status weir_columns_create_nameless(const struct weir_columns_nameless *nameless,
                                              const struct weir_schema *schema,
                                              struct weir_mem *mem,
                                              struct weir_columns_draft **draft,
                                              struct weir_error *err) WEIR_MUST_CHECK;

/* Columns of a draft are numbered: the fields of its schema in field order, then custom ones. */
size_t weir_columns_draft_columns(const struct weir_columns_draft *draft);

/* Writes `n` values (of the column's type in the schema) at record `begin`. Any thread; ranges may
 * come in any order but must leave no gap at commit. WEIR_IO. */
enum weir_status weir_columns_write(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                    size_t n, const void *values,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Records [begin, begin + n) of an open trace. */
struct weir_columns_range {
    const struct weir_columns *columns;
    uint64_t begin, n;
};

/* Copies a column of another trace to record `begin` of the draft without decoding it; the trace
 * was opened with `everything`, and its schema equals the draft's. WEIR_IO, WEIR_CANCELLED. */
enum weir_status weir_columns_copy(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                   const struct weir_columns_range *from,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Path of the file of a mapped column, or NULL when the trace has no name; columns are numbered as
 * those of drafts are. Lives as long as the open trace. */
const char *weir_columns_path(const struct weir_columns *columns, size_t column);

/* Changes a column to a wider integer type at record `begin`: from there on weir_columns_write
 * takes values of `type`, before it still the old one; the earlier part is converted at commit.
 * Once per column. The caller keeps writers of later records out until it returns; earlier ones
 * may go on meanwhile. */
enum weir_status weir_columns_widen(struct weir_columns_draft *draft, size_t column, uint64_t begin,
                                    enum weir_type type, struct weir_error *err) WEIR_MUST_CHECK;

/* Completes the trace with `n_records` records: flushes, then exchanges it with what has its name,
 * or opens it when it has none. Mode and, where allowed, owner of a replaced directory are kept.
 * Frees the draft in any case; on failure the old trace stays. WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_columns_commit(struct weir_columns_draft *draft, uint64_t n_records,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Removes the draft; NULL is allowed. */
void weir_columns_discard(struct weir_columns_draft *draft);

#endif
