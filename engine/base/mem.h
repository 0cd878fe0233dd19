/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory under one budget.
 *
 * All heap memory of the program is taken from a struct weir_mem, which counts it against the
 * `--memory` budget, remembers the peak, and can be told to fail on the n-th request so that tests
 * reach every error path. The allocator behind it is whatever malloc the program is linked with
 * (jemalloc). Mapped input files are not counted: the kernel can drop them at any time.
 *
 *     double *table = weir_mem_alloc(mem, n * sizeof *table);
 *     if (table == NULL)
 *         return weir_error_set(err, WEIR_MEMORY, "...");
 *     weir_mem_free(mem, table);
 *
 * All functions may be called from any thread; a block may be freed by another thread than the one
 * that took it. Contents are the callers' business.
 */
#ifndef WEIR_MEM_H
#define WEIR_MEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_CACHE_LINE_BYTES 64

struct weir_mem {
    size_t limit_bytes;       /* budget; SIZE_MAX = none */
    atomic_size_t used_bytes; /* live requests, rounded up to cache lines */
    atomic_size_t peak_bytes; /* largest used_bytes so far */
    atomic_llong fail_after;  /* requests left before one fails; < 0 = never */
};

/* Starts an account with a budget in bytes (SIZE_MAX: unlimited). Needs no release. */
void weir_mem_init(struct weir_mem *mem, size_t limit_bytes);

/* Makes the n-th request from now on fail (0 = the very next), once. For tests. */
void weir_mem_fail_after(struct weir_mem *mem, long long n_requests);

/* Returns `bytes` of uninitialised memory aligned to a cache line, or NULL when the budget, the
 * system or a planned failure says no. `bytes` may be 0: a valid, unique pointer results. */
void *weir_mem_alloc(struct weir_mem *mem, size_t bytes);

/* As weir_mem_alloc for n * bytes (overflow gives NULL), zeroed. */
void *weir_mem_zalloc(struct weir_mem *mem, size_t n, size_t bytes);

/* Changes the size of `block` (NULL: as weir_mem_alloc), keeping the contents up to the smaller
 * size. On failure NULL is returned and `block` stays as it was. */
void *weir_mem_resize(struct weir_mem *mem, void *block, size_t bytes);

/* A copy of a NUL-terminated string, or NULL. Free it with weir_mem_free. */
char *weir_mem_strdup(struct weir_mem *mem, const char *text);

/* Gives a block back; NULL is allowed. */
void weir_mem_free(struct weir_mem *mem, void *block);

/* Returns zeroed page-aligned memory straight from the system, in huge pages where it has them.
 * Pages come into being on the node of the thread that first touches them; the whole size is
 * charged at once. NULL on failure. For per-thread tables of a megabyte and more. */
void *weir_mem_pages_alloc(struct weir_mem *mem, size_t bytes);

/* Gives pages back; `bytes` is the size asked for. NULL is allowed. */
void weir_mem_pages_free(struct weir_mem *mem, void *pages, size_t bytes);

/* Counts `bytes` of memory that does not come from here, such as pages of nameless files; false
 * when the budget or a planned failure says no. */
bool weir_mem_charge(struct weir_mem *mem, size_t bytes);
void weir_mem_discharge(struct weir_mem *mem, size_t bytes);

/* Bytes of the budget that are still free (SIZE_MAX when there is no budget). A hint: other
 * threads may take them. */
size_t weir_mem_available_bytes(const struct weir_mem *mem);

/* True when a table that can do without may take `bytes` more: half of what is left, as long as an
 * eighth of the budget stays free for those who cannot. A hint, as above. */
bool weir_mem_can_spare(const struct weir_mem *mem, size_t bytes);

/* The budget for a process that is told none: half of the smaller of the machine's memory and the
 * limit of its cgroup (v1 or v2, the tightest on the way up). */
size_t weir_mem_default_limit_bytes(void);

#endif
