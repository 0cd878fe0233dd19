/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of x and y: every variant gives the bits of the reference; frequencies, places and rounding
 * are those of the table, by chi-square and the error of the mean, with words at even steps and
 * with words of Philox. */
#include "check.h"
#include "sample.h"

#include <math.h>

#define N 100000

static uint32_t words[WEIR_PHILOX_WORDS][N];
static uint32_t *const word[WEIR_PHILOX_WORDS] = {words[0], words[1], words[2], words[3]};
static uint64_t x[N + 1], y[N + 1], want_x[N], want_y[N];

static const struct weir_sample_piece pieces[] = {
    {.lo = 1, .width = 1, .base = 148.6},
    {.lo = 2, .width = 5, .slope = 131.25},
    {.lo = 1000, .width = (uint64_t)1 << 40, .base = 3, .slope = 0.001},
    {.lo = 640, .width = 1, .base = 9.5},
};
#define N_PIECES (sizeof pieces / sizeof *pieces)
static const double weights[N_PIECES] = {5, 3, 1, 1};
static weir_alias_cell cells[N_PIECES];

static struct weir_sample_table make_table(uint64_t open, uint64_t least_y)
{
    uint64_t workspace[2 * N_PIECES];
    cr_assert(weir_alias_build(weights, N_PIECES, workspace, cells));
    return (struct weir_sample_table){
        .n = N_PIECES, .cell = cells, .piece = pieces, .open = open, .least_y = least_y};
}

static void fill_words(uint64_t seed)
{
    struct weir_kernels reference;
    weir_kernels_choose(WEIR_CPU_REF, &reference);
    reference.philox->fill(seed, 0, 0, N, word);
}

static void for_each_variant(void (*test)(const char *level, const struct weir_sample_ops *ops))
{
    struct weir_kernel_row row;
    int n = 0;
    for (int i = 0; weir_kernel_row(i, &row); i++)
        if (strcmp(row.module, "sample") == 0 && row.cpu <= weir_cpu_detect()) {
            test(weir_cpu_name(row.cpu), row.ops);
            n++;
        }
    cr_assert(n > 0);
}

static void check_bits(const char *level, const struct weir_sample_ops *ops)
{
    struct weir_kernels reference;
    weir_kernels_choose(WEIR_CPU_REF, &reference);
    for (uint64_t open = 0; open != 1; open--) {
        const struct weir_sample_table table = make_table(open, 1);
        for (size_t n = 0; n < 600; n += 1 + n / 7) {
            uint32_t *const at[WEIR_PHILOX_WORDS] = {word[0] + n, word[1] + n, word[2] + n,
                                                     word[3] + n};
            reference.sample->draw(&table, at, n, want_x, want_y);
            x[n] = y[n] = 77;
            ops->draw(&table, at, n, x, y);
            cr_assert(memcmp(x, want_x, n * sizeof *x) == 0 &&
                          memcmp(y, want_y, n * sizeof *y) == 0,
                      "%s: other values for %zu records", level, n);
            cr_assert(x[n] == 77 && y[n] == 77);
        }
        if (open == UINT64_MAX)
            break;
    }
}

Test(sample, variants_give_the_same_bits)
{
    fill_words(1);
    for_each_variant(check_bits);
}

/* Chi-square of the five values of piece 1 and the three other pieces; 7 degrees of freedom exceed
 * 40 once in a million. */
static void check_frequencies(const char *level, const struct weir_sample_ops *ops)
{
    const struct weir_sample_table table = make_table(UINT64_MAX, 0);
    double count[8] = {0}, chi_square = 0;
    ops->draw(&table, word, N, x, y);
    for (size_t i = 0; i < N; i++)
        count[x[i] <= 6 ? x[i] - 1 : x[i] == 640 ? 6 : 7]++;
    for (int c = 0; c < 8; c++) {
        const double want = N * (c == 0 ? 0.5 : c < 6 ? 0.3 / 5 : 0.1);
        chi_square += (count[c] - want) * (count[c] - want) / want;
    }
    cr_assert(chi_square < 40, "%s: chi-square %g", level, chi_square);
}

/* y is one of the whole numbers around the line, and right in the mean. */
static void check_rounding(const char *level, const struct weir_sample_ops *ops)
{
    const struct weir_sample_table table = make_table(UINT64_MAX, 0);
    double error = 0, variance = 0;
    ops->draw(&table, word, N, x, y);
    for (size_t i = 0; i < N; i++) {
        const size_t p = x[i] == 1 ? 0 : x[i] <= 6 ? 1 : x[i] == 640 ? 3 : 2;
        const double mean = pieces[p].base + pieces[p].slope * (double)x[i];
        const double fraction = mean - floor(mean);
        const double above = (double)y[i] - floor(mean);
        cr_assert(above == 0 || (above == 1 && fraction > 0), "%s: y %g for %g", level,
                  (double)y[i], mean);
        error += above - fraction;
        variance += fraction * (1 - fraction);
    }
    cr_assert(fabs(error) < 4.9 * sqrt(variance), "%s: %g standard errors", level,
              error / sqrt(variance));
}

/* Places in the wide piece: the largest distance of the cdf from a straight line, times the root of
 * their number, exceeds 2.7 once in a million. */
static void check_places(const char *level, const struct weir_sample_ops *ops)
{
    static double place[N];
    const struct weir_sample_table table = make_table(UINT64_MAX, 0);
    size_t n = 0, count[256] = {0};
    ops->draw(&table, word, N, x, y);
    for (size_t i = 0; i < N; i++)
        if (x[i] >= 1000)
            place[n++] = (double)(x[i] - 1000) / (double)pieces[2].width;
    cr_assert(n > N / 20);
    for (size_t i = 0; i < n; i++) {
        cr_assert(place[i] >= 0 && place[i] < 1);
        count[(size_t)(place[i] * 256)]++;
    }
    double below = 0, distance = 0;
    for (int c = 0; c < 256; c++) {
        below += (double)count[c] / (double)n;
        distance = fmax(distance, fabs(below - (c + 1) / 256.));
    }
    cr_assert(distance * sqrt((double)n) < 2.7, "%s: %g", level, distance * sqrt((double)n));
}

Test(sample, values_are_those_of_the_table)
{
    fill_words(20);
    for_each_variant(check_frequencies);
    for_each_variant(check_rounding);
    for_each_variant(check_places);
}

/* 640 octets are 9.5 packets of 64 octets and more: never 10 but where rounding is free; and the
 * 148.6 at x = 1 are never rounded up then. */
static void check_limits(const char *level, const struct weir_sample_ops *ops)
{
    struct weir_sample_table table = make_table(0, 149);
    ops->draw(&table, word, N, x, y);
    for (size_t i = 0; i < N; i++)
        cr_assert(y[i] >= 149, "%s", level);
    table = make_table(0, 0);
    size_t tens = 0;
    ops->draw(&table, word, N, x, y);
    for (size_t i = 0; i < N; i++) {
        cr_assert(x[i] != 1 || y[i] == 148, "%s: %g", level, (double)y[i]);
        tens += x[i] == 640 && y[i] == 10; /* 640 / 10 is 64 */
    }
    cr_assert(tens > N / 30, "%s: %zu", level, tens);
}

Test(sample, rounding_leaves_packets_their_octets)
{
    fill_words(3);
    for_each_variant(check_limits);
}
