/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hist_build: histograms against brute force in 128 bits, over hostile records, all exponents,
 * columns, lanes, batches and shares of memory; and against the answers of flow-models. */
#include "check.h"
#include "field.h"
#include "hist_build.h"
#include "hist_entries.h"
#include "hist_merge.h"
#include "log_hist.h"

#include <math.h>

#define COLUMNS_MAX 6

static uint64_t random_state = 0x13198a2e03707344;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* --- records --------------------------------------------------------------------------------- */

static const enum weir_field used_fields[] = {WEIR_FIRST,   WEIR_FIRST_MS, WEIR_LAST, WEIR_LAST_MS,
                                              WEIR_PACKETS, WEIR_OCTETS,   WEIR_AGGS};
#define N_USED (sizeof used_fields / sizeof *used_fields)

struct records {
    size_t n;
    uint64_t *field[WEIR_N_FIELDS];
    void *narrow[WEIR_N_FIELDS]; /* the same values in the types of field.h, or NULL */
};

static void make_records(struct records *records, size_t n)
{
    *records = (struct records){.n = n};
    for (size_t f = 0; f < N_USED; f++) {
        records->field[used_fields[f]] = calloc(n, sizeof(uint64_t));
        cr_assert(records->field[used_fields[f]] != NULL);
    }
}

static void free_records(struct records *records)
{
    for (size_t f = 0; f < WEIR_N_FIELDS; f++) {
        free(records->field[f]);
        free(records->narrow[f]);
    }
}

/* Cuts all values to the types of field.h, in which batches then have them. */
static void make_narrow(struct records *records)
{
    for (size_t f = 0; f < N_USED; f++) {
        const enum weir_field field = used_fields[f];
        const size_t bytes = weir_type_bytes(weir_field_info(field)->type);
        char *narrow = calloc(records->n, bytes);
        cr_assert(narrow != NULL);
        for (size_t i = 0; i < records->n; i++) {
            records->field[field][i] &= UINT64_MAX >> (64 - 8 * bytes);
            memcpy(narrow + i * bytes, &records->field[field][i], bytes); /* little-endian */
        }
        records->narrow[field] = narrow;
    }
}

static uint64_t hostile_u64(void)
{
    static const uint64_t edge[] = {0,     1,          2,         4095,      4096,
                                    65535, 65536,      1048576,   INT64_MAX, (uint64_t)1 << 63,
                                    1000,  UINT64_MAX, UINT32_MAX};
    const uint64_t r = random_u64();
    if (r % 3 == 0)
        return edge[r / 3 % (sizeof edge / sizeof *edge)];
    if (r % 3 == 1)
        return ((uint64_t)1 << (r / 3 % 64)) + (r / 256 % 3) - 1;
    return random_u64() >> (r / 3 % 64);
}

/* Anything anywhere, times before one another included. */
static void fill_hostile(struct records *records)
{
    for (size_t f = 0; f < N_USED; f++)
        for (size_t i = 0; i < records->n; i++)
            records->field[used_fields[f]][i] = hostile_u64();
}

/* What traffic looks like: mostly single packets, a heavy tail, a few times out of order. */
static void fill_traffic(struct records *records)
{
    for (size_t i = 0; i < records->n; i++) {
        const uint64_t packets =
            1 + (random_u64() % 3 == 0 ? random_u64() >> (44 + random_u64() % 20) : 0);
        const uint64_t first = 1435000000000 + random_u64() % 3600000;
        const uint64_t last = first + (packets == 1 ? 0 : random_u64() % 300000) - random_u64() % 2;
        records->field[WEIR_PACKETS][i] = packets;
        records->field[WEIR_OCTETS][i] = packets * (40 + random_u64() % 1460);
        records->field[WEIR_FIRST][i] = first / 1000;
        records->field[WEIR_FIRST_MS][i] = first % 1000;
        records->field[WEIR_LAST][i] = last / 1000;
        records->field[WEIR_LAST_MS][i] = last % 1000;
        records->field[WEIR_AGGS][i] = random_u64() % 4;
    }
}

/* --- brute force ----------------------------------------------------------------------------- */

struct row {
    weir_u128 lo, hi;
    weir_u128 sum[COLUMNS_MAX];
};

struct rows {
    size_t n;
    struct row *row;
    uint64_t n_bad_times;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* One record as a row of its own; the rate is still in units of 2^-20 bit/s. */
static struct row row_of(const struct records *records, size_t i, const struct weir_hist_spec *spec,
                         bool *bad_time)
{
    const weir_u128 packets = records->field[WEIR_PACKETS][i];
    const weir_u128 octets = records->field[WEIR_OCTETS][i];
    weir_i128 ms = (weir_i128)records->field[WEIR_LAST][i] * 1000 + records->field[WEIR_LAST_MS][i];
    ms -= (weir_i128)records->field[WEIR_FIRST][i] * 1000 + records->field[WEIR_FIRST_MS][i];
    *bad_time = ms < 0;
    const weir_u128 duration = ms < 0 || packets == 1 ? 0 : (weir_u128)ms;
    const weir_u128 rate = duration == 0 ? 0 : 8000 * octets / duration;
    const weir_u128 scaled = duration == 0 ? 0 : ((weir_u128)8000 * 1048576) * octets / duration;
    const weir_u128 of_x[] = {packets, octets, duration, rate};
    const weir_u128 of_extra[] = {duration, scaled, records->field[WEIR_AGGS][i]};
    weir_u128 width = 1;
    for (weir_u128 y = of_x[spec->x]; spec->bin_exp != 0 && y >= (weir_u128)1 << spec->bin_exp;
         y /= 2)
        width *= 2;
    struct row row = {.lo = of_x[spec->x] / width * width, .sum = {1, packets, octets}};
    row.hi = row.lo + width;
    for (size_t e = 0; e < spec->n_extras; e++)
        row.sum[3 + e] = of_extra[spec->extra[e]];
    return row;
}

/* The histogram of all records taken `times` times. */
static void expect_rows(const struct records *records, const struct weir_hist_spec *spec,
                        uint64_t times, struct rows *rows)
{
    *rows = (struct rows){.row = malloc((records->n + 1) * sizeof *rows->row)};
    cr_assert(rows->row != NULL);
    for (size_t i = 0; i < records->n; i++) {
        bool bad_time = false;
        rows->row[i] = row_of(records, i, spec, &bad_time);
        rows->n_bad_times += bad_time ? times : 0;
    }
    qsort(rows->row, records->n, sizeof *rows->row, compare_rows);
    for (size_t i = 0; i < records->n; i++) {
        struct row *last = rows->n == 0 ? NULL : &rows->row[rows->n - 1];
        if (last == NULL || last->lo != rows->row[i].lo)
            rows->row[rows->n++] = rows->row[i];
        else
            for (size_t c = 0; c < COLUMNS_MAX; c++)
                last->sum[c] += rows->row[i].sum[c];
    }
    for (size_t i = 0; i < rows->n; i++)
        for (size_t c = 0; c < 3 + spec->n_extras; c++) {
            rows->row[i].sum[c] *= times;
            if (c >= 3 && spec->extra[c - 3] == WEIR_HIST_RATE)
                rows->row[i].sum[c] /= 1048576;
        }
}

static void check_hist(const struct weir_hist *hist, const struct rows *want,
                       const struct weir_hist_spec *spec, const char *what)
{
    cr_assert(hist->n_columns == 3 + spec->n_extras);
    cr_assert(hist->n_bins == want->n, "%s: x %d, b %u: %zu bins instead of %zu", what,
              (int)spec->x, spec->bin_exp, hist->n_bins, want->n);
    for (size_t i = 0; i < want->n; i++) {
        const struct row *row = &want->row[i];
        cr_assert(hist->bin_lo[i] == row->lo && hist->bin_hi[i] == row->hi,
                  "%s: x %d, b %u, bin %zu", what, (int)spec->x, spec->bin_exp, i);
        for (size_t c = 0; c < hist->n_columns; c++)
            cr_assert(hist->sum[i * hist->n_columns + c] == row->sum[c],
                      "%s: x %d, b %u, bin %zu: %s", what, (int)spec->x, spec->bin_exp, i,
                      hist->column_name[c]);
    }
}

/* --- what is tested -------------------------------------------------------------------------- */

struct setup {
    struct weir_hist_spec spec;
    const struct weir_log_hist_ops *ops;
    size_t n_lanes;
    size_t batch_records;
    size_t budget_bytes;
    uint64_t times; /* how often all records are added */
    const char *scratch;
};

static const struct weir_log_hist_ops *best_ops(void)
{
    struct weir_kernels kernels;
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    return kernels.log_hist;
}

static void batch_of(const struct records *records, size_t begin, size_t n, weir_fields fields,
                     struct weir_batch *batch)
{
    *batch = (struct weir_batch){.n = n};
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        if (records->field[f] == NULL || (fields & WEIR_FIELD_BIT(f)) == 0)
            continue;
        struct weir_column column = {.data = records->field[f], .type = WEIR_U64};
        if (records->narrow[f] != NULL)
            column = (struct weir_column){.data = records->narrow[f],
                                          .type = weir_field_info((enum weir_field)f)->type};
        column.data = weir_column_at(&column, begin);
        batch->field[f] = column;
    }
}

/* Adds all records batch by batch, over the lanes in turn. */
static enum weir_status add_records(const struct weir_consumer *consumer,
                                    const struct records *records, const struct setup *setup,
                                    struct weir_error *err)
{
    enum weir_status status = consumer->begin(consumer->state, setup->n_lanes, err);
    size_t lane = 0;
    for (uint64_t t = 0; t < setup->times; t++)
        for (size_t at = 0; at < records->n && status == WEIR_OK; at += setup->batch_records) {
            const size_t left = records->n - at;
            struct weir_batch batch;
            size_t bad = 0;
            batch_of(records, at, left < setup->batch_records ? left : setup->batch_records,
                     consumer->fields, &batch);
            status = consumer->add(consumer->state, lane, &batch, &bad, err);
            lane = (lane + 1) % setup->n_lanes;
        }
    return status;
}

static enum weir_status build(const struct setup *setup, const struct records *records,
                              struct weir_mem *mem, struct weir_hist *hist, uint64_t *n_bad_times,
                              struct weir_error *err)
{
    struct weir_hist_build *hist_build = NULL;
    const struct weir_hist_request request = {.spec = setup->spec,
                                              .ops = setup->ops,
                                              .scratch = setup->scratch,
                                              .budget_bytes = setup->budget_bytes,
                                              .mem = mem};
    enum weir_status status = weir_hist_build_new(&request, &hist_build, err);
    if (status != WEIR_OK)
        return status;
    const struct weir_consumer consumer = weir_hist_build_consumer(hist_build);
    cr_assert(consumer.place == NULL && consumer.put == NULL);
    status = add_records(&consumer, records, setup, err);
    *n_bad_times = weir_hist_build_bad_times(hist_build);
    if (status == WEIR_OK)
        status = weir_hist_build_finish(hist_build, hist, err);
    weir_hist_build_free(hist_build);
    return status;
}

/* Builds the histogram and compares it with `want`. */
static void check_build(const struct setup *setup, const struct records *records,
                        const struct rows *want, const char *what)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    struct weir_hist hist;
    uint64_t n_bad_times = 0;
    weir_mem_init(&mem, SIZE_MAX);
    weir_hist_init(&hist, &mem);
    CHECK_OK(build(setup, records, &mem, &hist, &n_bad_times, &err));
    check_hist(&hist, want, &setup->spec, what);
    if (setup->spec.x == WEIR_X_DURATION)
        cr_assert(n_bad_times == want->n_bad_times, "%s: bad times", what);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

static const struct weir_hist_spec column_sets[] = {
    {.n_extras = 0},
    {.n_extras = 1, .extra = {WEIR_HIST_DURATION}},
    {.n_extras = 1, .extra = {WEIR_HIST_RATE}},
    {.n_extras = 2, .extra = {WEIR_HIST_AGGS, WEIR_HIST_RATE}},
    {.n_extras = 2, .extra = {WEIR_HIST_RATE, WEIR_HIST_DURATION}},
    {.n_extras = 3, .extra = {WEIR_HIST_DURATION, WEIR_HIST_RATE, WEIR_HIST_AGGS}},
};
#define N_COLUMN_SETS (sizeof column_sets / sizeof *column_sets)

static const unsigned exponents[] = {0, 1, 4, 12, 14, 15, 20, 63};
#define N_EXPONENTS (sizeof exponents / sizeof *exponents)

/* Every x, exponent and column set over some records, with one lane count and batch size each. */
static void check_all_specs(const struct records *records, size_t budget_bytes, const char *what)
{
    static const size_t lanes[] = {1, 2, 7};
    static const size_t batches[] = {4096, 1000, 1, 1025};
    size_t turn = 0;
    for (int x = 0; x < WEIR_N_X; x++)
        for (size_t b = 0; b < N_EXPONENTS; b++)
            for (size_t c = 0; c < N_COLUMN_SETS; c++) {
                struct setup setup = {.spec = column_sets[c],
                                      .ops = best_ops(),
                                      .budget_bytes = budget_bytes,
                                      .times = 1,
                                      .scratch = "."};
                setup.spec.x = (enum weir_hist_x)x;
                setup.spec.bin_exp = exponents[b];
                struct rows want;
                expect_rows(records, &setup.spec, 1, &want);
                setup.n_lanes = lanes[turn % 3];
                setup.batch_records = batches[turn++ % 4];
                check_build(&setup, records, &want, what);
                setup.n_lanes = lanes[turn % 3];
                check_build(&setup, records, &want, what);
                free(want.row);
            }
}

static char directory[4096];

static void enter(void)
{
    check_enter_directory(directory, sizeof directory);
}

static void leave(void)
{
    check_leave_directory(directory);
}

TestSuite(hist_build, .init = enter, .fini = leave);

/* Times in the types that readers give them: durations and rates by another way. */
Test(hist_build, usual_types)
{
    struct records records;
    for (int kind = 0; kind < 2; kind++) {
        make_records(&records, 1200);
        if (kind == 0)
            fill_hostile(&records);
        else
            fill_traffic(&records);
        make_narrow(&records);
        check_all_specs(&records, 0, "usual types");
        free_records(&records);
    }
}

Test(hist_build, hostile_records)
{
    struct records records;
    make_records(&records, 2500);
    fill_hostile(&records);
    check_all_specs(&records, 0, "hostile");
    free_records(&records);
}

Test(hist_build, traffic)
{
    struct records records;
    make_records(&records, 2500);
    fill_traffic(&records);
    check_all_specs(&records, 0, "traffic");
    free_records(&records);
}

/* With no memory to speak of, all bins go through the scratch file, in several levels of runs. */
Test(hist_build, spilled)
{
    struct records records;
    make_records(&records, 2500);
    fill_hostile(&records);
    check_all_specs(&records, 1, "hostile, spilled");
    fill_traffic(&records);
    check_all_specs(&records, 1, "traffic, spilled");
    free_records(&records);
}

Test(hist_build, every_variant)
{
    struct records records;
    struct weir_kernel_row row;
    int n_variants = 0;
    make_records(&records, 3000);
    for (int kind = 0; kind < 2; kind++) {
        if (kind == 0)
            fill_hostile(&records);
        else
            fill_traffic(&records);
        for (int i = 0; weir_kernel_row(i, &row); i++) {
            if (strcmp(row.module, "log_hist") != 0 || row.cpu > weir_cpu_detect())
                continue;
            n_variants++;
            for (size_t c = 0; c < N_COLUMN_SETS; c++)
                for (int x = 0; x < WEIR_N_X; x++) {
                    struct setup setup = {.spec = column_sets[c],
                                          .ops = row.ops,
                                          .n_lanes = 1,
                                          .batch_records = 2000,
                                          .times = 1,
                                          .scratch = "."};
                    setup.spec.x = (enum weir_hist_x)x;
                    setup.spec.bin_exp = c % 2 == 0 ? 12 : 0;
                    struct rows want;
                    expect_rows(&records, &setup.spec, 1, &want);
                    check_build(&setup, &records, &want, weir_cpu_name(row.cpu));
                    free(want.row);
                }
        }
    }
    cr_assert(n_variants >= 2);
    free_records(&records);
}

/* Sums that pass 2^64 many times over, in values that a few chunks can add up safely: the open
 * tables are emptied again and again. */
Test(hist_build, sums_beyond_64_bits)
{
    struct records records;
    make_records(&records, 20000);
    fill_traffic(&records);
    for (size_t i = 0; i < records.n; i++) {
        records.field[WEIR_OCTETS][i] += (uint64_t)1 << (45 + i % 6);
        records.field[WEIR_PACKETS][i] = i % 3 == 0 ? random_u64() >> 13 : 2 + random_u64() % 4;
        records.field[WEIR_AGGS][i] = i % 50 == 0 ? UINT64_MAX : 7;
    }
    for (size_t c = 0; c < N_COLUMN_SETS; c++)
        for (int x = 0; x < WEIR_N_X; x++)
            for (size_t b = 0; b < 3; b++) {
                struct setup setup = {.spec = column_sets[c],
                                      .ops = best_ops(),
                                      .n_lanes = 2,
                                      .batch_records = 4096,
                                      .times = 3,
                                      .scratch = "."};
                setup.spec.x = (enum weir_hist_x)x;
                setup.spec.bin_exp = exponents[b * 3];
                struct rows want;
                expect_rows(&records, &setup.spec, 3, &want);
                check_build(&setup, &records, &want, "large sums");
                free(want.row);
            }
    free_records(&records);
}

/* More small records than the packed counters may hold, at their largest values. */
Test(hist_build, packed_counters_are_emptied_in_time)
{
    struct records records;
    make_records(&records, 4000);
    for (size_t i = 0; i < records.n; i++) {
        records.field[WEIR_PACKETS][i] = i % 2 == 0 ? 1 : 4095 - i % 3;
        records.field[WEIR_OCTETS][i] = 1048575 - i % 7;
    }
    for (size_t b = 0; b < N_EXPONENTS; b++) {
        struct setup setup = {
            .ops = best_ops(), .n_lanes = 1, .batch_records = 4000, .times = 700, .scratch = "."};
        setup.spec.bin_exp = exponents[b];
        struct rows want;
        expect_rows(&records, &setup.spec, setup.times, &want);
        check_build(&setup, &records, &want, "packed");
        free(want.row);
    }
    free_records(&records);
}

/* 300,000 distinct values within 8 MB: memory stays bounded, bins come in order. */
struct each_check {
    uint64_t n, last;
};

static enum weir_status check_each(void *context, weir_u128 lo, weir_u128 hi, const weir_u128 *sums,
                                   struct weir_error *err)
{
    struct each_check *check = context;
    (void)err;
    cr_assert(hi == lo + 1 && (check->n == 0 || lo > check->last));
    cr_assert(sums[0] == 2 && sums[1] == 2 * (lo % 1000) && sums[2] == 2 * lo);
    check->last = (uint64_t)lo;
    check->n++;
    return WEIR_OK;
}

Test(hist_build, memory_is_bounded)
{
    enum { N = 300000 };
    struct weir_error err = {0};
    struct records records;
    make_records(&records, N);
    for (size_t i = 0; i < N; i++) {
        records.field[WEIR_OCTETS][i] = (i * 40507 % N) * 7919;
        records.field[WEIR_PACKETS][i] = records.field[WEIR_OCTETS][i] % 1000;
    }
    struct weir_mem mem;
    weir_mem_init(&mem, (size_t)8 << 20);
    struct setup setup = {.n_lanes = 2, .batch_records = 4096, .times = 2};
    const struct weir_hist_request request = {
        .spec = {.x = WEIR_X_SIZE}, .ops = best_ops(), .scratch = ".", .mem = &mem};
    struct weir_hist_build *hist_build = NULL;
    struct each_check check = {0};
    CHECK_OK(weir_hist_build_new(&request, &hist_build, &err));
    const struct weir_consumer consumer = weir_hist_build_consumer(hist_build);
    CHECK_OK(add_records(&consumer, &records, &setup, &err));
    CHECK_OK(weir_hist_build_each(hist_build, check_each, &check, &err));
    cr_assert(check.n == N, "%zu bins", (size_t)check.n);
    weir_hist_build_free(hist_build);
    CHECK_NO_LEAK(&mem);
    free_records(&records);
}

/* --- columns of other types, and bad ones ---------------------------------------------------- */

Test(hist_build, column_types)
{
    static const uint8_t packets[] = {2, 3, 2, 200};
    static const double octets[] = {100, 4294967296.0, 77, 0};
    static const int32_t first[] = {0, 5, 7, 7};
    static const int16_t first_ms[] = {0, 999, 0, 0};
    static const float last[] = {1, 6, 7, 9};
    static const uint16_t last_ms[] = {0, 0, 0, 500};
    static const int64_t aggs[] = {0, INT64_MAX, 1, 2};
    struct records records;
    make_records(&records, 4);
    struct weir_batch batch = {.n = 4};
    const struct weir_column columns[N_USED] = {
        {first, WEIR_I32},  {first_ms, WEIR_I16}, {last, WEIR_F32}, {last_ms, WEIR_U16},
        {packets, WEIR_U8}, {octets, WEIR_F64},   {aggs, WEIR_I64}};
    for (size_t f = 0; f < N_USED; f++)
        batch.field[used_fields[f]] = columns[f];
    for (size_t i = 0; i < 4; i++) {
        records.field[WEIR_PACKETS][i] = packets[i];
        records.field[WEIR_OCTETS][i] = (uint64_t)octets[i];
        records.field[WEIR_FIRST][i] = (uint64_t)first[i];
        records.field[WEIR_FIRST_MS][i] = (uint64_t)first_ms[i];
        records.field[WEIR_LAST][i] = (uint64_t)last[i];
        records.field[WEIR_LAST_MS][i] = last_ms[i];
        records.field[WEIR_AGGS][i] = (uint64_t)aggs[i];
    }
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    for (int x = 0; x < WEIR_N_X; x++) {
        struct weir_hist_request request = {
            .spec = column_sets[N_COLUMN_SETS - 1], .ops = best_ops(), .scratch = ".", .mem = &mem};
        request.spec.x = (enum weir_hist_x)x;
        struct weir_hist_build *hist_build = NULL;
        struct weir_hist hist;
        struct rows want;
        size_t bad = 0;
        weir_hist_init(&hist, &mem);
        CHECK_OK(weir_hist_build_new(&request, &hist_build, &err));
        const struct weir_consumer consumer = weir_hist_build_consumer(hist_build);
        CHECK_OK(consumer.begin(consumer.state, 1, &err));
        CHECK_OK(consumer.add(consumer.state, 0, &batch, &bad, &err));
        CHECK_OK(weir_hist_build_finish(hist_build, &hist, &err));
        expect_rows(&records, &request.spec, 1, &want);
        check_hist(&hist, &want, &request.spec, "types");
        free(want.row);
        weir_hist_release(&hist);
        weir_hist_build_free(hist_build);
    }
    CHECK_NO_LEAK(&mem);
    free_records(&records);
}

/* Adds one batch of 2000 records with the given columns in place of good ones; returns the status
 * of `add`, and where it found the bad record. */
static enum weir_status add_bad(const struct weir_column *packets, const struct weir_column *octets,
                                size_t *bad, struct weir_error *err)
{
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    const struct weir_hist_request request = {.spec = {.x = WEIR_X_LENGTH, .bin_exp = 12},
                                              .ops = best_ops(),
                                              .scratch = ".",
                                              .mem = &mem};
    struct weir_hist_build *hist_build = NULL;
    cr_assert(weir_hist_build_new(&request, &hist_build, err) == WEIR_OK);
    const struct weir_consumer consumer = weir_hist_build_consumer(hist_build);
    cr_assert(consumer.fields == (WEIR_FIELD_BIT(WEIR_PACKETS) | WEIR_FIELD_BIT(WEIR_OCTETS)));
    cr_assert(consumer.begin(consumer.state, 1, err) == WEIR_OK);
    struct weir_batch batch = {.n = 2000};
    batch.field[WEIR_PACKETS] = *packets;
    batch.field[WEIR_OCTETS] = *octets;
    const enum weir_status status = consumer.add(consumer.state, 0, &batch, bad, err);
    weir_hist_build_free(hist_build);
    CHECK_NO_LEAK(&mem);
    return status;
}

Test(hist_build, bad_values)
{
    struct weir_error err = {0};
    static int32_t whole[2000];
    static double real[2000];
    size_t bad = 0;
    const struct weir_column packets = {whole, WEIR_I32};
    const struct weir_column octets = {real, WEIR_F64};
    cr_assert(add_bad(&packets, &octets, &bad, &err) == WEIR_OK);
    whole[1500] = -5;
    cr_assert(add_bad(&packets, &octets, &bad, &err) == WEIR_FORMAT && bad == 1500);
    CHECK_MESSAGE("packets");
    CHECK_MESSAGE("-5");
    real[1499] = 1.5; /* earlier than the bad value of the field before it */
    cr_assert(add_bad(&packets, &octets, &bad, &err) == WEIR_FORMAT && bad == 1499);
    CHECK_MESSAGE("octets");
    CHECK_MESSAGE("1.5");
    real[1499] = 0;
    real[1500] = -1;
    real[1501] = 0.5;
    cr_assert(add_bad(&packets, &octets, &bad, &err) == WEIR_FORMAT && bad == 1500);
    whole[1500] = 0;
    real[1500] = 0x1p64;
    cr_assert(add_bad(&packets, &octets, &bad, &err) == WEIR_FORMAT && bad == 1500);
    CHECK_MESSAGE("octets");
    real[1500] = (double)NAN;
    cr_assert(add_bad(&packets, &octets, &bad, &err) == WEIR_FORMAT && bad == 1500);
    const struct weir_column none = {NULL, WEIR_TYPE_NONE};
    cr_assert(add_bad(&packets, &none, &bad, &err) == WEIR_FORMAT);
    CHECK_MESSAGE("octets");
}

Test(hist_build, usage)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_hist_build *hist_build = NULL;
    struct weir_hist_request request = {.ops = best_ops(), .scratch = ".", .mem = &mem};
    request.spec.bin_exp = 64;
    CHECK_STATUS(weir_hist_build_new(&request, &hist_build, &err), WEIR_USAGE);
    CHECK_MESSAGE("64");
    request.spec =
        (struct weir_hist_spec){.n_extras = 2, .extra = {WEIR_HIST_AGGS, WEIR_HIST_AGGS}};
    CHECK_STATUS(weir_hist_build_new(&request, &hist_build, &err), WEIR_USAGE);
    CHECK_MESSAGE("aggs");
    CHECK_NO_LEAK(&mem);
}

Test(hist_build, no_records)
{
    struct records none = {0};
    struct setup setup = {.ops = best_ops(), .n_lanes = 3, .batch_records = 1, .times = 1};
    const struct rows want = {0};
    check_build(&setup, &none, &want, "empty");
}

/* --- failures -------------------------------------------------------------------------------- */

Test(hist_build, n_th_allocation_fails)
{
    struct weir_error err = {0};
    struct records records;
    make_records(&records, 1500);
    fill_hostile(&records);
    for (size_t kind = 0; kind < 3; kind++) {
        static const size_t budgets[] = {0, 1, 200000};
        struct setup setup = {.spec = column_sets[N_COLUMN_SETS - 1],
                              .ops = best_ops(),
                              .n_lanes = 2,
                              .batch_records = 700,
                              .budget_bytes = budgets[kind],
                              .times = 1,
                              .scratch = "."};
        setup.spec.bin_exp = kind == 0 ? 12 : 0;
        struct rows want;
        expect_rows(&records, &setup.spec, 1, &want);
        long long n = 0;
        size_t n_failures = 0;
        for (;; n++) {
            struct weir_mem mem;
            struct weir_hist hist;
            uint64_t n_bad_times = 0;
            weir_mem_init(&mem, SIZE_MAX);
            weir_hist_init(&hist, &mem);
            weir_mem_fail_after(&mem, n);
            const enum weir_status status =
                build(&setup, &records, &mem, &hist, &n_bad_times, &err);
            const bool reached = atomic_load(&mem.fail_after) < 0;
            cr_assert(status == WEIR_OK || status == WEIR_MEMORY);
            n_failures += status == WEIR_MEMORY;
            if (status == WEIR_OK)
                check_hist(&hist, &want, &setup.spec, "one allocation less");
            else
                cr_assert(err.message[0] != '\0');
            weir_hist_release(&hist);
            CHECK_NO_LEAK(&mem);
            if (!reached)
                break;
        }
        cr_assert(n_failures > 5);
        free(want.row);
    }
    free_records(&records);
}

Test(hist_build, scratch_directory_is_missing)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    struct weir_hist hist;
    struct records records;
    uint64_t n_bad_times = 0;
    make_records(&records, 1500);
    fill_hostile(&records);
    const struct setup setup = {.ops = best_ops(),
                                .n_lanes = 1,
                                .batch_records = 1500,
                                .budget_bytes = 1,
                                .times = 1,
                                .scratch = "no/such/place"};
    weir_mem_init(&mem, SIZE_MAX);
    weir_hist_init(&hist, &mem);
    CHECK_STATUS(build(&setup, &records, &mem, &hist, &n_bad_times, &err), WEIR_IO);
    CHECK_MESSAGE("no/such/place");
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
    free_records(&records);
}

static enum weir_status ignore_row(void *context, const weir_u128 *row, struct weir_error *err)
{
    (void)context;
    (void)row;
    (void)err;
    return WEIR_OK;
}

Test(hist_build, sums_of_128_bits_do_not_wrap)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    struct weir_hist_entries half[2];
    struct weir_hist_stream streams[2];
    weir_mem_init(&mem, SIZE_MAX);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(weir_hist_entries_init(&half[i], 8, 2, 4, &mem));
        uint64_t *entry = weir_hist_find_u128(&half[i], 42);
        weir_hist_number_set(entry, 1, 1);
        weir_hist_number_set(entry, 2, 5);
        weir_hist_number_set(entry, 3, ((weir_u128)1 << 127) - i);
        weir_hist_entries_sort(&half[i]);
        weir_hist_stream_entries(&streams[i], &half[i], 4);
    }
    CHECK_OK(weir_hist_merge(streams, 2, ignore_row, NULL, &mem, &err));
    weir_hist_number_set(half[1].words, 3, (weir_u128)1 << 127);
    for (size_t i = 0; i < 2; i++)
        weir_hist_stream_entries(&streams[i], &half[i], 4);
    CHECK_STATUS(weir_hist_merge(streams, 2, ignore_row, NULL, &mem, &err), WEIR_LIMIT);
    CHECK_MESSAGE("42");
    for (size_t i = 0; i < 2; i++)
        weir_hist_entries_release(&half[i]);
    CHECK_NO_LEAK(&mem);
}

Test(hist_build, sums_of_rates)
{
    struct weir_error err = {0};
    const struct weir_hist_spec spec = {.n_extras = 1, .extra = {WEIR_HIST_RATE}};
    const weir_u128 most_high = WEIR_U128_MAX >> 28;
    weir_u128 sums[4];
    weir_u128 parts[5] = {1, 2, 3, ((weir_u128)7 << 48) + (1 << 20) - 1, 5};
    CHECK_OK(weir_hist_spec_sums(&spec, parts, sums, &err));
    cr_assert(sums[0] == 1 && sums[1] == 2 && sums[2] == 3);
    cr_assert(sums[3] == (((weir_u128)12) << 28));
    parts[3] = 0;
    parts[4] = most_high;
    CHECK_OK(weir_hist_spec_sums(&spec, parts, sums, &err));
    cr_assert(sums[3] == most_high << 28);
    parts[3] = (weir_u128)1 << 48;
    CHECK_STATUS(weir_hist_spec_sums(&spec, parts, sums, &err), WEIR_LIMIT);
    CHECK_MESSAGE("rate");
    parts[3] = 0;
    parts[4] = most_high + 1;
    CHECK_STATUS(weir_hist_spec_sums(&spec, parts, sums, &err), WEIR_LIMIT);
}

/* Sorting in place against the order of a plain array, for keys of one and two words. */
Test(hist_build, entries_sort)
{
    enum { N = 3000 };
    for (unsigned number_words = 1; number_words <= 2; number_words++) {
        struct weir_mem mem;
        struct weir_hist_entries entries;
        weir_mem_init(&mem, SIZE_MAX);
        cr_assert(weir_hist_entries_init(&entries, 4 * number_words, number_words, 2, &mem));
        weir_u128 total = 0;
        for (size_t i = 0; i < N; i++) {
            const uint64_t low = i % 5 == 0 ? i : hostile_u64();
            const weir_u128 key =
                number_words == 1 ? low : (weir_u128)(hostile_u64() & 0xff00ff) << 64 | low;
            uint64_t *entry = NULL;
            while ((entry = number_words == 1 ? weir_hist_find_u64(&entries, low)
                                              : weir_hist_find_u128(&entries, key)) == NULL)
                cr_assert(weir_hist_entries_grow(&entries));
            entry[number_words]++;
            entry[2 * number_words] = (uint64_t)key;
            total += 1;
        }
        const size_t used = entries.used;
        weir_hist_entries_sort(&entries);
        cr_assert(entries.used == used && used > 1000);
        for (size_t i = 0; i < used; i++) {
            const uint64_t *entry = entries.words + i * 4 * number_words;
            cr_assert(entry[0] == entry[2 * number_words], "a row was torn");
            total -= entry[number_words];
            if (i == 0)
                continue;
            const uint64_t *before = entry - 4 * number_words;
            cr_assert(number_words == 1 ? before[0] < entry[0]
                                        : weir_hist_number(before, 0) < weir_hist_number(entry, 0));
        }
        cr_assert(total == 0);
        weir_hist_entries_release(&entries);
        CHECK_NO_LEAK(&mem);
    }
}

/* --- answers of flow-models ------------------------------------------------------------------ */

struct reference_trace {
    struct weir_column column[WEIR_N_FIELDS];
};

static void read_column(const char *reference, const char *file, enum weir_type type,
                        struct weir_column *column)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/trace-8000/trace/%s", reference, file);
    FILE *stream = fopen(path, "rb");
    cr_assert(stream != NULL, "%s", path);
    void *data = malloc(8000 * weir_type_bytes(type));
    cr_assert(data != NULL && fread(data, weir_type_bytes(type), 8000, stream) == 8000);
    fclose(stream);
    *column = (struct weir_column){.data = data, .type = type};
}

static void read_trace(const char *reference, struct reference_trace *trace)
{
    *trace = (struct reference_trace){0};
    read_column(reference, "first.I", WEIR_U32, &trace->column[WEIR_FIRST]);
    read_column(reference, "first_ms.H", WEIR_U16, &trace->column[WEIR_FIRST_MS]);
    read_column(reference, "last.I", WEIR_U32, &trace->column[WEIR_LAST]);
    read_column(reference, "last_ms.H", WEIR_U16, &trace->column[WEIR_LAST_MS]);
    read_column(reference, "packets.Q", WEIR_U64, &trace->column[WEIR_PACKETS]);
    read_column(reference, "octets.Q", WEIR_U64, &trace->column[WEIR_OCTETS]);
    read_column(reference, "aggs.I", WEIR_U32, &trace->column[WEIR_AGGS]);
}

/* The histogram must be the file's, line by line; sums of rates are doubles there. */
static void check_answer(const struct weir_hist *hist, const char *reference, const char *name)
{
    char path[4096];
    char line[1000];
    snprintf(path, sizeof path, "%s/trace-8000/expected/hist/%s.csv", reference, name);
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL && fgets(line, sizeof line, file) != NULL, "%s", path);
    for (size_t i = 0; i < hist->n_bins; i++) {
        cr_assert(fgets(line, sizeof line, file) != NULL, "%s has %zu lines", name, i);
        char *at = line;
        cr_assert(strtoull(at, &at, 10) == (uint64_t)hist->bin_lo[i]);
        cr_assert(strtoull(at + 1, &at, 10) == (uint64_t)hist->bin_hi[i]);
        for (size_t c = 0; c < hist->n_columns; c++) {
            const uint64_t want = strtoull(at + 1, &at, 10);
            const uint64_t got = (uint64_t)hist->sum[i * hist->n_columns + c];
            const uint64_t apart = got < want ? want - got : got - want;
            if (strcmp(hist->column_name[c], "rate") == 0)
                cr_assert(apart <= 1 || (double)apart <= 1e-9 * (double)want, "%s: %s", name, line);
            else
                cr_assert(apart == 0, "%s: %s: %s", name, hist->column_name[c], line);
        }
    }
    cr_assert(fgets(line, sizeof line, file) == NULL, "%s has more lines", name);
    fclose(file);
}

static void check_reference_hist(const struct reference_trace *trace, const char *reference,
                                 const char *name, struct weir_hist_spec spec, size_t n_lanes)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    struct weir_hist hist;
    struct weir_hist_build *hist_build = NULL;
    weir_mem_init(&mem, SIZE_MAX);
    weir_hist_init(&hist, &mem);
    const struct weir_hist_request request = {
        .spec = spec, .ops = best_ops(), .scratch = ".", .mem = &mem};
    CHECK_OK(weir_hist_build_new(&request, &hist_build, &err));
    const struct weir_consumer consumer = weir_hist_build_consumer(hist_build);
    CHECK_OK(consumer.begin(consumer.state, n_lanes, &err));
    for (size_t at = 0; at < 8000; at += 500) {
        struct weir_batch batch = {.n = 500};
        for (int f = 0; f < WEIR_N_FIELDS; f++)
            if ((consumer.fields & WEIR_FIELD_BIT(f)) != 0)
                batch.field[f] = (struct weir_column){.data = weir_column_at(&trace->column[f], at),
                                                      .type = trace->column[f].type};
        size_t bad = 0;
        CHECK_OK(consumer.add(consumer.state, at / 500 % n_lanes, &batch, &bad, &err));
    }
    CHECK_OK(weir_hist_build_finish(hist_build, &hist, &err));
    cr_assert(weir_hist_build_bad_times(hist_build) == 0);
    check_answer(&hist, reference, name);
    weir_hist_build_free(hist_build);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

Test(hist_build, answers_of_flow_models)
{
    static const struct {
        const char *name;
        struct weir_hist_spec spec;
    } cases[] = {
        {"length-b0", {.x = WEIR_X_LENGTH, .bin_exp = 0}},
        {"length-b4", {.x = WEIR_X_LENGTH, .bin_exp = 4}},
        {"length-b12", {.x = WEIR_X_LENGTH, .bin_exp = 12}},
        {"size-b0", {.x = WEIR_X_SIZE, .bin_exp = 0}},
        {"size-b4", {.x = WEIR_X_SIZE, .bin_exp = 4}},
        {"size-b12", {.x = WEIR_X_SIZE, .bin_exp = 12}},
        {"duration-b12-duration",
         {.x = WEIR_X_DURATION, .bin_exp = 12, .n_extras = 1, .extra = {WEIR_HIST_DURATION}}},
        {"length-b12-duration-rate-aggs",
         {.x = WEIR_X_LENGTH,
          .bin_exp = 12,
          .n_extras = 3,
          .extra = {WEIR_HIST_DURATION, WEIR_HIST_RATE, WEIR_HIST_AGGS}}},
    };
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    struct reference_trace trace;
    read_trace(reference, &trace);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t n_lanes = 1; n_lanes <= 7; n_lanes += 3)
            check_reference_hist(&trace, reference, cases[i].name, cases[i].spec, n_lanes);
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        free((void *)(uintptr_t)trace.column[f].data);
}
