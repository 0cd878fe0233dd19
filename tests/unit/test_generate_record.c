/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times, keys and parts of generated records: ranks by brute force, addresses without repetition,
 * gaps of a Poisson process, and parts that add up to their flow and that merge would join. */
#include "check.h"
#include "generate_option.h"
#include "generate_record.h"

#include <math.h>

static struct weir_mem mem;
static struct weir_error err;
static struct weir_record_buffers buffers;

static void parse_pool(const char *text, struct weir_pool *pool, enum weir_status want)
{
    const struct weir_words words = {1, &text};
    weir_mem_init(&mem, SIZE_MAX);
    weir_pool_init(pool, 0, &mem);
    CHECK_STATUS(weir_pool_parse("sources", &words, pool, &err), want);
}

/* Every piece of a Zipf table has the sum of its ranks' shares. */
static void check_ranks(const char *text, double s)
{
    struct weir_pool pool;
    const uint64_t n = 65536;
    double total = 0, all = 0;
    parse_pool(text, &pool, WEIR_OK);
    for (uint64_t k = 1; k <= n; k++)
        total += pow((double)k, -s);
    for (size_t i = 0; i < pool.table.sample.n; i++)
        all += pool.table.weight[i];
    uint64_t next = 0;
    for (size_t i = 0; i < pool.table.sample.n; i++) {
        const struct weir_sample_piece *piece = &pool.table.piece[i];
        double want = 0;
        cr_assert_eq(piece->lo, next);
        next += piece->width;
        for (uint64_t k = piece->lo + 1; k <= next; k++)
            want += pow((double)k, -s);
        const double got = pool.table.weight[i] / all;
        cr_assert(fabs(got * total / want - 1) < 2e-6, "%s: rank %g: %g instead of %g", text,
                  (double)piece->lo, got, want / total);
    }
    cr_assert_eq(next, n);
    weir_pool_release(&pool);
    CHECK_NO_LEAK(&mem);
}

Test(generate_record, ranks_follow_zipf)
{
    check_ranks("10.1.0.0/16:zipf:1.1", 1.1);
    check_ranks("10.1.0.0/16:zipf:1", 1);
    check_ranks("10.1.0.0/16*7:zipf:0.4", 0.4);
    check_ranks("10.1.0.0/16:zipf:3", 3);
    check_ranks("10.1.0.0/16", 0);
}

Test(generate_record, addresses_are_those_of_prefixes)
{
    static uint32_t address[4][4096];
    static uint64_t x[4096];
    static bool seen[4096];
    uint32_t *const to[4] = {address[0], address[1], address[2], address[3]};
    static const char *const texts[] = {"10.9.0.0/24", "10.1.16.0/20:zipf:1.2", "192.0.2.7/32"};
    const struct weir_words words = {3, (const char **)(uintptr_t)texts};
    struct weir_pool pool;
    weir_mem_init(&mem, SIZE_MAX);
    weir_pool_init(&pool, 0, &mem);
    CHECK_OK(weir_pool_parse("sources", &words, &pool, &err));
    cr_assert_eq(pool.af, 2);
    for (uint64_t i = 0; i < 4096; i++)
        x[i] = 256 + i;
    weir_pool_addresses(&pool, x, 4096, to);
    for (size_t i = 0; i < 4096; i++) {
        cr_assert_eq(address[3][i] >> 12, 0x0a011000 >> 12);
        cr_assert(!seen[address[3][i] & 4095] && address[0][i] == 0 && address[2][i] == 0);
        seen[address[3][i] & 4095] = true;
    }
    x[0] = 255;
    x[1] = 256 + 4096;
    weir_pool_addresses(&pool, x, 2, to);
    cr_assert(address[3][0] >> 8 == 0x0a0900 && address[3][1] == 0xc0000207);
    weir_pool_release(&pool);

    parse_pool("2001:db8:1::/48", &pool, WEIR_OK);
    cr_assert_eq(pool.af, 10);
    x[0] = ((uint64_t)1 << 48) - 1;
    weir_pool_addresses(&pool, x, 1, to);
    cr_assert(address[0][0] == 0x20010db8 && address[1][0] >> 16 == 1);
    weir_pool_release(&pool);
    CHECK_NO_LEAK(&mem);
}

/* Every bit behind a prefix is set in half of its addresses, whatever its length, and any two of
 * them differ in as many bits as others do. */
Test(generate_record, all_bits_of_addresses_vary)
{
    static uint32_t address[4][4096];
    static uint64_t x[4096];
    uint32_t *const to[4] = {address[0], address[1], address[2], address[3]};
    static const struct {
        const char *text;
        unsigned bits;
    } prefixes[] = {{"::/0", 128},         {"2001:db8::/32", 96}, {"2001:db8::/57:zipf:1", 71},
                    {"2001:db8::/64", 64}, {"2001:db8::/76", 52}, {"10.0.0.0/8:zipf:0.9", 24}};
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        struct weir_pool pool;
        parse_pool(prefixes[p].text, &pool, WEIR_OK);
        for (uint64_t i = 0; i < 4096; i++)
            x[i] = i % 2 == 0 ? i / 2 : i << (pool.prefix->number_bits - 12);
        weir_pool_addresses(&pool, x, 4096, to);
        for (unsigned bit = 0; bit < prefixes[p].bits; bit++) {
            const uint32_t *word = address[3 - bit / 32];
            unsigned n_set = 0, n_changed = 0;
            for (size_t i = 0; i < 4096; i++) {
                n_set += word[i] >> bit % 32 & 1;
                n_changed += (word[i] ^ word[(i + 2) % 4096]) >> bit % 32 & 1;
            }
            cr_assert(n_set > 1600 && n_set < 2500, "%s: bit %u is set in %u", prefixes[p].text,
                      bit, n_set);
            cr_assert(n_changed > 200, "%s: bit %u changes %u times", prefixes[p].text, bit,
                      n_changed);
        }
        weir_pool_release(&pool);
    }
}

/* Sources and destinations of one prefix: the first is not the same, and flows from an address to
 * itself are as rare as chance makes them: with equal ranks the sum below is 1.6, else 0.15 in the
 * mean. */
Test(generate_record, pools_rank_in_orders_of_their_own)
{
    static uint32_t address[2][4][256];
    static const char *const texts[] = {"10.1.0.0/16:zipf:1", "10.1.0.0/24:zipf:1",
                                        "10.1.0.0/30:zipf:1", "10.1.0.0/31:zipf:1"};
    for (size_t p = 0; p < sizeof texts / sizeof *texts; p++) {
        struct weir_pool pool[2];
        const struct weir_words words = {1, (const char **)(uintptr_t)&texts[p]};
        uint64_t x[256];
        double same = 0;
        weir_mem_init(&mem, SIZE_MAX);
        for (size_t i = 0; i < 256; i++)
            x[i] = i;
        for (uint64_t k = 0; k < 2; k++) {
            uint32_t *const to[4] = {address[k][0], address[k][1], address[k][2], address[k][3]};
            weir_pool_init(&pool[k], k, &mem);
            CHECK_OK(weir_pool_parse("x", &words, &pool[k], &err));
            weir_pool_addresses(&pool[k], x, (size_t)1 << (p == 0 ? 8 : pool[k].prefix->bits), to);
        }
        cr_assert_neq(address[0][3][0], address[1][3][0]);
        for (size_t i = 0; i < 256; i++)
            for (size_t k = 0; k < 256; k++)
                if (address[0][3][i] == address[1][3][k])
                    same += 1 / (double)((i + 1) * (k + 1));
        cr_assert(p > 1 || same < 0.5, "%s: %g", texts[p], same);
        weir_pool_release(&pool[0]);
        weir_pool_release(&pool[1]);
        CHECK_NO_LEAK(&mem);
    }
}

Test(generate_record, bad_pools_are_refused)
{
    static const char *const bad[] = {"10.0.0.1/8",   "10.0.0.0/33",         "10.0.0/8",
                                      "10.0.0.0/8*0", "10.0.0.0/8*x",        "10.0.0.0/8:zipf:0",
                                      "10.0.0.0/",    "10.0.0.0/8:zipf:11",  "10.0.0.0/8:zipf:",
                                      "::1/64",       "2001:db8::/32:zipf:", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weir_pool pool;
        parse_pool(bad[i], &pool, WEIR_USAGE);
        CHECK_MESSAGE(bad[i]);
        weir_pool_release(&pool);
    }
    CHECK_NO_LEAK(&mem);
}

/* --- arrivals ----------------------------------------------------------------------------------
 */

#define N_FLOWS    300
#define N_ARRIVALS (3 * WEIR_ARRIVAL_BLOCK + 1000)

/* Gaps of a Poisson process have the cdf 1 - exp(-t): the largest distance times the root of their
 * number exceeds 2.7 once in a million. Blocks go on where the last one ended. */
Test(generate_record, arrivals_are_a_poisson_process)
{
    static uint64_t at[N_ARRIVALS];
    static double count[512];
    struct weir_run run = {.n_threads = 2};
    struct weir_arrivals arrivals;
    const struct weir_arrivals_request request = {.text = "poisson:0.001",
                                                  .start = "86400",
                                                  .seed = 4,
                                                  .n_records = N_ARRIVALS,
                                                  .n_wanted = N_ARRIVALS,
                                                  .run = &run};
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(WEIR_CPU_REF, &run.kernels);
    weir_arrivals_init(&arrivals, &mem);
    CHECK_OK(weir_arrivals_make(&request, &arrivals, &err));
    for (uint64_t from = 0; from < N_ARRIVALS; from += WEIR_ARRIVAL_BLOCK) {
        double elapsed = NAN;
        for (uint64_t i = from; i < from + WEIR_ARRIVAL_BLOCK && i < N_ARRIVALS; i += 1000) {
            uint64_t end =
                i + 1000 < from + WEIR_ARRIVAL_BLOCK ? i + 1000 : from + WEIR_ARRIVAL_BLOCK;
            end = end < N_ARRIVALS ? end : N_ARRIVALS;
            weir_arrivals_fill(&arrivals, run.kernels.philox, i, (size_t)(end - i), &elapsed,
                               at + i);
        }
    }
    for (size_t i = 0; i < N_ARRIVALS; i++) {
        const uint64_t before = i == 0 ? 86400000 : at[i - 1];
        cr_assert(at[i] >= before);
        const double gap = (double)(at[i] - before) / 1e6;
        count[gap < 5.11 ? (size_t)(gap * 100) : 511]++;
    }
    double below = 0, distance = 0;
    for (int c = 0; c < 511; c++) {
        below += count[c] / N_ARRIVALS;
        distance = fmax(distance, fabs(below - (1 - exp(-(c + 1) / 100.))));
    }
    cr_assert(distance * sqrt(N_ARRIVALS) < 2.7, "%g", distance * sqrt(N_ARRIVALS));
    const double z =
        ((double)(at[N_ARRIVALS - 1] - 86400000) / 1e6 - N_ARRIVALS) / sqrt(N_ARRIVALS);
    cr_assert(fabs(z) < 4.9, "%g standard errors", z);
    weir_arrivals_release(&arrivals);
    CHECK_NO_LEAK(&mem);
}

/* Arrivals in ages to come are late, and not of another time. */
Test(generate_record, late_arrivals_stay_late)
{
    double sum[] = {0, 1e12, 2e12};
    struct weir_run run;
    const struct weir_arrivals arrivals = {.gap_ms = 1e9, .start_ms = 5, .n = 2, .sum = sum};
    weir_kernels_choose(WEIR_CPU_REF, &run.kernels);
    for (uint64_t block = 0; block < 2; block++) {
        double elapsed = NAN;
        weir_arrivals_fill(&arrivals, run.kernels.philox, block * WEIR_ARRIVAL_BLOCK, N_FLOWS,
                           &elapsed, buffers.begin_ms);
        memcpy(buffers.end_ms, buffers.begin_ms, sizeof buffers.end_ms);
        cr_assert_eq(weir_record_check(&buffers, 1), block == 0);
        cr_assert(block == 0 || buffers.begin_ms[0] == ((uint64_t)1 << 62) + 5);
    }
}

/* --- parts -------------------------------------------------------------------------------------
 */

/* Flows of all lengths, from none to hours, with few packets and many. */
static void make_flows(void)
{
    for (size_t i = 0; i < N_FLOWS; i++) {
        buffers.packets[i] = 1 + (uint64_t)pow(1.06, (double)(i * 7919 % N_FLOWS));
        buffers.octets[i] = buffers.packets[i] * (40 + i * 37 % 1400) + i;
        buffers.begin_ms[i] = 1000000 + 997 * i;
        buffers.end_ms[i] =
            buffers.begin_ms[i] + (uint64_t)pow(1.055, (double)(i * 104729 % N_FLOWS));
        buffers.prot[i] = (uint8_t)i;
    }
}

static uint64_t first_ms(size_t k)
{
    return (uint64_t)buffers.out.first[k] * 1000 + buffers.out.first_ms[k];
}

static uint64_t last_ms(size_t k)
{
    return (uint64_t)buffers.out.last[k] * 1000 + buffers.out.last_ms[k];
}

/* Goes through the records of flow `i`, which begin at record `k`; returns the end of them. */
static size_t check_flow(const struct weir_record_complete *complete, size_t i, size_t k)
{
    uint64_t packets = 0, octets = 0;
    const size_t begin = k;
    cr_assert_eq(first_ms(k), buffers.begin_ms[i]);
    for (; packets < buffers.packets[i]; k++) {
        cr_assert_eq(buffers.out.prot[k], (uint8_t)i);
        cr_assert(last_ms(k) >= first_ms(k));
        cr_assert(buffers.out.packets[k] > 0);
        if (k > begin) {
            cr_assert(first_ms(k) - last_ms(k - 1) < complete->idle_ms);
            cr_assert(first_ms(k) - first_ms(k - 1) >= complete->active_ms);
            cr_assert(last_ms(k - 1) - first_ms(k - 1) < complete->active_ms);
            cr_assert(last_ms(k - 1) - first_ms(k - 1) >= complete->active_ms - complete->idle_ms);
        }
        packets += buffers.out.packets[k];
        octets += buffers.out.octets[k];
    }
    cr_assert(packets == buffers.packets[i] && octets == buffers.octets[i]);
    cr_assert_eq(last_ms(k - 1), buffers.end_ms[i]);
    return k;
}

Test(generate_record, parts_are_what_merge_joins)
{
    const struct weir_record_complete complete = {.active_ms = 60000, .idle_ms = 15000};
    struct weir_record_place place = {0};
    size_t k = 0, n_whole = 0;
    make_flows();
    const size_t n = weir_record_take(&complete, &buffers, N_FLOWS, &place);
    cr_assert(n > N_FLOWS + 100 && n < WEIR_BATCH_RECORDS, "%zu records", n);
    for (size_t i = 0; i < N_FLOWS; i++) {
        const size_t begin = k;
        k = check_flow(&complete, i, k);
        n_whole += k == begin + 1 && buffers.end_ms[i] - buffers.begin_ms[i] > 60000;
    }
    cr_assert_eq(k, n);
    cr_assert(n_whole > 5, "%zu long flows with pauses", n_whole);
    cr_assert_eq(weir_record_take(&complete, &buffers, N_FLOWS, &place), 0);
    cr_assert_eq(weir_record_check(&buffers, N_FLOWS), N_FLOWS);
    buffers.end_ms[7] = (uint64_t)1000 << 32;
    cr_assert_eq(weir_record_check(&buffers, N_FLOWS), 7);
}

/* Without a timeout every flow is one record, also those without packets. */
Test(generate_record, flows_stay_whole)
{
    const struct weir_record_complete complete = {0};
    struct weir_record_place place = {0};
    make_flows();
    buffers.packets[5] = 0;
    buffers.octets[5] = 0;
    cr_assert_eq(weir_record_take(&complete, &buffers, N_FLOWS, &place), N_FLOWS);
    for (size_t i = 0; i < N_FLOWS; i++)
        cr_assert(buffers.out.packets[i] == buffers.packets[i] &&
                  buffers.out.octets[i] == buffers.octets[i] && last_ms(i) == buffers.end_ms[i]);
}
