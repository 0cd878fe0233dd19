/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins in plain C: what every variant must do.
 *
 * A body file: the reference compiles it for any machine; variants include it for the leaves that
 * a compiler makes fast by itself once it may use their instructions (a count of leading zeros,
 * shifts by a register). A variant need not use all of it. */
#ifndef WEIR_LOG_HIST_BODY_H
#define WEIR_LOG_HIST_BODY_H

#include "log_hist.h"

static inline uint64_t body_bits_or(const uint64_t *value, size_t n)
{
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= value[i];
    return all;
}

/* Bits of x beyond the leading `bin_exp` ones. x | 1: 0 has the bin of 1 shifted by nothing. */
static inline unsigned shift_of(uint64_t x, unsigned bin_exp)
{
    const int shift = 64 - (int)bin_exp - __builtin_clzll(x | 1);
    return shift < 0 ? 0 : (unsigned)shift;
}

static inline void body_index(const uint64_t *x, size_t n, unsigned bin_exp, uint32_t *index)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned shift = shift_of(x[i], bin_exp);
        index[i] = (uint32_t)((shift << (bin_exp - 1)) + (x[i] >> shift));
    }
}

static inline void body_lower(const uint64_t *x, size_t n, unsigned bin_exp, uint64_t *lo)
{
    const unsigned kept = bin_exp == 0 ? 64 : bin_exp;
    for (size_t i = 0; i < n; i++) {
        const unsigned shift = shift_of(x[i], kept);
        lo[i] = x[i] >> shift << shift;
    }
}

static inline size_t body_split(const uint64_t *x, size_t n, uint64_t limit, uint32_t *index,
                                uint32_t *rest)
{
    size_t n_rest = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t spare = limit + i % WEIR_LOG_HIST_SPARE_ENTRIES;
        index[i] = (uint32_t)(x[i] < limit ? x[i] : spare);
        rest[n_rest] = (uint32_t)i;
        n_rest += x[i] >= limit;
    }
    return n_rest;
}

static inline void body_add(uint64_t *table, const uint32_t *index, size_t n,
                            const uint64_t *const *column, size_t n_columns)
{
    const size_t stride = weir_log_hist_stride(n_columns);
    for (size_t i = 0; i < n; i++) {
        uint64_t *entry = table + index[i] * stride;
        entry[0]++;
        entry[1] += column[0][i];
        entry[2] += column[1][i];
        for (size_t c = 2; c < n_columns; c++)
            entry[c + 1] += column[c][i];
    }
}

static inline size_t body_pack(uint64_t *packed, const uint64_t *packets, const uint64_t *octets,
                               size_t n, uint32_t *rest)
{
    const uint64_t flow = (uint64_t)1 << WEIR_LOG_HIST_PACKED_SHIFT;
    size_t n_rest = 0;
    for (size_t i = 0; i < n; i++) {
        if (packets[i] >= WEIR_LOG_HIST_PACKED_PACKETS || octets[i] >= WEIR_LOG_HIST_PACKED_OCTETS)
            rest[n_rest++] = (uint32_t)i;
        else
            packed[i % WEIR_LOG_HIST_PACKED_TABLES * WEIR_LOG_HIST_PACKED_STRIDE + packets[i]] +=
                flow + octets[i];
    }
    return n_rest;
}

#endif
