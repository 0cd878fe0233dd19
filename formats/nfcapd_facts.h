/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the header of an nfcapd file, and its appendix, say about it. */
#ifndef WEIR_NFCAPD_FACTS_H
#define WEIR_NFCAPD_FACTS_H

#include "nfcapd_index.h"

/* Hands the facts of an indexed file to `sink`: layout, writer, compression, ident, blocks, and the
 * totals that its writer has counted. What is damaged is left out. WEIR_MEMORY. Any thread. */
enum weir_status weir_nfcapd_describe(const struct weir_mapping *mapping,
                                      const struct weir_nfcapd_index *index, struct weir_mem *mem,
                                      weir_fact_sink *sink, void *context,
                                      struct weir_error *err) WEIR_MUST_CHECK;

#endif
