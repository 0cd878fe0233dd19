/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variables of job files: $name and ${name}, $axis.key and ${axis.key}, and $$ for a dollar.
 *
 * A name is a letter or _ followed by letters, digits and _. `.key` belongs to a name only when the
 * name is an axis of a matrix and no further name character follows; anywhere else it is text, so
 * that $day.csv means what it seems to. What is put in place of a variable is not looked at again.
 */
#ifndef WEIR_JOB_EXPAND_H
#define WEIR_JOB_EXPAND_H

#include "job_yaml.h"

/* Longest text that may result. A chain of variables that double each other ends here. */
#define WEIR_EXPANDED_BYTES_MAX 65536

/* A variable that `let` or the command line defines, or one value of an axis. */
struct weir_job_variable {
    const char *name;
    const char *value;
    const char *label;            /* of an axis: the value's name; NULL for `let` */
    const struct weir_node *node; /* where the value stands, or NULL: the command line */
    bool *used;                   /* set when the variable is replaced somewhere; never NULL */
};

/* The variables in sight: those of `let`, then one value of each axis. */
struct weir_job_scope {
    const struct weir_job_variable *lets;
    size_t n_lets;
    const struct weir_job_variable *axes;
    size_t n_axes;
};

/* True when `text` is a name that a variable can have. */
bool weir_job_is_name(const char *text);

/* Replaces the variables in the text of `node` (TEXT). *text is the result, in `arena`, or NULL
 * after a mistake, which went to `report`; *origin is the node to blame for the result: where the
 * value of a variable stands that makes up all of the text, else `node`. WEIR_MEMORY. */
enum weir_status weir_job_expand(const struct weir_node *node, const struct weir_job_scope *scope,
                                 struct weir_option_arena *arena, struct weir_job_report *report,
                                 const char **text, const struct weir_node **origin,
                                 struct weir_error *err) WEIR_MUST_CHECK;

/* True when some text at or below `node` refers to the variable `name`. */
bool weir_job_refers(const struct weir_node *node, const char *name);

#endif
