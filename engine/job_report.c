/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mistakes in a job file: collected while it is checked, shown together with their lines. */
#include "job_report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_CHARACTERS 96 /* of a source line; longer ones are cut around the caret */

/* Bytes of the line break at `at` in the sense of YAML 1.1, which the parser's line numbers follow;
 * 0 when there is none. */
static size_t break_bytes(const char *at, size_t n)
{
    if (n == 0)
        return 0;
    if (at[0] == '\r')
        return n > 1 && at[1] == '\n' ? 2 : 1;
    if (at[0] == '\n')
        return 1;
    if (n > 1 && memcmp(at, "\xC2\x85", 2) == 0)
        return 2;
    if (n > 2 && (memcmp(at, "\xE2\x80\xA8", 3) == 0 || memcmp(at, "\xE2\x80\xA9", 3) == 0))
        return 3;
    return 0;
}

/* Line `line` (from 1) of the file without its break; NULL when there is no such line. */
static const char *find_line(const struct weir_job_report *report, size_t line, size_t *length)
{
    if (report->bytes == NULL)
        return NULL;
    size_t begin = 0;
    for (size_t at = 0, number = 1; at <= report->n_bytes;) {
        const size_t n = break_bytes(report->bytes + at, report->n_bytes - at);
        if (n == 0 && at < report->n_bytes) {
            at++;
            continue;
        }
        if (number == line) {
            *length = at - begin;
            return report->bytes + begin;
        }
        if (at == report->n_bytes)
            break;
        number++;
        at += n;
        begin = at;
    }
    return NULL;
}

/* Bytes of the character at `at`: its UTF-8 length, or 1 for a byte that starts none. */
static size_t character_bytes(const char *at, size_t n)
{
    const unsigned char lead = (unsigned char)at[0];
    size_t want = 1;
    if (lead >= 0xC2 && lead < 0xE0)
        want = 2;
    else if (lead >= 0xE0 && lead < 0xF0)
        want = 3;
    else if (lead >= 0xF0 && lead < 0xF5)
        want = 4;
    if (want > n)
        return 1;
    for (size_t i = 1; i < want; i++)
        if (((unsigned char)at[i] & 0xC0) != 0x80)
            return 1;
    return want;
}

/* False for what a terminal could take as a command (C0, DEL, C1) and for bytes that are no
 * character. */
static bool is_printable(const char *at, size_t n)
{
    const unsigned char lead = (unsigned char)at[0];
    if (n == 1)
        return lead >= ' ' && lead < 0x7F;
    return !(n == 2 && lead == 0xC2 && (unsigned char)at[1] < 0xA0);
}

WEIR_PRINTF(2, 0)
static void remark_format(struct weir_job_remark *remark, const char *format, va_list args)
{
    if (vsnprintf(remark->text, sizeof remark->text, format, args) < 0)
        remark->text[0] = '\0';
    const size_t length = strlen(remark->text);
    for (size_t i = 0, n; i < length; i += n) {
        n = character_bytes(remark->text + i, length - i);
        if (!is_printable(remark->text + i, n))
            memset(remark->text + i, '?', n);
    }
}

static bool has_remark(const struct weir_job_remark *remarks, size_t n, size_t line, size_t column)
{
    for (size_t i = 0; i < n; i++)
        if (remarks[i].line == line && remarks[i].column == column)
            return true;
    return false;
}

void weir_job_mistake(struct weir_job_report *report, size_t line, size_t column,
                      const char *format, ...)
{
    if (has_remark(report->mistakes, report->n_mistakes, line, column))
        return;
    if (report->n_mistakes == WEIR_JOB_REMARKS_MAX) {
        report->more = true;
        return;
    }
    struct weir_job_remark *remark = &report->mistakes[report->n_mistakes++];
    remark->line = line;
    remark->column = column;
    va_list args;
    va_start(args, format);
    remark_format(remark, format, args);
    va_end(args);
}

void weir_job_warning(struct weir_job_report *report, size_t line, size_t column,
                      const char *format, ...)
{
    if (report->n_warnings == WEIR_JOB_REMARKS_MAX ||
        has_remark(report->warnings, report->n_warnings, line, column))
        return;
    struct weir_job_remark *remark = &report->warnings[report->n_warnings++];
    remark->line = line;
    remark->column = column;
    va_list args;
    va_start(args, format);
    remark_format(remark, format, args);
    va_end(args);
}

/* Writes the source line and a caret below the column. A line that is too long to show is cut to a
 * window around the caret. */
static void print_source(const struct weir_job_report *report, const struct weir_job_remark *remark,
                         FILE *out)
{
    size_t length = 0;
    const char *line = find_line(report, remark->line, &length);
    if (line == NULL)
        return;
    const size_t caret = remark->column - 1;
    const size_t first = caret > SHOWN_CHARACTERS * 2 / 3 ? caret - SHOWN_CHARACTERS * 2 / 3 : 0;
    char indent[SHOWN_CHARACTERS + 1];
    size_t n_indent = 0;
    fprintf(out, "%5zu | %s", remark->line, first > 0 ? "..." : "");
    size_t column = 0;
    for (size_t i = 0, n; i < length; i += n, column++) {
        n = character_bytes(line + i, length - i);
        if (column < first)
            continue;
        if (column >= first + SHOWN_CHARACTERS) {
            fputs("...", out);
            break;
        }
        if (column < caret)
            indent[n_indent++] = line[i] == '\t' ? '\t' : ' ';
        if (line[i] == '\t' || is_printable(line + i, n))
            fwrite(line + i, 1, n, out);
        else
            fputc('?', out);
    }
    fprintf(out, "\n      | %s%.*s^\n", first > 0 ? "   " : "", (int)n_indent, indent);
}

static int compare_remarks(const void *a, const void *b)
{
    const struct weir_job_remark *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

void weir_job_report_print(struct weir_job_report *report, FILE *out)
{
    qsort(report->mistakes, report->n_mistakes, sizeof *report->mistakes, compare_remarks);
    qsort(report->warnings, report->n_warnings, sizeof *report->warnings, compare_remarks);
    size_t m = 0, w = 0;
    while (m < report->n_mistakes || w < report->n_warnings) {
        const bool is_mistake = w == report->n_warnings ||
                                (m < report->n_mistakes &&
                                 compare_remarks(&report->mistakes[m], &report->warnings[w]) <= 0);
        const struct weir_job_remark *remark =
            is_mistake ? &report->mistakes[m++] : &report->warnings[w++];
        fprintf(out, "%s:%zu:%zu: %s%s\n", report->path, remark->line, remark->column,
                is_mistake ? "" : "warning: ", remark->text);
        print_source(report, remark, out);
    }
}

enum weir_status weir_job_report_status(const struct weir_job_report *report,
                                        struct weir_error *err)
{
    if (report->n_mistakes == 0)
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE, "%s: %s%zu mistake%s in the job file", report->path,
                          report->more ? "more than " : "", report->n_mistakes,
                          report->n_mistakes == 1 ? "" : "s");
}
