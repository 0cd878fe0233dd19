/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir summary: tables of what histograms hold.
 *
 * The default output is TeX, because that is what flow-models prints: its command lines keep
 * working, and tables that papers include stay tables. People at terminals ask for -o text.
 *
 * Several histograms stand side by side and are not added up as in hist and fit: all.csv, tcp.csv
 * and udp.csv are what is compared here, and their sum would be wrong without a word. Parts of one
 * histogram are added up by weir hist. */
#include "command.h"
#include "hist_axis.h"
#include "hist_build.h"
#include "hist_combine.h"
#include "hist_csv.h"
#include "log.h"
#include "step_file.h"
#include "summary_print.h"

#include <string.h>

struct summary_params {
    struct weir_scan_params scan;
    int x; /* enum weir_hist_x */
    struct weir_words columns, quantiles, titles;
    int kind; /* of the output: place in WEIR_SUMMARY_KINDS */
    bool compat;
    bool x_given, columns_given;
};

struct summary_state {
    struct weir_step *step;
    struct weir_hist_build *build;
    struct weir_consumer lanes; /* of `build` */
    struct weir_output *output;
    char *scratch; /* directory of the output, where the run names none */
    struct weir_summary_level *levels;
    struct weir_summary summary;
};

static const struct weir_option summary_rows[] = {
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct summary_params, kind),
     .initial = "tex",
     .choices = WEIR_SUMMARY_CHOICES,
     .value = "FORMAT",
     .help = "format of the output"},
    {.name = "x-value",
     .letter = 'x',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct summary_params, x),
     .initial = "length",
     .given_offset = offsetof(struct summary_params, x_given),
     .choices = "length|size|duration|rate",
     .help = "what flows are told apart by; for histograms that are read it is found out when not "
             "given"},
    {.name = "quantiles",
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct summary_params, quantiles),
     .value = "P",
     .help = "add a table: up to which x flows make up these shares, from 0 to 1, of flows, "
             "packets and octets"},
    {.name = "title",
     .kind = WEIR_OPTION_APPEND,
     .offset = offsetof(struct summary_params, titles),
     .value = "TEXT",
     .help = "name of the histogram; of several ones, in their order"},
    {.name = "additional-columns",
     .letter = 'c',
     .kind = WEIR_OPTION_APPEND,
     .offset = offsetof(struct summary_params, columns),
     .choices = "duration|rate",
     .given_offset = offsetof(struct summary_params, columns_given),
     .value = "COLUMN",
     .help = "from flow records: tell the average of this too"},
    {.name = "compat",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct summary_params, compat),
     .help = "give the numbers of flow-models: shares interpolated between lower edges of bins, "
             "nan beyond them, and no average size of flows"},
    {0},
};

static const struct weir_option_group summary_options = {.title = "Summary", .rows = summary_rows};

static const struct summary_params *summary_params(const struct summary_state *state)
{
    return state->step->params;
}

/* --- before anything is read ----------------------------------------------------------------- */

static enum weir_status parse_levels(struct summary_state *state, struct weir_error *err)
{
    const struct weir_words *words = &summary_params(state)->quantiles;
    state->levels = weir_mem_zalloc(&state->step->run->mem, words->n, sizeof *state->levels);
    if (state->levels == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    for (size_t i = 0; i < words->n; i++) {
        const enum weir_status status =
            weir_summary_level_parse(words->word[i], &state->levels[i], err);
        if (status != WEIR_OK) {
            weir_error_prepend(err, "--quantiles: ");
            return status;
        }
    }
    return WEIR_OK;
}

/* Of records there is one histogram, however many inputs they are in. */
static enum weir_status check_titles(const struct summary_params *params, size_t n_histograms,
                                     struct weir_error *err)
{
    if (params->titles.n == 0 || params->titles.n == n_histograms)
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE,
                          "--title: expected one for each of %zu %s, but found %zu", n_histograms,
                          n_histograms == 1 ? "histogram" : "histograms", params->titles.n);
}

static struct weir_hist_spec spec_of(const struct summary_params *params)
{
    struct weir_hist_spec spec = {.x = (enum weir_hist_x)params->x, .bin_exp = 0};
    for (size_t i = 0; i < params->columns.n; i++)
        for (int e = 0; e < WEIR_HIST_N_EXTRAS; e++)
            if (strcmp(params->columns.word[i], weir_hist_extra_name((enum weir_hist_extra)e)) == 0)
                spec.extra[spec.n_extras++ % WEIR_HIST_N_EXTRAS] = (enum weir_hist_extra)e;
    return spec;
}

/* --- the summary ----------------------------------------------------------------------------- */

static void start_summary(struct summary_state *state, enum weir_hist_x x, size_t n_histograms)
{
    const struct summary_params *params = summary_params(state);
    weir_summary_init(&state->summary, x, &state->step->run->mem);
    state->summary.classic = params->compat;
    state->summary.titled = params->titles.n > 0 || n_histograms > 1;
    state->summary.n_levels = params->quantiles.n;
    state->summary.levels = state->levels;
}

static enum weir_status add_histogram(struct summary_state *state, size_t i,
                                      const struct weir_hist *hist, struct weir_error *err)
{
    const struct summary_params *params = summary_params(state);
    const char *title = params->titles.n > 0 ? params->titles.word[i] : params->scan.paths.word[i];
    return weir_summary_add(&state->summary, title, hist, err);
}

/* Whoever compares with published tables should know why numbers differ. */
static void tell_differences(const struct weir_summary *summary)
{
    if (summary->differs && !summary->classic &&
        (summary->x == WEIR_X_LENGTH || summary->x == WEIR_X_SIZE))
        weir_log(WEIR_LOG_NOTE, "shares differ from those of flow-models, which interpolates "
                                "between lower edges of bins: --compat gives its numbers");
}

static enum weir_status write_summary(struct summary_state *state, struct weir_report *report,
                                      struct weir_error *err)
{
    struct weir_text text;
    weir_text_init(&text, &state->step->run->mem);
    weir_summary_print(&state->summary, summary_params(state)->kind, &text);
    enum weir_status status = weir_text_write(&text, state->output, err);
    weir_text_release(&text);
    if (status != WEIR_OK)
        return status;
    tell_differences(&state->summary);
    report->row_name = "columns";
    report->rows_written = state->summary.n_columns;
    report->bytes_written = weir_output_bytes(state->output);
    struct weir_output *output = state->output;
    state->output = NULL;
    return weir_output_commit(output, err);
}

/* --- scans and histograms -------------------------------------------------------------------- */

static enum weir_status summary_begin(void *context, size_t n_lanes, struct weir_error *err)
{
    struct summary_state *state = context;
    const enum weir_status status = weir_step_create_output(state->step, &state->output, err);
    return status == WEIR_OK ? state->lanes.begin(state->lanes.state, n_lanes, err) : status;
}

static enum weir_status summary_add(void *context, size_t lane, const struct weir_batch *batch,
                                    size_t *bad, struct weir_error *err)
{
    const struct summary_state *state = context;
    return state->lanes.add(state->lanes.state, lane, batch, bad, err);
}

static enum weir_status summary_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct summary_params *params = step->params;
    struct summary_state *state = weir_mem_zalloc(&step->run->mem, 1, sizeof *state);
    if (state == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    state->step = step;
    step->state = state;
    struct weir_hist_request request = {
        .spec = spec_of(params), .ops = step->run->kernels.log_hist, .mem = &step->run->mem};
    enum weir_status status = parse_levels(state, err);
    if (status == WEIR_OK)
        status = weir_step_find_scratch(step, &state->scratch, &request.scratch, err);
    if (status == WEIR_OK)
        status = weir_hist_build_new(&request, &state->build, err);
    if (status != WEIR_OK)
        return status;
    state->lanes = weir_hist_build_consumer(state->build);
    step->consumer = (struct weir_consumer){
        .state = state, .fields = state->lanes.fields, .begin = summary_begin, .add = summary_add};
    return WEIR_OK;
}

static enum weir_status summary_finish(struct weir_step *step, struct weir_report *report,
                                       struct weir_error *err)
{
    struct summary_state *state = step->state;
    struct weir_hist hist;
    report->records_bad_times = weir_hist_build_bad_times(state->build);
    weir_hist_init(&hist, &step->run->mem);
    start_summary(state, (enum weir_hist_x)summary_params(state)->x, 1);
    enum weir_status status = weir_hist_build_finish(state->build, &hist, err);
    if (status == WEIR_OK)
        status = add_histogram(state, 0, &hist, err);
    weir_hist_release(&hist);
    return status == WEIR_OK ? write_summary(state, report, err) : status;
}

/* The x of the histogram in `path`: as --x-value says, else as its sums say. */
static enum weir_status find_x(const struct summary_params *params, const char *path,
                               const struct weir_hist *hist, enum weir_hist_x *x,
                               struct weir_error *err)
{
    *x = (enum weir_hist_x)params->x;
    if (params->x_given && weir_hist_axis_contradicts(hist, *x))
        weir_log(WEIR_LOG_WARNING,
                 "%s: bins are taken as those of %s, but its means lie outside of them", path,
                 weir_hist_axis_name(*x));
    if (params->x_given || weir_hist_axis_detect(hist, x))
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE,
                          "expected bins with means of packets, octets, duration or rate within "
                          "their edges, but found others: tell with --x-value what x is");
}

/* Reads the histogram of an operand and adds its column. */
static enum weir_status add_file(struct summary_state *state, size_t i, struct weir_error *err)
{
    const struct summary_params *params = summary_params(state);
    const char *path = params->scan.paths.word[i];
    struct weir_hist hist;
    enum weir_hist_x x = WEIR_X_LENGTH;
    weir_hist_init(&hist, &state->step->run->mem);
    enum weir_status status = weir_hist_csv_read(path, &hist, err);
    if (status == WEIR_OK) {
        status = find_x(params, path, &hist, &x, err);
        if (status == WEIR_OK && i == 0)
            start_summary(state, x, params->scan.paths.n);
        if (status == WEIR_OK && x != state->summary.x)
            status = weir_error_set(err, WEIR_FORMAT,
                                    "expected a histogram of %s as the first one is, but found one "
                                    "of %s",
                                    weir_hist_axis_name(state->summary.x), weir_hist_axis_name(x));
        if (status == WEIR_OK)
            status = add_histogram(state, i, &hist, err);
        if (status != WEIR_OK)
            weir_error_prepend(err, "%s: ", path);
    }
    weir_hist_release(&hist);
    return status;
}

static enum weir_status summary_combine(struct weir_step *step, bool *done,
                                        struct weir_report *report, struct weir_error *err)
{
    struct summary_state *state = step->state;
    const struct summary_params *params = step->params;
    *done = weir_hist_combine_wanted(&params->scan);
    if (!*done)
        return check_titles(params, 1, err);
    report->combined = "read";
    report->n_inputs = params->scan.paths.n;
    enum weir_status status = check_titles(params, params->scan.paths.n, err);
    if (status == WEIR_OK)
        status = params->columns_given ? weir_hist_combine_refuse("additional-columns", err)
                                       : weir_hist_combine_check(&params->scan, err);
    if (status == WEIR_OK)
        status = weir_step_create_output(step, &state->output, err);
    for (size_t i = 0; i < params->scan.paths.n && status == WEIR_OK; i++)
        status = add_file(state, i, err);
    return status == WEIR_OK ? write_summary(state, report, err) : status;
}

static void summary_release(struct weir_step *step)
{
    struct summary_state *state = step->state;
    if (state == NULL)
        return;
    struct weir_mem *mem = &step->run->mem;
    weir_output_discard(state->output);
    weir_summary_release(&state->summary);
    weir_hist_build_free(state->build);
    weir_mem_free(mem, state->levels);
    weir_mem_free(mem, state->scratch);
    weir_mem_free(mem, state);
    step->state = NULL;
}

const struct weir_command weir_command_summary = {
    .name = "summary",
    .summary = "tell totals, averages, shares and quantiles of histograms",
    .tells_sampling = true,
    .description =
        "Reads csv_hist files, or flow records, of which the exact histogram is made in memory, "
        "and prints a table of totals and averages and one of the shares of flows, packets and "
        "octets that flows of up to 1, 2, 4, ... packets (64, 128, ... octets; ms; 1024, 2048, ... "
        "bit/s) make up. --quantiles adds one of the reverse.\n"
        "\n"
        "Several csv_hist files get columns side by side, so that all.csv, tcp.csv and udp.csv can "
        "be compared; parts of one histogram are added up by weir hist. Flow records of several "
        "inputs are one histogram.\n"
        "\n"
        "Every number is exact before it is rounded. Where bins have width 1 shares and quantiles "
        "are those of the flows; within wider bins flows count as spread evenly. With --compat "
        "shares are those of flow-models. In TeX tables, what a histogram does not tell is XXX.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir summary --title all --title tcp -o text all.csv tcp.csv",
    .options = {.groups = {&weir_in_out_options, &weir_scan_options, &summary_options}},
    .params_bytes = sizeof(struct summary_params),
    .reads_histograms = true,
    .prepare = summary_prepare,
    .combine = summary_combine,
    .finish = summary_finish,
    .release = summary_release,
};
