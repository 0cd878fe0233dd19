/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long generated flows last.
 *
 * Durations come from a histogram or a mixture of durations (ms), or of rates (bit/s), from which
 * the duration follows: 8000 octets / rate. A flow of one packet has none. In a histogram, flows
 * without duration are taken to be those with one packet first, so that the durations of all
 * records together are those of the histogram.
 *
 * Long flows last longer than short ones. This takes a directory of histograms or mixtures, a class
 * of flows each, whose names begin with the least x of the class: packets or octets, whichever
 * flows are drawn by. The first class has all flows below it, too:
 *
 *     durations/2.csv  durations/10.csv  durations/100.json      up to 9, 10 to 99, from 100 on
 *
 * Durations are read-only when they are made, and may then be used by any thread.
 */
#ifndef WEIR_GENERATE_DURATIONS_H
#define WEIR_GENERATE_DURATIONS_H

#include "generate_expand.h"
#include "generate_table.h"

struct weir_durations_class {
    uint64_t from; /* least x */
    char *path;
    struct weir_generate_table table;
};

struct weir_durations {
    bool rates;                      /* not durations */
    size_t n;                        /* classes, at least 1 when they are made */
    struct weir_durations_class *of; /* ascending in `from` */
    struct weir_mem *mem;
};

/* Starts durations that are not there yet, in the caller's storage. */
void weir_durations_init(struct weir_durations *durations, struct weir_mem *mem);

/* Gives everything back. A zeroed struct may be released too. */
void weir_durations_release(struct weir_durations *durations);

/* Reads a histogram, a mixture or a directory of them. What flows are drawn from, one of `table`
 * and `expand`, tells how many in a class have one packet. Statuses of weir_hist_csv_read and
 * weir_mixture_json_read; WEIR_FORMAT: a histogram of something else, or a directory with other
 * names; WEIR_LIMIT. `durations` is initialised, and to be released whatever the status. */
struct weir_durations_request {
    const char *path;
    bool rates;
    const struct weir_generate_table *table;
    const struct weir_expand *expand;
    enum weir_hist_x x;
};
enum weir_status weir_durations_read(const struct weir_durations_request *request,
                                     struct weir_durations *durations,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* The table of flows of that x. */
static inline const struct weir_sample_table *
weir_durations_find(const struct weir_durations *durations, uint64_t x)
{
    size_t i = 0; /* most flows are short */
    while (i + 1 < durations->n && x >= durations->of[i + 1].from)
        i++;
    return &durations->of[i].table.sample;
}

#endif
