/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir hist: flow records into exact histograms of length, size, duration or rate. */
#include "command.h"
#include "hist_build.h"
#include "hist_combine.h"
#include "hist_csv.h"
#include "step_file.h"

#include <string.h>

#define PIECE_BINS 1024 /* bins that are handed to the output at a time */

struct hist_params {
    struct weir_scan_params scan;
    int x; /* enum weir_hist_x */
    int64_t bin_exp;
    struct weir_words columns; /* names of enum weir_hist_extra */
    int out_format;
    bool x_given, bin_exp_given, columns_given;
};

enum out_format { OUT_CSV_HIST, OUT_NONE };

struct hist_state {
    struct weir_step *step;
    struct weir_hist_build *build;
    struct weir_consumer lanes; /* of `build` */
    struct weir_output *output; /* NULL for OUT_NONE */
    char *scratch;              /* directory of the output, where the run names none */
};

static const struct weir_option hist_rows[] = {
    {.name = "x-value",
     .letter = 'x',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct hist_params, x),
     .initial = "length",
     .given_offset = offsetof(struct hist_params, x_given),
     .choices = "length|size|duration|rate",
     .help = "what flows are binned by, in packets, octets, ms or bit/s"},
    {.name = "bin-exp",
     .letter = 'b',
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct hist_params, bin_exp),
     .initial = "0",
     .given_offset = offsetof(struct hist_params, bin_exp_given),
     .least = 0,
     .most = 63,
     .value = "N",
     .help = "bins of x grow beyond 2^N, so that N leading bits of x are kept; 0: one bin for "
             "every x"},
    {.name = "additional-columns",
     .letter = 'c',
     .kind = WEIR_OPTION_APPEND,
     .offset = offsetof(struct hist_params, columns),
     .choices = "duration|rate|aggs",
     .given_offset = offsetof(struct hist_params, columns_given),
     .value = "COLUMN",
     .help = "sum this up too"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct hist_params, out_format),
     .initial = "csv_hist",
     .choices = "csv_hist|none",
     .value = "FORMAT",
     .help = "format of the output"},
    {.name = "fft", .kind = WEIR_OPTION_IGNORED, .help = "accepted for compatibility"},
    {.name = "measure-memory", .kind = WEIR_OPTION_IGNORED, .help = "accepted for compatibility"},
    {0},
};

static const struct weir_option_group hist_options = {.title = "Histogram", .rows = hist_rows};

static enum weir_status hist_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct hist_state *hist = state;
    const struct hist_params *params = hist->step->params;
    if (params->out_format != OUT_NONE) {
        const enum weir_status status = weir_step_create_output(hist->step, &hist->output, err);
        if (status != WEIR_OK)
            return status;
    }
    return hist->lanes.begin(hist->lanes.state, n_lanes, err);
}

static enum weir_status hist_add(void *state, size_t lane, const struct weir_batch *batch,
                                 size_t *bad, struct weir_error *err)
{
    const struct hist_state *hist = state;
    return hist->lanes.add(hist->lanes.state, lane, batch, bad, err);
}

static void read_spec(const struct hist_params *params, struct weir_hist_spec *spec)
{
    *spec = (struct weir_hist_spec){.x = (enum weir_hist_x)params->x,
                                    .bin_exp = (unsigned)params->bin_exp};
    for (size_t i = 0; i < params->columns.n; i++)
        for (int e = 0; e < WEIR_HIST_N_EXTRAS; e++)
            if (strcmp(params->columns.word[i], weir_hist_extra_name((enum weir_hist_extra)e)) == 0)
                spec->extra[spec->n_extras++] = (enum weir_hist_extra)e;
}

static enum weir_status check_columns(const struct weir_words *columns, struct weir_error *err)
{
    for (size_t i = 0; i < columns->n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(columns->word[i], columns->word[j]) == 0)
                return weir_error_set(
                    err, WEIR_USAGE,
                    "--additional-columns: expected each column once, but found %s twice",
                    columns->word[i]);
    return WEIR_OK;
}

static enum weir_status hist_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct hist_params *params = step->params;
    enum weir_status status = check_columns(&params->columns, err);
    if (status != WEIR_OK)
        return status;
    struct hist_state *hist = weir_mem_zalloc(&step->run->mem, 1, sizeof *hist);
    if (hist == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    hist->step = step;
    step->state = hist;
    struct weir_hist_request request = {.ops = step->run->kernels.log_hist, .mem = &step->run->mem};
    status = weir_step_find_scratch(step, &hist->scratch, &request.scratch, err);
    if (status != WEIR_OK)
        return status;
    read_spec(params, &request.spec);
    status = weir_hist_build_new(&request, &hist->build, err);
    if (status != WEIR_OK)
        return status;
    hist->lanes = weir_hist_build_consumer(hist->build);
    step->consumer = (struct weir_consumer){
        .state = hist, .fields = hist->lanes.fields, .begin = hist_begin, .add = hist_add};
    return WEIR_OK;
}

/* The bins on their way to the output, a piece at a time: there may be more than memory holds. */
struct pieces {
    struct weir_hist hist;
    struct weir_output *output;
    uint64_t n_written; /* bins */
    bool begun;         /* the header is written */
};

static enum weir_status write_piece(struct pieces *pieces, struct weir_error *err)
{
    const enum weir_status status =
        pieces->begun ? weir_hist_csv_write_bins(&pieces->hist, pieces->output, err)
                      : weir_hist_csv_write(&pieces->hist, pieces->output, err);
    pieces->n_written += pieces->hist.n_bins;
    pieces->hist.n_bins = 0;
    pieces->begun = true;
    return status;
}

static enum weir_status put_bin(void *context, weir_u128 lo, weir_u128 hi, const weir_u128 *sums,
                                struct weir_error *err)
{
    struct pieces *pieces = context;
    struct weir_hist *hist = &pieces->hist;
    hist->bin_lo[hist->n_bins] = lo;
    hist->bin_hi[hist->n_bins] = hi;
    memcpy(hist->sum + hist->n_bins * hist->n_columns, sums, hist->n_columns * sizeof *sums);
    return ++hist->n_bins < PIECE_BINS ? WEIR_OK : write_piece(pieces, err);
}

static enum weir_status drop_bin(void *context, weir_u128 lo, weir_u128 hi, const weir_u128 *sums,
                                 struct weir_error *err)
{
    (void)context;
    (void)lo;
    (void)hi;
    (void)sums;
    (void)err;
    return WEIR_OK;
}

/* Writes the histogram. What goes to a stream cannot be taken back, so all bins are merged once
 * before the first one is written: overflow of a sum and lack of memory show up then. */
static enum weir_status write_hist(struct hist_state *state, struct pieces *pieces,
                                   struct weir_error *err)
{
    struct weir_hist_spec spec;
    read_spec(state->step->params, &spec);
    weir_hist_spec_columns(&spec, &pieces->hist);
    enum weir_status status = weir_hist_reserve(&pieces->hist, PIECE_BINS, err);
    if (status == WEIR_OK && weir_output_is_stream(pieces->output))
        status = weir_hist_build_each(state->build, drop_bin, NULL, err);
    if (status == WEIR_OK)
        status = weir_hist_build_each(state->build, put_bin, pieces, err);
    return status == WEIR_OK ? write_piece(pieces, err) : status;
}

static enum weir_status hist_finish(struct weir_step *step, struct weir_report *report,
                                    struct weir_error *err)
{
    struct hist_state *state = step->state;
    report->row_name = "bins";
    report->records_bad_times = weir_hist_build_bad_times(state->build);
    if (state->output == NULL)
        return weir_hist_build_each(state->build, drop_bin, NULL, err);
    struct pieces pieces = {.output = state->output};
    weir_hist_init(&pieces.hist, &step->run->mem);
    enum weir_status status = write_hist(state, &pieces, err);
    weir_hist_release(&pieces.hist);
    if (status != WEIR_OK)
        return status;
    report->rows_written = pieces.n_written;
    report->bytes_written = weir_output_bytes(state->output);
    state->output = NULL;
    return weir_output_commit(pieces.output, err);
}

/* Options for making bins have no effect on bins that are there, and are refused. */
static enum weir_status check_combine(const struct hist_params *params, struct weir_error *err)
{
    if (params->x_given || params->columns_given)
        return weir_hist_combine_refuse(params->x_given ? "x-value" : "additional-columns", err);
    return weir_hist_combine_check(&params->scan, err);
}

static enum weir_status write_combined(struct weir_step *step, const struct weir_hist *hist,
                                       struct weir_report *report, struct weir_error *err)
{
    const struct hist_params *params = step->params;
    if (params->out_format == OUT_NONE)
        return WEIR_OK;
    struct weir_output *output = NULL;
    enum weir_status status = weir_step_create_output(step, &output, err);
    if (status == WEIR_OK)
        status = weir_hist_csv_write(hist, output, err);
    if (status != WEIR_OK) {
        weir_output_discard(output);
        return status;
    }
    report->rows_written = hist->n_bins;
    report->bytes_written = weir_output_bytes(output);
    return weir_output_commit(output, err);
}

static enum weir_status hist_combine(struct weir_step *step, bool *done, struct weir_report *report,
                                     struct weir_error *err)
{
    const struct hist_params *params = step->params;
    *done = weir_hist_combine_wanted(&params->scan);
    if (!*done)
        return WEIR_OK;
    report->combined = "added up";
    report->row_name = "bins";
    report->n_inputs = params->scan.paths.n;
    struct weir_hist hist;
    weir_hist_init(&hist, &step->run->mem);
    enum weir_status status = check_combine(params, err);
    if (status == WEIR_OK)
        status = weir_hist_combine(params->scan.paths.word, params->scan.paths.n,
                                   params->bin_exp_given, (unsigned)params->bin_exp, &hist, err);
    if (status == WEIR_OK)
        status = write_combined(step, &hist, report, err);
    weir_hist_release(&hist);
    return status;
}

static void hist_release(struct weir_step *step)
{
    struct hist_state *hist = step->state;
    if (hist == NULL)
        return;
    weir_output_discard(hist->output);
    weir_hist_build_free(hist->build);
    weir_mem_free(&step->run->mem, hist->scratch);
    weir_mem_free(&step->run->mem, hist);
    step->state = NULL;
}

const struct weir_command weir_command_hist = {
    .name = "hist",
    .alias = "hist_np",
    .summary = "make a histogram of flow records",
    .tells_sampling = true,
    .description =
        "Reads flow records from files, directories, traces or standard input (-), sorts those "
        "that the filter and the slices want into bins, and sums up flows, packets and octets per "
        "bin. Every number is an exact integer, and the same for any number of threads.\n"
        "\n"
        "x is the number of packets of a flow (length), its octets (size), its duration in ms, or "
        "its rate in whole bit/s. With --bin-exp 0 every x has a bin of its own; with N, bins have "
        "width 2^max(0, bits(x) - N): 12 keeps them within 0.05 %.\n"
        "\n"
        "csv_hist files as inputs are added up, such as those of batch jobs over --shard parts; "
        "with "
        "--bin-exp their bins become coarser.\n"
        "\n"
        "Bins that do not fit into --memory go through --scratch. A flow whose last packet comes "
        "before its first counts as one of duration 0; the end report counts them.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir hist -x length -b 12 -O length.csv trace",
    .options = {.groups = {&weir_in_out_options, &weir_scan_options, &hist_options}},
    .params_bytes = sizeof(struct hist_params),
    .reads_histograms = true,
    .writes_histogram = true,
    .prepare = hist_prepare,
    .combine = hist_combine,
    .finish = hist_finish,
    .release = hist_release,
};
