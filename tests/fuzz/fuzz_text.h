/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the targets of text formats do with their bytes. */
#ifndef WEIR_FUZZ_TEXT_H
#define WEIR_FUZZ_TEXT_H

#include "fuzz.h"

/* Reads the text in every way there is and requires the same answers; bad lines once as failures
 * and once as rejects. */
void fuzz_text(const struct weir_format *format, const uint8_t *data, size_t n);

#endif
