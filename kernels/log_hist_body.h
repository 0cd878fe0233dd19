/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins in plain C: what every variant must do.
 *
 * A body file: the reference compiles it for any machine; variants include it for the leaves that
 * a compiler makes fast by itself once it may use their instructions (a count of leading zeros,
 * shifts by a register). A variant need not use all of it. */
#ifndef WEIR_LOG_HIST_BODY_H
#define WEIR_LOG_HIST_BODY_H

#include "log_hist.h"

/* Below these no 64-bit step of body_rates can overflow: 8000 * octets stays within 2^64, and a
 * remainder << 20 too. */
#define RATE_OCTETS_LIMIT   ((uint64_t)1 << 51)
#define RATE_DURATION_LIMIT ((uint64_t)1 << 44)

/* No branch: half of all flows have one packet, and one that asks for it would often be wrong. */
static inline size_t body_durations(const struct weir_log_hist_times *times, size_t n,
                                    uint64_t *duration)
{
    size_t n_negative = 0;
    for (size_t i = 0; i < n; i++) {
        const int64_t seconds = (int64_t)times->last[i] - (int64_t)times->first[i];
        const int64_t ms = seconds * 1000 + times->last_ms[i] - times->first_ms[i];
        n_negative += ms < 0;
        duration[i] = (uint64_t)ms & -(uint64_t)((ms >= 0) & (times->packets[i] != 1));
    }
    return n_negative;
}

/* With 8000 * octets = q * duration + r, floor(2^20 * rate) is (q << 20) + floor((r << 20) /
 * duration). */
static inline bool body_rates(const uint64_t *octets, const uint64_t *duration, size_t n,
                              const struct weir_log_hist_rates *rates)
{
    const unsigned high_bits = WEIR_LOG_HIST_RATE_LOW_BITS - WEIR_LOG_HIST_RATE_SCALE_BITS;
    const uint64_t low_mask = ((uint64_t)1 << high_bits) - 1;
    uint64_t all_octets = 0;
    uint64_t all_durations = 0;
    for (size_t i = 0; i < n; i++) {
        /* Without a duration, octets are taken for none and 1 divides them. */
        const uint64_t lasts = duration[i] != 0;
        const uint64_t dividend = 8000 * octets[i] * lasts;
        const uint64_t divisor = duration[i] + (1 - lasts);
        const uint64_t whole = dividend / divisor;
        all_octets |= octets[i];
        all_durations |= duration[i];
        rates->whole[i] = whole;
        if (rates->low == NULL)
            continue;
        const uint64_t rest = dividend - whole * divisor;
        rates->low[i] = (whole & low_mask) << WEIR_LOG_HIST_RATE_SCALE_BITS |
                        (rest << WEIR_LOG_HIST_RATE_SCALE_BITS) / divisor;
        rates->high[i] = whole >> high_bits;
    }
    return all_octets < RATE_OCTETS_LIMIT && all_durations < RATE_DURATION_LIMIT;
}

static inline struct weir_log_hist_times times_at(const struct weir_log_hist_times *times, size_t i)
{
    return (struct weir_log_hist_times){.first = times->first + i,
                                        .last = times->last + i,
                                        .first_ms = times->first_ms + i,
                                        .last_ms = times->last_ms + i,
                                        .packets = times->packets + i};
}

static inline struct weir_log_hist_rates rates_at(const struct weir_log_hist_rates *rates, size_t i)
{
    if (rates->low == NULL)
        return (struct weir_log_hist_rates){.whole = rates->whole + i};
    return (struct weir_log_hist_rates){
        .whole = rates->whole + i, .low = rates->low + i, .high = rates->high + i};
}

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

/* Records whose indices are made before any is added: few enough for the processor to look across
 * the end of the block, so that it waits for columns and for entries of the table at once. */
#define TALLY_BLOCK WEIR_LOG_HIST_SPARE_ENTRIES

/* Indices of up to TALLY_BLOCK values. */
static inline void body_tally_index(const struct weir_log_hist_tally *tally, const uint64_t *x,
                                    size_t n, uint32_t *index)
{
    const uint32_t spare = (uint32_t)weir_log_hist_entries(tally->bin_exp);
    body_index(x, n, tally->bin_exp, index);
    if (tally->has_hot)
        for (size_t i = 0; i < n; i++)
            index[i] = x[i] == tally->hot ? spare + (uint32_t)i : index[i];
}

static inline void body_tally(const struct weir_log_hist_tally *tally, const uint64_t *x, size_t n,
                              uint64_t *bits)
{
    const uint64_t *at[WEIR_LOG_HIST_COLUMNS_MAX];
    for (size_t c = 0; c < tally->n_columns; c++)
        bits[c] = body_bits_or(tally->column[c], n);
    for (size_t i = 0; i < n; i += TALLY_BLOCK) {
        const size_t m = n - i < TALLY_BLOCK ? n - i : TALLY_BLOCK;
        uint32_t index[TALLY_BLOCK];
        body_tally_index(tally, x + i, m, index);
        for (size_t c = 0; c < tally->n_columns; c++)
            at[c] = tally->column[c] + i;
        body_add(tally->table, index, m, at, tally->n_columns);
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
