/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML file as a tree of nodes that know their place in it.
 *
 * YAML is taken without its surprises: one document, text keys, no tags, no key twice, nesting up
 * to WEIR_NODE_DEPTH_MAX, and no more than WEIR_NODES_MAX nodes with every alias counted as what it
 * stands for. The tree is built from the parser's events, so that these guards act before a hostile
 * file has cost anything.
 *
 * Nodes and their text live in the arena given to weir_node_load and are read-only afterwards.
 */
#ifndef WEIR_JOB_YAML_H
#define WEIR_JOB_YAML_H

#include "job_report.h"
#include "option.h"

#define WEIR_NODE_DEPTH_MAX 64
#define WEIR_NODES_MAX      50000
#define WEIR_ANCHORS_MAX    100
#define WEIR_YAML_BYTES_MAX ((size_t)4 << 20)

enum weir_node_kind { WEIR_NODE_TEXT, WEIR_NODE_LIST, WEIR_NODE_MAP };

struct weir_node {
    enum weir_node_kind kind;
    size_t line, column;     /* from 1; an alias has the place where it is used */
    bool is_null;            /* TEXT: nothing, ~ or null, without quotes */
    const char *text;        /* TEXT: NUL-terminated, holds no other NUL */
    size_t n;                /* LIST, MAP: number of children */
    struct weir_node *first; /* LIST, MAP: first child, or NULL */
    struct weir_node *next;  /* next child of the same parent, or NULL */
    struct weir_node *key;   /* child of a MAP: its key (TEXT), else NULL */
};

/* Reads the YAML file `path` and sets the report's bytes. Mistakes go to the report; *root is NULL
 * when they leave no tree, and else the root node. Of a key that stands twice only the first child
 * is kept. WEIR_IO when the file cannot be read or is larger than
 * WEIR_YAML_BYTES_MAX, WEIR_MEMORY. */
enum weir_status weir_node_load(const char *path, struct weir_option_arena *arena,
                                struct weir_job_report *report, const struct weir_node **root,
                                struct weir_error *err) WEIR_MUST_CHECK;

/* The child of a map under `key`, or NULL. */
const struct weir_node *weir_node_find(const struct weir_node *map, const char *key);

/* What a node is, for messages: "text", "nothing", "a list", "a map". */
const char *weir_node_kind_name(const struct weir_node *node);

#endif
