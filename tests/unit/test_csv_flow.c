/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_flow: reading and writing, against reference data, snprintf and a line-by-line parser. */
#include "check.h"
#include "csv_oracle.h"
#include "field.h"
#include "format.h"
#include "guard.h"
#include "text_input.h"

#include <fcntl.h>
#include <pthread.h>

extern const struct weir_format weir_format_csv_flow;
static const struct weir_format *const csv = &weir_format_csv_flow;

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

TestSuite(csv_flow, .init = enter, .fini = leave);

/* --- reading --------------------------------------------------------------------------------- */

static const enum weir_cpu levels[] = {WEIR_CPU_REF, WEIR_CPU_AVX512};
#define N_LEVELS (sizeof levels / sizeof *levels)

/* Levels that this machine has. */
static size_t count_levels(void)
{
    return weir_cpu_detect() >= WEIR_CPU_AVX512 ? N_LEVELS : 1;
}

static struct records *read_file(const char *path, enum weir_cpu cpu, size_t block_bytes)
{
    return records_read(csv, path, -1, cpu, block_bytes, &mem);
}

Test(csv_flow, reads_reference_trace)
{
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    char path[512];
    struct records *want = records_from_trace(reference, "trace-8000/trace", 8000);
    snprintf(path, sizeof path, "%s/trace-8000/trace.csv", reference);
    static const size_t blocks[] = {WEIR_TEXT_BLOCK_BYTES, 4096, 1000, 77};
    for (size_t l = 0; l < count_levels(); l++)
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
            struct records *got = read_file(path, levels[l], blocks[b]);
            cr_assert(got->status == WEIR_OK, "%s", got->err.message);
            records_check_equal(got, want);
            free(got);
        }
    free(want);
}

Test(csv_flow, writes_reference_trace)
{
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    char path[512];
    struct records *records = records_from_trace(reference, "trace-8000/trace", 8000);
    records_write(records, csv, "out.csv", 3, &mem);
    snprintf(path, sizeof path, "%s/trace-8000/trace.csv", reference);
    check_same_files("out.csv", path);
    free(records);
}

/* A line of text and what it should be: an error message, or NULL for a good line. */
static const struct {
    const char *line;
    const char *message;
} hostile[] = {
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21", NULL},
    {"1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21", NULL},
    {" 1 ,\t2 , 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,  20, 21\t ", NULL},
    {"001,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,00000000000000000000000000021", NULL},
    {"255,255,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,4294967295,"
     "4294967295,4294967295,4294967295,65535,65535,4294967295,65535,4294967295,65535,"
     "18446744073709551615,18446744073709551615,4294967295",
     NULL},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,1234567890123456,12345678901234567,21", NULL},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,99999999,100000000,21", NULL},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\r", NULL},
    {"256,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21",
     "field af: expected a whole number from 0 to 255, but found \"256\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,65536,14,15,16,17,18,19,20,21",
     "field sp: expected a whole number from 0 to 65535, but found \"65536\""},
    {"1,2,4294967296,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21",
     "field inif: expected a whole number from 0 to 4294967295, but found \"4294967296\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,18446744073709551616,20,21",
     "field packets: expected a whole number from 0 to 18446744073709551615, but found "
     "\"18446744073709551616\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,-20,21", "field octets: expected a whole "},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,+20,21", "but found \"+20\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,2 0,21", "but found \"2 0\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,2.0,21", "but found \"2.0\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,0x2,21", "but found \"0x2\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,,21", "field octets: expected a whole number "
                                                            "from 0 to 18446744073709551615, but "
                                                            "found nothing"},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,  ,21", "but found nothing"},
    {",2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21", "field af: expected"},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,", "field aggs: expected"},
    {"af,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21", "but found \"af\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20", "expected 21 fields, but found 20"},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22",
     "expected 21 fields, but found 22"},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,", "expected 21 fields, but found 22"},
    {"7", "expected 21 fields, but found 1"},
    {"", "expected 21 fields, but found an empty line"},
    {"\r", "expected 21 fields, but found an empty line"},
    {"1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21", "expected 21 fields, but found 1"},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,2\x01,21", "but found \"2\\x01\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,\xff,21", "but found \"\\xff\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20\r,21", "but found \"20\\x0d\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\r\r", "but found \"21\\x0d\""},
    {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20;21", "expected 21 fields, but found 20"},
};

/* Each hostile line, at each of many places between good lines, in blocks of many sizes: the good
 * lines before it are read, and the message has the number of the line. */
Test(csv_flow, hostile_lines_anywhere)
{
    enum { N_LINES = 40 };
    static const size_t blocks[] = {1, 50, 64, 113, WEIR_TEXT_BLOCK_BYTES};
    static const size_t places[] = {0, 1, 7, 8, 9, 22, N_LINES - 1};
    char text[65536];
    for (size_t h = 0; h < sizeof hostile / sizeof *hostile; h++)
        for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
            size_t used = 0;
            for (size_t i = 0; i < N_LINES; i++)
                used += (size_t)snprintf(
                    text + used, sizeof text - used, "%s\n",
                    i == places[p] ? hostile[h].line
                    : i % 3 == 0
                        ? "2,6,1,2,0,0,0,1234567890,0,0,0,3456789012,443,65535,1433962800,9,"
                          "1433962800,99,123,1234567,0"
                        : "10, 17, 1, 2, 0, 0, 0, 5, 6, 7, 0, 8, 4, 3, 143, 9, 14, 99, 1, 60, 0");
            check_write_file("in.csv", text, used);
            /* A blank line that comes last is none. */
            const bool ends_blank = places[p] == N_LINES - 1 &&
                                    strspn(hostile[h].line, "\r") == strlen(hostile[h].line);
            for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
                for (size_t l = 0; l < count_levels(); l++) {
                    struct records *got = read_file("in.csv", levels[l], blocks[b]);
                    struct records *want = records_parse_lines(text, used);
                    char where[64];
                    snprintf(where, sizeof where, "in.csv:%zu: ", places[p] + 1);
                    const bool good = hostile[h].message == NULL || ends_blank;
                    cr_assert((got->status == WEIR_OK) == good, "%s: %s", hostile[h].line,
                              got->err.message);
                    if (!good) {
                        cr_assert(got->status == WEIR_FORMAT);
                        cr_assert(strstr(got->err.message, where) == got->err.message, "%s: %s",
                                  where, got->err.message);
                        cr_assert(strstr(got->err.message, hostile[h].message) != NULL, "%s: %s",
                                  hostile[h].message, got->err.message);
                        cr_assert(got->n == places[p]);
                    }
                    records_check_equal(got, want);
                    free(got);
                    free(want);
                }
        }
}

Test(csv_flow, nul_and_long_lines)
{
    static char text[300000];
    struct records *got = NULL;
    const char *good = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\n";
    const size_t n_good = strlen(good);
    memcpy(text, good, n_good);
    memcpy(text + n_good, good, n_good);
    text[n_good + 4] = '\0';
    check_write_file("nul.csv", text, 2 * n_good);
    got = read_file("nul.csv", WEIR_CPU_REF, 64);
    cr_assert(got->status == WEIR_FORMAT && got->n == 1);
    cr_assert(strstr(got->err.message, "nul.csv:2: field inif: expected a whole number") != NULL,
              "%s", got->err.message);
    cr_assert(strstr(got->err.message, "\\x00") != NULL, "%s", got->err.message);
    free(got);

    /* A line of exactly the largest length, then one of a byte more, in blocks that cut them. */
    static const size_t blocks[] = {100, 65536, 70000, WEIR_TEXT_BLOCK_BYTES};
    for (size_t extra = 0; extra < 2; extra++)
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
            for (size_t end = 0; end < 3; end++) {
                size_t n = n_good;
                memcpy(text, good, n_good);
                memset(text + n, ' ', WEIR_TEXT_LINE_MAX + extra - (n_good - 1));
                n += WEIR_TEXT_LINE_MAX + extra - (n_good - 1);
                memcpy(text + n, good, n_good);
                n += n_good - 1;
                n += end;
                if (end == 1)
                    text[n - 1] = '\n';
                if (end == 2)
                    memcpy(text + n - 2, "\r\n", 2);
                memcpy(text + n, good, end == 0 ? 0 : n_good);
                n += end == 0 ? 0 : n_good;
                check_write_file("long.csv", text, n);
                for (size_t l = 0; l < count_levels() + 1; l++) {
                    got = l < count_levels()
                              ? read_file("long.csv", levels[l], blocks[b])
                              : records_read_stream(csv, text, n, 5000, blocks[b], &mem);
                    if (extra == 0) {
                        cr_assert(got->status == WEIR_OK, "%s", got->err.message);
                        cr_assert(got->n == (end == 0 ? 2 : 3));
                    } else {
                        cr_assert(got->status == WEIR_FORMAT && got->n == 1, "%zu", got->n);
                        cr_assert(strstr(got->err.message, ":2: line longer than 65536 bytes") !=
                                      NULL,
                                  "%s", got->err.message);
                    }
                    free(got);
                }
            }
    memset(text, '1', sizeof text); /* no line end at all, over many blocks */
    check_write_file("endless.csv", text, sizeof text);
    for (int stream = 0; stream < 2; stream++) {
        got = stream ? records_read_stream(csv, text, sizeof text, 5000, 50000, &mem)
                     : read_file("endless.csv", weir_cpu_detect(), 50000);
        cr_assert(got->status == WEIR_FORMAT && got->n == 0);
        cr_assert(strstr(got->err.message, ":1: line longer than") != NULL, "%s", got->err.message);
        free(got);
    }
}

Test(csv_flow, line_ends_at_the_end)
{
    static const char *const ends[] = {"", "\n", "\r\n", "\n\n\n", "\r\n\r\n\n", "\r"};
    const char *line = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21";
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++)
        for (size_t n_lines = 0; n_lines < 20; n_lines++)
            for (size_t block = 1; block < 200; block += 13) {
                char text[4096];
                size_t n = 0;
                for (size_t i = 0; i < n_lines; i++)
                    n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", line,
                                          i + 1 < n_lines ? "\n" : "");
                n += (size_t)snprintf(text + n, sizeof text - n, "%s", ends[e]);
                check_write_file("in.csv", text, n);
                struct records *got = read_file("in.csv", weir_cpu_detect(), block);
                cr_assert(got->status == WEIR_OK, "%s", got->err.message);
                cr_assert(got->n == n_lines, "%zu instead of %zu", got->n, n_lines);
                free(got);
                got = records_read_stream(csv, text, n, 10, block, &mem);
                cr_assert(got->status == WEIR_OK, "%s", got->err.message);
                cr_assert(got->n == n_lines, "%zu instead of %zu", got->n, n_lines);
                free(got);
            }
}

Test(csv_flow, blank_lines_before_records_are_errors)
{
    char text[8192];
    const char *line = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\n";
    for (size_t n_blank = 1; n_blank < 300; n_blank += 23)
        for (size_t block = 1; block < 150; block += 11) {
            size_t n = (size_t)snprintf(text, sizeof text, "%s%s", line, line);
            memset(text + n, '\n', n_blank);
            n += n_blank;
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", line);
            check_write_file("in.csv", text, n);
            for (int stream = 0; stream < 2; stream++) {
                struct records *got = stream ? records_read_stream(csv, text, n, 7, block, &mem)
                                             : read_file("in.csv", weir_cpu_detect(), block);
                cr_assert(got->status == WEIR_FORMAT && got->n == 2, "%zu", got->n);
                cr_assert(strstr(got->err.message, ":3: expected 21 fields, but found an empty") !=
                              NULL,
                          "%s", got->err.message);
                free(got);
            }
        }
}

/* Random records in random spelling, compared with strtoull; then a random byte is spoilt and all
 * ways to read must agree on what is good. */
Test(csv_flow, random_texts_agree_with_strtoull)
{
    static char text[400000];
    uint64_t seed = 12345;
    for (int round = 0; round < 60; round++) {
        const size_t n_lines = 1 + random_u64(&seed) % 300;
        size_t n = 0;
        for (size_t i = 0; i < n_lines; i++)
            n += random_line(&seed, round % 4, text + n);
        if (round % 2 == 1)
            for (int k = 0; k < round % 5; k++)
                text[random_u64(&seed) % n] = (char)("\n\n ,,09a-\r\t\0"[random_u64(&seed) % 12]);
        struct records *want = records_parse_lines(text, n);
        check_write_file("in.csv", text, n);
        const size_t block = round % 3 == 0 ? WEIR_TEXT_BLOCK_BYTES : 1 + random_u64(&seed) % 5000;
        char first_message[WEIR_ERROR_CAPACITY] = "";
        for (size_t l = 0; l < count_levels() + 1; l++) {
            struct records *got =
                l < count_levels()
                    ? read_file("in.csv", levels[l], block)
                    : records_read_stream(csv, text, n, 1 + random_u64(&seed) % 9000, block, &mem);
            cr_assert(got->status == want->status, "round %d: %s", round, got->err.message);
            records_check_equal(got, want);
            const char *message = strchr(got->err.message, ':'); /* behind the name */
            message = got->status == WEIR_OK || message == NULL ? "" : message;
            if (l == 0)
                snprintf(first_message, sizeof first_message, "%s", message);
            cr_assert_str_eq(message, first_message);
            free(got);
        }
        free(want);
    }
}

/* --- streams --------------------------------------------------------------------------------- */

Test(csv_flow, streams_in_awkward_pieces)
{
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    static char text[2000000];
    char path[512];
    struct records *want = records_from_trace(reference, "trace-8000/trace", 8000);
    snprintf(path, sizeof path, "%s/trace-8000/trace.csv", reference);
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL);
    const size_t n = fread(text, 1, sizeof text, file);
    fclose(file);
    static const size_t steps[] = {1, 113, 4096, 65536, 1000000};
    static const size_t blocks[] = {100, 3000, 65536, WEIR_TEXT_BLOCK_BYTES};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
            const size_t part = steps[s] == 1 ? 20000 : n; /* single bytes take long */
            struct records *got = records_read_stream(csv, text, part, steps[s], blocks[b], &mem);
            if (part == n) {
                cr_assert(got->status == WEIR_OK, "%s", got->err.message);
                records_check_equal(got, want);
            } else {
                cr_assert(got->n > 150);
            }
            free(got);
        }
    free(want);
}

Test(csv_flow, standard_input)
{
    struct weir_error err;
    const char *line = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\n";
    char text[200];
    snprintf(text, sizeof text, "%s%s", line, line);
    check_write_file("in.csv", text, strlen(text));
    /* A regular file is mapped, from where it stands. */
    const int fd = open("in.csv", O_RDONLY);
    struct weir_input *input = NULL;
    struct weir_open_request request = {.path = "standard input", .fd = fd, .mem = &mem};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(csv->open(&request, &input, &err));
        cr_assert(!input->is_stream && input->n_bytes == strlen(text) - (size_t)i * strlen(line));
        cr_assert(lseek(fd, 0, SEEK_CUR) == (off_t)(i * (int)strlen(line)));
        csv->close(input);
        lseek(fd, (off_t)strlen(line), SEEK_SET);
    }
    close(fd);
    /* Bytes that detection has read come first. */
    int ends[2];
    cr_assert(pipe(ends) == 0);
    cr_assert(write(ends[1], text + 20, strlen(text) - 20) > 0);
    close(ends[1]);
    request = (struct weir_open_request){
        .path = "-", .fd = ends[0], .head = (const unsigned char *)text, .n_head = 20, .mem = &mem};
    struct weir_cursor *cursor = NULL;
    uint64_t n = 9;
    CHECK_OK(csv->open(&request, &input, &err));
    cr_assert(input->is_stream && input->n_blocks == UINT64_MAX);
    cr_assert_str_eq(input->path, "standard input");
    CHECK_OK(csv->cursor_new(input, &cursor, &err));
    CHECK_OK(csv->cursor_load(cursor, 0, &n, &err));
    cr_assert(n == 0);
    CHECK_OK(csv->cursor_parse(cursor, &n, &err));
    cr_assert(n == 2);
    CHECK_STATUS(csv->cursor_load(cursor, 1, &n, &err), WEIR_END);
    csv->cursor_free(cursor);
    csv->close(input);
    close(ends[0]);
}

Test(csv_flow, opening_what_is_no_file)
{
    struct weir_error err;
    struct weir_input *input = NULL;
    struct weir_open_request request = {.path = "absent.csv", .fd = -1, .mem = &mem};
    CHECK_STATUS(csv->open(&request, &input, &err), WEIR_IO);
    CHECK_MESSAGE("absent.csv: cannot be opened: No such file or directory");
    request.path = directory;
    CHECK_STATUS(csv->open(&request, &input, &err), WEIR_IO);
    CHECK_MESSAGE("expected a file, but found a directory");
    check_write_file("empty.csv", "", 0);
    struct records *got = read_file("empty.csv", WEIR_CPU_REF, 100);
    cr_assert(got->status == WEIR_OK && got->n == 0);
    free(got);
    check_write_file("blank.csv", "\n\r\n\n", 4);
    got = read_file("blank.csv", WEIR_CPU_REF, 2);
    cr_assert(got->status == WEIR_OK && got->n == 0);
    free(got);
}

Test(csv_flow, every_allocation_may_fail)
{
    struct weir_error err;
    char text[3000];
    size_t used = 0;
    for (int i = 0; i < 40; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\n");
    check_write_file("in.csv", text, used);
    int n_failures = 0;
    for (int stream = 0; stream < 2; stream++)
        for (int n = 0;; n++) {
            weir_mem_fail_after(&mem, n);
            struct records *got = stream ? records_read_stream(csv, text, used, 99, 300, &mem)
                                         : read_file("in.csv", WEIR_CPU_REF, 300);
            CHECK_NO_LEAK(&mem);
            const enum weir_status status = got->status;
            cr_assert(status == WEIR_MEMORY || got->n == 40);
            err = got->err;
            free(got);
            if (status == WEIR_OK)
                break;
            cr_assert(status == WEIR_MEMORY);
            CHECK_MESSAGE("out of memory");
            n_failures++;
        }
    cr_assert(n_failures >= 9, "%d", n_failures);
    struct records *records = calloc(1, sizeof *records);
    records->n = 5000;
    for (int n = 0;; n++) {
        weir_mem_fail_after(&mem, n);
        const enum weir_status status = records_try_write(records, csv, "out.csv", 2, &mem, &err);
        CHECK_NO_LEAK(&mem);
        if (status == WEIR_OK)
            break;
        cr_assert(status == WEIR_MEMORY);
        CHECK_MESSAGE("out of memory");
        cr_assert(access("out.csv", F_OK) != 0);
    }
    free(records);
}

/* --- writing --------------------------------------------------------------------------------- */

Test(csv_flow, random_records_as_snprintf)
{
    uint64_t seed = 99;
    struct records *records = calloc(1, sizeof *records);
    for (int round = 0; round < 30; round++) {
        records->n = round == 0 ? 0 : 1 + random_u64(&seed) % 9000;
        FILE *file = fopen("want.csv", "wb");
        for (size_t i = 0; i < records->n; i++)
            for (size_t f = 0; f < WEIR_N_FIELDS; f++) {
                const unsigned bits = (unsigned)(random_u64(&seed) % (round % 2 == 0 ? 65 : 48));
                const uint64_t value = bits == 0 ? 0 : random_u64(&seed) >> (64 - bits);
                records->value[f][i] = value & records_most((enum weir_field)f);
                fprintf(file, "%llu%s", (unsigned long long)records->value[f][i],
                        f + 1 < WEIR_N_FIELDS ? ", " : "\n");
            }
        fclose(file);
        records_write(records, csv, "got.csv", (size_t)(round % 4 + 1), &mem);
        check_same_files("got.csv", "want.csv");
        struct records *back = read_file("got.csv", weir_cpu_detect(), WEIR_TEXT_BLOCK_BYTES);
        cr_assert(back->status == WEIR_OK, "%s", back->err.message);
        records_check_equal(back, records);
        free(back);
    }
    free(records);
}

/* Columns whose value stays for a while, comes back, or changes in between: of all lengths, in
 * batches that end within a group of lines. */
Test(csv_flow, constant_columns_as_snprintf)
{
    uint64_t seed = 7;
    struct records *records = calloc(1, sizeof *records);
    for (int round = 0; round < 10; round++) {
        uint64_t value[WEIR_N_FIELDS][2] = {0}; /* taken in turn */
        size_t left[WEIR_N_FIELDS] = {0};
        FILE *file = fopen("want.csv", "wb");
        records->n = 3000 + random_u64(&seed) % 3000;
        for (size_t i = 0; i < records->n; i++)
            for (size_t f = 0; f < WEIR_N_FIELDS; f++) {
                if (left[f] == 0) {
                    const uint64_t dice = random_u64(&seed);
                    const uint64_t kept = value[f][1];
                    left[f] = dice % 4 == 0 ? 1 : 1 + dice / 4 % 60;
                    value[f][1] = value[f][0];
                    value[f][0] = dice >> 20 & 1 ? kept : random_u64(&seed) >> (dice >> 40) % 64;
                    value[f][0] &= records_most((enum weir_field)f);
                }
                left[f]--;
                records->value[f][i] = value[f][0];
                fprintf(file, "%llu%s", (unsigned long long)records->value[f][i],
                        f + 1 < WEIR_N_FIELDS ? ", " : "\n");
            }
        fclose(file);
        records_write(records, csv, "got.csv", (size_t)(round % 4 + 1), &mem);
        check_same_files("got.csv", "want.csv");
    }
    free(records);
}

/* A batch whose columns all are zero, but for one. */
static enum weir_status write_column(enum weir_field field, struct weir_column column, size_t n,
                                     struct weir_error *err)
{
    static const uint8_t zeros[64];
    struct weir_schema schema;
    weir_schema_set_default(&schema, false);
    const struct weir_create_request request = {
        .path = "out.csv", .schema = &schema, .n_lanes = 1, .mem = &mem};
    struct weir_writer *writer = NULL;
    enum weir_status status = csv->create(&request, &writer, err);
    cr_assert(status == WEIR_OK);
    struct weir_batch batch = {.n = n};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        batch.field[f] = (struct weir_column){zeros, WEIR_U8};
    batch.field[field] = column;
    size_t bad = SIZE_MAX;
    status = csv->add(writer, 0, &batch, &bad, err);
    if (status == WEIR_OK)
        status = csv->place(writer, 0, err);
    if (status == WEIR_OK)
        status = csv->put(writer, 0, err);
    if (status != WEIR_OK) {
        csv->discard(writer);
        return status;
    }
    cr_assert(writer->n_records == n);
    return csv->commit(writer, err);
}

static void check_line(size_t number, const char *want)
{
    FILE *file = fopen("out.csv", "rb");
    char line[1024] = "";
    for (size_t i = 0; i <= number; i++)
        cr_assert(fgets(line, sizeof line, file) != NULL);
    fclose(file);
    cr_assert_str_eq(line, want);
}

Test(csv_flow, values_of_any_type)
{
    struct weir_error err;
    static const int8_t bytes[3] = {1, -128, 127};
    static const int64_t words[3] = {INT64_MIN, -1, INT64_MAX};
    static const double reals[4] = {1433962800.0, 0x1p63, -5.0, 0.0};
    static const float singles[2] = {16777216.0F, 3.0F};
    static const double halves[3] = {1, 2, 2.5};
    static const double huge[1] = {1e30};
    static const double mixed[2] = {-1, 0x1p63};
    CHECK_OK(write_column(WEIR_AF, (struct weir_column){bytes, WEIR_I8}, 3, &err));
    check_line(1, "-128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0\n");
    check_line(2, "127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0\n");
    CHECK_OK(write_column(WEIR_AGGS, (struct weir_column){words, WEIR_I64}, 3, &err));
    check_line(0, "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                  "-9223372036854775808\n");
    check_line(2, "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                  "9223372036854775807\n");
    CHECK_OK(write_column(WEIR_FIRST, (struct weir_column){reals, WEIR_F64}, 4, &err));
    check_line(0, "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1433962800, 0, 0, 0, 0, 0, 0\n");
    check_line(1, "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9223372036854775808, 0, 0, 0, 0, 0, "
                  "0\n");
    check_line(2, "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -5, 0, 0, 0, 0, 0, 0\n");
    CHECK_OK(write_column(WEIR_OCTETS, (struct weir_column){singles, WEIR_F32}, 2, &err));
    check_line(0, "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16777216, 0\n");
    CHECK_OK(write_column(WEIR_OCTETS, (struct weir_column){mixed, WEIR_F64}, 2, &err));
    CHECK_STATUS(write_column(WEIR_LAST, (struct weir_column){halves, WEIR_F64}, 3, &err),
                 WEIR_LIMIT);
    CHECK_MESSAGE("field last: expected a whole number of 64 bits, but found 2.5");
    CHECK_STATUS(write_column(WEIR_LAST, (struct weir_column){huge, WEIR_F64}, 1, &err),
                 WEIR_LIMIT);
    CHECK_MESSAGE("found 1e+30");
    CHECK_STATUS(write_column(WEIR_LAST, (struct weir_column){NULL, WEIR_TYPE_NONE}, 1, &err),
                 WEIR_LIMIT);
    CHECK_MESSAGE("field last");
}

/* A group of lines with a negative value stands between two that are all the same. */
Test(csv_flow, constants_around_a_negative_value)
{
    struct weir_error err;
    int64_t values[64];
    for (size_t i = 0; i < 64; i++)
        values[i] = i == 20 ? -50 : 7;
    CHECK_OK(write_column(WEIR_AF, (struct weir_column){values, WEIR_I64}, 64, &err));
    for (size_t i = 0; i < 64; i++)
        check_line(i, i == 20 ? "-50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0\n"
                              : "7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0\n");
}

Test(csv_flow, schema_must_have_all_fields)
{
    struct weir_error err;
    struct weir_schema schema;
    struct weir_writer *writer = NULL;
    weir_schema_set_default(&schema, false);
    schema.field[WEIR_AGGS] = WEIR_TYPE_NONE;
    schema.field[WEIR_SP] = WEIR_TYPE_NONE;
    const struct weir_create_request request = {
        .path = "out.csv", .schema = &schema, .n_lanes = 1, .mem = &mem};
    CHECK_STATUS(csv->create(&request, &writer, &err), WEIR_FORMAT);
    CHECK_MESSAGE("out.csv: csv_flow has all 21 fields, but the records lack sp, aggs");
    cr_assert(access("out.csv", F_OK) != 0);
}

Test(csv_flow, streams_are_written_in_place)
{
    struct weir_error err;
    struct records *records = calloc(1, sizeof *records);
    records->n = 10000;
    CHECK_STATUS(records_try_write(records, csv, "/dev/full", 2, &mem, &err), WEIR_IO);
    CHECK_MESSAGE("/dev/full: cannot be written: No space left on device");
    CHECK_OK(records_try_write(records, csv, "/dev/null", 2, &mem, &err));
    int ends[2];
    cr_assert(pipe(ends) == 0);
    records->n = 100;
    char path[64];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    CHECK_OK(records_try_write(records, csv, path, 3, &mem, &err));
    close(ends[1]);
    FILE *file = fdopen(ends[0], "rb");
    char line[256];
    int n = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        cr_assert_str_eq(line, "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0\n");
        n++;
    }
    fclose(file);
    cr_assert(n == 100);
    free(records);
}

/* --- detection ------------------------------------------------------------------------------- */

Test(csv_flow, detection)
{
    static const struct {
        const char *text;
        bool is_whole, want;
    } cases[] = {
        {"1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21\nrest", false,
         true},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21\r\n", true, true},
        {"\n\n1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21", true, true},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,", false, true},
        {"1,2,3", false, true},
        {"1,2,3", true, false},
        {"1", false, false},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20\n", true, false},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22\n", true, false},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,,21\n", true, false},
        {"af,prot,inif,outif,sa0,sa1,sa2,sa3,da0,da1,da2,da3,sp,dp,first,first_ms,last,last_ms,"
         "packets,octets,aggs\n",
         true, false},
        {"\n", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct weir_probe probe = {.path = "x",
                                         .bytes = (const unsigned char *)cases[i].text,
                                         .n_bytes = strlen(cases[i].text),
                                         .is_whole = cases[i].is_whole};
        cr_assert(csv->detect(&probe) == cases[i].want, "%s", cases[i].text);
    }
    cr_assert(!csv->detect(&(struct weir_probe){.path = "x", .is_directory = true}));
}
