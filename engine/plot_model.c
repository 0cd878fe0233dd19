/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models in plots. */
#include "plot_model.h"

#include "distribution.h"
#include "mixture_json.h"
#include "path.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

void weir_plot_model_init(struct weir_plot_model *model, const char *path, struct weir_mem *mem)
{
    *model = (struct weir_plot_model){.path = path, .label = path};
    for (int y = 0; y < WEIR_PLOT_N_Y; y++)
        weir_mixture_init(&model->mixture[y], mem);
}

void weir_plot_model_release(struct weir_plot_model *model)
{
    for (int y = 0; y < WEIR_PLOT_N_Y; y++)
        weir_mixture_release(&model->mixture[y]);
    *model = (struct weir_plot_model){.path = NULL};
}

bool weir_plot_model_is(const char *path)
{
    const char *const suffix = ".json";
    const size_t length = strlen(path);
    return weir_path_is_directory(path) ||
           (length > strlen(suffix) && strcmp(path + length - strlen(suffix), suffix) == 0);
}

static enum weir_status read_mixture(struct weir_plot_model *model, int y, const char *path,
                                     const struct weir_plot_lines *lines, struct weir_error *err)
{
    struct weir_mixture *mixture = &model->mixture[y];
    const enum weir_status status = weir_mixture_json_read(path, mixture, err);
    model->has[y] = status == WEIR_OK;
    model->sum[y] = mixture->has_sum ? (double)mixture->sum : lines->sum[y];
    return status;
}

static enum weir_status read_directory(struct weir_plot_model *model,
                                       const bool wanted[WEIR_PLOT_N_Y],
                                       const struct weir_plot_lines *lines, struct weir_error *err)
{
    bool any = false;
    for (int y = 0; y < WEIR_PLOT_N_Y; y++) {
        char path[PATH_MAX];
        struct stat st;
        enum weir_status status =
            weir_path_of_mixture(model->path, weir_plot_y_name((enum weir_plot_y)y), path, err);
        if (status != WEIR_OK)
            return status;
        if (!wanted[y] || (stat(path, &st) != 0 && errno == ENOENT))
            continue;
        status = read_mixture(model, y, path, lines, err);
        if (status != WEIR_OK)
            return status;
        any = true;
    }
    if (any)
        return WEIR_OK;
    return weir_error_set(err, WEIR_FORMAT,
                          "%s: expected mixtures in flows.json, packets.json or octets.json, but "
                          "found none that is asked for",
                          model->path);
}

enum weir_status weir_plot_model_read(struct weir_plot_model *model,
                                      const bool wanted[WEIR_PLOT_N_Y],
                                      const struct weir_plot_lines *lines, struct weir_error *err)
{
    int only = -1;
    int n_wanted = 0;
    if (weir_path_is_directory(model->path))
        return read_directory(model, wanted, lines, err);
    for (int y = 0; y < WEIR_PLOT_N_Y; y++)
        if (wanted[y]) {
            only = y;
            n_wanted++;
        }
    if (n_wanted != 1)
        return weir_error_set(err, WEIR_USAGE,
                              "%s: expected a directory with a mixture for every y, or one y that "
                              "the file is a mixture of, such as -y flows",
                              model->path);
    return read_mixture(model, only, model->path, lines, err);
}

/* The last `n` names of a path. */
static const char *last_names(const char *path, size_t n)
{
    const char *at = path + strlen(path);
    while (at > path && at[-1] == '/')
        at--;
    for (; at > path; at--)
        if (at[-1] == '/' && at[0] != '/' && --n == 0)
            break;
    return at;
}

static bool all_differ(const struct weir_plot_model *models, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(models[i].label, models[j].label) == 0 &&
                strcmp(models[i].path, models[j].path) != 0)
                return false;
    return true;
}

void weir_plot_model_label(struct weir_plot_model *models, size_t n)
{
    size_t n_names = 1;
    do {
        n_names++;
        for (size_t i = 0; i < n; i++)
            models[i].label = last_names(models[i].path, n_names);
    } while (!all_differ(models, n) && n_names < PATH_MAX);
}

double weir_plot_model_pdf(const struct weir_mixture *mixture, double x, double least)
{
    const double before = x <= least ? 0 : x - 1;
    return x >= WEIR_PDF_WHOLE_BELOW && x > least ? weir_mixture_pdf(mixture, x)
                                                  : weir_mixture_between(mixture, before, x);
}

/* Component `k` as a mixture of its own, and its share of the weights. */
static double component_of(const struct weir_mixture *mixture, size_t k,
                           struct weir_component *component, struct weir_mixture *only)
{
    *component = mixture->component[k];
    const double share = component->weight / weir_mixture_weight(mixture);
    component->weight = 1;
    *only = (struct weir_mixture){.n_components = 1, .component = component};
    return share;
}

double weir_plot_component_pdf(const struct weir_mixture *mixture, size_t k, double x, double least)
{
    struct weir_component component;
    struct weir_mixture only;
    const double share = component_of(mixture, k, &component, &only);
    return share * weir_plot_model_pdf(&only, x, least);
}

double weir_plot_component_cdf(const struct weir_mixture *mixture, size_t k, double x)
{
    struct weir_component component;
    struct weir_mixture only;
    const double share = component_of(mixture, k, &component, &only);
    return share * weir_mixture_cdf(&only, x);
}

double weir_plot_model_average(const struct weir_plot_model *model, enum weir_plot_y y,
                               enum weir_plot_y of, double x, double least)
{
    const double part = weir_plot_model_pdf(&model->mixture[y], x, least) * model->sum[y];
    const double whole = weir_plot_model_pdf(&model->mixture[of], x, least) * model->sum[of];
    return whole > 0 ? part / whole : NAN;
}
