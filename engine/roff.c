/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain text as source of a man page. */
#include "roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define COLUMNS 72 /* of a line of source, before escapes */

/* The escape of a character that would not come out as it is, or NULL. */
static const char *escape(char c)
{
    switch (c) {
    case '\\':
        return "\\(rs";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    case '"':
        return "\\(dq";
    case '\n':
        return " ";
    default:
        return NULL;
    }
}

void weir_roff_put(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char *escaped = escape(text[i]);
        if (escaped != NULL)
            fputs(escaped, out);
        else
            fputc(text[i], out);
    }
}

void weir_roff_put_font(FILE *out, char font, const char *text)
{
    fprintf(out, "\\f%c", font);
    weir_roff_put(out, text, strlen(text));
    fputs("\\fR", out);
}

/* The beginning of a line: a point there would make it a request. */
static void put_line_start(FILE *out, const char *text, size_t length)
{
    if (length > 0 && text[0] == '.')
        fputs("\\&", out);
    weir_roff_put(out, text, length);
}

/* Whether the word that ends before `next` is the last one of a sentence; "..." within one is not.
 */
static bool ends_sentence(const char *word, const char *next)
{
    return next > word && strchr(".?!", next[-1]) != NULL && next[0] == ' ' &&
           !islower((unsigned char)next[1]);
}

/* Prints the words of one line of text. */
static void fill_words(FILE *out, const char *text, size_t length)
{
    size_t column = 0;
    for (const char *const end = text + length; text < end;) {
        const char *blank = memchr(text, ' ', (size_t)(end - text));
        const size_t n = (size_t)((blank == NULL ? end : blank) - text);
        if (column > 0 && column + 1 + n > COLUMNS) {
            fputc('\n', out);
            column = 0;
        }
        if (column == 0) {
            put_line_start(out, text, n);
        } else {
            fputc(' ', out);
            weir_roff_put(out, text, n);
        }
        column += n + 1;
        if (text + n < end && ends_sentence(text, text + n)) {
            fputc('\n', out);
            column = 0;
        }
        for (text += n; text < end && *text == ' ';)
            text++;
    }
    fputc('\n', out);
}

void weir_roff_fill(FILE *out, const char *text)
{
    bool literal = false;
    for (;;) {
        const size_t length = strcspn(text, "\n");
        const bool as_is = text[0] == ' ';
        if (as_is != literal) {
            fputs(as_is ? ".nf\n" : ".fi\n", out);
            literal = as_is;
        }
        if (length == 0) {
            fputs(".PP\n", out);
        } else if (as_is) {
            weir_roff_put(out, text, length);
            fputc('\n', out);
        } else {
            fill_words(out, text, length);
        }
        text += length;
        if (*text == '\0' || text[1] == '\0')
            break;
        text++;
    }
    if (literal)
        fputs(".fi\n", out);
}

void weir_roff_literal(FILE *out, const char *text)
{
    fputs(".RS 4\n.nf\n", out);
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        put_line_start(out, text, length);
        fputc('\n', out);
        text += length + (text[length] == '\n');
    }
    fputs(".fi\n.RE\n", out);
}
