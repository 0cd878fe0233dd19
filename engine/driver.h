/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The driver: takes steps from parameters to finished outputs, sharing scans where inputs agree.
 *
 *     struct weir_step step = {.command = command, .name = command->name, .run = run, ...};
 *     status = weir_driver_prepare(&step, err);
 *     if (status == WEIR_OK)
 *         status = weir_driver_scan(run, &step, 1, err);
 *     weir_driver_release(&step);
 */
#ifndef WEIR_DRIVER_H
#define WEIR_DRIVER_H

#include "command.h"

/* Checks that the parameters of one step make sense without touching any file: parses the filter
 * into step->filter, finds the format, calls prepare. WEIR_USAGE. Needs weir_driver_release, also
 * after a failure. */
enum weir_status weir_driver_prepare(struct weir_step *step,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Scans once for all `steps`, which were prepared and have the same inputs, format and salvage
 * option, then finishes each in order and prints its end report. Stops at the first failure. */
enum weir_status weir_driver_scan(struct weir_run *run, struct weir_step *steps, size_t n_steps,
                                  struct weir_error *err) WEIR_MUST_CHECK;

/* Lets the command give back what the step holds; the parameters stay the caller's. */
void weir_driver_release(struct weir_step *step);

/* True when two prepared steps may share one scan. */
bool weir_driver_shares_input(const struct weir_step *a, const struct weir_step *b);

#endif
