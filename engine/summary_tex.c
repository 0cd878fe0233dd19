/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries as LaTeX tables. A summary of one histogram reads as flow-models': what a histogram
 * does not know is XXX there, for authors to fill in. */
#include "hist_axis.h"
#include "summary_print.h"

/* What a character is in running text. */
static const char *escape(char c)
{
    static const struct {
        char c;
        const char *text;
    } escapes[] = {
        {'\\', "\\textbackslash{}"},
        {'~', "\\textasciitilde{}"},
        {'^', "\\textasciicircum{}"},
        {'&', "\\&"},
        {'%', "\\%"},
        {'$', "\\$"},
        {'#', "\\#"},
        {'_', "\\_"},
        {'{', "\\{"},
        {'}', "\\}"},
    };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i].c == c)
            return escapes[i].text;
    return NULL;
}

static void add_title(struct weir_text *text, const char *title)
{
    for (const char *c = title; *c != '\0'; c++) {
        const char *escaped = escape(*c);
        if (escaped != NULL)
            weir_text_add(text, "%s", escaped);
        else
            weir_text_add(text, "%c", (unsigned char)*c < ' ' || *c == 127 ? ' ' : *c);
    }
}

/* `n` columns of numbers behind one of labels; `units`: and one of units behind those. */
static void begin(struct weir_text *text, size_t n, bool units)
{
    weir_text_add(text, "\\begin{tabular}{@{}l");
    for (size_t i = 0; i < n + units; i++)
        weir_text_add(text, "r");
    weir_text_add(text, "@{}}\n\\toprule\n");
}

static void end(struct weir_text *text)
{
    weir_text_add(text, "\\bottomrule\n\\end{tabular}\n\n\n");
}

static void end_row(struct weir_text *text, const char *unit)
{
    weir_text_add(text, " & %s%s\\\\\n", unit, unit[0] == '\0' ? "" : " ");
}

/* A row about how flows were recorded. */
static void add_setting(const struct weir_summary *summary, struct weir_text *text,
                        const char *label, const char *value, const char *unit)
{
    weir_text_add(text, "\\textbf{%s}", label);
    for (size_t i = 0; i < summary->n_columns; i++)
        weir_text_add(text, " & %s", value);
    end_row(text, unit);
}

static void add_facts(const struct weir_summary *summary, struct weir_text *text)
{
    char value[WEIR_SUMMARY_CELL];
    begin(text, summary->n_columns, true);
    weir_text_add(text, "\\textbf{Dataset name}");
    for (size_t i = 0; i < summary->n_columns; i++) {
        weir_text_add(text, " & ");
        add_title(text, summary->titled ? summary->column[i].title : "XXX");
    }
    end_row(text, "");
    add_setting(summary, text, "Exporter", "XXX", "");
    add_setting(summary, text, "L2 technology", "XXX", "");
    add_setting(summary, text, "Sampling rate", "none", "");
    add_setting(summary, text, "Active timeout", "XXX", "seconds");
    add_setting(summary, text, "Inactive timeout", "XXX", "seconds");
    weir_text_add(text, "\\midrule\n");
    for (size_t f = 0; f < WEIR_SUMMARY_N_FACTS; f++) {
        if (!weir_summary_shows_fact(summary, f))
            continue;
        weir_text_add(text, "\\textbf{%s}", weir_summary_facts[f].label);
        for (size_t i = 0; i < summary->n_columns; i++)
            weir_text_add(text, " & %s", weir_summary_fact_text(summary, i, f, value));
        end_row(text, weir_summary_facts[f].unit);
    }
    end(text);
}

/* Two rows above numbers of flows, packets and octets for each histogram. The name of x is between
 * `before` and `after` over the first column, `of` over the others; where there are several
 * histograms, behind their titles. */
static void add_heading(const struct weir_summary *summary, struct weir_text *text,
                        const char *before, const char *after, const char *of)
{
    begin(text, summary->n_columns * WEIR_SUMMARY_N_Y, false);
    weir_text_add(text, "\\textbf{%s%s%s}", before, weir_hist_axis_name(summary->x), after);
    for (size_t i = 0; i < summary->n_columns; i++) {
        weir_text_add(text, " & \\multicolumn{3}{c}{\\textbf{");
        if (summary->n_columns > 1)
            add_title(text, summary->column[i].title);
        weir_text_add(text, "%s%s}}", summary->n_columns > 1 ? ": " : "", of);
    }
    weir_text_add(text, " \\\\\n");
    for (size_t i = 0; i < summary->n_columns; i++)
        weir_text_add(text, "%s\\cmidrule(lr){%zu-%zu}", i == 0 ? "" : " ", 3 * i + 2, 3 * i + 4);
    weir_text_add(text, "\n\\multicolumn{1}{c}{(%s)}", weir_hist_axis_unit(summary->x));
    for (size_t i = 0; i < summary->n_columns; i++)
        for (size_t y = 0; y < WEIR_SUMMARY_N_Y; y++)
            weir_text_add(text, " & of %s", weir_summary_y[y]);
    weir_text_add(text, " \\\\\n\\midrule\n");
}

static void add_shares(const struct weir_summary *summary, struct weir_text *text)
{
    char value[WEIR_SUMMARY_CELL];
    add_heading(summary, text, "Flows of ", " up to",
                summary->n_columns > 1 ? "\\%" : "Make up \\%");
    for (size_t p = 0; p < WEIR_SUMMARY_N_POINTS; p++) {
        weir_text_add_u128(text, weir_summary_point(summary, p));
        for (size_t i = 0; i < summary->n_columns; i++)
            for (size_t y = 0; y < WEIR_SUMMARY_N_Y; y++)
                weir_text_add(text, " & %s", weir_summary_percent_text(summary, i, p, y, value));
        weir_text_add(text, " \\\\\n");
    }
    end(text);
}

static void add_quantiles(const struct weir_summary *summary, struct weir_text *text)
{
    char value[WEIR_SUMMARY_CELL];
    add_heading(summary, text, "Quantile of ", "", summary->n_columns > 1 ? "up to" : "Up to");
    for (size_t l = 0; l < summary->n_levels; l++) {
        weir_text_add(text, "%s", weir_summary_level_text(summary, l, value));
        for (size_t i = 0; i < summary->n_columns; i++)
            for (size_t y = 0; y < WEIR_SUMMARY_N_Y; y++)
                weir_text_add(text, " & %s", weir_summary_quantile_text(summary, i, l, y, value));
        weir_text_add(text, " \\\\\n");
    }
    end(text);
}

void weir_summary_print_tex(const struct weir_summary *summary, struct weir_text *text)
{
    add_facts(summary, text);
    add_shares(summary, text);
    if (summary->n_levels > 0)
        add_quantiles(summary, text);
}
