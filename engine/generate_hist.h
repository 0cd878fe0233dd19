/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms as what flow records are drawn from.
 *
 * A bin says how many flows lie in it, and the sums of their packets and octets; one of these is
 * x's. Inside a bin wider than 1, x gets the simplest distribution that keeps the bin's mean: two
 * ranges that meet at the mean, each with equally likely values, which is one range where the mean
 * is in the middle. y follows x in proportion to the bin's sums, so that its mean is kept as well:
 *
 *     length:  octets  = x * octets_sum / packets_sum
 *     size:    packets = 1 + (packets_sum / flows_sum - 1) * x / mean of x
 *
 * (flows without packets take the place of the 1 where there are fewer packets than flows). Nothing
 * else is known of y, nor assumed: sizes of packets outside 64..1522 octets stay as they are.
 *
 * As flow-models does it (`compat`), x is the bin's lower edge and y comes from the mean size of a
 * packet, clipped: totals then differ from the histogram's.
 */
#ifndef WEIR_GENERATE_HIST_H
#define WEIR_GENERATE_HIST_H

#include "generate_table.h"
#include "hist.h"

#include <stdbool.h>

#define WEIR_PACKET_OCTETS_LEAST 64.0
#define WEIR_PACKET_OCTETS_MOST  1522.0

/* A bin in numbers that can be worked with: x_sum and y_sum are packets_sum and octets_sum, or the
 * other way round. */
struct weir_generate_bin {
    uint64_t lo, width; /* width at least 1 */
    uint64_t flows;     /* at least 1 */
    uint64_t x_sum, y_sum;
};

/* Finds out whether a histogram is one of length or of size, which shows in the sums: the mean of x
 * lies in its bin. `wanted` is the answer that is expected, or WEIR_N_X. WEIR_FORMAT: it is another
 * one, or neither, with the first bin that does not fit; there are no flows; there are no columns
 * of flows, packets and octets. WEIR_LIMIT: there are 2^62 or more of something. */
enum weir_status weir_generate_hist_check(const struct weir_hist *hist, enum weir_hist_x wanted,
                                          enum weir_hist_x *x,
                                          struct weir_error *err) WEIR_MUST_CHECK;

/* Bin number `i` of a histogram that has been checked; false when it holds no flows. */
bool weir_generate_hist_bin(const struct weir_hist *hist, enum weir_hist_x x, size_t i,
                            struct weir_generate_bin *bin);

/* The piece that flow-models makes of a bin: its lower edge. */
struct weir_sample_piece weir_generate_hist_edge(const struct weir_generate_bin *bin,
                                                 enum weir_hist_x x);

/* How y is rounded: sets least_y and open of a table. */
void weir_generate_hist_set_rule(enum weir_hist_x x, bool compat, struct weir_sample_table *table);

/* Adds the pieces of all bins of a histogram that has been checked, weighted by their flows, to an
 * empty table. WEIR_MEMORY, WEIR_LIMIT. */
enum weir_status weir_generate_hist_fill(const struct weir_hist *hist, enum weir_hist_x x,
                                         bool compat, struct weir_generate_table *table,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Adds the pieces of all bins by themselves, without y, to an empty table: bins keep the mean that
 * their sums of `column` tell where the histogram has it, else values in them are equally likely.
 * `column` may be NULL. WEIR_FORMAT: no column of flows, or a mean that is not in its bin;
 * WEIR_MEMORY, WEIR_LIMIT. */
enum weir_status weir_generate_hist_fill_alone(const struct weir_hist *hist, const char *column,
                                               struct weir_generate_table *table,
                                               struct weir_error *err) WEIR_MUST_CHECK;

#endif
