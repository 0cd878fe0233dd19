/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many points in a panel. */
#include "plot_grid.h"

#include "kde.h"

#include <math.h>

#define DOTS_PER_MM (600 / 25.4)
#define CELLS       WEIR_KDE_GRID
#define FAINTEST    1e-9

/* The cell, of `n_cells`, of a value on an axis. */
static size_t cell_of(double value, const struct weir_plot_range *range, bool is_log,
                      size_t n_cells)
{
    const double part = is_log ? log(value / range->lo) / log(range->hi / range->lo)
                               : (value - range->lo) / (range->hi - range->lo);
    return (size_t)fmin(fmax(part * (double)n_cells, 0), (double)(n_cells - 1));
}

enum weir_status weir_plot_grid_points(const struct weir_plot_grid_request *request,
                                       const struct weir_plot_axes *axes,
                                       struct weir_plot_page *page, struct weir_error *err)
{
    const size_t n_columns = (size_t)(request->look->width_mm * DOTS_PER_MM);
    const size_t n_rows = (size_t)(request->look->height_mm * DOTS_PER_MM);
    unsigned char *taken = weir_mem_zalloc(request->mem, n_columns * n_rows / 8 + 1, 1);
    if (taken == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to plot %zu points", request->n);
    const int table = weir_plot_page_table(page, "bins: x, value");
    for (size_t i = 0; i < request->n; i++) {
        const size_t dot = cell_of(request->x[i], &axes->x, true, n_columns) * n_rows +
                           cell_of(request->y[i], &axes->y, request->log_y, n_rows);
        const unsigned char bit = (unsigned char)(1U << (dot % 8));
        if ((taken[dot / 8] & bit) != 0)
            continue;
        taken[dot / 8] |= bit;
        weir_plot_page_row(page, (const double[]){request->x[i], request->y[i]}, 2);
    }
    weir_mem_free(request->mem, taken);
    if (request->is_few) {
        weir_plot_page_curve(page, table, "1:2",
                             "with points pointtype 7 pointsize 0.45 linecolor rgb '#303030'",
                             "bins");
        return WEIR_OK;
    }
    weir_plot_page_curve(page, table, "1:2",
                         "with points pointtype 7 pointsize 0.15 linecolor rgb '#9a9a9a'", NULL);
    weir_plot_page_entry(page, "with points pointtype 7 pointsize 0.6 linecolor rgb '#9a9a9a'",
                         "bins");
    return WEIR_OK;
}

/* The range of logarithms, made wider where all are equal. */
static struct weir_plot_range log_range(const double *value, size_t n)
{
    struct weir_plot_range range = {log10(value[0]), log10(value[0])};
    for (size_t i = 1; i < n; i++) {
        range.lo = fmin(range.lo, log10(value[i]));
        range.hi = fmax(range.hi, log10(value[i]));
    }
    if (range.hi - range.lo < 1e-9) {
        range.lo -= 0.05;
        range.hi += 0.05;
    }
    return range;
}

static struct weir_plot_range log_axis(const struct weir_plot_range *range)
{
    return (struct weir_plot_range){log10(range->lo), log10(range->hi)};
}

/* Draws cells whose corners and values are in a table, a little larger than they are: where cells
 * just meet, the paper shines through. */
static void add_cells(struct weir_plot_page *page, int table)
{
    weir_plot_page_curve(page, table,
                         "(sqrt($1*$2)):(sqrt($3*$4)):($1*($1/$2)**0.05):($2*($2/$1)**0.05):"
                         "($3*($3/$4)**0.05):($4*($4/$3)**0.05):5",
                         "with boxxyerror fill solid noborder linecolor palette", NULL);
}

void weir_plot_grid_hist(const struct weir_plot_grid_request *request, struct weir_plot_axes *axes,
                         struct weir_plot_page *page)
{
    double sum[CELLS][CELLS] = {{0}};
    /* Cells of bins that are few, and maybe near each other, would be too small to be seen. */
    const struct weir_plot_range x =
        request->is_few ? log_axis(&axes->x) : log_range(request->x, request->n);
    const struct weir_plot_range y =
        request->is_few ? log_axis(&axes->y) : log_range(request->y, request->n);
    const double width = (x.hi - x.lo) / CELLS;
    const double height = (y.hi - y.lo) / CELLS;
    for (size_t i = 0; i < request->n; i++)
        sum[cell_of(log10(request->x[i]), &x, false, CELLS)]
           [cell_of(log10(request->y[i]), &y, false, CELLS)] += request->weight[i];
    const int table = weir_plot_page_table(page, "bins in cells: x from, to, y from, to, flows");
    struct weir_plot_range flows = {0, 0};
    for (size_t i = 0; i < CELLS; i++)
        for (size_t j = 0; j < CELLS; j++) {
            if (sum[i][j] <= 0)
                continue;
            const double left = x.lo + width * (double)i;
            const double bottom = y.lo + height * (double)j;
            const double row[] = {pow(10, left), pow(10, left + width), pow(10, bottom),
                                  pow(10, bottom + height), sum[i][j]};
            weir_plot_page_row(page, row, 5);
            flows.lo = flows.lo > 0 ? fmin(flows.lo, sum[i][j]) : sum[i][j];
            flows.hi = fmax(flows.hi, sum[i][j]);
        }
    add_cells(page, table);
    axes->cb_label = "Flows in cell";
    const double least = floor(log10(flows.lo));
    axes->cb =
        (struct weir_plot_range){pow(10, least), pow(10, fmax(ceil(log10(flows.hi)), least + 1))};
}

/* Cells of the grid around its positions, of densities relative to the largest one. */
static void add_density(const double *density, const struct weir_kde_grid *grid,
                        struct weir_plot_page *page)
{
    const double width = (grid->x_hi - grid->x_lo) / (CELLS - 1);
    const double height = (grid->y_hi - grid->y_lo) / (CELLS - 1);
    double most = 0;
    for (size_t i = 0; i < (size_t)CELLS * CELLS; i++)
        most = fmax(most, density[i]);
    const int table = weir_plot_page_table(
        page, "kernel density: x from, to, y from, to, part of the largest density");
    for (size_t i = 0; i < CELLS; i++)
        for (size_t j = 0; j < CELLS; j++) {
            const double part = density[i * CELLS + j] / most;
            const double x = weir_kde_position(grid->x_lo, grid->x_hi, i);
            const double y = weir_kde_position(grid->y_lo, grid->y_hi, j);
            const double row[] = {pow(10, x - width / 2), pow(10, x + width / 2),
                                  pow(10, y - height / 2), pow(10, y + height / 2), part};
            if (part >= FAINTEST)
                weir_plot_page_row(page, row, 5);
        }
    add_cells(page, table);
}

enum weir_status weir_plot_grid_kde(const struct weir_plot_grid_request *request,
                                    struct weir_plot_axes *axes, struct weir_plot_page *page,
                                    bool *drawn, struct weir_error *err)
{
    const size_t n = request->n;
    double *work = weir_mem_alloc(request->mem, (2 * n + CELLS * CELLS) * sizeof *work);
    if (work == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the density of %zu points", n);
    const struct weir_plot_range x = log_range(request->x, n);
    const struct weir_plot_range y = log_range(request->y, n);
    const struct weir_kde_grid grid = {x.lo, x.hi, y.lo, y.hi};
    const struct weir_kde_points points = {
        .n = n, .x = work, .y = work + n, .weight = request->weight};
    struct weir_kde_kernel kernel;
    for (size_t i = 0; i < n; i++) {
        work[i] = log10(request->x[i]);
        work[n + i] = log10(request->y[i]);
    }
    *drawn = weir_kde_scott(&points, &kernel);
    if (*drawn) {
        double *density = work + 2 * n;
        weir_kde_grid(request->ops, &points, &kernel, &grid, request->n_threads, density);
        add_density(density, &grid, page);
        axes->cb_label = "Density (of its maximum)";
        axes->cb = (struct weir_plot_range){FAINTEST, 1};
    }
    weir_mem_free(request->mem, work);
    return WEIR_OK;
}
