/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest of a job: what its outputs were made of, in OUTPUT/manifest.json, so that results
 * can be traced back, and so that a second run does only what has changed.
 *
 *     {"weir": "0.1.0", "job": "campus-hour", "job_file": "datasets/demo.yaml", "threads": 2,
 *      "cpu": "avx512", "steps": [
 *       {"step": "histograms[proto=tcp,x=length]", "command": "hist",
 *        "options": ["x-value", "length", "bin-exp", "12"],
 *        "inputs": [{"path": "out/trace", "files": 21, "bytes": 526000, "mtime_ns": 1764000000...,
 *                    "listing": "9f86d081884c7d65"}],
 *        "outputs": [{"path": "out/histograms/tcp/length.csv", ...}],
 *        "seconds": 0.02, "records_read": 7107, "records_used": 6200, "row_name": "bins",
 *        "rows_written": 140, "bytes_written": 3100}, ...]}
 *
 * Paths are as seen from the job file, and described by their files (job_listing.h): number,
 * bytes, the newest change, a hash over names, sizes and times of change of them all, and on
 * request one over the contents. A trace that is kept for other steps has just its path.
 *
 * A step is current when the manifest has it with the same command, options and version of weir,
 * and its inputs and outputs are what they were. It runs when it is not current, when a step that
 * it reads runs, when it keeps a trace for a step that runs, or when it shows the job and any step
 * runs.
 *
 * A manifest belongs to one thread.
 */
#ifndef WEIR_JOB_MANIFEST_H
#define WEIR_JOB_MANIFEST_H

#include "job_model.h"

#define WEIR_JOB_MANIFEST "manifest.json"

struct weir_manifest;

/* Reads what a former run has left, and sets `runs` of every instance; with `all` true for each.
 * Without a manifest, or with one of another version, nothing is current. WEIR_FORMAT: a file of
 * that name is no manifest; WEIR_MEMORY. Close it whatever the status. */
enum weir_status weir_manifest_open(struct weir_job *job, bool all, struct weir_manifest **manifest,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Before instance number `i` runs: describes its inputs. WEIR_MEMORY. */
enum weir_status weir_manifest_begin(struct weir_manifest *manifest, size_t i,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* After it: describes its outputs, and notes what it did. WEIR_MEMORY. */
enum weir_status weir_manifest_note(struct weir_manifest *manifest, size_t i,
                                    const struct weir_report *report,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Writes the steps that were noted, or current, in the order of the job; nothing where there are
 * none. As often as one likes: each file takes the place of the last one. WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_manifest_write(struct weir_manifest *manifest,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* True when it was last written, or opened, some seconds ago: so much work would be done again
 * after a crash. */
bool weir_manifest_is_due(const struct weir_manifest *manifest);

/* Where it lies; valid until it is closed. */
const char *weir_manifest_path(const struct weir_manifest *manifest);

/* NULL is allowed. */
void weir_manifest_close(struct weir_manifest *manifest);

#endif
