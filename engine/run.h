/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resources of one run: threads, memory, kernels, scratch space, and how it reports.
 *
 * main fills one struct weir_run from the global options and passes it down; it is read-only
 * afterwards save for the memory account inside.
 */
#ifndef WEIR_RUN_H
#define WEIR_RUN_H

#include "cpu.h"
#include "kernel.h"
#include "mem.h"
#include "shelf.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_run {
    int n_threads;               /* 1 .. WEIR_THREADS_MAX */
    enum weir_cpu cpu;           /* level that variants may use */
    struct weir_kernels kernels; /* chosen for `cpu` */
    struct weir_mem mem;         /* the budget */
    struct weir_shelf *shelf;    /* of the job that is running, else NULL */
    const char *manifest;        /* likewise: the file that tells what it has done; may be NULL */
    const char *step;            /* of a job, while it works by itself: log lines name it */
    const char *scratch;         /* --scratch, or NULL: $TMPDIR, else beside the output */
    bool sync;                   /* flush outputs before they appear (--no-sync: false) */
    bool progress;               /* show progress on the terminal */
    bool log_json;               /* --log json */
    bool quiet;                  /* no end report and no notes; warnings stay */
};

/* A count that only one command has. */
struct weir_report_count {
    const char *name; /* member of the JSON object: "records_merged" */
    const char *noun; /* in the singular: "record" */
    const char *text; /* what follows it: "merged" */
    uint64_t count;   /* text leaves it out when it is 0 */
};

/* Totals of one scan, as the end report prints them. Exact. */
struct weir_report {
    const char *command;        /* "hist", ...; or the name of a job step */
    uint64_t n_inputs;          /* files and traces opened */
    uint64_t records_read;      /* records inside --skip-in/--count-in */
    uint64_t records_filtered;  /* of those: turned down by the filter */
    uint64_t records_dropped;   /* of those: last < first, under --bad-times drop */
    uint64_t records_used;      /* handed to the consumer */
    uint64_t records_bad_times; /* last < first: counted as duration 0 */
    uint64_t bytes_read;        /* size of the inputs; 0 where unknown: streams, parts of inputs */
    const char *row_name;       /* what the rows of the output are: "bins"; NULL: "records" */
    uint64_t rows_written;
    uint64_t bytes_written;
    uint64_t blocks_lost, bytes_lost, records_lost; /* under --salvage */
    uint64_t phantom_lines, notice_lines, rejected_lines, records_skipped;
    uint64_t records_unmapped; /* interfaces lost under --salvage */
    uint64_t scans;            /* passes over the input: 1; 0 for a step that shared another's */
    const char *combined;      /* what was done with inputs that are results and hold no records:
                                  "added up"; NULL where there are records */
    bool generated;            /* the records that were written have not been read anywhere */
    const struct weir_report_count *counts; /* the command's own, until the report is printed */
    size_t n_counts;
    double seconds;
};

/* Prints the end report of a command or job step on stderr: one line of text, or one JSON object
 * with --log json. Quiet runs print nothing. */
void weir_report_print(const struct weir_run *run, const struct weir_report *report);

/* Seconds of a monotonic clock. */
double weir_run_now_s(void);

#endif
