/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir fit: mixtures of distributions for the histograms of flows. */
#include "blocks.h"
#include "command.h"
#include "fit_files.h"
#include "fit_report.h"
#include "fit_run.h"
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
    int method; /* WEIR_FIT_POINT or WEIR_FIT_BINNED */
    double tolerance;
    bool accelerates;
    bool search;
    int64_t max_params; /* of --auto */
    int criterion;      /* enum criterion */
    int64_t seed, n_starts, n_replicates;
    int report; /* enum report */
    bool traces;
    bool method_given, tolerance_given, max_params_given, criterion_given, seed_given;
    bool n_starts_given, n_replicates_given, x_given, bin_exp_given, n_iterations_given;
};

enum pareto { PARETO_CLASSIC, PARETO_FREE };
enum criterion { CRITERION_NONE, CRITERION_BIC };
enum report { REPORT_NONE, REPORT_TEXT, REPORT_JSON };

#define BINNED_ITERATIONS 1000
#define BINNED_TOLERANCE  1e-10
#define POINT_ITERATIONS  100000 /* with --tol */

struct fit_state {
    struct weir_step *step;
    struct weir_hist_build *build;
    struct weir_consumer lanes; /* of `build` */
    struct weir_fit_plan plan;
    struct weir_fit_files files;
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
     .help = "directory for the mixtures, one file Y.json per y and how it was made in Y.mode, and "
             "for reports and traces"},
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
     .least = 0,
     .most = INT32_MAX,
     .value = "N",
     .help = "iterations at most: of EM 100, or 100000 with --tol; of --method binned 1000"},
    COUNT("uniform", 'U', WEIR_UNIFORM, "uniforms, of the N smallest values"),
    COUNT("pareto", 'P', WEIR_GENPARETO, "Pareto distributions"),
    COUNT("lognorm", 'L', WEIR_LOGNORM, "lognormals"),
    COUNT("norm", 'N', WEIR_NORM, "normal distributions"),
    COUNT("gamma", 'G', WEIR_GAMMA, "gamma distributions"),
    COUNT("weibull", 'W', WEIR_WEIBULL_MIN, "Weibull distributions"),
    {.name = "initial",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct fit_params, initial),
     .input = "",
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
    {.name = "method",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct fit_params, method),
     .given_offset = offsetof(struct fit_params, method_given),
     .initial = "point",
     .choices = "point|binned",
     .help = "point: EM on the density at lower edges of bins, as flow-models does it; binned: "
             "the likelihood of whole numbers in bins, which is the right one"},
    {.name = "tol",
     .kind = WEIR_OPTION_REAL,
     .offset = offsetof(struct fit_params, tolerance),
     .given_offset = offsetof(struct fit_params, tolerance_given),
     .least = 0,
     .most = 1,
     .value = "T",
     .help = "stop when a step changes the mean log-likelihood by less than T (of --method binned "
             "1e-10)"},
    {.name = "accelerate",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct fit_params, accelerates),
     .help = "longer steps of EM (SQUAREM), where they raise the likelihood"},
    {.name = "auto",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct fit_params, search),
     .help = "search for kinds, places and numbers of components, by the likelihood of bins; in "
             "place of all of the above but --y-value"},
    {.name = "max-params",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, max_params),
     .given_offset = offsetof(struct fit_params, max_params_given),
     .least = 2,
     .most = 3 * WEIR_FIT_PARTS_MAX - 1,
     .value = "N",
     .help =
         "with --auto: use up to N free parameters (40); a lognormal has 2, a uniform from 0 none, "
         "an atom 1, and each component but one a weight"},
    {.name = "criterion",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct fit_params, criterion),
     .given_offset = offsetof(struct fit_params, criterion_given),
     .initial = "none",
     .choices = "none|bic",
     .help = "with --auto: bic takes a parameter only when it lowers BIC, counting effective "
             "flows; it is the default when --max-params is not given"},
    {.name = "seed",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, seed),
     .given_offset = offsetof(struct fit_params, seed_given),
     .initial = "1",
     .value = "N",
     .help = "of --auto, --starts and --bootstrap: another one searches elsewhere; the same one "
             "finds the same mixture"},
    {.name = "starts",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, n_starts),
     .given_offset = offsetof(struct fit_params, n_starts_given),
     .least = 1,
     .most = 1000,
     .value = "N",
     .help = "start from N places, and keep the best mixture; 1, or 8 with --auto"},
    {.name = "bootstrap",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct fit_params, n_replicates),
     .given_offset = offsetof(struct fit_params, n_replicates_given),
     .least = 2,
     .most = 1000000,
     .value = "N",
     .help = "standard errors for the report, from N replicates of the flows"},
    {.name = "report",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct fit_params, report),
     .initial = "none",
     .choices = "none|text|json",
     .help = "how well it fits, in Y.report.txt or Y.report.json: likelihood, AIC, BIC, distances "
             "of the cdfs, tail, convergence, warnings"},
    {.name = "trace",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct fit_params, traces),
     .help = "the mean log-likelihood after every step, in Y.trace.csv"},
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

/* With --auto there is no start, without it no search; a likelihood of bins has no EM. */
static enum weir_status check_effects(const struct fit_params *params, int64_t n_components,
                                      struct weir_error *err)
{
    const bool binned = params->method == WEIR_FIT_BINNED;
    const struct {
        bool wrong;
        const char *name, *where;
    } options[] = {
        {params->search && n_components > 0, "a number of components", "with --auto"},
        {params->search && params->initial != NULL, "--initial", "with --auto"},
        {params->search && params->n_iterations_given, "--iterations", "with --auto"},
        {params->search && params->tolerance_given, "--tol", "with --auto"},
        {params->search && params->max_pareto_weight_given, "--max-pareto-weight", "with --auto"},
        {params->search && params->pareto != PARETO_CLASSIC, "--pareto-form", "with --auto"},
        {params->search && params->method_given && !binned, "--method point", "with --auto"},
        {params->search && params->accelerates, "--accelerate", "with --auto"},
        {params->search && params->traces, "--trace", "with --auto"},
        {!params->search && params->max_params_given, "--max-params", "without --auto"},
        {!params->search && params->criterion_given, "--criterion", "without --auto"},
        {!params->search && params->seed_given && params->n_starts <= 1 &&
             params->n_replicates == 0,
         "--seed", "without --auto, --starts or --bootstrap"},
        {binned && params->accelerates, "--accelerate", "with --method binned"},
        {binned && params->max_pareto_weight_given, "--max-pareto-weight", "with --method binned"},
        {params->n_replicates_given && params->report == REPORT_NONE, "--bootstrap",
         "without --report"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].wrong)
            return weir_error_set(err, WEIR_USAGE, "%s has no effect %s", options[i].name,
                                  options[i].where);
    return WEIR_OK;
}

static enum weir_status check_params(const struct fit_params *params, struct weir_error *err)
{
    int64_t n = 0;
    for (int k = 0; k < WEIR_N_KINDS; k++)
        n += params->count[k];
    const int64_t most = params->method == WEIR_FIT_BINNED ? WEIR_FIT_PARTS_MAX : WEIR_EM_FORMS_MAX;
    const enum weir_status status = check_effects(params, n, err);
    if (status != WEIR_OK)
        return status;
    if (n == 0 && params->initial == NULL && !params->search)
        return weir_error_set(err, WEIR_USAGE,
                              "expected components to start with, such as -U 6 -L 4, or --initial, "
                              "or --auto");
    if (n > 0 && params->initial != NULL)
        return weir_error_set(err, WEIR_USAGE,
                              "expected either numbers of components or --initial, but found both");
    if (n > most)
        return weir_error_set(err, WEIR_USAGE, "expected up to %lld components, but found %lld",
                              (long long)most, (long long)n);
    return weir_fit_data_check_words(&params->y, err);
}

static uint64_t iterations_of(const struct fit_params *params)
{
    if (params->n_iterations_given)
        return (uint64_t)params->n_iterations;
    if (params->method == WEIR_FIT_BINNED)
        return BINNED_ITERATIONS;
    return params->tolerance > 0 ? POINT_ITERATIONS : 100;
}

static void set_plan(struct fit_state *fit)
{
    const struct fit_params *params = fit_params(fit);
    struct weir_run *run = fit->step->run;
    const bool binned = params->method == WEIR_FIT_BINNED;
    fit->plan = (struct weir_fit_plan){
        .method = params->search ? WEIR_FIT_SEARCH : (enum weir_fit_method)params->method,
        .initial = params->initial != NULL ? &fit->initial : NULL,
        .n_iterations = iterations_of(params),
        .tolerance = binned && !params->tolerance_given ? BINNED_TOLERANCE : params->tolerance,
        .accelerates = params->accelerates,
        .max_pareto_weight = params->max_pareto_weight_given ? params->max_pareto_weight : INFINITY,
        .free_pareto = params->pareto == PARETO_FREE,
        .n_starts = (unsigned)params->n_starts,
        .seed = (uint64_t)params->seed,
        .max_params = (unsigned)params->max_params,
        .bic = params->criterion == CRITERION_BIC ||
               (!params->criterion_given && !params->max_params_given),
        .n_replicates = (unsigned)params->n_replicates,
        .measures = params->report != REPORT_NONE,
        .n_threads = run->n_threads,
        .kernels = &run->kernels,
        .mem = &run->mem};
    for (int k = 0; k < WEIR_N_KINDS; k++)
        fit->plan.counts.of[k] = (uint64_t)params->count[k];
}

static struct weir_hist_spec spec_of(const struct fit_params *params)
{
    return (struct weir_hist_spec){.x = (enum weir_hist_x)params->x,
                                   .bin_exp = (unsigned)params->bin_exp};
}

/* --- files ----------------------------------------------------------------------------------- */

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
static void add_mode(struct weir_text *text, const struct fit_state *fit, const char *y)
{
    const struct fit_params *params = fit_params(fit);
    const struct weir_fit_plan *plan = &fit->plan;
    weir_text_add(text, "{\"in_file\": ");
    weir_text_add_json(text, params->scan.paths.word[0]);
    weir_text_add(text, ", \"y_value\": ");
    weir_text_add_json(text, y);
    if (params->search) {
        weir_text_add(text,
                      ", \"auto\": {\"max_params\": %u, \"criterion\": \"%s\", "
                      "\"seed\": %lld, \"starts\": %u}}\n",
                      plan->max_params > 0 ? plan->max_params : WEIR_SEARCH_PARAMS_MAX,
                      plan->bic ? "bic" : "none", (long long)params->seed,
                      plan->n_starts > 0 ? plan->n_starts : WEIR_SEARCH_STARTS);
        return;
    }
    weir_text_add(text,
                  ", \"max_iter\": %llu, \"initial\": ", (unsigned long long)plan->n_iterations);
    add_start(text, params);
    weir_text_add(text, ", \"max_pareto_w\": ");
    if (params->max_pareto_weight_given)
        weir_text_add(text, "%.17g", params->max_pareto_weight);
    else
        weir_text_add(text, "null");
    if (plan->method == WEIR_FIT_BINNED)
        weir_text_add(text, ", \"method\": \"binned\"");
    if (plan->tolerance > 0)
        weir_text_add(text, ", \"tol\": %.17g", plan->tolerance);
    if (plan->accelerates)
        weir_text_add(text, ", \"accelerate\": true");
    if (plan->free_pareto)
        weir_text_add(text, ", \"pareto_form\": \"free\"");
    if (plan->n_starts > 1)
        weir_text_add(text, ", \"starts\": %u, \"seed\": %lld", plan->n_starts,
                      (long long)params->seed);
    weir_text_add(text, "}\n");
}

static enum weir_status create_files(struct fit_state *fit, struct weir_error *err)
{
    static const char *const reports[] = {
        [REPORT_NONE] = NULL, [REPORT_TEXT] = "report.txt", [REPORT_JSON] = "report.json"};
    const struct fit_params *params = fit_params(fit);
    struct weir_run *run = fit->step->run;
    const struct weir_fit_files_request request = {
        .directory = params->scan.output,
        .y = &params->y,
        .suffix = {[WEIR_FIT_FILE_MIXTURE] = "json",
                   [WEIR_FIT_FILE_MODE] = "mode",
                   [WEIR_FIT_FILE_REPORT] = reports[params->report],
                   [WEIR_FIT_FILE_TRACE] = params->traces ? "trace.csv" : NULL},
        .sync = run->sync,
        .mem = &run->mem};
    return weir_fit_files_create(&request, &fit->files, err);
}

static enum weir_status write_result(const struct fit_state *fit, size_t i,
                                     const struct weir_fit_result *result, struct weir_error *err)
{
    const char *y = fit_params(fit)->y.word[i];
    struct weir_text text;
    weir_text_init(&text, &fit->step->run->mem);
    add_mode(&text, fit, y);
    enum weir_status status = weir_fit_files_write_mixture(&fit->files, i, &result->mixture, err);
    if (status == WEIR_OK)
        status = weir_fit_files_write(&fit->files, i, WEIR_FIT_FILE_MODE, &text, err);
    if (status == WEIR_OK && fit->plan.measures) {
        (fit_params(fit)->report == REPORT_JSON ? weir_fit_report_json : weir_fit_report_text)(
            &text, y, &fit->plan, result);
        status = weir_fit_files_write(&fit->files, i, WEIR_FIT_FILE_REPORT, &text, err);
    }
    weir_text_release(&text);
    return status;
}

/* --- fitting --------------------------------------------------------------------------------- */

static void tell_warning(void *context, const char *line)
{
    const char *const *y = context;
    weir_log(WEIR_LOG_WARNING, "%s: %s", *y, line);
}

/* What somebody who waits for a fit wants to know of it. */
static void tell(const struct fit_state *fit, const char *y, const struct weir_fit_result *result)
{
    const struct weir_fit_quality *quality = &result->quality;
    if (fit->plan.measures || fit->plan.method == WEIR_FIT_SEARCH)
        weir_log(WEIR_LOG_NOTE,
                 "%s: %zu components with %zu free parameters, mean log-likelihood %.6f, largest "
                 "difference of cdfs %.5f, error of the tail %.3f, mean %.3f of the data's",
                 y, result->mixture.n_components, quality->n_parameters, quality->log_likelihood,
                 quality->ks, quality->tail, quality->mean);
    else
        weir_log(WEIR_LOG_NOTE,
                 "%s: %zu components after %llu iterations, mean log-likelihood %.6f%s", y,
                 result->mixture.n_components, (unsigned long long)result->outcome.n_iterations,
                 result->outcome.value,
                 fit->plan.method == WEIR_FIT_POINT ? " of the density at lower edges" : "");
    weir_fit_warn(&fit->plan, result, tell_warning, &y);
}

struct trace {
    struct weir_text text;
    unsigned n_starts; /* so far */
};

static void trace_step(void *context, uint64_t iteration, double value)
{
    struct trace *trace = context;
    char digits[WEIR_NUMBER_REAL_CAPACITY];
    trace->n_starts += iteration == 0;
    weir_text_add(&trace->text, "%u,%llu,%s\n", trace->n_starts, (unsigned long long)iteration,
                  isfinite(value) ? weir_number_text_real(digits, value) : "nan");
}

/* The fits of all y, which do not wait for each other. */
struct fits {
    const struct fit_state *fit;
    const struct weir_hist *hist;
    struct weir_fit_result *result;
    struct trace *trace;
    int n_threads; /* of each */
};

static enum weir_status fit_y(void *context, int thread, uint64_t i, struct weir_error *err)
{
    const struct fits *fits = context;
    struct weir_fit_plan plan = fits->fit->plan;
    struct trace *trace = &fits->trace[i];
    (void)thread;
    plan.n_threads = fits->n_threads;
    if (fit_params(fits->fit)->traces) {
        weir_text_add(&trace->text, "start,iteration,log_likelihood\n");
        plan.trace = (struct weir_fit_trace){trace_step, trace};
    }
    return weir_fit_run(&plan, fits->hist, fit_params(fits->fit)->y.word[i], &fits->result[i], err);
}

static enum weir_status write_y(const struct fits *fits, size_t i, struct weir_report *report,
                                struct weir_error *err)
{
    const struct weir_fit_result *result = &fits->result[i];
    tell(fits->fit, fit_params(fits->fit)->y.word[i], result);
    report->rows_written += result->mixture.n_components;
    const enum weir_status status = write_result(fits->fit, i, result, err);
    return status != WEIR_OK ? status
                             : weir_fit_files_write(&fits->fit->files, i, WEIR_FIT_FILE_TRACE,
                                                    &fits->trace[i].text, err);
}

static enum weir_status run_fits(struct fits *fits, struct weir_report *report,
                                 struct weir_error *err)
{
    const size_t n = fits->fit->files.n;
    const int n_threads = fits->fit->plan.n_threads;
    fits->n_threads = n_threads / (int)n > 1 ? n_threads / (int)n : 1;
    enum weir_status status = weir_blocks_run(n_threads, n, fit_y, fits, err);
    for (size_t i = 0; i < n && status == WEIR_OK; i++)
        status = write_y(fits, i, report, err);
    return status;
}

static enum weir_status fit_all(struct fit_state *fit, const struct weir_hist *hist,
                                struct weir_report *report, struct weir_error *err)
{
    struct weir_mem *mem = &fit->step->run->mem;
    const size_t n = fit->files.n;
    struct fits fits = {.fit = fit,
                        .hist = hist,
                        .result = weir_mem_zalloc(mem, n, sizeof *fits.result),
                        .trace = weir_mem_zalloc(mem, n, sizeof *fits.trace)};
    enum weir_status status = WEIR_OK;
    if (fits.result == NULL || fits.trace == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory for %zu fits", n);
    for (size_t i = 0; i < n && status == WEIR_OK; i++) {
        weir_fit_result_init(&fits.result[i], mem);
        weir_text_init(&fits.trace[i].text, mem);
    }
    if (status == WEIR_OK) {
        status = run_fits(&fits, report, err);
        for (size_t i = 0; i < n; i++) {
            weir_text_release(&fits.trace[i].text);
            weir_fit_result_release(&fits.result[i]);
        }
    }
    weir_mem_free(mem, fits.trace);
    weir_mem_free(mem, fits.result);
    return status == WEIR_OK ? weir_fit_files_commit(&fit->files, &report->bytes_written, err)
                             : status;
}

/* --- scans and histograms -------------------------------------------------------------------- */

static enum weir_status fit_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct fit_state *fit = state;
    const enum weir_status status = create_files(fit, err);
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
    set_plan(fit);
    if (status == WEIR_OK)
        status = weir_fit_check(&fit->plan, err);
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
        status = weir_fit_data_check_each(&hist, &fit_params(fit)->y, err);
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
    report->combined = "added up";
    report->row_name = "components";
    report->n_inputs = params->scan.paths.n;
    weir_hist_init(&hist, &step->run->mem);
    enum weir_status status = params->x_given ? weir_hist_combine_refuse("x-value", err)
                                              : weir_hist_combine_check(&params->scan, err);
    if (status == WEIR_OK)
        status = weir_hist_combine(params->scan.paths.word, params->scan.paths.n,
                                   params->bin_exp_given, (unsigned)params->bin_exp, &hist, err);
    if (status == WEIR_OK)
        status = weir_fit_data_check_each(&hist, &fit_params(fit)->y, err);
    if (status == WEIR_OK)
        status = create_files(fit, err);
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
    weir_fit_files_release(&fit->files);
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
    .writes_models = true,
    .writes_directory = true,
    .prepare = fit_prepare,
    .combine = fit_combine,
    .finish = fit_finish,
    .release = fit_release,
};
