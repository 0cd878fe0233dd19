/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_hist: histograms as text, there and back. */
#include "check.h"
#include "hist_csv.h"

#include <fcntl.h>
#include <sys/stat.h>

#define HEADER "bin_lo,bin_hi,flows_sum,packets_sum,octets_sum"

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

TestSuite(hist_csv, .init = enter, .fini = leave);

static void write_hist(const struct weir_hist *hist, const char *path)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    CHECK_OK(weir_output_create(path, false, &mem, &output, &err));
    CHECK_OK(weir_hist_csv_write(hist, output, &err));
    CHECK_OK(weir_output_commit(output, &err));
}

static void check_same_files(const char *a, const char *b)
{
    char command[1200];
    snprintf(command, sizeof command, "cmp '%s' '%s'", a, b);
    cr_assert(system(command) == 0, "%s and %s differ", a, b);
}

/* Every published histogram comes out as it went in. */
Test(hist_csv, reference_files_there_and_back)
{
    static const char *const names[] = {
        "published/histograms/all/length.csv",
        "published/histograms/tcp/length_b0.csv",
        "published/histograms/udp/size.csv",
        "trace-8000/expected/hist/length-b12-duration-rate-aggs.csv",
        "trace-8000/expected/hist/duration-b12-duration.csv",
    };
    struct weir_error err;
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        struct weir_hist hist;
        snprintf(path, sizeof path, "%s/%s", reference, names[i]);
        weir_hist_init(&hist, &mem);
        CHECK_OK(weir_hist_csv_read(path, &hist, &err));
        cr_assert(hist.n_bins > 10);
        write_hist(&hist, "out.csv");
        check_same_files("out.csv", path);
        weir_hist_release(&hist);
    }
}

Test(hist_csv, names_and_values)
{
    struct weir_error err;
    struct weir_hist hist;
    static const char text[] =
        HEADER ",aggs_sum,rate_sum,duration_sum\n"
               "0,1,1,0,0,5,6,7\n"
               "18446744073709551615,18446744073709551616,2,"
               "340282366920938463463374607431768211455,3,0,0,8\r\n"
               "18446744073709551616,340282366920938463463374607431768211455,3,4,5,6,7,8";
    weir_hist_init(&hist, &mem);
    CHECK_OK(weir_hist_csv_parse("x", text, sizeof text - 1, &hist, &err));
    cr_assert(hist.n_bins == 3 && hist.n_columns == 6);
    static const char *const names[] = {"flows", "packets", "octets", "aggs", "rate", "duration"};
    for (size_t c = 0; c < 6; c++)
        cr_assert_str_eq(hist.column_name[c], names[c]);
    cr_assert(hist.sum[5] == 7 && hist.sum[6 + 1] == WEIR_U128_MAX && hist.sum[12] == 3);
    cr_assert(hist.bin_lo[2] == (weir_u128)1 << 64 && hist.bin_hi[1] == (weir_u128)1 << 64);
    cr_assert(hist.bin_lo[1] == UINT64_MAX && hist.bin_hi[2] == WEIR_U128_MAX);
    write_hist(&hist, "out.csv");
    weir_hist_release(&hist);
    weir_hist_init(&hist, &mem);
    CHECK_OK(weir_hist_csv_read("out.csv", &hist, &err));
    cr_assert(hist.n_bins == 3 && hist.sum[6 + 1] == WEIR_U128_MAX && hist.sum[17] == 8);
    weir_hist_release(&hist);
}

Test(hist_csv, ends_and_empties)
{
    static const struct {
        const char *text;
        size_t n_bins;
    } cases[] = {
        {HEADER, 0},
        {HEADER "\n", 0},
        {HEADER "\r\n\r\n\n\r\n", 0},
        {HEADER "\n1,2,3,4,5", 1},
        {HEADER "\r\n1,2,3,4,5\r\n", 1},
        {HEADER "\n1,2,3,4,5\n2,9,3,4,5\n\n\r\n", 2},
    };
    struct weir_error err;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct weir_hist hist;
        weir_hist_init(&hist, &mem);
        check_write_file("in.csv", cases[c].text, strlen(cases[c].text));
        CHECK_OK(weir_hist_csv_read("in.csv", &hist, &err));
        cr_assert(hist.n_bins == cases[c].n_bins && hist.n_columns == 3, "case %zu", c);
        weir_hist_release(&hist);
    }
    struct weir_hist hist;
    weir_hist_init(&hist, &mem);
    CHECK_OK(weir_hist_csv_parse("x", HEADER, strlen(HEADER), &hist, &err));
    write_hist(&hist, "out.csv");
    check_write_file("want.csv", HEADER "\n", sizeof HEADER);
    check_same_files("out.csv", "want.csv");
    weir_hist_release(&hist);
}

Test(hist_csv, bad_files)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "in.csv: expected the header \"" HEADER "\", but found an empty file"},
        {"\n\n", "in.csv: expected the header"},
        {"2,6,1\n", "in.csv:1: expected the header \"" HEADER "\", but found \"2,6,1\""},
        {"bin_lo,bin_hi,flows_sum,packets_sum\n", "in.csv:1: expected the header"},
        {HEADER "s\n", "in.csv:1: expected the header"},
        {"\x01\xff\n", "but found \"\\x01\\xff\""},
        {HEADER ",flows_sum\n", "in.csv:1: expected duration_sum, rate_sum or aggs_sum, each once, "
                                "but found \"flows_sum\""},
        {HEADER ",rate_sum,rate_sum\n", "but found \"rate_sum\""},
        {HEADER ",rate\n", "but found \"rate\""},
        {HEADER ",_sum\n", "but found \"_sum\""},
        {HEADER ",sp_sum\n", "but found \"sp_sum\""},
        {HEADER ",\n", "but found \"\""},
        {HEADER ",a,b,c,d,e,f\n", "in.csv:1: expected at most 8 sums, but found 9"},
        {HEADER "\n1,2,3,4\n", "in.csv:2: expected 5 fields, but found 4"},
        {HEADER "\n1,2,3,4,5,6\n", "in.csv:2: expected 5 fields, but found 6"},
        {HEADER "\n1,2,3,4,5,6,7,8,9,10,11,12,13\n", "in.csv:2: expected 5 fields, but found 13"},
        {HEADER "\n\n1,2,3,4,5\n", "in.csv:2: expected 5 fields, but found an empty line"},
        {HEADER "\n1,2,3,4,5\n3,4,3,4,x\n",
         "in.csv:3: field 5: expected a whole number below 2^128, but found \"x\""},
        {HEADER "\n1,2,3,,5\n", "in.csv:2: field 4: expected a whole number"},
        {HEADER "\n1,2,3,-4,5\n", "found \"-4\""},
        {HEADER "\n1,2,3,4.0,5\n", "found \"4.0\""},
        {HEADER "\n1,2,3,4,340282366920938463463374607431768211456\n",
         "field 5: expected a whole number below 2^128"},
        {HEADER "\n2,2,3,4,5\n", "in.csv:2: expected bin_hi above bin_lo 2, but found 2"},
        {HEADER "\n1,3,3,4,5\n2,4,3,4,5\n",
         "in.csv:3: expected bins in ascending order without overlap, but found bin_lo 2 behind "
         "bin_hi 3"},
        {HEADER "\n1,3,3,4,5\n1,3,3,4,5\n", "in.csv:3: expected bins in ascending order"},
        {HEADER "\n1,3,0,4,5\n", "in.csv:2: expected a bin with flows, but found flows_sum 0"},
    };
    struct weir_error err;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct weir_hist hist;
        weir_hist_init(&hist, &mem);
        check_write_file("in.csv", cases[c].text, strlen(cases[c].text));
        CHECK_STATUS(weir_hist_csv_read("in.csv", &hist, &err), WEIR_FORMAT);
        CHECK_MESSAGE(cases[c].message);
        weir_hist_release(&hist);
    }
    struct weir_hist hist;
    weir_hist_init(&hist, &mem);
    CHECK_STATUS(weir_hist_csv_read("absent.csv", &hist, &err), WEIR_IO);
    CHECK_MESSAGE("absent.csv: cannot be opened: No such file or directory");
    CHECK_STATUS(weir_hist_csv_read(directory, &hist, &err), WEIR_IO);
    CHECK_MESSAGE("expected a histogram, but found a directory");
    check_write_file("nul.csv", HEADER "\n1,2,3,4\0,5\n", sizeof HEADER + 12);
    CHECK_STATUS(weir_hist_csv_read("nul.csv", &hist, &err), WEIR_FORMAT);
    CHECK_MESSAGE("found \"4\\x00\"");
    weir_hist_release(&hist);
}

/* Random histograms, some of them larger than any buffer, as snprintf writes them. */
Test(hist_csv, random_histograms)
{
    struct weir_error err;
    for (size_t n_bins = 1; n_bins < 20000; n_bins = n_bins * 3 + 1) {
        FILE *file = fopen("want.csv", "wb");
        fprintf(file, HEADER ",duration_sum\n");
        unsigned long long edge = 1;
        for (size_t i = 0; i < n_bins; i++) {
            const unsigned long long width = 1 + i % 5;
            fprintf(file, "%llu,%llu,%llu,%llu,%llu,%llu\n", edge, edge + width,
                    1 + edge * 7919 % 1000003, edge * edge, edge * 123456789123ULL, 0ULL);
            edge += width + i % 3;
        }
        fclose(file);
        struct weir_hist hist;
        weir_hist_init(&hist, &mem);
        CHECK_OK(weir_hist_csv_read("want.csv", &hist, &err));
        cr_assert(hist.n_bins == n_bins && hist.n_columns == 4);
        write_hist(&hist, "got.csv");
        check_same_files("got.csv", "want.csv");
        /* Through a pipe, which cannot be mapped. */
        struct weir_hist again;
        weir_hist_init(&again, &mem);
        FILE *pipe_end = popen("cat want.csv", "r");
        char path[64];
        snprintf(path, sizeof path, "/dev/fd/%d", fileno(pipe_end));
        CHECK_OK(weir_hist_csv_read(path, &again, &err));
        pclose(pipe_end);
        cr_assert(again.n_bins == n_bins && again.bin_hi[n_bins - 1] == hist.bin_hi[n_bins - 1]);
        cr_assert(memcmp(again.sum, hist.sum, 4 * n_bins * sizeof(weir_u128)) == 0);
        weir_hist_release(&again);
        weir_hist_release(&hist);
    }
}

Test(hist_csv, full_disk_and_no_memory)
{
    struct weir_error err;
    struct weir_output *output = NULL;
    char text[40000];
    int n = snprintf(text, sizeof text, HEADER "\n");
    for (int i = 0; i < 1200; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%d,%d,1,2,3\n", i, i + 1);
    check_write_file("in.csv", text, (size_t)n);
    struct weir_hist hist;
    for (int k = 0;; k++) {
        weir_hist_init(&hist, &mem);
        weir_mem_fail_after(&mem, k);
        const enum weir_status status = weir_hist_csv_read("in.csv", &hist, &err);
        if (status == WEIR_OK && atomic_load(&mem.fail_after) >= 0)
            break; /* all of its requests were granted */
        cr_assert(status == WEIR_MEMORY || hist.n_bins == 1200);
        weir_hist_release(&hist);
        CHECK_NO_LEAK(&mem);
    }
    weir_mem_fail_after(&mem, -1);
    cr_assert(hist.n_bins == 1200);
    CHECK_OK(weir_output_create("/dev/full", false, &mem, &output, &err));
    CHECK_STATUS(weir_hist_csv_write(&hist, output, &err), WEIR_IO);
    CHECK_MESSAGE("No space left on device");
    weir_output_discard(output);
    weir_hist_release(&hist);
}

Test(hist_csv, detection)
{
    cr_assert(weir_hist_csv_detect(HEADER ",x", sizeof HEADER + 1));
    cr_assert(weir_hist_csv_detect(HEADER, sizeof HEADER - 1));
    cr_assert(!weir_hist_csv_detect(HEADER, sizeof HEADER - 2));
    cr_assert(!weir_hist_csv_detect("1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5", 49));
    cr_assert(!weir_hist_csv_detect("", 0));
}
