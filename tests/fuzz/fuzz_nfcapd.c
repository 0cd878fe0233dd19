/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nfcapd files: strict and under salvage, mapped and spooled, whole and a few fields only, with and
 * without columns beyond the fields. */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

/* Those that make blocks bad: interfaces need maps of earlier blocks, and times may not fit. */
#define FEW_FIELDS                                                                            \
    (WEIR_FIELD_BIT(WEIR_PACKETS) | WEIR_FIELD_BIT(WEIR_OUTIF) | WEIR_FIELD_BIT(WEIR_FIRST) | \
     WEIR_FIELD_BIT(WEIR_LAST))

static void read_spooled(const struct weir_format *format, const struct weir_open_request *mapped,
                         const uint8_t *data, size_t n, const struct fuzz_answer *want)
{
    struct fuzz_answer got;
    struct weir_open_request request = *mapped;
    const size_t n_head = n / 2;
    request.fd = fuzz_pipe(data + n_head, n - n_head);
    request.head = data;
    request.n_head = n_head;
    fuzz_read(format, &request, &got);
    fuzz_check_same(want, &got, "spooled");
    close(request.fd);
}

/* What is good is the same under salvage, and what is not is counted. */
static void check_salvage(const struct fuzz_answer *strict, const struct fuzz_answer *salvage)
{
    const struct weir_losses *losses = &salvage->losses;
    if (strict->status == WEIR_OK)
        fuzz_check_same(strict, salvage, "salvage");
    /* A block with a time that does not fit has records before it, and none under salvage. */
    FUZZ_REQUIRE(strict->status == WEIR_LIMIT || salvage->n_records >= strict->n_records,
                 "salvage lost records");
    /* The frame may be wrong around blocks that are all good. */
    if (strict->status == WEIR_FORMAT && salvage->status == WEIR_OK &&
        strstr(strict->err.message, ": block ") != NULL)
        FUZZ_REQUIRE(losses->blocks + losses->bytes + losses->unmapped > 0, "no loss behind: %s",
                     strict->err.message);
}

/* Columns beyond the fields need more of the records to be in order, and nothing else changes. */
static void read_with_extras(const struct weir_format *format,
                             const struct weir_open_request *plain, uint64_t hash,
                             const struct fuzz_answer *salvage)
{
    struct fuzz_answer want;
    struct fuzz_answer got;
    struct weir_open_request request = *plain;
    request.custom = true;
    request.columns.optional = WEIR_EXTRAS_ALL;
    fuzz_read(format, &request, &want);
    FUZZ_REQUIRE(want.n_records <= salvage->n_records, "more records with more columns");
    if (hash % 4 == 3)
        fuzz_read_without_memory(format, &request, &want, hash >> 8 & 31);
    request.columns.optional = (weir_extras)(hash >> 16) & WEIR_EXTRAS_ALL;
    fuzz_read(format, &request, &got);
    FUZZ_REQUIRE(got.n_records >= want.n_records && got.n_records <= salvage->n_records,
                 "other records for fewer columns");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct weir_format *format = weir_format_find("nfcapd");
    const uint64_t hash = fuzz_hash(data, n);
    struct fuzz_answer strict;
    struct fuzz_answer salvage;
    struct fuzz_answer got;
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_open_request request = {
        .path = "input", .fd = fuzz_file(data, n), .fields = WEIR_FIELDS_ALL, .mem = &mem};
    fuzz_read(format, &request, &strict);
    if (hash % 4 == 1)
        fuzz_read_without_memory(format, &request, &strict, hash >> 8 & 31);
    if (hash % 8 == 0 && n <= FUZZ_STREAM_BYTES_MAX)
        read_spooled(format, &request, data, n, &strict);
    request.salvage = true;
    fuzz_read(format, &request, &salvage);
    if (hash % 4 == 2)
        fuzz_read_without_memory(format, &request, &salvage, hash >> 8 & 31);
    check_salvage(&strict, &salvage);
    if (salvage.status == WEIR_OK)
        read_with_extras(format, &request, hash, &salvage);
    request.fields = FEW_FIELDS;
    fuzz_read(format, &request, &got);
    FUZZ_REQUIRE(got.status == salvage.status && got.n_records == salvage.n_records,
                 "other records for fewer fields");
    request.fields = WEIR_FIELD_BIT(WEIR_OCTETS);
    fuzz_read(format, &request, &got);
    FUZZ_REQUIRE(got.n_records >= salvage.n_records, "fewer records for one field");
    close(request.fd);
    return 0;
}
