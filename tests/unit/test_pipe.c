/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipe: the text of nfdump 1.6 and 1.7, its notices and its phantom lines. */
#include "check.h"
#define RECORDS_MAX 110000
#include "csv_oracle.h"

extern const struct weir_format weir_format_pipe;
extern const struct weir_format weir_format_csv_flow;
static const struct weir_format *const pipe_format = &weir_format_pipe;

static char directory[256];
static struct weir_mem mem;

static void enter(void)
{
    check_enter_directory(directory, sizeof directory);
    weir_mem_init(&mem, SIZE_MAX);
}

static void leave(void)
{
    CHECK_NO_LEAK(&mem);
    check_leave_directory(directory);
}

TestSuite(pipe, .init = enter, .fini = leave);

/* Reads a text of lines as a file (stream 0) or from a pipe (1), in blocks of some size. */
static struct records *read_text(const char *text, int stream, size_t block_bytes)
{
    check_write_file("in.pipe", text, strlen(text));
    if (stream)
        return records_read_stream(pipe_format, text, strlen(text), 50, block_bytes, &mem);
    return records_read(pipe_format, "in.pipe", -1, weir_cpu_detect(), block_bytes, &mem);
}

static const size_t blocks[] = {WEIR_TEXT_BLOCK_BYTES, 400, 64, 1};
#define N_BLOCKS (sizeof blocks / sizeof *blocks)

Test(pipe, reads_reference_trace)
{
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    char path[512];
    char command[1200];
    snprintf(path, sizeof path, "%s/trace-8000/trace.pipe", reference);
    struct records *want = records_from_trace(reference, "trace-8000/trace", 8000);
    memset(want->value[WEIR_AGGS], 0, sizeof want->value[WEIR_AGGS]);
    for (int level = WEIR_CPU_REF; level <= (int)weir_cpu_detect(); level++) {
        struct records *got = records_read(pipe_format, path, -1, (enum weir_cpu)level,
                                           level == 0 ? 5000 : WEIR_TEXT_BLOCK_BYTES, &mem);
        cr_assert(got->status == WEIR_OK, "%s", got->err.message);
        records_check_equal(got, want);
        free(got);
    }
    free(want);
    snprintf(command, sizeof command, "head -n 3000 '%s' > in.pipe", path);
    cr_assert(system(command) == 0);
    struct records *got =
        records_read(pipe_format, "in.pipe", -1, weir_cpu_detect(), WEIR_TEXT_BLOCK_BYTES, &mem);
    records_write(got, &weir_format_csv_flow, "out.csv", 2, &mem);
    snprintf(path, sizeof path, "%s/trace-8000/expected/convert/pipe-3000.csv", reference);
    check_same_files("out.csv", path);
    free(got);
}

/* Real output of nfdump: all lines but the phantoms, converted by awk. */
Test(pipe, reads_output_of_nfdump)
{
    static const struct {
        const char *name;
        size_t n_lines, n_phantoms;
    } files[] = {
        {"ctu-scan33s.v1-none", 4593, 0},       {"dns2012.v1-lzo-type1", 8170, 0},
        {"ics-iti.e60.v2-lz4", 5660, 0},        {"isp100k-anon.v2-lz4", 100000, 0},
        {"mikrotik60s.v2-none", 3018, 0},       {"ndpi-apps.e60.v2-lzo", 15552, 69},
        {"zeek-traces.e60.v2-none", 7075, 666},
    };
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char command[2400];
        snprintf(command, sizeof command,
                 "gzip -dc '%s/nfcapd/%s.nfcapd.pipe.gz' > in.pipe && "
                 "awk -F'|' -v OFS=', ' '{ z = 1; for (i = 5; i <= 22; i++) if ($i != 0) z = 0; "
                 "if (held && $2 \"|\" $3 != times) print held; held = \"\"; "
                 "line = $1 OFS $4 OFS $17 OFS $18 OFS $5 OFS $6 OFS $7 OFS $8 OFS $10 OFS $11 OFS "
                 "$12 OFS $13 OFS $9 OFS $14 OFS int($2/1000) OFS $2%%1000 OFS int($3/1000) OFS "
                 "$3%%1000 OFS $21 OFS $22 OFS 0; "
                 "if (z) { held = line; times = $2 \"|\" $3 } else print line } "
                 "END { if (held) print held }' in.pipe > want.csv",
                 reference, files[i].name);
        cr_assert(system(command) == 0, "%s", command);
        for (size_t b = 0; b < 2; b++) {
            struct records *got = records_read(pipe_format, "in.pipe", -1, weir_cpu_detect(),
                                               b == 0 ? WEIR_TEXT_BLOCK_BYTES : 777, &mem);
            cr_assert(got->status == WEIR_OK, "%s: %s", files[i].name, got->err.message);
            cr_assert(got->losses.phantom_lines == files[i].n_phantoms, "%s: %llu phantoms",
                      files[i].name, (unsigned long long)got->losses.phantom_lines);
            cr_assert(got->n == files[i].n_lines - files[i].n_phantoms);
            records_write(got, &weir_format_csv_flow, "got.csv", 2, &mem);
            check_same_files("got.csv", "want.csv");
            free(got);
        }
    }
}

#define LINE_17 \
    "2|1515771450942|1515771451001|6|1|2|3|24|52324|5|6|7|28|902|11|12|13|14|15|16|17|18\n"
#define LINE_16 \
    "2|1354046360|73|1354046361|5|17|1|2|3|24|9943|5|6|7|28|53|11|12|13|14|15|16|17|18\n"
#define PHANTOM "2|1515771450942|1515771451001|4|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
#define ZEROS   "2|1515771450942|1515771451002|4|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
#define NOTICE  "No matching flows\n"

static void check_record(const struct records *records, size_t i, const uint64_t *want)
{
    for (size_t f = 0; f < WEIR_N_FIELDS; f++)
        cr_assert(records->value[f][i] == want[f], "%s: %llu",
                  weir_field_info((enum weir_field)f)->name,
                  (unsigned long long)records->value[f][i]);
}

Test(pipe, both_versions_of_nfdump)
{
    static const uint64_t want_17[WEIR_N_FIELDS] = {2,          6,   13,         14, 1,  2,     3,
                                                    24,         5,   6,          7,  28, 52324, 902,
                                                    1515771450, 942, 1515771451, 1,  17, 18,    0};
    static const uint64_t want_16[WEIR_N_FIELDS] = {2,          17, 13,         14, 1,  2,    3,
                                                    24,         5,  6,          7,  28, 9943, 53,
                                                    1354046360, 73, 1354046361, 5,  17, 18,   0};
    for (size_t b = 0; b < N_BLOCKS; b++)
        for (int stream = 0; stream < 2; stream++) {
            for (size_t n_lines = 1; n_lines < 40; n_lines += 6) {
                char text[8000] = "";
                char text_16[8000] = "";
                for (size_t i = 0; i < n_lines; i++) {
                    strcat(text, LINE_17);
                    strcat(text_16, LINE_16);
                }
                struct records *got = read_text(text, stream, blocks[b]);
                cr_assert(got->status == WEIR_OK && got->n == n_lines, "%s", got->err.message);
                for (size_t i = 0; i < n_lines; i++)
                    check_record(got, i, want_17);
                free(got);
                got = read_text(text_16, stream, blocks[b]);
                cr_assert(got->status == WEIR_OK && got->n == n_lines, "%s", got->err.message);
                for (size_t i = 0; i < n_lines; i++)
                    check_record(got, i, want_16);
                free(got);
            }
        }
}

/* Texts, what is read of them, and what is dropped; in blocks of all sizes and from streams. */
Test(pipe, notices_and_phantoms)
{
    static const struct {
        const char *text;
        size_t n, n_notices, n_phantoms;
    } cases[] = {
        {NOTICE, 0, 1, 0},
        {"No matching flows", 0, 1, 0},
        {NOTICE NOTICE NOTICE NOTICE LINE_17 NOTICE, 1, 5, 0},
        {NOTICE NOTICE NOTICE NOTICE NOTICE LINE_16, 1, 5, 0},
        {PHANTOM LINE_17, 1, 0, 1},
        {"", 0, 0, 0},
        {LINE_17 PHANTOM LINE_17 PHANTOM LINE_17, 3, 0, 2},
        {PHANTOM PHANTOM LINE_17, 1, 0, 2}, /* two tunnels around one flow */
        {PHANTOM, 1, 0, 0},                 /* nothing behind it: a record */
        {PHANTOM "\n\n", 1, 0, 0},          /* as good as nothing */
        {ZEROS LINE_17, 2, 0, 0},           /* other times */
        {LINE_17 ZEROS PHANTOM LINE_17, 3, 0, 1},
        {PHANTOM NOTICE LINE_17, 2, 1, 0},
        {PHANTOM LINE_17 "\n", 1, 0, 1},
        {LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 PHANTOM LINE_17 LINE_17 LINE_17
             LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 LINE_17 PHANTOM,
         20, 0, 1},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t b = 0; b < N_BLOCKS; b++)
            for (int stream = 0; stream < 2; stream++) {
                struct records *got = read_text(cases[c].text, stream, blocks[b]);
                cr_assert(got->status == WEIR_OK, "case %zu: %s", c, got->err.message);
                cr_assert(got->n == cases[c].n && got->losses.notice_lines == cases[c].n_notices &&
                              got->losses.phantom_lines == cases[c].n_phantoms,
                          "case %zu in blocks of %zu: %zu records, %llu notices, %llu phantoms", c,
                          blocks[b], got->n, (unsigned long long)got->losses.notice_lines,
                          (unsigned long long)got->losses.phantom_lines);
                free(got);
            }
}

Test(pipe, odd_values)
{
    struct records *got = read_text("30|999|0|6|0|0|0|0|0|0|0|0|0|0|0|0|70000|4294967295|0|0|0|5\n"
                                    "28|4294967295999|1000|6|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|5\n"
                                    "24|1|2|6|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1|5\n"
                                    "26|1|2|6|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1|5\n"
                                    "0|1|2|6|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1|5\n",
                                    0, WEIR_TEXT_BLOCK_BYTES);
    static const uint64_t families[] = {10, 10, 10, 10, 0};
    cr_assert(got->status == WEIR_OK && got->n == 5, "%s", got->err.message);
    for (size_t i = 0; i < 5; i++)
        cr_assert(got->value[WEIR_AF][i] == families[i]);
    cr_assert(got->value[WEIR_FIRST][0] == 0 && got->value[WEIR_FIRST_MS][0] == 999);
    cr_assert(got->value[WEIR_INIF][0] == 70000 && got->value[WEIR_OUTIF][0] == UINT32_MAX);
    cr_assert(got->value[WEIR_FIRST][1] == UINT32_MAX && got->value[WEIR_FIRST_MS][1] == 999);
    cr_assert(got->value[WEIR_LAST][1] == 1 && got->value[WEIR_LAST_MS][1] == 0);
    free(got);
}

Test(pipe, bad_lines)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {LINE_17 LINE_16, ":2: expected 22 fields, but found 24"},
        {LINE_16 LINE_17, ":2: expected 24 fields, but found 22"},
        {NOTICE LINE_16 LINE_17, ":3: expected 24 fields, but found 22"},
        {"2|1|2\n", ":1: expected 22 fields, but found 3"},
        {"2,1,2\n", ":1: expected 22 fields, but found 1"},
        {LINE_17 "\n" LINE_17, ":2: expected 22 fields, but found an empty line"},
        {"2|4294967296000|2|6|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1|5\n",
         ":1: field first: expected a whole number from 0 to 4294967295999, but found "
         "\"4294967296000\""},
        {"2|1|2|6|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1|5|\n", "expected 22 fields, but found 23"},
        {"2|1|2|6|0|0|0|0|0|0|0|0|0|0|x|0|0|0|0|0|1|5\n", "field srcas: expected"},
        {"2|1|2|6|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|-1|5\n", "field packets: expected"},
        {LINE_17 "Summary: total flows: 1\n", ":2: expected 22 fields, but found 1"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t b = 0; b < N_BLOCKS; b++)
            for (int stream = 0; stream < 2; stream++) {
                struct records *got = read_text(cases[c].text, stream, blocks[b]);
                cr_assert(got->status == WEIR_FORMAT, "case %zu", c);
                cr_assert(strstr(got->err.message, cases[c].message) != NULL, "%s: %s",
                          cases[c].message, got->err.message);
                free(got);
            }
}

Test(pipe, every_allocation_may_fail)
{
    for (int stream = 0; stream < 2; stream++)
        for (int n = 0;; n++) {
            weir_mem_fail_after(&mem, n);
            struct records *got = read_text(LINE_17 PHANTOM LINE_17, stream, 100);
            CHECK_NO_LEAK(&mem);
            const enum weir_status status = got->status;
            cr_assert(status == WEIR_MEMORY || got->n == 2);
            free(got);
            if (status == WEIR_OK)
                break;
            cr_assert(status == WEIR_MEMORY);
        }
}

Test(pipe, detection)
{
    static const struct {
        const char *text;
        bool is_whole, want;
    } cases[] = {
        {LINE_17, true, true},
        {LINE_16, true, true},
        {LINE_17 "x", false, true},
        {NOTICE, true, true},
        {"\n" LINE_16, true, true},
        {"2|1|2", false, true},
        {"2|1|2", true, false},
        {"2|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22\n", true, false},
        {"a|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21\n", true, false},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\n", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct weir_probe probe = {.path = "x",
                                         .bytes = (const unsigned char *)cases[i].text,
                                         .n_bytes = strlen(cases[i].text),
                                         .is_whole = cases[i].is_whole};
        cr_assert(pipe_format->detect(&probe) == cases[i].want, "%s", cases[i].text);
    }
    cr_assert(pipe_format->create != NULL);
}

Test(pipe, none_counts_records)
{
    struct weir_error err;
    struct records *records = calloc(1, sizeof *records);
    records->n = 5000;
    extern const struct weir_format weir_format_none;
    records_write(records, &weir_format_none, "-", 3, &mem);
    for (int n = 0;; n++) {
        weir_mem_fail_after(&mem, n);
        if (records_try_write(records, &weir_format_none, "-", 3, &mem, &err) == WEIR_OK)
            break;
        CHECK_MESSAGE("none: out of memory");
        CHECK_NO_LEAK(&mem);
    }
    free(records);
}
