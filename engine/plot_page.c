/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts and tables for gnuplot 5.2 and later. Everything that terminals and locales could choose
 * for themselves is set. */
#include "plot_page.h"

#include <math.h>
#include <string.h>

#define MM_PER_INCH   25.4
#define POINTS        9    /* size of letters */
#define SMALL_POINTS  7    /* in a key beside */
#define ROW_MM        3.2  /* height of its rows */
#define AROUND_KEY_MM 22.0 /* above and below it */
#define SVG_DPI       96   /* of the units of SVG */
#define TITLE_MAX     36   /* bytes of an entry of the key */

/* Widths: around a panel, of a bar of colours, of a key beside, of a label of x with its room. */
#define AROUND_MM  25.0
#define COLOURS_MM 22.0
#define KEY_MM     40.0
#define LABEL_MM   7.0

const char *weir_plot_format_suffix(enum weir_plot_format format)
{
    static const char *const suffixes[] = {
        [WEIR_PLOT_PNG] = ".png", [WEIR_PLOT_PDF] = ".pdf", [WEIR_PLOT_SVG] = ".svg"};
    return format == WEIR_PLOT_NONE ? NULL : suffixes[format];
}

void weir_plot_page_init(struct weir_plot_page *page, const char *name, struct weir_mem *mem)
{
    *page = (struct weir_plot_page){.name = name};
    weir_text_init(&page->script, mem);
    weir_text_init(&page->data, mem);
    weir_text_init(&page->curves, mem);
}

void weir_plot_page_release(struct weir_plot_page *page)
{
    weir_text_release(&page->script);
    weir_text_release(&page->data);
    weir_text_release(&page->curves);
}

/* Bytes of the UTF-8 sequence at `text`, 0 when there is none. */
static size_t sequence_length(const unsigned char *text)
{
    const size_t n = text[0] < 0x80   ? 1
                     : text[0] < 0xC2 ? 0
                     : text[0] < 0xE0 ? 2
                     : text[0] < 0xF0 ? 3
                     : text[0] < 0xF5 ? 4
                                      : 0;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

/* Quotes are doubled; what is no text is '?'. Of long text the end, which tells paths apart. */
static void add_quoted(struct weir_text *text, const char *value)
{
    size_t length = strlen(value);
    while (length > 1 && value[length - 1] == '/')
        length--;
    const char *end = value + length;
    const char *at = value;
    if (length > TITLE_MAX) {
        at = end - TITLE_MAX + 3;
        while (((unsigned char)*at & 0xC0) == 0x80)
            at++;
    }
    weir_text_add(text, at == value ? "'" : "'...");
    while (at < end) {
        const size_t n = sequence_length((const unsigned char *)at);
        if (*at == '\'')
            weir_text_add(text, "''");
        else if (n == 0 || (unsigned char)*at < 0x20 || *at == 0x7F)
            weir_text_add(text, "?");
        else
            weir_text_add(text, "%.*s", (int)n, at);
        at += n == 0 ? 1 : n;
    }
    weir_text_add(text, "'");
}

size_t weir_plot_page_key_rows(const struct weir_plot_look *look)
{
    return (size_t)((look->height_mm - AROUND_KEY_MM) / ROW_MM);
}

static int pixels(double mm, double dpi)
{
    return (int)lrint(mm / MM_PER_INCH * dpi);
}

/* Pages of several panels have two columns. */
static int columns_of(int n_panels)
{
    return n_panels > 1 ? 2 : 1;
}

static int rows_of(int n_panels)
{
    return n_panels > 2 ? 2 : 1;
}

long weir_plot_page_dots(const struct weir_plot_look *look, int n_panels)
{
    if (look->format != WEIR_PLOT_PNG)
        return 0;
    return pixels(fmax(look->width_mm * columns_of(n_panels), look->height_mm * rows_of(n_panels)),
                  look->dpi);
}

/* Terminals of cairo measure letters in points of 1/72 inch, and take PNG to have 96 dots to the
 * inch of paper and pdf half of what they are told. */
static void add_terminal(struct weir_plot_page *page, const struct weir_plot_look *look,
                         double width_mm, double height_mm)
{
    struct weir_text *script = &page->script;
    const double scale = look->dpi / (double)SVG_DPI;
    switch (look->format) {
    case WEIR_PLOT_PNG:
        weir_text_add(script,
                      "set terminal pngcairo enhanced size %d,%d font 'Sans,%d' fontscale %.4g "
                      "linewidth %.4g pointscale %.4g background '#ffffff'\n",
                      pixels(width_mm, look->dpi), pixels(height_mm, look->dpi), POINTS, scale,
                      scale, scale);
        break;
    case WEIR_PLOT_PDF:
        weir_text_add(script,
                      "set terminal pdfcairo enhanced size %.4gcm,%.4gcm font 'Sans,%d' "
                      "fontscale 1 linewidth 1 pointscale 1 background '#ffffff'\n",
                      width_mm / 10, height_mm / 10, POINTS);
        break;
    case WEIR_PLOT_SVG:
        weir_text_add(script,
                      "set terminal svg enhanced size %d,%d font 'Sans,%d' fontscale 1 linewidth "
                      "1 background '#ffffff'\n",
                      pixels(width_mm, SVG_DPI), pixels(height_mm, SVG_DPI), POINTS * SVG_DPI / 72);
        break;
    case WEIR_PLOT_NONE:
        return;
    }
    weir_text_add(script, "set output '%s%s'\n", page->name, weir_plot_format_suffix(look->format));
}

void weir_plot_page_begin(struct weir_plot_page *page, const struct weir_plot_look *look,
                          int n_panels)
{
    const int n_columns = columns_of(n_panels);
    const int n_rows = rows_of(n_panels);
    page->n_panels = n_panels;
    page->width_mm = look->width_mm;
    page->height_mm = look->height_mm;
    page->font_dpi = look->format == WEIR_PLOT_SVG ? SVG_DPI : 72;
    weir_text_add(&page->script,
                  "# %s: draw it again with gnuplot %s.gp\n"
                  "reset session\n"
                  "set encoding utf8\n",
                  page->name, page->name);
    add_terminal(page, look, look->width_mm * n_columns, look->height_mm * n_rows);
    weir_text_add(&page->script, "set decimalsign '.'\n"
                                 "set datafile separator whitespace\n"
                                 "set border 31 linewidth 0.6 linecolor rgb '#404040'\n"
                                 "set tics front scale 0.8,0.4 textcolor rgb '#000000'\n"
                                 "set grid xtics ytics linetype 1 linewidth 0.4 linecolor rgb "
                                 "'#d8d8d8'\n"
                                 "set palette defined (0 '#dedede', 1 '#606060')\n");
    if (n_panels > 1)
        weir_text_add(&page->script, "set multiplot layout %d,%d\n", n_rows, n_columns);
}

int weir_plot_page_table(struct weir_plot_page *page, const char *comment)
{
    weir_text_add(&page->data, "%s# %d: %s\n", page->n_tables == 0 ? "" : "\n\n", page->n_tables,
                  comment);
    return page->n_tables++;
}

void weir_plot_page_row(struct weir_plot_page *page, const double *value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(value[i]))
            weir_text_add(&page->data, "%s%.15g", i == 0 ? "" : " ", value[i]);
        else
            weir_text_add(&page->data, i == 0 ? "NaN" : " NaN");
    weir_text_add(&page->data, "\n");
}

static void add_title(struct weir_text *text, const char *style, const char *title)
{
    weir_text_add(text, " %s ", style);
    if (title == NULL) {
        weir_text_add(text, "notitle");
        return;
    }
    weir_text_add(text, "title ");
    add_quoted(text, title);
}

static void separate(struct weir_plot_page *page)
{
    weir_text_add(&page->curves, page->n_curves++ == 0 ? "plot \\\n    " : ", \\\n    ");
}

void weir_plot_page_curve(struct weir_plot_page *page, int table, const char *columns,
                          const char *style, const char *title)
{
    separate(page);
    weir_text_add(&page->curves, "'%s.dat' index %d using %s", page->name, table, columns);
    add_title(&page->curves, style, title);
}

void weir_plot_page_entry(struct weir_plot_page *page, const char *style, const char *title)
{
    separate(page);
    weir_text_add(&page->curves, "keyentry");
    add_title(&page->curves, style, title);
}

static void add_range(struct weir_text *text, const char *axis, const struct weir_plot_range *range)
{
    weir_text_add(text, "set %srange [%.10g:%.10g]\n", axis, range->lo, range->hi);
}

/* Decades between labels of a logarithmic axis of `length_mm`, each of which takes `label_mm`. */
static int label_step(const struct weir_plot_range *range, double length_mm, double label_mm)
{
    const double room = fmax(length_mm, label_mm) / label_mm;
    return (int)ceil(fmax(log10(range->hi / range->lo) / room, 1));
}

/* A logarithmic axis with labels `step` decades apart. The first one is told: gnuplot would count
 * decades from the end of the range, whatever number that is. Where labels are decades apart, small
 * ticks are at decades, which gnuplot would not do by itself. Colours do without: beside such
 * ticks, gnuplot 5.4 leaves out the last label. */
static void add_log_axis(struct weir_text *script, const char *axis,
                         const struct weir_plot_range *range, int step)
{
    const int first = (int)floor(log10(range->lo) / step) * step;
    weir_text_add(script,
                  "set logscale %s 10\n"
                  "set format %s '10^{%%L}'\n"
                  "set %stics 1e%d,1e%d enhanced\n",
                  axis, axis, axis, first, step);
    weir_text_add(script, step > 1 ? "unset m%stics\n" : "set m%stics 10\n", axis);
    const bool has_small = step > 1 && strcmp(axis, "cb") != 0;
    for (int e = first; has_small && e <= log10(range->hi); e++)
        if (e % step != 0 && e >= log10(range->lo))
            weir_text_add(script, "set %stics add ('' 1e%d 1)\n", axis, e);
    add_range(script, axis, range);
}

/* For labels of x there may be little room beside colours and a key. */
static double width_of_x(const struct weir_plot_page *page, const struct weir_plot_axes *axes)
{
    return page->width_mm - AROUND_MM - (axes->cb_label != NULL ? COLOURS_MM : 0) -
           (axes->key_beside ? KEY_MM : 0);
}

void weir_plot_page_panel(struct weir_plot_page *page, const struct weir_plot_axes *axes)
{
    struct weir_text *script = &page->script;
    const double height_mm = page->height_mm - AROUND_KEY_MM;
    /* A key beside has letters smaller than others, and so have colours, which stand between. */
    const int small = (axes->key_beside ? SMALL_POINTS : POINTS) * page->font_dpi / 72;
    weir_text_add(script, "set key %s Left reverse noenhanced samplen 2.5 spacing 1.1 font ',%d'\n",
                  axes->key_beside ? "rmargin top vertical maxcols 1" : "tmargin center horizontal",
                  small);
    weir_text_add(script, "set ylabel '%s'", axes->y_label);
    if (axes->y_more != NULL)
        weir_text_add(script, ".\"\\n\".'%s'", axes->y_more);
    weir_text_add(script, "\nset xlabel '%s'\n", axes->x_label);
    add_log_axis(script, "x", &axes->x, label_step(&axes->x, width_of_x(page, axes), LABEL_MM));
    if (axes->log_y) {
        add_log_axis(script, "y", &axes->y, label_step(&axes->y, height_mm, ROW_MM * 1.5));
    } else {
        weir_text_add(script, "unset logscale y\n"
                              "set format y '%%g'\n"
                              "set ytics autofreq noenhanced\n"
                              "unset mytics\n");
        add_range(script, "y", &axes->y);
    }
    if (axes->cb_label != NULL) {
        weir_text_add(script, "set cblabel '%s' offset %s,0 font ',%d'\nset cbtics font ',%d'\n",
                      axes->cb_label, axes->key_beside ? "0.4" : "0.8", small, small);
        add_log_axis(script, "cb", &axes->cb, label_step(&axes->cb, height_mm, ROW_MM * 1.5));
    }
    weir_text_add(script, "%.*s\n", (int)page->curves.n, page->curves.bytes);
    page->curves.n = 0;
    page->n_curves = 0;
}

void weir_plot_page_end(struct weir_plot_page *page)
{
    weir_text_add(&page->script,
                  page->n_panels > 1 ? "unset multiplot\nset output\n" : "set output\n");
    page->script.failed = page->script.failed || page->curves.failed;
}
