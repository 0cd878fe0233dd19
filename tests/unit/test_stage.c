/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stages against plain loops over what was written into the inputs: direct and staged, every way of
 * choosing records, every kind of input, any number of threads. */
#include "check.h"
#include "driver.h"
#include "stage.h"

#include <sys/stat.h>

#define N_TRACES 3

/* Memory, a quarter of which holds less than half of the records. */
#define LITTLE_BYTES ((size_t)8 << 20)

static char top[4096];
static struct weir_run run;
static struct weir_error err;
static const char *const traces[N_TRACES] = {"a", "b", "c"};
static const size_t lengths[N_TRACES] = {200000, 0, 70001};
static const size_t total = 270001;

/* Record i of the concatenation. */
static uint64_t packets_of(uint64_t i)
{
    return i * 7919;
}
static uint8_t prot_of(uint64_t i)
{
    return (uint8_t)(i % 5);
}
static double score_of(uint64_t i)
{
    return (double)i / 8;
}

static void make_trace(const char *path, uint64_t first, size_t n)
{
    char name[256];
    uint64_t *packets = calloc(n + 1, sizeof *packets);
    uint8_t *prot = calloc(n + 1, sizeof *prot);
    double *score = calloc(n + 1, sizeof *score);
    for (size_t i = 0; i < n; i++) {
        packets[i] = packets_of(first + i);
        prot[i] = prot_of(first + i);
        score[i] = score_of(first + i);
    }
    cr_assert(mkdir(path, 0777) == 0);
    snprintf(name, sizeof name, "%s/packets.Q", path);
    check_write_file(name, packets, n * sizeof *packets);
    snprintf(name, sizeof name, "%s/prot.B", path);
    check_write_file(name, prot, n * sizeof *prot);
    snprintf(name, sizeof name, "%s/score.d", path);
    check_write_file(name, score, n * sizeof *score);
    free(packets);
    free(prot);
    free(score);
}

static void set_up(void)
{
    check_enter_directory(top, sizeof top);
    weir_mem_init(&run.mem, SIZE_MAX);
    run.cpu = weir_cpu_detect();
    run.n_threads = 1;
    run.quiet = true;
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

TestSuite(stage, .init = set_up, .fini = tear_down);

/* --- a command that stages its records and lets a test look at them -------------------------- */

struct look {
    struct weir_scan_params params; /* first, as in every command */
    void (*check)(const struct weir_columns *columns, uint64_t begin, uint64_t n, void *context);
    void *context;
    bool was_direct;
    int n_looks;
    struct weir_report report;
};

static enum weir_status look_prepare(struct weir_step *step, struct weir_error *error)
{
    struct weir_stage *stage = NULL;
    const enum weir_status status = weir_stage_new(step, &stage, error);
    step->state = stage;
    if (status == WEIR_OK)
        step->consumer = weir_stage_consumer(stage, NULL, NULL);
    return status;
}

static void look_at(struct weir_step *step, const struct weir_report *report)
{
    struct look *look = step->params;
    uint64_t begin = 0;
    uint64_t n = 0;
    const struct weir_columns *columns = weir_stage_columns(step->state, &begin, &n);
    cr_assert(begin + n <= weir_columns_records(columns));
    look->n_looks++;
    look->report = *report;
    if (look->check != NULL)
        look->check(columns, begin, n, look->context);
}

static enum weir_status look_combine(struct weir_step *step, bool *done, struct weir_report *report,
                                     struct weir_error *error)
{
    struct look *look = step->params;
    cr_assert(!*done);
    const enum weir_status status = weir_stage_open_direct(step->state, done, error);
    look->was_direct = *done;
    if (status != WEIR_OK || !*done)
        return status;
    weir_stage_report(step->state, report);
    look_at(step, report);
    return WEIR_OK;
}

static enum weir_status look_finish(struct weir_step *step, struct weir_report *report,
                                    struct weir_error *error)
{
    const enum weir_status status = weir_stage_open_scratch(step->state, error);
    if (status == WEIR_OK)
        look_at(step, report);
    return status;
}

static void look_release(struct weir_step *step)
{
    weir_stage_free(step->state);
    step->state = NULL;
}

static const struct weir_command command = {.name = "look",
                                            .prepare = look_prepare,
                                            .combine = look_combine,
                                            .finish = look_finish,
                                            .release = look_release};

static struct look look_of(const char *const *paths, size_t n_paths)
{
    return (struct look){
        .params = {.paths = {.word = (const char **)(uintptr_t)paths, .n = n_paths},
                   .output = "out/result"}};
}

static enum weir_status try_look(struct look *look)
{
    struct weir_step step = {.command = &command, .name = "look", .run = &run, .params = look};
    enum weir_status status = weir_driver_prepare(&step, &err);
    if (status == WEIR_OK)
        status = weir_driver_scan(&run, &step, 1, &err);
    weir_driver_release(&step);
    return status;
}

/* --- expected records ------------------------------------------------------------------------ */

struct expected {
    uint64_t *index; /* of the records in the concatenation of the inputs */
    size_t n;
};

static void check_expected(const struct weir_columns *columns, uint64_t begin, uint64_t n,
                           void *context)
{
    const struct expected *expected = context;
    const struct weir_schema *schema = weir_columns_schema(columns);
    cr_assert(n == expected->n, "%llu records instead of %zu", (unsigned long long)n, expected->n);
    cr_assert(schema->n_custom == 1 && strcmp(schema->custom[0].name, "score") == 0);
    cr_assert(schema->field[WEIR_PACKETS] == WEIR_U64 && schema->field[WEIR_PROT] == WEIR_U8);
    cr_assert(schema->field[WEIR_OCTETS] == WEIR_TYPE_NONE);
    struct weir_batch batch;
    struct weir_column custom[1];
    for (uint64_t at = 0; at < n;) {
        const size_t count = n - at < 1000 ? (size_t)(n - at) : 1000;
        weir_columns_view(columns, begin + at, count, &batch);
        weir_columns_view_custom(columns, begin + at, custom);
        for (size_t i = 0; i < count; i++, at++) {
            const uint64_t want = expected->index[at];
            cr_assert(((const uint64_t *)batch.field[WEIR_PACKETS].data)[i] == packets_of(want) &&
                          ((const uint8_t *)batch.field[WEIR_PROT].data)[i] == prot_of(want) &&
                          ((const double *)custom[0].data)[i] == score_of(want),
                      "record %llu is not %llu", (unsigned long long)at, (unsigned long long)want);
        }
    }
}

/* What --skip-in, --count-in, "prot > 1" when `filtered`, --skip-out, --count-out choose. */
static struct expected choose(const struct weir_scan_params *params, uint64_t first, uint64_t n,
                              bool filtered)
{
    struct expected expected = {.index = calloc(n + 1, sizeof *expected.index)};
    uint64_t passed = 0;
    for (uint64_t i = 0; i < n; i++) {
        if ((int64_t)i < params->skip_in)
            continue;
        if (params->count_in_given && (int64_t)i >= params->skip_in + params->count_in)
            continue;
        if (filtered && prot_of(first + i) <= 1)
            continue;
        const int64_t place = (int64_t)passed++;
        if (place < params->skip_out)
            continue;
        if (params->count_out_given && place >= params->skip_out + params->count_out)
            continue;
        expected.index[expected.n++] = first + i;
    }
    return expected;
}

static void look_for(struct look *look, struct expected *expected, bool direct)
{
    static const int n_threads[] = {1, 2, 7};
    look->check = check_expected;
    look->context = expected;
    for (size_t t = 0; t < sizeof n_threads / sizeof *n_threads; t++) {
        run.n_threads = n_threads[t];
        look->n_looks = 0;
        CHECK_OK(try_look(look));
        cr_assert(look->n_looks == 1 && look->was_direct == direct);
        cr_assert(look->report.records_used == expected->n && look->report.scans == 1);
        cr_assert(look->report.combined == NULL && strcmp(look->report.row_name, "records") == 0);
    }
    free(expected->index);
}

Test(stage, one_trace_is_used_where_it_lies)
{
    struct look look = look_of(traces, 1);
    struct expected expected = choose(&look.params, 0, lengths[0], false);
    look_for(&look, &expected, true);
    cr_assert(look.report.n_inputs == 1 && look.report.records_read == lengths[0]);
    cr_assert(look.report.bytes_read == lengths[0] * (8 + 1 + 8));
    look.params.in_format = "binary";
    expected = choose(&look.params, 0, lengths[0], false);
    look_for(&look, &expected, true);
}

Test(stage, a_range_of_a_trace_is_used_where_it_lies)
{
    static const int64_t ranges[][2] = {{5, 100},     {-3, 7},     {199999, 10},
                                        {200000, 10}, {300000, 1}, {150000, INT64_MAX / 2}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct look look = look_of(traces, 1);
        look.params.skip_in = ranges[i][0] < 0 ? 0 : ranges[i][0];
        look.params.count_in = ranges[i][1];
        look.params.count_in_given = true;
        struct expected expected = choose(&look.params, 0, lengths[0], false);
        look.params.skip_in = ranges[i][0];
        look_for(&look, &expected, true);
        cr_assert(look.report.bytes_read == 0, "only a part was read");
    }
    struct look none = look_of(traces, 1);
    none.params.count_in = -1;
    none.params.count_in_given = true;
    struct expected expected = {.index = calloc(1, 8)};
    look_for(&none, &expected, true);
}

Test(stage, an_empty_trace_is_used_where_it_lies)
{
    struct look look = look_of(traces + 1, 1);
    struct expected expected = {.index = calloc(1, 8)};
    look_for(&look, &expected, true);
}

Test(stage, several_traces_are_staged_in_order)
{
    struct look look = look_of(traces, N_TRACES);
    struct expected expected = choose(&look.params, 0, total, false);
    look_for(&look, &expected, false);
    cr_assert(look.report.bytes_read == total * (8 + 1 + 8));
    cr_assert(look.report.n_inputs == N_TRACES);
    look.params.skip_in = 199990;
    look.params.count_in = 5000;
    look.params.count_in_given = true;
    expected = choose(&look.params, 0, total, false);
    look_for(&look, &expected, false);
}

Test(stage, what_chooses_among_records_is_staged)
{
    struct look look = look_of(traces, 1);
    look.params.filter_expr = "prot > 1";
    struct expected expected = choose(&look.params, 0, lengths[0], true);
    look_for(&look, &expected, false);
    look.params.skip_in = 1000;
    look.params.count_in = 100000;
    look.params.skip_out = 777;
    look.params.count_out = 50000;
    look.params.count_in_given = look.params.count_out_given = true;
    expected = choose(&look.params, 0, lengths[0], true);
    look_for(&look, &expected, false);
    struct look out = look_of(traces, 1);
    out.params.skip_out = 12345;
    expected = choose(&out.params, 0, lengths[0], false);
    look_for(&out, &expected, false);
    struct look none = look_of(traces, 1);
    none.params.filter_expr = "prot > 100";
    expected = (struct expected){.index = calloc(1, 8)};
    look_for(&none, &expected, false);
}

Test(stage, shards_are_staged_and_add_up)
{
    size_t n = 0;
    static const char *const shards[] = {"1/3", "2/3", "3/3"};
    static const size_t first[] = {0, 65536, 131072}; /* four blocks in three parts */
    static const size_t counts[] = {65536, 65536, 68928};
    for (size_t i = 0; i < 3; i++) {
        struct look look = look_of(traces, 1);
        look.params.shard = shards[i];
        struct expected part = choose(&look.params, first[i], counts[i], false);
        n += part.n;
        look_for(&look, &part, false);
    }
    cr_assert(n == lengths[0]);
}

Test(stage, direct_and_staged_steps_share_a_pass)
{
    struct look looks[3];
    struct weir_step steps[3] = {{0}};
    struct expected expected[3];
    for (int i = 0; i < 3; i++) {
        looks[i] = look_of(traces, 1);
        looks[i].check = check_expected;
        looks[i].context = &expected[i];
    }
    looks[0].params.filter_expr = looks[2].params.filter_expr = "prot > 1";
    for (int i = 0; i < 3; i++) {
        expected[i] = choose(&looks[i].params, 0, lengths[0], i != 1);
        steps[i] = (struct weir_step){
            .command = &command, .name = "look", .run = &run, .params = &looks[i]};
        CHECK_OK(weir_driver_prepare(&steps[i], &err));
    }
    run.n_threads = 2;
    CHECK_OK(weir_driver_scan(&run, steps, 3, &err));
    for (int i = 0; i < 3; i++) {
        weir_driver_release(&steps[i]);
        cr_assert(looks[i].n_looks == 1 && looks[i].was_direct == (i == 1));
        free(expected[i].index);
    }
    cr_assert(looks[0].report.scans == 1 && looks[1].report.scans == 1);
    cr_assert(looks[2].report.scans == 0, "the pass was shared");
}

/* --- other formats --------------------------------------------------------------------------- */

/* A stage must hold the columns of the reference trace, value by value. */
static void check_reference_trace(const struct weir_columns *columns, uint64_t begin, uint64_t n,
                                  void *context)
{
    struct weir_columns *want = NULL;
    CHECK_OK(weir_columns_open(context, 0, true, &run.mem, &want, &err));
    cr_assert(begin == 0 && n == 8000 && weir_columns_records(want) == n);
    for (uint64_t at = 0; at < n; at += 2000) {
        struct weir_batch a;
        struct weir_batch b;
        weir_columns_view(columns, at, 2000, &a);
        weir_columns_view(want, at, 2000, &b);
        for (int f = 0; f < WEIR_N_FIELDS; f++) {
            cr_assert(a.field[f].type == b.field[f].type, "type of field %d", f);
            cr_assert(memcmp(a.field[f].data, b.field[f].data,
                             2000 * weir_type_bytes(a.field[f].type)) == 0,
                      "field %d", f);
        }
    }
    weir_columns_close(want);
}

Test(stage, text_is_staged_in_the_types_of_a_trace)
{
    char csv[1024];
    char trace[1024];
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    snprintf(csv, sizeof csv, "%s/trace-8000/trace.csv", reference);
    snprintf(trace, sizeof trace, "%s/trace-8000/trace", reference);
    const char *const paths[] = {csv};
    for (run.n_threads = 1; run.n_threads <= 7; run.n_threads += 3) {
        struct look look = look_of(paths, 1);
        look.check = check_reference_trace;
        look.context = trace;
        CHECK_OK(try_look(&look));
        cr_assert(look.n_looks == 1 && !look.was_direct && look.report.records_used == 8000);
    }
}

/* Compares with nfdump's text: af|first|last|prot|sa0..3|sp|da0..3|dp|...|packets|octets. */
static void check_nfdump_text(const struct weir_columns *columns, uint64_t begin, uint64_t n,
                              void *context)
{
    char line[512];
    struct weir_batch batch;
    cr_assert(begin == 0);
    FILE *text = popen(context, "r");
    cr_assert(text != NULL);
    for (uint64_t at = 0; at < n; at++) {
        unsigned long long value[22] = {0};
        cr_assert(fgets(line, sizeof line, text) != NULL);
        char *next = line;
        for (int i = 0; i < 22; i++, next++)
            value[i] = strtoull(next, &next, 10);
        weir_columns_view(columns, at, 1, &batch);
        cr_assert(*(const uint8_t *)batch.field[WEIR_PROT].data == value[3]);
        cr_assert(*(const uint32_t *)batch.field[WEIR_SA3].data == value[7]);
        cr_assert(*(const uint16_t *)batch.field[WEIR_DP].data == value[13]);
        cr_assert(*(const uint64_t *)batch.field[WEIR_PACKETS].data == value[20]);
        cr_assert(*(const uint64_t *)batch.field[WEIR_OCTETS].data == value[21]);
    }
    cr_assert(fgets(line, sizeof line, text) == NULL);
    pclose(text);
}

Test(stage, nfcapd_files_are_staged)
{
    char file[1024];
    char text[1100];
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    snprintf(file, sizeof file, "%s/nfcapd/isp100k-anon.v2-lz4.nfcapd", reference);
    snprintf(text, sizeof text, "gzip -dc '%s.pipe.gz'", file);
    const char *const paths[] = {file};
    for (run.n_threads = 1; run.n_threads <= 7; run.n_threads += 3) {
        struct look look = look_of(paths, 1);
        look.check = check_nfdump_text;
        look.context = text;
        CHECK_OK(try_look(&look));
        cr_assert(look.n_looks == 1 && look.report.records_used == 100000);
    }
}

static void check_widened(const struct weir_columns *columns, uint64_t begin, uint64_t n,
                          void *context)
{
    struct weir_batch batch;
    const struct weir_schema *schema = weir_columns_schema(columns);
    cr_assert(begin == 0 && n == 3 && context == NULL);
    cr_assert(schema->field[WEIR_INIF] == WEIR_U32 && schema->field[WEIR_OUTIF] == WEIR_U16);
    weir_columns_view(columns, 0, 3, &batch);
    const uint32_t *inif = batch.field[WEIR_INIF].data;
    cr_assert(inif[0] == 1 && inif[1] == 65535 && inif[2] == 65536);
}

Test(stage, wide_interfaces_widen_the_staged_column)
{
    static const char *const paths[] = {"wide.csv"};
    const char *text = "2, 6, 1, 2, 0, 0, 0, 1, 0, 0, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0\n"
                       "2, 6, 65535, 2, 0, 0, 0, 1, 0, 0, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0\n"
                       "2, 6, 65536, 2, 0, 0, 0, 1, 0, 0, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0\n";
    check_write_file("wide.csv", text, strlen(text));
    struct look look = look_of(paths, 1);
    look.check = check_widened;
    CHECK_OK(try_look(&look));
    cr_assert(look.n_looks == 1);
}

static void check_empty(const struct weir_columns *columns, uint64_t begin, uint64_t n,
                        void *context)
{
    cr_assert(begin == 0 && n == 0 && context == NULL);
    cr_assert(weir_columns_records(columns) == 0);
    cr_assert(weir_columns_schema(columns)->field[WEIR_FIRST] == WEIR_U32);
}

Test(stage, an_empty_file_is_an_empty_stage)
{
    static const char *const paths[] = {"empty"};
    check_write_file("empty", "", 0);
    struct look look = look_of(paths, 1);
    look.check = check_empty;
    CHECK_OK(try_look(&look));
    cr_assert(look.n_looks == 1 && !look.was_direct && look.report.records_read == 0);
}

/* --- refusals, files, memory ----------------------------------------------------------------- */

Test(stage, a_result_must_not_replace_a_column_that_is_read)
{
    struct look look = look_of(traces, 1);
    look.params.output = "c/../a/packets.Q";
    CHECK_STATUS(try_look(&look), WEIR_USAGE);
    CHECK_MESSAGE("expected another file than the inputs");
    look.params.output = "c/packets.Q";
    CHECK_OK(try_look(&look));
}

Test(stage, mistakes_are_those_of_a_scan)
{
    static const char *const absent[] = {"absent"};
    struct look look = look_of(absent, 1);
    CHECK_STATUS(try_look(&look), WEIR_IO);
    CHECK_MESSAGE("absent");
    check_write_file("a/dp.H", "123", 3);
    struct look ragged = look_of(traces, 1);
    CHECK_STATUS(try_look(&ragged), WEIR_FORMAT);
    CHECK_MESSAGE("a/dp.H: expected whole values");
    struct look hist = look_of(traces + 2, 1);
    hist.params.in_format = "csv_hist";
    CHECK_STATUS(try_look(&hist), WEIR_USAGE);
    CHECK_MESSAGE("csv_hist");
}

static void check_nothing_named(const struct weir_columns *columns, uint64_t begin, uint64_t n,
                                void *context)
{
    char command_line[256];
    (void)begin;
    (void)n;
    cr_assert(weir_columns_path(columns, 0) == NULL, "the file has a name");
    snprintf(command_line, sizeof command_line, "test -z \"$(ls -A %s)\"", (const char *)context);
    cr_assert(system(command_line) == 0);
}

/* Beside an output whose directory is not there yet, or where --scratch says. */
Test(stage, scratch_files_have_no_names)
{
    char where[] = "out";
    char scratch[] = "scratch";
    cr_assert(mkdir(scratch, 0777) == 0);
    struct look look = look_of(traces, N_TRACES);
    look.check = check_nothing_named;
    look.context = where;
    CHECK_OK(try_look(&look));
    cr_assert(rmdir(where) == 0 && look.n_looks == 1);
    look.params.output = "out/trace//"; /* not in the directory that the output will be */
    CHECK_OK(try_look(&look));
    cr_assert(rmdir(where) == 0 && look.n_looks == 2);
    run.scratch = scratch;
    look.context = scratch;
    CHECK_OK(try_look(&look));
    cr_assert(access(where, F_OK) != 0 && look.n_looks == 3);
    run.scratch = "not there";
    run.mem.limit_bytes = LITTLE_BYTES;
    CHECK_STATUS(try_look(&look), WEIR_IO);
    CHECK_MESSAGE("not there");
    run.mem.limit_bytes = SIZE_MAX; /* all of it stays in memory */
    CHECK_OK(try_look(&look));
    run.scratch = NULL;
}

/* Copies by the kernel work from nameless files too. */
static void check_copies(const struct weir_columns *columns, uint64_t begin, uint64_t n,
                         void *context)
{
    struct weir_columns_draft *draft = NULL;
    struct weir_columns *copy = NULL;
    CHECK_OK(
        weir_columns_create("copy", weir_columns_schema(columns), false, &run.mem, &draft, &err));
    for (size_t c = 0; c < weir_columns_draft_columns(draft); c++) {
        CHECK_OK(weir_columns_copy(
            draft, c, 0, &(struct weir_columns_range){columns, begin + 10, n - 10}, &err));
    }
    CHECK_OK(weir_columns_commit(draft, n - 10, &err));
    CHECK_OK(weir_columns_open("copy", 0, true, &run.mem, &copy, &err));
    struct expected *all = context;
    struct expected rest = {.index = all->index + 10, .n = all->n - 10};
    check_expected(copy, 0, n - 10, &rest);
    weir_columns_close(copy);
}

static void check_copies_within(size_t limit_bytes)
{
    struct look look = look_of(traces, N_TRACES);
    struct expected expected = choose(&look.params, 0, total, false);
    look.check = check_copies;
    look.context = &expected;
    run.mem.limit_bytes = limit_bytes;
    CHECK_OK(try_look(&look));
    run.mem.limit_bytes = SIZE_MAX;
    free(expected.index);
}

Test(stage, staged_columns_can_be_copied)
{
    check_copies_within(SIZE_MAX);
}

/* The first records in memory, the others in files: blocks of a scan lie across the border. */
Test(stage, staged_columns_in_two_parts_can_be_copied)
{
    check_copies_within(LITTLE_BYTES);
    check_copies_within(LITTLE_BYTES + 300000);
}

Test(stage, every_failing_allocation_is_reported)
{
    for (size_t n_paths = 1; n_paths <= 2; n_paths++)
        for (long long n = 0;; n++) {
            struct look look = look_of(traces + 1, n_paths);
            weir_mem_fail_after(&run.mem, n);
            const enum weir_status status = try_look(&look);
            CHECK_NO_LEAK(&run.mem);
            const bool reached = atomic_load(&run.mem.fail_after) < 0;
            weir_mem_fail_after(&run.mem, -1);
            if (!reached) {
                CHECK_STATUS(status, WEIR_OK);
                break;
            }
            cr_assert(status == WEIR_MEMORY && err.message[0] != '\0', "request %lld", n);
        }
}
