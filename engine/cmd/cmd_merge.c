/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir merge: puts flows together again that the exporter's active timeout has split. */
#include "command.h"
#include "log.h"
#include "merge_write.h"
#include "progress.h"
#include "stage.h"
#include "step_file.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define N_COUNTS        10
#define WARN_PER_OCTETS 1000 /* more than one octet in so many in overlapping flows is odd */

struct merge_params {
    struct weir_scan_params scan;
    const char *out_format;
    double inactive_s, active_s;
};

struct merge_state {
    struct weir_step *step;
    struct weir_stage *stage;
    const char *rejects; /* or NULL; the parameters have it back in the end */
    char *scratch_owned;
    const char *scratch;
    struct weir_merge_build *build;
    struct weir_merge_output output;
    struct weir_report_count counts[N_COUNTS];
    char share[WEIR_TEXT_PERCENT + 32];
};

static const struct weir_option merge_rows[] = {
    {.name = "inactive-timeout",
     .letter = 'I',
     .kind = WEIR_OPTION_REAL,
     .offset = offsetof(struct merge_params, inactive_s),
     .initial = "15",
     .least = 0,
     .most = 1000000000,
     .value = "SECONDS",
     .help = "idle timeout of the exporter, to the millisecond: parts whose gap is shorter belong "
             "together"},
    {.name = "active-timeout",
     .letter = 'A',
     .kind = WEIR_OPTION_REAL,
     .offset = offsetof(struct merge_params, active_s),
     .initial = "300",
     .least = 0,
     .most = 1000000000,
     .value = "SECONDS",
     .help = "active timeout of the exporter, to the millisecond: records that last this time less "
             "the idle timeout, or longer, may go on"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct merge_params, out_format),
     .initial = "csv_flow",
     .value = "FORMAT",
     .help = "format of the output: csv_flow, pipe, binary or none"},
    {0},
};

static const struct weir_option_group merge_options = {.title = "Merging", .rows = merge_rows};

/* --- outputs --------------------------------------------------------------------------------- */

/* `records_max` as in columns.h. */
static enum weir_status create_sink(const struct merge_state *merge, const char *path,
                                    const struct weir_schema *schema, uint64_t records_max,
                                    struct weir_merge_sink *sink, struct weir_error *err)
{
    struct weir_columns_nameless nameless;
    struct weir_create_request request = {.schema = schema,
                                          .n_lanes = (size_t)merge->step->run->n_threads,
                                          .sync = merge->step->run->sync,
                                          .mem = &merge->step->run->mem};
    weir_step_set_place(merge->step, path, &nameless, &request);
    nameless.records_max = records_max;
    return sink->format->create(&request, &sink->writer, err);
}

/* Creates the outputs before the work, because to find out afterwards that it cannot be done would
 * be a waste; what is kept waits until the number of records is known. `schema` is that of the
 * records. */
static enum weir_status create_outputs(struct merge_state *merge, const struct weir_schema *schema,
                                       struct weir_error *err)
{
    const struct weir_scan_params *params = merge->step->params;
    struct weir_merge_layout layout;
    weir_merge_layout_set(&layout, schema);
    enum weir_status status = WEIR_OK;
    if (!merge->output.records.format->is_directory)
        status = weir_step_check_output(merge->step, true, err);
    if (status == WEIR_OK && !weir_step_is_kept(merge->step))
        status = create_sink(merge, params->output, &layout.out, UINT64_MAX, &merge->output.records,
                             err);
    if (status == WEIR_OK && merge->rejects != NULL) {
        status = create_sink(merge, merge->rejects, &layout.out, UINT64_MAX, &merge->output.rejects,
                             err);
        if (status != WEIR_OK)
            weir_error_prepend(err, "--rejects: ");
    }
    return status;
}

static enum weir_status commit(struct weir_merge_sink *sink, struct weir_error *err)
{
    struct weir_writer *writer = sink->writer;
    sink->writer = NULL;
    return writer == NULL ? WEIR_OK : sink->format->commit(writer, err);
}

static void discard(struct weir_merge_sink *sink)
{
    if (sink->writer != NULL)
        sink->format->discard(sink->writer);
    sink->writer = NULL;
}

/* --- report ---------------------------------------------------------------------------------- */

static void report_overlaps(struct merge_state *merge)
{
    const struct weir_merge_counts *counts = &merge->build->counts;
    char percent[WEIR_TEXT_PERCENT];
    weir_text_percent(counts->octets, merge->output.octets, 3, percent);
    snprintf(merge->share, sizeof merge->share, "left out (%s %% of the octets)", percent);
    if (counts->octets * WARN_PER_OCTETS > merge->output.octets)
        weir_log(
            WEIR_LOG_WARNING,
            "overlapping records of one key hold %s %% of the octets and are left out: are the "
            "timeouts those of the exporter?",
            percent);
}

static uint64_t clip(weir_u128 value)
{
    return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

static void fill_report(struct merge_state *merge, struct weir_report *report)
{
    const struct weir_merge_build *build = merge->build;
    const struct weir_merge_counts *counts = &build->counts;
    const struct weir_writer *records = merge->output.records.writer;
    report_overlaps(merge);
    const struct weir_report_count own[N_COUNTS] = {
        {"records_merged", "record", "merged", counts->merged},
        {"flows_of_2_parts", "flow", "of 2 parts", counts->flows[0]},
        {"flows_of_3_parts", "flow", "of 3 parts", counts->flows[1]},
        {"flows_of_more_parts", "flow", "of more parts", counts->flows[2]},
        {"pairs_touching", "touching pair", "merged", counts->touching},
        {"pairs_reversed", "pair", "in reversed order", counts->reversed},
        {"pairs_overlapping", "overlapping pair", merge->share, counts->pairs},
        {"octets_overlapping", "octet", "in them", clip(counts->octets)},
        {"flows_open", "flow", "still open at the end", counts->open},
        {"bytes_scratch", "byte", "of candidates in scratch files",
         weir_merge_runs_scratch_bytes(build->runs)},
    };
    memcpy(merge->counts, own, sizeof own);
    report->counts = merge->counts;
    report->n_counts = N_COUNTS;
    report->row_name = "records";
    report->rows_written = records->n_records;
    report->bytes_written = records->n_bytes;
    report->records_bad_times = build->records_bad_times;
}

/* --- the command ----------------------------------------------------------------------------- */

/* Merges the staged records and writes them, everything but committing. */
static enum weir_status merge_records(struct merge_state *merge, struct weir_error *err)
{
    const struct merge_params *params = merge->step->params;
    const int64_t inactive_ms = llround(params->inactive_s * 1000);
    struct weir_merge_request request = {
        .run = merge->step->run,
        .rule = {inactive_ms, llround(params->active_s * 1000) - inactive_ms},
        .scratch = merge->scratch};
    request.columns = weir_stage_columns(merge->stage, &request.begin, &request.n);
    enum weir_status status = weir_merge_build_new(&request, &merge->build, err);
    if (status == WEIR_OK)
        status = weir_merge_build_run(merge->build, err);
    if (status == WEIR_OK)
        status = weir_merge_write(merge->build, &merge->output, err);
    return status;
}

static enum weir_status merge_and_commit(struct merge_state *merge, struct weir_report *report,
                                         struct weir_error *err)
{
    uint64_t begin = 0;
    uint64_t n = 0;
    struct weir_progress progress;
    const struct weir_columns *columns = weir_stage_columns(merge->stage, &begin, &n);
    if (weir_step_is_kept(merge->step)) {
        const struct weir_scan_params *params = merge->step->params;
        struct weir_merge_layout layout;
        weir_merge_layout_set(&layout, weir_columns_schema(columns));
        const enum weir_status created =
            create_sink(merge, params->output, &layout.out, n, &merge->output.records, err);
        if (created != WEIR_OK)
            return created;
    }
    weir_progress_start(&progress, merge->step->run, weir_columns_bytes(columns));
    merge->output.progress = &progress;
    enum weir_status status = merge_records(merge, err);
    weir_progress_stop(&progress);
    merge->output.progress = NULL;
    if (status != WEIR_OK)
        return status;
    fill_report(merge, report);
    status = commit(&merge->output.rejects, err);
    return status == WEIR_OK ? commit(&merge->output.records, err) : status;
}

/* Creates the outputs, now that the columns of the input are known. */
static enum weir_status merge_begin(void *state, struct weir_error *err)
{
    struct merge_state *merge = state;
    return create_outputs(merge, weir_source_schema(merge->step->source), err);
}

static enum weir_status merge_prepare(struct weir_step *step, struct weir_error *err)
{
    struct merge_params *params = step->params;
    const struct weir_format *format = NULL;
    enum weir_status status = weir_step_find_format(step, params->out_format, &format, err);
    if (status != WEIR_OK)
        return status;
    struct merge_state *merge = weir_mem_zalloc(&step->run->mem, 1, sizeof *merge);
    if (merge == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    merge->step = step;
    step->state = merge;
    merge->output.records.format = format;
    if (params->scan.rejects != NULL) {
        merge->rejects = params->scan.rejects;
        merge->output.rejects.format = format->is_directory ? format : weir_format_find("csv_flow");
        params->scan.rejects = NULL; /* or else the scan would keep bad lines there */
    }
    status = weir_step_find_scratch(step, &merge->scratch_owned, &merge->scratch, err);
    if (status == WEIR_OK)
        status = weir_stage_new(step, &merge->stage, err);
    if (status != WEIR_OK)
        return status;
    step->consumer = weir_stage_consumer(merge->stage, merge_begin, merge);
    step->consumer.fields = WEIR_FIELDS_ALL;
    return WEIR_OK;
}

static enum weir_status merge_combine(struct weir_step *step, bool *done,
                                      struct weir_report *report, struct weir_error *err)
{
    struct merge_state *merge = step->state;
    uint64_t begin = 0;
    uint64_t n = 0;
    enum weir_status status = weir_stage_open_direct(merge->stage, done, err);
    if (status != WEIR_OK || !*done)
        return status;
    weir_stage_report(merge->stage, report);
    const struct weir_columns *columns = weir_stage_columns(merge->stage, &begin, &n);
    status = weir_merge_check_schema(weir_columns_schema(columns), err);
    if (status == WEIR_OK)
        status = create_outputs(merge, weir_columns_schema(columns), err);
    return status == WEIR_OK ? merge_and_commit(merge, report, err) : status;
}

static enum weir_status merge_finish(struct weir_step *step, struct weir_report *report,
                                     struct weir_error *err)
{
    struct merge_state *merge = step->state;
    const enum weir_status status = weir_stage_open_scratch(merge->stage, err);
    return status == WEIR_OK ? merge_and_commit(merge, report, err) : status;
}

static void merge_release(struct weir_step *step)
{
    struct merge_state *merge = step->state;
    struct merge_params *params = step->params;
    if (merge == NULL)
        return;
    if (merge->rejects != NULL)
        params->scan.rejects = merge->rejects;
    discard(&merge->output.records);
    discard(&merge->output.rejects);
    weir_merge_build_free(merge->build);
    weir_stage_free(merge->stage);
    weir_mem_free(&step->run->mem, merge->scratch_owned);
    weir_mem_free(&step->run->mem, merge);
    step->state = NULL;
}

const struct weir_command weir_command_merge = {
    .name = "merge",
    .summary = "join flow records that were split by the active timeout",
    .description =
        "Reads flow records from files, directories, traces or standard input (-) and joins those "
        "of one key that the exporter has split because the flow went on for too long: the next "
        "part begins when the last one has ended, or less than the idle timeout later. Parts may "
        "come in reversed order. Times are compared in milliseconds; packets, octets and aggs are "
        "summed, where aggs 0 counts, and is written, as 1. Custom columns are those of the first "
        "part. A record whose last packet came before its first one counts as ending where it "
        "began, and is written as it came unless it is merged.\n"
        "\n"
        "Records are written in the order in which they are known to be complete; flows that are "
        "still open at the end follow, in the order in which they began to wait. Records of one "
        "key that overlap are errors: both are left out and counted. Here --rejects keeps these, "
        "as a trace when --out-format is binary and else as csv_flow; bad lines of text end the "
        "command (weir convert --rejects sorts them out).\n"
        "\n"
        "Memory holds the records of keys with long flows; what does not fit into --memory goes "
        "through --scratch.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir merge -I 15 -A 300 -o binary -O merged trace",
    .options = {.groups = {&weir_in_out_options, &weir_scan_options, &merge_options}},
    .params_bytes = sizeof(struct merge_params),
    .prepare = merge_prepare,
    .combine = merge_combine,
    .finish = merge_finish,
    .release = merge_release,
};
