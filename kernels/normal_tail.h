/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The normal distribution at many points at once, for likelihoods of binned data.
 *
 * A probability between two neighbouring points is a small difference. So that it is exact in both
 * tails, each value is the smaller of cdf and survival, with a sign that says which:
 *
 *     z < 0:  tail = cdf(z)            z >= 0:  tail = cdf(z) - 1
 *
 * cdf(b) - cdf(a) is then tail(b) - tail(a), and 1 more when a < 0 <= b.
 *
 * Mills' ratio (1 - cdf) / pdf comes from a polynomial of degree 16 in t = (z - 4) / (z + 4), as in
 * Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x", Mathematics of
 * Computation 36 (1981) 249-253; the relative error of a tail is below 4e-13 (3e-14 but for that
 * of the exponential). There are no comparisons, so that
 * compilers make vectors of it.
 */
#ifndef WEIR_NORMAL_TAIL_H
#define WEIR_NORMAL_TAIL_H

#include "kernel.h"

#include <stddef.h>

/* Points must not be further out than this many standard deviations, but for rounding; what lies
 * beyond is below 4e-36. */
#define WEIR_NORMAL_TAIL_LIMIT 12.5

struct weir_normal_tail_ops {
    /* For z[i] = (x[i] - mean) / sigma, i < n: tail[i] as above, pdf[i] = exp(-z^2 / 2) / sqrt(2
     * pi) and pdf_z[i] = pdf[i] * z[i]. `inverse_sigma` = 1 / sigma > 0. The arrays do not overlap.
     * All variants give the same bits. */
    void (*fill)(const double *x, size_t n, double mean, double inverse_sigma, double *tail,
                 double *pdf, double *pdf_z);
};

#endif
