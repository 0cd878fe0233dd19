/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting a table whose keys fit into memory: its order, and its records in that order.
 *
 * The order is found from packed keys by radix sort. Records are then moved by way of rows, packed
 * in one read and gathered in the new order, because a row costs one cache miss and a record of 21
 * columns would cost 21; where memory does not allow rows of all columns, columns go in groups, one
 * after the other. Records that hardly move are gathered column by column.
 *
 *     status = weir_sort_order(&job, order, err);
 *     if (reverse) weir_sort_reverse(order, n);
 *     status = weir_sort_move(&job, order, &sink, 0, err);
 *
 * All functions may run within a parallel region when n_threads is 1.
 */
#ifndef WEIR_SORT_MEMORY_H
#define WEIR_SORT_MEMORY_H

#include "kernel.h"
#include "sort_sink.h"

/* Records that an order of 32-bit indices can hold. */
#define WEIR_SORT_MEMORY_RECORDS_MAX (((uint64_t)1 << 32) - 1)

/* What is sorted, and on what. */
struct weir_sort_job {
    const struct weir_sort_table *table;
    const struct weir_sort_keys *keys; /* surveyed on this table, or on one that it is part of */
    const struct weir_kernels *kernels;
    struct weir_mem *mem;
    size_t room_bytes; /* memory that may be taken, or 0: what `mem` has */
    int n_threads;
    void *space; /* memory for keys and then for rows, aligned to a cache line, or NULL: it is
                    taken and given back. First use of memory costs more than sorting does. */
    size_t space_bytes; /* of it; weir_sort_memory_bytes of the records suffice */
};

/* Bytes that finding the order of `n` records takes, the order included. Moving them takes less,
 * but for buffers of a megabyte per thread. */
size_t weir_sort_memory_bytes(size_t n);

/* Writes the stable ascending order to order[0 .. table->n), table->n being at most
 * WEIR_SORT_MEMORY_RECORDS_MAX. WEIR_MEMORY, WEIR_CANCELLED. */
enum weir_status weir_sort_order(const struct weir_sort_job *job, uint32_t *order,
                                 struct weir_error *err) WEIR_MUST_CHECK;

/* Turns an order around. */
void weir_sort_reverse(uint32_t *order, size_t n);

/* Writes record order[i] of the table as record begin + i of the sink, for all i < table->n. The
 * columns of the table are those of the draft; when the table has `positions` they are its last
 * column (U32 or U64), else the order itself is what the index gets. WEIR_MEMORY, WEIR_IO,
 * WEIR_CANCELLED. */
enum weir_status weir_sort_move(const struct weir_sort_job *job, const uint32_t *order,
                                bool positions, const struct weir_sort_sink *sink, uint64_t begin,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* Surveys the table with `keys`, which job->keys points to, and does all of it: finds the order or
 * that there is nothing to order, turns it around for `reverse`, and moves the records. Up to
 * WEIR_SORT_MEMORY_RECORDS_MAX records. WEIR_MEMORY, WEIR_IO, WEIR_CANCELLED. */
enum weir_status weir_sort_in_memory(const struct weir_sort_job *job, struct weir_sort_keys *keys,
                                     bool reverse, bool positions,
                                     const struct weir_sort_sink *sink, uint64_t begin,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* As weir_sort_move with the order n - 1, ..., 0, or with 0, ..., n - 1, of a table of any size, in
 * one sequential read. */
enum weir_status weir_sort_move_straight(const struct weir_sort_job *job, bool backwards,
                                         bool positions, const struct weir_sort_sink *sink,
                                         uint64_t begin, struct weir_error *err) WEIR_MUST_CHECK;

#endif
