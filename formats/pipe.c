/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipe: the lines of `nfdump -o pipe`, with 22 fields (nfdump 1.7) or 24 (1.6). */
#include "text_input.h"

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

/* A field that is checked and then dropped. */
static void set_dropped(struct weir_text_cursor *cursor, size_t at, const char *name)
{
    cursor->table.field[at] = (struct weir_text_field){.name = name, .most = UINT32_MAX};
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
    set_dropped(cursor, at++, "srcas");
    set_dropped(cursor, at++, "dstas");
    weir_text_set_field(cursor, at++, WEIR_INIF);
    weir_text_set_field(cursor, at++, WEIR_OUTIF);
    set_dropped(cursor, at++, "flags");
    set_dropped(cursor, at++, "tos");
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
    .detect = pipe_detect,
    .open = pipe_open,
    .close = weir_text_close,
    .cursor_new = weir_text_cursor_new,
    .cursor_free = weir_text_cursor_free,
    .cursor_load = weir_text_cursor_load,
    .cursor_parse = weir_text_cursor_parse,
    .cursor_view = weir_text_cursor_view,
    .describe = pipe_describe,
};
