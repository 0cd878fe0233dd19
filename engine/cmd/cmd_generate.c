/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir generate: flow records from histograms and models. */
#include "command.h"
#include "distribution.h"
#include "generate_hist.h"
#include "generate_model.h"
#include "generate_option.h"
#include "generate_write.h"
#include "hist_combine.h"
#include "log.h"
#include "path.h"
#include "step_file.h"
#include "text.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

struct generate_params {
    struct weir_scan_params scan;
    int in_format; /* enum in_format */
    bool in_format_given;
    int64_t n_flows;
    int64_t seed;
    int x; /* WEIR_X_LENGTH or WEIR_X_SIZE */
    bool x_given;
    bool compat;
    bool cdf_table;
    const char *out_format;
    bool out_format_given, n_flows_given, seed_given;
    struct weir_complete_params complete;
};

enum in_format { IN_CSV_HIST, IN_MIXTURE };

struct generate_state {
    struct weir_step *step;
    const struct weir_format *format;
    struct weir_hist hist;
    struct weir_model model;
    bool is_model; /* and no histogram */
    struct weir_generate_table table;
    struct weir_expand expand;
    struct weir_complete complete;
    struct weir_generate_source source;
    struct weir_writer *writer;
    struct weir_output *output; /* of --cdf-table */
};

static const struct weir_option generate_rows[] = {
    {.name = "flows",
     .letter = 's',
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct generate_params, n_flows),
     .given_offset = offsetof(struct generate_params, n_flows_given),
     .initial = "1",
     .least = 0,
     .most = INT64_MAX,
     .value = "N",
     .help = "make N records; 0: every bin of the histogram gives exactly the flows that it holds, "
             "that of the largest x first, and no number is drawn"},
    {.name = "seed",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct generate_params, seed),
     .given_offset = offsetof(struct generate_params, seed_given),
     .initial = "1",
     .value = "N",
     .help = "another one makes other records; the same one the same records"},
    {.name = "x-value",
     .letter = 'x',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct generate_params, x),
     .given_offset = offsetof(struct generate_params, x_given),
     .initial = "length",
     .choices = "length|size",
     .help = "what x of the input is, packets or octets of a flow; a histogram tells it by itself"},
    {.name = "compat",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct generate_params, compat),
     .help = "as flow-models makes records of a histogram: every flow has the lower edge of its "
             "bin, and packets of 64 to 1522 octets, so that totals are others"},
    {.name = "cdf-table",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct generate_params, cdf_table),
     .help =
         "write no records, but the distribution that x is drawn from: lines of a value and the "
         "share of flows up to it, with straight lines in between, as ns-3, htsim and OMNeT++ "
         "load them; a flow has the smallest whole value whose share is at least a uniform random "
         "number, so what is interpolated is rounded up"},
    {0},
};

static const struct weir_option in_out_rows[] = {
    {.name = "in-format",
     .letter = 'i',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct generate_params, in_format),
     .given_offset = offsetof(struct generate_params, in_format_given),
     .choices = "csv_hist|mixture",
     .initial = "csv_hist",
     .help = "what the input is: histograms, or a directory of mixtures; found by looking when not "
             "given"},
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct generate_params, scan.output),
     .initial = "-",
     .value = "PATH",
     .help = "file or trace to write, - for standard output"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct generate_params, out_format),
     .given_offset = offsetof(struct generate_params, out_format_given),
     .initial = "csv_flow",
     .value = "FORMAT",
     .help = "format of the records: csv_flow, pipe, binary or none"},
    {.name = "skip-out",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct generate_params, scan.skip_out),
     .value = "N",
     .help = "leave out the first N records"},
    {.name = "count-out",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct generate_params, scan.count_out),
     .given_offset = offsetof(struct generate_params, scan.count_out_given),
     .value = "N",
     .help = "write at most N records; all when not given"},
    {0},
};

static const struct weir_option_group in_out_options = {.title = "Input and output",
                                                        .rows = in_out_rows};
static const struct weir_option_group generate_options = {.title = "Records",
                                                          .rows = generate_rows};
static const struct weir_option_group complete_options = {
    .title = "Times and keys",
    .rows = weir_complete_rows,
    .offset = offsetof(struct generate_params, complete)};

static const struct generate_params *generate_params(const struct generate_state *generate)
{
    return generate->step->params;
}

/* --- before anything is read ----------------------------------------------------------------- */

static enum weir_status check_cdf_table(const struct generate_params *params,
                                        struct weir_error *err)
{
    const struct {
        bool given;
        const char *name;
    } options[] = {
        {params->n_flows_given, "flows"},
        {params->seed_given, "seed"},
        {params->out_format_given, "out-format"},
        {params->scan.skip_out != 0, "skip-out"},
        {params->scan.count_out_given, "count-out"},
        {weir_complete_wanted(&params->complete), "arrivals and the like"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (params->cdf_table && options[i].given)
            return weir_error_set(err, WEIR_USAGE, "--%s has no effect with --cdf-table",
                                  options[i].name);
    return WEIR_OK;
}

static enum weir_status generate_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct generate_params *params = step->params;
    struct weir_mem *mem = &step->run->mem;
    struct generate_state *generate = weir_mem_zalloc(mem, 1, sizeof *generate);
    if (generate == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    generate->step = step;
    step->state = generate;
    weir_hist_init(&generate->hist, mem);
    weir_model_init(&generate->model, mem);
    weir_generate_table_init(&generate->table, mem);
    enum weir_status status = check_cdf_table(params, err);
    if (status == WEIR_OK)
        status = weir_complete_parse(&params->complete, mem, &generate->complete, err);
    const struct weir_format *format = NULL; /* one that cannot be written in is found, too */
    if (status == WEIR_OK && !params->cdf_table)
        status = weir_step_find_format(step, params->out_format, &format, err);
    if (status == WEIR_OK)
        generate->format = format;
    return status;
}

/* --- what records are drawn from ---------------------------------------------------------------
 */

/* Histograms are told from mixtures by --in-format, or by their looks. */
static bool reads_mixture(const struct generate_params *params)
{
    const char *path = params->scan.paths.word[0];
    if (params->in_format_given)
        return params->in_format == IN_MIXTURE;
    if (strcmp(path, "-") == 0 || access(path, F_OK) != 0)
        return false;
    return weir_path_is_directory(path) ||
           (params->cdf_table && !weir_hist_combine_wanted(&params->scan));
}

/* Nothing in a model says whether it is one of lengths or of sizes, but no packet has less than the
 * 20 octets of its header: sizes are hardly ever below, and most lengths are. */
static void warn_of_x(const struct generate_state *generate)
{
    const struct generate_params *params = generate_params(generate);
    const char *path = params->scan.paths.word[0];
    const double below = weir_mixture_cdf(&generate->model.flows, 19);
    if (params->x == WEIR_X_LENGTH && !params->x_given && below < 0.05)
        weir_log(WEIR_LOG_WARNING,
                 "%s: taken for a model of lengths, but %.3g %% of the flows are below 20, as of "
                 "sizes in octets: use -x size, or -x length to keep to lengths",
                 path, 100 * below);
    if (params->x == WEIR_X_SIZE && below > 0.5)
        weir_log(WEIR_LOG_WARNING,
                 "%s: taken for a model of sizes, but %.3g %% of the flows are below 20 octets, as "
                 "of lengths in packets",
                 path, 100 * below);
}

/* The output must not replace a file of the model either, which is no operand. */
static enum weir_status check_model_output(const struct generate_params *params,
                                           struct weir_error *err)
{
    static const char *const names[] = {"flows", "packets", "octets"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[PATH_MAX];
        const char *const input = path;
        const enum weir_status status =
            weir_path_of_mixture(params->scan.paths.word[0], names[i], path, err);
        if (status != WEIR_OK)
            return status;
        if (weir_step_replaces(params->scan.output, &input, 1))
            return weir_error_set(err, WEIR_USAGE,
                                  "--output: expected another file than the inputs, but found %s",
                                  params->scan.output);
    }
    return WEIR_OK;
}

static enum weir_status read_mixture(struct generate_state *generate, struct weir_error *err)
{
    const struct generate_params *params = generate_params(generate);
    if (params->scan.paths.n > 1)
        return weir_error_set(err, WEIR_USAGE, "expected one model, but found %zu operands",
                              params->scan.paths.n);
    if (params->n_flows == 0)
        return weir_error_set(err, WEIR_USAGE,
                              "--flows 0 writes out the bins of a histogram, but found a model");
    if (params->compat)
        return weir_error_set(err, WEIR_USAGE, "--compat has no effect on models");
    generate->source.x = (enum weir_hist_x)params->x;
    enum weir_status status = check_model_output(params, err);
    if (status == WEIR_OK)
        status =
            weir_model_read(params->scan.paths.word[0], !params->cdf_table, &generate->model, err);
    if (status != WEIR_OK)
        return status;
    warn_of_x(generate);
    status = weir_generate_model_fill(&generate->model, generate->source.x, &generate->table, err);
    if (status != WEIR_OK)
        weir_error_prepend(err, "%s: ", params->scan.paths.word[0]);
    return status;
}

/* True when flow-models would make other records of a bin: its lower edge, or clipped packets. */
static bool differs(const struct generate_state *generate, size_t i)
{
    struct weir_generate_bin bin;
    if (!weir_generate_hist_bin(&generate->hist, generate->source.x, i, &bin))
        return false;
    const struct weir_sample_piece edge = weir_generate_hist_edge(&bin, generate->source.x);
    return bin.width > 1 ||
           fabs(edge.base * (double)bin.flows - (double)bin.y_sum) > 1e-9 * (double)bin.y_sum;
}

static void note_compat(const struct generate_state *generate)
{
    size_t i = 0;
    if (generate_params(generate)->compat || generate_params(generate)->cdf_table)
        return;
    while (i < generate->hist.n_bins && !differs(generate, i))
        i++;
    if (i < generate->hist.n_bins)
        weir_log(WEIR_LOG_NOTE, "values are spread inside bins, and totals are those of the "
                                "histogram; --compat does as flow-models does");
}

/* Checks a histogram that is the sum of all inputs. Where it fits no x, the first input that fits
 * none, or another one than those before it, is named. */
static enum weir_status check_histogram(struct generate_state *generate, struct weir_error *err)
{
    const struct generate_params *params = generate_params(generate);
    const struct weir_words *paths = &params->scan.paths;
    enum weir_hist_x wanted = params->x_given ? (enum weir_hist_x)params->x : WEIR_N_X;
    enum weir_status status =
        weir_generate_hist_check(&generate->hist, wanted, &generate->source.x, err);
    for (size_t i = 0; status != WEIR_OK && i < paths->n; i++) {
        struct weir_error reason = {0};
        struct weir_hist one;
        if (strcmp(paths->word[i], "-") == 0)
            continue;
        weir_hist_init(&one, &generate->step->run->mem);
        enum weir_status of_one = weir_hist_combine(&paths->word[i], 1, false, 0, &one, &reason);
        if (of_one == WEIR_OK)
            of_one = weir_generate_hist_check(&one, wanted, &wanted, &reason);
        weir_hist_release(&one);
        if (of_one == WEIR_OK)
            continue;
        return weir_error_set(err, of_one, "%s: %s", paths->word[i], reason.message);
    }
    if (status != WEIR_OK)
        weir_error_prepend(err, "%s%s: ", paths->word[0], paths->n > 1 ? " and others" : "");
    return status;
}

static enum weir_status read_histogram(struct generate_state *generate, struct weir_error *err)
{
    const struct generate_params *params = generate_params(generate);
    struct weir_hist *hist = &generate->hist;
    enum weir_status status =
        weir_hist_combine(params->scan.paths.word, params->scan.paths.n, false, 0, hist, err);
    if (status == WEIR_OK)
        status = check_histogram(generate, err);
    if (status != WEIR_OK)
        return status;
    note_compat(generate);
    if (params->n_flows == 0)
        return weir_expand_init(&generate->expand, hist, generate->source.x, params->compat,
                                &generate->step->run->mem, err);
    status =
        weir_generate_hist_fill(hist, generate->source.x, params->compat, &generate->table, err);
    if (status != WEIR_OK)
        weir_error_prepend(err, "%s: ", params->scan.paths.word[0]);
    return status;
}

/* Reads the input and makes the source of records; *n is how many there are in all. */
static enum weir_status make_source(struct generate_state *generate, uint64_t *n,
                                    struct weir_error *err)
{
    const struct generate_params *params = generate_params(generate);
    generate->is_model = reads_mixture(params);
    enum weir_status status =
        generate->is_model ? read_mixture(generate, err) : read_histogram(generate, err);
    weir_model_release(&generate->model);
    weir_hist_release(&generate->hist);
    if (status != WEIR_OK)
        return status;
    generate->source.seed = (uint64_t)params->seed;
    *n = (uint64_t)params->n_flows;
    if (params->n_flows == 0) {
        generate->source.expand = &generate->expand;
        *n = generate->expand.n_records;
        return WEIR_OK;
    }
    generate->source.table = &generate->table.sample;
    status = weir_generate_table_finish(&generate->table, err);
    if (status != WEIR_OK)
        weir_error_prepend(err, "%s: ", params->scan.paths.word[0]);
    return status;
}

/* Sets which of `n` flows are written. */
static void slice(const struct generate_params *params, uint64_t n,
                  struct weir_generate_write *request)
{
    const uint64_t skip = params->scan.skip_out < 0 ? 0 : (uint64_t)params->scan.skip_out;
    const uint64_t count = params->scan.count_out < 0 ? 0 : (uint64_t)params->scan.count_out;
    request->first = skip < n ? skip : n;
    request->n = n - request->first;
    if (params->scan.count_out_given && count < request->n)
        request->n = count;
}

/* Reads what makes records complete, of which there are `n` in all. */
static enum weir_status make_complete(struct generate_state *generate, uint64_t n,
                                      struct weir_error *err)
{
    const struct generate_params *params = generate_params(generate);
    const struct weir_generate_source *source = &generate->source;
    struct weir_generate_write written;
    if (!weir_complete_wanted(&params->complete))
        return WEIR_OK;
    slice(params, n, &written);
    const struct weir_complete_request request = {.params = &params->complete,
                                                  .run = generate->step->run,
                                                  .seed = source->seed,
                                                  .n_flows = n,
                                                  .n_wanted = written.first + written.n,
                                                  .table = source->expand == NULL ? &generate->table
                                                                                  : NULL,
                                                  .expand = source->expand,
                                                  .x = source->x};
    generate->source.complete = &generate->complete.record;
    return weir_complete_read(&request, &generate->complete, err);
}

/* --- records -----------------------------------------------------------------------------------
 */

static enum weir_status create_writer(struct generate_state *generate,
                                      const struct weir_schema *schema, uint64_t n,
                                      struct weir_error *err)
{
    const struct generate_params *params = generate_params(generate);
    struct weir_run *run = generate->step->run;
    struct weir_columns_nameless nameless;
    struct weir_create_request request = {
        .schema = schema, .n_lanes = (size_t)run->n_threads, .sync = run->sync, .mem = &run->mem};
    weir_step_set_place(generate->step, params->scan.output, &nameless, &request);
    nameless.records_max = n;
    return generate->format->create(&request, &generate->writer, err);
}

static enum weir_status write_records(struct generate_state *generate, uint64_t n,
                                      struct weir_report *report, struct weir_error *err)
{
    struct weir_run *run = generate->step->run;
    struct weir_schema schema;
    struct weir_progress progress;
    struct weir_generate_write request = {
        .source = &generate->source, .run = run, .schema = &schema, .progress = &progress};
    slice(generate_params(generate), n, &request);
    weir_generate_schema(generate->format, generate->source.complete != NULL, &schema);
    enum weir_status status = create_writer(generate, &schema, request.n, err);
    if (status != WEIR_OK)
        return status;
    request.writer = generate->writer;
    weir_progress_start(&progress, run, request.n);
    status = weir_generate_write(&request, err);
    weir_progress_stop(&progress);
    if (status != WEIR_OK)
        return status;
    struct weir_writer *writer = generate->writer;
    generate->writer = NULL;
    report->rows_written = writer->n_records;
    report->bytes_written = writer->n_bytes;
    return generate->format->commit(writer, err);
}

/* --- the table of the distribution ---------------------------------------------------------------
 */

static void add_point(struct weir_text *text, uint64_t x, double probability,
                      struct weir_report *report)
{
    char number[WEIR_NUMBER_REAL_CAPACITY];
    weir_text_add_u128(text, x);
    weir_text_add(text, " %s\n", weir_number_text_real(number, probability));
    report->rows_written++;
}

/* Lines at both ends of every piece. Pieces ascend; where two touch, the end of one is that of the
 * other. The pieces of a model end long after its cdf is 1 in 53 bits; only the first such line is
 * written. Those of a histogram end with its largest x. */
static enum weir_status write_table(struct generate_state *generate, struct weir_report *report,
                                    struct weir_error *err)
{
    const struct weir_generate_table *table = &generate->table;
    struct weir_text text;
    double total = 0;
    double below = 0;
    uint64_t end = 0;
    weir_text_init(&text, &generate->step->run->mem);
    for (size_t i = 0; i < table->sample.n; i++)
        total += table->weight[i];
    for (size_t i = 0; i < table->sample.n && !(generate->is_model && i > 0 && below == total);
         i++) {
        const struct weir_sample_piece *piece = &table->piece[i];
        if (i == 0 || piece->lo != end)
            add_point(&text, piece->lo == 0 ? 0 : piece->lo - 1, below / total, report);
        below += table->weight[i];
        end = piece->lo + piece->width;
        add_point(&text, end - 1, i + 1 < table->sample.n ? below / total : 1, report);
    }
    struct weir_output *output = generate->output;
    enum weir_status status = weir_text_write(&text, output, err);
    weir_text_release(&text);
    if (status != WEIR_OK)
        return status;
    generate->output = NULL;
    report->bytes_written = weir_output_bytes(output);
    return weir_output_commit(output, err);
}

/* --- the command -------------------------------------------------------------------------------
 */

static enum weir_status generate_combine(struct weir_step *step, bool *done,
                                         struct weir_report *report, struct weir_error *err)
{
    struct generate_state *generate = step->state;
    const struct generate_params *params = step->params;
    uint64_t n = 0;
    *done = true;
    report->generated = true;
    report->row_name = params->cdf_table ? "lines" : "records";
    report->n_inputs = params->scan.paths.n;
    enum weir_status status = WEIR_OK;
    if (params->cdf_table)
        status = weir_step_create_output(step, &generate->output, err);
    else if (!generate->format->is_directory)
        status = weir_step_check_output(step, false, err);
    if (status == WEIR_OK)
        status = make_source(generate, &n, err);
    if (status == WEIR_OK)
        status = make_complete(generate, n, err);
    if (status != WEIR_OK)
        return status;
    return params->cdf_table ? write_table(generate, report, err)
                             : write_records(generate, n, report, err);
}

static void generate_release(struct weir_step *step)
{
    struct generate_state *generate = step->state;
    if (generate == NULL)
        return;
    if (generate->format != NULL)
        generate->format->discard(generate->writer);
    weir_output_discard(generate->output);
    weir_hist_release(&generate->hist);
    weir_model_release(&generate->model);
    weir_generate_table_release(&generate->table);
    weir_expand_release(&generate->expand);
    weir_complete_release(&generate->complete);
    weir_mem_free(&step->run->mem, generate);
    step->state = NULL;
}

const struct weir_command weir_command_generate = {
    .name = "generate",
    .summary = "make flow records from a histogram or a model",
    .description =
        "Draws flow records from csv_hist files, which are added up, or from a model: a directory "
        "with flows.json, packets.json and octets.json, as weir fit writes it. Records have "
        "packets "
        "and octets; all other fields are 0, and a trace does without them, unless times or keys "
        "are asked for.\n"
        "\n"
        "From a histogram, values spread inside wide bins so that the means of packets and octets "
        "are those of each bin. From a model, the length or size of a flow comes from the mixture "
        "of flows, and the mean size of its packets from the densities of octets and packets. With "
        "-x length that is kept within 64 to 1522 octets; with -x size a flow has at least one "
        "packet, and its number of packets is not rounded up to where they would have less than "
        "64 octets.\n"
        "\n"
        "What is in a record depends on the seed and on its number alone: it is the same on any "
        "number of threads, and --skip-out and --count-out give parts of the whole, counted in "
        "flows where --active-timeout parts them. Memory does not grow with the number of records, "
        "but for 8 bytes in 32,768 of those that arrive as a Poisson process.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir generate -s 1000000 -o binary -O trace mixtures/all/length",
    .options = {.groups = {&in_out_options, &generate_options, &complete_options}},
    .params_bytes = sizeof(struct generate_params),
    .reads_histograms = true,
    .reads_models = true,
    .reads_no_records = true,
    .prepare = generate_prepare,
    .combine = generate_combine,
    .release = generate_release,
};
