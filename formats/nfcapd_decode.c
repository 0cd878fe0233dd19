/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoding of indexed nfcapd flow records into columns.
 *
 * It goes field by field over short runs of records of one kind: the loops stay free of tests for
 * what is wanted, and a run (36 KB of records) is still in the first cache level when the next
 * field is taken from it. Where all fields are wanted of records that lack no part, they are taken
 * record by record (nfcapd_shape.h).
 */
#include "nfcapd_layout.h"
#include "nfcapd_record.h"
#include "nfcapd_shape.h"

#define RUN_RECORDS   WEIR_NFCAPD_RUN_RECORDS
#define WHOLE_RECORDS 16 /* so many in a row are worth a run of their own */

weir_fields weir_nfcapd_field_groups(weir_fields fields)
{
    static const weir_fields groups[] = {
        WEIR_FIELD_BIT(WEIR_INIF) | WEIR_FIELD_BIT(WEIR_OUTIF),
        WEIR_FIELD_BIT(WEIR_SA0) | WEIR_FIELD_BIT(WEIR_SA1) | WEIR_FIELD_BIT(WEIR_SA2) |
            WEIR_FIELD_BIT(WEIR_SA3),
        WEIR_FIELD_BIT(WEIR_DA0) | WEIR_FIELD_BIT(WEIR_DA1) | WEIR_FIELD_BIT(WEIR_DA2) |
            WEIR_FIELD_BIT(WEIR_DA3),
        WEIR_FIELD_BIT(WEIR_FIRST) | WEIR_FIELD_BIT(WEIR_FIRST_MS),
        WEIR_FIELD_BIT(WEIR_LAST) | WEIR_FIELD_BIT(WEIR_LAST_MS),
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if ((fields & groups[i]) != 0)
            fields |= groups[i];
    return fields;
}

/* A run of records of one kind, and where in the buffers it goes. */
struct run {
    const unsigned char *raw;
    const struct weir_nfcapd_place *place;
    size_t n;
    size_t out;
    const struct weir_nfcapd_columns *columns;
};

static const unsigned char nothing[WEIR_NFCAPD_G_BYTES];

/* A part of record i, zeros where it is absent. */
static inline const unsigned char *part(const struct run *run, uint32_t offset)
{
    return offset != 0 ? run->raw + offset : nothing;
}
static inline const unsigned char *fixed_17(const struct run *run, size_t i)
{
    return part(run, run->place[i].fixed);
}
static inline const unsigned char *fixed_16(const struct run *run, size_t i)
{
    return run->raw + run->place[i].fixed;
}

static inline bool is_marked(const struct run *run, size_t i, enum weir_nfcapd_mark mark)
{
    return (run->place[i].marks & (uint32_t)mark) != 0;
}

static bool wants(const struct run *run, enum weir_field field)
{
    return run->columns->data[field] != NULL;
}

/* Where the values of the run go. */
static void *column(const struct run *run, unsigned field)
{
    static const uint8_t bytes[WEIR_N_FIELDS] = {
        [WEIR_AF] = 1,   [WEIR_PROT] = 1,    [WEIR_INIF] = 4,    [WEIR_OUTIF] = 4,
        [WEIR_SA0] = 4,  [WEIR_SA1] = 4,     [WEIR_SA2] = 4,     [WEIR_SA3] = 4,
        [WEIR_DA0] = 4,  [WEIR_DA1] = 4,     [WEIR_DA2] = 4,     [WEIR_DA3] = 4,
        [WEIR_SP] = 2,   [WEIR_DP] = 2,      [WEIR_FIRST] = 4,   [WEIR_FIRST_MS] = 2,
        [WEIR_LAST] = 4, [WEIR_LAST_MS] = 2, [WEIR_PACKETS] = 8, [WEIR_OCTETS] = 8,
    };
    return (char *)run->columns->data[field] + run->out * bytes[field];
}

/* Offset: of the time in the generic element. */
static void decode_time_17(const struct run *run, size_t offset, uint32_t *seconds, uint16_t *ms)
{
    for (size_t i = 0; i < run->n; i++)
        weir_nfcapd_store_time(weir_nfcapd_u64(fixed_17(run, i) + offset), &seconds[i], &ms[i]);
}

static void decode_u64_17(const struct run *run, size_t offset, uint64_t *out)
{
    for (size_t i = 0; i < run->n; i++)
        out[i] = weir_nfcapd_u64(fixed_17(run, i) + offset);
}

static void decode_u16_17(const struct run *run, size_t offset, uint16_t *out)
{
    for (size_t i = 0; i < run->n; i++)
        out[i] = weir_nfcapd_u16(fixed_17(run, i) + offset);
}

static void decode_prot_17(const struct run *run, uint8_t *out)
{
    for (size_t i = 0; i < run->n; i++)
        out[i] = fixed_17(run, i)[WEIR_NFCAPD_G_PROT];
}

static void decode_first_16(const struct run *run, uint32_t *seconds, uint16_t *ms)
{
    for (size_t i = 0; i < run->n; i++)
        weir_nfcapd_store_time(weir_nfcapd_16_first_ms(fixed_16(run, i)), &seconds[i], &ms[i]);
}

static void decode_last_16(const struct run *run, uint32_t *seconds, uint16_t *ms)
{
    for (size_t i = 0; i < run->n; i++)
        weir_nfcapd_store_time(weir_nfcapd_16_last_ms(fixed_16(run, i)), &seconds[i], &ms[i]);
}

static void decode_u16_16(const struct run *run, size_t offset, uint16_t *out)
{
    for (size_t i = 0; i < run->n; i++)
        out[i] = weir_nfcapd_u16(fixed_16(run, i) + offset);
}

static void decode_prot_16(const struct run *run, uint8_t *out)
{
    for (size_t i = 0; i < run->n; i++)
        out[i] = fixed_16(run, i)[WEIR_NFCAPD_16_PROT];
}

static inline const unsigned char *packets_16(const struct run *run, size_t i)
{
    return run->raw + run->place[i].address + (is_marked(run, i, WEIR_NFCAPD_IPV6) ? 32 : 8);
}

static void decode_packets_16(const struct run *run, uint64_t *out)
{
    for (size_t i = 0; i < run->n; i++) {
        const unsigned char *at = packets_16(run, i);
        out[i] =
            is_marked(run, i, WEIR_NFCAPD_PACKETS_64) ? weir_nfcapd_u64(at) : weir_nfcapd_u32(at);
    }
}

static void decode_octets_16(const struct run *run, uint64_t *out)
{
    for (size_t i = 0; i < run->n; i++) {
        const unsigned char *at =
            packets_16(run, i) + (is_marked(run, i, WEIR_NFCAPD_PACKETS_64) ? 8 : 4);
        out[i] =
            is_marked(run, i, WEIR_NFCAPD_OCTETS_64) ? weir_nfcapd_u64(at) : weir_nfcapd_u32(at);
    }
}

static void decode_af(const struct run *run, uint8_t *out)
{
    for (size_t i = 0; i < run->n; i++)
        out[i] = is_marked(run, i, WEIR_NFCAPD_IPV6) ? WEIR_NFCAPD_AF_IPV6 : WEIR_NFCAPD_AF_IPV4;
}

/* The source (which = 0) or destination (1) address. IPv4 takes the last word; IPv6 addresses are
 * two numbers of 64 bits, the more significant one first. */
static void decode_address(const struct run *run, size_t which, unsigned field)
{
    uint32_t *const word0 = column(run, field);
    uint32_t *const word1 = column(run, field + 1);
    uint32_t *const word2 = column(run, field + 2);
    uint32_t *const word3 = column(run, field + 3);
    for (size_t i = 0; i < run->n; i++) {
        const unsigned char *at = part(run, run->place[i].address);
        if (is_marked(run, i, WEIR_NFCAPD_IPV6)) {
            at += which * 16;
            word0[i] = weir_nfcapd_u32(at + 4);
            word1[i] = weir_nfcapd_u32(at);
            word2[i] = weir_nfcapd_u32(at + 12);
            word3[i] = weir_nfcapd_u32(at + 8);
        } else {
            word0[i] = word1[i] = word2[i] = 0;
            word3[i] = weir_nfcapd_u32(at + which * 4);
        }
    }
}

static void decode_interfaces(const struct run *run, uint32_t *inif, uint32_t *outif)
{
    for (size_t i = 0; i < run->n; i++) {
        const unsigned char *at = part(run, run->place[i].interfaces);
        const bool wide = is_marked(run, i, WEIR_NFCAPD_WIDE);
        inif[i] = wide ? weir_nfcapd_u32(at) : weir_nfcapd_u16(at);
        outif[i] = wide ? weir_nfcapd_u32(at + 4) : weir_nfcapd_u16(at + 2);
    }
}

static void decode_fixed_17(const struct run *run)
{
    if (wants(run, WEIR_PROT))
        decode_prot_17(run, column(run, WEIR_PROT));
    if (wants(run, WEIR_SP))
        decode_u16_17(run, WEIR_NFCAPD_G_SP, column(run, WEIR_SP));
    if (wants(run, WEIR_DP))
        decode_u16_17(run, WEIR_NFCAPD_G_DP, column(run, WEIR_DP));
    if (wants(run, WEIR_FIRST))
        decode_time_17(run, WEIR_NFCAPD_G_FIRST_MS, column(run, WEIR_FIRST),
                       column(run, WEIR_FIRST_MS));
    if (wants(run, WEIR_LAST))
        decode_time_17(run, WEIR_NFCAPD_G_LAST_MS, column(run, WEIR_LAST),
                       column(run, WEIR_LAST_MS));
    if (wants(run, WEIR_PACKETS))
        decode_u64_17(run, WEIR_NFCAPD_G_PACKETS, column(run, WEIR_PACKETS));
    if (wants(run, WEIR_OCTETS))
        decode_u64_17(run, WEIR_NFCAPD_G_OCTETS, column(run, WEIR_OCTETS));
}

static void decode_fixed_16(const struct run *run)
{
    if (wants(run, WEIR_PROT))
        decode_prot_16(run, column(run, WEIR_PROT));
    if (wants(run, WEIR_SP))
        decode_u16_16(run, WEIR_NFCAPD_16_SP, column(run, WEIR_SP));
    if (wants(run, WEIR_DP))
        decode_u16_16(run, WEIR_NFCAPD_16_DP, column(run, WEIR_DP));
    if (wants(run, WEIR_FIRST))
        decode_first_16(run, column(run, WEIR_FIRST), column(run, WEIR_FIRST_MS));
    if (wants(run, WEIR_LAST))
        decode_last_16(run, column(run, WEIR_LAST), column(run, WEIR_LAST_MS));
    if (wants(run, WEIR_PACKETS))
        decode_packets_16(run, column(run, WEIR_PACKETS));
    if (wants(run, WEIR_OCTETS))
        decode_octets_16(run, column(run, WEIR_OCTETS));
}

static void decode_run(const struct run *run)
{
    if (is_marked(run, 0, WEIR_NFCAPD_LEGACY))
        decode_fixed_16(run);
    else
        decode_fixed_17(run);
    if (wants(run, WEIR_AF))
        decode_af(run, column(run, WEIR_AF));
    if (wants(run, WEIR_SA0))
        decode_address(run, 0, WEIR_SA0);
    if (wants(run, WEIR_DA0))
        decode_address(run, 1, WEIR_DA0);
    if (wants(run, WEIR_INIF))
        decode_interfaces(run, column(run, WEIR_INIF), column(run, WEIR_OUTIF));
}

static inline uint64_t load_extra(const unsigned char *raw, uint32_t at)
{
    const unsigned char *from = raw + WEIR_NFCAPD_EXTRA_OFFSET(at);
    switch (WEIR_NFCAPD_EXTRA_BYTES(at)) {
    case 1:
        return *from;
    case 2:
        return weir_nfcapd_u16(from);
    case 4:
        return weir_nfcapd_u32(from);
    case 8:
        return weir_nfcapd_u64(from);
    default:
        return 0; /* absent */
    }
}

/* No place is wider than its column. */
static void decode_extra(const struct weir_nfcapd_records *records, size_t begin, size_t n,
                         size_t slot, void *out)
{
    const size_t stride = records->plan.n_slots;
    const uint32_t *at = records->extra + begin * stride + slot;
    const unsigned char *raw = records->raw;
    switch (weir_type_bytes(records->plan.type[slot])) {
    case 1:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)out)[i] = (uint8_t)load_extra(raw, at[i * stride]);
        break;
    case 4:
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)out)[i] = (uint32_t)load_extra(raw, at[i * stride]);
        break;
    default:
        for (size_t i = 0; i < n; i++)
            ((uint64_t *)out)[i] = load_extra(raw, at[i * stride]);
        break;
    }
}

/* How many records from the start of the run on, `most` at most, have all parts. Mostly all do. */
static size_t count_whole(const struct run *run, size_t most)
{
    uint32_t common = WEIR_NFCAPD_WHOLE;
    for (size_t i = 0; i < most; i++)
        common &= run->place[i].marks;
    if (common != 0)
        return most;
    size_t n = 0;
    while (n < most && is_marked(run, n, WEIR_NFCAPD_WHOLE))
        n++;
    return n;
}

void weir_nfcapd_records_decode(const struct weir_nfcapd_records *records, size_t begin, size_t n,
                                const struct weir_nfcapd_columns *columns)
{
    struct run run = {.raw = records->raw, .place = records->place + begin, .columns = columns};
    const bool is_full = weir_nfcapd_shape_fits(columns);
    for (; run.out < n; run.out += run.n, run.place += run.n) {
        const size_t most = n - run.out < RUN_RECORDS ? n - run.out : RUN_RECORDS;
        run.n = is_full ? count_whole(&run, most) : 0;
        if (run.n >= WHOLE_RECORDS) {
            weir_nfcapd_shape_decode(run.raw, run.place, run.n, columns, run.out);
            continue;
        }
        run.n = 1;
        while (run.n < most &&
               is_marked(&run, run.n, WEIR_NFCAPD_LEGACY) == is_marked(&run, 0, WEIR_NFCAPD_LEGACY))
            run.n++;
        decode_run(&run);
    }
    for (size_t slot = 0; slot < records->plan.n_slots; slot++)
        decode_extra(records, begin, n, slot, columns->extra[slot]);
}
