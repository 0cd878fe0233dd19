/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished histogram: the result that scans produce, files hold, and fits and plots read.
 *
 * Bins are sorted by lower edge, do not overlap, and are not empty. Every number is an exact
 * integer. Edges need more than 64 bits only for rates (up to 8000 * 2^64) and for the upper edge
 * of the last bin.
 */
#ifndef WEIR_HIST_H
#define WEIR_HIST_H

#include "mem.h"
#include "number.h"
#include "status.h"

#define WEIR_HIST_COLUMNS_MAX 8 /* sums of a histogram: flows, packets, octets and further ones */

enum weir_hist_x { WEIR_X_LENGTH, WEIR_X_SIZE, WEIR_X_DURATION, WEIR_X_RATE, WEIR_N_X };

struct weir_hist {
    size_t n_bins;
    size_t capacity;
    size_t n_columns;                               /* sums per bin: 3 and more */
    const char *column_name[WEIR_HIST_COLUMNS_MAX]; /* "flows", "packets", "octets", ...; borrowed,
                                                       static storage */
    weir_u128 *bin_lo;                              /* n_bins lower edges, ascending */
    weir_u128 *bin_hi;                              /* n_bins upper edges, exclusive */
    weir_u128 *sum;                                 /* n_bins * n_columns sums, bin by bin */
    struct weir_mem *mem;
};

/* Starts an empty histogram in the caller's storage; its arrays come from `mem`. */
void weir_hist_init(struct weir_hist *hist, struct weir_mem *mem);

/* Gives the arrays back. A zeroed struct may be released too. */
void weir_hist_release(struct weir_hist *hist);

/* Makes room for `n_bins` bins in all (columns must be set before). WEIR_MEMORY. */
enum weir_status weir_hist_reserve(struct weir_hist *hist, size_t n_bins,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Adds `sum` to the sum of a column in a bin; WEIR_LIMIT when 128 bits overflow, naming both. */
enum weir_status weir_hist_add_sum(const struct weir_hist *hist, size_t bin, size_t column,
                                   weir_u128 sum, struct weir_error *err) WEIR_MUST_CHECK;

/* Turns the bins into those of exponent b, in place: each must lie in one of them. WEIR_LIMIT when
 * one does not (it is wider, or its edges are others), with its edges, and when a sum overflows.
 * The histogram is then spoilt. */
enum weir_status weir_hist_rebin(struct weir_hist *hist, unsigned bin_exp,
                                 struct weir_error *err) WEIR_MUST_CHECK;

/* Adds `other` to `hist`: equal bins are summed up, others are put in between. Both must have the
 * same columns in the same order (WEIR_FORMAT, named), and bins may not overlap unless they are
 * equal (WEIR_FORMAT, with their edges). A histogram without columns and bins takes over those of
 * `other`. WEIR_MEMORY; WEIR_LIMIT when a sum overflows. On failure `hist` is spoilt. */
enum weir_status weir_hist_add_hist(struct weir_hist *hist, const struct weir_hist *other,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* The bin [lo, hi) of x for exponent b: width 1 for b = 0, else 2^max(0, bits(x) - b). */
void weir_hist_bin(weir_u128 x, unsigned bin_exp, weir_u128 *lo, weir_u128 *hi);

#endif
