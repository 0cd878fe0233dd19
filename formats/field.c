/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of a flow record. */
#include "field.h"

#include <stdio.h>
#include <string.h>

#define KEY   WEIR_FIELD_KEY
#define VALUE WEIR_FIELD_VALUE

static const struct weir_field_info fields[WEIR_N_FIELDS] = {
    [WEIR_AF] = {"af", WEIR_U8, KEY, "", 0, "address family: 2 IPv4, 10 IPv6, 0 unknown"},
    [WEIR_PROT] = {"prot", WEIR_U8, KEY, "", 4, "IP protocol number"},
    [WEIR_INIF] = {"inif", WEIR_U16, KEY, "", 10, "input interface index"},
    [WEIR_OUTIF] = {"outif", WEIR_U16, KEY, "", 14, "output interface index"},
    [WEIR_SA0] = {"sa0", WEIR_U32, KEY, "", 27, "source address, bits 127..96"},
    [WEIR_SA1] = {"sa1", WEIR_U32, KEY, "", 27, "source address, bits 95..64"},
    [WEIR_SA2] = {"sa2", WEIR_U32, KEY, "", 27, "source address, bits 63..32"},
    [WEIR_SA3] = {"sa3", WEIR_U32, KEY, "", 8, "source address, bits 31..0, or IPv4"},
    [WEIR_DA0] = {"da0", WEIR_U32, KEY, "", 28, "destination address, bits 127..96"},
    [WEIR_DA1] = {"da1", WEIR_U32, KEY, "", 28, "destination address, bits 95..64"},
    [WEIR_DA2] = {"da2", WEIR_U32, KEY, "", 28, "destination address, bits 63..32"},
    [WEIR_DA3] = {"da3", WEIR_U32, KEY, "", 12, "destination address, bits 31..0, or IPv4"},
    [WEIR_SP] = {"sp", WEIR_U16, KEY, "", 7, "source transport port"},
    [WEIR_DP] = {"dp", WEIR_U16, KEY, "", 11, "destination transport port"},
    [WEIR_FIRST] = {"first", WEIR_U32, VALUE, "s", 152, "first packet, Unix seconds"},
    [WEIR_FIRST_MS] = {"first_ms", WEIR_U16, VALUE, "ms", 152, "first packet, milliseconds"},
    [WEIR_LAST] = {"last", WEIR_U32, VALUE, "s", 153, "last packet, Unix seconds"},
    [WEIR_LAST_MS] = {"last_ms", WEIR_U16, VALUE, "ms", 153, "last packet, milliseconds"},
    [WEIR_PACKETS] = {"packets", WEIR_U64, VALUE, "packets", 2, "packets: the flow's length"},
    [WEIR_OCTETS] = {"octets", WEIR_U64, VALUE, "octets", 1, "octets: the flow's size"},
    [WEIR_AGGS] = {"aggs", WEIR_U32, VALUE, "", 3, "flow records merged into this one"},
};

const struct weir_field_info *weir_field_info(enum weir_field field)
{
    return &fields[field];
}

enum weir_field weir_field_find(const char *name, size_t length)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (strlen(fields[f].name) == length && memcmp(fields[f].name, name, length) == 0)
            return (enum weir_field)f;
    return WEIR_N_FIELDS;
}

char *weir_field_names(weir_fields set, char *out, size_t capacity)
{
    size_t used = 0;
    out[0] = '\0';
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        if ((set & WEIR_FIELD_BIT(f)) == 0 || used >= capacity)
            continue;
        const int n =
            snprintf(out + used, capacity - used, "%s%s", used == 0 ? "" : ", ", fields[f].name);
        used += n > 0 ? (size_t)n : 0;
    }
    return out;
}
