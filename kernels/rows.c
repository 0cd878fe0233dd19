/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layout of rows. */
#include "rows.h"

#define LINE_BYTES 64

static size_t stride_of(size_t bytes)
{
    size_t stride = 8;
    if (bytes > LINE_BYTES)
        return (bytes + 15) / 16 * 16;
    while (stride < bytes)
        stride *= 2;
    return stride;
}

void weir_rows_layout_set(struct weir_rows_layout *layout, const uint8_t *widths, size_t n_columns)
{
    size_t at = 0;
    size_t n_placed = 0;
    layout->n_columns = n_columns;
    for (unsigned width = 8; width >= 1; width /= 2)
        for (size_t c = 0; c < n_columns; c++) {
            if (widths[c] != width)
                continue;
            layout->width[c] = widths[c];
            layout->offset[c] = (uint16_t)at;
            layout->by_offset[n_placed++] = (uint8_t)c;
            at += width;
        }
    layout->stride_bytes = stride_of(at);
}
