/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which mixture was fitted to which histogram. */
#include "report_match.h"

#include "report_json.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* --- paths ----------------------------------------------------------------------------------- */

/* A path that is looked at from its end; it need not be terminated. */
struct path {
    const char *text;
    size_t n;
};

/* Takes the last component off, empty ones and "." left out; false when there is none left. */
static bool pop(struct path *path, struct path *component)
{
    do {
        while (path->n > 0 && path->text[path->n - 1] == '/')
            path->n--;
        size_t begin = path->n;
        while (begin > 0 && path->text[begin - 1] != '/')
            begin--;
        *component = (struct path){path->text + begin, path->n - begin};
        path->n = begin;
    } while (component->n == 1 && component->text[0] == '.');
    return component->n > 0;
}

/* Components that two paths have in common at their ends. */
static size_t count_common(struct path a, struct path b)
{
    size_t n = 0;
    struct path x;
    struct path y;
    while (pop(&a, &x) && pop(&b, &y) && x.n == y.n && memcmp(x.text, y.text, x.n) == 0)
        n++;
    return n;
}

size_t weir_report_directory_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash == NULL ? 0 : (size_t)(slash - name);
}

static struct path directory_of(const char *name)
{
    return (struct path){name, weir_report_directory_length(name)};
}

static struct path without_extension(const char *name)
{
    const size_t directory = weir_report_directory_length(name);
    const char *dot = strrchr(name + directory, '.');
    return (struct path){name, dot == NULL ? strlen(name) : (size_t)(dot - name)};
}

/* --- agreement ------------------------------------------------------------------------------- */

/* What speaks for a histogram, the weightiest first. */
struct agreement {
    size_t named;  /* components in common with in_file */
    size_t placed; /* of its name with the directory of the mixture */
    bool beside;   /* both lie in the same directory */
};

static int compare_agreements(const struct agreement *a, const struct agreement *b)
{
    if (a->named != b->named)
        return a->named < b->named ? -1 : 1;
    if (a->placed != b->placed)
        return a->placed < b->placed ? -1 : 1;
    return (int)a->beside - (int)b->beside;
}

static struct agreement agree(const char *hist, const char *mixture, const char *in_file)
{
    const struct path directory = directory_of(mixture);
    const struct path beside = directory_of(hist);
    struct agreement agreement = {.placed = count_common(without_extension(hist), directory),
                                  .beside = beside.n == directory.n &&
                                            memcmp(beside.text, directory.text, beside.n) == 0};
    if (in_file != NULL)
        agreement.named = count_common((struct path){hist, strlen(hist)},
                                       (struct path){in_file, strlen(in_file)});
    return agreement;
}

/* The one histogram that agrees best with a mixture, if at all; else WEIR_REPORT_NONE. */
static size_t find_best(const struct weir_report_list *hists, const char *mixture,
                        const char *in_file)
{
    struct agreement best = {0};
    size_t found = WEIR_REPORT_NONE;
    for (size_t i = 0; i < hists->n; i++) {
        const struct agreement agreement = agree(hists->file[i].name, mixture, in_file);
        const int order = compare_agreements(&agreement, &best);
        if (order > 0) {
            best = agreement;
            found = i;
        } else if (order == 0) {
            found = WEIR_REPORT_NONE; /* two of them, or nothing in common */
        }
    }
    return found;
}

static enum weir_status find_hist(const struct weir_report_files *files, size_t mixture,
                                  size_t *hist, struct weir_error *err)
{
    const struct weir_report_file *file = &files->mixtures.file[mixture];
    struct weir_report_json mode = {0};
    enum weir_status status = WEIR_IO;
    char path[PATH_MAX];
    const int n = snprintf(path, sizeof path, "%.*s.mode",
                           (int)(strlen(file->path) - strlen(".json")), file->path);
    if (n > 0 && n < PATH_MAX)
        status = weir_report_json_read(&mode, path, files->mem, err);
    *hist = find_best(&files->hists, file->name,
                      status == WEIR_OK ? weir_report_json_string(&mode, "in_file") : NULL);
    weir_report_json_release(&mode);
    return status == WEIR_MEMORY || status == WEIR_CANCELLED ? status : WEIR_OK;
}

/* --- models ---------------------------------------------------------------------------------- */

static bool share_directory(const char *a, const char *b)
{
    const size_t n = weir_report_directory_length(a);
    return n == weir_report_directory_length(b) && memcmp(a, b, n) == 0;
}

/* The model of histogram `hist` that a mixture is part of, made when it is the first one. */
static struct weir_report_model *find_model(struct weir_report_files *files, size_t mixture,
                                            size_t hist)
{
    const struct weir_report_file *file = files->mixtures.file;
    for (size_t m = 0; m < files->n_models; m++) {
        struct weir_report_model *model = &files->model[m];
        for (size_t y = 0; y < WEIR_REPORT_N_Y && model->hist == hist; y++)
            if (model->mixture[y] != WEIR_REPORT_NONE &&
                share_directory(file[model->mixture[y]].name, file[mixture].name))
                return model;
    }
    struct weir_report_model *model = &files->model[files->n_models++];
    model->hist = hist;
    for (size_t y = 0; y < WEIR_REPORT_N_Y; y++)
        model->mixture[y] = WEIR_REPORT_NONE;
    return model;
}

enum weir_status weir_report_match(struct weir_report_files *files, struct weir_error *err)
{
    const struct weir_report_list *mixtures = &files->mixtures;
    files->model = weir_mem_zalloc(files->mem, mixtures->n, sizeof *files->model);
    if (files->model == NULL && mixtures->n > 0)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a list of %zu models", mixtures->n);
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < mixtures->n && status == WEIR_OK; i++) {
        const size_t y = weir_report_mixture_y(mixtures->file[i].name);
        size_t hist = WEIR_REPORT_NONE;
        status = find_hist(files, i, &hist, err);
        find_model(files, i, hist)->mixture[y] = i;
    }
    return status;
}
