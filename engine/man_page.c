/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Man pages, made from the descriptors of commands, options, fields and formats. */
#include "man_page.h"

#include "command_help.h"
#include "field.h"
#include "filter_help.h"
#include "global.h"
#include "roff.h"

#include <ctype.h>
#include <string.h>

/* A term and what it means. */
struct entry {
    const char *term;
    const char *meaning;
};

static const char overview[] =
    "Turns IP flow records (NetFlow and IPFIX, as nfdump collects them) into exact statistics, as "
    "first steps towards statistical traffic models. Counts and sums are integers without "
    "rounding, and the same for any number of threads. Outputs appear complete under their names, "
    "or not at all.\n"
    "\n"
    "Every command has a page of its own. Long options may be shortened while they are unique, and "
    "take their value behind a blank or an equals sign; global options may also stand before the "
    "command. What a run did is reported on standard error.";

static const struct entry exit_statuses[] = {
    {"0", "All is done."},
    {"1", "The command failed: bad input, a full disk, no memory left."},
    {"2", "The command line or a job file asks for something that makes no sense; nothing was "
          "done."},
    {"128 + N", "Signal N interrupted the command: 130 after Ctrl-C, 143 after a plain kill."},
};

#define N_EXIT_STATUSES (sizeof exit_statuses / sizeof *exit_statuses)

static void print_section(const char *title, FILE *out)
{
    fputs(".SH \"", out);
    for (; *title != '\0'; title++) {
        const char upper = (char)toupper((unsigned char)*title);
        weir_roff_put(out, &upper, 1);
    }
    fputs("\"\n", out);
}

/* The head of the page of a command, or of weir itself where the name is empty. */
static void print_header(const char *name, int section, FILE *out)
{
    fprintf(out, ".\\\" Made by weir man.\n.TH \"WEIR%s", *name == '\0' ? "" : "\\-");
    for (; *name != '\0'; name++)
        fputc(toupper((unsigned char)*name), out);
    fprintf(out, "\" %d \"\" \"weir " WEIR_VERSION "\" \"%s\"\n", section,
            section == 1 ? "User Commands" : "Miscellaneous");
    print_section("Name", out);
}

static void print_entry(const char *term, const char *meaning, FILE *out)
{
    fputs(".TP\n", out);
    weir_roff_put_font(out, 'B', term);
    fputc('\n', out);
    weir_roff_fill(out, meaning);
}

static void print_option(const struct weir_option *row, FILE *out)
{
    char text[WEIR_OPTION_TEXT_BYTES];
    fputs(".TP\n", out);
    if (row->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", out);
    weir_roff_put(out, row->name, strlen(row->name));
    fputs("\\fR", out);
    if (weir_option_takes_value(row)) {
        fputc(' ', out);
        weir_roff_put_font(out, 'I', weir_option_value_name(row));
    }
    fputs(row->kind == WEIR_OPTION_LIST && !row->is_one_word ? "...\n" : "\n", out);
    weir_roff_fill(out, weir_option_describe(row, text, sizeof text));
}

static void print_rows(const struct weir_option *row, FILE *out)
{
    for (; row->name != NULL; row++)
        print_option(row, out);
}

/* The command's own groups, then the global one. */
static void print_options(const struct weir_option_set *set, FILE *out)
{
    if (set->groups[0] != &weir_global_options)
        print_section("Options", out);
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++) {
        const struct weir_option_group *group = set->groups[g];
        if (group == &weir_global_options) {
            print_section(group->title, out);
        } else if (group->title != NULL) {
            fputs(".SS \"", out);
            weir_roff_put(out, group->title, strlen(group->title));
            fputs("\"\n", out);
        }
        print_rows(group->rows, out);
    }
    print_option(&weir_option_help_row, out);
}

static void print_filters(FILE *out)
{
    print_section("Filter expressions", out);
    weir_roff_fill(out, weir_command_filter_text);
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const struct weir_field_info *field = weir_field_info((enum weir_field)f);
        print_entry(field->name, field->meaning, out);
    }
}

static void print_formats(FILE *out)
{
    size_t n = 0;
    const struct weir_format *const *list = weir_format_list(&n);
    print_section("Formats", out);
    for (size_t i = 0; i < n; i++) {
        char text[256];
        print_entry(list[i]->name, weir_command_format_text(list[i], text, sizeof text), out);
    }
}

static void print_outcome(FILE *out)
{
    print_section("Exit status", out);
    for (size_t i = 0; i < N_EXIT_STATUSES; i++)
        print_entry(exit_statuses[i].term, exit_statuses[i].meaning, out);
    print_section("Environment", out);
    for (const struct weir_global_variable *row = weir_global_variables; row->name != NULL; row++)
        print_entry(row->name, row->help, out);
}

/* The other pages: weir(1), and those of all commands but `command`. */
static void print_see_also(const struct weir_command *command, FILE *out)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    print_section("See also", out);
    const char *before = "";
    if (command != NULL) {
        fputs(".BR weir (1)", out);
        before = ",\n";
    }
    for (size_t i = 0; i < n; i++) {
        if (list[i] == command)
            continue;
        fprintf(out, "%s.BR weir\\-", before);
        weir_roff_put(out, list[i]->name, strlen(list[i]->name));
        fputs(" (1)", out);
        before = ",\n";
    }
    fprintf(out, "%s.BR weir\\-filter (7),\n.BR nfdump (1)\n", before);
}

static void print_overview(FILE *out)
{
    const struct weir_option_set set = {.groups = {&weir_global_options}};
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    print_header("", 1, out);
    fputs("weir \\- ", out);
    weir_roff_fill(out, WEIR_SUMMARY);
    print_section("Synopsis", out);
    fputs("\\fBweir\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] [\\fIoperands\\fR]\n", out);
    print_section("Description", out);
    weir_roff_fill(out, overview);
    print_section("Commands", out);
    for (size_t i = 0; i < n; i++)
        print_entry(list[i]->name, list[i]->summary, out);
    print_entry("help", WEIR_HELP_SUMMARY, out);
    print_options(&set, out);
    print_formats(out);
    print_section("Examples", out);
    for (size_t i = 0; i < n; i++) {
        if (list[i]->example == NULL)
            continue;
        fputs(i == 0 ? "" : ".PP\n", out);
        weir_roff_literal(out, list[i]->example);
    }
    print_outcome(out);
    print_see_also(NULL, out);
}

static void print_names(const struct weir_command *command, FILE *out)
{
    fputs("weir\\-", out);
    weir_roff_put(out, command->name, strlen(command->name));
    if (command->alias != NULL) {
        fputs(", weir\\-", out);
        weir_roff_put(out, command->alias, strlen(command->alias));
    }
    fputs(" \\- ", out);
    weir_roff_put(out, command->summary, strlen(command->summary)); /* one line, for whatis */
    fputc('\n', out);
}

static void print_synopsis(const struct weir_command *command, FILE *out)
{
    print_section("Synopsis", out);
    fputs("\\fBweir\\fR ", out);
    weir_roff_put_font(out, 'B', command->name);
    fputs(" [\\fIoptions\\fR]", out);
    if (command->operands != NULL) {
        fputc(' ', out);
        weir_roff_put_font(out, 'I', command->operands);
    }
    fputc('\n', out);
}

void weir_man_page_print(const struct weir_command *command, FILE *out)
{
    if (command == NULL) {
        print_overview(out);
        return;
    }
    struct weir_option_set set;
    const bool reads_flows = weir_command_join_options(command, &set);
    print_header(command->name, 1, out);
    print_names(command, out);
    print_synopsis(command, out);
    print_section("Description", out);
    weir_roff_fill(out, command->description != NULL ? command->description : command->summary);
    print_options(&set, out);
    if (reads_flows) {
        print_filters(out);
        print_formats(out);
    }
    if (command->example != NULL) {
        print_section("Examples", out);
        weir_roff_literal(out, command->example);
    }
    print_outcome(out);
    print_see_also(command, out);
}

/* --- the language of filters ----------------------------------------------------------------- */

static void tell_paragraph(const char *text, FILE *out)
{
    fputs(".PP\n", out);
    weir_roff_fill(out, text);
}

static void tell_heading(const char *text, FILE *out)
{
    print_section(text, out);
}

static void tell_entry(const char *name, const char *text, bool wide, FILE *out)
{
    (void)wide;
    print_entry(name, text, out);
}

static void tell_list(const char *text, FILE *out)
{
    weir_roff_fill(out, text);
}

void weir_man_page_print_filter(FILE *out)
{
    static const struct weir_filter_teller teller = {.paragraph = tell_paragraph,
                                                     .heading = tell_heading,
                                                     .entry = tell_entry,
                                                     .list = tell_list};
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    print_header("filter", 7, out);
    fputs("weir\\-filter \\- ", out);
    weir_roff_fill(out, "expressions that choose flow records");
    print_section("Synopsis", out);
    fputs("\\fBweir\\fR \\fICOMMAND\\fR \\fB\\-\\-filter\\-expr\\fR \\fIEXPR\\fR "
          "[\\fIoptions\\fR] \\fIPATH...\\fR\n",
          out);
    print_section("Description", out);
    weir_filter_tell(&teller, out);
    print_section("See also", out);
    fputs(".BR weir (1)", out);
    for (size_t i = 0; i < n; i++) {
        struct weir_option_set set;
        if (!weir_command_join_options(list[i], &set))
            continue;
        fputs(",\n.BR weir\\-", out);
        weir_roff_put(out, list[i]->name, strlen(list[i]->name));
        fputs(" (1)", out);
    }
    fputc('\n', out);
}

void weir_man_page_print_alias(const struct weir_command *command, FILE *out)
{
    fprintf(out, ".so man1/weir-%s.1\n", command->name);
}
