/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir man: the manual, as source for man. */
#include "command.h"
#include "man_page.h"
#include "output.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct man_params {
    const char *output;
};

static const struct weir_option man_rows[] = {
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct man_params, output),
     .value = "DIR",
     .help = "write all pages into this directory: weir.1, weir-filter.7, and one file for every "
             "command and alias"},
    {0},
};

static const struct weir_option_group man_options = {.title = "Manual", .rows = man_rows};

enum page_kind { PAGE_COMMAND, PAGE_ALIAS, PAGE_FILTER };

/* What a page is about: weir itself when `command` is NULL. */
struct page {
    enum page_kind kind;
    const struct weir_command *command;
};

static void print_page(const struct page *page, FILE *out)
{
    if (page->kind == PAGE_FILTER)
        weir_man_page_print_filter(out);
    else if (page->kind == PAGE_ALIAS)
        weir_man_page_print_alias(page->command, out);
    else
        weir_man_page_print(page->command, out);
}

static enum weir_status write_file(struct weir_run *run, const char *path, const char *text,
                                   size_t n, struct weir_error *err)
{
    struct weir_output *output = NULL;
    enum weir_status status = weir_output_create(path, run->sync, &run->mem, &output, err);
    if (status == WEIR_OK)
        status = weir_output_write(output, text, n, err);
    if (status == WEIR_OK)
        return weir_output_commit(output, err);
    weir_output_discard(output);
    return status;
}

static enum weir_status write_page(struct weir_run *run, const char *directory,
                                   const struct page *page, struct weir_error *err)
{
    const char *name = page->kind == PAGE_FILTER  ? "filter"
                       : page->command == NULL    ? ""
                       : page->kind == PAGE_ALIAS ? page->command->alias
                                                  : page->command->name;
    char *path = NULL;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (out == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a page");
    print_page(page, out);
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    failed = asprintf(&path, "%s/weir%s%s.%d", directory, *name == '\0' ? "" : "-", name,
                      page->kind == PAGE_FILTER ? 7 : 1) < 0 ||
             failed;
    const enum weir_status status = failed
                                        ? weir_error_set(err, WEIR_MEMORY, "no memory for a page")
                                        : write_file(run, path, text, n, err);
    free(text);
    free(path);
    return status;
}

static enum weir_status write_pages(struct weir_run *run, const char *directory,
                                    struct weir_error *err)
{
    size_t n = 0;
    const struct weir_command *const *list = weir_command_list(&n);
    enum weir_status status = write_page(run, directory, &(struct page){PAGE_COMMAND, NULL}, err);
    if (status == WEIR_OK)
        status = write_page(run, directory, &(struct page){PAGE_FILTER, NULL}, err);
    for (size_t i = 0; i < n && status == WEIR_OK; i++) {
        status = write_page(run, directory, &(struct page){PAGE_COMMAND, list[i]}, err);
        if (status == WEIR_OK && list[i]->alias != NULL)
            status = write_page(run, directory, &(struct page){PAGE_ALIAS, list[i]}, err);
    }
    return status;
}

static enum weir_status run_man(struct weir_run *run, void *params_,
                                const struct weir_words *operands, struct weir_error *err)
{
    const struct man_params *params = params_;
    if (params->output != NULL && operands->n > 0)
        return weir_error_set(err, WEIR_USAGE,
                              "--output writes all pages: expected no command, but found \"%s\"",
                              operands->word[0]);
    if (params->output != NULL)
        return write_pages(run, params->output, err);
    if (operands->n > 1)
        return weir_error_set(err, WEIR_USAGE, "expected one command, but found %zu", operands->n);
    const struct weir_command *command = NULL;
    if (operands->n == 1 && strcmp(operands->word[0], "filter") == 0) {
        weir_man_page_print_filter(stdout);
        return WEIR_OK;
    }
    if (operands->n == 1) {
        command = weir_command_find(operands->word[0]);
        if (command == NULL)
            return weir_error_set(err, WEIR_USAGE, "expected a command, but found \"%s\"",
                                  operands->word[0]);
    }
    weir_man_page_print(command, stdout); /* main checks the stream */
    return WEIR_OK;
}

const struct weir_command weir_command_man = {
    .name = "man",
    .summary = "print a page of the manual, as source for man",
    .description =
        "Prints the manual page of a command, that of filter expressions (filter), or the one of "
        "weir, on standard output, in the "
        "language of man(1), groff(1) and mandoc(1). Installed packages have these pages in their "
        "place already; this is for a program that was copied from elsewhere.",
    .operands = "[COMMAND]",
    .example = "weir man hist | man -l -",
    .options = {.groups = {&man_options}},
    .params_bytes = sizeof(struct man_params),
    .run = run_man,
};
