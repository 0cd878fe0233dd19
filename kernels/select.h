/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection: from a mask over records to columns that hold the selected records only. */
#ifndef WEIR_SELECT_H
#define WEIR_SELECT_H

#include "kernel.h"

#include <stddef.h>
#include <stdint.h>

struct weir_select_ops {
    /* Number of bytes of mask[0 .. n) that are not 0; each must be 0 or 1. */
    size_t (*count)(const uint8_t *mask, size_t n);

    /* Copies the values i of `in` (n values of `bytes` = 1, 2, 4 or 8 bytes each, aligned to
     * that) with mask[i] = 1 to `out`, in order, and returns their number. `out` needs room for
     * all n values: slots behind the last one may be overwritten. in and out must not overlap. */
    size_t (*compress)(const void *in, size_t bytes, const uint8_t *mask, size_t n, void *out);
};

#endif
