/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The merging procedure: records arrive one by one, and long flows wait in a cache for their next
 * part.
 *
 * Keys do not meet: records may be split by key among any number of caches, as long as each sees
 * all records of its keys in input order.
 *
 *     struct weir_merge_flows flows;
 *     weir_merge_flows_init(&flows, &layout, &rule, mem);
 *     for each record: status = weir_merge_flows_arrive(&flows, row, slot, err);
 *     while (weir_merge_flows_next(&flows, &cursor, &pending)) ...     // what is still open
 *     weir_merge_flows_release(&flows);
 *
 * One thread at a time.
 */
#ifndef WEIR_MERGE_FLOWS_H
#define WEIR_MERGE_FLOWS_H

#include "merge_row.h"

#define WEIR_MERGE_PARTS 3 /* written flows of 2, of 3, of more parts */

struct weir_merge_rule {
    int64_t inactive_ms; /* parts with a shorter gap belong together */
    int64_t active_ms;   /* active less inactive timeout: a flow that lasts so long may go on */
};

/* What happened; exact. */
struct weir_merge_counts {
    uint64_t merged;   /* times that a record joined a flow */
    uint64_t touching; /* of those: it began in the very ms in which the flow ended */
    uint64_t reversed; /* records that were earlier than the cached flow, joined or not */
    uint64_t pairs;    /* overlaps */
    weir_u128 octets;  /* of the flows and records that overlap */
    uint64_t flows[WEIR_MERGE_PARTS];
    uint64_t open; /* flows in the cache at the end */
};
void weir_merge_counts_add(struct weir_merge_counts *total, const struct weir_merge_counts *part);

/* A flow in the cache; its row follows. */
struct weir_merge_pending {
    uint64_t entry;  /* slot at whose arrival the flow entered the cache */
    uint64_t latest; /* slot of the last record that joined it; or `entry` */
    uint64_t next;   /* in the list of free places */
};
static inline struct weir_merge_row *weir_merge_pending_row(struct weir_merge_pending *pending)
{
    return (struct weir_merge_row *)(void *)(pending + 1);
}

struct weir_merge_flows {
    const struct weir_merge_layout *layout;
    struct weir_merge_rule rule;
    struct weir_mem *mem;
    struct weir_merge_counts counts;
    uint32_t *index; /* open addressing: 1 + number of a place, or 0 */
    size_t n_index;  /* a power of two */
    unsigned char *places;
    size_t place_bytes;
    size_t n_places, capacity;
    size_t n_pending;
    uint64_t free; /* 1 + the first free place, or 0 */
};

void weir_merge_flows_init(struct weir_merge_flows *flows, const struct weir_merge_layout *layout,
                           const struct weir_merge_rule *rule, struct weir_mem *mem);
void weir_merge_flows_release(struct weir_merge_flows *flows);

/* Bytes of the cache for each flow that waits in it, at most. */
size_t weir_merge_flows_bytes(const struct weir_merge_layout *layout);

/* Lets a record arrive: sets row->outcome and, where it says so, replaces the flow in the row,
 * which is slot `slot`. WEIR_LIMIT, naming the key, when a sum does not fit; WEIR_MEMORY. */
enum weir_status weir_merge_flows_arrive(struct weir_merge_flows *flows, struct weir_merge_row *row,
                                         uint64_t slot, struct weir_error *err) WEIR_MUST_CHECK;

/* The next flow that is in the cache, in no order; false behind the last one. *cursor starts at 0.
 */
bool weir_merge_flows_next(const struct weir_merge_flows *flows, size_t *cursor,
                           struct weir_merge_pending **pending);

/* Counts a flow as written. */
void weir_merge_counts_written(struct weir_merge_counts *counts, const struct weir_merge_row *flow);

#endif
