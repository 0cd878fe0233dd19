/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms out of histograms. */
#include "hist_combine.h"

#include "hist_csv.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD_BYTES 512

bool weir_hist_combine_detect(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    char head[HEAD_BYTES];
    const size_t n = fread(head, 1, sizeof head, file);
    fclose(file);
    return weir_hist_csv_detect(head, n);
}

bool weir_hist_combine_wanted(const struct weir_scan_params *params)
{
    if (params->in_format != NULL)
        return strcmp(params->in_format, "csv_hist") == 0;
    return weir_hist_combine_detect(params->paths.word[0]);
}

enum weir_status weir_hist_combine_refuse(const char *option, struct weir_error *err)
{
    return weir_error_set(err, WEIR_USAGE, "--%s has no effect on histograms: they hold no records",
                          option);
}

enum weir_status weir_hist_combine_check(const struct weir_scan_params *params,
                                         struct weir_error *err)
{
    const struct {
        bool given;
        const char *name;
    } options[] = {
        {params->filter_expr != NULL && params->filter_expr[0] != '\0', "filter-expr"},
        {params->from != NULL, "from"},
        {params->to != NULL, "to"},
        {params->skip_in > 0, "skip-in"},
        {params->count_in_given, "count-in"},
        {params->skip_out > 0, "skip-out"},
        {params->count_out_given, "count-out"},
        {params->salvage, "salvage"},
        {params->rejects != NULL, "rejects"},
        {params->shard != NULL, "shard"},
        {params->bad_times != WEIR_BAD_TIMES_CLAMP, "bad-times"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given)
            return weir_hist_combine_refuse(options[i].name, err);
    return WEIR_OK;
}

static enum weir_status add_file(const char *path, bool rebin, unsigned bin_exp,
                                 struct weir_hist *total, struct weir_error *err)
{
    struct weir_hist hist;
    weir_hist_init(&hist, total->mem);
    enum weir_status status = weir_hist_csv_read(path, &hist, err);
    if (status == WEIR_OK) {
        if (rebin)
            status = weir_hist_rebin(&hist, bin_exp, err);
        if (status == WEIR_OK)
            status = weir_hist_add_hist(total, &hist, err);
        if (status != WEIR_OK)
            weir_error_prepend(err, "%s: ", path);
    }
    weir_hist_release(&hist);
    return status;
}

enum weir_status weir_hist_combine(const char *const *paths, size_t n_paths, bool rebin,
                                   unsigned bin_exp, struct weir_hist *hist, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < n_paths && status == WEIR_OK; i++)
        status = add_file(paths[i], rebin, bin_exp, hist, err);
    return status;
}
