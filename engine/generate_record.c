/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows, and the records that an exporter would make of them. */
#include "generate_record.h"

#include "kernel.h"
#include "philox.h"

#include <string.h>

#define PIECE_RECORDS  1024  /* whose random words stay in the first-level cache: 16 KB */
#define EPHEMERAL      49152 /* first port of sources, of 2^14 */
#define EPHEMERAL_BITS 14

/* Streams of random words; 1 is that of arrivals. */
enum stream {
    STREAM_SIZES = 0,
    STREAM_DURATIONS = 2,
    STREAM_SOURCES,
    STREAM_DESTINATIONS,
    STREAM_PROTOCOLS,
    STREAM_PORTS,
    STREAM_SOURCE_PORTS
};

static void fill_words(const struct weir_generate_source *source,
                       const struct weir_kernels *kernels, enum stream stream, uint64_t first,
                       size_t n, uint32_t words[WEIR_PHILOX_WORDS][PIECE_RECORDS])
{
    uint32_t *const word[WEIR_PHILOX_WORDS] = {words[0], words[1], words[2], words[3]};
    kernels->philox->fill(source->seed, (uint64_t)stream, first, n, word);
}

/* --- packets and octets ------------------------------------------------------------------------
 */

static void make_sizes(const struct weir_generate_source *source,
                       const struct weir_kernels *kernels, uint64_t first, size_t n, uint64_t *x,
                       uint64_t *y)
{
    uint32_t words[WEIR_PHILOX_WORDS][PIECE_RECORDS];
    uint32_t *const word[WEIR_PHILOX_WORDS] = {words[0], words[1], words[2], words[3]};
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        if (source->expand == NULL || source->expand->compat)
            fill_words(source, kernels, STREAM_SIZES, first + done, n_piece, words);
        if (source->expand != NULL)
            weir_expand_make(source->expand, first + done, n_piece, kernels->sample, word, x + done,
                             y + done);
        else
            kernels->sample->draw(source->table, word, n_piece, x + done, y + done);
        done += n_piece;
    }
}

/* --- times and keys ----------------------------------------------------------------------------
 */

/* Numbers drawn from a table for each record, into the buffers. */
static const uint64_t *draw(const struct weir_generate_source *source,
                            const struct weir_kernels *kernels, enum stream stream,
                            const struct weir_sample_table *table, uint64_t first, size_t n,
                            struct weir_record_buffers *buffers)
{
    uint32_t words[WEIR_PHILOX_WORDS][PIECE_RECORDS];
    uint32_t *const word[WEIR_PHILOX_WORDS] = {words[0], words[1], words[2], words[3]};
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        fill_words(source, kernels, stream, first + done, n_piece, words);
        kernels->sample->draw(table, word, n_piece, buffers->drawn[0] + done,
                              buffers->drawn[1] + done);
        done += n_piece;
    }
    return buffers->drawn[0];
}

/* Durations or rates, each from the table of the flow's class. */
static const uint64_t *draw_by_class(const struct weir_generate_source *source,
                                     const struct weir_kernels *kernels, uint64_t first, size_t n,
                                     struct weir_record_buffers *buffers)
{
    uint32_t word[WEIR_PHILOX_WORDS][PIECE_RECORDS];
    const uint64_t *x = source->x == WEIR_X_LENGTH ? buffers->packets : buffers->octets;
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        fill_words(source, kernels, STREAM_DURATIONS, first + done, n_piece, word);
        for (size_t i = 0; i < n_piece; i++) {
            const struct weir_sample_piece *piece =
                weir_sample_choose(weir_durations_find(source->complete->durations, x[done + i]),
                                   word[0][i], word[1][i]);
            buffers->drawn[0][done + i] = weir_sample_place(piece, word[2][i], word[3][i]);
        }
        done += n_piece;
    }
    return buffers->drawn[0];
}

/* ms that octets take at a rate in bit/s: rounded, and at least 1 but where the rate is 0. */
static uint64_t duration_at(uint64_t octets, uint64_t rate)
{
    if (rate == 0)
        return 0;
    const weir_u128 ms = ((weir_u128)octets * 8000 + rate / 2) / rate;
    return ms == 0 ? 1 : ms > UINT64_MAX / 4 ? UINT64_MAX / 4 : (uint64_t)ms;
}

static void make_times(const struct weir_generate_source *source,
                       const struct weir_kernels *kernels, uint64_t first, size_t n,
                       struct weir_record_buffers *buffers)
{
    const struct weir_record_complete *complete = source->complete;
    memset(buffers->begin_ms, 0, n * sizeof *buffers->begin_ms);
    if (complete->arrivals != NULL)
        weir_arrivals_fill(complete->arrivals, kernels->philox, first, n, &buffers->elapsed,
                           buffers->begin_ms);
    memcpy(buffers->end_ms, buffers->begin_ms, n * sizeof *buffers->end_ms);
    if (complete->durations == NULL)
        return;
    const struct weir_durations *durations = complete->durations;
    const uint64_t *drawn = durations->n > 1
                                ? draw_by_class(source, kernels, first, n, buffers)
                                : draw(source, kernels, STREAM_DURATIONS,
                                       &durations->of[0].table.sample, first, n, buffers);
    for (size_t i = 0; i < n; i++)
        if (buffers->packets[i] > 1)
            buffers->end_ms[i] +=
                durations->rates ? duration_at(buffers->octets[i], drawn[i]) : drawn[i];
}

static bool has_ports(uint64_t protocol)
{
    return protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132 || protocol == 136;
}

static void make_ports(const struct weir_generate_source *source,
                       const struct weir_kernels *kernels, uint64_t first, size_t n,
                       struct weir_record_buffers *buffers)
{
    uint32_t words[WEIR_PHILOX_WORDS][PIECE_RECORDS];
    const uint64_t *drawn =
        draw(source, kernels, STREAM_PORTS, source->complete->ports, first, n, buffers);
    for (size_t done = 0; done < n;) {
        const size_t n_piece = n - done < PIECE_RECORDS ? n - done : PIECE_RECORDS;
        fill_words(source, kernels, STREAM_SOURCE_PORTS, first + done, n_piece, words);
        for (size_t i = done; i < done + n_piece; i++) {
            const uint32_t port = EPHEMERAL + (words[0][i - done] >> (32 - EPHEMERAL_BITS));
            buffers->sp[i] = has_ports(buffers->prot[i]) ? (uint16_t)port : 0;
            buffers->dp[i] = has_ports(buffers->prot[i]) ? (uint16_t)drawn[i] : 0;
        }
        done += n_piece;
    }
}

static void make_addresses(const struct weir_generate_source *source,
                           const struct weir_kernels *kernels, uint64_t first, size_t n,
                           struct weir_record_buffers *buffers)
{
    const struct weir_record_complete *complete = source->complete;
    uint32_t *const sa[4] = {buffers->source[0], buffers->source[1], buffers->source[2],
                             buffers->source[3]};
    uint32_t *const da[4] = {buffers->destination[0], buffers->destination[1],
                             buffers->destination[2], buffers->destination[3]};
    if (complete->sources != NULL)
        weir_pool_addresses(complete->sources,
                            draw(source, kernels, STREAM_SOURCES, &complete->sources->table.sample,
                                 first, n, buffers),
                            n, sa);
    if (complete->destinations != NULL)
        weir_pool_addresses(complete->destinations,
                            draw(source, kernels, STREAM_DESTINATIONS,
                                 &complete->destinations->table.sample, first, n, buffers),
                            n, da);
}

void weir_record_fill(const struct weir_generate_source *source, const struct weir_kernels *kernels,
                      uint64_t first, size_t n, struct weir_record_buffers *buffers)
{
    const struct weir_record_complete *complete = source->complete;
    const bool is_length = source->x == WEIR_X_LENGTH;
    make_sizes(source, kernels, first, n, is_length ? buffers->packets : buffers->octets,
               is_length ? buffers->octets : buffers->packets);
    if (complete == NULL)
        return;
    make_times(source, kernels, first, n, buffers);
    make_addresses(source, kernels, first, n, buffers);
    if (complete->protocols == NULL)
        return;
    const uint64_t *drawn =
        draw(source, kernels, STREAM_PROTOCOLS, complete->protocols, first, n, buffers);
    for (size_t i = 0; i < n; i++)
        buffers->prot[i] = (uint8_t)drawn[i];
    if (complete->ports != NULL)
        make_ports(source, kernels, first, n, buffers);
}

size_t weir_record_check(const struct weir_record_buffers *buffers, size_t n)
{
    size_t i = 0;
    while (i < n && buffers->end_ms[i] / 1000 <= UINT32_MAX)
        i++;
    return i;
}

/* --- records -----------------------------------------------------------------------------------
 */

/* A flow, or a part of it: packets from .. to - 1 of the flow's. */
struct part {
    uint64_t from, to;
    uint64_t begin_ms, end_ms;
    uint64_t octets;
};

/* True when an exporter would part the flow: it is long, and its packets never pause for so long
 * that it would be taken to have ended. Both bounds hold for times in whole ms. */
static bool is_parted(const struct weir_record_complete *complete, uint64_t packets,
                      uint64_t duration)
{
    return complete->active_ms != 0 && packets > 1 && duration > complete->active_ms &&
           duration / (packets - 1) + 2 < complete->idle_ms;
}

static uint64_t scale(uint64_t value, uint64_t part, uint64_t whole)
{
    return (uint64_t)((weir_u128)value * part / whole);
}

/* The part that begins with packet `from`: packet i of a flow comes at i / (packets - 1) of its
 * duration, and a part ends before the first one that comes active_ms or more after its own first.
 */
static struct part part_of(const struct weir_record_complete *complete,
                           const struct weir_record_buffers *buffers, size_t flow, uint64_t from)
{
    const uint64_t packets = buffers->packets[flow];
    const uint64_t octets = buffers->octets[flow];
    const uint64_t begin = buffers->begin_ms[flow];
    const uint64_t duration = buffers->end_ms[flow] - begin;
    if (!is_parted(complete, packets, duration))
        return (struct part){0, packets, begin, buffers->end_ms[flow], octets};
    const uint64_t steps = packets - 1;
    const uint64_t at = scale(duration, from, steps);
    const weir_u128 next =
        ((weir_u128)(at + complete->active_ms) * steps + duration - 1) / duration;
    const uint64_t to = next < packets ? (uint64_t)next : packets;
    return (struct part){.from = from,
                         .to = to,
                         .begin_ms = begin + at,
                         .end_ms = begin + scale(duration, to - 1, steps),
                         .octets = scale(octets, to, packets) - scale(octets, from, packets)};
}

static void put_part(const struct weir_record_complete *complete,
                     struct weir_record_buffers *buffers, size_t flow, const struct part *part,
                     size_t k)
{
    const struct weir_pool *pool =
        complete->sources != NULL ? complete->sources : complete->destinations;
    buffers->out.af[k] = pool == NULL ? 0 : pool->af;
    buffers->out.prot[k] = buffers->prot[flow];
    for (int w = 0; w < 4; w++) {
        buffers->out.sa[w][k] = buffers->source[w][flow];
        buffers->out.da[w][k] = buffers->destination[w][flow];
    }
    buffers->out.sp[k] = buffers->sp[flow];
    buffers->out.dp[k] = buffers->dp[flow];
    buffers->out.first[k] = (uint32_t)(part->begin_ms / 1000);
    buffers->out.first_ms[k] = (uint16_t)(part->begin_ms % 1000);
    buffers->out.last[k] = (uint32_t)(part->end_ms / 1000);
    buffers->out.last_ms[k] = (uint16_t)(part->end_ms % 1000);
    buffers->out.packets[k] = part->to - part->from;
    buffers->out.octets[k] = part->octets;
}

size_t weir_record_take(const struct weir_record_complete *complete,
                        struct weir_record_buffers *buffers, size_t n,
                        struct weir_record_place *place)
{
    size_t k = 0;
    for (; k < WEIR_BATCH_RECORDS && place->flow < n; k++) {
        const struct part part = part_of(complete, buffers, place->flow, place->packet);
        put_part(complete, buffers, place->flow, &part, k);
        place->packet = part.to;
        if (part.to == buffers->packets[place->flow])
            *place = (struct weir_record_place){.flow = place->flow + 1};
    }
    return k;
}

void weir_record_view(const struct weir_record_buffers *buffers, struct weir_batch *batch)
{
    batch->field[WEIR_AF] = (struct weir_column){buffers->out.af, WEIR_U8};
    batch->field[WEIR_PROT] = (struct weir_column){buffers->out.prot, WEIR_U8};
    for (int w = 0; w < 4; w++) {
        batch->field[WEIR_SA0 + w] = (struct weir_column){buffers->out.sa[w], WEIR_U32};
        batch->field[WEIR_DA0 + w] = (struct weir_column){buffers->out.da[w], WEIR_U32};
    }
    batch->field[WEIR_SP] = (struct weir_column){buffers->out.sp, WEIR_U16};
    batch->field[WEIR_DP] = (struct weir_column){buffers->out.dp, WEIR_U16};
    batch->field[WEIR_FIRST] = (struct weir_column){buffers->out.first, WEIR_U32};
    batch->field[WEIR_FIRST_MS] = (struct weir_column){buffers->out.first_ms, WEIR_U16};
    batch->field[WEIR_LAST] = (struct weir_column){buffers->out.last, WEIR_U32};
    batch->field[WEIR_LAST_MS] = (struct weir_column){buffers->out.last_ms, WEIR_U16};
    batch->field[WEIR_PACKETS] = (struct weir_column){buffers->out.packets, WEIR_U64};
    batch->field[WEIR_OCTETS] = (struct weir_column){buffers->out.octets, WEIR_U64};
}
