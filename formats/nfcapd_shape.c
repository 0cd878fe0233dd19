/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of nfcapd flow records that are all alike. */
#include "nfcapd_shape.h"

#include "nfcapd_layout.h"

/* --- indexing -------------------------------------------------------------------------------- */

/* A record's lines, some records ahead; blocks do not fit the first cache level. A prefetch of what
 * lies behind the block does nothing. */
static inline void fetch_ahead(const unsigned char *record)
{
    const uintptr_t at = (uintptr_t)record + 1024;
    __builtin_prefetch((const void *)at);
    __builtin_prefetch((const void *)(at + 64));
}

/* Nothing here depends on the shape but addresses: records of IPv4 and IPv6 are mixed, and branches
 * on them would be mispredicted. `n_heads`, a constant in each call, is no less than the number of
 * elements: heads beyond those of the shape are that of the record itself. */
static inline __attribute__((always_inline)) size_t
index_run(struct weir_nfcapd_records *records, size_t *at, size_t most, size_t n_heads)
{
    const unsigned char *const raw = records->raw;
    const size_t n_raw = records->n_raw;
    struct weir_nfcapd_place *const place = records->place + records->n;
    size_t begin = *at;
    size_t n = 0;
    for (; n < most && n_raw - begin >= WEIR_NFCAPD_17_BYTES; n++) {
        const unsigned char *const record = raw + begin;
        fetch_ahead(record);
        const size_t size = weir_nfcapd_u16(record + 2);
        const struct weir_nfcapd_shape *shape = weir_nfcapd_shape_find(records, size);
        if (size == 0 || shape->size != size || size > n_raw - begin ||
            shape->n_elements > n_heads || shape->place.fixed == 0 || shape->place.address == 0)
            break;
        uint32_t differences =
            (uint32_t)weir_nfcapd_u16(record + WEIR_NFCAPD_17_N_ELEMENTS) ^ shape->n_elements;
        differences |= (uint32_t)weir_nfcapd_u16(record) ^ WEIR_NFCAPD_FLOW_17;
        for (size_t i = 0; i < n_heads; i++)
            differences |= weir_nfcapd_u32(record + shape->at[i]) ^ shape->head[i];
        const unsigned char *const generic = record + shape->place.fixed;
        if (differences != 0 ||
            weir_nfcapd_u64(generic + WEIR_NFCAPD_G_FIRST_MS) > WEIR_NFCAPD_TIME_MS_MAX ||
            weir_nfcapd_u64(generic + WEIR_NFCAPD_G_LAST_MS) > WEIR_NFCAPD_TIME_MS_MAX)
            break;
        const uint32_t base = (uint32_t)begin;
        place[n] = (struct weir_nfcapd_place){
            .fixed = base + shape->place.fixed,
            .address = base + shape->place.address,
            .interfaces = shape->place.interfaces != 0 ? base + shape->place.interfaces : 0,
            .marks = shape->place.marks,
        };
        begin += size;
    }
    records->n += n;
    *at = begin;
    return n;
}

size_t weir_nfcapd_shape_index(struct weir_nfcapd_records *records, size_t *at, size_t size,
                               size_t most)
{
    if (weir_nfcapd_shape_find(records, size)->n_elements <= WEIR_NFCAPD_SHAPE_ELEMENTS / 2)
        return index_run(records, at, most, WEIR_NFCAPD_SHAPE_ELEMENTS / 2);
    return index_run(records, at, most, WEIR_NFCAPD_SHAPE_ELEMENTS);
}

/* --- decoding -------------------------------------------------------------------------------- */

/* What is decoded: all but aggs. */
#define FIELDS (WEIR_FIELDS_ALL & ~WEIR_FIELD_BIT(WEIR_AGGS))

bool weir_nfcapd_shape_fits(const struct weir_nfcapd_columns *columns)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((FIELDS & WEIR_FIELD_BIT(f)) != 0 && columns->data[f] == NULL)
            return false;
    return true;
}

static inline uint32_t *words(const struct weir_nfcapd_columns *columns, enum weir_field field,
                              size_t out)
{
    return (uint32_t *)columns->data[field] + out;
}

/* What all records have but those of IPv6. */
static void fill_constants(const struct weir_nfcapd_columns *columns, size_t out, size_t n)
{
    static const enum weir_field zeros[] = {WEIR_SA0, WEIR_SA1, WEIR_SA2,
                                            WEIR_DA0, WEIR_DA1, WEIR_DA2};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        memset(words(columns, zeros[i], out), 0, n * sizeof(uint32_t));
    memset((uint8_t *)columns->data[WEIR_AF] + out, WEIR_NFCAPD_AF_IPV4, n);
}

/* Two numbers of 64 bits at `at`, the more significant one first. */
static inline void store_ipv6(const unsigned char *at, const struct weir_nfcapd_columns *columns,
                              enum weir_field word0, size_t out)
{
    *words(columns, word0, out) = weir_nfcapd_u32(at + 4);
    *words(columns, word0 + 1, out) = weir_nfcapd_u32(at);
    *words(columns, word0 + 2, out) = weir_nfcapd_u32(at + 12);
    *words(columns, word0 + 3, out) = weir_nfcapd_u32(at + 8);
}

/* Record by record, so that every cache line of the block is used once. All are first taken as
 * IPv4, whose part is the shorter one, and those of IPv6 are then gone through again: they are
 * scattered, and a branch on them would be mispredicted. */
void weir_nfcapd_shape_decode(const unsigned char *raw, const struct weir_nfcapd_place *place,
                              size_t n, const struct weir_nfcapd_columns *columns, size_t out)
{
    uint8_t *restrict const prot = (uint8_t *)columns->data[WEIR_PROT] + out;
    uint16_t *restrict const sp = (uint16_t *)columns->data[WEIR_SP] + out;
    uint16_t *restrict const dp = (uint16_t *)columns->data[WEIR_DP] + out;
    uint16_t *restrict const first_ms = (uint16_t *)columns->data[WEIR_FIRST_MS] + out;
    uint16_t *restrict const last_ms = (uint16_t *)columns->data[WEIR_LAST_MS] + out;
    uint64_t *restrict const packets = (uint64_t *)columns->data[WEIR_PACKETS] + out;
    uint64_t *restrict const octets = (uint64_t *)columns->data[WEIR_OCTETS] + out;
    uint32_t *restrict const first = words(columns, WEIR_FIRST, out);
    uint32_t *restrict const last = words(columns, WEIR_LAST, out);
    uint32_t *restrict const sa = words(columns, WEIR_SA3, out);
    uint32_t *restrict const da = words(columns, WEIR_DA3, out);
    uint32_t *restrict const inif = words(columns, WEIR_INIF, out);
    uint32_t *restrict const outif = words(columns, WEIR_OUTIF, out);
    uint8_t ipv6[WEIR_NFCAPD_RUN_RECORDS];
    size_t n_ipv6 = 0;
    fill_constants(columns, out, n);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *const generic = raw + place[i].fixed;
        const unsigned char *const address = raw + place[i].address;
        const unsigned char *const interfaces = raw + place[i].interfaces;
        ipv6[n_ipv6] = (uint8_t)i;
        n_ipv6 += (place[i].marks & WEIR_NFCAPD_IPV6) != 0;
        weir_nfcapd_store_time(weir_nfcapd_u64(generic + WEIR_NFCAPD_G_FIRST_MS), &first[i],
                               &first_ms[i]);
        weir_nfcapd_store_time(weir_nfcapd_u64(generic + WEIR_NFCAPD_G_LAST_MS), &last[i],
                               &last_ms[i]);
        packets[i] = weir_nfcapd_u64(generic + WEIR_NFCAPD_G_PACKETS);
        octets[i] = weir_nfcapd_u64(generic + WEIR_NFCAPD_G_OCTETS);
        sp[i] = weir_nfcapd_u16(generic + WEIR_NFCAPD_G_SP);
        dp[i] = weir_nfcapd_u16(generic + WEIR_NFCAPD_G_DP);
        prot[i] = generic[WEIR_NFCAPD_G_PROT];
        sa[i] = weir_nfcapd_u32(address);
        da[i] = weir_nfcapd_u32(address + 4);
        inif[i] = weir_nfcapd_u32(interfaces);
        outif[i] = weir_nfcapd_u32(interfaces + 4);
    }
    for (size_t k = 0; k < n_ipv6; k++) {
        const unsigned char *const address = raw + place[ipv6[k]].address;
        store_ipv6(address, columns, WEIR_SA0, out + ipv6[k]);
        store_ipv6(address + 16, columns, WEIR_DA0, out + ipv6[k]);
        *((uint8_t *)columns->data[WEIR_AF] + out + ipv6[k]) = WEIR_NFCAPD_AF_IPV6;
    }
}
