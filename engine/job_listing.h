/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files below a path, in numbers: to see whether anything has changed, and to say what was
 * read.
 *
 * Times and sizes tell changes that are not meant to be hidden; a hash of the contents tells any,
 * at the price of reading all of it. That hash is XXH3 with 128 bits over the contents of all files
 * in the order of their names; of a single file it is what `xxhsum -H2` prints.
 */
#ifndef WEIR_JOB_LISTING_H
#define WEIR_JOB_LISTING_H

#include <stdbool.h>
#include <stdint.h>

struct weir_listing {
    uint64_t n_files, n_bytes;
    int64_t newest_ns; /* time of the last change of the newest */
    uint64_t names;    /* hash over names below the path, sizes and times (FNV-1a, 64 bits) */
    char contents[33]; /* hash in hexadecimal digits; "" when it was not asked for */
};

/* Lists all files below `path`, or the file itself, links followed. False when there is none, one
 * cannot be read, or memory is used up. Any thread. */
bool weir_listing_fill(struct weir_listing *listing, const char *path, bool contents);

#endif
