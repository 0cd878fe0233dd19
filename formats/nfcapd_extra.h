/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the columns beyond the 21 fields stand in nfcapd records.
 *
 * A plan says, for a set of extras, which elements (nfdump 1.7) and which extensions (1.6) have to
 * be looked at; the values themselves are loaded when records are decoded. Pure functions.
 */
#ifndef WEIR_NFCAPD_EXTRA_H
#define WEIR_NFCAPD_EXTRA_H

#include "extra.h"

#define WEIR_NFCAPD_EXTRA_ROWS 48

/* The extensions of nfdump 1.6 that extras come from. */
#define WEIR_NFCAPD_EXTENSION_FIRST 6
#define WEIR_NFCAPD_EXTENSION_LAST  27
#define WEIR_NFCAPD_N_EXTENSIONS    (WEIR_NFCAPD_EXTENSION_LAST - WEIR_NFCAPD_EXTENSION_FIRST + 1)

/* One place where a value may stand. */
struct weir_nfcapd_extra_row {
    uint8_t number; /* of the element or extension; 0: in the fixed part of a record of 1.6 */
    uint8_t slot;   /* of the value: its rank in the set */
    uint8_t offset; /* in the data of the element, in the extension, or in the record */
    uint8_t bytes;  /* 1, 2, 4 or 8 */
};

struct weir_nfcapd_extra_plan {
    size_t n_slots; /* extras in the set */
    enum weir_type type[WEIR_N_EXTRAS];
    size_t n_17;
    struct weir_nfcapd_extra_row row_17[WEIR_NFCAPD_EXTRA_ROWS];
    size_t n_16;
    struct weir_nfcapd_extra_row row_16[WEIR_NFCAPD_EXTRA_ROWS];
    uint32_t extensions; /* bit n: extension n is looked at, so extension maps are needed */
};

/* The place of a value as it is noted per record: offset in the block and width; 0: absent. */
#define WEIR_NFCAPD_EXTRA_AT(offset, bytes) ((uint32_t)(offset) | (uint32_t)(bytes) << 28)
#define WEIR_NFCAPD_EXTRA_OFFSET(at)        ((at)&0x0fffffffU)
#define WEIR_NFCAPD_EXTRA_BYTES(at)         ((at) >> 28)

void weir_nfcapd_extra_plan_init(struct weir_nfcapd_extra_plan *plan, weir_extras extras);

#endif
