/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipe: the lines of `nfdump -o pipe`, with 22 fields (nfdump 1.7) or 24 (1.6). Written are the 22.
 */
#include "text_input.h"
#include "text_output.h"

#include <string.h>

#define N_FIELDS_17 22 /* af|first|last|prot|..., times in milliseconds of the epoch */
#define N_FIELDS_16 24 /* af|first|ms|last|ms|prot|..., times in seconds and milliseconds */

#define N_TIMES_17   2
#define FIRST_17     1 /* places of the 22 fields */
#define ADDRESSES_17 4 /* and all behind them are zero in a phantom line */

#define TIME_MOST ((uint64_t)UINT32_MAX * 1000 + 999)

#define IPV6 10 /* Linux, and the value in all other formats */

static const char notice[] = "No matching flows"; /* nfdump says so on its standard output */

extern const struct weir_format weir_format_pipe;

static bool is_notice(const unsigned char *line, size_t n)
{
    return n >= sizeof notice - 1 && memcmp(line, notice, sizeof notice - 1) == 0;
}

static bool pipe_detect(const struct weir_probe *probe)
{
    size_t n = 0;
    bool is_whole = false;
    const unsigned char *line = weir_text_probe_line(probe, &n, &is_whole);
    if (line == NULL)
        return false;
    if (is_notice(line, n))
        return true;
    const size_t n_fields = weir_text_count_numbers(line, n, '|', is_whole);
    return is_whole ? n_fields == N_FIELDS_17 || n_fields == N_FIELDS_16
                    : n_fields > 1 && n_fields <= N_FIELDS_16;
}

/* The first line that is no notice tells the version of nfdump: its number of fields. */
static int pipe_learn(const unsigned char *text, size_t n)
{
    const unsigned char *const end = text + n;
    while (text < end) {
        const unsigned char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL)
            stop = end;
        const size_t length = (size_t)(stop - text);
        if (!is_notice(text, length)) {
            size_t n_fields = 1;
            for (size_t i = 0; i < length; i++)
                n_fields += text[i] == '|';
            return n_fields == N_FIELDS_16 ? N_FIELDS_16 : N_FIELDS_17;
        }
        text = stop < end ? stop + 1 : end;
    }
    return 0;
}

static void set_times_17(struct weir_text_cursor *cursor)
{
    static const char *const names[N_TIMES_17] = {"first", "last"};
    for (size_t i = 0; i < N_TIMES_17; i++)
        cursor->table.field[FIRST_17 + i] = (struct weir_text_field){
            .name = names[i],
            .most = TIME_MOST,
            .n_bytes = sizeof(uint64_t),
            .column = cursor->wide[i],
        };
}

static void pipe_set_table(struct weir_text_cursor *cursor)
{
    static const enum weir_field times_16[] = {WEIR_FIRST, WEIR_FIRST_MS, WEIR_LAST, WEIR_LAST_MS};
    static const enum weir_field keys[] = {WEIR_PROT, WEIR_SA0, WEIR_SA1, WEIR_SA2,
                                           WEIR_SA3,  WEIR_SP,  WEIR_DA0, WEIR_DA1,
                                           WEIR_DA2,  WEIR_DA3, WEIR_DP};
    const bool is_16 = ((struct weir_text_input *)cursor->base.input)->variant == N_FIELDS_16;
    size_t at = 0;
    cursor->table.separator = '|';
    cursor->table.n_fields = is_16 ? N_FIELDS_16 : N_FIELDS_17;
    weir_text_set_field(cursor, at++, WEIR_AF);
    if (is_16) {
        for (size_t i = 0; i < sizeof times_16 / sizeof *times_16; i++)
            weir_text_set_field(cursor, at++, times_16[i]);
    } else {
        set_times_17(cursor);
        at += N_TIMES_17;
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        weir_text_set_field(cursor, at++, keys[i]);
    weir_text_set_extra(cursor, at++, WEIR_EXTRA_SRCAS);
    weir_text_set_extra(cursor, at++, WEIR_EXTRA_DSTAS);
    weir_text_set_field(cursor, at++, WEIR_INIF);
    weir_text_set_field(cursor, at++, WEIR_OUTIF);
    weir_text_set_extra(cursor, at++, WEIR_EXTRA_FLAGS);
    weir_text_set_extra(cursor, at++, WEIR_EXTRA_TOS);
    weir_text_set_field(cursor, at, WEIR_PACKETS);
    if (!is_16)
        cursor->table.field[at].least =
            1; /* phantom lines have none and are looked at one by one */
    weir_text_set_field(cursor, at + 1, WEIR_OCTETS);
}

/* The text of fields 2 and 3, the times; NULL when there are none. */
static const unsigned char *find_times(const unsigned char *line, size_t n, size_t *n_times)
{
    const unsigned char *const end = line + n;
    const unsigned char *begin = memchr(line, '|', n);
    const unsigned char *middle =
        begin == NULL ? NULL : memchr(begin + 1, '|', (size_t)(end - begin - 1));
    const unsigned char *stop =
        middle == NULL ? NULL : memchr(middle + 1, '|', (size_t)(end - middle - 1));
    if (stop == NULL)
        return NULL;
    *n_times = (size_t)(stop - begin);
    return begin;
}

/* nfdump 1.7 prints a tunnel's protocol and times with all else zero, and then the flow itself. */
static bool is_phantom(const struct weir_text_lines *lines, const uint64_t *values)
{
    uint64_t all = 0;
    for (size_t f = ADDRESSES_17; f < N_FIELDS_17; f++)
        all |= values[f];
    if (all != 0 || lines->next == NULL)
        return false;
    size_t n = 0;
    size_t n_next = 0;
    const unsigned char *times = find_times(lines->line, lines->n, &n);
    const unsigned char *next = find_times(lines->next, lines->n_next, &n_next);
    return times != NULL && next != NULL && n == n_next && memcmp(times, next, n) == 0;
}

static bool pipe_drop(struct weir_text_cursor *cursor, const struct weir_text_lines *lines,
                      const uint64_t *values)
{
    struct weir_losses *losses = &cursor->base.losses;
    if (values == NULL) {
        const bool dropped = is_notice(lines->line, lines->n);
        losses->notice_lines += dropped;
        return dropped;
    }
    const bool dropped = cursor->table.n_fields == N_FIELDS_17 && is_phantom(lines, values);
    losses->phantom_lines += dropped;
    return dropped;
}

/* nfdump writes the constant of the system it runs on: macOS 30, FreeBSD 28, Solaris 26, NetBSD and
 * OpenBSD 24. */
static inline uint8_t normal_family(uint8_t af)
{
    return af == 30 || af == 28 || af == 26 || af == 24 ? IPV6 : af;
}

static void pipe_finish(struct weir_text_cursor *cursor, size_t row, size_t n)
{
    uint8_t *af = (uint8_t *)cursor->column[WEIR_AF] + row;
    for (size_t i = 0; i < n; i++)
        af[i] = normal_family(af[i]);
    if (cursor->table.n_fields == N_FIELDS_16)
        return;
    static const enum weir_field seconds[N_TIMES_17] = {WEIR_FIRST, WEIR_LAST};
    static const enum weir_field rest[N_TIMES_17] = {WEIR_FIRST_MS, WEIR_LAST_MS};
    for (size_t t = 0; t < N_TIMES_17; t++) {
        const uint64_t *time_ms = cursor->wide[t] + row;
        uint32_t *time_s = (uint32_t *)cursor->column[seconds[t]] + row;
        uint16_t *ms = (uint16_t *)cursor->column[rest[t]] + row;
        for (size_t i = 0; i < n; i++) {
            time_s[i] = (uint32_t)(time_ms[i] / 1000);
            ms[i] = (uint16_t)(time_ms[i] % 1000);
        }
    }
}

static const struct weir_text_format pipe_text = {
    .format = &weir_format_pipe,
    .line_bytes_min = 2 * (size_t)N_FIELDS_17,
    .zeros = WEIR_FIELD_BIT(WEIR_AGGS),
    .learn = pipe_learn,
    .set_table = pipe_set_table,
    .drop = pipe_drop,
    .finish = pipe_finish,
};

static enum weir_status pipe_open(const struct weir_open_request *request,
                                  struct weir_input **input, struct weir_error *err)
{
    return weir_text_open(&pipe_text, request, WEIR_TEXT_BLOCK_BYTES, input, err);
}

/* --- writing --------------------------------------------------------------------------------- */

/* What the fields of a line are taken from. */
enum { FROM_FIRST = WEIR_N_FIELDS, FROM_LAST, FROM_EXTRAS };
#define PIPE_EXTRA(extra) (FROM_EXTRAS + (int)(extra))

static const int sources_17[N_FIELDS_17] = {
    WEIR_AF,
    FROM_FIRST,
    FROM_LAST,
    WEIR_PROT,
    WEIR_SA0,
    WEIR_SA1,
    WEIR_SA2,
    WEIR_SA3,
    WEIR_SP,
    WEIR_DA0,
    WEIR_DA1,
    WEIR_DA2,
    WEIR_DA3,
    WEIR_DP,
    PIPE_EXTRA(WEIR_EXTRA_SRCAS),
    PIPE_EXTRA(WEIR_EXTRA_DSTAS),
    WEIR_INIF,
    WEIR_OUTIF,
    PIPE_EXTRA(WEIR_EXTRA_FLAGS),
    PIPE_EXTRA(WEIR_EXTRA_TOS),
    WEIR_PACKETS,
    WEIR_OCTETS,
};

static const char *const names_17[N_FIELDS_17] = {
    "af",  "first", "last", "prot",  "sa0",   "sa1",  "sa2",   "sa3",   "sp",  "da0",     "da1",
    "da2", "da3",   "dp",   "srcas", "dstas", "inif", "outif", "flags", "tos", "packets", "octets"};

static const struct weir_text_layout pipe_layout = {
    .format = &weir_format_pipe,
    .n_fields = N_FIELDS_17,
    .separator = "|",
    .n_separator = 1,
    .is_unsigned = true,
    .name = names_17,
};

#define NO_CUSTOM  WEIR_CUSTOM_COLUMNS_MAX
#define WRITE_ROWS 512 /* whose times are put together at a time */

struct pipe_writer {
    struct weir_text_writer text;
    size_t custom[N_FIELDS_17]; /* of the records, for extras; NO_CUSTOM: zero */
};

static const uint8_t zeros[WRITE_ROWS];

/* Finds the extras among the custom columns of the records. */
static void find_custom(struct pipe_writer *writer, const struct weir_schema *schema)
{
    for (size_t f = 0; f < N_FIELDS_17; f++) {
        writer->custom[f] = NO_CUSTOM;
        for (size_t i = 0; sources_17[f] >= FROM_EXTRAS && i < schema->n_custom; i++)
            if (strcmp(schema->custom[i].name, names_17[f]) == 0)
                writer->custom[f] = i;
    }
}

static enum weir_status pipe_create(const struct weir_create_request *request,
                                    struct weir_writer **writer, struct weir_error *err)
{
    struct weir_text_writer *made = NULL;
    const enum weir_status status =
        weir_text_writer_create(&pipe_layout, sizeof(struct pipe_writer), request, &made, err);
    *writer = made == NULL ? NULL : &made->base;
    if (made != NULL)
        find_custom((struct pipe_writer *)(void *)made, request->schema);
    return status;
}

/* Puts seconds and milliseconds of records [begin, begin + n) together. */
static enum weir_status join_time(const struct weir_batch *batch, enum weir_field seconds,
                                  enum weir_field rest, size_t begin, size_t n, uint64_t *time_ms,
                                  size_t *bad, struct weir_error *err)
{
    uint64_t own[WRITE_ROWS];
    uint64_t own_rest[WRITE_ROWS];
    const uint64_t *time_s = NULL;
    const uint64_t *ms = NULL;
    const struct weir_column *column = &batch->field[seconds];
    size_t at = 0;
    bool good = weir_column_load_u64(column, begin, n, own, &time_s, &at);
    const size_t n_good = good ? n : at;
    for (size_t i = 0; i < n_good; i++)
        if (time_s[i] > UINT32_MAX) {
            good = false;
            at = i;
            break;
        }
    if (good && !weir_column_load_u64(&batch->field[rest], begin, n, own_rest, &ms, &at)) {
        column = &batch->field[rest];
        good = false;
    }
    if (!good) {
        char text[WEIR_VALUE_CAPACITY];
        *bad = begin + at;
        return weir_error_set(err, WEIR_LIMIT,
                              "field %s: expected a whole number from 0 to %u, but found %s",
                              names_17[seconds == WEIR_FIRST ? 1 : 2], UINT32_MAX,
                              weir_column_value_text(column, begin + at, text));
    }
    for (size_t i = 0; i < n; i++)
        time_ms[i] = time_s[i] * 1000 + ms[i];
    return WEIR_OK;
}

/* Writes records [begin, begin + n), n <= WRITE_ROWS. */
static enum weir_status add_rows(struct pipe_writer *writer, size_t lane,
                                 const struct weir_batch *batch, size_t begin, size_t n,
                                 size_t *bad, struct weir_error *err)
{
    uint64_t time_ms[N_TIMES_17][WRITE_ROWS];
    struct weir_column columns[N_FIELDS_17];
    enum weir_status status =
        join_time(batch, WEIR_FIRST, WEIR_FIRST_MS, begin, n, time_ms[0], bad, err);
    if (status == WEIR_OK)
        status = join_time(batch, WEIR_LAST, WEIR_LAST_MS, begin, n, time_ms[1], bad, err);
    if (status != WEIR_OK)
        return status;
    for (size_t f = 0; f < N_FIELDS_17; f++) {
        const int source = sources_17[f];
        const struct weir_column *from = NULL;
        if (source < WEIR_N_FIELDS)
            from = &batch->field[source];
        else if (source >= FROM_EXTRAS && writer->custom[f] != NO_CUSTOM)
            from = &batch->custom[writer->custom[f]];
        if (from != NULL)
            columns[f] = (struct weir_column){weir_column_at(from, begin), from->type};
        else if (source >= FROM_EXTRAS)
            columns[f] = (struct weir_column){zeros, WEIR_U8};
        else
            columns[f] = (struct weir_column){time_ms[source - FROM_FIRST], WEIR_U64};
    }
    status = weir_text_writer_add(&writer->text, lane, columns, n, bad, err);
    if (status == WEIR_LIMIT)
        *bad += begin;
    return status;
}

static enum weir_status pipe_add(struct weir_writer *base, size_t lane,
                                 const struct weir_batch *batch, size_t *bad,
                                 struct weir_error *err)
{
    struct pipe_writer *writer = (struct pipe_writer *)(void *)base;
    enum weir_status status = WEIR_OK;
    for (size_t begin = 0; begin < batch->n && status == WEIR_OK; begin += WRITE_ROWS) {
        const size_t n = batch->n - begin < WRITE_ROWS ? batch->n - begin : WRITE_ROWS;
        status = add_rows(writer, lane, batch, begin, n, bad, err);
    }
    return status;
}

static enum weir_status pipe_describe(const struct weir_input *input, weir_fact_sink *sink,
                                      void *context, struct weir_error *err)
{
    (void)err;
    const int n_fields = ((const struct weir_text_input *)input)->variant;
    if (n_fields == 0)
        return WEIR_OK; /* no line to tell from */
    sink(context, "fields", n_fields == N_FIELDS_16 ? "24" : "22");
    sink(context, "dialect", n_fields == N_FIELDS_16 ? "nfdump 1.6" : "nfdump 1.7");
    return WEIR_OK;
}

const struct weir_format weir_format_pipe = {
    .name = "pipe",
    .summary = "text that nfdump -o pipe writes",
    .needs = WEIR_FIELDS_ALL & ~WEIR_FIELD_BIT(WEIR_AGGS),
    .extras = WEIR_EXTRA_BIT(WEIR_EXTRA_DSTAS) | WEIR_EXTRA_BIT(WEIR_EXTRA_FLAGS) |
              WEIR_EXTRA_BIT(WEIR_EXTRA_SRCAS) | WEIR_EXTRA_BIT(WEIR_EXTRA_TOS),
    .detect = pipe_detect,
    .open = pipe_open,
    .close = weir_text_close,
    .cursor_new = weir_text_cursor_new,
    .cursor_free = weir_text_cursor_free,
    .cursor_load = weir_text_cursor_load,
    .cursor_parse = weir_text_cursor_parse,
    .cursor_view = weir_text_cursor_view,
    .describe = pipe_describe,
    .create = pipe_create,
    .add = pipe_add,
    .place = weir_text_writer_place,
    .put = weir_text_writer_put,
    .commit = weir_text_writer_commit,
    .discard = weir_text_writer_discard,
};
