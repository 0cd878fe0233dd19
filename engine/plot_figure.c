/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of histograms and models. Colours are those of Okabe and Ito, which people who see
 * colours differently can tell apart; models differ in their dashes as well. */
#include "plot_figure.h"

#include "distribution.h"
#include "hist_axis.h"
#include "log.h"
#include "plot_grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MARGIN      0.04 /* of an axis, beyond the data */
#define NEAR        0.2  /* decades: data within so few stand in the middle of an axis */
#define FEW         64   /* bins are seen on top of the thick line; more would hide it */
#define STYLE_BYTES 160
#define LABEL_BYTES 96

static const char *const y_colour[WEIR_PLOT_N_Y] = {"#0072B2", "#D55E00", "#009E73"};

const char *weir_plot_figure_name(enum weir_plot_figure figure)
{
    static const char *const names[WEIR_PLOT_N_FIGURES] = {
        [WEIR_PLOT_CDF] = "cdf",
        [WEIR_PLOT_PDF_FLOWS] = "pdf-flows",
        [WEIR_PLOT_PDF_PACKETS] = "pdf-packets",
        [WEIR_PLOT_PDF_OCTETS] = "pdf-octets",
        [WEIR_PLOT_AVG_PACKETS] = "avg-packets",
        [WEIR_PLOT_AVG_OCTETS] = "avg-octets",
        [WEIR_PLOT_AVG_PACKET_SIZE] = "avg-packet_size",
        [WEIR_PLOT_SINGLE] = "single",
    };
    return names[figure];
}

enum weir_status weir_plot_scene_init(struct weir_plot_scene *scene, struct weir_error *err)
{
    static const double smallest[WEIR_N_X] = {
        [WEIR_X_LENGTH] = 1, [WEIR_X_SIZE] = 64, [WEIR_X_DURATION] = 1, [WEIR_X_RATE] = 1};
    const size_t n = scene->hist->n_bins;
    const double *x = scene->lines->x;
    scene->least = fmin(smallest[scene->x], x[0]);
    scene->n_positions =
        weir_plot_positions(x[0], x[scene->lines->n - 1], WEIR_PLOT_POSITIONS_MAX, scene->position);
    scene->bin_x = weir_mem_zalloc(scene->mem, n, sizeof(double));
    scene->bin_value = weir_mem_zalloc(scene->mem, n, sizeof(double));
    scene->bin_weight = weir_mem_zalloc(scene->mem, n, sizeof(double));
    if (scene->bin_x == NULL || scene->bin_value == NULL || scene->bin_weight == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to plot %zu bins", n);
    return WEIR_OK;
}

void weir_plot_scene_release(struct weir_plot_scene *scene)
{
    if (scene->mem == NULL)
        return;
    weir_mem_free(scene->mem, scene->bin_x);
    weir_mem_free(scene->mem, scene->bin_value);
    weir_mem_free(scene->mem, scene->bin_weight);
}

static bool is_shown(const struct weir_plot_scene *scene, enum weir_plot_y y)
{
    return scene->wanted[y] && scene->lines->sum[y] > 0;
}

/* What an average is of: `y` per unit of `of`. */
static void find_average(enum weir_plot_figure figure, enum weir_plot_y *y, enum weir_plot_y *of)
{
    *y = figure == WEIR_PLOT_AVG_PACKETS ? WEIR_PLOT_PACKETS : WEIR_PLOT_OCTETS;
    *of = figure == WEIR_PLOT_AVG_PACKET_SIZE ? WEIR_PLOT_PACKETS : WEIR_PLOT_FLOWS;
}

bool weir_plot_figure_is_possible(const struct weir_plot_scene *scene, enum weir_plot_figure figure)
{
    enum weir_plot_y y = WEIR_PLOT_FLOWS;
    enum weir_plot_y of = WEIR_PLOT_FLOWS;
    bool any = false;
    switch (figure) {
    case WEIR_PLOT_CDF:
    case WEIR_PLOT_SINGLE:
        for (int i = 0; i < WEIR_PLOT_N_Y; i++)
            any = any || is_shown(scene, (enum weir_plot_y)i);
        return any;
    case WEIR_PLOT_PDF_FLOWS:
    case WEIR_PLOT_PDF_PACKETS:
    case WEIR_PLOT_PDF_OCTETS:
        return is_shown(scene, (enum weir_plot_y)(figure - WEIR_PLOT_PDF_FLOWS));
    default:
        find_average(figure, &y, &of);
        return is_shown(scene, y) && is_shown(scene, of);
    }
}

/* --- ranges ---------------------------------------------------------------------------------- */

static void extend(struct weir_plot_range *range, double value)
{
    if (!(value > 0) || !isfinite(value))
        return;
    range->lo = range->lo > 0 ? fmin(range->lo, value) : value;
    range->hi = fmax(range->hi, value);
}

/* Room around the data on a logarithmic axis, which shows two powers of ten at least. Data in one
 * place would lie on the frame where that place is a power of ten. */
static struct weir_plot_range widen(const struct weir_plot_range *range)
{
    if (range->lo <= 0)
        return (struct weir_plot_range){1, 10};
    double lo = log10(range->lo);
    double hi = log10(range->hi);
    if (hi - lo < NEAR) {
        lo = floor(lo - NEAR);
        hi = ceil(hi + NEAR);
    } else if (floor(hi) - ceil(lo) < 1) {
        lo = floor(lo);
        hi = fmax(ceil(hi), lo + 1);
    }
    const double margin = (hi - lo) * MARGIN;
    return (struct weir_plot_range){pow(10, lo - margin), pow(10, hi + margin)};
}

/* The axis of x, labelled. `label` has LABEL_BYTES. */
static struct weir_plot_axes axes_of(const struct weir_plot_scene *scene, char *label)
{
    const struct weir_plot_lines *lines = scene->lines;
    snprintf(label, LABEL_BYTES, "Flow %s (%s)", weir_hist_axis_name(scene->x),
             weir_hist_axis_unit(scene->x));
    const struct weir_plot_range range = {lines->x[0], lines->x[lines->n - 1]};
    return (struct weir_plot_axes){.x_label = label, .x = widen(&range)};
}

/* --- curves ---------------------------------------------------------------------------------- */

static const char *line_style(char style[STYLE_BYTES], const struct weir_plot_scene *scene,
                              const char *colour)
{
    /* A line of one point would not be seen. */
    snprintf(style, STYLE_BYTES, "with %s linewidth 3 linecolor rgb '%s'",
             scene->lines->n > 1 ? "lines" : "points pointtype 7 pointsize 0.8", colour);
    return style;
}

static const char *model_style(char style[STYLE_BYTES], size_t i)
{
    static const char *const looks[] = {
        "1.2 linecolor rgb '#000000'",
        "1.6 dashtype (9,4) linecolor rgb '#E69F00'",
        "1.6 dashtype (3,3) linecolor rgb '#CC79A7'",
        "1.6 dashtype (9,3,2,3) linecolor rgb '#56B4E9'",
        "1.6 dashtype (14,3) linecolor rgb '#7F7F7F'",
        "1.6 dashtype (2,2,2,6) linecolor rgb '#000000'",
    };
    snprintf(style, STYLE_BYTES, "with lines linewidth %s",
             looks[i % (sizeof looks / sizeof *looks)]);
    return style;
}

static const char *component_colour(size_t k)
{
    static const char *const colours[] = {"#E69F00", "#56B4E9", "#CC79A7", "#009E73",
                                          "#D55E00", "#0072B2", "#7F7F7F"};
    return colours[k % (sizeof colours / sizeof *colours)];
}

/* How components are drawn: of a pdf, in colours of their own, or of a cdf. */
struct component_view {
    enum weir_plot_y y;
    bool cdf, lines, stack;
    size_t n_labels; /* of the heaviest components; 0: none */
    bool names_y;    /* in labels */
    double floor;    /* lower end of the axis, from which stacks rise */
};

/* How many components each of `n_shown` y can have in the key, beside `n_others` and the models. */
static size_t labels_of(const struct weir_plot_scene *scene, size_t n_shown, size_t n_others)
{
    const size_t n_rows = weir_plot_page_key_rows(&scene->look);
    const size_t n_taken = n_others + scene->n_models;
    return n_rows > n_taken ? (n_rows - n_taken) / n_shown : 0;
}

/* The entry in the key, with weight and kind. NULL: none. */
static const char *component_label(const struct weir_mixture *mixture,
                                   const struct component_view *view, size_t k,
                                   char label[LABEL_BYTES])
{
    const struct weir_component *component = &mixture->component[k];
    size_t heavier = 0;
    for (size_t j = 0; j < mixture->n_components; j++) {
        const double other = mixture->component[j].weight;
        heavier += other > component->weight || (j < k && other >= component->weight);
    }
    if (heavier >= view->n_labels)
        return NULL;
    snprintf(label, LABEL_BYTES, "%.3g %s%s%s", component->weight / weir_mixture_weight(mixture),
             weir_kind_name(component->kind), view->names_y ? ", " : "",
             view->names_y ? weir_plot_y_name(view->y) : "");
    return label;
}

static double component_value(const struct weir_plot_scene *scene,
                              const struct weir_mixture *mixture, const struct component_view *view,
                              size_t k, size_t i)
{
    return view->cdf ? weir_plot_component_cdf(mixture, k, scene->position[i])
                     : weir_plot_component_pdf(mixture, k, scene->position[i], scene->least);
}

/* The rows of a component: x, its value, and the sums of components before it and with it. Where a
 * pdf begins and ends on a logarithmic axis, as uniforms do, the value gets a vertical edge. Sums
 * have none: they go straight from one position to the next, as the line of the model does, which
 * they add up to. */
static void add_component_rows(const struct weir_plot_scene *scene,
                               const struct weir_mixture *mixture,
                               const struct component_view *view, size_t k, double *stacked,
                               struct weir_plot_page *page)
{
    bool inside = true;             /* the axis is an edge, too */
    double before[] = {0, 0, 0, 0}; /* the row before */
    for (size_t i = 0; i < scene->n_positions; i++) {
        const double x = scene->position[i];
        const double value = component_value(scene, mixture, view, k, i);
        const double below = stacked[i];
        const bool is_nothing = !view->cdf && !(value > 0);
        stacked[i] += value;
        if (is_nothing && inside && i > 0) {
            before[1] = fmin(view->floor, before[1]);
            weir_plot_page_row(page, before, 4);
        } else if (!is_nothing && !inside) {
            const double edge[] = {x, fmin(view->floor, value), below, stacked[i]};
            weir_plot_page_row(page, edge, 4);
        }
        inside = !is_nothing;
        const double row[] = {x, is_nothing ? NAN : value, below, stacked[i]};
        weir_plot_page_row(page, row, 4);
        memcpy(before, row, sizeof before);
    }
}

static void add_component(const struct weir_plot_scene *scene, const struct weir_mixture *mixture,
                          const struct component_view *view, size_t k, double *stacked,
                          struct weir_plot_page *page)
{
    char style[STYLE_BYTES];
    char label[LABEL_BYTES];
    char columns[STYLE_BYTES];
    snprintf(label, sizeof label, "component %zu of %s: x, value, stacked from, to", k + 1,
             weir_plot_y_name(view->y));
    const int table = weir_plot_page_table(page, label);
    add_component_rows(scene, mixture, view, k, stacked, page);
    const char *title = component_label(mixture, view, k, label);
    const char *colour = component_colour(k);
    if (view->stack) {
        snprintf(columns, sizeof columns, "1:($3>%.10g?$3:%.10g):($4>%.10g?$4:%.10g)", view->floor,
                 view->floor, view->floor, view->floor);
        snprintf(style, sizeof style,
                 "with filledcurves fill transparent solid 0.45 noborder linecolor rgb '%s'",
                 colour);
        weir_plot_page_curve(page, table, columns, style, title);
    }
    if (view->lines) {
        snprintf(style, sizeof style, "with lines linewidth 1 dashtype (6,2) linecolor rgb '%s'",
                 view->cdf ? y_colour[view->y] : colour);
        weir_plot_page_curve(page, table, "1:2", style, view->stack ? NULL : title);
    }
}

static void add_components(const struct weir_plot_scene *scene, const struct component_view *view,
                           struct weir_plot_page *page)
{
    double stacked[WEIR_PLOT_POSITIONS_MAX] = {0};
    if (!view->lines && !view->stack)
        return;
    for (size_t m = 0; m < scene->n_models; m++) {
        const struct weir_mixture *mixture = &scene->models[m].mixture[view->y];
        if (view->n_labels > 0 && view->n_labels < mixture->n_components)
            weir_log(WEIR_LOG_NOTE,
                     "%s: the key has room for %zu of the %zu components of %s, and names the "
                     "heaviest: a larger --size has more",
                     page->name, view->n_labels, mixture->n_components, weir_plot_y_name(view->y));
        for (size_t k = 0; k < mixture->n_components; k++)
            add_component(scene, mixture, view, k, stacked, page);
    }
}

/* --- cdf ------------------------------------------------------------------------------------- */

static void add_cdf_line(const struct weir_plot_scene *scene, enum weir_plot_y y,
                         struct weir_plot_page *page)
{
    char text[STYLE_BYTES];
    const struct weir_plot_lines *lines = scene->lines;
    snprintf(text, sizeof text, "cdf of %s: x, cdf", weir_plot_y_name(y));
    const int table = weir_plot_page_table(page, text);
    for (size_t i = 0; i < lines->n; i++)
        weir_plot_page_row(page, (const double[]){lines->x[i], lines->cdf[y][i]}, 2);
    weir_plot_page_curve(page, table, "1:2", line_style(text, scene, y_colour[y]),
                         weir_plot_y_name(y));
}

/* One entry in the key for the lines of all y. */
static void add_cdf_model(const struct weir_plot_scene *scene, size_t m,
                          struct weir_plot_page *page)
{
    const struct weir_plot_model *model = &scene->models[m];
    const char *title = model->label;
    char text[STYLE_BYTES];
    for (int y = 0; y < WEIR_PLOT_N_Y; y++) {
        if (!model->has[y] || !is_shown(scene, (enum weir_plot_y)y))
            continue;
        snprintf(text, sizeof text, "model %zu, cdf of %s: x, cdf", m + 1,
                 weir_plot_y_name((enum weir_plot_y)y));
        const int table = weir_plot_page_table(page, text);
        for (size_t i = 0; i < scene->n_positions; i++)
            weir_plot_page_row(
                page,
                (const double[]){scene->position[i],
                                 weir_mixture_cdf(&model->mixture[y], scene->position[i])},
                2);
        weir_plot_page_curve(page, table, "1:2", model_style(text, m), title);
        title = NULL;
    }
}

static void draw_cdf(const struct weir_plot_scene *scene, struct weir_plot_page *page)
{
    const struct weir_plot_modes *modes = &scene->modes;
    char label[LABEL_BYTES];
    struct weir_plot_axes axes = axes_of(scene, label);
    axes.y_label = "Cumulative fraction";
    axes.y = (struct weir_plot_range){0, 1 + MARGIN};
    axes.key_beside = modes->cdf_labels;
    size_t n_shown = 0;
    for (int y = 0; y < WEIR_PLOT_N_Y; y++)
        n_shown += is_shown(scene, (enum weir_plot_y)y);
    for (int i = 0; i < WEIR_PLOT_N_Y; i++) {
        const enum weir_plot_y y = (enum weir_plot_y)i;
        const struct component_view view = {
            .y = y,
            .cdf = true,
            .lines = modes->cdf_components,
            .stack = modes->cdf_stack,
            .n_labels = modes->cdf_labels ? labels_of(scene, n_shown, n_shown) : 0,
            .names_y = n_shown > 1};
        if (!is_shown(scene, y))
            continue;
        add_components(scene, &view, page);
        add_cdf_line(scene, y, page);
    }
    for (size_t m = 0; m < scene->n_models; m++)
        add_cdf_model(scene, m, page);
    weir_plot_page_panel(page, &axes);
}

/* --- pdf ------------------------------------------------------------------------------------- */

static void extend_by_models(const struct weir_plot_scene *scene, enum weir_plot_y y,
                             struct weir_plot_range *range)
{
    for (size_t m = 0; m < scene->n_models; m++)
        for (size_t i = 0; scene->models[m].has[y] && i < scene->n_positions; i++)
            range->hi = fmax(range->hi, weir_plot_model_pdf(&scene->models[m].mixture[y],
                                                            scene->position[i], scene->least));
}

static void add_pdf_line(const struct weir_plot_scene *scene, enum weir_plot_y y,
                         struct weir_plot_page *page)
{
    char text[STYLE_BYTES];
    snprintf(text, sizeof text, "pdf of %s: x, difference quotient of the cdf",
             weir_plot_y_name(y));
    const int table = weir_plot_page_table(page, text);
    for (size_t i = 0; i < scene->lines->n; i++) {
        const double pdf = weir_plot_lines_pdf(scene->lines, y, i);
        weir_plot_page_row(page, (const double[]){scene->lines->x[i], pdf > 0 ? pdf : NAN}, 2);
    }
    weir_plot_page_curve(page, table, "1:2", line_style(text, scene, y_colour[y]), "data");
}

static void add_pdf_model(const struct weir_plot_scene *scene, size_t m, enum weir_plot_y y,
                          struct weir_plot_page *page)
{
    const struct weir_plot_model *model = &scene->models[m];
    char text[STYLE_BYTES];
    if (!model->has[y])
        return;
    snprintf(text, sizeof text, "model %zu, pdf of %s: x, pdf", m + 1, weir_plot_y_name(y));
    const int table = weir_plot_page_table(page, text);
    for (size_t i = 0; i < scene->n_positions; i++) {
        const double pdf =
            weir_plot_model_pdf(&model->mixture[y], scene->position[i], scene->least);
        weir_plot_page_row(page, (const double[]){scene->position[i], pdf > 0 ? pdf : NAN}, 2);
    }
    weir_plot_page_curve(page, table, "1:2", model_style(text, m), model->label);
}

/* Bins of a figure, in the room of the scene. */
struct bins {
    enum weir_plot_y y;
    size_t n;
    bool on_top; /* of the line; else what is drawn before it */
};

static struct weir_plot_grid_request request_of(const struct weir_plot_scene *scene, size_t n,
                                                bool log_y)
{
    return (struct weir_plot_grid_request){.n = n,
                                           .x = scene->bin_x,
                                           .y = scene->bin_value,
                                           .weight = scene->bin_weight,
                                           .log_y = log_y,
                                           .is_few = n <= FEW,
                                           .look = &scene->look,
                                           .ops = scene->ops,
                                           .n_threads = scene->n_threads,
                                           .mem = scene->mem};
}

/* Points, or what shows how dense they are. Few bins are drawn on top of the line, a kernel
 * density, which fills the panel, never. */
static enum weir_status add_bins(const struct weir_plot_scene *scene, const struct bins *bins,
                                 struct weir_plot_axes *axes, struct weir_plot_page *page,
                                 struct weir_error *err)
{
    const struct weir_plot_modes *modes = &scene->modes;
    const struct weir_plot_grid_request request = request_of(scene, bins->n, true);
    const bool now = bins->on_top == request.is_few;
    enum weir_status status = WEIR_OK;
    bool drawn = true;
    if (bins->n == 0)
        return WEIR_OK;
    if (modes->hist && now)
        weir_plot_grid_hist(&request, axes, page);
    if (modes->kde && !bins->on_top)
        status = weir_plot_grid_kde(&request, axes, page, &drawn, err);
    if (status == WEIR_OK && modes->points && now)
        status = weir_plot_grid_points(&request, axes, page, err);
    if (!drawn)
        weir_log(WEIR_LOG_WARNING,
                 "pdf-%s: points on one line, or less than three, have no kernel "
                 "density: it is left out",
                 weir_plot_y_name(bins->y));
    return status;
}

static struct weir_plot_range pdf_range(const struct weir_plot_scene *scene, enum weir_plot_y y,
                                        size_t n_bins)
{
    struct weir_plot_range range = {0, 0};
    for (size_t i = 0; i < scene->lines->n; i++)
        extend(&range, weir_plot_lines_pdf(scene->lines, y, i));
    for (size_t i = 0; i < n_bins; i++)
        extend(&range, scene->bin_value[i]);
    extend_by_models(scene, y, &range);
    return widen(&range);
}

static enum weir_status draw_pdf(const struct weir_plot_scene *scene, enum weir_plot_y y,
                                 struct weir_plot_page *page, struct weir_error *err)
{
    const struct weir_plot_modes *modes = &scene->modes;
    const bool has_bins = modes->points || modes->hist || modes->kde;
    const struct weir_plot_points points = {.y = y, .raw = scene->raw};
    struct bins bins = {.y = y};
    if (has_bins)
        bins.n = weir_plot_points(scene->hist, &points, scene->bin_x, scene->bin_value,
                                  scene->bin_weight);
    char label[LABEL_BYTES];
    char y_label[LABEL_BYTES];
    char y_more[LABEL_BYTES];
    struct weir_plot_axes axes = axes_of(scene, label);
    snprintf(y_label, sizeof y_label, "PDF of %s (per %s)", weir_plot_y_name(y),
             weir_hist_axis_unit_one(scene->x));
    snprintf(y_more, sizeof y_more, "Bins: fraction of %s", weir_plot_y_name(y));
    axes.y_label = y_label;
    axes.y_more = has_bins && scene->raw ? y_more : NULL;
    axes.log_y = true;
    axes.y = pdf_range(scene, y, bins.n);
    axes.key_beside = modes->labels;
    const struct component_view view = {.y = y,
                                        .lines = modes->components,
                                        .stack = modes->stack,
                                        .n_labels = modes->labels ? labels_of(scene, 1, 2) : 0,
                                        .floor = axes.y.lo};
    enum weir_status status = add_bins(scene, &bins, &axes, page, err);
    add_components(scene, &view, page);
    add_pdf_line(scene, y, page);
    bins.on_top = true;
    if (status == WEIR_OK)
        status = add_bins(scene, &bins, &axes, page, err);
    for (size_t m = 0; m < scene->n_models; m++)
        add_pdf_model(scene, m, y, page);
    weir_plot_page_panel(page, &axes);
    return status;
}

/* --- averages -------------------------------------------------------------------------------- */

/* Lines at the least and greatest average of a bin, and at that of all. They are as long as the
 * data or, where these would be too near, the axis. */
static void add_levels(const struct weir_plot_scene *scene, const struct weir_plot_range *axis,
                       const struct weir_plot_range *bins, struct weir_plot_page *page)
{
    const double *x = scene->lines->x;
    struct weir_plot_range ends = {x[0], x[scene->lines->n - 1]};
    if (log10(ends.hi / ends.lo) < NEAR)
        ends = *axis;
    const struct {
        const char *name, *dashes;
        double value;
    } levels[] = {
        {"maximum", "(2,2)", bins->hi},
        {"average", "(8,3)",
         scene->lines->sum[WEIR_PLOT_OCTETS] / scene->lines->sum[WEIR_PLOT_PACKETS]},
        {"minimum", "(2,6)", bins->lo},
    };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        char text[STYLE_BYTES];
        char title[LABEL_BYTES];
        snprintf(text, sizeof text, "%s of averages: x, value", levels[i].name);
        const int table = weir_plot_page_table(page, text);
        weir_plot_page_row(page, (const double[]){ends.lo, levels[i].value}, 2);
        weir_plot_page_row(page, (const double[]){ends.hi, levels[i].value}, 2);
        snprintf(text, sizeof text, "with lines linewidth 1.2 dashtype %s linecolor rgb '#505050'",
                 levels[i].dashes);
        snprintf(title, sizeof title, "%s %.1f", levels[i].name, levels[i].value);
        weir_plot_page_curve(page, table, "1:2", text, title);
    }
}

static void add_average_line(const struct weir_plot_scene *scene, enum weir_plot_y y,
                             enum weir_plot_y of, struct weir_plot_page *page)
{
    char text[STYLE_BYTES];
    const int data = weir_plot_page_table(page, "averages from the lines: x, average");
    for (size_t i = 0; i < scene->lines->n; i++)
        weir_plot_page_row(
            page,
            (const double[]){scene->lines->x[i], weir_plot_lines_average(scene->lines, y, of, i)},
            2);
    weir_plot_page_curve(page, data, "1:2", line_style(text, scene, y_colour[y]), "data");
}

static void add_average_models(const struct weir_plot_scene *scene, enum weir_plot_y y,
                               enum weir_plot_y of, struct weir_plot_page *page)
{
    char text[STYLE_BYTES];
    for (size_t m = 0; m < scene->n_models; m++) {
        const struct weir_plot_model *model = &scene->models[m];
        if (!model->has[y] || !model->has[of])
            continue;
        snprintf(text, sizeof text, "averages of model %zu: x, average", m + 1);
        const int table = weir_plot_page_table(page, text);
        for (size_t i = 0; i < scene->n_positions; i++) {
            const double x = scene->position[i];
            const double row[] = {x, weir_plot_model_average(model, y, of, x, scene->least)};
            weir_plot_page_row(page, row, 2);
        }
        weir_plot_page_curve(page, table, "1:2", model_style(text, m), model->label);
    }
}

static enum weir_status draw_average(const struct weir_plot_scene *scene,
                                     enum weir_plot_figure figure, struct weir_plot_page *page,
                                     struct weir_error *err)
{
    static const char *const labels[] = {
        [WEIR_PLOT_AVG_PACKETS] = "Average flow length (packets)",
        [WEIR_PLOT_AVG_OCTETS] = "Average flow size (bytes)",
        [WEIR_PLOT_AVG_PACKET_SIZE] = "Average packet size (bytes)",
    };
    const bool is_packet_size = figure == WEIR_PLOT_AVG_PACKET_SIZE;
    struct weir_plot_points points = {.averages = true};
    char label[LABEL_BYTES];
    struct weir_plot_axes axes = axes_of(scene, label);
    struct weir_plot_range range = {0, 0};
    find_average(figure, &points.y, &points.of);
    const size_t n =
        weir_plot_points(scene->hist, &points, scene->bin_x, scene->bin_value, scene->bin_weight);
    for (size_t i = 0; i < n; i++)
        extend(&range, scene->bin_value[i]);
    axes.y_label = labels[figure];
    axes.log_y = !is_packet_size;
    axes.y = is_packet_size ? (struct weir_plot_range){0, range.hi * (1 + MARGIN)} : widen(&range);
    const struct weir_plot_grid_request request = request_of(scene, n, axes.log_y);
    enum weir_status status = WEIR_OK;
    if (!request.is_few)
        status = weir_plot_grid_points(&request, &axes, page, err);
    add_average_line(scene, points.y, points.of, page);
    if (is_packet_size) /* an average that is the same everywhere would hide them */
        add_levels(scene, &axes.x, &range, page);
    if (request.is_few)
        status = weir_plot_grid_points(&request, &axes, page, err);
    add_average_models(scene, points.y, points.of, page);
    weir_plot_page_panel(page, &axes);
    return status;
}

/* --- pages ----------------------------------------------------------------------------------- */

static int n_panels_of(const struct weir_plot_scene *scene, enum weir_plot_figure figure)
{
    int n = figure == WEIR_PLOT_SINGLE ? 0 : 1;
    for (int part = 0; figure == WEIR_PLOT_SINGLE && part < WEIR_PLOT_AVG_PACKETS; part++)
        n += scene->parts[part];
    return n;
}

static enum weir_status draw_single(const struct weir_plot_scene *scene,
                                    struct weir_plot_page *page, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    if (scene->parts[WEIR_PLOT_CDF])
        draw_cdf(scene, page);
    for (int y = 0; y < WEIR_PLOT_N_Y && status == WEIR_OK; y++)
        if (scene->parts[WEIR_PLOT_PDF_FLOWS + y])
            status = draw_pdf(scene, (enum weir_plot_y)y, page, err);
    return status;
}

enum weir_status weir_plot_figure(const struct weir_plot_scene *scene, enum weir_plot_figure figure,
                                  struct weir_plot_page *page, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    weir_plot_page_begin(page, &scene->look, n_panels_of(scene, figure));
    switch (figure) {
    case WEIR_PLOT_CDF:
        draw_cdf(scene, page);
        break;
    case WEIR_PLOT_SINGLE:
        status = draw_single(scene, page, err);
        break;
    case WEIR_PLOT_PDF_FLOWS:
    case WEIR_PLOT_PDF_PACKETS:
    case WEIR_PLOT_PDF_OCTETS:
        status = draw_pdf(scene, (enum weir_plot_y)(figure - WEIR_PLOT_PDF_FLOWS), page, err);
        break;
    default:
        status = draw_average(scene, figure, page, err);
        break;
    }
    weir_plot_page_end(page);
    return status;
}
