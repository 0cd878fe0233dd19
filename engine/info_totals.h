/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scan counts for info: exact totals per input.
 *
 * Every lane has a list of the inputs it has met, in ascending order, so that memory follows the
 * inputs and not inputs times lanes. Fields that the records lack are not counted.
 */
#ifndef WEIR_INFO_TOTALS_H
#define WEIR_INFO_TOTALS_H

#include "format.h"
#include "number.h"

/* Protocols that totals are told apart by. */
enum weir_info_class {
    WEIR_INFO_TCP,
    WEIR_INFO_UDP,
    WEIR_INFO_ICMP, /* of IPv4 and IPv6 */
    WEIR_INFO_OTHER,
    WEIR_INFO_N_CLASSES
};

struct weir_info_sums {
    uint64_t flows;
    weir_u128 packets, octets;
};

struct weir_info_totals {
    size_t input;
    uint64_t records;
    struct weir_info_sums of[WEIR_INFO_N_CLASSES]; /* all are OTHER when records have no prot */
    weir_u128 first_ms, last_ms; /* earliest first and latest last, of the epoch */
    uint64_t n_bad_times;        /* last < first */
    uint64_t n_empty;            /* packets == 0 */
    uint64_t packets_divisor;    /* greatest common divisor of all packets; 0: all are 0 */
};

/* Totals of no record. */
void weir_info_totals_init(struct weir_info_totals *totals, size_t input);

/* Adds other totals. */
void weir_info_totals_add(struct weir_info_totals *totals, const struct weir_info_totals *other);

/* The sums of all classes. */
struct weir_info_sums weir_info_totals_all(const struct weir_info_totals *totals);

struct weir_info_lane;

/* Makes a lane that counts the fields of `fields` that it knows. WEIR_MEMORY. */
enum weir_status weir_info_lane_new(weir_fields fields, struct weir_mem *mem,
                                    struct weir_info_lane **lane,
                                    struct weir_error *err) WEIR_MUST_CHECK;
void weir_info_lane_free(struct weir_info_lane *lane);

/* Counts the records of a batch. WEIR_FORMAT as of weir_fields_load, WEIR_MEMORY. */
enum weir_status weir_info_lane_add(struct weir_info_lane *lane, const struct weir_batch *batch,
                                    size_t *bad, struct weir_error *err) WEIR_MUST_CHECK;

/* The totals of the inputs that the lane has met; *n is their number. The lane's. */
const struct weir_info_totals *weir_info_lane_totals(const struct weir_info_lane *lane, size_t *n);

#endif
