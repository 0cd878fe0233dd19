/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --columns: from words to a request that sources understand. */
#include "columns_option.h"

#include "field.h"

#include <string.h>

const struct weir_option weir_columns_rows[] = {
    {.name = "columns",
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct weir_columns_params, names),
     .given_offset = offsetof(struct weir_columns_params, given),
     .value = "NAME,...",
     .is_one_word = true,
     .help = "columns beyond the 21 fields to keep: custom ones of traces (all when not given); "
             "flags, tos, srcas, dstas of pipe text; of nfcapd files"
#define WEIR_EXTRA(symbol, name, type, meaning) " " name
#include "extras.def"
#undef WEIR_EXTRA
    },
    {0},
};

static enum weir_status check_name(const struct weir_words *names, size_t index,
                                   const struct weir_format *format, struct weir_error *err)
{
    const char *name = names->word[index];
    if (weir_field_find(name, strlen(name)) != WEIR_N_FIELDS)
        return weir_error_set(err, WEIR_USAGE,
                              "--columns: expected columns beyond the 21 fields, which need not be "
                              "asked for, but found %s",
                              name);
    for (size_t i = 0; i < index; i++)
        if (strcmp(names->word[i], name) == 0)
            return weir_error_set(
                err, WEIR_USAGE, "--columns: expected every column once, but found %s twice", name);
    const enum weir_extra extra = weir_extra_find(name);
    const bool held = format->needs == 0 ||
                      (extra != WEIR_N_EXTRAS && (format->extras & WEIR_EXTRA_BIT(extra)) != 0);
    if (held)
        return WEIR_OK;
    char can[WEIR_EXTRA_NAMES_BYTES];
    if (format->extras == 0)
        return weir_error_set(err, WEIR_USAGE,
                              "--columns: expected none, because %s has the 21 fields only, but "
                              "found %s",
                              format->name, name);
    return weir_error_set(err, WEIR_USAGE,
                          "--columns: expected columns that %s can hold (%s), but found %s",
                          format->name, weir_extra_names(format->extras, can, sizeof can), name);
}

enum weir_status weir_columns_request(const struct weir_columns_params *params,
                                      const struct weir_format *format,
                                      struct weir_column_request *request, struct weir_error *err)
{
    *request = (struct weir_column_request){0};
    if (!params->given) {
        request->optional = format->extras;
        return WEIR_OK;
    }
    for (size_t i = 0; i < params->names.n; i++) {
        const enum weir_status status = check_name(&params->names, i, format, err);
        if (status != WEIR_OK)
            return status;
    }
    request->name = params->names.word;
    request->n = params->names.n;
    return WEIR_OK;
}

bool weir_columns_request_equal(const struct weir_column_request *a,
                                const struct weir_column_request *b)
{
    if ((a->name == NULL) != (b->name == NULL) || a->n != b->n || a->optional != b->optional)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->name[i], b->name[i]) != 0)
            return false;
    return true;
}
