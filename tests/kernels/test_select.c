/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection kernels: every variant against a plain loop, for short lengths, odd places and masks
 * of all densities. */
#include "check.h"
#include "select.h"

#define LENGTH_MAX 300
#define SLACK      64 /* bytes around each array that must stay as they were */
#define CANARY     0xA5

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Calls `test` for every variant that this machine can run; there must be the reference at least.
 */
static void for_each_variant(void (*test)(const char *level, const struct weir_select_ops *ops))
{
    struct weir_kernel_row row;
    int n = 0;
    for (int i = 0; weir_kernel_row(i, &row); i++)
        if (strcmp(row.module, "select") == 0 && row.cpu <= weir_cpu_detect()) {
            test(weir_cpu_name(row.cpu), row.ops);
            n++;
        }
    cr_assert(n > 0);
}

/* Masks of five kinds: none, all, rare, half, runs. */
static void fill_mask(uint8_t *mask, size_t n, unsigned kind)
{
    unsigned run = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t dice = random_u64() >> 8;
        if (kind == 4 && dice % 40 == 0)
            run ^= 1;
        const bool choice[] = {false, true, dice % 16 == 0, dice % 2 == 0, run != 0};
        mask[i] = choice[kind];
    }
}

static void check_compress(const char *level, const struct weir_select_ops *ops, size_t bytes,
                           size_t n, const uint8_t *mask)
{
    const size_t shift = (random_u64() >> 20) % 8 * bytes; /* aligned to the value, not to more */
    unsigned char *in = malloc(n * bytes + shift + 1);
    unsigned char *out = malloc(n * bytes + shift + SLACK);
    unsigned char *want = malloc(n * bytes + 1);
    cr_assert(in != NULL && out != NULL && want != NULL);
    for (size_t i = 0; i < n * bytes; i++)
        in[shift + i] = (unsigned char)(random_u64() >> 30);
    memset(out, CANARY, n * bytes + shift + SLACK);
    size_t n_want = 0;
    for (size_t i = 0; i < n; i++)
        if (mask[i])
            memcpy(want + bytes * n_want++, in + shift + i * bytes, bytes);
    const size_t got = ops->compress(in + shift, bytes, mask, n, out + shift);
    cr_assert_eq(got, n_want, "%s: %zu of %zu values of %zu bytes instead of %zu", level, got, n,
                 bytes, n_want);
    cr_assert(memcmp(out + shift, want, n_want * bytes) == 0,
              "%s: wrong values, n = %zu, %zu bytes", level, n, bytes);
    for (size_t i = 0; i < shift; i++)
        cr_assert_eq(out[i], CANARY);
    for (size_t i = n * bytes + shift; i < n * bytes + shift + SLACK; i++)
        cr_assert_eq(out[i], CANARY, "%s: wrote behind the end, n = %zu, %zu bytes", level, n,
                     bytes);
    free(in);
    free(out);
    free(want);
}

static void check_variant(const char *level, const struct weir_select_ops *ops)
{
    for (size_t n = 0; n <= LENGTH_MAX; n++)
        for (unsigned kind = 0; kind < 5; kind++) {
            const size_t shift = random_u64() >> 59;
            uint8_t *block = malloc(shift + n + 1);
            cr_assert(block != NULL);
            uint8_t *mask = block + shift;
            mask[n] = 1; /* must not be looked at */
            fill_mask(mask, n, kind);
            size_t want = 0;
            for (size_t i = 0; i < n; i++)
                want += mask[i];
            const size_t got = ops->count(mask, n);
            cr_assert_eq(got, want, "%s: %zu of %zu instead of %zu", level, got, n, want);
            for (size_t bytes = 1; bytes <= 8; bytes *= 2)
                check_compress(level, ops, bytes, n, mask);
            free(block);
        }
}

Test(select, variants_agree_with_a_plain_loop)
{
    for_each_variant(check_variant);
}

/* Every pattern of 16 neighbours, between others: shuffle tables have no untested row. */
static void check_patterns(const char *level, const struct weir_select_ops *ops)
{
    uint8_t mask[80];
    for (unsigned pattern = 0; pattern < 1U << 16; pattern += 7) {
        fill_mask(mask, sizeof mask, 3);
        for (unsigned j = 0; j < 16; j++)
            mask[16 + j] = pattern >> j & 1;
        check_compress(level, ops, (size_t)1 << pattern % 4, sizeof mask, mask);
    }
}

Test(select, patterns)
{
    for_each_variant(check_patterns);
}

static void check_long(const char *level, const struct weir_select_ops *ops)
{
    enum { N = 1 << 17 };
    uint8_t *mask = malloc(N);
    cr_assert(mask != NULL);
    memset(mask, 1, N);
    cr_assert_eq(ops->count(mask, N), (size_t)N, "%s: long counts", level);
    free(mask);
}

Test(select, long_masks)
{
    for_each_variant(check_long);
}
