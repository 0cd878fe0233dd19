/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection in plain C: the definition. */
#include "select.h"

static size_t count(const uint8_t *mask, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += mask[i];
    return sum;
}

/* Without a branch: every value is written, and the next one takes its place if it is not
 * selected. Slot `k` is never beyond `i`. */
static size_t compress_8(const uint8_t *restrict in, const uint8_t *restrict mask, size_t n,
                         uint8_t *restrict out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        out[k] = in[i];
        k += mask[i];
    }
    return k;
}

static size_t compress_16(const uint16_t *restrict in, const uint8_t *restrict mask, size_t n,
                          uint16_t *restrict out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        out[k] = in[i];
        k += mask[i];
    }
    return k;
}

static size_t compress_32(const uint32_t *restrict in, const uint8_t *restrict mask, size_t n,
                          uint32_t *restrict out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        out[k] = in[i];
        k += mask[i];
    }
    return k;
}

static size_t compress_64(const uint64_t *restrict in, const uint8_t *restrict mask, size_t n,
                          uint64_t *restrict out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
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

const struct weir_select_ops weir_select_ref = {.count = count, .compress = compress};
