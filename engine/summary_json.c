/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries as JSON. */
#include "hist_axis.h"
#include "summary_print.h"

#define DECIMALS 9

static void add_number(struct weir_text *text, const struct weir_ratio *ratio, unsigned n_decimals)
{
    char number[WEIR_RATIO_TEXT];
    weir_text_add(text, "%s",
                  weir_ratio_is_known(ratio) ? weir_ratio_text(ratio, n_decimals, number) : "null");
}

static void add_facts(const struct weir_summary *summary, const struct weir_summary_column *column,
                      struct weir_text *text)
{
    const char *separator = "";
    for (size_t f = 0; f < WEIR_SUMMARY_N_FACTS; f++) {
        if (!weir_summary_shows_fact(summary, f))
            continue;
        weir_text_add(text, "%s\n      \"%s\": ", separator, weir_summary_facts[f].key);
        add_number(text, &column->fact[f], weir_summary_facts[f].per == NULL ? 0 : DECIMALS);
        separator = ",";
    }
}

/* Members for flows, packets and octets, and the end of their object. */
static void add_each_y(struct weir_text *text, const struct weir_ratio of[WEIR_SUMMARY_N_Y],
                       unsigned n_decimals)
{
    for (size_t y = 0; y < WEIR_SUMMARY_N_Y; y++) {
        weir_text_add(text, ", \"%s\": ", weir_summary_y[y]);
        add_number(text, &of[y], n_decimals);
    }
    weir_text_add(text, "}");
}

static void add_column(const struct weir_summary *summary, const struct weir_summary_column *column,
                       struct weir_text *text)
{
    char level[WEIR_RATIO_TEXT];
    weir_text_add(text, "\n    {\n      \"title\": ");
    weir_text_add_json(text, column->title);
    weir_text_add(text, ",");
    add_facts(summary, column, text);
    weir_text_add(text, ",\n      \"percent_up_to\": [");
    for (size_t p = 0; p < WEIR_SUMMARY_N_POINTS; p++) {
        weir_text_add(text, "%s\n        {\"x\": ", p == 0 ? "" : ",");
        weir_text_add_u128(text, weir_summary_point(summary, p));
        add_each_y(text, column->percent[p], DECIMALS);
    }
    weir_text_add(text, "\n      ]");
    for (size_t l = 0; l < summary->n_levels; l++) {
        weir_text_add(text, "%s\n        {\"p\": %s", l == 0 ? ",\n      \"quantiles\": [" : ",",
                      weir_summary_level_text(summary, l, level));
        add_each_y(text, column->quantile[l], 0);
    }
    weir_text_add(text, "%s\n    }", summary->n_levels == 0 ? "" : "\n      ]");
}

void weir_summary_print_json(const struct weir_summary *summary, struct weir_text *text)
{
    weir_text_add(text, "{\n  \"x\": \"%s\",\n  \"unit\": \"%s\",\n  \"histograms\": [",
                  weir_hist_axis_name(summary->x), weir_hist_axis_unit(summary->x));
    for (size_t i = 0; i < summary->n_columns; i++) {
        weir_text_add(text, "%s", i == 0 ? "" : ",");
        add_column(summary, &summary->column[i], text);
    }
    weir_text_add(text, "\n  ]\n}\n");
}
