/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries as text: one function per kind of output.
 *
 * A new kind is one line of WEIR_SUMMARY_KINDS and the function weir_summary_print_NAME, which
 * appends the whole of a summary to a text. What cannot be had for lack of memory comes out when
 * the text is written (text.h). */
#ifndef WEIR_SUMMARY_PRINT_H
#define WEIR_SUMMARY_PRINT_H

#include "summary.h"
#include "text.h"

/* The kinds, in the order of the option's help. */
#define WEIR_SUMMARY_KINDS(KIND) \
    KIND(tex)                    \
    KIND(markdown)               \
    KIND(json)                   \
    KIND(text)

/* "tex|markdown|...", as the row of an option wants its choices. */
#define WEIR_SUMMARY_CHOICE(name) "|" #name
#define WEIR_SUMMARY_CHOICES      (&("" WEIR_SUMMARY_KINDS(WEIR_SUMMARY_CHOICE))[1])

/* LaTeX tables as flow-models prints them (packages booktabs), each followed by two empty lines;
 * several histograms have columns side by side. */
void weir_summary_print_tex(const struct weir_summary *summary, struct weir_text *text);

/* Tables of GitHub Markdown. */
void weir_summary_print_markdown(const struct weir_summary *summary, struct weir_text *text);

/* One JSON object. Totals and quantiles are exact, averages and shares have nine decimals; what is
 * unknown is null. */
void weir_summary_print_json(const struct weir_summary *summary, struct weir_text *text);

/* Tables for terminals. */
void weir_summary_print_text(const struct weir_summary *summary, struct weir_text *text);

/* Appends the summary in the kind of that number, in the order of WEIR_SUMMARY_KINDS. */
void weir_summary_print(const struct weir_summary *summary, int kind, struct weir_text *text);

/* Texts of cells, the same in all tables: totals with a space between thousands, averages with six
 * decimals, percent with four; unknown ones are "nan" in a classic summary and "-" else. Return
 * out. */
#define WEIR_SUMMARY_CELL (WEIR_RATIO_TEXT + WEIR_NUMBER_CAPACITY / 3)
char *weir_summary_fact_text(const struct weir_summary *summary, size_t column, size_t fact,
                             char out[WEIR_SUMMARY_CELL]);
char *weir_summary_percent_text(const struct weir_summary *summary, size_t column, size_t point,
                                size_t y, char out[WEIR_SUMMARY_CELL]);
char *weir_summary_quantile_text(const struct weir_summary *summary, size_t column, size_t level,
                                 size_t y, char out[WEIR_SUMMARY_CELL]);

/* The level of quantile `level`, with the decimals that it was given with. Returns out. */
char *weir_summary_level_text(const struct weir_summary *summary, size_t level,
                              char out[WEIR_RATIO_TEXT]);

/* False for the average flow size of a classic summary, which flow-models does not print, and for
 * facts that no histogram has. */
bool weir_summary_shows_fact(const struct weir_summary *summary, size_t fact);

#endif
