/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the seeds of the nfcapd target into the directory that is given: tiny files of every kind,
 * whole and damaged. */
#include "nfcapd_make.h"
#include "nfcapd_read.h"

#include <stdio.h>

#define N_FLOWS 7

static const char *const packing_name[] = {"plain", "lzo", "bz2", "lz4", "zstd"};
static const uint16_t map_interfaces[] = {4, 0};       /* 16 bits each */
static const uint16_t map_wide[] = {1, 2, 3, 5, 6, 0}; /* 32 bits each, behind and among others */

static void save(const char *directory, const char *name, struct make *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    check_write_file(path, file->bytes, file->n);
    make_release(file);
}

static void add_flows_17(struct make *payload, uint64_t first)
{
    for (uint64_t i = 0; i < N_FLOWS; i++) {
        const struct make_flow flow = read_flow(first + i);
        make_flow_17(payload, &flow);
    }
}

static void add_flow_16(struct make *payload, uint64_t number, bool old, uint16_t map,
                        size_t n_extension_bytes)
{
    struct make_flow flow = read_flow(number);
    const bool wide = number % 2 == 0;
    const size_t begin = make_begin_16(payload, &flow, old, wide, map);
    for (size_t i = 0; i < n_extension_bytes; i++)
        make_u8(payload, (unsigned)(number + i));
    make_end_16(payload, begin);
}

/* Layout 2 with two blocks of flows, an exporter's record, and an appendix. */
static void make_v2(struct make *file, enum make_packing packing)
{
    struct make payload = {0};
    make_begin_v2(file, packing);
    add_flows_17(&payload, 0);
    make_block(file, packing, 3, &payload);
    make_record(&payload, 7, "exporter", 8);
    add_flows_17(&payload, 100);
    make_block(file, packing, 3, &payload);
    make_end_v2(file, packing, 2);
    make_release(&payload);
}

/* Layout 1 whose second block uses a map of the first, and changes another one. */
static void make_v1(struct make *file, enum make_packing packing, bool old)
{
    struct make payload = {0};
    make_begin_v1(file, packing, 2);
    make_map(&payload, 0, 4, map_interfaces);
    make_map(&payload, 1, 20, map_wide);
    for (uint64_t i = 0; i < N_FLOWS; i++)
        add_flow_16(&payload, i, old, i % 2 == 0 ? 0 : 1, i % 2 == 0 ? 4 : 20);
    make_block(file, packing, 2, &payload);
    add_flow_16(&payload, 50, old, 0, 4);
    make_map(&payload, 0, 20, map_wide);
    add_flow_16(&payload, 51, old, 0, 20);
    make_block(file, packing, 2, &payload);
    make_release(&payload);
}

static void save_odd_elements(const char *directory)
{
    struct make file = {0};
    struct make payload = {0};
    const struct make_flow flow = read_flow(1);
    make_begin_v2(&file, MAKE_PLAIN);
    for (unsigned number = 5; number < 40; number += 6) {
        const size_t begin = make_begin_17(&payload, 3);
        make_element(&payload, &flow, number, 4 + number);
        make_element(&payload, &flow, 3, 0);
        make_element(&payload, &flow, 1, 0);
        make_end_17(&payload, begin);
    }
    make_record(&payload, 99, "unknown", 8);
    make_block(&file, MAKE_PLAIN, 3, &payload);
    make_end_v2(&file, MAKE_PLAIN, 1);
    make_release(&payload);
    save(directory, "elements", &file);
}

static void save_damaged(const char *directory)
{
    struct make file = {0};
    make_v2(&file, MAKE_PLAIN);
    file.n -= 5;
    save(directory, "cut_appendix", &file);
    make_v2(&file, MAKE_PLAIN);
    file.n = 1200;
    save(directory, "cut_block", &file);
    make_v2(&file, MAKE_LZ4);
    memset(file.bytes + 52, 0xff, 8);
    save(directory, "bad_lz4", &file);
    make_v2(&file, MAKE_PLAIN);
    make_set_u32(&file, 44, UINT32_MAX);
    save(directory, "huge_block", &file);
    make_v1(&file, MAKE_PLAIN, false);
    make_set_u16(&file, 280 + 12 + 2, 3);
    save(directory, "bad_map", &file);
    make_begin_v2(&file, MAKE_PLAIN);
    save(directory, "no_blocks", &file);
    make_begin_v1(&file, MAKE_PLAIN, 0);
    file.n = 100;
    save(directory, "no_header", &file);
    make_u16(&file, 0x0ca5);
    make_u32(&file, 0x100);
    save(directory, "big_endian", &file);
    make_begin_v2(&file, MAKE_PLAIN);
    make_set_u16(&file, 2, 3);
    save(directory, "layout_3", &file);
}

int main(int argc, char *argv[])
{
    char name[64];
    if (argc != 2 || lzo_init() != LZO_E_OK) {
        fprintf(stderr, "usage: make_corpus DIRECTORY\n");
        return 1;
    }
    for (int packing = MAKE_PLAIN; packing < MAKE_N_PACKINGS; packing++) {
        struct make file = {0};
        make_v2(&file, (enum make_packing)packing);
        snprintf(name, sizeof name, "v2_%s", packing_name[packing]);
        save(argv[1], name, &file);
        if (packing == MAKE_ZSTD)
            continue;
        make_v1(&file, (enum make_packing)packing, false);
        snprintf(name, sizeof name, "v1_%s", packing_name[packing]);
        save(argv[1], name, &file);
    }
    struct make file = {0};
    make_v1(&file, MAKE_PLAIN, true);
    save(argv[1], "v1_old_records", &file);
    save_odd_elements(argv[1]);
    save_damaged(argv[1]);
    return 0;
}
