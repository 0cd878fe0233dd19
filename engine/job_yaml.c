/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML file as a tree of nodes that know their place in it. */
#include "job_yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

struct anchor {
    const char *name;
    const struct weir_node *node;
    size_t n_nodes; /* nodes below it and itself, aliases counted as what they stand for */
    struct anchor *next;
};

/* A collection that is still open. */
struct level {
    struct weir_node *node;
    struct weir_node **tail; /* where the next child is hung */
    struct weir_node *key;   /* MAP: the key that waits for its value */
    const char *anchor;      /* or NULL */
    size_t n_nodes_before;
};

struct builder {
    yaml_parser_t parser;
    struct weir_option_arena *arena;
    struct weir_job_report *report;
    struct level levels[WEIR_NODE_DEPTH_MAX];
    size_t depth;
    size_t n_nodes;
    size_t n_anchors;
    struct anchor *anchors;
    const struct weir_node *root;
    bool stopped; /* a mistake makes the rest of the file unreadable */
};

static enum weir_status no_memory(struct weir_error *err)
{
    return weir_error_set(err, WEIR_MEMORY, "no memory left to read the job file");
}

/* --- reading ----------------------------------------------------------------------------------*/

static enum weir_status read_all(int fd, const char *path, char *bytes, size_t *n,
                                 struct weir_error *err)
{
    while (*n <= WEIR_YAML_BYTES_MAX) {
        const ssize_t got = read(fd, bytes + *n, WEIR_YAML_BYTES_MAX + 1 - *n);
        if (got == 0)
            return WEIR_OK;
        if (got > 0)
            *n += (size_t)got;
        else if (errno != EINTR)
            return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be read", path);
    }
    return weir_error_set(err, WEIR_IO, "%s: expected a job file of at most %zu bytes", path,
                          WEIR_YAML_BYTES_MAX);
}

static enum weir_status read_file(const char *path, struct weir_option_arena *arena,
                                  struct weir_job_report *report, struct weir_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", path);
    enum weir_status status = WEIR_OK;
    size_t n = 0;
    char *bytes = weir_mem_alloc(arena->mem, WEIR_YAML_BYTES_MAX + 1);
    if (bytes == NULL)
        status = no_memory(err);
    else
        status = read_all(fd, path, bytes, &n, err);
    close(fd);
    if (status == WEIR_OK) {
        const size_t mark = n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        report->n_bytes = n - mark;
        report->bytes = weir_option_arena_text(arena, bytes + mark, n - mark);
        if (report->bytes == NULL)
            status = no_memory(err);
    }
    weir_mem_free(arena->mem, bytes);
    return status;
}

/* --- what the parser complains about ----------------------------------------------------------*/

/* Line and column of byte `offset`, for bytes that never became characters. */
static void place_of_byte(const struct weir_job_report *report, size_t offset, size_t *line,
                          size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < report->n_bytes; i++) {
        if (report->bytes[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)report->bytes[i] & 0xC0) != 0x80) {
            ++*column;
        }
    }
}

/* True when the first thing on line `line` (from 0) that is no blank stands behind a tab. */
static bool is_tab_indented(const struct weir_job_report *report, size_t line)
{
    const char *at = report->bytes, *end = at + report->n_bytes;
    for (; line > 0 && at < end; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline == NULL ? end : newline + 1;
    }
    while (at < end && *at == ' ')
        at++;
    return at < end && *at == '\t';
}

static enum weir_status note_parser_error(struct builder *b, struct weir_error *err)
{
    const yaml_parser_t *parser = &b->parser;
    const yaml_mark_t *mark = &parser->problem_mark;
    size_t line = mark->line + 1, column = mark->column + 1;
    b->stopped = true;
    switch (parser->error) {
    case YAML_MEMORY_ERROR:
        return no_memory(err);
    case YAML_READER_ERROR:
        place_of_byte(b->report, parser->problem_offset, &line, &column);
        weir_job_mistake(b->report, line, column,
                         "expected UTF-8 text, but found a byte that is "
                         "none (%s)",
                         parser->problem);
        return WEIR_OK;
    default:
        break;
    }
    if (is_tab_indented(b->report, mark->line))
        weir_job_mistake(b->report, line, column,
                         "not YAML: lines must be indented with spaces, not with tabs");
    else
        weir_job_mistake(b->report, line, column, "not YAML: %s%s%s", parser->problem,
                         parser->context != NULL ? " " : "",
                         parser->context != NULL ? parser->context : "");
    return WEIR_OK;
}

/* --- building ---------------------------------------------------------------------------------*/

static void stop_at(struct builder *b, const yaml_mark_t *mark, const char *text)
{
    weir_job_mistake(b->report, mark->line + 1, mark->column + 1, "%s", text);
    b->stopped = true;
}

/* Counts nodes; false when there are too many. */
static bool count_nodes(struct builder *b, size_t n, const yaml_mark_t *mark)
{
    b->n_nodes += n;
    if (b->n_nodes <= WEIR_NODES_MAX)
        return true;
    weir_job_mistake(b->report, mark->line + 1, mark->column + 1,
                     "the file holds more than %d values, with every alias counted as what it "
                     "stands for",
                     WEIR_NODES_MAX);
    b->stopped = true;
    return false;
}

static struct weir_node *new_node(struct builder *b, enum weir_node_kind kind,
                                  const yaml_mark_t *mark)
{
    struct weir_node *node = weir_option_arena_alloc(b->arena, sizeof *node);
    if (node != NULL)
        *node =
            (struct weir_node){.kind = kind, .line = mark->line + 1, .column = mark->column + 1};
    return node;
}

/* Remembers a finished node under its anchor. A node is no anchor before it is finished, so that
 * none can hold itself. */
static enum weir_status add_anchor(struct builder *b, const char *name,
                                   const struct weir_node *node, size_t n_nodes,
                                   struct weir_error *err)
{
    if (b->n_anchors++ == WEIR_ANCHORS_MAX) {
        weir_job_mistake(b->report, node->line, node->column, "more than %d anchors",
                         WEIR_ANCHORS_MAX);
        b->stopped = true;
        return WEIR_OK;
    }
    struct anchor *anchor = weir_option_arena_alloc(b->arena, sizeof *anchor);
    if (anchor == NULL)
        return no_memory(err);
    *anchor = (struct anchor){.name = name, .node = node, .n_nodes = n_nodes, .next = b->anchors};
    b->anchors = anchor;
    return WEIR_OK;
}

/* Hangs a node into the collection that is open: as a child, or as the key of the next child. */
static void hang(struct builder *b, struct weir_node *node)
{
    if (b->depth == 0) {
        b->root = node;
        return;
    }
    struct level *level = &b->levels[b->depth - 1];
    if (level->node->kind == WEIR_NODE_MAP && level->key == NULL) {
        if (node->kind != WEIR_NODE_TEXT) {
            weir_job_mistake(b->report, node->line, node->column,
                             "a key must be text, but found %s", weir_node_kind_name(node));
            b->stopped = true;
        }
        level->key = node;
        return;
    }
    node->key = level->key;
    level->key = NULL;
    *level->tail = node;
    level->tail = &node->next;
    level->node->n++;
}

static enum weir_status add_scalar(struct builder *b, const yaml_event_t *event,
                                   struct weir_error *err)
{
    const char *value = (const char *)event->data.scalar.value;
    const size_t length = event->data.scalar.length;
    const bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct weir_node *node = new_node(b, WEIR_NODE_TEXT, &event->start_mark);
    if (node == NULL)
        return no_memory(err);
    node->text = weir_option_arena_text(b->arena, value, length);
    if (node->text == NULL)
        return no_memory(err);
    if (strlen(node->text) != length) {
        stop_at(b, &event->start_mark, "text must not hold a NUL character");
        return WEIR_OK;
    }
    node->is_null = is_plain && (length == 0 || strcmp(node->text, "~") == 0 ||
                                 strcmp(node->text, "null") == 0);
    hang(b, node);
    const char *name = (const char *)event->data.scalar.anchor;
    if (name == NULL)
        return WEIR_OK;
    name = weir_option_arena_text(b->arena, name, strlen(name));
    return name == NULL ? no_memory(err) : add_anchor(b, name, node, 1, err);
}

static enum weir_status add_alias(struct builder *b, const yaml_event_t *event,
                                  struct weir_error *err)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct anchor *anchor = b->anchors;
    while (anchor != NULL && strcmp(anchor->name, name) != 0)
        anchor = anchor->next;
    if (anchor == NULL) {
        weir_job_mistake(b->report, event->start_mark.line + 1, event->start_mark.column + 1,
                         "alias of an anchor \"%.80s\" that is not defined before it", name);
        b->stopped = true;
        return WEIR_OK;
    }
    if (!count_nodes(b, anchor->n_nodes - 1, &event->start_mark))
        return WEIR_OK;
    struct weir_node *node = new_node(b, anchor->node->kind, &event->start_mark);
    if (node == NULL)
        return no_memory(err);
    const size_t line = node->line, column = node->column;
    *node = *anchor->node;
    node->line = line;
    node->column = column;
    node->key = node->next = NULL;
    hang(b, node);
    return WEIR_OK;
}

static enum weir_status open_collection(struct builder *b, enum weir_node_kind kind,
                                        const yaml_event_t *event, struct weir_error *err)
{
    if (b->depth == WEIR_NODE_DEPTH_MAX) {
        stop_at(b, &event->start_mark, "lists and maps are nested too deeply");
        return WEIR_OK;
    }
    const char *anchor = (const char *)(kind == WEIR_NODE_MAP ? event->data.mapping_start.anchor
                                                              : event->data.sequence_start.anchor);
    struct weir_node *node = new_node(b, kind, &event->start_mark);
    if (node == NULL)
        return no_memory(err);
    if (anchor != NULL) {
        anchor = weir_option_arena_text(b->arena, anchor, strlen(anchor));
        if (anchor == NULL)
            return no_memory(err);
    }
    hang(b, node);
    b->levels[b->depth++] = (struct level){
        .node = node, .tail = &node->first, .anchor = anchor, .n_nodes_before = b->n_nodes - 1};
    return WEIR_OK;
}

static int compare_by_key(const void *a, const void *b)
{
    const struct weir_node *x = (*(struct weir_node *const *)a)->key;
    const struct weir_node *y = (*(struct weir_node *const *)b)->key;
    const int order = strcmp(x->text, y->text);
    if (order != 0)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

/* Names the keys that stand twice and drops their children. */
static enum weir_status drop_repeated_keys(struct builder *b, struct weir_node *map,
                                           struct weir_error *err)
{
    struct weir_node **children = weir_mem_alloc(b->arena->mem, map->n * sizeof *children);
    if (children == NULL)
        return no_memory(err);
    size_t n = 0;
    for (struct weir_node *child = map->first; child != NULL; child = child->next)
        children[n++] = child;
    qsort(children, n, sizeof *children, compare_by_key);
    for (size_t i = 1, first = 0; i < n; i++) {
        const struct weir_node *key = children[i]->key, *before = children[first]->key;
        if (strcmp(before->text, key->text) == 0) {
            weir_job_mistake(b->report, key->line, key->column,
                             "key \"%.80s\" stands twice in one map, first in line %zu", key->text,
                             before->line);
            children[i]->key = NULL;
        } else {
            first = i;
        }
    }
    weir_mem_free(b->arena->mem, children);
    for (struct weir_node **link = &map->first; *link != NULL;) {
        if ((*link)->key != NULL) {
            link = &(*link)->next;
        } else {
            *link = (*link)->next;
            map->n--;
        }
    }
    return WEIR_OK;
}

static enum weir_status close_collection(struct builder *b, struct weir_error *err)
{
    const struct level *level = &b->levels[--b->depth];
    enum weir_status status = WEIR_OK;
    if (level->node->kind == WEIR_NODE_MAP)
        status = drop_repeated_keys(b, level->node, err);
    if (status == WEIR_OK && level->anchor != NULL)
        status = add_anchor(b, level->anchor, level->node, b->n_nodes - level->n_nodes_before, err);
    return status;
}

static const yaml_char_t *event_tag(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.tag;
    default:
        return NULL;
    }
}

static enum weir_status take_event(struct builder *b, const yaml_event_t *event,
                                   struct weir_error *err)
{
    if (event_tag(event) != NULL) {
        stop_at(b, &event->start_mark, "tags (!...) have no meaning in a job file");
        return WEIR_OK;
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->root != NULL)
            stop_at(b, &event->start_mark, "a job file holds one document, but found another");
        return WEIR_OK;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_collection(b, err);
    case YAML_SCALAR_EVENT:
        return count_nodes(b, 1, &event->start_mark) ? add_scalar(b, event, err) : WEIR_OK;
    case YAML_ALIAS_EVENT:
        return count_nodes(b, 1, &event->start_mark) ? add_alias(b, event, err) : WEIR_OK;
    case YAML_SEQUENCE_START_EVENT:
        return count_nodes(b, 1, &event->start_mark)
                   ? open_collection(b, WEIR_NODE_LIST, event, err)
                   : WEIR_OK;
    case YAML_MAPPING_START_EVENT:
        return count_nodes(b, 1, &event->start_mark) ? open_collection(b, WEIR_NODE_MAP, event, err)
                                                     : WEIR_OK;
    default:
        return WEIR_OK;
    }
}

static enum weir_status build(struct builder *b, struct weir_error *err)
{
    bool at_end = false;
    while (!at_end && !b->stopped) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event))
            return note_parser_error(b, err);
        at_end = event.type == YAML_STREAM_END_EVENT;
        const enum weir_status status = take_event(b, &event, err);
        yaml_event_delete(&event);
        if (status != WEIR_OK)
            return status;
    }
    if (!b->stopped && b->root == NULL)
        weir_job_mistake(b->report, 1, 1, "the file is empty: expected a map with \"steps\"");
    return WEIR_OK;
}

enum weir_status weir_node_load(const char *path, struct weir_option_arena *arena,
                                struct weir_job_report *report, const struct weir_node **root,
                                struct weir_error *err)
{
    *root = NULL;
    enum weir_status status = read_file(path, arena, report, err);
    if (status != WEIR_OK)
        return status;
    struct builder *b = weir_mem_zalloc(arena->mem, 1, sizeof *b);
    if (b == NULL)
        return no_memory(err);
    b->arena = arena;
    b->report = report;
    if (!yaml_parser_initialize(&b->parser)) {
        status = no_memory(err);
        goto out;
    }
    yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b->parser, (const unsigned char *)report->bytes, report->n_bytes);
    status = build(b, err);
    yaml_parser_delete(&b->parser);
    if (status == WEIR_OK && !b->stopped)
        *root = b->root;
out:
    weir_mem_free(arena->mem, b);
    return status;
}

const struct weir_node *weir_node_find(const struct weir_node *map, const char *key)
{
    for (const struct weir_node *child = map->first; child != NULL; child = child->next)
        if (strcmp(child->key->text, key) == 0)
            return child;
    return NULL;
}

const char *weir_node_kind_name(const struct weir_node *node)
{
    switch (node->kind) {
    case WEIR_NODE_LIST:
        return "a list";
    case WEIR_NODE_MAP:
        return "a map";
    case WEIR_NODE_TEXT:
        break;
    }
    return node->is_null ? "nothing" : "text";
}
