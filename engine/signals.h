/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What signals do to the program.
 *
 * SIGINT, SIGTERM and SIGHUP ask a scan to stop (guard.h) and make blocked system calls of all
 * threads return; the second one removes temporary files and ends the process at once with
 * 128 + its number. SIGBUS, which means that a mapped input has shrunk, names the input, removes
 * temporary files and exits with 1. SIGPIPE and SIGXFSZ are ignored, so that writes fail with a
 * message instead.
 */
#ifndef WEIR_SIGNALS_H
#define WEIR_SIGNALS_H

#include "run.h"

/* Installs the handlers. Call once, in main, before threads exist; of `run` only the way messages
 * look is kept. SIGHUP stays ignored where it is (nohup). */
void weir_signals_install(const struct weir_run *run);

#endif
