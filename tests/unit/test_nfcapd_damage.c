/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the nfcapd reader on files that are damaged, unfinished, or not for it: never a crash,
 * never a silent loss, and --salvage recovers exactly what the message has promised. */
#include "nfcapd_read.h"

#include <sys/wait.h>

/* --- the edge files -------------------------------------------------------------------------- */

Test(nfcapd_damage, edge_files)
{
    static const struct {
        const char *name;
        enum weir_status status;
        const char *message;
        size_t n_records; /* of a good file, or under --salvage */
        uint64_t lost_blocks, lost_bytes, lost_records;
    } files[] = {
        {"damaged-block0-v1", WEIR_FORMAT,
         "block 0 at offset 276: record 0 of 39181 at byte 0: expected 4 to 65535 bytes, but found "
         "0; --salvage would recover 32132 records in 4 of 5 blocks",
         32132, 1, 552113, 39181},
        {"empty-v1", WEIR_OK, "", 0, 0, 0, 0},
        {"empty-v2", WEIR_OK, "", 0, 0, 0, 0},
        {"lz4-v1", WEIR_OK, "", 4593, 0, 0, 0},
        {"trailing-garbage-v2", WEIR_OK, "", 736, 0, 0, 0},
        {"truncated-v2", WEIR_FORMAT,
         "block 0 at offset 40: expected 106939 bytes, but found only 59948 before the end of the "
         "file; --salvage would recover 0 records in 0 of 1 blocks",
         0, 1, 59960, 5660},
        {"truncated-blocks-v2", WEIR_FORMAT,
         "block 7 at offset 2732473: expected 389738 bytes, but found only 267515 before the end "
         "of "
         "the file; --salvage would recover 53129 records in 7 of 14 blocks",
         53129, 7, 267527, 7616},
        {"type10-records-in-v2", WEIR_OK, "", 26, 0, 0, 0},
        {"unaligned-labels-v2", WEIR_OK, "", 4576, 0, 0, 0},
    };
    struct weir_error err = {0};
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[1024];
        struct read_table table;
        snprintf(path, sizeof path, "%s/nfcapd/edge/%s.nfcapd", reference, files[i].name);
        CHECK_STATUS(read_file(path, false, &table, &err), files[i].status);
        CHECK_MESSAGE(files[i].message);
        cr_assert(files[i].status == WEIR_OK || strstr(err.message, path) == err.message);
        cr_assert(table.n == (files[i].status == WEIR_OK ? files[i].n_records : 0));
        read_release(&table);
        CHECK_OK(read_file(path, true, &table, &err));
        cr_assert(table.n == files[i].n_records, "%s: %zu", path, table.n);
        cr_assert(table.losses.blocks == files[i].lost_blocks &&
                      table.losses.bytes == files[i].lost_bytes &&
                      table.losses.records == files[i].lost_records,
                  "%s: lost %" PRIu64 " blocks, %" PRIu64 " bytes, %" PRIu64 " records", path,
                  table.losses.blocks, table.losses.bytes, table.losses.records);
        read_release(&table);
    }
}

/* The whole blocks of the truncated file are those of the file that it was cut from. */
Test(nfcapd_damage, whole_blocks_of_a_truncated_file)
{
    struct weir_error err = {0};
    char path[1024];
    struct read_table whole;
    struct read_table cut;
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    snprintf(path, sizeof path, "%s/nfcapd/isp100k-anon.v2-lz4.nfcapd", reference);
    CHECK_OK(read_file(path, false, &whole, &err));
    snprintf(path, sizeof path, "%s/nfcapd/edge/truncated-blocks-v2.nfcapd", reference);
    CHECK_OK(read_file(path, true, &cut, &err));
    cr_assert(memcmp(whole.row, cut.row, cut.n * sizeof *cut.row) == 0);
    read_release(&whole);
    read_release(&cut);
}

/* --- files that are not for this reader ------------------------------------------------------ */

static void make_small_v2(struct make *file, enum make_packing packing, size_t n_blocks, size_t n)
{
    struct make payload = {0};
    make_begin_v2(file, packing);
    for (size_t b = 0; b < n_blocks; b++) {
        for (size_t i = 0; i < n; i++) {
            const struct make_flow flow = read_flow(b * n + i);
            make_flow_17(&payload, &flow);
        }
        make_block(file, packing, 3, &payload);
    }
    make_end_v2(file, packing, (uint32_t)n_blocks);
    make_release(&payload);
}

/* Blocks of `n` flows of nfdump 1.6 each; the map of their interfaces is in block 0 only. */
static void make_small_v1(struct make *file, enum make_packing packing, size_t n_blocks, size_t n)
{
    static const uint16_t numbers[] = {5, 0};
    struct make payload = {0};
    make_begin_v1(file, packing, (uint32_t)n_blocks);
    make_map(&payload, 12, 8, numbers);
    for (size_t b = 0; b < n_blocks; b++) {
        for (size_t i = 0; i < n; i++) {
            const struct make_flow flow = read_flow(b * n + i);
            const size_t begin = make_begin_16(&payload, &flow, false, true, 12);
            make_u32(&payload, flow.inif);
            make_u32(&payload, flow.outif);
            make_end_16(&payload, begin);
        }
        make_block(file, packing, 2, &payload);
    }
    make_release(&payload);
}

/* Bytes to change in a good file of two plain blocks of 3 flows, and what must be said. */
struct patch {
    int layout;
    size_t at;
    unsigned char bytes[4];
    size_t n;
    const char *message;
};

static void check_refused(const struct make *file, bool salvage, const char *message)
{
    struct weir_error err = {0};
    struct read_table table;
    CHECK_STATUS(read_made(file, salvage, &table, &err), WEIR_FORMAT);
    CHECK_MESSAGE("made.nfcapd: expected ");
    CHECK_MESSAGE(message);
    cr_assert(strstr(err.message, "--salvage") == NULL, "%s", err.message);
    read_release(&table);
}

Test(nfcapd_damage, foreign_files_are_refused)
{
    static const struct patch patches[] = {
        {2, 0, {0xa5, 0x0c, 0, 2}, 4, "found a big-endian one"},
        {2, 0, {0x1f, 0x8b}, 2, "begin otherwise"},
        {2, 2, {3, 0}, 2, "found 3 (nfdump 1.8)"},
        {2, 2, {0, 0}, 2, "found 0"},
        {2, 16, {5}, 1, "a compression method of 0 to 4, but found 5"},
        {2, 17, {1}, 1, "without encryption, but found method 1"},
        {2, 40 + 8, {1, 0}, 2, "nfdump 1.5 (type 1)"},
        {1, 4, {0x11}, 1, "one compression method, but found flags 0x11"},
        {1, 276 + 8, {1, 0}, 2, "nfdump 1.5 (type 1)"},
    };
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (size_t i = 0; i < 2 * sizeof patches / sizeof *patches; i++) {
        const struct patch *patch = &patches[i / 2];
        struct make file = {0};
        if (patch->layout == 1)
            make_small_v1(&file, MAKE_PLAIN, 2, 3);
        else
            make_small_v2(&file, MAKE_PLAIN, 2, 3);
        memcpy(file.bytes + patch->at, patch->bytes, patch->n);
        check_refused(&file, i % 2 == 1, patch->message);
        make_release(&file);
    }
    for (int layout = 1; layout <= 2; layout++) {
        struct make file = {0};
        if (layout == 1)
            make_small_v1(&file, MAKE_PLAIN, 2, 3);
        else
            make_small_v2(&file, MAKE_PLAIN, 2, 3);
        for (size_t n = layout == 1 ? 276 : 40; n-- > 1;) {
            struct make cut = {.bytes = file.bytes, .n = n};
            check_refused(&cut, n % 2 == 0, n < 4 ? "begin otherwise" : "header of");
        }
        make_release(&file);
    }
    check_leave_directory(directory);
}

/* --- salvage: promised and kept -------------------------------------------------------------- */

/* Reads a made file both ways. Where the strict reading fails with a promise, --salvage must keep
 * it to the record; where it succeeds, --salvage must not differ. Returns the strict status. */
static enum weir_status check_promise(const struct make *file, struct read_table *salvaged,
                                      struct weir_error *err)
{
    struct weir_error other = {0};
    struct read_table table;
    err->message[0] = '\0';
    const enum weir_status status = read_made(file, false, &table, err);
    const enum weir_status second = read_made(file, true, salvaged, &other);
    cr_assert(status == WEIR_OK || status == WEIR_FORMAT || status == WEIR_LIMIT);
    const char *promise = strstr(err->message, "; --salvage would recover ");
    if (status == WEIR_OK) {
        cr_assert(second == WEIR_OK && table.n == salvaged->n);
        cr_assert(salvaged->losses.blocks == 0 && salvaged->losses.bytes == 0);
        cr_assert(table.n == 0 ||
                  memcmp(table.row, salvaged->row, table.n * sizeof *table.row) == 0);
    } else if (promise == NULL) {
        cr_assert(second == WEIR_FORMAT && strcmp(err->message, other.message) == 0, "%s | %s",
                  err->message, other.message);
    } else {
        unsigned long long n_records, n_good, n_blocks;
        cr_assert(sscanf(promise, "; --salvage would recover %llu records in %llu of %llu blocks",
                         &n_records, &n_good, &n_blocks) == 3);
        cr_assert(second == WEIR_OK, "%s | %s", err->message, other.message);
        cr_assert(salvaged->n == n_records && salvaged->losses.blocks == n_blocks - n_good,
                  "%s, but %zu records are there and %" PRIu64 " blocks lost", err->message,
                  salvaged->n, salvaged->losses.blocks);
        cr_assert(salvaged->losses.bytes <= file->n);
    }
    read_release(&table);
    return status;
}

static size_t block_at(const struct make *file, size_t begin, size_t number)
{
    size_t at = begin;
    for (size_t i = 0; i < number; i++) {
        uint32_t n;
        memcpy(&n, file->bytes + at + 4, sizeof n);
        at += 12 + n;
    }
    return at;
}

/* Every check of block headers and records of nfdump 1.7: four plain blocks of 3 flows, of which
 * block 2 is changed. Offsets from the block's header: record 0 is at 12, its elements at 24, 76,
 * 88 and 108, record 1 at 120. */
Test(nfcapd_damage, every_check_of_a_block)
{
    static const struct {
        size_t at;
        unsigned width;
        uint32_t value;
        const char *message;
    } cases[] = {
        {0, 4, 0, "expected 1 to 87 records in 348 bytes, but found a count of 0"},
        {0, 4, 88, "expected 1 to 87 records in 348 bytes, but found a count of 88"},
        {0, 4, 4, "expected 4 records, but found the end after 3"},
        {0, 4, 2, "expected the end after 2 records, but found 108 more bytes"},
        {8, 2, 5, "expected a block of type 2, 3 or 4, but found 5"},
        {8, 2, 1, "expected a block of type 2, 3 or 4, but found 1"},
        {12, 2, 16,
         "record 0 of 3 at byte 0: expected records of nfdump 1.6 or 1.7, but found a "
         "flow record of nfdump 1.8"},
        {14, 2, 3, "record 0 of 3 at byte 0: expected 4 to 348 bytes, but found 3"},
        {14, 2, 349, "record 0 of 3 at byte 0: expected 4 to 348 bytes, but found 349"},
        {14, 2, 11, "expected at least 12 bytes in a flow record, but found 11"},
        {16, 2, 5, "expected 5 elements in the flow record, but found its end after 4"},
        {16, 2, 3, "expected the flow record to end after 3 elements, but found 12 more bytes"},
        {26, 2, 51, "element 1 of the flow record: expected 52 bytes, but found 51"},
        {26, 2, 3, "element 1 of the flow record: expected 4 to 96 bytes, but found a length of 3"},
        {26, 2, 97, "element 1 of the flow record: expected 4 to 96 bytes, but found a length of"},
        {76, 2, 3, "element 3 of the flow record: expected 36 bytes, but found 12"},
        {110, 2, 13,
         "element 7 of the flow record: expected 4 to 12 bytes, but found a length of "
         "13"},
    };
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_error err = {0};
        struct make file = {0};
        struct make payload = {0};
        struct read_table table;
        make_begin_v2(&file, MAKE_PLAIN);
        for (uint64_t b = 0; b < 4; b++) {
            for (uint64_t r = 0; r < 3; r++) {
                struct make_flow flow = read_flow(3 * b + r);
                flow.is_ipv6 = r == 1;
                make_flow_17(&payload, &flow);
            }
            make_block(&file, MAKE_PLAIN, 3, &payload);
        }
        make_end_v2(&file, MAKE_PLAIN, 4);
        const size_t at = block_at(&file, 40, 2);
        if (cases[i].width == 2)
            make_set_u16(&file, at + cases[i].at, cases[i].value);
        else
            make_set_u32(&file, at + cases[i].at, cases[i].value);
        cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT, "case %zu", i);
        CHECK_MESSAGE("made.nfcapd: block 2 at offset ");
        CHECK_MESSAGE(cases[i].message);
        CHECK_MESSAGE("; --salvage would recover 9 records in 3 of 4 blocks");
        cr_assert(table.losses.bytes == 12 + 348);
        cr_assert(table.losses.records == (cases[i].width == 4 ? cases[i].value : 3));
        cr_assert(table.row[6].value[WEIR_PACKETS] == read_flow(9).packets);
        read_release(&table);
        make_release(&file);
        make_release(&payload);
    }
    check_leave_directory(directory);
}

/* The same checks behind a run of good records that are alike: 40 flows, of which number 37, of
 * IPv4 and 108 bytes long, is changed. */
Test(nfcapd_damage, damage_behind_a_run)
{
    static const struct {
        size_t at;
        unsigned value;
        const char *message;
    } cases[] = {
        {0, 16, "expected records of nfdump 1.6 or 1.7, but found a flow record of nfdump 1.8"},
        {2, 0, "expected 4 to 324 bytes, but found 0"},
        {2, 3, "expected 4 to 324 bytes, but found 3"},
        {2, 4, "expected at least 12 bytes in a flow record, but found 4"},
        {2, 325, "expected 4 to 324 bytes, but found 325"},
        {2, 132, "expected the flow record to end after 4 elements, but found 24 more bytes"},
        {4, 5, "expected 5 elements in the flow record, but found its end after 4"},
        {4, 3, "expected the flow record to end after 3 elements, but found 12 more bytes"},
        {4, 0, "expected the flow record to end after 0 elements, but found 96 more bytes"},
        {14, 51, "element 1 of the flow record: expected 52 bytes, but found 51"},
        {14, 97, "element 1 of the flow record: expected 4 to 96 bytes, but found a length of 97"},
        {64, 3, "element 3 of the flow record: expected 36 bytes, but found 12"},
        {66, 13, "element 2 of the flow record: expected 12 bytes, but found 13"},
        {76, 1, "element 1 of the flow record: expected 52 bytes, but found 20"},
        {98, 13, "element 7 of the flow record: expected 4 to 12 bytes, but found a length of 13"},
    };
    enum { N = 40, BAD = 37 };
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_error err = {0};
        struct make file = {0};
        struct make payload = {0};
        struct read_table table;
        size_t at = 0;
        make_begin_v2(&file, MAKE_PLAIN);
        for (uint64_t r = 0; r < N; r++) {
            struct make_flow flow = read_flow(r);
            flow.is_ipv6 = r % 5 == 1;
            at = r == BAD ? payload.n : at;
            make_flow_17(&payload, &flow);
        }
        make_set_u16(&payload, at + cases[i].at, cases[i].value);
        make_block(&file, MAKE_PLAIN, 3, &payload);
        for (uint64_t r = 0; r < 5; r++) {
            const struct make_flow flow = read_flow(r);
            make_flow_17(&payload, &flow);
        }
        make_block(&file, MAKE_PLAIN, 3, &payload);
        make_end_v2(&file, MAKE_PLAIN, 2);
        cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT, "case %zu", i);
        CHECK_MESSAGE("made.nfcapd: block 0 at offset 40: record 37 of 40 at byte 4188: ");
        CHECK_MESSAGE(cases[i].message);
        CHECK_MESSAGE("; --salvage would recover 5 records in 1 of 2 blocks");
        read_release(&table);
        make_release(&file);
        make_release(&payload);
    }
    check_leave_directory(directory);
}

/* The last record of a run is cut. */
Test(nfcapd_damage, runs_end_with_the_block)
{
    enum { N = 40 };
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (size_t n_cut = 1; n_cut <= 104; n_cut++) {
        struct weir_error err = {0};
        struct make file = {0};
        struct make payload = {0};
        struct read_table table;
        char want[80];
        make_begin_v2(&file, MAKE_LZ4);
        for (uint64_t r = 0; r < N; r++) {
            struct make_flow flow = read_flow(r);
            flow.is_ipv6 = false;
            make_flow_17(&payload, &flow);
        }
        payload.n -= n_cut;
        make_block(&file, MAKE_LZ4, 3, &payload);
        make_end_v2(&file, MAKE_LZ4, 1);
        cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT);
        snprintf(want, sizeof want, "record 39 of 40 at byte 4212: expected 4 to %zu bytes, but ",
                 108 - n_cut);
        CHECK_MESSAGE(want);
        read_release(&table);
        make_release(&file);
        make_release(&payload);
    }
    check_leave_directory(directory);
}

/* A bit of noise in each kind of compressed stream; a stream with bytes behind its end. */
Test(nfcapd_damage, bad_streams)
{
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (enum make_packing packing = MAKE_LZO; packing < MAKE_N_PACKINGS; packing++) {
        struct weir_error err = {0};
        struct make file = {0};
        struct read_table table;
        make_small_v2(&file, packing, 4, 50);
        const size_t at = block_at(&file, 40, 1);
        memset(file.bytes + at + 12 + 4, 0xee, 60);
        cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT, "compression %d", packing);
        CHECK_MESSAGE("made.nfcapd: block 1 at offset ");
        CHECK_MESSAGE("; --salvage would recover 150 records in 3 of 4 blocks");
        cr_assert(table.n == 150 && table.losses.blocks == 1 && table.losses.records == 50);
        read_release(&table);
        make_release(&file);

        struct make payload = {0};
        const struct make_flow flow = read_flow(0);
        make_begin_v2(&file, packing);
        make_flow_17(&payload, &flow);
        make_block(&file, packing, 3, &payload);
        make_set_u32(&file, 44, (uint32_t)(file.n - 40 - 12 + 7));
        make_zeros(&file, 7);
        make_end_v2(&file, packing, 1);
        cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT, "compression %d", packing);
        CHECK_MESSAGE("a whole ");
        CHECK_MESSAGE(" stream");
        read_release(&table);
        make_release(&file);
        make_release(&payload);
    }
    check_leave_directory(directory);
}

/* Headers that contradict the blocks: four blocks of 3 flows, changed at `at`. */
Test(nfcapd_damage, counts_and_sizes_of_the_frame)
{
    static const struct {
        int layout;
        size_t at;
        unsigned width;
        uint32_t value;
        enum weir_status status;
        const char *message;
        size_t n_records;
        uint64_t lost_blocks;
    } cases[] = {
        {1, 8, 4, 0, WEIR_OK, "", 12, 0},
        {1, 8, 4, 2, WEIR_OK, "", 12, 0},
        {1, 8, 4, 6, WEIR_FORMAT, "expected 6 blocks, but found only 4", 12, 2},
        {2, 36, 4, 2, WEIR_FORMAT, "expected 2 blocks to end at the appendix at offset", 12, 0},
        {2, 36, 4, 5, WEIR_FORMAT, "expected 5 blocks to end at the appendix at offset", 12, 0},
        {2, 36, 4, 7, WEIR_FORMAT, "expected 7 blocks, but found only 5", 12, 2},
        {2, 36, 4, 0, WEIR_FORMAT, "expected 0 blocks to end at the appendix at offset", 12, 0},
        {2, 18, 2, 0, WEIR_OK, "", 12, 0},
        {2, 24, 4, 0, WEIR_OK, "", 12, 0},
        {2, 24, 4, 77, WEIR_FORMAT, "at the appendix at offset 77, but found their end at", 12, 0},
    };
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_error err = {0};
        struct make file = {0};
        struct read_table table;
        if (cases[i].layout == 1)
            make_small_v1(&file, MAKE_LZO, 4, 3);
        else
            make_small_v2(&file, MAKE_LZO, 4, 3);
        if (cases[i].width == 2)
            make_set_u16(&file, cases[i].at, cases[i].value);
        else
            make_set_u32(&file, cases[i].at, cases[i].value);
        cr_assert(check_promise(&file, &table, &err) == cases[i].status, "case %zu: %s", i,
                  err.message);
        CHECK_MESSAGE(cases[i].message);
        cr_assert(table.n == cases[i].n_records && table.losses.blocks == cases[i].lost_blocks,
                  "case %zu: %zu records", i, table.n);
        read_release(&table);
        make_release(&file);
    }
    check_leave_directory(directory);
}

/* A size out of bounds ends the walk; everything behind it is counted once. */
Test(nfcapd_damage, block_sizes_out_of_bounds)
{
    static const uint32_t sizes[] = {0, 5242881, UINT32_MAX};
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (size_t i = 0; i < 6; i++) {
        struct weir_error err = {0};
        struct make file = {0};
        struct read_table table;
        const int layout = i < 3 ? 1 : 2;
        if (layout == 1)
            make_small_v1(&file, MAKE_LZ4, 5, 10);
        else
            make_small_v2(&file, MAKE_LZ4, 5, 10);
        const size_t at = block_at(&file, layout == 1 ? 276 : 40, 3);
        make_set_u32(&file, at + 4, sizes[i % 3]);
        cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT);
        CHECK_MESSAGE("made.nfcapd: block 3 at offset ");
        CHECK_MESSAGE("expected a size of 1 to 5242880 bytes, but found ");
        CHECK_MESSAGE("--salvage would recover 30 records in 3 of 5 blocks");
        cr_assert(table.n == 30 && table.losses.blocks == 2);
        cr_assert(table.losses.bytes == file.n - at);
        cr_assert(table.losses.records == 0, "a header that lies promises nothing");
        read_release(&table);
        make_release(&file);
    }
    check_leave_directory(directory);
}

/* A file that its writer did not finish: no counts, no appendix, blocks up to the end. */
Test(nfcapd_damage, unfinished_files)
{
    struct weir_error err = {0};
    char directory[512];
    struct make file = {0};
    struct read_table table;
    check_enter_directory(directory, sizeof directory);
    make_small_v2(&file, MAKE_LZ4, 4, 25);
    const size_t appendix = block_at(&file, 40, 4);
    make_set_u16(&file, 18, 0);
    make_set_u64(&file, 24, 0);
    make_set_u32(&file, 36, 0);
    file.n = appendix;
    cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT);
    CHECK_MESSAGE("made.nfcapd: expected a finished file, but its header counts no blocks and 4 "
                  "follow; --salvage would recover 100 records in 4 of 4 blocks");
    cr_assert(table.n == 100 && table.losses.blocks == 0 && table.losses.bytes == 0);
    read_release(&table);
    file.n = appendix - 1;
    cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT);
    CHECK_MESSAGE("--salvage would recover 75 records in 3 of 4 blocks");
    cr_assert(table.losses.bytes == file.n - block_at(&file, 40, 3));
    read_release(&table);
    file.n = 40; /* nothing was written yet: nothing is lost */
    cr_assert(check_promise(&file, &table, &err) == WEIR_OK && table.n == 0);
    read_release(&table);
    make_release(&file);
    check_leave_directory(directory);
}

/* --- extension maps that are wrong or lost --------------------------------------------------- */

Test(nfcapd_damage, maps_that_are_missing)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    char directory[512];
    struct make file = {0};
    struct read_table table;
    weir_mem_init(&mem, SIZE_MAX);
    check_enter_directory(directory, sizeof directory);
    make_small_v1(&file, MAKE_PLAIN, 3, 10);
    make_set_u16(&file, 276 + 12 + 4, 13); /* the map gets another number */
    cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT);
    CHECK_MESSAGE("block 0 at offset 276: flow record 0 at byte 12: expected extension map 12 "
                  "somewhere before, but found none; --salvage would recover 30 records in 3 of 3 "
                  "blocks");
    cr_assert(table.n == 30 && table.losses.blocks == 0);
    cr_assert(table.row[20].value[WEIR_INIF] == 0 &&
              table.row[20].value[WEIR_DP] == read_flow(20).dp);
    read_release(&table);
    const struct weir_open_request request = {
        .path = "made.nfcapd",
        .fd = -1,
        .fields = WEIR_FIELDS_ALL & ~WEIR_FIELD_BIT(WEIR_INIF) & ~WEIR_FIELD_BIT(WEIR_OUTIF),
        .mem = &mem};
    CHECK_OK(read_request(&request, &table, &err)); /* nobody needs the map */
    cr_assert(table.n == 30);
    read_release(&table);
    CHECK_NO_LEAK(&mem);
    make_release(&file);
    check_leave_directory(directory);
}

/* Block 1 replaces the map by a longer one; when it is lost, the older map must not be taken for
 * the records of block 2. */
Test(nfcapd_damage, maps_that_are_lost_leave_interfaces_zero)
{
    static const uint16_t short_map[] = {5, 0};
    static const uint16_t long_map[] = {6, 5, 0};
    struct weir_error err = {0};
    char directory[512];
    struct make file = {0};
    struct make payload = {0};
    struct read_table table;
    check_enter_directory(directory, sizeof directory);
    make_begin_v1(&file, MAKE_PLAIN, 3);
    make_map(&payload, 1, 8, short_map);
    for (uint64_t b = 0; b < 3; b++) {
        if (b == 1)
            make_map(&payload, 1, 12, long_map);
        const struct make_flow flow = read_flow(b);
        const size_t begin = make_begin_16(&payload, &flow, false, true, 1);
        if (b > 0)
            make_u32(&payload, 0x55555555);
        make_u32(&payload, flow.inif);
        make_u32(&payload, flow.outif);
        make_end_16(&payload, begin);
        make_block(&file, MAKE_PLAIN, 2, &payload);
    }
    cr_assert(check_promise(&file, &table, &err) == WEIR_OK && table.n == 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert(table.row[i].value[WEIR_OUTIF] == read_flow(i).outif);
    read_release(&table);
    make_set_u16(&file, block_at(&file, 276, 1) + 12 + 2, 0);
    cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT && table.n == 2);
    cr_assert(table.losses.unmapped == 1 && table.losses.blocks == 1);
    cr_assert(table.row[0].value[WEIR_INIF] == read_flow(0).inif);
    cr_assert(table.row[1].value[WEIR_INIF] == 0 && table.row[1].value[WEIR_OUTIF] == 0);
    cr_assert(table.row[1].value[WEIR_OCTETS] == read_flow(2).octets);
    read_release(&table);
    make_release(&file);
    make_release(&payload);
    check_leave_directory(directory);
}

/* Records that are shorter than they say, and maps that say more than records have. */
Test(nfcapd_damage, records_of_nfdump_16)
{
    static const struct {
        size_t at; /* from the start of the payload: map 0 .. 11, record 0 at 12, of 72 bytes */
        unsigned value;
        const char *message;
    } cases[] = {
        {2, 7, "record 0 of 4 at byte 0: expected an extension map, but found one of 7 bytes"},
        {6, 7, "record 0 of 4 at byte 0: expected an extension map, but found one of 12 bytes"},
        {6, 9,
         "record 1 of 4 at byte 12: expected 9 bytes of extensions after extension map 12, "
         "but found 8"},
        {14, 31,
         "record 1 of 4 at byte 12: expected at least 32 bytes in a flow record, but found "
         "31"},
        {14, 55, "expected at least 56 bytes in a flow record with flags 6, but found 55"},
    };
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_error err = {0};
        struct make file = {0};
        struct make payload = {0};
        struct read_table table;
        static const uint16_t numbers[] = {5, 0};
        make_begin_v1(&file, MAKE_PLAIN, 1);
        make_map(&payload, 12, 8, numbers);
        cr_assert(payload.n == 12);
        for (uint64_t r = 0; r < 3; r++) {
            const struct make_flow flow = read_flow(3 * r); /* IPv4 */
            const size_t begin = make_begin_16(&payload, &flow, false, true, 12);
            make_u64(&payload, 0);
            make_end_16(&payload, begin);
        }
        make_set_u16(&payload, cases[i].at, cases[i].value);
        make_block(&file, MAKE_PLAIN, 2, &payload);
        cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT, "case %zu", i);
        CHECK_MESSAGE(cases[i].message);
        CHECK_MESSAGE("--salvage would recover 0 records in 0 of 1 blocks");
        read_release(&table);
        make_release(&file);
        make_release(&payload);
    }
    check_leave_directory(directory);
}

/* A map of an earlier block that promises more than a record has: damage, or interfaces 0. */
Test(nfcapd_damage, maps_of_earlier_blocks_that_do_not_fit)
{
    static const uint16_t numbers[] = {6, 7, 5, 0};
    struct weir_error err = {0};
    char directory[512];
    struct make file = {0};
    struct make payload = {0};
    struct read_table table;
    const struct make_flow flow = read_flow(0);
    check_enter_directory(directory, sizeof directory);
    make_begin_v1(&file, MAKE_PLAIN, 2);
    make_map(&payload, 77, 20, numbers);
    make_block(&file, MAKE_PLAIN, 2, &payload);
    const size_t begin = make_begin_16(&payload, &flow, true, false, 77);
    make_u64(&payload, UINT64_MAX);
    make_end_16(&payload, begin);
    make_block(&file, MAKE_PLAIN, 2, &payload);
    cr_assert(check_promise(&file, &table, &err) == WEIR_FORMAT);
    CHECK_MESSAGE("block 1 at offset 304: flow record 0 at byte 0: expected 20 bytes of extensions "
                  "after extension map 77, but found 8");
    cr_assert(table.n == 1 && table.row[0].value[WEIR_INIF] == 0);
    read_release(&table);
    make_release(&file);
    make_release(&payload);
    check_leave_directory(directory);
}

/* --- truncation and noise -------------------------------------------------------------------- */

/* A file cut at every byte gives the blocks that are whole, and says what is lost. */
static void check_truncations(struct make *file, size_t begin, size_t n_blocks, size_t n_flows)
{
    const size_t whole = file->n;
    const size_t end = block_at(file, begin, n_blocks);
    for (size_t n = begin; n < whole; n++) {
        struct weir_error err = {0};
        struct read_table table;
        size_t n_whole = 0;
        while (n_whole < n_blocks && block_at(file, begin, n_whole + 1) <= n)
            n_whole++;
        struct make cut = {.bytes = file->bytes, .n = n};
        const enum weir_status status = check_promise(&cut, &table, &err);
        cr_assert((status == WEIR_OK) == (n >= end), "%zu of %zu bytes", n, whole);
        cr_assert(table.n == n_whole * n_flows, "%zu of %zu bytes", n, whole);
        cr_assert(n >= end || table.losses.blocks == n_blocks - n_whole);
        cr_assert(n >= end || table.losses.bytes == n - block_at(file, begin, n_whole));
        read_release(&table);
    }
}

Test(nfcapd_damage, truncation_at_every_byte)
{
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (enum make_packing packing = MAKE_PLAIN; packing < MAKE_N_PACKINGS; packing++) {
        struct make file = {0};
        make_small_v2(&file, packing, 3, 3);
        check_truncations(&file, 40, 3, 3);
        make_release(&file);
    }
    struct make file = {0};
    make_small_v1(&file, MAKE_LZO, 3, 4);
    check_truncations(&file, 276, 3, 4);
    make_release(&file);
    check_leave_directory(directory);
}

/* Noise in places that a fixed generator chooses: single bits, bytes, words, swaps of ranges. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void mutate(struct make *file, size_t from, uint64_t *state)
{
    const size_t n_changes = 1 + next_random(state) % 4;
    for (size_t i = 0; i < n_changes; i++) {
        const size_t at = from + next_random(state) % (file->n - from);
        const uint64_t value = next_random(state);
        switch (next_random(state) % 5) {
        case 0:
            file->bytes[at] ^= (unsigned char)(1U << value % 8);
            break;
        case 1:
            file->bytes[at] = (unsigned char)value;
            break;
        case 2:
            if (at + 2 <= file->n)
                make_set_u16(file, at, value % 3 == 0 ? 0xffff : (unsigned)(value >> 8) & 0x3ff);
            break;
        case 3:
            if (at + 4 <= file->n)
                make_set_u32(file, at, (uint32_t)(value >> (value % 32)));
            break;
        default:
            memset(file->bytes + at, (int)(value & 0xff),
                   1 + value % 64 < file->n - at ? 1 + value % 64 : file->n - at);
        }
    }
}

static void check_noise(const struct make *file, size_t from, int n_rounds, uint64_t seed)
{
    uint64_t state = seed;
    int n_bad = 0;
    for (int round = 0; round < n_rounds; round++) {
        struct weir_error err = {0};
        struct read_table table;
        struct make noisy = {0};
        make_bytes(&noisy, file->bytes, file->n);
        mutate(&noisy, from, &state);
        n_bad += check_promise(&noisy, &table, &err) != WEIR_OK;
        read_release(&table);
        make_release(&noisy);
    }
    cr_assert(n_bad > n_rounds / 20 && n_bad < n_rounds, "%d of %d", n_bad, n_rounds);
}

Test(nfcapd_damage, noise)
{
    enum { ROUNDS = 250 };
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (enum make_packing packing = MAKE_PLAIN; packing < MAKE_N_PACKINGS; packing++) {
        struct make file = {0};
        make_small_v2(&file, packing, 3, 12);
        check_noise(&file, 4, ROUNDS, 0x9e3779b97f4a7c15 + packing);
        make_release(&file);
        if (packing == MAKE_ZSTD)
            continue;
        make_small_v1(&file, packing, 3, 12);
        check_noise(&file, 4, ROUNDS, 0xbf58476d1ce4e5b9 + packing);
        make_release(&file);
    }
    check_leave_directory(directory);
}

/* Noise right after decompression: plain blocks of a real file with all kinds of records. */
Test(nfcapd_damage, noise_in_a_real_file)
{
    struct make file = {0};
    char directory[512];
    char path[1024];
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    check_enter_directory(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/nfcapd/edge/type10-records-in-v2.nfcapd", reference);
    FILE *in = fopen(path, "rb");
    cr_assert(in != NULL);
    unsigned char bytes[8192];
    make_bytes(&file, bytes, fread(bytes, 1, sizeof bytes, in));
    cr_assert(fclose(in) == 0 && file.n == 5037);
    check_noise(&file, 40, 800, 0x94d049bb133111eb);
    make_release(&file);
    check_leave_directory(directory);
}
