/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished histogram: arrays that grow, sums that do not wrap, and the rule of bins. */
#include "hist.h"

#include <stdio.h>
#include <string.h>

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

/* "[lo, hi)" of a bin, for messages. */
#define EDGES_CAPACITY (2 * WEIR_NUMBER_CAPACITY + 4)
static char *edges_text(const struct weir_hist *hist, size_t bin, char *out)
{
    char lo[WEIR_NUMBER_CAPACITY];
    char hi[WEIR_NUMBER_CAPACITY];
    snprintf(out, EDGES_CAPACITY, "[%s, %s)", weir_number_text_u128(lo, hist->bin_lo[bin]),
             weir_number_text_u128(hi, hist->bin_hi[bin]));
    return out;
}

/* Copies bin `from` of one histogram to place `to` of another, or of itself. */
static void copy_bin(struct weir_hist *hist, size_t to, const struct weir_hist *other, size_t from)
{
    const size_t n = hist->n_columns;
    hist->bin_lo[to] = other->bin_lo[from];
    hist->bin_hi[to] = other->bin_hi[from];
    memmove(hist->sum + to * n, other->sum + from * n, n * sizeof *hist->sum);
}

static enum weir_status add_bin(struct weir_hist *hist, size_t to, const struct weir_hist *other,
                                size_t from, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t c = 0; c < hist->n_columns && status == WEIR_OK; c++)
        status = weir_hist_add_sum(hist, to, c, other->sum[from * hist->n_columns + c], err);
    return status;
}

enum weir_status weir_hist_rebin(struct weir_hist *hist, unsigned bin_exp, struct weir_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < hist->n_bins; i++) {
        weir_u128 lo = 0;
        weir_u128 hi = 0;
        weir_hist_bin(hist->bin_lo[i], bin_exp, &lo, &hi);
        char edges[EDGES_CAPACITY];
        if (hist->bin_hi[i] > hi)
            return weir_error_set(err, WEIR_LIMIT,
                                  "expected bins that fit into those of exponent %u, but found %s",
                                  bin_exp, edges_text(hist, i, edges));
        if (n > 0 && hist->bin_lo[n - 1] == lo) {
            const enum weir_status status = add_bin(hist, n - 1, hist, i, err);
            if (status != WEIR_OK)
                return status;
            continue;
        }
        copy_bin(hist, n, hist, i);
        hist->bin_lo[n] = lo;
        hist->bin_hi[n++] = hi;
    }
    hist->n_bins = n;
    return WEIR_OK;
}

static enum weir_status check_columns(const struct weir_hist *hist, const struct weir_hist *other,
                                      struct weir_error *err)
{
    bool same = hist->n_columns == other->n_columns;
    for (size_t c = 0; c < hist->n_columns && same; c++)
        same = strcmp(hist->column_name[c], other->column_name[c]) == 0;
    if (same)
        return WEIR_OK;
    char names[256] = "";
    size_t used = 0;
    for (size_t c = 0; c < hist->n_columns; c++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", c == 0 ? "" : ", ",
                                 hist->column_name[c]);
    return weir_error_set(err, WEIR_FORMAT,
                          "expected the sums of the histograms before (%s), but "
                          "found others",
                          names);
}

/* Appends the lower one of bins i and j to `out`, or both when they are the same. */
static enum weir_status merge_step(struct weir_hist *out, const struct weir_hist *a, size_t *i,
                                   const struct weir_hist *b, size_t *j, struct weir_error *err)
{
    const bool has_a = *i < a->n_bins;
    const bool has_b = *j < b->n_bins;
    const bool take_a = has_a && (!has_b || a->bin_lo[*i] <= b->bin_lo[*j]);
    const bool take_b = has_b && (!has_a || b->bin_lo[*j] <= a->bin_lo[*i]);
    const size_t n = out->n_bins;
    const struct weir_hist *from = take_a ? a : b;
    const size_t at = take_a ? *i : *j;
    if ((take_a && take_b && a->bin_hi[*i] != b->bin_hi[*j]) ||
        (n > 0 && out->bin_hi[n - 1] > from->bin_lo[at])) {
        char edges[EDGES_CAPACITY];
        return weir_error_set(err, WEIR_FORMAT,
                              "expected the bins of the histograms before, but found %s among "
                              "others: make all of them coarser with --bin-exp",
                              edges_text(b, has_b ? *j : b->n_bins - 1, edges));
    }
    copy_bin(out, n, from, at);
    out->n_bins++;
    *i += take_a;
    if (!take_b)
        return WEIR_OK;
    const size_t same = (*j)++;
    return take_a ? add_bin(out, n, b, same, err) : WEIR_OK;
}

enum weir_status weir_hist_add_hist(struct weir_hist *hist, const struct weir_hist *other,
                                    struct weir_error *err)
{
    if (hist->n_columns == 0) {
        hist->n_columns = other->n_columns;
        memcpy(hist->column_name, other->column_name, sizeof hist->column_name);
    }
    enum weir_status status = check_columns(hist, other, err);
    if (status != WEIR_OK)
        return status;
    struct weir_hist out;
    weir_hist_init(&out, hist->mem);
    out.n_columns = hist->n_columns;
    memcpy(out.column_name, hist->column_name, sizeof out.column_name);
    status = weir_hist_reserve(&out, hist->n_bins + other->n_bins, err);
    size_t i = 0;
    size_t j = 0;
    while (status == WEIR_OK && (i < hist->n_bins || j < other->n_bins))
        status = merge_step(&out, hist, &i, other, &j, err);
    if (status != WEIR_OK) {
        weir_hist_release(&out);
        return status;
    }
    weir_hist_release(hist);
    *hist = out;
    return WEIR_OK;
}
