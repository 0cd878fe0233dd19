/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sums by key of one thread: a table that grows as long as memory allows it, and a scratch file
 * that it is emptied into when it may not.
 *
 * Entries are written in the order of their hashes, in extents that know the range of theirs. The
 * same key may be in the table and in many extents.
 */
#ifndef WEIR_TOP_LANE_H
#define WEIR_TOP_LANE_H

#include "top_keys.h"
#include "top_table.h"

#define WEIR_TOP_EXTENT_ENTRIES 1024

struct weir_top_extent {
    uint64_t offset_bytes;
    size_t n_entries;
    uint64_t low, high; /* least and largest hash in it */
};

/* What the lanes have in common; read-only while they work. */
struct weir_top_plan {
    struct weir_top_keys keys;
    const char *scratch; /* directory for what does not fit */
    struct weir_mem *mem;
    size_t lane_bytes; /* memory that the table of a lane may take */
};

struct weir_top_lane {
    const struct weir_top_plan *plan;
    struct weir_top_table table;
    int fd; /* -1: nothing was written out */
    uint64_t end_bytes;
    struct weir_top_extent *extent;
    size_t n_extents, extent_capacity;
    uint64_t *buffer; /* an extent; NULL until needed */
    /* scratch for one chunk */
    uint64_t *converted[WEIR_N_FIELDS];
    const uint64_t *field[WEIR_N_FIELDS];
    uint64_t *key;  /* n_words times WEIR_TOP_RECORDS */
    uint64_t *hash; /* WEIR_TOP_RECORDS */
    uint64_t *scratch;
};

/* Makes a lane; call it on the thread that will use it, so that its pages lie near. `plan` is
 * borrowed. WEIR_MEMORY. */
enum weir_status weir_top_lane_new(const struct weir_top_plan *plan, struct weir_top_lane **lane,
                                   struct weir_error *err) WEIR_MUST_CHECK;
void weir_top_lane_free(struct weir_top_lane *lane);

/* Adds the records of a batch. WEIR_FORMAT with *bad as of weir_fields_load; WEIR_MEMORY, WEIR_IO
 * from emptying the table. */
enum weir_status weir_top_lane_add(struct weir_top_lane *lane, const struct weir_batch *batch,
                                   size_t *bad, struct weir_error *err) WEIR_MUST_CHECK;

#endif
