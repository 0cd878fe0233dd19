/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms for tests, bin by bin:
 *
 *     make_hist(&hist, &mem, 3);                 // flows, packets, octets
 *     make_bin(&hist, 1, 2, 50, 50, 5000);
 */
#ifndef WEIR_HIST_MAKE_H
#define WEIR_HIST_MAKE_H

#include "check.h"
#include "hist.h"

/* Starts an empty histogram with up to three columns. */
static inline void make_hist(struct weir_hist *hist, struct weir_mem *mem, size_t n_columns)
{
    static const char *const names[] = {"flows", "packets", "octets"};
    weir_hist_init(hist, mem);
    hist->n_columns = n_columns;
    for (size_t c = 0; c < n_columns; c++)
        hist->column_name[c] = names[c];
}

/* Appends a bin; sums of columns that there are not count for nothing. */
static inline void make_bin(struct weir_hist *hist, weir_u128 lo, weir_u128 hi, weir_u128 flows,
                            weir_u128 packets, weir_u128 octets)
{
    const weir_u128 sums[] = {flows, packets, octets};
    struct weir_error err = {0};
    CHECK_OK(weir_hist_reserve(hist, hist->n_bins + 1, &err));
    const size_t bin = hist->n_bins++;
    hist->bin_lo[bin] = lo;
    hist->bin_hi[bin] = hi;
    for (size_t c = 0; c < hist->n_columns && c < 3; c++)
        hist->sum[bin * hist->n_columns + c] = sums[c];
}

#endif
