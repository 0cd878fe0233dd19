/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a report's data that is about one histogram. */
#include "report_section.h"

#include "fit_data.h"
#include "fit_quality.h"
#include "hist_axis.h"
#include "hist_csv.h"
#include "log.h"
#include "mixture_json.h"
#include "report_cells.h"
#include "report_curves.h"
#include "report_json.h"
#include "report_match.h"
#include "summary_print.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LEAST_OF_FLOW 1e-3 /* what lines still show, of the share that one flow has */

void weir_report_section_init(struct weir_report_section *section, struct weir_mem *mem)
{
    *section = (struct weir_report_section){0};
    weir_text_init(&section->text, mem);
    weir_text_init(&section->warnings, mem);
}

void weir_report_section_release(struct weir_report_section *section)
{
    weir_text_release(&section->text);
    weir_text_release(&section->warnings);
}

void weir_report_section_warn(struct weir_report_section *section, const char *format, ...)
{
    char line[WEIR_ERROR_CAPACITY];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    weir_log(WEIR_LOG_WARNING, "%s", line);
    weir_text_add(&section->warnings, section->warnings.n == 0 ? "" : ", ");
    weir_text_add_json(&section->warnings, line);
}

bool weir_report_is_fatal(enum weir_status status)
{
    return status == WEIR_MEMORY || status == WEIR_CANCELLED || status == WEIR_INTERNAL;
}

/* A histogram at work. */
struct subject {
    struct weir_report_section *section;
    const struct weir_report_files *files;
    size_t number; /* of the histogram */
    struct weir_hist hist;
    struct weir_mem *mem;
};

/* Turns the failure of a part into a warning, unless it is one of the run. */
static enum weir_status tolerate(const struct subject *subject, enum weir_status status,
                                 struct weir_error *err)
{
    if (status == WEIR_OK || weir_report_is_fatal(status))
        return status;
    weir_report_section_warn(subject->section, "%s", err->message);
    *err = (struct weir_error){0};
    return WEIR_OK;
}

/* --- summary --------------------------------------------------------------------------------- */

static enum weir_status add_summary(struct subject *subject, enum weir_hist_x x,
                                    struct weir_error *err)
{
    static const struct weir_summary_level levels[] = {
        {5, 1}, {9, 1}, {99, 2}, {999, 3}, {9999, 4}};
    const char *name = subject->files->hists.file[subject->number].name;
    struct weir_summary summary;
    weir_summary_init(&summary, x, subject->mem);
    summary.n_levels = sizeof levels / sizeof *levels;
    summary.levels = levels;
    const enum weir_status status = weir_summary_add(&summary, name, &subject->hist, err);
    if (status == WEIR_OK) {
        weir_text_add(&subject->section->text, ",\n  \"summary\": ");
        weir_summary_print_json(&summary, &subject->section->text);
    }
    weir_summary_release(&summary);
    return status;
}

/* --- one mixture ----------------------------------------------------------------------------- */

static void add_quality(struct weir_text *text, const struct weir_fit_quality *q)
{
    double value[WEIR_FIT_N_MEASURES];
    weir_fit_quality_values(q, value);
    weir_text_add(text, ",\n     \"quality\": {");
    for (size_t i = 0; i < WEIR_FIT_N_MEASURES; i++) {
        weir_text_add(text, "%s\"%s\": ", i == 0 ? "" : ", ", weir_fit_measure_name[i]);
        weir_text_add_json_real(text, value[i]);
    }
    weir_text_add(text, "}");
}

static enum weir_status measure(struct subject *subject, size_t y,
                                const struct weir_mixture *mixture, struct weir_error *err)
{
    struct weir_fit_quality quality;
    size_t column = 0;
    enum weir_status status = weir_fit_data_column(&subject->hist, weir_summary_y[y], &column, err);
    if (status == WEIR_OK)
        status =
            weir_fit_quality_measure(&subject->hist, column, mixture, &quality, subject->mem, err);
    if (status == WEIR_OK)
        add_quality(&subject->section->text, &quality);
    else
        weir_error_prepend(err,
                           "%s: fit quality: ", subject->files->hists.file[subject->number].name);
    return tolerate(subject, status, err);
}

/* Reads the file that lies beside a mixture under another extension; `json` is empty when there is
 * none. */
static enum weir_status read_beside(const struct subject *subject, size_t mixture,
                                    const char *extension, struct weir_report_json *json,
                                    struct weir_error *err)
{
    const char *file = subject->files->mixtures.file[mixture].path;
    char path[PATH_MAX];
    const int n = snprintf(path, sizeof path, "%.*s%s", (int)(strlen(file) - strlen(".json")), file,
                           extension);
    *json = (struct weir_report_json){0};
    if (n < 0 || n >= PATH_MAX || access(path, F_OK) != 0)
        return WEIR_OK;
    return tolerate(subject, weir_report_json_read(json, path, subject->mem, err), err);
}

/* What weir fit --report json wrote, as far as this page does not measure it itself. */
static enum weir_status add_fit_report(struct subject *subject, size_t mixture,
                                       struct weir_error *err)
{
    static const struct weir_report_member components[] = {
        {.name = "weight_error", .kind = WEIR_REPORT_NUMBER},
        {.name = "parameter_errors", .kind = WEIR_REPORT_NUMBERS},
        {0}};
    static const struct weir_report_member members[] = {
        {.name = "method", .kind = WEIR_REPORT_STRING},
        {.name = "iterations", .kind = WEIR_REPORT_NUMBER},
        {.name = "converged", .kind = WEIR_REPORT_BOOLEAN},
        {.name = "last_gain", .kind = WEIR_REPORT_NUMBER},
        {.name = "replicates", .kind = WEIR_REPORT_NUMBER},
        {.name = "components", .kind = WEIR_REPORT_OBJECTS, .members = components},
        {.name = "warnings", .kind = WEIR_REPORT_STRINGS},
        {0}};
    struct weir_report_json json;
    struct weir_text *text = &subject->section->text;
    const enum weir_status status = read_beside(subject, mixture, ".report.json", &json, err);
    if (status == WEIR_OK && json.root != NULL) {
        weir_text_add(text, ",\n     \"report\": {");
        (void)weir_report_json_add(text, json.root, members, "");
        weir_text_add(text, "}");
    }
    weir_report_json_release(&json);
    return status;
}

static enum weir_status add_mode(struct subject *subject, size_t mixture, struct weir_error *err)
{
    static const struct weir_report_member members[] = {
        {.name = "in_file", .kind = WEIR_REPORT_STRING},
        {.name = "method", .kind = WEIR_REPORT_STRING},
        {.name = "max_iter", .kind = WEIR_REPORT_NUMBER},
        {.name = "seed", .kind = WEIR_REPORT_NUMBER},
        {0}};
    struct weir_report_json json;
    struct weir_text *text = &subject->section->text;
    const enum weir_status status = read_beside(subject, mixture, ".mode", &json, err);
    if (status == WEIR_OK && json.root != NULL) {
        weir_text_add(text, ",\n     \"mode\": {");
        (void)weir_report_json_add(text, json.root, members, "");
        weir_text_add(text, "}");
    }
    weir_report_json_release(&json);
    return status;
}

static enum weir_status add_mixture(struct subject *subject, size_t number,
                                    const struct weir_report_curves *curves, bool first,
                                    struct weir_error *err)
{
    struct weir_text *text = &subject->section->text;
    const char *name = subject->files->mixtures.file[number].name;
    const size_t y = weir_report_mixture_y(name);
    weir_text_add(text, "%s\n    {\"y\": \"%s\", \"file\": ", first ? "" : ",", weir_summary_y[y]);
    weir_text_add_json(text, name);
    if (curves->mixture->has_sum) {
        weir_text_add(text, ", \"sum\": ");
        weir_text_add_u128(text, curves->mixture->sum);
    }
    weir_text_add(text, ",\n     ");
    weir_report_curves_add(text, curves);
    subject->section->n_mixtures++;
    enum weir_status status = measure(subject, y, curves->mixture, err);
    if (status == WEIR_OK)
        status = add_mode(subject, number, err);
    if (status == WEIR_OK)
        status = add_fit_report(subject, number, err);
    weir_text_add(text, "}");
    return status;
}

/* --- models ---------------------------------------------------------------------------------- */

/* The mixtures of a model; those that cannot be read stay empty. */
struct model {
    const struct weir_report_model *files;
    struct weir_mixture mixture[WEIR_REPORT_N_Y];
    struct weir_report_grid grid;
    double smallest, least;
};

static enum weir_status read_model(struct subject *subject, struct model *model,
                                   struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t y = 0; y < WEIR_REPORT_N_Y && status == WEIR_OK; y++) {
        const size_t number = model->files->mixture[y];
        if (number == WEIR_REPORT_NONE)
            continue;
        struct weir_mixture *mixture = &model->mixture[y];
        status = weir_mixture_json_read(subject->files->mixtures.file[number].path, mixture, err);
        if (status != WEIR_OK)
            mixture->n_components = 0;
        status = tolerate(subject, status, err);
    }
    return status;
}

/* Prepares the places of lines; none where the data have nothing from 1 on: axes are
 * logarithmic. */
static enum weir_status make_grid(const struct subject *subject, struct model *model,
                                  struct weir_error *err)
{
    const struct weir_hist *hist = &subject->hist;
    const size_t n = hist->n_bins;
    const double last = n == 0 ? 0 : (double)(hist->bin_hi[n - 1] - 1);
    enum weir_status status = WEIR_OK;
    model->smallest = n == 0 ? 0 : (double)hist->bin_lo[0];
    weir_report_grid_init(&model->grid, fmax(model->smallest, 1), last, subject->mem);
    if (last < model->grid.first)
        return WEIR_OK;
    weir_u128 flows = 0; /* that the total has fewer than 128 bits was found out for the cells */
    for (size_t i = 0; i < n; i++)
        flows += hist->sum[i * hist->n_columns];
    model->least = LEAST_OF_FLOW / fmax((double)flows, 1);
    for (size_t y = 0; y < WEIR_REPORT_N_Y && status == WEIR_OK; y++)
        status = weir_report_grid_add(&model->grid, &model->mixture[y], err);
    return status == WEIR_OK ? weir_report_grid_finish(&model->grid, err) : status;
}

static void add_model_head(const struct subject *subject, const struct model *model, bool first)
{
    struct weir_text *text = &subject->section->text;
    size_t y = 0;
    while (y + 1 < WEIR_REPORT_N_Y && model->files->mixture[y] == WEIR_REPORT_NONE)
        y++;
    const char *name = subject->files->mixtures.file[model->files->mixture[y]].name;
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%.*s", (int)weir_report_directory_length(name), name);
    weir_text_add(text, "%s\n   {\"path\": ", first ? "" : ",");
    weir_text_add_json(text, directory[0] == '\0' ? "." : directory);
    weir_text_add(text, ", \"x\": ");
    weir_report_grid_text(&model->grid, text);
    weir_text_add(text, ", \"mixtures\": [");
}

static enum weir_status add_mixtures(struct subject *subject, const struct model *model,
                                     struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    bool first = true;
    for (size_t y = 0; y < WEIR_REPORT_N_Y && status == WEIR_OK; y++) {
        const struct weir_report_curves curves = {.mixture = &model->mixture[y],
                                                  .grid = &model->grid,
                                                  .smallest = model->smallest,
                                                  .least = model->least};
        if (curves.mixture->n_components == 0)
            continue;
        status = add_mixture(subject, model->files->mixture[y], &curves, first, err);
        first = false;
    }
    return status;
}

static enum weir_status add_model(struct subject *subject, const struct weir_report_model *files,
                                  bool first, struct weir_error *err)
{
    struct model model = {.files = files};
    for (size_t y = 0; y < WEIR_REPORT_N_Y; y++)
        weir_mixture_init(&model.mixture[y], subject->mem);
    enum weir_status status = read_model(subject, &model, err);
    if (status == WEIR_OK)
        status = make_grid(subject, &model, err);
    if (status == WEIR_OK) {
        add_model_head(subject, &model, first);
        status = add_mixtures(subject, &model, err);
        weir_text_add(&subject->section->text, "]}");
    }
    weir_report_grid_release(&model.grid);
    for (size_t y = 0; y < WEIR_REPORT_N_Y; y++)
        weir_mixture_release(&model.mixture[y]);
    return status;
}

static enum weir_status add_models(struct subject *subject, struct weir_error *err)
{
    const struct weir_report_files *files = subject->files;
    enum weir_status status = WEIR_OK;
    bool first = true;
    weir_text_add(&subject->section->text, ",\n  \"models\": [");
    for (size_t m = 0; m < files->n_models && status == WEIR_OK; m++) {
        if (files->model[m].hist != subject->number)
            continue;
        status = add_model(subject, &files->model[m], first, err);
        first = false;
    }
    weir_text_add(&subject->section->text, "]");
    return status;
}

/* --- the whole ------------------------------------------------------------------------------- */

static enum weir_status add_all(struct subject *subject, struct weir_error *err)
{
    struct weir_text *text = &subject->section->text;
    const char *name = subject->files->hists.file[subject->number].name;
    enum weir_hist_x x = WEIR_X_LENGTH;
    const bool known = weir_hist_axis_detect(&subject->hist, &x);
    weir_text_add(text, "{\"path\": ");
    weir_text_add_json(text, name);
    if (known)
        weir_text_add(text, ", \"x\": \"%s\", \"unit\": \"%s\"", weir_hist_axis_name(x),
                      weir_hist_axis_unit(x));
    else
        weir_report_section_warn(subject->section,
                                 "%s: what x is is not known: means of packets, octets, duration "
                                 "and rate lie outside of its bins",
                                 name);
    weir_text_add(text, ",\n  \"cells\": ");
    enum weir_status status = weir_report_cells_add(text, &subject->hist, err);
    if (status == WEIR_OK && known)
        status = add_summary(subject, x, err);
    if (status == WEIR_OK)
        status = add_models(subject, err);
    weir_text_add(text, "}");
    if (status != WEIR_OK && !weir_report_is_fatal(status))
        weir_error_prepend(err, "%s: ", name);
    return status;
}

enum weir_status weir_report_section_make(struct weir_report_section *section,
                                          const struct weir_report_files *files, size_t hist,
                                          struct weir_error *err)
{
    struct weir_error reason = {0};
    struct subject subject = {
        .section = section, .files = files, .number = hist, .mem = files->mem};
    weir_hist_init(&subject.hist, files->mem);
    enum weir_status status =
        weir_hist_csv_read(files->hists.file[hist].path, &subject.hist, &reason);
    if (status == WEIR_OK)
        status = add_all(&subject, &reason);
    weir_hist_release(&subject.hist);
    if (status == WEIR_OK)
        return WEIR_OK;
    section->text.n = 0;
    section->n_mixtures = 0;
    status = tolerate(&subject, status, &reason);
    return status == WEIR_OK ? WEIR_OK : weir_error_set(err, status, "%s", reason.message);
}
