/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where things lie in nfcapd records, and how to load them.
 *
 * Nothing in a block is aligned (labels and payloads have any length), so all loads go through
 * memcpy. Files are little-endian, as are the machines that weir runs on. Private to the nfcapd
 * reader; pure functions.
 */
#ifndef WEIR_NFCAPD_LAYOUT_H
#define WEIR_NFCAPD_LAYOUT_H

#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "nfcapd files are read as they are");

static inline uint16_t weir_nfcapd_u16(const unsigned char *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t weir_nfcapd_u32(const unsigned char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint64_t weir_nfcapd_u64(const unsigned char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* IPFIX counts seconds in 32 bits, and so do the columns of a trace. */
#define WEIR_NFCAPD_TIME_MS_MAX (((uint64_t)UINT32_MAX + 1) * 1000 - 1)

/* Splits a time of at most WEIR_NFCAPD_TIME_MS_MAX. */
static inline void weir_nfcapd_store_time(uint64_t time_ms, uint32_t *seconds, uint16_t *ms)
{
    const uint64_t whole = time_ms / 1000;
    *seconds = (uint32_t)whole;
    *ms = (uint16_t)(time_ms - whole * 1000);
}

/* Address families as Linux numbers them; nfdump prints those of its host. */
enum { WEIR_NFCAPD_AF_IPV4 = 2, WEIR_NFCAPD_AF_IPV6 = 10 };

/* Record kinds, the first two bytes of each record; its size is in the next two. */
enum weir_nfcapd_kind {
    WEIR_NFCAPD_FLOW_OLD = 1, /* nfdump 1.6.0 .. 1.6.11 */
    WEIR_NFCAPD_EXTENSION_MAP = 2,
    WEIR_NFCAPD_FLOW_16 = 10,   /* nfdump 1.6.12 .. 1.6.25 */
    WEIR_NFCAPD_FLOW_17 = 11,   /* nfdump 1.7 */
    WEIR_NFCAPD_LAST_SIDE = 15, /* exporters, samplers, names: 3 .. 9, 12 .. 15 */
    WEIR_NFCAPD_FLOW_18 = 16,   /* nfdump 1.8 */
    WEIR_NFCAPD_SLACK = 256,
    WEIR_NFCAPD_IDENT = 0x8001,
    WEIR_NFCAPD_STATISTICS = 0x8002
};

/* Flow records of nfdump 1.7: a header, then elements of a number and a length of their own. */
enum { WEIR_NFCAPD_17_N_ELEMENTS = 4, WEIR_NFCAPD_17_BYTES = 12, WEIR_NFCAPD_ELEMENT_BYTES = 4 };

/* The first four bytes of an element. */
#define WEIR_NFCAPD_ELEMENT(number, length) ((uint32_t)(number) | (uint32_t)(length) << 16)
#define WEIR_NFCAPD_ELEMENT_GENERIC         WEIR_NFCAPD_ELEMENT(1, 52)
#define WEIR_NFCAPD_ELEMENT_IPV4            WEIR_NFCAPD_ELEMENT(2, 12)
#define WEIR_NFCAPD_ELEMENT_IPV6            WEIR_NFCAPD_ELEMENT(3, 36)
#define WEIR_NFCAPD_ELEMENT_MISC            WEIR_NFCAPD_ELEMENT(4, 20)

/* Offsets in the data of the generic element. */
enum {
    WEIR_NFCAPD_G_FIRST_MS = 0, /* of the epoch, as is the next */
    WEIR_NFCAPD_G_LAST_MS = 8,
    WEIR_NFCAPD_G_PACKETS = 24,
    WEIR_NFCAPD_G_OCTETS = 32,
    WEIR_NFCAPD_G_SP = 40,
    WEIR_NFCAPD_G_DP = 42,
    WEIR_NFCAPD_G_PROT = 44,
    WEIR_NFCAPD_G_BYTES = 48
};

/* Offsets in flow records of nfdump 1.6. */
enum {
    WEIR_NFCAPD_16_FLAGS = 4,
    WEIR_NFCAPD_16_MAP = 6,
    WEIR_NFCAPD_16_FIRST_MS = 8, /* of the second, as is the next */
    WEIR_NFCAPD_16_LAST_MS = 10,
    WEIR_NFCAPD_16_FIRST = 12,
    WEIR_NFCAPD_16_LAST = 16,
    WEIR_NFCAPD_16_PROT = 22,
    WEIR_NFCAPD_16_SP = 24,
    WEIR_NFCAPD_16_DP = 26,
    WEIR_NFCAPD_OLD_BYTES = 28, /* addresses, counters and extensions follow */
    WEIR_NFCAPD_16_BYTES = 32
};
enum { WEIR_NFCAPD_16_IPV6 = 1, WEIR_NFCAPD_16_PACKETS_64 = 2, WEIR_NFCAPD_16_OCTETS_64 = 4 };

/* Epoch milliseconds of a flow record of nfdump 1.6. */
static inline uint64_t weir_nfcapd_16_first_ms(const unsigned char *record)
{
    return (uint64_t)weir_nfcapd_u32(record + WEIR_NFCAPD_16_FIRST) * 1000 +
           weir_nfcapd_u16(record + WEIR_NFCAPD_16_FIRST_MS);
}

static inline uint64_t weir_nfcapd_16_last_ms(const unsigned char *record)
{
    return (uint64_t)weir_nfcapd_u32(record + WEIR_NFCAPD_16_LAST) * 1000 +
           weir_nfcapd_u16(record + WEIR_NFCAPD_16_LAST_MS);
}

#endif
