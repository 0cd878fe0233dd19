/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: every variant against plain copies of values, for any mix of widths and any length, with
 * columns that end at the end of mapped memory. */
#include "check.h"
#include "rows.h"

#include <sys/mman.h>

#define N_MAX     200
#define SLACK     64
#define CANARY    0xA5
#define MAP_BYTES ((size_t)1 << 16)

static uint64_t random_state = 0x9E3779B97F4A7C15;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Memory before a page that must not be touched, one place per column. */
static unsigned char *fenced[WEIR_ROWS_COLUMNS_MAX];

static unsigned char *fenced_end(size_t c)
{
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

static void for_each_variant(void (*test)(const char *level, const struct weir_rows_ops *ops))
{
    struct weir_kernel_row row;
    int n = 0;
    for (int i = 0; weir_kernel_row(i, &row); i++)
        if (strcmp(row.module, "rows") == 0 && row.cpu <= weir_cpu_detect()) {
            test(weir_cpu_name(row.cpu), row.ops);
            n++;
        }
    cr_assert(n > 0);
}

/* The 21 columns of a flow record, 74 bytes. */
static const uint8_t flow_widths[] = {4, 2, 4, 2, 1, 1, 2, 2, 4, 4, 4,
                                      4, 4, 4, 4, 4, 2, 2, 8, 8, 4};
#define N_FLOW_WIDTHS (sizeof flow_widths)

static size_t random_widths(uint8_t *widths)
{
    const size_t n = random_u64() >> 20 & 3 ? 1 + (random_u64() >> 20) % 24
                                            : 1 + (random_u64() >> 20) % WEIR_ROWS_COLUMNS_MAX;
    const unsigned kind = (unsigned)(random_u64() >> 20) % 6; /* 0 .. 3: all alike */
    for (size_t c = 0; c < n; c++)
        widths[c] = (uint8_t)(1U << (kind < 4 ? kind : (random_u64() >> 20) % 4));
    return n;
}

/* --- layout ---------------------------------------------------------------------------------- */

static void check_layout(const uint8_t *widths, size_t n)
{
    struct weir_rows_layout layout;
    unsigned char used[2048] = {0};
    size_t total = 0;
    weir_rows_layout_set(&layout, widths, n);
    cr_assert_eq(layout.n_columns, n);
    for (size_t c = 0; c < n; c++) {
        cr_assert_eq(layout.width[c], widths[c]);
        cr_assert_eq(layout.offset[c] % widths[c], 0);
        cr_assert(layout.offset[c] + (size_t)widths[c] <= layout.stride_bytes);
        for (size_t b = 0; b < widths[c]; b++)
            cr_assert_eq(used[layout.offset[c] + b]++, 0, "columns overlap");
        total += widths[c];
    }
    for (size_t k = 1; k < n; k++)
        cr_assert(layout.offset[layout.by_offset[k - 1]] < layout.offset[layout.by_offset[k]]);
    if (total <= 64)
        cr_assert(64 % layout.stride_bytes == 0 && layout.stride_bytes >= 8 &&
                  (layout.stride_bytes == 8 || layout.stride_bytes / 2 < total));
    else
        cr_assert_eq(layout.stride_bytes, (total + 15) / 16 * 16);
}

Test(rows, layout)
{
    uint8_t widths[WEIR_ROWS_COLUMNS_MAX];
    check_layout(flow_widths, N_FLOW_WIDTHS);
    for (int i = 0; i < 3000; i++) {
        const size_t n = random_widths(widths);
        check_layout(widths, n);
    }
}

/* --- one case -------------------------------------------------------------------------------- */

struct sheet {
    struct weir_rows_layout layout;
    size_t n; /* records */
    unsigned char *rows;
    unsigned char *column[WEIR_ROWS_COLUMNS_MAX];
};

/* Random columns that end where memory ends, and their rows by plain copies. */
static void sheet_make(struct sheet *sheet, const uint8_t *widths, size_t n_columns, size_t n)
{
    weir_rows_layout_set(&sheet->layout, widths, n_columns);
    const size_t stride = sheet->layout.stride_bytes;
    sheet->n = n;
    sheet->rows = calloc(n + 1, stride);
    cr_assert(sheet->rows != NULL);
    for (size_t c = 0; c < n_columns; c++) {
        sheet->column[c] = fenced_end(c) - n * widths[c];
        for (size_t i = 0; i < n * widths[c]; i++)
            sheet->column[c][i] = (unsigned char)(random_u64() >> 30);
        for (size_t i = 0; i < n; i++)
            memcpy(sheet->rows + i * stride + sheet->layout.offset[c],
                   sheet->column[c] + i * widths[c], widths[c]);
    }
}

static void check_pack(const char *level, const struct weir_rows_ops *ops,
                       const struct sheet *sheet)
{
    const size_t bytes = sheet->n * sheet->layout.stride_bytes;
    const size_t shift = (random_u64() >> 20) % 9 * 8;
    unsigned char *block = aligned_alloc(64, (bytes + shift + SLACK + 127) / 64 * 64);
    cr_assert(block != NULL);
    memset(block, CANARY, bytes + shift + SLACK);
    ops->pack(&sheet->layout, (const void *const *)sheet->column, sheet->n, block + shift);
    cr_assert(memcmp(block + shift, sheet->rows, bytes) == 0,
              "%s: %zu rows of %zu columns, %zu bytes", level, sheet->n, sheet->layout.n_columns,
              sheet->layout.stride_bytes);
    for (size_t i = 0; i < shift; i++)
        cr_assert_eq(block[i], CANARY);
    for (size_t i = 0; i < SLACK; i++)
        cr_assert_eq(block[shift + bytes + i], CANARY, "%s: wrote behind the last row", level);
    free(block);
}

/* Rows that end where memory ends; gathered in an order with repeats, or unpacked (order NULL). */
static void check_gather(const char *level, const struct weir_rows_ops *ops,
                         const struct sheet *sheet, const uint32_t *order, size_t n)
{
    const struct weir_rows_layout *layout = &sheet->layout;
    const size_t bytes = sheet->n * layout->stride_bytes;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *out[WEIR_ROWS_COLUMNS_MAX];
    unsigned char *block[WEIR_ROWS_COLUMNS_MAX];
    const size_t room = (bytes + page) / page * page;
    unsigned char *map =
        mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(map != MAP_FAILED && mprotect(map + room, page, PROT_NONE) == 0);
    unsigned char *rows = map + room - bytes;
    memcpy(rows, sheet->rows, bytes);
    for (size_t c = 0; c < layout->n_columns; c++) {
        const size_t shift = (random_u64() >> 20) % 17 * layout->width[c];
        block[c] = aligned_alloc(64, (n * 8 + shift + SLACK + 127) / 64 * 64);
        cr_assert(block[c] != NULL);
        memset(block[c], CANARY, n * 8 + shift + SLACK);
        out[c] = block[c] + shift;
    }
    if (order == NULL)
        ops->unpack(layout, rows, n, (void *const *)out);
    else
        ops->gather(layout, rows, order, n, (void *const *)out);
    for (size_t c = 0; c < layout->n_columns; c++) {
        const size_t width = layout->width[c];
        for (size_t i = 0; i < n; i++)
            cr_assert(memcmp(out[c] + i * width,
                             sheet->column[c] + (order == NULL ? i : order[i]) * width, width) == 0,
                      "%s: value %zu of %zu of column %zu of %zu", level, i, n, c,
                      layout->n_columns);
        for (size_t i = 0; i < SLACK; i++)
            cr_assert_eq(out[c][n * width + i], CANARY, "%s: wrote behind a column", level);
        for (unsigned char *at = block[c]; at < out[c]; at++)
            cr_assert_eq(*at, CANARY, "%s: wrote before a column", level);
        free(block[c]);
    }
    cr_assert(munmap(map, room + page) == 0);
}

static void check_case(const char *level, const struct weir_rows_ops *ops, const uint8_t *widths,
                       size_t n_columns, size_t n)
{
    uint32_t order[2 * N_MAX];
    struct sheet sheet;
    sheet_make(&sheet, widths, n_columns, n);
    check_pack(level, ops, &sheet);
    check_gather(level, ops, &sheet, NULL, n);
    const size_t n_order = n == 0 ? 0 : (random_u64() >> 20) % (2 * N_MAX);
    for (size_t i = 0; i < n_order; i++)
        order[i] = (uint32_t)((random_u64() >> 20) % n);
    check_gather(level, ops, &sheet, order, n_order);
    free(sheet.rows);
}

static void check_variant(const char *level, const struct weir_rows_ops *ops)
{
    uint8_t widths[WEIR_ROWS_COLUMNS_MAX];
    for (size_t n = 0; n <= N_MAX; n++)
        check_case(level, ops, flow_widths, N_FLOW_WIDTHS, n);
    for (int i = 0; i < 400; i++) {
        const size_t n_columns = random_widths(widths);
        check_case(level, ops, widths, n_columns, (random_u64() >> 20) % (N_MAX + 1));
    }
}

Test(rows, variants_agree_with_plain_copies)
{
    for_each_variant(check_variant);
}

/* --- large outputs, which are written past the caches ---------------------------------------- */

/* Value i of column c. */
static uint64_t value_of(size_t c, size_t i)
{
    const uint64_t x = (i + 1) * 0x9E3779B97F4A7C15 + c * 0xbf58476d1ce4e5b9;
    return x ^ x >> 29;
}

static void check_large(const char *level, const struct weir_rows_ops *ops)
{
    enum { N = 100003 };
    struct weir_rows_layout layout;
    void *in[N_FLOW_WIDTHS], *out[N_FLOW_WIDTHS];
    weir_rows_layout_set(&layout, flow_widths, N_FLOW_WIDTHS);
    unsigned char *rows = aligned_alloc(64, ((size_t)N * layout.stride_bytes + 63) / 64 * 64);
    uint32_t *order = malloc(N * sizeof *order);
    cr_assert(rows != NULL && order != NULL);
    for (size_t c = 0; c < N_FLOW_WIDTHS; c++) {
        in[c] = aligned_alloc(64, ((size_t)N * 8 + 127) / 64 * 64);
        out[c] = aligned_alloc(64, ((size_t)N * 8 + 127) / 64 * 64);
        cr_assert(in[c] != NULL && out[c] != NULL);
        memset(out[c], CANARY, (size_t)N * 8 + SLACK);
        for (size_t i = 0; i < N; i++) {
            const uint64_t value = value_of(c, i);
            memcpy((char *)in[c] + i * flow_widths[c], &value, flow_widths[c]);
        }
    }
    for (size_t i = 0; i < N; i++)
        order[i] = (uint32_t)(i * 60013 % N);
    ops->pack(&layout, (const void *const *)in, N, rows);
    ops->gather(&layout, rows, order, N, out);
    for (size_t c = 0; c < N_FLOW_WIDTHS; c++) {
        for (size_t i = 0; i < N; i++) {
            const uint64_t value = value_of(c, order[i]);
            cr_assert(memcmp((char *)out[c] + i * flow_widths[c], &value, flow_widths[c]) == 0,
                      "%s: value %zu of column %zu", level, i, c);
        }
        for (size_t i = 0; i < SLACK; i++)
            cr_assert_eq(((unsigned char *)out[c])[(size_t)N * flow_widths[c] + i], CANARY);
    }
    ops->unpack(&layout, rows, N, out);
    for (size_t c = 0; c < N_FLOW_WIDTHS; c++) {
        cr_assert(memcmp(out[c], in[c], (size_t)N * flow_widths[c]) == 0, "%s: unpack", level);
        free(in[c]);
        free(out[c]);
    }
    free(rows);
    free(order);
}

Test(rows, large)
{
    for_each_variant(check_large);
}

/* --- single columns -------------------------------------------------------------------------- */

static void check_columns(const char *level, const struct weir_rows_ops *ops)
{
    enum { N_VALUES = 500 };
    unsigned char out[N_MAX * 8 + SLACK];
    uint32_t order[N_MAX];
    for (size_t n = 0; n <= N_MAX; n++)
        for (size_t bytes = 1; bytes <= 8; bytes *= 2) {
            unsigned char *in = fenced_end(0) - N_VALUES * bytes;
            for (size_t i = 0; i < N_VALUES * bytes; i++)
                in[i] = (unsigned char)(random_u64() >> 30);
            for (size_t i = 0; i < n; i++)
                order[i] = (random_u64() >> 20) % 4 == 0
                               ? N_VALUES - 1
                               : (uint32_t)((random_u64() >> 20) % N_VALUES);
            memset(out, CANARY, sizeof out);
            ops->gather_column(in, bytes, order, n, out);
            for (size_t i = 0; i < n; i++)
                cr_assert(memcmp(out + i * bytes, in + order[i] * bytes, bytes) == 0,
                          "%s: %zu of %zu values of %zu bytes", level, i, n, bytes);
            for (size_t i = n * bytes; i < sizeof out; i++)
                cr_assert_eq(out[i], CANARY, "%s: wrote behind the end", level);
        }
}

Test(rows, gather_column)
{
    for_each_variant(check_columns);
}
