/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir sort: the same records in order of keys. */
#include "blocks.h"
#include "columns_target.h"
#include "command.h"
#include "log.h"
#include "sort_emit.h"
#include "sort_external.h"
#include "sort_index.h"
#include "stage.h"
#include "step_file.h"

#include <string.h>
#include <sys/stat.h>

struct sort_params {
    struct weir_scan_params scan;
    struct weir_words keys;
    const char *index; /* or NULL */
    bool reverse;
    const char *out_format;
};

static const struct weir_option sort_rows[] = {
    {.name = "key",
     .letter = 'k',
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct sort_params, keys),
     .value = "FIELD...",
     .help = "columns to sort by, the one that counts most first: fields or custom columns of any "
             "type"},
    {.name = "key-fields",
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct sort_params, keys),
     .value = "FIELD...",
     .help = "the same as --key, as flow-models calls it"},
    {.name = "reverse",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sort_params, reverse),
     .help = "turn the whole result around: descending, equal records in reverse input order"},
    {.name = "index",
     .letter = 'I',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sort_params, index),
     .value = "PATH",
     .help = "save the permutation as PATH.B, .H, .I or .Q, described by PATH.json; where it is "
             "there already and puts these records in order, use it instead of sorting"},
    {.name = "index-file",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sort_params, index),
     .value = "PATH",
     .help = "the same as --index, as flow-models calls it"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sort_params, out_format),
     .initial = "binary",
     .value = "FORMAT",
     .help = "format of the output: binary, csv_flow, none or pipe"},
    {0},
};

static const struct weir_option_group sort_options = {.title = "Order and output",
                                                      .rows = sort_rows};

struct sort_state {
    struct weir_step *step;
    const struct weir_format *format;
    struct weir_stage *stage;
    char *owned; /* the scratch directory, where the run names none */
    const char *scratch;
    struct weir_writer *writer; /* of a format that is not a trace */
    struct weir_sort_index_request request;
    struct weir_sort_index index; /* one that is there already */
    bool has_index;
    struct weir_progress progress;
    /* of the trace that is sorted */
    const struct weir_columns *columns;
    uint64_t begin;
    struct weir_sort_table table;
    struct weir_sort_keys keys;
    struct weir_sort_job job;
    struct weir_sort_sink sink;
    enum weir_sort_found found;
};

static const struct sort_params *sort_params(const struct sort_state *sort)
{
    return sort->step->params;
}

static bool writes_trace(const struct sort_state *sort)
{
    return sort->format->is_directory;
}

/* --- before anything is read ----------------------------------------------------------------- */

/* Makes sure that the output can be made before a long scan, and that the keys are there. */
static enum weir_status sort_begin(void *state, struct weir_error *err)
{
    struct sort_state *sort = state;
    const struct sort_params *params = sort_params(sort);
    const struct weir_schema *schema = weir_source_schema(sort->step->source);
    struct weir_mem *mem = &sort->step->run->mem;
    struct weir_columns_draft *draft = NULL;
    enum weir_status status = WEIR_OK;
    if (params->index == NULL) /* an index that is there needs no keys */
        status = weir_sort_keys_find(&sort->keys, schema, &params->keys, err);
    if (status == WEIR_OK && !writes_trace(sort))
        status = weir_step_check_output(sort->step, false, err);
    if (status == WEIR_OK && writes_trace(sort) && !weir_step_is_kept(sort->step)) {
        status = weir_columns_create(params->scan.output, schema, false, mem, &draft, err);
        weir_columns_discard(draft);
    }
    return status;
}

static enum weir_status sort_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct weir_format *format = NULL;
    const struct sort_params *params = step->params;
    if (params->keys.n == 0)
        return weir_error_set(err, WEIR_USAGE,
                              "--key: expected columns to sort by, such as -k first first_ms");
    enum weir_status status = weir_step_find_format(step, params->out_format, &format, err);
    if (status != WEIR_OK)
        return status;
    struct sort_state *sort = weir_mem_zalloc(&step->run->mem, 1, sizeof *sort);
    if (sort == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    sort->step = step;
    sort->format = format;
    step->state = sort;
    status = weir_step_find_scratch(step, &sort->owned, &sort->scratch, err);
    if (status == WEIR_OK)
        status = weir_stage_new(step, &sort->stage, err);
    if (status != WEIR_OK)
        return status;
    step->consumer = weir_stage_consumer(sort->stage, sort_begin, sort);
    step->consumer.fields = format->needs;
    return WEIR_OK;
}

/* --- what is to be done ---------------------------------------------------------------------- */

/* Makes sure that the index that is there is of these records, as far as they have the keys. */
static enum weir_status check_index(struct sort_state *sort, struct weir_error *err)
{
    if (weir_sort_keys_find(&sort->keys, weir_columns_schema(sort->columns),
                            &sort_params(sort)->keys, NULL) != WEIR_OK)
        return WEIR_OK;
    return weir_sort_index_check(&sort->index, &sort->job, sort_params(sort)->reverse, err);
}

/* Opens the index that is there, or finds the keys and what order the records are in. */
static enum weir_status survey(struct sort_state *sort, struct weir_error *err)
{
    const struct sort_params *params = sort_params(sort);
    struct weir_run *run = sort->step->run;
    uint64_t n = 0;
    sort->columns = weir_stage_columns(sort->stage, &sort->begin, &n);
    weir_sort_table_view(&sort->table, sort->columns, sort->begin, n);
    sort->job = (struct weir_sort_job){.table = &sort->table,
                                       .keys = &sort->keys,
                                       .kernels = &run->kernels,
                                       .mem = &run->mem,
                                       .n_threads = run->n_threads};
    sort->request = (struct weir_sort_index_request){.name = params->index,
                                                     .keys = &params->keys,
                                                     .reverse = params->reverse,
                                                     .n = n,
                                                     .mem = &run->mem};
    if (params->index != NULL) {
        const enum weir_status status =
            weir_sort_index_open(&sort->request, &sort->index, &sort->has_index, err);
        if (status != WEIR_OK)
            return status;
        if (sort->has_index)
            return check_index(sort, err);
    }
    const enum weir_status status =
        weir_sort_keys_find(&sort->keys, weir_columns_schema(sort->columns), &params->keys, err);
    return status == WEIR_OK
               ? weir_sort_keys_survey(&sort->keys, &sort->table, run->n_threads, &sort->found, err)
               : status;
}

/* True when the result is the input as it is, or turned around. */
static bool is_straight(const struct sort_state *sort)
{
    return !sort->has_index && sort->found != WEIR_SORT_UNORDERED;
}

static bool is_backwards(const struct sort_state *sort)
{
    return sort_params(sort)->reverse == (sort->found == WEIR_SORT_ASCENDING);
}

static bool fits_memory(const struct sort_state *sort)
{
    const size_t room = weir_mem_available_bytes(sort->job.mem);
    return sort->table.n <= WEIR_SORT_MEMORY_RECORDS_MAX &&
           weir_sort_memory_bytes((size_t)sort->table.n) <= room - room / 8;
}

/* True when the result would be the trace that is there already, all of it. */
static bool is_done(const struct sort_state *sort)
{
    struct stat input;
    struct stat output;
    const struct weir_scan_params *params = &sort_params(sort)->scan;
    return writes_trace(sort) && !weir_step_is_kept(sort->step) && is_straight(sort) &&
           !is_backwards(sort) && params->paths.n == 1 &&
           weir_columns_path(sort->columns, 0) != NULL &&
           sort->table.n == weir_columns_records(sort->columns) &&
           stat(params->paths.word[0], &input) == 0 && stat(params->output, &output) == 0 &&
           input.st_dev == output.st_dev && input.st_ino == output.st_ino;
}

/* --- doing it -------------------------------------------------------------------------------- */

static enum weir_status copy_column(void *context, int thread, uint64_t column,
                                    struct weir_error *err)
{
    (void)thread;
    const struct sort_state *sort = context;
    const struct weir_columns_range range = {sort->columns, sort->begin, sort->table.n};
    weir_sort_sink_tick(&sort->sink, column == 0 ? sort->table.n : 0,
                        sort->table.n * weir_type_bytes(sort->table.column[column].type));
    return weir_columns_copy(sort->sink.draft, (size_t)column, 0, &range, err);
}

/* What is in order already is copied by the kernel, what is in reverse order read backwards. */
static enum weir_status write_straight(struct sort_state *sort, struct weir_error *err)
{
    struct weir_sort_sink sink = sort->sink;
    if (!is_backwards(sort) && sink.draft != NULL) {
        if (sort->table.n > 0) {
            const enum weir_status status =
                weir_blocks_run(sort->job.n_threads, sort->table.n_columns, copy_column, sort, err);
            if (status != WEIR_OK)
                return status;
        }
        sink.draft = NULL;
    }
    return weir_sort_move_straight(&sort->job, is_backwards(sort), false, &sink, 0, err);
}

/* Writes the columns of the result to the sink. */
static enum weir_status write_columns(struct sort_state *sort, struct weir_error *err)
{
    const bool reverse = sort_params(sort)->reverse;
    if (sort->has_index)
        return weir_sort_index_apply(&sort->index, &sort->job, &sort->sink, err);
    if (is_straight(sort))
        return write_straight(sort, err);
    if (!fits_memory(sort))
        return weir_sort_external(&sort->job, reverse, sort->scratch, &sort->sink, err);
    return weir_sort_in_memory(&sort->job, &sort->keys, reverse, false, &sort->sink, 0, err);
}

static enum weir_status emit(struct sort_state *sort, const struct weir_sort_table *table,
                             const uint32_t *order, bool backwards, struct weir_error *err)
{
    struct weir_sort_job job = sort->job;
    job.table = table;
    return weir_sort_emit(&(struct weir_sort_emit){.job = &job,
                                                   .schema = weir_columns_schema(sort->columns),
                                                   .order = order,
                                                   .backwards = backwards,
                                                   .writer = sort->writer,
                                                   .progress = &sort->progress},
                          err);
}

/* Text of records whose order fits into memory. */
static enum weir_status emit_in_memory(struct sort_state *sort, struct weir_error *err)
{
    const size_t n = (size_t)sort->table.n;
    uint32_t *order = weir_mem_pages_alloc(sort->job.mem, n * sizeof *order);
    if (order == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to sort %zu records", n);
    enum weir_status status = weir_sort_order(&sort->job, order, err);
    if (status == WEIR_OK && sort_params(sort)->reverse)
        weir_sort_reverse(order, n);
    if (status == WEIR_OK)
        status = weir_sort_sink_write_positions(&sort->sink, WEIR_U32, 0, n, order, err);
    if (status == WEIR_OK)
        status = emit(sort, &sort->table, order, false, err);
    weir_mem_pages_free(sort->job.mem, order, n * sizeof *order);
    return status;
}

/* Text by way of a sorted scratch trace. */
static enum weir_status emit_from_scratch(struct sort_state *sort, struct weir_error *err)
{
    struct weir_columns *sorted = NULL;
    struct weir_sort_table table;
    const struct weir_columns_nameless nameless = {
        .directory = sort->scratch, .records_max = sort->table.n, .opened = &sorted};
    enum weir_status status = weir_columns_create_nameless(
        &nameless, weir_columns_schema(sort->columns), sort->job.mem, &sort->sink.draft, err);
    if (status == WEIR_OK)
        status = write_columns(sort, err);
    if (status != WEIR_OK)
        return status;
    status = weir_columns_commit(sort->sink.draft, sort->table.n, err);
    sort->sink.draft = NULL;
    if (status != WEIR_OK)
        return status;
    weir_sort_table_view(&table, sorted, 0, sort->table.n);
    status = emit(sort, &table, NULL, false, err);
    weir_columns_close(sorted);
    return status;
}

static enum weir_status write_text(struct sort_state *sort, struct weir_error *err)
{
    if (sort->format->needs == 0 && sort->sink.index == NULL)
        return emit(sort, &sort->table, NULL, false, err); /* nobody sees the order */
    if (is_straight(sort)) {
        const enum weir_status status =
            weir_sort_move_straight(&sort->job, is_backwards(sort), false, &sort->sink, 0, err);
        return status == WEIR_OK ? emit(sort, &sort->table, NULL, is_backwards(sort), err) : status;
    }
    return !sort->has_index && fits_memory(sort) ? emit_in_memory(sort, err)
                                                 : emit_from_scratch(sort, err);
}

static enum weir_status create_outputs(struct sort_state *sort, bool done, struct weir_error *err)
{
    const struct sort_params *params = sort_params(sort);
    struct weir_run *run = sort->step->run;
    const struct weir_schema *schema = weir_columns_schema(sort->columns);
    enum weir_status status = WEIR_OK;
    sort->sink.progress = &sort->progress;
    sort->sink.index_type = weir_sort_index_type(sort->table.n);
    if (params->index != NULL && !sort->has_index)
        status = weir_sort_index_create(&sort->request, run->sync, &sort->sink.index, err);
    if (status != WEIR_OK || done)
        return status;
    struct weir_columns_nameless nameless;
    if (weir_shelf_place(run->shelf, params->scan.output, &nameless)) {
        nameless.records_max = sort->table.n;
        return weir_columns_create_nameless(&nameless, schema, &run->mem, &sort->sink.draft, err);
    }
    if (writes_trace(sort))
        return weir_columns_create(params->scan.output, schema, run->sync, &run->mem,
                                   &sort->sink.draft, err);
    status = weir_step_check_output(sort->step, false, err);
    if (status != WEIR_OK)
        return status;
    return sort->format->create(&(struct weir_create_request){.path = params->scan.output,
                                                              .schema = schema,
                                                              .n_lanes = (size_t)run->n_threads,
                                                              .sync = run->sync,
                                                              .mem = &run->mem},
                                &sort->writer, err);
}

/* The index first: it is right whether the trace then appears or not. */
static enum weir_status commit_outputs(struct sort_state *sort, struct weir_report *report,
                                       struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    report->rows_written = sort->table.n;
    if (sort->sink.index != NULL) {
        struct weir_output *output = sort->sink.index;
        sort->sink.index = NULL;
        report->bytes_written += sort->table.n * weir_type_bytes(sort->sink.index_type);
        status = weir_sort_index_commit(&sort->request, sort->step->run->sync, output, err);
    }
    if (status == WEIR_OK && sort->sink.draft != NULL) {
        struct weir_columns_draft *draft = sort->sink.draft;
        sort->sink.draft = NULL;
        report->bytes_written += sort->table.n * weir_sort_table_record_bytes(&sort->table);
        status = weir_columns_commit(draft, sort->table.n, err);
    }
    if (status == WEIR_OK && sort->writer != NULL) {
        struct weir_writer *writer = sort->writer;
        sort->writer = NULL;
        report->bytes_written += writer->n_bytes;
        status = sort->format->commit(writer, err);
    }
    return status;
}

/* Sorts the trace of the stage. */
static enum weir_status sort_columns(struct sort_state *sort, struct weir_report *report,
                                     struct weir_error *err)
{
    enum weir_status status = survey(sort, err);
    if (status != WEIR_OK)
        return status;
    const bool done = is_done(sort);
    const bool twice = !is_straight(sort) && !fits_memory(sort);
    if (done) {
        weir_columns_target_sweep(sort_params(sort)->scan.output);
        weir_log(WEIR_LOG_NOTE, "%s: in order already, left as it is",
                 sort_params(sort)->scan.output);
    }
    status = create_outputs(sort, done, err);
    if (status != WEIR_OK)
        return status;
    weir_progress_start(&sort->progress, sort->step->run,
                        sort->table.n * weir_sort_table_record_bytes(&sort->table) *
                            (twice ? 2 : 1));
    status = writes_trace(sort) ? write_columns(sort, err) : write_text(sort, err);
    weir_progress_stop(&sort->progress);
    return status == WEIR_OK ? commit_outputs(sort, report, err) : status;
}

static enum weir_status sort_combine(struct weir_step *step, bool *done, struct weir_report *report,
                                     struct weir_error *err)
{
    struct sort_state *sort = step->state;
    const enum weir_status status = weir_stage_open_direct(sort->stage, done, err);
    if (status != WEIR_OK || !*done)
        return status;
    weir_stage_report(sort->stage, report);
    return sort_columns(sort, report, err);
}

static enum weir_status sort_finish(struct weir_step *step, struct weir_report *report,
                                    struct weir_error *err)
{
    struct sort_state *sort = step->state;
    const enum weir_status status = weir_stage_open_scratch(sort->stage, err);
    return status == WEIR_OK ? sort_columns(sort, report, err) : status;
}

static void sort_release(struct weir_step *step)
{
    struct sort_state *sort = step->state;
    if (sort == NULL)
        return;
    if (sort->writer != NULL)
        sort->format->discard(sort->writer);
    weir_columns_discard(sort->sink.draft);
    weir_output_discard(sort->sink.index);
    weir_sort_index_close(&sort->index, &step->run->mem);
    weir_stage_free(sort->stage);
    weir_mem_free(&step->run->mem, sort->owned);
    weir_mem_free(&step->run->mem, sort);
    step->state = NULL;
}

const struct weir_command weir_command_sort = {
    .name = "sort",
    .summary = "sort flow records by any columns",
    .description =
        "Reads flow records from files, directories, traces or standard input (-), and writes "
        "those "
        "that the filter and the slices want in ascending order of the keys. Records with equal "
        "keys keep their input order. All columns come along, custom ones too; several inputs are "
        "one concatenated trace. The output appears complete under its name, or not at all; it may "
        "be the input, which is then replaced when all is well.\n"
        "\n"
        "Signed integers ascend from the most negative one, reals from -inf to inf; -0 equals 0, "
        "and NaNs come last and are equal to each other. Records that are in order already are "
        "copied, in place left as they are.\n"
        "\n"
        "Records that do not fit into --memory go through --scratch.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir sort -k first first_ms -O sorted trace",
    .options = {.groups = {&weir_in_out_options, &weir_scan_options, &sort_options}},
    .params_bytes = sizeof(struct sort_params),
    .prepare = sort_prepare,
    .combine = sort_combine,
    .finish = sort_finish,
    .release = sort_release,
};
