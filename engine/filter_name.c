/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in filter expressions. */
#include "filter_name.h"

#include "field.h"

#include <string.h>

static const struct {
    const char *word;
    enum weir_name_meaning meaning;
} derived[] = {
    {"src", WEIR_NAME_SRC},   {"dst", WEIR_NAME_DST},           {"ip", WEIR_NAME_IP},
    {"port", WEIR_NAME_PORT}, {"duration", WEIR_NAME_DURATION}, {"rate", WEIR_NAME_RATE},
};

/* Assigned Internet protocol numbers. */
static const struct {
    const char *word;
    unsigned number;
} protocols[] = {
    {"icmp", 1},  {"igmp", 2},  {"ipip", 4},   {"tcp", 6},    {"udp", 17},   {"dccp", 33},
    {"rsvp", 46}, {"gre", 47},  {"esp", 50},   {"ah", 51},    {"icmp6", 58}, {"eigrp", 88},
    {"ospf", 89}, {"pim", 103}, {"vrrp", 112}, {"l2tp", 115}, {"sctp", 132}, {"udplite", 136},
};

/* Words that other tools use. */
static const struct {
    const char *word, *ours;
} synonyms[] = {
    {"bytes", "octets"}, {"byts", "octets"},   {"ibyt", "octets"},    {"size", "octets"},
    {"pkts", "packets"}, {"ipkt", "packets"},  {"length", "packets"}, {"sport", "sp"},
    {"srcport", "sp"},   {"src_port", "sp"},   {"dport", "dp"},       {"dstport", "dp"},
    {"dst_port", "dp"},  {"protocol", "prot"}, {"flows", "aggs"},     {"family", "af"},
    {"sa", "src"},       {"srcaddr", "src"},   {"srcip", "src"},      {"src_ip", "src"},
    {"da", "dst"},       {"dstaddr", "dst"},   {"dstip", "dst"},      {"dst_ip", "dst"},
    {"host", "ip"},      {"net", "ip"},        {"bps", "rate"},       {"icmpv6", "icmp6"},
    {"ts", "first"},     {"te", "last"},       {"td", "duration"},    {"start", "first"},
    {"end", "last"},
};

#define N_ROWS(table) (sizeof(table) / sizeof *(table))

static bool is_word(const char *name, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(word, name, length) == 0;
}

struct weir_filter_name weir_filter_name_find(const char *name, size_t length)
{
    const enum weir_field field =
        is_word(name, length, "proto") ? WEIR_PROT : weir_field_find(name, length);
    if (field != WEIR_N_FIELDS)
        return (struct weir_filter_name){.meaning = WEIR_NAME_FIELD, .field = field};
    for (size_t i = 0; i < N_ROWS(derived); i++)
        if (is_word(name, length, derived[i].word))
            return (struct weir_filter_name){.meaning = derived[i].meaning};
    for (size_t i = 0; i < N_ROWS(protocols); i++)
        if (is_word(name, length, protocols[i].word))
            return (struct weir_filter_name){.meaning = WEIR_NAME_NUMBER,
                                             .number = protocols[i].number};
    return (struct weir_filter_name){.meaning = WEIR_NAME_NONE};
}

bool weir_filter_name_protocol(size_t i, const char **name, unsigned *number)
{
    if (i >= N_ROWS(protocols))
        return false;
    *name = protocols[i].word;
    *number = protocols[i].number;
    return true;
}

/* The number of letters to change, add or drop between two words (Levenshtein). */
static unsigned word_distance(const char *a, size_t a_length, const char *b)
{
    unsigned row[16];
    const size_t b_length = strlen(b);
    if (b_length >= N_ROWS(row))
        return UINT32_MAX;
    for (unsigned j = 0; j <= b_length; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b_length; j++) {
            const unsigned change = diagonal + (a[i - 1] != b[j - 1]);
            const unsigned drop = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < drop ? change : drop;
        }
    }
    return row[b_length];
}

struct nearest {
    const char *name;
    size_t length;
    const char *word; /* so far */
    unsigned score;
};

/* Of words that are equally far away, those with the same first letter are nearer. */
static void consider(struct nearest *nearest, const char *word)
{
    const unsigned distance = word_distance(nearest->name, nearest->length, word);
    if (distance > 2 || distance >= nearest->length)
        return;
    const unsigned score = 2 * distance + (word[0] != nearest->name[0]);
    if (score >= nearest->score)
        return;
    nearest->score = score;
    nearest->word = word;
}

const char *weir_filter_name_nearest(const char *name, size_t length)
{
    for (size_t i = 0; i < N_ROWS(synonyms); i++)
        if (is_word(name, length, synonyms[i].word))
            return synonyms[i].ours;
    struct nearest nearest = {.name = name, .length = length, .score = UINT32_MAX};
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        consider(&nearest, weir_field_info((enum weir_field)f)->name);
    for (size_t i = 0; i < N_ROWS(derived); i++)
        consider(&nearest, derived[i].word);
    for (size_t i = 0; i < N_ROWS(protocols); i++)
        consider(&nearest, protocols[i].word);
    return nearest.word;
}
