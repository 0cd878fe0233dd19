/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges of values: what a column type can hold, and what operators make of it.
 *
 * A range is an interval of 128-bit integers that holds every value that an operand can have; it
 * may be wider than need be, never narrower. Operators say too whether there are operands in the
 * ranges for which they have no value (overflow, division by zero, negative count); the range of
 * the result is about the others. Pure functions.
 */
#ifndef WEIR_FILTER_RANGE_H
#define WEIR_FILTER_RANGE_H

#include "filter_parse.h"

struct weir_range {
    weir_i128 lo, hi; /* lo <= hi */
};

/* The values of a column of `type`; reals count as whole numbers of 128 bits. */
struct weir_range weir_range_of_type(enum weir_type type);

/* The least range that holds both. */
struct weir_range weir_range_join(struct weir_range a, struct weir_range b);

/* The range of an operator's value; `b` is not read where there is one operand. *faults is set when
 * there may be no value, else left alone. Comparisons give [0, 0], [0, 1] or [1, 1]. */
struct weir_range weir_range_apply(enum weir_filter_kind kind, struct weir_range a,
                                   struct weir_range b, bool *faults);

static inline bool weir_range_within(struct weir_range r, weir_i128 lo, weir_i128 hi)
{
    return lo <= r.lo && r.hi <= hi;
}
static inline bool weir_range_fits_i64(struct weir_range r)
{
    return weir_range_within(r, INT64_MIN, INT64_MAX);
}
static inline bool weir_range_fits_u64(struct weir_range r)
{
    return weir_range_within(r, 0, UINT64_MAX);
}

#endif
