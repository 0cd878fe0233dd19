/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations and rates, from files to tables. */
#include "generate_durations.h"

#include "generate_hist.h"
#include "generate_model.h"
#include "hist_combine.h"
#include "hist_csv.h"

#include <math.h>

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

static enum weir_status fill_from_hist(const char *path, bool rates, double single,
                                       struct weir_generate_table *table, struct weir_error *err)
{
    struct weir_hist hist;
    weir_hist_init(&hist, table->mem);
    enum weir_status status = weir_hist_csv_read(path, &hist, err);
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

enum weir_status weir_durations_read(const char *path, bool rates, double single,
                                     struct weir_generate_table *table, struct weir_error *err)
{
    enum weir_status status = weir_hist_combine_detect(path)
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
