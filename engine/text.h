/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that grows: what commands print as a result, put together in memory.
 *
 * Failures to get memory are remembered and come out when the text is written, so that the lines
 * that make it need no checks. One thread at a time.
 */
#ifndef WEIR_TEXT_H
#define WEIR_TEXT_H

#include "mem.h"
#include "number.h"
#include "output.h"

struct weir_text {
    struct weir_mem *mem;
    char *bytes; /* not terminated; NULL while empty */
    size_t n, capacity;
    bool failed; /* memory was used up */
};

/* Starts an empty text. */
void weir_text_init(struct weir_text *text, struct weir_mem *mem);
void weir_text_release(struct weir_text *text);

/* Appends. */
void weir_text_add(struct weir_text *text, const char *format, ...) WEIR_PRINTF(2, 3);
void weir_text_add_u128(struct weir_text *text, weir_u128 value);

/* Appends a JSON string: quoted, with what must be escaped escaped. Bytes that are no UTF-8 come as
 * \xNN. */
void weir_text_add_json(struct weir_text *text, const char *value);

/* Appends a JSON number, the shortest that reads back as the same bits; null when `value` is not
 * finite. */
void weir_text_add_json_real(struct weir_text *text, double value);

/* Writes the text and empties it. WEIR_MEMORY when a part of it is missing; WEIR_IO. */
enum weir_status weir_text_write(struct weir_text *text, struct weir_output *output,
                                 struct weir_error *err) WEIR_MUST_CHECK;

/* Writes part / whole in percent with `digits` decimals (1 .. 3), rounded to nearest, half up;
 * "-" when the whole is 0. Returns out. */
#define WEIR_TEXT_PERCENT 24
char *weir_text_percent(weir_u128 part, weir_u128 whole, unsigned digits,
                        char out[WEIR_TEXT_PERCENT]);

#endif
