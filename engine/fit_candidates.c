/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of probabilities for the grid of lognormals, made once: 630 x 2200 floats, so that
 * ranking is a few passes of multiplications and divisions. */
#include "fit_candidates.h"

#include "normal_tail.h"

#include <math.h>
#include <string.h>

#define N_MU            70
#define N_SIGMA         9
#define SIGMA_MAX       2.2
#define N_SMALL         12 /* uniforms [0, x_min] .. [0, x_min + 11] */
#define N_WIDE          16 /* wider uniforms */
#define N_ATOMS_MAX     1024
#define HOPE            1e-3 /* of a gain in likelihood that costs more elsewhere */
#define N_NEWTON        4
#define PROBABILITY_MIN 1e-12
#define ABOVE_MIN       1e-12
#define WEIGHT_MIN      1e-6
#define WEIGHT_MAX      0.9

unsigned weir_fit_part_cost(const struct weir_fit_part *part)
{
    if (part->kind == WEIR_UNIFORM)
        return part->loc == 0 ? 1 : 2;
    return 3;
}

/* ---- the table ---- */

static void add_lognormal(struct weir_candidates *c, uint32_t column, uint32_t row, double mu,
                          double sigma, double *work)
{
    const struct weir_binned *binned = c->binned;
    const size_t k = c->n++, n = binned->n_edges;
    float *mass = c->mass + k * binned->n_bins;
    double *tail = work;
    const double reach = WEIR_NORMAL_TAIL_LIMIT * sigma;
    const size_t from = weir_fit_edge_from(binned->ln_x, n, mu - reach);
    const size_t to = weir_fit_edge_from(binned->ln_x, n, mu + reach);
    memset(tail, 0, n * sizeof *tail);
    binned->kernels->normal_tail->fill(binned->ln_x + from, to - from, mu, 1 / sigma, tail + from,
                                       work + n, work + 2 * n);
    c->part[k] = (struct weir_fit_part){.kind = WEIR_LOGNORM};
    c->place0[k] = mu;
    c->place1[k] = log(sigma);
    c->column[k] = column;
    c->row[k] = row;
    for (size_t t = 0; t < binned->n_tail; t++) {
        const double below = tail[binned->tail[t]];
        c->above[k * binned->n_tail + t] = binned->ln_x[binned->tail[t]] < mu ? 1 - below : -below;
    }
    c->from[k] = (uint32_t)binned->n_bins;
    c->to[k] = 0;
    for (size_t i = 0; i < binned->n_bins; i++) {
        const uint32_t lo = binned->lo[i], hi = binned->hi[i];
        const bool crosses = binned->ln_x[lo] < mu && binned->ln_x[hi] >= mu;
        const double p = tail[hi] - tail[lo] + (crosses ? 1 : 0);
        mass[i] = p > 1e-30 ? (float)p : 0;
        if (mass[i] > 0) {
            c->from[k] = c->from[k] < i ? c->from[k] : (uint32_t)i;
            c->to[k] = (uint32_t)i + 1;
        }
    }
}

static void add_lognormals(struct weir_candidates *c, double sigma_min, double *work)
{
    const struct weir_binned *binned = c->binned;
    const double mu_min = log(binned->x_min), mu_max = log(binned->x_max);
    for (uint32_t column = 0; column < N_MU; column++)
        for (uint32_t row = 0; row < N_SIGMA; row++)
            add_lognormal(c, column, row, mu_min + (mu_max - mu_min) * column / (N_MU - 1),
                          sigma_min * pow(SIGMA_MAX / sigma_min, (double)row / (N_SIGMA - 1)),
                          work);
    c->n_lognormals = c->n;
}

/* [loc, loc + scale], whose bins are looked for. */
static void add_uniform(struct weir_candidates *c, double loc, double scale)
{
    const struct weir_binned *binned = c->binned;
    const size_t k = c->n++;
    c->part[k] = (struct weir_fit_part){.kind = WEIR_UNIFORM, .loc = loc, .scale = scale};
    c->place0[k] = c->place1[k] = 0;
    c->column[k] = (uint32_t)k;
    c->row[k] = UINT32_MAX;
    uint32_t i = 0;
    while (i < binned->n_bins && binned->x[binned->hi[i]] <= loc)
        i++;
    c->from[k] = i;
    while (i < binned->n_bins && binned->x[binned->lo[i]] < loc + scale)
        i++;
    c->to[k] = i;
}

static void add_uniforms(struct weir_candidates *c)
{
    const struct weir_binned *binned = c->binned;
    double width = binned->x_min;
    for (int i = 0; i < N_SMALL && width <= binned->x_max; i++)
        add_uniform(c, 0, width++);
    for (int i = 0; i < N_WIDE && width <= binned->x_max; i++) {
        add_uniform(c, 0, width);
        width = ceil(width * 1.25);
    }
    for (size_t i = 1, n = 0; i < binned->n_bins && n < N_ATOMS_MAX; i++) {
        const double lo = binned->x[binned->lo[i]];
        if (binned->x[binned->hi[i]] - lo == 1) {
            add_uniform(c, lo, 1);
            n++;
        }
    }
}

enum weir_status weir_candidates_init(struct weir_candidates *candidates,
                                      const struct weir_binned *binned, double sigma_min,
                                      struct weir_mem *mem, struct weir_error *err)
{
    const size_t n_grid = N_MU * N_SIGMA;
    const size_t n = n_grid + N_SMALL + N_WIDE + N_ATOMS_MAX;
    struct weir_candidates *c = candidates;
    *c = (struct weir_candidates){.binned = binned, .mem = mem};
    c->part = weir_mem_alloc(mem, n * sizeof *c->part);
    c->place0 = weir_mem_alloc(mem, n * sizeof *c->place0);
    c->place1 = weir_mem_alloc(mem, n * sizeof *c->place1);
    c->from = weir_mem_alloc(mem, n * sizeof *c->from);
    c->to = weir_mem_alloc(mem, n * sizeof *c->to);
    c->column = weir_mem_alloc(mem, n * sizeof *c->column);
    c->row = weir_mem_alloc(mem, n * sizeof *c->row);
    c->above = weir_mem_alloc(mem, n_grid * binned->n_tail * sizeof *c->above);
    c->mass = weir_mem_alloc(mem, n_grid * binned->n_bins * sizeof *c->mass);
    double *work = weir_mem_alloc(mem, 3 * binned->n_edges * sizeof *work);
    const bool ok = c->part != NULL && c->place0 != NULL && c->place1 != NULL && c->from != NULL &&
                    c->to != NULL && c->column != NULL && c->row != NULL && c->mass != NULL &&
                    c->above != NULL && work != NULL;
    if (ok) {
        add_lognormals(c, sigma_min, work);
        add_uniforms(c);
    }
    weir_mem_free(mem, work);
    return ok ? WEIR_OK
              : weir_error_set(err, WEIR_MEMORY, "no memory for candidates of a fit to %zu bins",
                               binned->n_bins);
}

void weir_candidates_release(struct weir_candidates *candidates)
{
    if (candidates->mem == NULL)
        return;
    weir_mem_free(candidates->mem, candidates->part);
    weir_mem_free(candidates->mem, candidates->place0);
    weir_mem_free(candidates->mem, candidates->place1);
    weir_mem_free(candidates->mem, candidates->from);
    weir_mem_free(candidates->mem, candidates->to);
    weir_mem_free(candidates->mem, candidates->column);
    weir_mem_free(candidates->mem, candidates->row);
    weir_mem_free(candidates->mem, candidates->above);
    weir_mem_free(candidates->mem, candidates->mass);
    *candidates = (struct weir_candidates){.mem = candidates->mem};
}

bool weir_candidates_are_near(const struct weir_candidates *candidates, uint32_t a, uint32_t b)
{
    if (candidates->row[a] == UINT32_MAX || candidates->row[b] == UINT32_MAX)
        return a == b;
    const uint32_t column_a = candidates->column[a], column_b = candidates->column[b];
    const uint32_t row_a = candidates->row[a], row_b = candidates->row[b];
    const uint32_t columns = column_a > column_b ? column_a - column_b : column_b - column_a;
    const uint32_t rows = row_a > row_b ? row_a - row_b : row_b - row_a;
    return columns <= 3 && rows <= 2;
}

/* ---- ranking ---- */

/* The model that candidates stand beside. */
struct model {
    const struct weir_candidates *candidates;
    const struct weir_binned_terms *terms;
    const double *inverse, *cdf;     /* 1 / P of bins; F at edges */
    double above[WEIR_FIT_TAIL_MAX]; /* 1 - F in the tail */
    double ks, tail;                 /* sum of squares */
};

static double mass_of(const struct weir_candidates *c, size_t k, size_t bin)
{
    const struct weir_binned *binned = c->binned;
    if (k < c->n_lognormals)
        return (double)c->mass[k * binned->n_bins + bin];
    const double loc = c->part[k].loc, end = loc + c->part[k].scale;
    const double lo = fmax(binned->x[binned->lo[bin]], loc);
    const double hi = fmin(binned->x[binned->hi[bin]], end);
    return hi > lo ? (hi - lo) / c->part[k].scale : 0;
}

/* The weight w that makes sum s ln(1 + w (G - P) / P) largest, nearly. */
static double find_weight(const struct model *model, size_t k, double start)
{
    const struct weir_candidates *c = model->candidates;
    const struct weir_binned *binned = c->binned;
    double w = start;
    for (int step = 0; step < N_NEWTON; step++) {
        double inside = 0, first = 0, second = 0;
        for (size_t i = c->from[k]; i < c->to[k]; i++) {
            const double a = mass_of(c, k, i) * model->inverse[i] - 1;
            const double share = binned->share[i], slope = a / (1 + w * a);
            inside += share;
            first += share * slope;
            second += share * slope * slope;
        }
        const double outside = fmax(1 - inside, 0), slope = -1 / (1 - w);
        first += outside * slope;
        second += outside * slope * slope;
        w = fmin(fmax(w + first / second, WEIGHT_MIN), WEIGHT_MAX);
        if (w == WEIGHT_MIN && first < 0)
            return 0;
    }
    return w;
}

static double above_of(const struct weir_candidates *c, size_t k, size_t t)
{
    const struct weir_binned *binned = c->binned;
    if (k < c->n_lognormals)
        return c->above[k * binned->n_tail + t];
    return fmin(fmax(1 - (binned->x[binned->tail[t]] - c->part[k].loc) / c->part[k].scale, 0), 1);
}

static double distance_term(const struct model *model, double ks)
{
    return model->terms->lambda * fmax(ks - model->terms->distance_slack, 0);
}

static double tail_term(const struct model *model, double sum)
{
    const size_t n = model->candidates->binned->n_tail;
    const double excess = n > 0 ? sqrt(sum / (double)n) - model->terms->tail_slack : 0;
    return excess > 0 ? model->terms->tau * excess * excess : 0;
}

/* What the term of the tail loses with weight w. */
static double tail_gain(const struct model *model, size_t k, double w)
{
    const struct weir_binned *binned = model->candidates->binned;
    double sum = 0;
    for (size_t t = 0; t < binned->n_tail; t++) {
        const double above = model->above[t] * (1 - w) + w * above_of(model->candidates, k, t);
        const double ratio = log(fmax(above, ABOVE_MIN)) - binned->tail_ln_above[t];
        sum += ratio * ratio;
    }
    return tail_term(model, model->tail) - tail_term(model, sum);
}

/* Gain of all terms for weight w. Where the cdf would come off by more than the likelihood gains,
 * it is a little of that: the other components may make room. */
static double gain_of(const struct model *model, size_t k, double w)
{
    const struct weir_candidates *c = model->candidates;
    const struct weir_binned *binned = c->binned;
    double sum = 0, inside = 0, largest = 0, cdf = 0;
    for (size_t i = 0; i < binned->n_bins; i++) {
        if (i >= c->from[k] && i < c->to[k]) {
            const double mass = mass_of(c, k, i);
            cdf += mass;
            sum += binned->share[i] * log(1 + w * (mass * model->inverse[i] - 1));
            inside += binned->share[i];
        }
        const double f = model->cdf[binned->hi[i]];
        const double distance = fabs(f + w * (cdf - f) - binned->below[i]);
        largest = distance > largest ? distance : largest;
    }
    sum += fmax(1 - inside, 0) * log1p(-w);
    const double gain = sum + distance_term(model, model->ks) - distance_term(model, largest) +
                        tail_gain(model, k, w);
    return gain > 0 ? gain : sum * HOPE;
}

static void set_model(struct model *model, const struct weir_ranking *ranking)
{
    const struct weir_binned *binned = model->candidates->binned;
    const double *cdf = model->cdf;
    for (size_t i = 0; i < binned->n_bins; i++) {
        ranking->inverse[i] = 1 / fmax(ranking->scratch->probability[i], PROBABILITY_MIN);
        model->ks = fmax(model->ks, fabs(cdf[binned->hi[i]] - binned->below[i]));
    }
    for (size_t t = 0; t < binned->n_tail; t++) {
        model->above[t] = fmax(1 - cdf[binned->tail[t]], 0);
        const double ratio = log(fmax(model->above[t], ABOVE_MIN)) - binned->tail_ln_above[t];
        model->tail += ratio * ratio;
    }
}

/* Closed form: p is what the model gives the number, s the data. */
static void rank_atom(const struct model *model, double p, double s,
                      struct weir_candidate_gain *gain)
{
    if (!(s > p) || s >= 1)
        return;
    gain->weight = (s - p) / (1 - p);
    gain->gain = s * log(s / fmax(p, PROBABILITY_MIN)) + (1 - s) * log((1 - s) / (1 - p)) +
                 tail_gain(model, gain->index, gain->weight);
}

void weir_candidates_rank(const struct weir_candidates *candidates,
                          const struct weir_ranking *ranking, struct weir_candidate_gain *gain)
{
    const struct weir_binned *binned = candidates->binned;
    struct model model = {.candidates = candidates,
                          .terms = ranking->terms,
                          .inverse = ranking->inverse,
                          .cdf = ranking->scratch->cdf};
    set_model(&model, ranking);
    for (uint32_t k = 0; k < candidates->n; k++) {
        const struct weir_fit_part *part = &candidates->part[k];
        gain[k] = (struct weir_candidate_gain){.index = k};
        if (k < candidates->n_lognormals && k % ranking->every != ranking->first)
            continue;
        if (part->kind == WEIR_UNIFORM && part->loc > 0) {
            const uint32_t i = candidates->from[k];
            rank_atom(&model, ranking->scratch->probability[i], binned->share[i], &gain[k]);
            continue;
        }
        gain[k].weight = find_weight(&model, k, 0.01);
        if (gain[k].weight > 0)
            gain[k].gain = gain_of(&model, k, gain[k].weight);
    }
}
