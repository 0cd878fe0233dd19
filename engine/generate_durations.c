/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations and rates, from files to tables. */
#include "generate_durations.h"

#include "generate_hist.h"
#include "generate_model.h"
#include "hist_axis.h"
#include "hist_combine.h"
#include "hist_csv.h"
#include "log.h"
#include "number.h"
#include "path.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes the bin of flows without duration: as many as have more than one packet, or of rates none.
 */
static void lower_zero(const struct weir_hist *hist, bool rates, double single,
                       struct weir_generate_table *table)
{
    double total = 0;
    if (hist->n_bins == 0 || hist->bin_lo[0] > 0 || hist->bin_hi[0] > 1)
        return;
    for (size_t i = 0; i < table->sample.n; i++)
        total += table->weight[i];
    table->weight[0] = rates ? 0 : fmax(table->weight[0] - single * total, 0);
}

static bool has_column(const struct weir_hist *hist, const char *name)
{
    size_t c = 0;
    while (c < hist->n_columns && strcmp(hist->column_name[c], name) != 0)
        c++;
    return c < hist->n_columns;
}

/* Refuses a histogram whose sums say that it is one of something else. Where there is no sum of
 * what is wanted, bins of other things may fit by chance, so that only a warning is due. */
static enum weir_status check_axis(const char *path, const struct weir_hist *hist, bool rates,
                                   struct weir_error *err)
{
    const enum weir_hist_x wanted = rates ? WEIR_X_RATE : WEIR_X_DURATION;
    const char *name = weir_hist_axis_name(wanted);
    enum weir_hist_x found = WEIR_N_X;
    const bool is_found = weir_hist_axis_detect(hist, &found);
    if (weir_hist_axis_contradicts(hist, wanted))
        return weir_error_set(err, WEIR_FORMAT, "%s: expected a histogram of %s, but found %s%s",
                              path, name, is_found ? "one of " : "another",
                              is_found ? weir_hist_axis_name(found) : "");
    if (is_found && found != wanted && !has_column(hist, name))
        weir_log(WEIR_LOG_WARNING, "%s: taken for a histogram of %s, but looks like one of %s",
                 path, name, weir_hist_axis_name(found));
    return WEIR_OK;
}

static enum weir_status fill_from_hist(const char *path, bool rates, double single,
                                       struct weir_generate_table *table, struct weir_error *err)
{
    struct weir_hist hist;
    weir_hist_init(&hist, table->mem);
    enum weir_status status = weir_hist_csv_read(path, &hist, err);
    if (status == WEIR_OK)
        status = check_axis(path, &hist, rates, err);
    if (status == WEIR_OK) {
        status = weir_generate_hist_fill_alone(&hist, rates ? NULL : "duration", table, err);
        if (status != WEIR_OK)
            weir_error_prepend(err, "%s: ", path);
    }
    if (status == WEIR_OK)
        lower_zero(&hist, rates, single, table);
    weir_hist_release(&hist);
    return status;
}

static enum weir_status fill_from_mixture(const char *path, struct weir_generate_table *table,
                                          struct weir_error *err)
{
    struct weir_model model;
    weir_model_init(&model, table->mem);
    enum weir_status status = weir_model_read(path, false, &model, err);
    if (status == WEIR_OK)
        status = weir_generate_model_fill(&model, WEIR_X_DURATION, table, err);
    if (status == WEIR_LIMIT)
        weir_error_prepend(err, "%s: ", path);
    weir_model_release(&model);
    return status;
}

static enum weir_status read_table(const char *path, bool rates, double single,
                                   struct weir_generate_table *table, struct weir_error *err)
{
    const enum weir_status status = weir_hist_combine_detect(path)
                                        ? fill_from_hist(path, rates, single, table, err)
                                        : fill_from_mixture(path, table, err);
    double total = 0;
    for (size_t i = 0; i < table->sample.n; i++)
        total += table->weight[i];
    if (status != WEIR_OK)
        return status;
    if (!(total > 0)) /* nobody but flows of one packet */
        for (size_t i = 0; i < table->sample.n; i++)
            table->weight[i] = 1;
    return weir_generate_table_finish(table, err);
}

/* --- classes ---------------------------------------------------------------------------------- */

void weir_durations_init(struct weir_durations *durations, struct weir_mem *mem)
{
    *durations = (struct weir_durations){.mem = mem};
}

void weir_durations_release(struct weir_durations *durations)
{
    for (size_t i = 0; i < durations->n; i++) {
        weir_generate_table_release(&durations->of[i].table);
        weir_mem_free(durations->mem, durations->of[i].path);
    }
    if (durations->mem != NULL)
        weir_mem_free(durations->mem, durations->of);
    durations->of = NULL;
    durations->n = 0;
}

static enum weir_status add_class(struct weir_durations *durations, const char *path, uint64_t from,
                                  struct weir_error *err)
{
    const size_t n = durations->n;
    struct weir_durations_class *of =
        weir_mem_resize(durations->mem, durations->of, (n + 1) * sizeof *of);
    if (of != NULL)
        durations->of = of;
    char *copy = of == NULL ? NULL : weir_mem_strdup(durations->mem, path);
    if (copy == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu classes of durations", n + 1);
    of[n] = (struct weir_durations_class){.from = from, .path = copy};
    weir_generate_table_init(&of[n].table, durations->mem);
    durations->n++;
    return WEIR_OK;
}

/* Adds the class that a name in a directory stands for: a number, and what follows a dot. */
static enum weir_status add_name(struct weir_durations *durations, const char *directory,
                                 const char *name, struct weir_error *err)
{
    char path[PATH_MAX];
    const size_t n_digits = strcspn(name, ".");
    uint64_t from = 0;
    if (!weir_number_parse_u64(name, n_digits, &from))
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected flows.json of a mixture, or names such as 10.csv that "
                              "tell the least x of a class, but found \"%s\"",
                              directory, name);
    const int n = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return weir_error_set(err, WEIR_LIMIT, "%.64s...: the path is too long", directory);
    return add_class(durations, path, from, err);
}

static int compare_classes(const void *a, const void *b)
{
    const struct weir_durations_class *left = a;
    const struct weir_durations_class *right = b;
    return left->from != right->from ? (left->from > right->from) - (left->from < right->from)
                                     : strcmp(left->path, right->path);
}

static enum weir_status find_classes(const char *directory, struct weir_durations *durations,
                                     struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    DIR *dir = opendir(directory);
    if (dir == NULL)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot open", directory);
    for (const struct dirent *entry = readdir(dir); entry != NULL && status == WEIR_OK;
         entry = readdir(dir))
        if (entry->d_name[0] != '.')
            status = add_name(durations, directory, entry->d_name, err);
    closedir(dir);
    if (status != WEIR_OK)
        return status;
    if (durations->n == 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected histograms or mixtures, but found "
                              "an empty directory",
                              directory);
    qsort(durations->of, durations->n, sizeof *durations->of, compare_classes);
    for (size_t i = 1; i < durations->n; i++)
        if (durations->of[i].from == durations->of[i - 1].from)
            return weir_error_set(err, WEIR_FORMAT, "%s and %s are both for x from %" PRIu64 " on",
                                  durations->of[i - 1].path, durations->of[i].path,
                                  durations->of[i].from);
    return WEIR_OK;
}

/* True when a directory holds classes, and is no mixture itself. */
static bool has_classes(const char *path)
{
    char flows[PATH_MAX];
    struct weir_error none;
    return weir_path_is_directory(path) &&
           weir_path_of_mixture(path, "flows", flows, &none) == WEIR_OK && access(flows, F_OK) != 0;
}

/* The share of flows of a class that have one packet; what is below the first class, and only goes
 * with it, does not count. */
static double single_of(const struct weir_durations_request *request,
                        const struct weir_durations *durations, size_t i)
{
    const uint64_t from = durations->of[i].from;
    const uint64_t to = i + 1 < durations->n ? durations->of[i + 1].from : UINT64_MAX;
    return request->expand != NULL
               ? weir_expand_single(request->expand, from, to)
               : weir_generate_table_single(request->table, request->x == WEIR_X_LENGTH, from, to);
}

enum weir_status weir_durations_read(const struct weir_durations_request *request,
                                     struct weir_durations *durations, struct weir_error *err)
{
    enum weir_status status = has_classes(request->path)
                                  ? find_classes(request->path, durations, err)
                                  : add_class(durations, request->path, 0, err);
    durations->rates = request->rates;
    for (size_t i = 0; i < durations->n && status == WEIR_OK; i++) {
        struct weir_durations_class *of = &durations->of[i];
        status =
            read_table(of->path, request->rates, single_of(request, durations, i), &of->table, err);
    }
    return status;
}
