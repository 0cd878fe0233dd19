/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Column types and the conversion of column values. */
#include "batch.h"
#include "check.h"

#include <math.h>

/* One row per type, with the type codes and sizes of Python's array module. */
static const struct {
    enum weir_type type;
    char code;
    size_t n_bytes;
    const char *least, *most; /* as value text; reals: of whole numbers only */
} rows[] = {
    {WEIR_I8, 'b', 1, "-128", "127"},
    {WEIR_U8, 'B', 1, "0", "255"},
    {WEIR_I16, 'h', 2, "-32768", "32767"},
    {WEIR_U16, 'H', 2, "0", "65535"},
    {WEIR_I32, 'i', 4, "-2147483648", "2147483647"},
    {WEIR_U32, 'I', 4, "0", "4294967295"},
    {WEIR_I64, 'q', 8, "-9223372036854775808", "9223372036854775807"},
    {WEIR_U64, 'Q', 8, "0", "18446744073709551615"},
};
#define N_ROWS (sizeof rows / sizeof *rows)

Test(batch, types_and_codes)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        cr_assert(weir_type_bytes(rows[i].type) == rows[i].n_bytes);
        cr_assert(weir_type_code(rows[i].type) == rows[i].code);
        cr_assert(weir_type_find(rows[i].code) == rows[i].type);
        cr_assert(weir_type_is_signed(rows[i].type) == (rows[i].least[0] == '-'));
        cr_assert(!weir_type_is_real(rows[i].type));
    }
    cr_assert(weir_type_find('l') == WEIR_I64 && weir_type_find('L') == WEIR_U64);
    cr_assert(weir_type_find('f') == WEIR_F32 && weir_type_find('d') == WEIR_F64);
    cr_assert(weir_type_bytes(WEIR_F32) == 4 && weir_type_bytes(WEIR_F64) == 8);
    cr_assert(weir_type_is_real(WEIR_F32) && weir_type_is_real(WEIR_F64));
    cr_assert(!weir_type_is_signed(WEIR_F32));
    cr_assert(weir_type_bytes(WEIR_TYPE_NONE) == 0 && weir_type_code(WEIR_TYPE_NONE) == '\0');
    for (int c = 0; c < 256; c++)
        if (c == 0 || strchr("bBhHiIlLqQfd", c) == NULL)
            cr_assert(weir_type_find((char)c) == WEIR_TYPE_NONE, "%d", c);
}

/* Bytes of the value `text` in `type`, for any integer type. */
static void store(enum weir_type type, const char *text, void *out)
{
    const unsigned long long bits =
        text[0] == '-' ? (unsigned long long)strtoll(text, NULL, 10) : strtoull(text, NULL, 10);
    memcpy(out, &bits, weir_type_bytes(type)); /* little-endian */
}

Test(batch, common_type_holds_both)
{
    for (size_t a = 0; a < N_ROWS; a++)
        for (size_t b = 0; b < N_ROWS; b++) {
            const enum weir_type got = weir_type_common(rows[a].type, rows[b].type);
            /* By brute force: the first of the table that can hold all four ends. */
            enum weir_type want = WEIR_TYPE_NONE;
            const bool negative = rows[a].least[0] == '-' || rows[b].least[0] == '-';
            for (size_t t = 0; t < N_ROWS && want == WEIR_TYPE_NONE; t++) {
                if ((rows[t].least[0] == '-') != negative)
                    continue;
                const unsigned long long most = strtoull(rows[t].most, NULL, 10);
                const long long least = strtoll(rows[t].least, NULL, 10);
                if (strtoull(rows[a].most, NULL, 10) <= most &&
                    strtoull(rows[b].most, NULL, 10) <= most &&
                    strtoll(rows[a].least, NULL, 10) >= least &&
                    strtoll(rows[b].least, NULL, 10) >= least)
                    want = rows[t].type;
            }
            cr_assert(got == want, "%c and %c give %d instead of %d", rows[a].code, rows[b].code,
                      got, want);
        }
    for (size_t a = 0; a < N_ROWS; a++) {
        cr_assert(weir_type_common(rows[a].type, WEIR_TYPE_NONE) == rows[a].type);
        cr_assert(weir_type_common(WEIR_TYPE_NONE, rows[a].type) == rows[a].type);
        cr_assert(weir_type_common(rows[a].type, WEIR_F32) == WEIR_F64);
        cr_assert(weir_type_common(WEIR_F64, rows[a].type) == WEIR_F64);
    }
    cr_assert(weir_type_common(WEIR_F32, WEIR_F32) == WEIR_F32);
    cr_assert(weir_type_common(WEIR_F32, WEIR_F64) == WEIR_F64);
    cr_assert(weir_type_common(WEIR_TYPE_NONE, WEIR_TYPE_NONE) == WEIR_TYPE_NONE);
}

/* Both ends of every integer type, at every place of a column, converted and shown. */
Test(batch, integers_convert_or_are_named)
{
    enum { N = 70 };
    for (size_t t = 0; t < N_ROWS; t++)
        for (size_t end = 0; end < 2; end++)
            for (size_t place = 0; place < N; place++) {
                const char *text = end == 0 ? rows[t].least : rows[t].most;
                uint64_t storage[N + 1] = {0};
                uint64_t out_u[N];
                int64_t out_i[N];
                size_t bad = N;
                char shown[WEIR_VALUE_CAPACITY];
                const struct weir_column column = {storage, rows[t].type};
                store(rows[t].type, text, (char *)storage + (place + 1) * rows[t].n_bytes);
                cr_assert_str_eq(weir_column_value_text(&column, place + 1, shown), text);

                const bool fits_u = text[0] != '-';
                cr_assert(weir_column_load_u64(&column, 1, N, out_u, NULL, &bad) == fits_u);
                cr_assert(bad == (fits_u ? N : place));
                for (size_t i = 0; i < (fits_u ? N : place); i++)
                    cr_assert(out_u[i] == (i == place ? strtoull(text, NULL, 10) : 0));

                bad = N;
                const bool fits_i = strcmp(text, "18446744073709551615") != 0;
                cr_assert(weir_column_load_i64(&column, 1, N, out_i, NULL, &bad) == fits_i);
                cr_assert(bad == (fits_i ? N : place));
                for (size_t i = 0; i < (fits_i ? N : place); i++)
                    cr_assert(out_i[i] == (i == place ? strtoll(text, NULL, 10) : 0));
            }
}

Test(batch, views_copy_nothing)
{
    const uint64_t values[3] = {1, UINT64_MAX, 3};
    const int64_t signed_values[3] = {1, -2, 3};
    const uint16_t narrow[3] = {1, 2, 3};
    const struct weir_column u64 = {values, WEIR_U64};
    const struct weir_column i64 = {signed_values, WEIR_I64};
    const struct weir_column u16 = {narrow, WEIR_U16};
    uint64_t out[3] = {7, 7, 7};
    int64_t out_i[3] = {7, 7, 7};
    const uint64_t *view = NULL;
    const int64_t *view_i = NULL;
    size_t bad = 9;
    cr_assert(weir_column_load_u64(&u64, 1, 2, out, &view, &bad) && view == values + 1);
    cr_assert(weir_column_load_i64(&i64, 1, 2, out_i, &view_i, &bad) &&
              view_i == signed_values + 1);
    cr_assert(out[0] == 7 && out_i[0] == 7);
    cr_assert(weir_column_load_u64(&u16, 1, 2, out, &view, &bad) && view == out && out[1] == 3);
    cr_assert(weir_column_load_i64(&u16, 1, 2, out_i, &view_i, &bad) && view_i == out_i);
    cr_assert(weir_column_load_u64(&u64, 0, 3, out, NULL, &bad) && out[1] == UINT64_MAX);
    cr_assert(weir_column_load_u64(&i64, 0, 0, out, &view, &bad) && view == out);
    cr_assert(!weir_column_load_u64(&i64, 0, 3, out, &view, &bad) && bad == 1);
    const struct weir_column absent = {NULL, WEIR_TYPE_NONE};
    char shown[WEIR_VALUE_CAPACITY];
    cr_assert(!weir_column_load_u64(&absent, 0, 1, out, NULL, &bad) && bad == 0);
    cr_assert_str_eq(weir_column_value_text(&absent, 0, shown), "none");
}

Test(batch, reals_must_be_whole_and_in_range)
{
    static const struct {
        double value;
        bool fits_u, fits_i;
        const char *text;
    } cases[] = {
        {0.0, true, true, "0"},
        {-0.0, true, true, "-0"},
        {1.0, true, true, "1"},
        {-1.0, false, true, "-1"},
        {0.5, false, false, "0.5"},
        {0.1, false, false, "0.1"},
        {1e300, false, false, "1e+300"},
        {0x1p53, true, true, "9007199254740992"},
        {0x1p63, true, false, "9223372036854775808"},
        {-0x1p63, false, true, "-9223372036854775808"},
        {-0x1p63 - 2048, false, false, "-9223372036854777856"},
        {0x1p64, false, false, "18446744073709551616"},
        {0x1p64 - 2048, true, false, "18446744073709549568"},
        {INFINITY, false, false, "inf"},
        {-INFINITY, false, false, "-inf"},
        {NAN, false, false, "nan"},
        {5e-324, false, false, "5e-324"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double values[40];
        float singles[40];
        for (size_t i = 0; i < 40; i++) {
            values[i] = (double)i;
            singles[i] = (float)i;
        }
        values[33] = cases[c].value;
        singles[33] = (float)cases[c].value;
        const struct weir_column wide = {values, WEIR_F64};
        const struct weir_column narrow = {singles, WEIR_F32};
        uint64_t out[40];
        int64_t out_i[40];
        size_t bad = 99;
        cr_assert(weir_column_load_u64(&wide, 0, 40, out, NULL, &bad) == cases[c].fits_u, "%s",
                  cases[c].text);
        if (cases[c].fits_u)
            cr_assert((double)out[33] == cases[c].value && out[39] == 39 && bad == 99);
        else
            cr_assert(bad == 33 && out[32] == 32);
        bad = 99;
        cr_assert(weir_column_load_i64(&wide, 0, 40, out_i, NULL, &bad) == cases[c].fits_i, "%s",
                  cases[c].text);
        if (cases[c].fits_i)
            cr_assert((double)out_i[33] == cases[c].value && out_i[39] == 39 && bad == 99);
        else
            cr_assert(bad == 33 && out_i[32] == 32);
        char shown[WEIR_VALUE_CAPACITY];
        weir_column_value_text(&wide, 33, shown);
        /* The text must mean the value; its form is printf's. */
        cr_assert(isnan(cases[c].value) ? strstr(shown, "nan") != NULL
                                        : strtod(shown, NULL) == cases[c].value,
                  "%s for %s", shown, cases[c].text);
        if ((double)(float)cases[c].value == cases[c].value) {
            cr_assert(weir_column_load_u64(&narrow, 0, 40, out, NULL, &bad) == cases[c].fits_u);
            cr_assert(weir_column_load_i64(&narrow, 0, 40, out_i, NULL, &bad) == cases[c].fits_i);
        }
    }
    const float tenth = 0.1F;
    char shown[WEIR_VALUE_CAPACITY];
    cr_assert_str_eq(weir_column_value_text(&(struct weir_column){&tenth, WEIR_F32}, 0, shown),
                     "0.1");
}

Test(batch, field_sets)
{
    cr_assert(WEIR_FIELDS_ALL == 0x1fffff && WEIR_N_FIELDS == 21);
}
