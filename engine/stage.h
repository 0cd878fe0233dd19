/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a step as one open trace, which can be read in any order and any number of times.
 *
 * A single trace that is taken as a whole, or a range of it, is opened where it lies, on disk or on
 * the shelf of the job (direct: no scan, no copy). Whatever else the step reads (several inputs,
 * other formats, standard input, a filter, a choice by times, slices of the output, shards) passes
 * through the ordinary scan into a nameless trace: in memory as far as a quarter of it goes, and
 * beyond that in the scratch directory, gone however the process ends (staged).
 * Either way records stand in input order.
 *
 *     prepare:  status = weir_stage_new(step, &stage, err);
 *               step->consumer = weir_stage_consumer(stage, create_output, state);
 *     combine:  status = weir_stage_open_direct(stage, done, err);
 *               if (status == WEIR_OK && *done) { weir_stage_report(stage, report); work; }
 *     finish:   status = weir_stage_open_scratch(stage, err); work;
 *     release:  weir_stage_free(stage);
 *
 * A stage belongs to one step; the trace may be viewed by any thread.
 */
#ifndef WEIR_STAGE_H
#define WEIR_STAGE_H

#include "columns.h"
#include "command.h"

struct weir_stage;

/* Makes the stage of a step; touches no file. WEIR_MEMORY. The stage is the caller's to free before
 * the step's parameters are; a failure leaves *stage NULL. */
enum weir_status weir_stage_new(struct weir_step *step, struct weir_stage **stage,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* Closes the trace and removes what was staged; NULL is allowed. */
void weir_stage_free(struct weir_stage *stage);

/* What a command does with the source open, before a scan: it creates its output. */
typedef enum weir_status weir_stage_before(void *context, struct weir_error *err);

/* An ordered sink that takes every column. Its `begin` calls `before` (NULL: nothing), whose
 * failure it returns, and makes the nameless trace. */
struct weir_consumer weir_stage_consumer(struct weir_stage *stage, weir_stage_before *before,
                                         void *context);

/* In `combine`: opens the input when it can be used as it is; else *direct is false and the driver
 * scans. WEIR_USAGE when --output is a file of the trace; statuses of weir_columns_open. */
enum weir_status weir_stage_open_direct(struct weir_stage *stage, bool *direct,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* After weir_stage_open_direct: fills in the report what a scan would have counted. */
void weir_stage_report(const struct weir_stage *stage, struct weir_report *report);

/* In `finish`: ends the writing of the nameless trace and opens it. WEIR_IO, WEIR_MEMORY. */
enum weir_status weir_stage_open_scratch(struct weir_stage *stage,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* The open trace, with every column mapped, and the range of its records that the step takes:
 * [*begin, *begin + *n). Borrowed until the stage is freed. */
const struct weir_columns *weir_stage_columns(const struct weir_stage *stage, uint64_t *begin,
                                              uint64_t *n);

#endif
