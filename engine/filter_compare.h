/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons in filter trees: of numbers, and of what may only be compared (ports, addresses,
 * times with a fraction), which become comparisons of fields.
 *
 * An IPv4 literal stands for the records where af != 10 and the upper three words of the address
 * are 0, an IPv6 literal for the others. See filter_build.h for failures and indices.
 */
#ifndef WEIR_FILTER_COMPARE_H
#define WEIR_FILTER_COMPARE_H

#include "filter_build.h"

/* A comparison of two operands that are no ports. WEIR_USAGE: an address beside anything but src,
 * dst and ip or with an order, a prefix, a time with a fraction beside anything but first and last.
 */
uint32_t weir_build_compare(struct weir_filter_builder *b, enum weir_filter_kind kind,
                            uint32_t left, uint32_t right);

/* An operand with sp (side 0) or dp (side 1) for port; other operands are what they are. */
uint32_t weir_build_side(const struct weir_filter_builder *b, uint32_t index, size_t side);

/* A membership test under way: begin with the operand, add each element, end with the boolean. */
struct weir_filter_member {
    uint32_t operand;
    size_t n_elements;
    uint32_t any; /* that an element so far is equal; the same per side (src, dst) of addresses: */
    uint32_t ipv4[2];    /* lower words of IPv4 addresses, */
    uint32_t mixed[2];   /* words of IPv6 addresses that IPv4 addresses could have too, */
    uint32_t certain[2]; /* words of other IPv6 addresses */
};

struct weir_filter_member weir_build_member_begin(uint32_t operand);
void weir_build_member_add(struct weir_filter_builder *b, struct weir_filter_member *member,
                           uint32_t element);
uint32_t weir_build_member_end(struct weir_filter_builder *b,
                               const struct weir_filter_member *member);

#endif
