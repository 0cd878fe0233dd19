/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of output, and what their cells have in common. */
#include "summary_print.h"

#include <string.h>

#define AVERAGE_DECIMALS 6
#define PERCENT_DECIMALS 4

typedef void print_function(const struct weir_summary *summary, struct weir_text *text);

void weir_summary_print(const struct weir_summary *summary, int kind, struct weir_text *text)
{
#define ROW(name) weir_summary_print_##name,
    static print_function *const kinds[] = {WEIR_SUMMARY_KINDS(ROW)};
#undef ROW
    kinds[kind](summary, text);
}

static char *cell(const struct weir_summary *summary, const struct weir_ratio *ratio,
                  unsigned n_decimals, char out[WEIR_SUMMARY_CELL])
{
    if (weir_ratio_is_known(ratio))
        return weir_ratio_text(ratio, n_decimals, out);
    memcpy(out, summary->classic ? "nan" : "-", summary->classic ? sizeof "nan" : sizeof "-");
    return out;
}

/* Puts a space between thousands. */
static void group(char out[WEIR_SUMMARY_CELL])
{
    char digits[WEIR_SUMMARY_CELL];
    const size_t n = strlen(out);
    size_t used = 0;
    memcpy(digits, out, n);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[used++] = ' ';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

char *weir_summary_fact_text(const struct weir_summary *summary, size_t column, size_t fact,
                             char out[WEIR_SUMMARY_CELL])
{
    const bool is_total = weir_summary_facts[fact].per == NULL;
    const struct weir_ratio *ratio = &summary->column[column].fact[fact];
    cell(summary, ratio, is_total ? 0 : AVERAGE_DECIMALS, out);
    if (is_total)
        group(out);
    return out;
}

char *weir_summary_percent_text(const struct weir_summary *summary, size_t column, size_t point,
                                size_t y, char out[WEIR_SUMMARY_CELL])
{
    return cell(summary, &summary->column[column].percent[point][y], PERCENT_DECIMALS, out);
}

char *weir_summary_quantile_text(const struct weir_summary *summary, size_t column, size_t level,
                                 size_t y, char out[WEIR_SUMMARY_CELL])
{
    return cell(summary, &summary->column[column].quantile[level][y], 0, out);
}

char *weir_summary_level_text(const struct weir_summary *summary, size_t level,
                              char out[WEIR_RATIO_TEXT])
{
    const struct weir_ratio ratio = weir_summary_level_ratio(&summary->levels[level]);
    return weir_ratio_text(&ratio, summary->levels[level].n_decimals, out);
}

bool weir_summary_shows_fact(const struct weir_summary *summary, size_t fact)
{
    const bool is_new = strcmp(weir_summary_facts[fact].key, "average_flow_size") == 0;
    return summary->has_fact[fact] && !(is_new && summary->classic);
}
