/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a report's data that is about one histogram: its cells, its summary, and the models
 * that were fitted to it, with their lines and measures. */
#ifndef WEIR_REPORT_SECTION_H
#define WEIR_REPORT_SECTION_H

#include "report_files.h"
#include "text.h"

#include <stdbool.h>

/* A section on its way: its JSON, and warnings as a list without brackets. */
struct weir_report_section {
    struct weir_text text, warnings;
    size_t n_mixtures; /* shown */
};

void weir_report_section_init(struct weir_report_section *section, struct weir_mem *mem);
void weir_report_section_release(struct weir_report_section *section);

/* Logs a printf-style warning and keeps it for the page. */
void weir_report_section_warn(struct weir_report_section *section, const char *format, ...)
    WEIR_PRINTF(2, 3);

/* True for failures of the run, which end a report; others are those of one file, which the report
 * names and does without. */
bool weir_report_is_fatal(enum weir_status status);

/* Makes the section of histogram `hist`, empty where the file cannot be read, with a warning.
 * WEIR_MEMORY, WEIR_CANCELLED, WEIR_INTERNAL. Any thread, each its own section. */
enum weir_status weir_report_section_make(struct weir_report_section *section,
                                          const struct weir_report_files *files, size_t hist,
                                          struct weir_error *err) WEIR_MUST_CHECK;

#endif
