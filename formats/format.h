/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow record formats: one descriptor each, found by name or by content.
 *
 * A format is a table of operations, registered by one line of formats.def. Reading goes in three
 * steps that fit many threads: an *input* is one opened file, stream or trace and is cut into
 * numbered *blocks* (a row range, a byte range of a text file cut at newlines, a block of an nfcapd
 * file); each thread has a *cursor* of its own per input, asks it to load a block, and then takes
 * views of any range of the block's records:
 *
 *     format->open(&request, &input, err);
 *     format->cursor_new(input, &cursor, err);                        // one per thread
 *     format->cursor_load(cursor, block, &n_records, err);
 *     for (uint64_t i = 0; i < n_records; i += batch.n)
 *         format->cursor_view(cursor, i, min(WEIR_BATCH_RECORDS, n_records - i), &batch);
 *
 * A block is good or bad as a whole: nothing of it may be used before cursor_load has validated
 * all of it. The records of an input are those of its blocks in ascending order; block bounds
 * depend on the data alone, save for streams.
 *
 * Writing is built for records that arrive block-wise from several threads: each thread adds
 * batches to its own *lane* (encoding is parallel), then takes its turn in input order to be given
 * a place (`place`, cheap, one thread at a time), then writes there (`put`, parallel again).
 *
 * Formats know nothing of options, threads or printing; losses that a reader tolerates on request
 * are counted in struct weir_losses.
 */
#ifndef WEIR_FORMAT_H
#define WEIR_FORMAT_H

#include "batch.h"
#include "cpu.h"
#include "extra.h"
#include "mem.h"
#include "output.h"
#include "status.h"

#define WEIR_CUSTOM_COLUMNS_MAX 64
#define WEIR_COLUMN_NAME_MAX    64 /* characters of a custom column's name, NUL included */

/* Which columns an input has, or an output shall have. */
struct weir_schema {
    enum weir_type field[WEIR_N_FIELDS]; /* WEIR_TYPE_NONE: the field is absent */
    size_t n_custom;
    struct {
        char name[WEIR_COLUMN_NAME_MAX];
        enum weir_type type;
    } custom[WEIR_CUSTOM_COLUMNS_MAX]; /* ascending by name */
};

/* The set of fields that a schema has. */
weir_fields weir_schema_fields(const struct weir_schema *schema);

/* A schema with all 21 fields in the types of field.h (inif and outif as U32 when `wide`). */
void weir_schema_set_default(struct weir_schema *schema, bool wide);

/* Which columns beyond the 21 fields an input shall give. */
struct weir_column_request {
    const char *const *name; /* exactly these, n of them, no two equal; or NULL */
    size_t n;
    weir_extras optional; /* with name NULL: these, where the input has them; 0: all custom columns
                             of a trace, and none of other inputs */
};

/* What a reader left out or put right. Every count is of one cursor; weir_losses_add sums up. */
struct weir_losses {
    uint64_t blocks;         /* nfcapd blocks given up under --salvage */
    uint64_t bytes;          /* bytes of the input in them, and behind the last whole block */
    uint64_t records;        /* records that the block headers promised in them */
    uint64_t phantom_lines;  /* nfdump's extra lines before tunnel flows */
    uint64_t notice_lines;   /* "No matching flows" lines */
    uint64_t rejected_lines; /* bad lines that went to the rejects */
    uint64_t skipped;        /* records of kinds that hold no flow */
    uint64_t unmapped;       /* flows under --salvage whose interfaces are lost, and 0 */
};
void weir_losses_add(struct weir_losses *total, const struct weir_losses *part);

struct weir_columns; /* columns.h */
struct weir_columns_nameless;

/* What to open and how. */
struct weir_open_request {
    const char *path;                  /* "-": standard input, read from `fd` */
    const struct weir_columns *opened; /* binary: a trace that is open already, with everything
                                          mapped, and stays the caller's; or NULL */
    int fd;                    /* an open descriptor to use instead of the path, or -1; stays the
                                  caller's */
    const unsigned char *head; /* bytes that detection has already read from a pipe in `fd`, to be
                                  taken as coming before the rest; borrowed for open only */
    size_t n_head;
    weir_fields fields;                 /* fields that views must have; others may be left out */
    bool custom;                        /* views must carry the custom columns too */
    struct weir_column_request columns; /* with `custom`: those that a flow file gives as custom
                                           columns, if it can; traces always give all */
    bool salvage;                       /* use the good blocks of a damaged input */
    bool rejects;         /* text: keep bad lines (struct weir_cursor) instead of failing */
    enum weir_cpu cpu;    /* instruction sets for the parsers */
    struct weir_mem *mem; /* outlives the input */
    const char *scratch;  /* directory for spooling, or NULL for $TMPDIR or /tmp */
};

struct weir_format;

/* An opened input; formats put it at the start of their own struct. Read-only after open, save
 * for streams. */
struct weir_input {
    const struct weir_format *format;
    char *path; /* for messages; owned */
    struct weir_mem *mem;
    bool is_stream;         /* blocks come in order as they arrive; n_blocks is unknown */
    uint64_t n_blocks;      /* blocks 0 .. n_blocks - 1; UINT64_MAX for streams */
    uint64_t n_records;     /* records, or UINT64_MAX while unknown */
    uint64_t block_records; /* records in every block but the last, or 0 where blocks differ */
    uint64_t n_bytes;       /* bytes of the input, for progress; 0 when unknown */
    struct weir_schema schema;
};

/* A thread's place in an input; formats put it at the start of their own struct. */
struct weir_cursor {
    struct weir_input *input;
    struct weir_losses losses; /* of all blocks loaded by this cursor */
    const char *rejects;       /* bad lines of the loaded block, each with a newline, in order;
                                  borrowed until the next load */
    size_t n_reject_bytes;     /* 0 unless the request asked for rejects */
};

/* What detection gets to see of an input. */
struct weir_probe {
    const char *path;
    bool is_directory;
    const unsigned char *bytes; /* the first bytes of a file or stream */
    size_t n_bytes;             /* 0 for an empty file */
    bool is_whole;              /* bytes are the whole file */
};

/* What to write and how. */
struct weir_create_request {
    const char *path;                             /* file or directory; "-": standard output */
    const struct weir_columns_nameless *nameless; /* binary: instead of the path; or NULL */
    const struct weir_schema *schema;
    size_t n_lanes; /* threads that will add records */
    bool sync;      /* flush to disk before the output appears */
    struct weir_mem *mem;
};

/* An output under way; formats put it at the start of their own struct. */
struct weir_writer {
    const struct weir_format *format;
    uint64_t n_records; /* records placed so far */
    uint64_t n_bytes;   /* bytes placed so far */
};

/* Receives a fact about an input. Both texts are the caller's; the value may hold any bytes. */
typedef void weir_fact_sink(void *context, const char *name, const char *value);

struct weir_format {
    const char *name;    /* as in --in-format and --out-format */
    const char *summary; /* one line for help */
    bool is_directory;   /* inputs and outputs are directories */
    weir_fields needs;   /* fields without which the format cannot be written */
    weir_extras extras;  /* columns beyond the fields that its files may hold; traces: any */

    /* True when the input looks like this format. Formats are asked in the order of formats.def;
     * the first one wins. An empty file is no format's: callers treat it as holding no record. */
    bool (*detect)(const struct weir_probe *probe);

    /* Reading; NULL when the format cannot be read.
     *
     * open: maps and checks the input's frame. WEIR_IO, WEIR_FORMAT (not this format, damaged and
     * !salvage), WEIR_MEMORY; messages begin with the path. On success *input is the caller's, to
     * be closed with close when all its cursors are freed. */
    enum weir_status (*open)(const struct weir_open_request *request, struct weir_input **input,
                             struct weir_error *err);
    void (*close)(struct weir_input *input);

    /* A cursor for one thread; cursor_free(NULL) is allowed. cursor_new may be called from several
     * threads at a time. */
    enum weir_status (*cursor_new)(struct weir_input *input, struct weir_cursor **cursor,
                                   struct weir_error *err);
    void (*cursor_free)(struct weir_cursor *cursor);

    /* Loads block `block` and validates all of it; earlier views of the cursor end. *n_records is
     * the number of its records (0 is fine). On WEIR_FORMAT and WEIR_LIMIT *n_records counts the
     * good records before the bad one (0 where a block is good or bad as a whole), which may be
     * viewed: a caller that needs no more of them may go on as if nothing were wrong. Streams are
     * loaded in ascending block order, one thread at a time (the caller sees to it), and answer
     * WEIR_END behind the last block. */
    enum weir_status (*cursor_load)(struct weir_cursor *cursor, uint64_t block, uint64_t *n_records,
                                    struct weir_error *err);

    /* Streams only, NULL elsewhere: cursor_load of a stream merely takes the next piece of input
     * (in turn) and reports *n_records = 0; cursor_parse then does the work, on any thread, and
     * gives *n_records and statuses as described for cursor_load. */
    enum weir_status (*cursor_parse)(struct weir_cursor *cursor, uint64_t *n_records,
                                     struct weir_error *err);

    /* Points `batch` at records [begin, begin + n) of the loaded block, n <= WEIR_BATCH_RECORDS.
     * The view holds until the next call on this cursor. */
    void (*cursor_view)(struct weir_cursor *cursor, uint64_t begin, size_t n,
                        struct weir_batch *batch);

    /* Hands what headers tell about an open input, beyond its columns, to `sink`. NULL: nothing.
     * Damaged headers just have less to tell. WEIR_MEMORY. */
    enum weir_status (*describe)(const struct weir_input *input, weir_fact_sink *sink,
                                 void *context, struct weir_error *err);

    /* Writing; NULL when the format cannot be written.
     *
     * create: WEIR_IO, WEIR_USAGE (a directory to "-", a directory with foreign files),
     * WEIR_FORMAT (schema lacks fields), WEIR_MEMORY. */
    enum weir_status (*create)(const struct weir_create_request *request,
                               struct weir_writer **writer, struct weir_error *err);

    /* Encodes a batch at the end of the lane's pending block. The batch has the schema's columns,
     * in any type that the schema's type can hold value by value. WEIR_LIMIT names field and value
     * when one does not fit, and *bad is then the record's index in the batch. */
    enum weir_status (*add)(struct weir_writer *writer, size_t lane, const struct weir_batch *batch,
                            size_t *bad, struct weir_error *err);

    /* In input order, one thread at a time: gives the lane's pending block its place in the
     * output. */
    enum weir_status (*place)(struct weir_writer *writer, size_t lane, struct weir_error *err);

    /* Writes the placed block; the lane is empty afterwards. Threads run in parallel. */
    enum weir_status (*put)(struct weir_writer *writer, size_t lane, struct weir_error *err);

    /* Ends the output: complete under its name (commit), or gone (discard, also after a failed
     * commit is not needed). Both free the writer; discard(NULL) is allowed. */
    enum weir_status (*commit)(struct weir_writer *writer, struct weir_error *err);
    void (*discard)(struct weir_writer *writer);
};

/* All formats in detection order; *n is their number. Static storage. */
const struct weir_format *const *weir_format_list(size_t *n);

/* Finds a format by name; NULL when there is none. */
const struct weir_format *weir_format_find(const char *name);

/* Finds the format of an input by its content: reads the first bytes of `path` (or looks at the
 * names in a directory). *format is NULL when a file is empty. WEIR_FORMAT when no format knows it
 * (the message says what was found), WEIR_IO. */
enum weir_status weir_format_detect(const char *path, const struct weir_format **format,
                                    struct weir_error *err) WEIR_MUST_CHECK;

/* True when records are written with columns beyond the 21 fields. */
static inline bool weir_format_takes_custom(const struct weir_format *format)
{
    return format->needs == 0 || format->extras != 0;
}

/* As weir_format_detect for bytes that were read before (standard input). */
enum weir_status weir_format_detect_bytes(const struct weir_probe *probe,
                                          const struct weir_format **format,
                                          struct weir_error *err) WEIR_MUST_CHECK;

/* A file mapped for reading; `data` is NULL for an empty one. Registered with guard.h. */
struct weir_mapping {
    const unsigned char *data;
    size_t n_bytes;
};

/* Maps all of `path` (or of `fd` when >= 0) for sequential reading; `path` must live as long as
 * the mapping. WEIR_IO: cannot be opened, not a regular file. */
enum weir_status weir_mapping_open(const char *path, int fd, struct weir_mapping *mapping,
                                   struct weir_error *err) WEIR_MUST_CHECK;
void weir_mapping_close(struct weir_mapping *mapping);

#endif
