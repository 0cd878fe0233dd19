/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edges and bins from a histogram, J forwards, and its gradient backwards: one pass over edges for
 * each component gives its cdf and two slopes, and all terms meet in dJ/dF, one number per edge. */
#include "fit_binned.h"

#include "fit_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_CELLS_TO   1024 /* cells have width 1 up to here */
#define TAIL_FROM       0.1  /* of the data's 1 - cdf */
#define TAIL_FLOWS      20.0
#define SMALLEST        1e-300
#define LOG_WEIGHT_MIN  (-25.0)
#define LN_XI_MIN       (-4.605170185988091) /* ln 0.01 */
#define LN_XI_MAX       4.605170185988091
#define WEIBULL_SPREAD  1.2825 /* standard deviation of ln x for c = 1: pi / sqrt(6) */
#define DISTANCE_IGNORE 0.2    /* of the largest distance: 0.2^24 is 2e-17 */

/* ---- from a histogram ---- */

/* A cell of merged bins. */
struct cell {
    weir_u128 lo, hi;
    double weight;
};

/* The cell of width 1 or of that many an octave that holds x. */
static void find_cell(weir_u128 x, unsigned cells_per_octave, weir_u128 *lo, weir_u128 *hi)
{
    if (cells_per_octave == 0 || x < UNIT_CELLS_TO)
        weir_hist_bin(x, 0, lo, hi);
    else
        weir_hist_bin(x, weir_number_bits_u64(cells_per_octave), lo, hi);
}

/* Writes cells to `cell`, which has room for all bins, and returns their number. */
static size_t merge_bins(const struct weir_hist *hist, size_t column, unsigned cells_per_octave,
                         struct cell *cell)
{
    size_t n = 0;
    for (size_t i = 0; i < hist->n_bins; i++) {
        const double weight = (double)hist->sum[i * hist->n_columns + column];
        struct cell next = {.weight = weight};
        if (weight <= 0)
            continue;
        if (n > 0 && hist->bin_hi[i] <= cell[n - 1].hi) {
            cell[n - 1].weight += weight;
            continue;
        }
        if (cells_per_octave == 0) {
            next.lo = hist->bin_lo[i];
            next.hi = hist->bin_hi[i];
        } else {
            find_cell(hist->bin_lo[i], cells_per_octave, &next.lo, &next.hi);
            next.lo = n > 0 && cell[n - 1].hi > next.lo ? cell[n - 1].hi : next.lo;
            next.hi = hist->bin_hi[i] > next.hi ? hist->bin_hi[i] : next.hi;
        }
        cell[n++] = next;
    }
    return n;
}

/* Points of the tail, from the bins themselves: edges go to x. */
static void find_tail(struct weir_binned *binned, const struct weir_hist *hist, size_t column,
                      double *x)
{
    double total = 0, flows = 0;
    for (size_t i = 0; i < hist->n_bins; i++) {
        total += (double)hist->sum[i * hist->n_columns + column];
        flows += (double)hist->sum[i * hist->n_columns];
    }
    double below = 0;
    unsigned power = 0;
    for (size_t i = 0; i + 1 < hist->n_bins; i++) {
        below += (double)hist->sum[i * hist->n_columns + column];
        const double above = 1 - below / total;
        for (; power < 127 && (weir_u128)1 << power < hist->bin_hi[i + 1] - 1; power++) {
            if ((weir_u128)1 << power < hist->bin_hi[i] - 1 || above > TAIL_FROM ||
                above < TAIL_FLOWS / flows || binned->n_tail == WEIR_FIT_TAIL_MAX)
                continue;
            x[binned->n_tail] = (double)(hist->bin_hi[i] - 1);
            binned->tail_ln_above[binned->n_tail++] = log(above);
        }
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint32_t find_edge(const struct weir_binned *binned, double x)
{
    size_t from = 0, to = binned->n_edges;
    while (to - from > 1) {
        const size_t middle = from + (to - from) / 2;
        if (binned->x[middle] <= x)
            from = middle;
        else
            to = middle;
    }
    return (uint32_t)from;
}

/* Sorts the edges of cells and tail, each once. */
static void set_edges(struct weir_binned *binned, const struct cell *cell, const double *tail_x)
{
    size_t n = 0;
    binned->x[n++] = 0;
    for (size_t i = 0; i < binned->n_bins; i++) {
        if (i > 0)
            binned->x[n++] = (double)(cell[i].lo - 1);
        binned->x[n++] = (double)(cell[i].hi - 1);
    }
    for (size_t t = 0; t < binned->n_tail; t++)
        binned->x[n++] = tail_x[t];
    qsort(binned->x, n, sizeof *binned->x, compare_doubles);
    binned->n_edges = 1;
    for (size_t i = 1; i < n; i++)
        if (binned->x[i] != binned->x[binned->n_edges - 1])
            binned->x[binned->n_edges++] = binned->x[i];
    for (size_t i = 0; i < binned->n_edges; i++)
        binned->ln_x[i] = log(binned->x[i]);
    for (size_t t = 0; t < binned->n_tail; t++)
        binned->tail[t] = find_edge(binned, tail_x[t]);
}

static void set_bins(struct weir_binned *binned, const struct cell *cell)
{
    double total = 0, below = 0, squares = 0;
    for (size_t i = 0; i < binned->n_bins; i++)
        total += cell[i].weight;
    for (size_t i = 0; i < binned->n_bins; i++) {
        binned->lo[i] = i == 0 ? 0 : find_edge(binned, (double)(cell[i].lo - 1));
        binned->hi[i] = find_edge(binned, (double)(cell[i].hi - 1));
        below += cell[i].weight;
        binned->share[i] = cell[i].weight / total;
        binned->below[i] = below / total;
        const double ln_middle = log(((double)cell[i].lo + (double)(cell[i].hi - 1)) / 2);
        binned->ln_mean += binned->share[i] * ln_middle;
        squares += binned->share[i] * ln_middle * ln_middle;
    }
    binned->ln_deviation = sqrt(fmax(squares - binned->ln_mean * binned->ln_mean, 0));
}

/* What the mean of a model is compared with, and the range of x. */
static void set_mean(struct weir_binned *binned, const struct weir_hist *hist, size_t column)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < hist->n_bins; i++) {
        const double weight = (double)hist->sum[i * hist->n_columns + column];
        sum += weight * ((double)hist->bin_lo[i] + (double)(hist->bin_hi[i] - 1)) / 2;
        weights += weight;
    }
    binned->mean = sum / weights;
    binned->x_min = (double)hist->bin_lo[0];
    binned->x_max = (double)(hist->bin_hi[hist->n_bins - 1] - 1);
}

static enum weir_status allocate(struct weir_binned *binned, size_t n_cells, struct weir_error *err)
{
    const size_t n_edges = 2 * n_cells + WEIR_FIT_TAIL_MAX;
    binned->n_bins = n_cells;
    binned->x = weir_mem_alloc(binned->mem, n_edges * sizeof *binned->x);
    binned->ln_x = weir_mem_alloc(binned->mem, n_edges * sizeof *binned->ln_x);
    binned->lo = weir_mem_alloc(binned->mem, n_cells * sizeof *binned->lo);
    binned->hi = weir_mem_alloc(binned->mem, n_cells * sizeof *binned->hi);
    binned->share = weir_mem_alloc(binned->mem, n_cells * sizeof *binned->share);
    binned->below = weir_mem_alloc(binned->mem, n_cells * sizeof *binned->below);
    if (binned->x == NULL || binned->ln_x == NULL || binned->lo == NULL || binned->hi == NULL ||
        binned->share == NULL || binned->below == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a fit to %zu bins", n_cells);
    return WEIR_OK;
}

enum weir_status weir_binned_init(struct weir_binned *binned, const struct weir_hist *hist,
                                  size_t column, unsigned cells_per_octave,
                                  const struct weir_kernels *kernels, struct weir_mem *mem,
                                  struct weir_error *err)
{
    double tail_x[WEIR_FIT_TAIL_MAX];
    *binned = (struct weir_binned){.kernels = kernels, .mem = mem};
    enum weir_status status = weir_fit_data_check(hist, column, &binned->sum, err);
    if (status != WEIR_OK)
        return status;
    if (hist->n_bins >= (size_t)1 << 30)
        return weir_error_set(err, WEIR_LIMIT, "%zu bins are too many for a fit", hist->n_bins);
    struct cell *cell = weir_mem_alloc(mem, hist->n_bins * sizeof *cell);
    if (cell == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a fit to %zu bins", hist->n_bins);
    status = allocate(binned, merge_bins(hist, column, cells_per_octave, cell), err);
    if (status == WEIR_OK) {
        find_tail(binned, hist, column, tail_x);
        set_edges(binned, cell, tail_x);
        set_bins(binned, cell);
        set_mean(binned, hist, column);
    }
    weir_mem_free(mem, cell);
    return status;
}

void weir_binned_release(struct weir_binned *binned)
{
    if (binned->mem == NULL)
        return;
    weir_mem_free(binned->mem, binned->x);
    weir_mem_free(binned->mem, binned->ln_x);
    weir_mem_free(binned->mem, binned->lo);
    weir_mem_free(binned->mem, binned->hi);
    weir_mem_free(binned->mem, binned->share);
    weir_mem_free(binned->mem, binned->below);
    *binned = (struct weir_binned){.mem = binned->mem};
}

enum weir_status weir_binned_scratch_init(struct weir_binned_scratch *scratch,
                                          const struct weir_binned *binned, size_t n_parts,
                                          struct weir_mem *mem, struct weir_error *err)
{
    const size_t edge_bytes = binned->n_edges * sizeof(double);
    *scratch = (struct weir_binned_scratch){.n_parts = n_parts, .mem = mem};
    scratch->tail = weir_mem_alloc(mem, n_parts * edge_bytes);
    scratch->slope0 = weir_mem_alloc(mem, n_parts * edge_bytes);
    scratch->slope1 = weir_mem_alloc(mem, n_parts * edge_bytes);
    scratch->probability = weir_mem_alloc(mem, binned->n_bins * sizeof(double));
    scratch->between = weir_mem_alloc(mem, edge_bytes);
    scratch->adjoint = weir_mem_alloc(mem, edge_bytes);
    scratch->cdf = weir_mem_alloc(mem, edge_bytes);
    if (scratch->tail == NULL || scratch->slope0 == NULL || scratch->slope1 == NULL ||
        scratch->probability == NULL || scratch->between == NULL || scratch->adjoint == NULL ||
        scratch->cdf == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a fit of %zu components to %zu bins",
                              n_parts, binned->n_bins);
    return WEIR_OK;
}

void weir_binned_scratch_release(struct weir_binned_scratch *scratch)
{
    if (scratch->mem == NULL)
        return;
    weir_mem_free(scratch->mem, scratch->tail);
    weir_mem_free(scratch->mem, scratch->slope0);
    weir_mem_free(scratch->mem, scratch->slope1);
    weir_mem_free(scratch->mem, scratch->probability);
    weir_mem_free(scratch->mem, scratch->between);
    weir_mem_free(scratch->mem, scratch->adjoint);
    weir_mem_free(scratch->mem, scratch->cdf);
    *scratch = (struct weir_binned_scratch){.mem = scratch->mem};
}

void weir_binned_bounds(const struct weir_binned *binned, const struct weir_fit_part *part,
                        double sigma_min, double sigma_max, double *low, double *high)
{
    const double least = log(binned->x_min) - 1, most = log(binned->x_max) + 1;
    *low = LOG_WEIGHT_MIN;
    *high = -LOG_WEIGHT_MIN;
    low[1] = low[2] = high[1] = high[2] = 0;
    switch (part->kind) {
    case WEIR_UNIFORM:
    case WEIR_N_KINDS:
        break;
    case WEIR_NORM: /* sigma / mean is that of ln x, nearly */
        low[1] = -asinh(exp(most));
        high[1] = asinh(exp(most));
        low[2] = least + log(sigma_min);
        high[2] = most;
        break;
    case WEIR_LOGNORM:
        low[1] = least;
        high[1] = most;
        low[2] = log(sigma_min);
        high[2] = log(sigma_max);
        break;
    case WEIR_GENPARETO:
        low[1] = part->classic ? LN_XI_MIN : least;
        high[1] = part->classic ? LN_XI_MAX : most;
        low[2] = part->classic ? 0 : LN_XI_MIN;
        high[2] = part->classic ? 0 : LN_XI_MAX;
        break;
    case WEIR_GAMMA: /* the variance of ln x is between 1 / a and 1 / a + 1 / a^2 */
        low[1] = least + 2 * log(sigma_min);
        high[1] = most;
        low[2] = -log(sigma_max);
        high[2] = -2 * log(sigma_min);
        break;
    case WEIR_WEIBULL_MIN:
        low[1] = least;
        high[1] = most;
        low[2] = log(WEIBULL_SPREAD / sigma_max);
        high[2] = log(WEIBULL_SPREAD / sigma_min);
        break;
    }
}

/* ---- objective ---- */

struct objective {
    const struct weir_binned *binned;
    const struct weir_binned_terms *terms;
    struct weir_binned_scratch *scratch;
    size_t n_parts;
    struct weir_fit_curve curve[WEIR_FIT_PARTS_MAX];
    double weight[WEIR_FIT_PARTS_MAX];
    double mean, mean_adjoint; /* of the model; dJ/d(mean) */
};

static void softmax(const double *theta, size_t n, double *weight)
{
    double largest = theta[0], sum = 0;
    for (size_t k = 1; k < n; k++)
        largest = fmax(largest, theta[k * WEIR_FIT_PLACES]);
    for (size_t k = 0; k < n; k++)
        sum += weight[k] = exp(theta[k * WEIR_FIT_PLACES] - largest);
    for (size_t k = 0; k < n; k++)
        weight[k] /= sum;
}

/* Adds what is between the edges, and the cdf but for the steps at `upper`. */
static void add_curve(const struct weir_binned *binned, const struct weir_fit_curve *curve,
                      double weight, double *restrict cdf, double *restrict between)
{
    double *restrict tail = curve->tail;
    const size_t from = curve->from, to = curve->to;
    if (from > 0)
        tail[from - 1] = 0;
    if (to < binned->n_edges)
        tail[to] = 0;
    for (size_t e = from; e < to; e++)
        cdf[e] += weight * tail[e];
    for (size_t e = from > 0 ? from : 1; e <= to && e < binned->n_edges; e++)
        between[e] += weight * (tail[e] - tail[e - 1]);
}

/* What is left: steps, and from edges to bins. between[e] is the probability from edge e - 1 to e.
 */
static void finish_cdf(struct objective *o, double *between)
{
    const struct weir_binned *binned = o->binned;
    double *cdf = o->scratch->cdf, *probability = o->scratch->probability;
    double steps = 0, step[WEIR_FIT_PARTS_MAX];
    size_t at[WEIR_FIT_PARTS_MAX], n = 0;
    for (size_t k = 0; k < o->n_parts; k++) { /* by insertion, in the order of edges */
        size_t i = n++;
        for (; i > 0 && at[i - 1] > o->curve[k].upper; i--) {
            at[i] = at[i - 1];
            step[i] = step[i - 1];
        }
        at[i] = o->curve[k].upper;
        step[i] = o->weight[k];
        if (at[i] > 0 && at[i] < binned->n_edges)
            between[at[i]] += step[i];
    }
    for (size_t i = 0; i < n; i++) {
        const size_t end = i + 1 < n ? at[i + 1] : binned->n_edges;
        steps += step[i];
        for (size_t e = at[i]; e < end; e++)
            cdf[e] += steps;
    }
    for (size_t i = 0; i < binned->n_bins; i++) {
        double sum = between[binned->hi[i]];
        for (size_t e = binned->lo[i] + 1; e < binned->hi[i]; e++)
            sum += between[e];
        probability[i] = sum;
    }
}

static void run_forwards(struct objective *o, const struct weir_fit_part *part, const double *theta)
{
    const struct weir_binned *binned = o->binned;
    struct weir_binned_scratch *scratch = o->scratch;
    const struct weir_fit_edges edges = {binned->n_edges, binned->x, binned->ln_x, binned->kernels};
    softmax(theta, o->n_parts, o->weight);
    memset(scratch->cdf, 0, binned->n_edges * sizeof *scratch->cdf);
    memset(scratch->between, 0, binned->n_edges * sizeof *scratch->between);
    for (size_t k = 0; k < o->n_parts; k++) {
        struct weir_fit_curve *curve = &o->curve[k];
        curve->tail = scratch->tail + k * binned->n_edges;
        curve->slope0 = scratch->slope0 + k * binned->n_edges;
        curve->slope1 = scratch->slope1 + k * binned->n_edges;
        weir_fit_curve_fill(&edges, &part[k], theta + k * WEIR_FIT_PLACES, curve);
        add_curve(binned, curve, o->weight[k], scratch->cdf, scratch->between);
        o->mean += o->weight[k] * curve->mean;
    }
    finish_cdf(o, scratch->between);
}

/* sum s ln P, and s / P to both edges of a bin. */
static double add_likelihood(struct objective *o)
{
    const struct weir_binned *binned = o->binned;
    double *adjoint = o->scratch->adjoint;
    double sum = 0;
    for (size_t i = 0; i < binned->n_bins; i++) {
        const double p = o->scratch->probability[i];
        if (!(p > SMALLEST)) {
            sum += binned->share[i] * log(SMALLEST);
            continue;
        }
        sum += binned->share[i] * log(p);
        adjoint[binned->hi[i]] += binned->share[i] / p;
        adjoint[binned->lo[i]] -= binned->share[i] / p;
    }
    return sum;
}

static double largest_distance(const struct weir_binned *binned, const double *cdf)
{
    double largest = 0;
    for (size_t i = 0; i < binned->n_bins; i++) {
        const double distance = fabs(cdf[binned->hi[i]] - binned->below[i]);
        largest = distance > largest ? distance : largest;
    }
    return largest;
}

static double power(double base, unsigned exponent)
{
    double product = 1;
    for (; exponent > 0; exponent >>= 1, base *= base)
        if ((exponent & 1) != 0)
            product *= base;
    return product;
}

/* The norm is taken in units of the largest distance, so that no power underflows that counts. */
static double add_distance(struct objective *o)
{
    const struct weir_binned *binned = o->binned;
    const struct weir_binned_terms *terms = o->terms;
    double *adjoint = o->scratch->adjoint;
    const double *cdf = o->scratch->cdf;
    const double largest = largest_distance(binned, cdf);
    double sum = 0;
    if (terms->lambda == 0 || largest == 0)
        return 0;
    for (size_t i = 0; i < binned->n_bins; i++) {
        const double ratio = fabs(cdf[binned->hi[i]] - binned->below[i]) / largest;
        if (ratio > DISTANCE_IGNORE)
            sum += power(ratio, terms->q);
    }
    const double norm = pow(sum, 1.0 / terms->q);
    if (norm * largest <= terms->distance_slack)
        return 0;
    const double factor =
        terms->lambda * norm / sum; /* (d / norm)^(q - 1), d in units of largest */
    for (size_t i = 0; i < binned->n_bins; i++) {
        const double distance = (cdf[binned->hi[i]] - binned->below[i]) / largest;
        if (fabs(distance) > DISTANCE_IGNORE)
            adjoint[binned->hi[i]] -=
                factor * power(fabs(distance), terms->q - 1) * (distance > 0 ? 1 : -1);
    }
    return terms->lambda * (norm * largest - terms->distance_slack);
}

/* 1 - F with the precision of the upper tails. */
static double model_above(const struct objective *o, size_t edge)
{
    double above = 0;
    for (size_t k = 0; k < o->n_parts; k++) {
        const struct weir_fit_curve *curve = &o->curve[k];
        const double tail = edge < curve->from || edge >= curve->to ? 0 : curve->tail[edge];
        above += o->weight[k] * (edge < curve->upper ? 1 - tail : -tail);
    }
    return fmax(above, SMALLEST);
}

static double add_tail(struct objective *o)
{
    const struct weir_binned *binned = o->binned;
    const double n = (double)binned->n_tail, slack = o->terms->tail_slack;
    double above[WEIR_FIT_TAIL_MAX], ratio[WEIR_FIT_TAIL_MAX], sum = 0;
    for (size_t t = 0; t < binned->n_tail; t++) {
        above[t] = model_above(o, binned->tail[t]);
        ratio[t] = log(above[t]) - binned->tail_ln_above[t];
        sum += ratio[t] * ratio[t];
    }
    const double root = binned->n_tail > 0 ? sqrt(sum / n) : 0;
    if (!(root > slack))
        return 0;
    const double factor = 2 * o->terms->tau * (root - slack) / (n * root);
    for (size_t t = 0; t < binned->n_tail; t++)
        if (above[t] > SMALLEST)
            o->scratch->adjoint[binned->tail[t]] += factor * ratio[t] / above[t];
    return o->terms->tau * (root - slack) * (root - slack);
}

static double add_mean(struct objective *o)
{
    const double ratio = log(o->mean / o->binned->mean);
    const double excess = fabs(ratio) - o->terms->mean_slack;
    if (!(excess > 0) || o->terms->kappa == 0)
        return 0;
    o->mean_adjoint = -2 * o->terms->kappa * excess * (ratio > 0 ? 1 : -1) / o->mean;
    return o->terms->kappa * excess * excess;
}

/* Eight sums side by side, so that vectors of any width give the same bits. */
static double dot(const double *restrict a, const double *restrict b, size_t from, size_t to)
{
    double lane[8] = {0};
    size_t e = from;
    for (; e + 8 <= to; e += 8)
        for (size_t l = 0; l < 8; l++)
            lane[l] += a[e + l] * b[e + l];
    for (; e < to; e++)
        lane[0] += a[e] * b[e];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* dJ/d(weight) meets the softmax: dJ/da = w (dJ/dw - sum of w dJ/dw). */
static void run_backwards(const struct objective *o, double *gradient)
{
    const size_t n_edges = o->binned->n_edges;
    const double *adjoint = o->scratch->adjoint;
    double *behind = o->scratch->between; /* sums of adjoints from an edge on */
    double by_weight[WEIR_FIT_PARTS_MAX], mean = 0, all = 0;
    for (size_t e = n_edges; e-- > 0;)
        behind[e] = all += adjoint[e];
    for (size_t k = 0; k < o->n_parts; k++) {
        const struct weir_fit_curve *curve = &o->curve[k];
        const double weight = o->weight[k];
        const double mean_adjoint = o->mean_adjoint != 0 ? o->mean_adjoint * curve->mean : 0;
        const double mean_part = o->mean_adjoint != 0 ? weight * o->mean_adjoint * curve->mean : 0;
        double sum = dot(adjoint, curve->tail, curve->from, curve->to), sum0 = 0, sum1 = 0;
        if (curve->upper < n_edges)
            sum += behind[curve->upper];
        if (curve->factor0 != 0)
            sum0 = dot(adjoint, curve->slope0, curve->from, curve->to);
        if (curve->factor1 != 0)
            sum1 = dot(adjoint, curve->slope1, curve->from, curve->to);
        by_weight[k] = sum + mean_adjoint;
        mean += weight * by_weight[k];
        double *place = gradient + k * WEIR_FIT_PLACES;
        place[1] = weight * curve->factor0 * sum0 + mean_part * curve->mean_slope0;
        place[2] = weight * curve->factor1 * sum1 + mean_part * curve->mean_slope1;
    }
    for (size_t k = 0; k < o->n_parts; k++)
        gradient[k * WEIR_FIT_PLACES] = o->weight[k] * (by_weight[k] - mean);
}

double weir_binned_objective(const struct weir_binned *binned,
                             const struct weir_binned_terms *terms,
                             const struct weir_fit_part *part, size_t n_parts, const double *theta,
                             double *gradient, struct weir_binned_scratch *scratch)
{
    struct objective o = {.binned = binned, .terms = terms, .scratch = scratch, .n_parts = n_parts};
    memset(scratch->adjoint, 0, binned->n_edges * sizeof *scratch->adjoint);
    run_forwards(&o, part, theta);
    double value = add_likelihood(&o);
    value -= add_distance(&o);
    value -= add_tail(&o);
    value -= add_mean(&o);
    if (gradient != NULL)
        run_backwards(&o, gradient);
    return value;
}

void weir_binned_measure(const struct weir_binned *binned, const struct weir_fit_part *part,
                         size_t n_parts, const double *theta, struct weir_binned_scratch *scratch,
                         struct weir_binned_quality *quality)
{
    static const struct weir_binned_terms terms = {.q = 2, .tau = 1};
    struct objective o = {
        .binned = binned, .terms = &terms, .scratch = scratch, .n_parts = n_parts};
    run_forwards(&o, part, theta);
    *quality = (struct weir_binned_quality){
        .log_likelihood = add_likelihood(&o),
        .ks = largest_distance(binned, scratch->cdf),
        .tail = sqrt(add_tail(&o)),
        .mean = o.mean / binned->mean,
    };
}
