/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of csv_flow: mapped, cut into small blocks, and as a stream; by the reference and by the
 * parser for AVX-512. */
#include "fuzz_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_text(weir_format_find("csv_flow"), data, n);
    return 0;
}
