/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins: from columns to bin indices and sums per bin.
 *
 * The bin of x for exponent b is [lo, lo + 2^s), s = max(0, bits(x) - b). For b = 1 ..
 * WEIR_LOG_HIST_EXP_MAX all bins of 64-bit values have a place in one dense table:
 *
 *     index = (s << (b - 1)) + (x >> s)
 *
 * A table entry is `stride` numbers of 64 bits: flows, then one sum per column, then padding. All
 * additions wrap: the caller proves beforehand that none can (bits_or gives the bound), or keeps
 * the records elsewhere. Leaves take at most WEIR_LOG_HIST_RECORDS records at a time, so that what
 * one of them leaves for the next stays in the first-level cache.
 */
#ifndef WEIR_LOG_HIST_H
#define WEIR_LOG_HIST_H

#include "kernel.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_LOG_HIST_RECORDS     1024
#define WEIR_LOG_HIST_EXP_MAX     14
#define WEIR_LOG_HIST_COLUMNS_MAX 7

/* Counters for records with few packets and octets, one of 64 bits per number of packets: flows
 * above bit 40, octets below; packets follow from the place. Consecutive records use different
 * sub-tables, because most flows have one packet and a counter cannot be added to faster than a
 * store returns to a load; a stride that is no power of two keeps equal counters of the sub-tables
 * out of one cache set. */
#define WEIR_LOG_HIST_PACKED_PACKETS 4096
#define WEIR_LOG_HIST_PACKED_OCTETS  ((uint64_t)1 << 20)
#define WEIR_LOG_HIST_PACKED_TABLES  4
#define WEIR_LOG_HIST_PACKED_STRIDE  (WEIR_LOG_HIST_PACKED_PACKETS + 8)
#define WEIR_LOG_HIST_PACKED_SLOTS   (WEIR_LOG_HIST_PACKED_TABLES * WEIR_LOG_HIST_PACKED_STRIDE)
#define WEIR_LOG_HIST_PACKED_SHIFT   40
#define WEIR_LOG_HIST_PACKED_RECORDS ((uint64_t)1 << 20) /* before the counters must be emptied */

/* Records that are no concern of a dense table go to one of these entries behind its end. */
#define WEIR_LOG_HIST_SPARE_ENTRIES 64

struct weir_log_hist_ops {
    /* The bitwise or of value[0 .. n): no value is larger. 0 for n = 0. */
    uint64_t (*bits_or)(const uint64_t *value, size_t n);

    /* index[i] = dense index of x[i] for bin_exp 1 .. WEIR_LOG_HIST_EXP_MAX. */
    void (*index)(const uint64_t *x, size_t n, unsigned bin_exp, uint32_t *index);

    /* lo[i] = lower edge of the bin of x[i], bin_exp 0 .. 63. `lo` may be `x`. */
    void (*lower)(const uint64_t *x, size_t n, unsigned bin_exp, uint64_t *lo);

    /* For a table of one entry per value below `limit` (at most 2^31): index[i] = x[i], or a spare
     * entry limit + i % WEIR_LOG_HIST_SPARE_ENTRIES where x[i] >= limit. The positions i of the
     * latter are written to rest[], ascending; their number is returned. Both have room for n. */
    size_t (*split)(const uint64_t *x, size_t n, uint64_t limit, uint32_t *index, uint32_t *rest);

    /* Adds every record to its entry: 1 to flows, column[c][i] to sum c. n_columns is 2 ..
     * WEIR_LOG_HIST_COLUMNS_MAX; the table is aligned to 64 bytes and its stride is
     * weir_log_hist_stride(n_columns). */
    void (*add)(uint64_t *table, const uint32_t *index, size_t n, const uint64_t *const *column,
                size_t n_columns);

    /* Adds the records with packets < WEIR_LOG_HIST_PACKED_PACKETS and octets <
     * WEIR_LOG_HIST_PACKED_OCTETS to `packed` (WEIR_LOG_HIST_PACKED_SLOTS counters); the
     * positions of the others are written to rest[] (room for n), ascending. Returns their
     * number. */
    size_t (*pack)(uint64_t *packed, const uint64_t *packets, const uint64_t *octets, size_t n,
                   uint32_t *rest);
};

/* Numbers in an entry for `n_columns` sums besides flows: 4 or 8. */
static inline size_t weir_log_hist_stride(size_t n_columns)
{
    return n_columns < 4 ? 4 : 8;
}

/* Entries of the dense table for bin_exp 1 .. WEIR_LOG_HIST_EXP_MAX: at most 425,984. */
static inline size_t weir_log_hist_entries(unsigned bin_exp)
{
    return ((size_t)(64 - bin_exp) << (bin_exp - 1)) + ((size_t)1 << bin_exp);
}

/* The lower edge of the bin with that dense index. */
static inline uint64_t weir_log_hist_lo(size_t index, unsigned bin_exp)
{
    if (index >> bin_exp == 0)
        return index;
    const size_t shift = (index >> (bin_exp - 1)) - 1;
    return (uint64_t)(index - (shift << (bin_exp - 1))) << shift;
}

#endif
