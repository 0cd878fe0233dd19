/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Index files: saved permutations, and what they were made for.
 *
 * NAME.B, NAME.H, NAME.I or NAME.Q holds one position of the input per record of the result, in the
 * narrowest type that can count the records; NAME.json beside it tells keys, direction and number
 * of records. An index is used only where all three agree, only when it is a permutation, and only
 * when it puts the records at hand in order: one made for other records of equal number is refused.
 * That last check needs the keys; records that lack one, such as further columns of a trace, are
 * taken to belong to the trace that was sorted.
 */
#ifndef WEIR_SORT_INDEX_H
#define WEIR_SORT_INDEX_H

#include "sort_memory.h"

struct weir_sort_index_request {
    const char *name;              /* without type code */
    const struct weir_words *keys; /* as given */
    bool reverse;
    uint64_t n; /* records */
    struct weir_mem *mem;
};

/* An index that is there. */
struct weir_sort_index {
    char *path;
    enum weir_type type;
    struct weir_mapping mapping;
};

/* Looks for the index; *found is false when there is none, and index is then empty. WEIR_FORMAT
 * when it is not for the same keys, direction and number of records (each named), lacks its
 * description, or holds anything but a permutation; WEIR_IO, WEIR_MEMORY. Close it in any case. */
enum weir_status weir_sort_index_open(const struct weir_sort_index_request *request,
                                      struct weir_sort_index *index, bool *found,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_sort_index_close(struct weir_sort_index *index, struct weir_mem *mem);

/* Makes sure that the index puts the records of the table in order of job->keys (found, not
 * surveyed), equal ones in input order, or all turned around with `reverse`: WEIR_FORMAT naming the
 * first row that is wrong. WEIR_CANCELLED. */
enum weir_status weir_sort_index_check(const struct weir_sort_index *index,
                                       const struct weir_sort_job *job, bool reverse,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Writes record index[i] of the table as record i of the sink, in memory where there is room for
 * it, else in pieces of the output, each of which takes one read of the input. The sink has no
 * index. WEIR_IO, WEIR_MEMORY, WEIR_CANCELLED. */
enum weir_status weir_sort_index_apply(const struct weir_sort_index *index,
                                       const struct weir_sort_job *job,
                                       const struct weir_sort_sink *sink,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Starts a new index, to be written through a sink. WEIR_IO, WEIR_MEMORY, WEIR_LIMIT. */
enum weir_status weir_sort_index_create(const struct weir_sort_index_request *request, bool sync,
                                        struct weir_output **output,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* Writes the description, then gives the index its name. Frees the output in any case. */
enum weir_status weir_sort_index_commit(const struct weir_sort_index_request *request, bool sync,
                                        struct weir_output *output,
                                        struct weir_error *err) WEIR_MUST_CHECK;

#endif
