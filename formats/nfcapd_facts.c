/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts of nfcapd headers. */
#include "nfcapd_facts.h"

#include "nfcapd_layout.h"

#include <inttypes.h>
#include <stdio.h>

enum { VERSION_AT = 2, V1_FLAGS_AT = 4, V1_IDENT_AT = 12, V1_TOTALS_AT = 140 };
enum { V2_WRITER_AT = 4, V2_CREATED_AT = 8, V2_N_APPENDIX_AT = 18, V2_CREATOR_AT = 20 };
enum { V2_APPENDIX_AT = 24 };
enum { IDENT_BYTES = 128, V1_FLAG_ANONYMISED = 0x02 };
enum { TOTALS_BYTES = 3 * 8, RECORD_HEADER_BYTES = 4, VALUE_BYTES = 160 };

struct teller {
    weir_fact_sink *sink;
    void *context;
};

static void tell_u64(const struct teller *teller, const char *name, uint64_t value)
{
    char text[VALUE_BYTES];
    snprintf(text, sizeof text, "%" PRIu64, value);
    teller->sink(teller->context, name, text);
}

/* `text` of `n` bytes, which may lack its NUL. */
static void tell_ident(const struct teller *teller, const unsigned char *text, size_t n)
{
    char ident[IDENT_BYTES + 1];
    snprintf(ident, sizeof ident, "%.*s", (int)(n < IDENT_BYTES ? n : IDENT_BYTES),
             (const char *)text);
    if (ident[0] != '\0')
        teller->sink(teller->context, "ident", ident);
}

/* Flows, octets, packets, as both layouts begin. */
static void tell_totals(const struct teller *teller, const unsigned char *totals)
{
    tell_u64(teller, "header flows", weir_nfcapd_u64(totals));
    tell_u64(teller, "header packets", weir_nfcapd_u64(totals + 16));
    tell_u64(teller, "header octets", weir_nfcapd_u64(totals + 8));
}

static void tell_appendix_records(const struct teller *teller, const unsigned char *raw,
                                  size_t n_raw)
{
    for (size_t at = 0; n_raw - at >= RECORD_HEADER_BYTES;) {
        const size_t size = weir_nfcapd_u16(raw + at + 2);
        if (size < RECORD_HEADER_BYTES || size > n_raw - at)
            return;
        const unsigned char *body = raw + at + RECORD_HEADER_BYTES;
        const unsigned kind = weir_nfcapd_u16(raw + at);
        if (kind == WEIR_NFCAPD_IDENT)
            tell_ident(teller, body, size - RECORD_HEADER_BYTES);
        else if (kind == WEIR_NFCAPD_STATISTICS && size >= RECORD_HEADER_BYTES + TOTALS_BYTES)
            tell_totals(teller, body);
        at += size;
    }
}

static enum weir_status tell_appendix(const struct teller *teller,
                                      const struct weir_mapping *mapping,
                                      const struct weir_nfcapd_index *index, struct weir_mem *mem,
                                      struct weir_error *err)
{
    const uint64_t at = weir_nfcapd_u64(mapping->data + V2_APPENDIX_AT);
    if (weir_nfcapd_u16(mapping->data + V2_N_APPENDIX_AT) == 0 || at > mapping->n_bytes ||
        mapping->n_bytes - at < WEIR_NFCAPD_BLOCK_HEADER_BYTES)
        return WEIR_OK;
    const unsigned char *header = mapping->data + at;
    const uint64_t left = mapping->n_bytes - at - WEIR_NFCAPD_BLOCK_HEADER_BYTES;
    const uint32_t n_stored = weir_nfcapd_u32(header + 4);
    if (n_stored == 0 || n_stored > left || n_stored > WEIR_NFCAPD_BLOCK_BYTES_MAX)
        return WEIR_OK;
    struct weir_nfcapd_unpacker unpacker;
    const unsigned char *raw = NULL;
    size_t n_raw = 0;
    weir_nfcapd_unpacker_init(&unpacker, mem);
    const enum weir_status status =
        weir_nfcapd_unpack(&unpacker, index->packing, header + WEIR_NFCAPD_BLOCK_HEADER_BYTES,
                           n_stored, &raw, &n_raw, err);
    if (status == WEIR_OK)
        tell_appendix_records(teller, raw, n_raw);
    weir_nfcapd_unpacker_release(&unpacker);
    return status == WEIR_MEMORY ? status : WEIR_OK;
}

/* 0x01070100 is nfdump 1.7.1; development builds have the upper bits set. */
static void tell_writer(const struct teller *teller, uint32_t version)
{
    char text[VALUE_BYTES];
    snprintf(text, sizeof text, "%u.%u.%u%s", version >> 24 & 15, version >> 16 & 255,
             version >> 8 & 255, version >> 28 == 15 ? " (development)" : "");
    teller->sink(teller->context, "nfdump version", text);
}

static void tell_creator(const struct teller *teller, uint32_t creator)
{
    static const char *const names[] = {"",       "nfcapd",    "nfpcapd", "sfcapd",    "nfdump",
                                        "nfanon", "nfprofile", "lookup",  "ft2nfdump", "torlookup"};
    if (creator != 0 && creator < sizeof names / sizeof *names)
        teller->sink(teller->context, "creator", names[creator]);
}

enum weir_status weir_nfcapd_describe(const struct weir_mapping *mapping,
                                      const struct weir_nfcapd_index *index, struct weir_mem *mem,
                                      weir_fact_sink *sink, void *context, struct weir_error *err)
{
    const struct teller teller = {.sink = sink, .context = context};
    const unsigned char *header = mapping->data;
    const unsigned version = weir_nfcapd_u16(header + VERSION_AT);
    tell_u64(&teller, "layout", version);
    if (version == 2) {
        tell_writer(&teller, weir_nfcapd_u32(header + V2_WRITER_AT));
        tell_creator(&teller, weir_nfcapd_u32(header + V2_CREATOR_AT));
        tell_u64(&teller, "created", weir_nfcapd_u64(header + V2_CREATED_AT));
    } else if ((weir_nfcapd_u32(header + V1_FLAGS_AT) & V1_FLAG_ANONYMISED) != 0) {
        sink(context, "anonymised", "yes");
    }
    sink(context, "compression", weir_nfcapd_packing_name(index->packing));
    tell_u64(&teller, "blocks", index->n_blocks);
    if (version == 2)
        return tell_appendix(&teller, mapping, index, mem, err);
    tell_ident(&teller, header + V1_IDENT_AT, IDENT_BYTES);
    tell_totals(&teller, header + V1_TOTALS_AT);
    return WEIR_OK;
}
