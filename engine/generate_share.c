/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares and address pools, from words to tables. */
#include "generate_share.h"

#include "filter_name.h"
#include "number.h"

#include <arpa/inet.h>
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

/* Copies a word and cuts off "*WEIGHT" at its end. False: that is no weight above 0, or the word is
 * too long. */
static bool split_weight(const char *word, char copy[WORD_MAX], double *weight)
{
    *weight = 1;
    if (strlen(word) >= WORD_MAX)
        return false;
    memcpy(copy, word, strlen(word) + 1);
    char *star = strchr(copy, '*');
    if (star == NULL)
        return true;
    *star = '\0';
    return weir_number_parse_real(star + 1, strlen(star + 1), weight) && *weight > 0;
}

/* --- numbers -----------------------------------------------------------------------------------
 */

static bool parse_number(const struct weir_share_request *request, const char *text, size_t length,
                         uint64_t *number)
{
    const struct weir_filter_name name = weir_filter_name_find(text, length);
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
        if (!split_weight(request->words->word[i], copy, &weight) ||
            !parse_range(request, copy, &piece))
            return refuse(request->option, "NUMBER[-NUMBER][*WEIGHT]", request->words->word[i],
                          err);
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

/* Reads ADDRESS[/LENGTH]. *n_bits gets how many bits vary. */
static bool parse_prefix(char *text, struct weir_pool_prefix *prefix, uint8_t *af, unsigned *n_bits)
{
    uint32_t words[4] = {0};
    uint64_t length = 0;
    char *slash = strchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
    *af = strchr(text, ':') != NULL ? AF_IPV6 : AF_IPV4;
    const unsigned all = *af == AF_IPV6 ? 128 : 32;
    uint32_t *first = *af == AF_IPV6 ? words : &words[3];
    if (inet_pton(*af == AF_IPV6 ? AF_INET6 : AF_INET, text, first) != 1)
        return false;
    if (slash == NULL)
        length = all;
    else if (!weir_number_parse_u64(slash + 1, strlen(slash + 1), &length) || length > all)
        return false;
    *n_bits = all - (unsigned)length;
    for (int w = 0; w < 4; w++) {
        prefix->network[w] = ntohl(words[w]);
        const int below = (int)*n_bits - 32 * (3 - w); /* bits of this word that vary */
        const uint32_t mask = below >= 32 ? UINT32_MAX : below > 0 ? ((uint32_t)1 << below) - 1 : 0;
        if ((prefix->network[w] & mask) != 0)
            return false;
    }
    return true;
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

static enum weir_status add_prefix(const char *option, const char *word, struct weir_pool *pool,
                                   struct weir_error *err)
{
    static const char zipf[] = ":zipf:";
    struct weir_pool_prefix *prefix = &pool->prefix[pool->n];
    char copy[WORD_MAX];
    double weight = 1, s = 0;
    uint8_t af = 0;
    unsigned n_bits = 0;
    bool good = strlen(word) < WORD_MAX;
    const char *law = strstr(word, zipf);
    if (good && law != NULL) {
        const char *exponent = law + strlen(zipf);
        good = weir_number_parse_real(exponent, strlen(exponent), &s) && s > 0 && s <= 10;
    }
    char head[WORD_MAX] = "";
    if (good)
        memcpy(head, word, law == NULL ? strlen(word) : (size_t)(law - word));
    if (!good || !split_weight(head, copy, &weight) || !parse_prefix(copy, prefix, &af, &n_bits))
        return refuse(option, "PREFIX[*WEIGHT][:zipf:S], S above 0 and up to 10", word, err);
    if (pool->n > 0 && af != pool->af)
        return refuse(option, "prefixes of one address family", word, err);
    const struct weir_pool_prefix *last = pool->n > 0 ? prefix - 1 : NULL;
    pool->af = af;
    prefix->bits = n_bits;
    prefix->number_bits = n_bits < BITS_MAX ? n_bits : BITS_MAX;
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
