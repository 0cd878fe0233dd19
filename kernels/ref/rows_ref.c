/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows for any machine: words are moved one by one. */
#include "rows_body.h"

static void pack(const struct weir_rows_layout *layout, const void *const *columns, size_t n,
                 void *rows)
{
    const size_t n_words = layout->stride_bytes / 8;
    const uint64_t *plane[ROWS_WORDS_MAX];
    struct rows_space space;
    uint64_t *row = rows;
    for (size_t begin = 0; begin < n; begin += ROWS_BLOCK) {
        const size_t m = n - begin < ROWS_BLOCK ? n - begin : ROWS_BLOCK;
        rows_planes(layout, columns, begin, m, &space, plane);
        for (size_t i = 0; i < m; i++, row += n_words)
            for (size_t w = 0; w < n_words; w++)
                row[w] = plane[w][i];
    }
}

static void unpack(const struct weir_rows_layout *layout, const void *rows, size_t n,
                   void *const *columns)
{
    const size_t n_words = layout->stride_bytes / 8;
    const uint64_t *row = rows;
    struct rows_space space;
    for (size_t begin = 0; begin < n; begin += ROWS_BLOCK) {
        const size_t m = n - begin < ROWS_BLOCK ? n - begin : ROWS_BLOCK;
        for (size_t i = 0; i < m; i++, row += n_words)
            for (size_t w = 0; w < n_words; w++)
                space.plane[w][i] = row[w];
        rows_columns(layout, &space, begin, m, false, columns);
    }
}

static void gather(const struct weir_rows_layout *layout, const void *rows, const uint32_t *order,
                   size_t n, void *const *columns)
{
    const size_t n_words = layout->stride_bytes / 8;
    const uint64_t *all = rows;
    struct rows_space space;
    for (size_t begin = 0; begin < n; begin += ROWS_BLOCK) {
        const size_t m = n - begin < ROWS_BLOCK ? n - begin : ROWS_BLOCK;
        for (size_t i = 0; i < m; i++) {
            const uint64_t *row = all + order[begin + i] * n_words;
            if (begin + i + ROWS_AHEAD < n)
                for (size_t w = 0; w < n_words; w += 8)
                    __builtin_prefetch(all + order[begin + i + ROWS_AHEAD] * n_words + w);
            for (size_t w = 0; w < n_words; w++)
                space.plane[w][i] = row[w];
        }
        rows_columns(layout, &space, begin, m, false, columns);
    }
}

const struct weir_rows_ops weir_rows_ref = {
    .pack = pack, .unpack = unpack, .gather = gather, .gather_column = body_gather_column};
