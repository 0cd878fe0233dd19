/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths that several commands read. */
#include "path.h"

#include <stdio.h>
#include <sys/stat.h>

bool weir_path_is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum weir_status weir_path_of_mixture(const char *directory, const char *y, char path[PATH_MAX],
                                      struct weir_error *err)
{
    const int n = snprintf(path, PATH_MAX, "%s/%s.json", directory, y);
    return n > 0 && n < PATH_MAX
               ? WEIR_OK
               : weir_error_set(err, WEIR_LIMIT, "%.64s...: the path is too long", directory);
}
