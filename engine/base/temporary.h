/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hidden names of outputs under way, and what becomes of those that a killed process leaves behind.
 *
 * An output is written as ".NAME.weir-PID-I.tmp" in the directory in which it will appear. Whoever
 * makes such a file or directory claims it: holds a lock on it (flock) as long as it has that name.
 * The lock goes with the process, however that ends, so what nobody holds has lost its maker, and
 * the next output in the same directory sweeps it away.
 *
 *     path of the first free i -> open -> weir_temporary_claim -> write -> rename -> close
 *
 * Swept are files, and directories with the files in them, that have such a name, belong to the
 * user, and are not claimed: whatever their age or number. That is certain only where all processes
 * see each other's locks, so nothing is ever swept from network, parallel and unknown file systems;
 * there `rm -rf .*.weir-*.tmp` must do, when no weir is running. Neither are outputs of other
 * users, nor empty .weir-scratch.* files, which a process killed in the instant between making and
 * unnaming one may leave where the file system cannot make files without a name.
 *
 * All functions may be called from any thread.
 */
#ifndef WEIR_TEMPORARY_H
#define WEIR_TEMPORARY_H

#include <stdbool.h>

/* Writes the i-th hidden name beside `target` (a path without a slash at its end) to `path`, which
 * has room for PATH_MAX characters. False: it would not fit. */
bool weir_temporary_path(const char *target, int i, char *path);

/* True when `entry`, without directories, is such a name. */
bool weir_temporary_is_name(const char *entry);

/* Claims the file or directory `fd` that was just made as `path`, until all descriptors that were
 * duplicated from it are closed. False: somebody swept it before; try another name. */
bool weir_temporary_claim(int fd, const char *path);

/* Removes what no living process has claimed in the directory of `target`. Says nothing: what
 * cannot be removed stays. */
void weir_temporary_sweep(const char *target);

#endif
