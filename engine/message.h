/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines on standard error: errors, warnings, notes, reports, as text or as JSON.
 *
 * Text lines begin with "weir: "; with --log json every line is one JSON object whose "level" tells
 * what it is. Each line is one write, so that lines of several threads do not mix. What cannot be
 * written is dropped: there is nobody left to tell.
 */
#ifndef WEIR_MESSAGE_H
#define WEIR_MESSAGE_H

#include "log.h"
#include "run.h"

struct json_t;

#define WEIR_MESSAGE_ERASE  "\r\033[K" /* empties the terminal's current line */
#define WEIR_MESSAGE_NUMBER 32         /* room for the text of a count or size */

/* Writes bytes to standard error as they are. */
void weir_message_write(const char *bytes, size_t n);

/* Writes "weir: ", a printf-style text and a newline; control characters, which file names may
 * hold, become '?'. A progress line on the terminal is taken away first. Any thread. */
void weir_message_line(const struct weir_run *run, const char *format, ...) WEIR_PRINTF(2, 3);

/* Writes a JSON object on one line and gives it back (NULL: out of memory, said so). Any thread. */
void weir_message_json(struct json_t *object);

/* `text` as a JSON string; bytes that are no UTF-8 come as \xNN. NULL when memory is used up. */
struct json_t *weir_message_json_text(const char *text);

/* The line of a failure: "weir: COMMAND: MESSAGE". `command` may be NULL. */
void weir_message_error(const struct weir_run *run, const char *command, enum weir_status status,
                        const char *message);

/* A sink for log.h; the context is the struct weir_run, whose step is named. Notes are dropped in
 * quiet runs. */
void weir_message_log(enum weir_log_level level, const char *text, void *context);

/* Short texts with three to four digits: "20.7 KB" (powers of 1000), "3.4 M". Return out. */
char *weir_message_bytes(double bytes, char out[WEIR_MESSAGE_NUMBER]);
char *weir_message_count(double count, char out[WEIR_MESSAGE_NUMBER]);

#endif
