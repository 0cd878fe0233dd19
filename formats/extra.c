/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of columns beyond the 21 fields. */
#include "extra.h"

#include "format.h"

#include <stdio.h>
#include <string.h>

_Static_assert(WEIR_N_EXTRAS < 32, "a set of extras is a word of 32 bits");

static const struct weir_extra_info extras_table[WEIR_N_EXTRAS] = {
#define WEIR_EXTRA(symbol, name, type, meaning) {name, WEIR_##type, meaning},
#include "extras.def"
#undef WEIR_EXTRA
};

const struct weir_extra_info *weir_extra_info(enum weir_extra extra)
{
    return &extras_table[extra];
}

enum weir_extra weir_extra_find(const char *name)
{
    for (int e = 0; e < WEIR_N_EXTRAS; e++)
        if (strcmp(extras_table[e].name, name) == 0)
            return (enum weir_extra)e;
    return WEIR_N_EXTRAS;
}

weir_extras weir_extras_find(const struct weir_column_request *request)
{
    weir_extras extras = request->name == NULL ? request->optional : 0;
    for (size_t i = 0; i < request->n; i++) {
        const enum weir_extra extra = weir_extra_find(request->name[i]);
        if (extra != WEIR_N_EXTRAS)
            extras |= WEIR_EXTRA_BIT(extra);
    }
    return extras;
}

void weir_extras_add(weir_extras extras, struct weir_schema *schema)
{
    for (int e = 0; e < WEIR_N_EXTRAS; e++) {
        if ((extras & WEIR_EXTRA_BIT(e)) == 0)
            continue;
        snprintf(schema->custom[schema->n_custom].name, WEIR_COLUMN_NAME_MAX, "%s",
                 extras_table[e].name);
        schema->custom[schema->n_custom++].type = extras_table[e].type;
    }
}

char *weir_extra_names(weir_extras extras, char *out, size_t capacity)
{
    size_t used = 0;
    out[0] = '\0';
    for (int e = 0; e < WEIR_N_EXTRAS; e++) {
        if ((extras & WEIR_EXTRA_BIT(e)) == 0 || used >= capacity)
            continue;
        const int n = snprintf(out + used, capacity - used, "%s%s", used == 0 ? "" : ", ",
                               extras_table[e].name);
        used += n > 0 ? (size_t)n : 0;
    }
    return out;
}
