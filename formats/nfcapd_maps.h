/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension maps of nfdump 1.6: where the records of old files keep their interfaces.
 *
 * Records of nfdump 1.6 end in optional extensions whose order is told by an extension map, a
 * record that stands somewhere before them, often in an earlier block; a later map with the same
 * number replaces the earlier one from there on. weir needs the maps for inif and outif, and for
 * columns beyond the fields.
 *
 * A *table* belongs to one cursor and holds the maps of the block at hand. A *history* belongs to
 * the input and knows the maps in effect at the start of each block, whatever the order in which
 * threads load blocks: a thread claims a block, reads it, publishes the maps that the block leaves
 * behind, and only then asks for maps of earlier blocks. It waits for those that other threads have
 * claimed, and reads those that nobody has. Publishing never waits, so waiting always ends.
 *
 * Histories may be used by all threads at a time; a table by one.
 */
#ifndef WEIR_NFCAPD_MAPS_H
#define WEIR_NFCAPD_MAPS_H

#include "mem.h"
#include "nfcapd_extra.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* What a map says about interfaces and other extensions. */
struct weir_nfcapd_map {
    uint16_t total_bytes; /* of all extensions of a record */
    uint16_t offset;      /* of the interfaces in them */
    uint8_t width;        /* bytes of one interface: 2, 4; 0: records have none */
    bool is_doubtful;     /* a block was lost since, in which it may have been replaced */
    uint32_t outside;     /* bit n: extension n lies outside of the extensions */
    uint16_t at[WEIR_NFCAPD_N_EXTENSIONS]; /* 1 + offset of extension FIRST + i; 0: absent */
};

/* Reads an extension map record of `size` bytes, header included. False when it contradicts itself:
 * too short, or its interfaces lie outside of the extensions. */
bool weir_nfcapd_map_parse(const unsigned char *record, size_t size, uint16_t *id,
                           struct weir_nfcapd_map *map);

#define WEIR_NFCAPD_MAP_IDS 65536

struct weir_nfcapd_map_table {
    struct weir_mem *mem;
    uint32_t stamp; /* entries with another stamp are of an earlier block */
    uint32_t n_defined;
    uint32_t capacity;
    struct {
        struct weir_nfcapd_map map;
        uint16_t id;
    } * defined; /* the maps of the block, one per id */
    struct {
        uint32_t stamp;
        uint32_t index; /* in `defined` */
    } entry[WEIR_NFCAPD_MAP_IDS];
};

/* A table without maps; NULL when memory is used up. free: NULL is allowed. */
struct weir_nfcapd_map_table *weir_nfcapd_map_table_new(struct weir_mem *mem);
void weir_nfcapd_map_table_free(struct weir_nfcapd_map_table *table);

/* Forgets all maps of the table. */
void weir_nfcapd_map_table_clear(struct weir_nfcapd_map_table *table);

/* Sets the map of an id. WEIR_MEMORY. */
enum weir_status weir_nfcapd_map_table_set(struct weir_nfcapd_map_table *table, uint16_t id,
                                           const struct weir_nfcapd_map *map,
                                           struct weir_error *err) WEIR_MUST_CHECK;

/* The map of an id, or NULL. */
static inline const struct weir_nfcapd_map *
weir_nfcapd_map_table_find(const struct weir_nfcapd_map_table *table, uint16_t id)
{
    return table->entry[id].stamp == table->stamp ? &table->defined[table->entry[id].index].map
                                                  : NULL;
}

struct weir_nfcapd_history;

/* A history of `n_blocks` blocks, none of them claimed. WEIR_MEMORY. Free it when no thread uses it
 * any more; NULL is allowed there. */
enum weir_status weir_nfcapd_history_new(struct weir_mem *mem, uint64_t n_blocks,
                                         struct weir_nfcapd_history **history,
                                         struct weir_error *err) WEIR_MUST_CHECK;
void weir_nfcapd_history_free(struct weir_nfcapd_history *history);

/* Announces that the caller reads `block` and will publish its maps. */
void weir_nfcapd_history_claim(struct weir_nfcapd_history *history, uint64_t block);

/* Publishes the maps that `block` leaves behind (NULL: none); `is_lost`: it is damaged, and what it
 * defined is unknown. A block that was published before stays as it is. WEIR_MEMORY: the block
 * counts as published and all look-ups fail from now on, so that nobody waits for it. */
enum weir_status weir_nfcapd_history_publish(struct weir_nfcapd_history *history, uint64_t block,
                                             const struct weir_nfcapd_map_table *table,
                                             bool is_lost, struct weir_error *err) WEIR_MUST_CHECK;

/* Waits until every block before `block` is published: true. False when one of them is neither
 * published nor claimed: it is now claimed by the caller, who publishes *missing and asks again. */
bool weir_nfcapd_history_wait(struct weir_nfcapd_history *history, uint64_t block,
                              uint64_t *missing);

/* After weir_nfcapd_history_wait: finds the map of `id` in effect at the start of `block`; *found
 * tells whether there is one. WEIR_MEMORY when publishing has failed. */
enum weir_status weir_nfcapd_history_find(struct weir_nfcapd_history *history, uint64_t block,
                                          uint16_t id, struct weir_nfcapd_map *map, bool *found,
                                          struct weir_error *err) WEIR_MUST_CHECK;

#endif
