/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of top: reading their list, placing their bits, packing, and their text. */
#include "top_keys.h"

#include "field.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FAMILY_BITS 2
#define AF_IPV4     2 /* as in the records, on every system */
#define AF_IPV6     10

/* --- the list -------------------------------------------------------------------------------- */

static bool parse_prefix(const char *text, size_t n, unsigned most, unsigned *prefix)
{
    uint64_t value = 0;
    if (!weir_number_parse_u64(text, n, &value) || value > most)
        return false;
    *prefix = (unsigned)value;
    return true;
}

/* Reads what follows the slash of an address: "24" or "24:48". */
static enum weir_status parse_prefixes(struct weir_top_part *part, const char *text, size_t n,
                                       struct weir_error *err)
{
    const char *colon = memchr(text, ':', n);
    const size_t n_4 = colon == NULL ? n : (size_t)(colon - text);
    bool good = false;
    if (colon != NULL) {
        good = parse_prefix(text, n_4, 32, &part->prefix_4) &&
               parse_prefix(colon + 1, n - n_4 - 1, 128, &part->prefix_6);
    } else {
        good = parse_prefix(text, n, 128, &part->prefix_6);
        part->prefix_4 = part->prefix_6 < 32 ? part->prefix_6 : 32;
    }
    if (good)
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE,
                          "expected a prefix length as in sa/24 (0 to 128) or sa/24:48 (0 to 32, 0 "
                          "to 128), but found \"%s\"",
                          part->name);
}

static enum weir_status parse_part(struct weir_top_part *part, const char *text, size_t n,
                                   struct weir_error *err)
{
    *part = (struct weir_top_part){.prefix_4 = 32, .prefix_6 = 128};
    if (n == 0)
        return weir_error_set(err, WEIR_USAGE, "expected a name, but found nothing");
    snprintf(part->name, sizeof part->name, "%.*s",
             (int)(n < sizeof part->name ? n : sizeof part->name - 1), text);
    const char *slash = memchr(text, '/', n);
    const size_t n_name = slash == NULL ? n : (size_t)(slash - text);
    if (n_name == 2 && (memcmp(text, "sa", 2) == 0 || memcmp(text, "da", 2) == 0)) {
        part->is_address = true;
        part->field = text[0] == 's' ? WEIR_SA0 : WEIR_DA0;
        return slash == NULL ? WEIR_OK : parse_prefixes(part, slash + 1, n - n_name - 1, err);
    }
    part->field = weir_field_find(text, n_name);
    if (part->field == WEIR_N_FIELDS)
        return weir_error_set(err, WEIR_USAGE,
                              "expected sa, da, sa/PREFIX, da/PREFIX or a field (af, prot, sp, dp, "
                              "inif, ...), but found \"%s\"",
                              part->name);
    if (slash != NULL)
        return weir_error_set(err, WEIR_USAGE,
                              "expected a prefix length behind sa or da only, but found \"%s\"",
                              part->name);
    return WEIR_OK;
}

enum weir_status weir_top_keys_parse(const char *list, struct weir_top_keys *keys,
                                     struct weir_error *err)
{
    *keys = (struct weir_top_keys){0};
    for (const char *at = list; at != NULL;) {
        const char *comma = strchr(at, ',');
        const size_t n = comma == NULL ? strlen(at) : (size_t)(comma - at);
        if (keys->n_parts == WEIR_TOP_PARTS_MAX)
            return weir_error_set(err, WEIR_USAGE, "expected at most %d names, but found more",
                                  WEIR_TOP_PARTS_MAX);
        struct weir_top_part *part = &keys->part[keys->n_parts];
        const enum weir_status status = parse_part(part, at, n, err);
        if (status != WEIR_OK)
            return status;
        for (size_t p = 0; p < keys->n_parts; p++)
            if (keys->part[p].field == part->field && keys->part[p].is_address == part->is_address)
                return weir_error_set(err, WEIR_USAGE,
                                      "expected every name once, but found \"%s\" and \"%s\"",
                                      keys->part[p].name, part->name);
        keys->n_parts++;
        at = comma == NULL ? NULL : comma + 1;
    }
    return WEIR_OK;
}

weir_fields weir_top_keys_fields(const struct weir_top_keys *keys)
{
    weir_fields fields = 0;
    for (size_t p = 0; p < keys->n_parts; p++) {
        const weir_fields field = WEIR_FIELD_BIT(keys->part[p].field);
        fields |= keys->part[p].is_address ? WEIR_FIELD_BIT(WEIR_AF) | field * 15 : field;
    }
    return fields;
}

/* --- layout ---------------------------------------------------------------------------------- */

/* Bits of a left-aligned address that any family needs. */
static unsigned address_bits(const struct weir_top_part *part)
{
    return part->prefix_6 > part->prefix_4 ? part->prefix_6 : part->prefix_4;
}

void weir_top_keys_layout(struct weir_top_keys *keys, const struct weir_schema *schema)
{
    unsigned at = 0;
    for (size_t p = 0; p < keys->n_parts; p++) {
        struct weir_top_part *part = &keys->part[p];
        const enum weir_type type = schema->field[part->field];
        part->begin = at;
        if (part->is_address)
            part->bits = FAMILY_BITS + address_bits(part);
        else if (type == WEIR_TYPE_NONE || weir_type_is_real(type))
            part->bits = 64;
        else
            part->bits = 8 * (unsigned)weir_type_bytes(type);
        at += part->bits;
    }
    keys->n_words = (at + 63) / 64;
}

/* --- packing --------------------------------------------------------------------------------- */

/* Puts the low `bits` (1 .. 64) of each value at bit `begin` of the keys. */
static void put_bits(uint64_t *words, unsigned begin, unsigned bits, const uint64_t *value,
                     size_t n)
{
    uint64_t *word = words + begin / 64 * WEIR_TOP_RECORDS;
    const unsigned end = begin % 64 + bits;
    if (end <= 64) {
        for (size_t i = 0; i < n; i++)
            word[i] |= value[i] << (64 - end);
        return;
    }
    uint64_t *next = word + WEIR_TOP_RECORDS;
    for (size_t i = 0; i < n; i++) {
        word[i] |= value[i] >> (end - 64);
        next[i] |= value[i] << (128 - end);
    }
}

/* Fails with the first record in which one of `n_columns` fields has more than `bits` bits. */
static enum weir_status check_bits(enum weir_field field, size_t n_columns, unsigned bits,
                                   const uint64_t *const *columns, size_t n, size_t *bad,
                                   struct weir_error *err)
{
    uint64_t all = 0;
    for (size_t c = 0; c < n_columns; c++)
        for (size_t i = 0; i < n; i++)
            all |= columns[field + c][i];
    if (weir_number_bits_u64(all) <= bits)
        return WEIR_OK;
    size_t i = 0;
    size_t c = 0;
    while (weir_number_bits_u64(columns[field + c][i]) <= bits) {
        c = c + 1 < n_columns ? c + 1 : 0;
        i += c == 0;
    }
    *bad = i;
    return weir_error_set(err, WEIR_FORMAT, "%s: expected a number of %u bits, but found %" PRIu64,
                          weir_field_info((enum weir_field)(field + c))->name, bits,
                          columns[field + c][i]);
}

static uint64_t mask_high(unsigned bits)
{
    return bits == 0 ? 0 : UINT64_MAX << (64 - bits);
}

static enum weir_status pack_address(const struct weir_top_part *part, const uint64_t *const *field,
                                     size_t n, uint64_t *words, size_t *bad, struct weir_error *err)
{
    const enum weir_status status = check_bits(part->field, 4, 32, field, n, bad, err);
    if (status != WEIR_OK)
        return status;
    const uint64_t *af = field[WEIR_AF];
    const uint64_t *const *a = field + part->field;
    const unsigned high_bits = address_bits(part) < 64 ? address_bits(part) : 64;
    const unsigned low_bits = address_bits(part) - high_bits;
    const uint64_t mask_4 = mask_high(part->prefix_4);
    const uint64_t mask_6 = mask_high(part->prefix_6 < 64 ? part->prefix_6 : 64);
    const uint64_t mask_low = mask_high(part->prefix_6 < 64 ? 0 : part->prefix_6 - 64);
    uint64_t family[WEIR_TOP_RECORDS];
    uint64_t high[WEIR_TOP_RECORDS];
    uint64_t low[WEIR_TOP_RECORDS];
    for (size_t i = 0; i < n; i++) {
        const bool is_4 = af[i] == AF_IPV4;
        const uint64_t high_4 = a[3][i] << 32 & mask_4;
        const uint64_t high_6 = (a[0][i] << 32 | a[1][i]) & mask_6;
        family[i] = is_4 ? WEIR_TOP_IPV4 : af[i] == AF_IPV6 ? WEIR_TOP_IPV6 : WEIR_TOP_UNKNOWN;
        high[i] = (is_4 ? high_4 : high_6) >> (64 - high_bits) % 64;
        low[i] = (is_4 ? 0 : (a[2][i] << 32 | a[3][i]) & mask_low) >> (64 - low_bits) % 64;
    }
    put_bits(words, part->begin, FAMILY_BITS, family, n);
    if (high_bits != 0)
        put_bits(words, part->begin + FAMILY_BITS, high_bits, high, n);
    if (low_bits != 0)
        put_bits(words, part->begin + FAMILY_BITS + 64, low_bits, low, n);
    return WEIR_OK;
}

enum weir_status weir_top_keys_pack(const struct weir_top_keys *keys, const uint64_t *const *field,
                                    size_t n, uint64_t *words, size_t *bad, struct weir_error *err)
{
    for (size_t w = 0; w < keys->n_words; w++)
        memset(words + w * WEIR_TOP_RECORDS, 0, n * sizeof *words);
    enum weir_status status = WEIR_OK;
    for (size_t p = 0; p < keys->n_parts && status == WEIR_OK; p++) {
        const struct weir_top_part *part = &keys->part[p];
        if (part->is_address) {
            status = pack_address(part, field, n, words, bad, err);
            continue;
        }
        status = check_bits(part->field, 1, part->bits, field, n, bad, err);
        if (status == WEIR_OK)
            put_bits(words, part->begin, part->bits, field[part->field], n);
    }
    return status;
}

/* --- text ------------------------------------------------------------------------------------ */

/* The `bits` (0 .. 64) bits of a key from bit `begin` on. */
static uint64_t get_bits(const uint64_t *key, unsigned begin, unsigned bits)
{
    if (bits == 0)
        return 0;
    const uint64_t *word = key + begin / 64;
    const unsigned end = begin % 64 + bits;
    const uint64_t mask = UINT64_MAX >> (64 - bits);
    if (end <= 64)
        return word[0] >> (64 - end) & mask;
    return (word[0] << (end - 64) | word[1] >> (128 - end)) & mask;
}

uint64_t weir_top_keys_value(const struct weir_top_keys *keys, size_t p, const uint64_t *key)
{
    return get_bits(key, keys->part[p].begin, keys->part[p].bits);
}

static void put_big_endian(unsigned char *out, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (unsigned char)(value >> (56 - 8 * i));
}

char *weir_top_keys_text(const struct weir_top_keys *keys, size_t p, const uint64_t *key,
                         char out[WEIR_TOP_TEXT_MAX])
{
    const struct weir_top_part *part = &keys->part[p];
    if (!part->is_address) {
        out[weir_number_format_u64(out, weir_top_keys_value(keys, p, key))] = '\0';
        return out;
    }
    const unsigned high_bits = address_bits(part) < 64 ? address_bits(part) : 64;
    const unsigned low_bits = address_bits(part) - high_bits;
    const unsigned begin = part->begin + FAMILY_BITS;
    const uint64_t family = get_bits(key, part->begin, FAMILY_BITS);
    const uint64_t high = get_bits(key, begin, high_bits) << (64 - high_bits) % 64;
    const uint64_t low = get_bits(key, begin + 64, low_bits) << (64 - low_bits) % 64;
    unsigned char bytes[16];
    put_big_endian(bytes, high);
    put_big_endian(bytes + 8, low);
    const bool is_4 = family == WEIR_TOP_IPV4;
    const unsigned prefix = is_4 ? part->prefix_4 : part->prefix_6;
    char address[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(is_4 ? AF_INET : AF_INET6, bytes, address, sizeof address);
    if (family == WEIR_TOP_UNKNOWN && (high | low) == 0)
        snprintf(out, WEIR_TOP_TEXT_MAX, "unknown");
    else if (prefix == (is_4 ? 32 : 128))
        snprintf(out, WEIR_TOP_TEXT_MAX, "%s%s", family == WEIR_TOP_UNKNOWN ? "unknown:" : "",
                 address);
    else
        snprintf(out, WEIR_TOP_TEXT_MAX, "%s%s/%u", family == WEIR_TOP_UNKNOWN ? "unknown:" : "",
                 address, prefix);
    return out;
}
