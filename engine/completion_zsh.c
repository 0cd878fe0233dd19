/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion for zsh: the specifications that its function _arguments wants. */
#include "command_help.h"
#include "completion.h"
#include "global.h"

#include <string.h>

/* Prints text within single quotes, where a backslash takes its meaning from brackets and colons.
 */
static void put_text(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL)
            fputc('\\', out);
        weir_completion_put_quoted(text, 1, out);
    }
}

static void print_action(const struct weir_completion *completion, FILE *out)
{
    switch (completion->kind) {
    case WEIR_COMPLETION_NOTHING:
        fputc(' ', out);
        break;
    case WEIR_COMPLETION_WORDS:
        fputc('(', out);
        put_text(completion->words, out);
        fputc(')', out);
        break;
    case WEIR_COMPLETION_FILES:
        fputs("_files", out);
        break;
    case WEIR_COMPLETION_DIRECTORIES:
        fputs("_files -/", out);
        break;
    case WEIR_COMPLETION_COMMANDS:
        fputs("_weir_commands", out);
        break;
    }
}

/* One name of an option: its long one, or its letter. */
static void print_spec(const struct weir_command *command, const struct weir_option *row,
                       bool is_letter, FILE *out)
{
    const bool repeatable = row->kind == WEIR_OPTION_APPEND;
    fputs("            '", out);
    if (repeatable)
        fputc('*', out);
    else if (row->letter != 0)
        fprintf(out, "(-%c --%s)", row->letter, row->name);
    if (is_letter)
        fprintf(out, "-%c", row->letter);
    else
        fprintf(out, "--%s", row->name);
    const bool takes = weir_option_takes_value(row);
    if (takes)
        fputc(is_letter ? '+' : '=', out);
    fputc('[', out);
    put_text(row->help, out);
    fputc(']', out);
    if (takes) {
        struct weir_completion completion;
        weir_completion_of_option(command, row, &completion);
        fputc(':', out);
        put_text(weir_option_value_name(row), out);
        fputc(':', out);
        print_action(&completion, out);
    }
    fputs("' \\\n", out);
}

static void print_row(const struct weir_command *command, const struct weir_option *row, FILE *out)
{
    if (row->letter != 0)
        print_spec(command, row, true, out);
    print_spec(command, row, false, out);
}

static void print_rows(const struct weir_command *command, const struct weir_option_set *set,
                       FILE *out)
{
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++)
        for (const struct weir_option *row = set->groups[g]->rows; row->name != NULL; row++)
            print_row(command, row, out);
    print_row(command, &weir_option_help_row, out);
}

static void print_command(const struct weir_command *command, FILE *out)
{
    struct weir_option_set set;
    struct weir_completion operands;
    weir_command_join_options(command, &set);
    weir_completion_of_operands(command, &operands);
    fprintf(out, "    (%s%s%s)\n        _arguments -S -s \\\n", command->name,
            command->alias != NULL ? "|" : "", command->alias != NULL ? command->alias : "");
    print_rows(command, &set, out);
    if (command->operands != NULL) {
        fprintf(out, "            '%c:", strstr(command->operands, "...") != NULL ? '*' : '1');
        put_text(command->operands, out);
        fputc(':', out);
        print_action(&operands, out);
        fputs("' \\\n", out);
    }
    fputs("            && ret=0\n        ;;\n", out);
}

static void print_name(const char *name, const char *summary, FILE *out)
{
    fputs("        '", out);
    weir_completion_put_quoted(name, strlen(name), out);
    fputc(':', out);
    weir_completion_put_quoted(summary, strlen(summary), out);
    fputs("'\n", out);
}

/* The function that completes the name of a command. */
static void print_commands(FILE *out)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    fputs("_weir_commands() {\n    local -a commands\n    commands=(\n", out);
    for (size_t i = 0; i < n; i++) {
        print_name(list[i]->name, list[i]->summary, out);
        if (list[i]->alias != NULL)
            print_name(list[i]->alias, list[i]->summary, out);
    }
    print_name("help", WEIR_HELP_SUMMARY, out);
    fputs("    )\n    _describe -t commands command commands\n}\n\n", out);
}

void weir_completion_print_zsh(FILE *out)
{
    const struct weir_option_set set = {.groups = {&weir_global_options}};
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    fputs("#compdef weir\n# zsh completion for weir; made by: weir completion zsh\n\n", out);
    print_commands(out);
    fputs("_weir() {\n"
          "    local context state state_descr line curcontext=$curcontext ret=1\n"
          "    typeset -A opt_args\n"
          "    _arguments -C -S -s \\\n",
          out);
    print_rows(NULL, &set, out);
    fputs("            '(-): :_weir_commands' \\\n"
          "            '(-)*:: :->rest' && ret=0\n"
          "    [[ $state == rest ]] || return ret\n"
          "    curcontext=${curcontext%:*:*}:weir-$words[1]:\n"
          "    case $words[1] in\n"
          "    (help)\n"
          "        _alternative commands:command:_weir_commands 'topics:topic:(filter)' && ret=0\n"
          "        ;;\n",
          out);
    for (size_t i = 0; i < n; i++)
        print_command(list[i], out);
    fputs("    esac\n    return ret\n}\n\n"
          "if [[ $funcstack[1] == _weir ]]; then\n"
          "    _weir \"$@\"\n"
          "else\n"
          "    compdef _weir weir\n"
          "fi\n",
          out);
}
