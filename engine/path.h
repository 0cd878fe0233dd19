/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths that several commands read. */
#ifndef WEIR_PATH_H
#define WEIR_PATH_H

#include "status.h"

#include <limits.h>
#include <stdbool.h>

/* True when `path` is a directory, or a link to one. */
bool weir_path_is_directory(const char *path);

/* Writes to `path` where the mixture of `y` lies in a directory of a model: DIRECTORY/Y.json, as
 * weir fit writes it. WEIR_LIMIT: it is too long. */
enum weir_status weir_path_of_mixture(const char *directory, const char *y, char path[PATH_MAX],
                                      struct weir_error *err) WEIR_MUST_CHECK;

#endif
