/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging against a plain loop over records with a list as cache, on thousands of small traces: few
 * keys, times that touch, overlap and turn back, every type of column, in memory and through
 * scratch files, on any number of threads. */
#include "check.h"
#include "field.h"
#include "merge_write.h"

#include <sys/stat.h>

#define RECORDS_MAX 20000
#define KEYS_MAX    12

static char top[4096];
static struct weir_run run;
static struct weir_error err;

static void set_up(void)
{
    check_enter_directory(top, sizeof top);
    weir_mem_init(&run.mem, SIZE_MAX);
    run.cpu = weir_cpu_detect();
    run.n_threads = 1;
    run.quiet = true;
    weir_kernels_choose(run.cpu, &run.kernels);
}

static void tear_down(void)
{
    CHECK_NO_LEAK(&run.mem);
    check_leave_directory(top);
}

TestSuite(merge, .init = set_up, .fini = tear_down);

static uint64_t random_state = 1;
static uint64_t draw(uint64_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % n;
}

/* --- the model ------------------------------------------------------------------------------- */

/* A record or flow: the 21 fields as numbers, and `tag`, which stands for custom columns. */
struct record {
    int64_t field[WEIR_N_FIELDS];
    int64_t tag;
};

struct list {
    struct record *at;
    size_t n, capacity;
};

static void append(struct list *list, const struct record *record)
{
    if (list->n == list->capacity) {
        list->capacity = 2 * list->capacity + 16;
        list->at = realloc(list->at, list->capacity * sizeof *list->at);
    }
    list->at[list->n++] = *record;
}

static void take_out(struct list *list, size_t i)
{
    memmove(list->at + i, list->at + i + 1, (list->n - i - 1) * sizeof *list->at);
    list->n--;
}

static int64_t begin_ms(const struct record *r)
{
    return r->field[WEIR_FIRST] * 1000 + r->field[WEIR_FIRST_MS];
}

static int64_t end_ms(const struct record *r)
{
    const int64_t end = r->field[WEIR_LAST] * 1000 + r->field[WEIR_LAST_MS];
    return end < begin_ms(r) ? begin_ms(r) : end;
}

static bool lasts(const struct record *r, const struct weir_merge_rule *rule)
{
    int64_t seconds = r->field[WEIR_LAST] - r->field[WEIR_FIRST];
    if (r->field[WEIR_LAST] * 1000 + r->field[WEIR_LAST_MS] < begin_ms(r))
        seconds = 0;
    return seconds * 1000 >= rule->active_ms;
}

static size_t find_cached(const struct list *cache, const struct record *r)
{
    size_t i = 0;
    while (i < cache->n &&
           memcmp(cache->at[i].field, r->field, WEIR_MERGE_KEYS * sizeof *r->field) != 0)
        i++;
    return i;
}

static struct record join(const struct record *earlier, const struct record *later)
{
    struct record joined = *earlier;
    joined.field[WEIR_LAST] = later->field[WEIR_LAST];
    joined.field[WEIR_LAST_MS] = later->field[WEIR_LAST_MS];
    if (later->field[WEIR_LAST] * 1000 + later->field[WEIR_LAST_MS] < begin_ms(later)) {
        joined.field[WEIR_LAST] = later->field[WEIR_FIRST];
        joined.field[WEIR_LAST_MS] = later->field[WEIR_FIRST_MS];
    }
    for (int f = WEIR_PACKETS; f <= WEIR_AGGS; f++)
        joined.field[f] += later->field[f];
    return joined;
}

struct answer {
    struct list written, rejects;
    uint64_t merged, reversed, pairs, open;
};

static void merge_plainly(const struct record *records, size_t n,
                          const struct weir_merge_rule *rule, struct answer *answer)
{
    struct list cache = {0};
    *answer = (struct answer){0};
    for (size_t i = 0; i < n; i++) {
        struct record new = records[i];
        if (new.field[WEIR_AGGS] == 0)
            new.field[WEIR_AGGS] = 1;
        const size_t c = find_cached(&cache, &new);
        if (c == cache.n) {
            append(lasts(&new, rule) ? &cache : &answer->written, &new);
            continue;
        }
        const struct record old = cache.at[c];
        const struct record *earlier = &old;
        const struct record *later = &new;
        if (begin_ms(&new) < end_ms(&old)) {
            if (begin_ms(&old) < end_ms(&new)) {
                take_out(&cache, c);
                append(&answer->rejects, &old);
                append(&answer->rejects, &new);
                answer->pairs++;
                continue;
            }
            earlier = &new;
            later = &old;
            answer->reversed++;
        }
        if (begin_ms(later) - end_ms(earlier) < rule->inactive_ms) {
            const struct record joined = join(earlier, later);
            answer->merged++;
            if (lasts(later, rule)) {
                cache.at[c] = joined;
            } else {
                take_out(&cache, c);
                append(&answer->written, &joined);
            }
            continue;
        }
        append(&answer->written, earlier);
        take_out(&cache, c);
        append(lasts(later, rule) ? &cache : &answer->written, later);
    }
    for (size_t c = 0; c < cache.n; c++)
        append(&answer->written, &cache.at[c]);
    answer->open = cache.n;
    free(cache.at);
}

/* --- traces ---------------------------------------------------------------------------------- */

static void store(enum weir_type type, int64_t value, unsigned char *out)
{
    const float narrow = (float)value;
    const double wide = (double)value;
    memcpy(out,
           type == WEIR_F32   ? (const void *)&narrow
           : type == WEIR_F64 ? (const void *)&wide
                              : &value,
           weir_type_bytes(type));
}

static void write_column(const char *name, enum weir_type type, const int64_t *value, size_t stride,
                         size_t n)
{
    char path[128];
    unsigned char *bytes = calloc(n + 1, 8);
    for (size_t i = 0; i < n; i++)
        store(type, value[i * stride], bytes + i * weir_type_bytes(type));
    snprintf(path, sizeof path, "in/%s.%c", name, weir_type_code(type));
    check_write_file(path, bytes, n * weir_type_bytes(type));
    free(bytes);
}

/* Writes trace "in"; `type` has the types of the fields. */
static void write_trace(const struct record *records, size_t n, const enum weir_type *type)
{
    const size_t stride = sizeof *records / sizeof(int64_t);
    if (mkdir("in", 0777) != 0) /* files of other types */
        cr_assert(system("rm -f in/*") == 0);
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        write_column(weir_field_info((enum weir_field)f)->name, type[f], &records[0].field[f],
                     stride, n);
    write_column("tag", WEIR_I32, &records[0].tag, stride, n);
}

static void check_list(const struct list *got, const struct list *want, const char *what)
{
    cr_assert(got->n == want->n, "%s: %zu records instead of %zu", what, got->n, want->n);
    for (size_t i = 0; i < want->n; i++) {
        for (int f = 0; f < WEIR_N_FIELDS; f++)
            cr_assert(got->at[i].field[f] == want->at[i].field[f],
                      "%s: record %zu, field %d: %lld instead of %lld", what, i, f,
                      (long long)got->at[i].field[f], (long long)want->at[i].field[f]);
        cr_assert(got->at[i].tag == want->at[i].tag, "%s: record %zu: custom column", what, i);
    }
}

/* --- a format that keeps what is written ----------------------------------------------------- */

#define LANES_MAX 7

struct keeper {
    struct weir_writer base;
    struct list lane[LANES_MAX];
    struct list *all;
};

static enum weir_status keep_add(struct weir_writer *writer, size_t lane,
                                 const struct weir_batch *batch, size_t *bad,
                                 struct weir_error *error)
{
    struct keeper *keeper = (struct keeper *)writer;
    cr_assert(batch->n <= WEIR_BATCH_RECORDS && batch->n_custom == 1);
    for (size_t i = 0; i < batch->n; i++) {
        struct record record;
        bool good = weir_column_load_i64(&batch->custom[0], i, 1, &record.tag, NULL, bad);
        for (int f = 0; f < WEIR_N_FIELDS && good; f++)
            good = weir_column_load_i64(&batch->field[f], i, 1, &record.field[f], NULL, bad) ||
                   weir_column_load_u64(&batch->field[f], i, 1, (uint64_t *)&record.field[f], NULL,
                                        bad);
        if (!good)
            return weir_error_set(error, WEIR_LIMIT, "a value of record %zu", i);
        append(&keeper->lane[lane], &record);
    }
    return WEIR_OK;
}

static enum weir_status keep_place(struct weir_writer *writer, size_t lane,
                                   struct weir_error *error)
{
    struct keeper *keeper = (struct keeper *)writer;
    (void)error;
    for (size_t i = 0; i < keeper->lane[lane].n; i++)
        append(keeper->all, &keeper->lane[lane].at[i]);
    keeper->lane[lane].n = 0;
    return WEIR_OK;
}

static enum weir_status keep_put(struct weir_writer *writer, size_t lane, struct weir_error *error)
{
    (void)writer;
    (void)lane;
    (void)error;
    return WEIR_OK;
}

static const struct weir_format keeping = {
    .name = "keeper", .add = keep_add, .place = keep_place, .put = keep_put};

static void end_keeping(struct keeper *keeper)
{
    for (int i = 0; i < LANES_MAX; i++)
        free(keeper->lane[i].at);
}

/* --- weir ------------------------------------------------------------------------------------ */

struct way {
    struct weir_merge_rule rule;
    size_t budget_bytes;
    int n_threads;
    uint64_t begin, n; /* of the trace */
};

/* What came of it. */
struct result {
    struct list written, rejects;
    struct weir_merge_counts counts;
    uint64_t scratch_bytes;
};

static void free_result(struct result *result)
{
    free(result->written.at);
    free(result->rejects.at);
}

/* Merges trace "in". */
static enum weir_status merge(const struct way *way, struct result *result)
{
    *result = (struct result){0};
    struct weir_merge_build *build = NULL;
    struct keeper records = {.all = &result->written};
    struct keeper rejects = {.all = &result->rejects};
    struct weir_merge_output output = {.records = {&keeping, &records.base},
                                       .rejects = {&keeping, &rejects.base}};
    struct weir_merge_request request = {.run = &run,
                                         .begin = way->begin,
                                         .n = way->n,
                                         .rule = way->rule,
                                         .scratch = ".",
                                         .budget_bytes = way->budget_bytes};
    struct weir_columns *columns = NULL;
    run.n_threads = way->n_threads;
    enum weir_status status =
        weir_columns_open("in", WEIR_FIELDS_ALL, true, &run.mem, &columns, &err);
    request.columns = columns;
    if (status == WEIR_OK)
        status = weir_merge_build_new(&request, &build, &err);
    if (status == WEIR_OK)
        status = weir_merge_build_run(build, &err);
    if (status == WEIR_OK)
        status = weir_merge_write(build, &output, &err);
    if (status == WEIR_OK) {
        result->counts = build->counts;
        result->scratch_bytes = weir_merge_runs_scratch_bytes(build->runs);
    }
    end_keeping(&records);
    end_keeping(&rejects);
    weir_merge_build_free(build);
    weir_columns_close(columns);
    return status;
}

/* Returns the bytes that went through a scratch file. */
static uint64_t check_way(const struct record *records, const struct way *way, const char *what)
{
    struct answer answer;
    struct result result;
    merge_plainly(records + way->begin, way->n, &way->rule, &answer);
    CHECK_OK(merge(way, &result));
    check_list(&result.written, &answer.written, what);
    check_list(&result.rejects, &answer.rejects, what);
    const struct weir_merge_counts *counts = &result.counts;
    cr_assert(counts->merged == answer.merged && counts->reversed == answer.reversed &&
                  counts->pairs == answer.pairs && counts->open == answer.open,
              "%s: counts", what);
    free(answer.written.at);
    free(answer.rejects.at);
    free_result(&result);
    return result.scratch_bytes;
}

/* --- random traces --------------------------------------------------------------------------- */

/* The largest number that every column of `type` holds exactly. */
static int64_t most_of(enum weir_type type)
{
    if (type == WEIR_F32)
        return 1 << 24;
    if (type == WEIR_F64)
        return (int64_t)1 << 53;
    const unsigned bits = 8 * (unsigned)weir_type_bytes(type);
    return bits == 64 ? INT64_MAX : ((int64_t)1 << (bits - weir_type_is_signed(type))) - 1;
}

static enum weir_type draw_type(const enum weir_type *types, size_t n)
{
    return types[draw(n)];
}

static void draw_types(enum weir_type *type)
{
    static const enum weir_type any[] = {WEIR_I8,  WEIR_U8,  WEIR_I16, WEIR_U16, WEIR_I32,
                                         WEIR_U32, WEIR_I64, WEIR_U64, WEIR_F32, WEIR_F64};
    static const enum weir_type wide[] = {WEIR_U32, WEIR_U32, WEIR_I32,
                                          WEIR_U64, WEIR_I64, WEIR_F64};
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const enum weir_type usual = weir_field_info((enum weir_field)f)->type;
        type[f] = f < WEIR_MERGE_KEYS ? draw_type(any, 10) : draw_type(wide, 6);
        if (draw(3) == 0)
            type[f] = usual;
    }
    if (draw(2) == 0) /* what most traces have */
        for (int f = 0; f < WEIR_N_FIELDS; f++)
            type[f] = weir_field_info((enum weir_field)f)->type;
}

static const int64_t gaps_ms[] = {0, 0, 0, 1, 1, 500, 999, 1000, 1001, 2000, 2500, 5000, 15000};
#define N_GAPS (sizeof gaps_ms / sizeof *gaps_ms)

/* Records whose times follow those of the same key, mostly: so that they touch and overlap. */
static void draw_records(struct record *records, size_t n, const enum weir_type *type)
{
    static const int64_t words[] = {0, 1, 2, 0x20010db8, 0x7fffffff, 0xffffffff};
    int64_t keys[KEYS_MAX][WEIR_MERGE_KEYS];
    int64_t last_ms[KEYS_MAX];
    const size_t n_keys = 1 + draw(KEYS_MAX);
    for (size_t k = 0; k < n_keys; k++) {
        last_ms[k] = 100000;
        for (int f = 0; f < WEIR_MERGE_KEYS; f++)
            keys[k][f] =
                (k == 0 || draw(3) == 0 ? words[draw(6)] : keys[k - 1][f]) & most_of(type[f]);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t k = draw(n_keys);
        struct record *r = &records[i];
        memcpy(r->field, keys[k], sizeof keys[k]);
        const int64_t gap = gaps_ms[draw(N_GAPS)];
        const int64_t begin = last_ms[k] + (draw(5) == 0 ? -gap : gap);
        const int64_t length = gaps_ms[draw(N_GAPS)] * (draw(12) == 0 ? -1 : 1);
        const int64_t at = draw(6) == 0 ? begin - 2 * length : begin;
        r->field[WEIR_FIRST] = (at < 0 ? 0 : at) / 1000;
        r->field[WEIR_FIRST_MS] = (at < 0 ? 0 : at) % 1000;
        r->field[WEIR_LAST] = (at + length < 0 ? 0 : at + length) / 1000;
        r->field[WEIR_LAST_MS] = (at + length < 0 ? 0 : at + length) % 1000;
        r->field[WEIR_PACKETS] = (int64_t)draw(4);
        r->field[WEIR_OCTETS] = (int64_t)draw(1 << 20);
        r->field[WEIR_AGGS] = (int64_t)draw(4);
        r->tag = (int64_t)i;
        last_ms[k] = at + length < 0 ? 0 : at + length;
    }
}

/* One trace, merged in several ways; returns how many of them went through scratch files. */
static size_t check_trace(struct record *records, size_t n, uint64_t round)
{
    static const int64_t timeouts_ms[] = {0, 1, 500, 1000, 1500, 2000, 5000, 15000, 60000};
    static const int threads[] = {1, 2, 7};
    enum weir_type type[WEIR_N_FIELDS];
    size_t n_spilled = 0;
    draw_types(type);
    draw_records(records, n, type);
    write_trace(records, n, type);
    for (int i = 0; i < 4; i++) {
        char what[160];
        const int64_t inactive_ms = timeouts_ms[draw(9)];
        struct way way = {.rule = {inactive_ms, timeouts_ms[draw(9)] - inactive_ms},
                          .budget_bytes = draw(2),
                          .n_threads = threads[draw(3)],
                          .n = n};
        if (draw(4) == 0 && n > 2) {
            way.begin = draw(n);
            way.n = draw(n - way.begin + 1);
        }
        snprintf(what, sizeof what, "round %zu, way %d (%zu records, budget %zu, %d threads)",
                 (size_t)round, i, n, way.budget_bytes, way.n_threads);
        const uint64_t scratch_bytes = check_way(records, &way, what);
        cr_assert(scratch_bytes == 0 || way.budget_bytes == 1, "%s", what);
        n_spilled += scratch_bytes != 0;
    }
    return n_spilled;
}

Test(merge, random_traces, .timeout = 250)
{
    struct record *records = calloc(RECORDS_MAX, sizeof *records);
    size_t n_spilled = 0;
    for (uint64_t round = 0; round < 250; round++) {
        random_state = round + 1;
        const size_t n = round % 50 == 0    ? 0
                         : round % 50 == 1  ? 1
                         : round % 100 == 2 ? RECORDS_MAX - draw(5000)
                         : round % 10 == 3  ? draw(2000)
                                            : 2 + draw(60);
        n_spilled += check_trace(records, n, round);
    }
    cr_assert(n_spilled > 250, "only %zu of 1000 ways went through scratch files", n_spilled);
    free(records);
}

/* --- single cases ---------------------------------------------------------------------------- */

static void usual_types(enum weir_type *type)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        type[f] = weir_field_info((enum weir_field)f)->type;
}

/* Two parts of a flow that belong together. */
static void make_parts(struct record *records, int field, uint64_t a, uint64_t b)
{
    memset(records, 0, 2 * sizeof *records);
    for (int i = 0; i < 2; i++) {
        records[i].field[WEIR_AF] = 10;
        records[i].field[WEIR_SA0] = 0x20010db8;
        records[i].field[WEIR_DP] = 443;
        records[i].field[WEIR_FIRST] = 1000 + 300 * i;
        records[i].field[WEIR_LAST] = 1300 + 300 * i;
    }
    memcpy(&records[0].field[field], &a, sizeof a);
    memcpy(&records[1].field[field], &b, sizeof b);
}

static const struct way usual_way = {.rule = {15000, 285000}, .n_threads = 1, .n = 2};

Test(merge, sums_that_do_not_fit)
{
    enum weir_type type[WEIR_N_FIELDS];
    struct record records[2];
    struct result result;
    usual_types(type);
    static const struct {
        int field;
        uint64_t a, b;
        bool fits;
    } cases[] = {
        {WEIR_OCTETS, UINT64_MAX, 1, false},  {WEIR_OCTETS, UINT64_MAX - 1, 1, true},
        {WEIR_PACKETS, UINT64_MAX, 2, false}, {WEIR_PACKETS, 1, UINT64_MAX - 1, true},
        {WEIR_AGGS, UINT32_MAX, 0, false},    {WEIR_AGGS, UINT32_MAX - 1, 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_parts(records, cases[i].field, cases[i].a, cases[i].b);
        write_trace(records, 2, type);
        CHECK_STATUS(merge(&usual_way, &result), cases[i].fits ? WEIR_OK : WEIR_LIMIT);
        free_result(&result);
        if (cases[i].fits)
            continue;
        CHECK_MESSAGE(weir_field_info((enum weir_field)cases[i].field)->name);
        CHECK_MESSAGE("af 10, prot 0, inif 0, outif 0, sa0 536939960, ");
        CHECK_MESSAGE("dp 443");
    }
}

/* Sums of narrow columns get the room that they need. */
Test(merge, narrow_sums_grow)
{
    enum weir_type type[WEIR_N_FIELDS];
    struct record records[2];
    usual_types(type);
    type[WEIR_PACKETS] = type[WEIR_AGGS] = WEIR_U8;
    type[WEIR_OCTETS] = WEIR_I16;
    for (int f = WEIR_PACKETS; f <= WEIR_AGGS; f++) {
        make_parts(records, f, f == WEIR_OCTETS ? 32767 : 255, 100);
        write_trace(records, 2, type);
        check_way(records, &usual_way, weir_field_info((enum weir_field)f)->name);
    }
}

Test(merge, values_that_are_no_numbers)
{
    enum weir_type type[WEIR_N_FIELDS];
    struct record records[2];
    struct result result;
    usual_types(type);
    type[WEIR_OCTETS] = WEIR_I64;
    make_parts(records, WEIR_OCTETS, 1, (uint64_t)-5);
    write_trace(records, 2, type);
    CHECK_STATUS(merge(&usual_way, &result), WEIR_LIMIT);
    CHECK_MESSAGE("record 2: field octets: ");
    CHECK_MESSAGE("-5");
    free_result(&result);
    usual_types(type);
    type[WEIR_FIRST_MS] = WEIR_F64;
    make_parts(records, WEIR_OCTETS, 1, 1);
    write_trace(records, 2, type);
    const double halves[2] = {0.5, 0};
    check_write_file("in/first_ms.d", halves, sizeof halves);
    CHECK_STATUS(merge(&usual_way, &result), WEIR_LIMIT);
    CHECK_MESSAGE("record 1: field first_ms: ");
    free_result(&result);
}

Test(merge, missing_columns_are_named)
{
    struct weir_schema schema;
    weir_schema_set_default(&schema, false);
    CHECK_OK(weir_merge_check_schema(&schema, &err));
    schema.field[WEIR_SA2] = schema.field[WEIR_LAST_MS] = WEIR_TYPE_NONE;
    CHECK_STATUS(weir_merge_check_schema(&schema, &err), WEIR_FORMAT);
    CHECK_MESSAGE("sa2, last_ms");
}

/* Every request for memory may fail: no leak, no result, or the right one. */
Test(merge, memory_fails)
{
    enum weir_type type[WEIR_N_FIELDS];
    struct record records[500];
    usual_types(type);
    random_state = 5;
    draw_records(records, 500, type);
    write_trace(records, 500, type);
    size_t n_failures = 0;
    for (size_t budget = 0; budget < 2; budget++)
        for (long long n = 0; n < 400; n++) {
            const struct way way = {
                .rule = {1500, 0}, .budget_bytes = budget, .n_threads = 1, .n = 500};
            struct result result;
            weir_mem_fail_after(&run.mem, n);
            const enum weir_status status = merge(&way, &result);
            weir_mem_fail_after(&run.mem, -1);
            free_result(&result);
            cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "request %lld: %s", n,
                      err.message);
            n_failures += status == WEIR_MEMORY;
            if (status == WEIR_OK)
                check_way(records, &way, "after a failure");
        }
    cr_assert(n_failures > 40, "only %zu failures", n_failures);
}
