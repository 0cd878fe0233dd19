/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of filters, told to its users. */
#ifndef WEIR_FILTER_HELP_H
#define WEIR_FILTER_HELP_H

#include <stdbool.h>
#include <stdio.h>

/* What the text is made of, in the order of its parts. */
struct weir_filter_teller {
    void (*paragraph)(const char *text, FILE *out); /* lines that begin with a blank stay lines */
    void (*heading)(const char *text, FILE *out);   /* without a colon */
    void (*entry)(const char *name, const char *text, bool wide, FILE *out); /* wide: long names */
    void (*list)(const char *text, FILE *out); /* words below a heading */
};

/* Tells the language: calls the functions of `teller`. Never fails. */
void weir_filter_tell(const struct weir_filter_teller *teller, FILE *out);

/* Prints what weir help filter shows. Never fails: the caller checks the stream in the end. */
void weir_filter_print_help(FILE *out);

#endif
