/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries as plain tables, for terminals and for Markdown: the same cells, other rules. */
#include "hist_axis.h"
#include "summary_print.h"

struct style {
    const char *begin, *between, *end; /* of a line */
    bool is_markdown;
};

/* Row 0 is the heading, column 0 that of labels. */
struct table {
    const struct weir_summary *summary;
    const struct style *style;
    size_t n_rows, n_columns;
    void (*add_cell)(const struct table *table, size_t row, size_t column, struct weir_text *text);
    bool has_units; /* the last column, whose cells begin on the left as labels do */
};

static const struct style terminal = {.begin = "", .between = "  ", .end = "\n"};
static const struct style markdown = {
    .begin = "| ", .between = " | ", .end = " |\n", .is_markdown = true};

/* --- cells ----------------------------------------------------------------------------------- */

static void add_title(const struct table *table, size_t column, struct weir_text *text)
{
    for (const char *c = table->summary->column[column].title; *c != '\0'; c++)
        weir_text_add(text, "%s%c", *c == '|' && table->style->is_markdown ? "\\" : "",
                      (unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
}

/* The fact in a row; row 0 has none. */
static size_t fact_at(const struct weir_summary *summary, size_t row)
{
    size_t fact = 0;
    for (; fact < WEIR_SUMMARY_N_FACTS; fact++)
        if (weir_summary_shows_fact(summary, fact) && --row == 0)
            break;
    return fact;
}

static void add_fact_cell(const struct table *table, size_t row, size_t column,
                          struct weir_text *text)
{
    const bool is_unit = column > table->summary->n_columns;
    if (row == 0) {
        if (column > 0 && !is_unit)
            add_title(table, column - 1, text);
        return;
    }
    char value[WEIR_SUMMARY_CELL];
    const size_t fact = fact_at(table->summary, row);
    if (column == 0 || is_unit)
        weir_text_add(text, "%s",
                      is_unit ? weir_summary_facts[fact].unit : weir_summary_facts[fact].label);
    else
        weir_text_add(text, "%s", weir_summary_fact_text(table->summary, column - 1, fact, value));
}

/* The heading of a column with flows, packets or octets of a histogram. */
static void add_y_heading(const struct table *table, size_t column, const char *what,
                          struct weir_text *text)
{
    if (table->summary->n_columns > 1) {
        add_title(table, (column - 1) / WEIR_SUMMARY_N_Y, text);
        weir_text_add(text, ": ");
    }
    weir_text_add(text, "%s%s", what, weir_summary_y[(column - 1) % WEIR_SUMMARY_N_Y]);
}

static void add_share_cell(const struct table *table, size_t row, size_t column,
                           struct weir_text *text)
{
    const struct weir_summary *summary = table->summary;
    char value[WEIR_SUMMARY_CELL];
    if (row == 0 && column == 0)
        weir_text_add(text, "Flows of %s up to (%s)", weir_hist_axis_name(summary->x),
                      weir_hist_axis_unit(summary->x));
    else if (row == 0)
        add_y_heading(table, column, "% of ", text);
    else if (column == 0)
        weir_text_add_u128(text, weir_summary_point(summary, row - 1));
    else
        weir_text_add(text, "%s",
                      weir_summary_percent_text(summary, (column - 1) / WEIR_SUMMARY_N_Y, row - 1,
                                                (column - 1) % WEIR_SUMMARY_N_Y, value));
}

static void add_quantile_cell(const struct table *table, size_t row, size_t column,
                              struct weir_text *text)
{
    const struct weir_summary *summary = table->summary;
    char value[WEIR_SUMMARY_CELL];
    if (row == 0 && column == 0)
        weir_text_add(text, "Quantile of %s (%s)", weir_hist_axis_name(summary->x),
                      weir_hist_axis_unit(summary->x));
    else if (row == 0)
        add_y_heading(table, column, "of ", text);
    else if (column == 0)
        weir_text_add(text, "%s", weir_summary_level_text(summary, row - 1, value));
    else
        weir_text_add(text, "%s",
                      weir_summary_quantile_text(summary, (column - 1) / WEIR_SUMMARY_N_Y, row - 1,
                                                 (column - 1) % WEIR_SUMMARY_N_Y, value));
}

/* --- tables ---------------------------------------------------------------------------------- */

/* Characters of UTF-8 text. */
static size_t count_characters(const char *bytes, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)bytes[i] & 0xC0) != 0x80;
    return count;
}

/* Appends a cell and tells its width, which is 0 where there is no memory. */
static size_t add_cell(const struct table *table, size_t row, size_t column, struct weir_text *text)
{
    const size_t begin = text->n;
    table->add_cell(table, row, column, text);
    return text->n == begin ? 0 : count_characters(text->bytes + begin, text->n - begin);
}

/* The width of a column: its cells are appended to be measured, and taken back. */
static size_t measure(const struct table *table, size_t column, struct weir_text *text)
{
    size_t width = 3; /* of "---" */
    const size_t begin = text->n;
    for (size_t row = 0; row < table->n_rows; row++) {
        const size_t n = add_cell(table, row, column, text);
        width = n > width ? n : width;
        text->n = begin;
    }
    return width;
}

static bool is_left(const struct table *table, size_t column)
{
    return column == 0 || (table->has_units && column == table->n_columns - 1);
}

/* Numbers end on the right, words begin on the left. */
static void add_padded(const struct table *table, size_t row, size_t column, size_t width,
                       struct weir_text *text)
{
    const size_t begin = text->n;
    const int blanks = (int)(width - add_cell(table, row, column, text));
    if (is_left(table, column)) {
        weir_text_add(text, "%*s", blanks, "");
        return;
    }
    text->n = begin;
    weir_text_add(text, "%*s", blanks, "");
    (void)add_cell(table, row, column, text);
}

static void add_line(const struct table *table, size_t row, const size_t *width,
                     struct weir_text *text)
{
    const struct style *style = table->style;
    weir_text_add(text, "%s", style->begin);
    for (size_t c = 0; c < table->n_columns; c++) {
        weir_text_add(text, "%s", c == 0 ? "" : style->between);
        add_padded(table, row, c, width[c], text);
    }
    while (!style->is_markdown && text->n > 0 && text->bytes[text->n - 1] == ' ')
        text->n--;
    weir_text_add(text, "%s", style->end);
}

/* The line below the heading, which tells Markdown how columns are aligned. */
static void add_rule(const struct table *table, const size_t *width, struct weir_text *text)
{
    const struct style *style = table->style;
    weir_text_add(text, "%s", style->begin);
    for (size_t c = 0; c < table->n_columns; c++) {
        weir_text_add(text, "%s", c == 0 ? "" : style->between);
        for (size_t i = 1; i < width[c]; i++)
            weir_text_add(text, "-");
        weir_text_add(text, "%c", is_left(table, c) ? '-' : ':');
    }
    weir_text_add(text, "%s", style->end);
}

static void add_table(const struct table *table, struct weir_text *text)
{
    struct weir_mem *mem = table->summary->mem;
    size_t *width = weir_mem_alloc(mem, table->n_columns * sizeof *width);
    if (width == NULL) {
        text->failed = true;
        return;
    }
    for (size_t c = 0; c < table->n_columns; c++)
        width[c] = measure(table, c, text);
    for (size_t row = 0; row < table->n_rows; row++) {
        add_line(table, row, width, text);
        if (row == 0 && table->style->is_markdown)
            add_rule(table, width, text);
    }
    weir_mem_free(mem, width);
}

static void print(const struct weir_summary *summary, const struct style *style,
                  struct weir_text *text)
{
    size_t n_facts = 0;
    for (size_t f = 0; f < WEIR_SUMMARY_N_FACTS; f++)
        n_facts += weir_summary_shows_fact(summary, f);
    const size_t n = summary->n_columns;
    const struct table facts = {.summary = summary,
                                .style = style,
                                .n_rows = 1 + n_facts,
                                .n_columns = n + 2,
                                .add_cell = add_fact_cell,
                                .has_units = true};
    const struct table shares = {.summary = summary,
                                 .style = style,
                                 .n_rows = 1 + WEIR_SUMMARY_N_POINTS,
                                 .n_columns = 1 + n * WEIR_SUMMARY_N_Y,
                                 .add_cell = add_share_cell};
    const struct table quantiles = {.summary = summary,
                                    .style = style,
                                    .n_rows = 1 + summary->n_levels,
                                    .n_columns = 1 + n * WEIR_SUMMARY_N_Y,
                                    .add_cell = add_quantile_cell};
    add_table(&facts, text);
    weir_text_add(text, "\n");
    add_table(&shares, text);
    if (summary->n_levels == 0)
        return;
    weir_text_add(text, "\n");
    add_table(&quantiles, text);
}

void weir_summary_print_markdown(const struct weir_summary *summary, struct weir_text *text)
{
    print(summary, &markdown, text);
}

void weir_summary_print_text(const struct weir_summary *summary, struct weir_text *text)
{
    print(summary, &terminal, text);
}
