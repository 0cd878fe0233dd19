/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir cut: a range of records out of traces or single column files, copied without decoding. */
#include "columns.h"
#include "columns_directory.h"
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cut_params {
    const char *output;
    int64_t skip_in, count_in;
    bool count_in_given;
    int format; /* of inputs and outputs: always the same */
};

static const struct weir_option cut_rows[] = {
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct cut_params, output),
     .initial = "-",
     .value = "PATH",
     .help = "trace or column file to write, - for standard output"},
    {.name = "skip-in",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct cut_params, skip_in),
     .value = "N",
     .help = "pass over the first N records of all inputs together"},
    {.name = "count-in",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct cut_params, count_in),
     .given_offset = offsetof(struct cut_params, count_in_given),
     .value = "N",
     .help = "take at most N records; all when not given"},
    {.name = "in-format",
     .letter = 'i',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct cut_params, format),
     .initial = "binary",
     .choices = "binary",
     .help = "format of the inputs"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct cut_params, format),
     .initial = "binary",
     .choices = "binary",
     .help = "format of the output"},
    {0},
};

static const struct weir_option_group cut_options = {.title = "Range and output", .rows = cut_rows};

/* What is left of the range while inputs go by. */
struct range {
    uint64_t skip, count;
};

static struct range range_of(const struct cut_params *params)
{
    return (struct range){
        .skip = params->skip_in < 0 ? 0 : (uint64_t)params->skip_in,
        .count = !params->count_in_given ? UINT64_MAX
                 : params->count_in < 0  ? 0
                                         : (uint64_t)params->count_in,
    };
}

/* Takes the part of an input of n records that lies in the range. */
static void take_range(struct range *range, uint64_t n, uint64_t *begin, uint64_t *taken)
{
    *begin = range->skip < n ? range->skip : n;
    range->skip -= *begin;
    *taken = n - *begin < range->count ? n - *begin : range->count;
    if (range->count != UINT64_MAX)
        range->count -= *taken;
}

/* --- traces --------------------------------------------------------------------------------- */

struct traces {
    size_t n;
    struct weir_columns **columns;
};

static enum weir_status open_traces(struct traces *traces, const struct weir_words *paths,
                                    struct weir_mem *mem, struct weir_error *err)
{
    traces->n = paths->n;
    traces->columns = weir_mem_zalloc(mem, paths->n, sizeof(struct weir_columns *));
    if (traces->columns == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu traces", paths->n);
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < paths->n && status == WEIR_OK; i++)
        status = weir_columns_open(paths->word[i], 0, true, mem, &traces->columns[i], err);
    return status;
}

/* The inputs are one trace: they must have the same columns of the same types. */
static enum weir_status check_schemas(const struct traces *traces, const struct weir_words *paths,
                                      struct weir_error *err)
{
    const struct weir_schema *first = weir_columns_schema(traces->columns[0]);
    for (size_t i = 1; i < traces->n; i++) {
        const struct weir_schema *schema = weir_columns_schema(traces->columns[i]);
        bool same = memcmp(schema->field, first->field, sizeof first->field) == 0 &&
                    schema->n_custom == first->n_custom;
        for (size_t c = 0; c < first->n_custom && same; c++)
            same = strcmp(schema->custom[c].name, first->custom[c].name) == 0 &&
                   schema->custom[c].type == first->custom[c].type;
        if (!same)
            return weir_error_set(err, WEIR_FORMAT,
                                  "%s: expected the columns and types of %s, but found others; "
                                  "weir convert -o binary brings them together",
                                  paths->word[i], paths->word[0]);
    }
    return WEIR_OK;
}

/* Copies the range of every input into the draft; *n_records is the size of the result. */
static enum weir_status copy_traces(struct traces *traces, struct range range,
                                    struct weir_columns_draft *draft, uint64_t *n_records,
                                    struct weir_error *err)
{
    *n_records = 0;
    for (size_t i = 0; i < traces->n; i++) {
        uint64_t begin = 0;
        uint64_t n = 0;
        take_range(&range, weir_columns_records(traces->columns[i]), &begin, &n);
        for (size_t c = 0; c < weir_columns_draft_columns(draft) && n > 0; c++) {
            const enum weir_status status =
                weir_columns_copy(draft, c, *n_records,
                                  &(struct weir_columns_range){traces->columns[i], begin, n}, err);
            if (status != WEIR_OK)
                return status;
        }
        *n_records += n;
    }
    return WEIR_OK;
}

static uint64_t record_bytes(const struct weir_columns *columns)
{
    const uint64_t n = weir_columns_records(columns);
    return n == 0 ? 0 : weir_columns_bytes(columns) / n;
}

static enum weir_status cut_traces(struct weir_run *run, const struct cut_params *params,
                                   const struct weir_words *paths, struct weir_report *report,
                                   struct weir_error *err)
{
    struct traces traces = {0};
    struct weir_columns_draft *draft = NULL;
    enum weir_status status = open_traces(&traces, paths, &run->mem, err);
    if (status == WEIR_OK)
        status = check_schemas(&traces, paths, err);
    if (status == WEIR_OK)
        status = weir_columns_create(params->output, weir_columns_schema(traces.columns[0]),
                                     run->sync, &run->mem, &draft, err);
    if (status == WEIR_OK)
        status = copy_traces(&traces, range_of(params), draft, &report->rows_written, err);
    if (status == WEIR_OK) {
        status = weir_columns_commit(draft, report->rows_written, err);
        draft = NULL;
    }
    weir_columns_discard(draft);
    for (size_t i = 0; traces.columns != NULL && i < traces.n; i++) {
        if (traces.columns[i] == NULL)
            continue;
        report->records_read += weir_columns_records(traces.columns[i]);
        report->bytes_written = report->rows_written * record_bytes(traces.columns[i]);
        report->bytes_read += weir_columns_bytes(traces.columns[i]);
        weir_columns_close(traces.columns[i]);
    }
    weir_mem_free(&run->mem, traces.columns);
    return status;
}

/* --- single columns ------------------------------------------------------------------------- */

/* The type of a column file by its name; NONE for any other file. */
static enum weir_type column_type(const char *path)
{
    char copy[PATH_MAX];
    char name[WEIR_COLUMN_NAME_MAX];
    char code = '\0';
    if (strlen(path) >= sizeof copy)
        return WEIR_TYPE_NONE;
    memcpy(copy, path, strlen(path) + 1);
    return weir_column_name_parse(basename(copy), name, &code) ? weir_type_find(code)
                                                               : WEIR_TYPE_NONE;
}

static enum weir_status cut_file(struct weir_run *run, const struct cut_params *params,
                                 const char *path, enum weir_type type, struct weir_report *report,
                                 struct weir_error *err)
{
    struct weir_mapping mapping;
    struct weir_output *output = NULL;
    enum weir_status status = weir_mapping_open(path, -1, &mapping, err);
    if (status != WEIR_OK)
        return status;
    const size_t bytes = weir_type_bytes(type);
    if (mapping.n_bytes % bytes != 0) {
        status = weir_error_set(err, WEIR_FORMAT,
                                "%s: expected whole values of %zu bytes, but found %zu bytes", path,
                                bytes, mapping.n_bytes);
        goto out;
    }
    uint64_t begin = 0;
    uint64_t n = 0;
    struct range range = range_of(params);
    take_range(&range, mapping.n_bytes / bytes, &begin, &n);
    status = weir_output_create(params->output, run->sync, &run->mem, &output, err);
    if (status == WEIR_OK && n > 0)
        status = weir_output_copy(output, path, begin * bytes, n * bytes,
                                  mapping.data + begin * bytes, err);

    report->records_read = mapping.n_bytes / bytes;
    report->bytes_read = mapping.n_bytes;
    report->rows_written = n;
    report->bytes_written = n * bytes;
    if (status == WEIR_OK) {
        status = weir_output_commit(output, err);
        output = NULL;
    }
out:
    weir_output_discard(output);
    weir_mapping_close(&mapping);
    return status;
}

static enum weir_status cut_run(struct weir_run *run, void *params, const struct weir_words *paths,
                                struct weir_error *err)
{
    struct stat st;
    struct weir_report report = {.command = "cut", .n_inputs = paths->n, .scans = 1};
    const double start_s = weir_run_now_s();
    if (stat(paths->word[0], &st) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s", paths->word[0]);
    enum weir_status status = WEIR_OK;
    if (S_ISDIR(st.st_mode)) {
        status = cut_traces(run, params, paths, &report, err);
    } else {
        const enum weir_type type = column_type(paths->word[0]);
        if (type == WEIR_TYPE_NONE || paths->n != 1)
            return weir_error_set(err, WEIR_USAGE,
                                  "expected traces, or one column file such as packets.Q, but "
                                  "found %s%s",
                                  paths->word[0], paths->n == 1 ? "" : " and others");
        status = cut_file(run, params, paths->word[0], type, &report, err);
    }
    report.records_used = report.rows_written;
    report.seconds = weir_run_now_s() - start_s;
    if (status == WEIR_OK)
        weir_report_print(run, &report);
    return status;
}

const struct weir_command weir_command_cut = {
    .name = "cut",
    .summary = "copy a range of records of traces, column by column",
    .description =
        "Copies records out of traces, which count as one concatenated trace, into a new trace, or "
        "values out of one column file into another. Nothing is decoded, and where the file system "
        "shares blocks between files nothing is even copied. Custom columns come along; other "
        "files stay behind.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir cut --skip-in 100 --count-in 1000 -O sample trace",
    .options = {.groups = {&cut_options}},
    .params_bytes = sizeof(struct cut_params),
    .run = cut_run,
};
