/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws in two passes over a group of records: first their pieces, which asks for the memory of all
 * of them, then their values. There are no branches that depend on the numbers, because those would
 * be guesses, so the misses of many records overlap. For inclusion by the variants, which differ in
 * the instructions for 128-bit products and for rounding; with no contraction to fma() they give
 * the same bits. */
#include "sample.h"

#define GROUP     256
#define TWO_TO_32 4294967296.0

static inline uint64_t round_randomly(const struct weir_sample_table *table, double value,
                                      uint64_t x, uint32_t word)
{
    const int64_t down = (int64_t)value;
    const double fraction = value - (double)down;
    const uint64_t up = (uint64_t)down + 1;
    const uint64_t most = x / WEIR_SAMPLE_SHARE | table->open;
    const bool rises = ((double)word < fraction * TWO_TO_32) & (up <= most);
    const uint64_t y = (uint64_t)down + rises;
    return y < table->least_y ? table->least_y : y;
}

static void draw_group(const struct weir_sample_table *table,
                       const uint32_t *const word[WEIR_PHILOX_WORDS], size_t n,
                       uint64_t *restrict x, uint64_t *restrict y)
{
    const struct weir_sample_piece *piece[GROUP];
    for (size_t i = 0; i < n; i++) {
        piece[i] = weir_sample_choose(table, word[0][i], word[1][i]);
        __builtin_prefetch(piece[i]);
    }
    for (size_t i = 0; i < n; i++) {
        const uint64_t drawn = weir_sample_place(piece[i], word[2][i], word[3][i]);
        const double mean = piece[i]->base + piece[i]->slope * (double)(int64_t)drawn;
        x[i] = drawn;
        y[i] = round_randomly(table, mean, drawn, word[3][i]);
    }
}

static void draw(const struct weir_sample_table *table, uint32_t *const word[WEIR_PHILOX_WORDS],
                 size_t n, uint64_t *x, uint64_t *y)
{
    const struct weir_sample_table local = *table;
    for (size_t at = 0; at < n; at += GROUP) {
        const uint32_t *const here[WEIR_PHILOX_WORDS] = {word[0] + at, word[1] + at, word[2] + at,
                                                         word[3] + at};
        draw_group(&local, here, n - at < GROUP ? n - at : GROUP, x + at, y + at);
    }
}
