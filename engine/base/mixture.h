/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mixture of distributions: the model that fits produce, files hold, and plots and generators
 * read.
 *
 * Parameters are those of scipy, in its order, so that files are the same:
 *
 *     uniform      loc, scale      values in [loc, loc + scale]
 *     norm         loc, scale      mean and standard deviation
 *     lognorm      s, loc, scale   s = sigma, scale = exp(mu); loc is 0 in all that weir makes
 *     genpareto    c, loc, scale   shape xi; a classic Pareto has scale = xi * loc
 *     gamma        a, loc, scale
 *     weibull_min  c, loc, scale
 *
 * Weights are what a fit left: they need not add up to 1. Components keep their order. A uniform
 * from 0 (or from n - 1) of width 1 is an atom at 1 (at n) for values that are whole numbers.
 */
#ifndef WEIR_MIXTURE_H
#define WEIR_MIXTURE_H

#include "mem.h"
#include "number.h"
#include "status.h"

enum weir_kind {
    WEIR_UNIFORM,
    WEIR_NORM,
    WEIR_LOGNORM,
    WEIR_GENPARETO,
    WEIR_GAMMA,
    WEIR_WEIBULL_MIN,
    WEIR_N_KINDS
};

#define WEIR_KIND_PARAMETERS_MAX 3

struct weir_component {
    double weight;
    enum weir_kind kind;
    double parameter[WEIR_KIND_PARAMETERS_MAX]; /* weir_kind_parameters(kind) of them */
};

struct weir_mixture {
    size_t n_components;
    size_t capacity;
    struct weir_component *component;
    bool has_sum;
    weir_u128 sum; /* of the weights of the data: flows, packets or octets in all */
    struct weir_mem *mem;
};

/* scipy's name of a kind, such as "lognorm"; static storage. */
const char *weir_kind_name(enum weir_kind kind);

/* The kind of that name, or WEIR_N_KINDS. */
enum weir_kind weir_kind_find(const char *name);

/* Parameters of a kind: 2 or 3. */
size_t weir_kind_parameters(enum weir_kind kind);

/* True when all parameters are finite and in their range: scales, s, a and c of weibull_min above
 * 0 (c of genpareto may be any number); the weight is finite and not negative. */
bool weir_component_is_valid(const struct weir_component *component);

/* Starts an empty mixture in the caller's storage; its components come from `mem`. */
void weir_mixture_init(struct weir_mixture *mixture, struct weir_mem *mem);

/* Gives the components back. A zeroed struct may be released too. */
void weir_mixture_release(struct weir_mixture *mixture);

/* Appends a component. WEIR_MEMORY. */
enum weir_status weir_mixture_add(struct weir_mixture *mixture,
                                  const struct weir_component *component,
                                  struct weir_error *err) WEIR_MUST_CHECK;

/* Makes `to`, which is initialised, equal to `from` (but for `mem`). WEIR_MEMORY. */
enum weir_status weir_mixture_copy(struct weir_mixture *to, const struct weir_mixture *from,
                                   struct weir_error *err) WEIR_MUST_CHECK;

/* Sum of the weights. */
double weir_mixture_weight(const struct weir_mixture *mixture);

/* Free parameters: a uniform that starts at 0 has none, any other one 1 (atoms included); norm,
 * lognorm, gamma and weibull_min have 2, a classic Pareto 1, any other genpareto 2; and one weight
 * per component less 1. 0 for an empty mixture. */
size_t weir_mixture_free_parameters(const struct weir_mixture *mixture);

#endif
