/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms with logarithmic bins for AVX-512: eight values at a time. */
#include "log_hist_derive_avx512.h"
#include "log_hist_entry.h"

static inline __m512i load(const uint64_t *values)
{
    return _mm512_loadu_si512((const void *)values);
}

static uint64_t bits_or(const uint64_t *value, size_t n)
{
    __m512i all[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                      _mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        for (size_t k = 0; k < 4; k++)
            all[k] = _mm512_or_si512(all[k], load(value + i + 8 * k));
    all[0] = _mm512_or_si512(_mm512_or_si512(all[0], all[1]), _mm512_or_si512(all[2], all[3]));
    return (uint64_t)_mm512_reduce_or_epi64(all[0]) | body_bits_or(value + i, n - i);
}

/* max(0, 64 - kept - leading zeros); 64 leading zeros of 0 give 0 too. */
static inline __m512i shift_of_eight(__m512i x, __m512i most)
{
    return _mm512_max_epi64(_mm512_sub_epi64(most, _mm512_lzcnt_epi64(x)), _mm512_setzero_si512());
}

static inline __m512i index_of_eight(__m512i x, unsigned bin_exp)
{
    const __m512i shift = shift_of_eight(x, _mm512_set1_epi64(64 - (long long)bin_exp));
    const __m128i by = _mm_cvtsi32_si128((int)bin_exp - 1);
    return _mm512_add_epi64(_mm512_sll_epi64(shift, by), _mm512_srlv_epi64(x, shift));
}

static void index_dense(const uint64_t *x, size_t n, unsigned bin_exp, uint32_t *index)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_si256((__m256i *)(void *)(index + i),
                            _mm512_cvtepi64_epi32(index_of_eight(load(x + i), bin_exp)));
    body_index(x + i, n - i, bin_exp, index + i);
}

static inline void tally_index_block(const struct weir_log_hist_tally *tally, const uint64_t *x,
                                     uint32_t *index)
{
    const __m512i hot = _mm512_set1_epi64((long long)tally->hot);
    const __m512i eight = _mm512_set1_epi64(8);
    __m512i spare =
        _mm512_add_epi64(_mm512_set1_epi64((long long)weir_log_hist_entries(tally->bin_exp)),
                         _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
    for (size_t i = 0; i < TALLY_BLOCK; i += 8) {
        const __m512i value = load(x + i);
        __m512i place = index_of_eight(value, tally->bin_exp);
        if (tally->has_hot) {
            place = _mm512_mask_mov_epi64(place, _mm512_cmpeq_epi64_mask(value, hot), spare);
            spare = _mm512_add_epi64(spare, eight);
        }
        _mm256_store_si256((__m256i *)(void *)(index + i), _mm512_cvtepi64_epi32(place));
    }
}

#include "log_hist_tally.h"

static void lower(const uint64_t *x, size_t n, unsigned bin_exp, uint64_t *lo)
{
    const __m512i most = _mm512_set1_epi64(bin_exp == 0 ? 0 : 64 - (long long)bin_exp);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m512i value = load(x + i);
        const __m512i shift = shift_of_eight(value, most);
        _mm512_storeu_si512((void *)(lo + i),
                            _mm512_sllv_epi64(_mm512_srlv_epi64(value, shift), shift));
    }
    body_lower(x + i, n - i, bin_exp, lo + i);
}

/* Positions go through a register: a compressing store to memory is slow on some processors. The
 * eight positions that are stored always fit, because n_rest <= i and i + 8 <= n. */
static size_t split(const uint64_t *x, size_t n, uint64_t limit, uint32_t *index, uint32_t *rest)
{
    const __m512i limits = _mm512_set1_epi64((long long)limit);
    const __m512i lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    size_t n_rest = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m512i value = load(x + i);
        const __mmask8 beyond = _mm512_cmpge_epu64_mask(value, limits);
        const size_t spare = limit + i % WEIR_LOG_HIST_SPARE_ENTRIES;
        const __m512i spares = _mm512_add_epi64(_mm512_set1_epi64((long long)spare), lanes);
        const __m512i place = _mm512_mask_mov_epi64(value, beyond, spares);
        _mm256_storeu_si256((__m256i *)(void *)(index + i), _mm512_cvtepi64_epi32(place));
        if (beyond != 0) {
            const __m512i here = _mm512_add_epi64(_mm512_set1_epi64((long long)i), lanes);
            const __m512i positions = _mm512_maskz_compress_epi64(beyond, here);
            _mm256_storeu_si256((__m256i *)(void *)(rest + n_rest),
                                _mm512_cvtepi64_epi32(positions));
            n_rest += (size_t)_mm_popcnt_u32(beyond);
        }
    }
    for (; i < n; i++) {
        index[i] = (uint32_t)(x[i] < limit ? x[i] : limit + i % WEIR_LOG_HIST_SPARE_ENTRIES);
        if (x[i] >= limit)
            rest[n_rest++] = (uint32_t)i;
    }
    return n_rest;
}

/* Nearly all records are small: eight of them are tested at once, and only a mixed group is looked
 * at one by one. */
static size_t pack(uint64_t *packed, const uint64_t *packets, const uint64_t *octets, size_t n,
                   uint32_t *rest)
{
    const uint64_t flow = (uint64_t)1 << WEIR_LOG_HIST_PACKED_SHIFT;
    const __m512i packets_limit = _mm512_set1_epi64(WEIR_LOG_HIST_PACKED_PACKETS);
    const __m512i octets_limit = _mm512_set1_epi64((long long)WEIR_LOG_HIST_PACKED_OCTETS);
    size_t n_rest = 0;
    for (size_t i = 0; i < n; i += 8) {
        const size_t m = n - i < 8 ? n - i : 8;
        __mmask8 small = 0;
        if (m == 8)
            small = _mm512_cmplt_epu64_mask(load(packets + i), packets_limit) &
                    _mm512_cmplt_epu64_mask(load(octets + i), octets_limit);
        if (small == 0xff) {
            for (size_t k = 0; k < 8; k++)
                packed[k % WEIR_LOG_HIST_PACKED_TABLES * WEIR_LOG_HIST_PACKED_STRIDE +
                       packets[i + k]] += flow + octets[i + k];
            continue;
        }
        const size_t found = body_pack(packed, packets + i, octets + i, m, rest + n_rest);
        for (size_t k = 0; k < found; k++)
            rest[n_rest + k] += (uint32_t)i;
        n_rest += found;
    }
    return n_rest;
}

const struct weir_log_hist_ops weir_log_hist_avx512 = {
    .durations = derive_durations,
    .rates = derive_rates,
    .bits_or = bits_or,
    .index = index_dense,
    .lower = lower,
    .split = split,
    .add = entry_add_all,
    .tally = tally_all,
    .pack = pack,
};
