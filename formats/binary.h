/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writers of format `binary` whose trace has no name: records pass through scratch files and are
 * read back as one trace.
 *
 *     status = weir_binary_create_scratch(&request, &writer, err);
 *     ... writer->format->add, place, put, as for any writer (format.h) ...
 *     status = weir_binary_open_scratch(writer, &columns, err);    // or writer->format->discard
 */
#ifndef WEIR_BINARY_H
#define WEIR_BINARY_H

#include "columns.h"
#include "format.h"

/* As `create` of the format, but request->path is the directory of the nameless files, which must
 * exist, and request->sync means nothing. The writer is to be discarded or opened, not committed.
 * WEIR_IO, WEIR_LIMIT, WEIR_MEMORY. */
enum weir_status weir_binary_create_scratch(const struct weir_create_request *request,
                                            struct weir_writer **writer,
                                            struct weir_error *err) WEIR_MUST_CHECK;

/* Ends the writing and opens the trace for reading, all columns mapped. Frees the writer in any
 * case; the trace is the caller's to close. WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_binary_open_scratch(struct weir_writer *writer, struct weir_columns **columns,
                                          struct weir_error *err) WEIR_MUST_CHECK;

#endif
