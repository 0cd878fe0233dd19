/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Totals per input: one lane's counting, and adding up. */
#include "info_totals.h"

#include "field_load.h"
#include "mem.h"
#include "sampling.h"

#define CHUNK ((size_t)512)

#define COUNTED_FIELDS                                                                         \
    (WEIR_FIELD_BIT(WEIR_PROT) | WEIR_FIELD_BIT(WEIR_FIRST) | WEIR_FIELD_BIT(WEIR_FIRST_MS) |  \
     WEIR_FIELD_BIT(WEIR_LAST) | WEIR_FIELD_BIT(WEIR_LAST_MS) | WEIR_FIELD_BIT(WEIR_PACKETS) | \
     WEIR_FIELD_BIT(WEIR_OCTETS))

struct weir_info_lane {
    struct weir_mem *mem;
    struct weir_info_totals *totals; /* the last one is of the input at hand */
    size_t n, capacity;
    uint64_t *converted[WEIR_N_FIELDS];
    const uint64_t *field[WEIR_N_FIELDS]; /* of the chunk; NULL: absent */
    uint64_t *scratch;
};

void weir_info_totals_init(struct weir_info_totals *totals, size_t input)
{
    *totals = (struct weir_info_totals){.input = input, .first_ms = WEIR_U128_MAX};
}

void weir_info_totals_add(struct weir_info_totals *totals, const struct weir_info_totals *other)
{
    totals->records += other->records;
    for (size_t c = 0; c < WEIR_INFO_N_CLASSES; c++) {
        totals->of[c].flows += other->of[c].flows;
        totals->of[c].packets += other->of[c].packets;
        totals->of[c].octets += other->of[c].octets;
    }
    if (other->first_ms < totals->first_ms)
        totals->first_ms = other->first_ms;
    if (other->last_ms > totals->last_ms)
        totals->last_ms = other->last_ms;
    totals->n_bad_times += other->n_bad_times;
    totals->n_empty += other->n_empty;
    totals->packets_divisor = weir_common_divisor(totals->packets_divisor, other->packets_divisor);
}

struct weir_info_sums weir_info_totals_all(const struct weir_info_totals *totals)
{
    struct weir_info_sums all = {0};
    for (size_t c = 0; c < WEIR_INFO_N_CLASSES; c++) {
        all.flows += totals->of[c].flows;
        all.packets += totals->of[c].packets;
        all.octets += totals->of[c].octets;
    }
    return all;
}

enum weir_status weir_info_lane_new(weir_fields fields, struct weir_mem *mem,
                                    struct weir_info_lane **out, struct weir_error *err)
{
    const weir_fields counted = fields & COUNTED_FIELDS;
    struct weir_info_lane *lane = weir_mem_zalloc(mem, 1, sizeof *lane);
    uint64_t *scratch =
        weir_mem_alloc(mem, (size_t)__builtin_popcount(counted) * CHUNK * sizeof *scratch);
    if (lane == NULL || scratch == NULL) {
        weir_mem_free(mem, scratch);
        weir_mem_free(mem, lane);
        return weir_error_set(err, WEIR_MEMORY, "no memory to count records");
    }
    lane->mem = mem;
    lane->scratch = scratch;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((counted & WEIR_FIELD_BIT(f)) != 0) {
            lane->converted[f] = scratch;
            scratch += CHUNK;
        }
    *out = lane;
    return WEIR_OK;
}

void weir_info_lane_free(struct weir_info_lane *lane)
{
    if (lane == NULL)
        return;
    weir_mem_free(lane->mem, lane->totals);
    weir_mem_free(lane->mem, lane->scratch);
    weir_mem_free(lane->mem, lane);
}

const struct weir_info_totals *weir_info_lane_totals(const struct weir_info_lane *lane, size_t *n)
{
    *n = lane->n;
    return lane->totals;
}

/* Makes the last totals those of `input`. */
static enum weir_status meet_input(struct weir_info_lane *lane, size_t input,
                                   struct weir_error *err)
{
    if (lane->n != 0 && lane->totals[lane->n - 1].input == input)
        return WEIR_OK;
    if (lane->n == lane->capacity) {
        const size_t capacity = lane->capacity == 0 ? 4 : 2 * lane->capacity;
        struct weir_info_totals *grown =
            weir_mem_resize(lane->mem, lane->totals, capacity * sizeof *grown);
        if (grown == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory to count records of %zu inputs",
                                  input + 1);
        lane->totals = grown;
        lane->capacity = capacity;
    }
    weir_info_totals_init(&lane->totals[lane->n++], input);
    return WEIR_OK;
}

static enum weir_info_class class_of(uint64_t protocol)
{
    switch (protocol) {
    case 1:
    case 58:
        return WEIR_INFO_ICMP;
    case 6:
        return WEIR_INFO_TCP;
    case 17:
        return WEIR_INFO_UDP;
    default:
        return WEIR_INFO_OTHER;
    }
}

static void count_sums(const struct weir_info_lane *lane, struct weir_info_totals *totals, size_t n)
{
    const uint64_t *protocol = lane->field[WEIR_PROT];
    const uint64_t *packets = lane->field[WEIR_PACKETS];
    const uint64_t *octets = lane->field[WEIR_OCTETS];
    for (size_t i = 0; i < n; i++) {
        const enum weir_info_class class =
            protocol == NULL ? WEIR_INFO_OTHER : class_of(protocol[i]);
        struct weir_info_sums *sums = &totals->of[class];
        sums->flows++;
        sums->packets += packets == NULL ? 0 : packets[i];
        sums->octets += octets == NULL ? 0 : octets[i];
    }
    for (size_t i = 0; packets != NULL && i < n; i++) {
        totals->n_empty += packets[i] == 0;
        /* It is 1 after a few records of unsampled traffic, and need not be looked at any more. */
        if (totals->packets_divisor != 1)
            totals->packets_divisor = weir_common_divisor(packets[i], totals->packets_divisor);
    }
}

static void count_times(const struct weir_info_lane *lane, struct weir_info_totals *totals,
                        size_t n)
{
    const uint64_t *first = lane->field[WEIR_FIRST];
    const uint64_t *first_ms = lane->field[WEIR_FIRST_MS];
    const uint64_t *last = lane->field[WEIR_LAST];
    const uint64_t *last_ms = lane->field[WEIR_LAST_MS];
    for (size_t i = 0; i < n; i++) {
        const weir_u128 begin =
            first == NULL ? WEIR_U128_MAX
                          : (weir_u128)first[i] * 1000 + (first_ms == NULL ? 0 : first_ms[i]);
        const weir_u128 end =
            last == NULL ? 0 : (weir_u128)last[i] * 1000 + (last_ms == NULL ? 0 : last_ms[i]);
        totals->first_ms = begin < totals->first_ms ? begin : totals->first_ms;
        totals->last_ms = end > totals->last_ms ? end : totals->last_ms;
        totals->n_bad_times += first != NULL && last != NULL && end < begin;
    }
}

enum weir_status weir_info_lane_add(struct weir_info_lane *lane, const struct weir_batch *batch,
                                    size_t *bad, struct weir_error *err)
{
    enum weir_status status = meet_input(lane, batch->input, err);
    for (size_t begin = 0; begin < batch->n && status == WEIR_OK; begin += CHUNK) {
        const size_t n = batch->n - begin < CHUNK ? batch->n - begin : CHUNK;
        status = weir_fields_load(batch, begin, n, lane->converted, lane->field, bad, err);
        if (status != WEIR_OK)
            break;
        struct weir_info_totals *totals = &lane->totals[lane->n - 1];
        totals->records += n;
        count_sums(lane, totals, n);
        count_times(lane, totals, n);
    }
    return status;
}
