/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help texts, made from the descriptors of commands, options and formats. Nothing here fails: the
 * caller checks the stream in the end. */
#ifndef WEIR_COMMAND_HELP_H
#define WEIR_COMMAND_HELP_H

#include "command.h"
#include "format.h"

#include <stdio.h>

/* What the program is, and what "weir help" is, in one line each. */
#define WEIR_SUMMARY      "statistical traffic models from IP flow records"
#define WEIR_HELP_SUMMARY "tell about a command or the filters: weir help COMMAND|filter"

/* What filter expressions are made of; the list of fields goes below it. */
extern const char weir_command_filter_text[];

/* Prints what weir is, its commands, and the global options. */
void weir_command_print_overview(FILE *out);

/* Prints all about one command: usage line, summary, description, options (its own and the global
 * ones), filters and formats where it reads flow records, and an example. */
void weir_command_print_help(const struct weir_command *command, FILE *out);

/* Prints "weir COMMAND [options] OPERANDS", without newline, to `out`; returns out. */
char *weir_command_usage(const struct weir_command *command, char *out, size_t capacity);

/* Puts the groups of a command and behind them the global one into *set. True when the command
 * reads flow records, so that filters and formats concern it. */
bool weir_command_join_options(const struct weir_command *command, struct weir_option_set *set);

/* Writes what a format is, and whether it can only be read or written, to `out`, cut to `capacity`;
 * returns out. */
char *weir_command_format_text(const struct weir_format *format, char *out, size_t capacity);

/* The name of the command that a mistyped one may have meant, or NULL. */
const char *weir_command_nearest(const char *name);

#endif
