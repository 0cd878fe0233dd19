/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of pairs (x, y) of whole numbers from a table of pieces: what flow records are made of.
 *
 * A piece is a range of x in which every whole number is as likely as the next, and a line that
 * tells the mean of y for an x. Pieces are chosen by an alias table. y is the line's value, rounded
 * up with the probability of its fraction and else down, so that its mean is kept.
 *
 * A record takes one block of Philox: words 0 and 1 choose the piece, 2 and 3 the place in it, and
 * 3 the rounding. (A place depends on word 3 by less than 2^-32 of the width of its piece.)
 *
 *     philox->fill(seed, stream, first, n, word);
 *     sample->draw(&table, word, n, x, y);
 *
 * Where every record has a table of its own, the two inline functions give the same x one by one.
 */
#ifndef WEIR_SAMPLE_H
#define WEIR_SAMPLE_H

#include "alias.h"
#include "kernel.h"
#include "philox.h"

/* x per y that rounding leaves where asked to: octets of a packet. */
#define WEIR_SAMPLE_SHARE 64

/* No x, and no value of a line, is beyond it. */
#define WEIR_SAMPLE_X_MAX ((uint64_t)1 << 62)

struct weir_sample_piece {
    uint64_t lo;        /* x is lo .. lo + width - 1 */
    uint64_t width;     /* at least 1 */
    double base, slope; /* mean of y at x: base + slope * x, not negative */
};

struct weir_sample_table {
    size_t n; /* pieces, at least 1 */
    const weir_alias_cell *cell;
    const struct weir_sample_piece *piece;
    uint64_t least_y; /* y is at least this */
    uint64_t open;    /* UINT64_MAX; or 0: y is not rounded up beyond x / WEIR_SAMPLE_SHARE */
};

/* The piece that words 0 and 1 choose. */
static inline const struct weir_sample_piece *
weir_sample_choose(const struct weir_sample_table *table, uint32_t word_0, uint32_t word_1)
{
    const uint64_t choice = (uint64_t)word_1 << 32 | word_0;
    return &table->piece[weir_alias_draw(table->cell, table->n, choice)];
}

/* The x that words 2 and 3 choose in a piece. */
static inline uint64_t weir_sample_place(const struct weir_sample_piece *piece, uint32_t word_2,
                                         uint32_t word_3)
{
    const uint64_t place = (uint64_t)word_2 << 32 | word_3;
    return piece->lo + (uint64_t)((weir_u128)place * piece->width >> 64);
}

struct weir_sample_ops {
    /* Draws x[i] and y[i], i < n, with the words word[0 .. 3][i]. All variants give the same
     * bits. */
    void (*draw)(const struct weir_sample_table *table, uint32_t *const word[WEIR_PHILOX_WORDS],
                 size_t n, uint64_t *x, uint64_t *y);
};

#endif
