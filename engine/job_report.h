/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mistakes in a job file: collected while it is checked, shown together with their lines.
 *
 *     weir_job_mistake(&report, line, column, "unknown key \"%.80s\"", key);
 *     ...
 *     weir_job_report_print(&report, complaints);
 *
 * gives, in the order of the file,
 *
 *     job.yaml:12:19: unknown key "bin-xp"
 *        12 |     hist: {x: $x, bin-xp: 12}
 *           |                   ^
 *
 * The report takes no memory beyond its own struct, so that noting a mistake cannot fail. At one
 * place the first mistake counts and later ones are dropped: a matrix meets the same scalar many
 * times over.
 */
#ifndef WEIR_JOB_REPORT_H
#define WEIR_JOB_REPORT_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define WEIR_JOB_REMARKS_MAX 20

/* A mistake or a warning at a place of the file; lines and columns count from 1, columns in
 * characters. */
struct weir_job_remark {
    size_t line;
    size_t column;
    char text[512];
};

struct weir_job_report {
    const char *path;  /* for messages; borrowed */
    const char *bytes; /* contents of the file, or NULL; borrowed */
    size_t n_bytes;
    size_t n_mistakes; /* kept ones */
    size_t n_warnings;
    bool more; /* there were more mistakes than are kept */
    struct weir_job_remark mistakes[WEIR_JOB_REMARKS_MAX];
    struct weir_job_remark warnings[WEIR_JOB_REMARKS_MAX];
};

/* Notes a mistake (printf-style, without newline); text from the file should be bounded, as in
 * "%.80s", so that the rest of the sentence fits. Control characters become '?'. */
void weir_job_mistake(struct weir_job_report *report, size_t line, size_t column,
                      const char *format, ...) WEIR_PRINTF(4, 5);

/* As weir_job_mistake for something that is no reason not to run. */
void weir_job_warning(struct weir_job_report *report, size_t line, size_t column,
                      const char *format, ...) WEIR_PRINTF(4, 5);

/* Writes all mistakes and warnings to `out`, sorted by place, each with its line and a caret. */
void weir_job_report_print(struct weir_job_report *report, FILE *out);

/* WEIR_OK when there is no mistake, else WEIR_USAGE with a message that counts them. */
enum weir_status weir_job_report_status(const struct weir_job_report *report,
                                        struct weir_error *err) WEIR_MUST_CHECK;

#endif
