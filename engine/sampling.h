/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do data look sampled? Exporters that see one packet in N report its count times N, so that the
 * packets of all records are multiples of N. Counts and octets of such data are estimates, and the
 * lengths of flows are not those of the network: whoever makes models of them should know.
 *
 * A consumer of scans finds the greatest common divisor, the same on any number of threads. It is 1
 * after a few records of other data, and then nothing is computed any more.
 */
#ifndef WEIR_SAMPLING_H
#define WEIR_SAMPLING_H

#include "scan.h"

#define WEIR_SAMPLING_RECORDS 1000 /* fewer may be multiples by chance */

/* The greatest common divisor of two numbers; that with 0 is the other one. Pure. */
uint64_t weir_common_divisor(uint64_t a, uint64_t b);

struct weir_sampling;

/* Starts with no record. WEIR_MEMORY. */
enum weir_status weir_sampling_new(size_t n_lanes, struct weir_mem *mem,
                                   struct weir_sampling **sampling,
                                   struct weir_error *err) WEIR_MUST_CHECK;
void weir_sampling_free(struct weir_sampling *sampling);

/* The consumer, which lives as long as `sampling`. It needs no `begin`, never fails, and does
 * without the field packets: records that lack it do not look sampled. */
struct weir_consumer weir_sampling_consumer(struct weir_sampling *sampling);

/* When the scan is over: the number above 1 that divides the packets of all records, of which there
 * are WEIR_SAMPLING_RECORDS or more; else 1. */
uint64_t weir_sampling_divisor(const struct weir_sampling *sampling);

#endif
