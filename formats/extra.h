/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns that flow files may hold beyond the 21 fields, one row each in extras.def.
 *
 * They are read on request only and become custom columns, in ascending order of their names:
 *
 *     weir_extras extras = weir_extras_find(request->columns) & format->extras;
 *     weir_extras_add(extras, &input->schema);
 *
 * Plain data and pure functions.
 */
#ifndef WEIR_EXTRA_H
#define WEIR_EXTRA_H

#include "batch.h"

enum weir_extra {
#define WEIR_EXTRA(symbol, name, type, meaning) WEIR_EXTRA_##symbol,
#include "extras.def"
#undef WEIR_EXTRA
    WEIR_N_EXTRAS
};

/* A set of them: bit e stands for extra e. */
typedef uint32_t weir_extras;
#define WEIR_EXTRA_BIT(extra) ((weir_extras)1 << (extra))
#define WEIR_EXTRAS_ALL       (WEIR_EXTRA_BIT(WEIR_N_EXTRAS) - 1)

struct weir_schema;
struct weir_column_request;

struct weir_extra_info {
    const char *name;
    enum weir_type type; /* unsigned */
    const char *meaning;
};

/* The row of an extra; static storage. */
const struct weir_extra_info *weir_extra_info(enum weir_extra extra);

/* Finds an extra by name; WEIR_N_EXTRAS when there is none. */
enum weir_extra weir_extra_find(const char *name);

/* The extras that a request asks for; its names of other columns are passed over. */
weir_extras weir_extras_find(const struct weir_column_request *request);

/* Adds custom columns of these names and types to a schema that has none. */
void weir_extras_add(weir_extras extras, struct weir_schema *schema);

/* Writes the names of a set, separated by ", ", to `out`; cut to `capacity`. WEIR_EXTRA_NAMES_BYTES
 * hold all. Returns out. */
#define WEIR_EXTRA_NAMES_BYTES 320
char *weir_extra_names(weir_extras extras, char *out, size_t capacity);

#endif
