/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain text as source of a man page. Nothing here fails: the caller checks the stream in the end.
 *
 * Every character comes out as it went in: hyphens stay what can be typed, and nothing in a text
 * is taken for a request or an escape. */
#ifndef WEIR_ROFF_H
#define WEIR_ROFF_H

#include <stddef.h>
#include <stdio.h>

/* Prints `length` characters inside a line that has begun; newlines count as blanks. */
void weir_roff_put(FILE *out, const char *text, size_t length);

/* As above, in the font 'B' (bold) or 'I' (italic); roman afterwards. */
void weir_roff_put_font(FILE *out, char font, const char *text);

/* Prints text that is filled: the output begins and ends a line, sentences and long lines end
 * lines of the source. An empty line begins a paragraph; lines that begin with a blank are printed
 * as they are, as weir_wrap_print does. */
void weir_roff_fill(FILE *out, const char *text);

/* Prints lines as they are, indented. */
void weir_roff_literal(FILE *out, const char *text);

#endif
