/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms written out in full: every bin gives exactly the flows that it holds, the bin of the
 * largest x first.
 *
 * Nothing is drawn. The records of a bin ascend in x like the quantiles of a distribution with the
 * bin's mean, and what they lack of whole numbers is carried from one to the next, so that their
 * packets and octets add up to the bin's exactly: a histogram made of the records is the one that
 * they came from, whatever its bins.
 *
 * As flow-models does it (`compat`), all flows of a bin have its lower edge, and y is rounded
 * randomly.
 *
 * Record n is a function of n (and of the seed, with `compat`). A finished expansion is read-only
 * and may be used by any thread.
 */
#ifndef WEIR_GENERATE_EXPAND_H
#define WEIR_GENERATE_EXPAND_H

#include "generate_hist.h"

struct weir_expand {
    size_t n_bins;
    struct weir_expand_bin *bin; /* descending in x */
    uint64_t n_records;
    enum weir_hist_x x;
    bool compat;
    struct weir_mem *mem;
};

/* Takes the bins of a histogram that has been checked. WEIR_MEMORY. `expand` may be released
 * whatever the status. */
enum weir_status weir_expand_init(struct weir_expand *expand, const struct weir_hist *hist,
                                  enum weir_hist_x x, bool compat, struct weir_mem *mem,
                                  struct weir_error *err) WEIR_MUST_CHECK;
void weir_expand_release(struct weir_expand *expand);

/* The share of flows with one packet or less among those of x from `from` to `to` - 1, as bins tell
 * it by their means; a bin that is cut has flows in proportion. 0 where there are none. */
double weir_expand_single(const struct weir_expand *expand, uint64_t from, uint64_t to);

/* Sets x[i] and y[i] of records first + i, i < n, first + n <= n_records. `word` are their words of
 * Philox, of which `sample` makes draws; both are used with `compat` only, and may be NULL else. */
void weir_expand_make(const struct weir_expand *expand, uint64_t first, size_t n,
                      const struct weir_sample_ops *sample, uint32_t *const word[WEIR_PHILOX_WORDS],
                      uint64_t *x, uint64_t *y);

#endif
