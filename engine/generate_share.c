/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares and address pools, from words to tables. */
#include "generate_share.h"

#include "filter_name.h"
#include "number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

#define BITS_MAX   48  /* of the numbers of a prefix's addresses */
#define WORD_MAX   100 /* characters of a word */
#define EXACT_RANK 1024
#define WIDTH_BITS 8                  /* pieces of ranks are no wider than rank / 2^8 */
#define ODD_1      0x9E3779B97F4A7C15 /* 2^64 by the golden ratio */
#define ODD_2      0xC2B2AE3D27D4EB4F /* another one without a pattern */
#define AF_IPV4    2
#define AF_IPV6    10

static enum weir_status refuse(const char *option, const char *expected, const char *word,
                               struct weir_error *err)
{
    return weir_error_set(err, WEIR_USAGE, "--%s: expected %s, but found \"%s\"", option, expected,
                          word);
}

/* Copies a word and cuts off "*WEIGHT" at its end. Returns NULL, or what was expected instead. */
static const char *split_weight(const char *word, char copy[WORD_MAX], double *weight)
{
    *weight = 1;
    if (strlen(word) >= WORD_MAX)
        return "fewer than 100 characters";
    memcpy(copy, word, strlen(word) + 1);
    char *star = strchr(copy, '*');
    if (star == NULL)
        return NULL;
    *star = '\0';
    return weir_number_parse_real(star + 1, strlen(star + 1), weight) && *weight > 0 &&
                   isfinite(*weight)
               ? NULL
               : "a weight above 0 behind \"*\"";
}

/* --- numbers -----------------------------------------------------------------------------------
 */

static bool parse_number(const struct weir_share_request *request, const char *text, size_t length,
                         uint64_t *number)
{
    char lower[WORD_MAX];
    for (size_t i = 0; i < length; i++)
        lower[i] = (char)tolower((unsigned char)text[i]);
    const struct weir_filter_name name = weir_filter_name_find(lower, length);
    if (request->protocols && name.meaning == WEIR_NAME_NUMBER) {
        *number = name.number;
        return true;
    }
    return weir_number_parse_u64(text, length, number) && *number <= request->most;
}

static bool parse_range(const struct weir_share_request *request, const char *text,
                        struct weir_sample_piece *piece)
{
    const char *dash = strchr(text, '-');
    const size_t length = dash == NULL ? strlen(text) : (size_t)(dash - text);
    uint64_t last = 0;
    *piece = (struct weir_sample_piece){.width = 1};
    if (!parse_number(request, text, length, &piece->lo))
        return false;
    if (dash == NULL)
        return true;
    if (!parse_number(request, dash + 1, strlen(dash + 1), &last) || last < piece->lo)
        return false;
    piece->width = last - piece->lo + 1;
    return true;
}

enum weir_status weir_share_parse(const struct weir_share_request *request,
                                  struct weir_generate_table *table, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < request->words->n && status == WEIR_OK; i++) {
        struct weir_sample_piece piece;
        char copy[WORD_MAX];
        double weight = 1;
        const char *expected = split_weight(request->words->word[i], copy, &weight);
        if (expected == NULL && !parse_range(request, copy, &piece))
            expected = request->protocols
                           ? "a protocol such as tcp, 6 or 200-255, or more of them with weights "
                             "such as tcp*3"
                           : "a number up to 65535 or two as in 8000-8099, and a weight such as *3";
        if (expected != NULL)
            return refuse(request->option, expected, request->words->word[i], err);
        status = weir_generate_table_add(table, &piece, weight, err);
    }
    return status == WEIR_OK ? weir_generate_table_finish(table, err) : status;
}

/* --- addresses ---------------------------------------------------------------------------------
 */

void weir_pool_init(struct weir_pool *pool, uint64_t order, struct weir_mem *mem)
{
    *pool = (struct weir_pool){.scatter = (order + 1) * ODD_2};
    weir_generate_table_init(&pool->table, mem);
}

void weir_pool_release(struct weir_pool *pool)
{
    if (pool->table.mem != NULL)
        weir_mem_free(pool->table.mem, pool->prefix);
    pool->prefix = NULL;
    weir_generate_table_release(&pool->table);
}

/* Reads ADDRESS[/LENGTH]. Returns NULL, or what was expected instead. */
static const char *parse_prefix(char *text, struct weir_pool_prefix *prefix, uint8_t *af)
{
    static const char form[] = "PREFIX[*WEIGHT][:zipf:S], such as 10.0.0.0/8*2:zipf:1";
    uint32_t words[4] = {0};
    uint64_t length = 0;
    char *slash = strchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
    *af = strchr(text, ':') != NULL ? AF_IPV6 : AF_IPV4;
    const unsigned all = *af == AF_IPV6 ? 128 : 32;
    uint32_t *first = *af == AF_IPV6 ? words : &words[3];
    if (inet_pton(*af == AF_IPV6 ? AF_INET6 : AF_INET, text, first) != 1)
        return form;
    if (slash == NULL)
        length = all;
    else if (!weir_number_parse_u64(slash + 1, strlen(slash + 1), &length) || length > all)
        return *af == AF_IPV6 ? "a prefix of up to 128 bits" : "a prefix of up to 32 bits";
    prefix->bits = all - (unsigned)length;
    for (int w = 0; w < 4; w++) {
        prefix->network[w] = ntohl(words[w]);
        const int below = (int)prefix->bits - 32 * (3 - w); /* bits of this word that vary */
        const uint32_t mask = below >= 32 ? UINT32_MAX : below > 0 ? ((uint32_t)1 << below) - 1 : 0;
        if ((prefix->network[w] & mask) != 0)
            return "an address without bits behind its prefix";
    }
    return NULL;
}

/* Sum of k^-s for ranks k = lo .. hi: term by term where there is one, else the integral between
 * the halves, within 1e-7. */
static double ranks_weight(double s, double lo, double hi)
{
    if (lo == hi)
        return pow(lo, -s);
    const double a = lo - 0.5;
    const double b = hi + 0.5;
    const double u = 1 - s;
    return fabs(u) < 1e-9 ? log(b / a) : pow(a, u) * expm1(u * log(b / a)) / u;
}

/* Adds the addresses of a prefix, whose weights add up to `weight`. */
static enum weir_status add_ranks(struct weir_generate_table *table,
                                  const struct weir_pool_prefix *prefix, double s, double weight,
                                  struct weir_error *err)
{
    const uint64_t n = (uint64_t)1 << prefix->number_bits;
    const size_t begin = table->sample.n;
    double total = 0;
    enum weir_status status = WEIR_OK;
    for (uint64_t rank = 1, width = 1; rank <= n && status == WEIR_OK; rank += width) {
        width = rank < EXACT_RANK ? 1 : rank >> WIDTH_BITS;
        width = s == 0 ? n : width < n - rank + 1 ? width : n - rank + 1;
        const double part = ranks_weight(s, (double)rank, (double)(rank + width - 1));
        const struct weir_sample_piece piece = {.lo = prefix->begin + rank - 1, .width = width};
        total += part;
        status = weir_generate_table_add(table, &piece, part, err);
    }
    for (size_t i = begin; i < table->sample.n; i++)
        table->weight[i] *= weight / total;
    return status;
}

/* Takes a word apart. Returns NULL, or what was expected instead. */
static const char *parse_pool_word(const char *word, struct weir_pool_prefix *prefix, uint8_t *af,
                                   double *s, double *weight)
{
    static const char zipf[] = ":zipf:";
    const char *law = strstr(word, zipf);
    const size_t n_head = law == NULL ? strlen(word) : (size_t)(law - word);
    char head[WORD_MAX] = "", copy[WORD_MAX];
    *s = 0;
    if (n_head >= WORD_MAX)
        return "fewer than 100 characters";
    memcpy(head, word, n_head);
    if (law != NULL) {
        const char *exponent = law + strlen(zipf);
        if (!weir_number_parse_real(exponent, strlen(exponent), s) || !(*s > 0 && *s <= 10))
            return "a number above 0 and up to 10 behind \":zipf:\"";
    }
    const char *expected = split_weight(head, copy, weight);
    return expected != NULL ? expected : parse_prefix(copy, prefix, af);
}

static enum weir_status add_prefix(const char *option, const char *word, struct weir_pool *pool,
                                   struct weir_error *err)
{
    struct weir_pool_prefix *prefix = &pool->prefix[pool->n];
    const struct weir_pool_prefix *last = pool->n > 0 ? prefix - 1 : NULL;
    double weight = 1, s = 0;
    uint8_t af = 0;
    const char *expected = parse_pool_word(word, prefix, &af, &s, &weight);
    if (expected == NULL && pool->n > 0 && af != pool->af)
        expected = "prefixes of one address family";
    if (expected != NULL)
        return refuse(option, expected, word, err);
    pool->af = af;
    prefix->number_bits = prefix->bits < BITS_MAX ? prefix->bits : BITS_MAX;
    prefix->begin = last == NULL ? 0 : last->begin + ((uint64_t)1 << last->number_bits);
    pool->n++;
    return add_ranks(&pool->table, prefix, s, weight, err);
}

enum weir_status weir_pool_parse(const char *option, const struct weir_words *words,
                                 struct weir_pool *pool, struct weir_error *err)
{
    pool->prefix = weir_mem_zalloc(pool->table.mem, words->n, sizeof *pool->prefix);
    if (pool->prefix == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu prefixes", words->n);
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < words->n && status == WEIR_OK; i++)
        status = add_prefix(option, words->word[i], pool, err);
    return status == WEIR_OK ? weir_generate_table_finish(&pool->table, err) : status;
}

static const struct weir_pool_prefix *find_prefix(const struct weir_pool *pool, uint64_t x)
{
    size_t low = 0;
    size_t high = pool->n;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (pool->prefix[middle].begin <= x)
            low = middle;
        else
            high = middle;
    }
    return &pool->prefix[low];
}

/* A permutation of the numbers below 2^bits, bits <= 64: odd factors and shifts that can be undone,
 * as hashes end with, and a flip of bits. That of the number 0 differs between flips of which one
 * is odd. */
static uint64_t permute(uint64_t number, unsigned bits, uint64_t flip)
{
    const uint64_t mask = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    const unsigned half = (bits + 1) / 2;
    uint64_t x = number & mask;
    x = ((x ^ x >> half) * (flip | 1)) & mask;
    x = ((x ^ x >> half) * ODD_1) & mask;
    return (x ^ x >> half ^ flip) & mask;
}

/* Numbers are ranks, which are scattered over the prefix so that all its bits vary. Where there are
 * more than 64 of them, the others follow from the number too, in a way that shows no pattern. */
void weir_pool_addresses(const struct weir_pool *pool, const uint64_t *x, size_t n,
                         uint32_t *const address[4])
{
    for (size_t i = 0; i < n; i++) {
        const struct weir_pool_prefix *prefix = find_prefix(pool, x[i]);
        const uint64_t number = x[i] - prefix->begin;
        const unsigned more = prefix->bits > 64 ? prefix->bits - 64 : 0;
        const uint64_t low = permute(number, prefix->bits - more, pool->scatter);
        const uint64_t high =
            more == 0 ? 0 : permute(number + ODD_2, 64, ~pool->scatter) >> (64 - more);
        address[0][i] = prefix->network[0] | (uint32_t)(high >> 32);
        address[1][i] = prefix->network[1] | (uint32_t)high;
        address[2][i] = prefix->network[2] | (uint32_t)(low >> 32);
        address[3][i] = prefix->network[3] | (uint32_t)low;
    }
}
