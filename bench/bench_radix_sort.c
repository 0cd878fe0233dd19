/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Orders of random and of hostile keys, beside the sum over the keys.
 *
 * usage: bench_radix_sort [RECORDS [THREADS [REPEATS]]] */
#include "bench.h"
#include "mem.h"
#include "radix_sort.h"

#include <stdlib.h>
#include <string.h>

enum kind { RANDOM, HALF_EQUAL, TWO_VALUES, SORTED };

struct bench_case {
    const char *name;
    enum kind kind;
    unsigned bits;
    bool has_previous;
};

static const struct bench_case cases[] = {
    {"22 bits", RANDOM, 22, false},        {"48 bits", RANDOM, 48, false},
    {"64 bits", RANDOM, 64, false},        {"48 bits after others", RANDOM, 48, true},
    {"half equal", HALF_EQUAL, 48, false}, {"two values", TWO_VALUES, 48, false},
    {"sorted already", SORTED, 48, false},
};

struct work {
    const uint64_t *keys;
    const uint32_t *previous;
    uint32_t *order;
    void *workspace;
    size_t n;
    unsigned bits;
    int n_threads;
};

/* The kernel brings its own threads: it is called by one. */
static void sort_all(void *context, size_t thread, size_t n_threads)
{
    const struct work *work = context;
    (void)thread;
    (void)n_threads;
    weir_radix_sort(work->keys, work->n, work->bits, work->previous, work->order, work->workspace,
                    work->n_threads);
}

static uint64_t make_key(const struct bench_case *bench_case, size_t i, size_t n, uint64_t *state)
{
    const uint64_t r = bench_random(state);
    switch (bench_case->kind) {
    case HALF_EQUAL:
        return (r % 2 == 0 ? UINT64_MAX / 3 : bench_random(state)) >> (64 - bench_case->bits);
    case TWO_VALUES:
        return (r % 2 == 0 ? UINT64_MAX / 3 : UINT64_MAX / 7) >> (64 - bench_case->bits);
    case SORTED:
        return (UINT64_MAX / n * i) >> (64 - bench_case->bits);
    default:
        return r >> (64 - bench_case->bits);
    }
}

static void *pages(struct weir_mem *mem, size_t bytes)
{
    void *block = weir_mem_pages_alloc(mem, bytes);
    if (block == NULL)
        exit(1);
    memset(block, 0, bytes);
    return block;
}

int main(int argc, char **argv)
{
    const struct bench_options options = bench_options_parse(argc, argv, 10000000);
    const size_t n = options.n_records;
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    uint64_t *keys = pages(&mem, n * sizeof *keys);
    uint32_t *order = pages(&mem, n * sizeof *order);
    uint32_t *previous = pages(&mem, n * sizeof *previous);
    void *workspace = pages(&mem, weir_radix_sort_workspace_bytes(n));
    uint64_t state = 1;
    for (size_t i = 0; i < n; i++)
        keys[i] = bench_random(&state);
    weir_radix_sort(keys, n, 64, NULL, previous, workspace, 1); /* a random permutation */
    bench_print_header(stdout);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct bench_columns columns = {
            .n_records = n, .n_columns = 1, .column[0] = {.data = keys, .bytes = 8}};
        for (size_t i = 0; i < n; i++)
            keys[i] = make_key(&cases[c], i, n, &state);
        for (size_t t = 1; t <= options.n_threads; t *= 2) {
            struct work work = {.keys = keys,
                                .previous = cases[c].has_previous ? previous : NULL,
                                .order = order,
                                .workspace = workspace,
                                .n = n,
                                .bits = cases[c].bits,
                                .n_threads = (int)t};
            const struct bench_row row = {.bench = "radix_sort",
                                          .name = cases[c].name,
                                          .cpu = "ref",
                                          .n_threads = t,
                                          .n_records = n,
                                          .limit = bench_read_limit(&columns, t, options.n_repeats),
                                          .time =
                                              bench_measure(sort_all, &work, 1, options.n_repeats)};
            bench_print_row(stdout, &row, &options);
        }
    }
    return 0;
}
