/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text that is read whole, such as a result: a mapped file, or all of a pipe in memory.
 *
 *     struct weir_whole_text text;
 *     status = weir_whole_text_open("length.csv", "a histogram", mem, &text, err);
 *     if (status == WEIR_OK)
 *         status = parse(text.path, text.data, text.n, ...);
 *     weir_whole_text_close(&text);
 */
#ifndef WEIR_WHOLE_TEXT_H
#define WEIR_WHOLE_TEXT_H

#include "format.h"

struct weir_whole_text {
    const char *path; /* as messages should show it */
    const char *data; /* not NULL */
    size_t n;
    struct weir_mapping mapping;
    char *memory; /* of what cannot be mapped */
    struct weir_mem *mem;
};

/* Opens `path` ("-": standard input), which must outlive the text. `what`: what is expected there,
 * for messages, such as "a histogram". WEIR_IO: cannot be opened or read, a directory; WEIR_MEMORY;
 * WEIR_CANCELLED when a stop signal came. The text is to be closed whatever the status. */
enum weir_status weir_whole_text_open(const char *path, const char *what, struct weir_mem *mem,
                                      struct weir_whole_text *text,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Gives mapping and memory back. */
void weir_whole_text_close(struct weir_whole_text *text);

#endif
