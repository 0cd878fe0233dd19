/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtures as JSON, the files that flow-models writes and reads.
 *
 *     {
 *       "sum": 6517484,
 *       "mix": [
 *         [0.2667839375411922, "uniform", [0, 1]],
 *         [0.7332160624588078, "lognorm", [0.4936407650676278, 0, 7.379776617881778]]
 *       ]
 *     }
 *
 * Each component is its weight, scipy's name of its distribution, and the parameters. A mixture
 * without a sum is the list alone.
 */
#ifndef WEIR_MIXTURE_JSON_H
#define WEIR_MIXTURE_JSON_H

#include "mixture.h"
#include "output.h"
#include "status.h"

#include <stddef.h>

#define WEIR_MIXTURE_JSON_BYTES_MAX ((size_t)1 << 20) /* of a file: about 15 000 components */

/* Appends the text of `mixture`, a line per component, to `output`. Numbers are the shortest that
 * read back as the same bits. Statuses of weir_output_write; WEIR_INTERNAL for a mixture that could
 * not be read: without components, or with one that is not valid. */
enum weir_status weir_mixture_json_write(const struct weir_mixture *mixture,
                                         struct weir_output *output,
                                         struct weir_error *err) WEIR_MUST_CHECK;

/* Reads a mixture into `mixture`, which is initialised and empty and stays the caller's to release
 * whatever the status. `path` may be "-" (standard input) or name a pipe. The sum is exact up to
 * 2^128 - 1; it may be written as a real number that is whole. WEIR_IO; WEIR_MEMORY; WEIR_FORMAT
 * with path, place (such as mix[3][2][1]), what was expected and what was found: no JSON, other or
 * repeated members, no components, an unknown distribution, other parameters than it has, a number
 * that is out of range, weights that add up to 0. */
enum weir_status weir_mixture_json_read(const char *path, struct weir_mixture *mixture,
                                        struct weir_error *err) WEIR_MUST_CHECK;

/* As weir_mixture_json_read for `n` bytes of text; `path` is for messages. */
enum weir_status weir_mixture_json_parse(const char *path, const char *text, size_t n,
                                         struct weir_mixture *mixture,
                                         struct weir_error *err) WEIR_MUST_CHECK;

#endif
