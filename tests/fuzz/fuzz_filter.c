/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filter expressions: the same records in different column types, on kernels of every level, must
 * give the same mask or the same failure at the same record. */
#include "filter.h"
#include "fuzz.h"

#include <string.h>

#define N_RECORDS     40
#define N_ASSIGNMENTS 6
#define FAIL_BYTES    256 /* longer expressions are parsed often enough without failing memory */

/* Columns of one choice of types, over the same values. */
struct columns {
    struct weir_column field[WEIR_N_FIELDS];
    uint64_t storage[WEIR_N_FIELDS][N_RECORDS];
};

struct answer {
    enum weir_status status;
    struct weir_error err;
    size_t bad;
    size_t n_selected;
    uint8_t mask[N_RECORDS];
};

/* Small ones, ends of types, and ends of what doubles hold; all fit into signed and unsigned. */
static const uint64_t edges[] = {0,
                                 1,
                                 2,
                                 3,
                                 6,
                                 17,
                                 63,
                                 64,
                                 65,
                                 80,
                                 127,
                                 128,
                                 255,
                                 256,
                                 443,
                                 32767,
                                 32768,
                                 65535,
                                 65536,
                                 INT32_MAX,
                                 UINT64_C(1) << 31,
                                 UINT32_MAX,
                                 UINT64_C(1) << 32,
                                 UINT64_C(1) << 53,
                                 INT64_MAX,
                                 UINT64_C(1) << 63,
                                 UINT64_MAX - 1,
                                 UINT64_MAX};

#define N_EDGES (sizeof edges / sizeof *edges)

static bool type_holds(enum weir_type type, uint64_t value)
{
    if (type == WEIR_F32)
        return value <= UINT64_C(1) << 24;
    if (type == WEIR_F64)
        return value <= UINT64_C(1) << 53;
    const unsigned bits = 8 * (unsigned)weir_type_bytes(type) - (weir_type_is_signed(type) ? 1 : 0);
    return value <= UINT64_MAX >> (64 - bits);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Value of a field in a record; fields differ in how far their values reach. */
static uint64_t value_of(int field, size_t record)
{
    uint64_t state = (uint64_t)field * 1000 + record;
    const size_t reach = 4 + (size_t)(field * 7) % (N_EDGES - 3);
    next_random(&state);
    return edges[next_random(&state) % reach];
}

static void store(void *column, enum weir_type type, size_t i, uint64_t value)
{
    const size_t bytes = weir_type_bytes(type);
    const float single = (float)value;
    const double real = (double)value;
    const void *from = type == WEIR_F32   ? (const void *)&single
                       : type == WEIR_F64 ? (const void *)&real
                                          : (const void *)&value; /* little-endian */
    memcpy((char *)column + i * bytes, from, bytes);
}

/* Picks a type for each field among those that hold all its values. */
static void fill(struct columns *columns, unsigned assignment)
{
    uint64_t state = assignment;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        enum weir_type fits[WEIR_N_TYPES];
        size_t n_fits = 0;
        for (int t = WEIR_I8; t < WEIR_N_TYPES; t++) {
            bool all = true;
            for (size_t i = 0; i < N_RECORDS; i++)
                all = all && type_holds((enum weir_type)t, value_of(f, i));
            if (all)
                fits[n_fits++] = (enum weir_type)t;
        }
        const size_t pick = assignment == 0 ? 0 : next_random(&state) % n_fits;
        columns->field[f] = (struct weir_column){columns->storage[f], fits[pick]};
        for (size_t i = 0; i < N_RECORDS; i++)
            store(columns->storage[f], fits[pick], i, value_of(f, i));
    }
}

static void run(struct weir_filter_lane *lane, const struct columns *columns, struct answer *answer)
{
    struct weir_batch batch = {.n = N_RECORDS};
    memset(answer, 0, sizeof *answer);
    memcpy(batch.field, columns->field, sizeof batch.field);
    answer->status = weir_filter_run(lane, &batch, answer->mask, &answer->n_selected, &answer->bad,
                                     &answer->err);
    fuzz_check_status(answer->status, &answer->err);
    const size_t good = answer->status == WEIR_OK ? N_RECORDS : answer->bad;
    FUZZ_REQUIRE(good <= N_RECORDS, "record %zu", good);
    size_t n_ones = 0;
    for (size_t i = 0; i < good; i++) {
        FUZZ_REQUIRE(answer->mask[i] <= 1, "mask %d", answer->mask[i]);
        n_ones += answer->mask[i];
    }
    FUZZ_REQUIRE(n_ones == answer->n_selected, "%zu ones, %zu said", n_ones, answer->n_selected);
}

static void check_same(const struct answer *a, const struct answer *b, const char *text)
{
    FUZZ_REQUIRE(a->status == b->status && a->bad == b->bad, "%s: %s, record %zu, then %s, %zu",
                 text, weir_status_name(a->status), a->bad, weir_status_name(b->status), b->bad);
    FUZZ_REQUIRE(strcmp(a->err.message, b->err.message) == 0, "%s: %s, then %s", text,
                 a->err.message, b->err.message);
    const size_t good = a->status == WEIR_OK ? N_RECORDS : a->bad;
    FUZZ_REQUIRE(memcmp(a->mask, b->mask, good) == 0, "%s: other masks", text);
}

/* One lane is bound to one choice of types after the other. */
static void check_level(const struct weir_filter *filter, enum weir_cpu cpu, struct weir_mem *mem,
                        struct answer *want)
{
    struct weir_error err = {{0}};
    struct weir_kernels kernels;
    struct weir_filter_lane *lane = NULL;
    weir_kernels_choose(cpu, &kernels);
    const enum weir_status status = weir_filter_lane_new(filter, &kernels, mem, &lane, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    for (unsigned assignment = 0; assignment < N_ASSIGNMENTS; assignment++) {
        struct columns columns;
        struct answer got;
        fill(&columns, assignment);
        run(lane, &columns, &got);
        if (cpu == WEIR_CPU_REF && assignment == 0)
            *want = got;
        check_same(want, &got, weir_filter_text(filter));
    }
    weir_filter_lane_free(lane);
}

static void parse_without_memory(const char *text, uint64_t n_th, struct weir_mem *mem)
{
    struct weir_error err = {{0}};
    struct weir_filter *filter = NULL;
    weir_mem_fail_after(mem, (long long)n_th);
    const enum weir_status status = weir_filter_parse(text, mem, &filter, &err);
    fuzz_check_status(status, &err);
    weir_mem_fail_after(mem, -1);
    if (status == WEIR_OK)
        weir_filter_free(filter);
    fuzz_check_no_leak(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct weir_mem mem;
    struct weir_error err = {{0}};
    struct weir_filter *filter = NULL;
    struct answer want;
    char *text = malloc(n + 1);
    FUZZ_REQUIRE(text != NULL, "no memory");
    if (n > 0)
        memcpy(text, data, n);
    text[n] = '\0';
    weir_mem_init(&mem, SIZE_MAX);
    const enum weir_status status = weir_filter_parse(text, &mem, &filter, &err);
    fuzz_check_status(status, &err);
    FUZZ_REQUIRE(status == WEIR_OK || status == WEIR_USAGE || status == WEIR_LIMIT, "%s",
                 err.message);
    for (int cpu = WEIR_CPU_REF; status == WEIR_OK && cpu <= (int)weir_cpu_detect(); cpu++)
        check_level(filter, (enum weir_cpu)cpu, &mem, &want);
    weir_filter_free(filter);
    fuzz_check_no_leak(&mem);
    if (n <= FAIL_BYTES)
        parse_without_memory(text, fuzz_hash(data, n) & 7, &mem);
    free(text);
    return 0;
}
