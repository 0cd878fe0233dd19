/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands, and the options that all scanning commands share. */
#include "command.h"

#include <stddef.h>

#define WEIR_COMMAND(command) extern const struct weir_command weir_command_##command;
#include "commands.def"
#undef WEIR_COMMAND

static const struct weir_command *const table[] = {
#define WEIR_COMMAND(command) &weir_command_##command,
#include "commands.def"
#undef WEIR_COMMAND
};

#define MEMBER(member) .offset = offsetof(struct weir_scan_params, member)

static const struct weir_option in_out_rows[] = {
    {.name = "in-format",
     .letter = 'i',
     .kind = WEIR_OPTION_TEXT,
     MEMBER(in_format),
     .value = "FORMAT",
     .help = "format of the inputs; found by their content when not given"},
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     MEMBER(output),
     .initial = "-",
     .value = "PATH",
     .help = "file or directory to write, - for standard output"},
    {0},
};

const struct weir_option_group weir_in_out_options = {.title = "Input, filter and output",
                                                      .rows = in_out_rows};

static const struct weir_option scan_rows[] = {
    {.name = "filter-expr",
     .kind = WEIR_OPTION_TEXT,
     MEMBER(filter_expr),
     .value = "EXPR",
     .help =
         "take only records for which the expression holds, such as 'prot == tcp and port < 1024'; "
         "see weir help filter"},
    {.name = "from",
     .kind = WEIR_OPTION_TEXT,
     MEMBER(from),
     .value = "TIME",
     .help = "take only flows whose first packet came at TIME or later, such as 2015-06-10T19:00 "
             "(UTC), 2015-06-10T21:00:00.500+02:00, or seconds since 1970"},
    {.name = "to",
     .kind = WEIR_OPTION_TEXT,
     MEMBER(to),
     .value = "TIME",
     .help = "take only flows whose first packet came before TIME"},
    {.name = "skip-in",
     .kind = WEIR_OPTION_INTEGER,
     MEMBER(skip_in),
     .value = "N",
     .help = "pass over the first N records of all inputs together"},
    {.name = "count-in",
     .kind = WEIR_OPTION_INTEGER,
     MEMBER(count_in),
     .given_offset = offsetof(struct weir_scan_params, count_in_given),
     .value = "N",
     .help = "read at most N records; all when not given"},
    {.name = "skip-out",
     .kind = WEIR_OPTION_INTEGER,
     MEMBER(skip_out),
     .value = "N",
     .help = "pass over the first N records that the filter lets through"},
    {.name = "count-out",
     .kind = WEIR_OPTION_INTEGER,
     MEMBER(count_out),
     .given_offset = offsetof(struct weir_scan_params, count_out_given),
     .value = "N",
     .help = "use at most N records that the filter lets through; all when not given"},
    {.name = "salvage",
     .kind = WEIR_OPTION_FLAG,
     MEMBER(salvage),
     .help = "use the good blocks of damaged inputs, and report what was lost"},
    {.name = "rejects",
     .kind = WEIR_OPTION_TEXT,
     MEMBER(rejects),
     .value = "PATH",
     .help = "write bad lines of text inputs to this file, and go on without them"},
    {.name = "bad-times",
     .kind = WEIR_OPTION_CHOICE,
     MEMBER(bad_times),
     .initial = "clamp",
     .choices = "clamp|drop|error",
     .help = "what to do with records whose last packet comes before their first one: take them "
             "with a duration of 0, leave them out, or fail"},
    {.name = "shard",
     .kind = WEIR_OPTION_TEXT,
     MEMBER(shard),
     .value = "I/N",
     .help = "take only the I-th of N parts of the input, for arrays of batch jobs"},
    {0},
};

const struct weir_option_group weir_scan_options = {.rows = scan_rows};

const struct weir_command *const *weir_command_list(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
            return false;
    return *a == *b;
}

const struct weir_command *weir_command_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (same_name(table[i]->name, name) ||
            (table[i]->alias != NULL && same_name(table[i]->alias, name)))
            return table[i];
    return NULL;
}
