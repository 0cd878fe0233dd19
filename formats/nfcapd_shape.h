/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fast paths for what nearly all nfcapd files consist of: runs of flow records of nfdump 1.7 whose
 * elements follow each other alike.
 *
 * Both functions take what they can and leave the rest to the general path, which gives the same
 * answers. Private to the nfcapd reader; used by one thread at a time per struct.
 */
#ifndef WEIR_NFCAPD_SHAPE_H
#define WEIR_NFCAPD_SHAPE_H

#include "nfcapd_record.h"

/* The place in the table for the shape of records of `size` bytes. */
static inline struct weir_nfcapd_shape *weir_nfcapd_shape_find(struct weir_nfcapd_records *records,
                                                               size_t size)
{
    return &records->shape[size / 4 % WEIR_NFCAPD_SHAPES];
}

/* Indexes records from byte *at of the block on, `most` at most, as long as each lies in the block,
 * has the shape that the table has for its size, addresses, and times that fit; *at is moved behind
 * them. `size` is that of the flow record before. There must be room for `most` more places, and no
 * columns beyond the fields may be wanted. Returns how many were taken. */
size_t weir_nfcapd_shape_index(struct weir_nfcapd_records *records, size_t *at, size_t size,
                               size_t most);

/* True when there is a buffer for every field that weir_nfcapd_shape_decode fills. */
bool weir_nfcapd_shape_fits(const struct weir_nfcapd_columns *columns);

/* Decodes n <= WEIR_NFCAPD_RUN_RECORDS records, places place[0 .. n) all marked as
 * WEIR_NFCAPD_WHOLE, to slots [out, out + n) of the buffers, all of which must be there. */
#define WEIR_NFCAPD_RUN_RECORDS 256
void weir_nfcapd_shape_decode(const unsigned char *raw, const struct weir_nfcapd_place *place,
                              size_t n, const struct weir_nfcapd_columns *columns, size_t out);

#endif
