/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations and rates for AVX2, four at a time: see log_hist_derive_avx512.h for the proof of the
 * quotients. Whole numbers below 2^52 become doubles, and back, by way of the double 2^52, whose
 * fraction bits hold what is added to it. */
#ifndef WEIR_LOG_HIST_DERIVE_AVX2_H
#define WEIR_LOG_HIST_DERIVE_AVX2_H

#include "log_hist_body.h"

#include <immintrin.h>

#define EXACT_OCTETS_BITS   39
#define EXACT_DURATION_BITS 32

static inline __m256i derive_seconds_to_ms(const uint32_t *seconds)
{
    const __m128i four = _mm_loadu_si128((const __m128i *)(const void *)seconds);
    return _mm256_mul_epu32(_mm256_cvtepu32_epi64(four), _mm256_set1_epi64x(1000));
}

static inline __m256i derive_ms(const uint16_t *ms)
{
    return _mm256_cvtepu16_epi64(_mm_loadl_epi64((const __m128i *)(const void *)ms));
}

static inline __m256i derive_load(const uint64_t *values)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)values);
}

static inline void derive_store(uint64_t *out, __m256i values)
{
    _mm256_storeu_si256((__m256i *)(void *)out, values);
}

static size_t derive_durations(const struct weir_log_hist_times *times, size_t n,
                               uint64_t *duration)
{
    const __m256i one = _mm256_set1_epi64x(1);
    size_t n_negative = 0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m256i first = _mm256_add_epi64(derive_seconds_to_ms(times->first + i),
                                               derive_ms(times->first_ms + i));
        const __m256i last =
            _mm256_add_epi64(derive_seconds_to_ms(times->last + i), derive_ms(times->last_ms + i));
        const __m256i negative = _mm256_cmpgt_epi64(first, last);
        const __m256i single = _mm256_cmpeq_epi64(derive_load(times->packets + i), one);
        const int mask = _mm256_movemask_pd(_mm256_castsi256_pd(negative));
        n_negative += (unsigned)__builtin_popcount((unsigned)mask);
        derive_store(duration + i, _mm256_andnot_si256(_mm256_or_si256(negative, single),
                                                       _mm256_sub_epi64(last, first)));
    }
    const struct weir_log_hist_times tail = times_at(times, i);
    return n_negative + body_durations(&tail, n - i, duration + i);
}

static inline __m256d derive_to_real(__m256i whole)
{
    const __m256d base = _mm256_set1_pd(0x1p52);
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(whole, _mm256_castpd_si256(base))),
                         base);
}

static inline __m256i derive_to_whole(__m256d real)
{
    const __m256d base = _mm256_set1_pd(0x1p52);
    return _mm256_xor_si256(_mm256_castpd_si256(_mm256_add_pd(real, base)),
                            _mm256_castpd_si256(base));
}

/* The rates of four records within the exact bounds. Without a duration, octets are taken for none
 * and 1 divides them. */
static inline void derive_four_rates(__m256i octets, __m256i durations, size_t i,
                                     const struct weir_log_hist_rates *rates)
{
    const int high_bits = WEIR_LOG_HIST_RATE_LOW_BITS - WEIR_LOG_HIST_RATE_SCALE_BITS;
    const __m256i none = _mm256_cmpeq_epi64(durations, _mm256_setzero_si256());
    const __m256d divisor = derive_to_real(_mm256_sub_epi64(durations, none));
    const __m256d dividend =
        _mm256_mul_pd(derive_to_real(_mm256_andnot_si256(none, octets)), _mm256_set1_pd(8000));
    const __m256d quotient = _mm256_floor_pd(_mm256_div_pd(dividend, divisor));
    const __m256i whole = derive_to_whole(quotient);
    derive_store(rates->whole + i, whole);
    if (rates->low == NULL)
        return;
    const __m256d rest = _mm256_fnmadd_pd(quotient, divisor, dividend);
    const __m256d scaled =
        _mm256_mul_pd(rest, _mm256_set1_pd((double)(1 << WEIR_LOG_HIST_RATE_SCALE_BITS)));
    const __m256i fraction = derive_to_whole(_mm256_floor_pd(_mm256_div_pd(scaled, divisor)));
    const __m256i low_mask = _mm256_set1_epi64x((1LL << high_bits) - 1);
    const __m256i low =
        _mm256_slli_epi64(_mm256_and_si256(whole, low_mask), WEIR_LOG_HIST_RATE_SCALE_BITS);
    derive_store(rates->low + i, _mm256_or_si256(low, fraction));
    derive_store(rates->high + i, _mm256_srli_epi64(whole, high_bits));
}

static bool derive_rates(const uint64_t *octets, const uint64_t *duration, size_t n,
                         const struct weir_log_hist_rates *rates)
{
    bool good = true;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m256i four = derive_load(octets + i);
        const __m256i lasting = derive_load(duration + i);
        const __m256i beyond = _mm256_or_si256(_mm256_srli_epi64(four, EXACT_OCTETS_BITS),
                                               _mm256_srli_epi64(lasting, EXACT_DURATION_BITS));
        if (_mm256_testz_si256(beyond, beyond)) {
            derive_four_rates(four, lasting, i, rates);
            continue;
        }
        const struct weir_log_hist_rates here = rates_at(rates, i);
        good &= body_rates(octets + i, duration + i, 4, &here);
    }
    const struct weir_log_hist_rates tail = rates_at(rates, i);
    return body_rates(octets + i, duration + i, n - i, &tail) && good;
}

#endif
