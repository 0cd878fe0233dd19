/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statuses and error messages.
 *
 * Every function that can fail returns enum weir_status and takes `struct weir_error *err` as its
 * last argument: the caller's own fixed buffer, or NULL when only the status matters. The place
 * that finds the failure writes the message with its facts (file, line, field, what was expected,
 * what was found); callers may put context before it (weir_error_prepend) and never replace it.
 *
 *     struct weir_error err = {0};
 *     enum weir_status status = weir_columns_open(path, mem, &columns, &err);
 *     if (status != WEIR_OK)
 *         return status;           // err.message already says it all
 *
 * A struct weir_error belongs to one thread at a time; nothing here has global state.
 */
#ifndef WEIR_STATUS_H
#define WEIR_STATUS_H

#include <stdarg.h>

/* What the caller does next decides the status, not what went wrong in detail. */
enum weir_status {
    WEIR_OK = 0,
    WEIR_END,           /* end of input: an answer, not an error; carries no message */
    WEIR_USAGE,         /* the user asked for something that makes no sense: exit 2 */
    WEIR_IO,            /* the system refused: open, read, write, rename, ... */
    WEIR_FORMAT,        /* an input is not what it claims to be */
    WEIR_MEMORY,        /* memory, or the --memory budget, is used up */
    WEIR_LIMIT,         /* a value does not fit: overflow of a sum, a count, a column type */
    WEIR_NOT_CONVERGED, /* an iteration ended without an answer */
    WEIR_CANCELLED,     /* stopped by a signal, or because another thread failed */
    WEIR_INTERNAL       /* a bug of ours */
};

#define WEIR_ERROR_CAPACITY 1024

struct weir_error {
    char message[WEIR_ERROR_CAPACITY]; /* one line without newline, NUL-terminated */
};

#define WEIR_MUST_CHECK                  __attribute__((warn_unused_result))
#define WEIR_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))

/* Writes a printf-style message into `err` (nothing when err is NULL; longer text is cut) and
 * returns `status`, so that a failing line reads `return weir_error_set(err, WEIR_IO, ...)`. */
enum weir_status weir_error_set(struct weir_error *err, enum weir_status status, const char *format,
                                ...) WEIR_PRINTF(3, 4);

/* As weir_error_set, with ": " and the text of the errno value `error_number` appended. */
enum weir_status weir_error_errno(struct weir_error *err, enum weir_status status, int error_number,
                                  const char *format, ...) WEIR_PRINTF(4, 5);

/* Puts printf-style context and nothing else before the message that is there. */
void weir_error_prepend(struct weir_error *err, const char *format, ...) WEIR_PRINTF(2, 3);

/* The name of a status in lower case ("usage", "io", ...), for logs; static storage. */
const char *weir_status_name(enum weir_status status);

#endif
