/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of time, as --from and --to give them: flows that begin at or after one instant and
 * before another.
 *
 *     2015-06-10T19:00   2015-06-10T21:00:05.250+02:00   1433962800   1433962800.250
 *
 * Times are those of filter expressions, or seconds since 1970 with up to three digits of fraction.
 * Pure functions.
 */
#ifndef WEIR_TIME_WINDOW_H
#define WEIR_TIME_WINDOW_H

#include "number.h"
#include "status.h"

struct weir_time_window {
    bool has_begin, has_end;
    weir_i128 begin_ms, end_ms; /* since 1970-01-01T00:00Z: [begin, end) */
};

/* Reads a time, in ms since 1970. WEIR_USAGE says what was expected and found, without a name. */
enum weir_status weir_time_parse(const char *text, weir_i128 *ms,
                                 struct weir_error *err) WEIR_MUST_CHECK;

/* Reads the values of --from and --to (NULL: not given). WEIR_USAGE: no times, or from after to. */
enum weir_status weir_time_window_parse(const char *from, const char *to,
                                        struct weir_time_window *window,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* True when both let the same flows through. */
bool weir_time_window_equal(const struct weir_time_window *a, const struct weir_time_window *b);

#endif
