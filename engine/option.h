/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options: one row each, wherever they are needed.
 *
 * A row says how an option is called on the command line, that its long name is also the key in a
 * job file, where its value goes, what it may be, and what it means. Parsing, defaults, range
 * checks, help, job files and completion all read the same row; there is no second place.
 *
 * Values live in a parameter struct of the command; a row has the byte offset of its member. The
 * member's C type follows from the kind.
 */
#ifndef WEIR_OPTION_H
#define WEIR_OPTION_H

#include "mem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A list of words or values; its arrays and strings live in the arena of the parameters. */
struct weir_words {
    size_t n;
    const char **word;
};

enum weir_option_kind {
    WEIR_OPTION_FLAG,    /* bool */
    WEIR_OPTION_INTEGER, /* int64_t, within [least, most] */
    WEIR_OPTION_SIZE,    /* uint64_t bytes: 512M, 2G */
    WEIR_OPTION_REAL,    /* double, within [least, most] */
    WEIR_OPTION_TEXT,    /* const char *, NULL when not given */
    WEIR_OPTION_CHOICE,  /* int: index into `choices` */
    WEIR_OPTION_APPEND,  /* struct weir_words: one value per use of the option, repeatable; with
                            `choices` each must be one of them */
    WEIR_OPTION_LIST,    /* struct weir_words: words up to the next option or "--", or separated
                            by commas */
    WEIR_OPTION_IGNORED  /* accepted for compatibility, no member; with `takes_value` one is read */
};

struct weir_option {
    const char *name; /* long name without dashes = key in a job file */
    char letter;      /* short name, or 0 */
    enum weir_option_kind kind;
    size_t offset;       /* of the member in the parameter struct */
    const char *initial; /* default, in the same text form as on the command line; NULL: the
                            member stays zero */
    int64_t least, most; /* range of INTEGER and REAL; both 0: no bound beyond the type's */
    const char *choices; /* "length|size|..." for CHOICE and APPEND */
    const char *value;   /* what help calls the value: "N", "PATH", "EXPR" */
    bool takes_value;    /* for IGNORED */
    const char *input;   /* of TEXT and APPEND that name a file to be read, in a job relative to
                            its file: what stands before the name, such as "series:" or "" */
    bool is_one_word;    /* for LIST: one argument, its words separated by commas */
    size_t given_offset; /* of a bool that tells whether the option was given; 0: none */
    const char *help;    /* one sentence, no full stop */
};

/* A group of rows; the last row has name NULL. `offset` is added to every row's. */
struct weir_option_group {
    const char *title; /* NULL: goes on with the group before */
    const struct weir_option *rows;
    size_t offset;
};

#define WEIR_OPTION_GROUPS_MAX 8

/* What an option set applies to: the groups of a command, in order, then the operands. */
struct weir_option_set {
    const struct weir_option_group *groups[WEIR_OPTION_GROUPS_MAX]; /* NULL-terminated */
};

/* Owns the strings and arrays that parsed values point to; zero-initialise, release at the end. */
struct weir_option_arena {
    struct weir_mem *mem;
    void *blocks;
};
void weir_option_arena_release(struct weir_option_arena *arena);

/* `bytes` of zeroed memory, aligned to 16, that live until the arena is released; NULL when memory
 * is used up. */
void *weir_option_arena_alloc(struct weir_option_arena *arena, size_t bytes);

/* A copy of the first `length` characters of `text` with NUL, as above. */
const char *weir_option_arena_text(struct weir_option_arena *arena, const char *text,
                                   size_t length);

/* Appends `word` (kept as it is: it must live as long as the list) to a list that was empty or
 * built by this function with the same arena. WEIR_MEMORY. */
enum weir_status weir_words_append(struct weir_words *words, const char *word,
                                   struct weir_option_arena *arena,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Fills every member with its default. WEIR_INTERNAL when a default does not parse (a test walks
 * all tables). */
enum weir_status weir_option_defaults(const struct weir_option_set *set, void *params,
                                      struct weir_option_arena *arena,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Where in the value of an option the name of a file to be read begins; NULL when there is none, or
 * it is standard input. */
const char *weir_option_input(const struct weir_option *option, const char *text);

/* Finds an option by its exact long name; NULL when there is none. *offset is where its member
 * is, groups counted in. */
const struct weir_option *weir_option_find(const struct weir_option_set *set, const char *name,
                                           size_t *offset);

/* Sets one option from text, as if given once (APPEND adds a value; LIST replaces the list by the
 * comma-separated words of `text`; FLAG wants "true" or "false"). WEIR_USAGE says what was expected
 * and found, without the option's name: the caller knows how the user wrote it. */
enum weir_status weir_option_set_text(const struct weir_option *option, size_t offset, void *params,
                                      const char *text, struct weir_option_arena *arena,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Parses a command line (without program and command name): long options (--name value,
 * --name=value, unique prefixes), short ones (-x value, -xvalue, bundled flags), operands between
 * and after options, "--" ends options. A lone "-" is an operand. Operands are appended to
 * *operands. An argument that looks like a negative number is a value or operand, not an option.
 * WEIR_USAGE: unknown or ambiguous option (with the nearest names), missing or bad value. Options
 * not given keep what params holds. *help is set when -h or --help was met (parsing then stops). */
enum weir_status weir_option_parse(const struct weir_option_set *set, int argc, char *const *argv,
                                   void *params, struct weir_words *operands, bool *help,
                                   struct weir_option_arena *arena,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* As weir_option_parse for what stands before a command: stops at the first operand, or behind the
 * first help option. *n_taken is the number of arguments used up. */
enum weir_status weir_option_parse_leading(const struct weir_option_set *set, int argc,
                                           char *const *argv, void *params, int *n_taken,
                                           bool *help, struct weir_option_arena *arena,
                                           struct weir_error *err) WEIR_MUST_CHECK;

/* Writes the option part of a help text to `out` (a stdio stream): one paragraph per group, 80
 * columns wide. The row of -h/--help ends the last group. */
void weir_option_print_help(const struct weir_option_set *set, FILE *out);

/* The row of -h/--help, which every command line accepts; it has no member. */
extern const struct weir_option weir_option_help_row;

/* True when the option is followed by a value. */
bool weir_option_takes_value(const struct weir_option *row);

/* What help calls the value of an option that takes one. */
const char *weir_option_value_name(const struct weir_option *row);

/* Writes the sentence of a row, with what its other columns say (choices, range, repetition,
 * default), to `out`, cut to `capacity`; returns out. WEIR_OPTION_TEXT_BYTES hold any. */
#define WEIR_OPTION_TEXT_BYTES 1024
char *weir_option_describe(const struct weir_option *row, char *out, size_t capacity);

/* The known name nearest to `word` among `names` by edit distance, or NULL when none is near. */
const char *weir_option_nearest(const char *word, const char *const *names, size_t n_names);

#endif
