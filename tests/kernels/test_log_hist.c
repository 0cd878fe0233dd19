/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log_hist: every variant against the definition in the words of the test, over all short lengths,
 * odd alignments and hostile values. */
#include "check.h"
#include "cpu.h"
#include "log_hist.h"
#include "number.h"

#define N_MAX 200

extern const struct weir_log_hist_ops weir_log_hist_ref;

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

/* --- durations and rates --------------------------------------------------------------------- */

/* Times at every edge of their types: equal, one apart, the other way round, far apart. */
static void check_durations(const struct weir_log_hist_ops *ops, const char *name, size_t n)
{
    static uint32_t first[N_MAX + 8], last[N_MAX + 8];
    static uint16_t first_ms[N_MAX + 8], last_ms[N_MAX + 8];
    static uint64_t packets[N_MAX + 8], duration[N_MAX + 8];
    const size_t at = n % 8;
    size_t n_negative = 0;
    for (size_t i = 0; i < N_MAX + 8; i++) {
        first[i] = (uint32_t)hostile_u64();
        last[i] = random_u64() % 2 == 0 ? first[i] + (uint32_t)(random_u64() % 3) - 1
                                        : (uint32_t)hostile_u64();
        first_ms[i] = (uint16_t)(random_u64() % 2 == 0 ? random_u64() % 1000 : hostile_u64());
        last_ms[i] = (uint16_t)(random_u64() % 2 == 0 ? first_ms[i] : hostile_u64());
        packets[i] = random_u64() % 2 == 0 ? 1 : hostile_u64();
    }
    const struct weir_log_hist_times times = {.first = first + at,
                                              .last = last + at,
                                              .first_ms = first_ms + at,
                                              .last_ms = last_ms + at,
                                              .packets = packets + at};
    const size_t found = ops->durations(&times, n, duration + at);
    for (size_t i = at; i < at + n; i++) {
        const int64_t ms =
            1000 * ((int64_t)last[i] - (int64_t)first[i]) + ((int)last_ms[i] - (int)first_ms[i]);
        const uint64_t want = ms < 0 || packets[i] == 1 ? 0 : (uint64_t)ms;
        n_negative += ms < 0;
        cr_assert(duration[i] == want, "%s: %zu instead of %zu", name, (size_t)duration[i],
                  (size_t)want);
    }
    cr_assert(found == n_negative, "%s: %zu instead of %zu", name, found, n_negative);
}

Test(log_hist, durations)
{
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (size_t n = 0; n <= N_MAX; n++)
            check_durations(ops, name, n);
}

/* A divisor, and octets whose quotient by it is whole, or just above or below a whole number, at
 * any size up to the limits of the operation. */
static void make_rate(uint64_t *octets, uint64_t *duration)
{
    const uint64_t r = random_u64();
    *duration = r % 8 == 0 ? 0 : hostile_u64() >> 20;
    *octets = hostile_u64() >> 13;
    if (r / 8 % 4 != 0 && *duration != 0) {
        const uint64_t quotient = random_u64() >> (12 + r / 32 % 52);
        const weir_u128 wanted = (weir_u128)quotient * *duration / 8000 + r % 2;
        *octets = (uint64_t)wanted & (((uint64_t)1 << 51) - 1);
    }
}

static void check_rates(const struct weir_log_hist_ops *ops, const char *name, size_t n, bool sums)
{
    static uint64_t octets[N_MAX + 8], duration[N_MAX + 8];
    static uint64_t whole[N_MAX + 8], low[N_MAX + 8], high[N_MAX + 8];
    const size_t at = n % 8;
    for (size_t i = 0; i < N_MAX + 8; i++) {
        make_rate(&octets[i], &duration[i]);
        duration[i] = duration[i] >> 44 == 0 ? duration[i] : 1;
    }
    const struct weir_log_hist_rates rates = {
        .whole = whole + at, .low = sums ? low + at : NULL, .high = sums ? high + at : NULL};
    cr_assert(ops->rates(octets + at, duration + at, n, &rates), "%s", name);
    for (size_t i = at; i < at + n; i++) {
        const weir_u128 scaled =
            duration[i] == 0 ? 0 : ((weir_u128)(8000 * octets[i]) << 20) / duration[i];
        cr_assert(whole[i] == (uint64_t)(scaled >> 20), "%s: 8000 * %zu / %zu is not %zu", name,
                  (size_t)octets[i], (size_t)duration[i], (size_t)whole[i]);
        if (!sums)
            continue;
        cr_assert(low[i] == ((uint64_t)scaled & (((uint64_t)1 << 48) - 1)), "%s: low of %zu / %zu",
                  name, (size_t)octets[i], (size_t)duration[i]);
        cr_assert(high[i] == (uint64_t)(scaled >> 48), "%s: high", name);
    }
}

Test(log_hist, rates)
{
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (int repeat = 0; repeat < 50; repeat++)
            for (size_t n = 0; n <= N_MAX; n += 1 + (size_t)repeat % 3)
                check_rates(ops, name, n, repeat % 2 == 0);
}

/* The largest dividends and divisors for which variants divide doubles, and the first beyond. */
Test(log_hist, rates_at_the_bounds)
{
    static const uint64_t octets[] = {((uint64_t)1 << 39) - 1, (uint64_t)1 << 39,
                                      ((uint64_t)1 << 51) - 1};
    static const uint64_t duration[] = {1,
                                        2,
                                        3,
                                        7999,
                                        8001,
                                        UINT32_MAX - 1,
                                        UINT32_MAX,
                                        (uint64_t)UINT32_MAX + 1,
                                        ((uint64_t)1 << 44) - 1};
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (size_t k = 0; k < 27; k++)
            for (uint64_t less = 0; less < 100; less++) {
                uint64_t o[8], d[8], whole[8], low[8], high[8];
                const struct weir_log_hist_rates rates = {.whole = whole, .low = low, .high = high};
                for (size_t i = 0; i < 8; i++) {
                    o[i] = octets[k % 3] - less;
                    d[i] = duration[k / 3];
                }
                cr_assert(ops->rates(o, d, 8, &rates));
                const weir_u128 scaled = ((weir_u128)(8000 * o[0]) << 20) / d[0];
                for (size_t i = 0; i < 8; i++)
                    cr_assert(whole[i] == (uint64_t)(scaled >> 20) &&
                                  ((weir_u128)high[i] << 48) + low[i] == scaled,
                              "%s: %zu / %zu", name, (size_t)o[0], (size_t)d[0]);
            }
}

Test(log_hist, rates_refuse_what_64_bits_do_not_hold)
{
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (size_t bad = 0; bad < 27; bad++) {
            uint64_t octets[27] = {0}, duration[27] = {0}, whole[27];
            const struct weir_log_hist_rates rates = {.whole = whole};
            cr_assert(ops->rates(octets, duration, 27, &rates));
            octets[bad] = (uint64_t)1 << 51;
            cr_assert(!ops->rates(octets, duration, 27, &rates), "%s: octets %zu", name, bad);
            octets[bad] = 0;
            duration[bad] = (uint64_t)1 << 44;
            cr_assert(!ops->rates(octets, duration, 27, &rates), "%s: duration %zu", name, bad);
        }
}

/* --- index and add in one pass --------------------------------------------------------------- */

/* Values of few bins or of any; the spare entries count for the bin of the hot value. */
static void check_tally(const struct weir_log_hist_ops *ops, const char *name, size_t n,
                        const struct weir_log_hist_tally *like)
{
    static uint64_t x[N_MAX + 8], column_data[WEIR_LOG_HIST_COLUMNS_MAX][N_MAX + 8];
    static uint32_t index[N_MAX];
    struct weir_log_hist_tally tally = *like;
    const uint64_t *column[WEIR_LOG_HIST_COLUMNS_MAX];
    const size_t stride = weir_log_hist_stride(tally.n_columns);
    const size_t n_entries = weir_log_hist_entries(tally.bin_exp) + WEIR_LOG_HIST_SPARE_ENTRIES;
    const size_t bytes = (n_entries * stride * sizeof(uint64_t) + 63) / 64 * 64;
    uint64_t *want = calloc(1, bytes);
    uint64_t bits[WEIR_LOG_HIST_COLUMNS_MAX];
    tally.table = aligned_alloc(64, bytes);
    memset(tally.table, 0, bytes);
    tally.column = column;
    for (size_t i = 0; i < N_MAX + 8; i++)
        x[i] = n % 2 == 0 ? random_u64() % 3 : hostile_u64();
    for (size_t c = 0; c < tally.n_columns; c++) {
        fill(column_data[c], N_MAX + 8);
        column[c] = column_data[c] + (n + c) % 8;
    }
    ops->tally(&tally, x + n % 8, n, bits);
    weir_log_hist_ref.index(x + n % 8, n, tally.bin_exp, index);
    weir_log_hist_ref.add(want, index, n, column, tally.n_columns);
    for (size_t k = 0; k < WEIR_LOG_HIST_SPARE_ENTRIES * stride; k++) {
        uint64_t *spare = tally.table + (n_entries - WEIR_LOG_HIST_SPARE_ENTRIES) * stride + k;
        tally.table[tally.hot * stride + k % stride] += *spare;
        cr_assert(tally.has_hot || *spare == 0, "%s: %zu records, a spare entry", name, n);
        *spare = 0;
    }
    cr_assert(memcmp(tally.table, want, bytes) == 0, "%s: %zu records, %zu columns, b = %u", name,
              n, tally.n_columns, tally.bin_exp);
    for (size_t c = 0; c < tally.n_columns; c++)
        cr_assert(bits[c] == weir_log_hist_ref.bits_or(column[c], n), "%s: bits", name);
    free(tally.table);
    free(want);
}

Test(log_hist, tally)
{
    const struct weir_log_hist_ops *ops = NULL;
    const char *name = NULL;
    for (int row = 0; next_variant(&row, &ops, &name);)
        for (unsigned bin_exp = 1; bin_exp <= WEIR_LOG_HIST_EXP_MAX; bin_exp += 3)
            for (size_t n_columns = 2; n_columns <= WEIR_LOG_HIST_COLUMNS_MAX; n_columns++)
                for (size_t n = bin_exp; n <= N_MAX; n += 7) {
                    const struct weir_log_hist_tally like = {.bin_exp = bin_exp,
                                                             .has_hot = n % 3 != 0,
                                                             .hot = n % 3 / 2,
                                                             .n_columns = n_columns};
                    check_tally(ops, name, n, &like);
                }
}
