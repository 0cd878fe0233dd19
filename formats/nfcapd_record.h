/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow records of an nfcapd block: framing, validation, decoding into columns.
 *
 * A decompressed block is a chain of records of many kinds. Indexing walks the chain once, checks
 * everything that decoding relies on, and notes for each flow record where its parts lie; decoding
 * then takes the wanted fields of any range of flow records without further checks. Three kinds
 * hold flows: 11 (nfdump 1.7), 10 and 1 (nfdump 1.6). What a block holds decides, not the layout
 * version of its file.
 *
 * A struct weir_nfcapd_records is used by one thread at a time. Messages name record and byte, not
 * the file.
 */
#ifndef WEIR_NFCAPD_RECORD_H
#define WEIR_NFCAPD_RECORD_H

#include "batch.h"
#include "mem.h"
#include "nfcapd_maps.h"
#include "status.h"

/* Where the parts of one flow record lie, as offsets from the start of the block. */
struct weir_nfcapd_place {
    uint32_t fixed;      /* kind 11: its generic element, 0: absent; else the record itself */
    uint32_t address;    /* addresses, 0: absent */
    uint32_t interfaces; /* interfaces, 0: absent; an extension map's id when UNRESOLVED */
    uint32_t marks;      /* of enum weir_nfcapd_mark */
};

enum weir_nfcapd_mark {
    WEIR_NFCAPD_LEGACY = 1,     /* kind 1 or 10 */
    WEIR_NFCAPD_IPV6 = 2,       /* addresses are 2 x 16 bytes, not 2 x 4 */
    WEIR_NFCAPD_PACKETS_64 = 4, /* legacy counters of 8 bytes, not 4 */
    WEIR_NFCAPD_OCTETS_64 = 8,
    WEIR_NFCAPD_WIDE = 16,       /* interfaces of 4 bytes, not 2 */
    WEIR_NFCAPD_UNRESOLVED = 32, /* the extension map stands in an earlier block */
    WEIR_NFCAPD_WHOLE = 64       /* kind 11 with all three parts, interfaces of 4 bytes */
};

/* How the elements of a flow record of nfdump 1.7 followed each other. */
#define WEIR_NFCAPD_SHAPES         8 /* power of two; by record size */
#define WEIR_NFCAPD_SHAPE_ELEMENTS 8
struct weir_nfcapd_shape {
    uint32_t size; /* of the record; 0: none yet */
    uint32_t n_elements;
    uint32_t head[WEIR_NFCAPD_SHAPE_ELEMENTS]; /* first bytes of the elements, */
    uint32_t at[WEIR_NFCAPD_SHAPE_ELEMENTS];   /* which stand there in the record */
    struct weir_nfcapd_place place;            /* relative to the record */
};

struct weir_nfcapd_records {
    struct weir_mem *mem;
    weir_fields fields;       /* that will be decoded; others are not checked */
    const unsigned char *raw; /* the block; borrowed from index to the last decode */
    size_t n_raw;
    struct weir_nfcapd_place *place;
    size_t n; /* flow records */
    size_t capacity;
    uint64_t n_unknown; /* records of kinds that no known nfdump writes */
    size_t n_unresolved;
    uint64_t n_unmapped;  /* flow records that were resolved without a map */
    size_t n_fitting;     /* flow records before the first whose time needs more than 32 bits */
    uint64_t bad_time_ms; /* that time, when n_fitting < n */
    enum weir_field bad_field;
    struct weir_nfcapd_shape shape[WEIR_NFCAPD_SHAPES];
    struct weir_nfcapd_map_table *maps; /* NULL until a map is seen that is needed */
    struct weir_nfcapd_extra_plan plan; /* of columns beyond the fields */
    uint32_t *extra;                    /* plan.n_slots places per flow record */
    uint32_t shape_extra[WEIR_NFCAPD_SHAPES][WEIR_N_EXTRAS]; /* the same relative to the record */
};

/* Starts in the caller's storage; takes no memory yet. */
void weir_nfcapd_records_init(struct weir_nfcapd_records *records, struct weir_mem *mem,
                              weir_fields fields, weir_extras extras);
void weir_nfcapd_records_release(struct weir_nfcapd_records *records);

/* Walks the `n_promised` records in raw[0 .. n_raw), which must be exactly those, and notes the
 * flow records. WEIR_FORMAT, WEIR_MEMORY: there are none then. Times are only noted: the caller
 * looks at n_fitting. */
enum weir_status weir_nfcapd_records_index(struct weir_nfcapd_records *records,
                                           const unsigned char *raw, size_t n_raw,
                                           uint32_t n_promised,
                                           struct weir_error *err) WEIR_MUST_CHECK;

/* Looks up, in the history of the file, the extension maps of records whose map does not stand in
 * `block`, which has been indexed and published. `tolerant`: records whose map is lost, or does not
 * fit them, get interfaces 0; else that is WEIR_FORMAT. The history must be complete up to the
 * block (weir_nfcapd_history_wait). */
enum weir_status weir_nfcapd_records_resolve(struct weir_nfcapd_records *records,
                                             struct weir_nfcapd_history *history, uint64_t block,
                                             bool tolerant, struct weir_error *err) WEIR_MUST_CHECK;

/* Buffers for decoded fields, WEIR_BATCH_RECORDS values each, in the types of
 * weir_schema_set_default with wide interfaces. Some fields are decoded together: the buffers of
 * weir_nfcapd_field_groups(fields) must be there, all others NULL. That of aggs is not touched. */
struct weir_nfcapd_columns {
    void *data[WEIR_N_FIELDS];
    void *extra[WEIR_N_EXTRAS]; /* by slot, in the types of extras.def; all of the plan's or none */
};

/* The fields that have to be decoded with `fields`: the set itself and more. */
weir_fields weir_nfcapd_field_groups(weir_fields fields);

/* Decodes flow records [begin, begin + n) into the buffers that are not NULL. */
void weir_nfcapd_records_decode(const struct weir_nfcapd_records *records, size_t begin, size_t n,
                                const struct weir_nfcapd_columns *columns);

#endif
