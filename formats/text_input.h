/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text files and streams of one record a line: blocks, lines, columns, line numbers.
 *
 * What csv_flow and pipe share. A regular file is mapped and cut into blocks of equal size; a block
 * owns the lines that start in it. Anything else is a stream: pieces that end at a newline are
 * taken in turn and parsed on any thread. A format says how its lines look (a weir_text_table) and
 * gets the calls below; it keeps no state of its own.
 *
 *     struct weir_text_format          what csv_flow or pipe add
 *     struct weir_text_input           an opened file or stream; starts with weir_input
 *     struct weir_text_cursor          a thread's block and its columns; starts with weir_cursor
 *
 * Blank lines at the very end of an input are ignored. A carriage return before a newline belongs
 * to the line end.
 */
#ifndef WEIR_TEXT_INPUT_H
#define WEIR_TEXT_INPUT_H

#include "format.h"
#include "text_table.h"

#include <sys/types.h>

#define WEIR_TEXT_BLOCK_BYTES ((size_t)256 << 10) /* a block and its columns stay in L2 */
#define WEIR_TEXT_LINE_MAX    ((size_t)64 << 10)  /* longest line, line end not counted */

struct weir_text_input;
struct weir_text_cursor;

/* A line without its line end, and the one behind it (NULL behind the last one). */
struct weir_text_lines {
    const unsigned char *line;
    size_t n;
    const unsigned char *next;
    size_t n_next;
};

struct weir_text_format {
    const struct weir_format *format;
    size_t line_bytes_min; /* of the shortest record, its newline counted */

    /* Looks at text from the start of the input for what all its lines have in common and returns
     * it (input->variant); 0: nothing there tells, ask again with later text. NULL: not needed. */
    int (*learn)(const unsigned char *text, size_t n);

    weir_fields zeros; /* fields that the lines lack: zero in every record */

    /* Describes the lines of the input, with columns in the cursor. May use cursor->wide. Called
     * for every block, in turn. */
    void (*set_table)(struct weir_text_cursor *cursor);

    /* True: the line holds no record and is dropped; the cursor's losses count it. `values` is NULL
     * before the line is parsed and has its fields afterwards. NULL: every line is a record. */
    bool (*drop)(struct weir_text_cursor *cursor, const struct weir_text_lines *lines,
                 const uint64_t *values);

    /* Derives columns from those of the table for rows [row, row + n). NULL: nothing to derive. */
    void (*finish)(struct weir_text_cursor *cursor, size_t row, size_t n);
};

/* State of a stream between two pieces. Touched in turn only. */
struct weir_text_stream {
    int fd;
    bool own_fd;
    bool at_end;         /* nothing more to read */
    unsigned char *rest; /* bytes read behind the end of the last piece */
    size_t n_rest;
    size_t rest_capacity;
    uint64_t n_lines;    /* lines in the pieces taken so far */
    bool blank_before;   /* blank lines came last: fine if nothing follows */
    uint64_t blank_line; /* number of the first of them */
};

struct weir_text_input {
    struct weir_input base;
    const struct weir_text_format *text;
    weir_text_rows *rows;
    size_t block_bytes;
    bool rejects;       /* bad lines are kept, not failed at */
    weir_extras extras; /* columns beyond the fields that views carry */
    int variant;        /* what `learn` found out; 0 before */
    struct weir_mapping mapping;
    const unsigned char *data; /* the text of a mapped file, trailing blank lines left out */
    size_t n_data;
    struct weir_text_stream stream;
};

struct weir_text_cursor {
    struct weir_cursor base;
    struct weir_text_table table;
    void *column[WEIR_N_FIELDS];              /* in the types of the input's schema */
    void *extra[WEIR_N_EXTRAS];               /* NULL: not wanted */
    struct weir_column custom[WEIR_N_EXTRAS]; /* the view of those that are */
    uint64_t *wide[2]; /* two more columns, for values that `finish` takes apart */
    size_t capacity;   /* rows of the columns */
    void *memory;      /* of all columns */

    unsigned char *buffer; /* text of a stream's piece or a copied block, or NULL */
    size_t buffer_capacity;
    const unsigned char *readable; /* bytes from here on may be read; the text follows */
    const unsigned char *begin;    /* text of the block: whole lines */
    const unsigned char *end;
    const unsigned char *ahead_end; /* end of the text known behind it */
    bool too_long;                  /* behind the text comes a line that has no end */
    size_t offset;                  /* mapped files: of the text in the file */
    uint64_t first_line;            /* streams: number of the first line */
    uint64_t bad_blank_line;        /* streams: a blank line before the text, or 0 */

    char *rejected; /* the bad lines of the block, base.n_reject_bytes of them in use */
    size_t rejected_capacity;
};

/* Opens an input as weir_format.open does. `block_bytes`: WEIR_TEXT_BLOCK_BYTES, or less in tests.
 */
enum weir_status weir_text_open(const struct weir_text_format *text,
                                const struct weir_open_request *request, size_t block_bytes,
                                struct weir_input **input, struct weir_error *err) WEIR_MUST_CHECK;

/* The rest of the reading side of struct weir_format. */
void weir_text_close(struct weir_input *input);
enum weir_status weir_text_cursor_new(struct weir_input *input, struct weir_cursor **cursor,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_text_cursor_free(struct weir_cursor *cursor);
enum weir_status weir_text_cursor_load(struct weir_cursor *cursor, uint64_t block,
                                       uint64_t *n_records, struct weir_error *err) WEIR_MUST_CHECK;
enum weir_status weir_text_cursor_parse(struct weir_cursor *cursor, uint64_t *n_records,
                                        struct weir_error *err) WEIR_MUST_CHECK;
void weir_text_cursor_view(struct weir_cursor *cursor, uint64_t begin, size_t n,
                           struct weir_batch *batch);

/* Puts a field of the input's schema into the table of a cursor at place `at`. */
void weir_text_set_field(struct weir_text_cursor *cursor, size_t at, enum weir_field field);

/* The same for a column beyond the fields; unless the input was opened for it, the field of the
 * line must be below 2^32 and is dropped. */
void weir_text_set_extra(struct weir_text_cursor *cursor, size_t at, enum weir_extra extra);

/* Writes bytes of an input as a message may show them to `out` (WEIR_TEXT_SHOWN_CAPACITY
 * characters): the first ones, and unprintable ones by their number. Returns out. */
#define WEIR_TEXT_SHOWN_CAPACITY 168
char *weir_text_show(const void *text, size_t n, char *out);

/* Bytes of whole lines without the blank ones at their end. */
size_t weir_text_without_blank_end(const unsigned char *text, size_t n);

/* The first line of a probe that is not empty, without its line end; NULL when there is none.
 * *is_whole: its end is known. */
const unsigned char *weir_text_probe_line(const struct weir_probe *probe, size_t *n,
                                          bool *is_whole);

/* Fields of a line that holds nothing but digits, blanks and separators, with a digit in each (the
 * last one may be unfinished when !is_whole); 0 for any other line. */
size_t weir_text_count_numbers(const unsigned char *line, size_t n, unsigned char separator,
                               bool is_whole);

#endif
