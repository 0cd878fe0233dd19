/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help texts, made from the descriptors of commands, options and formats. */
#include "command_help.h"

#include "field.h"
#include "format.h"
#include "global.h"
#include "wrap.h"

#include <string.h>

#define SUMMARY_COLUMN 14

static void print_entry(const char *name, const char *text, FILE *out)
{
    const int n = fprintf(out, "  %s", name);
    weir_wrap_print(out, text, SUMMARY_COLUMN, n > 0 ? (size_t)n : 0);
}

const char weir_command_filter_text[] =
    "Python's syntax and precedence on whole numbers: and or not, in, == != < <= > >=, & | ^ ~, "
    "+ - * // %, << >>, with addresses, times and names of protocols: 'prot == tcp and port in "
    "{80, "
    "443} and src in 10.0.0.0/8'. weir help filter tells all of it. Fields:";

void weir_command_print_overview(FILE *out)
{
    fputs("weir: " WEIR_SUMMARY "\n\n"
          "usage: weir COMMAND [options] [operands]\n\n"
          "Commands:\n",
          out);
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t i = 0; i < n; i++)
        print_entry(list[i]->name, list[i]->summary, out);
    print_entry("help", WEIR_HELP_SUMMARY, out);
    fputc('\n', out);
    const struct weir_option_set set = {.groups = {&weir_global_options}};
    weir_option_print_help(&set, out);
}

char *weir_command_format_text(const struct weir_format *format, char *out, size_t capacity)
{
    const char *use = format->open == NULL     ? " (written only)"
                      : format->create == NULL ? " (read only)"
                                               : "";
    snprintf(out, capacity, "%s%s", format->summary, use);
    return out;
}

static void print_formats(FILE *out)
{
    size_t n = 0;
    const struct weir_format *const *list = weir_format_list(&n);
    fputs("\nFormats:\n", out);
    for (size_t i = 0; i < n; i++) {
        char text[256];
        print_entry(list[i]->name, weir_command_format_text(list[i], text, sizeof text), out);
    }
}

static void print_filter(FILE *out)
{
    fputs("\nFilter expressions:\n", out);
    weir_wrap_print(out, weir_command_filter_text, 2, 0);
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const struct weir_field_info *field = weir_field_info((enum weir_field)f);
        print_entry(field->name, field->meaning, out);
    }
}

bool weir_command_join_options(const struct weir_command *command, struct weir_option_set *set)
{
    bool reads_flows = false;
    size_t g = 0;
    *set = command->options;
    for (; g + 1 < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++)
        reads_flows = reads_flows || set->groups[g] == &weir_scan_options;
    set->groups[g] = &weir_global_options;
    return reads_flows;
}

char *weir_command_usage(const struct weir_command *command, char *out, size_t capacity)
{
    snprintf(out, capacity, "weir %s [options]%s%s", command->name,
             command->operands != NULL ? " " : "",
             command->operands != NULL ? command->operands : "");
    return out;
}

void weir_command_print_help(const struct weir_command *command, FILE *out)
{
    char usage[160];
    fprintf(out, "usage: %s\n\n", weir_command_usage(command, usage, sizeof usage));
    fprintf(out, "weir %s: %s", command->name, command->summary);
    if (command->alias != NULL)
        fprintf(out, " (also called %s)", command->alias);
    fputs("\n\n", out);
    if (command->description != NULL) {
        weir_wrap_print(out, command->description, 0, 0);
        fputc('\n', out);
    }
    struct weir_option_set set;
    const bool reads_flows = weir_command_join_options(command, &set);
    weir_option_print_help(&set, out);
    if (reads_flows) {
        print_filter(out);
        print_formats(out);
    }
    if (command->example != NULL)
        fprintf(out, "\nExample:\n  %s\n", command->example);
}

const char *weir_command_nearest(const char *name)
{
    const char *names[64] = {"help"};
    size_t n_names = 1;
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t i = 0; i < n && n_names + 2 <= sizeof names / sizeof *names; i++) {
        names[n_names++] = list[i]->name;
        if (list[i]->alias != NULL)
            names[n_names++] = list[i]->alias;
    }
    return weir_option_nearest(name, names, n_names);
}
