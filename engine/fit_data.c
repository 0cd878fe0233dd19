/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points of a histogram. */
#include "fit_data.h"

#include <math.h>
#include <string.h>

enum weir_status weir_fit_data_column(const struct weir_hist *hist, const char *y, size_t *column,
                                      struct weir_error *err)
{
    for (*column = 0; *column < hist->n_columns; ++*column)
        if (strcmp(hist->column_name[*column], y) == 0)
            return WEIR_OK;
    return weir_error_set(err, WEIR_FORMAT, "the histogram has no sums of %s", y);
}

enum weir_status weir_fit_data_check(const struct weir_hist *hist, size_t column, weir_u128 *sum,
                                     struct weir_error *err)
{
    *sum = 0;
    for (size_t i = 0; i < hist->n_bins; i++)
        *sum += hist->sum[i * hist->n_columns + column];
    if (*sum == 0)
        return weir_error_set(err, WEIR_FORMAT, "a fit needs bins with %s, but %s",
                              hist->column_name[column],
                              hist->n_bins == 0 ? "the histogram is empty: there is nothing to fit"
                                                : "their sums are all 0");
    if (hist->bin_lo[0] == 0)
        return weir_error_set(
            err, WEIR_FORMAT,
            "mixtures are fitted to values from 1 on, but there is a bin at 0; leave its flows out "
            "when the histogram is made, as by --filter-expr 'duration > 0'");
    return WEIR_OK;
}

enum weir_status weir_fit_data_check_words(const struct weir_words *y, struct weir_error *err)
{
    for (size_t i = 0; i < y->n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(y->word[i], y->word[j]) == 0)
                return weir_error_set(err, WEIR_USAGE,
                                      "--y-value: expected each y once, but found %s twice",
                                      y->word[i]);
    return WEIR_OK;
}

enum weir_status weir_fit_data_check_each(const struct weir_hist *hist, const struct weir_words *y,
                                          struct weir_error *err)
{
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

enum weir_status weir_fit_data_init(struct weir_fit_data *data, const struct weir_hist *hist,
                                    const char *y, struct weir_mem *mem, struct weir_error *err)
{
    size_t column = 0;
    *data = (struct weir_fit_data){.mem = mem};
    enum weir_status status = weir_fit_data_column(hist, y, &column, err);
    if (status == WEIR_OK)
        status = weir_fit_data_check(hist, column, &data->sum, err);
    if (status != WEIR_OK)
        return status;
    const size_t n = hist->n_bins;
    const size_t padded = weir_em_padded(n);
    double *x = weir_mem_alloc(mem, padded * sizeof *x);
    double *log_x = weir_mem_alloc(mem, padded * sizeof *log_x);
    double *weight = weir_mem_alloc(mem, padded * sizeof *weight);
    data->points = (struct weir_em_points){n, x, log_x, weight};
    if (x == NULL || log_x == NULL || weight == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to fit %zu points", n);
    const double mean = (double)data->sum / (double)n;
    for (size_t i = 0; i < padded; i++) {
        x[i] = i < n ? (double)hist->bin_lo[i] : 1;
        log_x[i] = i < n ? log(x[i]) : 0;
        weight[i] = i < n ? (double)hist->sum[i * hist->n_columns + column] / mean : 0;
    }
    return WEIR_OK;
}

static void give_back(struct weir_mem *mem, const double *values)
{
    weir_mem_free(mem, (void *)(uintptr_t)values);
}

void weir_fit_data_release(struct weir_fit_data *data)
{
    if (data->mem == NULL)
        return;
    give_back(data->mem, data->points.x);
    give_back(data->mem, data->points.log_x);
    give_back(data->mem, data->points.weight);
    *data = (struct weir_fit_data){.mem = NULL};
}
