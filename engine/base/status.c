/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statuses and error messages. */
#include "status.h"

#include <stdio.h>
#include <string.h>

WEIR_PRINTF(2, 0)
static void error_format(struct weir_error *err, const char *format, va_list args)
{
    if (vsnprintf(err->message, sizeof err->message, format, args) < 0)
        err->message[0] = '\0';
    for (char *c = err->message; *c != '\0'; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' '; /* a file name may hold a newline; a message is one line */
}

enum weir_status weir_error_set(struct weir_error *err, enum weir_status status, const char *format,
                                ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        error_format(err, format, args);
        va_end(args);
    }
    return status;
}

enum weir_status weir_error_errno(struct weir_error *err, enum weir_status status, int error_number,
                                  const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        error_format(err, format, args);
        va_end(args);
        const size_t used = strlen(err->message);
        /* strerror_r has two shapes; strerror is safe in threads since glibc 2.32 and in musl. */
        snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(error_number));
    }
    return status;
}

void weir_error_prepend(struct weir_error *err, const char *format, ...)
{
    if (err == NULL)
        return;
    struct weir_error context = {0};
    va_list args;
    va_start(args, format);
    error_format(&context, format, args);
    va_end(args);
    const size_t n = strlen(context.message);
    const size_t keep = sizeof err->message - 1 - n;
    const size_t length = strlen(err->message);
    memmove(err->message + n, err->message, length < keep ? length : keep);
    err->message[length < keep ? n + length : sizeof err->message - 1] = '\0';
    memcpy(err->message, context.message, n);
}

const char *weir_status_name(enum weir_status status)
{
    switch (status) {
    case WEIR_OK:
        return "ok";
    case WEIR_END:
        return "end";
    case WEIR_USAGE:
        return "usage";
    case WEIR_IO:
        return "io";
    case WEIR_FORMAT:
        return "format";
    case WEIR_MEMORY:
        return "memory";
    case WEIR_LIMIT:
        return "limit";
    case WEIR_NOT_CONVERGED:
        return "not converged";
    case WEIR_CANCELLED:
        return "cancelled";
    case WEIR_INTERNAL:
        break;
    }
    return "internal";
}
