/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir convert: flow records from any format to any other, filtered and cut. */
#include "columns_option.h"
#include "command.h"
#include "step_file.h"

struct convert_params {
    struct weir_scan_params scan;
    const char *out_format;
    struct weir_columns_params columns;
};

struct convert_state {
    struct weir_step *step;
    const struct weir_format *format;
    struct weir_writer *writer;
};

static const struct weir_option convert_rows[] = {
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct convert_params, out_format),
     .initial = "csv_flow",
     .value = "FORMAT",
     .help = "format of the output: csv_flow, pipe, binary or none"},
    {0},
};

static const struct weir_option_group convert_options = {.title = "Output", .rows = convert_rows};
static const struct weir_option_group columns_options = {
    .title = "Columns",
    .rows = weir_columns_rows,
    .offset = offsetof(struct convert_params, columns)};

/* Creates the output, now that the columns of the input are known. */
static enum weir_status convert_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct convert_state *convert = state;
    const struct weir_scan_params *params = convert->step->params;
    struct weir_columns_nameless nameless;
    struct weir_create_request request = {.schema = weir_source_schema(convert->step->source),
                                          .n_lanes = n_lanes,
                                          .sync = convert->step->run->sync,
                                          .mem = &convert->step->run->mem};
    weir_step_set_place(convert->step, params->output, &nameless, &request);
    if (!convert->format->is_directory) {
        const enum weir_status status = weir_step_check_output(convert->step, true, err);
        if (status != WEIR_OK)
            return status;
    }
    return convert->format->create(&request, &convert->writer, err);
}

static enum weir_status convert_add(void *state, size_t lane, const struct weir_batch *batch,
                                    size_t *bad, struct weir_error *err)
{
    struct convert_state *convert = state;
    return convert->format->add(convert->writer, lane, batch, bad, err);
}

static enum weir_status convert_place(void *state, size_t lane, struct weir_error *err)
{
    struct convert_state *convert = state;
    return convert->format->place(convert->writer, lane, err);
}

static enum weir_status convert_put(void *state, size_t lane, struct weir_error *err)
{
    struct convert_state *convert = state;
    return convert->format->put(convert->writer, lane, err);
}

static enum weir_status convert_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct convert_params *params = step->params;
    const struct weir_format *format = NULL;
    struct weir_column_request columns;
    enum weir_status status = weir_step_find_format(step, params->out_format, &format, err);
    if (status == WEIR_OK)
        status = weir_columns_request(&params->columns, format, &columns, err);
    if (status != WEIR_OK)
        return status;
    struct convert_state *convert = weir_mem_zalloc(&step->run->mem, 1, sizeof *convert);
    if (convert == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    convert->step = step;
    convert->format = format;
    step->state = convert;
    step->consumer = (struct weir_consumer){.state = convert,
                                            .fields = format->needs,
                                            .everything = weir_format_takes_custom(format),
                                            .columns = columns,
                                            .begin = convert_begin,
                                            .add = convert_add,
                                            .place = convert_place,
                                            .put = convert_put};
    return WEIR_OK;
}

static enum weir_status convert_finish(struct weir_step *step, struct weir_report *report,
                                       struct weir_error *err)
{
    struct convert_state *convert = step->state;
    struct weir_writer *writer = convert->writer;
    convert->writer = NULL;
    report->rows_written = writer->n_records;
    report->bytes_written = writer->n_bytes;
    return convert->format->commit(writer, err);
}

static void convert_release(struct weir_step *step)
{
    struct convert_state *convert = step->state;
    if (convert == NULL)
        return;
    convert->format->discard(convert->writer);
    weir_mem_free(&step->run->mem, convert);
    step->state = NULL;
}

const struct weir_command weir_command_convert = {
    .name = "convert",
    .summary = "convert flow records between formats",
    .tells_sampling = true,
    .description =
        "Reads flow records from files, directories, traces or standard input (-), keeps those "
        "that the filter and the slices want, and writes them in another format, in input order.\n"
        "\n"
        "A trace keeps all columns that its inputs have in common, custom ones too; csv_flow needs "
        "all 21 fields. nfcapd files and pipe text hold more than that: --columns keeps it as "
        "custom columns of the trace; pipe takes flags, tos, srcas and dstas where the inputs have "
        "them, and has no aggs. The output appears complete under its name, or not at all.\n"
        "\n"
        "The columns of nfcapd files:"
#define WEIR_EXTRA(symbol, name, type, meaning) "\n  " name ": " meaning
#include "extras.def"
#undef WEIR_EXTRA
    ,
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir convert -o binary -O trace dumps/",
    .options = {.groups = {&weir_in_out_options, &weir_scan_options, &convert_options,
                           &columns_options}},
    .params_bytes = sizeof(struct convert_params),
    .prepare = convert_prepare,
    .finish = convert_finish,
    .release = convert_release,
};
