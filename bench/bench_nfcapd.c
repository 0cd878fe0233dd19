/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nfcapd: records of a file of nfdump, beside decompression alone.
 *
 * usage: bench_nfcapd FILE [THREADS [REPEATS]]
 *
 * Here the "read limit" is the decompression of all blocks without looking at what comes out. */
#include "bench.h"
#include "nfcapd_index.h"

#include <stdlib.h>

struct unpacking {
    struct weir_mem *mem;
    const struct weir_mapping *file;
    const struct weir_nfcapd_index *index;
};

static void unpack_slice(void *context, size_t thread, size_t n_threads)
{
    const struct unpacking *unpacking = context;
    const struct weir_nfcapd_index *index = unpacking->index;
    struct weir_nfcapd_unpacker unpacker;
    struct weir_error err;
    size_t begin = 0;
    size_t end = 0;
    bench_slice(index->n_blocks, 1, thread, n_threads, &begin, &end);
    weir_nfcapd_unpacker_init(&unpacker, unpacking->mem);
    for (size_t b = begin; b < end; b++) {
        const struct weir_nfcapd_block *block = &index->block[b];
        const unsigned char *raw = NULL;
        size_t n_raw = 0;
        bench_check(weir_nfcapd_unpack(&unpacker, index->packing,
                                       unpacking->file->data + block->offset +
                                           WEIR_NFCAPD_BLOCK_HEADER_BYTES,
                                       block->n_stored, &raw, &n_raw, &err),
                    &err);
    }
    weir_nfcapd_unpacker_release(&unpacker);
}

/* As the header of the file counts them. */
static uint64_t count_records(const struct weir_nfcapd_index *index)
{
    uint64_t n = 0;
    for (uint64_t b = 0; b < index->n_blocks; b++)
        n += index->block[b].n_records;
    return n;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_nfcapd FILE [THREADS [REPEATS]]\n");
        return 2;
    }
    char *arguments[] = {argv[0], NULL, argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL};
    arguments[1] = argv[1];
    struct bench_options options = bench_options_parse(argc, arguments, 0);
    struct weir_mem mem;
    struct weir_error err;
    struct weir_mapping file;
    struct weir_nfcapd_index index = {0};
    struct bench_input input = {.mem = &mem};
    weir_mem_init(&mem, SIZE_MAX);
    bench_check(weir_mapping_open(argv[1], -1, &file, &err), &err);
    bench_check(weir_nfcapd_index_build(&index, argv[1], &file, &mem, &err), &err);
    bench_input_open(&input, argv[1], weir_cpu_detect(), WEIR_FIELDS_ALL);
    struct unpacking unpacking = {.mem = &mem, .file = &file, .index = &index};
    snprintf(options.command, sizeof options.command, "bench_nfcapd FILE %zu %zu",
             options.n_threads, options.n_repeats);
    bench_print_header(stdout);
    for (size_t t = 1; t <= options.n_threads; t *= 2) {
        const struct bench_row row = {
            .bench = "nfcapd",
            .name = weir_nfcapd_packing_name(index.packing),
            .cpu = "ref",
            .n_threads = t,
            .n_records = count_records(&index),
            .limit = bench_measure(unpack_slice, &unpacking, t, options.n_repeats),
            .time = bench_measure(bench_input_read, &input, t, options.n_repeats)};
        bench_print_row(stdout, &row, &options);
    }
    bench_input_close(&input);
    weir_nfcapd_index_release(&index, &mem);
    weir_mapping_close(&file);
    return 0;
}
