/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A writer's lane: records gathered per column until their block is written to the trace.
 *
 * The layout is shared and read-only; a lane belongs to one thread at a time.
 */
#ifndef WEIR_BINARY_LANE_H
#define WEIR_BINARY_LANE_H

#include "format.h"

#define WEIR_BINARY_COLUMNS_MAX (WEIR_N_FIELDS + WEIR_CUSTOM_COLUMNS_MAX)

struct weir_binary_column {
    const char *name;      /* for messages */
    enum weir_type type;   /* in which values are gathered */
    enum weir_type narrow; /* of the file at first: U16 for interface columns gathered as U32 */
    enum weir_field field; /* or WEIR_N_FIELDS for custom columns */
    size_t custom;         /* index among the custom columns */
};

struct weir_binary_layout {
    struct weir_mem *mem;
    struct weir_schema schema;
    size_t n_columns;
    struct weir_binary_column column[WEIR_BINARY_COLUMNS_MAX]; /* order of columns.h drafts */
};

struct weir_binary_lane {
    uint64_t begin; /* place of the first record in the output */
    size_t n;       /* gathered records */
    size_t capacity;
    struct {
        void *values; /* n values of the gathered type */
        bool exceeds; /* a value does not fit the narrow type */
        bool wide;    /* this block is written in the gathered type */
    } column[WEIR_BINARY_COLUMNS_MAX];
};

/* Derives the layout of `schema`; *narrow gets the types that the files start with. */
void weir_binary_layout_init(struct weir_binary_layout *layout, const struct weir_schema *schema,
                             struct weir_schema *narrow, struct weir_mem *mem);

/* Appends a batch. WEIR_MEMORY; WEIR_LIMIT naming column and value when one does not fit, with the
 * index of its record in *bad. */
enum weir_status weir_binary_lane_add(struct weir_binary_lane *lane,
                                      const struct weir_binary_layout *layout,
                                      const struct weir_batch *batch, size_t *bad,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* The values of a column as they go to its file; narrows them in place when the block is not
 * wide, so call it once per block. */
const void *weir_binary_lane_values(struct weir_binary_lane *lane,
                                    const struct weir_binary_layout *layout, size_t column);

void weir_binary_lane_release(struct weir_binary_lane *lane,
                              const struct weir_binary_layout *layout);

#endif
