/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing merged records: the trace is copied once more, without what has been swallowed and with
 * what leaves the cache at each record; the flows that are still open follow at the end.
 */
#ifndef WEIR_MERGE_WRITE_H
#define WEIR_MERGE_WRITE_H

#include "merge_build.h"

struct weir_merge_sink {
    const struct weir_format *format; /* NULL: nowhere */
    struct weir_writer *writer;       /* made for layout.out, with one lane per thread */
};

struct weir_merge_output {
    struct weir_merge_sink records;
    struct weir_merge_sink rejects; /* overlapping flows and records, in the order they met */
    struct weir_progress *progress; /* or NULL */
    weir_u128 octets;               /* result: of all records that were read */
};

/* Writes what the finished `build` has merged; the writers stay the caller's, to be committed or
 * discarded. WEIR_LIMIT naming a record when a value does not fit its column, WEIR_MEMORY, WEIR_IO,
 * WEIR_CANCELLED. */
enum weir_status weir_merge_write(struct weir_merge_build *build, struct weir_merge_output *output,
                                  struct weir_error *err) WEIR_MUST_CHECK;

#endif
