/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several inputs as one: a concatenation of files, directories, traces and standard input, cut into
 * numbered blocks for the threads of a scan.
 *
 * The list of inputs is expanded and every format detected up front, so that a missing or foreign
 * input is an error before any work. Inputs are opened one by one when their first block is due,
 * and closed when their last block is done: a directory of 100,000 files needs few descriptors.
 * Blocks get ascending numbers over all inputs, whatever thread asks.
 */
#ifndef WEIR_SOURCE_H
#define WEIR_SOURCE_H

#include "format.h"
#include "run.h"

struct weir_source;
struct weir_source_lane;

struct weir_source_request {
    const char *const *paths; /* files, directories (walked), traces, "-" */
    size_t n_paths;
    const struct weir_format *format;   /* --in-format, or NULL: detected per input */
    weir_fields fields;                 /* fields that batches must carry */
    bool everything;                    /* batches also carry every other field, and every custom
                                           column, that all inputs have */
    struct weir_column_request columns; /* with `everything`: which custom columns; borrowed */
    bool salvage;
    bool rejects;             /* keep bad lines of text inputs: weir_source_rejects */
    uint64_t shard, n_shards; /* take only part `shard` of `n_shards` (1 ..): a range of blocks; the
                                 parts of all shards, in order, are the whole. n_shards 0: all */
};

/* Expands and checks the inputs. WEIR_IO, WEIR_FORMAT, WEIR_USAGE (standard input twice, shards of
 * a stream, columns that an input cannot give), with the path in the message. An empty directory is
 * a valid source without records. */
enum weir_status weir_source_open(const struct weir_source_request *request, struct weir_run *run,
                                  struct weir_source **source,
                                  struct weir_error *err) WEIR_MUST_CHECK;
void weir_source_close(struct weir_source *source);

/* With `everything`: the columns that every batch carries, in types that hold the values of all
 * inputs; a column that some inputs have and others lack is left out, and a note says so. Else: the
 * columns of the first input. Borrowed from the source. */
const struct weir_schema *weir_source_schema(const struct weir_source *source);

/* True when the existing file `path` is one that the source reads: an input, or in a trace. */
bool weir_source_holds(const struct weir_source *source, const char *path);

/* Number of inputs, and their bytes as far as known (for progress). */
uint64_t weir_source_inputs(const struct weir_source *source);
uint64_t weir_source_bytes(const struct weir_source *source);

/* Input `index` of the source. Path and format are the source's; losses are complete when no lane
 * is left. */
struct weir_source_input {
    const char *path;
    const struct weir_format *format; /* NULL: an empty file */
    struct weir_losses losses;
};
struct weir_source_input weir_source_input(const struct weir_source *source, size_t index);

/* A thread's place in the source: holds one cursor at a time. Any thread, one lane each. */
enum weir_status weir_source_lane_new(struct weir_source *source, struct weir_source_lane **lane,
                                      struct weir_error *err) WEIR_MUST_CHECK;
void weir_source_lane_free(struct weir_source_lane *lane);

/* Takes the next block: *number is its place in the order of the whole source (0, 1, 2, ... without
 * gaps), *n_records the records that it holds. WEIR_END when there is none left. On WEIR_FORMAT,
 * WEIR_LIMIT, WEIR_IO, *number is set, and *n_records counts the good records before the bad one.
 */
enum weir_status weir_source_take(struct weir_source_lane *lane, uint64_t *number,
                                  uint64_t *n_records, struct weir_error *err) WEIR_MUST_CHECK;

/* Views records [begin, begin + n) of the taken block; n <= WEIR_BATCH_RECORDS. */
void weir_source_view(struct weir_source_lane *lane, uint64_t begin, size_t n,
                      struct weir_batch *batch);

/* The bad lines of the taken block, each with a newline; *n is their size, 0 when no block could be
 * taken. Until the next take. */
const char *weir_source_rejects(const struct weir_source_lane *lane, size_t *n);

/* Bytes of the input that the taken block stands for, on average; 0 when unknown or none taken. */
uint64_t weir_source_block_bytes(const struct weir_source_lane *lane);

/* Writes where record `index` of the taken block stands ("PATH, record 4711", counted from 1, or
 * "PATH, record 12 of block 3" where only that is known) to `out`, and returns out. */
char *weir_source_place(const struct weir_source_lane *lane, uint64_t index, char *out,
                        size_t capacity);

/* What readers have tolerated so far, all lanes together; call when no lane is running. */
void weir_source_losses(const struct weir_source *source, struct weir_losses *losses);

#endif
