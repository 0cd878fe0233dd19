/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes nfcapd files for tests: flows into records, records into blocks, blocks into files.
 *
 * A struct make is a growing string of bytes, used for payloads and for whole files; release it
 * with make_release. Out of memory ends the test.
 */
#ifndef WEIR_NFCAPD_MAKE_H
#define WEIR_NFCAPD_MAKE_H

#include <bzlib.h>
#include <criterion/criterion.h>
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

struct make {
    unsigned char *bytes;
    size_t n;
    size_t capacity;
    uint32_t n_records; /* of a payload */
};

enum make_packing { MAKE_PLAIN, MAKE_LZO, MAKE_BZ2, MAKE_LZ4, MAKE_ZSTD, MAKE_N_PACKINGS };

/* A flow record as a reader should give it back. */
struct make_flow {
    bool is_ipv6;
    uint8_t prot;
    uint32_t inif, outif;
    uint32_t sa[4], da[4];
    uint16_t sp, dp;
    uint64_t first_ms, last_ms;
    uint64_t packets, octets;
};

static inline void make_release(struct make *make)
{
    free(make->bytes);
    *make = (struct make){0};
}

static inline void make_bytes(struct make *make, const void *bytes, size_t n)
{
    if (make->n + n > make->capacity) {
        make->capacity = 2 * (make->n + n) + 256;
        make->bytes = realloc(make->bytes, make->capacity);
        cr_assert(make->bytes != NULL);
    }
    if (n > 0)
        memcpy(make->bytes + make->n, bytes, n);
    make->n += n;
}

static inline void make_u8(struct make *make, unsigned value)
{
    const uint8_t byte = (uint8_t)value;
    make_bytes(make, &byte, sizeof byte);
}

static inline void make_u16(struct make *make, unsigned value)
{
    const uint16_t word = (uint16_t)value;
    make_bytes(make, &word, sizeof word);
}

static inline void make_u32(struct make *make, uint32_t value)
{
    make_bytes(make, &value, sizeof value);
}

static inline void make_u64(struct make *make, uint64_t value)
{
    make_bytes(make, &value, sizeof value);
}

static inline void make_zeros(struct make *make, size_t n)
{
    for (size_t i = 0; i < n; i++)
        make_u8(make, 0);
}

static inline void make_set_u16(struct make *make, size_t at, unsigned value)
{
    const uint16_t word = (uint16_t)value;
    memcpy(make->bytes + at, &word, sizeof word);
}

static inline void make_set_u32(struct make *make, size_t at, uint32_t value)
{
    memcpy(make->bytes + at, &value, sizeof value);
}

static inline void make_set_u64(struct make *make, size_t at, uint64_t value)
{
    memcpy(make->bytes + at, &value, sizeof value);
}

/* --- records --------------------------------------------------------------------------------- */

/* A record of any kind with `n` bytes of content. */
static inline void make_record(struct make *payload, unsigned kind, const void *content, size_t n)
{
    make_u16(payload, kind);
    make_u16(payload, (unsigned)(4 + n));
    make_bytes(payload, content, n);
    payload->n_records++;
}

static inline void make_addresses(struct make *payload, const struct make_flow *flow)
{
    if (!flow->is_ipv6) {
        make_u32(payload, flow->sa[3]);
        make_u32(payload, flow->da[3]);
        return;
    }
    const uint32_t *const both[] = {flow->sa, flow->da};
    for (int i = 0; i < 2; i++) {
        make_u64(payload, (uint64_t)both[i][0] << 32 | both[i][1]);
        make_u64(payload, (uint64_t)both[i][2] << 32 | both[i][3]);
    }
}

/* One element of a flow record of nfdump 1.7. Numbers 1 to 4 hold the flow (3 for 2 when it is
 * IPv6); others hold `n` bytes of filling. */
static inline void make_element(struct make *payload, const struct make_flow *flow, unsigned number,
                                size_t n)
{
    const size_t begin = payload->n;
    make_u16(payload, number);
    make_u16(payload, 0);
    if (number == 1) {
        make_u64(payload, flow->first_ms);
        make_u64(payload, flow->last_ms);
        make_u64(payload, 0x1111111111111111); /* received */
        make_u64(payload, flow->packets);
        make_u64(payload, flow->octets);
        make_u16(payload, flow->sp);
        make_u16(payload, flow->dp);
        make_u8(payload, flow->prot);
        make_u8(payload, 0x1b); /* flags, forwarding status, type of service */
        make_u8(payload, 0x40);
        make_u8(payload, 0x22);
    } else if (number == 2 || number == 3) {
        make_addresses(payload, flow);
    } else if (number == 4) {
        make_u32(payload, flow->inif);
        make_u32(payload, flow->outif);
        make_zeros(payload, 8);
    } else {
        for (size_t i = 0; i < n; i++)
            make_u8(payload, (unsigned)(0xa0 + i));
    }
    make_set_u16(payload, begin + 2, (unsigned)(payload->n - begin));
}

/* Opens a flow record of nfdump 1.7; elements follow, then make_end_17 with what this returned. */
static inline size_t make_begin_17(struct make *payload, unsigned n_elements)
{
    const size_t begin = payload->n;
    make_u16(payload, 11);
    make_u16(payload, 0);
    make_u16(payload, n_elements);
    make_u16(payload, 0); /* engine */
    make_u16(payload, 1); /* exporter */
    make_u8(payload, 0);
    make_u8(payload, 9);
    return begin;
}

static inline void make_end_17(struct make *payload, size_t begin)
{
    make_set_u16(payload, begin + 2, (unsigned)(payload->n - begin));
    payload->n_records++;
}

/* The usual record: generic, addresses, interfaces, AS numbers. */
static inline void make_flow_17(struct make *payload, const struct make_flow *flow)
{
    const size_t begin = make_begin_17(payload, 4);
    make_element(payload, flow, 1, 0);
    make_element(payload, flow, flow->is_ipv6 ? 3 : 2, 0);
    make_element(payload, flow, 4, 0);
    make_element(payload, flow, 7, 8);
    make_end_17(payload, begin);
}

/* A flow record of nfdump 1.6 (kind 10, or 1 when `old`) without its extensions: 64-bit counters
 * where `wide` says so. Extensions follow, then make_end_16. */
static inline size_t make_begin_16(struct make *payload, const struct make_flow *flow, bool old,
                                   bool wide, uint16_t map)
{
    const size_t begin = payload->n;
    const unsigned flags = (flow->is_ipv6 ? 1 : 0) | (wide ? 6 : 0);
    make_u16(payload, old ? 1 : 10);
    make_u16(payload, 0);
    make_u8(payload, flags);
    make_u8(payload, old ? 7 : 9); /* exporter, version */
    make_u16(payload, map);
    make_u16(payload, (unsigned)(flow->first_ms % 1000));
    make_u16(payload, (unsigned)(flow->last_ms % 1000));
    make_u32(payload, (uint32_t)(flow->first_ms / 1000));
    make_u32(payload, (uint32_t)(flow->last_ms / 1000));
    make_u8(payload, 0x40);
    make_u8(payload, 0x1b);
    make_u8(payload, flow->prot);
    make_u8(payload, 0x22);
    make_u16(payload, flow->sp);
    make_u16(payload, flow->dp);
    if (!old)
        make_u32(payload, 0x01020003); /* exporter, directions */
    make_addresses(payload, flow);
    if (wide) {
        make_u64(payload, flow->packets);
        make_u64(payload, flow->octets);
    } else {
        make_u32(payload, (uint32_t)flow->packets);
        make_u32(payload, (uint32_t)flow->octets);
    }
    return begin;
}

static inline void make_end_16(struct make *payload, size_t begin)
{
    make_end_17(payload, begin);
}

/* An extension map with a list of extension numbers that ends in 0. */
static inline void make_map(struct make *payload, uint16_t id, unsigned total_bytes,
                            const uint16_t *numbers)
{
    const size_t begin = payload->n;
    make_u16(payload, 2);
    make_u16(payload, 0);
    make_u16(payload, id);
    make_u16(payload, total_bytes);
    for (; *numbers != 0; numbers++)
        make_u16(payload, *numbers);
    make_zeros(payload, (payload->n - begin) % 4 == 0 ? 4 : 2);
    make_end_17(payload, begin);
}

/* --- blocks and files ------------------------------------------------------------------------ */

static inline void make_packed(struct make *out, enum make_packing packing,
                               const struct make *payload)
{
    const size_t room = payload->n + payload->n / 8 + 4096;
    unsigned char *packed = malloc(room);
    unsigned char *work = malloc(LZO1X_1_MEM_COMPRESS);
    cr_assert(packed != NULL && work != NULL);
    size_t n = 0;
    if (packing == MAKE_LZO) {
        lzo_uint n_lzo = room;
        cr_assert(lzo1x_1_compress(payload->bytes, payload->n, packed, &n_lzo, work) == LZO_E_OK);
        n = n_lzo;
    } else if (packing == MAKE_BZ2) {
        unsigned n_bz2 = (unsigned)room;
        cr_assert(BZ2_bzBuffToBuffCompress((char *)packed, &n_bz2, (char *)payload->bytes,
                                           (unsigned)payload->n, 9, 0, 0) == BZ_OK);
        n = n_bz2;
    } else if (packing == MAKE_LZ4) {
        const int n_lz4 = LZ4_compress_default((char *)payload->bytes, (char *)packed,
                                               (int)payload->n, (int)room);
        cr_assert(n_lz4 > 0);
        n = (size_t)n_lz4;
    } else if (packing == MAKE_ZSTD) {
        n = ZSTD_compress(packed, room, payload->bytes, payload->n, 3);
        cr_assert(!ZSTD_isError(n));
    }
    make_bytes(out, packing == MAKE_PLAIN ? payload->bytes : packed,
               packing == MAKE_PLAIN ? payload->n : n);
    free(packed);
    free(work);
}

/* Appends a block and empties the payload. */
static inline void make_block(struct make *file, enum make_packing packing, unsigned type,
                              struct make *payload)
{
    const size_t begin = file->n;
    make_u32(file, payload->n_records);
    make_u32(file, 0);
    make_u16(file, type);
    make_u16(file, 0);
    make_packed(file, packing, payload);
    make_set_u32(file, begin + 4, (uint32_t)(file->n - begin - 12));
    payload->n = 0;
    payload->n_records = 0;
}

/* Header and statistics of layout 1 (no ZSTD there). */
static inline void make_begin_v1(struct make *file, enum make_packing packing, uint32_t n_blocks)
{
    static const uint32_t flags[] = {0, 0x01, 0x08, 0x10};
    make_u16(file, 0xa50c);
    make_u16(file, 1);
    make_u32(file, flags[packing]);
    make_u32(file, n_blocks);
    make_bytes(file, "made", 4);
    make_zeros(file, 124 + 136);
}

/* Header of layout 2, as of a file that is being written. */
static inline void make_begin_v2(struct make *file, enum make_packing packing)
{
    make_u16(file, 0xa50c);
    make_u16(file, 2);
    make_u32(file, 0x01070100);
    make_u64(file, 1500000000);
    make_u8(file, packing);
    make_u8(file, 0);
    make_zeros(file, 22);
}

/* Appendix and counts of layout 2. */
static inline void make_end_v2(struct make *file, enum make_packing packing, uint32_t n_blocks)
{
    struct make payload = {0};
    static const unsigned char statistics[144];
    make_set_u16(file, 18, 1);
    make_set_u64(file, 24, file->n);
    make_set_u32(file, 36, n_blocks);
    make_record(&payload, 0x8001, "made", 5);
    make_record(&payload, 0x8002, statistics, sizeof statistics);
    make_block(file, packing, 3, &payload);
    make_release(&payload);
}

#endif
