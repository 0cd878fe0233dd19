/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a histogram. Inside a bin of width w, offsets o = x - lo are split at c, the first one
 * above the mean m: with o in [0, c) with probability p, else in [c, w), each uniformly, the mean
 * is (c - 1)/2 p + (c + w - 1)/2 (1 - p) = m for p = (c + w - 1 - 2 m) / w, which is in [0, 1] and
 * makes one range of both where m = (w - 1)/2. */
#include "generate_hist.h"

#include "hist_axis.h"
#include "number.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum column { FLOWS, PACKETS, OCTETS };

static weir_u128 sum_of(const struct weir_hist *hist, size_t i, size_t column)
{
    return hist->sum[i * hist->n_columns + column];
}

static size_t x_column(enum weir_hist_x x)
{
    return x == WEIR_X_LENGTH ? PACKETS : OCTETS;
}

/* True when the mean of x lies in bin `i`, if that holds flows. */
static bool fits(const struct weir_hist *hist, size_t i, enum weir_hist_x x)
{
    const weir_u128 flows = sum_of(hist, i, FLOWS);
    const weir_u128 sum = sum_of(hist, i, x_column(x));
    return flows == 0 || (sum >= flows * hist->bin_lo[i] && sum <= flows * (hist->bin_hi[i] - 1));
}

static enum weir_status check_columns(const struct weir_hist *hist, struct weir_error *err)
{
    static const char *const names[] = {
        [FLOWS] = "flows", [PACKETS] = "packets", [OCTETS] = "octets"};
    for (size_t c = 0; c < sizeof names / sizeof *names; c++)
        if (hist->n_columns <= c || strcmp(hist->column_name[c], names[c]) != 0)
            return weir_error_set(err, WEIR_FORMAT, "expected a histogram with sums of %s",
                                  names[c]);
    return WEIR_OK;
}

static enum weir_status check_size(const struct weir_hist *hist, struct weir_error *err)
{
    weir_u128 total[] = {[FLOWS] = 0, [PACKETS] = 0, [OCTETS] = 0};
    for (size_t i = 0; i < hist->n_bins; i++) {
        bool large = hist->bin_hi[i] > WEIR_SAMPLE_X_MAX;
        for (size_t c = FLOWS; c <= OCTETS; c++) {
            large = large || sum_of(hist, i, c) > WEIR_SAMPLE_X_MAX;
            total[c] += large ? 0 : sum_of(hist, i, c);
            large = large || total[c] > WEIR_SAMPLE_X_MAX;
        }
        if (large)
            return weir_error_set(err, WEIR_LIMIT,
                                  "expected edges and totals of up to 2^62, but found more");
    }
    return total[FLOWS] > 0
               ? WEIR_OK
               : weir_error_set(err, WEIR_FORMAT, "expected a histogram of flows, but found none");
}

/* The first bin that does not fit, or n_bins. */
static size_t first_misfit(const struct weir_hist *hist, enum weir_hist_x x)
{
    size_t i = 0;
    while (i < hist->n_bins && fits(hist, i, x))
        i++;
    return i;
}

/* Finds x out, or takes what is wanted. */
static enum weir_status choose_x(const struct weir_hist *hist, enum weir_hist_x wanted,
                                 enum weir_hist_x *x, struct weir_error *err)
{
    *x = wanted;
    if (wanted != WEIR_N_X)
        return WEIR_OK;
    if (!weir_hist_axis_detect(hist, x))
        return weir_error_set(err, WEIR_FORMAT,
                              "expected a histogram of length or size, but found means of packets "
                              "and octets outside of their bins");
    return *x == WEIR_X_LENGTH || *x == WEIR_X_SIZE
               ? WEIR_OK
               : weir_error_set(err, WEIR_FORMAT,
                                "expected a histogram of length or size, but found one of %s",
                                weir_hist_axis_name(*x));
}

enum weir_status weir_generate_hist_check(const struct weir_hist *hist, enum weir_hist_x wanted,
                                          enum weir_hist_x *x, struct weir_error *err)
{
    enum weir_status status = check_columns(hist, err);
    if (status == WEIR_OK)
        status = check_size(hist, err);
    if (status == WEIR_OK)
        status = choose_x(hist, wanted, x, err);
    if (status != WEIR_OK)
        return status;
    const size_t misfit = first_misfit(hist, *x);
    if (misfit == hist->n_bins)
        return WEIR_OK;
    const size_t column = x_column(*x);
    return weir_error_set(err, WEIR_FORMAT,
                          "expected a histogram of %s, but in bin %" PRIu64 ",%" PRIu64
                          " there are %" PRIu64 " %s of %" PRIu64 " flows",
                          weir_hist_axis_name(*x), (uint64_t)hist->bin_lo[misfit],
                          (uint64_t)hist->bin_hi[misfit], (uint64_t)sum_of(hist, misfit, column),
                          hist->column_name[column], (uint64_t)sum_of(hist, misfit, FLOWS));
}

bool weir_generate_hist_bin(const struct weir_hist *hist, enum weir_hist_x x, size_t i,
                            struct weir_generate_bin *bin)
{
    const size_t y_column = x == WEIR_X_LENGTH ? OCTETS : PACKETS;
    *bin = (struct weir_generate_bin){.lo = (uint64_t)hist->bin_lo[i],
                                      .width = (uint64_t)(hist->bin_hi[i] - hist->bin_lo[i]),
                                      .flows = (uint64_t)sum_of(hist, i, FLOWS),
                                      .x_sum = (uint64_t)sum_of(hist, i, x_column(x)),
                                      .y_sum = (uint64_t)sum_of(hist, i, y_column)};
    return bin->flows > 0;
}

/* flow-models' rule for one x: §8 of its description. */
struct weir_sample_piece weir_generate_hist_edge(const struct weir_generate_bin *bin,
                                                 enum weir_hist_x x)
{
    const double at = (double)bin->lo;
    double y = 0;
    if (x == WEIR_X_LENGTH) {
        const double size = (double)bin->y_sum / (double)bin->x_sum;
        y = bin->x_sum == 0
                ? 0
                : at * fmin(fmax(size, WEIR_PACKET_OCTETS_LEAST), WEIR_PACKET_OCTETS_MOST);
    } else {
        y = bin->x_sum == 0 ? 0 : at / ((double)bin->x_sum / (double)bin->y_sum);
        if (at < WEIR_PACKET_OCTETS_LEAST * ceil(y))
            y = floor(y);
        y = fmax(y, 1);
    }
    return (struct weir_sample_piece){.lo = bin->lo, .width = 1, .base = y};
}

void weir_generate_hist_set_rule(enum weir_hist_x x, bool compat, struct weir_sample_table *table)
{
    table->open = UINT64_MAX;
    table->least_y = compat && x == WEIR_X_SIZE;
}

/* The line of y in a bin. */
static void set_line(const struct weir_generate_bin *bin, enum weir_hist_x x,
                     struct weir_sample_piece *piece)
{
    const double flows = (double)bin->flows;
    if (bin->x_sum == 0 || bin->width == 1) {
        piece->base = (double)bin->y_sum / flows;
        return;
    }
    const bool has_packets = x == WEIR_X_SIZE && bin->y_sum >= bin->flows;
    piece->base = has_packets ? 1 : 0;
    piece->slope = (double)(bin->y_sum - (has_packets ? bin->flows : 0)) / (double)bin->x_sum;
}

/* Adds a bin, whose line for y `whole` has, as the two ranges that keep the mean. */
static enum weir_status add_split(const struct weir_generate_bin *bin,
                                  const struct weir_sample_piece *whole,
                                  struct weir_generate_table *table, struct weir_error *err)
{
    struct weir_sample_piece left = *whole;
    const weir_u128 offsets = bin->x_sum - (weir_u128)bin->flows * bin->lo;
    const uint64_t mean = (uint64_t)(offsets / bin->flows);
    const uint64_t split = mean + 1 < bin->width ? mean + 1 : bin->width - 1;
    struct weir_sample_piece right = left;
    left.width = split;
    right.lo += split;
    right.width -= split;
    const double width = (double)bin->width;
    const weir_u128 weight = (weir_u128)bin->flows * (split + bin->width - 1) - 2 * offsets;
    const weir_u128 rest = 2 * offsets - (weir_u128)bin->flows * (split - 1);
    enum weir_status status = WEIR_OK;
    if (weight > 0)
        status = weir_generate_table_add(table, &left, (double)weight / width, err);
    if (status == WEIR_OK && rest > 0)
        status = weir_generate_table_add(table, &right, (double)rest / width, err);
    return status;
}

static enum weir_status add_bin(const struct weir_generate_bin *bin, enum weir_hist_x x,
                                struct weir_generate_table *table, struct weir_error *err)
{
    struct weir_sample_piece whole = {.lo = bin->lo, .width = bin->width};
    set_line(bin, x, &whole);
    return bin->width == 1 ? weir_generate_table_add(table, &whole, (double)bin->flows, err)
                           : add_split(bin, &whole, table, err);
}

enum weir_status weir_generate_hist_fill(const struct weir_hist *hist, enum weir_hist_x x,
                                         bool compat, struct weir_generate_table *table,
                                         struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    weir_generate_hist_set_rule(x, compat, &table->sample);
    for (size_t i = 0; i < hist->n_bins && status == WEIR_OK; i++) {
        struct weir_generate_bin bin;
        if (!weir_generate_hist_bin(hist, x, i, &bin))
            continue;
        const struct weir_sample_piece edge = weir_generate_hist_edge(&bin, x);
        status = compat ? weir_generate_table_add(table, &edge, (double)bin.flows, err)
                        : add_bin(&bin, x, table, err);
    }
    return status;
}

static size_t find_column(const struct weir_hist *hist, const char *name)
{
    size_t c = 0;
    while (c < hist->n_columns && strcmp(hist->column_name[c], name) != 0)
        c++;
    return c;
}

enum weir_status weir_generate_hist_fill_alone(const struct weir_hist *hist, const char *column,
                                               struct weir_generate_table *table,
                                               struct weir_error *err)
{
    const size_t flows = find_column(hist, "flows");
    const size_t sums = column == NULL ? hist->n_columns : find_column(hist, column);
    enum weir_status status = WEIR_OK;
    if (flows == hist->n_columns)
        return weir_error_set(err, WEIR_FORMAT, "expected a histogram with sums of flows");
    for (size_t i = 0; i < hist->n_bins && status == WEIR_OK; i++) {
        const weir_u128 n = sum_of(hist, i, flows);
        const weir_u128 x_sum = sums < hist->n_columns ? sum_of(hist, i, sums) : 0;
        if (hist->bin_hi[i] > WEIR_SAMPLE_X_MAX || n > WEIR_SAMPLE_X_MAX ||
            x_sum > WEIR_SAMPLE_X_MAX)
            return weir_error_set(err, WEIR_LIMIT,
                                  "expected edges and sums of up to 2^62, but found more");
        const struct weir_sample_piece whole = {.lo = (uint64_t)hist->bin_lo[i],
                                                .width =
                                                    (uint64_t)(hist->bin_hi[i] - hist->bin_lo[i])};
        const struct weir_generate_bin bin = {whole.lo, whole.width, (uint64_t)n, (uint64_t)x_sum,
                                              0};
        if (sums < hist->n_columns &&
            (x_sum < n * whole.lo || x_sum > n * (whole.lo + whole.width - 1)))
            return weir_error_set(err, WEIR_FORMAT, "expected a histogram of %s, but found another",
                                  column);
        status = sums < hist->n_columns && whole.width > 1 && n > 0
                     ? add_split(&bin, &whole, table, err)
                     : weir_generate_table_add(table, &whole, (double)n, err);
    }
    return status;
}
