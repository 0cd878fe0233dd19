/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Framing and validation of the records of one nfcapd block. */
#include "nfcapd_record.h"

#include "nfcapd_layout.h"
#include "nfcapd_shape.h"

#include <string.h>

void weir_nfcapd_records_init(struct weir_nfcapd_records *records, struct weir_mem *mem,
                              weir_fields fields, weir_extras extras)
{
    *records = (struct weir_nfcapd_records){.mem = mem, .fields = fields};
    weir_nfcapd_extra_plan_init(&records->plan, extras);
}

void weir_nfcapd_records_release(struct weir_nfcapd_records *records)
{
    if (records->mem == NULL)
        return;
    weir_mem_free(records->mem, records->place);
    weir_mem_free(records->mem, records->extra);
    weir_nfcapd_map_table_free(records->maps);
    *records = (struct weir_nfcapd_records){0};
}

static bool needs_maps(const struct weir_nfcapd_records *records)
{
    return (records->fields & (WEIR_FIELD_BIT(WEIR_INIF) | WEIR_FIELD_BIT(WEIR_OUTIF))) != 0 ||
           records->plan.extensions != 0;
}

/* The places of the extras of flow record `index`. */
static uint32_t *extra_places(const struct weir_nfcapd_records *records, size_t index)
{
    return records->extra + index * records->plan.n_slots;
}

static enum weir_status need_map_table(struct weir_nfcapd_records *records, struct weir_error *err)
{
    if (records->maps != NULL)
        return WEIR_OK;
    records->maps = weir_nfcapd_map_table_new(records->mem);
    if (records->maps == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a table of extension maps");
    return WEIR_OK;
}

/* Notes the first flow record with a wanted time that does not fit its column. */
static inline void check_times(struct weir_nfcapd_records *records, uint64_t first_ms,
                               uint64_t last_ms)
{
    if (first_ms <= WEIR_NFCAPD_TIME_MS_MAX && last_ms <= WEIR_NFCAPD_TIME_MS_MAX)
        return;
    if (records->n_fitting != SIZE_MAX)
        return;
    const weir_fields of_first = WEIR_FIELD_BIT(WEIR_FIRST) | WEIR_FIELD_BIT(WEIR_FIRST_MS);
    const weir_fields of_last = WEIR_FIELD_BIT(WEIR_LAST) | WEIR_FIELD_BIT(WEIR_LAST_MS);
    if (first_ms > WEIR_NFCAPD_TIME_MS_MAX && (records->fields & of_first) != 0) {
        records->bad_field = WEIR_FIRST;
        records->bad_time_ms = first_ms;
    } else if (last_ms > WEIR_NFCAPD_TIME_MS_MAX && (records->fields & of_last) != 0) {
        records->bad_field = WEIR_LAST;
        records->bad_time_ms = last_ms;
    } else {
        return;
    }
    records->n_fitting = records->n;
}

static enum weir_status bad_element(const unsigned char *at, const unsigned char *end,
                                    unsigned element, unsigned n_elements, struct weir_error *err)
{
    if (end - at < WEIR_NFCAPD_ELEMENT_BYTES)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected %u elements in the flow record, but found its end after %u",
                              n_elements, element);
    const unsigned number = weir_nfcapd_u16(at);
    const unsigned length = weir_nfcapd_u16(at + 2);
    if (length < WEIR_NFCAPD_ELEMENT_BYTES || length > end - at)
        return weir_error_set(err, WEIR_FORMAT,
                              "element %u of the flow record: expected %d to %td bytes, but found "
                              "a length of %u",
                              number, WEIR_NFCAPD_ELEMENT_BYTES, end - at, length);
    static const unsigned lengths[] = {0, 52, 12, 36, 20};
    return weir_error_set(err, WEIR_FORMAT,
                          "element %u of the flow record: expected %u bytes, but found %u", number,
                          lengths[number], length);
}

/* True when the record at `record`, whose size is that of the shape, has the same elements in the
 * same order. All loads are independent of each other, while a walk must load one length after the
 * other. */
static inline bool has_shape(const struct weir_nfcapd_shape *shape, const unsigned char *record)
{
    uint32_t differences =
        (uint32_t)weir_nfcapd_u16(record + WEIR_NFCAPD_17_N_ELEMENTS) ^ shape->n_elements;
    for (size_t i = 0; i < WEIR_NFCAPD_SHAPE_ELEMENTS; i++)
        differences |= weir_nfcapd_u32(record + shape->at[i]) ^ shape->head[i];
    return differences == 0;
}

/* Notes where in the record the wanted extras of an element stand; `data`: of the element. */
static enum weir_status note_extras(const struct weir_nfcapd_extra_plan *plan, uint32_t head,
                                    uint32_t data, uint32_t *extra, struct weir_error *err)
{
    const unsigned number = head & UINT16_MAX;
    const unsigned n_bytes = (head >> 16) - WEIR_NFCAPD_ELEMENT_BYTES;
    for (size_t i = 0; i < plan->n_17; i++) {
        const struct weir_nfcapd_extra_row *row = &plan->row_17[i];
        if (row->number != number)
            continue;
        if (row->offset + row->bytes > n_bytes)
            return weir_error_set(err, WEIR_FORMAT,
                                  "element %u of the flow record: expected at least %d bytes, but "
                                  "found %u",
                                  number, row->offset + row->bytes + WEIR_NFCAPD_ELEMENT_BYTES,
                                  head >> 16);
        extra[row->slot] = WEIR_NFCAPD_EXTRA_AT(data + row->offset, row->bytes);
    }
    return WEIR_OK;
}

/* Walks the elements of a flow record of kind 11 and notes its shape and places of extras. */
static enum weir_status walk_elements(const unsigned char *record, size_t size,
                                      const struct weir_nfcapd_extra_plan *plan,
                                      struct weir_nfcapd_shape *shape, uint32_t *extra,
                                      struct weir_error *err)
{
    memset(extra, 0, plan->n_slots * sizeof *extra);
    *shape = (struct weir_nfcapd_shape){.place = {.marks = WEIR_NFCAPD_WIDE}};
    const unsigned char *at = record + WEIR_NFCAPD_17_BYTES;
    const unsigned char *const end = record + size;
    const unsigned n_elements = weir_nfcapd_u16(record + WEIR_NFCAPD_17_N_ELEMENTS);
    for (unsigned i = 0; i < n_elements; i++) {
        if (end - at < WEIR_NFCAPD_ELEMENT_BYTES)
            return bad_element(at, end, i, n_elements, err);
        const uint32_t head = weir_nfcapd_u32(at);
        const uint32_t length = head >> 16;
        if (length < WEIR_NFCAPD_ELEMENT_BYTES || length > end - at)
            return bad_element(at, end, i, n_elements, err);
        const uint32_t data = (uint32_t)(at - record) + WEIR_NFCAPD_ELEMENT_BYTES;
        if (head == WEIR_NFCAPD_ELEMENT_GENERIC) {
            shape->place.fixed = data;
        } else if (head == WEIR_NFCAPD_ELEMENT_IPV4) {
            shape->place.address = data;
            shape->place.marks = WEIR_NFCAPD_WIDE;
        } else if (head == WEIR_NFCAPD_ELEMENT_IPV6) {
            shape->place.address = data;
            shape->place.marks = WEIR_NFCAPD_WIDE | WEIR_NFCAPD_IPV6;
        } else if (head == WEIR_NFCAPD_ELEMENT_MISC) {
            shape->place.interfaces = data;
        } else if ((uint16_t)(head - 1) < 4) {
            return bad_element(at, end, i, n_elements, err);
        }
        if (plan->n_17 != 0) {
            const enum weir_status status = note_extras(plan, head, data, extra, err);
            if (status != WEIR_OK)
                return status;
        }
        if (i < WEIR_NFCAPD_SHAPE_ELEMENTS) {
            shape->head[i] = head;
            shape->at[i] = (uint32_t)(at - record);
        }
        at += length;
    }
    if (end - at >= WEIR_NFCAPD_ELEMENT_BYTES) /* less than an element may be padding */
        return weir_error_set(err, WEIR_FORMAT,
                              "expected the flow record to end after %u elements, but found %td "
                              "more bytes",
                              n_elements, end - at);
    for (unsigned i = n_elements; i < WEIR_NFCAPD_SHAPE_ELEMENTS; i++)
        shape->head[i] = weir_nfcapd_u32(record); /* at 0: kind and size, which are the same */
    if (shape->place.fixed != 0 && shape->place.address != 0 && shape->place.interfaces != 0)
        shape->place.marks |= WEIR_NFCAPD_WHOLE;
    shape->n_elements = n_elements;
    shape->size = n_elements <= WEIR_NFCAPD_SHAPE_ELEMENTS ? (uint32_t)size : 0;
    return WEIR_OK;
}

/* A flow record of kind 11 at raw + begin. Most have the shape of the last one of their size. */
static enum weir_status index_flow_17(struct weir_nfcapd_records *records, size_t begin,
                                      size_t size, struct weir_error *err)
{
    if (size < WEIR_NFCAPD_17_BYTES)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected at least %d bytes in a flow record, but found %zu",
                              WEIR_NFCAPD_17_BYTES, size);
    const unsigned char *const record = records->raw + begin;
    struct weir_nfcapd_shape *shape = weir_nfcapd_shape_find(records, size);
    uint32_t *extra = records->shape_extra[shape - records->shape];
    if (shape->size != size || !has_shape(shape, record)) {
        const enum weir_status status =
            walk_elements(record, size, &records->plan, shape, extra, err);
        if (status != WEIR_OK)
            return status;
    }
    const uint32_t base = (uint32_t)begin;
    const struct weir_nfcapd_place *relative = &shape->place;
    struct weir_nfcapd_place *place = &records->place[records->n];
    place->fixed = relative->fixed != 0 ? base + relative->fixed : 0;
    place->address = relative->address != 0 ? base + relative->address : 0;
    place->interfaces = relative->interfaces != 0 ? base + relative->interfaces : 0;
    place->marks = relative->marks;
    if (records->plan.n_slots != 0) {
        uint32_t *own = extra_places(records, records->n);
        for (size_t i = 0; i < records->plan.n_slots; i++)
            own[i] = extra[i] != 0 ? base + extra[i] : 0;
    }
    if (relative->fixed != 0)
        check_times(records, weir_nfcapd_u64(record + relative->fixed + WEIR_NFCAPD_G_FIRST_MS),
                    weir_nfcapd_u64(record + relative->fixed + WEIR_NFCAPD_G_LAST_MS));
    records->n++;
    return WEIR_OK;
}

/* Bytes of a legacy record's addresses and counters. */
static inline uint32_t legacy_core_bytes(uint32_t marks)
{
    return ((marks & WEIR_NFCAPD_IPV6) != 0 ? 32U : 8U) +
           ((marks & WEIR_NFCAPD_PACKETS_64) != 0 ? 8U : 4U) +
           ((marks & WEIR_NFCAPD_OCTETS_64) != 0 ? 8U : 4U);
}

/* Sets the extras of a legacy record that stand in its fixed part (map NULL: the others are absent)
 * or in its extensions, which begin at `begin`. */
static void apply_rows(const struct weir_nfcapd_extra_plan *plan, uint32_t begin,
                       const struct weir_nfcapd_map *map, uint32_t *extra)
{
    if (map == NULL)
        memset(extra, 0, plan->n_slots * sizeof *extra);
    for (size_t i = 0; i < plan->n_16; i++) {
        const struct weir_nfcapd_extra_row *row = &plan->row_16[i];
        if ((row->number == 0) != (map == NULL))
            continue;
        const uint32_t at = map == NULL ? 1 : map->at[row->number - WEIR_NFCAPD_EXTENSION_FIRST];
        if (at != 0)
            extra[row->slot] = WEIR_NFCAPD_EXTRA_AT(begin + at - 1 + row->offset, row->bytes);
    }
}

/* Sets the interfaces and extras of a legacy record, whose extensions have been checked, from its
 * map. */
static void apply_map(const struct weir_nfcapd_records *records, struct weir_nfcapd_place *place,
                      const struct weir_nfcapd_map *map, uint32_t *extra)
{
    const uint32_t extensions = place->address + legacy_core_bytes(place->marks);
    place->interfaces = 0;
    if (records->plan.n_slots != 0)
        apply_rows(&records->plan, extensions, map, extra);
    if (map->width == 0)
        return;
    place->interfaces = extensions + map->offset;
    if (map->width == 4)
        place->marks |= WEIR_NFCAPD_WIDE;
}

static enum weir_status short_extensions(uint16_t id, const struct weir_nfcapd_map *map,
                                         size_t room, struct weir_error *err)
{
    return weir_error_set(err, WEIR_FORMAT,
                          "expected %u bytes of extensions after extension map %u, but found %zu",
                          map->total_bytes, id, room);
}

/* A flow record of kind 1 or 10 at raw + begin. */
static enum weir_status index_flow_legacy(struct weir_nfcapd_records *records, size_t begin,
                                          size_t size, uint32_t variable_at, struct weir_error *err)
{
    if (size < variable_at)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected at least %u bytes in a flow record, but found %zu",
                              variable_at, size);
    const unsigned char *const record = records->raw + begin;
    const unsigned flags = record[WEIR_NFCAPD_16_FLAGS];
    struct weir_nfcapd_place place = {.fixed = (uint32_t)begin,
                                      .address = (uint32_t)begin + variable_at,
                                      .marks = WEIR_NFCAPD_LEGACY};
    if ((flags & WEIR_NFCAPD_16_IPV6) != 0)
        place.marks |= WEIR_NFCAPD_IPV6;
    if ((flags & WEIR_NFCAPD_16_PACKETS_64) != 0)
        place.marks |= WEIR_NFCAPD_PACKETS_64;
    if ((flags & WEIR_NFCAPD_16_OCTETS_64) != 0)
        place.marks |= WEIR_NFCAPD_OCTETS_64;
    const size_t used = variable_at + legacy_core_bytes(place.marks);
    if (size < used)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected at least %zu bytes in a flow record with flags %u, but "
                              "found %zu",
                              used, flags, size);
    uint32_t *extra = records->plan.n_slots != 0 ? extra_places(records, records->n) : NULL;
    if (extra != NULL)
        apply_rows(&records->plan, (uint32_t)begin, NULL, extra);
    if (size > used && needs_maps(records)) {
        const uint16_t id = weir_nfcapd_u16(record + WEIR_NFCAPD_16_MAP);
        const struct weir_nfcapd_map *map =
            records->maps != NULL ? weir_nfcapd_map_table_find(records->maps, id) : NULL;
        if (map == NULL) {
            place.interfaces = id;
            place.marks |= WEIR_NFCAPD_UNRESOLVED;
            records->n_unresolved++;
        } else if (map->total_bytes > size - used) {
            return short_extensions(id, map, size - used, err);
        } else {
            apply_map(records, &place, map, extra);
        }
    }
    check_times(records, weir_nfcapd_16_first_ms(record), weir_nfcapd_16_last_ms(record));
    records->place[records->n++] = place;
    return WEIR_OK;
}

static enum weir_status index_map(struct weir_nfcapd_records *records, size_t begin, size_t size,
                                  struct weir_error *err)
{
    uint16_t id;
    struct weir_nfcapd_map map;
    if (!weir_nfcapd_map_parse(records->raw + begin, size, &id, &map) ||
        (map.outside & records->plan.extensions) != 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected an extension map, but found one of %zu bytes that "
                              "contradicts itself",
                              size);
    if (!needs_maps(records))
        return WEIR_OK;
    const enum weir_status status = need_map_table(records, err);
    return status == WEIR_OK ? weir_nfcapd_map_table_set(records->maps, id, &map, err) : status;
}

static enum weir_status index_record(struct weir_nfcapd_records *records, size_t begin,
                                     unsigned kind, size_t size, struct weir_error *err)
{
    switch (kind) {
    case WEIR_NFCAPD_FLOW_17:
        return index_flow_17(records, begin, size, err);
    case WEIR_NFCAPD_FLOW_16:
        return index_flow_legacy(records, begin, size, WEIR_NFCAPD_16_BYTES, err);
    case WEIR_NFCAPD_FLOW_OLD:
        return index_flow_legacy(records, begin, size, WEIR_NFCAPD_OLD_BYTES, err);
    case WEIR_NFCAPD_EXTENSION_MAP:
        return index_map(records, begin, size, err);
    case WEIR_NFCAPD_FLOW_18:
        return weir_error_set(err, WEIR_FORMAT,
                              "expected records of nfdump 1.6 or 1.7, but found a flow record of "
                              "nfdump 1.8 (type %u)",
                              kind);
    case WEIR_NFCAPD_SLACK:
    case WEIR_NFCAPD_IDENT:
    case WEIR_NFCAPD_STATISTICS:
        return WEIR_OK;
    default:
        if (kind == 0 || kind > WEIR_NFCAPD_LAST_SIDE)
            records->n_unknown++;
        return WEIR_OK;
    }
}

static enum weir_status reserve_places(struct weir_nfcapd_records *records, size_t n,
                                       struct weir_error *err)
{
    if (n <= records->capacity)
        return WEIR_OK;
    const size_t extra_bytes = records->plan.n_slots * sizeof *records->extra;
    weir_mem_free(records->mem, records->place);
    weir_mem_free(records->mem, records->extra);
    records->capacity = 0;
    records->extra = NULL;
    records->place = weir_mem_alloc(records->mem, n * sizeof *records->place);
    if (records->place != NULL && extra_bytes != 0)
        records->extra = weir_mem_alloc(records->mem, n * extra_bytes);
    if (records->place == NULL || (records->extra == NULL && extra_bytes != 0))
        return weir_error_set(err, WEIR_MEMORY, "no memory for an index of %zu records", n);
    records->capacity = n;
    return WEIR_OK;
}

static enum weir_status index_all(struct weir_nfcapd_records *records, uint32_t n_promised,
                                  struct weir_error *err)
{
    const size_t n_raw = records->n_raw;
    size_t at = 0;
    for (uint32_t i = 0; i < n_promised; i++) {
        const size_t left = n_raw - at;
        if (left < 4)
            return weir_error_set(err, WEIR_FORMAT,
                                  "expected %u records, but found the end after %u", n_promised, i);
        const unsigned kind = weir_nfcapd_u16(records->raw + at);
        const size_t size = weir_nfcapd_u16(records->raw + at + 2);
        enum weir_status status = WEIR_OK;
        if (size < 4 || size > left)
            status = weir_error_set(err, WEIR_FORMAT, "expected 4 to %zu bytes, but found %zu",
                                    left < UINT16_MAX ? left : UINT16_MAX, size);
        else
            status = index_record(records, at, kind, size, err);
        if (status != WEIR_OK) {
            weir_error_prepend(err, "record %u of %u at byte %zu: ", i, n_promised, at);
            return status;
        }
        at += size;
        if (kind == WEIR_NFCAPD_FLOW_17 && records->plan.n_slots == 0)
            i += (uint32_t)weir_nfcapd_shape_index(records, &at, size, n_promised - i - 1);
    }
    if (at != n_raw)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected the end after %u records, but found %zu more bytes",
                              n_promised, n_raw - at);
    return WEIR_OK;
}

enum weir_status weir_nfcapd_records_index(struct weir_nfcapd_records *records,
                                           const unsigned char *raw, size_t n_raw,
                                           uint32_t n_promised, struct weir_error *err)
{
    records->n = 0;
    records->n_unknown = 0;
    records->n_unresolved = 0;
    records->n_unmapped = 0;
    records->n_fitting = SIZE_MAX;
    records->raw = raw;
    records->n_raw = n_raw;
    if (records->maps != NULL)
        weir_nfcapd_map_table_clear(records->maps);
    if (n_promised == 0 || n_promised > n_raw / 4)
        return weir_error_set(err, WEIR_FORMAT,
                              "expected 1 to %zu records in %zu bytes, but found a count of %u",
                              n_raw / 4, n_raw, n_promised);
    enum weir_status status = reserve_places(records, n_promised, err);
    if (status == WEIR_OK)
        status = index_all(records, n_promised, err);
    if (status != WEIR_OK)
        records->n = 0;
    if (records->n_fitting > records->n)
        records->n_fitting = records->n;
    return status;
}

/* --- extension maps of earlier blocks -------------------------------------------------------- */

static enum weir_status resolve_place(struct weir_nfcapd_records *records, size_t index,
                                      const struct weir_nfcapd_map *map, bool tolerant,
                                      struct weir_error *err)
{
    struct weir_nfcapd_place *place = &records->place[index];
    const uint16_t id = (uint16_t)place->interfaces;
    const unsigned char *record = records->raw + place->fixed;
    const size_t room = weir_nfcapd_u16(record + 2) - (place->address - place->fixed) -
                        legacy_core_bytes(place->marks);
    place->marks &= ~(uint32_t)WEIR_NFCAPD_UNRESOLVED;
    place->interfaces = 0;
    /* What was replaced by a map that is lost would fit by chance only. */
    const bool fits =
        map != NULL && (map->is_doubtful ? map->total_bytes == room : map->total_bytes <= room);
    if (fits) {
        uint32_t *extra = records->plan.n_slots != 0 ? extra_places(records, index) : NULL;
        apply_map(records, place, map, extra);
        return WEIR_OK;
    }
    if (tolerant) {
        records->n_unmapped++;
        return WEIR_OK;
    }
    const enum weir_status status =
        map != NULL
            ? short_extensions(id, map, room, err)
            : weir_error_set(err, WEIR_FORMAT,
                             "expected extension map %u somewhere before, but found none", id);
    weir_error_prepend(err, "flow record %zu at byte %u: ", index, place->fixed);
    return status;
}

enum weir_status weir_nfcapd_records_resolve(struct weir_nfcapd_records *records,
                                             struct weir_nfcapd_history *history, uint64_t block,
                                             bool tolerant, struct weir_error *err)
{
    if (records->n_unresolved == 0)
        return WEIR_OK;
    enum weir_status status = need_map_table(records, err);
    if (status != WEIR_OK)
        return status;
    /* The maps of this block are published: the table now caches those of earlier ones. */
    struct weir_nfcapd_map_table *table = records->maps;
    weir_nfcapd_map_table_clear(table);
    for (size_t i = 0; i < records->n; i++) {
        if ((records->place[i].marks & WEIR_NFCAPD_UNRESOLVED) == 0)
            continue;
        const uint16_t id = (uint16_t)records->place[i].interfaces;
        const struct weir_nfcapd_map *map = weir_nfcapd_map_table_find(table, id);
        if (map == NULL) {
            struct weir_nfcapd_map earlier;
            bool found;
            status = weir_nfcapd_history_find(history, block, id, &earlier, &found, err);
            if (status != WEIR_OK)
                return status;
            if (found)
                status = weir_nfcapd_map_table_set(table, id, &earlier, err);
            if (status != WEIR_OK)
                return status;
            map = weir_nfcapd_map_table_find(table, id);
        }
        status = resolve_place(records, i, map, tolerant, err);
        if (status != WEIR_OK)
            return status;
    }
    records->n_unresolved = 0;
    return WEIR_OK;
}
