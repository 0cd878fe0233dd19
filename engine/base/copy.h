/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copying a range of one file into another, by the kernel where it can. */
#ifndef WEIR_COPY_H
#define WEIR_COPY_H

#include "status.h"

#include <stdint.h>

/* What to copy: n_bytes from an offset of one regular file to an offset of another. */
struct weir_copy {
    int from, to;                    /* descriptors */
    const char *from_name, *to_name; /* for messages */
    uint64_t from_offset, to_offset;
    uint64_t n_bytes;
};

/* Copies. File systems that share extents copy nothing; where the kernel cannot copy, bytes
 * go through a buffer. WEIR_IO naming the input when it ends early or cannot be read, and the
 * output when it cannot be written; WEIR_CANCELLED after a stop signal. Any thread. */
enum weir_status weir_copy_range(const struct weir_copy *copy,
                                 struct weir_error *err) WEIR_MUST_CHECK;

#endif
