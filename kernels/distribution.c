/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions of components and of mixtures.
 *
 * Formulas are for loc = 0 and scale = 1; z is x in these units. Where scipy computes the same with
 * other operations, results differ by rounding only. */
#include "distribution.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_log.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define SQRT_2PI 2.5066282746310005024
#define TINY     (DBL_EPSILON / 4) /* log1p(u) and expm1(u) are u below it */

static double location(const struct weir_component *component)
{
    return component->parameter[weir_kind_parameters(component->kind) - 2];
}

static double scale(const struct weir_component *component)
{
    return component->parameter[weir_kind_parameters(component->kind) - 1];
}

static double to_standard(const struct weir_component *component, double x)
{
    return (x - location(component)) / scale(component);
}

static bool is_below_support(const struct weir_component *component, double z)
{
    return z < 0 && component->kind != WEIR_NORM;
}

/* --- genpareto ------------------------------------------------------------------------------- */

/* -log of the survival function: log1p(xi z) / xi, which is z for xi = 0. */
static double pareto_hazard(double xi, double z)
{
    const double u = xi * z;
    if (fabs(u) < TINY)
        return z;
    return u <= -1 ? INFINITY : log1p(u) / xi;
}

static double pareto_pdf(double xi, double z)
{
    if (xi * z < -1)
        return 0;
    return xi == -1 ? 1 : exp(-(1 + xi) * pareto_hazard(xi, z));
}

static double pareto_quantile(double xi, double p)
{
    const double hazard = -log1p(-p);
    return xi == 0 || fabs(xi * hazard) < TINY ? hazard : expm1(xi * hazard) / xi;
}

/* --- gamma ----------------------------------------------------------------------------------- */

/* Through the deviance (C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000):
 * z^(a-1) and Gamma(a) would cancel where a is large, as it is after a fit to almost equal values.
 */
static double gamma_pdf(double a, double z)
{
    if (z == 0)
        return a < 1 ? INFINITY : a == 1 ? 1 : 0;
    if (z < a / 2 || a < 1) {
        int sign = 0;
        return exp((a - 1) * log(z) - z - lgamma_r(a, &sign));
    }
    const double deviance = -a * gsl_sf_log_1plusx_mx((z - a) / a);
    return sqrt(a) / (SQRT_2PI * z * gsl_sf_gammastar(a)) * exp(-deviance);
}

static double polynomial(const double *coefficient, size_t n, double x)
{
    double sum = 0;
    while (n > 0)
        sum = sum * x + coefficient[--n];
    return sum;
}

/* Tails for large a: N. M. Temme, The Asymptotic Expansions of the Incomplete Gamma Functions, SIAM
 * J. Math. Anal. 10 (1979), the terms of 1, 1/a and 1/a^2, each with its series in eta. From
 * GAMMA_LARGE on, relative errors are below 2e-12 as far as 1e-290; those of GSL 2.7 are 2e-10 just
 * below it and above 1/2 at a = 1e9. Beyond a/2 and 3a/2 one tail is 0. */
#define GAMMA_LARGE 1e4
static double gamma_tail_large(double a, double z, bool upper)
{
    static const double c0[] = {-1. / 3,
                                1. / 12,
                                -2. / 135,
                                1. / 864,
                                1. / 2835,
                                -139. / 777600,
                                1. / 25515,
                                -571. / 261273600,
                                -281. / 151559100,
                                163879. / 197522841600,
                                -5221. / 29554024500};
    static const double c1[] = {-1. / 540, -1. / 288, 1. / 378, -77. / 77760, 1. / 4860};
    static const double c2[] = {25. / 6048, -139. / 51840, 1. / 1296};
    const double u = fmin(fmax((z - a) / a, -0.5), 0.5);
    const double half_square = -gsl_sf_log_1plusx_mx(u);
    const double eta = copysign(sqrt(2 * half_square), u);
    const double correction = exp(-a * half_square) / (SQRT_2PI * sqrt(a)) *
                              (polynomial(c0, sizeof c0 / sizeof *c0, eta) +
                               polynomial(c1, sizeof c1 / sizeof *c1, eta) / a +
                               polynomial(c2, sizeof c2 / sizeof *c2, eta) / (a * a));
    const double normal = eta * sqrt(a / 2);
    return upper ? erfc(normal) / 2 + correction : erfc(-normal) / 2 - correction;
}

static double gamma_cdf(double a, double z)
{
    return a < GAMMA_LARGE ? gsl_cdf_gamma_P(z, a, 1) : gamma_tail_large(a, z, false);
}

static double gamma_sf(double a, double z)
{
    return a < GAMMA_LARGE ? gsl_cdf_gamma_Q(z, a, 1) : gamma_tail_large(a, z, true);
}

/* --- the others ------------------------------------------------------------------------------ */

static double normal_pdf(double z)
{
    return exp(-0.5 * z * z) / SQRT_2PI;
}

static double normal_cdf(double z)
{
    return erfc(-z * M_SQRT1_2) / 2;
}

static double lognormal_pdf(double sigma, double z)
{
    return z == 0 ? 0 : normal_pdf(log(z) / sigma) / z / sigma;
}

static double weibull_pdf(double c, double z)
{
    const double hazard = pow(z, c);
    return isinf(hazard) ? 0 : c * pow(z, c - 1) * exp(-hazard);
}

/* --- one component --------------------------------------------------------------------------- */

static double standard_pdf(enum weir_kind kind, double shape, double z)
{
    switch (kind) {
    case WEIR_UNIFORM:
        return z <= 1 ? 1 : 0;
    case WEIR_NORM:
        return normal_pdf(z);
    case WEIR_LOGNORM:
        return lognormal_pdf(shape, z);
    case WEIR_GENPARETO:
        return pareto_pdf(shape, z);
    case WEIR_GAMMA:
        return gamma_pdf(shape, z);
    case WEIR_WEIBULL_MIN:
        return weibull_pdf(shape, z);
    case WEIR_N_KINDS:
        break;
    }
    return NAN;
}

double weir_component_pdf(const struct weir_component *component, double x)
{
    const double z = to_standard(component, x);
    if (isnan(z))
        return z;
    if (isinf(z) || is_below_support(component, z))
        return 0;
    return standard_pdf(component->kind, component->parameter[0], z) / scale(component);
}

double weir_component_cdf(const struct weir_component *component, double x)
{
    const double z = to_standard(component, x);
    const double shape = component->parameter[0];
    if (isnan(z))
        return z;
    if (isinf(z) || is_below_support(component, z))
        return z > 0 ? 1 : 0;
    switch (component->kind) {
    case WEIR_UNIFORM:
        return fmin(z, 1);
    case WEIR_NORM:
        return normal_cdf(z);
    case WEIR_LOGNORM:
        return normal_cdf(log(z) / shape);
    case WEIR_GENPARETO:
        return -expm1(-pareto_hazard(shape, z));
    case WEIR_GAMMA:
        return gamma_cdf(shape, z);
    case WEIR_WEIBULL_MIN:
        return -expm1(-pow(z, shape));
    case WEIR_N_KINDS:
        break;
    }
    return NAN;
}

double weir_component_sf(const struct weir_component *component, double x)
{
    const double z = to_standard(component, x);
    const double shape = component->parameter[0];
    if (isnan(z))
        return z;
    if (isinf(z) || is_below_support(component, z))
        return z > 0 ? 0 : 1;
    switch (component->kind) {
    case WEIR_UNIFORM:
        return fmax(1 - z, 0);
    case WEIR_NORM:
        return normal_cdf(-z);
    case WEIR_LOGNORM:
        return normal_cdf(-log(z) / shape);
    case WEIR_GENPARETO:
        return exp(-pareto_hazard(shape, z));
    case WEIR_GAMMA:
        return gamma_sf(shape, z);
    case WEIR_WEIBULL_MIN:
        return exp(-pow(z, shape));
    case WEIR_N_KINDS:
        break;
    }
    return NAN;
}

/* --- quantiles ------------------------------------------------------------------------------- */

/* Places of numbers in their order, and back. */
static int64_t place_of(double x)
{
    int64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double number_at(int64_t place)
{
    const int64_t bits = place < 0 ? INT64_MIN - place : place;
    double x = 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The smallest number in [lo, hi] whose cdf reaches p, or hi. Bisection over the places of numbers
 * takes at most 64 steps at any scale and does not mind jumps, gaps and poles, which atoms and
 * collapsed components make; the smaller tail is the exact one. */
static double invert(const struct weir_mixture *mixture, double p, double lo, double hi)
{
    int64_t low = place_of(lo);
    int64_t high = place_of(hi);
    while (low < high) {
        const int64_t middle = (low & high) + ((low ^ high) >> 1);
        const double x = number_at(middle);
        const bool reached =
            p <= 0.5 ? weir_mixture_cdf(mixture, x) >= p : weir_mixture_sf(mixture, x) <= 1 - p;
        if (reached)
            high = middle;
        else
            low = middle + 1;
    }
    return number_at(low);
}

/* GSL's own inverse does not converge for many large and small a. */
static double gamma_quantile(double a, double p)
{
    struct weir_component gamma = {1, WEIR_GAMMA, {a, 0, 1}};
    const struct weir_mixture only = {.n_components = 1, .component = &gamma};
    return p == 1 ? INFINITY : invert(&only, p, 0, DBL_MAX);
}

static double standard_quantile(enum weir_kind kind, double shape, double p)
{
    switch (kind) {
    case WEIR_UNIFORM:
        return p;
    case WEIR_NORM:
        return gsl_cdf_ugaussian_Pinv(p);
    case WEIR_LOGNORM:
        return exp(shape * gsl_cdf_ugaussian_Pinv(p));
    case WEIR_GENPARETO:
        return pareto_quantile(shape, p);
    case WEIR_GAMMA:
        return gamma_quantile(shape, p);
    case WEIR_WEIBULL_MIN:
        return pow(-log1p(-p), 1 / shape);
    case WEIR_N_KINDS:
        break;
    }
    return NAN;
}

double weir_component_quantile(const struct weir_component *component, double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    const double z = standard_quantile(component->kind, component->parameter[0], p);
    return location(component) + scale(component) * z;
}

/* --- means ----------------------------------------------------------------------------------- */

static double standard_mean(enum weir_kind kind, double shape)
{
    switch (kind) {
    case WEIR_UNIFORM:
        return 0.5;
    case WEIR_NORM:
        return 0;
    case WEIR_LOGNORM:
        return exp(shape * shape / 2);
    case WEIR_GENPARETO:
        return shape < 1 ? 1 / (1 - shape) : INFINITY;
    case WEIR_GAMMA:
        return shape;
    case WEIR_WEIBULL_MIN:
        return tgamma(1 + 1 / shape);
    case WEIR_N_KINDS:
        break;
    }
    return NAN;
}

double weir_component_between(const struct weir_component *component, double a, double b)
{
    const double below = weir_component_cdf(component, a);
    return below < 0.5 ? weir_component_cdf(component, b) - below
                       : weir_component_sf(component, a) - weir_component_sf(component, b);
}

double weir_component_mean(const struct weir_component *component)
{
    return location(component) +
           scale(component) * standard_mean(component->kind, component->parameter[0]);
}

/* --- mixtures -------------------------------------------------------------------------------- */

/* The weighted average of what `function` gives for x. */
static double average(const struct weir_mixture *mixture, double x,
                      double (*function)(const struct weir_component *, double))
{
    double sum = 0;
    for (size_t k = 0; k < mixture->n_components; k++)
        if (mixture->component[k].weight > 0)
            sum += mixture->component[k].weight * function(&mixture->component[k], x);
    return sum / weir_mixture_weight(mixture);
}

double weir_mixture_pdf(const struct weir_mixture *mixture, double x)
{
    return average(mixture, x, weir_component_pdf);
}

double weir_mixture_cdf(const struct weir_mixture *mixture, double x)
{
    return average(mixture, x, weir_component_cdf);
}

double weir_mixture_sf(const struct weir_mixture *mixture, double x)
{
    return average(mixture, x, weir_component_sf);
}

double weir_mixture_between(const struct weir_mixture *mixture, double a, double b)
{
    const double below = weir_mixture_cdf(mixture, a);
    return below < 0.5 ? weir_mixture_cdf(mixture, b) - below
                       : weir_mixture_sf(mixture, a) - weir_mixture_sf(mixture, b);
}

/* It lies between the least and the greatest quantile of its components. */
double weir_mixture_quantile(const struct weir_mixture *mixture, double p)
{
    double lo = INFINITY;
    double hi = -INFINITY;
    for (size_t k = 0; k < mixture->n_components; k++) {
        if (mixture->component[k].weight <= 0)
            continue;
        const double x = weir_component_quantile(&mixture->component[k], p);
        lo = fmin(lo, x);
        hi = fmax(hi, x);
    }
    if (!(lo <= hi) || !(p >= 0 && p <= 1))
        return NAN;
    return p == 1 ? hi : invert(mixture, p, lo, hi);
}

static double mean_at(const struct weir_component *component, double x)
{
    (void)x;
    return weir_component_mean(component);
}

double weir_mixture_mean(const struct weir_mixture *mixture)
{
    return average(mixture, 0, mean_at);
}
