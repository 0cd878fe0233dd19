/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sort_keys: packed words against a comparison of the values themselves, for every type, with ties,
 * constant columns and hostile values; what the survey finds against a walk over all pairs. */
#include "check.h"
#include "sort_model.h"

#include <math.h>

#define N_COLUMNS 6
#define N_MAX     3000

static uint64_t storage[N_COLUMNS][N_MAX];

/* Fills a column: all bits random, few values, the ends of the range, or one value. */
static void fill_column(struct weir_column *column, void *data, size_t n)
{
    static const double hard[] = {0.0,    -0.0,     1.0,      -1.0,   INFINITY, -INFINITY,
                                  NAN,    1e-310,   -1e-310,  1e-42,  -1e-42,   1e300,
                                  3.5e38, -1.5e300, 16777217, 5e-324, 1.0 / 3,  -2.5};
    const size_t bytes = weir_type_bytes(column->type);
    const uint64_t kind = sort_random() % 4;
    const uint64_t fixed = sort_random();
    column->data = data;
    for (size_t i = 0; i < n; i++) {
        const uint64_t some = sort_random() % 5;
        const uint64_t ends[] = {0, 1, UINT64_MAX, 0x7f7f7f7f7f7f7f7f, 0x8080808080808080};
        const uint64_t value = kind == 0   ? sort_random()
                               : kind == 1 ? fixed + some
                               : kind == 2 ? ends[some]
                                           : fixed;
        void *at = (char *)data + i * bytes;
        memcpy(at, &value, bytes);
        if (weir_type_is_real(column->type) && kind != 0)
            sort_put_real(at, column->type, kind == 3 ? 2.5 : hard[sort_random() % 18]);
    }
}

static void make_table(struct weir_sort_table *table, struct weir_sort_keys *keys, size_t n)
{
    memset(keys, 0, sizeof *keys);
    table->n = n;
    table->n_columns = N_COLUMNS;
    for (size_t c = 0; c < N_COLUMNS; c++) {
        table->column[c].type = (enum weir_type)(1 + sort_random() % (WEIR_N_TYPES - 1));
        fill_column(&table->column[c], storage[c], n);
    }
    keys->n_keys = 1 + sort_random() % N_COLUMNS;
    for (size_t k = 0; k < keys->n_keys; k++)
        keys->key[k].column = (k * 5 + 3) % N_COLUMNS;
}

static int compare_words(const struct weir_sort_keys *keys, uint64_t words[][N_MAX], size_t a,
                         size_t b)
{
    for (size_t w = 0; w < keys->n_words; w++)
        if (words[w][a] != words[w][b])
            return words[w][a] > words[w][b] ? 1 : -1;
    return 0;
}

Test(sort_keys, words)
{
    struct weir_error err;
    static uint64_t words[N_COLUMNS][N_MAX];
    struct weir_sort_table table;
    struct weir_sort_keys keys;
    for (int round = 0; round < 3000; round++) {
        const size_t n = 1 + sort_random() % (round % 50 == 0 ? N_MAX : 40);
        enum weir_sort_found found = WEIR_SORT_UNORDERED;
        make_table(&table, &keys, n);
        CHECK_OK(weir_sort_keys_survey(&keys, &table, 1 + round % 3, &found, &err));
        unsigned bits = 0;
        for (size_t w = 0; w < keys.n_words; w++) {
            cr_assert(keys.word_bits[w] > 0 && keys.word_bits[w] <= 64);
            bits += keys.word_bits[w];
            weir_sort_keys_pack(&keys, &table, w, 0, n, words[w]);
            for (size_t i = 0; i < n; i++)
                cr_assert(keys.word_bits[w] == 64 || words[w][i] >> keys.word_bits[w] == 0);
        }
        for (size_t k = 0; k < keys.n_keys; k++)
            bits -= keys.key[k].bits;
        cr_assert(bits == 0, "bits are not those of the keys");
        for (size_t i = 0; i < n; i++) {
            const size_t a = sort_random() % n;
            const size_t b = i + 1 < n ? i + 1 : 0;
            cr_assert(compare_words(&keys, words, i, b) ==
                      sort_compare_records(&keys, &table, i, b));
            cr_assert(compare_words(&keys, words, a, b) ==
                      sort_compare_records(&keys, &table, a, b));
        }
        uint64_t part[10];
        const size_t begin = sort_random() % n;
        const size_t n_part = n - begin < 10 ? n - begin : 10;
        for (size_t w = 0; w < keys.n_words; w++) {
            weir_sort_keys_pack(&keys, &table, w, begin, n_part, part);
            cr_assert(memcmp(part, &words[w][begin], n_part * sizeof *part) == 0);
        }
    }
}

Test(sort_keys, found)
{
    struct weir_error err;
    static const char *const names[] = {"unordered", "ascending", "descending"};
    unsigned n_found[3] = {0};
    for (int round = 0; round < 4000; round++) {
        struct weir_sort_table table;
        struct weir_sort_keys keys;
        make_table(&table, &keys, sort_random() % 4);
        bool ascending = true;
        bool descending = true;
        for (size_t i = 0; i + 1 < table.n; i++) {
            const int order = sort_compare_records(&keys, &table, i, i + 1);
            ascending = ascending && order <= 0;
            descending = descending && order > 0;
        }
        const enum weir_sort_found want = ascending    ? WEIR_SORT_ASCENDING
                                          : descending ? WEIR_SORT_DESCENDING
                                                       : WEIR_SORT_UNORDERED;
        enum weir_sort_found found = WEIR_SORT_UNORDERED;
        CHECK_OK(weir_sort_keys_survey(&keys, &table, 1, &found, &err));
        cr_assert(found == want, "%s instead of %s", names[found], names[want]);
        n_found[found]++;
    }
    cr_assert(n_found[0] > 100 && n_found[1] > 100 && n_found[2] > 100);
}

/* One pair out of order, at and around the bounds of pieces and blocks. */
Test(sort_keys, bounds)
{
    struct weir_error err;
    enum { N = (1 << 19) + 5 };
    static uint32_t values[N];
    static const size_t places[] = {0,      1,      1022,          1023,   1024,  1025,
                                    262142, 262143, 262144,        262145, N - 3, N - 2,
                                    524286, 524287, (1 << 19) + 1, 500000};
    struct weir_sort_table table = {.n = N, .n_columns = 1, .column = {{values, WEIR_U32}}};
    struct weir_sort_keys keys = {.n_keys = 1};
    enum weir_sort_found found = WEIR_SORT_UNORDERED;
    for (int threads = 1; threads <= 7; threads += 3) {
        for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
            for (size_t i = 0; i < N; i++)
                values[i] = (uint32_t)(2 * i + 10);
            CHECK_OK(weir_sort_keys_survey(&keys, &table, threads, &found, &err));
            cr_assert(found == WEIR_SORT_ASCENDING);
            values[places[p]] += 3;
            CHECK_OK(weir_sort_keys_survey(&keys, &table, threads, &found, &err));
            cr_assert(found == WEIR_SORT_UNORDERED, "at %zu", places[p]);
            for (size_t i = 0; i < N; i++)
                values[i] = (uint32_t)(2 * (N - i));
            CHECK_OK(weir_sort_keys_survey(&keys, &table, threads, &found, &err));
            cr_assert(found == WEIR_SORT_DESCENDING);
            values[places[p]] -= 2; /* a tie */
            CHECK_OK(weir_sort_keys_survey(&keys, &table, threads, &found, &err));
            cr_assert(found == WEIR_SORT_UNORDERED, "tie at %zu", places[p]);
        }
    }
}

Test(sort_keys, names)
{
    struct weir_error err;
    struct weir_schema schema = {.field = {[WEIR_SP] = WEIR_U16, [WEIR_OCTETS] = WEIR_U64}};
    schema.n_custom = 2;
    snprintf(schema.custom[0].name, sizeof schema.custom[0].name, "delay");
    schema.custom[0].type = WEIR_F64;
    snprintf(schema.custom[1].name, sizeof schema.custom[1].name, "tag");
    schema.custom[1].type = WEIR_I8;
    const char *known[] = {"tag", "octets", "tag", "delay", "sp", "octets"};
    const char *unknown[] = {"sp", "dp", "x"};
    struct weir_sort_keys keys;
    CHECK_OK(weir_sort_keys_find(&keys, &schema, &(struct weir_words){6, known}, &err));
    cr_assert(keys.n_keys == 4);
    cr_assert(keys.key[0].column == 3 && keys.key[1].column == 1);
    cr_assert(keys.key[2].column == 2 && keys.key[3].column == 0);
    CHECK_STATUS(weir_sort_keys_find(&keys, &schema, &(struct weir_words){3, unknown}, &err),
                 WEIR_FORMAT);
    CHECK_MESSAGE("dp");
}
