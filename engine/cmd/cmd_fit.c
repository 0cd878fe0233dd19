/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir fit: mixtures of distributions for the histograms of flows. */
#include "command.h"
#include "fit_point.h"
#include "fit_search.h"
#include "hist_build.h"
#include "hist_combine.h"
#include "log.h"
#include "mixture_json.h"
#include "step_file.h"
#include "text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct fit_params {
    struct weir_scan_params scan;
    int x;           /* enum weir_hist_x */
    int64_t bin_exp; /* of histograms made from records */
    struct weir_words y;
    int64_t n_iterations;
    int64_t count[WEIR_N_KINDS]; /* of the start */
    const char *initial;
    double max_pareto_weight;
    bool max_pareto_weight_given;
    int pareto; /* enum pareto */
    bool search;
    int64_t max_params, seed, n_starts; /* of --auto */
    bool max_params_given, seed_given, n_starts_given;
    bool x_given, bin_exp_given, n_iterations_given;
};

enum pareto { PARETO_CLASSIC, PARETO_FREE };

/* What becomes of one y. */
struct result {
    const char *y;
    struct weir_mixture mixture;
    struct weir_output *json, *mode;
};

struct fit_state {
    struct weir_step *step;
    struct weir_hist_build *build;
    struct weir_consumer lanes; /* of `build` */
    size_t n_results;
    struct result *results;
    char *scratch;               /* directory of the output, where the run names none */
    struct weir_mixture initial; /* of --initial */
};

#define COUNT(option, short_option, counted, what)                                         \
    {                                                                                      \
        .name = option, .letter = short_option, .kind = WEIR_OPTION_INTEGER,               \
        .offset = offsetof(struct fit_params, count[counted]), .initial = "0", .least = 0, \
        .most = WEIR_EM_FORMS_MAX, .value = "N", .help = "start with N " what              \
    }

static const struct weir_option in_out_rows[] = {
    {.name = "in-format",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct fit_params, scan.in_format),
     .value = "FORMAT",
     .help = "format of the inputs, csv_hist or one of flow records; found by their content when "
             "not given"},
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct fit_params, scan.output),
     .initial = ".",
     .value = "DIR",
     .help = "directory for the mixtures, one file Y.json per y and how it was made in Y.mode"},
    {0},
};

static const struct weir_option fit_rows[] = {
    {.name = "y-value",
     .letter = 'y',
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct fit_params, y),
     .initial = "flows",
     .value = "Y...",
     .help = "what is distributed over x: flows, packets, octets or another sum of the histogram; "
             "several are fitted one after the other"},
    {.name = "iterations",
     .letter = 'i',
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, n_iterations),
     .given_offset = offsetof(struct fit_params, n_iterations_given),
     .initial = "100",
     .least = 0,
     .most = INT32_MAX,
     .value = "N",
     .help = "iterations of EM"},
    COUNT("uniform", 'U', WEIR_UNIFORM, "uniforms, of the N smallest values"),
    COUNT("pareto", 'P', WEIR_GENPARETO, "Pareto distributions"),
    COUNT("lognorm", 'L', WEIR_LOGNORM, "lognormals"),
    COUNT("norm", 'N', WEIR_NORM, "normal distributions"),
    COUNT("gamma", 'G', WEIR_GAMMA, "gamma distributions"),
    COUNT("weibull", 'W', WEIR_WEIBULL_MIN, "Weibull distributions"),
    {.name = "initial",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct fit_params, initial),
     .value = "PATH",
     .help = "start with the components of this mixture file, or of a list of them"},
    {.name = "max-pareto-weight",
     .kind = WEIR_OPTION_REAL,
     .offset = offsetof(struct fit_params, max_pareto_weight),
     .given_offset = offsetof(struct fit_params, max_pareto_weight_given),
     .least = 0,
     .most = 1,
     .value = "W",
     .help = "no Pareto distribution gets more weight than this"},
    {.name = "mpw",
     .kind = WEIR_OPTION_REAL,
     .offset = offsetof(struct fit_params, max_pareto_weight),
     .given_offset = offsetof(struct fit_params, max_pareto_weight_given),
     .least = 0,
     .most = 1,
     .value = "W",
     .help = "the same as --max-pareto-weight, as flow-models calls it"},
    {.name = "pareto-form",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct fit_params, pareto),
     .initial = "classic",
     .choices = "classic|free",
     .help = "Pareto distributions are classic (scale = shape * loc, as in flow-models), or "
             "generalised ones whose scale is free"},
    {.name = "auto",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct fit_params, search),
     .help = "search for kinds, places and numbers of components, by the likelihood of bins; in "
             "place of all of the above but --y-value"},
    {.name = "max-params",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, max_params),
     .given_offset = offsetof(struct fit_params, max_params_given),
     .initial = "20",
     .least = 2,
     .most = 3 * WEIR_FIT_PARTS_MAX - 1,
     .value = "N",
     .help =
         "with --auto: use up to N free parameters; a lognormal has 2, a uniform from 0 none, an "
         "atom 1, and each component but one a weight"},
    {.name = "seed",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, seed),
     .given_offset = offsetof(struct fit_params, seed_given),
     .initial = "1",
     .value = "N",
     .help = "with --auto: another one searches elsewhere; the same one finds the same mixture"},
    {.name = "starts",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, n_starts),
     .given_offset = offsetof(struct fit_params, n_starts_given),
     .initial = "8",
     .least = 1,
     .most = 1000,
     .value = "N",
     .help = "with --auto: search from N places"},
    {.name = "x-value",
     .letter = 'x',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct fit_params, x),
     .initial = "length",
     .given_offset = offsetof(struct fit_params, x_given),
     .choices = "length|size|duration|rate",
     .help = "x of the histogram that is made from flow records"},
    {.name = "bin-exp",
     .letter = 'b',
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, bin_exp),
     .initial = "12",
     .given_offset = offsetof(struct fit_params, bin_exp_given),
     .least = 0,
     .most = 63,
     .value = "N",
     .help = "bins of that histogram grow beyond 2^N; 0: one for every x. Of histograms that are "
             "read: make their bins so"},
    {0},
};

static const struct weir_option_group in_out_options = {.title = "Input, filter and output",
                                                        .rows = in_out_rows};
static const struct weir_option_group fit_options = {.title = "Fit", .rows = fit_rows};

static const struct fit_params *fit_params(const struct fit_state *fit)
{
    return fit->step->params;
}

/* --- before anything is read ----------------------------------------------------------------- */

static enum weir_status check_each_y(const struct weir_words *y, struct weir_error *err)
{
    for (size_t i = 0; i < y->n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(y->word[i], y->word[j]) == 0)
                return weir_error_set(err, WEIR_USAGE,
                                      "--y-value: expected each y once, but found %s twice",
                                      y->word[i]);
    return WEIR_OK;
}

/* With --auto there is no start, without it no search. */
static enum weir_status check_auto(const struct fit_params *params, int64_t n_components,
                                   struct weir_error *err)
{
    const struct {
        bool given, searches;
        const char *name;
    } options[] = {
        {n_components > 0, false, "a number of components"},
        {params->initial != NULL, false, "--initial"},
        {params->n_iterations_given, false, "--iterations"},
        {params->max_pareto_weight_given, false, "--max-pareto-weight"},
        {params->pareto != PARETO_CLASSIC, false, "--pareto-form"},
        {params->max_params_given, true, "--max-params"},
        {params->seed_given, true, "--seed"},
        {params->n_starts_given, true, "--starts"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && options[i].searches != params->search)
            return weir_error_set(err, WEIR_USAGE, "%s has no effect with%s --auto",
                                  options[i].name, params->search ? "" : "out");
    return WEIR_OK;
}

static enum weir_status check_params(const struct fit_params *params, struct weir_error *err)
{
    int64_t n = 0;
    for (int k = 0; k < WEIR_N_KINDS; k++)
        n += params->count[k];
    const enum weir_status status = check_auto(params, n, err);
    if (status != WEIR_OK)
        return status;
    if (n == 0 && params->initial == NULL && !params->search)
        return weir_error_set(err, WEIR_USAGE,
                              "expected components to start with, such as -U 6 -L 4, or --initial, "
                              "or --auto");
    if (n > 0 && params->initial != NULL)
        return weir_error_set(err, WEIR_USAGE,
                              "expected either numbers of components or --initial, but found both");
    if (n > WEIR_EM_FORMS_MAX)
        return weir_error_set(err, WEIR_USAGE, "expected up to %d components, but found %lld",
                              WEIR_EM_FORMS_MAX, (long long)n);
    return check_each_y(&params->y, err);
}

static struct weir_hist_spec spec_of(const struct fit_params *params)
{
    return (struct weir_hist_spec){.x = (enum weir_hist_x)params->x,
                                   .bin_exp = (unsigned)params->bin_exp};
}

/* --- files ----------------------------------------------------------------------------------- */

static enum weir_status make_path(const struct fit_state *fit, const char *y, const char *suffix,
                                  char path[PATH_MAX], struct weir_error *err)
{
    const int n = snprintf(path, PATH_MAX, "%s/%s.%s", fit_params(fit)->scan.output, y, suffix);
    return n > 0 && n < PATH_MAX
               ? WEIR_OK
               : weir_error_set(err, WEIR_LIMIT, "--output: the path is too long");
}

static void add_start(struct weir_text *text, const struct fit_params *params)
{
    static const char letters[WEIR_N_KINDS] = {
        [WEIR_UNIFORM] = 'U', [WEIR_GENPARETO] = 'P', [WEIR_LOGNORM] = 'L',
        [WEIR_NORM] = 'N',    [WEIR_GAMMA] = 'G',     [WEIR_WEIBULL_MIN] = 'W'};
    static const enum weir_kind order[] = {WEIR_UNIFORM, WEIR_GENPARETO, WEIR_LOGNORM,
                                           WEIR_NORM,    WEIR_GAMMA,     WEIR_WEIBULL_MIN};
    const char *separator = "";
    if (params->initial != NULL) {
        weir_text_add_json(text, params->initial);
        return;
    }
    weir_text_add(text, "{");
    for (size_t i = 0; i < WEIR_N_KINDS; i++)
        if (params->count[order[i]] != 0) {
            weir_text_add(text, "%s\"%c\": %lld", separator, letters[order[i]],
                          (long long)params->count[order[i]]);
            separator = ", ";
        }
    weir_text_add(text, "}");
}

/* How the mixture was made, with flow-models' names. */
static enum weir_status write_mode(const struct fit_state *fit, const char *y,
                                   struct weir_output *output, struct weir_error *err)
{
    const struct fit_params *params = fit_params(fit);
    struct weir_text text;
    weir_text_init(&text, &fit->step->run->mem);
    weir_text_add(&text, "{\"in_file\": ");
    weir_text_add_json(&text, params->scan.paths.word[0]);
    weir_text_add(&text, ", \"y_value\": ");
    weir_text_add_json(&text, y);
    if (params->search) {
        weir_text_add(
            &text, ", \"auto\": {\"max_params\": %lld, \"seed\": %lld, \"starts\": %lld}}\n",
            (long long)params->max_params, (long long)params->seed, (long long)params->n_starts);
    } else {
        weir_text_add(&text,
                      ", \"max_iter\": %lld, \"initial\": ", (long long)params->n_iterations);
        add_start(&text, params);
        if (params->max_pareto_weight_given)
            weir_text_add(&text, ", \"max_pareto_w\": %.17g}\n", params->max_pareto_weight);
        else
            weir_text_add(&text, ", \"max_pareto_w\": null}\n");
    }
    const enum weir_status status = weir_text_write(&text, output, err);
    weir_text_release(&text);
    return status;
}

static enum weir_status create_file(const struct fit_state *fit, const char *y, const char *suffix,
                                    struct weir_output **output, struct weir_error *err)
{
    struct weir_run *run = fit->step->run;
    char path[PATH_MAX];
    const enum weir_status status = make_path(fit, y, suffix, path, err);
    return status == WEIR_OK ? weir_output_create(path, run->sync, &run->mem, output, err) : status;
}

/* Creates all files, before the work whose results go there. */
static enum weir_status create_results(struct fit_state *fit, struct weir_error *err)
{
    const struct weir_words *y = &fit_params(fit)->y;
    struct weir_mem *mem = &fit->step->run->mem;
    enum weir_status status = WEIR_OK;
    fit->results = weir_mem_zalloc(mem, y->n, sizeof *fit->results);
    if (fit->results == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    for (; fit->n_results < y->n && status == WEIR_OK; fit->n_results++) {
        struct result *result = &fit->results[fit->n_results];
        result->y = y->word[fit->n_results];
        weir_mixture_init(&result->mixture, mem);
        status = create_file(fit, result->y, "json", &result->json, err);
        if (status == WEIR_OK)
            status = create_file(fit, result->y, "mode", &result->mode, err);
    }
    return status;
}

static enum weir_status commit_file(struct weir_output **output, struct weir_report *report,
                                    struct weir_error *err)
{
    struct weir_output *complete = *output;
    *output = NULL;
    report->bytes_written += weir_output_bytes(complete);
    return weir_output_commit(complete, err);
}

/* Gives files their names when all are complete. */
static enum weir_status commit_results(struct fit_state *fit, struct weir_report *report,
                                       struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < fit->n_results && status == WEIR_OK; i++) {
        const struct result *result = &fit->results[i];
        report->rows_written += result->mixture.n_components;
        status = weir_mixture_json_write(&result->mixture, result->json, err);
        if (status == WEIR_OK)
            status = write_mode(fit, result->y, result->mode, err);
    }
    for (size_t i = 0; i < fit->n_results && status == WEIR_OK; i++) {
        status = commit_file(&fit->results[i].json, report, err);
        if (status == WEIR_OK)
            status = commit_file(&fit->results[i].mode, report, err);
    }
    return status;
}

/* --- fitting --------------------------------------------------------------------------------- */

static enum weir_status start(const struct fit_state *fit, const struct weir_fit_data *data,
                              struct weir_mixture *mixture, struct weir_error *err)
{
    const struct fit_params *params = fit_params(fit);
    struct weir_fit_counts counts;
    for (int k = 0; k < WEIR_N_KINDS; k++)
        counts.of[k] = (uint64_t)params->count[k];
    return params->initial != NULL ? weir_mixture_copy(mixture, &fit->initial, err)
                                   : weir_fit_point_start(data, &counts, mixture, err);
}

/* What somebody who waits for a fit wants to know of it. */
static void tell(const char *y, const struct weir_mixture *mixture, double log_likelihood,
                 size_t n_dropped)
{
    weir_log(WEIR_LOG_NOTE,
             "%s: %zu components, mean log-likelihood %.6f of the density at lower edges", y,
             mixture->n_components, log_likelihood);
    if (n_dropped != 0)
        weir_log(WEIR_LOG_WARNING, "%s: %zu components became no numbers and were dropped", y,
                 n_dropped);
    for (size_t k = 0; k < mixture->n_components; k++)
        if (mixture->component[k].weight < WEIR_FIT_WEIGHT_LEAST)
            weir_log(WEIR_LOG_WARNING, "%s: component %zu (%s) has collapsed to a weight of %.3g",
                     y, k + 1, weir_kind_name(mixture->component[k].kind),
                     mixture->component[k].weight);
}

static enum weir_status fit_y(const struct fit_state *fit, const struct weir_hist *hist,
                              const char *y, struct weir_mixture *mixture, struct weir_error *err)
{
    const struct fit_params *params = fit_params(fit);
    struct weir_run *run = fit->step->run;
    struct weir_fit_data data;
    double log_likelihood = 0;
    size_t n_dropped = 0;
    enum weir_status status = weir_fit_data_init(&data, hist, y, &run->mem, err);
    if (status == WEIR_OK)
        status = start(fit, &data, mixture, err);
    const struct weir_fit_point_request request = {
        .data = &data,
        .ops = run->kernels.em_mixture,
        .n_iterations = (uint64_t)params->n_iterations,
        .max_pareto_weight = params->max_pareto_weight_given ? params->max_pareto_weight : INFINITY,
        .free_pareto = params->pareto == PARETO_FREE,
        .n_threads = run->n_threads,
        .mem = &run->mem};
    if (status == WEIR_OK)
        status = weir_fit_point(&request, mixture, &log_likelihood, &n_dropped, err);
    if (status == WEIR_OK)
        tell(y, mixture, log_likelihood, n_dropped);
    weir_fit_data_release(&data);
    return status;
}

/* Searches for a mixture of y. */
static enum weir_status search_y(const struct fit_state *fit, const struct weir_hist *hist,
                                 const char *y, struct weir_mixture *mixture,
                                 struct weir_error *err)
{
    const struct fit_params *params = fit_params(fit);
    struct weir_run *run = fit->step->run;
    struct weir_binned_quality quality;
    struct weir_search search = {.hist = hist,
                                 .max_params = (unsigned)params->max_params,
                                 .seed = (uint64_t)params->seed,
                                 .n_starts = (unsigned)params->n_starts,
                                 .n_threads = run->n_threads,
                                 .kernels = &run->kernels,
                                 .mem = &run->mem};
    enum weir_status status = weir_fit_data_column(hist, y, &search.column, err);
    if (status == WEIR_OK)
        status = weir_search_run(&search, mixture, &quality, err);
    if (status == WEIR_OK)
        weir_log(WEIR_LOG_NOTE,
                 "%s: %zu components with %zu free parameters, mean log-likelihood %.6f, largest "
                 "difference of cdfs %.5f, error of the tail %.3f, mean %.3f of the data's",
                 y, mixture->n_components, weir_mixture_free_parameters(mixture),
                 quality.log_likelihood, quality.ks, quality.tail, quality.mean);
    return status;
}

/* Makes sure that there is something to fit for every y, before it is done for the first one. */
static enum weir_status check_hist(const struct fit_state *fit, const struct weir_hist *hist,
                                   struct weir_error *err)
{
    const struct weir_words *y = &fit_params(fit)->y;
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < y->n && status == WEIR_OK; i++) {
        size_t column = 0;
        weir_u128 sum = 0;
        status = weir_fit_data_column(hist, y->word[i], &column, err);
        if (status == WEIR_OK)
            status = weir_fit_data_check(hist, column, &sum, err);
    }
    return status;
}

static enum weir_status fit_all(struct fit_state *fit, const struct weir_hist *hist,
                                struct weir_report *report, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < fit->n_results && status == WEIR_OK; i++)
        status = (fit_params(fit)->search ? search_y : fit_y)(fit, hist, fit->results[i].y,
                                                              &fit->results[i].mixture, err);
    return status == WEIR_OK ? commit_results(fit, report, err) : status;
}

/* --- scans and histograms -------------------------------------------------------------------- */

static enum weir_status fit_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct fit_state *fit = state;
    const enum weir_status status = create_results(fit, err);
    return status == WEIR_OK ? fit->lanes.begin(fit->lanes.state, n_lanes, err) : status;
}

static enum weir_status fit_add(void *state, size_t lane, const struct weir_batch *batch,
                                size_t *bad, struct weir_error *err)
{
    const struct fit_state *fit = state;
    return fit->lanes.add(fit->lanes.state, lane, batch, bad, err);
}

static enum weir_status fit_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct fit_params *params = step->params;
    enum weir_status status = check_params(params, err);
    if (status != WEIR_OK)
        return status;
    struct fit_state *fit = weir_mem_zalloc(&step->run->mem, 1, sizeof *fit);
    if (fit == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    fit->step = step;
    step->state = fit;
    weir_mixture_init(&fit->initial, &step->run->mem);
    if (params->initial != NULL)
        status = weir_mixture_json_read(params->initial, &fit->initial, err);
    if (status == WEIR_OK && params->initial != NULL)
        status = weir_fit_point_check(&fit->initial, err);
    struct weir_hist_request request = {
        .spec = spec_of(params), .ops = step->run->kernels.log_hist, .mem = &step->run->mem};
    if (status == WEIR_OK)
        status = weir_step_find_scratch(step, &fit->scratch, &request.scratch, err);
    if (status == WEIR_OK)
        status = weir_hist_build_new(&request, &fit->build, err);
    if (status == WEIR_OK)
        fit->lanes = weir_hist_build_consumer(fit->build);
    step->consumer = (struct weir_consumer){
        .state = fit, .fields = fit->lanes.fields, .begin = fit_begin, .add = fit_add};
    return status;
}

static enum weir_status fit_finish(struct weir_step *step, struct weir_report *report,
                                   struct weir_error *err)
{
    struct fit_state *fit = step->state;
    struct weir_hist hist;
    report->row_name = "components";
    report->records_bad_times = weir_hist_build_bad_times(fit->build);
    weir_hist_init(&hist, &step->run->mem);
    enum weir_status status = weir_hist_build_finish(fit->build, &hist, err);
    if (status == WEIR_OK)
        status = check_hist(fit, &hist, err);
    if (status == WEIR_OK)
        status = fit_all(fit, &hist, report, err);
    weir_hist_release(&hist);
    return status;
}

static enum weir_status fit_combine(struct weir_step *step, bool *done, struct weir_report *report,
                                    struct weir_error *err)
{
    struct fit_state *fit = step->state;
    const struct fit_params *params = step->params;
    struct weir_hist hist;
    *done = weir_hist_combine_wanted(&params->scan);
    if (!*done)
        return WEIR_OK;
    report->combined = true;
    report->row_name = "components";
    report->n_inputs = params->scan.paths.n;
    weir_hist_init(&hist, &step->run->mem);
    enum weir_status status = params->x_given ? weir_hist_combine_refuse("x-value", err)
                                              : weir_hist_combine_check(&params->scan, err);
    if (status == WEIR_OK)
        status = weir_hist_combine(params->scan.paths.word, params->scan.paths.n,
                                   params->bin_exp_given, (unsigned)params->bin_exp, &hist, err);
    if (status == WEIR_OK)
        status = check_hist(fit, &hist, err);
    if (status == WEIR_OK)
        status = create_results(fit, err);
    if (status == WEIR_OK)
        status = fit_all(fit, &hist, report, err);
    weir_hist_release(&hist);
    return status;
}

static void fit_release(struct weir_step *step)
{
    struct fit_state *fit = step->state;
    if (fit == NULL)
        return;
    for (size_t i = 0; i < fit->n_results; i++) {
        weir_output_discard(fit->results[i].json);
        weir_output_discard(fit->results[i].mode);
        weir_mixture_release(&fit->results[i].mixture);
    }
    weir_mem_free(&step->run->mem, fit->results);
    weir_mixture_release(&fit->initial);
    weir_hist_build_free(fit->build);
    weir_mem_free(&step->run->mem, fit->scratch);
    weir_mem_free(&step->run->mem, fit);
    step->state = NULL;
}

const struct weir_command weir_command_fit = {
    .name = "fit",
    .summary = "fit mixtures of distributions to a histogram",
    .tells_sampling = true,
    .description =
        "Reads csv_hist files, which are added up, or flow records, of which a histogram is made "
        "in "
        "memory, and fits a mixture of distributions to how flows, packets or octets are "
        "distributed over x. For every y it writes Y.json, the components with their weights and "
        "parameters in the order of scipy, and Y.mode, how they were found.\n"
        "\n"
        "EM starts with the components that are asked for, all of weight 0.1: uniforms of the "
        "smallest values, and the others at places that ascend geometrically to the largest one. A "
        "bin stands for its lower edge. Numbers are those of flow-models, and the same in every "
        "bit "
        "for any number of threads.\n"
        "\n"
        "With --auto nothing need be known beforehand: atoms, uniforms from 0, lognormals and "
        "Weibull "
        "distributions are searched for, so that the bins as they are become likely, the cdf stays "
        "close and the tail is kept.\n"
        "\n"
        "A component whose parameters become no numbers is dropped with a warning; one whose "
        "weight "
        "vanishes is kept, and told.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir fit -y flows packets octets -i 400 -U 6 -L 4 -O mixtures length.csv",
    .options = {.groups = {&in_out_options, &weir_scan_options, &fit_options}},
    .params_bytes = sizeof(struct fit_params),
    .reads_histograms = true,
    .writes_directory = true,
    .prepare = fit_prepare,
    .combine = fit_combine,
    .finish = fit_finish,
    .release = fit_release,
};
