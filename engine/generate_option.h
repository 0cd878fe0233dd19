/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of generate that make records complete, and what they become.
 *
 *     status = weir_complete_parse(&params, mem, &complete, err);     // before anything is read
 *     status = weir_complete_read(&request, &complete, err);
 *     source.complete = weir_complete_wanted(&params) ? &complete.record : NULL;
 *     weir_complete_release(&complete);
 */
#ifndef WEIR_GENERATE_OPTION_H
#define WEIR_GENERATE_OPTION_H

#include "generate_record.h"
#include "option.h"
#include "run.h"

struct weir_complete_params {
    const char *arrivals, *start, *durations, *rates; /* or NULL */
    struct weir_words sources, destinations, protocols, ports;
    double active_s, idle_s; /* active_s 0: flows are not parted */
    bool active_given, idle_given;
};

/* The rows of struct weir_complete_params. */
extern const struct weir_option weir_complete_rows[];

struct weir_complete {
    struct weir_arrivals arrivals;
    struct weir_durations durations;
    struct weir_generate_table protocols, ports;
    struct weir_pool sources, destinations;
    struct weir_record_complete record; /* of the above */
};

/* True when an option asks for more than packets and octets. */
bool weir_complete_wanted(const struct weir_complete_params *params);

/* Parses what the options say, without a look at any file. WEIR_USAGE: an option that needs another
 * one, or goes with none, or does not say what it should; statuses of weir_pool_parse and
 * weir_share_parse. To be released whatever the status. */
enum weir_status weir_complete_parse(const struct weir_complete_params *params,
                                     struct weir_mem *mem, struct weir_complete *complete,
                                     struct weir_error *err) WEIR_MUST_CHECK;

struct weir_complete_request {
    const struct weir_complete_params *params;
    struct weir_run *run;
    uint64_t seed;
    uint64_t n_flows;  /* in all */
    uint64_t n_wanted; /* up to the last one that is made */
    /* What flows are drawn from: one of both. */
    const struct weir_generate_table *table;
    const struct weir_expand *expand;
    enum weir_hist_x x;
};

/* Adds the arrivals and durations of the options, which were parsed. Statuses of weir_arrivals_make
 * and weir_durations_read. */
enum weir_status weir_complete_read(const struct weir_complete_request *request,
                                    struct weir_complete *complete,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Gives everything back. A zeroed struct may be released too. */
void weir_complete_release(struct weir_complete *complete);

#endif
