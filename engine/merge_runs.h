/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs: the candidates of a unit of records, as rows, in memory or in a scratch file.
 *
 * The rows of a run are grouped by partition of their keys' hashes, and within one stand in input
 * order. They can be read for a range of partitions or as a whole, changed, and written back. Runs
 * stay in memory until their budget is used up; later ones go to a scratch file.
 *
 * A slot is the number of a row among all: see weir_merge_slot.
 *
 * Different runs, and different rows of a run, may be used by several threads at a time.
 */
#ifndef WEIR_MERGE_RUNS_H
#define WEIR_MERGE_RUNS_H

#include "mem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_merge_runs;

struct weir_merge_runs_request {
    size_t row_bytes;
    uint64_t n_units;
    size_t n_partitions;
    size_t budget_bytes; /* of runs in memory; 0: half of what `mem` has left */
    const char *scratch; /* directory; borrowed until free */
    struct weir_mem *mem;
};

#define WEIR_MERGE_SLOT_BITS 24 /* of the number of a row in its run */

static inline uint64_t weir_merge_slot(uint64_t unit, size_t row)
{
    return unit << WEIR_MERGE_SLOT_BITS | row;
}

/* Starts without rows. WEIR_MEMORY. */
enum weir_status weir_merge_runs_new(const struct weir_merge_runs_request *request,
                                     struct weir_merge_runs **runs,
                                     struct weir_error *err) WEIR_MUST_CHECK;
void weir_merge_runs_free(struct weir_merge_runs *runs); /* NULL is allowed */

/* Keeps a copy of the rows of `unit`, once per unit: rows starts[p] .. starts[p + 1] - 1 are those
 * of partition p. WEIR_MEMORY, WEIR_IO. */
enum weir_status weir_merge_runs_put(struct weir_merge_runs *runs, uint64_t unit,
                                     const unsigned char *rows, const uint32_t *starts,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* Rows of one unit in hand. */
struct weir_merge_piece {
    unsigned char *rows; /* in the runs' memory, or in `buffer` */
    uint64_t unit;
    size_t begin, n;       /* rows begin .. begin + n - 1 of the run */
    unsigned char *buffer; /* of the caller's thread: NULL at first, freed with piece_release */
    size_t buffer_bytes;
};
void weir_merge_piece_release(struct weir_merge_runs *runs, struct weir_merge_piece *piece);

/* Reads the rows of partitions [begin, end) of `unit` into *piece, whose buffer is used again.
 * WEIR_MEMORY, WEIR_IO. */
enum weir_status weir_merge_runs_read(struct weir_merge_runs *runs, uint64_t unit, size_t begin,
                                      size_t end, struct weir_merge_piece *piece,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* As above, for the one row of a slot. */
enum weir_status weir_merge_runs_read_slot(struct weir_merge_runs *runs, uint64_t slot,
                                           struct weir_merge_piece *piece,
                                           struct weir_error *err) WEIR_MUST_CHECK;

/* Writes a piece back. WEIR_IO. */
enum weir_status weir_merge_runs_write(struct weir_merge_runs *runs,
                                       const struct weir_merge_piece *piece,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Rows of partition `p` in all runs, and of `unit` in all partitions. */
uint64_t weir_merge_runs_rows(const struct weir_merge_runs *runs, size_t p);
size_t weir_merge_runs_unit_rows(const struct weir_merge_runs *runs, uint64_t unit);

/* Bytes of the scratch file; 0 when all runs are in memory. */
uint64_t weir_merge_runs_scratch_bytes(const struct weir_merge_runs *runs);

#endif
