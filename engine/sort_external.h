/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting a table that does not fit into memory, by way of a scratch file.
 *
 * A random sample of the keys gives bounds that divide the records into classes which fit; a key
 * that many records share gets a class of its own, which needs no sorting. One pass counts the
 * records of the classes, a second one writes them to a nameless file, class after class, each one
 * column by column. Then every class is loaded, sorted in memory and written to its place in the
 * output: two reads and two writes of the data in all, and one more read of the key columns.
 */
#ifndef WEIR_SORT_EXTERNAL_H
#define WEIR_SORT_EXTERNAL_H

#include "sort_memory.h"

/* Writes the records of job->table, in stable ascending order or in its reverse, to the sink. The
 * keys were surveyed on the table. Memory: what job->room_bytes or `mem` allows; fewer threads are
 * used where there is little of it. Positions are carried along when the sink has an index. WEIR_IO
 * (also for the scratch file in directory `scratch`), WEIR_MEMORY saying how much more it takes,
 * WEIR_CANCELLED. */
enum weir_status weir_sort_external(const struct weir_sort_job *job, bool reverse,
                                    const char *scratch, const struct weir_sort_sink *sink,
                                    struct weir_error *err) WEIR_MUST_CHECK;

#endif
