/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of steps that write one result: the output, and the directory for what memory cannot hold.
 */
#ifndef WEIR_STEP_FILE_H
#define WEIR_STEP_FILE_H

#include "command.h"
#include "output.h"

/* True when `output` is a file and one of `paths`, under whatever name. */
bool weir_step_replaces(const char *output, const char *const *paths, size_t n_paths);

/* WEIR_USAGE when the output is one of the files that the step reads, which it would replace: an
 * operand (unless `in_place`: a file converted onto itself is meant), or, with the source open, a
 * file of a directory or trace among them. */
enum weir_status weir_step_check_output(const struct weir_step *step, bool in_place,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* Checks and creates the output that the step's --output names. Do it before the scan, because
 * finding out afterwards that it cannot be written would be a waste, and write when the result is
 * complete. WEIR_USAGE as above; WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_step_create_output(const struct weir_step *step, struct weir_output **output,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* The format called `name` of --out-format, in which records can be written. WEIR_USAGE: there is
 * none, or it writes a directory and --output is standard output. */
enum weir_status weir_step_find_format(const struct weir_step *step, const char *name,
                                       const struct weir_format **format,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* True when the output of the step is kept for later steps of the job only. */
bool weir_step_is_kept(const struct weir_step *step);

/* Sets request->path to `path`, an output of the step, and where it is that of a trace on the shelf
 * request->nameless to `nameless`, which then tells its place. */
void weir_step_set_place(const struct weir_step *step, const char *path,
                         struct weir_columns_nameless *nameless,
                         struct weir_create_request *request);

/* The directory for scratch files: the run's, else that of the output. *owned is what the caller
 * frees in the end, or NULL; it must live as long as the directory is used. WEIR_MEMORY. */
enum weir_status weir_step_find_scratch(const struct weir_step *step, char **owned,
                                        const char **directory,
                                        struct weir_error *err) WEIR_MUST_CHECK;

#endif
