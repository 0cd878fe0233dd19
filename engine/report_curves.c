/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtures as lines of a plot. */
#include "report_curves.h"

#include "distribution.h"
#include "report_json.h"

#include <math.h>
#include <stdlib.h>

/* --- places ---------------------------------------------------------------------------------- */

void weir_report_grid_init(struct weir_report_grid *grid, double first, double last,
                           struct weir_mem *mem)
{
    *grid = (struct weir_report_grid){.first = first, .last = last, .mem = mem};
}

void weir_report_grid_release(struct weir_report_grid *grid)
{
    if (grid->mem != NULL)
        weir_mem_free(grid->mem, grid->x);
    *grid = (struct weir_report_grid){0};
}

static enum weir_status reserve(struct weir_report_grid *grid, size_t n, struct weir_error *err)
{
    if (n <= grid->capacity - grid->n)
        return WEIR_OK;
    const size_t capacity = 2 * (grid->n + n);
    double *grown = weir_mem_resize(grid->mem, grid->x, capacity * sizeof *grown);
    if (grown == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the lines of a plot");
    grid->x = grown;
    grid->capacity = capacity;
    return WEIR_OK;
}

/* Adds the whole number at x, where it is one of the range. */
static void add_place(struct weir_report_grid *grid, double x)
{
    const double whole = floor(x);
    if (whole >= grid->first && whole <= grid->last)
        grid->x[grid->n++] = whole;
}

enum weir_status weir_report_grid_add(struct weir_report_grid *grid,
                                      const struct weir_mixture *mixture, struct weir_error *err)
{
    static const double quantiles[] = {0.02, 0.2, 0.5, 0.8, 0.98};
    enum { N_QUANTILES = sizeof quantiles / sizeof *quantiles };
    const enum weir_status status = reserve(grid, mixture->n_components * N_QUANTILES, err);
    if (status != WEIR_OK)
        return status;
    for (size_t k = 0; k < mixture->n_components; k++) {
        const struct weir_component *component = &mixture->component[k];
        if (component->kind == WEIR_UNIFORM) {
            const double lo = component->parameter[0];
            const double hi = lo + component->parameter[1];
            add_place(grid, lo);
            add_place(grid, lo + 1);
            add_place(grid, hi);
            add_place(grid, hi + 1);
        } else {
            for (size_t i = 0; i < N_QUANTILES; i++)
                add_place(grid, weir_component_quantile(component, quantiles[i]) + 0.5);
        }
    }
    return WEIR_OK;
}

static int compare_places(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

enum weir_status weir_report_grid_finish(struct weir_report_grid *grid, struct weir_error *err)
{
    const enum weir_status status = reserve(grid, WEIR_REPORT_PLACES + 1, err);
    if (status != WEIR_OK)
        return status;
    const double step = log(grid->last / grid->first) / (WEIR_REPORT_PLACES - 1);
    for (int i = 0; i < WEIR_REPORT_PLACES; i++)
        add_place(grid, grid->first * exp(step * i) + 0.5);
    add_place(grid, grid->last);
    qsort(grid->x, grid->n, sizeof *grid->x, compare_places);
    size_t n = 1;
    for (size_t i = 1; i < grid->n; i++)
        if (grid->x[i] != grid->x[n - 1])
            grid->x[n++] = grid->x[i];
    grid->n = n;
    return WEIR_OK;
}

void weir_report_grid_text(const struct weir_report_grid *grid, struct weir_text *text)
{
    weir_text_add(text, "[");
    for (size_t i = 0; i < grid->n; i++) {
        weir_text_add(text, i == 0 ? "" : ",");
        weir_text_add_json_real(text, grid->x[i]);
    }
    weir_text_add(text, "]");
}

/* --- lines ----------------------------------------------------------------------------------- */

static double density(const struct weir_component *component, double x, double smallest)
{
    return x < WEIR_PDF_WHOLE_BELOW
               ? weir_component_between(component, x == smallest ? 0 : x - 1, x)
               : weir_component_pdf(component, x);
}

/* Components first .. end - 1, whose weights add up to `weight`, as one distribution. */
struct line {
    const struct weir_report_curves *curves;
    size_t first, end;
    double weight;
};

static double sum_up(const struct line *line, double x,
                     double (*of)(const struct weir_component *, double, double))
{
    const struct weir_component *component = line->curves->mixture->component;
    double sum = 0;
    for (size_t k = line->first; k < line->end; k++)
        if (component[k].weight > 0)
            sum +=
                component[k].weight / line->weight * of(&component[k], x, line->curves->smallest);
    return sum;
}

static double cdf(const struct weir_component *component, double x, double smallest)
{
    (void)smallest;
    return weir_component_cdf(component, x);
}

static double sf(const struct weir_component *component, double x, double smallest)
{
    (void)smallest;
    return weir_component_sf(component, x);
}

static void add_value(struct weir_text *text, size_t i, double value, double least)
{
    weir_text_add(text, i == 0 ? "" : ",");
    weir_report_json_add_short(text, value < least ? 0 : value);
}

/* `share`: that of the line in the whole, by which values are weighted in the plot. */
static void add_line(struct weir_text *text, const struct line *line, double share)
{
    const struct weir_report_grid *grid = line->curves->grid;
    const double least = line->curves->least / share;
    size_t split = 0;
    weir_text_add(text, "\"pdf\": [");
    for (size_t i = 0; i < grid->n; i++)
        add_value(text, i, sum_up(line, grid->x[i], density),
                  least / (grid->last - grid->first + 1));
    while (split < grid->n && sum_up(line, grid->x[split], cdf) < 0.5)
        split++;
    weir_text_add(text, "], \"split\": %zu, \"tail\": [", split);
    for (size_t i = 0; i < grid->n; i++)
        add_value(text, i, sum_up(line, grid->x[i], i < split ? cdf : sf), least);
    weir_text_add(text, "]");
}

static void add_component(struct weir_text *text, const struct weir_report_curves *curves, size_t k,
                          double share)
{
    const struct weir_component *component = &curves->mixture->component[k];
    const struct line line = {curves, k, k + 1, component->weight};
    weir_text_add(text, "%s\n      {\"kind\": \"%s\", \"weight\": ", k == 0 ? "" : ",",
                  weir_kind_name(component->kind));
    weir_text_add_json_real(text, share);
    weir_text_add(text, ", \"parameters\": [");
    for (size_t i = 0; i < weir_kind_parameters(component->kind); i++) {
        weir_text_add(text, i == 0 ? "" : ", ");
        weir_text_add_json_real(text, component->parameter[i]);
    }
    weir_text_add(text, "]");
    if (share >= curves->least) {
        weir_text_add(text, ", ");
        add_line(text, &line, share);
    }
    weir_text_add(text, "}");
}

void weir_report_curves_add(struct weir_text *text, const struct weir_report_curves *curves)
{
    const struct weir_mixture *mixture = curves->mixture;
    const struct line all = {curves, 0, mixture->n_components, weir_mixture_weight(mixture)};
    add_line(text, &all, 1);
    weir_text_add(text, ", \"components\": [");
    for (size_t k = 0; k < mixture->n_components; k++)
        add_component(text, curves, k, mixture->component[k].weight / all.weight);
    weir_text_add(text, "]");
}
