/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir plot: figures of a histogram and of models of it, drawn by gnuplot. */
#include "command.h"
#include "hist_axis.h"
#include "hist_combine.h"
#include "log.h"
#include "number.h"
#include "plot_figure.h"
#include "plot_files.h"

#include <stddef.h>
#include <string.h>

struct plot_params {
    struct weir_scan_params scan; /* operands and --output only */
    int x;                        /* enum weir_hist_x */
    bool x_given;
    struct weir_words y, figures, pdf_modes, cdf_modes;
    int format; /* enum weir_plot_format */
    bool single, raw, scripts;
    const char *size;
    int64_t dpi;
};

struct plot_state {
    struct weir_step *step;
    struct weir_words hists; /* operands: csv_hist files */
    size_t n_models;
    struct weir_plot_model *models;
    const char **word; /* all operands, histograms first, then models */
    struct weir_hist hist;
    struct weir_plot_lines lines;
    bool wanted[WEIR_PLOT_N_Y];
    bool parts[WEIR_PLOT_AVG_PACKETS]; /* of the single figure */
    struct weir_plot_scene scene;
    struct weir_plot_files *files;
    enum weir_plot_figure figure[WEIR_PLOT_N_FIGURES];
    size_t n_figures;
};

#define LABELLED_MM     110 /* least width of a picture with labels of components */
#define COMPONENT_MODES "comp|comp_stack|comp_labels"

static const struct weir_option plot_rows[] = {
    {.name = "output",
     .letter = 'O',
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct plot_params, scan.output),
     .initial = ".",
     .value = "DIR",
     .help = "directory for the pictures, one file per figure"},
    {.name = "format",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct plot_params, format),
     .initial = "png",
     .choices = WEIR_PLOT_FORMATS,
     .value = "FORMAT",
     .help = "format of the pictures; none: scripts and tables alone, for which gnuplot is not "
             "needed"},
    {.name = "figures",
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct plot_params, figures),
     .value = "FIGURE...",
     .help = "draw these only, of cdf, pdf-flows, pdf-packets, pdf-octets, avg-packets, "
             "avg-octets, avg-packet_size; all that the histogram allows when not given"},
    {.name = "single",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct plot_params, single),
     .help = "put the cdf and the pdfs, or those of them that --figures names, into one picture, "
             "called single"},
    {.name = "y-value",
     .letter = 'y',
     .kind = WEIR_OPTION_LIST,
     .offset = offsetof(struct plot_params, y),
     .initial = "flows,packets,octets",
     .value = "Y...",
     .help = "draw figures of these sums only; one of them where a model is a file"},
    {.name = "pdf-mode",
     .letter = 'P',
     .kind = WEIR_OPTION_APPEND,
     .offset = offsetof(struct plot_params, pdf_modes),
     .choices = "points|hist|kde|" COMPONENT_MODES,
     .value = "MODE",
     .help = "draw into pdfs, too: points of bins, their histogram or kernel density in two "
             "dimensions, or the components of the model as lines, as a stack, with labels"},
    {.name = "cdf-mode",
     .letter = 'C',
     .kind = WEIR_OPTION_APPEND,
     .offset = offsetof(struct plot_params, cdf_modes),
     .choices = COMPONENT_MODES,
     .value = "MODE",
     .help = "draw components into the cdf, likewise"},
    {.name = "no-normalize",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct plot_params, raw),
     .help = "show bins in pdfs as fractions of the sum, not per unit of x"},
    {.name = "script",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct plot_params, scripts),
     .help = "keep the scripts for gnuplot and their tables beside the pictures, to be edited: "
             "FIGURE.gp and FIGURE.dat"},
    {.name = "size",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct plot_params, size),
     .initial = "120x80",
     .value = "WxH",
     .help = "width and height of a picture in mm, from 80x60 to 1000x1000; of --single those of a "
             "part"},
    {.name = "dpi",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct plot_params, dpi),
     .initial = "200",
     .least = 50,
     .most = 1200,
     .value = "N",
     .help = "dots per inch of PNG"},
    {.name = "x-value",
     .letter = 'x',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct plot_params, x),
     .initial = "length",
     .given_offset = offsetof(struct plot_params, x_given),
     .choices = "length|size|duration|rate",
     .help = "what the bins are bins of; found out when not given"},
    {.name = "fft", .kind = WEIR_OPTION_IGNORED, .help = "accepted for compatibility"},
    {0},
};

static const struct weir_option_group plot_options = {.title = "Plot", .rows = plot_rows};

static const struct plot_params *plot_params(const struct plot_state *plot)
{
    return plot->step->params;
}

/* --- before anything is read ----------------------------------------------------------------- */

static enum weir_status find_wanted(struct plot_state *plot, struct weir_error *err)
{
    const struct weir_words *words = &plot_params(plot)->y;
    for (size_t i = 0; i < words->n; i++) {
        int y = 0;
        while (y < WEIR_PLOT_N_Y &&
               strcmp(words->word[i], weir_plot_y_name((enum weir_plot_y)y)) != 0)
            y++;
        if (y == WEIR_PLOT_N_Y)
            return weir_error_set(err, WEIR_USAGE,
                                  "--y-value: expected flows, packets or octets, but found \"%s\"",
                                  words->word[i]);
        plot->wanted[y] = true;
    }
    return WEIR_OK;
}

static bool has_mode(const struct weir_words *modes, const char *mode)
{
    for (size_t i = 0; i < modes->n; i++)
        if (strcmp(modes->word[i], mode) == 0)
            return true;
    return false;
}

/* Labels alone label lines. */
static struct weir_plot_modes modes_of(const struct plot_params *params)
{
    const struct weir_words *pdf = &params->pdf_modes;
    const struct weir_words *cdf = &params->cdf_modes;
    struct weir_plot_modes modes = {
        .points = has_mode(pdf, "points"),
        .hist = has_mode(pdf, "hist"),
        .kde = has_mode(pdf, "kde"),
        .stack = has_mode(pdf, "comp_stack"),
        .labels = has_mode(pdf, "comp_labels"),
        .cdf_stack = has_mode(cdf, "comp_stack"),
        .cdf_labels = has_mode(cdf, "comp_labels"),
    };
    modes.components = has_mode(pdf, "comp") || (modes.labels && !modes.stack);
    modes.cdf_components = has_mode(cdf, "comp") || (modes.cdf_labels && !modes.cdf_stack);
    return modes;
}

static enum weir_status parse_size(const char *text, struct weir_plot_look *look,
                                   struct weir_error *err)
{
    const char *times = strchr(text, 'x');
    uint64_t width = 0;
    uint64_t height = 0;
    if (times == NULL || !weir_number_parse_u64(text, (size_t)(times - text), &width) ||
        !weir_number_parse_u64(times + 1, strlen(times + 1), &height) || width < 80 ||
        width > 1000 || height < 60 || height > 1000)
        return weir_error_set(
            err, WEIR_USAGE,
            "--size: expected a width and a height in mm from 80x60 to 1000x1000, such "
            "as 120x80, but found \"%s\"",
            text);
    look->width_mm = (double)width;
    look->height_mm = (double)height;
    return WEIR_OK;
}

static enum weir_status check_figures(const struct plot_params *params, struct weir_error *err)
{
    for (size_t i = 0; i < params->figures.n; i++) {
        int f = 0;
        while (f < WEIR_PLOT_SINGLE && strcmp(params->figures.word[i],
                                              weir_plot_figure_name((enum weir_plot_figure)f)) != 0)
            f++;
        if (f == WEIR_PLOT_SINGLE)
            return weir_error_set(err, WEIR_USAGE,
                                  "--figures: expected some of cdf, pdf-flows, pdf-packets, "
                                  "pdf-octets, avg-packets, avg-octets, avg-packet_size, but found "
                                  "\"%s\"",
                                  params->figures.word[i]);
    }
    return WEIR_OK;
}

static bool is_asked_for(const struct plot_params *params, enum weir_plot_figure figure)
{
    return params->figures.n == 0 || has_mode(&params->figures, weir_plot_figure_name(figure));
}

/* Panels of the largest picture, if the histogram has what is asked for. */
static int most_panels(const struct plot_state *plot)
{
    int n = 0;
    for (int f = 0; plot_params(plot)->single && f < WEIR_PLOT_AVG_PACKETS; f++)
        n += is_asked_for(plot_params(plot), (enum weir_plot_figure)f) &&
             (f == WEIR_PLOT_CDF || plot->wanted[f - WEIR_PLOT_PDF_FLOWS]);
    return n > 1 ? n : 1;
}

static enum weir_status check_size(const struct plot_state *plot, struct weir_error *err)
{
    const struct plot_params *params = plot_params(plot);
    const struct weir_plot_look *look = &plot->scene.look;
    const struct weir_plot_modes *modes = &plot->scene.modes;
    const long dots = weir_plot_page_dots(look, most_panels(plot));
    if ((modes->labels || modes->cdf_labels) && look->width_mm < LABELLED_MM)
        return weir_error_set(err, WEIR_USAGE,
                              "--size: expected a width of at least %d mm, because labels of "
                              "components stand beside the curves, but found %s",
                              LABELLED_MM, params->size);
    if (dots > WEIR_PLOT_DOTS_MAX)
        return weir_error_set(
            err, WEIR_USAGE,
            "--size, --dpi: expected a PNG of at most %d dots a side, but found %ld; "
            "--format pdf has no such limit",
            WEIR_PLOT_DOTS_MAX, dots);
    return WEIR_OK;
}

static enum weir_status plot_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct plot_params *params = step->params;
    struct plot_state *plot = weir_mem_zalloc(&step->run->mem, 1, sizeof *plot);
    if (plot == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    plot->step = step;
    step->state = plot;
    weir_hist_init(&plot->hist, &step->run->mem);
    plot->scene = (struct weir_plot_scene){
        .hist = &plot->hist,
        .lines = &plot->lines,
        .wanted = plot->wanted,
        .parts = plot->parts,
        .modes = modes_of(params),
        .raw = params->raw,
        .look = {.format = (enum weir_plot_format)params->format, .dpi = (unsigned)params->dpi},
        .ops = step->run->kernels.em_mixture,
        .n_threads = step->run->n_threads,
        .mem = &step->run->mem};
    enum weir_status status = find_wanted(plot, err);
    if (status == WEIR_OK && plot->scene.modes.hist && plot->scene.modes.kde)
        status = weir_error_set(err, WEIR_USAGE,
                                "-P: expected either hist or kde, whose colours mean different "
                                "things, but found both");
    if (status == WEIR_OK)
        status = check_figures(params, err);
    if (status == WEIR_OK)
        status = parse_size(params->size, &plot->scene.look, err);
    if (status == WEIR_OK)
        status = check_size(plot, err);
    return status;
}

/* --- reading --------------------------------------------------------------------------------- */

/* Tells histograms and models among the operands apart. */
static enum weir_status sort_operands(struct plot_state *plot, struct weir_error *err)
{
    const struct weir_words *paths = &plot_params(plot)->scan.paths;
    struct weir_mem *mem = &plot->step->run->mem;
    plot->word = weir_mem_zalloc(mem, paths->n, sizeof *plot->word);
    plot->models = weir_mem_zalloc(mem, paths->n, sizeof *plot->models);
    if (plot->word == NULL || plot->models == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    plot->hists.word = plot->word;
    for (size_t i = 0; i < paths->n; i++)
        if (weir_plot_model_is(paths->word[i]))
            weir_plot_model_init(&plot->models[plot->n_models++], paths->word[i], mem);
        else
            plot->word[plot->hists.n++] = paths->word[i];
    if (plot->hists.n == 0)
        return weir_error_set(err, WEIR_USAGE,
                              "expected a histogram, a csv_hist file, but found models alone");
    return WEIR_OK;
}

static enum weir_status check_components(const struct plot_state *plot, struct weir_error *err)
{
    const struct weir_plot_modes *modes = &plot->scene.modes;
    const bool pdf = modes->components || modes->stack;
    if ((!pdf && !modes->cdf_components && !modes->cdf_stack) || plot->n_models == 1)
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE,
                          "-%c comp...: expected one model, whose components are shown, but found "
                          "%zu",
                          pdf ? 'P' : 'C', plot->n_models);
}

static enum weir_status find_x(struct plot_state *plot, struct weir_error *err)
{
    const struct plot_params *params = plot_params(plot);
    enum weir_hist_x *x = &plot->scene.x;
    *x = (enum weir_hist_x)params->x;
    if (params->x_given && weir_hist_axis_contradicts(&plot->hist, *x))
        weir_log(WEIR_LOG_WARNING,
                 "%s: bins are taken as those of %s, but its means lie outside of them",
                 plot->word[0], weir_hist_axis_name(*x));
    if (params->x_given || weir_hist_axis_detect(&plot->hist, x))
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE,
                          "%s: expected bins with means of packets, octets, duration or rate "
                          "within their edges, but found others: tell with --x-value what x is",
                          plot->word[0]);
}

static enum weir_status read_inputs(struct plot_state *plot, struct weir_error *err)
{
    enum weir_status status = sort_operands(plot, err);
    if (status == WEIR_OK)
        status = weir_hist_combine(plot->hists.word, plot->hists.n, false, 0, &plot->hist, err);
    /* After reading: a model that is missing was taken for a histogram, and is told as missing. */
    if (status == WEIR_OK)
        status = check_components(plot, err);
    if (status == WEIR_OK)
        status = find_x(plot, err);
    if (status != WEIR_OK)
        return status;
    weir_plot_lines_init(&plot->lines, &plot->hist);
    if (plot->lines.n == 0)
        return weir_error_set(err, WEIR_FORMAT, "%s: expected bins with x above 0, but found %s",
                              plot->word[0], plot->hist.n_bins == 0 ? "none" : "one at 0 alone");
    if (plot->hist.bin_lo[0] == 0)
        weir_log(WEIR_LOG_NOTE, "the bin at 0 counts in all fractions, but is not shown: axes are "
                                "logarithmic");
    for (size_t i = 0; i < plot->n_models && status == WEIR_OK; i++)
        status = weir_plot_model_read(&plot->models[i], plot->wanted, &plot->lines, err);
    weir_plot_model_label(plot->models, plot->n_models);
    plot->scene.models = plot->models;
    plot->scene.n_models = plot->n_models;
    return status == WEIR_OK ? weir_plot_scene_init(&plot->scene, err) : status;
}

/* --- figures --------------------------------------------------------------------------------- */

/* --single takes the place of the figures that it holds. */
static enum weir_status choose_figures(struct plot_state *plot, struct weir_error *err)
{
    const struct plot_params *params = plot_params(plot);
    bool single = false;
    for (int f = 0; f < WEIR_PLOT_SINGLE; f++) {
        const enum weir_plot_figure figure = (enum weir_plot_figure)f;
        if (!is_asked_for(params, figure))
            continue;
        if (!weir_plot_figure_is_possible(&plot->scene, figure)) {
            if (params->figures.n == 0)
                continue;
            return weir_error_set(err, WEIR_FORMAT,
                                  "--figures %s: expected sums of its y above 0, and --y-value to "
                                  "name it",
                                  weir_plot_figure_name(figure));
        }
        if (params->single && figure < WEIR_PLOT_AVG_PACKETS)
            single = plot->parts[figure] = true;
        else
            plot->figure[plot->n_figures++] = figure;
    }
    if (single)
        plot->figure[plot->n_figures++] = WEIR_PLOT_SINGLE;
    return plot->n_figures > 0
               ? WEIR_OK
               : weir_error_set(err, WEIR_FORMAT,
                                "%s: expected sums above 0, but found nothing to plot",
                                plot->word[0]);
}

static enum weir_status create_files(struct plot_state *plot, struct weir_error *err)
{
    const struct plot_params *params = plot_params(plot);
    struct weir_plot_files_request request = {.directory = params->scan.output,
                                              .n_figures = plot->n_figures,
                                              .format = (enum weir_plot_format)params->format,
                                              .scripts = params->scripts ||
                                                         params->format == WEIR_PLOT_NONE,
                                              .sync = plot->step->run->sync,
                                              .mem = &plot->step->run->mem};
    for (size_t i = 0; i < plot->n_figures; i++)
        request.name[i] = weir_plot_figure_name(plot->figure[i]);
    return weir_plot_files_create(&request, &plot->files, err);
}

static enum weir_status make_figure(const struct plot_state *plot, size_t i, struct weir_error *err)
{
    struct weir_plot_page page;
    weir_plot_page_init(&page, weir_plot_figure_name(plot->figure[i]), &plot->step->run->mem);
    enum weir_status status = weir_plot_figure(&plot->scene, plot->figure[i], &page, err);
    if (status == WEIR_OK)
        status = weir_plot_files_add(plot->files, i, &page, err);
    weir_plot_page_release(&page);
    return status;
}

static enum weir_status plot_combine(struct weir_step *step, bool *done, struct weir_report *report,
                                     struct weir_error *err)
{
    struct plot_state *plot = step->state;
    *done = true;
    report->combined = "plotted";
    report->row_name = "figures";
    report->n_inputs = plot_params(plot)->scan.paths.n;
    enum weir_status status = read_inputs(plot, err);
    if (status == WEIR_OK)
        status = choose_figures(plot, err);
    if (status == WEIR_OK)
        status = create_files(plot, err);
    for (size_t i = 0; i < plot->n_figures && status == WEIR_OK; i++)
        status = make_figure(plot, i, err);
    if (status == WEIR_OK)
        status = weir_plot_files_draw(plot->files, err);
    if (status == WEIR_OK)
        status = weir_plot_files_commit(plot->files, &report->bytes_written, err);
    report->rows_written = plot->n_figures;
    return status;
}

static void plot_release(struct weir_step *step)
{
    struct plot_state *plot = step->state;
    if (plot == NULL)
        return;
    struct weir_mem *mem = &step->run->mem;
    weir_plot_files_free(plot->files);
    weir_plot_scene_release(&plot->scene);
    for (size_t i = 0; i < plot->n_models; i++)
        weir_plot_model_release(&plot->models[i]);
    weir_mem_free(mem, plot->models);
    weir_mem_free(mem, plot->word);
    weir_hist_release(&plot->hist);
    weir_mem_free(mem, plot);
    step->state = NULL;
}

const struct weir_command weir_command_plot = {
    .name = "plot",
    .summary = "draw histograms and models of them",
    .description =
        "Reads a histogram, csv_hist files that are added up, and draws it with gnuplot: the cdf, "
        "the pdfs of flows, packets and octets, and averages. Operands that are directories are "
        "models, which hold flows.json, packets.json and octets.json as weir fit writes them, and "
        "are drawn over it; with one y, a file named .json is a model too.\n"
        "\n"
        "The thick line of a pdf is the difference quotient of the cdf, which is taken at lower "
        "edges of bins and linear between them, at 128 places; it begins with the share of the "
        "first "
        "bin above 0 divided by its width. Points (-P points) are bins: their share divided by the "
        "distance to the next bin. Models give probabilities of whole numbers "
        "below 1024, and densities from there on.\n"
        "\n"
        "--script keeps what gnuplot is told, to be edited and drawn again: gnuplot FIGURE.gp.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir plot --format pdf -P points -O figures length.csv mixtures/length",
    .options = {.groups = {&plot_options}},
    .params_bytes = sizeof(struct plot_params),
    .reads_histograms = true,
    .reads_models = true,
    .reads_no_records = true,
    .writes_directory = true,
    .prepare = plot_prepare,
    .combine = plot_combine,
    .release = plot_release,
};
