/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can stand where on a command line: what completion scripts of all shells are made of. */
#include "completion.h"

#include "format.h"

#include <string.h>

static void add_word(struct weir_completion *completion, const char *word, size_t length)
{
    char *words = completion->words;
    const size_t used = strlen(words);
    if (used + 1 + length < sizeof completion->words)
        snprintf(words + used, sizeof completion->words - used, "%s%.*s", used > 0 ? " " : "",
                 (int)length, word);
}

/* Adds the words of "length|size|...". */
static void add_choices(struct weir_completion *completion, const char *choices)
{
    completion->kind = WEIR_COMPLETION_WORDS;
    for (;;) {
        const size_t n = strcspn(choices, "|");
        add_word(completion, choices, n);
        if (choices[n] == '\0')
            return;
        choices += n + 1;
    }
}

/* Adds the formats that can be read, or those that can be written. */
static void add_formats(struct weir_completion *completion, bool read)
{
    size_t n = 0;
    const struct weir_format *const *list = weir_format_list(&n);
    completion->kind = WEIR_COMPLETION_WORDS;
    for (size_t i = 0; i < n; i++)
        if (read ? list[i]->open != NULL : list[i]->create != NULL)
            add_word(completion, list[i]->name, strlen(list[i]->name));
}

void weir_completion_of_option(const struct weir_command *command, const struct weir_option *row,
                               struct weir_completion *completion)
{
    const char *value = row->value != NULL ? row->value : "";
    *completion = (struct weir_completion){.kind = WEIR_COMPLETION_NOTHING};
    if (row->choices != NULL) {
        add_choices(completion, row->choices);
    } else if (strcmp(value, "FORMAT") == 0) {
        const bool read = strncmp(row->name, "in-", 3) == 0;
        add_formats(completion, read);
        if (read && command != NULL && command->reads_histograms)
            add_word(completion, "csv_hist", strlen("csv_hist"));
    } else if (strcmp(value, "PATH") == 0 || strcmp(value, "FILE") == 0) {
        completion->kind = WEIR_COMPLETION_FILES;
    } else if (strcmp(value, "DIR") == 0) {
        completion->kind = WEIR_COMPLETION_DIRECTORIES;
    }
}

void weir_completion_of_operands(const struct weir_command *command,
                                 struct weir_completion *completion)
{
    const char *operands = command->operands;
    *completion = (struct weir_completion){.kind = WEIR_COMPLETION_NOTHING};
    if (operands == NULL)
        return;
    if (strchr(operands, '|') != NULL)
        add_choices(completion, operands);
    else if (strstr(operands, "COMMAND") != NULL)
        completion->kind = WEIR_COMPLETION_COMMANDS;
    else
        completion->kind = WEIR_COMPLETION_FILES;
}

void weir_completion_put_quoted(const char *text, size_t length, FILE *out)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\'')
            fputs("'\\''", out);
        else
            fputc(text[i], out);
}
