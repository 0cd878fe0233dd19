/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job files: a line of steps in one page of YAML, checked as a whole before anything runs.
 *
 *     job: campus-hour
 *     output: out                    # everything lands below; relative to the job file
 *     let: {b: 12}
 *     input: dumps/nfcapd.2015*      # format detected; or {path: [...], in-format: csv_flow}
 *     steps:
 *       hists:
 *         matrix: {proto: {all: "", tcp: prot==6, udp: prot==17}, x: [length, size]}
 *         hist: {x-value: $x, bin-exp: $b, filter-expr: $proto}
 *         to: histograms/$proto.key/$x.csv
 *
 * A step names one command, whose keys are the command's long options. `from` names the step (or
 * list of steps) whose outputs it reads, the job's `input` by default; `to` names its output below
 * `output`. `matrix` repeats a step for every combination of its axes: a list gives values, a map
 * gives named values ($axis is the value, $axis.key the name). `let` defines variables. `$name`
 * and `${name}` are replaced inside every scalar below `input` and `steps`; `$$` is a dollar.
 *
 * Reading reports every mistake of the file in one go, each as FILE:LINE:COLUMN with the line and
 * a caret; nothing runs unless all is well. Steps that read the same input share one scan.
 */
#ifndef WEIR_JOB_H
#define WEIR_JOB_H

#include "command.h"
#include "run.h"

#include <stdio.h>

struct weir_job;

/* Reads and checks a job file. Mistakes are written to `complaints` (text, several lines), up to
 * 20 of them; the status is then WEIR_USAGE and err says how many there are. WEIR_IO, WEIR_MEMORY.
 * On success *job is the caller's. */
enum weir_status weir_job_open(const char *path, struct weir_run *run, FILE *complaints,
                               struct weir_job **job, struct weir_error *err) WEIR_MUST_CHECK;
void weir_job_close(struct weir_job *job);

/* Prints what would be done: scans, steps, inputs, outputs, options that differ from defaults. */
void weir_job_print_plan(const struct weir_job *job, FILE *out);

/* Runs all steps in the order of their references, one scan per group of steps with the same
 * input; stops at the first failure, which names the step. */
enum weir_status weir_job_run(struct weir_job *job, struct weir_error *err) WEIR_MUST_CHECK;

#endif
