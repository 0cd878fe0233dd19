/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of summaries: a walk over the bins for each kind of them. */
#include "summary.h"

#include <string.h>

#define N_Y            WEIR_SUMMARY_N_Y
#define PERCENT        100
#define SHOWN_DECIMALS 4 /* of published shares */

const struct weir_summary_fact weir_summary_facts[WEIR_SUMMARY_N_FACTS] = {
    {"Number of flows", "flows", "flows", "flows", NULL},
    {"Number of packets", "packets", "packets", "packets", NULL},
    {"Number of octets", "octets", "octets", "octets", NULL},
    {"Average flow length", "average_flow_length", "packets", "packets", "flows"},
    {"Average flow size", "average_flow_size", "bytes", "octets", "flows"},
    {"Average flow duration", "average_flow_duration", "milliseconds", "duration", "flows"},
    {"Average flow rate", "average_flow_rate", "bps", "rate", "flows"},
    {"Average packet size", "average_packet_size", "bytes", "octets", "packets"},
};

const char *const weir_summary_y[N_Y] = {"flows", "packets", "octets"};

enum weir_status weir_summary_level_parse(const char *text, struct weir_summary_level *level,
                                          struct weir_error *err)
{
    const size_t n_whole = strcspn(text, ".");
    const char *decimals = text + n_whole + (text[n_whole] == '.');
    const size_t n_decimals = strlen(decimals);
    uint64_t whole = 0;
    uint64_t rest = 0;
    uint64_t scale = 1;
    bool good = weir_number_parse_u64(text, n_whole, &whole) && whole <= 1 &&
                n_decimals <= WEIR_RATIO_DECIMALS_MAX;
    if (text[n_whole] == '.')
        good = good && weir_number_parse_u64(decimals, n_decimals, &rest);
    if (!good || (whole == 1 && rest != 0))
        return weir_error_set(err, WEIR_USAGE,
                              "expected a number from 0 to 1 such as 0.999, with at most %d "
                              "decimals, but found \"%s\"",
                              WEIR_RATIO_DECIMALS_MAX, text);
    for (size_t d = 0; d < n_decimals; d++)
        scale *= 10;
    *level = (struct weir_summary_level){.numerator = whole * scale + rest,
                                         .n_decimals = (unsigned)n_decimals};
    return WEIR_OK;
}

struct weir_ratio weir_summary_level_ratio(const struct weir_summary_level *level)
{
    uint64_t scale = 1;
    for (unsigned d = 0; d < level->n_decimals; d++)
        scale *= 10;
    return weir_ratio_of(level->numerator, scale);
}

void weir_summary_init(struct weir_summary *summary, enum weir_hist_x x, struct weir_mem *mem)
{
    *summary = (struct weir_summary){.x = x, .mem = mem};
}

void weir_summary_release(struct weir_summary *summary)
{
    for (size_t i = 0; i < summary->n_columns; i++)
        weir_mem_free(summary->mem, summary->column[i].quantile);
    if (summary->mem != NULL)
        weir_mem_free(summary->mem, summary->column);
    *summary = (struct weir_summary){.mem = summary->mem};
}

weir_u128 weir_summary_point(const struct weir_summary *summary, size_t point)
{
    static const unsigned first[WEIR_N_X] = {
        [WEIR_X_LENGTH] = 1, [WEIR_X_SIZE] = 64, [WEIR_X_DURATION] = 1, [WEIR_X_RATE] = 1024};
    return (weir_u128)first[summary->x] << point;
}

/* --- totals and averages --------------------------------------------------------------------- */

static enum weir_status add_totals(const struct weir_hist *hist, weir_u128 *total,
                                   struct weir_error *err)
{
    for (size_t c = 0; c < hist->n_columns; c++) {
        total[c] = 0;
        for (size_t bin = 0; bin < hist->n_bins; bin++)
            if (__builtin_add_overflow(total[c], hist->sum[bin * hist->n_columns + c], &total[c]))
                return weir_error_set(
                    err, WEIR_LIMIT,
                    "the sum of %s in all bins: expected less than 2^128, but found more",
                    hist->column_name[c]);
    }
    return WEIR_OK;
}

/* The total of the column called `name`; NULL when there is none. */
static const weir_u128 *find_total(const struct weir_hist *hist, const weir_u128 *total,
                                   const char *name)
{
    for (size_t c = 0; c < hist->n_columns; c++)
        if (strcmp(hist->column_name[c], name) == 0)
            return &total[c];
    return NULL;
}

static void set_facts(struct weir_summary *summary, struct weir_summary_column *column,
                      const struct weir_hist *hist, const weir_u128 *total)
{
    for (size_t i = 0; i < WEIR_SUMMARY_N_FACTS; i++) {
        const struct weir_summary_fact *fact = &weir_summary_facts[i];
        const weir_u128 one = 1;
        const weir_u128 *of = find_total(hist, total, fact->of);
        const weir_u128 *per = fact->per == NULL ? &one : find_total(hist, total, fact->per);
        if (of == NULL || per == NULL)
            continue;
        summary->has_fact[i] = true;
        column->fact[i] = weir_ratio_of(*of, *per);
    }
}

/* --- shares ---------------------------------------------------------------------------------- */

/* A place among the bins, and the sums in those before it. */
struct place {
    const struct weir_hist *hist;
    size_t bin;
    weir_u128 before[N_Y];
};

static weir_u128 sum_at(const struct place *place, size_t y)
{
    return place->hist->sum[place->bin * place->hist->n_columns + y];
}

static void step_on(struct place *place)
{
    for (size_t y = 0; y < N_Y; y++)
        place->before[y] += sum_at(place, y);
    place->bin++;
}

/* 100 * (before + inside * part / width) / total. */
static struct weir_ratio percent(weir_u128 before, weir_u128 inside, weir_u128 part,
                                 weir_u128 width, weir_u128 total)
{
    const struct weir_natural w = weir_natural_of(width);
    const struct weir_natural p = weir_natural_of(part);
    const struct weir_natural below = weir_natural_multiply(&w, before);
    const struct weir_natural within = weir_natural_multiply(&p, inside);
    const struct weir_natural sum = weir_natural_add(&below, &within);
    return (struct weir_ratio){.numerator = weir_natural_multiply(&sum, PERCENT),
                               .denominator = weir_natural_multiply(&w, total)};
}

/* Shares up to x, spread evenly within bins. The place is that of an x before. */
static void set_even(struct place *place, weir_u128 x, const weir_u128 *total,
                     struct weir_ratio out[N_Y])
{
    const struct weir_hist *hist = place->hist;
    while (place->bin < hist->n_bins && hist->bin_hi[place->bin] <= x + 1)
        step_on(place);
    const bool within = place->bin < hist->n_bins && hist->bin_lo[place->bin] <= x;
    for (size_t y = 0; y < N_Y; y++)
        out[y] = within
                     ? percent(place->before[y], sum_at(place, y), x + 1 - hist->bin_lo[place->bin],
                               hist->bin_hi[place->bin] - hist->bin_lo[place->bin], total[y])
                     : percent(place->before[y], 0, 0, 1, total[y]);
}

/* Shares by flow-models' rule: `before` is the sum up to and with the bin at or below x. */
static void set_classic(struct place *place, weir_u128 x, const weir_u128 *total,
                        struct weir_ratio out[N_Y])
{
    const struct weir_hist *hist = place->hist;
    while (place->bin < hist->n_bins && hist->bin_lo[place->bin] <= x)
        step_on(place);
    memset(out, 0, N_Y * sizeof *out);
    if (place->bin == 0)
        return;
    const weir_u128 lo = hist->bin_lo[place->bin - 1];
    const bool at_edge = lo == x;
    if (place->bin == hist->n_bins && !at_edge)
        return;
    for (size_t y = 0; y < N_Y; y++)
        out[y] = at_edge ? percent(place->before[y], 0, 0, 1, total[y])
                         : percent(place->before[y], sum_at(place, y), x - lo,
                                   hist->bin_lo[place->bin] - lo, total[y]);
}

/* True when both look the same in print. */
static bool look_equal(const struct weir_ratio *a, const struct weir_ratio *b)
{
    char text_a[WEIR_RATIO_TEXT];
    char text_b[WEIR_RATIO_TEXT];
    if (!weir_ratio_is_known(a) || !weir_ratio_is_known(b))
        return weir_ratio_is_known(a) == weir_ratio_is_known(b);
    return strcmp(weir_ratio_text(a, SHOWN_DECIMALS, text_a),
                  weir_ratio_text(b, SHOWN_DECIMALS, text_b)) == 0;
}

static void set_shares(struct weir_summary *summary, struct weir_summary_column *column,
                       const struct weir_hist *hist, const weir_u128 *total)
{
    struct place even = {.hist = hist};
    struct place classic = {.hist = hist};
    for (size_t p = 0; p < WEIR_SUMMARY_N_POINTS; p++) {
        struct weir_ratio other[N_Y];
        const weir_u128 x = weir_summary_point(summary, p);
        set_even(&even, x, total, summary->classic ? other : column->percent[p]);
        set_classic(&classic, x, total, summary->classic ? column->percent[p] : other);
        for (size_t y = 0; y < N_Y; y++)
            summary->differs = summary->differs || !look_equal(&column->percent[p][y], &other[y]);
    }
}

/* --- quantiles ------------------------------------------------------------------------------- */

/* The quantile of a sum that is not 0. Up to x of a bin the sum is before + inside * k / width, k =
 * x + 1 - lo; it reaches level * total at k = (level * total - before) * width / inside, rounded
 * up. */
static struct weir_ratio find_quantile(const struct weir_hist *hist, size_t y, weir_u128 total,
                                       const struct weir_ratio *level)
{
    const weir_u128 scale = level->denominator.word[0];
    const struct weir_natural wanted = weir_natural_multiply(&level->numerator, total);
    struct weir_natural before = weir_natural_of(0); /* times scale, as `wanted` is */
    for (size_t bin = 0; bin < hist->n_bins; bin++) {
        const weir_u128 sum = hist->sum[bin * hist->n_columns + y];
        const struct weir_natural s = weir_natural_of(sum);
        const struct weir_natural inside = weir_natural_multiply(&s, scale);
        const struct weir_natural after = weir_natural_add(&before, &inside);
        if (sum == 0 || weir_natural_compare(&after, &wanted) < 0) {
            before = after;
            continue;
        }
        if (weir_natural_compare(&wanted, &before) <= 0) /* level 0 */
            return weir_ratio_of(hist->bin_lo[bin], 1);
        const struct weir_natural missing = weir_natural_subtract(&wanted, &before);
        const struct weir_natural product =
            weir_natural_multiply(&missing, hist->bin_hi[bin] - hist->bin_lo[bin]);
        struct weir_natural rest;
        const weir_u128 k = weir_natural_divide(&product, &inside, &rest);
        const struct weir_natural zero = weir_natural_of(0);
        const bool whole = weir_natural_compare(&rest, &zero) == 0;
        return weir_ratio_of(hist->bin_lo[bin] + k - (whole ? 1 : 0), 1);
    }
    return weir_ratio_of(0, 0);
}

static void set_quantiles(const struct weir_summary *summary, struct weir_summary_column *column,
                          const struct weir_hist *hist, const weir_u128 *total)
{
    for (size_t l = 0; l < summary->n_levels; l++) {
        const struct weir_ratio level = weir_summary_level_ratio(&summary->levels[l]);
        for (size_t y = 0; y < N_Y; y++)
            column->quantile[l][y] = find_quantile(hist, y, total[y], &level);
    }
}

/* --- columns --------------------------------------------------------------------------------- */

enum weir_status weir_summary_add(struct weir_summary *summary, const char *title,
                                  const struct weir_hist *hist, struct weir_error *err)
{
    weir_u128 total[WEIR_HIST_COLUMNS_MAX];
    const enum weir_status status = add_totals(hist, total, err);
    if (status != WEIR_OK)
        return status;
    struct weir_summary_column *grown = weir_mem_resize(
        summary->mem, summary->column, (summary->n_columns + 1) * sizeof *summary->column);
    if (grown == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu summaries",
                              summary->n_columns + 1);
    summary->column = grown;
    struct weir_summary_column *column = &summary->column[summary->n_columns];
    *column = (struct weir_summary_column){.title = title};
    column->quantile = weir_mem_zalloc(summary->mem, summary->n_levels, sizeof *column->quantile);
    if (column->quantile == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu quantiles", summary->n_levels);
    summary->n_columns++;
    set_facts(summary, column, hist, total);
    set_shares(summary, column, hist, total);
    set_quantiles(summary, column, hist, total);
    return WEIR_OK;
}
