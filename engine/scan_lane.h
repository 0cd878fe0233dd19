/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one thread of a scan needs: a reader, filter lanes, masks, and room for selected records.
 *
 * A lane belongs to one thread; only scan.c uses it.
 */
#ifndef WEIR_SCAN_LANE_H
#define WEIR_SCAN_LANE_H

#include "scan.h"

/* A branch's share of the block in hand. */
struct weir_scan_work {
    uint64_t begin, end;         /* records of the block inside the input slice */
    uint64_t n_passed;           /* of them: passed the filter so far */
    uint64_t out_begin, out_end; /* which of those the output slice wants */
    bool beyond;                 /* the branch wanted nothing from this block on */
    bool done;                   /* the branch wants nothing behind this block */
    enum weir_status status; /* of the filter at record `end`, which it could not judge, or OK */
    struct weir_error error;
    uint64_t records_read; /* counts of this block, taken over by weir_scan_lane_account */
    uint64_t records_filtered;
    uint64_t records_dropped;
    uint64_t records_used;
};

struct weir_scan_totals {
    uint64_t read, filtered, dropped, used;
};

struct weir_scan_lane {
    size_t index; /* number of the thread */
    struct weir_run *run;
    struct weir_source_lane *source;
    struct weir_scan_branch *branches;
    size_t n_branches;
    struct weir_filter_lane **filters; /* one per branch, NULL without a filter */
    struct weir_filter_lane **times;   /* likewise */
    struct weir_scan_work *work;       /* one per branch */
    struct weir_scan_totals *totals;   /* one per branch */
    uint8_t *mask;                     /* WEIR_BATCH_RECORDS */
    uint8_t *times_mask;               /* likewise */
    unsigned char *selected;           /* room for one column after another, or NULL */
    size_t n_columns;                  /* how many of them fit */
    struct weir_column *custom;
    struct weir_error error;
};

/* Makes lane `index`. WEIR_MEMORY and what filters and the source answer. */
enum weir_status weir_scan_lane_new(struct weir_run *run, struct weir_source *source,
                                    struct weir_scan_branch *branches, size_t n_branches,
                                    size_t index, struct weir_scan_lane **lane,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Adds the lane's totals to the branches and frees it; NULL is allowed. One thread at a time. */
void weir_scan_lane_free(struct weir_scan_lane *lane);

/* Counts what passes the filter of branch `b` among the records of `batch`, which stands at record
 * `at` of the block. Errors go to lane->error with their place; but a record that the filter cannot
 * judge ends the branch's part of the block before it, and the error stays in lane->work[b], since
 * the output slice may be full before that record. */
enum weir_status weir_scan_lane_count(struct weir_scan_lane *lane, size_t b, uint64_t at,
                                      const struct weir_batch *batch) WEIR_MUST_CHECK;

/* Hands the records of `batch` that pass the filter (and lie in the output slice, if there is one)
 * to the consumers of branch `b`. */
enum weir_status weir_scan_lane_serve(struct weir_scan_lane *lane, size_t b, uint64_t at,
                                      const struct weir_batch *batch) WEIR_MUST_CHECK;

/* Adds the counts of the block in hand to the lane's totals of branch `b`. */
void weir_scan_lane_account(struct weir_scan_lane *lane, size_t b);

#endif
