/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood of a mixture for whole numbers that were counted in bins, and the objective that a
 * fit maximises.
 *
 * A mixture has the cdf F. A bin [lo, hi) has the probability F(hi - 1) - F(lo - 1), the first one
 * F(hi - 1) - F(0), so that what lies below the smallest number counts for it. With the shares s of
 * the bins (their sum is 1) and the cdf E of the data, the objective is
 *
 *     J = sum s ln P                               mean log-likelihood per unit of weight
 *       - lambda max(0, d - slack)                 d = (sum |F - E|^q)^(1/q), close to the largest
 *                                                  distance of the cdfs (KS)
 *       - tau max(0, tail - slack)^2               tail: root of the mean square of
 *                                                  ln((1 - F) / (1 - E)) at powers of two
 *       - kappa max(0, |ln(mean of model / mean of data)| - slack)^2
 *
 * Likelihood and distance hardly see the last 1e-4 of the mass; the last two terms hold the tail.
 *
 *     struct weir_binned data;
 *     status = weir_binned_init(&data, hist, column, 64, kernels, mem, err);
 *     ...
 *     value = weir_binned_objective(&data, &terms, parts, n_parts, theta, gradient, scratch);
 *     weir_binned_release(&data);
 *
 * Components are those of fit_curve.h; weights are a softmax of the first places of theta.
 *
 * Data may be read by any number of threads; each brings its own scratch.
 */
#ifndef WEIR_FIT_BINNED_H
#define WEIR_FIT_BINNED_H

#include "fit_curve.h"
#include "hist.h"
#include "kernel.h"
#include "mem.h"
#include "mixture.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_FIT_PARTS_MAX 64 /* components of a mixture that is searched for */
#define WEIR_FIT_TAIL_MAX  128

/* Numbers of a histogram's column as the objective needs them. Edges are points where F is wanted,
 * ascending, the first one 0. */
struct weir_binned {
    size_t n_edges;
    double *x;    /* n_edges edges */
    double *ln_x; /* their logarithms; -infinity for 0 */
    size_t n_bins;
    uint32_t *lo;  /* n_bins indices of edges: bin_lo - 1, but 0 for the first bin */
    uint32_t *hi;  /* n_bins indices of edges: bin_hi - 1 */
    double *share; /* n_bins weights divided by their sum; above 0 */
    double *below; /* n_bins values of the data's cdf at hi */
    size_t n_tail;
    uint32_t tail[WEIR_FIT_TAIL_MAX];        /* indices of edges */
    double tail_ln_above[WEIR_FIT_TAIL_MAX]; /* ln of the data's 1 - cdf there */
    double x_min, x_max;                     /* smallest bin_lo, largest bin_hi - 1 */
    weir_u128 sum;                           /* of the column in all bins */
    double mean;                             /* of the middles of the bins */
    double ln_mean, ln_deviation;            /* mean and standard deviation of ln x */
    const struct weir_kernels *kernels;      /* borrowed */
    struct weir_mem *mem;
};

/* Weights of the terms of the objective, none negative, and their slacks; q is 2 or more. */
struct weir_binned_terms {
    double lambda, distance_slack;
    unsigned q;
    double tau, tail_slack;
    double kappa, mean_slack;
};

/* Reads bins and column `column` of `hist` (which is not needed any longer afterwards); bins whose
 * sum is 0 are left out. With cells_per_octave > 0 bins are merged into cells of width 1 up to 1024
 * and of that many for each doubling beyond (a power of two up to 1024); with 0 they are kept.
 * Points of the tail are the powers of two where the data's 1 - cdf is between 0.1 and 20 / flows.
 * WEIR_FORMAT as weir_fit_data_check; WEIR_LIMIT for 2^30 bins and more;
 * WEIR_MEMORY. Release it whatever the status. */
enum weir_status weir_binned_init(struct weir_binned *binned, const struct weir_hist *hist,
                                  size_t column, unsigned cells_per_octave,
                                  const struct weir_kernels *kernels, struct weir_mem *mem,
                                  struct weir_error *err) WEIR_MUST_CHECK;

/* Gives the arrays back. A zeroed struct may be released too. */
void weir_binned_release(struct weir_binned *binned);

/* Standard deviations of ln x below which no component should come. Packets and octets of single
 * large flows are no peaks; they would be fitted as such. */
#define WEIR_FIT_SIGMA_MIN_FLOWS 0.02
#define WEIR_FIT_SIGMA_MIN       0.15

/* Bounds of the places of a component, WEIR_FIT_PLACES each: within a factor e of the range of the
 * data, and with a standard deviation of ln x from sigma_min to sigma_max, or about so; shapes of
 * Paretos between 0.01 and 100. */
void weir_binned_bounds(const struct weir_binned *binned, const struct weir_fit_part *part,
                        double sigma_min, double sigma_max, double *low, double *high);

/* What an objective of up to `n_parts` parts works on: one for each thread. */
struct weir_binned_scratch {
    size_t n_parts;
    double *tail, *slope0, *slope1; /* n_parts * n_edges */
    double *probability;            /* n_bins */
    double *between;                /* n_edges */
    double *adjoint;                /* n_edges */
    double *cdf;                    /* n_edges */
    struct weir_mem *mem;
};

/* Takes memory for up to `n_parts` parts, at most WEIR_FIT_PARTS_MAX. WEIR_MEMORY. Release it
 * whatever the status; a zeroed struct may be released too. */
enum weir_status weir_binned_scratch_init(struct weir_binned_scratch *scratch,
                                          const struct weir_binned *binned, size_t n_parts,
                                          struct weir_mem *mem,
                                          struct weir_error *err) WEIR_MUST_CHECK;
void weir_binned_scratch_release(struct weir_binned_scratch *scratch);

/* The objective of n_parts components (1 .. scratch->n_parts) at theta (WEIR_FIT_PLACES each); its
 * gradient goes to `gradient` unless NULL (0 in places without a parameter). Afterwards
 * scratch->probability has the bins' P and scratch->cdf F at the edges. */
double weir_binned_objective(const struct weir_binned *binned,
                             const struct weir_binned_terms *terms,
                             const struct weir_fit_part *part, size_t n_parts, const double *theta,
                             double *gradient, struct weir_binned_scratch *scratch);

/* How well a mixture fits. */
struct weir_binned_quality {
    double log_likelihood; /* mean per unit of weight */
    double ks;             /* largest |F - E| over upper edges of bins */
    double tail;           /* root of the mean of ln((1 - F) / (1 - E))^2 */
    double mean;           /* mean of model / mean of data */
};

/* Measures n_parts components at theta; `scratch` is overwritten. */
void weir_binned_measure(const struct weir_binned *binned, const struct weir_fit_part *part,
                         size_t n_parts, const double *theta, struct weir_binned_scratch *scratch,
                         struct weir_binned_quality *quality);

#endif
