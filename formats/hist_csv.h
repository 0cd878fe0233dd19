/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_hist: finished histograms as text.
 *
 * A header `bin_lo,bin_hi,flows_sum,packets_sum,octets_sum[,COLUMN_sum...]`, then one line of whole
 * numbers per bin that is not empty, in ascending order. Edges and sums have up to 128 bits.
 *
 *     struct weir_hist hist;
 *     weir_hist_init(&hist, mem);
 *     status = weir_hist_csv_read("length.csv", &hist, err);
 *     ...
 *     weir_hist_release(&hist);
 */
#ifndef WEIR_HIST_CSV_H
#define WEIR_HIST_CSV_H

#include "hist.h"
#include "output.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends the text of `hist` to `output`. Statuses of weir_output_write. */
enum weir_status weir_hist_csv_write(const struct weir_hist *hist, struct weir_output *output,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Appends the lines of its bins only: for histograms that are written piece by piece, the first of
 * them by weir_hist_csv_write. */
enum weir_status weir_hist_csv_write_bins(const struct weir_hist *hist, struct weir_output *output,
                                          struct weir_error *err) WEIR_MUST_CHECK;

/* Reads a histogram into `hist`, which is initialised and empty and stays the caller's to release
 * whatever the status. `path` may be "-" (standard input) or name a pipe. The columns behind
 * octets_sum must be duration, rate or aggs, each once. WEIR_IO; WEIR_FORMAT with path and line:
 * no such header, a number that is none or has more than 128 bits, bins that are empty or do not
 * ascend; WEIR_MEMORY. */
enum weir_status weir_hist_csv_read(const char *path, struct weir_hist *hist,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* As weir_hist_csv_read for `n` bytes of text; `path` is for messages. */
enum weir_status weir_hist_csv_parse(const char *path, const char *text, size_t n,
                                     struct weir_hist *hist,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* True when text begins as a csv_hist does: for telling histograms from flow records. */
bool weir_hist_csv_detect(const char *text, size_t n);

#endif
