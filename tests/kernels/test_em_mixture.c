/* SPDX-License-Identifier: GPL-3.0-or-later */
/* em_mixture: 2^x and ln against the C library in long double, passes against sums written out
 * plainly in long double, every variant and number of threads equal in every bit. */
#include "check.h"
#include "em_mixture.h"

#include <math.h>

#define N_MAX 3000
#define FORMS 7

static uint64_t random_state = 0x9e3779b97f4a7c15;

/* In (0, 1). */
static double random_real(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return ((double)(random_state >> 12) + 0.5) * 0x1p-52;
}

static const struct weir_em_mixture_ops *variant(int *i, const char **name)
{
    struct weir_kernel_row row;
    while (weir_kernel_row((*i)++, &row))
        if (strcmp(row.module, "em_mixture") == 0 && row.cpu <= weir_cpu_detect()) {
            *name = weir_cpu_name(row.cpu);
            return row.ops;
        }
    return NULL;
}

Test(em_mixture, exp2_and_log)
{
    const char *name = NULL;
    const struct weir_em_mixture_ops *ops = NULL;
    for (int v = 0; (ops = variant(&v, &name)) != NULL;)
        for (int round = 0; round < 4000; round++) {
            _Alignas(64) double x[8];
            double y[8];
            double in[8];
            for (int i = 0; i < 8; i++) {
                in[i] = x[i] = (random_real() - 0.5) * (round % 2 == 0 ? 2044 : 2);
                y[i] = ldexp(random_real() + 1e-3, (int)((random_real() - 0.5) * 1900));
            }
            ops->exp2(x, 8);
            for (int i = 0; i < 8; i++)
                cr_assert(fabsl(x[i] / exp2l(in[i]) - 1) < 3e-16L, "%s: 2^(%a) = %a", name, in[i],
                          x[i]);
            memcpy(in, y, sizeof in);
            for (int i = 0; i < 8 && round % 2 == 1; i++)
                in[i] = y[i] = 0.5 + random_real() * 1.5;
            ops->log(y, 8);
            for (int i = 0; i < 8; i++)
                cr_assert(fabsl(y[i] - logl(in[i])) <= 1e-15L * fabsl(logl(in[i])), "%s: ln(%a)",
                          name, in[i]);
        }
}

Test(em_mixture, edges_of_exp2)
{
    const char *name = NULL;
    const struct weir_em_mixture_ops *ops = NULL;
    for (int v = 0; (ops = variant(&v, &name)) != NULL;) {
        double x[16] = {0,   -0.0, -INFINITY, -1023, -1e300,   -1022,   1e-300,  -1e-17,
                        NAN, 1023, 1024,      1e300, INFINITY, -1022.3, -1022.5, -1022.8};
        ops->exp2(x, 16);
        cr_assert(x[0] == 1 && x[1] == 1 && x[2] == 0 && x[3] == 0 && x[4] == 0, "%s", name);
        cr_assert(x[5] == 0x1p-1022 && x[6] == 1 && x[7] == 1, "%s: %a", name, x[5]);
        cr_assert(x[8] == 0, "%s: %a", name, x[8]);
        for (int i = 9; i < 13; i++)
            cr_assert(x[i] == 0x1p+1023, "%s: %a", name, x[i]);
        for (int i = 13; i < 16; i++)
            cr_assert(x[i] >= 0 && x[i] < 0x1p-1022, "%s: %a", name, x[i]);
    }
}

struct scene {
    _Alignas(64) double x[N_MAX + 8];
    _Alignas(64) double log_x[N_MAX + 8];
    _Alignas(64) double weight[N_MAX + 8];
    _Alignas(64) double value[N_MAX + 8];
    double c[2][N_MAX + 8];
    struct weir_em_points points;
    struct weir_em_form form[FORMS];
};

static void make_scene(struct scene *scene, size_t n)
{
    double x = 0;
    for (size_t i = 0; i < N_MAX + 8; i++) {
        x += 1 + floor(random_real() * 3);
        scene->x[i] = i < n ? x : 1;
        scene->log_x[i] = log(scene->x[i]);
        scene->weight[i] = i < n ? floor(random_real() * 50) : 0;
        scene->value[i] = random_real();
    }
    scene->points = (struct weir_em_points){
        .n = n, .x = scene->x, .log_x = scene->log_x, .weight = scene->weight};
    const struct weir_em_form forms[FORMS] = {
        {.shape = WEIR_EM_CONSTANT,
         .a = 0.25,
         .end = n < 5 ? n : 5,
         .has_first = true,
         .first = 0.5},
        {.shape = WEIR_EM_LOG_BELL, .a = -1, .b = 0.7, .m = 4.5, .end = n},
        {.shape = WEIR_EM_BELL, .a = -6, .b = 0.01, .m = 300, .end = n},
        {.shape = WEIR_EM_POWER, .a = 2, .b = -1.5, .m = -0.001, .begin = n / 3, .end = n},
        {.shape = WEIR_EM_TABLE, .value = scene->value, .c = scene->c[0], .begin = n / 2, .end = n},
        {.shape = WEIR_EM_LOG_BELL,
         .a = -1,
         .b = 1e200, /* its square is not finite */
         .m = scene->log_x[0],
         .end = n,
         .c = scene->c[1]},
        {.shape = WEIR_EM_CONSTANT, .a = 1, .begin = n, .end = n}};
    memcpy(scene->form, forms, sizeof forms);
}

static long double density(const struct scene *scene, size_t k, size_t i)
{
    const struct weir_em_form *form = &scene->form[k];
    const long double x = scene->x[i];
    const long double l = scene->log_x[i];
    if (i == 0 && form->has_first)
        return form->first;
    if (i < form->begin || i >= form->end)
        return 0;
    switch (form->shape) {
    case WEIR_EM_LOG_BELL:
        return expl(form->a - l - powl(form->b * (l - form->m), 2) / 2);
    case WEIR_EM_BELL:
        return expl(form->a - powl(form->b * (x - form->m), 2) / 2);
    case WEIR_EM_POWER:
        return expl(form->a + form->b * l + form->m * x);
    case WEIR_EM_TABLE:
        return form->value[i];
    case WEIR_EM_CONSTANT:
        break;
    }
    return form->a;
}

struct plain {
    long double c[FORMS], u[FORMS], v[FORMS], log_likelihood;
};

/* `size` gets the sums of magnitudes, by which errors are judged. */
static void sum_plainly(const struct scene *scene, struct plain *sum, struct plain *size)
{
    memset(sum, 0, sizeof *sum);
    memset(size, 0, sizeof *size);
    for (size_t i = 0; i < scene->points.n; i++) {
        long double total = 0;
        for (size_t k = 0; k < FORMS; k++)
            total += density(scene, k, i);
        for (size_t k = 0; k < FORMS && total > 0; k++) {
            const struct weir_em_form *form = &scene->form[k];
            const long double c = scene->weight[i] * density(scene, k, i) / total;
            const bool by_x = form->shape == WEIR_EM_BELL;
            const bool sums = form->shape <= WEIR_EM_POWER && form->shape != WEIR_EM_CONSTANT;
            const bool power = form->shape == WEIR_EM_POWER;
            const long double u =
                (by_x ? scene->x[i] : scene->log_x[i]) - (long double)(power ? 0 : form->m);
            sum->c[k] += c;
            sum->u[k] += sums ? c * u : 0;
            sum->v[k] += !sums ? 0 : c * (power ? scene->x[i] : u * u);
            size->c[k] += c;
            size->u[k] += c * fabsl(u);
            size->v[k] += c * (power ? scene->x[i] : u * u);
        }
        sum->log_likelihood += scene->weight[i] * (total > 0 ? logl(total) : -745);
        size->log_likelihood += scene->weight[i] * (total > 0 ? fabsl(logl(total)) : 745);
    }
}

static void check_pass(struct scene *scene, const struct weir_em_mixture_ops *ops, int n_threads,
                       struct weir_em_sum *sum, double *log_likelihood)
{
    struct plain want;
    struct plain size;
    double *workspace =
        malloc(weir_em_workspace(scene->points.n, FORMS, n_threads) * sizeof *workspace);
    weir_em_pass(ops, &scene->points, scene->form, FORMS, workspace, n_threads, sum,
                 log_likelihood);
    free(workspace);
    sum_plainly(scene, &want, &size);
    for (size_t k = 0; k < FORMS; k++) {
        cr_assert(fabsl(sum[k].c - want.c[k]) <= 1e-13L * size.c[k], "c of %zu", k);
        cr_assert(fabsl(sum[k].u - want.u[k]) <= 1e-13L * size.u[k], "u of %zu", k);
        cr_assert(fabsl(sum[k].v - want.v[k]) <= 1e-13L * size.v[k], "v of %zu", k);
    }
    cr_assert(fabsl(*log_likelihood - want.log_likelihood) <= 1e-13L * size.log_likelihood);
    long double c = 0;
    for (size_t i = 0; i < scene->points.n; i++)
        c += scene->c[0][i];
    cr_assert(fabsl(c - want.c[4]) <= 1e-13L * size.c[4]);
}

Test(em_mixture, passes)
{
    static const size_t sizes[] = {1, 2, 7, 8, 9, 255, 256, 257, 1000, N_MAX};
    static struct scene scene;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const char *name = NULL;
        const struct weir_em_mixture_ops *ops = NULL;
        struct weir_em_sum first[FORMS];
        double first_log = 0;
        make_scene(&scene, sizes[s]);
        for (int v = 0, runs = 0; (ops = variant(&v, &name)) != NULL;)
            for (int n_threads = 1; n_threads <= 7; n_threads += 3, runs++) {
                struct weir_em_sum sum[FORMS];
                double log_likelihood = 0;
                check_pass(&scene, ops, n_threads, sum, &log_likelihood);
                if (runs == 0) {
                    memcpy(first, sum, sizeof sum);
                    first_log = log_likelihood;
                }
                cr_assert(memcmp(first, sum, sizeof sum) == 0, "%s, %d threads", name, n_threads);
                cr_assert(memcmp(&first_log, &log_likelihood, sizeof first_log) == 0, "%s", name);
            }
    }
}
