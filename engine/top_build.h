/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact top of all keys: a consumer of scans with one lane per thread.
 *
 *     struct weir_top_build *build = NULL;
 *     status = weir_top_build_new(&request, &build, err);
 *     struct weir_consumer consumer = weir_top_build_consumer(build);
 *     weir_top_build_layout(build, weir_source_schema(source));   // before consumer.begin
 *     ... weir_scan ...
 *     status = weir_top_build_finish(build, WEIR_TOP_BY_OCTETS, 10, &top, err);
 *     weir_top_build_free(build);
 *
 * When the scan is over, the lanes are combined range by range of hashes, as many ranges as memory
 * asks for; a range holds all there is of its keys. The result is exact and does not depend on the
 * number of lanes, on batches, or on the memory that there was.
 */
#ifndef WEIR_TOP_BUILD_H
#define WEIR_TOP_BUILD_H

#include "scan.h"
#include "top_lane.h"

struct weir_top_build;

struct weir_top_request {
    struct weir_top_keys keys;
    const char *scratch; /* directory for what does not fit; borrowed until free */
    size_t budget_bytes; /* for the tables of all lanes; 0: half of what `mem` has left when the
                            scan begins */
    struct weir_mem *mem;
};

enum weir_top_order { WEIR_TOP_BY_OCTETS, WEIR_TOP_BY_PACKETS, WEIR_TOP_BY_FLOWS };

struct weir_top {
    const struct weir_top_keys *keys; /* of the build */
    uint64_t *entries;                /* n_rows of them, best first; equal ones ascend by key */
    size_t n_rows;
    size_t entry_words;
    uint64_t n_keys;            /* there were */
    struct weir_top_sums total; /* of all keys */
};

/* Starts. WEIR_MEMORY. */
enum weir_status weir_top_build_new(const struct weir_top_request *request,
                                    struct weir_top_build **build,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Gives everything back, the result included; NULL is allowed. */
void weir_top_build_free(struct weir_top_build *build);

/* The consumer that fills the tables; it lives as long as `build`. */
struct weir_consumer weir_top_build_consumer(struct weir_top_build *build);

/* Makes keys as wide as the columns of `schema`. Once, before the scan. */
void weir_top_build_layout(struct weir_top_build *build, const struct weir_schema *schema);

/* Combines the lanes and takes the best `n` (1 and more) keys into *top, which is the build's. Once
 * only. WEIR_MEMORY (also when the rows wanted do not fit), WEIR_IO, WEIR_CANCELLED. */
enum weir_status weir_top_build_finish(struct weir_top_build *build, enum weir_top_order order,
                                       uint64_t n, struct weir_top *top,
                                       struct weir_error *err) WEIR_MUST_CHECK;

#endif
