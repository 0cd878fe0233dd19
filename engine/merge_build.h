/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging the records of an open trace: finds what may be merged, and merges it.
 *
 *     struct weir_merge_build *build = NULL;
 *     status = weir_merge_build_new(&request, &build, err);
 *     status = weir_merge_build_run(build, err);
 *     ... the runs say what becomes of every candidate: merge_write.h
 *     weir_merge_build_free(build);
 *
 * A record is a candidate when some record of its key is long; all others are written where they
 * stand. The trace is read twice: once to note the keys of long records in a Bloom filter, and once
 * to take out the candidates, which are then merged partition by partition of their keys' hashes.
 * Records that the filter takes for candidates by mistake come out as they went in. The result does
 * not depend on threads, nor on the memory that there is.
 */
#ifndef WEIR_MERGE_BUILD_H
#define WEIR_MERGE_BUILD_H

#include "columns.h"
#include "merge_flows.h"
#include "merge_runs.h"
#include "run.h"

struct weir_merge_request {
    struct weir_run *run;
    const struct weir_columns *columns; /* open with everything mapped, until free */
    uint64_t begin, n;                  /* the records of it that take part */
    struct weir_merge_rule rule;
    const char *scratch; /* directory for what memory cannot hold; borrowed until free */
    size_t budget_bytes; /* for the candidates; 0: half of what there is when the work begins */
};

struct weir_merge_build {
    struct weir_merge_request request;
    struct weir_merge_layout layout;
    uint64_t unit_records; /* records in every unit but the last */
    uint64_t n_units;
    size_t n_partitions; /* a power of two */
    struct weir_merge_runs *runs;
    struct weir_merge_counts counts;
    uint64_t records_bad_times; /* last < first */
    uint64_t n_candidates;
};

/* WEIR_FORMAT naming the fields that a trace with `schema` lacks. */
enum weir_status weir_merge_check_schema(const struct weir_schema *schema,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Starts, for a trace whose schema has been checked. WEIR_MEMORY. */
enum weir_status weir_merge_build_new(const struct weir_merge_request *request,
                                      struct weir_merge_build **build,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_merge_build_free(struct weir_merge_build *build); /* NULL is allowed */

/* Merges; once. WEIR_LIMIT (a sum or value out of range, with its flow or record), WEIR_MEMORY,
 * WEIR_IO, WEIR_CANCELLED. */
enum weir_status weir_merge_build_run(struct weir_merge_build *build,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Records of unit `unit`, and the position of its first one in the trace. */
static inline uint64_t weir_merge_unit_begin(const struct weir_merge_build *build, uint64_t unit)
{
    return build->request.begin + unit * build->unit_records;
}
static inline size_t weir_merge_unit_n(const struct weir_merge_build *build, uint64_t unit)
{
    const uint64_t left = build->request.n - unit * build->unit_records;
    return (size_t)(left < build->unit_records ? left : build->unit_records);
}

#endif
