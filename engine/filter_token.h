/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of filter expressions: numbers, addresses, times, names, operators, and what people write
 * instead.
 *
 * Things that are no part of the language but look like it (=, &&, **, 1.5, strings) are tokens of
 * their own with a hint, so that the parser can say what to write.
 */
#ifndef WEIR_FILTER_TOKEN_H
#define WEIR_FILTER_TOKEN_H

#include "filter_literal.h"
#include "filter_parse.h"

enum weir_token_kind {
    WEIR_TOKEN_END,
    WEIR_TOKEN_NUMBER,
    WEIR_TOKEN_LITERAL, /* an address or a time */
    WEIR_TOKEN_NAME,
    WEIR_TOKEN_OPERATOR,
    WEIR_TOKEN_AND, /* the words */
    WEIR_TOKEN_OR,
    WEIR_TOKEN_NOT,
    WEIR_TOKEN_IN,
    WEIR_TOKEN_OPEN,       /* ( */
    WEIR_TOKEN_CLOSE,      /* ) */
    WEIR_TOKEN_OPEN_LIST,  /* { */
    WEIR_TOKEN_CLOSE_LIST, /* } */
    WEIR_TOKEN_COMMA,
    WEIR_TOKEN_OTHER /* nothing of ours */
};

struct weir_token {
    enum weir_token_kind kind;
    enum weir_filter_kind
        operation;       /* of an OPERATOR, taken as one with two operands; ~ is INVERT */
    unsigned precedence; /* of an OPERATOR with two operands, 1 and more; else 0 */
    const char *begin;
    size_t length;
    weir_i128 value;             /* of a NUMBER */
    struct weir_literal literal; /* of a LITERAL */
    const char *hint; /* of OTHER, and of a NAME that is a word of Python: what to write; or NULL */
};

#define WEIR_PRECEDENCE_COMPARE 1 /* the lowest of an OPERATOR */

/* Reads the token at or after `text` (blanks are skipped). Numbers and literals that are malformed,
 * and numbers beyond 127 bits, come as OTHER with a hint. Pure. */
struct weir_token weir_token_read(const char *text);

/* Writes a token for a message: 'text' (cut after 40 characters), "the end", or "byte 0xNN" for
 * what cannot be printed. Returns out. */
#define WEIR_TOKEN_CAPACITY 64
char *weir_token_text(const struct weir_token *token, char *out);

#endif
