/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mixture of distributions: a table of the kinds, and a list that grows. */
#include "mixture.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* What must be above 0, as bits of the places of parameters. */
#define FIRST  1U
#define SECOND 2U
#define THIRD  4U

static const struct {
    const char *name;
    size_t n_parameters;
    unsigned positive;
} kinds[WEIR_N_KINDS] = {
    [WEIR_UNIFORM] = {"uniform", 2, SECOND},
    [WEIR_NORM] = {"norm", 2, SECOND},
    [WEIR_LOGNORM] = {"lognorm", 3, FIRST | THIRD},
    [WEIR_GENPARETO] = {"genpareto", 3, THIRD},
    [WEIR_GAMMA] = {"gamma", 3, FIRST | THIRD},
    [WEIR_WEIBULL_MIN] = {"weibull_min", 3, FIRST | THIRD},
};

const char *weir_kind_name(enum weir_kind kind)
{
    return kinds[kind].name;
}

enum weir_kind weir_kind_find(const char *name)
{
    unsigned kind = 0;
    while (kind < WEIR_N_KINDS && strcmp(kinds[kind].name, name) != 0)
        kind++;
    return (enum weir_kind)kind;
}

size_t weir_kind_parameters(enum weir_kind kind)
{
    return kinds[kind].n_parameters;
}

bool weir_component_is_valid(const struct weir_component *component)
{
    if (!isfinite(component->weight) || component->weight < 0)
        return false;
    for (size_t i = 0; i < kinds[component->kind].n_parameters; i++) {
        const bool positive = (kinds[component->kind].positive >> i & 1) != 0;
        if (!isfinite(component->parameter[i]) || (positive && component->parameter[i] <= 0))
            return false;
    }
    return true;
}

void weir_mixture_init(struct weir_mixture *mixture, struct weir_mem *mem)
{
    *mixture = (struct weir_mixture){.mem = mem};
}

void weir_mixture_release(struct weir_mixture *mixture)
{
    if (mixture->mem != NULL)
        weir_mem_free(mixture->mem, mixture->component);
    *mixture = (struct weir_mixture){.mem = mixture->mem};
}

/* Makes room for `n` components in all. */
static enum weir_status reserve(struct weir_mixture *mixture, size_t n, struct weir_error *err)
{
    if (n <= mixture->capacity)
        return WEIR_OK;
    const size_t capacity = n < 8 ? 8 : n + n / 2;
    struct weir_component *grown = NULL;
    if (capacity <= SIZE_MAX / sizeof *grown)
        grown = weir_mem_resize(mixture->mem, mixture->component, capacity * sizeof *grown);
    if (grown == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a mixture of %zu components", n);
    mixture->component = grown;
    mixture->capacity = capacity;
    return WEIR_OK;
}

enum weir_status weir_mixture_add(struct weir_mixture *mixture,
                                  const struct weir_component *component, struct weir_error *err)
{
    const struct weir_component copy = *component; /* which may be one of the mixture's own */
    const enum weir_status status = reserve(mixture, mixture->n_components + 1, err);
    if (status == WEIR_OK)
        mixture->component[mixture->n_components++] = copy;
    return status;
}

enum weir_status weir_mixture_copy(struct weir_mixture *to, const struct weir_mixture *from,
                                   struct weir_error *err)
{
    const enum weir_status status = reserve(to, from->n_components, err);
    if (status != WEIR_OK)
        return status;
    if (from->n_components > 0)
        memmove(to->component, from->component, from->n_components * sizeof *from->component);
    to->n_components = from->n_components;
    to->has_sum = from->has_sum;
    to->sum = from->sum;
    return WEIR_OK;
}

double weir_mixture_weight(const struct weir_mixture *mixture)
{
    double sum = 0;
    for (size_t k = 0; k < mixture->n_components; k++)
        sum += mixture->component[k].weight;
    return sum;
}

/* Of a Pareto that is written as 1 / alpha, beta, beta / alpha: equal up to two roundings. */
static bool is_classic_pareto(const double *parameter)
{
    const double scale = parameter[0] * parameter[1];
    return fabs(scale - parameter[2]) <= 2 * DBL_EPSILON * parameter[2];
}

static size_t free_parameters(const struct weir_component *component)
{
    switch (component->kind) {
    case WEIR_UNIFORM:
        return component->parameter[0] == 0 ? 0 : 1;
    case WEIR_GENPARETO:
        return is_classic_pareto(component->parameter) ? 1 : 2;
    default:
        return 2;
    }
}

size_t weir_mixture_free_parameters(const struct weir_mixture *mixture)
{
    size_t n = mixture->n_components > 0 ? mixture->n_components - 1 : 0;
    for (size_t k = 0; k < mixture->n_components; k++)
        n += free_parameters(&mixture->component[k]);
    return n;
}
