/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion scripts for shells, made from the descriptors of commands, options and formats.
 * Nothing here fails: the caller checks the stream in the end. */
#ifndef WEIR_COMPLETION_H
#define WEIR_COMPLETION_H

#include "command.h"

#include <stdio.h>

/* What can stand in one place of a command line. */
enum weir_completion_kind {
    WEIR_COMPLETION_NOTHING, /* something that cannot be guessed, such as a number */
    WEIR_COMPLETION_WORDS,
    WEIR_COMPLETION_FILES,
    WEIR_COMPLETION_DIRECTORIES,
    WEIR_COMPLETION_COMMANDS
};

struct weir_completion {
    enum weir_completion_kind kind;
    char words[512]; /* of WORDS, separated by blanks */
};

/* What the value of an option can be, which takes one; `command` is NULL for global options that
 * stand before any command. */
void weir_completion_of_option(const struct weir_command *command, const struct weir_option *row,
                               struct weir_completion *completion);

/* What the operands of a command can be; NOTHING where it takes none. */
void weir_completion_of_operands(const struct weir_command *command,
                                 struct weir_completion *completion);

/* Prints `length` characters within single quotes of a shell. */
void weir_completion_put_quoted(const char *text, size_t length, FILE *out);

/* Prints the script for bash, to be sourced, or to be installed as completions/weir. */
void weir_completion_print_bash(FILE *out);

/* Prints the script for zsh, to be sourced, or to be installed as _weir in a directory of fpath. */
void weir_completion_print_zsh(FILE *out);

#endif
