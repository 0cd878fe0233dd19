/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs that must be mapped, wherever they come from.
 *
 * A regular file is mapped as it is. Whatever cannot be mapped (standard input from a pipe, a named
 * pipe, a socket) is first copied to the end into a file without a name in the scratch directory,
 * which disappears with its mapping. Pure function of the request; any thread.
 */
#ifndef WEIR_SPOOL_H
#define WEIR_SPOOL_H

#include "format.h"

/* Maps the whole input of `request`: its descriptor when that is set, else its path. `path` is
 * what messages call it and must live as long as the mapping, to be closed with
 * weir_mapping_close. The bytes in request->head come first when the input is spooled; a regular
 * file is mapped from its beginning. WEIR_IO (not readable, a directory, no room in the scratch
 * directory), WEIR_MEMORY, WEIR_CANCELLED when a stop signal comes while the input is copied. */
enum weir_status weir_spool_map(const struct weir_open_request *request, const char *path,
                                struct weir_mapping *mapping,
                                struct weir_error *err) WEIR_MUST_CHECK;

#endif
