/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Man pages, made from the descriptors of commands, options, fields and formats, as help is.
 * Nothing here fails: the caller checks the stream in the end. */
#ifndef WEIR_MAN_PAGE_H
#define WEIR_MAN_PAGE_H

#include "command.h"

#include <stdio.h>

/* Prints the page weir-COMMAND(1) as source for man; weir(1) for NULL. The text depends on nothing
 * but the program: no date, no machine. */
void weir_man_page_print(const struct weir_command *command, FILE *out);

/* Prints the page weir-filter(7): what weir help filter tells. */
void weir_man_page_print_filter(FILE *out);

/* Prints the page of a command's alias, which stands for the command's own page. */
void weir_man_page_print_alias(const struct weir_command *command, FILE *out);

#endif
