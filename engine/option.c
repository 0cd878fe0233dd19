/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of a command line: which row an argument means, and where its value is.
 *
 * The rules are those of Python's argparse, so that command lines of flow-models keep their
 * meaning: unique prefixes of long names, values behind '=' or in the next argument, words of a
 * list up to the next option, negative numbers as values. */
#include "option.h"

#include <string.h>

const struct weir_option weir_option_help_row = {
    .name = "help", .letter = 'h', .kind = WEIR_OPTION_IGNORED, .help = "show this help"};

/* A command line under way. */
struct parse {
    const struct weir_option_set *set;
    int argc;
    char *const *argv;
    int next; /* index of the next argument */
    void *params;
    bool *help;
    struct weir_option_arena *arena;
    struct weir_error *err;
};

/* A row that an argument names. */
struct match {
    const struct weir_option *row;
    size_t offset;
};

enum weir_status weir_option_defaults(const struct weir_option_set *set, void *params,
                                      struct weir_option_arena *arena, struct weir_error *err)
{
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++) {
        const struct weir_option_group *group = set->groups[g];
        for (const struct weir_option *row = group->rows; row->name != NULL; row++) {
            if (row->initial == NULL)
                continue;
            const enum weir_status status = weir_option_set_text(row, group->offset + row->offset,
                                                                 params, row->initial, arena, err);
            if (status == WEIR_MEMORY)
                return status;
            if (status != WEIR_OK) {
                weir_error_prepend(err, "default of --%s: ", row->name);
                return WEIR_INTERNAL;
            }
            if (row->given_offset != 0)
                *(bool *)((char *)params + group->offset + row->given_offset) = false;
        }
    }
    return WEIR_OK;
}

const char *weir_option_input(const struct weir_option *option, const char *text)
{
    if (option->input == NULL || strncmp(text, option->input, strlen(option->input)) != 0)
        return NULL;
    const char *path = text + strlen(option->input);
    return strcmp(path, "-") == 0 ? NULL : path;
}

const struct weir_option *weir_option_find(const struct weir_option_set *set, const char *name,
                                           size_t *offset)
{
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++) {
        const struct weir_option_group *group = set->groups[g];
        for (const struct weir_option *row = group->rows; row->name != NULL; row++)
            if (strcmp(row->name, name) == 0) {
                *offset = group->offset + row->offset;
                return row;
            }
    }
    return NULL;
}

static struct match find_letter(const struct weir_option_set *set, char letter)
{
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++) {
        const struct weir_option_group *group = set->groups[g];
        for (const struct weir_option *row = group->rows; row->name != NULL; row++)
            if (row->letter == letter)
                return (struct match){row, group->offset + row->offset};
    }
    return (struct match){letter == weir_option_help_row.letter ? &weir_option_help_row : NULL, 0};
}

#define CANDIDATES_MAX 64

/* The rows whose long names begin with the first `length` characters of `name`; a whole name is
 * the only candidate. Returns their number. */
static size_t find_long(const struct weir_option_set *set, const char *name, size_t length,
                        struct match *candidates)
{
    size_t n = 0;
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++) {
        const struct weir_option_group *group = set->groups[g];
        for (const struct weir_option *row = group->rows; row->name != NULL; row++) {
            if (strncmp(row->name, name, length) != 0)
                continue;
            const struct match match = {row, group->offset + row->offset};
            if (row->name[length] == '\0') {
                candidates[0] = match;
                return 1;
            }
            if (n < CANDIDATES_MAX)
                candidates[n++] = match;
        }
    }
    if (strncmp(weir_option_help_row.name, name, length) != 0)
        return n;
    if (weir_option_help_row.name[length] == '\0')
        n = 0;
    if (n < CANDIDATES_MAX)
        candidates[n++] = (struct match){&weir_option_help_row, 0};
    return n;
}

static bool looks_negative(const char *word)
{
    const char *digit = word + 1 + (word[1] == '.');
    return word[0] == '-' && *digit >= '0' && *digit <= '9';
}

/* True when an argument cannot be an operand or the value of the option before it. Texts with a
 * blank, such as "-dp == -80", are options only when they name one. */
static bool is_option(const struct weir_option_set *set, const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || looks_negative(word))
        return false;
    if (strchr(word, ' ') == NULL)
        return true;
    struct match candidates[CANDIDATES_MAX];
    if (word[1] == '-')
        return find_long(set, word + 2, strcspn(word + 2, "="), candidates) != 0;
    return find_letter(set, word[1]).row != NULL;
}

/* Joins the words up to the next option to the text of a list; NULL when memory is used up. */
static const char *join_words(struct parse *parse)
{
    size_t length = 0;
    int end = parse->next;
    for (; end < parse->argc && !is_option(parse->set, parse->argv[end]); end++)
        length += strlen(parse->argv[end]) + 1;
    char *text = weir_option_arena_alloc(parse->arena, length + 1);
    if (text == NULL)
        return NULL;
    char *at = text;
    for (; parse->next < end; parse->next++) {
        const size_t n = strlen(parse->argv[parse->next]);
        memcpy(at, parse->argv[parse->next], n);
        at += n;
        *at++ = ',';
    }
    at[-1] = '\0';
    return text;
}

/* Sets one option; `shown` is how the user wrote it, `value` what stood behind it in the same
 * argument, or NULL: the value is in the next one. */
static enum weir_status set_option(struct parse *parse, const struct match *match,
                                   const char *shown, const char *value)
{
    const struct weir_option *row = match->row;
    if (!weir_option_takes_value(row)) {
        if (value != NULL)
            return weir_error_set(parse->err, WEIR_USAGE, "option %s takes no value", shown);
        *parse->help = *parse->help || row == &weir_option_help_row;
        value = "true";
    } else if (value == NULL) {
        const char *next = parse->next < parse->argc ? parse->argv[parse->next] : NULL;
        const char *kind = weir_option_value_name(row);
        if (next == NULL || strcmp(next, "--") == 0)
            return weir_error_set(parse->err, WEIR_USAGE, "option %s: expected %s after it", shown,
                                  kind);
        if (is_option(parse->set, next))
            return weir_error_set(parse->err, WEIR_USAGE,
                                  "option %s: expected %s, but found option \"%s\"; a value that "
                                  "begins with '-' is written --%s=%s",
                                  shown, kind, next, row->name, kind);
        if (row->kind == WEIR_OPTION_LIST && !row->is_one_word)
            value = join_words(parse);
        else
            value = parse->argv[parse->next++];
        if (value == NULL)
            return weir_error_set(parse->err, WEIR_MEMORY, "no memory for option %s", shown);
    }
    if (row == &weir_option_help_row)
        return WEIR_OK;
    const enum weir_status status =
        weir_option_set_text(row, match->offset, parse->params, value, parse->arena, parse->err);
    if (status == WEIR_USAGE)
        weir_error_prepend(parse->err, "option %s: ", shown);
    return status;
}

/* The long name that a mistyped one may have meant, or NULL. */
static const char *nearest_long(const struct weir_option_set *set, const char *name)
{
    const char *names[256] = {weir_option_help_row.name};
    size_t n = 1;
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++)
        for (const struct weir_option *row = set->groups[g]->rows; row->name != NULL; row++)
            if (n < sizeof names / sizeof *names)
                names[n++] = row->name;
    return weir_option_nearest(name, names, n);
}

static enum weir_status ambiguous(const struct parse *parse, const char *shown,
                                  const struct match *candidates, size_t n)
{
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && used < sizeof list; i++) {
        const int more = snprintf(list + used, sizeof list - used, "%s--%s", i == 0 ? "" : ", ",
                                  candidates[i].row->name);
        used += more < 0 ? 0 : (size_t)more;
    }
    return weir_error_set(parse->err, WEIR_USAGE, "option %s is ambiguous: %s", shown, list);
}

static enum weir_status parse_long(struct parse *parse, const char *word)
{
    const size_t length = strcspn(word + 2, "=");
    const char *value = word[2 + length] == '=' ? word + 3 + length : NULL;
    char shown[80];
    snprintf(shown, sizeof shown, "%.*s", (int)(length < 76 ? length + 2 : 78), word);
    struct match candidates[CANDIDATES_MAX];
    const size_t n = length == 0 ? 0 : find_long(parse->set, word + 2, length, candidates);
    if (n == 0) {
        const char *nearest = nearest_long(parse->set, shown + 2);
        return weir_error_set(parse->err, WEIR_USAGE, "unknown option %s%s%s%s", shown,
                              nearest == NULL ? "" : "; did you mean --",
                              nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    }
    if (n > 1)
        return ambiguous(parse, shown, candidates, n);
    snprintf(shown, sizeof shown, "--%s", candidates[0].row->name);
    return set_option(parse, &candidates[0], shown, value);
}

/* One or several letters behind a dash; the first one that wants a value takes the rest. */
static enum weir_status parse_short(struct parse *parse, const char *word)
{
    for (const char *letter = word + 1; *letter != '\0' && !*parse->help; letter++) {
        const char shown[3] = {'-', *letter, '\0'};
        const struct match match = find_letter(parse->set, *letter);
        if (match.row == NULL) {
            const bool alone = word[2] == '\0';
            const char *nearest = alone ? NULL : nearest_long(parse->set, word + 1);
            if (nearest != NULL)
                return weir_error_set(parse->err, WEIR_USAGE,
                                      "unknown option %s; did you mean --%s?", word, nearest);
            return weir_error_set(parse->err, WEIR_USAGE, "unknown option %s%s%s", shown,
                                  alone ? "" : " in ", alone ? "" : word);
        }
        const char *rest = letter[1] == '\0' ? NULL : letter + 1;
        const bool takes = weir_option_takes_value(match.row);
        if (takes && rest != NULL && *rest == '=')
            rest++;
        const enum weir_status status = set_option(parse, &match, shown, takes ? rest : NULL);
        if (status != WEIR_OK || takes)
            return status;
    }
    return WEIR_OK;
}

/* Parses one option with its value. */
static enum weir_status parse_option(struct parse *parse)
{
    const char *word = parse->argv[parse->next++];
    return word[1] == '-' ? parse_long(parse, word) : parse_short(parse, word);
}

enum weir_status weir_option_parse(const struct weir_option_set *set, int argc, char *const *argv,
                                   void *params, struct weir_words *operands, bool *help,
                                   struct weir_option_arena *arena, struct weir_error *err)
{
    struct parse parse = {set, argc, argv, 0, params, help, arena, err};
    enum weir_status status = WEIR_OK;
    bool options_end = false;
    *help = false;
    while (status == WEIR_OK && !*help && parse.next < argc) {
        const char *word = argv[parse.next];
        if (!options_end && is_option(set, word)) {
            options_end = strcmp(word, "--") == 0;
            if (options_end)
                parse.next++;
            else
                status = parse_option(&parse);
            continue;
        }
        parse.next++;
        const char *copy = weir_option_arena_text(arena, word, strlen(word));
        if (copy == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory for %d arguments", argc);
        status = weir_words_append(operands, copy, arena, err);
    }
    return status;
}

enum weir_status weir_option_parse_leading(const struct weir_option_set *set, int argc,
                                           char *const *argv, void *params, int *n_taken,
                                           bool *help, struct weir_option_arena *arena,
                                           struct weir_error *err)
{
    struct parse parse = {set, argc, argv, 0, params, help, arena, err};
    enum weir_status status = WEIR_OK;
    *help = false;
    while (status == WEIR_OK && !*help && parse.next < argc && is_option(set, argv[parse.next])) {
        if (strcmp(argv[parse.next], "--") == 0) {
            parse.next++;
            break;
        }
        status = parse_option(&parse);
    }
    *n_taken = parse.next;
    return status;
}
