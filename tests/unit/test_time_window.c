/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of time: texts and their ms, and which flows a filter within a window lets through. */
#include "check.h"
#include "cpu.h"
#include "filter.h"
#include "time_window.h"

static struct weir_mem mem;
static struct weir_error err;
static struct weir_kernels kernels;

static void start(void)
{
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
}

static void stop(void)
{
    CHECK_NO_LEAK(&mem);
}

TestSuite(time_window, .init = start, .fini = stop);

/* The numbers are those of `date -u -d ... +%s`. */
Test(time_window, texts)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0", 0},
        {"1433962800", 1433962800000},
        {"1433962800.2", 1433962800200},
        {"1433962800.25", 1433962800250},
        {"1433962800.256", 1433962800256},
        {"1433962800.006", 1433962800006},
        {"2015-06-10T19:00", 1433962800000},
        {"2015-06-10T19:00Z", 1433962800000},
        {"2015-06-10T21:00:00.5+02:00", 1433962800500},
        {"1969-12-31T23:59:59", -1000},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        weir_i128 ms = 1;
        CHECK_OK(weir_time_parse(good[i].text, &ms, &err));
        cr_assert(ms == good[i].ms, "%s", good[i].text);
    }
    weir_i128 ms = 0;
    CHECK_OK(weir_time_parse("18446744073709551615.999", &ms, &err));
    cr_assert(ms == (weir_i128)UINT64_MAX * 1000 + 999);
    static const char *const bad[] = {"",
                                      " ",
                                      "x",
                                      "-1",
                                      "+1",
                                      "1.",
                                      ".1",
                                      "1.0000",
                                      "1,5",
                                      "1e3",
                                      "0x10",
                                      "1 ",
                                      "18446744073709551616",
                                      "1.2.3.4",
                                      "::1",
                                      "2015-06-10",
                                      "2015-06-10T19",
                                      "2015-06-10T19:00 ",
                                      "2015-06-10T19:00:00.0001",
                                      "2015-13-01T00:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_STATUS(weir_time_parse(bad[i], &ms, &err), WEIR_USAGE);
        CHECK_MESSAGE("expected a time as in 2015-06-10T19:00 or seconds since 1970, but found \"");
        CHECK_MESSAGE(bad[i]);
    }
}

Test(time_window, windows)
{
    struct weir_time_window window;
    struct weir_time_window other;
    CHECK_OK(weir_time_window_parse(NULL, NULL, &window, &err));
    cr_assert(!window.has_begin && !window.has_end);
    CHECK_OK(weir_time_window_parse("5", NULL, &window, &err));
    CHECK_OK(weir_time_window_parse("5.000", NULL, &other, &err));
    cr_assert(weir_time_window_equal(&window, &other));
    CHECK_OK(weir_time_window_parse("5", "5", &other, &err));
    cr_assert(!weir_time_window_equal(&window, &other));
    CHECK_OK(weir_time_window_parse("5", "6", &window, &err));
    cr_assert(!weir_time_window_equal(&window, &other));
    CHECK_STATUS(weir_time_window_parse("5.001", "5", &window, &err), WEIR_USAGE);
    CHECK_MESSAGE("--to: expected a time at or after --from 5.001, but found 5");
    CHECK_STATUS(weir_time_window_parse("x", "5", &window, &err), WEIR_USAGE);
    CHECK_MESSAGE("--from: expected a time");
    CHECK_STATUS(weir_time_window_parse("5", "x", &window, &err), WEIR_USAGE);
    CHECK_MESSAGE("--to: expected a time");
}

#define N 6

/* Begins of flows in s and ms. */
static const uint32_t first[N] = {9, 10, 10, 11, 11, 12};
static const uint16_t first_ms[N] = {999, 0, 500, 0, 1, 0};
static const uint8_t prot[N] = {6, 17, 6, 6, 0, 6};

static struct weir_batch flows(void)
{
    struct weir_batch batch = {.n = N};
    batch.field[WEIR_FIRST] = (struct weir_column){first, WEIR_U32};
    batch.field[WEIR_FIRST_MS] = (struct weir_column){first_ms, WEIR_U16};
    batch.field[WEIR_PROT] = (struct weir_column){prot, WEIR_U8};
    return batch;
}

static enum weir_status run(const char *text, const char *from, const char *to,
                            const struct weir_batch *batch, char *passed)
{
    struct weir_time_window window;
    struct weir_filter *filter = NULL;
    struct weir_filter_lane *lane = NULL;
    uint8_t mask[N];
    size_t n_selected = 0;
    size_t bad = 0;
    CHECK_OK(weir_time_window_parse(from, to, &window, &err));
    enum weir_status status = weir_filter_parse_within(text, &window, &mem, &filter, &err);
    if (status == WEIR_OK)
        status = weir_filter_lane_new(filter, &kernels, &mem, &lane, &err);
    if (status == WEIR_OK)
        status = weir_filter_run(lane, batch, mask, &n_selected, &bad, &err);
    for (size_t i = 0; i < N && status == WEIR_OK; i++)
        passed[i] = mask[i] ? '1' : '0';
    passed[N] = '\0';
    weir_filter_lane_free(lane);
    weir_filter_free(filter);
    return status;
}

Test(time_window, flows_within)
{
    static const struct {
        const char *text, *from, *to, *passed;
    } cases[] = {
        {"", "10", NULL, "011111"},
        {"", NULL, "11", "111000"},
        {"", "10", "11", "011000"},
        {"", "10.001", "11.001", "001100"},
        {"", "9.999", "10", "100000"},
        {"", "10", "10", "000000"},
        {"", "0", "18446744073709551615.999", "111111"},
        {"", "1969-12-31T23:59:59.5", NULL, "111111"},
        {"", NULL, "1969-12-31T23:59:59", "000000"},
        {"prot == 6", "10", "12", "001100"},
        {"prot", "10", "12", "011100"},
        {"prot == 17 or prot == 6", "10.5", NULL, "001101"},
        {"prot == 6", NULL, NULL, "101101"},
        {"1", "11", NULL, "000111"},
        {"0", "11", NULL, "000000"},
        {"100 // prot > 4", NULL, "11.001", "111100"}, /* prot 0 lies outside */
    };
    const struct weir_batch batch = flows();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char passed[N + 1];
        CHECK_OK(run(cases[i].text, cases[i].from, cases[i].to, &batch, passed));
        cr_assert_str_eq(passed, cases[i].passed, "%s, %s, %s: %s", cases[i].text, cases[i].from,
                         cases[i].to, passed);
    }
}

Test(time_window, failures)
{
    char passed[N + 1];
    struct weir_batch batch = flows();
    CHECK_STATUS(run("100 // prot > 5", NULL, "11.002", &batch, passed), WEIR_LIMIT);
    CHECK_MESSAGE("column 5: expected another divisor");
    CHECK_STATUS(run("prot ==", "1", NULL, &batch, passed), WEIR_USAGE);
    CHECK_MESSAGE("column 8: expected a field");
    CHECK_STATUS(run(" ", "1", NULL, &batch, passed), WEIR_USAGE);
    CHECK_STATUS(run("port", "1", NULL, &batch, passed), WEIR_USAGE);
    CHECK_MESSAGE("column 1: expected a comparison");
    static const double huge[N] = {9, 10, 10, 1e38, 11, 12};
    batch.field[WEIR_FIRST] = (struct weir_column){huge, WEIR_F64};
    CHECK_OK(run("", "10", NULL, &batch, passed));
    cr_assert_str_eq(passed, "011111");
    CHECK_STATUS(run("", "10.5", NULL, &batch, passed), WEIR_FORMAT);
    CHECK_MESSAGE("field 'first': expected a time in seconds");
    batch.field[WEIR_FIRST_MS] = (struct weir_column){0};
    CHECK_OK(run("", "10", "12.000", &batch, passed));
    CHECK_STATUS(run("", "10", "12.001", &batch, passed), WEIR_FORMAT);
    CHECK_MESSAGE("expected field 'first_ms'");
}

Test(time_window, equal_filters)
{
    struct weir_filter *filter[4];
    struct weir_time_window window;
    CHECK_OK(weir_time_window_parse("5", NULL, &window, &err));
    CHECK_OK(weir_filter_parse_within("prot", &window, &mem, &filter[0], &err));
    CHECK_OK(weir_filter_parse_within("prot", &window, &mem, &filter[1], &err));
    CHECK_OK(weir_filter_parse_within("", &window, &mem, &filter[2], &err));
    CHECK_OK(weir_filter_parse("prot", &mem, &filter[3], &err));
    cr_assert(weir_filter_equal(filter[0], filter[1]));
    cr_assert(!weir_filter_equal(filter[0], filter[2]));
    cr_assert(!weir_filter_equal(filter[0], filter[3]));
    cr_assert_str_empty(weir_filter_text(filter[2]));
    cr_assert_eq(weir_filter_fields(filter[2]), WEIR_FIELD_BIT(WEIR_FIRST));
    for (size_t i = 0; i < 4; i++)
        weir_filter_free(filter[i]);
}

Test(time_window, every_allocation_may_fail)
{
    const struct weir_batch batch = flows();
    char passed[N + 1];
    enum weir_status status = WEIR_MEMORY;
    long long n = 0;
    for (; status != WEIR_OK; n++) {
        cr_assert_lt(n, 100);
        weir_mem_fail_after(&mem, n);
        status = run("100 // (prot + 1) > 5 and prot in {6, 17}", "9.5", "11.5", &batch, passed);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY);
        CHECK_NO_LEAK(&mem);
    }
    cr_assert_geq(n, 6);
    weir_mem_fail_after(&mem, -1);
}
