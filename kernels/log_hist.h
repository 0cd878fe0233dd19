/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins: from columns to x values, bin indices and sums per bin.
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

/* Rates are whole bit/s in units of 2^-20, in two numbers: the low 48 bits, and the rest. */
#define WEIR_LOG_HIST_RATE_SCALE_BITS 20
#define WEIR_LOG_HIST_RATE_LOW_BITS   48

/* Records that are no concern of a dense table, or too many of one entry, go to these entries
 * behind its end. */
#define WEIR_LOG_HIST_SPARE_ENTRIES 64

/* Times of records in the types that readers give them: seconds, milliseconds. */
struct weir_log_hist_times {
    const uint32_t *first, *last;
    const uint16_t *first_ms, *last_ms;
    const uint64_t *packets;
};

/* Rates of records. `low` and `high` are both NULL where only whole rates are wanted. */
struct weir_log_hist_rates {
    uint64_t *whole;
    uint64_t *low, *high;
};

/* A dense table of all bins, and what is summed in it. Where one value is that of many records, an
 * entry cannot be added to faster than a store returns to a load: these records go to the spare
 * entries behind the last one, in turn, and the owner adds those up at the end. */
struct weir_log_hist_tally {
    uint64_t *table;
    unsigned bin_exp; /* 1 .. WEIR_LOG_HIST_EXP_MAX */
    bool has_hot;
    uint64_t hot; /* the value that goes to the spare entries */
    const uint64_t *const *column;
    size_t n_columns; /* 2 .. WEIR_LOG_HIST_COLUMNS_MAX */
};

struct weir_log_hist_ops {
    /* duration[i] = last - first in ms, but 0 where that is negative or packets[i] is 1. Returns
     * the number of records where it is negative. */
    size_t (*durations)(const struct weir_log_hist_times *times, size_t n, uint64_t *duration);

    /* whole[i] = floor(8000 * octets[i] / duration[i]); low and high are floor(2^20 * 8000 *
     * octets[i] / duration[i]) in two parts; all 0 where the duration is. False, and nothing of it
     * holds, when some octets[i] >= 2^51 or duration[i] >= 2^44. */
    bool (*rates)(const uint64_t *octets, const uint64_t *duration, size_t n,
                  const struct weir_log_hist_rates *rates);

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

    /* `index` for x and `add` in one pass. bits[c] becomes the bitwise or of column c, for a proof
     * that comes afterwards: sums that wrap are still right modulo 2^64, so that what was added can
     * be taken off again. */
    void (*tally)(const struct weir_log_hist_tally *tally, const uint64_t *x, size_t n,
                  uint64_t *bits);

    /* Adds the records with packets < WEIR_LOG_HIST_PACKED_PACKETS and octets <
     * WEIR_LOG_HIST_PACKED_OCTETS to `packed` (WEIR_LOG_HIST_PACKED_SLOTS counters); the
     * positions of the others are written to rest[] (room for n), ascending. Returns their
     * number. */
    size_t (*pack)(uint64_t *packed, const uint64_t *packets, const uint64_t *octets, size_t n,
                   uint32_t *rest);
};

/* Adds tables 1 .. n_tables - 1 of n_words numbers each to table 0 on up to n_threads threads; the
 * caller has proved that no sum wraps. A shell: it opens a parallel region where there are two
 * tables and more. */
void weir_log_hist_fold(uint64_t *const *table, size_t n_tables, size_t n_words, int n_threads);

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
