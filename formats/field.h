/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of a flow record: names on disk, types, meanings. One row per field. */
#ifndef WEIR_FIELD_H
#define WEIR_FIELD_H

#include "batch.h"

enum weir_field_role {
    WEIR_FIELD_KEY,  /* part of the flow key: records of one flow agree in it */
    WEIR_FIELD_VALUE /* measured */
};

struct weir_field_info {
    const char *name;    /* column and filter name; never changes */
    enum weir_type type; /* type in traces that weir writes (inif, outif: see below) */
    enum weir_field_role role;
    const char *unit;             /* "s", "ms", "packets", "octets" or "" */
    uint16_t information_element; /* IPFIX element of an IPv4 flow (RFC 7012), 0: none */
    const char *meaning;
};

/* The row of a field; static storage. Interface indices are 16 bits wide in flow-models; weir reads
 * them as 32 bits and widens a written column when the first index above 65535 comes. */
const struct weir_field_info *weir_field_info(enum weir_field field);

/* Finds a field by name (`length` characters); WEIR_N_FIELDS when there is none. */
enum weir_field weir_field_find(const char *name, size_t length);

/* Writes the names of a set, separated by ", ", to `out`; cut to `capacity`. Returns out. */
char *weir_field_names(weir_fields fields, char *out, size_t capacity);

#endif
