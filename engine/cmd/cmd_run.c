/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir run: job files, checked as a whole and then run step by step. */
#include "command.h"
#include "job.h"
#include "message.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>

struct run_params {
    bool dry_run, all, no_manifest, hashes;
    const char *output;
    struct weir_words let;
};

#define MEMBER(member) .offset = offsetof(struct run_params, member)

static const struct weir_option run_rows[] = {
    {.name = "dry-run",
     .letter = 'n',
     .kind = WEIR_OPTION_FLAG,
     MEMBER(dry_run),
     .help = "check everything, print the plan, and touch nothing"},
    {.name = "all",
     .kind = WEIR_OPTION_FLAG,
     MEMBER(all),
     .help = "run all steps, also those whose inputs and options are as they were"},
    {.name = "no-manifest",
     .kind = WEIR_OPTION_FLAG,
     MEMBER(no_manifest),
     .help =
         "neither look at a manifest nor write one: all steps run, and the outputs are the same "
         "bytes each time"},
    {.name = "hash",
     .kind = WEIR_OPTION_FLAG,
     MEMBER(hashes),
     .help = "note a hash of the contents of all files that steps read or write (XXH3, 128 bits)"},
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     MEMBER(output),
     .value = "DIR",
     .help = "write below DIR instead of the directory that the job names"},
    {.name = "let",
     .kind = WEIR_OPTION_APPEND,
     MEMBER(let),
     .value = "NAME=VALUE",
     .help = "give a variable of the job another value"},
    {0},
};

static const struct weir_option_group run_options = {.title = "Job", .rows = run_rows};

/* Shows what was complained about: as it is, or as one JSON object where all lines are JSON. */
static void show_complaints(const struct weir_run *run, const char *text, size_t n)
{
    if (n == 0)
        return;
    if (!run->log_json) {
        weir_message_write(text, n);
        return;
    }
    weir_message_json(json_pack("{s:s, s:s, s:s, s:o}", "level", "error", "command", "run",
                                "status", "usage", "message", weir_message_json_text(text)));
}

static enum weir_status open_job(struct weir_run *run, const struct run_params *params,
                                 const char *path, struct weir_job **job, struct weir_error *err)
{
    char *text = NULL;
    size_t n = 0;
    FILE *complaints = open_memstream(&text, &n);
    if (complaints == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory left to read the job file");
    const struct weir_job_request request = {.path = path,
                                             .output = params->output,
                                             .all = params->all,
                                             .no_manifest = params->no_manifest,
                                             .hashes = params->hashes,
                                             .let = &params->let,
                                             .complaints = complaints};
    const enum weir_status status = weir_job_open(&request, run, job, err);
    if (fclose(complaints) == 0)
        show_complaints(run, text, n);
    free(text);
    return status;
}

/* Opens all jobs, so that a mistake in the last one shows before the first one runs. Mistakes of
 * all of them are shown; the first failure counts. */
static enum weir_status open_jobs(struct weir_run *run, const struct run_params *params,
                                  const struct weir_words *paths, struct weir_job **jobs,
                                  struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < paths->n; i++) {
        struct weir_error reason = {0};
        const enum weir_status opened = open_job(run, params, paths->word[i], &jobs[i], &reason);
        if (opened != WEIR_OK && status == WEIR_OK)
            status = weir_error_set(err, opened, "%s", reason.message);
    }
    for (size_t i = 1; i < paths->n; i++)
        for (size_t k = 0; k < i && status == WEIR_OK; k++)
            status = weir_job_check_apart(jobs[k], jobs[i], err);
    return status;
}

static enum weir_status run_run(struct weir_run *run, void *params_, const struct weir_words *paths,
                                struct weir_error *err)
{
    const struct run_params *params = params_;
    if (params->output != NULL && paths->n > 1)
        return weir_error_set(err, WEIR_USAGE,
                              "--output names the directory of one job, but found %zu jobs",
                              paths->n);
    struct weir_job **jobs = weir_mem_zalloc(&run->mem, paths->n, sizeof(*jobs));
    if (jobs == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory left for %zu jobs", paths->n);
    enum weir_status status = open_jobs(run, params, paths, jobs, err);
    for (size_t i = 0; i < paths->n && status == WEIR_OK; i++) {
        status = params->dry_run ? weir_job_print_plan(jobs[i], stdout, err)
                                 : weir_job_run(jobs[i], err);
    }
    for (size_t i = 0; i < paths->n; i++)
        weir_job_close(jobs[i]);
    weir_mem_free(&run->mem, jobs);
    return status;
}

const struct weir_command weir_command_run = {
    .name = "run",
    .summary = "run a job file: many steps, checked first, with shared scans",
    .description =
        "Reads job files (YAML) and runs their steps. A step is one command whose keys are the "
        "command's options; \"input\" or \"from\" say what it reads, \"to\" where it writes, and "
        "\"matrix\" repeats it for every combination of values. Steps that read the same input "
        "share one pass over it. A trace that only other steps need has no \"to\": it is kept in "
        "memory, or where that is short in scratch files, until the last of them has read it.\n"
        "\n"
        "The directory of the outputs gets manifest.json, which tells for every step its inputs, "
        "options, outputs, records and seconds. When the job is run again, only steps run whose "
        "inputs, options or outputs are not what they were; also after a crash.\n"
        "\n"
        "Everything is checked before anything runs, and every mistake is shown with its line. "
        "Paths in a job are relative to the job file. An output appears complete under its name, "
        "or not at all; a failing step ends the job.",
    .operands = "JOB.yaml...",
    .min_operands = 1,
    .example = "weir run --dry-run --let bins=8 campus.yaml",
    .options = {.groups = {&run_options}},
    .params_bytes = sizeof(struct run_params),
    .run = run_run,
};
