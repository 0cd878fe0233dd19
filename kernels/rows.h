/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: records whose columns stand together, and the way from columns to rows and back.
 *
 * Reading records in random order costs a cache miss per column as long as they are columns, and
 * one or two per record once they are rows. A row has a fixed stride; inside, columns are placed
 * wide ones first, so that every value is aligned to its width. Bytes behind the last column are 0.
 *
 *     struct weir_rows_layout layout;
 *     weir_rows_layout_set(&layout, widths, n_columns);
 *     rows = ... n * layout.stride_bytes bytes, aligned to a cache line ...
 *     ops->pack(&layout, columns, n, rows);
 *     ops->gather(&layout, rows, order, n, sorted_columns);
 *
 * Columns are arrays of values of 1, 2, 4 or 8 bytes, aligned to that, whatever the values mean.
 * No operation reads or writes behind the last value of a column or behind the last row. Inputs and
 * outputs must not overlap. All are leaves: any number of threads may work on disjoint outputs,
 * such as parts of one table of rows.
 */
#ifndef WEIR_ROWS_H
#define WEIR_ROWS_H

#include "kernel.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_ROWS_COLUMNS_MAX 128

/* From this size on, outputs that are aligned to a cache line are written past the caches: rows
 * whole, columns too. Parts of a table begin at multiples of 64 records for that. */
#define WEIR_ROWS_STREAM_BYTES ((size_t)1 << 20)

struct weir_rows_layout {
    size_t n_columns;
    size_t stride_bytes;                    /* a multiple of 8 */
    uint8_t width[WEIR_ROWS_COLUMNS_MAX];   /* bytes of a value: 1, 2, 4 or 8 */
    uint16_t offset[WEIR_ROWS_COLUMNS_MAX]; /* of the column in a row, a multiple of its width */
    uint8_t
        by_offset[WEIR_ROWS_COLUMNS_MAX]; /* columns in the order in which they stand in a row */
};

/* Lays out rows of `n_columns` (1 .. WEIR_ROWS_COLUMNS_MAX) columns of widths[c] = 1, 2, 4 or 8
 * bytes. The stride is 8, 16, 32 or 64 bytes, so that no row lies in two cache lines; that of
 * longer rows is a multiple of 16. */
void weir_rows_layout_set(struct weir_rows_layout *layout, const uint8_t *widths, size_t n_columns);

struct weir_rows_ops {
    /* Row i = value i of every column, for `n` records. `rows` is aligned to 8 bytes and has room
     * for n strides. */
    void (*pack)(const struct weir_rows_layout *layout, const void *const *columns, size_t n,
                 void *rows);

    /* Value i of every column = that of row i, for `n` records: the inverse of pack. */
    void (*unpack)(const struct weir_rows_layout *layout, const void *rows, size_t n,
                   void *const *columns);

    /* Value i of every column = that of row order[i], for i < n. Indices may be any below the
     * number of rows, also repeated. */
    void (*gather)(const struct weir_rows_layout *layout, const void *rows, const uint32_t *order,
                   size_t n, void *const *columns);

    /* out[i] = in[order[i]] for i < n, values of `bytes` = 1, 2, 4 or 8 bytes. Better than rows
     * where neighbours in the order are neighbours in the column. */
    void (*gather_column)(const void *in, size_t bytes, const uint32_t *order, size_t n, void *out);
};

#endif
