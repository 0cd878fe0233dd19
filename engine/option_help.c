/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What options tell the user: help texts, and the name that a mistyped one may have meant. */
#include "option.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 26 /* where the sentences begin */

/* Appends printf-style text at *used, cut to the capacity. */
static void append(char *out, size_t capacity, size_t *used, const char *format, ...)
    WEIR_PRINTF(4, 5);
static void append(char *out, size_t capacity, size_t *used, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(out + *used, capacity - *used, format, args);
    va_end(args);
    if (n > 0)
        *used = *used + (size_t)n < capacity ? *used + (size_t)n : capacity - 1;
}

bool weir_option_takes_value(const struct weir_option *row)
{
    return row->kind == WEIR_OPTION_IGNORED ? row->takes_value : row->kind != WEIR_OPTION_FLAG;
}

const char *weir_option_value_name(const struct weir_option *row)
{
    return row->value != NULL ? row->value : "VALUE";
}

char *weir_option_describe(const struct weir_option *row, char *out, size_t capacity)
{
    size_t used = 0;
    append(out, capacity, &used, "%s", row->help);
    if (row->choices != NULL) {
        append(out, capacity, &used, ": ");
        for (const char *choice = row->choices;;) {
            const size_t n = strcspn(choice, "|");
            append(out, capacity, &used, "%.*s", (int)n, choice);
            if (choice[n] == '\0')
                break;
            append(out, capacity, &used, ", ");
            choice += n + 1;
        }
    }
    const bool bounded = row->least != 0 || row->most != 0;
    if (bounded && row->most != INT64_MAX && row->least != INT64_MIN)
        append(out, capacity, &used, " (%lld to %lld)", (long long)row->least,
               (long long)row->most);
    else if (bounded && row->least != INT64_MIN)
        append(out, capacity, &used, " (at least %lld)", (long long)row->least);
    else if (bounded)
        append(out, capacity, &used, " (at most %lld)", (long long)row->most);
    if (row->kind == WEIR_OPTION_APPEND)
        append(out, capacity, &used, " (repeatable)");
    if (row->initial != NULL && row->kind != WEIR_OPTION_FLAG && row->kind != WEIR_OPTION_IGNORED)
        append(out, capacity, &used, " (default: %s)", row->initial);
    return out;
}

static void print_row(const struct weir_option *row, FILE *out)
{
    char left[96];
    char right[WEIR_OPTION_TEXT_BYTES];
    size_t used = 0;
    if (row->letter != 0)
        append(left, sizeof left, &used, "  -%c, --%s", row->letter, row->name);
    else
        append(left, sizeof left, &used, "      --%s", row->name);
    if (weir_option_takes_value(row))
        append(left, sizeof left, &used, " %s", weir_option_value_name(row));
    if (row->kind == WEIR_OPTION_LIST && !row->is_one_word)
        append(left, sizeof left, &used, "...");
    fputs(left, out);
    weir_wrap_print(out, weir_option_describe(row, right, sizeof right), HELP_COLUMN, used);
}

void weir_option_print_help(const struct weir_option_set *set, FILE *out)
{
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++) {
        const struct weir_option_group *group = set->groups[g];
        if (group->title != NULL)
            fprintf(out, "%s%s:\n", g == 0 ? "" : "\n", group->title);
        for (const struct weir_option *row = group->rows; row->name != NULL; row++)
            print_row(row, out);
    }
    print_row(&weir_option_help_row, out);
}

#define WORD_MAX 48

static bool same_letter(char a, char b)
{
    return a == b || (a == '_' && b == '-') || (a == '-' && b == '_');
}

/* Edit distance of two words of at most WORD_MAX letters, where swapping two neighbours counts as
 * one edit like inserting, removing or changing one letter; row by row, three rows kept. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t best = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                const size_t swapped = rows[(i - 2) % 3][j - 2] + 1;
                best = swapped < best ? swapped : best;
            }
            row[j] = best;
        }
    }
    return rows[n_a % 3][n_b];
}

const char *weir_option_nearest(const char *word, const char *const *names, size_t n_names)
{
    const size_t length = strlen(word);
    if (length > WORD_MAX)
        return NULL;
    const char *nearest = NULL;
    const size_t edits_max = length < 6 ? 1 : length / 3; /* more make another word */
    size_t least = edits_max + 1;
    for (size_t i = 0; i < n_names; i++) {
        const size_t n = strlen(names[i]);
        if (n > WORD_MAX)
            continue;
        const size_t edits = distance(word, length, names[i], n);
        if (edits < least && edits < n) {
            least = edits;
            nearest = names[i];
        }
    }
    return nearest;
}
