/* SPDX-License-Identifier: GPL-3.0-or-later */
/* End reports: what a command or job step did, on one line. */
#include "message.h"
#include "run.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

double weir_run_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct member {
    uint64_t count;
    const char *name;
};

struct line {
    char text[1024];
    size_t used;
};

static void append(struct line *line, const char *format, ...) WEIR_PRINTF(2, 3);
static void append(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line->text + line->used, sizeof line->text - line->used, format, args);
    va_end(args);
    if (n > 0 && line->used + (size_t)n < sizeof line->text)
        line->used += (size_t)n;
}

/* Work per second; 0 for work too short to be timed. */
static double rate(uint64_t amount, double seconds)
{
    return seconds > 0 ? (double)amount / seconds : 0;
}

/* A count that the line shows only when it is not 0: "3 bytes lost". */
static void append_count(struct line *line, const struct weir_report_count *count)
{
    if (count->count != 0)
        append(line, ", %" PRIu64 " %s%s %s", count->count, count->noun,
               count->count == 1 ? "" : "s", count->text);
}

/* The passes and how long they took. Who shares a pass has no rate of its own. */
static void append_speed(struct line *line, const struct weir_report *report)
{
    char number[WEIR_MESSAGE_NUMBER];
    if (report->generated) {
        append(line, ", %.3f s, %s records/s", report->seconds,
               weir_message_count(rate(report->rows_written, report->seconds), number));
        return;
    }
    if (report->combined != NULL || report->scans == 0) {
        append(line, "%s%s, %.3f s", report->combined != NULL ? " " : ", ",
               report->combined != NULL ? report->combined : "shared scan", report->seconds);
        return;
    }
    append(line, ", %" PRIu64 " %s, %.3f s, %s records/s", report->scans,
           report->scans == 1 ? "scan" : "scans", report->seconds,
           weir_message_count(rate(report->records_read, report->seconds), number));
    if (report->bytes_read != 0)
        append(line, ", %s/s",
               weir_message_bytes(rate(report->bytes_read, report->seconds), number));
}

static void print_text(const struct weir_run *run, const struct weir_report *report)
{
    struct line line = {.used = 0};
    char number[WEIR_MESSAGE_NUMBER];
    const char *rows = report->row_name != NULL ? report->row_name : "records";
    append(&line, "%s: ", report->command);
    if (report->combined == NULL && !report->generated)
        append(&line, "%" PRIu64 " records read, %" PRIu64 " filtered out, %" PRIu64 " used, ",
               report->records_read, report->records_filtered, report->records_used);
    append(&line, "%" PRIu64 " %.*s written (%s), %" PRIu64 " %s", report->rows_written,
           (int)strlen(rows) - (report->rows_written == 1), rows,
           weir_message_bytes((double)report->bytes_written, number), report->n_inputs,
           report->n_inputs == 1 ? "input" : "inputs");
    append_speed(&line, report);
    const struct weir_report_count counts[] = {
        {NULL, "record", "with last < first", report->records_bad_times},
        {NULL, "record", "with last < first dropped", report->records_dropped},
        {NULL, "block", "lost", report->blocks_lost},
        {NULL, "byte", "lost", report->bytes_lost},
        {NULL, "record", "lost", report->records_lost},
        {NULL, "phantom line", "left out", report->phantom_lines},
        {NULL, "notice", "left out", report->notice_lines},
        {NULL, "bad line", "rejected", report->rejected_lines},
        {NULL, "record", "without a flow skipped", report->records_skipped},
        {NULL, "record", "with interfaces lost", report->records_unmapped},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        append_count(&line, &counts[i]);
    for (size_t i = 0; i < report->n_counts; i++)
        append_count(&line, &report->counts[i]);
    weir_message_line(run, "%s", line.text);
}

static void print_json(const struct weir_report *report)
{
    const struct member counts[] = {
        {report->n_inputs, "n_inputs"},
        {report->records_read, "records_read"},
        {report->records_filtered, "records_filtered"},
        {report->records_used, "records_used"},
        {report->records_bad_times, "records_bad_times"},
        {report->records_dropped, "records_dropped"},
        {report->bytes_read, "bytes_read"},
        {report->rows_written, "rows_written"},
        {report->bytes_written, "bytes_written"},
        {report->blocks_lost, "blocks_lost"},
        {report->bytes_lost, "bytes_lost"},
        {report->records_lost, "records_lost"},
        {report->phantom_lines, "phantom_lines"},
        {report->notice_lines, "notice_lines"},
        {report->rejected_lines, "rejected_lines"},
        {report->records_skipped, "records_skipped"},
        {report->records_unmapped, "records_unmapped"},
        {report->scans, "scans"},
    };
    json_t *object = json_object();
    int failed = json_object_set_new(object, "level", json_string("report"));
    failed |= json_object_set_new(object, "command", weir_message_json_text(report->command));
    failed |= json_object_set_new(
        object, "row_name", json_string(report->row_name != NULL ? report->row_name : "records"));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        failed |=
            json_object_set_new(object, counts[i].name, json_integer((json_int_t)counts[i].count));
    for (size_t i = 0; i < report->n_counts; i++)
        failed |= json_object_set_new(object, report->counts[i].name,
                                      json_integer((json_int_t)report->counts[i].count));
    failed |= json_object_set_new(object, "seconds", json_real(report->seconds));
    failed |= json_object_set_new(
        object, "records_per_second",
        json_real(rate(report->generated ? report->rows_written : report->records_read,
                       report->seconds)));
    failed |= json_object_set_new(object, "bytes_per_second",
                                  json_real(rate(report->bytes_read, report->seconds)));
    if (failed != 0) {
        json_decref(object);
        object = NULL;
    }
    weir_message_json(object);
}

void weir_report_print(const struct weir_run *run, const struct weir_report *report)
{
    if (run->quiet)
        return;
    if (run->log_json)
        print_json(report);
    else
        print_text(run, report);
}
