/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stable radix sort of keys with their indices. */
#include "radix_sort.h"

#include <string.h>

struct element {
    uint64_t key;
    uint64_t index;
};

size_t weir_radix_sort_workspace_bytes(size_t n)
{
    return 2 * n * sizeof(struct element) + 2 * n + ((size_t)1 << 20);
}

static void pass(const struct element *in, size_t n, unsigned shift, struct element *out)
{
    size_t count[257] = {0};
    for (size_t i = 0; i < n; i++)
        count[(in[i].key >> shift & 255) + 1]++;
    for (size_t d = 0; d < 256; d++)
        count[d + 1] += count[d];
    for (size_t i = 0; i < n; i++)
        out[count[in[i].key >> shift & 255]++] = in[i];
}

void weir_radix_sort(const uint64_t *keys, size_t n, unsigned bits, const uint32_t *previous,
                     uint32_t *order, void *workspace, int n_threads)
{
    struct element *in = workspace;
    struct element *out = in + n;
    (void)n_threads;
    for (size_t i = 0; i < n; i++) {
        const size_t index = previous == NULL ? i : previous[i];
        in[i] = (struct element){.key = keys[index], .index = index};
    }
    for (unsigned shift = 0; shift < bits; shift += 8) {
        pass(in, n, shift, out);
        struct element *swap = in;
        in = out;
        out = swap;
    }
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)in[i].index;
}
