/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job files: a line of steps in one page of YAML, checked as a whole before anything runs.
 *
 *     job: campus-hour               # the file's name by default
 *     output: out                    # everything lands below; relative to the job file
 *     let: {b: 12}
 *     input: dumps/nfcapd.2015*      # format detected; or {path: [...], in-format: csv_flow}
 *     steps:
 *       hists:
 *         matrix: {proto: {all: "", tcp: prot==6, udp: prot==17}, x: [length, size]}
 *         hist: {x-value: $x, bin-exp: $b, filter-expr: $proto}
 *         to: histograms/$proto.key/$x.csv
 *
 * A step names one command, whose keys are the command's long options; the start of a name will do
 * where it is unique, and so will an option's letter. `from` names the step (or list of steps)
 * whose outputs it reads, the job's `input` by default, unless it has an `input` of its own. `to`
 * names its output below `output`; a trace that other steps read needs none: it is kept in memory,
 * or where that is short in scratch files, until the last of them has read it. (As options of a
 * command, inside its map, `from` and `to` are times.) `input` is a path or pattern (* ? [...])
 * relative to the job file, a list of them, or a map of `path`, `in-format` and `salvage`.
 *
 * `let` defines variables, each of which may use those above it. `matrix` repeats a step for every
 * combination of its axes: a list gives values, a map gives named values ($axis is the value,
 * $axis.key the name). A step that reads from such a step and uses its axes is repeated along with
 * it, each instance reading what agrees with it. `$name` and `${name}` are replaced in every value
 * (not in keys); `$$` is a dollar.
 *
 * Reading reports every mistake of the file in one go, each as FILE:LINE:COLUMN with the line and
 * a caret; nothing runs unless all is well. Steps that read the same input share one scan.
 *
 * A job belongs to one thread.
 */
#ifndef WEIR_JOB_H
#define WEIR_JOB_H

#include "command.h"
#include "run.h"

#include <stdio.h>

struct weir_job;

/* What to open, and what the command line has to say about it. */
struct weir_job_request {
    const char *path;             /* the job file; borrowed until the job is closed */
    const char *output;           /* instead of the file's `output`, or NULL; relative to the
                                     current directory; borrowed likewise */
    bool all;                     /* run steps that are current, too */
    bool no_manifest;             /* and take no notice of a manifest, nor write one */
    bool hashes;                  /* the manifest has hashes of the contents of files */
    const struct weir_words *let; /* NAME=VALUE each, instead of variables of the file; or NULL;
                                     borrowed likewise */
    FILE *complaints;             /* where mistakes and warnings go (text, several lines) */
};

/* Reads and checks a job file, without touching any output. Mistakes are written to `complaints`,
 * up to 20 of them; the status is then WEIR_USAGE and err says how many there are. WEIR_USAGE also
 * for a bad `let` of the request; WEIR_IO when the job file cannot be read; WEIR_MEMORY. On success
 * *job is the caller's; `run` must outlive it. */
enum weir_status weir_job_open(const struct weir_job_request *request, struct weir_run *run,
                               struct weir_job **job, struct weir_error *err) WEIR_MUST_CHECK;

/* Gives everything back; NULL is allowed. */
void weir_job_close(struct weir_job *job);

/* WEIR_OK when two jobs can both be run: no output of one is, or lies inside, an output of the
 * other. WEIR_USAGE names two that do not go together. */
enum weir_status weir_job_check_apart(const struct weir_job *a, const struct weir_job *b,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Prints what would be done: scans, steps, inputs, outputs, options that differ from defaults, and
 * which steps would not run. Statuses of weir_manifest_open. */
enum weir_status weir_job_print_plan(struct weir_job *job, FILE *out,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Runs the steps that are not current (job_manifest.h) in the order of their references, one scan
 * per group of steps with the same input; stops at the first failure, which names the step. The
 * manifest tells what was done, then too. Outputs of scans that were done before
 * stay; the failing scan leaves none, but those that were complete and in place when the system
 * refused a later one. */
enum weir_status weir_job_run(struct weir_job *job, struct weir_error *err) WEIR_MUST_CHECK;

#endif
