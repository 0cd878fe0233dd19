/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns beyond the 21 fields in made nfcapd files: every place and width, absent parts, extension
 * maps of earlier blocks, what contradicts itself. Real files are in cli/convert/columns.sh. */
#include "check.h"
#include "format.h"
#include "nfcapd_make.h"

extern const struct weir_format weir_format_nfcapd;

enum { RECORDS_MAX = 64 };

struct table {
    size_t n;
    uint64_t value[RECORDS_MAX][WEIR_N_EXTRAS]; /* by column of the set that was asked for */
};

static struct weir_mem mem;
static char directory[64];
static const struct make_flow flow = {.prot = 6, .packets = 1, .octets = 40, .last_ms = 5};

static void setup(void)
{
    check_enter_directory(directory, sizeof directory);
    weir_mem_init(&mem, SIZE_MAX);
}

static void teardown(void)
{
    check_leave_directory(directory);
}

TestSuite(nfcapd_extra, .init = setup, .fini = teardown);

static void read_block(struct weir_cursor *cursor, uint64_t n, struct table *table)
{
    const struct weir_schema *schema = &cursor->input->schema;
    struct weir_batch batch;
    for (uint64_t begin = 0; begin < n; begin += batch.n) {
        weir_format_nfcapd.cursor_view(cursor, begin, n - begin < 3 ? (size_t)(n - begin) : 3,
                                       &batch);
        cr_assert(batch.n_custom == schema->n_custom);
        for (size_t c = 0; c < batch.n_custom; c++)
            for (size_t i = 0; i < batch.n; i++) {
                size_t bad = 0;
                cr_assert(batch.custom[c].type == schema->custom[c].type);
                cr_assert(weir_column_load_u64(&batch.custom[c], i, 1,
                                               &table->value[table->n + i][c], NULL, &bad));
            }
        table->n += batch.n;
    }
}

/* Reads the file made.nfcapd, the last block first when `backwards`; only extras, no field. */
static enum weir_status read_made(weir_extras extras, bool salvage, bool backwards,
                                  struct table *table, struct weir_error *err)
{
    const struct weir_open_request request = {.path = "made.nfcapd",
                                              .fd = -1,
                                              .custom = true,
                                              .columns = {.optional = extras},
                                              .salvage = salvage,
                                              .mem = &mem};
    struct weir_input *input = NULL;
    struct weir_cursor *cursor = NULL;
    *table = (struct table){0};
    enum weir_status status = weir_format_nfcapd.open(&request, &input, err);
    if (status != WEIR_OK)
        return status;
    cr_assert(input->schema.n_custom == (size_t)__builtin_popcount(extras));
    status = weir_format_nfcapd.cursor_new(input, &cursor, err);
    for (uint64_t b = 0; status == WEIR_OK && b < input->n_blocks; b++) {
        uint64_t n = 0;
        status = weir_format_nfcapd.cursor_load(cursor, backwards ? input->n_blocks - 1 - b : b, &n,
                                                err);
        if (status == WEIR_OK)
            read_block(cursor, n, table);
    }
    weir_format_nfcapd.cursor_free(cursor);
    weir_format_nfcapd.close(input);
    CHECK_NO_LEAK(&mem);
    return status;
}

static void write_file(struct make *file)
{
    check_write_file("made.nfcapd", file->bytes, file->n);
    make_release(file);
}

static void write_blocks_v1(struct make *payload, size_t n)
{
    struct make file = {0};
    make_begin_v1(&file, MAKE_PLAIN, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        make_block(&file, MAKE_PLAIN, 2, &payload[i]);
        make_release(&payload[i]);
    }
    write_file(&file);
}

static void check_row(const uint64_t *got, const uint64_t *want, const char *what)
{
    for (int e = 0; e < WEIR_N_EXTRAS; e++)
        cr_assert(got[e] == want[e], "%s: %s: %llx instead of %llx", what,
                  weir_extra_info((enum weir_extra)e)->name, (unsigned long long)got[e],
                  (unsigned long long)want[e]);
}

static void set_hop(uint64_t *want, enum weir_extra first, const uint32_t *words)
{
    for (int w = 0; w < 4; w++)
        want[(int)first + w] = words[w];
}

static const uint32_t hop[4] = {0x20010db8, 0xabcd, 0xfedc0000, 0x99887766};
static const uint32_t bgp[4] = {0x20010db9, 0xef01, 0x12345678, 0xfeedbeef};

static void put_address(struct make *payload, const uint32_t *words, bool v6)
{
    if (!v6) {
        make_u32(payload, words[3]);
        return;
    }
    make_u64(payload, (uint64_t)words[0] << 32 | words[1]);
    make_u64(payload, (uint64_t)words[2] << 32 | words[3]);
}

/* What make_element puts in the generic element. */
static void want_generic(uint64_t *want)
{
    want[WEIR_EXTRA_RECEIVED] = 0x1111111111111111;
    want[WEIR_EXTRA_FLAGS] = 0x1b;
    want[WEIR_EXTRA_FWD] = 0x40;
    want[WEIR_EXTRA_TOS] = 0x22;
}

static void begin_element(struct make *payload, unsigned number, unsigned n_bytes)
{
    make_u16(payload, number);
    make_u16(payload, 4 + n_bytes);
}

/* A record of nfdump 1.7 with all elements; next hops of either family. */
static void put_17(struct make *payload, bool v6, uint64_t *want)
{
    const size_t begin = make_begin_17(payload, 10);
    make_element(payload, &flow, 1, 0);
    make_element(payload, &flow, 2, 0);
    begin_element(payload, 4, 16);
    make_u32(payload, 1);
    make_u32(payload, 2);
    make_u32(payload, 0x04030201); /* masks, direction, type of service */
    make_u32(payload, 0);
    begin_element(payload, 5, 24);
    make_u64(payload, UINT64_MAX);
    make_u64(payload, 1ULL << 40);
    make_u64(payload, 2ULL << 40);
    begin_element(payload, 28, 3); /* a label: nothing behind it is aligned */
    make_bytes(payload, "abc", 3);
    begin_element(payload, 6, 8);
    make_u32(payload, 0x10fff);
    make_u32(payload, 17);
    begin_element(payload, 7, 8);
    make_u32(payload, 4200000000);
    make_u32(payload, 65000);
    begin_element(payload, v6 ? 9 : 8, v6 ? 16 : 4);
    put_address(payload, bgp, v6);
    begin_element(payload, v6 ? 11 : 10, v6 ? 16 : 4);
    put_address(payload, hop, v6);
    begin_element(payload, 15, 32);
    for (unsigned i = 1; i <= 4; i++)
        make_u64(payload, i << 28 | i);
    make_end_17(payload, begin);
    const uint32_t none[4] = {0};
    set_hop(want, WEIR_EXTRA_HOP0, v6 ? hop : none);
    set_hop(want, WEIR_EXTRA_BGP0, v6 ? bgp : none);
    want[WEIR_EXTRA_HOP3] = hop[3];
    want[WEIR_EXTRA_BGP3] = bgp[3];
    want_generic(want);
    want[WEIR_EXTRA_SMASK] = 1;
    want[WEIR_EXTRA_DMASK] = 2;
    want[WEIR_EXTRA_DIR] = 3;
    want[WEIR_EXTRA_DTOS] = 4;
    want[WEIR_EXTRA_FLOWS] = UINT64_MAX;
    want[WEIR_EXTRA_OUT_PACKETS] = 1ULL << 40;
    want[WEIR_EXTRA_OUT_OCTETS] = 2ULL << 40;
    want[WEIR_EXTRA_SVLAN] = 0x10fff;
    want[WEIR_EXTRA_DVLAN] = 17;
    want[WEIR_EXTRA_SRCAS] = 4200000000;
    want[WEIR_EXTRA_DSTAS] = 65000;
    want[WEIR_EXTRA_IN_SMAC] = 1 << 28 | 1;
    want[WEIR_EXTRA_OUT_DMAC] = 2ULL << 28 | 2;
    want[WEIR_EXTRA_IN_DMAC] = 3ULL << 28 | 3;
    want[WEIR_EXTRA_OUT_SMAC] = 4ULL << 28 | 4;
}

Test(nfcapd_extra, elements_of_nfdump_17)
{
    struct make payload = {0};
    struct make file = {0};
    uint64_t want[6][WEIR_N_EXTRAS] = {{0}};
    make_begin_v2(&file, MAKE_PLAIN);
    for (int i = 0; i < 4; i++)
        put_17(&payload, i % 2 == 1, want[i]);
    make_flow_17(&payload, &flow); /* AS numbers of filling */
    want_generic(want[4]);
    want[4][WEIR_EXTRA_SRCAS] = 0xa3a2a1a0;
    want[4][WEIR_EXTRA_DSTAS] = 0xa7a6a5a4;
    make_end_17(&payload, make_begin_17(&payload, 0)); /* nothing at all */
    make_block(&file, MAKE_PLAIN, 3, &payload);
    make_end_v2(&file, MAKE_PLAIN, 1);
    write_file(&file);
    make_release(&payload);
    struct table table;
    struct weir_error err = {{0}};
    CHECK_OK(read_made(WEIR_EXTRAS_ALL, false, false, &table, &err));
    cr_assert(table.n == 6);
    for (size_t i = 0; i < 6; i++)
        check_row(table.value[i], want[i], "record");
    for (int e = 0; e < WEIR_N_EXTRAS; e++) { /* each alone */
        CHECK_OK(read_made(WEIR_EXTRA_BIT(e), false, false, &table, &err));
        for (size_t i = 0; i < 6; i++)
            cr_assert(table.value[i][0] == want[i][e], "%d", e);
    }
}

static const uint16_t narrow[] = {6, 8, 9, 11, 13, 14, 16, 18, 20, 21, 27, 0};
static const uint16_t wide[] = {27, 7, 10, 12, 15, 5, 17, 19, 0};
enum { NARROW_BYTES = 4 + 4 + 4 + 4 + 4 + 4 + 4 + 4 + 16 + 16 + 8, WIDE_BYTES = 8 * 6 + 16 * 2 };

static void put_narrow(struct make *payload, bool old, uint16_t map, uint64_t *want)
{
    const size_t begin = make_begin_16(payload, &flow, old, false, map);
    make_u16(payload, 65001);
    make_u16(payload, 65002);
    make_u32(payload, 0x04030201); /* type of service, direction, masks */
    put_address(payload, hop, false);
    put_address(payload, bgp, false);
    make_u16(payload, 0x0ffe);
    make_u16(payload, 0x0ffd);
    make_u32(payload, 7);
    make_u32(payload, 8);
    make_u32(payload, 9);
    for (unsigned i = 1; i <= 4; i++)
        make_u64(payload, i << 20);
    make_u64(payload, 1500000000123);
    make_end_16(payload, begin);
    want_generic(want);
    want[WEIR_EXTRA_SRCAS] = 65001;
    want[WEIR_EXTRA_DSTAS] = 65002;
    want[WEIR_EXTRA_DTOS] = 1;
    want[WEIR_EXTRA_DIR] = 2;
    want[WEIR_EXTRA_SMASK] = 3;
    want[WEIR_EXTRA_DMASK] = 4;
    want[WEIR_EXTRA_HOP3] = hop[3];
    want[WEIR_EXTRA_BGP3] = bgp[3];
    want[WEIR_EXTRA_SVLAN] = 0x0ffe;
    want[WEIR_EXTRA_DVLAN] = 0x0ffd;
    want[WEIR_EXTRA_OUT_PACKETS] = 7;
    want[WEIR_EXTRA_OUT_OCTETS] = 8;
    want[WEIR_EXTRA_FLOWS] = 9;
    want[WEIR_EXTRA_IN_SMAC] = 1 << 20;
    want[WEIR_EXTRA_OUT_DMAC] = 2 << 20;
    want[WEIR_EXTRA_IN_DMAC] = 3 << 20;
    want[WEIR_EXTRA_OUT_SMAC] = 4 << 20;
    want[WEIR_EXTRA_RECEIVED] = 1500000000123;
}

static void put_wide(struct make *payload, bool old, uint16_t map, uint64_t *want)
{
    const size_t begin = make_begin_16(payload, &flow, old, true, map);
    make_u64(payload, 1600000000456);
    make_u32(payload, 4200000001);
    make_u32(payload, 4200000002);
    put_address(payload, hop, true);
    put_address(payload, bgp, true);
    make_u64(payload, 7ULL << 50);
    make_u64(payload, 0); /* interfaces */
    make_u64(payload, 8ULL << 50);
    make_u64(payload, 9ULL << 50);
    make_end_16(payload, begin);
    want_generic(want);
    want[WEIR_EXTRA_RECEIVED] = 1600000000456;
    want[WEIR_EXTRA_SRCAS] = 4200000001;
    want[WEIR_EXTRA_DSTAS] = 4200000002;
    set_hop(want, WEIR_EXTRA_HOP0, hop);
    set_hop(want, WEIR_EXTRA_BGP0, bgp);
    want[WEIR_EXTRA_OUT_PACKETS] = 7ULL << 50;
    want[WEIR_EXTRA_OUT_OCTETS] = 8ULL << 50;
    want[WEIR_EXTRA_FLOWS] = 9ULL << 50;
}

/* Kinds 10 and 1, maps of this block and of earlier ones, one of them replaced. */
static size_t put_16(struct make *payload, uint64_t (*want)[WEIR_N_EXTRAS])
{
    make_map(&payload[0], 7, NARROW_BYTES, narrow);
    make_map(&payload[0], 9, WIDE_BYTES, wide);
    put_narrow(&payload[0], false, 7, want[0]);
    put_wide(&payload[0], true, 9, want[1]);
    make_end_16(&payload[0], make_begin_16(&payload[0], &flow, false, true, 77)); /* none */
    want_generic(want[2]);
    want[2][WEIR_EXTRA_RECEIVED] = 0;
    put_narrow(&payload[1], true, 7, want[3]);
    make_map(&payload[1], 7, WIDE_BYTES, wide);
    put_wide(&payload[1], false, 7, want[4]);
    put_wide(&payload[2], false, 7, want[5]);
    put_wide(&payload[2], true, 9, want[6]);
    return 7;
}

Test(nfcapd_extra, extensions_of_nfdump_16)
{
    struct make payload[3] = {{0}};
    uint64_t want[7][WEIR_N_EXTRAS] = {{0}};
    const size_t n = put_16(payload, want);
    write_blocks_v1(payload, 3);
    static const size_t from_back[] = {5, 6, 3, 4, 0, 1, 2};
    for (int backwards = 0; backwards < 2; backwards++) {
        struct table table;
        struct weir_error err = {{0}};
        CHECK_OK(read_made(WEIR_EXTRAS_ALL, false, backwards != 0, &table, &err));
        cr_assert(table.n == n);
        for (size_t i = 0; i < n; i++)
            check_row(table.value[i], want[backwards ? from_back[i] : i], "record");
    }
}

/* A map that differs from the one before in nothing but the order. */
Test(nfcapd_extra, maps_of_another_order)
{
    static const uint16_t one[] = {6, 13, 0};
    static const uint16_t other[] = {13, 6, 0};
    struct make payload[3] = {{0}};
    for (int b = 0; b < 3; b++) {
        if (b < 2)
            make_map(&payload[b], 5, 8, b == 0 ? one : other);
        const size_t begin = make_begin_16(&payload[b], &flow, false, false, 5);
        for (unsigned i = 1; i <= 4; i++)
            make_u16(&payload[b], i);
        make_end_16(&payload[b], begin);
    }
    write_blocks_v1(payload, 3);
    const weir_extras extras = WEIR_EXTRA_BIT(WEIR_EXTRA_DSTAS) | WEIR_EXTRA_BIT(WEIR_EXTRA_DVLAN);
    for (int backwards = 0; backwards < 2; backwards++) {
        struct table table;
        struct weir_error err = {{0}};
        CHECK_OK(read_made(extras, false, backwards != 0, &table, &err));
        for (size_t i = 0; i < 3; i++) {
            const bool first = (backwards ? 2 - i : i) == 0;
            cr_assert(table.value[i][0] == (first ? 2 : 4) && table.value[i][1] == (first ? 4 : 2));
        }
    }
}

Test(nfcapd_extra, what_contradicts_itself)
{
    static const uint16_t numbers[] = {5, 7, 0};
    struct table table;
    struct weir_error err = {{0}};
    struct make payload = {0};
    make_map(&payload, 1, 8, numbers); /* the AS numbers lie outside */
    const size_t begin = make_begin_16(&payload, &flow, false, false, 1);
    make_u64(&payload, 3);
    make_end_16(&payload, begin);
    write_blocks_v1(&payload, 1);
    cr_assert(read_made(WEIR_EXTRA_BIT(WEIR_EXTRA_DSTAS), false, false, &table, &err) ==
              WEIR_FORMAT);
    cr_assert(strstr(err.message, "extension map") != NULL, "%s", err.message);
    CHECK_OK(read_made(WEIR_EXTRA_BIT(WEIR_EXTRA_SVLAN), false, false, &table, &err));
    cr_assert(table.n == 1 && table.value[0][0] == 0);

    struct make file = {0};
    make_begin_v2(&file, MAKE_PLAIN);
    const size_t record = make_begin_17(&payload, 2);
    make_element(&payload, &flow, 1, 0);
    make_element(&payload, &flow, 7, 7);
    make_end_17(&payload, record);
    make_block(&file, MAKE_PLAIN, 3, &payload);
    make_end_v2(&file, MAKE_PLAIN, 1);
    write_file(&file);
    make_release(&payload);
    CHECK_OK(read_made(WEIR_EXTRA_BIT(WEIR_EXTRA_SRCAS), false, false, &table, &err));
    cr_assert(read_made(WEIR_EXTRA_BIT(WEIR_EXTRA_DSTAS), false, false, &table, &err) ==
              WEIR_FORMAT);
    cr_assert(strstr(err.message, "element 7 of the flow record: expected at least 12 bytes, but "
                                  "found 11") != NULL,
              "%s", err.message);
}

Test(nfcapd_extra, memory_fails_at_every_request)
{
    struct make payload[3] = {{0}};
    uint64_t want[7][WEIR_N_EXTRAS] = {{0}};
    const size_t n = put_16(payload, want);
    write_blocks_v1(payload, 3);
    for (int request = 0;; request++) {
        struct table table;
        struct weir_error err = {{0}};
        weir_mem_fail_after(&mem, request);
        const enum weir_status status = read_made(WEIR_EXTRAS_ALL, false, true, &table, &err);
        if (status == WEIR_OK) {
            cr_assert(table.n == n && request > 5);
            break;
        }
        cr_assert(status == WEIR_MEMORY, "%s", err.message);
    }
}
