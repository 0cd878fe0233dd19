/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every command, every option row: the tables are walked, so that a new entry is checked unseen. */
#include "check.h"
#include "command.h"
#include "command_help.h"
#include "format.h"
#include "global.h"

static struct weir_error err;

/* All groups of a command and the global one, as main joins them. */
static size_t joined_groups(const struct weir_command *command,
                            const struct weir_option_group **out)
{
    size_t n = 0;
    for (; n < WEIR_OPTION_GROUPS_MAX && command->options.groups[n] != NULL; n++)
        out[n] = command->options.groups[n];
    cr_assert(n + 2 <= WEIR_OPTION_GROUPS_MAX, "%s: too many groups", command->name);
    out[n++] = &weir_global_options;
    return n;
}

static size_t member_bytes(enum weir_option_kind kind)
{
    switch (kind) {
    case WEIR_OPTION_FLAG:
        return sizeof(bool);
    case WEIR_OPTION_INTEGER:
    case WEIR_OPTION_SIZE:
    case WEIR_OPTION_REAL:
        return sizeof(int64_t);
    case WEIR_OPTION_TEXT:
        return sizeof(const char *);
    case WEIR_OPTION_CHOICE:
        return sizeof(int);
    case WEIR_OPTION_APPEND:
    case WEIR_OPTION_LIST:
        return sizeof(struct weir_words);
    case WEIR_OPTION_IGNORED:
        break;
    }
    return 0;
}

static bool has_full_stop(const char *text)
{
    const size_t n = strlen(text);
    return n == 0 || text[n - 1] == '.' || text[n - 1] == '\n';
}

static void check_row(const char *command, const struct weir_option *row, size_t params_bytes,
                      size_t offset)
{
    cr_assert(row->help != NULL && !has_full_stop(row->help), "%s --%s: help", command, row->name);
    cr_assert(strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(row->name) &&
                  row->name[0] != '-' && row->name[0] != '\0',
              "%s --%s: name", command, row->name);
    cr_assert(row->letter == 0 || (row->letter >= 'a' && row->letter <= 'z') ||
                  (row->letter >= 'A' && row->letter <= 'Z'),
              "%s --%s: letter", command, row->name);
    cr_assert(row->kind != WEIR_OPTION_CHOICE || row->choices != NULL, "%s --%s: choices", command,
              row->name);
    cr_assert(row->kind != WEIR_OPTION_APPEND || row->initial == NULL,
              "%s --%s: values would be added to the default", command, row->name);
    cr_assert(row->least <= row->most, "%s --%s: range", command, row->name);
    if (row->kind == WEIR_OPTION_IGNORED)
        return;
    cr_assert(row->kind == WEIR_OPTION_FLAG || row->kind == WEIR_OPTION_CHOICE ||
                  row->value != NULL,
              "%s --%s: value", command, row->name);
    cr_assert(offset + row->offset + member_bytes(row->kind) <= params_bytes,
              "%s --%s: outside of the parameters", command, row->name);
    cr_assert(row->given_offset == 0 || offset + row->given_offset + sizeof(bool) <= params_bytes,
              "%s --%s: given_offset", command, row->name);
    cr_assert(row->given_offset == 0 ||
                  row->given_offset >= row->offset + member_bytes(row->kind) ||
                  row->given_offset < row->offset,
              "%s --%s: given_offset inside the member", command, row->name);
}

Test(command, rows)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t c = 0; c < n; c++) {
        const struct weir_option_group *groups[WEIR_OPTION_GROUPS_MAX];
        const size_t n_groups = joined_groups(list[c], groups);
        for (size_t g = 0; g < n_groups; g++) {
            const size_t bytes =
                g + 1 == n_groups ? sizeof(struct weir_global) : list[c]->params_bytes;
            cr_assert(groups[g]->title != NULL ? !has_full_stop(groups[g]->title) : g > 0);
            for (const struct weir_option *row = groups[g]->rows; row->name != NULL; row++)
                check_row(list[c]->name, row, bytes, groups[g]->offset);
        }
    }
}

Test(command, names_and_letters_are_unique)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t c = 0; c < n; c++) {
        const struct weir_option_group *groups[WEIR_OPTION_GROUPS_MAX];
        const size_t n_groups = joined_groups(list[c], groups);
        const char *names[256] = {"help"};
        size_t n_names = 1;
        bool letters[256] = {['h'] = true};
        for (size_t g = 0; g < n_groups; g++)
            for (const struct weir_option *row = groups[g]->rows; row->name != NULL; row++) {
                for (size_t i = 0; i < n_names; i++)
                    cr_assert(strcmp(names[i], row->name) != 0, "%s --%s: twice", list[c]->name,
                              row->name);
                cr_assert(n_names < 256);
                names[n_names++] = row->name;
                cr_assert(row->letter == 0 || !letters[(unsigned char)row->letter], "%s -%c: twice",
                          list[c]->name, row->letter);
                letters[(unsigned char)row->letter] = row->letter != 0;
            }
    }
}

Test(command, defaults_parse)
{
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t c = 0; c < n; c++) {
        struct weir_option_arena arena = {.mem = &mem};
        char *params = weir_mem_zalloc(&mem, 1, list[c]->params_bytes);
        cr_assert(params != NULL);
        CHECK_OK(weir_option_defaults(&list[c]->options, params, &arena, &err));
        weir_option_arena_release(&arena);
        weir_mem_free(&mem, params);
    }
    struct weir_global global = {0};
    struct weir_option_arena arena = {.mem = &mem};
    const struct weir_option_set set = {.groups = {&weir_global_options}};
    CHECK_OK(weir_option_defaults(&set, &global, &arena, &err));
    cr_assert(global.log == 0 && global.threads == 0 && !global.memory_given && !global.quiet);
    weir_option_arena_release(&arena);
    CHECK_NO_LEAK(&mem);
}

Test(command, descriptors)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    cr_assert(n >= 4);
    for (size_t c = 0; c < n; c++) {
        const struct weir_command *command = list[c];
        cr_assert(command->summary != NULL && !has_full_stop(command->summary) &&
                      strlen(command->summary) <= 66,
                  "%s: summary", command->name);
        cr_assert(command->description != NULL, "%s: description", command->name);
        char start[64];
        snprintf(start, sizeof start, "weir %s", command->name);
        cr_assert(command->example != NULL && strstr(command->example, start) != NULL,
                  "%s: example", command->name);
        cr_assert(command->min_operands == 0 || command->operands != NULL, "%s: operands",
                  command->name);
        bool scans = false;
        for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && command->options.groups[g] != NULL; g++)
            scans = scans || (command->options.groups[g] == &weir_scan_options);
        if (scans) {
            cr_assert(command->prepare != NULL && command->finish != NULL &&
                          command->release != NULL && command->run == NULL &&
                          command->params_bytes >= sizeof(struct weir_scan_params),
                      "%s: scanning", command->name);
        } else if (command->reads_no_records) {
            cr_assert(command->prepare != NULL && command->combine != NULL &&
                          command->release != NULL && command->run == NULL &&
                          command->params_bytes >= sizeof(struct weir_scan_params),
                      "%s: results", command->name);
        } else {
            cr_assert(command->run != NULL && command->prepare == NULL, "%s: run", command->name);
        }
    }
}

Test(command, find)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t c = 0; c < n; c++) {
        cr_assert(weir_command_find(list[c]->name) == list[c]);
        if (list[c]->alias != NULL)
            cr_assert(weir_command_find(list[c]->alias) == list[c]);
    }
    cr_assert(weir_command_find("hist") != NULL);
    cr_assert(weir_command_find("hist_np") == weir_command_find("hist"));
    cr_assert(weir_command_find("hist-np") == weir_command_find("hist"));
    cr_assert(weir_command_find("hist-") == NULL);
    cr_assert(weir_command_find("his") == NULL);
    cr_assert(weir_command_find("") == NULL);
    cr_assert_str_eq(weir_command_nearest("hits"), "hist");
    cr_assert(weir_command_nearest("zzzzzzzz") == NULL);
}

/* Lines of help fit a terminal, and every option is there. */
static void check_help(const struct weir_command *command, const char *text)
{
    for (const char *line = text; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        cr_assert(length <= 100, "%.*s", (int)length, line);
        cr_assert(length == 0 || line[length - 1] != ' ', "trailing blank: %.*s", (int)length,
                  line);
        line += length + (line[length] == '\n');
    }
    const struct weir_option_group *groups[WEIR_OPTION_GROUPS_MAX];
    const size_t n_groups = joined_groups(command, groups);
    for (size_t g = 0; g < n_groups; g++)
        for (const struct weir_option *row = groups[g]->rows; row->name != NULL; row++) {
            char name[80];
            snprintf(name, sizeof name, " --%s", row->name);
            cr_assert(strstr(text, name) != NULL, "%s: no %s", command->name, name);
        }
}

Test(command, help_texts)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t c = 0; c < n; c++) {
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);
        cr_assert(out != NULL);
        weir_command_print_help(list[c], out);
        fclose(out);
        check_help(list[c], text);
        cr_assert(strstr(text, list[c]->example) != NULL);
        free(text);
    }
}

Test(command, overview_names_all_commands)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    cr_assert(out != NULL);
    weir_command_print_overview(out);
    fclose(out);
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    for (size_t c = 0; c < n; c++) {
        char name[80];
        snprintf(name, sizeof name, "\n  %s ", list[c]->name);
        cr_assert(strstr(text, name) != NULL && strstr(text, list[c]->summary) != NULL, "%s",
                  list[c]->name);
    }
    free(text);
}

Test(command, help_lists_the_formats)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    cr_assert(out != NULL);
    weir_command_print_help(weir_command_find("hist"), out);
    fclose(out);
    size_t n = 0;
    const struct weir_format *const *list = weir_format_list(&n);
    for (size_t f = 0; f < n; f++) {
        char name[80];
        snprintf(name, sizeof name, "\n  %s ", list[f]->name);
        cr_assert(strstr(text, name) != NULL, "%s", list[f]->name);
    }
    free(text);
}
