/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Greedy fill and large-neighbourhood search; each start has its own numbers at random and its own
 * storage, and starts meet only between epochs, in their order. */
#include "fit_search.h"

#include "blocks.h"
#include "fit_candidates.h"
#include "fit_optimise.h"
#include "fit_random.h"
#include "guard.h"
#include "hist_axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_PER_OCTAVE 32
#define N_ROUNDS         100
#define PARAMS_USUAL     30
#define N_EPOCHS         4
#define N_TRY            6 /* candidates that get a short refit */
#define N_TRY_CHANGED    4
#define N_SHORT          25 /* iterations of a refit */
#define N_LONG           150
#define POLISH_Q         100
#define KIND_CHANGES     5     /* one round in so many changes the kind of a component */
#define HOPELESS         0.003 /* what is worse by that much gets no long refit */
#define HEAT             0.002 /* what is worse by that much is gone on from, at first */

#define SIGMA_MAX      2.6
#define WEIBULL_SPREAD 1.2825 /* standard deviation of ln x for c = 1: pi / sqrt(6) */

/* The objective, tuned on the published histograms. Of flows over sizes in octets a search with a
 * lower tau loses the tail. */
#define LAMBDA          3
#define Q               24
#define TAU             0.1
#define TAU_SIZE        6
#define TAIL_SLACK_SIZE 0.05
#define KAPPA           1
#define MEAN_SLACK      0.1
#define KS_MEDIAN       0.8276 /* times sqrt(n): median of the largest distance, by chance */

/* Of every other start, at first. */
#define SIGMA_MAX_STIFF 1.7
#define STIFF           5

#define N_PLACES_MAX (WEIR_FIT_PARTS_MAX * WEIR_FIT_PLACES)

/* A mixture and what it is worth. */
struct solution {
    size_t n;
    struct weir_fit_part part[WEIR_FIT_PARTS_MAX];
    double theta[N_PLACES_MAX];
    double value;
};

/* What all starts read. */
struct problem {
    const struct weir_search *search;
    struct weir_binned cells, bins;
    struct weir_candidates candidates;
    struct weir_binned_terms terms;
    double sigma_min;
    double price;      /* of a free parameter */
    unsigned n_rounds; /* of an epoch */
};

struct start {
    const struct problem *problem;
    struct solution best, current, trial, keep, work;
    struct weir_binned_terms terms;
    double sigma_max;
    struct weir_binned_scratch scratch;
    double *workspace; /* of the optimiser */
    double *inverse;
    struct weir_candidate_gain *gain;
    uint64_t random;
};

/* ---- numbers at random ---- */

static double random_unit(struct start *start)
{
    return weir_random_unit(&start->random);
}

static size_t random_below(struct start *start, size_t n)
{
    return (size_t)(random_unit(start) * (double)n);
}

/* ---- solutions ---- */

static unsigned parameters(const struct solution *solution)
{
    unsigned sum = 0;
    for (size_t k = 0; k < solution->n; k++)
        sum += weir_fit_part_cost(&solution->part[k]);
    return sum > 0 ? sum - 1 : 0;
}

/* What a solution is worth: its objective less the price of its parameters. */
static double worth(const struct problem *problem, const struct solution *solution)
{
    return solution->value - problem->price * parameters(solution);
}

/* Components that are no uniforms. */
static size_t wide_parts(const struct solution *solution)
{
    size_t n = 0;
    for (size_t k = 0; k < solution->n; k++)
        n += solution->part[k].kind != WEIR_UNIFORM;
    return n;
}

/* Makes the weights add up to 1. */
static void normalise(struct solution *solution)
{
    double largest = -INFINITY, sum = 0;
    for (size_t k = 0; k < solution->n; k++)
        largest = fmax(largest, solution->theta[k * WEIR_FIT_PLACES]);
    for (size_t k = 0; k < solution->n; k++)
        sum += exp(solution->theta[k * WEIR_FIT_PLACES] - largest);
    for (size_t k = 0; k < solution->n; k++)
        solution->theta[k * WEIR_FIT_PLACES] -= largest + log(sum);
}

static void drop(struct solution *solution, size_t k)
{
    const size_t n_behind = solution->n - k - 1;
    double *place = solution->theta + k * WEIR_FIT_PLACES;
    memmove(&solution->part[k], &solution->part[k + 1], n_behind * sizeof *solution->part);
    memmove(place, place + WEIR_FIT_PLACES, n_behind * WEIR_FIT_PLACES * sizeof *place);
    solution->n--;
}

static void add(struct solution *solution, const struct weir_candidates *candidates,
                const struct weir_candidate_gain *gain)
{
    normalise(solution);
    const size_t k = solution->n++;
    double *place = solution->theta + k * WEIR_FIT_PLACES;
    solution->part[k] = candidates->part[gain->index];
    place[0] = log(gain->weight) - log1p(-gain->weight);
    place[1] = candidates->place0[gain->index];
    place[2] = candidates->place1[gain->index];
}

/* ---- optimisation ---- */

struct target {
    const struct weir_binned *binned;
    const struct weir_binned_terms *terms;
    const struct solution *solution;
    struct weir_binned_scratch *scratch;
};

static double minus_objective(void *context, const double *x, double *gradient)
{
    const struct target *target = context;
    const size_t n = target->solution->n;
    const double value = weir_binned_objective(
        target->binned, target->terms, target->solution->part, n, x, gradient, target->scratch);
    for (size_t i = 0; i < n * WEIR_FIT_PLACES; i++)
        gradient[i] = -gradient[i];
    return -value;
}

/* What a solution is optimised on. */
struct ground {
    const struct weir_binned *binned;
    const struct weir_binned_terms *terms;
    double sigma_max;
    struct weir_binned_scratch *scratch;
    double *workspace;
};

/* Moves a solution to the nearest maximum, at most n_iterations steps. */
static void refit(const struct problem *problem, const struct ground *ground,
                  struct solution *solution, unsigned n_iterations)
{
    double lower[N_PLACES_MAX], upper[N_PLACES_MAX];
    struct target target = {.binned = ground->binned,
                            .terms = ground->terms,
                            .solution = solution,
                            .scratch = ground->scratch};
    normalise(solution);
    for (size_t k = 0; k < solution->n; k++)
        weir_binned_bounds(&problem->cells, &solution->part[k], problem->sigma_min,
                           ground->sigma_max, lower + k * WEIR_FIT_PLACES,
                           upper + k * WEIR_FIT_PLACES);
    const struct weir_optimise optimise = {
        .n = solution->n * WEIR_FIT_PLACES,
        .lower = lower,
        .upper = upper,
        .value = minus_objective,
        .context = &target,
        .n_iterations = n_iterations,
        .tolerance = n_iterations > N_SHORT ? WEIR_SEARCH_POLISH_TOLERANCE : 1e-7,
        .longest_step = 1};
    solution->value = -weir_optimise_run(&optimise, solution->theta, ground->workspace, NULL);
}

static void refit_cells(struct start *start, struct solution *solution, unsigned n_iterations)
{
    const struct ground ground = {.binned = &start->problem->cells,
                                  .terms = &start->terms,
                                  .sigma_max = start->sigma_max,
                                  .scratch = &start->scratch,
                                  .workspace = start->workspace};
    refit(start->problem, &ground, solution, n_iterations);
}

/* ---- fill ---- */

/* How to choose what comes in. */
struct manner {
    unsigned n_try; /* candidates that get a short refit */
    double shuffle; /* 0 .. 1: how much of a gain is left to chance */
    double thrift;  /* gains are divided by parameters to this power */
    size_t n_wide;  /* so many lognormals come first, Weibulls counted */
    uint32_t every; /* lognormal of the grid is looked at */
};

static int compare_gains(const void *a, const void *b)
{
    const struct weir_candidate_gain *x = a, *y = b;
    if (x->gain != y->gain)
        return x->gain < y->gain ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Sorts those that have a gain and fit into the budget, and returns their number. */
static size_t order_candidates(struct start *start, unsigned budget, bool only_lognormals,
                               const struct manner *manner)
{
    const struct weir_candidates *candidates = &start->problem->candidates;
    size_t n = 0;
    for (uint32_t k = 0; k < candidates->n; k++) {
        struct weir_candidate_gain gain = start->gain[k];
        const unsigned cost = weir_fit_part_cost(&candidates->part[gain.index]);
        if (cost > budget || !(gain.gain > 0) ||
            (only_lognormals && candidates->part[gain.index].kind != WEIR_LOGNORM))
            continue;
        gain.gain /= pow(cost, manner->thrift);
        if (manner->shuffle > 0)
            gain.gain *= 1 - manner->shuffle * random_unit(start);
        start->gain[n++] = gain;
    }
    qsort(start->gain, n, sizeof *start->gain, compare_gains);
    return n;
}

/* Refits `solution` with each of the best candidates; leaves the best result in it. False when
 * nothing is better than before. */
static bool add_best(struct start *start, struct solution *solution, const struct manner *manner)
{
    const struct problem *problem = start->problem;
    const unsigned budget = problem->search->max_params - parameters(solution);
    uint32_t tried[N_TRY];
    size_t n_tried = 0;
    double best = 1e-9;
    weir_binned_objective(&problem->cells, &start->terms, solution->part, solution->n,
                          solution->theta, NULL, &start->scratch);
    const struct weir_ranking ranking = {
        .terms = &start->terms,
        .every = manner->every,
        .first = (uint32_t)random_below(start, manner->every),
        .scratch = &start->scratch,
        .inverse = start->inverse,
    };
    weir_candidates_rank(&problem->candidates, &ranking, start->gain);
    const size_t n = order_candidates(start, budget, wide_parts(solution) < manner->n_wide, manner);
    for (size_t i = 0; i < n && n_tried < manner->n_try; i++) {
        bool near = false;
        for (size_t j = 0; j < n_tried && !near; j++)
            near = weir_candidates_are_near(&problem->candidates, start->gain[i].index, tried[j]);
        if (near)
            continue;
        tried[n_tried++] = start->gain[i].index;
        start->work = *solution;
        add(&start->work, &problem->candidates, &start->gain[i]);
        refit_cells(start, &start->work, N_SHORT);
        const double gain = (worth(problem, &start->work) - worth(problem, solution)) /
                            pow(weir_fit_part_cost(&start->work.part[solution->n]), manner->thrift);
        if (gain > best) {
            best = gain;
            start->keep = start->work;
        }
    }
    if (best <= 1e-9)
        return false;
    *solution = start->keep;
    return true;
}

static void fill(struct start *start, struct solution *solution, const struct manner *manner)
{
    while (solution->n < WEIR_FIT_PARTS_MAX &&
           parameters(solution) < start->problem->search->max_params &&
           weir_guard_stop_signal() == 0 && add_best(start, solution, manner))
        ;
}

/* ---- rounds ---- */

/* Half of the starts begin with narrow components and a stiff tail: both tend to end up elsewhere.
 */
static void begin(struct start *start, bool stiff)
{
    const struct weir_binned *cells = &start->problem->cells;
    struct solution *best = &start->best;
    start->terms = start->problem->terms;
    start->terms.tau *= stiff ? STIFF : 1;
    start->sigma_max = stiff ? SIGMA_MAX_STIFF : SIGMA_MAX;
    best->n = 1;
    best->part[0] = (struct weir_fit_part){.kind = WEIR_LOGNORM};
    best->theta[0] = 0;
    best->theta[1] = cells->ln_mean;
    best->theta[2] = log(fmax(cells->ln_deviation, start->problem->sigma_min));
    refit_cells(start, best, N_SHORT);
    const struct manner manner = {
        .n_try = N_TRY,
        .every = 1,
        .shuffle = 0.5,
        .thrift = random_unit(start),
        .n_wide = random_below(start, start->problem->search->max_params / 3 + 1),
    };
    fill(start, best, &manner);
    refit_cells(start, best, N_LONG);
    start->current = *best;
}

/* From now on all starts have the same objective. */
static void settle(struct start *start)
{
    start->terms = start->problem->terms;
    start->sigma_max = SIGMA_MAX;
    refit_cells(start, &start->best, N_LONG);
    start->current = start->best;
}

/* Where a component is, on the scale of ln x. */
static double place_of(const struct solution *solution, size_t k)
{
    const struct weir_fit_part *part = &solution->part[k];
    return part->kind == WEIR_UNIFORM ? log(part->loc + part->scale)
                                      : solution->theta[k * WEIR_FIT_PLACES + 1];
}

/* Throws out a component and, half the time, those next to it, else others at random. */
static void drop_some(struct start *start, struct solution *solution)
{
    const size_t n_drops = 1 + random_below(start, random_below(start, 4) == 0 ? 6 : 3);
    const bool near = random_below(start, 2) == 0;
    size_t k = random_below(start, solution->n);
    const double place = place_of(solution, k);
    for (size_t i = 0; i < n_drops && solution->n > 1; i++) {
        drop(solution, k);
        k = random_below(start, solution->n);
        for (size_t j = 0; j < solution->n && near; j++)
            if (fabs(place_of(solution, j) - place) < fabs(place_of(solution, k) - place))
                k = j;
    }
}

/* Takes or leaves the trial. */
static void judge(struct start *start, double heat)
{
    const struct problem *problem = start->problem;
    const double value = worth(problem, &start->trial);
    if (value > worth(problem, &start->current) + heat * log(random_unit(start)))
        start->current = start->trial;
    if (value > worth(problem, &start->best))
        start->best = start->trial;
}

/* Makes a Weibull of a lognormal, or the other way round, with mean and deviation of ln x as
 * before; false when a uniform was hit. */
static bool change_kind(struct start *start, struct solution *solution)
{
    const size_t k = random_below(start, solution->n);
    double *place = solution->theta + k * WEIR_FIT_PLACES;
    struct weir_fit_part *part = &solution->part[k];
    if (part->kind == WEIR_UNIFORM)
        return false;
    const bool was_lognormal = part->kind == WEIR_LOGNORM;
    const double shift =
        0.5772 * exp(was_lognormal ? place[2] : log(WEIBULL_SPREAD) - place[2]) / WEIBULL_SPREAD;
    part->kind = was_lognormal ? WEIR_WEIBULL_MIN : WEIR_LOGNORM;
    place[1] += was_lognormal ? shift : -shift;
    place[2] = log(WEIBULL_SPREAD) - place[2];
    return true;
}

/* A round: throws out some components and fills up, or changes a kind. */
static void change(struct start *start, double heat)
{
    start->trial = start->current;
    if (random_below(start, KIND_CHANGES) == 0) {
        if (change_kind(start, &start->trial)) {
            refit_cells(start, &start->trial, N_LONG);
            judge(start, heat);
        }
        return;
    }
    const size_t n_wide = wide_parts(&start->trial);
    drop_some(start, &start->trial);
    refit_cells(start, &start->trial, N_SHORT);
    const struct manner manner = {
        .n_try = N_TRY_CHANGED,
        .every = 4,
        .shuffle = 0.7,
        .thrift = random_unit(start),
        .n_wide = random_below(start, 2) == 0 ? 0 : n_wide + random_below(start, 2),
    };
    fill(start, &start->trial, &manner);
    if (worth(start->problem, &start->trial) <
        worth(start->problem, &start->current) - HOPELESS - heat)
        return;
    refit_cells(start, &start->trial, N_LONG);
    judge(start, heat);
}

struct epoch {
    struct start *start;
    bool first;
    double heat;
};

static enum weir_status run_epoch(void *context, int thread, uint64_t block, struct weir_error *err)
{
    const struct epoch *epoch = context;
    struct start *start = &epoch->start[block];
    (void)thread;
    (void)err;
    if (epoch->first)
        begin(start, block % 2 == 1);
    for (unsigned round = 0; round < start->problem->n_rounds; round++) {
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
        change(start, epoch->heat);
    }
    if (epoch->first)
        settle(start);
    return WEIR_OK;
}

static int compare_starts(const void *a, const void *b)
{
    const struct start *const *x = a, *const *y = b;
    const double worth_x = worth((*x)->problem, &(*x)->best);
    const double worth_y = worth((*y)->problem, &(*y)->best);
    if (worth_x != worth_y)
        return worth_x < worth_y ? 1 : -1;
    return (*x > *y) - (*x < *y);
}

/* Starts of the worse half go on from those of the better one. */
static void meet(struct start *start, struct start **order, size_t n_starts)
{
    for (size_t i = 0; i < n_starts; i++)
        order[i] = &start[i];
    qsort(order, n_starts, sizeof *order, compare_starts);
    for (size_t i = (n_starts + 1) / 2; i < n_starts; i++)
        order[i]->best = order[i - (n_starts + 1) / 2]->best;
    for (size_t i = 0; i < n_starts; i++)
        start[i].current = start[i].best;
}

/* Throws out components that are not worth their parameters, until each is. Where flows are many, a
 * parameter costs less than what the rounds take or leave. */
static void prune(struct start *start)
{
    const struct problem *problem = start->problem;
    for (size_t k = 0; k < start->best.n && start->best.n > 1; k++) {
        start->trial = start->best;
        drop(&start->trial, k);
        refit_cells(start, &start->trial, N_LONG);
        if (weir_guard_stop_signal() != 0 ||
            worth(problem, &start->trial) <= worth(problem, &start->best))
            continue;
        start->best = start->trial;
        k = (size_t)-1; /* all over again: the others have moved */
    }
}

/* ---- all of it ---- */

static enum weir_status start_init(struct start *start, const struct problem *problem, size_t i,
                                   struct weir_error *err)
{
    struct weir_mem *mem = problem->search->mem;
    const struct weir_binned *cells = &problem->cells;
    start->problem = problem;
    start->random = weir_random_stream(problem->search->seed, i);
    start->workspace = weir_mem_alloc(mem, weir_optimise_workspace_bytes(N_PLACES_MAX));
    start->inverse = weir_mem_alloc(mem, cells->n_bins * sizeof *start->inverse);
    start->gain = weir_mem_alloc(mem, problem->candidates.n * sizeof *start->gain);
    if (start->workspace == NULL || start->inverse == NULL || start->gain == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to search for a mixture");
    const size_t n_parts = problem->search->max_params + 2;
    return weir_binned_scratch_init(&start->scratch, cells,
                                    n_parts < WEIR_FIT_PARTS_MAX ? n_parts : WEIR_FIT_PARTS_MAX,
                                    mem, err);
}

static void start_release(struct start *start, struct weir_mem *mem)
{
    weir_mem_free(mem, start->workspace);
    weir_mem_free(mem, start->inverse);
    weir_mem_free(mem, start->gain);
    weir_binned_scratch_release(&start->scratch);
}

/* Root of the mean square of errors that n_flows flows leave to ln(1 - cdf) in the tail. */
static double chance_in_tail(const struct weir_binned *binned, double n_flows)
{
    double sum = 0;
    for (size_t t = 0; t < binned->n_tail; t++)
        sum += exp(-binned->tail_ln_above[t]) / n_flows;
    return binned->n_tail > 0 ? sqrt(sum / (double)binned->n_tail) : 0;
}

static bool is_of_sizes(const struct weir_hist *hist)
{
    enum weir_hist_x x = WEIR_X_LENGTH;
    return hist->n_columns >= 3 && weir_hist_axis_detect(hist, &x) && x == WEIR_X_SIZE;
}

struct weir_binned_terms weir_search_terms(const struct weir_hist *hist, size_t column,
                                           const struct weir_binned *binned, double n_flows)
{
    struct weir_binned_terms terms = {
        .lambda = LAMBDA, .q = Q, .tau = TAU, .kappa = KAPPA, .mean_slack = MEAN_SLACK};
    if (column == 0 && is_of_sizes(hist)) {
        terms.tau = TAU_SIZE;
        terms.tail_slack = TAIL_SLACK_SIZE;
    }
    if (n_flows > 0) {
        terms.distance_slack = KS_MEDIAN / sqrt(n_flows);
        terms.tail_slack = fmax(terms.tail_slack, chance_in_tail(binned, n_flows));
    }
    return terms;
}

/* With many parameters rounds take longer, and there are fewer of them. */
static unsigned rounds_of(const struct weir_search *search)
{
    if (search->n_rounds > 0)
        return search->n_rounds;
    return search->max_params <= PARAMS_USUAL ? N_ROUNDS
                                              : N_ROUNDS * PARAMS_USUAL / search->max_params;
}

static enum weir_status problem_init(struct problem *problem, const struct weir_search *search,
                                     struct weir_error *err)
{
    const bool flows = search->column == 0;
    problem->search = search;
    problem->sigma_min = flows ? WEIR_FIT_SIGMA_MIN_FLOWS : WEIR_FIT_SIGMA_MIN;
    problem->price = search->n_flows > 1 ? log(search->n_flows) / (2 * search->n_flows) : 0;
    problem->n_rounds = rounds_of(search) / N_EPOCHS;
    enum weir_status status = weir_binned_init(&problem->cells, search->hist, search->column,
                                               CELLS_PER_OCTAVE, search->kernels, search->mem, err);
    if (status == WEIR_OK)
        problem->terms =
            weir_search_terms(search->hist, search->column, &problem->cells, search->n_flows);
    if (status == WEIR_OK)
        status = weir_binned_init(&problem->bins, search->hist, search->column, 0, search->kernels,
                                  search->mem, err);
    if (status == WEIR_OK)
        status = weir_candidates_init(&problem->candidates, &problem->cells, problem->sigma_min,
                                      search->mem, err);
    return status;
}

/* Polishes on all bins. */
static enum weir_status polish(const struct problem *problem, struct solution *solution,
                               double *workspace, struct weir_binned_quality *quality,
                               struct weir_error *err)
{
    struct weir_binned_scratch scratch = {0};
    struct weir_binned_terms terms = problem->terms;
    const struct ground ground = {.binned = &problem->bins,
                                  .terms = &terms,
                                  .sigma_max = SIGMA_MAX,
                                  .scratch = &scratch,
                                  .workspace = workspace};
    enum weir_status status =
        weir_binned_scratch_init(&scratch, &problem->bins, solution->n, problem->search->mem, err);
    if (status == WEIR_OK) {
        refit(problem, &ground, solution, WEIR_SEARCH_POLISH_STEPS);
        if (weir_guard_stop_signal() != 0)
            status = weir_error_set(err, WEIR_CANCELLED, "interrupted");
    }
    if (status == WEIR_OK) {
        terms.q = POLISH_Q; /* closer to the largest distance, now that all is near its place */
        refit(problem, &ground, solution, WEIR_SEARCH_POLISH_STEPS);
        weir_binned_measure(&problem->bins, solution->part, solution->n, solution->theta, &scratch,
                            quality);
    }
    weir_binned_scratch_release(&scratch);
    return status;
}

static int compare_components(const void *a, const void *b)
{
    const struct weir_component *x = a, *y = b;
    if (x->kind != y->kind)
        return (x->kind > y->kind) - (x->kind < y->kind);
    const int place = x->kind == WEIR_UNIFORM ? 0 : 2;
    if (x->parameter[place] != y->parameter[place])
        return (x->parameter[place] > y->parameter[place]) -
               (x->parameter[place] < y->parameter[place]);
    const int width = x->kind == WEIR_UNIFORM ? 1 : 0;
    return (x->parameter[width] > y->parameter[width]) -
           (x->parameter[width] < y->parameter[width]);
}

/* Makes one of neighbours that are equal but for their weights. */
static void unite_equals(struct weir_mixture *mixture)
{
    size_t n = 0;
    for (size_t k = 0; k < mixture->n_components; k++) {
        if (n > 0 && compare_components(&mixture->component[n - 1], &mixture->component[k]) == 0)
            mixture->component[n - 1].weight += mixture->component[k].weight;
        else
            mixture->component[n++] = mixture->component[k];
    }
    mixture->n_components = n;
}

static enum weir_status write_mixture(const struct problem *problem, struct solution *solution,
                                      struct weir_mixture *mixture, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    mixture->n_components = 0;
    normalise(solution);
    for (size_t k = 0; k < solution->n && status == WEIR_OK; k++) {
        struct weir_component component;
        const double *place = solution->theta + k * WEIR_FIT_PLACES;
        weir_fit_part_component(&solution->part[k], place, &component);
        component.weight = exp(place[0]);
        status = weir_mixture_add(mixture, &component, err);
    }
    if (status != WEIR_OK)
        return status;
    qsort(mixture->component, mixture->n_components, sizeof *mixture->component,
          compare_components);
    unite_equals(mixture);
    mixture->has_sum = true;
    mixture->sum = problem->cells.sum;
    return WEIR_OK;
}

static enum weir_status run_starts(const struct problem *problem, struct start *start,
                                   size_t n_starts, struct weir_mixture *mixture,
                                   struct weir_binned_quality *quality, struct weir_error *err)
{
    struct start **order = weir_mem_alloc(problem->search->mem, n_starts * sizeof(struct start *));
    enum weir_status status =
        order != NULL ? WEIR_OK : weir_error_set(err, WEIR_MEMORY, "no memory for a search");
    for (size_t i = 0; i < n_starts && status == WEIR_OK; i++)
        status = start_init(&start[i], problem, i, err);
    for (int e = 0; e < N_EPOCHS && status == WEIR_OK; e++) {
        struct epoch epoch = {
            .start = start, .first = e == 0, .heat = HEAT * (N_EPOCHS - 1 - e) / (N_EPOCHS - 1)};
        status = weir_blocks_run(problem->search->n_threads, n_starts, run_epoch, &epoch, err);
        if (status == WEIR_OK)
            meet(start, order, n_starts);
    }
    if (status == WEIR_OK && problem->price > 0)
        prune(order[0]);
    if (status == WEIR_OK)
        status = polish(problem, &order[0]->best, start->workspace, quality, err);
    if (status == WEIR_OK)
        status = write_mixture(problem, &order[0]->best, mixture, err);
    weir_mem_free(problem->search->mem, order);
    return status;
}

enum weir_status weir_search_run(const struct weir_search *search, struct weir_mixture *mixture,
                                 struct weir_binned_quality *quality, struct weir_error *err)
{
    struct weir_binned_quality unwanted;
    const size_t n_starts = search->n_starts > 0 ? search->n_starts : WEIR_SEARCH_STARTS;
    struct problem problem = {0};
    struct start *start = NULL;
    if (search->max_params < 2)
        return weir_error_set(err, WEIR_USAGE, "a mixture has at least 2 parameters, not %u",
                              search->max_params);
    enum weir_status status = problem_init(&problem, search, err);
    if (status == WEIR_OK) {
        start = weir_mem_zalloc(search->mem, n_starts, sizeof *start);
        status = start == NULL ? weir_error_set(err, WEIR_MEMORY,
                                                "no memory for %zu starts of a fit", n_starts)
                               : run_starts(&problem, start, n_starts, mixture,
                                            quality != NULL ? quality : &unwanted, err);
    }
    for (size_t i = 0; start != NULL && i < n_starts; i++)
        start_release(&start[i], search->mem);
    weir_mem_free(search->mem, start);
    weir_candidates_release(&problem.candidates);
    weir_binned_release(&problem.bins);
    weir_binned_release(&problem.cells);
    return status;
}
