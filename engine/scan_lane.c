/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One thread's part of a scan: filter, cut, select, hand on. */
#include "scan_lane.h"

#include "select.h"

#include <string.h>

#define COLUMN_BYTES ((size_t)WEIR_BATCH_RECORDS * 8)
#define PLACE_BYTES  512

/* The most columns that a branch's consumers may want in selected form. */
static size_t columns_wanted(const struct weir_scan_branch *branches, size_t n_branches,
                             const struct weir_schema *schema)
{
    size_t most = 0;
    for (size_t b = 0; b < n_branches; b++) {
        weir_fields fields = 0;
        size_t n_custom = 0;
        for (size_t c = 0; c < branches[b].n_consumers; c++) {
            fields |= branches[b].consumers[c].fields;
            if (branches[b].consumers[c].everything) {
                fields |= weir_schema_fields(schema);
                n_custom = schema->n_custom;
            }
        }
        const size_t n = (size_t)__builtin_popcount(fields) + n_custom;
        most = n > most ? n : most;
    }
    return most;
}

static enum weir_status fill_lane(struct weir_scan_lane *lane, struct weir_source *source,
                                  struct weir_error *err)
{
    struct weir_mem *mem = &lane->run->mem;
    const struct weir_schema *schema = weir_source_schema(source);
    lane->n_columns = columns_wanted(lane->branches, lane->n_branches, schema);
    lane->filters = weir_mem_zalloc(mem, lane->n_branches, sizeof *lane->filters);
    lane->times = weir_mem_zalloc(mem, lane->n_branches, sizeof *lane->times);
    lane->work = weir_mem_zalloc(mem, lane->n_branches, sizeof *lane->work);
    lane->totals = weir_mem_zalloc(mem, lane->n_branches, sizeof *lane->totals);
    lane->mask = weir_mem_alloc(mem, WEIR_BATCH_RECORDS);
    lane->times_mask = weir_mem_alloc(mem, WEIR_BATCH_RECORDS);
    lane->selected = weir_mem_alloc(mem, lane->n_columns * COLUMN_BYTES);
    lane->custom = weir_mem_zalloc(mem, schema->n_custom, sizeof *lane->custom);
    if (lane->filters == NULL || lane->times == NULL || lane->times_mask == NULL ||
        lane->work == NULL || lane->totals == NULL || lane->mask == NULL ||
        lane->selected == NULL || lane->custom == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the buffers of a thread");
    enum weir_status status = weir_source_lane_new(source, &lane->source, err);
    for (size_t b = 0; b < lane->n_branches && status == WEIR_OK; b++) {
        const struct weir_scan_branch *branch = &lane->branches[b];
        if (branch->filter != NULL)
            status = weir_filter_lane_new(branch->filter, &lane->run->kernels, mem,
                                          &lane->filters[b], err);
        if (status == WEIR_OK && branch->times != NULL)
            status =
                weir_filter_lane_new(branch->times, &lane->run->kernels, mem, &lane->times[b], err);
    }
    return status;
}

enum weir_status weir_scan_lane_new(struct weir_run *run, struct weir_source *source,
                                    struct weir_scan_branch *branches, size_t n_branches,
                                    size_t index, struct weir_scan_lane **lane,
                                    struct weir_error *err)
{
    struct weir_scan_lane *l = weir_mem_zalloc(&run->mem, 1, sizeof *l);
    if (l == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the buffers of a thread");
    l->run = run;
    l->index = index;
    l->branches = branches;
    l->n_branches = n_branches;
    const enum weir_status status = fill_lane(l, source, err);
    if (status != WEIR_OK) {
        weir_scan_lane_free(l);
        return status;
    }
    *lane = l;
    return WEIR_OK;
}

void weir_scan_lane_free(struct weir_scan_lane *lane)
{
    if (lane == NULL)
        return;
    struct weir_mem *mem = &lane->run->mem;
    for (size_t b = 0; b < lane->n_branches; b++) {
        if (lane->totals != NULL) {
            lane->branches[b].records_read += lane->totals[b].read;
            lane->branches[b].records_filtered += lane->totals[b].filtered;
            lane->branches[b].records_dropped += lane->totals[b].dropped;
            lane->branches[b].records_used += lane->totals[b].used;
        }
        if (lane->filters != NULL)
            weir_filter_lane_free(lane->filters[b]);
        if (lane->times != NULL)
            weir_filter_lane_free(lane->times[b]);
    }
    weir_source_lane_free(lane->source);
    weir_mem_free(mem, lane->filters);
    weir_mem_free(mem, lane->times);
    weir_mem_free(mem, lane->times_mask);
    weir_mem_free(mem, lane->work);
    weir_mem_free(mem, lane->totals);
    weir_mem_free(mem, lane->mask);
    weir_mem_free(mem, lane->selected);
    weir_mem_free(mem, lane->custom);
    weir_mem_free(mem, lane);
}

/* Puts the place of the record to blame before the message. */
static enum weir_status blame_record(struct weir_scan_lane *lane, enum weir_status status,
                                     uint64_t record)
{
    char place[PLACE_BYTES];
    if (status == WEIR_FORMAT || status == WEIR_LIMIT)
        weir_error_prepend(&lane->error,
                           "%s: ", weir_source_place(lane->source, record, place, sizeof place));
    return status;
}

/* The records [*begin, *begin + n) of the batch that lie in the branch's input slice, as a batch.
 */
static void cut_batch(const struct weir_scan_work *work, uint64_t at,
                      const struct weir_batch *batch, size_t *begin, struct weir_batch *part,
                      struct weir_column *custom)
{
    *begin = work->begin > at ? (size_t)(work->begin - at) : 0;
    const size_t end = work->end < at + batch->n ? (size_t)(work->end - at) : batch->n;
    *part = *batch;
    part->n = end - *begin;
    if (*begin == 0)
        return;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (batch->field[f].data != NULL)
            part->field[f].data = weir_column_at(&batch->field[f], *begin);
    for (size_t i = 0; i < batch->n_custom; i++)
        custom[i] = (struct weir_column){.data = weir_column_at(&batch->custom[i], *begin),
                                         .type = batch->custom[i].type};
    part->custom = custom;
}

/* What a branch wants of a batch. */
struct selection {
    size_t n_selected;
    size_t n_dropped;
    size_t bad; /* index of a record that cannot be judged */
};

/* Takes the records with bad times out of the mask, or fails at the first; *n_dropped tells how
 * many they were. */
static enum weir_status judge_times(struct weir_scan_lane *lane, size_t b,
                                    const struct weir_batch *part, size_t *n_dropped, size_t *bad)
{
    size_t n_good = 0;
    const enum weir_status status =
        weir_filter_run(lane->times[b], part, lane->times_mask, &n_good, bad, &lane->error);
    if (status != WEIR_OK)
        return status;
    for (size_t i = 0; i < part->n && n_good < part->n; i++) {
        if (lane->mask[i] <= lane->times_mask[i])
            continue;
        if (lane->branches[b].refuse_bad_times) {
            *bad = i;
            return weir_error_set(&lane->error, WEIR_FORMAT,
                                  "expected the last packet not before the first one, but found "
                                  "it earlier (--bad-times)");
        }
        lane->mask[i] = 0;
        ++*n_dropped;
    }
    return WEIR_OK;
}

/* Finds the records of `part`, which starts at record `at` of the block, that the branch wants: the
 * mask and its number of ones, and how many were dropped for their times. After WEIR_FORMAT and
 * WEIR_LIMIT, *bad is the index of the record that could not be judged, and the rest is right for
 * the records before it. */
static enum weir_status filter_batch(struct weir_scan_lane *lane, size_t b, uint64_t at,
                                     const struct weir_batch *part, struct selection *selection)
{
    *selection = (struct selection){.n_selected = part->n};
    enum weir_status status = WEIR_OK;
    struct weir_batch judged = *part;
    if (lane->filters[b] != NULL) {
        status = weir_filter_run(lane->filters[b], part, lane->mask, &selection->n_selected,
                                 &selection->bad, &lane->error);
        if (status == WEIR_FORMAT || status == WEIR_LIMIT)
            judged.n = selection->bad;
        else if (status != WEIR_OK)
            return status;
    } else {
        memset(lane->mask, 1, part->n);
    }
    if (lane->times[b] != NULL && judged.n > 0) {
        const struct weir_error error = lane->error;
        size_t bad = 0;
        const enum weir_status times = judge_times(lane, b, &judged, &selection->n_dropped, &bad);
        if (times == WEIR_OK) {
            lane->error = error;
        } else {
            status = times;
            selection->bad = bad;
        }
        selection->n_selected =
            lane->run->kernels.select->count(lane->mask, times == WEIR_OK ? judged.n : bad);
    }
    return status == WEIR_OK ? status : blame_record(lane, status, at + selection->bad);
}

enum weir_status weir_scan_lane_count(struct weir_scan_lane *lane, size_t b, uint64_t at,
                                      const struct weir_batch *batch)
{
    struct weir_scan_work *work = &lane->work[b];
    struct weir_batch part;
    size_t begin = 0;
    cut_batch(work, at, batch, &begin, &part, lane->custom);
    struct selection selection;
    const enum weir_status status = filter_batch(lane, b, at + begin, &part, &selection);
    if (status == WEIR_FORMAT || status == WEIR_LIMIT) {
        work->end = at + begin + selection.bad;
        work->status = status;
        work->error = lane->error;
        part.n = selection.bad;
    } else if (status != WEIR_OK) {
        return status;
    }
    work->n_passed += selection.n_selected;
    work->records_filtered += part.n - selection.n_selected - selection.n_dropped;
    work->records_dropped += selection.n_dropped;
    return WEIR_OK;
}

/* Clears the mask outside of the output slice; returns how many records remain. */
static size_t cut_mask(struct weir_scan_work *work, uint8_t *mask, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (mask[i] == 0)
            continue;
        mask[i] = work->n_passed >= work->out_begin && work->n_passed < work->out_end;
        kept += mask[i];
        work->n_passed++;
    }
    return kept;
}

/* Gathers the selected records of one column in the next slot of the lane's room. */
static struct weir_column compress_column(struct weir_scan_lane *lane, size_t *slot,
                                          const struct weir_column *in, size_t n)
{
    if (in->data == NULL)
        return *in;
    unsigned char *out = lane->selected + (*slot)++ * COLUMN_BYTES;
    lane->run->kernels.select->compress(in->data, weir_type_bytes(in->type), lane->mask, n, out);
    return (struct weir_column){.data = out, .type = in->type};
}

/* Replaces the columns that the branch's consumers read by their selected records. */
static void select_records(struct weir_scan_lane *lane, size_t b, struct weir_batch *part,
                           size_t n_selected)
{
    const struct weir_scan_branch *branch = &lane->branches[b];
    weir_fields fields = 0;
    bool everything = false;
    for (size_t c = 0; c < branch->n_consumers; c++) {
        fields |= branch->consumers[c].fields;
        everything = everything || branch->consumers[c].everything;
    }
    size_t slot = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (everything || (fields & WEIR_FIELD_BIT(f)) != 0)
            part->field[f] = compress_column(lane, &slot, &part->field[f], part->n);
    for (size_t i = 0; everything && i < part->n_custom; i++)
        lane->custom[i] = compress_column(lane, &slot, &part->custom[i], part->n);
    part->custom = lane->custom;
    part->n_custom = everything ? part->n_custom : 0;
    part->n = n_selected;
}

/* The index in the batch of its `selected`-th record with a set mask; all are set without one. */
static uint64_t original_index(const uint8_t *mask, bool masked, size_t n, size_t selected)
{
    if (!masked)
        return selected;
    for (size_t i = 0; i < n; i++)
        if (mask[i] != 0 && selected-- == 0)
            return i;
    return n;
}

enum weir_status weir_scan_lane_serve(struct weir_scan_lane *lane, size_t b, uint64_t at,
                                      const struct weir_batch *batch)
{
    const struct weir_scan_branch *branch = &lane->branches[b];
    struct weir_scan_work *work = &lane->work[b];
    const bool out_sliced = branch->out.skip != 0 || branch->out.count != UINT64_MAX;
    struct weir_batch part;
    size_t begin = 0;
    cut_batch(work, at, batch, &begin, &part, lane->custom);
    size_t n_selected = part.n;
    if (weir_scan_branch_selects(branch)) {
        struct selection selection;
        const enum weir_status status = filter_batch(lane, b, at + begin, &part, &selection);
        if (status != WEIR_OK)
            return status;
        n_selected = selection.n_selected;
        if (!out_sliced) {
            work->records_filtered += part.n - n_selected - selection.n_dropped;
            work->records_dropped += selection.n_dropped;
        }
    } else if (out_sliced) {
        memset(lane->mask, 1, part.n);
    }
    if (out_sliced)
        n_selected = cut_mask(work, lane->mask, part.n);
    work->records_used += n_selected;
    if (n_selected == 0)
        return WEIR_OK;
    const size_t n_all = part.n;
    const bool masked = n_selected != n_all;
    if (masked)
        select_records(lane, b, &part, n_selected);
    for (size_t c = 0; c < branch->n_consumers; c++) {
        const struct weir_consumer *consumer = &branch->consumers[c];
        size_t bad = SIZE_MAX;
        const enum weir_status status =
            consumer->add(consumer->state, lane->index, &part, &bad, &lane->error);
        if (status == WEIR_OK)
            continue;
        if (bad == SIZE_MAX)
            return status; /* no record is to blame */
        return blame_record(lane, status,
                            at + begin + original_index(lane->mask, masked, n_all, bad));
    }
    return WEIR_OK;
}

void weir_scan_lane_account(struct weir_scan_lane *lane, size_t b)
{
    struct weir_scan_work *work = &lane->work[b];
    lane->totals[b].read += work->records_read;
    lane->totals[b].filtered += work->records_filtered;
    lane->totals[b].dropped += work->records_dropped;
    lane->totals[b].used += work->records_used;
    work->records_used = 0;
}
