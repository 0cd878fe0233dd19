/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models as what flow records are drawn from.
 *
 * A model is three mixtures: how flows, packets and octets are distributed over x, which is the
 * length or the size of flows, and how many there are of each. A flow has x = floor(X) + 1 for X
 * drawn from the mixture of flows, so P(x = k) = cdf(k) - cdf(k - 1), and at least 1 packet or 64
 * octets; the mean size of its packets is
 *
 *     size(x) = octets_sum pdf_octets(x) / (packets_sum pdf_packets(x))
 *
 * where a density is cdf(x) - cdf(x - 1) below 1024 (with cdf(0) at the smallest x) and the pdf
 * above, as flow-models has it.
 *
 * All this goes into a table of pieces: one for every x below 1024, and above pieces of up to x/256
 * in which the cdf of flows is straight within 1e-7, and in which packets or octets follow the
 * chord of their curve, within 0.2 % of it (1e-4 but where sizes begin to be clipped). The cdf is
 * exact at the ends of pieces. The last piece ends where less than 1e-18 of the flows are beyond,
 * or where x or octets would pass 2^62: at about 3e15 packets or 4.6e18 of anything else, which
 * only tails without a mean reach (at an index of 1 with some 1e-15 of the flows, of 1.5 with
 * 1e-10). It takes all flows that are beyond. So drawing takes no transcendental function, and the
 * same time whatever the mixture is.
 */
#ifndef WEIR_GENERATE_MODEL_H
#define WEIR_GENERATE_MODEL_H

#include "generate_table.h"
#include "hist.h"
#include "mixture.h"

#include <stdbool.h>

#define WEIR_MODEL_DEVIATION 1e-7 /* of the cdf inside a piece */

struct weir_model {
    struct weir_mixture flows, packets, octets; /* the latter two may be empty: flows alone */
};

/* Starts an empty model in the caller's storage. */
void weir_model_init(struct weir_model *model, struct weir_mem *mem);
void weir_model_release(struct weir_model *model);

/* Reads flows.json of a directory, and packets.json and octets.json too when `whole`; or, where
 * `path` is no directory and not `whole`, that file as the mixture of flows. `model` is empty and
 * stays the caller's whatever the status. Statuses of weir_mixture_json_read; WEIR_FORMAT when
 * packets or octets have no sum; WEIR_LIMIT when the path is too long. */
enum weir_status weir_model_read(const char *path, bool whole, struct weir_model *model,
                                 struct weir_error *err) WEIR_MUST_CHECK;

/* Mean size in octets of the packets of flows of that x, as above: NaN where both densities are 0,
 * and not clipped. x is at least 1 (length) or 64 (size). */
double weir_model_packet_size(const struct weir_model *model, enum weir_hist_x x_value, uint64_t x);

/* Mean of y at x by flow-models' rule, before y is rounded: octets = x * size(x), the size clipped
 * to 64..1522, or packets = x / size(x), at most x. NaN where the size is. */
double weir_model_y(const struct weir_model *model, enum weir_hist_x x_value, uint64_t x);

/* Adds the pieces of a model to an empty table and sets how y is rounded: packets so that 64 octets
 * are left for each, and at least 1. A model of flows alone has y = 0, and the same pieces.
 * WEIR_MEMORY; WEIR_LIMIT. */
enum weir_status weir_generate_model_fill(const struct weir_model *model, enum weir_hist_x x_value,
                                          struct weir_generate_table *table,
                                          struct weir_error *err) WEIR_MUST_CHECK;

#endif
