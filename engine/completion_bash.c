/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion for bash: a table of commands and options, and a function that looks things up. */
#include "command_help.h"
#include "completion.h"
#include "global.h"

#include <string.h>

/* The function works without the bash-completion package. bash splits --name=value into three
 * words, unless '=' was taken out of COMP_WORDBREAKS. */
static const char lookup[] =
    "_weir()\n"
    "{\n"
    "    local IFS=$' \\t\\n'\n"
    "    local command='' last='' attached='' ended='' options operands value word list i\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]}\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $last ]]; then\n"
    "            [[ $word == = ]] || last=''\n"
    "        elif [[ $ended ]]; then\n"
    "            continue\n"
    "        elif [[ $word == -- ]]; then\n"
    "            ended=$command\n"
    "        elif [[ $word == -?* ]]; then\n"
    "            _weir_table \"$command\" \"$word\"\n"
    "            [[ ! $value ]] || last=$word\n"
    "        elif [[ ! $command ]]; then\n"
    "            command=$word\n"
    "        fi\n"
    "    done\n"
    "    if [[ $last && $cur == = ]]; then\n"
    "        cur=''\n"
    "    elif [[ ! $last && ! $ended && $cur == --*=* ]]; then\n"
    "        last=${cur%%=*} attached=${cur%%=*}= cur=${cur#*=}\n"
    "    fi\n"
    "    _weir_table \"$command\" \"$last\"\n"
    "    if [[ $last ]]; then\n"
    "        list=$value\n"
    "    elif [[ ! $ended && $cur == -* ]]; then\n"
    "        list=$options\n"
    "    else\n"
    "        list=$operands\n"
    "    fi\n"
    "    case $list in\n"
    "    @nothing) ;;\n"
    "    @files) compopt -o default 2>/dev/null ;;\n"
    "    @directories) compopt -o dirnames 2>/dev/null ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -P \"$attached\" -W \"$list\" -- \"$cur\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _weir weir\n";

/* Prints the names and aliases of all commands. */
static void print_commands(FILE *out)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s ", list[i]->name);
        if (list[i]->alias != NULL)
            fprintf(out, "%s ", list[i]->alias);
    }
    fputs("help", out);
}

static void print_completion(const struct weir_completion *completion, FILE *out)
{
    switch (completion->kind) {
    case WEIR_COMPLETION_NOTHING:
        fputs("@nothing", out);
        break;
    case WEIR_COMPLETION_WORDS:
        weir_completion_put_quoted(completion->words, strlen(completion->words), out);
        break;
    case WEIR_COMPLETION_FILES:
        fputs("@files", out);
        break;
    case WEIR_COMPLETION_DIRECTORIES:
        fputs("@directories", out);
        break;
    case WEIR_COMPLETION_COMMANDS:
        print_commands(out);
        break;
    }
}

/* The names of all options in one line. */
static void print_names(const struct weir_option_set *set, FILE *out)
{
    fputs("        options='", out);
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++)
        for (const struct weir_option *row = set->groups[g]->rows; row->name != NULL; row++) {
            if (row->letter != 0)
                fprintf(out, "-%c ", row->letter);
            fprintf(out, "--%s ", row->name);
        }
    fprintf(out, "-%c --%s'\n", weir_option_help_row.letter, weir_option_help_row.name);
}

/* A case for every option that takes a value. */
static void print_values(const struct weir_command *command, const struct weir_option_set *set,
                         FILE *out)
{
    fputs("        case $2 in\n", out);
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++)
        for (const struct weir_option *row = set->groups[g]->rows; row->name != NULL; row++) {
            if (!weir_option_takes_value(row))
                continue;
            struct weir_completion completion;
            weir_completion_of_option(command, row, &completion);
            fputs("        ", out);
            if (row->letter != 0)
                fprintf(out, "-%c | ", row->letter);
            fprintf(out, "--%s) value='", row->name);
            print_completion(&completion, out);
            fputs("' ;;\n", out);
        }
    fputs("        esac\n        ;;\n", out);
}

/* The cases of one command. */
static void print_command(const struct weir_command *command, FILE *out)
{
    struct weir_option_set set;
    struct weir_completion operands;
    weir_command_join_options(command, &set);
    weir_completion_of_operands(command, &operands);
    fprintf(out, "    %s%s%s)\n        operands='", command->name,
            command->alias != NULL ? " | " : "", command->alias != NULL ? command->alias : "");
    print_completion(&operands, out);
    fputs("'\n", out);
    print_names(&set, out);
    print_values(command, &set, out);
}

void weir_completion_print_bash(FILE *out)
{
    const struct weir_option_set set = {.groups = {&weir_global_options}};
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    fputs("# bash completion for weir; made by: weir completion bash\n"
          "# shellcheck shell=bash disable=SC2034\n\n"
          "# _weir_table COMMAND OPTION: sets options, operands, and value when the option takes "
          "one; to words,\n"
          "# or to @files, @directories, @nothing.\n"
          "_weir_table()\n{\n"
          "    options='' operands=@files value=''\n"
          "    case $1 in\n",
          out);
    for (size_t i = 0; i < n; i++)
        print_command(list[i], out);
    fputs("    help)\n        operands='", out);
    print_commands(out);
    fputs(" filter'\n        ;;\n    '')\n        operands='", out);
    print_commands(out);
    fputs("'\n", out);
    print_names(&set, out);
    print_values(NULL, &set, out);
    fputs("    esac\n}\n\n", out);
    fputs(lookup, out);
}
