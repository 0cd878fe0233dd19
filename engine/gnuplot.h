/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running gnuplot: a child process without a shell between. */
#ifndef WEIR_GNUPLOT_H
#define WEIR_GNUPLOT_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

/* Runs gnuplot, found on $PATH, on `n` scripts (names in `directory`) one after the other, with
 * `directory` as its working directory and none of the user's settings. What it says on standard
 * output and error goes to the file `messages` there, which is made. *missing: there is no such
 * program (WEIR_IO); it arrives false. WEIR_IO with its first message: it failed; a message of one
 * that succeeds becomes a warning. WEIR_CANCELLED after SIGINT or SIGTERM: it was killed. One
 * thread at a time. */
enum weir_status weir_gnuplot_run(const char *directory, const char *const *scripts, size_t n,
                                  const char *messages, bool *missing,
                                  struct weir_error *err) WEIR_MUST_CHECK;

#endif
