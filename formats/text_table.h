/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of decimal numbers to columns: the inner part of the text readers.
 *
 * A table says what separates the fields of a line, what each field may be, and which column its
 * values go to. There are two ways in. weir_text_line takes one line apart, accepts all that the
 * formats allow, and says exactly what is wrong with a bad line. A weir_text_rows function takes
 * many lines at a time as long as they look like what programs write, and stops at the first one
 * that does not, be it odd or wrong; that line is then one for weir_text_line. Variants of it may
 * stop at different lines, but never disagree with weir_text_line on what they take.
 *
 * Everything here is pure save for the columns that it fills.
 */
#ifndef WEIR_TEXT_TABLE_H
#define WEIR_TEXT_TABLE_H

#include "cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_TEXT_FIELDS_MAX 24

/* Bytes that must be readable before and behind the text given to a weir_text_rows function. */
#define WEIR_TEXT_PAD_BYTES 64

struct weir_text_field {
    const char *name; /* for messages; static storage */
    uint64_t most;    /* larger values are refused */
    uint64_t least;   /* weir_text_rows stops at smaller values; weir_text_line takes them */
    unsigned n_bytes; /* of a value in the column: 1, 2, 4 or 8; 0: checked and dropped */
    void *column;
};

struct weir_text_table {
    unsigned char separator; /* no digit, blank or line end */
    size_t n_fields;         /* 1 .. WEIR_TEXT_FIELDS_MAX */
    struct weir_text_field field[WEIR_TEXT_FIELDS_MAX];
};

/* What is wrong with a line. */
struct weir_text_fault {
    size_t n_fields;           /* fields of the line, when their number is wrong, else 0 */
    size_t field;              /* else the field that is bad */
    const unsigned char *text; /* and its text, without blanks around it */
    size_t n_text;
};

/* Parses the line [line, line + n), which holds no line end: n_fields decimal numbers, blanks
 * allowed around each. True: `values` (n_fields of them) are set. False: *fault is. */
bool weir_text_line(const struct weir_text_table *table, const unsigned char *line, size_t n,
                    uint64_t *values, struct weir_text_fault *fault);

/* Puts the values of one line into row `row` of the columns. */
void weir_text_store(const struct weir_text_table *table, size_t row, const uint64_t *values);

/* Longer lines are left to weir_text_line, whose callers have a limit of their own. */
#define WEIR_TEXT_ROW_BYTES_MAX 4096

/* Parses lines from `text`, which ends with a newline after `n_bytes`, into rows `row` and
 * following; stops before the first line that it leaves to weir_text_line, or at the end. Returns
 * the number of lines taken and sets *n_taken to their bytes. WEIR_TEXT_PAD_BYTES before `text` and
 * behind its end must be readable, the one just before it no digit; rows up to the number of
 * newlines must be writable. */
typedef size_t weir_text_rows(const struct weir_text_table *table, const unsigned char *text,
                              size_t n_bytes, size_t row, size_t *n_taken);

weir_text_rows weir_text_rows_ref;
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)
weir_text_rows weir_text_rows_avx512;
#endif

/* The fastest one that a processor of this level runs. */
weir_text_rows *weir_text_rows_find(enum weir_cpu cpu);

#endif
