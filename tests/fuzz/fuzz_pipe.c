/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nfdump's pipe text: mapped, cut into small blocks, and as a stream, by every row parser. */
#include "fuzz_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_text(weir_format_find("pipe"), data, n);
    return 0;
}
