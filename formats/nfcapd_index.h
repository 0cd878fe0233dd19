/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of an nfcapd file: header and the places of its blocks.
 *
 * The index is built by hopping from block header to block header, without decompressing. It ends
 * where the header says (layout 2; an appendix and trailing bytes of any kind may follow) or at the
 * end of the file (layout 1, whose count of blocks is not reliable). What cannot be hopped over is
 * damage: it is described, and the blocks before it stay usable.
 *
 * Read-only once built; any thread.
 */
#ifndef WEIR_NFCAPD_INDEX_H
#define WEIR_NFCAPD_INDEX_H

#include "format.h"
#include "nfcapd_block.h"

#define WEIR_NFCAPD_BLOCK_HEADER_BYTES 12

enum weir_nfcapd_block_kind {
    WEIR_NFCAPD_BLOCK_15 = 1, /* nfdump 1.5 */
    WEIR_NFCAPD_BLOCK_16 = 2,
    WEIR_NFCAPD_BLOCK_17 = 3,
    WEIR_NFCAPD_BLOCK_ARRAY = 4 /* holds no records */
};

struct weir_nfcapd_block {
    uint64_t offset;    /* of its header */
    uint32_t n_stored;  /* bytes of its payload, which lies inside the file: 1 .. the limit */
    uint32_t n_records; /* as its header says; not checked */
    uint16_t kind;      /* likewise */
};

struct weir_nfcapd_index {
    enum weir_nfcapd_packing packing;
    struct weir_nfcapd_block *block;
    uint64_t n_blocks; /* whole ones */
    uint64_t capacity;
    bool is_damaged;            /* something is wrong with the frame: */
    struct weir_error damage;   /* what, with the path */
    struct weir_losses missing; /* blocks, bytes and records behind the last whole block */
};

/* Builds the index of a mapped file of at least one byte. WEIR_FORMAT: no nfcapd file, or of a kind
 * that cannot be read at all (big-endian, encrypted, nfdump 1.5 and 1.8); WEIR_MEMORY. Messages
 * begin with `path`. Damage is no error here. Release the index in any case. */
enum weir_status weir_nfcapd_index_build(struct weir_nfcapd_index *index, const char *path,
                                         const struct weir_mapping *mapping, struct weir_mem *mem,
                                         struct weir_error *err) WEIR_MUST_CHECK;
void weir_nfcapd_index_release(struct weir_nfcapd_index *index, struct weir_mem *mem);

#endif
