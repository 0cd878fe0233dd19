/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms out of histograms: adds up csv_hist files, in coarser bins when asked to.
 *
 * Batch jobs make one histogram per shard; the sum of them is the histogram of the whole. */
#ifndef WEIR_HIST_COMBINE_H
#define WEIR_HIST_COMBINE_H

#include "command.h"
#include "hist.h"

#include <stdbool.h>

/* True when `path` is a regular file that begins as a csv_hist does. */
bool weir_hist_combine_detect(const char *path);

/* True when the inputs are histograms: --in-format says csv_hist, or nothing, and the first one is
 * a regular file that begins as a csv_hist does. */
bool weir_hist_combine_wanted(const struct weir_scan_params *params);

/* WEIR_USAGE when an option that chooses among records was given, naming it: histograms hold none.
 */
enum weir_status weir_hist_combine_check(const struct weir_scan_params *params,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* WEIR_USAGE: the option of that name has no effect on histograms. */
enum weir_status weir_hist_combine_refuse(const char *option,
                                          struct weir_error *err) WEIR_MUST_CHECK;

/* Reads `n_paths` csv_hist files ("-": standard input) and adds them up into `hist`, which is
 * initialised and empty and stays the caller's to release whatever the status. `rebin`: into bins
 * of exponent `bin_exp` (0 .. 63); else as they are. WEIR_IO; WEIR_FORMAT, WEIR_LIMIT with the
 * path: no csv_hist, other columns, bins that do not fit together; WEIR_MEMORY. */
enum weir_status weir_hist_combine(const char *const *paths, size_t n_paths, bool rebin,
                                   unsigned bin_exp, struct weir_hist *hist,
                                   struct weir_error *err) WEIR_MUST_CHECK;

#endif
