/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log_hist: every variant against the definition in the words of the test, over all short lengths,
 * odd alignments and hostile values. */
#include "check.h"
#include "cpu.h"
#include "log_hist.h"

#define N_MAX 200

static uint64_t random_state = 0x243f6a8885a308d3;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Powers of two and their neighbours, limits of the packed counters, and any width of bits. */
static uint64_t hostile_u64(void)
{
    static const uint64_t edge[] = {0,
                                    1,
                                    2,
                                    4095,
                                    4096,
                                    4097,
                                    1048575,
                                    1048576,
                                    1048577,
                                    UINT32_MAX,
                                    1U << 31,
                                    65535,
                                    65536,
                                    UINT64_MAX,
                                    UINT64_MAX - 1,
                                    INT64_MAX,
                                    (uint64_t)INT64_MAX + 1};
    const uint64_t r = random_u64();
    switch (r % 4) {
    case 0:
        return edge[r / 4 % (sizeof edge / sizeof *edge)];
    case 1:
        return ((uint64_t)1 << (r / 4 % 64)) + (r / 256 % 3) - 1;
    case 2:
        return random_u64() >> (r / 4 % 64);
    default:
        return r / 4 % 30;
    }
}

static void fill(uint64_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        values[i] = hostile_u64();
}

/* The rows of the table that this machine can run. */
static bool next_variant(int *row, const struct weir_log_hist_ops **ops, const char **name)
{
    struct weir_kernel_row found;
    for (; weir_kernel_row(*row, &found); ++*row)
        if (strcmp(found.module, "log_hist") == 0 && found.cpu <= weir_cpu_detect()) {
            *ops = found.ops;
            *name = weir_cpu_name(found.cpu);
            ++*row;
            return true;
        }
    return false;
}

/* The width of the bin of x by repeated halving. */
static uint64_t width_of(uint64_t x, unsigned bin_exp)
{
    uint64_t width = 1;
    if (bin_exp == 0)
        return 1;
    while (x >= (uint64_t)1 << bin_exp) {
        x /= 2;
        width *= 2;
    }
    return width;
}

static void check_edges(const struct weir_log_hist_ops *ops, const char *name, const uint64_t *x,
                        size_t n, unsigned bin_exp)
{
    static uint32_t index[N_MAX];
    static uint64_t lo[N_MAX];
    ops->lower(x, n, bin_exp, lo);
    for (size_t i = 0; i < n; i++) {
        const uint64_t width = width_of(x[i], bin_exp);
        cr_assert(lo[i] == x[i] / width * width, "%s: lower(%zu) for b = %u", name, (size_t)x[i],
                  bin_exp);
    }
    if (bin_exp == 0 || bin_exp > WEIR_LOG_HIST_EXP_MAX)
        return;
    ops->index(x, n, bin_exp, index);
    for (size_t i = 0; i < n; i++) {
        const uint64_t width = width_of(x[i], bin_exp);
        cr_assert(index[i] < weir_log_hist_entries(bin_exp));
        cr_assert(weir_log_hist_lo(index[i], bin_exp) == x[i] / width * width,
                  "%s: index(%zu) for b = %u is %u", name, (size_t)x[i], bin_exp, index[i]);
    }
}

Test(log_hist, edges)
{
    static uint64_t x[N_MAX + 8];
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    int n_variants = 0;
    for (int row = 0; next_variant(&row, &ops, &name); n_variants++)
        for (unsigned bin_exp = 0; bin_exp < 64; bin_exp++)
            for (size_t n = 0; n <= 70; n++) {
                fill(x, N_MAX + 8);
                check_edges(ops, name, x + n % 8, n, bin_exp);
            }
    cr_assert(n_variants >= 1);
}

/* Dense indices ascend with x without gaps: 0, 1, 2, ... are exactly the lower edges in order. */
Test(log_hist, index_is_dense)
{
    for (unsigned bin_exp = 1; bin_exp <= WEIR_LOG_HIST_EXP_MAX; bin_exp++) {
        const size_t n = weir_log_hist_entries(bin_exp);
        uint64_t lo = 0;
        for (size_t i = 0; i < n; i++) {
            cr_assert(weir_log_hist_lo(i, bin_exp) == lo, "b = %u, index %zu", bin_exp, i);
            lo += width_of(lo, bin_exp);
        }
        cr_assert(lo == 0, "b = %u does not end at 2^64", bin_exp);
    }
}

Test(log_hist, bits_or)
{
    static uint64_t value[N_MAX + 8];
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (size_t n = 0; n <= N_MAX; n++)
            for (size_t bit = 0; bit < n; bit++) {
                memset(value, 0, sizeof value);
                value[n % 8 + bit] = (uint64_t)1 << bit % 64;
                value[n % 8 + n - 1] |= 1;
                value[n % 8 + n] = UINT64_MAX; /* not part of it */
                if (n % 8 != 0)
                    value[n % 8 - 1] = UINT64_MAX;
                cr_assert(ops->bits_or(value + n % 8, n) == ((uint64_t)1 << bit % 64 | 1),
                          "%s: %zu values, %zu", name, n, bit);
            }
}

Test(log_hist, split)
{
    static const uint64_t limits[] = {1, 4096, 65536, (uint64_t)1 << 31};
    static uint64_t x[N_MAX];
    static uint32_t index[N_MAX], rest[N_MAX];
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (size_t n = 0; n <= N_MAX; n++) {
            const uint64_t limit = limits[n % 4];
            fill(x, n);
            const size_t n_rest = ops->split(x, n, limit, index, rest);
            size_t want = 0;
            for (size_t i = 0; i < n; i++) {
                if (x[i] < limit) {
                    cr_assert(index[i] == x[i], "%s", name);
                    continue;
                }
                cr_assert(index[i] == limit + i % WEIR_LOG_HIST_SPARE_ENTRIES, "%s", name);
                cr_assert(want < n_rest && rest[want] == i, "%s: %zu of %zu", name, i, n);
                want++;
            }
            cr_assert(want == n_rest, "%s: %zu instead of %zu", name, n_rest, want);
        }
}

/* Few entries, so that equal indices meet in every distance; sums wrap as unsigned numbers do. */
static void check_add(const struct weir_log_hist_ops *ops, const char *name, size_t n,
                      size_t n_columns)
{
    enum { N_ENTRIES = 5 };
    static uint64_t column_data[WEIR_LOG_HIST_COLUMNS_MAX][N_MAX + 8];
    static uint32_t index[N_MAX];
    _Alignas(64) uint64_t table[N_ENTRIES * 8];
    uint64_t want[N_ENTRIES * 8];
    const uint64_t *column[WEIR_LOG_HIST_COLUMNS_MAX];
    const size_t stride = weir_log_hist_stride(n_columns);
    for (size_t c = 0; c < n_columns; c++) {
        fill(column_data[c], N_MAX + 8);
        column[c] = column_data[c] + (n + c) % 8;
    }
    for (size_t i = 0; i < n; i++)
        index[i] = (uint32_t)(random_u64() % N_ENTRIES);
    for (size_t k = 0; k < N_ENTRIES * stride; k++)
        table[k] = want[k] = k % stride <= n_columns ? random_u64() : 0;
    for (size_t i = 0; i < n; i++) {
        want[index[i] * stride]++;
        for (size_t c = 0; c < n_columns; c++)
            want[index[i] * stride + 1 + c] += column[c][i];
    }
    ops->add(table, index, n, column, n_columns);
    cr_assert(memcmp(table, want, N_ENTRIES * stride * sizeof *table) == 0, "%s: %zu, %zu columns",
              name, n, n_columns);
}

Test(log_hist, add)
{
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (size_t n_columns = 2; n_columns <= WEIR_LOG_HIST_COLUMNS_MAX; n_columns++)
            for (size_t n = 0; n <= N_MAX; n++)
                check_add(ops, name, n, n_columns);
}

static void check_pack(const struct weir_log_hist_ops *ops, const char *name, size_t n)
{
    static uint64_t packets[N_MAX], octets[N_MAX];
    static uint32_t rest[N_MAX];
    static uint64_t packed[WEIR_LOG_HIST_PACKED_SLOTS];
    static uint64_t flows[WEIR_LOG_HIST_PACKED_PACKETS], sum[WEIR_LOG_HIST_PACKED_PACKETS];
    fill(packets, n);
    fill(octets, n);
    memset(packed, 0, sizeof packed);
    memset(flows, 0, sizeof flows);
    memset(sum, 0, sizeof sum);
    const size_t n_rest = ops->pack(packed, packets, octets, n, rest);
    size_t want = 0;
    for (size_t i = 0; i < n; i++) {
        if (packets[i] < 4096 && octets[i] < 1048576) {
            flows[packets[i]]++;
            sum[packets[i]] += octets[i];
            continue;
        }
        cr_assert(want < n_rest && rest[want] == i, "%s: %zu of %zu", name, i, n);
        want++;
    }
    cr_assert(want == n_rest, "%s: %zu instead of %zu", name, n_rest, want);
    for (size_t p = 0; p < WEIR_LOG_HIST_PACKED_PACKETS; p++) {
        uint64_t total = 0;
        for (size_t t = 0; t < WEIR_LOG_HIST_PACKED_TABLES; t++)
            total += packed[t * WEIR_LOG_HIST_PACKED_STRIDE + p];
        cr_assert(total >> WEIR_LOG_HIST_PACKED_SHIFT == flows[p], "%s: flows at %zu", name, p);
        cr_assert((total & (((uint64_t)1 << WEIR_LOG_HIST_PACKED_SHIFT) - 1)) == sum[p],
                  "%s: octets at %zu", name, p);
    }
}

Test(log_hist, pack)
{
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (size_t n = 0; n <= N_MAX; n++)
            check_pack(ops, name, n);
}
