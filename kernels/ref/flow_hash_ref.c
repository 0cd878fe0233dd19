/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes of flow keys for any machine. */
#include "flow_hash_body.h"

/* Blocks keep the sums in the first-level cache while the columns come by. */
static void hash_blocks(const struct weir_column *columns, size_t n_columns, size_t n,
                        uint64_t *hash)
{
    struct weir_column block[WEIR_FLOW_HASH_COLUMNS_MAX];
    for (size_t begin = 0; begin < n; begin += FLOW_HASH_BLOCK) {
        const size_t m = n - begin < FLOW_HASH_BLOCK ? n - begin : FLOW_HASH_BLOCK;
        for (size_t c = 0; c < n_columns; c++) {
            block[c].type = columns[c].type;
            block[c].data = weir_column_at(&columns[c], begin);
        }
        body_hash(block, n_columns, m, hash + begin);
    }
}

const struct weir_flow_hash_ops weir_flow_hash_ref = {
    .hash = hash_blocks, .insert = body_insert, .test = body_test};
