/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filter expressions: text -> checked expression -> vector program over batches.
 *
 * The language is Python's expression syntax over the 21 field names: integer literals (decimal,
 * 0x, 0o, 0b, _ separators), comparisons (chained too), and or not, in and not in with lists, & | ^
 * ~, + - * // % << >>, unary minus and plus, parentheses, Python's precedence. Comparisons give
 * booleans, on which ~ is *not* and & | ^ are logical, and so do and, or, not; elsewhere a boolean
 * counts as 0 or 1. A record passes when the value is not 0.
 * Arithmetic is exact in 128-bit signed integers: // and % round towards minus infinity as in
 * Python; overflow, division by zero and negative shift counts are errors that name the record.
 * What stands behind `and` or `or` cannot fail for a record that the left side decides.
 * Addresses, ports, times, duration, rate and names of protocols: filter_help.c tells of them.
 *
 * A filter is parsed once (errors point into the text) and is read-only from then on. Each thread
 * runs it through a lane of its own, which binds the expression to the column types that a batch
 * really has: from the types it proves the range of every value, so that nearly everything runs in
 * 64-bit lanes or narrower ones, and 128-bit arithmetic remains where the proof fails.
 */
#ifndef WEIR_FILTER_H
#define WEIR_FILTER_H

#include "batch.h"
#include "kernel.h"
#include "mem.h"
#include "time_window.h"

struct weir_filter;
struct weir_filter_lane;

/* Parses `text`, which must hold an expression: callers take an empty one as no filter. WEIR_USAGE:
 * the message has the column (from 1) and what was expected there; WEIR_MEMORY; WEIR_LIMIT when the
 * expression is nested too deeply or too long. On success *filter is the caller's. */
enum weir_status weir_filter_parse(const char *text, struct weir_mem *mem,
                                   struct weir_filter **filter,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* As above, for flows that begin within `window` only: (in the window) and (text). `text` may be
 * empty where the window has an end. Whole seconds need the field first, others first_ms too. */
enum weir_status weir_filter_parse_within(const char *text, const struct weir_time_window *window,
                                          struct weir_mem *mem, struct weir_filter **filter,
                                          struct weir_error *err) WEIR_MUST_CHECK;
void weir_filter_free(struct weir_filter *filter);

/* The expression as given; lives as long as the filter. */
const char *weir_filter_text(const struct weir_filter *filter);

/* True when two filters were made of the same text and window. */
bool weir_filter_equal(const struct weir_filter *a, const struct weir_filter *b);

/* The fields that the expression reads, also in what it does not name: src reads af and words. */
weir_fields weir_filter_fields(const struct weir_filter *filter);

/* A lane for one thread, for batches of up to WEIR_BATCH_RECORDS records. `kernels` must outlive
 * it. WEIR_MEMORY. */
enum weir_status weir_filter_lane_new(const struct weir_filter *filter,
                                      const struct weir_kernels *kernels, struct weir_mem *mem,
                                      struct weir_filter_lane **lane,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_filter_lane_free(struct weir_filter_lane *lane);

/* Evaluates the expression for every record of `batch`: mask[i] = 1 when record i passes, else 0
 * (batch->n bytes); *n_selected is the number of ones. WEIR_FORMAT when the batch lacks a field of
 * the expression (named), or a real-valued column holds something that is no whole number;
 * WEIR_LIMIT on overflow, division by zero, bad shift: the message names the operator's column.
 * *bad is then the index in the batch of the first record without an answer (0 when a field is
 * missing), and mask and *n_selected hold for the records before it. */
enum weir_status weir_filter_run(struct weir_filter_lane *lane, const struct weir_batch *batch,
                                 uint8_t *mask, size_t *n_selected, size_t *bad,
                                 struct weir_error *err) WEIR_MUST_CHECK;

#endif
