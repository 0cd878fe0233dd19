/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of qualities: one list of measures for all formats. */
#include "quality_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define N_MEASURES    WEIR_FIT_N_MEASURES
#define CELL_CAPACITY 64
#define FIXED_BELOW   1e15 /* beyond, decimals mean nothing */
#define SHORT         (-1) /* decimals: three digits that count */
#define Y_TITLE       "y"
#define MIXTURE_TITLE "mixture"

enum better { NO_BETTER, LESS, MORE, NEARER_1 };

/* In the order of weir_fit_measure_name. */
static const struct measure {
    const char *title; /* in tables for people, which leave it out when NULL */
    int decimals;      /* there */
    enum better better;
} measures[N_MEASURES] = {
    {"params", 0, NO_BETTER}, {"flows", 0, NO_BETTER}, {"log-likelihood", 6, MORE},
    {"AIC", 1, LESS},         {"BIC", 1, LESS},        {"KS", 5, LESS},
    {"KS at", 0, NO_BETTER},  {NULL, 0, NO_BETTER},    {"AD", SHORT, LESS},
    {"tail", 3, LESS},        {"far tail", 3, LESS},   {NULL, 0, NO_BETTER},
    {NULL, 0, NO_BETTER},     {"mean", 3, NEARER_1},
};

/* --- the best of a column -------------------------------------------------------------------- */

struct table {
    const struct weir_quality_row *row;
    size_t n_rows;
    struct weir_text *text;
    bool is_markdown;
    double best[N_MEASURES], worst[N_MEASURES]; /* scores among the rows of one y */
};

/* Less is better; what is absent or infinite is worst. */
static double score_of(enum better better, double value)
{
    const double scores[] = {
        [NO_BETTER] = INFINITY, [LESS] = value, [MORE] = -value, [NEARER_1] = fabs(log(value))};
    return isfinite(scores[better]) ? scores[better] : INFINITY;
}

/* Goes on to row i, and finds best and worst when it is the first one of its y. */
static void begin_row(struct table *table, size_t i)
{
    const struct weir_quality_row *row = table->row;
    if (i > 0 && strcmp(row[i].y, row[i - 1].y) == 0)
        return;
    for (size_t m = 0; m < N_MEASURES; m++) {
        table->best[m] = INFINITY;
        table->worst[m] = -INFINITY;
    }
    for (size_t k = i; k < table->n_rows && strcmp(row[k].y, row[i].y) == 0; k++) {
        double value[N_MEASURES];
        weir_fit_quality_values(&row[k].quality, value);
        for (size_t m = 0; m < N_MEASURES; m++) {
            const double score = score_of(measures[m].better, value[m]);
            table->best[m] = fmin(table->best[m], score);
            table->worst[m] = fmax(table->worst[m], score);
        }
    }
}

/* Where all are equal none is best. */
static bool is_best(const struct table *table, size_t m, double value)
{
    return score_of(measures[m].better, value) == table->best[m] &&
           table->best[m] < table->worst[m];
}

/* --- tables for people ----------------------------------------------------------------------- */

/* The text of a measure in the row that was begun. */
static const char *cell_at(const struct table *table, size_t i, size_t m, char out[CELL_CAPACITY])
{
    double value[N_MEASURES];
    weir_fit_quality_values(&table->row[i].quality, value);
    const int decimals = measures[m].decimals;
    const char *mark = !is_best(table, m, value[m]) ? "" : table->is_markdown ? "**" : "*";
    const char *end = table->is_markdown ? mark : "";
    if (isnan(value[m]))
        snprintf(out, CELL_CAPACITY, "-");
    else if (decimals == SHORT || fabs(value[m]) >= FIXED_BELOW)
        snprintf(out, CELL_CAPACITY, "%s%.3g%s", mark, value[m], end);
    else
        snprintf(out, CELL_CAPACITY, "%s%.*f%s", mark, decimals, value[m], end);
    return out;
}

/* A name as a table may show it: nothing in it can break the line, nor the cell. */
static void add_name(const struct table *table, const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        weir_text_add(table->text, "%s%c", *c == '|' && table->is_markdown ? "\\" : "",
                      (unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
}

static void add_markdown(struct table *table)
{
    weir_text_add(table->text, "| %s | %s |", Y_TITLE, MIXTURE_TITLE);
    for (size_t m = 0; m < N_MEASURES; m++)
        if (measures[m].title != NULL)
            weir_text_add(table->text, " %s |", measures[m].title);
    weir_text_add(table->text, "\n|---|---|");
    for (size_t m = 0; m < N_MEASURES; m++)
        weir_text_add(table->text, "%s", measures[m].title != NULL ? "--:|" : "");
    for (size_t i = 0; i < table->n_rows; i++) {
        begin_row(table, i);
        weir_text_add(table->text, "\n| %s | ", table->row[i].y);
        add_name(table, table->row[i].mixture);
        weir_text_add(table->text, " |");
        for (size_t m = 0; m < N_MEASURES; m++) {
            char cell[CELL_CAPACITY];
            if (measures[m].title != NULL)
                weir_text_add(table->text, " %s |", cell_at(table, i, m, cell));
        }
    }
    weir_text_add(table->text, "\n");
}

static void widen(int *width, const char *text)
{
    const int n = (int)strlen(text);
    *width = n > *width ? n : *width;
}

struct widths {
    int y, mixture, measure[N_MEASURES];
};

static void find_widths(struct table *table, struct widths *widths)
{
    *widths = (struct widths){0};
    widen(&widths->y, Y_TITLE);
    widen(&widths->mixture, MIXTURE_TITLE);
    for (size_t m = 0; m < N_MEASURES; m++)
        widen(&widths->measure[m], measures[m].title != NULL ? measures[m].title : "");
    for (size_t i = 0; i < table->n_rows; i++) {
        begin_row(table, i);
        widen(&widths->y, table->row[i].y);
        widen(&widths->mixture, table->row[i].mixture);
        for (size_t m = 0; m < N_MEASURES; m++) {
            char cell[CELL_CAPACITY];
            widen(&widths->measure[m], cell_at(table, i, m, cell));
        }
    }
}

static void add_aligned(struct table *table)
{
    struct widths widths;
    find_widths(table, &widths);
    weir_text_add(table->text, "%-*s  %-*s", widths.y, Y_TITLE, widths.mixture, MIXTURE_TITLE);
    for (size_t m = 0; m < N_MEASURES; m++)
        if (measures[m].title != NULL)
            weir_text_add(table->text, "  %*s", widths.measure[m], measures[m].title);
    weir_text_add(table->text, "\n");
    for (size_t i = 0; i < table->n_rows; i++) {
        begin_row(table, i);
        const int padding = widths.mixture - (int)strlen(table->row[i].mixture);
        weir_text_add(table->text, "%-*s  ", widths.y, table->row[i].y);
        add_name(table, table->row[i].mixture);
        weir_text_add(table->text, "%*s", padding, "");
        for (size_t m = 0; m < N_MEASURES; m++) {
            char cell[CELL_CAPACITY];
            if (measures[m].title != NULL)
                weir_text_add(table->text, "  %*s", widths.measure[m], cell_at(table, i, m, cell));
        }
        weir_text_add(table->text, "\n");
    }
}

/* --- tables for programs --------------------------------------------------------------------- */

static void add_json(const struct table *table)
{
    weir_text_add(table->text, "{\n  \"rows\": [");
    for (size_t i = 0; i < table->n_rows; i++) {
        double value[N_MEASURES];
        weir_fit_quality_values(&table->row[i].quality, value);
        weir_text_add(table->text, "%s\n    {\"%s\": ", i == 0 ? "" : ",", Y_TITLE);
        weir_text_add_json(table->text, table->row[i].y);
        weir_text_add(table->text, ", \"%s\": ", MIXTURE_TITLE);
        weir_text_add_json(table->text, table->row[i].mixture);
        for (size_t m = 0; m < N_MEASURES; m++) {
            weir_text_add(table->text, ", \"%s\": ", weir_fit_measure_name[m]);
            weir_text_add_json_real(table->text, value[m]);
        }
        weir_text_add(table->text, "}");
    }
    weir_text_add(table->text, "\n  ]\n}\n");
}

/* RFC 4180. */
static void add_field(struct weir_text *text, const char *field)
{
    const bool is_quoted = strpbrk(field, ",\"\r\n") != NULL;
    weir_text_add(text, "%s", is_quoted ? "\"" : "");
    for (const char *c = field; *c != '\0'; c++)
        weir_text_add(text, "%s%c", *c == '"' ? "\"" : "", *c);
    weir_text_add(text, "%s", is_quoted ? "\"" : "");
}

static void add_csv(const struct table *table)
{
    weir_text_add(table->text, "%s,%s", Y_TITLE, MIXTURE_TITLE);
    for (size_t m = 0; m < N_MEASURES; m++)
        weir_text_add(table->text, ",%s", weir_fit_measure_name[m]);
    weir_text_add(table->text, "\n");
    for (size_t i = 0; i < table->n_rows; i++) {
        double value[N_MEASURES];
        weir_fit_quality_values(&table->row[i].quality, value);
        add_field(table->text, table->row[i].y);
        weir_text_add(table->text, ",");
        add_field(table->text, table->row[i].mixture);
        for (size_t m = 0; m < N_MEASURES; m++) {
            char number[WEIR_NUMBER_REAL_CAPACITY];
            weir_text_add(table->text, ",%s",
                          isfinite(value[m]) ? weir_number_text_real(number, value[m])
                          : isnan(value[m])  ? ""
                          : value[m] > 0     ? "inf"
                                             : "-inf");
        }
        weir_text_add(table->text, "\n");
    }
}

void weir_quality_table_add(const struct weir_quality_row *row, size_t n_rows,
                            enum weir_quality_format format, struct weir_text *text)
{
    struct table table = {
        .row = row, .n_rows = n_rows, .text = text, .is_markdown = format == WEIR_QUALITY_MARKDOWN};
    switch (format) {
    case WEIR_QUALITY_TEXT:
        add_aligned(&table);
        break;
    case WEIR_QUALITY_MARKDOWN:
        add_markdown(&table);
        break;
    case WEIR_QUALITY_JSON:
        add_json(&table);
        break;
    case WEIR_QUALITY_CSV:
        add_csv(&table);
        break;
    }
}
