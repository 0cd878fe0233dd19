/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the x of a histogram is: its name and unit, and how to find it out.
 *
 * A csv_hist file does not say what its bins are bins of. Its sums do: the mean of what was binned
 * lies within the bin, in every bin. */
#ifndef WEIR_HIST_AXIS_H
#define WEIR_HIST_AXIS_H

#include "hist.h"

#include <stdbool.h>

/* "length", "size", "duration", "rate"; static storage. */
const char *weir_hist_axis_name(enum weir_hist_x x);

/* "packets", "bytes", "milliseconds", "bps", as in published tables; static storage. */
const char *weir_hist_axis_unit(enum weir_hist_x x);

/* One of them: "packet", "byte", "millisecond", "bps"; static storage. */
const char *weir_hist_axis_unit_one(enum weir_hist_x x);

/* Finds the x whose means fit the bins of a histogram with flows, packets and octets: length
 * before size, then duration and rate where there are such sums. False when none fits. An empty
 * histogram, which fits all, counts as one of length. */
bool weir_hist_axis_detect(const struct weir_hist *hist, enum weir_hist_x *x);

/* True when the histogram has the sums of x, and their mean lies outside of a bin: it is one of
 * something else. */
bool weir_hist_axis_contradicts(const struct weir_hist *hist, enum weir_hist_x x);

#endif
