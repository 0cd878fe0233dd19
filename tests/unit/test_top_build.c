/* SPDX-License-Identifier: GPL-3.0-or-later */
/* top_build: tops against brute force in 128 bits, over lanes, shares of memory and orders; every
 * request for memory fails once. What keys look like is tested by cli/top. */
#include "check.h"
#include "top_build.h"

#define N_RECORDS 40000
#define N_VALUES  150 /* of each of two fields: many keys repeat, most differ */

static uint64_t random_state = 0x243f6a8885a308d3;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint16_t sp[N_RECORDS];
static uint64_t inif[N_RECORDS];
static uint64_t packets[N_RECORDS];
static uint64_t octets[N_RECORDS];

/* Sums near 2^64 and beyond, keys of all sizes, many equal sums. */
static void make_records(void)
{
    for (size_t i = 0; i < N_RECORDS; i++) {
        sp[i] = (uint16_t)(random_u64() % N_VALUES);
        inif[i] = random_u64() % N_VALUES * 0x1234567890abcdULL;
        packets[i] = random_u64() % 3;
        octets[i] = random_u64() % 4 == 0 ? random_u64() : UINT64_MAX;
    }
}

struct row {
    uint64_t inif, sp;
    uint64_t flows;
    weir_u128 packets, octets;
};

static enum weir_top_order wanted_order;

static int compare_keys(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->inif != y->inif)
        return x->inif < y->inif ? -1 : 1;
    return (x->sp > y->sp) - (x->sp < y->sp);
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    const weir_u128 of_x[] = {x->octets, x->packets, x->flows};
    const weir_u128 of_y[] = {y->octets, y->packets, y->flows};
    if (of_x[wanted_order] != of_y[wanted_order])
        return of_x[wanted_order] > of_y[wanted_order] ? -1 : 1;
    return compare_keys(a, b);
}

/* All rows in order; returns how many. */
static size_t expect_rows(struct row *rows, enum weir_top_order order)
{
    for (size_t i = 0; i < N_RECORDS; i++)
        rows[i] = (struct row){inif[i], sp[i], 1, packets[i], octets[i]};
    qsort(rows, N_RECORDS, sizeof *rows, compare_keys);
    size_t n = 0;
    for (size_t i = 0; i < N_RECORDS; i++) {
        if (n != 0 && compare_keys(&rows[n - 1], &rows[i]) == 0) {
            rows[n - 1].flows++;
            rows[n - 1].packets += rows[i].packets;
            rows[n - 1].octets += rows[i].octets;
        } else {
            rows[n++] = rows[i];
        }
    }
    wanted_order = order;
    qsort(rows, n, sizeof *rows, compare_rows);
    return n;
}

static enum weir_status build_top(struct weir_mem *mem, size_t n_lanes, size_t budget_bytes,
                                  enum weir_top_order order, uint64_t n,
                                  struct weir_top_build **build, struct weir_top *top,
                                  struct weir_error *err)
{
    struct weir_top_request request = {.scratch = "/tmp", .budget_bytes = budget_bytes, .mem = mem};
    enum weir_status status = weir_top_keys_parse("inif,sp", &request.keys, err);
    if (status == WEIR_OK)
        status = weir_top_build_new(&request, build, err);
    if (status != WEIR_OK)
        return status;
    struct weir_schema schema = {0};
    schema.field[WEIR_INIF] = WEIR_U64;
    schema.field[WEIR_SP] = WEIR_U16;
    weir_top_build_layout(*build, &schema);
    const struct weir_consumer consumer = weir_top_build_consumer(*build);
    status = consumer.begin(consumer.state, n_lanes, err);
    for (size_t i = 0; i < N_RECORDS && status == WEIR_OK;) {
        const size_t left = N_RECORDS - i;
        struct weir_batch batch = {.n = left < 1000 ? left : 1000};
        batch.field[WEIR_INIF] = (struct weir_column){inif + i, WEIR_U64};
        batch.field[WEIR_SP] = (struct weir_column){sp + i, WEIR_U16};
        batch.field[WEIR_PACKETS] = (struct weir_column){packets + i, WEIR_U64};
        batch.field[WEIR_OCTETS] = (struct weir_column){octets + i, WEIR_U64};
        size_t bad = SIZE_MAX;
        status = consumer.add(consumer.state, i / 1000 % n_lanes, &batch, &bad, err);
        i += batch.n;
    }
    return status == WEIR_OK ? weir_top_build_finish(*build, order, n, top, err) : status;
}

static void check_top(const struct weir_top *top, const struct row *rows, size_t n_rows, uint64_t n)
{
    cr_assert(top->n_keys == n_rows);
    cr_assert(top->n_rows == (n < n_rows ? n : n_rows));
    for (size_t i = 0; i < top->n_rows; i++) {
        const uint64_t *entry = top->entries + i * top->entry_words;
        const struct weir_top_sums sums = weir_top_sums(entry, top->keys->n_words);
        cr_assert(weir_top_keys_value(top->keys, 0, entry) == rows[i].inif, "row %zu", i);
        cr_assert(weir_top_keys_value(top->keys, 1, entry) == rows[i].sp, "row %zu", i);
        cr_assert(sums.flows == rows[i].flows && sums.packets == rows[i].packets &&
                      sums.octets == rows[i].octets,
                  "row %zu", i);
    }
    struct weir_top_sums total = {0};
    for (size_t i = 0; i < n_rows; i++) {
        total.flows += rows[i].flows;
        total.packets += rows[i].packets;
        total.octets += rows[i].octets;
    }
    cr_assert(top->total.flows == total.flows && top->total.packets == total.packets &&
              top->total.octets == total.octets);
}

/* Budgets: all in memory; several spills a lane; tables of 64 entries. Limits: as much as there is;
 * so little that ranges are split when lanes are combined. */
Test(top_build, equals_brute_force)
{
    static const size_t lanes[] = {1, 2, 7};
    static const size_t budgets[] = {(size_t)64 << 20, (size_t)512 << 10, 1};
    static const size_t limits[] = {SIZE_MAX, (size_t)2500 << 10};
    static const uint64_t wanted[] = {1, 10, 1000000};
    struct row *rows = malloc(N_RECORDS * sizeof *rows);
    cr_assert(rows != NULL);
    make_records();
    size_t turn = 0;
    for (size_t l = 0; l < 3; l++)
        for (size_t b = 0; b < 3; b++)
            for (size_t m = 0; m < 2; m++, turn++) {
                struct weir_error err = {{0}};
                struct weir_mem mem;
                struct weir_top_build *build = NULL;
                struct weir_top top;
                const enum weir_top_order order = (enum weir_top_order)(turn % 3);
                const uint64_t n = m == 0 ? wanted[turn / 3 % 3] : 10;
                weir_mem_init(&mem, limits[m]);
                CHECK_OK(build_top(&mem, lanes[l], budgets[b], order, n, &build, &top, &err));
                const size_t n_rows = expect_rows(rows, order);
                check_top(&top, rows, n_rows, n);
                weir_top_build_free(build);
                CHECK_NO_LEAK(&mem);
            }
    free(rows);
}

Test(top_build, every_request_for_memory_fails)
{
    make_records();
    size_t n_failed = 0;
    for (long long n = 0; n < 60; n++) {
        struct weir_error err = {{0}};
        struct weir_mem mem;
        struct weir_top_build *build = NULL;
        struct weir_top top;
        weir_mem_init(&mem, SIZE_MAX);
        weir_mem_fail_after(&mem, n);
        const enum weir_status status =
            build_top(&mem, 2, (size_t)512 << 10, WEIR_TOP_BY_OCTETS, 500, &build, &top, &err);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%s", err.message);
        n_failed += status == WEIR_MEMORY;
        weir_top_build_free(build);
        CHECK_NO_LEAK(&mem);
    }
    cr_assert(n_failed >= 8, "%zu", n_failed);
}

Test(top_build, nothing_gives_nothing)
{
    struct weir_error err = {{0}};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_top_request request = {.scratch = "/tmp", .mem = &mem};
    struct weir_top_build *build = NULL;
    struct weir_top top;
    CHECK_OK(weir_top_keys_parse("sa/24:48,prot", &request.keys, &err));
    CHECK_OK(weir_top_build_new(&request, &build, &err));
    CHECK_OK(weir_top_build_finish(build, WEIR_TOP_BY_FLOWS, 3, &top, &err));
    cr_assert(top.n_rows == 0 && top.n_keys == 0 && top.total.flows == 0);
    weir_top_build_free(build);
    weir_top_build_free(NULL);
    CHECK_NO_LEAK(&mem);
}
