/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorted columns on their way to the trace and the index. */
#include "sort_sink.h"

#define PIECE_RECORDS 4096

enum weir_type weir_sort_index_type(uint64_t n)
{
    return n <= (uint64_t)1 << 8    ? WEIR_U8
           : n <= (uint64_t)1 << 16 ? WEIR_U16
           : n <= (uint64_t)1 << 32 ? WEIR_U32
                                    : WEIR_U64;
}

enum weir_status weir_sort_sink_write(const struct weir_sort_sink *sink, size_t column,
                                      enum weir_type type, uint64_t begin, size_t n,
                                      const void *values, struct weir_error *err)
{
    if (sink->draft == NULL)
        return WEIR_OK;
    weir_sort_sink_tick(sink, column == 0 ? n : 0, n * weir_type_bytes(type));
    return weir_columns_write(sink->draft, column, begin, n, values, err);
}

static uint64_t position_at(const void *positions, enum weir_type type, size_t i)
{
    return type == WEIR_U32 ? ((const uint32_t *)positions)[i] : ((const uint64_t *)positions)[i];
}

static void convert(const void *positions, enum weir_type from, size_t begin, size_t n,
                    enum weir_type to, void *out)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t position = position_at(positions, from, begin + i);
        if (to == WEIR_U8)
            ((uint8_t *)out)[i] = (uint8_t)position;
        else if (to == WEIR_U16)
            ((uint16_t *)out)[i] = (uint16_t)position;
        else if (to == WEIR_U32)
            ((uint32_t *)out)[i] = (uint32_t)position;
        else
            ((uint64_t *)out)[i] = position;
    }
}

enum weir_status weir_sort_sink_write_positions(const struct weir_sort_sink *sink,
                                                enum weir_type type, uint64_t begin, size_t n,
                                                const void *positions, struct weir_error *err)
{
    uint64_t piece[PIECE_RECORDS];
    const size_t bytes = weir_type_bytes(sink->index_type);
    if (sink->index == NULL)
        return WEIR_OK;
    if (type == sink->index_type)
        return weir_output_write_at(sink->index, positions, n * bytes, begin * bytes, err);
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        convert(positions, type, done, n_piece, sink->index_type, piece);
        const enum weir_status status =
            weir_output_write_at(sink->index, piece, n_piece * bytes, (begin + done) * bytes, err);
        if (status != WEIR_OK)
            return status;
        done += n_piece;
    }
    return WEIR_OK;
}
