/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of generated records: numbers by shares, and addresses of prefixes.
 *
 * Numbers are protocols or ports, single ones or ranges, with a weight each:
 *
 *     tcp*80,udp*15,1*5          443*6,80*3,1024-65535
 *
 * Addresses are those of prefixes, all equally likely, or ranked by Zipf's law, P(k) ~ k^-S, with
 * the ranks scattered over the prefix, all bits of which vary:
 *
 *     10.0.0.0/8*3,192.168.0.0/16:zipf:1.1        2001:db8::/32:zipf:0.9
 *
 * Both become tables that `sample` draws from. A weight is 1 when not given. Read-only when parsed.
 */
#ifndef WEIR_GENERATE_SHARE_H
#define WEIR_GENERATE_SHARE_H

#include "generate_table.h"
#include "option.h"

/* Numbers up to `most`; names of protocols too, in any case, when `protocols`. The table, which is
 * initialised and empty, gets a piece for each word and is finished. WEIR_USAGE with the word:
 * `option` is what it belongs to. WEIR_MEMORY. */
struct weir_share_request {
    const char *option;
    const struct weir_words *words;
    uint64_t most;
    bool protocols;
};
enum weir_status weir_share_parse(const struct weir_share_request *request,
                                  struct weir_generate_table *table,
                                  struct weir_error *err) WEIR_MUST_CHECK;

/* A prefix, whose addresses have the numbers begin .. begin + 2^number_bits - 1 in the table of its
 * pool. */
struct weir_pool_prefix {
    uint32_t network[4]; /* most significant first; IPv4 in the last one */
    uint64_t begin;
    unsigned bits;        /* that vary */
    unsigned number_bits; /* the same, up to 48: of more, 2^48 addresses from all over the prefix */
};

struct weir_pool {
    struct weir_generate_table table;
    size_t n;
    struct weir_pool_prefix *prefix;
    uint64_t scatter; /* how ranks become addresses */
    uint8_t af;       /* 2 or 10, the same for all */
};

/* Starts an empty pool in the caller's storage. The same prefix has its ranks in another order in a
 * pool of another `order`, so that sources and destinations are not ranked alike. */
void weir_pool_init(struct weir_pool *pool, uint64_t order, struct weir_mem *mem);
void weir_pool_release(struct weir_pool *pool);

/* Parses the prefixes of a pool that is initialised and empty. WEIR_USAGE as above: no prefix, bits
 * behind its end, both families, a bad weight or exponent. WEIR_MEMORY. */
enum weir_status weir_pool_parse(const char *option, const struct weir_words *words,
                                 struct weir_pool *pool, struct weir_error *err) WEIR_MUST_CHECK;

/* Sets words 0 .. 3 of addresses i < n to those of the numbers x, which were drawn from the table.
 */
void weir_pool_addresses(const struct weir_pool *pool, const uint64_t *x, size_t n,
                         uint32_t *const address[4]);

#endif
