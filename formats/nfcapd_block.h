/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decompression of one block of an nfcapd file.
 *
 * Blocks are compressed independently of each other and do not say how long they are once
 * decompressed; no writer goes beyond WEIR_NFCAPD_BLOCK_BYTES_MAX. An unpacker owns the buffer that
 * holds one decompressed block and is used by one thread at a time.
 */
#ifndef WEIR_NFCAPD_BLOCK_H
#define WEIR_NFCAPD_BLOCK_H

#include "mem.h"
#include "status.h"

/* The limit that all readers of these files set, for stored and for decompressed payloads. */
#define WEIR_NFCAPD_BLOCK_BYTES_MAX ((size_t)5 << 20)

/* Numbered as in the header of layout 2. */
enum weir_nfcapd_packing {
    WEIR_NFCAPD_PLAIN = 0,
    WEIR_NFCAPD_LZO = 1, /* one LZO1X stream with its end marker */
    WEIR_NFCAPD_BZ2 = 2, /* one bzip2 stream */
    WEIR_NFCAPD_LZ4 = 3, /* one raw LZ4 block, no frame */
    WEIR_NFCAPD_ZSTD = 4,
    WEIR_NFCAPD_N_PACKINGS
};

struct weir_nfcapd_unpacker {
    struct weir_mem *mem;
    unsigned char *bytes; /* NULL until a compressed block comes */
    size_t capacity;
    void *zstd; /* decompression context, NULL until a ZSTD block comes */
};

/* Starts an unpacker in the caller's storage; takes no memory yet. */
void weir_nfcapd_unpacker_init(struct weir_nfcapd_unpacker *unpacker, struct weir_mem *mem);

/* Gives everything back. A zeroed struct may be released too. */
void weir_nfcapd_unpacker_release(struct weir_nfcapd_unpacker *unpacker);

/* Decompresses the payload stored[0 .. n_stored). *raw points to its *n_raw bytes: into `stored`
 * itself when it is plain, else into the unpacker, until its next use. WEIR_FORMAT when the bytes
 * are no stream of that kind, hold more behind its end, or give more than
 * WEIR_NFCAPD_BLOCK_BYTES_MAX; WEIR_MEMORY. Messages name no file. */
enum weir_status weir_nfcapd_unpack(struct weir_nfcapd_unpacker *unpacker,
                                    enum weir_nfcapd_packing packing, const unsigned char *stored,
                                    size_t n_stored, const unsigned char **raw, size_t *n_raw,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* "LZO", "LZ4", ...; static storage. */
const char *weir_nfcapd_packing_name(enum weir_nfcapd_packing packing);

#endif
