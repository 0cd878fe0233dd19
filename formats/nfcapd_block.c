/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decompression of one block of an nfcapd file: plain, LZO, bzip2, LZ4, ZSTD.
 *
 * The libraries do not all tell a bad stream from a full buffer, and the size of the result is not
 * stored. So the first try has room for what real writers make (1 MiB until nfdump 1.7.1, 2 MiB
 * since), and whatever fails is tried once more with room for the limit.
 */
#include "nfcapd_block.h"

#define ZSTD_STATIC_LINKING_ONLY /* a context with our allocator */
#include <bzlib.h>
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <stdbool.h>
#include <stdint.h>
#include <zstd.h>
#include <zstd_errors.h>

#define USUAL_BYTES ((size_t)2 << 20)

void weir_nfcapd_unpacker_init(struct weir_nfcapd_unpacker *unpacker, struct weir_mem *mem)
{
    *unpacker = (struct weir_nfcapd_unpacker){.mem = mem};
}

void weir_nfcapd_unpacker_release(struct weir_nfcapd_unpacker *unpacker)
{
    if (unpacker->mem == NULL)
        return;
    ZSTD_freeDCtx(unpacker->zstd);
    weir_mem_free(unpacker->mem, unpacker->bytes);
    *unpacker = (struct weir_nfcapd_unpacker){0};
}

const char *weir_nfcapd_packing_name(enum weir_nfcapd_packing packing)
{
    static const char *const names[WEIR_NFCAPD_N_PACKINGS] = {"plain", "LZO", "bzip2", "LZ4",
                                                              "ZSTD"};
    return names[packing];
}

static void *zstd_alloc(void *mem, size_t n_bytes)
{
    return weir_mem_alloc(mem, n_bytes);
}

static void *bz2_alloc(void *mem, int n, int n_bytes)
{
    return weir_mem_alloc(mem, (size_t)n * (size_t)n_bytes);
}

static void library_free(void *mem, void *block)
{
    weir_mem_free(mem, block);
}

static enum weir_status unpack_lzo(struct weir_nfcapd_unpacker *unpacker,
                                   const unsigned char *stored, size_t n_stored, size_t *n_raw)
{
    lzo_uint n = unpacker->capacity;
    if (lzo1x_decompress_safe(stored, n_stored, unpacker->bytes, &n, NULL) != LZO_E_OK)
        return WEIR_FORMAT;
    *n_raw = n;
    return WEIR_OK;
}

static enum weir_status unpack_bz2(struct weir_nfcapd_unpacker *unpacker,
                                   const unsigned char *stored, size_t n_stored, size_t *n_raw)
{
    bz_stream stream = {
        .next_in = (char *)(uintptr_t)stored, /* only read, but not declared so */
        .avail_in = (unsigned)n_stored,
        .next_out = (char *)unpacker->bytes,
        .avail_out = (unsigned)unpacker->capacity,
        .bzalloc = bz2_alloc,
        .bzfree = library_free,
        .opaque = unpacker->mem,
    };
    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
        return WEIR_MEMORY;
    const int answer = BZ2_bzDecompress(&stream);
    *n_raw = unpacker->capacity - stream.avail_out;
    const bool whole = answer == BZ_STREAM_END && stream.avail_in == 0;
    BZ2_bzDecompressEnd(&stream);
    if (answer == BZ_MEM_ERROR)
        return WEIR_MEMORY;
    return whole ? WEIR_OK : WEIR_FORMAT;
}

static enum weir_status unpack_lz4(struct weir_nfcapd_unpacker *unpacker,
                                   const unsigned char *stored, size_t n_stored, size_t *n_raw)
{
    const int n = LZ4_decompress_safe((const char *)stored, (char *)unpacker->bytes, (int)n_stored,
                                      (int)unpacker->capacity);
    if (n < 0)
        return WEIR_FORMAT;
    *n_raw = (size_t)n;
    return WEIR_OK;
}

static enum weir_status unpack_zstd(struct weir_nfcapd_unpacker *unpacker,
                                    const unsigned char *stored, size_t n_stored, size_t *n_raw)
{
    if (unpacker->zstd == NULL) {
        const ZSTD_customMem mem = {zstd_alloc, library_free, unpacker->mem};
        unpacker->zstd = ZSTD_createDCtx_advanced(mem);
        if (unpacker->zstd == NULL)
            return WEIR_MEMORY;
    }
    const size_t n =
        ZSTD_decompressDCtx(unpacker->zstd, unpacker->bytes, unpacker->capacity, stored, n_stored);
    if (ZSTD_isError(n))
        return ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation ? WEIR_MEMORY : WEIR_FORMAT;
    *n_raw = n;
    return WEIR_OK;
}

static enum weir_status unpack_once(struct weir_nfcapd_unpacker *unpacker,
                                    enum weir_nfcapd_packing packing, const unsigned char *stored,
                                    size_t n_stored, size_t *n_raw)
{
    switch (packing) {
    case WEIR_NFCAPD_LZO:
        return unpack_lzo(unpacker, stored, n_stored, n_raw);
    case WEIR_NFCAPD_BZ2:
        return unpack_bz2(unpacker, stored, n_stored, n_raw);
    case WEIR_NFCAPD_LZ4:
        return unpack_lz4(unpacker, stored, n_stored, n_raw);
    case WEIR_NFCAPD_ZSTD:
        return unpack_zstd(unpacker, stored, n_stored, n_raw);
    case WEIR_NFCAPD_PLAIN:
    case WEIR_NFCAPD_N_PACKINGS:
        break;
    }
    return WEIR_INTERNAL;
}

/* Gives the buffer another size; what it held is lost. */
static enum weir_status set_capacity(struct weir_nfcapd_unpacker *unpacker, size_t n_bytes,
                                     struct weir_error *err)
{
    weir_mem_free(unpacker->mem, unpacker->bytes);
    unpacker->capacity = 0;
    unpacker->bytes = weir_mem_alloc(unpacker->mem, n_bytes);
    if (unpacker->bytes == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a decompressed block of %zu bytes",
                              n_bytes);
    unpacker->capacity = n_bytes;
    return WEIR_OK;
}

enum weir_status weir_nfcapd_unpack(struct weir_nfcapd_unpacker *unpacker,
                                    enum weir_nfcapd_packing packing, const unsigned char *stored,
                                    size_t n_stored, const unsigned char **raw, size_t *n_raw,
                                    struct weir_error *err)
{
    if (packing == WEIR_NFCAPD_PLAIN) {
        *raw = stored;
        *n_raw = n_stored;
        return WEIR_OK;
    }
    enum weir_status status = WEIR_OK;
    if (unpacker->bytes == NULL && packing == WEIR_NFCAPD_LZO && lzo_init() != LZO_E_OK)
        return weir_error_set(err, WEIR_INTERNAL, "the LZO library fails its self-test");
    if (unpacker->bytes == NULL)
        status = set_capacity(unpacker, USUAL_BYTES, err);
    if (status != WEIR_OK)
        return status;
    status = unpack_once(unpacker, packing, stored, n_stored, n_raw);
    if (status == WEIR_FORMAT && unpacker->capacity < WEIR_NFCAPD_BLOCK_BYTES_MAX) {
        status = set_capacity(unpacker, WEIR_NFCAPD_BLOCK_BYTES_MAX, err);
        if (status != WEIR_OK)
            return status;
        status = unpack_once(unpacker, packing, stored, n_stored, n_raw);
    }
    *raw = unpacker->bytes;
    if (status == WEIR_FORMAT)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected a whole %s stream of at most %zu bytes, but found one that "
                              "cannot be decompressed",
                              weir_nfcapd_packing_name(packing), WEIR_NFCAPD_BLOCK_BYTES_MAX);
    if (status == WEIR_MEMORY)
        return weir_error_set(err, WEIR_MEMORY, "no memory to decompress a %s block",
                              weir_nfcapd_packing_name(packing));
    return status;
}
