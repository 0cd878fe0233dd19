/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of long flows, and what a record does to the one of its key. Times are compared in
 * whole milliseconds of 128 bits, in which every pair of 64-bit seconds and milliseconds fits. A
 * record whose last packet came before its first counts as ending where it began, but is written as
 * it came unless it is merged. */
#include "merge_flows.h"

#include <string.h>

#define INDEX_LEAST ((size_t)64)

void weir_merge_counts_add(struct weir_merge_counts *total, const struct weir_merge_counts *part)
{
    total->merged += part->merged;
    total->touching += part->touching;
    total->reversed += part->reversed;
    total->pairs += part->pairs;
    total->octets += part->octets;
    total->open += part->open;
    for (int i = 0; i < WEIR_MERGE_PARTS; i++)
        total->flows[i] += part->flows[i];
}

void weir_merge_counts_written(struct weir_merge_counts *counts, const struct weir_merge_row *flow)
{
    if (flow->parts > 1)
        counts
            ->flows[flow->parts < WEIR_MERGE_PARTS + 1 ? flow->parts - 2 : WEIR_MERGE_PARTS - 1]++;
}

void weir_merge_flows_init(struct weir_merge_flows *flows, const struct weir_merge_layout *layout,
                           const struct weir_merge_rule *rule, struct weir_mem *mem)
{
    *flows = (struct weir_merge_flows){.layout = layout, .rule = *rule, .mem = mem};
    flows->place_bytes = sizeof(struct weir_merge_pending) + layout->row_bytes;
}

void weir_merge_flows_release(struct weir_merge_flows *flows)
{
    weir_mem_free(flows->mem, flows->index);
    weir_mem_free(flows->mem, flows->places);
    flows->index = NULL;
    flows->places = NULL;
}

size_t weir_merge_flows_bytes(const struct weir_merge_layout *layout)
{
    /* Places and index double, and the old ones are there while they are copied. */
    return 3 * (sizeof(struct weir_merge_pending) + layout->row_bytes + 4 * sizeof(uint32_t));
}

static struct weir_merge_pending *place_at(const struct weir_merge_flows *flows, uint64_t number)
{
    return (struct weir_merge_pending *)(void *)(flows->places + (number - 1) * flows->place_bytes);
}

static struct weir_merge_row *row_at(const struct weir_merge_flows *flows, uint64_t number)
{
    return weir_merge_pending_row(place_at(flows, number));
}

bool weir_merge_flows_next(const struct weir_merge_flows *flows, size_t *cursor,
                           struct weir_merge_pending **pending)
{
    while (*cursor < flows->n_places) {
        *pending = place_at(flows, ++*cursor);
        if (weir_merge_pending_row(*pending)->parts != 0)
            return true;
    }
    return false;
}

/* --- the table ------------------------------------------------------------------------------- */

static size_t home_of(const struct weir_merge_flows *flows, uint64_t hash)
{
    return (size_t)(hash ^ hash >> 32) & (flows->n_index - 1);
}

/* The index entry of a key, or the empty one where it would go. */
static size_t find(const struct weir_merge_flows *flows, const struct weir_merge_row *row)
{
    size_t i = home_of(flows, row->hash);
    for (; flows->index[i] != 0; i = (i + 1) & (flows->n_index - 1)) {
        const struct weir_merge_row *other = row_at(flows, flows->index[i]);
        if (other->hash == row->hash && memcmp(other->key, row->key, flows->layout->key_bytes) == 0)
            break;
    }
    return i;
}

static enum weir_status refuse_memory(const struct weir_merge_flows *flows, struct weir_error *err)
{
    return weir_error_set(err, WEIR_MEMORY, "no memory for %zu flows that may go on",
                          flows->n_pending + 1);
}

static enum weir_status grow_index(struct weir_merge_flows *flows, struct weir_error *err)
{
    const size_t n = flows->n_index == 0 ? INDEX_LEAST : 2 * flows->n_index;
    uint32_t *index = weir_mem_zalloc(flows->mem, n, sizeof *index);
    if (index == NULL)
        return refuse_memory(flows, err);
    weir_mem_free(flows->mem, flows->index);
    flows->index = index;
    flows->n_index = n;
    for (size_t p = 1; p <= flows->n_places; p++) {
        const struct weir_merge_row *row = row_at(flows, p);
        if (row->parts == 0)
            continue;
        size_t i = home_of(flows, row->hash);
        while (index[i] != 0)
            i = (i + 1) & (n - 1);
        index[i] = (uint32_t)p;
    }
    return WEIR_OK;
}

static enum weir_status grow_places(struct weir_merge_flows *flows, struct weir_error *err)
{
    const size_t capacity = flows->capacity == 0 ? INDEX_LEAST / 2 : 2 * flows->capacity;
    unsigned char *places = NULL;
    if (capacity < UINT32_MAX)
        places = weir_mem_resize(flows->mem, flows->places, capacity * flows->place_bytes);
    if (places == NULL)
        return refuse_memory(flows, err);
    flows->places = places;
    flows->capacity = capacity;
    return WEIR_OK;
}

/* Puts a flow into the cache; its key is not in it. */
static enum weir_status insert(struct weir_merge_flows *flows, const struct weir_merge_row *row,
                               uint64_t slot, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    if (2 * (flows->n_pending + 1) > flows->n_index)
        status = grow_index(flows, err);
    if (status == WEIR_OK && flows->free == 0 && flows->n_places == flows->capacity)
        status = grow_places(flows, err);
    if (status != WEIR_OK)
        return status;
    uint64_t number = flows->free;
    if (number != 0)
        flows->free = place_at(flows, number)->next;
    else
        number = ++flows->n_places;
    struct weir_merge_pending *pending = place_at(flows, number);
    pending->entry = pending->latest = slot;
    memcpy(weir_merge_pending_row(pending), row, flows->layout->row_bytes);
    flows->index[find(flows, row)] = (uint32_t)number;
    flows->n_pending++;
    return WEIR_OK;
}

/* Takes a flow out of the cache. Entries behind it move up, so that no gap hides them. */
static void take_out(struct weir_merge_flows *flows, size_t i)
{
    const size_t mask = flows->n_index - 1;
    struct weir_merge_pending *pending = place_at(flows, flows->index[i]);
    weir_merge_pending_row(pending)->parts = 0;
    pending->next = flows->free;
    flows->free = flows->index[i];
    flows->n_pending--;
    for (size_t j = (i + 1) & mask; flows->index[j] != 0; j = (j + 1) & mask) {
        const size_t home = home_of(flows, row_at(flows, flows->index[j])->hash);
        if (((j - home) & mask) < ((j - i) & mask))
            continue;
        flows->index[i] = flows->index[j];
        i = j;
    }
    flows->index[i] = 0;
}

/* --- times ----------------------------------------------------------------------------------- */

static weir_i128 first_of(const struct weir_merge_row *flow)
{
    return (weir_i128)flow->first * 1000 + flow->first_ms;
}

static weir_i128 last_of(const struct weir_merge_row *flow)
{
    const weir_i128 first = first_of(flow);
    const weir_i128 last = (weir_i128)flow->last * 1000 + flow->last_ms;
    return last < first ? first : last;
}

/* In whole seconds; a flow that ends before it begins lasts none. */
static bool is_long(const struct weir_merge_flows *flows, const struct weir_merge_row *flow)
{
    const bool turned = (weir_i128)flow->last * 1000 + flow->last_ms < first_of(flow);
    const weir_i128 lasts = turned ? 0 : (weir_i128)flow->last - flow->first;
    return lasts * 1000 >= flows->rule.active_ms;
}

/* --- arrival --------------------------------------------------------------------------------- */

/* A flow, and one that begins when it has ended, or later. */
struct pair {
    const struct weir_merge_row *earlier, *later;
};

static enum weir_status add_sums(const struct weir_merge_flows *flows, const struct pair *pair,
                                 struct weir_merge_row *out, struct weir_error *err)
{
    static const char *const names[WEIR_MERGE_SUMS] = {"packets", "octets", "aggs"};
    for (int s = 0; s < WEIR_MERGE_SUMS; s++) {
        uint64_t sum = 0;
        if (__builtin_add_overflow(pair->earlier->sum[s], pair->later->sum[s], &sum) ||
            sum > flows->layout->most[s]) {
            char key[WEIR_MERGE_KEY_TEXT];
            return weir_error_set(
                err, WEIR_LIMIT,
                "expected %s up to %llu in a merged flow, but found %llu + %llu in "
                "the flow with %s",
                names[s], (unsigned long long)flows->layout->most[s],
                (unsigned long long)pair->earlier->sum[s], (unsigned long long)pair->later->sum[s],
                weir_merge_key_text(flows->layout, pair->later, key));
        }
        out->sum[s] = sum;
    }
    return WEIR_OK;
}

/* Joins two flows into *out (only the flow of it is set). */
static enum weir_status join(const struct weir_merge_flows *flows, const struct pair *pair,
                             struct weir_merge_row *out, struct weir_error *err)
{
    const struct weir_merge_row *later = pair->later;
    const bool turned = (weir_i128)later->last * 1000 + later->last_ms < first_of(later);
    out->source = pair->earlier->source;
    out->parts = pair->earlier->parts + later->parts;
    out->first = pair->earlier->first;
    out->first_ms = pair->earlier->first_ms;
    out->last = turned ? later->first : later->last;
    out->last_ms = turned ? later->first_ms : later->last_ms;
    return add_sums(flows, pair, out, err);
}

/* The record continues the cached flow, or precedes it. */
static enum weir_status arrive_joining(struct weir_merge_flows *flows, struct weir_merge_row *row,
                                       uint64_t slot, size_t i, bool reversed,
                                       struct weir_error *err)
{
    struct weir_merge_pending *pending = place_at(flows, flows->index[i]);
    const struct pair pair = {reversed ? row : weir_merge_pending_row(pending),
                              reversed ? weir_merge_pending_row(pending) : row};
    struct weir_merge_row joined;
    const enum weir_status status = join(flows, &pair, &joined, err);
    if (status != WEIR_OK)
        return status;
    flows->counts.merged++;
    if (reversed || is_long(flows, row)) { /* a cached flow is long */
        weir_merge_row_set_flow(weir_merge_pending_row(pending), &joined);
        pending->latest = slot;
        return WEIR_OK;
    }
    weir_merge_row_set_flow(row, &joined);
    row->outcome = WEIR_MERGE_FLOW;
    weir_merge_counts_written(&flows->counts, row);
    take_out(flows, i);
    return WEIR_OK;
}

/* The record and the cached flow are too far apart: the earlier one is written. */
static void arrive_apart(struct weir_merge_flows *flows, struct weir_merge_row *row, uint64_t slot,
                         size_t i, bool reversed)
{
    struct weir_merge_pending *pending = place_at(flows, flows->index[i]);
    if (reversed) { /* the cached one goes to the end of the cache */
        row->outcome = WEIR_MERGE_SELF;
        pending->entry = slot;
        return;
    }
    struct weir_merge_row old;
    memcpy(&old, weir_merge_pending_row(pending), sizeof old);
    weir_merge_counts_written(&flows->counts, &old);
    row->outcome = WEIR_MERGE_FLOW;
    if (is_long(flows, row)) {
        weir_merge_row_set_flow(weir_merge_pending_row(pending), row);
        pending->entry = pending->latest = slot;
    } else {
        row->outcome |= WEIR_MERGE_SELF;
        take_out(flows, i);
    }
    weir_merge_row_set_flow(row, &old);
}

static void arrive_overlapping(struct weir_merge_flows *flows, struct weir_merge_row *row, size_t i)
{
    const struct weir_merge_row *old = row_at(flows, flows->index[i]);
    flows->counts.pairs++;
    flows->counts.octets += (weir_u128)old->sum[WEIR_MERGE_OCTETS] + row->sum[WEIR_MERGE_OCTETS];
    weir_merge_row_set_flow(row, old);
    row->outcome = WEIR_MERGE_REJECT;
    take_out(flows, i);
}

enum weir_status weir_merge_flows_arrive(struct weir_merge_flows *flows, struct weir_merge_row *row,
                                         uint64_t slot, struct weir_error *err)
{
    row->outcome = 0;
    const size_t i = flows->n_pending == 0 ? 0 : find(flows, row);
    if (flows->n_pending == 0 || flows->index[i] == 0) {
        if (is_long(flows, row))
            return insert(flows, row, slot, err);
        row->outcome = WEIR_MERGE_SELF;
        return WEIR_OK;
    }
    const struct weir_merge_row *old = row_at(flows, flows->index[i]);
    const weir_i128 behind = first_of(row) - last_of(old);
    const weir_i128 ahead = first_of(old) - last_of(row);
    if (behind < 0 && ahead < 0) {
        arrive_overlapping(flows, row, i);
        return WEIR_OK;
    }
    const bool reversed = behind < 0;
    const weir_i128 gap = reversed ? ahead : behind;
    flows->counts.reversed += reversed;
    if (gap < flows->rule.inactive_ms) {
        flows->counts.touching += gap == 0 && !reversed;
        return arrive_joining(flows, row, slot, i, reversed, err);
    }
    arrive_apart(flows, row, slot, i, reversed);
    return WEIR_OK;
}
