/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bins of a histogram as a plot wants them: not more than a screen can show, and exact.
 *
 * A histogram may have millions of bins, a screen has some thousand columns. Bins are put together
 * into cells as weir hist -b N would do it, for the largest N that leaves few enough of them; one
 * that holds more than a thousandth of all flows, packets or octets stays by itself, so that peaks
 * stay where they are. Sums are exact, so that what is drawn from them is exact at the edges of
 * cells. */
#ifndef WEIR_REPORT_CELLS_H
#define WEIR_REPORT_CELLS_H

#include "hist.h"
#include "text.h"

#define WEIR_REPORT_CELLS 1024 /* aimed at: heavy bins come on top */
#define WEIR_REPORT_HEAVY 1000 /* the part of a sum that makes a bin heavy is 1 / this */

/* Appends the cells of a histogram with flows, packets and octets as an object:
 *
 *     {"bins": 7230, "bin_exp": 6, "lo": [...], "width": [...], "flows": [...], "packets": [...],
 *      "octets": [...]}
 *
 * where bin_exp is N, or null where every bin is a cell. WEIR_LIMIT: a total of 2^128 or more. */
enum weir_status weir_report_cells_add(struct weir_text *text, const struct weir_hist *hist,
                                       struct weir_error *err) WEIR_MUST_CHECK;

#endif
