/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the nfcapd reader on files that are in order: real ones against nfdump's text, and
 * hand-made ones for what the real ones lack. */
#include "nfcapd_read.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- against nfdump's text ------------------------------------------------------------------- */

enum { N_TEXT = 22 };

struct text_line {
    uint64_t value[N_TEXT];
};

static bool read_text_line(FILE *text, struct text_line *line)
{
    char buffer[1024];
    if (fgets(buffer, sizeof buffer, text) == NULL)
        return false;
    char *at = buffer;
    for (int i = 0; i < N_TEXT; i++) {
        char *end = at;
        line->value[i] = strtoull(at, &end, 10);
        cr_assert(end != at && *end == (i < N_TEXT - 1 ? '|' : '\n'), "\"%s\"", buffer);
        at = end + 1;
    }
    return true;
}

/* nfdump prints a line of zeros before that of a tunnel's flow. */
static bool is_phantom(const struct text_line *line, const struct text_line *next)
{
    for (int i = 4; i < N_TEXT; i++)
        if (line->value[i] != 0)
            return false;
    return line->value[1] == next->value[1] && line->value[2] == next->value[2];
}

static void check_text_row(const struct read_row *row, const struct text_line *line,
                           const char *what, size_t index)
{
    static const struct {
        int text;
        enum weir_field field;
    } shared[] = {{0, WEIR_AF},    {3, WEIR_PROT},   {4, WEIR_SA0},      {5, WEIR_SA1},
                  {6, WEIR_SA2},   {7, WEIR_SA3},    {8, WEIR_SP},       {9, WEIR_DA0},
                  {10, WEIR_DA1},  {11, WEIR_DA2},   {12, WEIR_DA3},     {13, WEIR_DP},
                  {16, WEIR_INIF}, {17, WEIR_OUTIF}, {20, WEIR_PACKETS}, {21, WEIR_OCTETS}};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        cr_assert(row->value[shared[i].field] == line->value[shared[i].text],
                  "%s: record %zu, text field %d: %" PRIu64 " instead of %" PRIu64, what, index,
                  shared[i].text + 1, row->value[shared[i].field], line->value[shared[i].text]);
    cr_assert(row->value[WEIR_FIRST] * 1000 + row->value[WEIR_FIRST_MS] == line->value[1] &&
                  row->value[WEIR_LAST] * 1000 + row->value[WEIR_LAST_MS] == line->value[2] &&
                  row->value[WEIR_FIRST_MS] < 1000 && row->value[WEIR_LAST_MS] < 1000 &&
                  row->value[WEIR_AGGS] == 0,
              "%s: times of record %zu", what, index);
}

/* Compares a table with the text that `command` prints; returns the number of phantom lines. */
static size_t check_text(const struct read_table *table, const char *command, const char *what)
{
    FILE *text = popen(command, "r");
    cr_assert(text != NULL);
    struct text_line line = {0};
    struct text_line next = {0};
    size_t n = 0;
    size_t n_phantoms = 0;
    bool more = read_text_line(text, &line);
    while (more) {
        more = read_text_line(text, &next);
        if (more && is_phantom(&line, &next)) {
            n_phantoms++;
        } else {
            cr_assert(n < table->n, "%s: more than %zu lines", what, table->n);
            check_text_row(&table->row[n], &line, what, n);
            n++;
        }
        line = next;
    }
    cr_assert(pclose(text) == 0, "%s", command);
    cr_assert(n == table->n, "%s: %zu records, but %zu lines", what, table->n, n);
    return n_phantoms;
}

Test(nfcapd, real_files_equal_their_text)
{
    static const struct {
        const char *name;
        size_t n_records;
        size_t n_phantoms;
    } files[] = {
        {"ctu-scan33s.v1-none", 4593, 0},
        {"dns2012.v1-lzo-type1", 8170, 0},
        {"dns2012.v1-none-type1-numblocks0", 8170, 0},
        {"ics-iti.e60.v2-lz4", 5660, 0},
        {"isp100k-anon.v2-lz4", 100000, 0},
        {"mikrotik60s.v2-none", 3018, 0},
        {"ndpi-apps.e60.v2-lzo", 15483, 69},
        {"zeek-traces.e60.v2-none", 6409, 666},
    };
    struct weir_error err = {0};
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[1024];
        char command[1200];
        struct read_table table;
        snprintf(path, sizeof path, "%s/nfcapd/%s.nfcapd", reference, files[i].name);
        snprintf(command, sizeof command, "gzip -dc '%s.pipe.gz'", path);
        CHECK_OK(read_file(path, false, &table, &err));
        cr_assert(table.n == files[i].n_records, "%s: %zu", path, table.n);
        cr_assert(check_text(&table, command, files[i].name) == files[i].n_phantoms);
        cr_assert(table.losses.blocks == 0 && table.losses.skipped == 0);
        read_release(&table);
    }
}

static bool has_nfdump(void)
{
    const int status = system("nfdump -V >nfdump.txt 2>&1 && grep -q 1.7.1 nfdump.txt");
    if (status == 0)
        return true;
    fprintf(stderr, "SKIPPED: no nfdump 1.7.1, whose text this is compared with\n");
    return false;
}

/* Files that nfdump writes itself, in every compression that it has. */
Test(nfcapd, files_written_by_nfdump_equal_its_text)
{
    static const char *const inputs[] = {"isp100k-anon.v2-lz4", "zeek-traces.e60.v2-none",
                                         "ctu-scan33s.v1-none"};
    static const char *const packings[] = {"", "-z", "-y", "-j"};
    struct weir_error err = {0};
    char directory[512];
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    check_enter_directory(directory, sizeof directory);
    for (size_t i = 0; has_nfdump() && i < 12; i++) {
        char command[2048];
        struct read_table table;
        snprintf(command, sizeof command,
                 "nfdump -q -r '%s/nfcapd/%s.nfcapd' %s -w out.nfcapd >/dev/null", reference,
                 inputs[i / 4], packings[i % 4]);
        cr_assert(system(command) == 0, "%s", command);
        CHECK_OK(read_file("out.nfcapd", false, &table, &err));
        cr_assert(table.n > 4000);
        check_text(&table, "nfdump -q -r out.nfcapd -o pipe", command);
        read_release(&table);
    }
    check_leave_directory(directory);
}

/* Records that lack or repeat elements: nfdump says what they mean. */
static void make_odd_elements(struct make *payload)
{
    const struct make_flow flow = read_flow(6);
    struct make_flow flow6 = read_flow(4);
    static const uint8_t orders[][6] = {
        {1, 2, 4},    {1},       {1, 4},           {2, 1},         {4, 2, 7, 1}, {1, 3, 4},
        {3, 4, 1},    {1, 2, 2}, {4, 1, 2, 4},     {1, 28, 2},     {1, 2, 31},   {28, 1, 3, 4},
        {5, 1, 2, 4}, {1, 40},   {99, 1, 7, 2, 6}, {1, 12, 10, 2},
    };
    for (size_t r = 0; r < sizeof orders / sizeof *orders; r++) {
        unsigned n = 0;
        while (n < 6 && orders[r][n] != 0)
            n++;
        const size_t begin = make_begin_17(payload, n);
        for (unsigned e = 0; e < n; e++) {
            const unsigned number = orders[r][e];
            const size_t bytes = number == 28   ? 3 + r % 4
                                 : number == 5  ? 24
                                 : number == 31 ? 12
                                                : 8;
            flow6.sp = (uint16_t)r;
            make_element(payload, number == 3 || n == 1 ? &flow6 : &flow, number, bytes);
        }
        make_end_17(payload, begin);
    }
}

Test(nfcapd, odd_elements_mean_what_nfdump_says)
{
    struct weir_error err = {0};
    char directory[512];
    struct make file = {0};
    struct make payload = {0};
    struct read_table table;
    check_enter_directory(directory, sizeof directory);
    make_begin_v2(&file, MAKE_PLAIN);
    make_odd_elements(&payload);
    make_block(&file, MAKE_PLAIN, 3, &payload);
    make_end_v2(&file, MAKE_PLAIN, 1);
    CHECK_OK(read_made(&file, false, &table, &err));
    cr_assert(table.n == 16);
    if (has_nfdump())
        check_text(&table, "nfdump -q -r made.nfcapd -o pipe", "odd elements");
    read_release(&table);
    make_release(&file);
    make_release(&payload);
    check_leave_directory(directory);
}

/* --- hand-made files ------------------------------------------------------------------------- */

static void make_blocks_17(struct make *file, enum make_packing packing, size_t n_blocks,
                           size_t n_per_block)
{
    struct make payload = {0};
    for (size_t b = 0; b < n_blocks; b++) {
        for (size_t i = 0; i < n_per_block; i++) {
            const struct make_flow flow = read_flow(b * n_per_block + i);
            make_flow_17(&payload, &flow);
        }
        make_block(file, packing, 3, &payload);
    }
    make_release(&payload);
}

static void check_sequence(const struct read_table *table, size_t n, const char *what)
{
    cr_assert(table->n == n, "%s: %zu records instead of %zu", what, table->n, n);
    for (size_t i = 0; i < n; i++) {
        const struct make_flow flow = read_flow(i);
        read_check_row(&table->row[i], &flow, what, i);
    }
}

Test(nfcapd, every_compression_of_both_layouts)
{
    struct weir_error err = {0};
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (int layout = 1; layout <= 2; layout++)
        for (enum make_packing packing = 0; packing < MAKE_N_PACKINGS; packing++) {
            struct make file = {0};
            struct read_table table;
            char what[64];
            if (layout == 1 && packing == MAKE_ZSTD)
                continue;
            snprintf(what, sizeof what, "layout %d, compression %d", layout, packing);
            if (layout == 1)
                make_begin_v1(&file, packing, 3);
            else
                make_begin_v2(&file, packing);
            make_blocks_17(&file, packing, 3, 5000);
            if (layout == 2)
                make_end_v2(&file, packing, 3);
            CHECK_OK(read_made(&file, false, &table, &err));
            check_sequence(&table, 15000, what);
            cr_assert(table.n_blocks == 3);
            read_release(&table);
            make_release(&file);
        }
    check_leave_directory(directory);
}

/* Flow i with its elements in one of several ways; parts that are left out are zeros in *flow. */
static void make_shaped(struct make *payload, struct make_flow *flow, unsigned way)
{
    static const unsigned ways[][11] = {
        {1, 2, 4, 12},                         /* as nfdump has them */
        {4, 2, 1, 12, 10},                     /* in another order, */
        {1, 10, 11, 12, 13, 14, 15, 16, 2, 4}, /* with more of them, */
        {1, 10, 11, 2, 4, 5},
        {1, 2, 12}, /* and with fewer */
        {1, 4, 12},
        {2, 4, 12},
        {12},
        {1, 2, 4, 20}, /* as long as the first */
    };
    const unsigned *const numbers = ways[way % (sizeof ways / sizeof *ways)];
    bool has[5] = {false};
    unsigned n = 0;
    while (numbers[n] != 0)
        n++;
    const size_t begin = make_begin_17(payload, n);
    for (unsigned i = 0; i < n; i++) {
        const unsigned number = numbers[i] == 2 && flow->is_ipv6 ? 3 : numbers[i];
        make_element(payload, flow, number, 16);
        if (numbers[i] < 5)
            has[numbers[i]] = true;
    }
    make_end_17(payload, begin);
    struct make_flow rest = *flow;
    if (!has[1]) {
        rest.prot = 0;
        rest.sp = rest.dp = 0;
        rest.first_ms = rest.last_ms = rest.packets = rest.octets = 0;
    }
    if (!has[2]) {
        rest.is_ipv6 = false;
        rest.sa[3] = rest.da[3] = 0;
    }
    if (!has[4])
        rest.inif = rest.outif = 0;
    *flow = rest;
}

/* Long runs of records that are alike, short ones, and none at all. */
Test(nfcapd, runs_and_mixtures_of_shapes)
{
    enum { N = 6000 };
    struct weir_error err = {0};
    char directory[512];
    struct make file = {0};
    struct make payload = {0};
    struct read_table table;
    struct make_flow *flows = calloc(N, sizeof *flows);
    cr_assert(flows != NULL);
    check_enter_directory(directory, sizeof directory);
    make_begin_v2(&file, MAKE_LZ4);
    for (uint64_t i = 0; i < N; i++) {
        const uint64_t dice = (i / 7 + 1) * 0x9e3779b97f4a7c15 >> 40;
        flows[i] = read_flow(i);
        flows[i].is_ipv6 = i < N / 3 ? dice % 3 == 0 : flows[i].is_ipv6;
        make_shaped(&payload, &flows[i],
                    i < N / 3 || dice % 2 == 0 ? 0 : (unsigned)(i % 2 == 0 ? dice >> 8 : i));
        if (i % 1000 == 999)
            make_block(&file, MAKE_LZ4, 3, &payload);
    }
    make_end_v2(&file, MAKE_LZ4, N / 1000);
    CHECK_OK(read_made(&file, false, &table, &err));
    read_check(&table, flows, N, "mixture");
    read_release(&table);
    make_release(&file);
    make_release(&payload);
    free(flows);
    check_leave_directory(directory);
}

/* Blocks beyond what usual writers make, up to the limit. */
Test(nfcapd, large_blocks)
{
    struct weir_error err = {0};
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (enum make_packing packing = 0; packing < MAKE_N_PACKINGS; packing++) {
        struct make file = {0};
        struct read_table table;
        make_begin_v2(&file, packing);
        make_blocks_17(&file, packing, 1, 40000);
        make_end_v2(&file, packing, 1);
        CHECK_OK(read_made(&file, false, &table, &err));
        check_sequence(&table, 40000, "4 MB");
        read_release(&table);
        make_release(&file);

        make_begin_v2(&file, packing);
        make_blocks_17(&file, packing, 1, 60000);
        make_end_v2(&file, packing, 1);
        CHECK_STATUS(read_made(&file, false, &table, &err), WEIR_FORMAT);
        CHECK_MESSAGE("made.nfcapd: block 0 at offset 40: expected");
        CHECK_MESSAGE("5242880 bytes");
        read_release(&table);
        make_release(&file);
    }
    check_leave_directory(directory);
}

/* Counters of 4 and 8 bytes, both address families, both kinds, interfaces of 2 and 4 bytes that
 * stand behind other extensions. */
Test(nfcapd, records_of_nfdump_16)
{
    enum { N = 480, NO_MAP = 9 };
    static const uint16_t no_interfaces[] = {6, 8, 0};
    static const uint16_t narrow[] = {9, 4, 7, 0};
    static const uint16_t wide[] = {22, 48, 5, 0};
    struct weir_error err = {0};
    struct make_flow *flows = calloc(N, sizeof *flows);
    char directory[512];
    struct make file = {0};
    struct make payload = {0};
    struct read_table table;
    check_enter_directory(directory, sizeof directory);
    make_begin_v1(&file, MAKE_LZ4, 1);
    make_map(&payload, 1, 8, no_interfaces);
    make_map(&payload, 2, 16, narrow);
    make_map(&payload, 65535, 56, wide);
    for (size_t i = 0; i < N; i++) {
        static const uint16_t maps[] = {1, 2, 65535, NO_MAP};
        const uint16_t map = maps[i % 4];
        const bool is_long = i / 4 % 2 == 0;
        flows[i] = read_flow(i);
        flows[i].packets = is_long ? flows[i].packets : (uint32_t)flows[i].packets;
        flows[i].octets = is_long ? flows[i].octets : (uint32_t)flows[i].octets;
        const size_t begin = make_begin_16(&payload, &flows[i], i / 8 % 2 == 0, is_long, map);
        if (map == 2) {
            make_u32(&payload, 0xffffffff);
            make_u16(&payload, flows[i].inif);
            make_u16(&payload, flows[i].outif);
            make_u64(&payload, UINT64_MAX);
        } else if (map == 65535) {
            make_zeros(&payload, 48);
            make_u32(&payload, flows[i].inif);
            make_u32(&payload, flows[i].outif);
        } else if (map == 1) {
            make_u64(&payload, UINT64_MAX);
        }
        make_end_16(&payload, begin);
        flows[i].inif = map == 2 ? (uint16_t)flows[i].inif : map == 65535 ? flows[i].inif : 0;
        flows[i].outif = map == 2 ? (uint16_t)flows[i].outif : map == 65535 ? flows[i].outif : 0;
    }
    make_block(&file, MAKE_LZ4, 2, &payload);
    CHECK_OK(read_made(&file, false, &table, &err));
    read_check(&table, flows, N, "nfdump 1.6");
    read_release(&table);
    make_release(&file);
    make_release(&payload);
    free(flows);
    check_leave_directory(directory);
}

/* --- extension maps over blocks -------------------------------------------------------------- */

static void make_flow_with_map(struct make *payload, struct make_flow *flow, uint16_t map,
                               bool is_wide)
{
    const size_t begin = make_begin_16(payload, flow, false, true, map);
    if (is_wide) {
        make_u32(payload, flow->inif);
        make_u32(payload, flow->outif);
    } else {
        flow->inif = (uint16_t)flow->inif;
        flow->outif = (uint16_t)flow->outif;
        make_u32(payload, 0x77777777); /* AS numbers come first */
        make_u16(payload, flow->inif);
        make_u16(payload, flow->outif);
    }
    make_end_16(payload, begin);
}

static const uint16_t map_wide[] = {5, 0};
static const uint16_t map_narrow[] = {6, 4, 0};

enum { MAP_BLOCKS = 24, MAP_FLOWS = 40 };

/* Maps 3 and 4 are defined in block 0; 3 changes its meaning in the middle of blocks 5 and 11, and
 * 4 in the middle of block 8, at the end of 16. */
static void make_map_file(struct make *file, struct make_flow *flows)
{
    struct make payload = {0};
    bool is_wide[2] = {true, false};
    make_begin_v1(file, MAKE_LZO, MAP_BLOCKS);
    make_map(&payload, 3, 8, map_wide);
    make_map(&payload, 4, 8, map_narrow);
    for (size_t b = 0; b < MAP_BLOCKS; b++) {
        for (size_t i = 0; i < MAP_FLOWS; i++) {
            struct make_flow *flow = &flows[b * MAP_FLOWS + i];
            *flow = read_flow(b * MAP_FLOWS + i);
            make_flow_with_map(&payload, flow, (uint16_t)(3 + i % 2), is_wide[i % 2]);
            const bool change_3 = (b == 5 || b == 11) && i == MAP_FLOWS / 2;
            const bool change_4 = (b == 8 && i == 13) || (b == 16 && i == MAP_FLOWS - 1);
            if (change_3)
                is_wide[0] = !is_wide[0];
            if (change_4)
                is_wide[1] = !is_wide[1];
            if (change_3 || change_4)
                make_map(&payload, change_3 ? 3 : 4, 8,
                         is_wide[change_3 ? 0 : 1] ? map_wide : map_narrow);
        }
        make_block(file, MAKE_LZO, 2, &payload);
    }
    make_release(&payload);
}

/* Blocks in any order and by any number of cursors: a permutation by a step prime to their number,
 * shared among `n_threads`. */
struct map_reader {
    struct weir_input *input;
    const struct make_flow *flows;
    size_t first, step, stride;
    bool failed;
};

static void *read_maps(void *context)
{
    struct map_reader *reader = context;
    struct weir_error err = {0};
    struct weir_cursor *cursor = NULL;
    reader->failed = true;
    if (weir_format_nfcapd.cursor_new(reader->input, &cursor, &err) != WEIR_OK)
        return NULL;
    bool good = true;
    for (size_t k = reader->first; k < MAP_BLOCKS && good; k += reader->stride) {
        const size_t b = k * reader->step % MAP_BLOCKS;
        struct read_table table = {0};
        uint64_t n = 0;
        good = weir_format_nfcapd.cursor_load(cursor, b, &n, &err) == WEIR_OK && n == MAP_FLOWS;
        if (good)
            read_block(cursor, n, WEIR_FIELDS_ALL, &table);
        for (size_t i = 0; i < n && good; i++)
            good = table.row[i].value[WEIR_INIF] == reader->flows[b * MAP_FLOWS + i].inif &&
                   table.row[i].value[WEIR_OUTIF] == reader->flows[b * MAP_FLOWS + i].outif;
        read_release(&table);
    }
    weir_format_nfcapd.cursor_free(cursor);
    reader->failed = !good;
    return NULL;
}

static void read_maps_in_parallel(const struct make_flow *flows, size_t step, size_t n_threads)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    const struct weir_open_request request = {
        .path = "made.nfcapd", .fd = -1, .fields = WEIR_FIELDS_ALL, .mem = &mem};
    struct weir_input *input = NULL;
    struct map_reader reader[8];
    pthread_t thread[8];
    CHECK_OK(weir_format_nfcapd.open(&request, &input, &err));
    for (size_t t = 0; t < n_threads; t++) {
        reader[t] = (struct map_reader){
            .input = input, .flows = flows, .first = t, .step = step, .stride = n_threads};
        cr_assert(pthread_create(&thread[t], NULL, read_maps, &reader[t]) == 0);
    }
    for (size_t t = 0; t < n_threads; t++) {
        pthread_join(thread[t], NULL);
        cr_assert(!reader[t].failed, "step %zu, thread %zu of %zu", step, t, n_threads);
    }
    weir_format_nfcapd.close(input);
    CHECK_NO_LEAK(&mem);
}

Test(nfcapd, maps_of_earlier_blocks)
{
    struct weir_error err = {0};
    struct make_flow *flows = calloc(MAP_BLOCKS * MAP_FLOWS, sizeof *flows);
    char directory[512];
    struct make file = {0};
    struct read_table table;
    check_enter_directory(directory, sizeof directory);
    make_map_file(&file, flows);
    CHECK_OK(read_made(&file, false, &table, &err));
    read_check(&table, flows, MAP_BLOCKS * MAP_FLOWS, "maps");
    read_release(&table);
    for (int repeat = 0; repeat < 20; repeat++) {
        static const size_t steps[] = {1, 5, 7, 11, 13, MAP_BLOCKS - 1};
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
            for (size_t n_threads = 1; n_threads <= 8; n_threads += 3)
                read_maps_in_parallel(flows, steps[s], n_threads);
    }
    make_release(&file);
    free(flows);
    check_leave_directory(directory);
}

/* --- fields, times --------------------------------------------------------------------------- */

Test(nfcapd, fields_alone_equal_fields_together)
{
    static const char *const files[] = {"zeek-traces.e60.v2-none", "dns2012.v1-lzo-type1",
                                        "edge/type10-records-in-v2"};
    struct weir_error err = {0};
    struct weir_mem mem;
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    weir_mem_init(&mem, SIZE_MAX);
    for (size_t i = 0; i < 3; i++) {
        char path[1024];
        struct read_table all;
        snprintf(path, sizeof path, "%s/nfcapd/%s.nfcapd", reference, files[i]);
        CHECK_OK(read_file(path, false, &all, &err));
        for (int f = 0; f < WEIR_N_FIELDS; f++) {
            struct read_table one;
            const struct weir_open_request request = {
                .path = path, .fd = -1, .fields = WEIR_FIELD_BIT(f), .mem = &mem};
            CHECK_OK(read_request(&request, &one, &err));
            cr_assert(one.n == all.n);
            for (size_t r = 0; r < all.n; r++)
                cr_assert(one.row[r].value[f] == all.row[r].value[f], "field %d", f);
            read_release(&one);
        }
        read_release(&all);
    }
    CHECK_NO_LEAK(&mem);
}

Test(nfcapd, no_fields_still_count_records)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    char directory[512];
    struct make file = {0};
    struct read_table table;
    weir_mem_init(&mem, SIZE_MAX);
    check_enter_directory(directory, sizeof directory);
    make_begin_v2(&file, MAKE_ZSTD);
    make_blocks_17(&file, MAKE_ZSTD, 2, 3000);
    make_end_v2(&file, MAKE_ZSTD, 2);
    check_write_file("made.nfcapd", file.bytes, file.n);
    const struct weir_open_request request = {.path = "made.nfcapd", .fd = -1, .mem = &mem};
    CHECK_OK(read_request(&request, &table, &err));
    cr_assert(table.n == 6000);
    read_release(&table);
    make_release(&file);
    check_leave_directory(directory);
    CHECK_NO_LEAK(&mem);
}

Test(nfcapd, times_that_need_more_than_32_bits)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    char directory[512];
    weir_mem_init(&mem, SIZE_MAX);
    check_enter_directory(directory, sizeof directory);
    for (int which = 0; which < 3; which++) {
        struct make file = {0};
        struct make payload = {0};
        struct read_table table;
        make_begin_v2(&file, MAKE_PLAIN);
        for (uint64_t i = 0; i < 10; i++) {
            struct make_flow flow = read_flow(i);
            flow.first_ms = 4294967295999; /* the last that fits */
            flow.last_ms = i == 6 && which == 1 ? 4294967296000 : 0;
            flow.first_ms += i == 6 && which == 0 ? 1 : 0;
            make_flow_17(&payload, &flow);
        }
        make_block(&file, MAKE_PLAIN, 3, &payload);
        make_blocks_17(&file, MAKE_PLAIN, 1, 5);
        make_end_v2(&file, MAKE_PLAIN, 2);
        CHECK_STATUS(read_made(&file, false, &table, &err), which < 2 ? WEIR_LIMIT : WEIR_OK);
        cr_assert(table.n == (which < 2 ? 6 : 15));
        cr_assert(table.row[0].value[WEIR_FIRST] == UINT32_MAX);
        cr_assert(table.row[0].value[WEIR_FIRST_MS] == 999);
        if (which < 2) {
            CHECK_MESSAGE("made.nfcapd: block 0 at offset 40: flow record 6: ");
            CHECK_MESSAGE(which == 0 ? "first" : "last");
            CHECK_MESSAGE("found 4294967296");
            CHECK_MESSAGE("--salvage would recover 5 records in 1 of 2 blocks");
        }
        read_release(&table);
        CHECK_OK(read_made(&file, true, &table, &err));
        cr_assert(table.n == (which < 2 ? 5 : 15));
        cr_assert(table.losses.records == (which < 2 ? 10 : 0));
        read_release(&table);
        const struct weir_open_request request = {
            .path = "made.nfcapd",
            .fd = -1,
            .fields = WEIR_FIELD_BIT(which == 0 ? WEIR_LAST : WEIR_FIRST),
            .mem = &mem};
        CHECK_OK(read_request(&request, &table, &err));
        cr_assert(table.n == 15);
        read_release(&table);
        make_release(&file);
        make_release(&payload);
    }
    CHECK_NO_LEAK(&mem);
    check_leave_directory(directory);
}

/* Records of other kinds between flows: known ones pass in silence, unknown ones are counted. */
Test(nfcapd, other_records_are_left_out)
{
    struct weir_error err = {0};
    char directory[512];
    struct make file = {0};
    struct make payload = {0};
    struct read_table table;
    check_enter_directory(directory, sizeof directory);
    make_begin_v2(&file, MAKE_LZ4);
    for (unsigned i = 0; i < 20; i++) {
        static const unsigned kinds[] = {3,  4,  5,  6,   7,      8, 9,  12,
                                         13, 14, 15, 256, 0x8001, 0, 17, 999};
        const struct make_flow flow = read_flow(i);
        make_flow_17(&payload, &flow);
        make_record(&payload, kinds[i % 16], "some content of any length", i);
    }
    make_block(&file, MAKE_LZ4, 3, &payload);
    make_u32(&payload, 1);
    payload.n_records = 1;
    make_block(&file, MAKE_PLAIN, 4, &payload); /* an array block is not even decompressed */
    make_end_v2(&file, MAKE_LZ4, 2);
    CHECK_OK(read_made(&file, false, &table, &err));
    check_sequence(&table, 20, "other records");
    cr_assert(table.losses.skipped == 3 && table.losses.blocks == 0);
    read_release(&table);
    make_release(&file);
    make_release(&payload);
    check_leave_directory(directory);
}

/* --- where inputs come from ------------------------------------------------------------------ */

static void feed_pipe(int fd, const struct make *file, size_t begin)
{
    size_t at = begin;
    while (at < file->n) {
        const ssize_t n = write(fd, file->bytes + at, file->n - at);
        if (n <= 0)
            _exit(1);
        at += (size_t)n;
    }
    _exit(0);
}

Test(nfcapd, pipes_are_spooled)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    char directory[512];
    struct make file = {0};
    weir_mem_init(&mem, SIZE_MAX);
    check_enter_directory(directory, sizeof directory);
    make_begin_v2(&file, MAKE_PLAIN);
    make_blocks_17(&file, MAKE_PLAIN, 2, 6000);
    make_end_v2(&file, MAKE_PLAIN, 2);
    cr_assert(mkdir("scratch", 0700) == 0 && mkfifo("fifo", 0600) == 0);
    for (int round = 0; round < 4; round++) {
        static const size_t heads[] = {0, 1, 65536, 0};
        const bool by_name = round == 3;
        const size_t n_head = heads[round];
        struct read_table table;
        int ends[2];
        cr_assert(pipe(ends) == 0);
        const pid_t child = fork();
        if (child == 0)
            feed_pipe(by_name ? open("fifo", O_WRONLY) : ends[1], &file, n_head);
        close(ends[1]);
        const struct weir_open_request request = {.path = by_name ? "fifo" : "-",
                                                  .fd = by_name ? -1 : ends[0],
                                                  .head = file.bytes,
                                                  .n_head = n_head,
                                                  .fields = WEIR_FIELDS_ALL,
                                                  .scratch = round == 0 ? NULL : "scratch",
                                                  .mem = &mem};
        CHECK_OK(read_request(&request, &table, &err));
        check_sequence(&table, 12000, "pipe");
        read_release(&table);
        close(ends[0]);
        int status = 0;
        cr_assert(waitpid(child, &status, 0) == child && status == 0);
    }
    cr_assert(rmdir("scratch") == 0, "something was left there");
    CHECK_NO_LEAK(&mem);
    make_release(&file);
    check_leave_directory(directory);
}

Test(nfcapd, descriptors_of_files_are_mapped)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    char directory[512];
    struct make file = {0};
    struct read_table table;
    weir_mem_init(&mem, SIZE_MAX);
    check_enter_directory(directory, sizeof directory);
    make_begin_v2(&file, MAKE_BZ2);
    make_blocks_17(&file, MAKE_BZ2, 1, 100);
    make_end_v2(&file, MAKE_BZ2, 1);
    check_write_file("made.nfcapd", file.bytes, file.n);
    const int fd = open("made.nfcapd", O_RDONLY);
    const struct weir_open_request request = {
        .path = "-", .fd = fd, .fields = WEIR_FIELDS_ALL, .scratch = "/nowhere", .mem = &mem};
    CHECK_OK(read_request(&request, &table, &err));
    check_sequence(&table, 100, "descriptor");
    read_release(&table);
    cr_assert(close(fd) == 0);
    CHECK_NO_LEAK(&mem);
    make_release(&file);
    check_leave_directory(directory);
}

Test(nfcapd, inputs_that_cannot_be_read)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    char directory[512];
    struct read_table table;
    int ends[2];
    weir_mem_init(&mem, SIZE_MAX);
    check_enter_directory(directory, sizeof directory);
    CHECK_STATUS(read_file("absent.nfcapd", false, &table, &err), WEIR_IO);
    CHECK_MESSAGE("absent.nfcapd: cannot be opened: ");
    CHECK_STATUS(read_file(".", false, &table, &err), WEIR_IO);
    CHECK_MESSAGE(".: expected a regular file");
    cr_assert(pipe(ends) == 0);
    close(ends[1]);
    struct weir_open_request request = {
        .path = "-", .fd = ends[0], .scratch = "no/where", .mem = &mem};
    CHECK_STATUS(read_request(&request, &table, &err), WEIR_IO);
    CHECK_MESSAGE("no/where: ");
    request.scratch = ".";
    CHECK_OK(read_request(&request, &table, &err)); /* an input without a byte has no records */
    cr_assert(table.n == 0 && table.n_blocks == 0);
    close(ends[0]);
    const int write_only = open("made", O_WRONLY | O_CREAT, 0600);
    request.fd = write_only;
    cr_assert(write(write_only, "x", 1) == 1);
    CHECK_STATUS(read_request(&request, &table, &err), WEIR_IO);
    CHECK_MESSAGE("cannot be mapped");
    close(write_only);
    CHECK_NO_LEAK(&mem);
    check_leave_directory(directory);
}

Test(nfcapd, detection_by_the_first_bytes)
{
    static const struct {
        unsigned char bytes[4];
        size_t n;
        bool want;
    } cases[] = {
        {{0x0c, 0xa5, 1, 0}, 4, true},    {{0x0c, 0xa5, 2, 0}, 4, true},
        {{0x0c, 0xa5, 3, 0}, 4, true},    {{0xa5, 0x0c, 0, 1}, 4, true},
        {{0x0c, 0xa5, 1, 0}, 3, false},   {{0x0c, 0xa5, 1, 7}, 4, false},
        {{'2', '|', '1', '5'}, 4, false}, {{0, 0, 0, 0}, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct weir_probe probe = {
            .path = "x", .bytes = cases[i].bytes, .n_bytes = cases[i].n};
        cr_assert(weir_format_nfcapd.detect(&probe) == cases[i].want, "case %zu", i);
    }
    const struct weir_probe directory = {.path = "x", .is_directory = true};
    cr_assert(!weir_format_nfcapd.detect(&directory));
}

/* --- memory ---------------------------------------------------------------------------------- */

/* The n-th request for memory fails, for every n until the reading succeeds. */
Test(nfcapd, memory_fails_at_every_request)
{
    struct make_flow *flows = calloc(MAP_BLOCKS * MAP_FLOWS, sizeof *flows);
    char directory[512];
    check_enter_directory(directory, sizeof directory);
    for (int kind = 0; kind < 4; kind++) {
        struct make file = {0};
        if (kind == 0) {
            make_map_file(&file, flows);
        } else {
            const enum make_packing packing = kind == 1   ? MAKE_ZSTD
                                              : kind == 2 ? MAKE_BZ2
                                                          : MAKE_LZO;
            make_begin_v2(&file, packing);
            make_blocks_17(&file, packing, 20, kind == 3 ? 100 : 50);
            make_end_v2(&file, packing, 20);
        }
        check_write_file("made.nfcapd", file.bytes, file.n);
        make_release(&file);
        enum weir_status status = WEIR_MEMORY;
        long long n = 0;
        for (; status != WEIR_OK; n++) {
            struct weir_error err = {0};
            struct weir_mem mem;
            struct read_table table;
            weir_mem_init(&mem, SIZE_MAX);
            weir_mem_fail_after(&mem, n);
            const struct weir_open_request request = {
                .path = "made.nfcapd", .fd = -1, .fields = WEIR_FIELDS_ALL, .mem = &mem};
            status = read_request(&request, &table, &err);
            cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "request %lld: %s", n,
                      weir_status_name(status));
            cr_assert(status == WEIR_OK || strstr(err.message, "made.nfcapd") == err.message,
                      "request %lld: \"%s\"", n, err.message);
            CHECK_NO_LEAK(&mem);
            read_release(&table);
        }
        cr_assert(n > 8, "kind %d: only %lld requests", kind, n);
    }
    free(flows);
    check_leave_directory(directory);
}
