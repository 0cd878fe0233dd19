/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What top groups flow records by: keys in words, packed column by column.
 *
 * Keys are named by a list such as "sa/24,prot,dp": fields, and addresses of either family (sa,
 * da) cut to a prefix. Each part has as many bits as its columns can fill, an address two more for
 * the family, and no more than its prefix; the parts follow each other without gaps from the most
 * significant bit of the first word on. So keys are short, and comparing their words as numbers
 * compares the parts one after the other.
 *
 * An address is kept left-aligned: IPv4 ones begin in bit 127 as IPv6 ones do. Records whose af is
 * neither 2 nor 10 have an unknown family and count apart, with all 128 bits as IPv6.
 *
 * Plain data and pure functions.
 */
#ifndef WEIR_TOP_KEYS_H
#define WEIR_TOP_KEYS_H

#include "format.h"
#include "number.h"

#define WEIR_TOP_PARTS_MAX 16
#define WEIR_TOP_WORDS_MAX 17  /* 16 parts of 64 bits, two of them up to 130 */
#define WEIR_TOP_RECORDS   512 /* records that are packed at a time */
#define WEIR_TOP_NAME_MAX  24

enum weir_top_family { WEIR_TOP_UNKNOWN, WEIR_TOP_IPV4, WEIR_TOP_IPV6 };

struct weir_top_part {
    char name[WEIR_TOP_NAME_MAX]; /* as in the list */
    bool is_address;
    enum weir_field field; /* the field, or the first of the address's four */
    unsigned prefix_4, prefix_6;
    unsigned begin, bits; /* place in the key; set by weir_top_keys_layout */
};

struct weir_top_keys {
    size_t n_parts;
    struct weir_top_part part[WEIR_TOP_PARTS_MAX];
    size_t n_words;
};

/* Reads a list of parts. WEIR_USAGE: an unknown name, a prefix that is too long or stands at a
 * field, the same field or address twice. */
enum weir_status weir_top_keys_parse(const char *list, struct weir_top_keys *keys,
                                     struct weir_error *err) WEIR_MUST_CHECK;

/* The fields that packing reads. */
weir_fields weir_top_keys_fields(const struct weir_top_keys *keys);

/* Gives every part its place, as wide as the types of `schema` ask for. */
void weir_top_keys_layout(struct weir_top_keys *keys, const struct weir_schema *schema);

/* Packs the keys of `n` records (up to WEIR_TOP_RECORDS) whose fields stand in `field`: word w of
 * record i becomes words[w * WEIR_TOP_RECORDS + i]. WEIR_FORMAT, with the first bad record in *bad,
 * when a value has more bits than its part (an address word more than 32). */
enum weir_status weir_top_keys_pack(const struct weir_top_keys *keys, const uint64_t *const *field,
                                    size_t n, uint64_t *words, size_t *bad,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* The value of part `p` of a key, which is no address. */
uint64_t weir_top_keys_value(const struct weir_top_keys *keys, size_t p, const uint64_t *key);

/* Writes part `p` of a key as text: a number, or an address in its usual form with its prefix
 * ("10.1.2.0/24"; the full length is left out). Addresses of an unknown family are "unknown" when
 * they are zero, else "unknown:" and the IPv6 form. Returns out. */
#define WEIR_TOP_TEXT_MAX 64
char *weir_top_keys_text(const struct weir_top_keys *keys, size_t p, const uint64_t *key,
                         char out[WEIR_TOP_TEXT_MAX]);

#endif
