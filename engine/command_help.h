/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help texts, made from the descriptors of commands, options and formats. Nothing here fails: the
 * caller checks the stream in the end. */
#ifndef WEIR_COMMAND_HELP_H
#define WEIR_COMMAND_HELP_H

#include "command.h"

#include <stdio.h>

/* Prints what weir is, its commands, and the global options. */
void weir_command_print_overview(FILE *out);

/* Prints all about one command: usage line, summary, description, options (its own and the global
 * ones), filters and formats where it reads flow records, and an example. */
void weir_command_print_help(const struct weir_command *command, FILE *out);

/* Prints "weir COMMAND [options] OPERANDS", without newline, to `out`; returns out. */
char *weir_command_usage(const struct weir_command *command, char *out, size_t capacity);

/* The name of the command that a mistyped one may have meant, or NULL. */
const char *weir_command_nearest(const char *name);

#endif
