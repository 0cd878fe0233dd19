/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well any mixture fits a histogram: the measures of reports and comparisons.
 *
 * F is the cdf of the mixture, its weights made to add up to 1, and E that of the data. A bin
 * [lo, hi) of whole numbers has the probability P = F(hi - 1) - F(lo - 1), the first one
 * F(hi - 1) - F(0); what has none counts as 1e-300. E and F are compared at hi - 1.
 *
 *     struct weir_fit_quality quality;
 *     status = weir_fit_quality_measure(&hist, column, &mixture, &quality, mem, err);
 *
 * Criteria weigh the likelihood with the number of flows n: packets and octets of one flow come
 * together and are no independent samples, so that for them n is the effective number of flows,
 * (sum s)^2 / sum over flows of s^2 (Kish 1965). Flows of a bin count as equal, which makes it a
 * little too large where they are not.
 *
 * Differences are those of the smaller tail, component by component: far tails keep their
 * precision, and probabilities below that of 1 are no noise.
 */
#ifndef WEIR_FIT_QUALITY_H
#define WEIR_FIT_QUALITY_H

#include "hist.h"
#include "mixture.h"

struct weir_fit_quality {
    size_t n_parameters;   /* weir_mixture_free_parameters */
    double n_flows;        /* effective number of them */
    double log_likelihood; /* mean per unit of weight: sum s ln P / sum s */
    double aic, bic;       /* 2 k - 2 n l, and k ln n - 2 n l, of n flows */
    double ks;             /* largest |F - E| */
    double ks_at;          /* x where it is (the first, of several), the hi - 1 of a bin */
    double ks_sign;        /* 1 where F is above E there, -1 below, 0 where ks is 0 */
    double ad;             /* Anderson-Darling distance: sum (F - E)^2 P / (F (1 - F)), of discrete
                            * data (Choulakian, Lockhart and Stephens 1994) per unit of weight;
                            * INFINITY where the mixture ends before the data do */
    double tail;           /* root of the mean of ln((1 - F) / (1 - E))^2 at powers of two below the
                            * last bin (at the last hi - 1 up to them) with 1 - E from 0.1 down to
                            * 20 / flows; 0 where there are none */
    double far_tail;       /* the same from 1 - E = 0.001 on: beyond the 99.9th percentile */
    size_t n_tail, n_far_tail; /* points of both */
    double mean;               /* of the mixture / of the middles of bins; may be INFINITY */
};

/* The measures by the names that files give them, in the order of the struct. */
#define WEIR_FIT_N_MEASURES 14
extern const char *const weir_fit_measure_name[WEIR_FIT_N_MEASURES];

/* Their values: NAN for a tail without points. */
void weir_fit_quality_values(const struct weir_fit_quality *quality,
                             double value[WEIR_FIT_N_MEASURES]);

/* The effective number of flows of a column of `hist`, whose column 0 is flows. 0 for no flows. */
double weir_fit_quality_flows(const struct weir_hist *hist, size_t column);

/* Measures a mixture of valid components (weir_component_is_valid), whose weights add up to more
 * than 0, against column `column` of `hist`. WEIR_FORMAT as weir_fit_data_check; WEIR_MEMORY. Any
 * thread; a leaf, which distribution.h sets a condition for: GSL's error handler is off. */
enum weir_status weir_fit_quality_measure(const struct weir_hist *hist, size_t column,
                                          const struct weir_mixture *mixture,
                                          struct weir_fit_quality *quality, struct weir_mem *mem,
                                          struct weir_error *err) WEIR_MUST_CHECK;

#endif
