/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of filters, told to its users. */
#ifndef WEIR_FILTER_HELP_H
#define WEIR_FILTER_HELP_H

#include <stdio.h>

/* Prints what weir help filter shows. Never fails: the caller checks the stream in the end. */
void weir_filter_print_help(FILE *out);

#endif
