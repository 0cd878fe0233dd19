/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension maps of nfdump 1.6 and their history over the blocks of a file.
 *
 * Published blocks are merged in ascending order, as soon as all blocks before them are there, into
 * a list of versions: a version is added only where the map of an id changes. Real files repeat a
 * handful of maps thousands of times, so the list stays short. The versions of one id are chained
 * from the latest back; a look-up for a block follows the chain to the first version that is older.
 */
#include "nfcapd_maps.h"

#include "nfcapd_layout.h"

#include <pthread.h>
#include <string.h>

enum block_state { UNSEEN, CLAIMED, PUBLISHED, LOST /* published, but damaged */ };

struct definition {
    uint16_t id;
    struct weir_nfcapd_map map;
};

/* Maps of a published block that waits for earlier ones. */
struct pending {
    size_t n;
    struct definition definition[];
};

#define NO_VERSION UINT32_MAX

struct version {
    uint64_t block; /* that defined it */
    uint32_t older; /* version of the same id, or NO_VERSION */
    struct weir_nfcapd_map map;
};

struct weir_nfcapd_history {
    struct weir_mem *mem;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t n_blocks;
    uint64_t n_merged; /* blocks 0 .. n_merged - 1 are in the versions */
    bool broken;       /* memory has failed: look-ups cannot be answered */
    unsigned char *state;
    struct pending **pending;
    struct version *version;
    uint32_t n_versions;
    uint32_t capacity;
    uint32_t *latest; /* version by id; NULL until the first map */
};

/* Bytes of the extensions by number. Number 48 was longer in two early releases, which matters only
 * for what follows it. */
static unsigned extension_bytes(uint16_t number)
{
    static const uint8_t bytes[] = {
        [4] = 4,   [5] = 8,   [6] = 4,   [7] = 8,   [8] = 4,   [9] = 4,  [10] = 16,
        [11] = 4,  [12] = 16, [13] = 4,  [14] = 4,  [15] = 8,  [16] = 4, [17] = 8,
        [18] = 4,  [19] = 8,  [20] = 16, [21] = 16, [22] = 40, [23] = 4, [24] = 16,
        [25] = 4,  [26] = 8,  [27] = 8,  [37] = 20, [38] = 4,  [39] = 8, [40] = 32,
        [41] = 24, [42] = 24, [43] = 72, [45] = 24, [46] = 12, [47] = 8, [48] = 8,
    };
    return number < sizeof bytes ? bytes[number] : 0;
}

bool weir_nfcapd_map_parse(const unsigned char *record, size_t size, uint16_t *id,
                           struct weir_nfcapd_map *map)
{
    enum { ID_AT = 4, TOTAL_AT = 6, LIST_AT = 8, INTERFACES_U16 = 4, INTERFACES_U32 = 5 };
    if (size < LIST_AT)
        return false;
    *id = weir_nfcapd_u16(record + ID_AT);
    *map = (struct weir_nfcapd_map){.total_bytes = weir_nfcapd_u16(record + TOTAL_AT)};
    size_t offset = 0;
    for (size_t at = LIST_AT; at + 2 <= size; at += 2) {
        const uint16_t number = weir_nfcapd_u16(record + at);
        if (number == 0)
            break;
        const unsigned bytes = extension_bytes(number);
        if (number == INTERFACES_U16 || number == INTERFACES_U32) {
            if (offset + bytes > map->total_bytes)
                return false;
            map->offset = (uint16_t)offset;
            map->width = number == INTERFACES_U16 ? 2 : 4;
        } else if (number >= WEIR_NFCAPD_EXTENSION_FIRST && number <= WEIR_NFCAPD_EXTENSION_LAST) {
            if (offset + bytes > map->total_bytes)
                map->outside |= (uint32_t)1 << number;
            else
                map->at[number - WEIR_NFCAPD_EXTENSION_FIRST] = (uint16_t)(offset + 1);
        }
        offset += bytes;
    }
    return true;
}

struct weir_nfcapd_map_table *weir_nfcapd_map_table_new(struct weir_mem *mem)
{
    struct weir_nfcapd_map_table *table = weir_mem_zalloc(mem, 1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->mem = mem;
    table->stamp = 1;
    return table;
}

void weir_nfcapd_map_table_free(struct weir_nfcapd_map_table *table)
{
    if (table == NULL)
        return;
    weir_mem_free(table->mem, table->defined);
    weir_mem_free(table->mem, table);
}

void weir_nfcapd_map_table_clear(struct weir_nfcapd_map_table *table)
{
    table->n_defined = 0;
    table->stamp++;
    if (table->stamp != 0)
        return;
    memset(table->entry, 0, sizeof table->entry);
    table->stamp = 1;
}

enum weir_status weir_nfcapd_map_table_set(struct weir_nfcapd_map_table *table, uint16_t id,
                                           const struct weir_nfcapd_map *map,
                                           struct weir_error *err)
{
    if (table->entry[id].stamp != table->stamp) {
        if (table->n_defined == table->capacity) {
            const uint32_t capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
            void *defined =
                weir_mem_resize(table->mem, table->defined, capacity * sizeof *table->defined);
            if (defined == NULL)
                return weir_error_set(err, WEIR_MEMORY, "no memory for %u extension maps",
                                      capacity);
            table->defined = defined;
            table->capacity = capacity;
        }
        table->entry[id].stamp = table->stamp;
        table->entry[id].index = table->n_defined;
        table->defined[table->n_defined++].id = id;
    }
    table->defined[table->entry[id].index].map = *map;
    return WEIR_OK;
}

enum weir_status weir_nfcapd_history_new(struct weir_mem *mem, uint64_t n_blocks,
                                         struct weir_nfcapd_history **history,
                                         struct weir_error *err)
{
    *history = NULL;
    struct weir_nfcapd_history *fresh = weir_mem_zalloc(mem, 1, sizeof *fresh);
    if (fresh == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for extension maps");
    fresh->mem = mem;
    fresh->n_blocks = n_blocks;
    pthread_mutex_init(&fresh->mutex, NULL);
    pthread_cond_init(&fresh->changed, NULL);
    fresh->state = weir_mem_zalloc(mem, n_blocks, 1);
    fresh->pending = weir_mem_zalloc(mem, n_blocks, sizeof(struct pending *));
    if (fresh->state == NULL || fresh->pending == NULL) {
        weir_nfcapd_history_free(fresh);
        return weir_error_set(err, WEIR_MEMORY, "no memory for extension maps");
    }
    *history = fresh;
    return WEIR_OK;
}

void weir_nfcapd_history_free(struct weir_nfcapd_history *history)
{
    if (history == NULL)
        return;
    struct weir_mem *mem = history->mem;
    for (uint64_t i = history->n_merged; history->pending != NULL && i < history->n_blocks; i++)
        weir_mem_free(mem, history->pending[i]);
    pthread_mutex_destroy(&history->mutex);
    pthread_cond_destroy(&history->changed);
    weir_mem_free(mem, history->state);
    weir_mem_free(mem, history->pending);
    weir_mem_free(mem, history->version);
    weir_mem_free(mem, history->latest);
    weir_mem_free(mem, history);
}

void weir_nfcapd_history_claim(struct weir_nfcapd_history *history, uint64_t block)
{
    pthread_mutex_lock(&history->mutex);
    if (history->state[block] == UNSEEN)
        history->state[block] = CLAIMED;
    pthread_mutex_unlock(&history->mutex);
}

static bool same_map(const struct weir_nfcapd_map *a, const struct weir_nfcapd_map *b)
{
    return a->total_bytes == b->total_bytes && a->offset == b->offset && a->width == b->width &&
           a->outside == b->outside && memcmp(a->at, b->at, sizeof a->at) == 0;
}

static bool reserve_version(struct weir_nfcapd_history *history)
{
    if (history->latest == NULL) {
        history->latest =
            weir_mem_alloc(history->mem, WEIR_NFCAPD_MAP_IDS * sizeof *history->latest);
        if (history->latest == NULL)
            return false;
        memset(history->latest, 0xff, WEIR_NFCAPD_MAP_IDS * sizeof *history->latest);
    }
    if (history->n_versions < history->capacity)
        return true;
    if (history->capacity > NO_VERSION / 2)
        return false;
    const uint32_t capacity = history->capacity == 0 ? 64 : 2 * history->capacity;
    struct version *version =
        weir_mem_resize(history->mem, history->version, capacity * sizeof *version);
    if (version == NULL)
        return false;
    history->version = version;
    history->capacity = capacity;
    return true;
}

static bool merge_definition(struct weir_nfcapd_history *history, uint64_t block,
                             const struct definition *definition)
{
    if (!reserve_version(history))
        return false;
    const uint32_t older = history->latest[definition->id];
    if (older != NO_VERSION && same_map(&history->version[older].map, &definition->map))
        return true;
    history->version[history->n_versions] =
        (struct version){.block = block, .older = older, .map = definition->map};
    history->latest[definition->id] = history->n_versions++;
    return true;
}

/* Merges what has become complete. False: out of memory, some maps are lost. */
static bool merge_published(struct weir_nfcapd_history *history)
{
    bool good = true;
    while (history->n_merged < history->n_blocks &&
           history->state[history->n_merged] >= PUBLISHED) {
        const uint64_t block = history->n_merged++;
        struct pending *pending = history->pending[block];
        for (size_t i = 0; pending != NULL && i < pending->n; i++)
            good = good && merge_definition(history, block, &pending->definition[i]);
        weir_mem_free(history->mem, pending);
        history->pending[block] = NULL;
    }
    return good;
}

enum weir_status weir_nfcapd_history_publish(struct weir_nfcapd_history *history, uint64_t block,
                                             const struct weir_nfcapd_map_table *table,
                                             bool is_lost, struct weir_error *err)
{
    const size_t n = table != NULL ? table->n_defined : 0;
    struct pending *pending = NULL;
    bool good = true;
    if (n > 0) {
        pending = weir_mem_alloc(history->mem, sizeof *pending + n * sizeof(struct definition));
        good = pending != NULL;
    }
    if (pending != NULL) {
        pending->n = n;
        for (size_t i = 0; i < n; i++)
            pending->definition[i] =
                (struct definition){.id = table->defined[i].id, .map = table->defined[i].map};
    }
    pthread_mutex_lock(&history->mutex);
    if (history->state[block] >= PUBLISHED) {
        weir_mem_free(history->mem, pending);
    } else {
        history->state[block] = is_lost ? LOST : PUBLISHED;
        history->pending[block] = pending;
        good = merge_published(history) && good;
        history->broken = history->broken || !good;
        pthread_cond_broadcast(&history->changed);
    }
    pthread_mutex_unlock(&history->mutex);
    if (!good)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu extension maps", n);
    return WEIR_OK;
}

bool weir_nfcapd_history_wait(struct weir_nfcapd_history *history, uint64_t block,
                              uint64_t *missing)
{
    bool complete = true;
    pthread_mutex_lock(&history->mutex);
    for (uint64_t i = history->n_merged; i < block && complete; i++) {
        while (history->state[i] == CLAIMED)
            pthread_cond_wait(&history->changed, &history->mutex);
        if (history->state[i] == UNSEEN) {
            history->state[i] = CLAIMED;
            *missing = i;
            complete = false;
        }
    }
    pthread_mutex_unlock(&history->mutex);
    return complete;
}

enum weir_status weir_nfcapd_history_find(struct weir_nfcapd_history *history, uint64_t block,
                                          uint16_t id, struct weir_nfcapd_map *map, bool *found,
                                          struct weir_error *err)
{
    *found = false;
    pthread_mutex_lock(&history->mutex);
    const bool broken = history->broken;
    uint32_t version = history->latest != NULL ? history->latest[id] : NO_VERSION;
    while (version != NO_VERSION && history->version[version].block >= block)
        version = history->version[version].older;
    if (version != NO_VERSION) {
        const uint64_t since = history->version[version].block + 1;
        *map = history->version[version].map;
        map->is_doubtful = memchr(history->state + since, LOST, block - since) != NULL;
        *found = true;
    }
    pthread_mutex_unlock(&history->mutex);
    if (broken)
        return weir_error_set(err, WEIR_MEMORY, "no memory for extension maps");
    return WEIR_OK;
}
