/* SPDX-License-Identifier: GPL-3.0-or-later */
/* distribution: against scipy 1.10.1, closed forms, and itself: cdf and quantile are inverse,
 * the density is the slope of the cdf, and both tails add up to 1. */
#include "check.h"
#include "distribution.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>

static void begin(void)
{
    gsl_set_error_handler_off();
}

TestSuite(distribution, .init = begin);

/* Equal up to rounding, relative to the wanted value; also for infinities. */
static bool is_near(double got, double want, double tolerance)
{
    return got == want || fabs(got - want) <= tolerance * fabs(want);
}

#define CHECK_NEAR(got, want, tolerance, ...)                                                  \
    do {                                                                                       \
        const double check_got = (got);                                                        \
        const double check_want = (want);                                                      \
        char check_place[256];                                                                 \
        snprintf(check_place, sizeof check_place, __VA_ARGS__);                                \
        cr_assert(is_near(check_got, check_want, tolerance), "%s: %s: %.17g instead of %.17g", \
                  check_place, #got, check_got, check_want);                                   \
    } while (0)

/* --- values of scipy ------------------------------------------------------------------------- */

/* Made by
 *
 *     from scipy import stats
 *     d = getattr(stats, "lognorm")(s, loc, scale)        # and so on
 *     print(repr(d.pdf(x)), repr(d.cdf(x)), repr(d.sf(x)))
 *
 * but for gamma with a > 100, where scipy 1.10 has only ten digits. Those rows come from 60 decimal
 * digits: the density with Stirling's series, the tails from the series below a and from the
 * continued fraction (Abramowitz and Stegun 6.5.29 and 6.5.31) above it. */
static const struct {
    enum weir_kind kind;
    double parameter[3];
    double x, pdf, cdf, sf;
} values[] = {
    {WEIR_UNIFORM, {0, 1}, -1e-09, 0, 0, 1},
    {WEIR_UNIFORM, {0, 1}, 0, 1, 0, 1},
    {WEIR_UNIFORM, {0, 1}, 0.25, 1, 0.25, 0.75},
    {WEIR_UNIFORM, {0, 1}, 1, 1, 1, 0},
    {WEIR_UNIFORM, {0, 1}, 1.0000000000000002, 0, 1, 0},
    {WEIR_UNIFORM, {5, 3}, 5, 0.3333333333333333, 0, 1},
    {WEIR_UNIFORM, {5, 3}, 6.5, 0.3333333333333333, 0.5, 0.5},
    {WEIR_UNIFORM, {5, 3}, 7.75, 0.3333333333333333, 0.9166666666666666, 0.08333333333333337},
    {WEIR_UNIFORM, {5, 3}, 8, 0.3333333333333333, 1, 0},
    {WEIR_UNIFORM, {5, 3}, 9, 0, 1, 0},
    {WEIR_NORM, {0, 1}, 0, 0.3989422804014327, 0.5, 0.5},
    {WEIR_NORM, {0, 1}, -1, 0.24197072451914337, 0.15865525393145707, 0.8413447460685429},
    {WEIR_NORM, {0, 1}, 3.5, 0.0008726826950457602, 0.9997673709209645, 0.00023262907903552502},
    {WEIR_NORM, {0, 1}, -9, 1.0279773571668917e-18, 1.1285884059538324e-19, 1},
    {WEIR_NORM, {0, 1}, 12, 2.1463837356630605e-32, 1, 1.776482112077653e-33},
    {WEIR_NORM, {0, 1}, -20, 5.520948362159764e-88, 2.7536241186061556e-89, 1},
    {WEIR_NORM, {0, 1}, 30, 1.4736461348785476e-196, 1, 4.906713927147908e-198},
    {WEIR_NORM, {0, 1}, -37, 2.120006551524606e-298, 5.7255712225239266e-300, 1},
    {WEIR_NORM, {0, 1}, 37, 2.120006551524606e-298, 1, 5.7255712225239266e-300},
    {WEIR_NORM, {0, 1}, INFINITY, 0, 1, 0},
    {WEIR_NORM,
     {1500, 0.25},
     1499,
     0.0005353209030595414,
     3.167124183311986e-05,
     0.9999683287581669},
    {WEIR_NORM, {1500, 0.25}, 1500.125, 1.4082613070571979, 0.6914624612740131, 0.3085375387259869},
    {WEIR_NORM, {1500, 0.25}, 1509, 6.02761887048158e-282, 1, 4.182624065796808e-284},
    {WEIR_LOGNORM, {0.49364076506762783, 0, 7.379776617881778}, -1, 0, 0, 1},
    {WEIR_LOGNORM, {0.49364076506762783, 0, 7.379776617881778}, 0, 0, 0, 1},
    {WEIR_LOGNORM,
     {0.49364076506762783, 0, 7.379776617881778},
     0.001,
     1.6573005782280094e-68,
     4.520560548773236e-73,
     1},
    {WEIR_LOGNORM,
     {0.49364076506762783, 0, 7.379776617881778},
     1,
     0.00022260192554646638,
     2.5720272788260792e-05,
     0.9999742797272118},
    {WEIR_LOGNORM,
     {0.49364076506762783, 0, 7.379776617881778},
     7,
     0.11479252382409882,
     0.4573835144796328,
     0.5426164855203671},
    {WEIR_LOGNORM,
     {0.49364076506762783, 0, 7.379776617881778},
     100,
     7.141094686858439e-09,
     0.999999935410611,
     6.458938894390958e-08},
    {WEIR_LOGNORM,
     {0.49364076506762783, 0, 7.379776617881778},
     1000000,
     2.9936320879691786e-131,
     1,
     6.162645172645921e-127},
    {WEIR_LOGNORM,
     {0.49364076506762783, 0, 7.379776617881778},
     100000000,
     3.911976021044766e-249,
     1,
     5.799656641401851e-243},
    {WEIR_LOGNORM,
     {2.0387101598164863, 0, 1373.9749450320094},
     1e-20,
     9.928405666810761e-130,
     7.734206373865471e-151,
     1},
    {WEIR_LOGNORM,
     {2.0387101598164863, 0, 1373.9749450320094},
     1,
     0.0003664307756265091,
     0.00019695203871438176,
     0.9998030479612856},
    {WEIR_LOGNORM,
     {2.0387101598164863, 0, 1373.9749450320094},
     64,
     0.000986435517463037,
     0.06626794821347107,
     0.933732051786529},
    {WEIR_LOGNORM,
     {2.0387101598164863, 0, 1373.9749450320094},
     1000000000,
     5.929707593937156e-20,
     0.9999999999821317,
     1.7868317290338078e-11},
    {WEIR_LOGNORM,
     {2.0387101598164863, 0, 1373.9749450320094},
     1e+30,
     2.627195810255562e-231,
     1,
     1.7635122667480242e-202},
    {WEIR_LOGNORM,
     {2.220446049250313e-16, 0, 40},
     39.999999999999964,
     15067943872.141119,
     3.1671241833119626e-05,
     0.9999683287581669},
    {WEIR_LOGNORM,
     {2.220446049250313e-16, 0, 40},
     39.99999999999999,
     27243481619474.473,
     0.15865525393145707,
     0.8413447460685429},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 40, 44916907633955.53, 0.5, 0.5},
    {WEIR_LOGNORM,
     {2.220446049250313e-16, 0, 40},
     40.00000000000001,
     27243481619474.473,
     0.8413447460685429,
     0.15865525393145707},
    {WEIR_LOGNORM,
     {2.220446049250313e-16, 0, 40},
     40.000000000000014,
     6078842416754.143,
     0.9772498680518208,
     0.022750131948179216},
    {WEIR_LOGNORM,
     {2.220446049250313e-16, 0, 40},
     40.00000000000007,
     0.5688351542298172,
     0.9999999999999993,
     6.220960574272143e-16},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 41, 0, 1, 0},
    {WEIR_LOGNORM, {1e-16, 0, 1500}, 1499, 0, 0, 1},
    {WEIR_LOGNORM,
     {1e-16, 0, 1500},
     1499.9999999999998,
     1436032165110.6465,
     0.13345146671476038,
     0.8665485332852396},
    {WEIR_LOGNORM, {1e-16, 0, 1500}, 1500, 2659615202676.2236, 0.5, 0.5},
    {WEIR_LOGNORM,
     {1e-16, 0, 1500},
     1500.0000000000002,
     226047782032.4839,
     0.9868057479510225,
     0.013194252048977515},
    {WEIR_LOGNORM,
     {1e-16, 0, 1500},
     1500.0000000000007,
     138785655.24915043,
     0.9999955206645165,
     4.479335483547039e-06},
    {WEIR_LOGNORM, {1.5, 2, 3}, 2, 0, 0, 1},
    {WEIR_LOGNORM, {1.5, 2, 3}, 2.5, 0.2606233215789222, 0.11613998640086992, 0.8838600135991301},
    {WEIR_LOGNORM,
     {1.5, 2, 3},
     1000,
     1.48284711566761e-07,
     0.9999459000410537,
     5.409995894630171e-05},
    {WEIR_GENPARETO, {1, 6, 6}, 5, 0, 0, 1},
    {WEIR_GENPARETO, {1, 6, 6}, 6, 0.16666666666666666, 0, 1},
    {WEIR_GENPARETO, {1, 6, 6}, 7, 0.12244897959183675, 0.14285714285714285, 0.8571428571428571},
    {WEIR_GENPARETO, {1, 6, 6}, 10000, 5.999999999999994e-08, 0.9994, 0.0005999999999999997},
    {WEIR_GENPARETO, {1, 6, 6}, 1e+300, 0, 1, 6.00000000000014e-300},
    {WEIR_GENPARETO, {0.5, 64, 32}, 64, 0.03125, 0, 1},
    {WEIR_GENPARETO, {0.5, 64, 32}, 100, 0.008191999999999998, 0.5904, 0.40959999999999996},
    {WEIR_GENPARETO,
     {0.5, 64, 32},
     1000000000,
     8.192000000000059e-24,
     0.9999999999999959,
     4.09600000000001e-15},
    {WEIR_GENPARETO, {0.5, 64, 32}, 1e+150, 0, 1, 4.096000000000189e-297},
    {WEIR_GENPARETO, {0, 0, 2}, 0, 0.5, 0, 1},
    {WEIR_GENPARETO, {0, 0, 2}, 1, 0.3032653298563167, 0.3934693402873666, 0.6065306597126334},
    {WEIR_GENPARETO,
     {0, 0, 2},
     50,
     6.9439719324820104e-12,
     0.9999999999861121,
     1.3887943864964021e-11},
    {WEIR_GENPARETO, {0, 0, 2}, 1300, 2.555975974325578e-283, 1, 5.111951948651156e-283},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 0, 0.5, 0, 1},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 1, 0.3032653298563167, 0.3934693402873666, 0.6065306597126334},
    {WEIR_GENPARETO,
     {1e-20, 0, 2},
     50,
     6.9439719324820104e-12,
     0.9999999999861121,
     1.3887943864964021e-11},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 1300, 2.555975974325578e-283, 1, 5.111951948651156e-283},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 0, 1, 0, 1},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 1, 0.421875, 0.68359375, 0.31640625000000006},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 3.9999, 1.5625000000098983e-14, 1, 3.906250000032985e-19},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 4, 0, 1, 0},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 5, 0, 1, 0},
    {WEIR_GENPARETO, {-1, 0, 2}, 0, 0.5, 0, 1},
    {WEIR_GENPARETO, {-1, 0, 2}, 1, 0.5, 0.5, 0.5},
    {WEIR_GENPARETO, {-1, 0, 2}, 2, 0.5, 1, 0},
    {WEIR_GENPARETO, {-1, 0, 2}, 3, 0, 1, 0},
    {WEIR_GENPARETO, {-2, 0, 2}, 0, 0.5, 0, 1},
    {WEIR_GENPARETO, {-2, 0, 2}, 0.5, 0.7071067811865475, 0.2928932188134524, 0.7071067811865476},
    {WEIR_GENPARETO, {-2, 0, 2}, 0.999, 15.81138830084189, 0.9683772233983162, 0.03162277660168381},
    {WEIR_GENPARETO, {3, 0, 1}, -1, 0, 0, 1},
    {WEIR_GENPARETO, {3, 0, 1}, 1e-300, 1, 1e-300, 1},
    {WEIR_GENPARETO, {3, 0, 1}, 1, 0.15749013123685915, 0.3700394750525634, 0.6299605249474366},
    {WEIR_GENPARETO, {3, 0, 1}, 1e+250, 0, 1, 3.2182979486854056e-84},
    {WEIR_GAMMA, {0.3, 0, 10}, 0, INFINITY, 0, 1},
    {WEIR_GAMMA, {0.3, 0, 10}, 1e-300, 1.6753323613460297e+209, 5.584441204487428e-91, 1},
    {WEIR_GAMMA, {0.3, 0, 10}, 0.001, 21.089075815968137, 0.0703023270770118, 0.9296976729229882},
    {WEIR_GAMMA, {0.3, 0, 10}, 1, 0.15159034081925854, 0.5459128495917965, 0.45408715040820347},
    {WEIR_GAMMA,
     {0.3, 0, 10},
     30,
     0.0007713165562436609,
     0.9935096273009015,
     0.0064903726990984305},
    {WEIR_GAMMA, {0.3, 0, 10}, 1000, 4.950542431590282e-47, 1, 4.9164624053689055e-46},
    {WEIR_GAMMA, {0.3, 0, 10}, 6800, 1.663784386675887e-299, 1, 1.6620759323428785e-298},
    {WEIR_GAMMA, {1, 0, 2}, 0, 0.5, 0, 1},
    {WEIR_GAMMA, {1, 0, 2}, 1, 0.3032653298563167, 0.3934693402873665, 0.6065306597126334},
    {WEIR_GAMMA, {1, 0, 2}, 100, 9.643749239819589e-23, 1, 1.9287498479639183e-22},
    {WEIR_GAMMA, {1, 0, 2}, 1300, 2.555975974325578e-283, 1, 5.111951948651156e-283},
    {WEIR_GAMMA, {2.5, 10, 4}, 9, 0, 0, 1},
    {WEIR_GAMMA, {2.5, 10, 4}, 10, 0, 0, 1},
    {WEIR_GAMMA, {2.5, 10, 4}, 11, 0.018307970394488435, 0.007876706767370404, 0.9921232932326296},
    {WEIR_GAMMA, {2.5, 10, 4}, 1000, 2.3811258112932046e-105, 1, 9.582343887763821e-105},
    {WEIR_GAMMA, {2.5, 10, 4}, 2700, 2.836633072174532e-289, 1, 1.1371859341740963e-288},
    {WEIR_GAMMA, {300, 0, 1}, 50, 1.856202752142419e-126, 3.709454418396005e-127, 1},
    {WEIR_GAMMA,
     {300, 0, 1},
     200,
     1.3816261159896677e-11,
     2.7114684433431115e-11,
     0.9999999999728854},
    {WEIR_GAMMA, {300, 0, 1}, 300, 0.023026546149187352, 0.5076777888862635, 0.4923222111137365},
    {WEIR_GAMMA,
     {300, 0, 1},
     400,
     1.9474344873273965e-08,
     0.9999999249261916,
     7.507380835521614e-08},
    {WEIR_GAMMA, {300, 0, 1}, 1200, 3.2593612297054073e-213, 1, 4.339398076250427e-213},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 1000, 5.359085747354958e-203, 1.338435996305584e-203, 1},
    {WEIR_GAMMA,
     {20000, 0, 0.0625},
     1237,
     0.0153475201280859,
     0.070301005530365,
     0.929698994469635},
    {WEIR_GAMMA,
     {20000, 0, 0.0625},
     1250,
     0.0451349786210178,
     0.5009403162337493,
     0.49905968376625065},
    {WEIR_GAMMA,
     {20000, 0, 0.0625},
     1260,
     0.023690694619938068,
     0.8709142186439881,
     0.12908578135601187},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 1500, 1.0527502046715994e-155, 1, 3.9419165386455483e-156},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 1590, 5.373667912966779e-275, 1, 1.5692655479259034e-275},
    {WEIR_GAMMA,
     {1000000, 0, 0.0009765625},
     942,
     1.0879159300295365e-279,
     2.8933924187300104e-281,
     1},
    {WEIR_GAMMA, {1000000, 0, 0.0009765625}, 968, 6.652734712304209e-18, 7.253472028871539e-19, 1},
    {WEIR_GAMMA,
     {1000000, 0, 0.0009765625},
     975.5,
     0.22617750837223216,
     0.13828398624472227,
     0.8617160137552777},
    {WEIR_GAMMA,
     {1000000, 0, 0.0009765625},
     976.5625,
     0.4085168610879939,
     0.5001329807608725,
     0.4998670192391274},
    {WEIR_GAMMA,
     {1000000, 0, 0.0009765625},
     977.5,
     0.25751252234645855,
     0.8314790053107112,
     0.16852099468928888},
    {WEIR_GAMMA, {1000000, 0, 0.0009765625}, 988, 1.123074261466206e-30, 1, 9.405631401388936e-32},
    {WEIR_GAMMA,
     {1000000, 0, 0.0009765625},
     1012,
     2.436204854107896e-280,
     1,
     6.788755544766607e-282},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 0, INFINITY, 0, 1},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 1e-300, 8.365116420730056e+178, 2.091279105182514e-121, 1},
    {WEIR_WEIBULL_MIN,
     {0.4, 0, 50},
     1,
     0.0678654748305716,
     0.18870854370431248,
     0.8112914562956876},
    {WEIR_WEIBULL_MIN,
     {0.4, 0, 50},
     100,
     0.0014106425680067832,
     0.7327332112809185,
     0.2672667887190815},
    {WEIR_WEIBULL_MIN,
     {0.4, 0, 50},
     10000,
     8.067507000644988e-08,
     0.9997577480055052,
     0.00024225199449477358},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 600000000, 8.008439858825727e-302, 1, 1.769973153445155e-295},
    {WEIR_WEIBULL_MIN, {1, 0, 3}, 0, 0.3333333333333333, 0, 1},
    {WEIR_WEIBULL_MIN, {1, 0, 3}, 1, 0.2388437701912631, 0.28346868942621073, 0.7165313105737893},
    {WEIR_WEIBULL_MIN, {1, 0, 3}, 2000, 9.845190934220708e-291, 1, 2.9535572802662123e-290},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 0, 0, 0, 1},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 1, 0, 0, 1},
    {WEIR_WEIBULL_MIN,
     {3.7, 1, 2},
     1.5,
     0.043555037803137846,
     0.005903274633464218,
     0.9940967253665358},
    {WEIR_WEIBULL_MIN,
     {3.7, 1, 2},
     4,
     0.062490686219872554,
     0.9886969105141927,
     0.011303089485807247},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 11, 4.6815499437768846e-166, 1, 3.2809447780015725e-168},
};

Test(distribution, values_of_scipy)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct weir_component c = {0.1, values[i].kind, {0}};
        memcpy(c.parameter, values[i].parameter, sizeof c.parameter);
        const double x = values[i].x;
        char place[64];
        snprintf(place, sizeof place, "row %zu, %s, x = %g", i, weir_kind_name(c.kind), x);
        CHECK_NEAR(weir_component_pdf(&c, x), values[i].pdf, 1e-12, "%s", place);
        CHECK_NEAR(weir_component_cdf(&c, x), values[i].cdf, 1e-12, "%s", place);
        CHECK_NEAR(weir_component_sf(&c, x), values[i].sf, 1e-12, "%s", place);
    }
}

/* Made in the same way by d.ppf(p). */
static const struct {
    enum weir_kind kind;
    double parameter[3];
    double p, x;
} quantiles[] = {
    {WEIR_NORM, {0, 1}, 0, -INFINITY},
    {WEIR_NORM, {0, 1}, 1e-300, -37.0470962993612},
    {WEIR_NORM, {0, 1}, 0.001, -3.090232306167813},
    {WEIR_NORM, {0, 1}, 0.3, -0.5244005127080409},
    {WEIR_NORM, {0, 1}, 0.975, 1.959963984540054},
    {WEIR_NORM, {0, 1}, 0.999999999999, 7.0344869100478356},
    {WEIR_NORM, {0, 1}, 1, INFINITY},
    {WEIR_NORM, {1500, 0.25}, 0, -INFINITY},
    {WEIR_NORM, {1500, 0.25}, 1e-300, 1490.7382259251597},
    {WEIR_NORM, {1500, 0.25}, 0.001, 1499.227441923458},
    {WEIR_NORM, {1500, 0.25}, 0.3, 1499.868899871823},
    {WEIR_NORM, {1500, 0.25}, 0.975, 1500.489990996135},
    {WEIR_NORM, {1500, 0.25}, 0.999999999999, 1501.758621727512},
    {WEIR_NORM, {1500, 0.25}, 1, INFINITY},
    {WEIR_UNIFORM, {5, 3}, 0, 5},
    {WEIR_UNIFORM, {5, 3}, 0.001, 5.003},
    {WEIR_UNIFORM, {5, 3}, 0.3, 5.9},
    {WEIR_UNIFORM, {5, 3}, 0.975, 7.925},
    {WEIR_UNIFORM, {5, 3}, 0.999999999999, 7.999999999997},
    {WEIR_UNIFORM, {5, 3}, 1, 8},
    {WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}, 0, 0},
    {WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}, 1e-300, 2.1699940164954835e-30},
    {WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}, 0.001, 2.5228147406990367},
    {WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}, 0.3, 471.7091483320024},
    {WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}, 0.975, 74701.96871415692},
    {WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}, 0.999999999999, 2324435777.450955},
    {WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}, 1, INFINITY},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 0, 0},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 1e-300, 39.99999999999967},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 0.001, 39.99999999999997},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 0.3, 39.99999999999999},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 0.975, 40.000000000000014},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 0.999999999999, 40.000000000000064},
    {WEIR_LOGNORM, {2.220446049250313e-16, 0, 40}, 1, INFINITY},
    {WEIR_GENPARETO, {1, 6, 6}, 0, 6},
    {WEIR_GENPARETO, {1, 6, 6}, 1e-300, 6},
    {WEIR_GENPARETO, {1, 6, 6}, 0.001, 6.006006006006006},
    {WEIR_GENPARETO, {1, 6, 6}, 0.3, 8.571428571428573},
    {WEIR_GENPARETO, {1, 6, 6}, 0.975, 239.99999999999977},
    {WEIR_GENPARETO, {1, 6, 6}, 0.999999999999, 6000132733257.016},
    {WEIR_GENPARETO, {1, 6, 6}, 1, INFINITY},
    {WEIR_GENPARETO, {0, 0, 2}, 0, 0},
    {WEIR_GENPARETO, {0, 0, 2}, 1e-300, 2e-300},
    {WEIR_GENPARETO, {0, 0, 2}, 0.001, 0.002001000667167067},
    {WEIR_GENPARETO, {0, 0, 2}, 0.3, 0.7133498878774649},
    {WEIR_GENPARETO, {0, 0, 2}, 0.975, 7.377758908227871},
    {WEIR_GENPARETO, {0, 0, 2}, 0.999999999999, 55.26208647578672},
    {WEIR_GENPARETO, {0, 0, 2}, 1, INFINITY},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 0, 0},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 1e-300, 1e-300},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 0.001, 0.0010003752189005034},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 0.3, 0.3412351230852223},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 0.975, 2.4094585424658983},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 0.999999999999, 3.9960000221219034},
    {WEIR_GENPARETO, {-0.25, 0, 1}, 1, 4},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 0, 0},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 1e-300, 2e-300},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 0.001, 0.002001000667167067},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 0.3, 0.7133498878774649},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 0.975, 7.377758908227871},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 0.999999999999, 55.26208647578672},
    {WEIR_GENPARETO, {1e-20, 0, 2}, 1, INFINITY},
    {WEIR_GAMMA, {0.3, 0, 10}, 0, 0},
    {WEIR_GAMMA, {0.3, 0, 10}, 0.001, 6.972699096783344e-10},
    {WEIR_GAMMA, {0.3, 0, 10}, 0.3, 0.12726657769948696},
    {WEIR_GAMMA, {0.3, 0, 10}, 0.975, 19.002636428388257},
    {WEIR_GAMMA, {0.3, 0, 10}, 0.999999999999, 242.75241482554537},
    {WEIR_GAMMA, {0.3, 0, 10}, 1, INFINITY},
    {WEIR_GAMMA, {300, 0, 1}, 0, 0},
    {WEIR_GAMMA, {300, 0, 1}, 1e-300, 11.615675163139494},
    {WEIR_GAMMA, {300, 0, 1}, 0.001, 249.3114367734947},
    {WEIR_GAMMA, {300, 0, 1}, 0.3, 290.6811624232179},
    {WEIR_GAMMA, {300, 0, 1}, 0.975, 334.8845761082056},
    {WEIR_GAMMA, {300, 0, 1}, 0.999999999999, 438.4511438890122},
    {WEIR_GAMMA, {300, 0, 1}, 1, INFINITY},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 0, 0},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 1e-300, 950.4762945881859},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 0.001, 1222.863964611752},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 0.3, 1245.3498496120349},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 0.975, 1267.3829186539583},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 0.999999999999, 1313.1903902047018},
    {WEIR_GAMMA, {20000, 0, 0.0625}, 1, INFINITY},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 0, 0},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 1e-300, 0},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 0.001, 1.5831173144364825e-06},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 0.3, 3.798844427775398},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 0.975, 1306.79108518367},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 0.999999999999, 200661.11007207754},
    {WEIR_WEIBULL_MIN, {0.4, 0, 50}, 1, INFINITY},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 0, 1},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 1e-300, 1},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 0.001, 1.309227349359737},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 0.3, 2.5136399814317114},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 0.975, 3.8460643512986814},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 0.999999999999, 5.904523601234231},
    {WEIR_WEIBULL_MIN, {3.7, 1, 2}, 1, INFINITY},
};

Test(distribution, quantiles_of_scipy)
{
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        struct weir_component c = {0.1, quantiles[i].kind, {0}};
        memcpy(c.parameter, quantiles[i].parameter, sizeof c.parameter);
        CHECK_NEAR(weir_component_quantile(&c, quantiles[i].p), quantiles[i].x, 1e-12,
                   "row %zu, %s, p = %g", i, weir_kind_name(c.kind), quantiles[i].p);
    }
}

Test(distribution, means)
{
    static const struct {
        struct weir_component component;
        double mean;
    } cases[] = {
        {{1, WEIR_UNIFORM, {5, 3}}, 6.5},
        {{1, WEIR_NORM, {1500, 0.25}}, 1500},
        {{1, WEIR_LOGNORM, {2, 1, 3}}, 1 + 3 * 7.38905609893065},
        {{1, WEIR_LOGNORM, {DBL_EPSILON, 0, 40}}, 40},
        {{1, WEIR_LOGNORM, {40, 0, 1}}, INFINITY}, /* above 1e308 */
        {{1, WEIR_GENPARETO, {0.5, 64, 32}}, 128},
        {{1, WEIR_GENPARETO, {0, 1, 2}}, 3},
        {{1, WEIR_GENPARETO, {-0.25, 0, 1}}, 0.8},
        {{1, WEIR_GENPARETO, {1, 6, 6}}, INFINITY},
        {{1, WEIR_GENPARETO, {3, 0, 1}}, INFINITY},
        {{1, WEIR_GAMMA, {2.5, 10, 4}}, 20},
        {{1, WEIR_WEIBULL_MIN, {0.4, 0, 50}}, 166.16754852239214}, /* scipy */
        {{1, WEIR_WEIBULL_MIN, {1, 1, 2}}, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_NEAR(weir_component_mean(&cases[i].component), cases[i].mean, 1e-14, "row %zu", i);
}

/* --- against each other ---------------------------------------------------------------------- */

static const struct weir_component various[] = {
    {0.1, WEIR_UNIFORM, {0, 6}},
    {0.3, WEIR_UNIFORM, {99, 1}},
    {0.2, WEIR_NORM, {-3, 7}},
    {0.05, WEIR_LOGNORM, {2.0387101598164863, 0, 1373.9749450320094}},
    {0.1, WEIR_LOGNORM, {0.1, 5, 100}},
    {0.1, WEIR_GENPARETO, {1.2, 64, 76.8}},
    {0.1, WEIR_GENPARETO, {0, 0, 3}},
    {0.1, WEIR_GENPARETO, {1e-9, 0, 3}},
    {0.1, WEIR_GENPARETO, {-0.7, 1, 3}},
    {0.1, WEIR_GAMMA, {0.05, 0, 3}},
    {0.1, WEIR_GAMMA, {4, 0, 3}},
    {0.1, WEIR_GAMMA, {9000, 0, 1}},
    {0.1, WEIR_GAMMA, {11000, 0, 1}},
    {0.1, WEIR_GAMMA, {1e12, 0, 1500e-12}},
    {0.1, WEIR_WEIBULL_MIN, {0.3, 0, 5}},
    {0.1, WEIR_WEIBULL_MIN, {5, 0, 5}},
};
#define N_VARIOUS (sizeof various / sizeof *various)

static const double probabilities[] = {1e-250,
                                       1e-100,
                                       1e-20,
                                       1e-6,
                                       0.01,
                                       0.3,
                                       0.5,
                                       0.5 + DBL_EPSILON,
                                       0.7,
                                       0.999999,
                                       1 - DBL_EPSILON / 2};
#define N_PROBABILITIES (sizeof probabilities / sizeof *probabilities)

/* One rounding of x changes the cdf by |x| pdf(x) epsilon. */
static double slack(double x, double pdf)
{
    return 4 * DBL_EPSILON * fabs(x) * pdf;
}

Test(distribution, quantile_inverts_the_cdf)
{
    for (size_t k = 0; k < N_VARIOUS; k++)
        for (size_t i = 0; i < N_PROBABILITIES; i++) {
            const double p = probabilities[i];
            const double x = weir_component_quantile(&various[k], p);
            const double pdf = weir_component_pdf(&various[k], x);
            const double cdf = weir_component_cdf(&various[k], x);
            const double sf = weir_component_sf(&various[k], x);
            if (pdf == INFINITY ||
                x < DBL_MIN * 4) /* of gamma and weibull_min, less than any number */
                continue;
            cr_assert(fabs(cdf - p) <= slack(x, pdf) + 1e-12 * p, "component %zu: %g, then %g", k,
                      p, cdf);
            cr_assert(fabs(sf - (1 - p)) <= slack(x, pdf) + 1e-12 * (1 - p),
                      "component %zu: %g, then 1 - %g", k, p, sf);
        }
}

Test(distribution, slope_of_the_cdf_is_the_density)
{
    for (size_t k = 0; k < N_VARIOUS; k++)
        for (double p = 0.02; p < 0.99; p += 0.05) {
            const struct weir_component *c = &various[k];
            const double x = weir_component_quantile(c, p);
            const double h = 1e-3 * (weir_component_quantile(c, p + 0.01) - x);
            if (x < 1e-8)
                continue;
            const double slope =
                (weir_component_cdf(c, x + h) - weir_component_cdf(c, x - h)) / (2 * h);
            CHECK_NEAR(weir_component_pdf(c, x), slope, 1e-5, "component %zu, p = %g", k, p);
        }
}

/* Where the two ways to compute a gamma meet, there is no step. */
Test(distribution, gamma_has_no_seams)
{
    for (double deviation = -30; deviation <= 30; deviation += 0.5) {
        const double below = 1e4 * (1 - DBL_EPSILON);
        const struct weir_component c[2] = {{1, WEIR_GAMMA, {below, 0, 1}},
                                            {1, WEIR_GAMMA, {1e4, 0, 1}}};
        const double x = 1e4 + 100 * deviation;
        CHECK_NEAR(weir_component_cdf(&c[0], x), weir_component_cdf(&c[1], x), 1e-9, "%g", x);
        CHECK_NEAR(weir_component_sf(&c[0], x), weir_component_sf(&c[1], x), 1e-9, "%g", x);
    }
    for (double a = 1; a < 500; a *= 1.7) {
        const struct weir_component c = {1, WEIR_GAMMA, {a, 0, 1}};
        CHECK_NEAR(weir_component_pdf(&c, a / 2 * (1 - 1e-15)), weir_component_pdf(&c, a / 2),
                   1e-11, "a = %g", a);
    }
}

Test(distribution, hostile_arguments)
{
    for (size_t k = 0; k < N_VARIOUS; k++) {
        const struct weir_component *c = &various[k];
        cr_assert(isnan(weir_component_pdf(c, NAN)) && isnan(weir_component_cdf(c, NAN)) &&
                  isnan(weir_component_sf(c, NAN)) && isnan(weir_component_quantile(c, NAN)));
        cr_assert(isnan(weir_component_quantile(c, -1e-300)) &&
                  isnan(weir_component_quantile(c, 1 + DBL_EPSILON)));
        cr_assert(weir_component_pdf(c, INFINITY) == 0 && weir_component_pdf(c, -INFINITY) == 0);
        cr_assert(weir_component_cdf(c, INFINITY) == 1 && weir_component_cdf(c, -INFINITY) == 0);
        cr_assert(weir_component_sf(c, INFINITY) == 0 && weir_component_sf(c, -INFINITY) == 1);
        for (double x = 5e-324; x < INFINITY; x *= 7) {
            const double cdf = weir_component_cdf(c, x);
            const double sf = weir_component_sf(c, x);
            cr_assert(weir_component_pdf(c, x) >= 0, "component %zu, x = %g", k, x);
            cr_assert(cdf >= 0 && cdf <= 1 && sf >= 0 && sf <= 1, "component %zu, x = %g", k, x);
            cr_assert(fabs(cdf + sf - 1) < 1e-12, "component %zu, x = %g", k, x);
        }
    }
}

/* --- mixtures -------------------------------------------------------------------------------- */

static struct weir_mixture mixture_of(struct weir_component *components, size_t n)
{
    return (struct weir_mixture){.n_components = n, .component = components};
}

Test(distribution, mixtures_are_weighted_averages)
{
    struct weir_component components[] = {
        {3, WEIR_UNIFORM, {0, 1}}, {0, WEIR_GENPARETO, {2, 1, 2}}, {1, WEIR_GENPARETO, {0, 0, 2}}};
    const struct weir_mixture mixture = mixture_of(components, 3);
    cr_assert(weir_mixture_mean(&mixture) == 0.875);
    cr_assert(weir_mixture_cdf(&mixture, INFINITY) == 1 && weir_mixture_sf(&mixture, -1) == 1);
    for (double x = 0; x < 2000; x = x * 1.5 + 0.1) {
        const double inside = x <= 1 ? 1 : 0;
        CHECK_NEAR(weir_mixture_pdf(&mixture, x), 0.75 * inside + exp(-x / 2) / 8, 1e-14, "%g", x);
        CHECK_NEAR(weir_mixture_cdf(&mixture, x), 0.75 * fmin(x, 1) - expm1(-x / 2) / 4, 1e-14,
                   "%g", x);
        CHECK_NEAR(weir_mixture_sf(&mixture, x), 0.75 * fmax(1 - x, 0) + exp(-x / 2) / 4, 1e-12,
                   "%g", x);
    }
}

Test(distribution, mixtures_without_weight)
{
    struct weir_component component = {0, WEIR_UNIFORM, {0, 1}};
    for (size_t n = 0; n < 2; n++) {
        const struct weir_mixture mixture = mixture_of(&component, n);
        cr_assert(isnan(weir_mixture_pdf(&mixture, 0.5)) && isnan(weir_mixture_cdf(&mixture, 0.5)));
        cr_assert(isnan(weir_mixture_sf(&mixture, 0.5)) && isnan(weir_mixture_mean(&mixture)));
        cr_assert(isnan(weir_mixture_quantile(&mixture, 0.5)));
    }
}

/* The next number below must not reach p yet. */
static void check_smallest(const struct weir_mixture *mixture, double p)
{
    const double x = weir_mixture_quantile(mixture, p);
    const double before = nextafter(x, -INFINITY);
    cr_assert(weir_mixture_cdf(mixture, x) >= p * (1 - 1e-14), "p = %g: %.17g", p, x);
    cr_assert(weir_mixture_cdf(mixture, before) <= p * (1 + 1e-14), "p = %g: %.17g", p, x);
    cr_assert(weir_mixture_sf(mixture, x) <= (1 - p) * (1 + 1e-12), "p = %g: %.17g", p, x);
    cr_assert(weir_mixture_sf(mixture, before) >= (1 - p) * (1 - 1e-12), "p = %g: %.17g", p, x);
}

Test(distribution, quantiles_of_mixtures)
{
    struct weir_component components[N_VARIOUS];
    memcpy(components, various, sizeof various);
    const struct weir_mixture mixture = mixture_of(components, N_VARIOUS);
    for (size_t i = 0; i < N_PROBABILITIES; i++)
        check_smallest(&mixture, probabilities[i]);
    for (double p = 0.001; p < 1; p += 0.001)
        check_smallest(&mixture, p);
    cr_assert(weir_mixture_quantile(&mixture, 0) == -INFINITY);
    cr_assert(weir_mixture_quantile(&mixture, 1) == INFINITY);
    cr_assert(isnan(weir_mixture_quantile(&mixture, NAN)));
    cr_assert(isnan(weir_mixture_quantile(&mixture, 1.5)));
}

/* Gaps between components, and jumps of a collapsed one. */
Test(distribution, quantiles_at_gaps_and_jumps)
{
    struct weir_component components[] = {{0.25, WEIR_UNIFORM, {0, 1}},
                                          {0.25, WEIR_UNIFORM, {10, 1}},
                                          {0.5, WEIR_LOGNORM, {1e-16, 0, 1500}},
                                          {0, WEIR_NORM, {0, 1}}};
    const struct weir_mixture mixture = mixture_of(components, 4);
    cr_assert(weir_mixture_quantile(&mixture, 0) == 0);
    cr_assert(weir_mixture_quantile(&mixture, 1) == INFINITY);
    cr_assert(weir_mixture_quantile(&mixture, 0.125) == 0.5);
    cr_assert(weir_mixture_quantile(&mixture, 0.25) == 1);
    cr_assert(weir_mixture_quantile(&mixture, 0.25 + 1e-15) > 10);
    cr_assert(weir_mixture_quantile(&mixture, 0.5) == 11);
    cr_assert(weir_mixture_quantile(&mixture, 0.75) == 1500);
    cr_assert(fabs(weir_mixture_quantile(&mixture, 0.6) - 1500) < 1e-12);
    cr_assert(fabs(weir_mixture_quantile(&mixture, 0.9999) - 1500) < 1e-11);
}

Test(distribution, far_tail_of_a_mixture)
{
    struct weir_component components[] = {{0.5, WEIR_LOGNORM, {1, 0, 1}},
                                          {0.5, WEIR_GENPARETO, {0.5, 64, 32}}};
    const struct weir_mixture mixture = mixture_of(components, 2);
    CHECK_NEAR(weir_mixture_sf(&mixture, 1e150), 0.5 * 4.096e-297, 1e-12, "1e150");
    const double p = 1 - DBL_EPSILON / 2;
    CHECK_NEAR(weir_mixture_quantile(&mixture, p), 64 * sqrt(0.5 / (DBL_EPSILON / 2)), 1e-12, "p");
}

/* Differences keep their digits in both tails, where those of the cdf alone would be noise. */
Test(distribution, probabilities_of_ranges)
{
    struct weir_component component = {1, WEIR_WEIBULL_MIN, {1, 0, 2}}; /* exponential */
    const struct weir_mixture mixture = {.n_components = 1, .component = &component};
    for (double a = 0; a < 200; a += 0.5) {
        const double want = exp(-a / 2) * -expm1(-0.25);
        const double got = weir_component_between(&component, a, a + 0.5);
        cr_assert(fabs(got / want - 1) < 1e-13, "%g: %.17g", a, got);
        cr_assert(weir_mixture_between(&mixture, a, a + 0.5) == got);
    }
    cr_assert(weir_component_between(&component, -INFINITY, INFINITY) == 1);
    cr_assert(weir_component_between(&component, 3, 3) == 0);
}
