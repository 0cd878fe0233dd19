/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir completion: scripts that make shells complete weir's command lines. */
#include "command.h"
#include "completion.h"

#include <string.h>

static enum weir_status run_completion(struct weir_run *run, void *params,
                                       const struct weir_words *operands, struct weir_error *err)
{
    (void)run;
    (void)params;
    if (operands->n != 1)
        return weir_error_set(err, WEIR_USAGE, "expected one shell, but found %zu", operands->n);
    const char *shell = operands->word[0];
    if (strcmp(shell, "bash") == 0)
        weir_completion_print_bash(stdout); /* main checks the stream */
    else if (strcmp(shell, "zsh") == 0)
        weir_completion_print_zsh(stdout);
    else
        return weir_error_set(err, WEIR_USAGE, "expected bash or zsh, but found \"%s\"", shell);
    return WEIR_OK;
}

const struct weir_command weir_command_completion = {
    .name = "completion",
    .summary = "print a script that completes command lines in bash or zsh",
    .description =
        "Prints a script for the shell, which then completes commands, options and their values. "
        "Installed packages have these scripts in their place already; else source one in the "
        "start file of the shell:\n"
        "\n"
        "  source <(weir completion bash)    in ~/.bashrc\n"
        "  source <(weir completion zsh)     in ~/.zshrc, behind compinit",
    .operands = "bash|zsh",
    .min_operands = 1,
    .example = "weir completion bash >~/.local/share/bash-completion/completions/weir",
    .run = run_completion,
};
