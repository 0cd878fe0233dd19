/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mixture: names and ranges of the kinds, storage that grows, fails and is copied, counts. */
#include "check.h"
#include "mixture.h"

#include <float.h>
#include <math.h>

static struct weir_mem mem;
static struct weir_mixture mixture;

static void begin(void)
{
    weir_mem_init(&mem, SIZE_MAX);
    weir_mixture_init(&mixture, &mem);
}

static void end(void)
{
    weir_mixture_release(&mixture);
    CHECK_NO_LEAK(&mem);
}

TestSuite(mixture, .init = begin, .fini = end);

Test(mixture, names_are_those_of_scipy)
{
    static const struct {
        const char *name;
        enum weir_kind kind;
        size_t n;
    } cases[] = {
        {"uniform", WEIR_UNIFORM, 2}, {"norm", WEIR_NORM, 2},
        {"lognorm", WEIR_LOGNORM, 3}, {"genpareto", WEIR_GENPARETO, 3},
        {"gamma", WEIR_GAMMA, 3},     {"weibull_min", WEIR_WEIBULL_MIN, 3},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        cr_assert(weir_kind_find(cases[c].name) == cases[c].kind, "%s", cases[c].name);
        cr_assert_str_eq(weir_kind_name(cases[c].kind), cases[c].name);
        cr_assert(weir_kind_parameters(cases[c].kind) == cases[c].n, "%s", cases[c].name);
    }
    cr_assert(weir_kind_find("") == WEIR_N_KINDS);
    cr_assert(weir_kind_find("Uniform") == WEIR_N_KINDS);
    cr_assert(weir_kind_find("lognormal") == WEIR_N_KINDS);
}

Test(mixture, parameters_in_range)
{
    static const struct {
        struct weir_component component;
        bool valid;
    } cases[] = {
        {{1, WEIR_UNIFORM, {0, 1}}, true},
        {{0, WEIR_UNIFORM, {-3, DBL_MIN, -1}}, true}, /* the third one does not count */
        {{0.5, WEIR_UNIFORM, {0, 0}}, false},
        {{0.5, WEIR_NORM, {-1e300, 1e-300}}, true},
        {{0.5, WEIR_NORM, {0, -1}}, false},
        {{0.5, WEIR_NORM, {NAN, 1}}, false},
        {{1e-56, WEIR_LOGNORM, {DBL_EPSILON, 0, 1}}, true},
        {{0.5, WEIR_LOGNORM, {0, 0, 1}}, false},
        {{0.5, WEIR_LOGNORM, {1, 0, 0}}, false},
        {{0.5, WEIR_LOGNORM, {1, -INFINITY, 1}}, false},
        {{0.5, WEIR_GENPARETO, {-2, 0, 1}}, true},
        {{0.5, WEIR_GENPARETO, {0, -5, 1}}, true},
        {{0.5, WEIR_GENPARETO, {1, 0, 0}}, false},
        {{0.5, WEIR_GENPARETO, {NAN, 0, 1}}, false},
        {{0.5, WEIR_GAMMA, {0.1, 0, 1}}, true},
        {{0.5, WEIR_GAMMA, {0, 0, 1}}, false},
        {{0.5, WEIR_GAMMA, {1, 0, INFINITY}}, false},
        {{0.5, WEIR_WEIBULL_MIN, {0.1, 0, 1}}, true},
        {{0.5, WEIR_WEIBULL_MIN, {-0.1, 0, 1}}, false},
        {{-DBL_MIN, WEIR_UNIFORM, {0, 1}}, false},
        {{NAN, WEIR_UNIFORM, {0, 1}}, false},
        {{INFINITY, WEIR_UNIFORM, {0, 1}}, false},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        cr_assert(weir_component_is_valid(&cases[c].component) == cases[c].valid, "case %zu", c);
}

static void add(enum weir_kind kind, double weight, double a, double b, double c)
{
    struct weir_error err;
    const struct weir_component component = {weight, kind, {a, b, c}};
    CHECK_OK(weir_mixture_add(&mixture, &component, &err));
}

Test(mixture, grows_and_keeps_the_order)
{
    struct weir_error err;
    cr_assert(weir_mixture_weight(&mixture) == 0);
    for (int k = 0; k < 1000; k++)
        add(WEIR_NORM, 0.25, k, 1 + k, 0);
    CHECK_OK(weir_mixture_add(&mixture, &mixture.component[7], &err));
    cr_assert(mixture.n_components == 1001 && weir_mixture_weight(&mixture) == 250.25);
    for (int k = 0; k < 1000; k++)
        cr_assert(mixture.component[k].parameter[0] == k, "%d", k);
    cr_assert(mixture.component[1000].parameter[1] == 8);
}

/* A component of the mixture itself may be added also when the list must grow for it. */
Test(mixture, adds_its_own_component)
{
    struct weir_error err;
    add(WEIR_GAMMA, 1, 2, 3, 4);
    while (mixture.n_components < 5000)
        CHECK_OK(weir_mixture_add(&mixture, mixture.component, &err));
    const struct weir_component *last = &mixture.component[4999];
    cr_assert(last->weight == 1 && last->kind == WEIR_GAMMA && last->parameter[0] == 2 &&
              last->parameter[1] == 3 && last->parameter[2] == 4);
}

Test(mixture, copies)
{
    struct weir_error err;
    struct weir_mixture copy;
    weir_mixture_init(&copy, &mem);
    CHECK_OK(weir_mixture_copy(&copy, &mixture, &err));
    cr_assert(copy.n_components == 0 && !copy.has_sum);
    for (int k = 0; k < 20; k++)
        add(WEIR_WEIBULL_MIN, k, 1, 0, 1 + k);
    mixture.has_sum = true;
    mixture.sum = WEIR_U128_MAX;
    CHECK_OK(weir_mixture_copy(&copy, &mixture, &err));
    CHECK_OK(weir_mixture_copy(&copy, &copy, &err));
    cr_assert(copy.n_components == 20 && copy.has_sum && copy.sum == WEIR_U128_MAX);
    cr_assert(memcmp(copy.component, mixture.component, 20 * sizeof *copy.component) == 0);
    cr_assert(copy.component != mixture.component);
    weir_mixture_release(&mixture);
    CHECK_OK(weir_mixture_copy(&copy, &mixture, &err));
    cr_assert(copy.n_components == 0 && !copy.has_sum && copy.sum == 0);
    weir_mixture_release(&copy);
    weir_mixture_release(&copy);
    struct weir_mixture zeroed = {0};
    weir_mixture_release(&zeroed);
}

Test(mixture, no_memory)
{
    struct weir_error err;
    struct weir_mixture copy;
    const struct weir_component component = {1, WEIR_UNIFORM, {0, 1}};
    weir_mixture_init(&copy, &mem);
    weir_mem_fail_after(&mem, 0);
    CHECK_STATUS(weir_mixture_add(&mixture, &component, &err), WEIR_MEMORY);
    CHECK_MESSAGE("no memory for a mixture of 1 components");
    cr_assert(mixture.n_components == 0);
    CHECK_OK(weir_mixture_add(&mixture, &component, &err));
    weir_mem_fail_after(&mem, 0);
    CHECK_STATUS(weir_mixture_copy(&copy, &mixture, &err), WEIR_MEMORY);
    cr_assert(copy.n_components == 0);
    weir_mixture_release(&copy);
}

static void check_free_parameters(size_t want)
{
    cr_assert(weir_mixture_free_parameters(&mixture) == want, "%zu instead of %zu",
              weir_mixture_free_parameters(&mixture), want);
    mixture.n_components = 0;
}

Test(mixture, free_parameters)
{
    check_free_parameters(0);
    add(WEIR_UNIFORM, 1, 0, 6, 0);
    check_free_parameters(0);
    add(WEIR_UNIFORM, 1, 5, 1, 0);
    check_free_parameters(1);
    add(WEIR_NORM, 1, 0, 1, 0);
    add(WEIR_LOGNORM, 1, 1, 0, 1);
    add(WEIR_GAMMA, 1, 1, 0, 1);
    add(WEIR_WEIBULL_MIN, 1, 1, 0, 1);
    check_free_parameters(4 * 2 + 3);
    add(WEIR_GENPARETO, 1, 0.5, 64, 32);
    check_free_parameters(1);
    add(WEIR_GENPARETO, 1, 0.5, 64, 32.0000001);
    check_free_parameters(2);
    add(WEIR_GENPARETO, 1, 0.5, 0, 1);
    check_free_parameters(2);
    add(WEIR_GENPARETO, 1, -0.5, 64, 32);
    check_free_parameters(2);
    add(WEIR_UNIFORM, 1, 0, 1, 0);
    add(WEIR_UNIFORM, 1, 0, 2, 0);
    add(WEIR_LOGNORM, 1, 1, 0, 1);
    check_free_parameters(2 + 2);
    for (int i = 1; i < 1000; i++) {
        const double alpha = 0.3 + 0.0017 * i;
        const double beta = 1.1 * i;
        add(WEIR_GENPARETO, 1, 1 / alpha, beta, beta / alpha);
        check_free_parameters(1);
    }
}
