/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the columns beyond the 21 fields stand in nfcapd records. */
#include "nfcapd_extra.h"

struct source {
    enum weir_extra extra;
    uint8_t number, offset, bytes;
};

/* Next hops are IPv4 addresses, or IPv6 ones as two numbers of 64 bits. */
#define HOPS(v4, v6, name)                                                   \
    {WEIR_EXTRA_##name##3, v4, 0, 4}, {WEIR_EXTRA_##name##0, v6, 4, 4},      \
        {WEIR_EXTRA_##name##1, v6, 0, 4}, {WEIR_EXTRA_##name##2, v6, 12, 4}, \
    {                                                                        \
        WEIR_EXTRA_##name##3, v6, 8, 4                                       \
    }

static const struct source sources_17[] = {
    {WEIR_EXTRA_RECEIVED, 1, 16, 8},
    {WEIR_EXTRA_FLAGS, 1, 45, 1},
    {WEIR_EXTRA_FWD, 1, 46, 1},
    {WEIR_EXTRA_TOS, 1, 47, 1},
    {WEIR_EXTRA_SMASK, 4, 8, 1},
    {WEIR_EXTRA_DMASK, 4, 9, 1},
    {WEIR_EXTRA_DIR, 4, 10, 1},
    {WEIR_EXTRA_DTOS, 4, 11, 1},
    {WEIR_EXTRA_FLOWS, 5, 0, 8},
    {WEIR_EXTRA_OUT_PACKETS, 5, 8, 8},
    {WEIR_EXTRA_OUT_OCTETS, 5, 16, 8},
    {WEIR_EXTRA_SVLAN, 6, 0, 4},
    {WEIR_EXTRA_DVLAN, 6, 4, 4},
    {WEIR_EXTRA_SRCAS, 7, 0, 4},
    {WEIR_EXTRA_DSTAS, 7, 4, 4},
    HOPS(8, 9, BGP),
    HOPS(10, 11, HOP),
    {WEIR_EXTRA_IN_SMAC, 15, 0, 8},
    {WEIR_EXTRA_OUT_DMAC, 15, 8, 8},
    {WEIR_EXTRA_IN_DMAC, 15, 16, 8},
    {WEIR_EXTRA_OUT_SMAC, 15, 24, 8},
};

/* Kinds 1 and 10 agree in what is used of the fixed part, number 0. */
static const struct source sources_16[] = {
    {WEIR_EXTRA_FWD, 0, 20, 1},
    {WEIR_EXTRA_FLAGS, 0, 21, 1},
    {WEIR_EXTRA_TOS, 0, 23, 1},
    {WEIR_EXTRA_SRCAS, 6, 0, 2},
    {WEIR_EXTRA_DSTAS, 6, 2, 2},
    {WEIR_EXTRA_SRCAS, 7, 0, 4},
    {WEIR_EXTRA_DSTAS, 7, 4, 4},
    {WEIR_EXTRA_DTOS, 8, 0, 1},
    {WEIR_EXTRA_DIR, 8, 1, 1},
    {WEIR_EXTRA_SMASK, 8, 2, 1},
    {WEIR_EXTRA_DMASK, 8, 3, 1},
    HOPS(9, 10, HOP),
    HOPS(11, 12, BGP),
    {WEIR_EXTRA_SVLAN, 13, 0, 2},
    {WEIR_EXTRA_DVLAN, 13, 2, 2},
    {WEIR_EXTRA_OUT_PACKETS, 14, 0, 4},
    {WEIR_EXTRA_OUT_PACKETS, 15, 0, 8},
    {WEIR_EXTRA_OUT_OCTETS, 16, 0, 4},
    {WEIR_EXTRA_OUT_OCTETS, 17, 0, 8},
    {WEIR_EXTRA_FLOWS, 18, 0, 4},
    {WEIR_EXTRA_FLOWS, 19, 0, 8},
    {WEIR_EXTRA_IN_SMAC, 20, 0, 8},
    {WEIR_EXTRA_OUT_DMAC, 20, 8, 8},
    {WEIR_EXTRA_IN_DMAC, 21, 0, 8},
    {WEIR_EXTRA_OUT_SMAC, 21, 8, 8},
    {WEIR_EXTRA_RECEIVED, 27, 0, 8},
};

#define N_17 (sizeof sources_17 / sizeof *sources_17)
#define N_16 (sizeof sources_16 / sizeof *sources_16)
_Static_assert(N_17 <= WEIR_NFCAPD_EXTRA_ROWS && N_16 <= WEIR_NFCAPD_EXTRA_ROWS, "rows of a plan");

static size_t choose(const struct source *sources, size_t n, weir_extras extras,
                     struct weir_nfcapd_extra_row *rows)
{
    size_t chosen = 0;
    for (size_t i = 0; i < n; i++) {
        const weir_extras bit = WEIR_EXTRA_BIT(sources[i].extra);
        if ((extras & bit) == 0)
            continue;
        rows[chosen++] =
            (struct weir_nfcapd_extra_row){.number = sources[i].number,
                                           .slot = (uint8_t)__builtin_popcount(extras & (bit - 1)),
                                           .offset = sources[i].offset,
                                           .bytes = sources[i].bytes};
    }
    return chosen;
}

void weir_nfcapd_extra_plan_init(struct weir_nfcapd_extra_plan *plan, weir_extras extras)
{
    *plan = (struct weir_nfcapd_extra_plan){0};
    for (int e = 0; e < WEIR_N_EXTRAS; e++)
        if ((extras & WEIR_EXTRA_BIT(e)) != 0)
            plan->type[plan->n_slots++] = weir_extra_info((enum weir_extra)e)->type;
    plan->n_17 = choose(sources_17, N_17, extras, plan->row_17);
    plan->n_16 = choose(sources_16, N_16, extras, plan->row_16);
    for (size_t i = 0; i < plan->n_16; i++)
        if (plan->row_16[i].number != 0)
            plan->extensions |= (uint32_t)1 << plan->row_16[i].number;
}
