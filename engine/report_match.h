/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which mixture was fitted to which histogram.
 *
 * Y.mode beside Y.json names the histogram as whoever fitted it called it: from another directory,
 * perhaps on another machine. So paths are compared from their ends, component by component, and
 * the histogram that agrees longest is meant. Where that leaves none, or several, the places of
 * files decide: models/tcp/length/flows.json belongs to histograms/tcp/length.csv, and one that
 * lies beside a single histogram belongs to that.
 */
#ifndef WEIR_REPORT_MATCH_H
#define WEIR_REPORT_MATCH_H

#include "report_files.h"

/* Finds the histogram of every mixture and gathers mixtures of one directory and histogram in
 * models, those of the same histogram in the order of their paths. A mode file that cannot be read
 * counts as none. WEIR_MEMORY. */
enum weir_status weir_report_match(struct weir_report_files *files,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Characters of the directory in front of the name of a file: 0 for one at the top. */
size_t weir_report_directory_length(const char *name);

#endif
