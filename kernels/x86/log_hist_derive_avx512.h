/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations and rates for AVX-512, eight at a time.
 *
 * Quotients come from divisions of doubles, which are exact here. Let D and d be whole numbers with
 * D + d < 2^53 and q = floor(D / d). Rounding is monotonic and q a double, so the rounded quotient
 * is not below q. Nor does it reach q + 1: D / d is at least 1 / d below, while half the distance
 * between doubles there is at most (q + 1) / 2^53 <= (D + d) / d / 2^53 < 1 / d. So cutting off
 * the fraction of the rounded quotient gives q. It holds for D = 8000 * octets, and for the
 * remainder times 2^20, within the bounds below; the remainder itself is a whole number below 2^53,
 * which a fused multiplication and subtraction gives without rounding. */
#ifndef WEIR_LOG_HIST_DERIVE_AVX512_H
#define WEIR_LOG_HIST_DERIVE_AVX512_H

#include "log_hist_body.h"

#include <immintrin.h>

#define EXACT_OCTETS_BITS   39 /* 8000 * 2^39 < 2^52 */
#define EXACT_DURATION_BITS 32 /* remainder << 20 < 2^52 */

static inline __m512i derive_seconds_to_ms(const uint32_t *seconds)
{
    const __m256i eight = _mm256_loadu_si256((const __m256i *)(const void *)seconds);
    return _mm512_mul_epu32(_mm512_cvtepu32_epi64(eight), _mm512_set1_epi64(1000));
}

static inline __m512i derive_ms(const uint16_t *ms)
{
    return _mm512_cvtepu16_epi64(_mm_loadu_si128((const __m128i *)(const void *)ms));
}

static size_t derive_durations(const struct weir_log_hist_times *times, size_t n,
                               uint64_t *duration)
{
    const __m512i one = _mm512_set1_epi64(1);
    size_t n_negative = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m512i first = _mm512_add_epi64(derive_seconds_to_ms(times->first + i),
                                               derive_ms(times->first_ms + i));
        const __m512i last =
            _mm512_add_epi64(derive_seconds_to_ms(times->last + i), derive_ms(times->last_ms + i));
        const __m512i packets = _mm512_loadu_si512((const void *)(times->packets + i));
        const __mmask8 rising = _mm512_cmpge_epu64_mask(last, first);
        const __mmask8 several = _mm512_cmpneq_epi64_mask(packets, one);
        n_negative += 8U - (unsigned)_mm_popcnt_u32(rising);
        _mm512_storeu_si512((void *)(duration + i),
                            _mm512_maskz_sub_epi64(rising & several, last, first));
    }
    const struct weir_log_hist_times tail = times_at(times, i);
    return n_negative + body_durations(&tail, n - i, duration + i);
}

/* The rates of eight records within the exact bounds. */
static inline void derive_eight_rates(__m512i octets, __m512i durations, size_t i,
                                      const struct weir_log_hist_rates *rates)
{
    const int high_bits = WEIR_LOG_HIST_RATE_LOW_BITS - WEIR_LOG_HIST_RATE_SCALE_BITS;
    const __m512d dividend = _mm512_mul_pd(_mm512_cvtepu64_pd(octets), _mm512_set1_pd(8000));
    const __m512d divisor = _mm512_cvtepu64_pd(durations);
    const __mmask8 lasts = _mm512_test_epi64_mask(durations, durations);
    const __m512d quotient = _mm512_maskz_div_pd(lasts, dividend, divisor);
    const __m512i whole = _mm512_cvttpd_epu64(quotient);
    _mm512_storeu_si512((void *)(rates->whole + i), whole);
    if (rates->low == NULL)
        return;
    const __m512d rest = _mm512_fnmadd_pd(_mm512_cvtepu64_pd(whole), divisor, dividend);
    const __m512d scaled =
        _mm512_mul_pd(rest, _mm512_set1_pd((double)(1 << WEIR_LOG_HIST_RATE_SCALE_BITS)));
    const __m512i fraction = _mm512_cvttpd_epu64(_mm512_maskz_div_pd(lasts, scaled, divisor));
    const __m512i low_mask = _mm512_set1_epi64((1LL << high_bits) - 1);
    const __m512i low =
        _mm512_slli_epi64(_mm512_and_si512(whole, low_mask), WEIR_LOG_HIST_RATE_SCALE_BITS);
    _mm512_storeu_si512((void *)(rates->low + i), _mm512_or_si512(low, fraction));
    _mm512_storeu_si512((void *)(rates->high + i), _mm512_srli_epi64(whole, high_bits));
}

static bool derive_rates(const uint64_t *octets, const uint64_t *duration, size_t n,
                         const struct weir_log_hist_rates *rates)
{
    bool good = true;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m512i eight = _mm512_loadu_si512((const void *)(octets + i));
        const __m512i lasting = _mm512_loadu_si512((const void *)(duration + i));
        const __m512i beyond = _mm512_or_si512(_mm512_srli_epi64(eight, EXACT_OCTETS_BITS),
                                               _mm512_srli_epi64(lasting, EXACT_DURATION_BITS));
        if (_mm512_test_epi64_mask(beyond, beyond) == 0) {
            derive_eight_rates(eight, lasting, i, rates);
            continue;
        }
        const struct weir_log_hist_rates here = rates_at(rates, i);
        good &= body_rates(octets + i, duration + i, 8, &here);
    }
    const struct weir_log_hist_rates tail = rates_at(rates, i);
    return body_rates(octets + i, duration + i, n - i, &tail) && good;
}

#endif
