/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan against a plain loop: slices, filters, branches and inputs in every mixture, any number
 * of threads, and which of several errors wins. */
#include "check.h"
#include "scan.h"

#include <sys/stat.h>

#define N_TRACES 3

static char top[4096];
static struct weir_run run;
static struct weir_error err;
static const char *const traces[N_TRACES] = {"a", "b", "c"};
static const size_t lengths[N_TRACES] = {200000, 0, 70001};
static const size_t total = 270001;

/* Record i of the concatenation has packets = i and prot = i % 5. */
static void make_trace(const char *path, uint64_t first, size_t n)
{
    char name[256];
    uint64_t *packets = calloc(n + 1, sizeof *packets);
    uint8_t *prot = calloc(n + 1, sizeof *prot);
    for (size_t i = 0; i < n; i++) {
        packets[i] = first + i;
        prot[i] = (uint8_t)((first + i) % 5);
    }
    cr_assert(mkdir(path, 0777) == 0);
    snprintf(name, sizeof name, "%s/packets.Q", path);
    check_write_file(name, packets, n * sizeof *packets);
    snprintf(name, sizeof name, "%s/prot.B", path);
    check_write_file(name, prot, n * sizeof *prot);
    free(packets);
    free(prot);
}

static void set_up(void)
{
    check_enter_directory(top, sizeof top);
    weir_mem_init(&run.mem, SIZE_MAX);
    run.cpu = weir_cpu_detect();
    run.n_threads = 1;
    weir_kernels_choose(run.cpu, &run.kernels);
    uint64_t first = 0;
    for (int t = 0; t < N_TRACES; t++) {
        make_trace(traces[t], first, lengths[t]);
        first += lengths[t];
    }
}

static void tear_down(void)
{
    CHECK_NO_LEAK(&run.mem);
    check_leave_directory(top);
}

TestSuite(scan, .init = set_up, .fini = tear_down);

/* An ordered sink that keeps the packets values it gets. */
struct collector {
    uint64_t *values;
    size_t n;
    struct {
        uint64_t values[1 << 17];
        size_t n;
        size_t place;
    } lanes[8];
    uint64_t poison; /* refuse this value; UINT64_MAX: none */
};

static enum weir_status collect(void *state, size_t lane, const struct weir_batch *batch,
                                size_t *bad, struct weir_error *error)
{
    struct collector *c = state;
    const uint64_t *packets = batch->field[WEIR_PACKETS].data;
    for (size_t i = 0; i < batch->n; i++) {
        if (packets[i] == c->poison) {
            *bad = i;
            return weir_error_set(error, WEIR_LIMIT, "poisoned");
        }
        c->lanes[lane].values[c->lanes[lane].n++] = packets[i];
    }
    return WEIR_OK;
}

static enum weir_status collect_place(void *state, size_t lane, struct weir_error *error)
{
    (void)error;
    struct collector *c = state;
    c->lanes[lane].place = c->n;
    c->n += c->lanes[lane].n;
    return WEIR_OK;
}

static enum weir_status collect_put(void *state, size_t lane, struct weir_error *error)
{
    (void)error;
    struct collector *c = state;
    memcpy(c->values + c->lanes[lane].place, c->lanes[lane].values,
           c->lanes[lane].n * sizeof *c->values);
    c->lanes[lane].n = 0;
    return WEIR_OK;
}

static struct collector *new_collector(void)
{
    struct collector *c = calloc(1, sizeof *c);
    c->values = calloc(total, sizeof *c->values);
    c->poison = UINT64_MAX;
    return c;
}

static void free_collector(struct collector *c)
{
    free(c->values);
    free(c);
}

static struct weir_consumer consumer_of(struct collector *c)
{
    return (struct weir_consumer){.state = c,
                                  .fields = WEIR_FIELD_BIT(WEIR_PACKETS),
                                  .add = collect,
                                  .place = collect_place,
                                  .put = collect_put};
}

static enum weir_status scan_traces(struct weir_scan_branch *branches, size_t n_branches)
{
    const struct weir_source_request request = {.paths = traces,
                                                .n_paths = N_TRACES,
                                                .fields = WEIR_FIELD_BIT(WEIR_PACKETS) |
                                                          WEIR_FIELD_BIT(WEIR_PROT)};
    struct weir_source *source = NULL;
    CHECK_OK(weir_source_open(&request, &run, &source, &err));
    const enum weir_status status = weir_scan(&run, source, branches, n_branches, NULL, &err);
    weir_source_close(source);
    return status;
}

/* What a plain loop over the records answers. */
static size_t expect(struct weir_slice in, bool filtered, struct weir_slice out, uint64_t *values)
{
    size_t n = 0;
    uint64_t passed = 0;
    for (uint64_t i = 0; i < total; i++) {
        if (i < in.skip || i - in.skip >= in.count || (filtered && i % 5 != 3))
            continue;
        if (passed >= out.skip && passed - out.skip < out.count)
            values[n++] = i;
        passed++;
    }
    return n;
}

static const struct weir_slice slices[] = {
    {0, UINT64_MAX},     {1, UINT64_MAX}, {0, 0},      {0, 1},
    {4095, 2},           {65535, 70000},  {199999, 2}, {270000, 5},
    {300000, 7},         {100, 40000},    {0, 270001}, {UINT64_MAX, UINT64_MAX},
    {54000, UINT64_MAX}, {53999, 3},
};
#define N_SLICES (sizeof slices / sizeof *slices)

Test(scan, every_slice_and_filter_equals_a_plain_loop)
{
    struct weir_filter *filter = NULL;
    CHECK_OK(weir_filter_parse("prot == 3", &run.mem, &filter, &err));
    uint64_t *want = calloc(total, sizeof *want);
    for (size_t i = 0; i < N_SLICES; i++)
        for (size_t o = 0; o < N_SLICES; o++)
            for (int f = 0; f < 2; f++) {
                run.n_threads = (int[]){1, 2, 7}[(i + o + (size_t)f) % 3];
                struct collector *c = new_collector();
                const struct weir_consumer consumer = consumer_of(c);
                struct weir_scan_branch branch = {.in = slices[i],
                                                  .out = slices[o],
                                                  .filter = f ? filter : NULL,
                                                  .consumers = &consumer,
                                                  .n_consumers = 1};
                CHECK_OK(scan_traces(&branch, 1));
                const size_t n = expect(slices[i], f != 0, slices[o], want);
                cr_assert(c->n == n, "slices %zu %zu filter %d: %zu instead of %zu records", i, o,
                          f, c->n, n);
                cr_assert(memcmp(c->values, want, n * sizeof *want) == 0,
                          "slices %zu %zu filter %d: other records or another order", i, o, f);
                cr_assert(branch.records_used == n);
                free_collector(c);
            }
    free(want);
    weir_filter_free(filter);
}

Test(scan, counts_do_not_depend_on_threads)
{
    struct weir_filter *filter = NULL;
    CHECK_OK(weir_filter_parse("prot == 3", &run.mem, &filter, &err));
    struct weir_scan_branch first = {0};
    for (int t = 1; t <= 8; t++) {
        run.n_threads = t;
        struct collector *c = new_collector();
        const struct weir_consumer consumer = consumer_of(c);
        struct weir_scan_branch branch = {.in = {10, UINT64_MAX},
                                          .out = {5, 15000},
                                          .filter = filter,
                                          .consumers = &consumer,
                                          .n_consumers = 1};
        CHECK_OK(scan_traces(&branch, 1));
        if (t == 1)
            first = branch;
        cr_assert(branch.records_read == first.records_read &&
                      branch.records_filtered == first.records_filtered &&
                      branch.records_used == 15000,
                  "%d threads: other counts", t);
        free_collector(c);
    }
    weir_filter_free(filter);
}

Test(scan, branches_share_a_pass_and_do_not_disturb_each_other)
{
    uint64_t *want = calloc(total, sizeof *want);
    struct weir_filter *filter = NULL;
    CHECK_OK(weir_filter_parse("prot == 3", &run.mem, &filter, &err));
    for (int t = 1; t <= 7; t += 3) {
        run.n_threads = t;
        struct collector *collectors[4];
        struct weir_consumer consumers[4];
        for (int i = 0; i < 4; i++) {
            collectors[i] = new_collector();
            consumers[i] = consumer_of(collectors[i]);
        }
        struct weir_scan_branch branches[3] = {
            {.in = WEIR_SLICE_ALL, .out = {7, 100}, .consumers = consumers, .n_consumers = 1},
            {.in = {70000, 1000},
             .out = WEIR_SLICE_ALL,
             .filter = filter,
             .consumers = consumers + 1,
             .n_consumers = 2},
            {.in = WEIR_SLICE_ALL,
             .out = WEIR_SLICE_ALL,
             .consumers = consumers + 3,
             .n_consumers = 1}};
        CHECK_OK(scan_traces(branches, 3));
        cr_assert(collectors[0]->n == expect(branches[0].in, false, branches[0].out, want));
        const size_t n = expect(branches[1].in, true, branches[1].out, want);
        for (int i = 1; i < 3; i++)
            cr_assert(collectors[i]->n == n &&
                      memcmp(collectors[i]->values, want, n * sizeof *want) == 0);
        cr_assert(collectors[3]->n == total && collectors[3]->values[total - 1] == total - 1);
        for (int i = 0; i < 4; i++)
            free_collector(collectors[i]);
    }
    weir_filter_free(filter);
    free(want);
}

Test(scan, the_earliest_error_wins_and_is_located)
{
    struct weir_filter *filter = NULL; /* fails from record 70000 on */
    CHECK_OK(weir_filter_parse("1 // (packets < 70000)", &run.mem, &filter, &err));
    for (int t = 1; t <= 8; t++) {
        run.n_threads = t;
        struct collector *c = new_collector();
        c->poison = 66000;
        const struct weir_consumer consumer = consumer_of(c);
        struct weir_scan_branch branches[2] = {
            {.in = WEIR_SLICE_ALL, .out = WEIR_SLICE_ALL, .filter = filter, .n_consumers = 0},
            {.in = WEIR_SLICE_ALL,
             .out = WEIR_SLICE_ALL,
             .consumers = &consumer,
             .n_consumers = 1}};
        CHECK_STATUS(scan_traces(branches, 2), WEIR_LIMIT);
        CHECK_MESSAGE("a, record 66001: poisoned");
        free_collector(c);
        c = new_collector();
        const struct weir_consumer harmless = consumer_of(c);
        branches[1].consumers = &harmless;
        CHECK_STATUS(scan_traces(branches, 2), WEIR_LIMIT);
        CHECK_MESSAGE("a, record 70001: ");
        free_collector(c);
    }
    weir_filter_free(filter);
}

Test(scan, what_lies_behind_the_last_wanted_record_is_not_looked_at)
{
    static const char text[] = "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9\n"
                               "2, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 8, 8, 9\n"
                               "rubbish\n";
    check_write_file("bad.csv", text, sizeof text - 1);
    const char *const paths[] = {"bad.csv"};
    const struct weir_source_request request = {
        .paths = paths, .n_paths = 1, .fields = WEIR_FIELD_BIT(WEIR_PACKETS)};
    for (uint64_t count = 1; count <= 3; count++) {
        struct weir_source *source = NULL;
        CHECK_OK(weir_source_open(&request, &run, &source, &err));
        struct collector *c = new_collector();
        const struct weir_consumer consumer = consumer_of(c);
        struct weir_scan_branch branch = {
            .in = {0, count}, .out = WEIR_SLICE_ALL, .consumers = &consumer, .n_consumers = 1};
        CHECK_STATUS(weir_scan(&run, source, &branch, 1, NULL, &err),
                     count < 3 ? WEIR_OK : WEIR_FORMAT);
        if (count < 3)
            cr_assert(c->n == count && c->values[count - 1] == 6 + count);
        else
            CHECK_MESSAGE("bad.csv:3");
        free_collector(c);
        weir_source_close(source);
    }
}

Test(scan, records_behind_a_full_output_slice_are_not_judged)
{
    struct weir_filter *filter = NULL; /* fails from record 70000 on, in the middle of a batch */
    CHECK_OK(weir_filter_parse("1 // (packets < 70000)", &run.mem, &filter, &err));
    for (int t = 1; t <= 8; t++)
        for (uint64_t count = 69998; count <= 70001; count++) {
            run.n_threads = t;
            struct collector *c = new_collector();
            struct collector *other = new_collector();
            const struct weir_consumer consumers[2] = {consumer_of(c), consumer_of(other)};
            struct weir_scan_branch branches[2] = {{.in = WEIR_SLICE_ALL,
                                                    .filter = filter,
                                                    .out = {1, count - 1},
                                                    .consumers = &consumers[0],
                                                    .n_consumers = 1},
                                                   {.in = WEIR_SLICE_ALL,
                                                    .out = WEIR_SLICE_ALL,
                                                    .consumers = &consumers[1],
                                                    .n_consumers = 1}};
            for (size_t n_branches = 1; n_branches <= 2; n_branches++) {
                c->n = 0;
                CHECK_STATUS(scan_traces(branches, n_branches),
                             count <= 70000 ? WEIR_OK : WEIR_LIMIT);
                if (count > 70000)
                    CHECK_MESSAGE("a, record 70001: ");
                else
                    cr_assert(c->n == count - 1 && c->values[0] == 1 &&
                              c->values[c->n - 1] == count - 1);
                for (size_t lane = 0; lane < 8; lane++)
                    c->lanes[lane].n = other->lanes[lane].n = 0;
                other->n = 0;
            }
            free_collector(c);
            free_collector(other);
        }
    weir_filter_free(filter);
}

Test(scan, an_input_that_cannot_be_opened_behind_the_slice_does_no_harm)
{
    static const unsigned char cut[12] = {0x0c, 0xa5, 1}; /* an nfcapd file, but only its start */
    check_write_file("cut.nfcapd", cut, sizeof cut);
    const char *const paths[] = {"c", "cut.nfcapd"};
    const struct weir_source_request request = {
        .paths = paths, .n_paths = 2, .fields = WEIR_FIELD_BIT(WEIR_PACKETS)};
    run.progress = true;
    for (int i = 0; i < 100; i++) {
        run.n_threads = 1 + i % 8;
        struct weir_source *source = NULL;
        CHECK_OK(weir_source_open(&request, &run, &source, &err));
        struct collector *c = new_collector();
        const struct weir_consumer consumer = consumer_of(c);
        struct weir_scan_branch branch = {
            .in = {0, 70001}, .out = WEIR_SLICE_ALL, .consumers = &consumer, .n_consumers = 1};
        CHECK_OK(weir_scan(&run, source, &branch, 1, NULL, &err));
        cr_assert(c->n == 70001);
        free_collector(c);
        weir_source_close(source);
    }
    run.progress = false;
}

Test(scan, a_trace_that_changes_meanwhile_is_refused)
{
    static const double score[1] = {1};
    check_write_file("a/packets.Q", score, sizeof score);
    check_write_file("a/prot.B", score, 1);
    check_write_file("a/score.B", score, 1);
    const char *const paths[] = {"a"};
    const struct weir_source_request request = {.paths = paths, .n_paths = 1, .everything = true};
    static const char *const replacements[] = {NULL, "a/score.d"};
    for (size_t i = 0; i < 2; i++) {
        struct weir_source *source = NULL;
        CHECK_OK(weir_source_open(&request, &run, &source, &err));
        cr_assert(weir_source_schema(source)->n_custom == 1);
        cr_assert(unlink("a/score.B") == 0);
        if (replacements[i] != NULL)
            check_write_file(replacements[i], score, sizeof score);
        struct collector *c = new_collector();
        const struct weir_consumer consumer = consumer_of(c);
        struct weir_scan_branch branch = {
            .in = WEIR_SLICE_ALL, .out = WEIR_SLICE_ALL, .consumers = &consumer, .n_consumers = 1};
        CHECK_STATUS(weir_scan(&run, source, &branch, 1, NULL, &err), WEIR_FORMAT);
        CHECK_MESSAGE("a: its columns changed meanwhile");
        free_collector(c);
        weir_source_close(source);
        check_write_file("a/score.B", score, 1);
    }
}

Test(scan, types_without_a_common_one_matter_only_when_all_columns_are_wanted)
{
    static const int64_t packets[1] = {270001};
    cr_assert(mkdir("signed", 0777) == 0);
    check_write_file("signed/packets.q", packets, sizeof packets);
    check_write_file("signed/prot.B", packets, 1);
    const char *const paths[] = {"a", "signed"};
    struct weir_source_request request = {
        .paths = paths, .n_paths = 2, .fields = WEIR_FIELD_BIT(WEIR_PACKETS)};
    struct weir_source *source = NULL;
    CHECK_OK(weir_source_open(&request, &run, &source, &err));
    weir_source_close(source);
    request.everything = true;
    CHECK_STATUS(weir_source_open(&request, &run, &source, &err), WEIR_FORMAT);
    CHECK_MESSAGE("signed: column packets");
}

Test(scan, every_failing_allocation_is_reported)
{
    struct weir_filter *filter = NULL;
    CHECK_OK(weir_filter_parse("prot == 3", &run.mem, &filter, &err));
    const size_t before = atomic_load(&run.mem.used_bytes);
    const struct weir_source_request request = {
        .paths = traces, .n_paths = N_TRACES, .everything = true};
    for (long long n = 0;; n++) {
        run.n_threads = (int)(n % 2) + 1;
        struct weir_source *source = NULL;
        struct collector *c = new_collector();
        const struct weir_consumer consumer = consumer_of(c);
        struct weir_scan_branch branch = {.in = WEIR_SLICE_ALL,
                                          .out = WEIR_SLICE_ALL,
                                          .filter = filter,
                                          .consumers = &consumer,
                                          .n_consumers = 1};
        weir_mem_fail_after(&run.mem, n);
        enum weir_status status = weir_source_open(&request, &run, &source, &err);
        if (status == WEIR_OK) {
            status = weir_scan(&run, source, &branch, 1, NULL, &err);
            weir_source_close(source);
        }
        const bool reached = atomic_load(&run.mem.fail_after) < 0;
        weir_mem_fail_after(&run.mem, -1);
        cr_assert(atomic_load(&run.mem.used_bytes) == before, "request %lld: a leak", n);
        free_collector(c);
        if (!reached) {
            CHECK_STATUS(status, WEIR_OK);
            break;
        }
        cr_assert(status == WEIR_MEMORY, "request %lld: %s", n, weir_status_name(status));
    }
    weir_filter_free(filter);
}
