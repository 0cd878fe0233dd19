/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox: every variant against the known answers that its authors publish, and against the bits of
 * the reference for all short lengths, also where records pass 2^32 and wrap at 2^64. */
#include "check.h"
#include "philox.h"

#define N 100

static void for_each_variant(void (*test)(const char *level, const struct weir_philox_ops *ops))
{
    struct weir_kernel_row row;
    int n = 0;
    for (int i = 0; weir_kernel_row(i, &row); i++)
        if (strcmp(row.module, "philox") == 0 && row.cpu <= weir_cpu_detect()) {
            test(weir_cpu_name(row.cpu), row.ops);
            n++;
        }
    cr_assert(n > 0);
}

static uint64_t join(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

/* philox4x32 with 10 rounds in kat_vectors of Random123: counter, key, answer. */
static void check_answers(const char *level, const struct weir_philox_ops *ops)
{
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
         {UINT32_MAX, UINT32_MAX},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        uint32_t got[WEIR_PHILOX_WORDS];
        uint32_t *const word[WEIR_PHILOX_WORDS] = {&got[0], &got[1], &got[2], &got[3]};
        const uint32_t *counter = known[k].counter;
        ops->fill(join(known[k].key[0], known[k].key[1]), join(counter[2], counter[3]),
                  join(counter[0], counter[1]), 1, word);
        for (int w = 0; w < WEIR_PHILOX_WORDS; w++)
            cr_assert_eq(got[w], known[k].answer[w], "%s, vector %zu, word %d: %08x", level, k, w,
                         got[w]);
    }
}

Test(philox, gives_the_known_answers)
{
    for_each_variant(check_answers);
}

static void check_bits(const char *level, const struct weir_philox_ops *ops)
{
    static const uint64_t firsts[] = {0, UINT32_MAX - 20, UINT64_MAX - 30};
    static uint32_t got[WEIR_PHILOX_WORDS][N + 1], want[WEIR_PHILOX_WORDS][N + 1];
    uint32_t *const to[WEIR_PHILOX_WORDS] = {got[0], got[1], got[2], got[3]};
    uint32_t *const from[WEIR_PHILOX_WORDS] = {want[0], want[1], want[2], want[3]};
    struct weir_kernels reference;
    weir_kernels_choose(WEIR_CPU_REF, &reference);
    for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++)
        for (size_t n = 0; n <= N; n++) {
            memset(got, 77, sizeof got);
            memset(want, 77, sizeof want);
            reference.philox->fill(0x123456789abcdef0, 0xfedcba9876543210, firsts[f], n, from);
            ops->fill(0x123456789abcdef0, 0xfedcba9876543210, firsts[f], n, to);
            cr_assert(memcmp(got, want, sizeof got) == 0, "%s: other bits for %zu records", level,
                      n);
        }
}

Test(philox, variants_give_the_same_bits)
{
    for_each_variant(check_bits);
}

static void check_places(const char *level, const struct weir_philox_ops *ops)
{
    uint32_t all[WEIR_PHILOX_WORDS][N], one[WEIR_PHILOX_WORDS];
    uint32_t *const to_all[WEIR_PHILOX_WORDS] = {all[0], all[1], all[2], all[3]};
    uint32_t *const to_one[WEIR_PHILOX_WORDS] = {&one[0], &one[1], &one[2], &one[3]};
    ops->fill(5, 3, 1000, N, to_all);
    for (size_t i = 0; i < N; i++) {
        ops->fill(5, 3, 1000 + i, 1, to_one);
        for (int w = 0; w < WEIR_PHILOX_WORDS; w++)
            cr_assert_eq(one[w], all[w][i], "%s: record %zu depends on its neighbours", level, i);
    }
}

Test(philox, a_record_depends_on_its_number_alone)
{
    for_each_variant(check_places);
}
