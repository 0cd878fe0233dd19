/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails of the normal distribution: exp by halves of powers of two, Mills' ratio by a polynomial.
 * For inclusion by the variants, which differ in the vectors that the compiler makes of it; with no
 * contraction to fma() they give the same bits. */
#include "normal_tail.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define INVERSE_SQRT_2PI 0.39894228040143267794

/* exp(x) for -700 < x <= 0: 2^k exp(r), |r| <= ln 2 / 2, by Taylor's polynomial of degree 12 (the
 * next term is below 2e-16). Adding 1.5 * 2^52 rounds and leaves k in the low bits. */
static inline double exp_negative(double x)
{
    const double rounder = 6755399441055744.0;
    const double shifted = x * 1.44269504088896340736 + rounder;
    const double k = shifted - rounder;
    const double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
    double sum = 1.0 / 479001600;
    sum = sum * r + 1.0 / 39916800;
    sum = sum * r + 1.0 / 3628800;
    sum = sum * r + 1.0 / 362880;
    sum = sum * r + 1.0 / 40320;
    sum = sum * r + 1.0 / 5040;
    sum = sum * r + 1.0 / 720;
    sum = sum * r + 1.0 / 120;
    sum = sum * r + 1.0 / 24;
    sum = sum * r + 1.0 / 6;
    sum = sum * r + 1.0 / 2;
    sum = sum * r + 1.0;
    sum = sum * r + 1.0;
    uint64_t bits, power;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&power, &sum, sizeof power);
    power += bits << 52;
    memcpy(&sum, &power, sizeof sum);
    return sum;
}

/* (z + 4) times Mills' ratio as a polynomial in t. */
static inline double mills_numerator(double t)
{
    double sum = 4.780967957619662e-07;
    sum = sum * t + 1.5712630686515985e-06;
    sum = sum * t - 2.1229322835799308e-06;
    sum = sum * t - 1.430920371141268e-05;
    sum = sum * t + 2.3719515970439195e-06;
    sum = sum * t + 8.80376927111198e-05;
    sum = sum * t - 5.002330076316159e-06;
    sum = sum * t - 0.0005792955972872186;
    sum = sum * t + 0.0003342858558380197;
    sum = sum * t + 0.004087864104799712;
    sum = sum * t - 0.008722299356796193;
    sum = sum * t - 0.018900451767669156;
    sum = sum * t + 0.15139176251576159;
    sum = sum * t - 0.4675409629607947;
    sum = sum * t + 0.9704095548633958;
    sum = sum * t - 1.5237709108204005;
    return sum * t + 1.8932190633085286;
}

static void fill(const double *restrict x, size_t n, double mean, double inverse_sigma,
                 double *restrict tail, double *restrict pdf, double *restrict pdf_z)
{
    for (size_t i = 0; i < n; i++) {
        const double z = (x[i] - mean) * inverse_sigma;
        const double a = fabs(z);
        const double density = exp_negative(-0.5 * a * a) * INVERSE_SQRT_2PI;
        const double inverse = 1.0 / (a + 4.0);
        const double upper = density * mills_numerator((a - 4.0) * inverse) * inverse;
        tail[i] = copysign(upper, -z);
        pdf[i] = density;
        pdf_z[i] = copysign(density * a, z);
    }
}
