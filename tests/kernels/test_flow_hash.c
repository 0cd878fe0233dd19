/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of flow keys: every variant against the formula with wide arithmetic, types that hold the
 * same values, spread of the bits, and the filter against a set. */
#include "check.h"
#include "flow_hash.h"

#include <math.h>
#include <sys/mman.h>

#define N_MAX     300
#define MAP_BYTES ((size_t)1 << 16)

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void for_each_variant(void (*test)(const char *level, const struct weir_flow_hash_ops *ops))
{
    struct weir_kernel_row row;
    int n = 0;
    for (int i = 0; weir_kernel_row(i, &row); i++)
        if (strcmp(row.module, "flow_hash") == 0 && row.cpu <= weir_cpu_detect()) {
            test(weir_cpu_name(row.cpu), row.ops);
            n++;
        }
    cr_assert(n > 0);
}

/* Memory before a page that must not be touched, one place per column. */
static unsigned char *fenced_end(size_t c)
{
    static unsigned char *fenced[WEIR_FLOW_HASH_COLUMNS_MAX];
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (fenced[c] == NULL) {
        void *map = mmap(NULL, MAP_BYTES + page, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert(map != MAP_FAILED);
        cr_assert(mprotect((char *)map + MAP_BYTES, page, PROT_NONE) == 0);
        fenced[c] = map;
    }
    return fenced[c] + MAP_BYTES;
}

static const enum weir_type types[] = {WEIR_I8,  WEIR_U8,  WEIR_I16, WEIR_U16,
                                       WEIR_I32, WEIR_U32, WEIR_I64, WEIR_U64};

/* A column of `type` that ends where memory ends, from the low bytes of values[0 .. n). */
static struct weir_column column_make(size_t c, enum weir_type type, const uint64_t *values,
                                      size_t n)
{
    const size_t bytes = weir_type_bytes(type);
    unsigned char *data = fenced_end(c) - n * bytes;
    for (size_t i = 0; i < n; i++)
        memcpy(data + i * bytes, &values[i], bytes);
    return (struct weir_column){.data = data, .type = type};
}

/* --- the formula ----------------------------------------------------------------------------- */

/* Digits of pi in words of 32 bits (as in Blowfish: P-array, then S-box). */
static const uint32_t pi_digits[28] = {
    0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0x082efa98,
    0xec4e6c89, 0x452821e6, 0x38d01377, 0xbe5466cf, 0x34e90c6c, 0xc0ac29b7, 0xc97c50dd,
    0x3f84d5b5, 0xb5470917, 0x9216d5d9, 0x8979fb1b, 0xd1310ba6, 0x98dfb5ac, 0x2ffd72db,
    0xd01adfb7, 0xb8e1afed, 0x6a267e96, 0xba7c9045, 0xf12c7f99, 0x24a19947, 0xb3916cf7};

static uint64_t word_of(uint64_t value, uint32_t digits)
{
    return (value + digits) % ((uint64_t)1 << 32);
}

static uint64_t want_hash(const uint64_t *value, size_t n_columns)
{
    uint64_t sum = 0;
    for (size_t c = 0; c < n_columns; c += 2) {
        const uint64_t a = value[c];
        const uint64_t b = c + 1 < n_columns ? value[c + 1] : 0;
        sum += word_of(a % ((uint64_t)1 << 32), pi_digits[c]) *
               word_of(b % ((uint64_t)1 << 32), pi_digits[c + 1]);
        sum += word_of(a >> 32, pi_digits[14 + c]) * word_of(b >> 32, pi_digits[15 + c]);
        sum -= (uint64_t)pi_digits[14 + c] * pi_digits[15 + c];
    }
    sum = (sum ^ sum >> 30) * 0xbf58476d1ce4e5b9;
    sum = (sum ^ sum >> 27) * 0x94d049bb133111eb;
    return sum ^ sum >> 31;
}

/* What a column of `type` makes of a value: its low bytes, widened with the sign. */
static uint64_t held_by(enum weir_type type, uint64_t value)
{
    const unsigned bits = (unsigned)(8 * weir_type_bytes(type));
    if (bits == 64)
        return value;
    const uint64_t low = value & (((uint64_t)1 << bits) - 1);
    const bool is_negative = weir_type_is_signed(type) && (low >> (bits - 1) & 1) != 0;
    return is_negative ? low | UINT64_MAX << bits : low;
}

static void check_hash(const char *level, const struct weir_flow_hash_ops *ops, size_t n,
                       size_t n_columns, bool narrow)
{
    static uint64_t values[WEIR_FLOW_HASH_COLUMNS_MAX][2048];
    uint64_t hash[2048 + 1];
    struct weir_column columns[WEIR_FLOW_HASH_COLUMNS_MAX];
    for (size_t c = 0; c < n_columns; c++) {
        const enum weir_type narrow_type =
            (enum weir_type[]){WEIR_U8, WEIR_U16, WEIR_U32}[(random_u64() >> 20) % 3];
        const enum weir_type type = narrow ? narrow_type : types[(random_u64() >> 20) % 8];
        for (size_t i = 0; i < n; i++)
            values[c][i] = random_u64() >> 20 & 3 ? random_u64() : (random_u64() & 16) - 8;
        columns[c] = column_make(c, type, values[c], n);
    }
    hash[n] = 0xA5A5;
    ops->hash(columns, n_columns, n, hash);
    cr_assert_eq(hash[n], 0xA5A5, "%s: wrote behind the end", level);
    for (size_t i = 0; i < n; i++) {
        uint64_t key[WEIR_FLOW_HASH_COLUMNS_MAX];
        for (size_t c = 0; c < n_columns; c++)
            key[c] = held_by(columns[c].type, values[c][i]);
        cr_assert_eq(hash[i], want_hash(key, n_columns), "%s: record %zu of %zu, %zu columns",
                     level, i, n, n_columns);
    }
}

static void check_formula(const char *level, const struct weir_flow_hash_ops *ops)
{
    for (size_t n = 0; n <= N_MAX; n++) {
        check_hash(level, ops, n, 1 + n % WEIR_FLOW_HASH_COLUMNS_MAX, true);
        check_hash(level, ops, n, 1 + n % WEIR_FLOW_HASH_COLUMNS_MAX, false);
    }
    for (size_t n_columns = 1; n_columns <= WEIR_FLOW_HASH_COLUMNS_MAX; n_columns++)
        for (size_t n = 1020; n <= 1040; n++)
            check_hash(level, ops, n, n_columns, n % 2 == 0);
    check_hash(level, ops, 2048, WEIR_FLOW_HASH_COLUMNS_MAX, true);
}

Test(flow_hash, formula)
{
    for_each_variant(check_formula);
}

/* --- types ----------------------------------------------------------------------------------- */

static void check_types(const char *level, const struct weir_flow_hash_ops *ops)
{
    enum { N = 100 };
    uint64_t small[2][N], negative[2][N], want[N], got[N];
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < 2; c++) {
            small[c][i] = random_u64() >> 57;
            negative[c][i] = 0 - (random_u64() >> 58);
        }
    for (size_t a = 0; a < 8; a++)
        for (size_t b = 0; b < 8; b++) {
            struct weir_column columns[2] = {column_make(0, WEIR_U64, small[0], N),
                                             column_make(1, WEIR_U64, small[1], N)};
            ops->hash(columns, 2, N, want);
            columns[0] = column_make(0, types[a], small[0], N);
            columns[1] = column_make(1, types[b], small[1], N);
            ops->hash(columns, 2, N, got);
            cr_assert(memcmp(want, got, sizeof got) == 0, "%s: types %zu and %zu", level, a, b);
            if (!weir_type_is_signed(types[a]) || !weir_type_is_signed(types[b]))
                continue;
            columns[0] = column_make(0, WEIR_I64, negative[0], N);
            columns[1] = column_make(1, WEIR_I64, negative[1], N);
            ops->hash(columns, 2, N, want);
            columns[0] = column_make(0, types[a], negative[0], N);
            columns[1] = column_make(1, types[b], negative[1], N);
            ops->hash(columns, 2, N, got);
            cr_assert(memcmp(want, got, sizeof got) == 0, "%s: types %zu and %zu, negative", level,
                      a, b);
        }
}

Test(flow_hash, types_do_not_matter)
{
    for_each_variant(check_types);
}

/* --- spread ---------------------------------------------------------------------------------- */

static int compare_u64(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* 2^18 keys that differ in few bits of few columns: no two hashes are equal, each bit is one half
 * of the time, and windows of 10 bits are spread as those of random numbers. */
static void check_spread(const char *level, const struct weir_flow_hash_ops *ops)
{
    enum { N = 1 << 18, N_COLUMNS = 14 };
    uint32_t *data[N_COLUMNS];
    struct weir_column columns[N_COLUMNS];
    uint64_t *hash = malloc(N * sizeof *hash);
    for (size_t c = 0; c < N_COLUMNS; c++) {
        data[c] = calloc(N, sizeof *data[c]);
        columns[c] = (struct weir_column){.data = data[c], .type = WEIR_U32};
    }
    for (uint32_t i = 0; i < N; i++) {
        data[7][i] = 0x0A000000 + (i & 63);
        data[11][i] = 0xC0A80000 + (i >> 6 & 63);
        data[12][i] = 1024 + (i >> 12 & 7);
        data[13][i] = 80 + (i >> 15);
    }
    ops->hash(columns, N_COLUMNS, N, hash);
    for (unsigned bit = 0; bit < 64; bit++) {
        size_t ones = 0;
        for (size_t i = 0; i < N; i++)
            ones += hash[i] >> bit & 1;
        cr_assert(fabs((double)ones - N / 2.0) < 6 * sqrt(N / 4.0), "%s: bit %u", level, bit);
    }
    for (unsigned shift = 0; shift <= 54; shift++) {
        double chi = 0;
        size_t count[1024] = {0};
        for (size_t i = 0; i < N; i++)
            count[hash[i] >> shift & 1023]++;
        for (size_t b = 0; b < 1024; b++)
            chi += ((double)count[b] - N / 1024.0) * ((double)count[b] - N / 1024.0) / (N / 1024.0);
        cr_assert(chi < 1023 + 7 * sqrt(2 * 1023.0), "%s: chi-square %g at bit %u", level, chi,
                  shift);
    }
    qsort(hash, N, sizeof *hash, compare_u64);
    for (size_t i = 1; i < N; i++)
        cr_assert(hash[i] != hash[i - 1], "%s: equal hashes", level);
    for (size_t c = 0; c < N_COLUMNS; c++)
        free(data[c]);
    free(hash);
}

Test(flow_hash, spread)
{
    for_each_variant(check_spread);
}

/* --- filter ---------------------------------------------------------------------------------- */

static void check_bloom(const char *level, const struct weir_flow_hash_ops *ops, size_t n_keys)
{
    enum { N_OTHERS = 20000 };
    struct weir_flow_bloom bloom = {.n_words = weir_flow_bloom_words(n_keys)};
    bloom.word = calloc(bloom.n_words, sizeof *bloom.word);
    uint64_t *hash = malloc((n_keys + N_OTHERS) * sizeof *hash);
    uint8_t *mask = malloc(n_keys + N_OTHERS + 1);
    cr_assert(bloom.word != NULL && hash != NULL && mask != NULL);
    cr_assert(bloom.n_words >= 1 && (bloom.n_words & (bloom.n_words - 1)) == 0);
    for (size_t i = 0; i < n_keys + N_OTHERS; i++)
        hash[i] = random_u64() * 0x9E3779B97F4A7C15;
    ops->insert(&bloom, hash, n_keys);
    mask[n_keys] = 7;
    cr_assert_eq(ops->test(&bloom, hash, n_keys, mask), n_keys, "%s: %zu keys lost", level, n_keys);
    cr_assert_eq(mask[n_keys], 7, "%s: wrote behind the end", level);
    for (size_t i = 0; i < n_keys; i++)
        cr_assert_eq(mask[i], 1, "%s: key %zu of %zu", level, i, n_keys);
    const size_t n_hits = ops->test(&bloom, hash + n_keys, N_OTHERS, mask);
    size_t n_ones = 0;
    for (size_t i = 0; i < N_OTHERS; i++) {
        const uint64_t h = hash[n_keys + i];
        const uint64_t word = bloom.word[(h >> 24) % bloom.n_words];
        const bool want = (word >> h % 64 & word >> h / 64 % 64 & word >> h / 4096 % 64 &
                           word >> h / 262144 % 64 & 1) != 0;
        cr_assert_eq(mask[i], want, "%s: other %zu of %zu keys", level, i, n_keys);
        n_ones += want;
    }
    cr_assert_eq(n_hits, n_ones, "%s", level);
    if (n_keys == 0)
        cr_assert_eq(n_hits, 0);
    if (n_keys >= 100)
        cr_assert(n_hits < N_OTHERS / 50, "%s: %zu of %d taken for %zu keys", level, n_hits,
                  N_OTHERS, n_keys);
    free(bloom.word);
    free(hash);
    free(mask);
}

static void check_filters(const char *level, const struct weir_flow_hash_ops *ops)
{
    for (size_t n = 0; n < 100; n++)
        check_bloom(level, ops, n);
    for (size_t n = 100; n < 200000; n = n * 17 / 10 + 1)
        check_bloom(level, ops, n);
}

Test(flow_hash, filter)
{
    for_each_variant(check_filters);
}

Test(flow_hash, words_of_a_filter)
{
    cr_assert_eq(weir_flow_bloom_words(0), 1);
    cr_assert_eq(weir_flow_bloom_words(4), 1);
    cr_assert_eq(weir_flow_bloom_words(8), 2);
    cr_assert_eq(weir_flow_bloom_words(1000000), 1 << 18);
    cr_assert_eq(weir_flow_bloom_words(SIZE_MAX), (size_t)1 << 40);
}
