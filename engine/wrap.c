/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text in lines of a fixed width, for help. */
#include "wrap.h"

#include <string.h>

/* Prints the `length` characters of one paragraph line, whose indent has been printed. */
static void print_words(FILE *out, const char *text, size_t length, size_t indent)
{
    const char *const end = text + length;
    size_t column = indent;
    while (text < end) {
        const char *blank = memchr(text, ' ', (size_t)(end - text));
        const size_t n = (size_t)((blank == NULL ? end : blank) - text);
        if (column > indent && column + 1 + n > WEIR_WRAP_COLUMNS) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, n, out);
        column += n;
        text += n;
        while (text < end && *text == ' ')
            text++;
    }
}

void weir_wrap_print(FILE *out, const char *text, size_t indent, size_t at)
{
    if (at > indent || (at == indent && indent > 0)) {
        fputc('\n', out);
        at = 0;
    }
    for (;;) {
        const size_t length = strcspn(text, "\n");
        if (length > 0)
            fprintf(out, "%*s", (int)(indent - at), "");
        if (text[0] == ' ')
            fwrite(text, 1, length, out);
        else
            print_words(out, text, length, indent);
        fputc('\n', out);
        at = 0;
        text += length;
        if (*text == '\0' || text[1] == '\0')
            return;
        text++;
    }
}
