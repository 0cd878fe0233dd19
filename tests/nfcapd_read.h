/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads whole nfcapd inputs for tests, through the descriptor that everybody else uses. */
#ifndef WEIR_NFCAPD_READ_H
#define WEIR_NFCAPD_READ_H

#include "check.h"
#include "format.h"
#include "nfcapd_make.h"

#include <inttypes.h>

extern const struct weir_format weir_format_nfcapd;

struct read_row {
    uint64_t value[WEIR_N_FIELDS];
};

struct read_table {
    struct read_row *row;
    size_t n;
    size_t capacity;
    uint64_t n_blocks;
    struct weir_losses losses;
};

static inline void read_release(struct read_table *table)
{
    free(table->row);
    *table = (struct read_table){0};
}

/* Adds records of a loaded block, in views of an odd size that divides nothing. */
static inline void read_block(struct weir_cursor *cursor, uint64_t n_records, weir_fields fields,
                              struct read_table *table)
{
    enum { STEP = 1031 };
    if (table->n + n_records > table->capacity) {
        table->capacity = 2 * (table->n + n_records);
        table->row = realloc(table->row, table->capacity * sizeof *table->row);
        cr_assert(table->row != NULL);
    }
    for (uint64_t begin = 0; begin < n_records; begin += STEP) {
        const size_t n = n_records - begin < STEP ? n_records - begin : STEP;
        struct weir_batch batch;
        weir_format_nfcapd.cursor_view(cursor, begin, n, &batch);
        cr_assert(batch.n == n && batch.n_custom == 0);
        for (int f = 0; f < WEIR_N_FIELDS; f++) {
            uint64_t values[STEP];
            const uint64_t *view = values;
            size_t bad;
            const bool wanted = (fields & WEIR_FIELD_BIT(f)) != 0;
            cr_assert((batch.field[f].data != NULL) == wanted, "field %d", f);
            cr_assert(!wanted || batch.field[f].type == cursor->input->schema.field[f]);
            cr_assert(!wanted || weir_column_load_u64(&batch.field[f], 0, n, values, &view, &bad));
            for (size_t i = 0; i < n; i++)
                table->row[table->n + i].value[f] = wanted ? view[i] : 0;
        }
        table->n += n;
    }
}

/* Reads all of an input; on failure `table` has what came before. */
static inline enum weir_status read_request(const struct weir_open_request *request,
                                            struct read_table *table, struct weir_error *err)
{
    *table = (struct read_table){0};
    struct weir_input *input = NULL;
    struct weir_cursor *cursor = NULL;
    enum weir_status status = weir_format_nfcapd.open(request, &input, err);
    if (status != WEIR_OK)
        return status;
    table->n_blocks = input->n_blocks;
    status = weir_format_nfcapd.cursor_new(input, &cursor, err);
    for (uint64_t block = 0; status == WEIR_OK && block < input->n_blocks; block++) {
        uint64_t n_records = 0;
        status = weir_format_nfcapd.cursor_load(cursor, block, &n_records, err);
        cr_assert(n_records == 0 || status == WEIR_OK || status == WEIR_LIMIT);
        read_block(cursor, n_records, request->fields, table);
    }
    if (cursor != NULL)
        table->losses = cursor->losses;
    weir_format_nfcapd.cursor_free(cursor);
    weir_format_nfcapd.close(input);
    return status;
}

static inline enum weir_status read_file(const char *path, bool salvage, struct read_table *table,
                                         struct weir_error *err)
{
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    const struct weir_open_request request = {
        .path = path, .fd = -1, .fields = WEIR_FIELDS_ALL, .salvage = salvage, .mem = &mem};
    const enum weir_status status = read_request(&request, table, err);
    CHECK_NO_LEAK(&mem);
    return status;
}

/* Writes a made file and reads it back. */
static inline enum weir_status read_made(const struct make *file, bool salvage,
                                         struct read_table *table, struct weir_error *err)
{
    check_write_file("made.nfcapd", file->bytes, file->n);
    return read_file("made.nfcapd", salvage, table, err);
}

static inline void read_check_row(const struct read_row *row, const struct make_flow *flow,
                                  const char *what, size_t index)
{
    const uint64_t want[WEIR_N_FIELDS] = {
        flow->is_ipv6 ? 10 : 2,
        flow->prot,
        flow->inif,
        flow->outif,
        flow->is_ipv6 ? flow->sa[0] : 0,
        flow->is_ipv6 ? flow->sa[1] : 0,
        flow->is_ipv6 ? flow->sa[2] : 0,
        flow->sa[3],
        flow->is_ipv6 ? flow->da[0] : 0,
        flow->is_ipv6 ? flow->da[1] : 0,
        flow->is_ipv6 ? flow->da[2] : 0,
        flow->da[3],
        flow->sp,
        flow->dp,
        flow->first_ms / 1000,
        flow->first_ms % 1000,
        flow->last_ms / 1000,
        flow->last_ms % 1000,
        flow->packets,
        flow->octets,
        0,
    };
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        cr_assert(row->value[f] == want[f],
                  "%s: record %zu, field %d: %" PRIu64 " instead of %" PRIu64, what, index, f,
                  row->value[f], want[f]);
}

static inline void read_check(const struct read_table *table, const struct make_flow *flows,
                              size_t n, const char *what)
{
    cr_assert(table->n == n, "%s: %zu records instead of %zu", what, table->n, n);
    for (size_t i = 0; i < n; i++)
        read_check_row(&table->row[i], &flows[i], what, i);
}

/* Flow number i of an endless sequence in which every field varies. */
static inline struct make_flow read_flow(uint64_t i)
{
    const uint64_t a = (i + 1) * 0x9e3779b97f4a7c15;
    const uint64_t b = (a ^ a >> 29) * 0xbf58476d1ce4e5b9;
    struct make_flow flow = {
        .is_ipv6 = i % 3 == 1,
        .prot = (uint8_t)(b >> 3),
        .inif = (uint32_t)(a >> 40),
        .outif = (uint32_t)(b >> 44),
        .sp = (uint16_t)a,
        .dp = (uint16_t)b,
        .first_ms = 1500000000000 + (a >> 34),
        .last_ms = 1500000000000 + (b >> 34),
        .packets = b >> 30,
        .octets = i % 5 == 0 ? UINT64_MAX - i : a >> 20,
    };
    for (int w = 0; w < 4; w++) {
        flow.sa[w] = (uint32_t)(a >> (8 * w));
        flow.da[w] = (uint32_t)(b >> (8 * w));
    }
    return flow;
}

#endif
