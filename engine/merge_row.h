/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: flow records taken out of their columns for merging, and what becomes of them.
 *
 * A row holds what merging needs of one record: the key, as the bytes of the key columns back to
 * back, and times and sums as numbers. A row is also a *slot* for results: when the record has
 * arrived, its row may hold another flow of the same key that leaves the cache at that moment.
 * Whatever else a flow has (custom columns) is that of the record `source`, its first part.
 *
 * Rows stand in arrays with a stride of layout->row_bytes. All functions are pure.
 */
#ifndef WEIR_MERGE_ROW_H
#define WEIR_MERGE_ROW_H

#include "format.h"
#include "number.h"

#define WEIR_MERGE_KEYS 14 /* fields WEIR_AF .. WEIR_DP */

/* What is written when the record arrives, in this order, and what at the end of the input. */
enum weir_merge_outcome {
    WEIR_MERGE_FLOW = 1,      /* the flow in the slot */
    WEIR_MERGE_SELF = 2,      /* the record, as it came */
    WEIR_MERGE_REJECT = 4,    /* nothing: the flow in the slot and the record overlap */
    WEIR_MERGE_END = 8,       /* at the end: the flow in the slot */
    WEIR_MERGE_END_SELF = 16, /* at the end: the record, as it came */
    WEIR_MERGE_END_LINK = 32  /* at the end: the flow in slot `hash` */
};

/* Sums in the order of their fields. */
enum weir_merge_sum { WEIR_MERGE_PACKETS, WEIR_MERGE_OCTETS, WEIR_MERGE_AGGS, WEIR_MERGE_SUMS };

struct weir_merge_row {
    uint64_t hash;    /* of the key's bytes; or the number of a slot: WEIR_MERGE_END_LINK */
    uint32_t at;      /* number of the record within its unit; stays */
    uint32_t outcome; /* set of enum weir_merge_outcome */
    uint64_t source;  /* position of the flow's first part in the trace */
    uint64_t parts;   /* records that the flow was merged from */
    int64_t first, last;
    int32_t first_ms, last_ms;
    uint64_t sum[WEIR_MERGE_SUMS];
    unsigned char key[]; /* layout->key_bytes, then up to 7 zeros */
};

struct weir_merge_layout {
    size_t row_bytes;
    size_t key_bytes;
    size_t key_offset[WEIR_MERGE_KEYS]; /* in `key` */
    struct weir_schema in;              /* the trace */
    struct weir_schema out;             /* what is written: sums in types that hold them */
    uint64_t most[WEIR_MERGE_SUMS];     /* that the types of `out` can hold */
};

/* Derives the layout of traces with `schema`, which has all 21 fields. */
void weir_merge_layout_set(struct weir_merge_layout *layout, const struct weir_schema *schema);

static inline struct weir_merge_row *weir_merge_row_at(const struct weir_merge_layout *layout,
                                                       unsigned char *rows, size_t i)
{
    return (struct weir_merge_row *)(void *)(rows + i * layout->row_bytes);
}

/* Which records of a batch go to which rows. */
struct weir_merge_pick {
    const uint32_t *record; /* n indices into the batch */
    const uint32_t *row;    /* n numbers of rows */
    size_t n;               /* at most WEIR_BATCH_RECORDS */
    unsigned char *rows;
};

/* Fills key, hash, times, sums and parts of the picked rows; aggs 0 becomes 1. WEIR_LIMIT when a
 * value is no whole number of its range, with its place in the pick in *bad. */
enum weir_status weir_merge_rows_load(const struct weir_merge_layout *layout,
                                      const struct weir_batch *batch,
                                      const struct weir_merge_pick *pick, size_t *bad,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Gives slot `to` the flow of row `from`, of the same key. */
static inline void weir_merge_row_set_flow(struct weir_merge_row *to,
                                           const struct weir_merge_row *from)
{
    to->source = from->source;
    to->parts = from->parts;
    to->first = from->first;
    to->last = from->last;
    to->first_ms = from->first_ms;
    to->last_ms = from->last_ms;
    for (int s = 0; s < WEIR_MERGE_SUMS; s++)
        to->sum[s] = from->sum[s];
}

/* Writes the key for messages ("af 2, prot 6, ..., dp 80") to `out`; returns out. */
#define WEIR_MERGE_KEY_TEXT 512
char *weir_merge_key_text(const struct weir_merge_layout *layout, const struct weir_merge_row *row,
                          char out[WEIR_MERGE_KEY_TEXT]);

#endif
