/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do data look sampled: divisors over lanes, types, and what is no number of packets. */
#include "check.h"
#include "sampling.h"

#define N 4000

static struct weir_mem mem;
static struct weir_error err;
static uint64_t packets[N];

static void start(void)
{
    weir_mem_init(&mem, SIZE_MAX);
}

static void stop(void)
{
    CHECK_NO_LEAK(&mem);
}

TestSuite(sampling, .init = start, .fini = stop);

/* The divisor of the first n packets, cut into batches that go to the lanes in turn. */
static uint64_t divisor_of(size_t n, size_t n_lanes, size_t batch_records)
{
    struct weir_sampling *sampling = NULL;
    CHECK_OK(weir_sampling_new(n_lanes, &mem, &sampling, &err));
    const struct weir_consumer consumer = weir_sampling_consumer(sampling);
    cr_assert_eq(consumer.fields, WEIR_FIELD_BIT(WEIR_PACKETS));
    for (size_t begin = 0, k = 0; begin < n; begin += batch_records, k++) {
        struct weir_batch batch = {.n = n - begin < batch_records ? n - begin : batch_records};
        size_t bad = SIZE_MAX;
        batch.field[WEIR_PACKETS] = (struct weir_column){packets + begin, WEIR_U64};
        CHECK_OK(consumer.add(consumer.state, k % n_lanes, &batch, &bad, &err));
    }
    const uint64_t divisor = weir_sampling_divisor(sampling);
    weir_sampling_free(sampling);
    return divisor;
}

Test(sampling, common_divisor)
{
    cr_assert_eq(weir_common_divisor(0, 0), 0);
    cr_assert_eq(weir_common_divisor(0, 7), 7);
    cr_assert_eq(weir_common_divisor(7, 0), 7);
    cr_assert_eq(weir_common_divisor(12, 18), 6);
    cr_assert_eq(weir_common_divisor(UINT64_MAX, UINT64_MAX - 1), 1);
    cr_assert_eq(weir_common_divisor((uint64_t)1 << 63, 6), 2);
}

/* One record that is no multiple shows, wherever it is. */
Test(sampling, every_record_counts)
{
    for (size_t n_lanes = 1; n_lanes <= 7; n_lanes += 3)
        for (size_t batch = 1; batch <= 1024; batch = batch * 5 + 3) {
            for (size_t i = 0; i < N; i++)
                packets[i] = 35 * (i % 7);
            cr_assert_eq(divisor_of(N, n_lanes, batch), 35);
            cr_assert_eq(divisor_of(WEIR_SAMPLING_RECORDS, n_lanes, batch), 35);
            cr_assert_eq(divisor_of(WEIR_SAMPLING_RECORDS - 1, n_lanes, batch), 1);
            for (size_t odd = 0; odd < N; odd += 307) {
                const uint64_t kept = packets[odd];
                packets[odd] = 14;
                cr_assert_eq(divisor_of(N, n_lanes, batch), 7);
                packets[odd] = 1;
                cr_assert_eq(divisor_of(N, n_lanes, batch), 1);
                packets[odd] = kept;
            }
        }
    memset(packets, 0, sizeof packets);
    cr_assert_eq(divisor_of(N, 2, 100), 1);
    packets[N - 1] = UINT64_MAX;
    cr_assert_eq(divisor_of(N, 2, 100), UINT64_MAX);
    cr_assert_eq(divisor_of(0, 2, 100), 1);
}

Test(sampling, other_types)
{
    static double reals[WEIR_SAMPLING_RECORDS];
    struct weir_batch batch = {.n = WEIR_SAMPLING_RECORDS};
    for (size_t i = 0; i < WEIR_SAMPLING_RECORDS; i++)
        reals[i] = 10;
    for (int round = 0; round < 3; round++) {
        struct weir_sampling *sampling = NULL;
        CHECK_OK(weir_sampling_new(1, &mem, &sampling, &err));
        const struct weir_consumer consumer = weir_sampling_consumer(sampling);
        size_t bad = SIZE_MAX;
        reals[700] = round == 1 ? 10.5 : 10;
        batch.field[WEIR_PACKETS] = (struct weir_column){reals, WEIR_F64};
        if (round == 2)
            batch.field[WEIR_PACKETS] = (struct weir_column){0};
        CHECK_OK(consumer.add(consumer.state, 0, &batch, &bad, &err));
        cr_assert_eq(bad, SIZE_MAX);
        cr_assert_eq(weir_sampling_divisor(sampling), round == 0 ? 10 : 1);
        weir_sampling_free(sampling);
    }
    weir_sampling_free(NULL);
    for (int n = 0; n < 2; n++) {
        struct weir_sampling *sampling = NULL;
        weir_mem_fail_after(&mem, n);
        CHECK_STATUS(weir_sampling_new(1, &mem, &sampling, &err), WEIR_MEMORY);
    }
    weir_mem_fail_after(&mem, -1);
}
