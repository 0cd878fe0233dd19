/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expansion of bins by carried sums: the values of record j are S(j + 1) - S(j) for a function S of
 * whole numbers that starts at 0 and ends at the bin's sum.
 *
 * For offsets o = x - lo from 0 to w = width - 1 with the mean m, quantiles go straight from 0 to m
 * with probability (w - m) / w, and from there straight to w; twice their integral over j of f
 * flows is a parabola in j on either side, with the sum a = f m at j = f:
 *
 *     O(j) = j^2 a w / (2 b f)                       b = f (w - m),  for j w <= b
 *     O(j) = a - w k + k^2 b w / (2 a f)             k = f - j,      else
 *
 * Rounding down the terms that are no whole numbers keeps every step within 0 .. w, as long as a
 * sum of offsets is exact to less than 1, which 64 bits of a long double see to. The sum of y is
 * Y(j) = floor(y_sum X(j) / x_sum), or the like with a part that is the same for all flows. */
#include "generate_expand.h"

#include <math.h>

struct weir_expand_bin {
    struct weir_generate_bin bin;
    uint64_t begin;          /* number of its first record */
    uint64_t offsets, room;  /* a, b above */
    long double left, right; /* what j^2 and k^2 are multiplied by */
    uint64_t y_each;         /* part of y that is the same for all flows */
};

static void set_bin(const struct weir_generate_bin *bin, enum weir_hist_x x,
                    struct weir_expand_bin *into)
{
    const long double width = (long double)(bin->width - 1);
    *into = (struct weir_expand_bin){.bin = *bin,
                                     .offsets = bin->x_sum - bin->flows * bin->lo,
                                     .y_each = x == WEIR_X_SIZE && bin->y_sum >= bin->flows};
    into->room = bin->flows * (bin->width - 1) - into->offsets;
    const long double a = (long double)into->offsets;
    const long double b = (long double)into->room;
    if (a > 0 && b > 0) {
        into->left = a / b * width / (2 * (long double)bin->flows);
        into->right = b / a * width / (2 * (long double)bin->flows);
    }
}

enum weir_status weir_expand_init(struct weir_expand *expand, const struct weir_hist *hist,
                                  enum weir_hist_x x, bool compat, struct weir_mem *mem,
                                  struct weir_error *err)
{
    *expand = (struct weir_expand){.x = x, .compat = compat, .mem = mem};
    expand->bin = weir_mem_zalloc(mem, hist->n_bins, sizeof *expand->bin);
    if (expand->bin == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu bins", hist->n_bins);
    for (size_t i = hist->n_bins; i-- > 0;) {
        struct weir_generate_bin bin;
        if (!weir_generate_hist_bin(hist, x, i, &bin))
            continue;
        struct weir_expand_bin *into = &expand->bin[expand->n_bins++];
        set_bin(&bin, x, into);
        into->begin = expand->n_records;
        expand->n_records += bin.flows;
    }
    return WEIR_OK;
}

void weir_expand_release(struct weir_expand *expand)
{
    if (expand->mem != NULL)
        weir_mem_free(expand->mem, expand->bin);
    expand->bin = NULL;
}

double weir_expand_single(const struct weir_expand *expand, uint64_t from, uint64_t to)
{
    double single = 0;
    double total = 0;
    for (size_t i = 0; i < expand->n_bins; i++) {
        const struct weir_generate_bin *bin = &expand->bin[i].bin;
        const uint64_t begin = bin->lo > from ? bin->lo : from;
        const uint64_t end = bin->lo + bin->width < to ? bin->lo + bin->width : to;
        const double part = begin < end ? (double)(end - begin) / (double)bin->width : 0;
        const uint64_t packets = expand->x == WEIR_X_LENGTH ? bin->x_sum : bin->y_sum;
        const double flows = (double)bin->flows;
        single += part * fmin(fmax(2 * flows - (double)packets, 0), flows);
        total += part * flows;
    }
    return total > 0 ? single / total : 0;
}

/* --- exact ----------------------------------------------------------------------------------- */

/* a b / c, rounded down; the quotient has 64 bits. */
static uint64_t share(uint64_t a, uint64_t b, uint64_t c)
{
    const weir_u128 product = (weir_u128)a * b;
    return product >> 64 == 0 ? (uint64_t)product / c : (uint64_t)(product / c);
}

/* Sum of the offsets of the first j flows. */
static uint64_t offsets_of(const struct weir_expand_bin *bin, uint64_t j)
{
    const uint64_t width = bin->bin.width - 1;
    if (bin->offsets == 0)
        return 0;
    if (bin->room == 0)
        return j * width;
    if ((weir_u128)j * width <= bin->room)
        return (uint64_t)((long double)j * (long double)j * bin->left);
    const uint64_t k = bin->bin.flows - j;
    return bin->offsets - k * width + (uint64_t)((long double)k * (long double)k * bin->right);
}

/* Sum of y of the first j flows, whose x add up to `x_sum`. */
static uint64_t y_of(const struct weir_expand_bin *bin, uint64_t j, uint64_t x_sum)
{
    const uint64_t each = j * bin->y_each;
    const uint64_t rest = bin->bin.y_sum - bin->bin.flows * bin->y_each;
    return each + (bin->bin.x_sum > 0 ? share(rest, x_sum, bin->bin.x_sum)
                                      : share(rest, j, bin->bin.flows));
}

static void make_wide(const struct weir_expand_bin *bin, uint64_t begin, size_t n, uint64_t *x,
                      uint64_t *y)
{
    uint64_t x_sum = begin * bin->bin.lo + offsets_of(bin, begin);
    uint64_t y_sum = y_of(bin, begin, x_sum);
    for (size_t i = 0; i < n; i++) {
        const uint64_t j = begin + i + 1;
        const uint64_t x_next = j * bin->bin.lo + offsets_of(bin, j);
        const uint64_t y_next = y_of(bin, j, x_next);
        x[i] = x_next - x_sum;
        y[i] = y_next - y_sum;
        x_sum = x_next;
        y_sum = y_next;
    }
}

/* Bins of one x, by additions: y = floor(y_sum (j + 1) / flows) - floor(y_sum j / flows). */
static void make_narrow(const struct weir_expand_bin *bin, uint64_t begin, size_t n, uint64_t *x,
                        uint64_t *y)
{
    const uint64_t flows = bin->bin.flows;
    const uint64_t whole = bin->bin.y_sum / flows;
    const uint64_t part = bin->bin.y_sum % flows;
    uint64_t carried = (uint64_t)((weir_u128)part * begin % flows);
    for (size_t i = 0; i < n; i++) {
        carried += part;
        const uint64_t over = carried >= flows;
        carried -= over * flows;
        x[i] = bin->bin.lo;
        y[i] = whole + over;
    }
}

/* --- as flow-models ----------------------------------------------------------------------------
 */

static void make_compat(const struct weir_expand_bin *bin, enum weir_hist_x x_value, size_t n,
                        const struct weir_sample_ops *sample,
                        uint32_t *const word[WEIR_PHILOX_WORDS], uint64_t *x, uint64_t *y)
{
    const weir_alias_cell cell = 0; /* its only item */
    const struct weir_sample_piece piece = weir_generate_hist_edge(&bin->bin, x_value);
    struct weir_sample_table table = {.n = 1, .cell = &cell, .piece = &piece};
    weir_generate_hist_set_rule(x_value, true, &table);
    sample->draw(&table, word, n, x, y);
}

/* The bin that holds record n. */
static size_t find_bin(const struct weir_expand *expand, uint64_t n)
{
    size_t low = 0;
    size_t high = expand->n_bins;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (expand->bin[middle].begin <= n)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void weir_expand_make(const struct weir_expand *expand, uint64_t first, size_t n,
                      const struct weir_sample_ops *sample, uint32_t *const word[WEIR_PHILOX_WORDS],
                      uint64_t *x, uint64_t *y)
{
    size_t b = n == 0 ? 0 : find_bin(expand, first);
    for (size_t done = 0; done < n; b++) {
        const struct weir_expand_bin *bin = &expand->bin[b];
        const uint64_t begin = first + done - bin->begin;
        const uint64_t left = bin->bin.flows - begin;
        const size_t n_bin = left < n - done ? (size_t)left : n - done;
        if (expand->compat) {
            uint32_t *const at[WEIR_PHILOX_WORDS] = {word[0] + done, word[1] + done, word[2] + done,
                                                     word[3] + done};
            make_compat(bin, expand->x, n_bin, sample, at, x + done, y + done);
        } else if (bin->bin.width == 1) {
            make_narrow(bin, begin, n_bin, x + done, y + done);
        } else {
            make_wide(bin, begin, n_bin, x + done, y + done);
        }
        done += n_bin;
    }
}
