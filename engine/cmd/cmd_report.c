/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir report: results as one HTML page. */
#include "command.h"
#include "log.h"
#include "report_page.h"
#include "step_file.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

struct report_params {
    struct weir_scan_params scan; /* operands and --output only */
    const char *title;
};

struct report_state {
    struct weir_report_files files;
    struct weir_text text; /* the data block of the page */
};

static const struct weir_option report_rows[] = {
    {.name = "title",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct report_params, title),
     .value = "TEXT",
     .help = "heading of the page; when not given, the name of the job, else of the directory"},
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct report_params, scan.output),
     .initial = "-",
     .value = "PATH",
     .help = "output file, - for standard output"},
    {0},
};

static const struct weir_option_group report_options = {.title = "Report", .rows = report_rows};

/* Makes sure that the page replaces nothing that it shows. */
static enum weir_status check_list(const char *output, const struct weir_report_list *list,
                                   struct weir_error *err)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *path = list->file[i].path;
        if (weir_step_replaces(output, &path, 1))
            return weir_error_set(err, WEIR_USAGE,
                                  "--output: expected another file than the results, but found %s",
                                  output);
    }
    return WEIR_OK;
}

static enum weir_status check_files(const struct report_params *params,
                                    const struct weir_report_files *files, struct weir_error *err)
{
    if (files->hists.n + files->mixtures.n + files->manifests.n == 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected histograms, mixtures or a manifest.json below it, but "
                              "found none",
                              params->scan.paths.word[0]);
    enum weir_status status = check_list(params->scan.output, &files->hists, err);
    if (status == WEIR_OK)
        status = check_list(params->scan.output, &files->mixtures, err);
    return status == WEIR_OK ? check_list(params->scan.output, &files->manifests, err) : status;
}

static enum weir_status report_prepare(struct weir_step *step, struct weir_error *err)
{
    struct report_state *report = weir_mem_zalloc(&step->run->mem, 1, sizeof *report);
    if (report == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    step->state = report;
    weir_text_init(&report->text, &step->run->mem);
    return WEIR_OK;
}

/* The operands, and in a job the manifest of what it has done so far. */
static enum weir_status find_files(struct weir_step *step, struct weir_error *err)
{
    const struct report_params *params = step->params;
    const struct weir_words *paths = &params->scan.paths;
    struct weir_mem *mem = &step->run->mem;
    struct report_state *report = step->state;
    const char **all = weir_mem_alloc(mem, (paths->n + 1) * sizeof *all);
    if (all == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to look for results");
    const char *manifest = step->run->manifest;
    const bool has_manifest = manifest != NULL && access(manifest, F_OK) == 0;
    memcpy(all, paths->word, paths->n * sizeof *all);
    all[paths->n] = manifest;
    const enum weir_status status =
        weir_report_files_find(&report->files, all, paths->n + has_manifest, mem, err);
    weir_mem_free(mem, all);
    return status;
}

static enum weir_status write_page(struct weir_step *step, uint64_t *n_bytes,
                                   struct weir_error *err)
{
    const struct report_params *params = step->params;
    const struct report_state *report = step->state;
    struct weir_output *output = NULL;
    enum weir_status status =
        weir_output_create(params->scan.output, step->run->sync, &step->run->mem, &output, err);
    if (status != WEIR_OK)
        return status;
    status = weir_report_page_write(&report->text, output, err);
    *n_bytes = weir_output_bytes(output);
    if (status == WEIR_OK)
        return weir_output_commit(output, err);
    weir_output_discard(output);
    return status;
}

static enum weir_status report_combine(struct weir_step *step, bool *done, struct weir_report *out,
                                       struct weir_error *err)
{
    const struct report_params *params = step->params;
    struct report_state *report = step->state;
    struct weir_report_facts facts;
    const struct weir_report_request request = {
        .title = params->title, .n_threads = step->run->n_threads, .mem = &step->run->mem};
    *done = true;
    enum weir_status status = find_files(step, err);
    if (status == WEIR_OK)
        status = check_files(params, &report->files, err);
    if (status == WEIR_OK)
        status = weir_report_page_make(&request, &report->files, &report->text, &facts, err);
    if (status == WEIR_OK)
        status = write_page(step, &out->bytes_written, err);
    if (status != WEIR_OK)
        return status;
    weir_log(WEIR_LOG_NOTE, "histograms: %zu, mixtures: %zu, manifests: %zu", facts.n_hists,
             facts.n_mixtures, facts.n_manifests);
    out->combined = "reported on";
    out->row_name = "pages";
    out->rows_written = 1;
    out->n_inputs = report->files.hists.n + report->files.mixtures.n + report->files.manifests.n;
    return WEIR_OK;
}

static void report_release(struct weir_step *step)
{
    struct report_state *report = step->state;
    if (report == NULL)
        return;
    weir_text_release(&report->text);
    weir_report_files_release(&report->files);
    weir_mem_free(&step->run->mem, report);
    step->state = NULL;
}

const struct weir_command weir_command_report = {
    .name = "report",
    .summary = "show results as one HTML page with interactive plots",
    .description =
        "Looks for results in files and below directories, such as the output of a job, and shows "
        "all of them on one HTML page: tables of totals, averages and quantiles; plots of "
        "distributions and averages with the mixtures that were fitted, which can be zoomed and "
        "read off; how well mixtures fit; how results came about; and warnings.\n"
        "\n"
        "Results are csv_hist files, whatever they are called; mixtures in flows.json, "
        "packets.json and octets.json, with Y.mode and Y.report.json beside them, as weir fit "
        "writes them; and manifest.json of jobs. A mixture belongs to the histogram that its "
        "Y.mode names, as far as paths agree from their ends, else to the one in the like place: "
        "mixtures/tcp/length to histograms/tcp/length.csv. What cannot be read, or belongs "
        "nowhere, is left out with a warning on the page.\n"
        "\n"
        "As a step of a job it comes last, and shows all histograms and models that the job "
        "writes, unless \"from\" or \"input\" names others, and what its other steps have "
        "done.\n"
        "\n"
        "The page holds everything it needs, and makes no request. Tables and measures are those "
        "of all bins; for plots, bins of a large histogram are put together as by weir hist -b, "
        "about 1000 remaining, with the heaviest ones by themselves.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir report out -O report.html",
    .options = {.groups = {&report_options}},
    .params_bytes = sizeof(struct report_params),
    .reads_histograms = true,
    .reads_models = true,
    .reads_no_records = true,
    .shows_job = true,
    .prepare = report_prepare,
    .combine = report_combine,
    .release = report_release,
};
