/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir report: a directory of results as one HTML page. */
#include "command.h"
#include "log.h"
#include "message.h"
#include "report_page.h"
#include "step_file.h"

struct report_params {
    const char *title;
    const char *output;
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
     .offset = offsetof(struct report_params, output),
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

static enum weir_status check_files(const struct report_params *params, const char *directory,
                                    const struct weir_report_files *files, struct weir_error *err)
{
    if (files->hists.n + files->mixtures.n + files->manifests.n == 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected histograms, mixtures or a manifest.json below it, but "
                              "found none",
                              directory);
    enum weir_status status = check_list(params->output, &files->hists, err);
    if (status == WEIR_OK)
        status = check_list(params->output, &files->mixtures, err);
    return status == WEIR_OK ? check_list(params->output, &files->manifests, err) : status;
}

static enum weir_status write_page(const struct weir_run *run, const struct report_params *params,
                                   const struct weir_text *text,
                                   const struct weir_report_facts *facts, struct weir_error *err)
{
    struct weir_output *output = NULL;
    char size[WEIR_MESSAGE_NUMBER];
    struct weir_mem *mem = text->mem;
    enum weir_status status = weir_output_create(params->output, run->sync, mem, &output, err);
    if (status != WEIR_OK)
        return status;
    status = weir_report_page_write(text, output, err);
    const uint64_t n_bytes = weir_output_bytes(output);
    if (status != WEIR_OK) {
        weir_output_discard(output);
        return status;
    }
    status = weir_output_commit(output, err);
    if (status == WEIR_OK)
        weir_log(WEIR_LOG_NOTE, "histograms: %zu, mixtures: %zu, manifests: %zu; a page of %s",
                 facts->n_hists, facts->n_mixtures, facts->n_manifests,
                 weir_message_bytes((double)n_bytes, size));
    return status;
}

static enum weir_status run_report(struct weir_run *run, void *params,
                                   const struct weir_words *operands, struct weir_error *err)
{
    const struct report_params *report = params;
    struct weir_report_files files;
    struct weir_report_facts facts;
    struct weir_text text;
    if (operands->n != 1)
        return weir_error_set(err, WEIR_USAGE, "expected one directory, but found %zu operands",
                              operands->n);
    const struct weir_report_request request = {.directory = operands->word[0],
                                                .title = report->title,
                                                .n_threads = run->n_threads,
                                                .mem = &run->mem};
    weir_text_init(&text, &run->mem);
    enum weir_status status = weir_report_files_find(&files, request.directory, &run->mem, err);
    if (status == WEIR_OK)
        status = check_files(report, request.directory, &files, err);
    if (status == WEIR_OK)
        status = weir_report_page_make(&request, &files, &text, &facts, err);
    if (status == WEIR_OK)
        status = write_page(run, report, &text, &facts, err);
    weir_text_release(&text);
    weir_report_files_release(&files);
    return status;
}

const struct weir_command weir_command_report = {
    .name = "report",
    .summary = "show results as one HTML page with interactive plots",
    .description =
        "Looks for results below a directory, such as the output of a job, and shows all of them "
        "on "
        "one HTML page: tables of totals, averages and quantiles; plots of distributions and "
        "averages with the mixtures that were fitted, which can be zoomed and read off; how well "
        "mixtures fit; how results came about; and warnings.\n"
        "\n"
        "Results are csv_hist files, whatever they are called; mixtures in flows.json, "
        "packets.json "
        "and octets.json, with Y.mode and Y.report.json beside them, as weir fit writes them; and "
        "manifest.json of jobs. A mixture belongs to the histogram that its Y.mode names, as far "
        "as "
        "paths agree from their ends, else to the one in the like place: mixtures/tcp/length to "
        "histograms/tcp/length.csv. What cannot be read, or belongs nowhere, is left out with a "
        "warning on the page.\n"
        "\n"
        "The page holds everything it needs, and makes no request. Tables and measures are those "
        "of "
        "all bins; for plots, bins of a large histogram are put together as by weir hist -b, about "
        "1000 remaining, with the heaviest ones by themselves.",
    .operands = "DIR",
    .min_operands = 1,
    .example = "weir report out -O report.html",
    .options = {.groups = {&report_options}},
    .params_bytes = sizeof(struct report_params),
    .run = run_report,
};
