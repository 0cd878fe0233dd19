/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces on their way to a table to draw from. */
#include "generate_table.h"

#include <math.h>

#define FIRST_CAPACITY 1024

void weir_generate_table_init(struct weir_generate_table *table, struct weir_mem *mem)
{
    *table = (struct weir_generate_table){.mem = mem, .sample.open = UINT64_MAX};
}

void weir_generate_table_release(struct weir_generate_table *table)
{
    if (table->mem == NULL)
        return;
    weir_mem_free(table->mem, table->piece);
    weir_mem_free(table->mem, table->cell);
    weir_mem_free(table->mem, table->weight);
    *table = (struct weir_generate_table){.mem = table->mem};
}

static enum weir_status grow(struct weir_generate_table *table, struct weir_error *err)
{
    const size_t capacity = table->capacity == 0 ? FIRST_CAPACITY : 2 * table->capacity;
    struct weir_sample_piece *piece =
        weir_mem_resize(table->mem, table->piece, capacity * sizeof *piece);
    if (piece != NULL)
        table->piece = piece;
    double *weight = weir_mem_resize(table->mem, table->weight, capacity * sizeof *weight);
    if (weight != NULL)
        table->weight = weight;
    if (piece == NULL || weight == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a table of %zu pieces", capacity);
    table->capacity = capacity;
    return WEIR_OK;
}

enum weir_status weir_generate_table_add(struct weir_generate_table *table,
                                         const struct weir_sample_piece *piece, double weight,
                                         struct weir_error *err)
{
    const double most = (double)WEIR_SAMPLE_X_MAX;
    const double end = (double)piece->lo + (double)piece->width;
    const double y = piece->base + piece->slope * end;
    if (!(end < most && y < most && piece->base + piece->slope * (double)piece->lo < most))
        return weir_error_set(
            err, WEIR_LIMIT,
            "expected values below 2^62, but found x up to %.6g with %.6g packets "
            "or octets",
            end, y);
    if (table->sample.n == WEIR_ALIAS_ITEMS_MAX)
        return weir_error_set(err, WEIR_LIMIT, "more than %zu pieces", WEIR_ALIAS_ITEMS_MAX);
    if (table->sample.n == table->capacity) {
        const enum weir_status status = grow(table, err);
        if (status != WEIR_OK)
            return status;
    }
    table->piece[table->sample.n] = *piece;
    table->weight[table->sample.n++] = weight;
    return WEIR_OK;
}

enum weir_status weir_generate_table_finish(struct weir_generate_table *table,
                                            struct weir_error *err)
{
    const size_t n = table->sample.n;
    if (n == 0)
        return weir_error_set(err, WEIR_FORMAT, "there is nothing to draw from");
    void *workspace = weir_mem_alloc(table->mem, weir_alias_workspace_bytes(n));
    table->cell = weir_mem_alloc(table->mem, n * sizeof *table->cell);
    bool built = false;
    if (workspace != NULL && table->cell != NULL)
        built = weir_alias_build(table->weight, n, workspace, table->cell);
    const bool has_memory = workspace != NULL && table->cell != NULL;
    weir_mem_free(table->mem, workspace);
    if (!has_memory)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a table of %zu pieces", n);
    if (!built)
        return weir_error_set(err, WEIR_FORMAT, "there is nothing to draw from: no flows");
    table->sample.cell = table->cell;
    table->sample.piece = table->piece;
    return WEIR_OK;
}

double weir_generate_table_single(const struct weir_generate_table *table, bool x_is_packets,
                                  uint64_t from, uint64_t to)
{
    double single = 0;
    double total = 0;
    for (size_t i = 0; i < table->sample.n; i++) {
        const struct weir_sample_piece *piece = &table->piece[i];
        const uint64_t end = piece->lo + piece->width;
        const uint64_t begin = piece->lo > from ? piece->lo : from;
        if (begin >= (end < to ? end : to))
            continue;
        const double width = (double)((end < to ? end : to) - begin);
        const double weight = table->weight[i] * (width / (double)piece->width);
        const double middle = (double)begin + (width - 1) / 2;
        const double packets = x_is_packets ? middle : piece->base + piece->slope * middle;
        single += weight * fmin(fmax(2 - packets, 0), 1);
        total += weight;
    }
    return total > 0 ? single / total : 0;
}
