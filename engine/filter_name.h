/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in filter expressions: fields, what is made of them, and protocols. */
#ifndef WEIR_FILTER_NAME_H
#define WEIR_FILTER_NAME_H

#include "batch.h"

enum weir_name_meaning {
    WEIR_NAME_NONE,
    WEIR_NAME_FIELD,
    WEIR_NAME_NUMBER, /* a protocol */
    WEIR_NAME_PORT,
    WEIR_NAME_SRC,
    WEIR_NAME_DST,
    WEIR_NAME_IP,
    WEIR_NAME_DURATION,
    WEIR_NAME_RATE
};

struct weir_filter_name {
    enum weir_name_meaning meaning;
    enum weir_field field; /* of a FIELD */
    unsigned number;       /* of a NUMBER */
};

/* What `length` characters at `name` stand for; NONE when for nothing. */
struct weir_filter_name weir_filter_name_find(const char *name, size_t length);

/* Name and number of the protocol in row `i`; false when there are no more rows. */
bool weir_filter_name_protocol(size_t i, const char **name, unsigned *number);

/* The name that a wrong one may have meant, or NULL; static storage. */
const char *weir_filter_name_nearest(const char *name, size_t length);

#endif
