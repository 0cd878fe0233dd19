/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global options: accepted before the command and after it, by every command. They, and the
 * environment, become the struct weir_run that everything below works with.
 *
 * Environment: WEIR_CPU=ref|avx2|avx512 limits the kernel variants, TMPDIR is the default of
 * --scratch, WEIR_FAIL_ALLOC=N makes the N-th request for memory fail (for tests).
 */
#ifndef WEIR_GLOBAL_H
#define WEIR_GLOBAL_H

#include "option.h"
#include "run.h"

#define WEIR_MEMORY_LEAST_BYTES ((uint64_t)64 << 20)

/* Zero-initialised = defaults. */
struct weir_global {
    int64_t threads;       /* 0: as many as CPUs */
    uint64_t memory_bytes; /* when memory_given */
    bool memory_given;
    const char *scratch; /* or NULL */
    bool no_sync;
    int log; /* 0 text, 1 json */
    bool progress;
    bool quiet;
    bool version;
};

extern const struct weir_option_group weir_global_options;

/* Variables of the environment that users may set; the last row has name NULL. */
struct weir_global_variable {
    const char *name;
    const char *help;
};
extern const struct weir_global_variable weir_global_variables[];

/* Starts the memory account, without a budget yet; everything else is zero. WEIR_USAGE for a bad
 * WEIR_FAIL_ALLOC. */
enum weir_status weir_global_begin(struct weir_run *run, struct weir_error *err) WEIR_MUST_CHECK;

/* Takes over how messages look: --log, --quiet, --progress. Also useful when parsing has failed. */
void weir_global_apply_style(const struct weir_global *global, struct weir_run *run);

/* Turns options and environment into the resources of `run`, which has been begun and may hold
 * memory already. WEIR_USAGE: a budget below WEIR_MEMORY_LEAST_BYTES, a scratch directory that is
 * none or cannot be written, an unknown or unsupported WEIR_CPU. Strings are borrowed from `global`
 * and the environment. */
enum weir_status weir_global_apply(const struct weir_global *global, struct weir_run *run,
                                   struct weir_error *err) WEIR_MUST_CHECK;

#endif
