/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text in lines of a fixed width, for help. */
#ifndef WEIR_WRAP_H
#define WEIR_WRAP_H

#include <stddef.h>
#include <stdio.h>

#define WEIR_WRAP_COLUMNS 80

/* Prints `text`, broken at blanks, so that every line begins at column `indent` (from 0) and ends
 * before WEIR_WRAP_COLUMNS where words allow. The cursor stands at column `at`, which may be beyond
 * the indent: the first line then begins on a new line. A newline in the text ends a line, and a
 * line that begins with a blank is printed as it is (tables, examples). Ends with a newline. */
void weir_wrap_print(FILE *out, const char *text, size_t indent, size_t at);

#endif
