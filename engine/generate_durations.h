/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long generated flows last.
 *
 * Durations come from a histogram or a mixture of durations (ms), or of rates (bit/s), from which
 * the duration follows: 8000 octets / rate. A flow of one packet has none. In a histogram, flows
 * without duration are taken to be those with one packet first, so that the durations of all
 * records together are those of the histogram.
 *
 * A table is read-only when it is made, and may then be used by any thread.
 */
#ifndef WEIR_GENERATE_DURATIONS_H
#define WEIR_GENERATE_DURATIONS_H

#include "generate_table.h"

/* Reads a histogram or a mixture of durations, or of rates, into a table that is initialised and
 * empty, and finishes it. `single` is the share of flows that have one packet. Statuses of
 * weir_hist_csv_read and weir_mixture_json_read; WEIR_FORMAT, WEIR_LIMIT. */
enum weir_status weir_durations_read(const char *path, bool rates, double single,
                                     struct weir_generate_table *table,
                                     struct weir_error *err) WEIR_MUST_CHECK;

#endif
