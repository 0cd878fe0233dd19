/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header and block index of nfcapd files, layouts 1 and 2. */
#include "nfcapd_index.h"

#include "nfcapd_layout.h"

#include <inttypes.h>

enum { MAGIC_AT = 0, VERSION_AT = 2 };
#define MAGIC         0xa50c
#define MAGIC_SWAPPED 0x0ca5

/* Layout 1: header, statistics, blocks. */
enum { V1_FLAGS_AT = 4, V1_N_BLOCKS_AT = 8, V1_BLOCKS_AT = 276 };
enum { V1_FLAG_LZO = 0x01, V1_FLAG_BZ2 = 0x08, V1_FLAG_LZ4 = 0x10 };

/* Layout 2: header, blocks, appendix. */
enum {
    V2_PACKING_AT = 16,
    V2_ENCRYPTION_AT = 17,
    V2_N_APPENDIX_AT = 18,
    V2_APPENDIX_AT = 24,
    V2_N_BLOCKS_AT = 36,
    V2_BLOCKS_AT = 40
};

struct walk {
    struct weir_nfcapd_index *index;
    const char *path;
    const struct weir_mapping *mapping;
    struct weir_mem *mem;
    uint64_t at; /* offset of the next block header */
};

static enum weir_status push_block(const struct walk *walk, const struct weir_nfcapd_block *block,
                                   struct weir_error *err)
{
    struct weir_nfcapd_index *index = walk->index;
    if (index->n_blocks == index->capacity) {
        const uint64_t capacity = index->capacity == 0 ? 16 : 2 * index->capacity;
        struct weir_nfcapd_block *grown =
            weir_mem_resize(walk->mem, index->block, capacity * sizeof *grown);
        if (grown == NULL)
            return weir_error_set(err, WEIR_MEMORY,
                                  "%s: no memory for an index of %" PRIu64 " blocks", walk->path,
                                  capacity);
        index->block = grown;
        index->capacity = capacity;
    }
    index->block[index->n_blocks++] = *block;
    return WEIR_OK;
}

/* Describes why the hop ends at walk->at; everything from there on is missing. */
static void note_tail(struct walk *walk)
{
    struct weir_nfcapd_index *index = walk->index;
    const uint64_t left = walk->mapping->n_bytes - walk->at;
    index->is_damaged = true;
    index->missing = (struct weir_losses){.blocks = 1, .bytes = left};
    if (left < WEIR_NFCAPD_BLOCK_HEADER_BYTES) {
        (void)weir_error_set(&index->damage, WEIR_FORMAT,
                             "%s: block %" PRIu64 " at offset %" PRIu64
                             ": expected a header of %d bytes, but found only %" PRIu64,
                             walk->path, index->n_blocks, walk->at, WEIR_NFCAPD_BLOCK_HEADER_BYTES,
                             left);
        return;
    }
    const unsigned char *header = walk->mapping->data + walk->at;
    const uint32_t n_stored = weir_nfcapd_u32(header + 4);
    if (n_stored == 0 || n_stored > WEIR_NFCAPD_BLOCK_BYTES_MAX) {
        (void)weir_error_set(&index->damage, WEIR_FORMAT,
                             "%s: block %" PRIu64 " at offset %" PRIu64
                             ": expected a size of 1 to %zu bytes, but found %" PRIu32,
                             walk->path, index->n_blocks, walk->at, WEIR_NFCAPD_BLOCK_BYTES_MAX,
                             n_stored);
        return;
    }
    index->missing.records = weir_nfcapd_u32(header);
    (void)weir_error_set(&index->damage, WEIR_FORMAT,
                         "%s: block %" PRIu64 " at offset %" PRIu64 ": expected %" PRIu32
                         " bytes, but found only %" PRIu64 " before the end of the file",
                         walk->path, index->n_blocks, walk->at, n_stored,
                         left - WEIR_NFCAPD_BLOCK_HEADER_BYTES);
}

/* Hops over blocks until there are `n_blocks` of them, or `end` is reached, or the next one is not
 * whole. */
static enum weir_status hop(struct walk *walk, uint64_t n_blocks, uint64_t end,
                            struct weir_error *err)
{
    const struct weir_mapping *mapping = walk->mapping;
    while (walk->index->n_blocks < n_blocks && walk->at < end) {
        const uint64_t left = mapping->n_bytes - walk->at;
        const unsigned char *header = mapping->data + walk->at;
        const uint32_t n_stored =
            left < WEIR_NFCAPD_BLOCK_HEADER_BYTES ? 0 : weir_nfcapd_u32(header + 4);
        if (n_stored == 0 || n_stored > WEIR_NFCAPD_BLOCK_BYTES_MAX ||
            n_stored > left - WEIR_NFCAPD_BLOCK_HEADER_BYTES) {
            note_tail(walk);
            return WEIR_OK;
        }
        const struct weir_nfcapd_block block = {.offset = walk->at,
                                                .n_stored = n_stored,
                                                .n_records = weir_nfcapd_u32(header),
                                                .kind = weir_nfcapd_u16(header + 8)};
        const enum weir_status status = push_block(walk, &block, err);
        if (status != WEIR_OK)
            return status;
        walk->at += WEIR_NFCAPD_BLOCK_HEADER_BYTES + n_stored;
    }
    return WEIR_OK;
}

/* The header promises `n_blocks`; fewer are there. */
static void note_missing_blocks(struct walk *walk, uint64_t n_blocks)
{
    struct weir_nfcapd_index *index = walk->index;
    if (index->n_blocks >= n_blocks)
        return;
    index->missing.blocks = n_blocks - index->n_blocks;
    if (index->is_damaged)
        return;
    index->is_damaged = true;
    (void)weir_error_set(&index->damage, WEIR_FORMAT,
                         "%s: expected %" PRIu64 " blocks, but found only %" PRIu64
                         " before the end of the file",
                         walk->path, n_blocks, index->n_blocks);
}

/* Layout 1 is read to the end: writers that append do not update the count of blocks. */
static enum weir_status build_v1(struct walk *walk, struct weir_error *err)
{
    const struct weir_mapping *mapping = walk->mapping;
    if (mapping->n_bytes < V1_BLOCKS_AT)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected an nfcapd header of %d bytes, but found %zu bytes",
                              walk->path, V1_BLOCKS_AT, mapping->n_bytes);
    const uint32_t flags = weir_nfcapd_u32(mapping->data + V1_FLAGS_AT);
    switch (flags & (V1_FLAG_LZO | V1_FLAG_BZ2 | V1_FLAG_LZ4)) {
    case 0:
        walk->index->packing = WEIR_NFCAPD_PLAIN;
        break;
    case V1_FLAG_LZO:
        walk->index->packing = WEIR_NFCAPD_LZO;
        break;
    case V1_FLAG_BZ2:
        walk->index->packing = WEIR_NFCAPD_BZ2;
        break;
    case V1_FLAG_LZ4:
        walk->index->packing = WEIR_NFCAPD_LZ4;
        break;
    default:
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected one compression method, but found flags 0x%" PRIx32,
                              walk->path, flags);
    }
    walk->at = V1_BLOCKS_AT;
    const enum weir_status status = hop(walk, UINT64_MAX, mapping->n_bytes, err);
    if (status == WEIR_OK)
        note_missing_blocks(walk, weir_nfcapd_u32(mapping->data + V1_N_BLOCKS_AT));
    return status;
}

/* In a file that was closed, the count of blocks and the offset of the appendix confirm each other.
 * Where they do not, all blocks that can be found count. */
static enum weir_status build_v2_blocks(struct walk *walk, struct weir_error *err)
{
    struct weir_nfcapd_index *index = walk->index;
    const unsigned char *header = walk->mapping->data;
    const uint64_t n_bytes = walk->mapping->n_bytes;
    const uint32_t n_blocks = weir_nfcapd_u32(header + V2_N_BLOCKS_AT);
    const uint64_t appendix = weir_nfcapd_u16(header + V2_N_APPENDIX_AT) != 0
                                  ? weir_nfcapd_u64(header + V2_APPENDIX_AT)
                                  : 0;
    walk->at = V2_BLOCKS_AT;
    enum weir_status status = hop(walk, n_blocks, n_bytes, err);
    if (status != WEIR_OK)
        return status;
    note_missing_blocks(walk, n_blocks);
    if (index->is_damaged || walk->at == appendix ||
        (appendix == 0 && (n_blocks != 0 || walk->at == n_bytes)))
        return WEIR_OK;
    const uint64_t end = walk->at;
    status = hop(walk, UINT64_MAX, appendix > end && appendix < n_bytes ? appendix : n_bytes, err);
    if (status != WEIR_OK || index->is_damaged)
        return status;
    index->is_damaged = true;
    if (appendix == 0)
        (void)weir_error_set(&index->damage, WEIR_FORMAT,
                             "%s: expected a finished file, but its header counts no blocks and "
                             "%" PRIu64 " follow",
                             walk->path, index->n_blocks);
    else
        (void)weir_error_set(&index->damage, WEIR_FORMAT,
                             "%s: expected %" PRIu32 " blocks to end at the appendix at offset "
                             "%" PRIu64 ", but found their end at %" PRIu64,
                             walk->path, n_blocks, appendix, end);
    return WEIR_OK;
}

static enum weir_status build_v2(struct walk *walk, struct weir_error *err)
{
    const struct weir_mapping *mapping = walk->mapping;
    if (mapping->n_bytes < V2_BLOCKS_AT)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected an nfcapd header of %d bytes, but found %zu bytes",
                              walk->path, V2_BLOCKS_AT, mapping->n_bytes);
    const unsigned packing = mapping->data[V2_PACKING_AT];
    if (mapping->data[V2_ENCRYPTION_AT] != 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected a file without encryption, but found method %u",
                              walk->path, mapping->data[V2_ENCRYPTION_AT]);
    if (packing >= WEIR_NFCAPD_N_PACKINGS)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected a compression method of 0 to %d, but found %u",
                              walk->path, WEIR_NFCAPD_N_PACKINGS - 1, packing);
    walk->index->packing = (enum weir_nfcapd_packing)packing;
    return build_v2_blocks(walk, err);
}

enum weir_status weir_nfcapd_index_build(struct weir_nfcapd_index *index, const char *path,
                                         const struct weir_mapping *mapping, struct weir_mem *mem,
                                         struct weir_error *err)
{
    *index = (struct weir_nfcapd_index){0};
    struct walk walk = {.index = index, .path = path, .mapping = mapping, .mem = mem};
    const unsigned magic = mapping->n_bytes < 4 ? 0 : weir_nfcapd_u16(mapping->data + MAGIC_AT);
    const unsigned version = mapping->n_bytes < 4 ? 0 : weir_nfcapd_u16(mapping->data + VERSION_AT);
    if (magic == MAGIC_SWAPPED)
        return weir_error_set(
            err, WEIR_FORMAT,
            "%s: expected a little-endian nfcapd file, but found a big-endian one", path);
    if (magic != MAGIC)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected an nfcapd file (bytes 0c a5), but found %zu bytes that "
                              "begin otherwise",
                              path, mapping->n_bytes);
    if (version != 1 && version != 2)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected nfcapd layout version 1 or 2 (nfdump 1.6 or 1.7), but "
                              "found %u%s",
                              path, version, version == 3 ? " (nfdump 1.8)" : "");
    const enum weir_status status = version == 1 ? build_v1(&walk, err) : build_v2(&walk, err);
    if (status == WEIR_OK && index->n_blocks > 0 && index->block[0].kind == WEIR_NFCAPD_BLOCK_15)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected blocks of nfdump 1.6 or 1.7, but found those of nfdump "
                              "1.5 (type 1)",
                              path);
    return status;
}

void weir_nfcapd_index_release(struct weir_nfcapd_index *index, struct weir_mem *mem)
{
    weir_mem_free(mem, index->block);
    *index = (struct weir_nfcapd_index){0};
}
