/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of job files: patterns that name inputs, and outputs that must not touch anything else.
 *
 * Paths are compared in their real form: absolute, links resolved as far as the path exists,
 * without
 * "." and "..". The order is by component ('/' sorts before every other character), so that what
 * lies inside a directory follows it directly.
 */
#ifndef WEIR_JOB_PATHS_H
#define WEIR_JOB_PATHS_H

#include "option.h"

#include <limits.h>

/* Compares component by component; as strcmp. */
int weir_job_path_compare(const char *a, const char *b);

/* True when `path` is `directory` or lies inside it; both in real form. */
bool weir_job_path_is_within(const char *path, const char *directory);

/* `path` as seen from directory `base`: unchanged when it is absolute, or `base` is "". NULL when
 * memory is used up. */
const char *weir_job_path_join(const char *base, const char *path, struct weir_option_arena *arena);

/* The directory of a file as a prefix for weir_job_path_join: "" for the current one. NULL when
 * memory is used up. */
const char *weir_job_path_directory(const char *file, struct weir_option_arena *arena);

/* Tidies the path of an output below the output directory: "a//./b" is "a/b". False when it is
 * empty, absolute or "-", has a ".." in it, or ends in nothing. `text` is changed in place. */
bool weir_job_path_tidy(char *text);

/* Writes the real form of `path`, which need not exist, to `real` (PATH_MAX bytes). WEIR_IO when it
 * cannot be reached: a parent is no directory, the path is too long, .... */
enum weir_status weir_job_path_real(const char *path, char *real,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* Appends the inputs that `text` names, as seen from `base`: "-", a file or directory of that name,
 * or everything that the pattern (* ? [...]) matches, sorted by path. Files that a collector is
 * still writing (nfcapd.current*) do not match a pattern. WEIR_IO when there is no such input, and
 * WEIR_MEMORY. */
enum weir_status weir_job_path_expand(const char *base, const char *text,
                                      struct weir_option_arena *arena, struct weir_words *paths,
                                      struct weir_error *err) WEIR_MUST_CHECK;

#endif
