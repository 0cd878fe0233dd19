/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variables of job files: $name and ${name}, $axis.key and ${axis.key}, and $$ for a dollar. */
#include "job_expand.h"

#include <string.h>

/* One piece of a text: plain characters, or a reference. */
struct piece {
    const char *text; /* plain characters, or the name */
    size_t length;
    size_t bytes; /* of the text that the piece takes up */
    bool is_reference;
    bool is_braced;
    bool wants_key; /* ".key" inside the braces; outside it depends on the variable */
};

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_character(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9');
}

static size_t name_length(const char *text)
{
    size_t n = 0;
    if (is_name_start(text[0]))
        while (is_name_character(text[n]))
            n++;
    return n;
}

bool weir_job_is_name(const char *text)
{
    const size_t n = name_length(text);
    return n > 0 && text[n] == '\0';
}

/* Reads the piece at the start of `text`, which is not empty; false when a dollar is followed by
 * nothing that makes sense. */
static bool next_piece(const char *text, struct piece *piece)
{
    *piece = (struct piece){.text = text};
    if (text[0] != '$') {
        piece->bytes = piece->length = strcspn(text, "$");
        return true;
    }
    if (text[1] == '$') {
        piece->length = 1;
        piece->bytes = 2;
        return true;
    }
    piece->is_reference = true;
    piece->is_braced = text[1] == '{';
    piece->text = text + (piece->is_braced ? 2 : 1);
    piece->length = name_length(piece->text);
    if (piece->length == 0)
        return false;
    const char *end = piece->text + piece->length;
    if (piece->is_braced) {
        piece->wants_key = strncmp(end, ".key}", 5) == 0;
        end += piece->wants_key ? 4 : 0;
        if (*end++ != '}')
            return false;
    }
    piece->bytes = (size_t)(end - text);
    return true;
}

static bool piece_is_named(const struct piece *piece, const char *name)
{
    return strlen(name) == piece->length && memcmp(name, piece->text, piece->length) == 0;
}

static const struct weir_job_variable *find_variable(const struct weir_job_scope *scope,
                                                     const struct piece *piece)
{
    for (size_t i = 0; i < scope->n_axes; i++)
        if (piece_is_named(piece, scope->axes[i].name))
            return &scope->axes[i];
    for (size_t i = 0; i < scope->n_lets; i++)
        if (piece_is_named(piece, scope->lets[i].name))
            return &scope->lets[i];
    return NULL;
}

/* The name in sight nearest to that of `piece`, or NULL. */
static const char *nearest_variable(const struct weir_job_scope *scope, const struct piece *piece)
{
    char word[64];
    const char *names[64];
    size_t n = 0;
    if (piece->length >= sizeof word)
        return NULL;
    memcpy(word, piece->text, piece->length);
    word[piece->length] = '\0';
    for (size_t i = 0; i < scope->n_axes && n < 64; i++)
        names[n++] = scope->axes[i].name;
    for (size_t i = 0; i < scope->n_lets && n < 64; i++)
        names[n++] = scope->lets[i].name;
    return weir_option_nearest(word, names, n);
}

static void note_undefined(const struct weir_node *node, const struct weir_job_scope *scope,
                           const struct piece *piece, struct weir_job_report *report)
{
    const char *near = nearest_variable(scope, piece);
    const int shown = piece->length < 80 ? (int)piece->length : 80;
    if (near != NULL)
        weir_job_mistake(report, node->line, node->column,
                         "undefined variable $%.*s, did you mean $%.80s?", shown, piece->text,
                         near);
    else
        weir_job_mistake(report, node->line, node->column,
                         "undefined variable $%.*s ($$ is a plain dollar)", shown, piece->text);
}

/* What is put in place of a piece; NULL after a mistake. A ".key" outside of braces is taken along
 * where the variable has one. */
static const char *replacement(const struct weir_node *node, const struct weir_job_scope *scope,
                               struct piece *piece, const struct weir_job_variable **variable,
                               struct weir_job_report *report)
{
    *variable = find_variable(scope, piece);
    if (*variable == NULL) {
        note_undefined(node, scope, piece, report);
        return NULL;
    }
    *(*variable)->used = true;
    const char *label = (*variable)->label;
    const char *end = piece->text + piece->length;
    if (!piece->is_braced && label != NULL && strncmp(end, ".key", 4) == 0 &&
        !is_name_character(end[4])) {
        piece->wants_key = true;
        piece->bytes += 4;
    }
    if (piece->wants_key && label == NULL) {
        weir_job_mistake(report, node->line, node->column,
                         "variable $%.80s is no axis of a matrix and has no key",
                         (*variable)->name);
        return NULL;
    }
    return piece->wants_key ? label : (*variable)->value;
}

/* Writes the expanded text to `out`, which has room for what a call without `out` measured, without
 * NUL; only measures
 * where `out` is NULL. False after a mistake. */
static bool expand_into(const struct weir_node *node, const struct weir_job_scope *scope,
                        struct weir_job_report *report, char *out, size_t *length)
{
    *length = 0;
    struct piece piece;
    for (const char *at = node->text; *at != '\0'; at += piece.bytes) {
        if (!next_piece(at, &piece)) {
            weir_job_mistake(report, node->line, node->column,
                             "expected $name, ${name} or $$, but found \"%.20s\"", at);
            return false;
        }
        const char *text = piece.text;
        size_t n = piece.length;
        if (piece.is_reference) {
            const struct weir_job_variable *variable = NULL;
            text = replacement(node, scope, &piece, &variable, report);
            if (text == NULL)
                return false;
            n = strlen(text);
        }
        if (n > WEIR_EXPANDED_BYTES_MAX - *length) {
            weir_job_mistake(report, node->line, node->column,
                             "text is longer than %d characters with its variables replaced",
                             WEIR_EXPANDED_BYTES_MAX);
            return false;
        }
        if (out != NULL)
            memcpy(out + *length, text, n);
        *length += n;
    }
    return true;
}

/* Where the value stands that makes up the whole text of `node`, else `node`. */
static const struct weir_node *find_origin(const struct weir_node *node,
                                           const struct weir_job_scope *scope,
                                           struct weir_job_report *report)
{
    struct piece piece;
    if (node->text[0] != '$' || !next_piece(node->text, &piece) || !piece.is_reference)
        return node;
    const struct weir_job_variable *variable = NULL;
    if (replacement(node, scope, &piece, &variable, report) == NULL ||
        node->text[piece.bytes] != '\0' || piece.wants_key || variable->node == NULL)
        return node;
    return variable->node;
}

enum weir_status weir_job_expand(const struct weir_node *node, const struct weir_job_scope *scope,
                                 struct weir_option_arena *arena, struct weir_job_report *report,
                                 const char **text, const struct weir_node **origin,
                                 struct weir_error *err)
{
    *text = NULL;
    *origin = node;
    size_t length = 0;
    if (!expand_into(node, scope, report, NULL, &length))
        return WEIR_OK;
    char *out = weir_option_arena_alloc(arena, length + 1);
    if (out == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory left to read the job file");
    (void)expand_into(node, scope, report, out, &length);
    out[length] = '\0';
    *text = out;
    *origin = find_origin(node, scope, report);
    return WEIR_OK;
}

bool weir_job_refers(const struct weir_node *node, const char *name)
{
    if (node->kind != WEIR_NODE_TEXT) {
        for (const struct weir_node *child = node->first; child != NULL; child = child->next)
            if (weir_job_refers(child, name))
                return true;
        return false;
    }
    struct piece piece;
    for (const char *at = node->text; *at != '\0' && next_piece(at, &piece); at += piece.bytes)
        if (piece.is_reference && piece_is_named(&piece, name))
            return true;
    return false;
}
