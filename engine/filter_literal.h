/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses and times in filter expressions, as people write them.
 *
 *     10.1.2.3   10.0.0.0/8   2001:db8::1   2001:db8::/32   ::ffff:10.0.0.1
 *     2015-06-10T19:00   2015-06-10T19:00:05.250   2015-06-10T19:00Z   2015-06-10T21:00+02:00
 *
 * None of these is an expression of numbers and operators: what is one (2015-10-10) is left alone.
 */
#ifndef WEIR_FILTER_LITERAL_H
#define WEIR_FILTER_LITERAL_H

#include "number.h"

#include <stdbool.h>
#include <stddef.h>

enum weir_literal_kind {
    WEIR_LITERAL_NONE, /* the text does not begin like an address or a time */
    WEIR_LITERAL_IPV4,
    WEIR_LITERAL_IPV6,
    WEIR_LITERAL_TIME,
    WEIR_LITERAL_BAD
};

struct weir_literal {
    enum weir_literal_kind kind;
    size_t length;    /* characters, also of a bad one */
    weir_u128 value;  /* of an address: its 32 or 128 bits */
    weir_i128 ms;     /* of a time: since 1970-01-01T00:00Z */
    unsigned bits;    /* of an address: length of the prefix; 32 or 128 without one */
    bool prefixed;    /* /N was written */
    bool fraction;    /* the time has a fraction of a second */
    const char *hint; /* what is wrong with a bad one */
};

/* Reads the literal at `text`. Times without Z or an offset are UTC. Pure. */
struct weir_literal weir_literal_read(const char *text);

/* True when 2015-10-10 or the like stands at `text`: a difference of numbers, but hardly meant. */
bool weir_literal_like_date(const char *text);

#endif
