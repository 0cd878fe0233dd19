/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of keys: a stable radix sort of 64-bit keys that gives a permutation.
 *
 * Keys of several words are sorted word by word, the last word first:
 *
 *     workspace = weir_mem_pages_alloc(mem, weir_radix_sort_workspace_bytes(n));
 *     weir_radix_sort(word[1], n, 64, NULL, order, workspace, n_threads);
 *     weir_radix_sort(word[0], n, 40, order, order, workspace, n_threads);
 *
 * A shell: it opens parallel regions, on few threads where keys are few. The order does not depend
 * on the number of threads.
 */
#ifndef WEIR_RADIX_SORT_H
#define WEIR_RADIX_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of workspace for n keys: about 18 n and half a megabyte. */
size_t weir_radix_sort_workspace_bytes(size_t n);

/* Writes the stable ascending order of n < 2^32 keys, all < 2^bits (bits 0 .. 64), to order[0 ..
 * n): order[i] is the index of the i-th key. With `previous`, a permutation of 0 .. n - 1 that may
 * be the array `order` itself, equal keys stay in that order instead of the order of their indices.
 * `workspace` has the bytes above and is aligned to a cache line; its contents do not matter. Runs
 * on up to n_threads (>= 1) threads. */
void weir_radix_sort(const uint64_t *keys, size_t n, unsigned bits, const uint32_t *previous,
                     uint32_t *order, void *workspace, int n_threads);

#endif
