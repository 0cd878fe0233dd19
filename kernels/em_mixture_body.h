/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expectation pass, for every level: plain loops over whole lanes, which compilers turn into
 * the vectors of the level. Products and sums are fused explicitly, so that all levels agree.
 *
 * exp: x = k ln 2 + r, |r| <= ln 2 / 2, and a polynomial of e^r that interpolates (e^r - 1 - r) /
 * r^2 at Chebyshev points (relative error 2e-17 before rounding). ln: x = 2^k m, m in [0.7, 1.42),
 * s = (m - 1) / (m + 1), 2 atanh(s) likewise. */
#ifndef WEIR_EM_MIXTURE_BODY_H
#define WEIR_EM_MIXTURE_BODY_H

#include "em_mixture.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EM_LOG2_E    0x1.71547652b82fep+0
#define EM_LN2_HIGH  0x1.62e42p-1
#define EM_LN2_LOW   0x1.fdf473de6af28p-22
#define EM_ROUND     0x1.8p+52 /* added to a number, leaves it as a whole number in the last bits */
#define EM_LEAST     -708.0    /* e^x is normal above this */
#define EM_MOST      709.0
#define EM_NOTHING   -745.0 /* ln of what is 0 */
#define EM_LEAST_SUM 0x1p-1022

static inline uint64_t em_bits(double x)
{
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double em_real(uint64_t bits)
{
    double x = 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Where numbers are chosen between, masks do it: compilers leave branches alone, and then the whole
 * loop. */
static inline double em_exp_one(double x)
{
    const double within = x > EM_MOST ? EM_MOST : x;
    const double rounded = fma(within, EM_LOG2_E, EM_ROUND);
    const double k = rounded - EM_ROUND;
    const double r = fma(k, -EM_LN2_LOW, fma(k, -EM_LN2_HIGH, within));
    double p = 0x1.af38a9b0ec855p-26;
    p = fma(p, r, 0x1.289185613a3d6p-22);
    p = fma(p, r, 0x1.71de0dae63bb3p-19);
    p = fma(p, r, 0x1.a019b90d2ae7ap-16);
    p = fma(p, r, 0x1.a01a01a7c41d5p-13);
    p = fma(p, r, 0x1.6c16c1788bd90p-10);
    p = fma(p, r, 0x1.11111111109b3p-7);
    p = fma(p, r, 0x1.5555555553d63p-5);
    p = fma(p, r, 0x1.5555555555556p-3);
    p = fma(p, r, 0x1.0000000000001p-1);
    p = fma(p * r, r, r) + 1.0;
    const uint64_t keep = -(uint64_t)(x >= EM_LEAST);
    return em_real((em_bits(p) + (em_bits(rounded) << 52)) & keep);
}

static inline double em_log_one(double x)
{
    const uint64_t bits = em_bits(x);
    const uint64_t over = (0x6A09E667F3BCC - (bits & 0xFFFFFFFFFFFFF)) >> 63; /* m > sqrt(2) */
    const double m = em_real((bits & 0xFFFFFFFFFFFFF) | (1023 - over) << 52);
    /* The exponent as a real: its bits below those of 2^52. */
    const double k = em_real((bits >> 52) + over + 0x4330000000000000) - (0x1p+52 + 1023.0);
    const double s = (m - 1.0) / (m + 1.0);
    const double z = s * s;
    double p = 0x1.2b5b5fb2eac92p-4;
    p = fma(p, z, 0x1.39fe208c33457p-4);
    p = fma(p, z, 0x1.7462b69705382p-4);
    p = fma(p, z, 0x1.c71c62debf86bp-4);
    p = fma(p, z, 0x1.2492492df6947p-3);
    p = fma(p, z, 0x1.99999999952b2p-3);
    p = fma(p, z, 0x1.5555555555558p-2);
    const double twice = s + s;
    return fma(k, EM_LN2_HIGH, fma(twice * z, p, fma(k, EM_LN2_LOW, twice)));
}

static void em_exp(double *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = em_exp_one(x[i]);
}

static void em_log(double *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = em_log_one(x[i]);
}

/* f[i] = w_k f_k at point begin + i, i < n, a multiple of the lanes. */
static void em_density(const struct weir_em_points *points, size_t begin, size_t n,
                       const struct weir_em_form *form, double *restrict f)
{
    const double *restrict l = points->log_x + begin;
    const double *restrict x = points->x + begin;
    const double a = form->a;
    const double b = form->b;
    const double m = form->m;
    switch (form->shape) {
    case WEIR_EM_LOG_BELL:
        for (size_t i = 0; i < n; i++) {
            const double t = b * (l[i] - m);
            f[i] = em_exp_one(fma(-0.5 * t, t, a - l[i]));
        }
        break;
    case WEIR_EM_BELL:
        for (size_t i = 0; i < n; i++) {
            const double t = b * (x[i] - m);
            f[i] = em_exp_one(fma(-0.5 * t, t, a));
        }
        break;
    case WEIR_EM_POWER:
        for (size_t i = 0; i < n; i++)
            f[i] = em_exp_one(fma(m, x[i], fma(b, l[i], a)));
        break;
    case WEIR_EM_TABLE:
        memcpy(f, form->value + begin, n * sizeof *f);
        break;
    case WEIR_EM_CONSTANT:
        for (size_t i = 0; i < n; i++)
            f[i] = a;
        break;
    }
    for (size_t i = 0; i < n && begin + i < form->begin; i++)
        f[i] = 0;
    for (size_t i = form->end > begin ? form->end - begin : 0; i < n; i++)
        f[i] = 0;
    if (begin == 0 && form->has_first)
        f[0] = form->first;
}

/* Lane by lane, then the lanes in a tree. */
static inline double em_add_lanes(const double *lane)
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* What all forms of a block have in common. */
struct em_shares {
    size_t n;              /* points, whole lanes */
    const double *inverse; /* of the mixture's density, or 0 */
    const double *weight;
};

static inline double em_share(const struct em_shares *shares, const double *f, size_t i)
{
    return f[i] * shares->inverse[i] * shares->weight[i];
}

/* Sums of c, c (u - m) and c (u - m)^2. */
static void em_sum_bell(const struct em_shares *shares, const double *restrict f,
                        const double *restrict u, double m, struct weir_em_sum *sum)
{
    double lane[3][WEIR_EM_LANES] = {{0}};
    for (size_t i = 0; i < shares->n; i += WEIR_EM_LANES)
        for (size_t j = 0; j < WEIR_EM_LANES; j++) {
            const double c = em_share(shares, f, i + j);
            const double d = u[i + j] - m;
            lane[0][j] += c;
            lane[1][j] = fma(c, d, lane[1][j]);
            lane[2][j] = fma(c * d, d, lane[2][j]);
        }
    sum->c = em_add_lanes(lane[0]);
    sum->u = em_add_lanes(lane[1]);
    sum->v = em_add_lanes(lane[2]);
}

/* Sums of c, c u and c v. */
static void em_sum_two(const struct em_shares *shares, const double *restrict f,
                       const double *restrict u, const double *restrict v, struct weir_em_sum *sum)
{
    double lane[3][WEIR_EM_LANES] = {{0}};
    for (size_t i = 0; i < shares->n; i += WEIR_EM_LANES)
        for (size_t j = 0; j < WEIR_EM_LANES; j++) {
            const double c = em_share(shares, f, i + j);
            lane[0][j] += c;
            lane[1][j] = fma(c, u[i + j], lane[1][j]);
            lane[2][j] = fma(c, v[i + j], lane[2][j]);
        }
    sum->c = em_add_lanes(lane[0]);
    sum->u = em_add_lanes(lane[1]);
    sum->v = em_add_lanes(lane[2]);
}

static void em_sum_form(const struct weir_em_points *points, size_t begin,
                        const struct em_shares *shares, const struct weir_em_form *form,
                        const double *f, struct weir_em_sum *sum)
{
    const double *x = points->x + begin;
    const double *l = points->log_x + begin;
    switch (form->shape) {
    case WEIR_EM_LOG_BELL:
        em_sum_bell(shares, f, l, form->m, sum);
        break;
    case WEIR_EM_BELL:
        em_sum_bell(shares, f, x, form->m, sum);
        break;
    case WEIR_EM_POWER:
        em_sum_two(shares, f, l, x, sum);
        break;
    case WEIR_EM_TABLE:
    case WEIR_EM_CONSTANT:
        em_sum_two(shares, f, l, x, sum);
        sum->u = sum->v = 0;
        break;
    }
    for (size_t i = 0; i < shares->n && form->c != NULL; i++)
        form->c[begin + i] = em_share(shares, f, i);
}

static double em_log_likelihood(const double *total, const double *weight, size_t n)
{
    double lane[WEIR_EM_LANES] = {0};
    for (size_t i = 0; i < n; i += WEIR_EM_LANES)
        for (size_t j = 0; j < WEIR_EM_LANES; j++) {
            const uint64_t none = -(uint64_t)(total[i + j] < EM_LEAST_SUM);
            const double some =
                em_real((em_bits(total[i + j]) & ~none) | (em_bits(1.0) & none)); /* ln 1 = 0 */
            lane[j] += weight[i + j] * (em_log_one(some) + em_real(em_bits(EM_NOTHING) & none));
        }
    return em_add_lanes(lane);
}

static void em_block(const struct weir_em_points *points, size_t begin, size_t n,
                     const struct weir_em_form *form, size_t n_forms, double *buffer,
                     struct weir_em_sum *sum, double *log_likelihood)
{
    double total[WEIR_EM_BLOCK] = {0};
    double inverse[WEIR_EM_BLOCK];
    const double *restrict weight = points->weight + begin;
    n = weir_em_padded(n);
    for (size_t k = 0; k < n_forms; k++) {
        double *restrict f = buffer + k * WEIR_EM_BLOCK;
        if (form[k].begin >= begin + n || form[k].end <= begin)
            continue;
        em_density(points, begin, n, &form[k], f);
        for (size_t i = 0; i < n; i++)
            total[i] += f[i];
    }
    for (size_t i = 0; i < n; i++)
        inverse[i] = em_real(em_bits(1.0 / total[i]) & -(uint64_t)(total[i] >= EM_LEAST_SUM));
    const struct em_shares shares = {n, inverse, weight};
    for (size_t k = 0; k < n_forms; k++) {
        const double *f = buffer + k * WEIR_EM_BLOCK;
        sum[k] = (struct weir_em_sum){0, 0, 0};
        if (form[k].begin < begin + n && form[k].end > begin)
            em_sum_form(points, begin, &shares, &form[k], f, &sum[k]);
        else if (form[k].c != NULL)
            memset(form[k].c + begin, 0, n * sizeof *f);
    }
    if (log_likelihood != NULL)
        *log_likelihood = em_log_likelihood(total, weight, n);
}

#endif
