/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels and their variants, chosen once.
 *
 * A kernel module <m> has one operation table `struct weir_<m>_ops` (declared in <m>.h) and one
 * instance of it per variant: weir_<m>_ref in kernels/ref/<m>_ref.c, weir_<m>_avx2 in
 * kernels/x86/<m>_avx2.c and so on, each compiled with the flags of its level only. kernels.def
 * has one line per instance. The choice starts from the reference of every module and replaces it
 * by the best variant that the level allows, so a module need not have a variant per level.
 *
 * Operations are serial leaves: pure functions on the caller's arrays. They allocate nothing and
 * may be called from any number of threads on disjoint data.
 */
#ifndef WEIR_KERNEL_H
#define WEIR_KERNEL_H

#include "cpu.h"

struct weir_em_mixture_ops;
struct weir_flow_hash_ops;
struct weir_log_hist_ops;
struct weir_normal_tail_ops;
struct weir_philox_ops;
struct weir_predicate_ops;
struct weir_rows_ops;
struct weir_sample_ops;
struct weir_select_ops;

struct weir_kernels {
    const struct weir_em_mixture_ops *em_mixture;
    const struct weir_flow_hash_ops *flow_hash;
    const struct weir_log_hist_ops *log_hist;
    const struct weir_normal_tail_ops *normal_tail;
    const struct weir_philox_ops *philox;
    const struct weir_predicate_ops *predicate;
    const struct weir_rows_ops *rows;
    const struct weir_sample_ops *sample;
    const struct weir_select_ops *select;
};

/* Fills `kernels` with the best variant of every module for `cpu`. */
void weir_kernels_choose(enum weir_cpu cpu, struct weir_kernels *kernels);

/* Row `i` of the table of variants, for `weir version` and for tests that try every variant: module
 * name, level and operation table. False behind the last row. */
struct weir_kernel_row {
    const char *module;
    enum weir_cpu cpu;
    const void *ops;
};
bool weir_kernel_row(int i, struct weir_kernel_row *row);

#endif
