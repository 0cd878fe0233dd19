/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do data look sampled? */
#include "sampling.h"

#define CHUNK ((size_t)256)
#define LINE  64 /* bytes of a cache line, at which memory begins */

struct lane {
    _Alignas(LINE) uint64_t divisor; /* of all records so far; 0: none, or all are 0 */
    uint64_t n_records;              /* while the divisor is not 1 */
};

struct weir_sampling {
    struct weir_mem *mem;
    size_t n_lanes;
    struct lane *lane;
};

uint64_t weir_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

enum weir_status weir_sampling_new(size_t n_lanes, struct weir_mem *mem, struct weir_sampling **out,
                                   struct weir_error *err)
{
    struct weir_sampling *sampling = weir_mem_zalloc(mem, 1, sizeof *sampling);
    struct lane *lane = weir_mem_zalloc(mem, n_lanes, sizeof *lane);
    if (sampling == NULL || lane == NULL) {
        weir_mem_free(mem, lane);
        weir_mem_free(mem, sampling);
        return weir_error_set(err, WEIR_MEMORY, "no memory to look at packets");
    }
    *sampling = (struct weir_sampling){.mem = mem, .n_lanes = n_lanes, .lane = lane};
    *out = sampling;
    return WEIR_OK;
}

void weir_sampling_free(struct weir_sampling *sampling)
{
    if (sampling == NULL)
        return;
    weir_mem_free(sampling->mem, sampling->lane);
    weir_mem_free(sampling->mem, sampling);
}

/* Counts n values; a value that is no number of packets is left to whoever reads it. */
static void count(struct lane *lane, const struct weir_column *packets, size_t begin, size_t n)
{
    uint64_t converted[CHUNK];
    const uint64_t *value = NULL;
    size_t bad = 0;
    if (!weir_column_load_u64(packets, begin, n, converted, &value, &bad)) {
        lane->divisor = 1;
        return;
    }
    for (size_t i = 0; i < n && lane->divisor != 1; i++)
        lane->divisor = weir_common_divisor(value[i], lane->divisor);
    lane->n_records += n;
}

static enum weir_status add(void *state, size_t index, const struct weir_batch *batch, size_t *bad,
                            struct weir_error *err)
{
    const struct weir_sampling *sampling = state;
    struct lane *lane = &sampling->lane[index];
    const struct weir_column *packets = &batch->field[WEIR_PACKETS];
    (void)bad;
    (void)err;
    if (packets->type == WEIR_TYPE_NONE || packets->data == NULL)
        lane->divisor = 1;
    for (size_t begin = 0; begin < batch->n && lane->divisor != 1; begin += CHUNK)
        count(lane, packets, begin, batch->n - begin < CHUNK ? batch->n - begin : CHUNK);
    return WEIR_OK;
}

struct weir_consumer weir_sampling_consumer(struct weir_sampling *sampling)
{
    return (struct weir_consumer){
        .state = sampling, .fields = WEIR_FIELD_BIT(WEIR_PACKETS), .add = add};
}

uint64_t weir_sampling_divisor(const struct weir_sampling *sampling)
{
    uint64_t divisor = 0;
    uint64_t n_records = 0;
    for (size_t i = 0; i < sampling->n_lanes; i++) {
        divisor = weir_common_divisor(divisor, sampling->lane[i].divisor);
        n_records += sampling->lane[i].n_records;
    }
    return divisor > 1 && n_records >= WEIR_SAMPLING_RECORDS ? divisor : 1;
}
