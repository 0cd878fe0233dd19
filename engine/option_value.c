/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of options: from text into the members of parameter structs, and the memory behind them.
 */
#include "number.h"
#include "option.h"

#include <string.h>

#define BLOCK_BYTES 4000

struct arena_block {
    struct arena_block *next;
    size_t used_bytes;
    size_t capacity_bytes;
    size_t reserved; /* keeps `data` aligned to 16 */
    char data[];
};

void weir_option_arena_release(struct weir_option_arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        weir_mem_free(arena->mem, block);
        block = next;
    }
    arena->blocks = NULL;
}

void *weir_option_arena_alloc(struct weir_option_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2)
        return NULL;
    const size_t need = (bytes + 15) / 16 * 16;
    struct arena_block *block = arena->blocks;
    if (block == NULL || need > block->capacity_bytes - block->used_bytes) {
        const size_t capacity = need > BLOCK_BYTES ? need : BLOCK_BYTES;
        block = weir_mem_zalloc(arena->mem, 1, sizeof *block + capacity);
        if (block == NULL)
            return NULL;
        block->capacity_bytes = capacity;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *room = block->data + block->used_bytes;
    block->used_bytes += need;
    return room;
}

const char *weir_option_arena_text(struct weir_option_arena *arena, const char *text, size_t length)
{
    char *copy = weir_option_arena_alloc(arena, length + 1);
    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}

/* A list has room for the next power of two, so that no capacity needs to be stored. */
enum weir_status weir_words_append(struct weir_words *words, const char *word,
                                   struct weir_option_arena *arena, struct weir_error *err)
{
    if ((words->n & (words->n - 1)) == 0) {
        const size_t capacity = words->n == 0 ? 1 : 2 * words->n;
        const char **grown = NULL;
        if (words->n <= SIZE_MAX / 4 / sizeof *grown)
            grown = weir_option_arena_alloc(arena, capacity * sizeof *grown);
        if (grown == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory for a list of %zu words",
                                  words->n + 1);
        if (words->n > 0)
            memcpy(grown, words->word, words->n * sizeof *grown);
        words->word = grown;
    }
    words->word[words->n++] = word;
    return WEIR_OK;
}

static enum weir_status append_copy(struct weir_words *words, const char *text, size_t length,
                                    struct weir_option_arena *arena, struct weir_error *err)
{
    const char *copy = weir_option_arena_text(arena, text, length);
    if (copy == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a text of %zu characters", length);
    return weir_words_append(words, copy, arena, err);
}

static const char *range_text(const struct weir_option *option, char *out, size_t capacity)
{
    if (option->least == 0 && option->most == 0)
        out[0] = '\0';
    else if (option->most == INT64_MAX)
        snprintf(out, capacity, " of at least %lld", (long long)option->least);
    else if (option->least == INT64_MIN)
        snprintf(out, capacity, " of at most %lld", (long long)option->most);
    else
        snprintf(out, capacity, " from %lld to %lld", (long long)option->least,
                 (long long)option->most);
    return out;
}

static enum weir_status set_integer(const struct weir_option *option, int64_t *member,
                                    const char *text, struct weir_error *err)
{
    const bool bounded = option->least != 0 || option->most != 0;
    int64_t value = 0;
    if (weir_number_parse_i64(text, strlen(text), &value) &&
        (!bounded || (value >= option->least && value <= option->most))) {
        *member = value;
        return WEIR_OK;
    }
    char range[64];
    return weir_error_set(err, WEIR_USAGE, "expected an integer%s, but found \"%s\"",
                          bounded ? range_text(option, range, sizeof range) : " of 64 bits", text);
}

static enum weir_status set_real(const struct weir_option *option, double *member, const char *text,
                                 struct weir_error *err)
{
    const bool bounded = option->least != 0 || option->most != 0;
    double value = 0;
    if (weir_number_parse_real(text, strlen(text), &value) &&
        (!bounded || (value >= (double)option->least && value <= (double)option->most))) {
        *member = value;
        return WEIR_OK;
    }
    char range[64];
    return weir_error_set(err, WEIR_USAGE, "expected a number%s, but found \"%s\"",
                          range_text(option, range, sizeof range), text);
}

static enum weir_status set_size(uint64_t *member, const char *text, struct weir_error *err)
{
    if (weir_number_parse_size(text, strlen(text), member))
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE,
                          "expected a size in bytes such as 512M or 2G, but found \"%s\"", text);
}

static enum weir_status set_flag(bool *member, const char *text, struct weir_error *err)
{
    const bool is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0)
        return weir_error_set(err, WEIR_USAGE, "expected true or false, but found \"%s\"", text);
    *member = is_true;
    return WEIR_OK;
}

/* Looks `text` up among choices "a|b|c"; *index is its place. */
static enum weir_status find_choice(const char *choices, const char *text, int *index,
                                    struct weir_error *err)
{
    const size_t length = strlen(text);
    const char *choice = choices;
    for (*index = 0;; ++*index) {
        const size_t n = strcspn(choice, "|");
        if (n == length && memcmp(choice, text, n) == 0)
            return WEIR_OK;
        if (choice[n] == '\0')
            break;
        choice += n + 1;
    }
    char list[512];
    size_t used = 0;
    for (const char *c = choices; *c != '\0' && used + 3 < sizeof list; c++) {
        list[used++] = *c == '|' ? ',' : *c;
        if (*c == '|')
            list[used++] = ' ';
    }
    list[used] = '\0';
    return weir_error_set(err, WEIR_USAGE, "expected one of %s, but found \"%s\"", list, text);
}

static enum weir_status set_text(const char **member, const char *text,
                                 struct weir_option_arena *arena, struct weir_error *err)
{
    const char *copy = weir_option_arena_text(arena, text, strlen(text));
    if (copy == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a text of %zu characters",
                              strlen(text));
    *member = copy;
    return WEIR_OK;
}

static enum weir_status add_word(const struct weir_option *option, struct weir_words *words,
                                 const char *text, size_t length, struct weir_option_arena *arena,
                                 struct weir_error *err)
{
    enum weir_status status = append_copy(words, text, length, arena, err);
    int index = 0;
    if (status == WEIR_OK && option->choices != NULL)
        status = find_choice(option->choices, words->word[words->n - 1], &index, err);
    return status;
}

static enum weir_status set_list(const struct weir_option *option, struct weir_words *member,
                                 const char *text, struct weir_option_arena *arena,
                                 struct weir_error *err)
{
    struct weir_words words = {0};
    for (const char *word = text;;) {
        const size_t n = strcspn(word, ",");
        if (n == 0)
            return weir_error_set(err, WEIR_USAGE,
                                  "expected words separated by commas, but found \"%s\"", text);
        const enum weir_status status = add_word(option, &words, word, n, arena, err);
        if (status != WEIR_OK)
            return status;
        if (word[n] == '\0')
            break;
        word += n + 1;
    }
    *member = words;
    return WEIR_OK;
}

static enum weir_status append_value(const struct weir_option *option, struct weir_words *member,
                                     const char *text, struct weir_option_arena *arena,
                                     struct weir_error *err)
{
    struct weir_words words = *member;
    const enum weir_status status = add_word(option, &words, text, strlen(text), arena, err);
    if (status == WEIR_OK)
        *member = words;
    return status;
}

enum weir_status weir_option_set_text(const struct weir_option *option, size_t offset, void *params,
                                      const char *text, struct weir_option_arena *arena,
                                      struct weir_error *err)
{
    void *member = (char *)params + offset;
    enum weir_status status = WEIR_OK;
    switch (option->kind) {
    case WEIR_OPTION_FLAG:
        status = set_flag(member, text, err);
        break;
    case WEIR_OPTION_INTEGER:
        status = set_integer(option, member, text, err);
        break;
    case WEIR_OPTION_SIZE:
        status = set_size(member, text, err);
        break;
    case WEIR_OPTION_REAL:
        status = set_real(option, member, text, err);
        break;
    case WEIR_OPTION_TEXT:
        status = set_text(member, text, arena, err);
        break;
    case WEIR_OPTION_CHOICE: {
        int index = 0;
        status = find_choice(option->choices, text, &index, err);
        if (status == WEIR_OK)
            *(int *)member = index;
        break;
    }
    case WEIR_OPTION_APPEND:
        status = append_value(option, member, text, arena, err);
        break;
    case WEIR_OPTION_LIST:
        status = set_list(option, member, text, arena, err);
        break;
    case WEIR_OPTION_IGNORED:
        return WEIR_OK;
    }
    if (status == WEIR_OK && option->given_offset != 0)
        *(bool *)((char *)params + offset - option->offset + option->given_offset) = true;
    return status;
}
