/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complete flow records: times and keys for generated packets and octets, and the parts that an
 * exporter would make of long flows.
 *
 * Each property of a record is drawn from a random stream of its own (STREAM_ in the .c), so that
 * an option for one of them does not change the others.
 *
 *     weir_record_fill(...);                          // flows first .. first + n - 1
 *     struct weir_record_place place = {0};
 *     while ((n_parts = weir_record_take(complete, buffers, n, &place, err)) > 0) ... batch ...
 */
#ifndef WEIR_GENERATE_RECORD_H
#define WEIR_GENERATE_RECORD_H

#include "batch.h"
#include "generate_durations.h"
#include "generate_expand.h"
#include "generate_share.h"
#include "generate_times.h"

/* Where times and keys come from; NULL: the field is 0. */
struct weir_record_complete {
    const struct weir_arrivals *arrivals;
    const struct weir_durations *durations; /* with arrivals only */
    const struct weir_pool *sources, *destinations;
    const struct weir_sample_table *protocols;
    const struct weir_sample_table *ports; /* of destinations, where the protocol has ports; sources
                                              have one of 49152 .. 65535 */
    /* A flow whose packets, at even steps of time, come more often than `idle_ms` is parted
     * whenever it has gone on for `active_ms`; 0: never. */
    uint64_t active_ms, idle_ms;
};

/* What records are made of. One of `table` and `expand` is set. */
struct weir_generate_source {
    const struct weir_sample_table *table;
    const struct weir_expand *expand;
    enum weir_hist_x x; /* x is packets (WEIR_X_LENGTH) or octets (WEIR_X_SIZE) */
    uint64_t seed;
    const struct weir_record_complete *complete; /* NULL: packets and octets alone */
};

/* Flows, and what they become as records. One thread's. */
struct weir_record_buffers {
    uint64_t packets[WEIR_BATCH_RECORDS], octets[WEIR_BATCH_RECORDS];
    uint64_t begin_ms[WEIR_BATCH_RECORDS], end_ms[WEIR_BATCH_RECORDS];
    uint64_t drawn[2][WEIR_BATCH_RECORDS];
    uint32_t source[4][WEIR_BATCH_RECORDS], destination[4][WEIR_BATCH_RECORDS];
    uint16_t sp[WEIR_BATCH_RECORDS], dp[WEIR_BATCH_RECORDS];
    uint8_t prot[WEIR_BATCH_RECORDS];
    double elapsed; /* of the arrivals in a block */
    struct {
        uint8_t af[WEIR_BATCH_RECORDS], prot[WEIR_BATCH_RECORDS];
        uint32_t sa[4][WEIR_BATCH_RECORDS], da[4][WEIR_BATCH_RECORDS];
        uint16_t sp[WEIR_BATCH_RECORDS], dp[WEIR_BATCH_RECORDS];
        uint32_t first[WEIR_BATCH_RECORDS], last[WEIR_BATCH_RECORDS];
        uint16_t first_ms[WEIR_BATCH_RECORDS], last_ms[WEIR_BATCH_RECORDS];
        uint64_t packets[WEIR_BATCH_RECORDS], octets[WEIR_BATCH_RECORDS];
    } out;
};

/* Makes packets and octets of records first + i, i < n <= WEIR_BATCH_RECORDS, and when the source
 * is complete their times and keys, which weir_record_take then hands out. Flows of a block of
 * WEIR_ARRIVAL_BLOCK must be asked for in order, from its first one on. */
void weir_record_fill(const struct weir_generate_source *source, const struct weir_kernels *kernels,
                      uint64_t first, size_t n, struct weir_record_buffers *buffers);

/* The next packet of the n flows in the buffers that is not in a record yet. */
struct weir_record_place {
    size_t flow;
    uint64_t packet;
};

/* Fills buffers->out with the next records and returns how many: 0 when there are no more. */
size_t weir_record_take(const struct weir_record_complete *complete,
                        struct weir_record_buffers *buffers, size_t n,
                        struct weir_record_place *place);

/* The first flow i < n that ends after what 32 bits of seconds can tell (2106), or n. */
size_t weir_record_check(const struct weir_record_buffers *buffers, size_t n);

/* Points the columns of `batch` that records have at buffers->out; others stay as they are. */
void weir_record_view(const struct weir_record_buffers *buffers, struct weir_batch *batch);

#endif
