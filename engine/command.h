/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands: one descriptor each, for the command line and for steps of a job.
 *
 * A scanning command (convert, hist, ...) does not run its own loop: it says what it wants to
 * read and offers a consumer; the driver (driver.h) opens the source, scans once for all commands
 * that share it, and lets each finish. So a command alone, and six commands as steps of a job, take
 * the same path. A command whose inputs are results of others does all of its work in `combine`.
 * Commands that read neither (run, version, help) have `run` instead.
 */
#ifndef WEIR_COMMAND_H
#define WEIR_COMMAND_H

#include "option.h"
#include "run.h"
#include "scan.h"
#include "source.h"

/* What becomes of records whose last packet came before their first one. */
enum weir_bad_times {
    WEIR_BAD_TIMES_CLAMP, /* used as they are; durations and rates count as 0 */
    WEIR_BAD_TIMES_DROP,  /* left out and counted */
    WEIR_BAD_TIMES_ERROR  /* the first one ends the command */
};

/* Options that every scanning command takes. First member of its parameter struct. */
struct weir_scan_params {
    struct weir_words paths; /* operands: inputs */
    const char *in_format;   /* name, or NULL */
    const char *output;      /* --output, "-" by default */
    const char *filter_expr; /* or NULL */
    const char *from, *to;   /* window of time (time_window.h), or NULL */
    int64_t skip_in, count_in, skip_out, count_out;
    bool count_in_given, count_out_given;
    bool salvage;
    const char *rejects; /* file for bad lines of text, or NULL */
    int bad_times;       /* enum weir_bad_times */
    const char *shard;   /* "i/n", or NULL */
};

/* The rows of struct weir_scan_params: --in-format and --output, for which a command may have rows
 * of its own, and behind them all others. */
extern const struct weir_option_group weir_in_out_options;
extern const struct weir_option_group weir_scan_options;

struct weir_step;

struct weir_command {
    const char *name;
    const char *alias;       /* second name, or NULL */
    const char *summary;     /* one line */
    const char *description; /* paragraphs for --help */
    bool tells_sampling;     /* the driver warns when the records look sampled */
    const char *operands;    /* "PATH..." for usage lines, or NULL */
    size_t min_operands;
    const char *example;            /* an example command line for --help */
    struct weir_option_set options; /* the command's own groups; global ones are added */
    size_t params_bytes;            /* size of the parameter struct */
    bool reads_histograms;          /* `combine` takes csv_hist files: --in-format may say so */
    bool writes_histogram;          /* one csv_hist file, which steps with `combine` can read */
    bool reads_models;              /* `combine` takes directories of mixtures */
    bool writes_models;             /* such a directory */
    bool reads_no_records;          /* nothing but results: `combine` does everything */
    bool writes_directory;          /* --output is a directory, whatever the format */
    bool shows_job;                 /* as a step: comes last, runs whenever another one does, and
                                       reads what all others write unless it names steps */

    /* Scanning commands. prepare: checks parameters, and fills step->consumer (fields, functions)
     * and step->state; the output is created in consumer.begin or later, so that a dry run touches
     * nothing. WEIR_USAGE for options that make no sense. */
    enum weir_status (*prepare)(struct weir_step *step, struct weir_error *err);
    /* NULL, or asked before anything is scanned: when the inputs need no scan, because they are
     * results that the command takes (`combined` of the report) or one trace that it reads in
     * its own order, does all of it, fills the report and sets *done, which arrives false. */
    enum weir_status (*combine)(struct weir_step *step, bool *done, struct weir_report *report,
                                struct weir_error *err);
    /* After a good scan: combines partials, writes, commits; fills report->rows_written and
     * bytes_written. */
    enum weir_status (*finish)(struct weir_step *step, struct weir_report *report,
                               struct weir_error *err);
    /* Always called in the end; discards what was not committed, frees step->state. */
    void (*release)(struct weir_step *step);

    /* Other commands. */
    enum weir_status (*run)(struct weir_run *run, void *params, const struct weir_words *operands,
                            struct weir_error *err);
};

/* One command with its parameters, alone or in a job. */
struct weir_step {
    const struct weir_command *command;
    const char *name; /* the command's, or the step's in a job */
    struct weir_run *run;
    void *params;                  /* command->params_bytes, starts with struct weir_scan_params */
    struct weir_consumer consumer; /* filled by prepare */
    void *state;                   /* the command's own */
    struct weir_filter *times;     /* good times, for --bad-times; or NULL */
    struct weir_filter *filter;    /* parsed by the driver before prepare, or NULL */
    struct weir_source *source;    /* open when consumer.begin is called */
    bool done;                     /* by combine: takes no part in a scan */
    struct weir_report report;     /* what it did, once it has; without `counts` */
};

/* All commands; *n is their number. Static storage. */
const struct weir_command *const *weir_command_list(size_t *n);

/* Finds a command by name or alias ('-' and '_' count the same); NULL when there is none. */
const struct weir_command *weir_command_find(const char *name);

#endif
