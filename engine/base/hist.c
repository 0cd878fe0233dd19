/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished histogram: arrays that grow, sums that do not wrap, and the rule of bins. */
#include "hist.h"

void weir_hist_init(struct weir_hist *hist, struct weir_mem *mem)
{
    *hist = (struct weir_hist){.mem = mem};
}

void weir_hist_release(struct weir_hist *hist)
{
    if (hist->mem != NULL) {
        weir_mem_free(hist->mem, hist->bin_lo);
        weir_mem_free(hist->mem, hist->bin_hi);
        weir_mem_free(hist->mem, hist->sum);
    }
    *hist = (struct weir_hist){.mem = hist->mem};
}

/* Arrays that have grown stay so when a later one cannot: capacity tells what all of them hold. */
static bool resize(struct weir_hist *hist, size_t n_bins)
{
    const size_t bin_bytes = sizeof(weir_u128) * (hist->n_columns == 0 ? 1 : hist->n_columns);
    if (n_bins > SIZE_MAX / bin_bytes)
        return false;
    weir_u128 *lo = weir_mem_resize(hist->mem, hist->bin_lo, n_bins * sizeof *lo);
    if (lo == NULL)
        return false;
    hist->bin_lo = lo;
    weir_u128 *hi = weir_mem_resize(hist->mem, hist->bin_hi, n_bins * sizeof *hi);
    if (hi == NULL)
        return false;
    hist->bin_hi = hi;
    weir_u128 *sum = weir_mem_resize(hist->mem, hist->sum, n_bins * bin_bytes);
    if (sum == NULL)
        return false;
    hist->sum = sum;
    hist->capacity = n_bins;
    return true;
}

enum weir_status weir_hist_reserve(struct weir_hist *hist, size_t n_bins, struct weir_error *err)
{
    if (n_bins <= hist->capacity)
        return WEIR_OK;
    const size_t roomy = hist->capacity + hist->capacity / 2;
    if (roomy > n_bins && resize(hist, roomy))
        return WEIR_OK;
    if (resize(hist, n_bins))
        return WEIR_OK;
    return weir_error_set(err, WEIR_MEMORY,
                          "no memory for a histogram of %zu bins: choose wider bins (--bin-exp) or "
                          "more --memory",
                          n_bins);
}

enum weir_status weir_hist_add_sum(const struct weir_hist *hist, size_t bin, size_t column,
                                   weir_u128 sum, struct weir_error *err)
{
    weir_u128 *total = &hist->sum[bin * hist->n_columns + column];
    if (!__builtin_add_overflow(*total, sum, total))
        return WEIR_OK;
    char lo[WEIR_NUMBER_CAPACITY];
    return weir_error_set(
        err, WEIR_LIMIT, "the sum of %s in the bin at %s: expected less than 2^128, but found more",
        hist->column_name[column], weir_number_text_u128(lo, hist->bin_lo[bin]));
}

void weir_hist_bin(weir_u128 x, unsigned bin_exp, weir_u128 *lo, weir_u128 *hi)
{
    const unsigned bits = weir_number_bits_u128(x);
    const unsigned shift = bin_exp == 0 || bits <= bin_exp ? 0 : bits - bin_exp;
    *lo = x >> shift << shift;
    *hi = *lo + ((weir_u128)1 << shift);
}
