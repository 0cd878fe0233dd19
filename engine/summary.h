/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries of histograms, side by side: totals and averages, shares of flows, packets and octets
 * that flows up to x make up, and quantiles.
 *
 *     struct weir_summary summary;
 *     weir_summary_init(&summary, WEIR_X_LENGTH, mem);
 *     summary.levels = levels; ...
 *     status = weir_summary_add(&summary, "tcp", &hist, err);
 *     ...
 *     weir_summary_release(&summary);
 *
 * Every number is an exact ratio. x is a whole number; within a bin [lo, hi) wider than 1 what
 * counts is taken to be spread evenly over its hi - lo values, so that a share up to x of that bin
 * is (x + 1 - lo) / (hi - lo) of its sum. One thread at a time.
 */
#ifndef WEIR_SUMMARY_H
#define WEIR_SUMMARY_H

#include "hist.h"
#include "ratio.h"

#include <stdbool.h>

#define WEIR_SUMMARY_N_FACTS  8
#define WEIR_SUMMARY_N_POINTS 25
#define WEIR_SUMMARY_N_Y      3 /* flows, packets, octets: the first columns of a histogram */

/* A row of the table of totals and averages: the sum of a column, or its quotient by another. */
struct weir_summary_fact {
    const char *label; /* "Average flow length" */
    const char *key;   /* "average_flow_length": its name for programs */
    const char *unit;
    const char *of;
    const char *per; /* NULL: a sum, which is a whole number */
};

extern const struct weir_summary_fact weir_summary_facts[WEIR_SUMMARY_N_FACTS];
extern const char *const weir_summary_y[WEIR_SUMMARY_N_Y];

/* The p of a quantile: numerator / 10^n_decimals, from 0 to 1. */
struct weir_summary_level {
    uint64_t numerator;
    unsigned n_decimals;
};

/* Reads a level such as 0.999. WEIR_USAGE: no decimal number from 0 to 1, or more than
 * WEIR_RATIO_DECIMALS_MAX decimals. */
enum weir_status weir_summary_level_parse(const char *text, struct weir_summary_level *level,
                                          struct weir_error *err) WEIR_MUST_CHECK;

/* The level as a ratio. */
struct weir_ratio weir_summary_level_ratio(const struct weir_summary_level *level);

/* One histogram. Unknown are averages and shares of nothing, and with `classic` shares outside the
 * bins; facts of columns that the histogram lacks as well. */
struct weir_summary_column {
    const char *title; /* borrowed */
    struct weir_ratio fact[WEIR_SUMMARY_N_FACTS];
    struct weir_ratio percent[WEIR_SUMMARY_N_POINTS][WEIR_SUMMARY_N_Y];
    struct weir_ratio (*quantile)[WEIR_SUMMARY_N_Y]; /* per level; whole numbers */
};

struct weir_summary {
    enum weir_hist_x x;
    /* Shares as flow-models has them: linear between the lower edges of bins that are not empty,
     * from the sum up to and with the one to that with the other; unknown outside. */
    bool classic;
    bool titled;  /* the titles were chosen by somebody, or must tell columns apart */
    bool differs; /* a share is another one, to four decimals, than the classic one */
    bool has_fact[WEIR_SUMMARY_N_FACTS]; /* a histogram has the columns that it takes */
    size_t n_levels;
    const struct weir_summary_level *levels; /* of quantiles; borrowed */
    size_t n_columns;
    struct weir_summary_column *column;
    struct weir_mem *mem;
};

/* Starts a summary without columns; `classic`, `titled`, `n_levels` and `levels` are for the
 * caller to set before the first one. */
void weir_summary_init(struct weir_summary *summary, enum weir_hist_x x, struct weir_mem *mem);
void weir_summary_release(struct weir_summary *summary);

/* The x of row `point` (0 .. WEIR_SUMMARY_N_POINTS - 1) of the table of shares: 2^point packets or
 * ms, 64 times that in octets, 1024 times in bit/s. */
weir_u128 weir_summary_point(const struct weir_summary *summary, size_t point);

/* Adds the column of a histogram, which may be empty. The quantile for level p is the smallest x
 * whose share is at least p and not 0. WEIR_LIMIT: a total of 2^128 or more, named; WEIR_MEMORY. On
 * failure there is no new column. */
enum weir_status weir_summary_add(struct weir_summary *summary, const char *title,
                                  const struct weir_hist *hist,
                                  struct weir_error *err) WEIR_MUST_CHECK;

#endif
