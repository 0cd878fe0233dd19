/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan of a job as text. */
#include "job_manifest.h"
#include "job_model.h"

#include <string.h>

/* Text from the file or from names of files, without what a terminal could take as a command. */
static void print_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7F ? '?' : *text, out);
}

/* A word as a shell would take it: in quotes where it needs them. */
static void print_word(FILE *out, const char *word)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+@%";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++) {
        const char piece[] = {*word, '\0'};
        if (*word == '\'')
            fputs("'\\''", out);
        else
            print_text(out, piece);
    }
    fputc('\'', out);
}

/* True when an option says no more than it would without being given. */
static bool is_default(const struct weir_option *option, const char *text)
{
    if (option->initial != NULL)
        return strcmp(option->initial, text) == 0;
    return option->kind == WEIR_OPTION_FLAG ? strcmp(text, "false") == 0 : text[0] == '\0';
}

static void print_options(const struct weir_job_instance *instance, FILE *out)
{
    const struct weir_option_set *set = &instance->step->command->options;
    for (size_t i = 0; i + 1 < instance->words.n; i += 2) {
        const char *name = instance->words.word[i], *text = instance->words.word[i + 1];
        size_t offset = 0;
        const struct weir_option *option = weir_option_find(set, name, &offset);
        if (option == NULL || is_default(option, text))
            continue;
        fprintf(out, " --%s", name);
        if (option->kind == WEIR_OPTION_FLAG)
            continue;
        fputc(' ', out);
        print_word(out, text);
    }
}

static void print_instance(const struct weir_job_instance *instance, FILE *out)
{
    fputs("  ", out);
    print_text(out, instance->name);
    fprintf(out, ": %s", instance->step->command->name);
    print_options(instance, out);
    fputs(" -> ", out);
    print_text(out, instance->is_kept          ? "kept for other steps"
                    : instance->output != NULL ? instance->output
                                               : "nothing");
    fputs(instance->runs ? "\n" : " (is as it was)\n", out);
}

static void print_inputs(const struct weir_words *paths, FILE *out)
{
    fprintf(out, "%zu input%s: ", paths->n, paths->n == 1 ? "" : "s");
    print_text(out, paths->word[0]);
    if (paths->n > 1) {
        fputs(paths->n > 2 ? " ... " : " ", out);
        print_text(out, paths->word[paths->n - 1]);
    }
    fputc('\n', out);
}

/* Finds out which steps would run. */
static enum weir_status decide(struct weir_job *job, struct weir_error *err)
{
    struct weir_manifest *manifest = NULL;
    for (size_t i = 0; i < job->n_instances; i++)
        job->instances[i].runs = true;
    if (job->no_manifest)
        return WEIR_OK;
    const enum weir_status status = weir_manifest_open(job, job->all, &manifest, err);
    weir_manifest_close(manifest);
    return status;
}

enum weir_status weir_job_print_plan(struct weir_job *job, FILE *out, struct weir_error *err)
{
    const enum weir_status status = decide(job, err);
    if (status != WEIR_OK)
        return status;
    fputs("job ", out);
    print_text(out, job->name);
    fprintf(out, ": %zu step%s in %zu scan%s\n", job->n_instances, job->n_instances == 1 ? "" : "s",
            job->n_scans, job->n_scans == 1 ? "" : "s");
    for (size_t scan = 0; scan < job->n_scans; scan++) {
        bool first = true;
        for (size_t i = 0; i < job->n_instances; i++) {
            const struct weir_job_instance *instance = &job->instances[i];
            if (instance->scan != scan)
                continue;
            if (first) {
                fprintf(out, "scan %zu of ", scan + 1);
                print_inputs(&((const struct weir_scan_params *)instance->params)->paths, out);
            }
            first = false;
            print_instance(instance, out);
        }
    }
    return WEIR_OK;
}
