/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection with AVX2: four values at a time are moved together by one shuffle.
 *
 * A row of 16 gives the places of the selected ones among four, and the shuffle controls of every
 * width are worked out from it. PEXT would save the table but takes 200 cycles on Zen 2. Groups of
 * 32 records of which none or all are selected, the usual case, are skipped or copied. Lines are
 * asked for a page ahead, as with AVX-512. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include "select.h"

#include <immintrin.h>
#include <string.h>

#define GROUP       32
#define AHEAD_BYTES 4096

/* Byte j of row m is the place of the j-th bit set in m. */
static const uint32_t places[16] = {
    0x00000000, 0x00000000, 0x00000001, 0x00000100, 0x00000002, 0x00000200, 0x00000201, 0x00020100,
    0x00000003, 0x00000300, 0x00000301, 0x00030100, 0x00000302, 0x00030200, 0x00030201, 0x03020100,
};

static uint32_t mask_bits(const uint8_t *mask)
{
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)mask);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(bytes, _mm256_setzero_si256()));
}

static size_t count(const uint8_t *mask, size_t n)
{
    __m256i sums = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(mask + i));
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
    }
    uint64_t parts[4];
    _mm256_storeu_si256((__m256i *)(void *)parts, sums);
    size_t sum = parts[0] + parts[1] + parts[2] + parts[3];
    for (; i < n; i++)
        sum += mask[i];
    return sum;
}

/* Each of these moves the selected ones of four values to the front; all four slots are written. */
static void pack_8(const uint8_t *in, uint32_t bits, uint8_t *out)
{
    uint32_t values;
    memcpy(&values, in, sizeof values);
    const __m128i packed =
        _mm_shuffle_epi8(_mm_cvtsi32_si128((int)values), _mm_cvtsi32_si128((int)places[bits]));
    values = (uint32_t)_mm_cvtsi128_si32(packed);
    memcpy(out, &values, sizeof values);
}

static void pack_16(const uint8_t *in, uint32_t bits, uint8_t *out)
{
    const __m128i place = _mm_cvtepu8_epi16(_mm_cvtsi32_si128((int)places[bits]));
    const __m128i control =
        _mm_add_epi16(_mm_mullo_epi16(place, _mm_set1_epi16(0x0202)), _mm_set1_epi16(0x0100));
    const __m128i values = _mm_loadl_epi64((const __m128i *)(const void *)in);
    _mm_storel_epi64((__m128i *)(void *)out, _mm_shuffle_epi8(values, control));
}

static void pack_32(const uint8_t *in, uint32_t bits, uint8_t *out)
{
    const __m128i place = _mm_cvtepu8_epi32(_mm_cvtsi32_si128((int)places[bits]));
    const __m128 values = _mm_castsi128_ps(_mm_loadu_si128((const __m128i *)(const void *)in));
    const __m128 packed = _mm_permutevar_ps(values, place);
    _mm_storeu_si128((__m128i *)(void *)out, _mm_castps_si128(packed));
}

static void pack_64(const uint8_t *in, uint32_t bits, uint8_t *out)
{
    const __m256i place = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128((int)places[bits]));
    const __m256i control = _mm256_or_si256(
        _mm256_slli_epi64(place, 1),
        _mm256_add_epi64(_mm256_slli_epi64(place, 33), _mm256_set1_epi64x((long long)1 << 32)));
    const __m256i values = _mm256_loadu_si256((const __m256i *)(const void *)in);
    _mm256_storeu_si256((__m256i *)(void *)out, _mm256_permutevar8x32_epi32(values, control));
}

/* A prefetch of what is not mapped does nothing. */
static void fetch_ahead(const uint8_t *group, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += 64)
        _mm_prefetch((const char *)((uintptr_t)group + AHEAD_BYTES + at), _MM_HINT_T1);
}

typedef void pack_function(const uint8_t *in, uint32_t bits, uint8_t *out);

/* Inlined into each caller, so that `pack` and `bytes` are constants there. */
static inline __attribute__((always_inline)) size_t
compress_width(const uint8_t *restrict in, size_t bytes, pack_function *pack,
               const uint8_t *restrict mask, size_t n, uint8_t *restrict out)
{
    size_t k = 0;
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        fetch_ahead(in + i * bytes, GROUP * bytes);
        const uint32_t bits = mask_bits(mask + i);
        if (bits == 0)
            continue;
        if (bits == UINT32_MAX) {
            memcpy(out + k * bytes, in + i * bytes, GROUP * bytes);
            k += GROUP;
            continue;
        }
        for (unsigned j = 0; j < GROUP; j += 4) {
            const uint32_t four = bits >> j & 15;
            pack(in + (i + j) * bytes, four, out + k * bytes);
            k += (size_t)_mm_popcnt_u32(four);
        }
    }
    for (; i < n; i++) {
        memcpy(out + k * bytes, in + i * bytes, bytes);
        k += mask[i];
    }
    return k;
}

static size_t compress(const void *in, size_t bytes, const uint8_t *mask, size_t n, void *out)
{
    switch (bytes) {
    case 1:
        return compress_width(in, 1, pack_8, mask, n, out);
    case 2:
        return compress_width(in, 2, pack_16, mask, n, out);
    case 4:
        return compress_width(in, 4, pack_32, mask, n, out);
    default:
        return compress_width(in, 8, pack_64, mask, n, out);
    }
}

const struct weir_select_ops weir_select_avx2 = {.count = count, .compress = compress};

#endif
