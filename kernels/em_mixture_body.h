/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expectation pass, for every level, in vectors of the level. A variant defines, before it
 * includes this:
 *
 *     EM_WIDTH               numbers of a vector, a divisor of WEIR_EM_LANES
 *     em_reals, em_ints      a vector of double, and of uint64_t; or just these, if EM_WIDTH is 1
 *     em_all(x)              x in every place
 *     em_fma(x, y, z)        x y + z, rounded once
 *     em_max(x, y)           x > y ? x : y, and em_min(x, y)
 *     em_from(x, y, a, b)    x >= y ? a : b
 *
 * Everything else is C: its operators work on vectors as on numbers. Products and sums are fused
 * explicitly and added up lane by lane, so that all levels agree in every bit. Compilers cannot be
 * left to find these vectors: sums in lanes become scalar code with gcc 12, five times as slow.
 *
 * 2^x: x = k + r, |r| <= 1/2, and a polynomial of 2^r that interpolates (2^r - 1) / r at Chebyshev
 * points (relative error 2e-17 before rounding). ln: x = 2^k m, m in [0.7, 1.42), s = (m - 1) /
 * (m + 1), 2 atanh(s) likewise. */
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
#define EM_LEAST     -1023.0   /* 2^x is built as 0 from this, and is normal from one more on */
#define EM_MOST      1023.0
#define EM_NOTHING   -745.0 /* ln of what is 0 */
#define EM_LEAST_SUM 0x1p-1022
#define EM_STEEPEST  0x1p+1000 /* finite, so that it is nothing at no distance */

#define EM_VECTORS (WEIR_EM_LANES / EM_WIDTH) /* of a group of lanes */

static inline em_ints em_bits(em_reals x)
{
    em_ints bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline em_reals em_real(em_ints bits)
{
    em_reals x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline em_reals em_load(const double *x)
{
    em_reals value;
    memcpy(&value, x, sizeof value);
    return value;
}

static inline void em_store(double *x, em_reals value)
{
    memcpy(x, &value, sizeof value);
}

static inline em_reals em_exp2_one(em_reals x)
{
    const em_reals within = em_min(em_max(x, em_all(EM_LEAST)), em_all(EM_MOST));
    const em_reals rounded = within + em_all(EM_ROUND);
    const em_reals r = within - (rounded - em_all(EM_ROUND));
    const em_reals s = r * r;
    em_reals even = em_all(0x1.e9d3fe3952179p-32);
    em_reals odd = em_all(0x1.e6063f7217bc6p-28);
    even = em_fma(even, s, em_all(0x1.b524fae627834p-24));
    odd = em_fma(odd, s, em_all(0x1.62bfd47773353p-20));
    even = em_fma(even, s, em_all(0x1.ffcbfc670dcd4p-17));
    odd = em_fma(odd, s, em_all(0x1.430913096fd9fp-13));
    even = em_fma(even, s, em_all(0x1.5d87fe78a5276p-10));
    odd = em_fma(odd, s, em_all(0x1.3b2ab6fba1ddap-7));
    even = em_fma(even, s, em_all(0x1.c6b08d704a0c2p-5));
    odd = em_fma(odd, s, em_all(0x1.ebfbdff82c598p-3));
    even = em_fma(even, s, em_all(0x1.62e42fefa39efp-1));
    const em_reals p = em_fma(odd, r, even);
    return em_real(em_bits(em_fma(p, r, em_all(1.0))) + (em_bits(rounded) << 52));
}

static inline em_reals em_log_one(em_reals x)
{
    const uint64_t fraction = 0xFFFFFFFFFFFFF;
    const em_ints bits = em_bits(x);
    const em_ints over = (0x6A09E667F3BCC - (bits & fraction)) >> 63; /* m > sqrt(2) */
    const em_reals m = em_real((bits & fraction) | (1023 - over) << 52);
    /* The exponent as a real: its bits below those of 2^52. */
    const em_reals k = em_real((bits >> 52) + over + 0x4330000000000000) - em_all(0x1p+52 + 1023.0);
    const em_reals s = (m - em_all(1.0)) / (m + em_all(1.0));
    const em_reals z = s * s;
    em_reals p = em_all(0x1.2b5b5fb2eac92p-4);
    p = em_fma(p, z, em_all(0x1.39fe208c33457p-4));
    p = em_fma(p, z, em_all(0x1.7462b69705382p-4));
    p = em_fma(p, z, em_all(0x1.c71c62debf86bp-4));
    p = em_fma(p, z, em_all(0x1.2492492df6947p-3));
    p = em_fma(p, z, em_all(0x1.99999999952b2p-3));
    p = em_fma(p, z, em_all(0x1.5555555555558p-2));
    const em_reals twice = s + s;
    const em_reals low = em_fma(twice * z, p, em_fma(k, em_all(EM_LN2_LOW), twice));
    return em_fma(k, em_all(EM_LN2_HIGH), low);
}

static void em_exp2(double *x, size_t n)
{
    for (size_t i = 0; i < n; i += EM_WIDTH)
        em_store(x + i, em_exp2_one(em_load(x + i)));
}

static void em_log(double *x, size_t n)
{
    for (size_t i = 0; i < n; i += EM_WIDTH)
        em_store(x + i, em_log_one(em_load(x + i)));
}

/* Points of a block, whole groups of lanes. */
struct em_span {
    size_t begin, end;
};

/* f[i] = 2^(q[0] + q[1] d + q[2] d^2), d = u[i] - m. */
static void em_density_bell(struct em_span span, const double *u, double m, const double *q,
                            double *restrict f)
{
    for (size_t i = span.begin; i < span.end; i += EM_WIDTH) {
        const em_reals d = em_load(u + i) - em_all(m);
        const em_reals slope = em_fma(d, em_all(q[2]), em_all(q[1]));
        em_store(f + i, em_exp2_one(em_fma(d, slope, em_all(q[0]))));
    }
}

/* f[i] = 2^(a + b u[i] + c v[i]). */
static void em_density_power(struct em_span span, const double *u, const double *v, const double *q,
                             double *restrict f)
{
    for (size_t i = span.begin; i < span.end; i += EM_WIDTH) {
        const em_reals part = em_fma(em_all(q[1]), em_load(u + i), em_all(q[0]));
        em_store(f + i, em_exp2_one(em_fma(em_all(q[2]), em_load(v + i), part)));
    }
}

static void em_clear(double *f, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        f[i] = 0;
}

/* f[i] = w_k f_k at point begin + i of the span, in which it is 0 outside the form's range. The
 * exponents are those of 2, and of a log-bell a polynomial in u = ln x - m: a - m - u - (b u)^2/2.
 */
static void em_density(const struct weir_em_points *points, size_t begin, struct em_span span,
                       const struct weir_em_form *form, double *restrict f)
{
    const double *l = points->log_x + begin;
    const double *x = points->x + begin;
    const double a = form->a;
    const double b = form->b;
    const double m = form->m;
    const double square = fmin(b * b, EM_STEEPEST) * (-0.5 * EM_LOG2_E);
    switch (form->shape) {
    case WEIR_EM_LOG_BELL:
        em_density_bell(span, l, m, (double[]){(a - m) * EM_LOG2_E, -EM_LOG2_E, square}, f);
        break;
    case WEIR_EM_BELL:
        em_density_bell(span, x, m, (double[]){a * EM_LOG2_E, 0, square}, f);
        break;
    case WEIR_EM_POWER:
        em_density_power(span, l, x, (double[]){a * EM_LOG2_E, b * EM_LOG2_E, m * EM_LOG2_E}, f);
        break;
    case WEIR_EM_TABLE:
        memcpy(f + span.begin, form->value + begin + span.begin,
               (span.end - span.begin) * sizeof *f);
        break;
    case WEIR_EM_CONSTANT:
        for (size_t i = span.begin; i < span.end; i++)
            f[i] = a;
        break;
    }
    for (size_t i = span.begin; begin + i < form->begin; i++)
        f[i] = 0;
    for (size_t i = span.end; begin + i > form->end; i--)
        f[i - 1] = 0;
    if (begin == 0 && form->has_first)
        f[0] = form->first;
}

/* The lanes in a tree. */
static inline double em_add_lanes(const em_reals *sum)
{
    double lane[WEIR_EM_LANES];
    memcpy(lane, sum, sizeof lane);
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Sums of c = f share, c (u - m) and c (u - m)^2. */
static struct weir_em_sum em_sum_bell(struct em_span span, const double *f, const double *share,
                                      const double *u, double m)
{
    em_reals sum_c[EM_VECTORS] = {em_all(0)};
    em_reals sum_u[EM_VECTORS] = {em_all(0)};
    em_reals sum_v[EM_VECTORS] = {em_all(0)};
    for (size_t i = span.begin; i < span.end; i += WEIR_EM_LANES)
        for (size_t j = 0; j < EM_VECTORS; j++) {
            const size_t at = i + j * EM_WIDTH;
            const em_reals c = em_load(f + at) * em_load(share + at);
            const em_reals d = em_load(u + at) - em_all(m);
            sum_c[j] += c;
            sum_u[j] = em_fma(c, d, sum_u[j]);
            sum_v[j] = em_fma(c * d, d, sum_v[j]);
        }
    return (struct weir_em_sum){em_add_lanes(sum_c), em_add_lanes(sum_u), em_add_lanes(sum_v)};
}

/* Sums of c = f share, c u and c v. */
static struct weir_em_sum em_sum_two(struct em_span span, const double *f, const double *share,
                                     const double *u, const double *v)
{
    em_reals sum_c[EM_VECTORS] = {em_all(0)};
    em_reals sum_u[EM_VECTORS] = {em_all(0)};
    em_reals sum_v[EM_VECTORS] = {em_all(0)};
    for (size_t i = span.begin; i < span.end; i += WEIR_EM_LANES)
        for (size_t j = 0; j < EM_VECTORS; j++) {
            const size_t at = i + j * EM_WIDTH;
            const em_reals c = em_load(f + at) * em_load(share + at);
            sum_c[j] += c;
            sum_u[j] = em_fma(c, em_load(u + at), sum_u[j]);
            sum_v[j] = em_fma(c, em_load(v + at), sum_v[j]);
        }
    return (struct weir_em_sum){em_add_lanes(sum_c), em_add_lanes(sum_u), em_add_lanes(sum_v)};
}

static struct weir_em_sum em_sum_form(const struct weir_em_points *points, size_t begin,
                                      struct em_span span, const struct weir_em_form *form,
                                      const double *f, const double *share)
{
    const double *x = points->x + begin;
    const double *l = points->log_x + begin;
    switch (form->shape) {
    case WEIR_EM_LOG_BELL:
        return em_sum_bell(span, f, share, l, form->m);
    case WEIR_EM_BELL:
        return em_sum_bell(span, f, share, x, form->m);
    case WEIR_EM_POWER:
        return em_sum_two(span, f, share, l, x);
    case WEIR_EM_TABLE:
    case WEIR_EM_CONSTANT:
        break;
    }
    return (struct weir_em_sum){.c = em_sum_two(span, f, share, l, x).c};
}

static double em_log_likelihood(const double *total, const double *weight, size_t n)
{
    const em_reals least = em_all(EM_LEAST_SUM);
    em_reals sum[EM_VECTORS] = {em_all(0)};
    for (size_t i = 0; i < n; i += WEIR_EM_LANES)
        for (size_t j = 0; j < EM_VECTORS; j++) {
            const size_t at = i + j * EM_WIDTH;
            const em_reals some = em_load(total + at);
            sum[j] +=
                em_load(weight + at) * em_from(some, least, em_log_one(some), em_all(EM_NOTHING));
        }
    return em_add_lanes(sum);
}

/* The groups of lanes of the block of n points from `begin` on that hold the range of a form. */
static struct em_span em_span_of(const struct weir_em_form *form, size_t begin, size_t n)
{
    const size_t lo = form->begin > begin ? form->begin - begin : 0;
    const size_t hi = form->end > begin ? form->end - begin : 0;
    if (lo >= n || hi <= lo)
        return (struct em_span){0, 0};
    return (struct em_span){lo / WEIR_EM_LANES * WEIR_EM_LANES, weir_em_padded(hi < n ? hi : n)};
}

/* The density of the mixture, and weight / density or 0, from those of its n_live components here.
 * In one loop, because additions are for free while the divider works. */
static void em_mix(const double *buffer, size_t n_live, const double *weight, size_t n,
                   double *total, double *share)
{
    for (size_t i = 0; i < n; i += EM_WIDTH) {
        em_reals sum = em_all(0);
        for (size_t j = 0; j < n_live; j++)
            sum += em_load(buffer + j * WEIR_EM_BLOCK + i);
        const em_reals ratio = em_load(weight + i) / sum;
        em_store(total + i, sum);
        em_store(share + i, em_from(sum, em_all(EM_LEAST_SUM), ratio, em_all(0)));
    }
}

static void em_block(const struct weir_em_points *points, size_t begin, size_t n,
                     const struct weir_em_form *form, size_t n_forms, double *buffer,
                     struct weir_em_sum *sum, double *log_likelihood)
{
    _Alignas(64) double total[WEIR_EM_BLOCK];
    _Alignas(64) double share[WEIR_EM_BLOCK];
    const double *weight = points->weight + begin;
    double *f = buffer;
    n = weir_em_padded(n);
    for (size_t k = 0; k < n_forms; k++) {
        const struct em_span span = em_span_of(&form[k], begin, n);
        if (span.begin == span.end)
            continue;
        em_clear(f, 0, span.begin);
        em_density(points, begin, span, &form[k], f);
        em_clear(f, span.end, n);
        f += WEIR_EM_BLOCK;
    }
    em_mix(buffer, (size_t)(f - buffer) / WEIR_EM_BLOCK, weight, n, total, share);
    f = buffer;
    for (size_t k = 0; k < n_forms; k++) {
        const struct em_span span = em_span_of(&form[k], begin, n);
        sum[k] = (struct weir_em_sum){0, 0, 0};
        if (form[k].c != NULL)
            em_clear(form[k].c + begin, 0, n);
        if (span.begin == span.end)
            continue;
        sum[k] = em_sum_form(points, begin, span, &form[k], f, share);
        for (size_t i = span.begin; i < span.end && form[k].c != NULL; i++)
            form[k].c[begin + i] = f[i] * share[i];
        f += WEIR_EM_BLOCK;
    }
    if (log_likelihood != NULL)
        *log_likelihood = em_log_likelihood(total, weight, n);
}

#endif
