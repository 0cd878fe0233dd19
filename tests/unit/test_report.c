/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines on standard error: reports, messages, progress; as text and as JSON. */
#include "check.h"
#include "message.h"
#include "progress.h"
#include "run.h"

#include <fcntl.h>
#include <time.h>

static struct weir_run run;
static char captured[8192];
static int saved_fd = -1;

static void capture(void)
{
    FILE *file = tmpfile();
    cr_assert(file != NULL);
    saved_fd = dup(STDERR_FILENO);
    cr_assert(saved_fd >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    fclose(file);
}

static const char *captured_text(void)
{
    const ssize_t n = pread(STDERR_FILENO, captured, sizeof captured - 1, 0);
    captured[n > 0 ? n : 0] = '\0';
    cr_assert(dup2(saved_fd, STDERR_FILENO) >= 0);
    close(saved_fd);
    return captured;
}

static void check_captured(const char *want)
{
    const char *got = captured_text();
    cr_assert(strcmp(got, want) == 0, "\"%s\" instead of \"%s\"", got, want);
}

static const struct weir_report report = {.command = "hist",
                                          .n_inputs = 2,
                                          .records_read = 8000,
                                          .records_filtered = 312,
                                          .records_used = 7688,
                                          .bytes_read = 600000,
                                          .row_name = "bins",
                                          .rows_written = 1201,
                                          .bytes_written = 20700,
                                          .scans = 1,
                                          .seconds = 0.012};

Test(report, text)
{
    capture();
    weir_report_print(&run, &report);
    check_captured("weir: hist: 8000 records read, 312 filtered out, 7688 used, 1201 bins written "
                   "(20.7 KB), 2 inputs, 1 scan, 0.012 s, 666.7 K records/s, 50.0 MB/s\n");
}

Test(report, text_with_every_part)
{
    struct weir_report full = report;
    full.row_name = NULL;
    full.n_inputs = 1;
    full.scans = 0;
    full.seconds = 0;
    full.records_bad_times = 1;
    full.blocks_lost = 2;
    full.bytes_lost = 3;
    full.records_lost = 4;
    full.phantom_lines = 5;
    full.notice_lines = 6;
    full.rejected_lines = 7;
    full.records_skipped = UINT64_MAX;
    full.records_unmapped = 8;
    capture();
    weir_report_print(&run, &full);
    check_captured("weir: hist: 8000 records read, 312 filtered out, 7688 used, 1201 records "
                   "written (20.7 KB), 1 input, shared scan, 0.000 s, 1 record with last < first, "
                   "2 blocks lost, 3 bytes lost, 4 records lost, "
                   "5 phantom lines left out, 6 notices left out, 7 bad lines rejected, "
                   "18446744073709551615 records without a flow skipped, "
                   "8 records with interfaces lost\n");
}

Test(report, text_of_one_row_from_a_stream)
{
    struct weir_report one = report;
    one.rows_written = 1;
    one.bytes_read = 0;
    capture();
    weir_report_print(&run, &one);
    check_captured("weir: hist: 8000 records read, 312 filtered out, 7688 used, 1 bin written "
                   "(20.7 KB), 2 inputs, 1 scan, 0.012 s, 666.7 K records/s\n");
}

Test(report, text_of_results_added_up)
{
    struct weir_report sum = report;
    sum.combined = "added up";
    sum.scans = 0;
    capture();
    weir_report_print(&run, &sum);
    check_captured("weir: hist: 1201 bins written (20.7 KB), 2 inputs added up, 0.012 s\n");
}

Test(report, json)
{
    run.log_json = true;
    capture();
    weir_report_print(&run, &report);
    check_captured(
        "{\"level\": \"report\", \"command\": \"hist\", \"row_name\": \"bins\", \"n_inputs\": 2, "
        "\"records_read\": 8000, \"records_filtered\": 312, \"records_used\": 7688, "
        "\"records_bad_times\": 0, \"records_dropped\": 0, \"bytes_read\": 600000, "
        "\"rows_written\": 1201, "
        "\"bytes_written\": 20700, \"blocks_lost\": 0, \"bytes_lost\": 0, \"records_lost\": 0, "
        "\"phantom_lines\": 0, \"notice_lines\": 0, \"rejected_lines\": 0, \"records_skipped\": 0, "
        "\"records_unmapped\": 0, \"scans\": 1, \"seconds\": 0.012, \"records_per_second\": "
        "666666.667, "
        "\"bytes_per_second\": "
        "50000000.0}\n");
}

Test(report, quiet)
{
    run.quiet = true;
    capture();
    weir_report_print(&run, &report);
    weir_message_log(WEIR_LOG_NOTE, "note", &run);
    weir_message_log(WEIR_LOG_WARNING, "kept", &run);
    check_captured("weir: warning: kept\n");
}

Test(report, messages)
{
    capture();
    weir_message_log(WEIR_LOG_NOTE, "100% of it", &run);
    weir_message_error(&run, "hist", WEIR_IO, "bad\tname\x1b[31m: \xff");
    weir_message_error(&run, NULL, WEIR_USAGE, "which");
    check_captured("weir: note: 100% of it\nweir: hist: bad?name?[31m: \xff\nweir: which\n");
}

Test(report, messages_as_json)
{
    run.log_json = true;
    capture();
    weir_message_log(WEIR_LOG_WARNING, "a \"b\"", &run);
    weir_message_error(&run, "hist", WEIR_FORMAT, "\xff\x1b: \xc3\xa9");
    weir_message_error(&run, NULL, WEIR_USAGE, "\xc3\xa9");
    weir_message_json(NULL);
    check_captured("{\"level\": \"warning\", \"message\": \"a \\\"b\\\"\"}\n"
                   "{\"level\": \"error\", \"command\": \"hist\", \"status\": \"format\", "
                   "\"message\": \"\\\\xff\\u001B: \\\\xc3\\\\xa9\"}\n"
                   "{\"level\": \"error\", \"status\": \"usage\", \"message\": \"\xc3\xa9\"}\n"
                   "{\"level\": \"error\", \"message\": \"no memory for a message\"}\n");
}

Test(report, long_messages_are_cut)
{
    char text[8000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    capture();
    weir_message_line(&run, "%s", text);
    const char *got = captured_text();
    cr_assert(strlen(got) > 4000 && strlen(got) < 4200 && got[strlen(got) - 1] == '\n');
}

Test(report, short_numbers)
{
    static const struct {
        double value;
        const char *bytes, *count;
    } cases[] = {{0, "0 B", "0"},
                 {5, "5 B", "5"},
                 {999, "999 B", "999"},
                 {2.5, "2.5 B", "2.5"},
                 {1000, "1.0 KB", "1.0 K"},
                 {20700, "20.7 KB", "20.7 K"},
                 {999949, "999.9 KB", "999.9 K"},
                 {999999, "1.0 MB", "1.0 M"},
                 {2.5e9, "2.5 GB", "2.5 G"},
                 {18446744073709551615.0, "18.4 EB", "18.4 E"},
                 {1e24, "1000000.0 EB", "1000000.0 E"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[WEIR_MESSAGE_NUMBER];
        cr_assert_str_eq(weir_message_bytes(cases[i].value, out), cases[i].bytes);
        cr_assert_str_eq(weir_message_count(cases[i].value, out), cases[i].count);
    }
}

Test(report, progress_text)
{
    char out[160];
    cr_assert_str_eq(weir_progress_text(2000000, 250000000, 1000000000, 10, out, sizeof out),
                     "25.0%, 250.0 MB of 1.0 GB, 2.0 M records, 200.0 K records/s, 0:30 left");
    cr_assert_str_eq(weir_progress_text(0, 5000, 0, 10, out, sizeof out),
                     "5.0 KB, 0 records, 0 records/s, 10 s");
    cr_assert_str_eq(weir_progress_text(2000, 0, 0, 10, out, sizeof out),
                     "2.0 K records, 200 records/s, 10 s");
    /* A file that grows while it is read is at most done. */
    cr_assert_str_eq(weir_progress_text(1, 3000, 2000, 0, out, sizeof out),
                     "100.0%, 3.0 KB of 2.0 KB, 1 records, 0 records/s, 0:00 left");
    weir_progress_text(1, 1, UINT64_MAX, 1e6, out, sizeof out);
    cr_assert(strstr(out, "left") != NULL);
}

Test(report, progress_off)
{
    struct weir_progress progress;
    capture();
    weir_progress_start(&progress, &run, 100);
    weir_progress_tick(&progress, 3, 50);
    weir_progress_tick(&progress, 4, 50);
    cr_assert(atomic_load(&progress.records) == 7 && atomic_load(&progress.bytes) == 100);
    weir_progress_stop(&progress);
    check_captured("");
}

Test(report, progress_lines)
{
    struct weir_progress progress;
    run.progress = true;
    capture();
    weir_progress_start(&progress, &run, 100);
    weir_progress_tick(&progress, 7, 50);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 300000000}, NULL);
    weir_progress_stop(&progress);
    const char *got = captured_text();
    cr_assert(strncmp(got, "weir: 50.0%, 50 B of 100 B, 7 records, ", 39) == 0, "%s", got);
    cr_assert(strchr(got, '\n') == got + strlen(got) - 1, "%s", got);

    run.log_json = true;
    capture();
    weir_progress_start(&progress, &run, 100);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 300000000}, NULL);
    weir_progress_stop(&progress);
    got = captured_text();
    cr_assert(strstr(got, "{\"level\": \"progress\", \"records\": 0, \"bytes\": 0, "
                          "\"total_bytes\": 100, \"seconds\": 1.0") == got,
              "%s", got);
}

Test(report, clock_goes_forward)
{
    const double before = weir_run_now_s();
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    const double passed = weir_run_now_s() - before;
    cr_assert(passed >= 0.02 && passed < 10);
}
