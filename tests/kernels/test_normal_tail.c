/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails of the normal distribution: every variant against erfc() of the C library, and against the
 * bits of the reference for all short lengths. */
#include "check.h"
#include "normal_tail.h"

#include <math.h>

#define N 5001

static double x[N], tail[N], pdf[N], pdf_z[N], want_tail[N], want_pdf[N], want_pdf_z[N];

static void for_each_variant(void (*test)(const char *level,
                                          const struct weir_normal_tail_ops *ops))
{
    struct weir_kernel_row row;
    int n = 0;
    for (int i = 0; weir_kernel_row(i, &row); i++)
        if (strcmp(row.module, "normal_tail") == 0 && row.cpu <= weir_cpu_detect()) {
            test(weir_cpu_name(row.cpu), row.ops);
            n++;
        }
    cr_assert(n > 0);
}

static void fill_points(double mean, double sigma)
{
    for (int i = 0; i < N; i++)
        x[i] = mean + sigma * WEIR_NORMAL_TAIL_LIMIT * (2.0 * i / (N - 1) - 1);
}

static void check_values(const char *level, const struct weir_normal_tail_ops *ops)
{
    fill_points(3, 0.5);
    ops->fill(x, N, 3, 1 / 0.5, tail, pdf, pdf_z);
    for (int i = 0; i < N; i++) {
        const double z = (x[i] - 3) / 0.5;
        const double upper = erfc(fabs(z) / sqrt(2)) / 2;
        const double density = exp(-z * z / 2) / sqrt(2 * acos(-1));
        cr_assert(fabs(tail[i] - (z < 0 ? upper : -upper)) <= 4e-13 * upper, "%s: tail(%g) = %g",
                  level, z, tail[i]);
        cr_assert(fabs(pdf[i] - density) <= 4e-13 * density, "%s: pdf(%g) = %g", level, z, pdf[i]);
        cr_assert(fabs(pdf_z[i] - density * z) <= 4e-13 * density * fabs(z));
    }
}

Test(normal_tail, is_near_erfc)
{
    for_each_variant(check_values);
}

static void check_bits(const char *level, const struct weir_normal_tail_ops *ops)
{
    struct weir_kernels reference;
    weir_kernels_choose(WEIR_CPU_REF, &reference);
    fill_points(-1, 2);
    for (size_t n = 0; n < 200; n++)
        for (size_t from = 0; from < 8; from++) {
            const double *points = x + 11 * n + from;
            reference.normal_tail->fill(points, n, -1, 0.5, want_tail, want_pdf, want_pdf_z);
            tail[n] = pdf[n] = pdf_z[n] = 77;
            ops->fill(points, n, -1, 0.5, tail, pdf, pdf_z);
            cr_assert(memcmp(tail, want_tail, n * sizeof *tail) == 0 &&
                          memcmp(pdf, want_pdf, n * sizeof *pdf) == 0 &&
                          memcmp(pdf_z, want_pdf_z, n * sizeof *pdf_z) == 0,
                      "%s: other bits for %zu points", level, n);
            cr_assert(tail[n] == 77 && pdf[n] == 77 && pdf_z[n] == 77);
        }
}

Test(normal_tail, variants_give_the_same_bits)
{
    for_each_variant(check_bits);
}
