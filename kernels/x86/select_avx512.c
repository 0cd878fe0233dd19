/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection with AVX-512: VPCOMPRESS of 64 records at a time.
 *
 * The compressing form that writes memory is slow on Zen 4; compressing into a register and storing
 * all of it is not, and the surplus falls on slots that the interface allows to overwrite.
 *
 * Columns are read a few pages each in turn, and prefetching by hardware ends with a page. So lines
 * are asked for a page ahead, also beyond the last record: a scan comes there with its next batch.
 * That took a selection from 67 to 62 ms for 10 million records of 21 columns, where a sum over
 * them in the same order takes 53 ms. 3 KB gain less, 16 KB lose. */
#if defined(__x86_64__) && !defined(WEIR_NO_SIMD)

#include "select.h"

#include <immintrin.h>

#define GROUP       64
#define AHEAD_BYTES 4096

/* The first n < 64 bits set. */
static uint64_t low_bits(size_t n)
{
    return ((uint64_t)1 << n) - 1;
}

static __mmask64 mask_bits(const uint8_t *mask)
{
    const __m512i bytes = _mm512_loadu_si512(mask);
    return _mm512_test_epi8_mask(bytes, bytes);
}

/* The bits of the last n < GROUP records. */
static __mmask64 mask_bits_tail(const uint8_t *mask, size_t n)
{
    const __m512i bytes = _mm512_maskz_loadu_epi8(low_bits(n), mask);
    return _mm512_test_epi8_mask(bytes, bytes);
}

/* A prefetch of what is not mapped does nothing. */
static void fetch_ahead(const void *group, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += 64)
        _mm_prefetch((const char *)((uintptr_t)group + AHEAD_BYTES + at), _MM_HINT_T1);
}

static size_t ones(uint64_t bits)
{
    return (size_t)_mm_popcnt_u64(bits);
}

static size_t count(const uint8_t *mask, size_t n)
{
    size_t sum = 0;
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP)
        sum += ones(mask_bits(mask + i));
    return sum + ones(mask_bits_tail(mask + i, n - i));
}

static size_t compress_8(const uint8_t *restrict in, const uint8_t *restrict mask, size_t n,
                         uint8_t *restrict out)
{
    size_t k = 0;
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        fetch_ahead(in + i, GROUP * sizeof *in);
        const __mmask64 bits = mask_bits(mask + i);
        const __m512i values = _mm512_loadu_si512(in + i);
        _mm512_storeu_si512(out + k, _mm512_maskz_compress_epi8(bits, values));
        k += ones(bits);
    }
    const __mmask64 bits = mask_bits_tail(mask + i, n - i);
    const __m512i values = _mm512_maskz_loadu_epi8(bits, in + i);
    const size_t left = ones(bits);
    _mm512_mask_storeu_epi8(out + k, low_bits(left), _mm512_maskz_compress_epi8(bits, values));
    return k + left;
}

/* 32 values of 16 bits; the wider ones alike. */
static size_t pack_16(const uint16_t *in, __mmask32 bits, uint16_t *out)
{
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi16(bits, _mm512_loadu_si512(in)));
    return ones(bits);
}

static size_t pack_32(const uint32_t *in, __mmask16 bits, uint32_t *out)
{
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi32(bits, _mm512_loadu_si512(in)));
    return ones(bits);
}

static size_t pack_64(const uint64_t *in, __mmask8 bits, uint64_t *out)
{
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi64(bits, _mm512_loadu_si512(in)));
    return ones(bits);
}

static size_t compress_16(const uint16_t *restrict in, const uint8_t *restrict mask, size_t n,
                          uint16_t *restrict out)
{
    size_t k = 0;
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        fetch_ahead(in + i, GROUP * sizeof *in);
        const __mmask64 bits = mask_bits(mask + i);
        if (bits == 0)
            continue;
        k += pack_16(in + i, (__mmask32)bits, out + k);
        k += pack_16(in + i + 32, (__mmask32)(bits >> 32), out + k);
    }
    for (; i < n; i++) {
        out[k] = in[i];
        k += mask[i];
    }
    return k;
}

static size_t compress_32(const uint32_t *restrict in, const uint8_t *restrict mask, size_t n,
                          uint32_t *restrict out)
{
    size_t k = 0;
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        fetch_ahead(in + i, GROUP * sizeof *in);
        const __mmask64 bits = mask_bits(mask + i);
        if (bits == 0)
            continue;
        for (unsigned j = 0; j < GROUP; j += 16)
            k += pack_32(in + i + j, (__mmask16)(bits >> j), out + k);
    }
    for (; i < n; i++) {
        out[k] = in[i];
        k += mask[i];
    }
    return k;
}

static size_t compress_64(const uint64_t *restrict in, const uint8_t *restrict mask, size_t n,
                          uint64_t *restrict out)
{
    size_t k = 0;
    size_t i = 0;
    for (; i + GROUP <= n; i += GROUP) {
        fetch_ahead(in + i, GROUP * sizeof *in);
        const __mmask64 bits = mask_bits(mask + i);
        if (bits == 0)
            continue;
        for (unsigned j = 0; j < GROUP; j += 8)
            k += pack_64(in + i + j, (__mmask8)(bits >> j), out + k);
    }
    for (; i < n; i++) {
        out[k] = in[i];
        k += mask[i];
    }
    return k;
}

static size_t compress(const void *in, size_t bytes, const uint8_t *mask, size_t n, void *out)
{
    switch (bytes) {
    case 1:
        return compress_8(in, mask, n, out);
    case 2:
        return compress_16(in, mask, n, out);
    case 4:
        return compress_32(in, mask, n, out);
    default:
        return compress_64(in, mask, n, out);
    }
}

const struct weir_select_ops weir_select_avx512 = {.count = count, .compress = compress};

#endif
