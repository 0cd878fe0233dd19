/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of flow record formats share: records as plain arrays, read and written through a
 * format's operations, and a slow parser of csv_flow that shares nothing with the real one. */
#ifndef WEIR_CSV_ORACLE_H
#define WEIR_CSV_ORACLE_H

#include "check.h"
#include "field.h"
#include "format.h"
#include "text_input.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#ifndef RECORDS_MAX
#define RECORDS_MAX 10000
#endif

struct records {
    enum weir_status status; /* of the reading */
    struct weir_error err;
    struct weir_losses losses;
    size_t n;
    uint64_t value[WEIR_N_FIELDS][RECORDS_MAX];
};

static inline uint64_t random_u64(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Largest value of a field in csv_flow. */
static inline uint64_t records_most(enum weir_field field)
{
    if (field == WEIR_INIF || field == WEIR_OUTIF)
        return UINT32_MAX;
    return UINT64_MAX >> (64 - 8 * weir_type_bytes(weir_field_info(field)->type));
}

static inline void records_check_equal(const struct records *got, const struct records *want)
{
    cr_assert(got->n == want->n, "%zu records instead of %zu (%s)", got->n, want->n,
              got->err.message);
    for (size_t f = 0; f < WEIR_N_FIELDS; f++)
        for (size_t i = 0; i < want->n; i++)
            cr_assert(got->value[f][i] == want->value[f][i],
                      "record %zu, field %s: %llu instead of %llu", i,
                      weir_field_info((enum weir_field)f)->name,
                      (unsigned long long)got->value[f][i], (unsigned long long)want->value[f][i]);
}

static inline void check_same_files(const char *a, const char *b)
{
    char command[1200];
    snprintf(command, sizeof command, "cmp '%s' '%s'", a, b);
    cr_assert(system(command) == 0, "%s and %s differ", a, b);
}

/* Reads the column files of a trace with nothing but fread. */
static inline struct records *records_from_trace(const char *top, const char *name, size_t n)
{
    struct records *records = calloc(1, sizeof *records);
    records->n = n;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const struct weir_field_info *info = weir_field_info((enum weir_field)f);
        const size_t n_bytes = weir_type_bytes(info->type);
        char path[512];
        snprintf(path, sizeof path, "%s/%s/%s.%c", top, name, info->name,
                 weir_type_code(info->type));
        FILE *file = fopen(path, "rb");
        cr_assert(file != NULL, "%s", path);
        for (size_t i = 0; i < n; i++)
            cr_assert(fread(&records->value[f][i], n_bytes, 1, file) == 1);
        fclose(file);
    }
    return records;
}

/* Parses csv_flow with strtoull, line by line, up to the first bad line. */
static inline struct records *records_parse_lines(const char *text, size_t n)
{
    struct records *records = calloc(1, sizeof *records);
    size_t at = 0;
    size_t content = 0; /* up to the end of the last line that is not blank */
    for (size_t begin = 0, i = 0; i <= n; i++)
        if (i == n || text[i] == '\n') {
            const size_t length = i - begin;
            if (length > 0 && !(length == 1 && text[begin] == '\r'))
                content = i;
            begin = i + 1;
        }
    n = content;
    while (at < n) {
        size_t end = at;
        while (end < n && text[end] != '\n')
            end++;
        char line[2048];
        size_t length = end - at;
        records->status = WEIR_FORMAT;
        if (length >= sizeof line)
            return records;
        memcpy(line, text + at, length);
        if (length > 0 && line[length - 1] == '\r')
            length--;
        line[length] = '\0';
        if (strlen(line) != length)
            return records;
        char *rest = line;
        for (int f = 0; f < WEIR_N_FIELDS; f++) {
            rest += strspn(rest, " \t");
            if (!isdigit((unsigned char)*rest))
                return records;
            errno = 0;
            const unsigned long long value = strtoull(rest, &rest, 10);
            rest += strspn(rest, " \t");
            if (errno != 0 || value > records_most((enum weir_field)f) ||
                *rest != (f + 1 < WEIR_N_FIELDS ? ',' : '\0'))
                return records;
            records->value[f][records->n] = value;
            rest++;
        }
        records->status = WEIR_OK;
        records->n++;
        at = end + 1;
    }
    return records;
}

/* Appends the records of a loaded block, taken in views of awkward sizes. */
static inline void records_append(struct records *records, const struct weir_format *format,
                                  struct weir_cursor *cursor, uint64_t n)
{
    struct weir_batch batch;
    for (uint64_t begin = 0; begin < n; begin += batch.n) {
        const uint64_t left = n - begin;
        format->cursor_view(cursor, begin, (size_t)(left < 3001 ? left : 3001), &batch);
        cr_assert(records->n + batch.n <= RECORDS_MAX);
        for (int f = 0; f < WEIR_N_FIELDS; f++) {
            size_t bad = 0;
            cr_assert(weir_column_load_u64(&batch.field[f], 0, batch.n,
                                           &records->value[f][records->n], NULL, &bad));
        }
        records->n += batch.n;
    }
}

/* Reads the opened input with two cursors in turn, as two threads would. */
static inline void records_read_input(struct records *records, const struct weir_format *format,
                                      struct weir_input *input)
{
    struct weir_cursor *cursor[2] = {NULL, NULL};
    for (int c = 0; c < 2 && records->status == WEIR_OK; c++)
        records->status = format->cursor_new(input, &cursor[c], &records->err);
    for (int c = 0; c < 2 && records->status == WEIR_OK && input->is_stream; c++) {
        struct weir_text_cursor *text = (struct weir_text_cursor *)cursor[c];
        memset(text->buffer, '7', text->buffer_capacity); /* digits must not leak into fields */
    }
    for (uint64_t block = 0; block < input->n_blocks && records->status == WEIR_OK; block++) {
        uint64_t n = 0;
        records->status = format->cursor_load(cursor[block % 2], block, &n, &records->err);
        if (records->status == WEIR_OK && input->is_stream)
            records->status = format->cursor_parse(cursor[block % 2], &n, &records->err);
        records_append(records, format, cursor[block % 2], n);
    }
    if (records->status == WEIR_END)
        records->status = WEIR_OK;
    for (int c = 0; c < 2; c++) {
        if (cursor[c] != NULL)
            weir_losses_add(&records->losses, &cursor[c]->losses);
        format->cursor_free(cursor[c]);
    }
}

/* Reads `path` (or `fd`) in blocks of `block_bytes`. */
static inline struct records *records_read(const struct weir_format *format, const char *path,
                                           int fd, enum weir_cpu cpu, size_t block_bytes,
                                           struct weir_mem *mem)
{
    struct records *records = calloc(1, sizeof *records);
    const struct weir_open_request request = {
        .path = path, .fd = fd, .fields = WEIR_FIELDS_ALL, .cpu = cpu, .mem = mem};
    struct weir_input *input = NULL;
    records->status = format->open(&request, &input, &records->err);
    if (records->status != WEIR_OK)
        return records;
    if (block_bytes != WEIR_TEXT_BLOCK_BYTES) { /* the same input again, cut otherwise */
        const struct weir_text_format *text = ((struct weir_text_input *)input)->text;
        format->close(input);
        records->status = weir_text_open(text, &request, block_bytes, &input, &records->err);
        if (records->status != WEIR_OK)
            return records;
    }
    records_read_input(records, format, input);
    format->close(input);
    return records;
}

struct records_feeder {
    const char *text;
    size_t n, step;
    int fd;
};

static void *records_feed(void *argument)
{
    struct records_feeder *feeder = argument;
    size_t at = 0;
    while (at < feeder->n) {
        const size_t left = feeder->n - at;
        const ssize_t n =
            write(feeder->fd, feeder->text + at, left < feeder->step ? left : feeder->step);
        if (n <= 0)
            break; /* the reader has gone */
        at += (size_t)n;
    }
    close(feeder->fd);
    return NULL;
}

/* Reads text from a pipe into which a thread writes `step` bytes at a time. */
static inline struct records *records_read_stream(const struct weir_format *format,
                                                  const char *text, size_t n, size_t step,
                                                  size_t block_bytes, struct weir_mem *mem)
{
    int ends[2];
    pthread_t thread;
    signal(SIGPIPE, SIG_IGN);
    cr_assert(pipe(ends) == 0);
    struct records_feeder feeder = {text, n, step, ends[1]};
    cr_assert(pthread_create(&thread, NULL, records_feed, &feeder) == 0);
    struct records *records =
        records_read(format, "pipe", ends[0], weir_cpu_detect(), block_bytes, mem);
    close(ends[0]);
    pthread_join(thread, NULL);
    return records;
}

/* Writes records block by block over `n_lanes` lanes, whose turns come in order but whose writing
 * does not. */
static inline enum weir_status records_try_write(const struct records *records,
                                                 const struct weir_format *format, const char *path,
                                                 size_t n_lanes, struct weir_mem *mem,
                                                 struct weir_error *err)
{
    struct weir_schema schema;
    weir_schema_set_default(&schema, true);
    const struct weir_create_request request = {
        .path = path, .schema = &schema, .n_lanes = n_lanes, .mem = mem};
    struct weir_writer *writer = NULL;
    enum weir_status status = format->create(&request, &writer, err);
    if (status != WEIR_OK)
        return status;
    size_t at = 0;
    while (at < records->n && status == WEIR_OK) {
        for (size_t lane = 0; lane < n_lanes && status == WEIR_OK; lane++) {
            struct weir_batch batch = {.n = records->n - at < 777 ? records->n - at : 777};
            for (int f = 0; f < WEIR_N_FIELDS; f++)
                batch.field[f] = (struct weir_column){records->value[f] + at, WEIR_U64};
            size_t bad = 0;
            status = format->add(writer, lane, &batch, &bad, err);
            at += batch.n;
        }
        for (size_t lane = 0; lane < n_lanes && status == WEIR_OK; lane++)
            status = format->place(writer, lane, err);
        for (size_t lane = n_lanes; lane-- > 0 && status == WEIR_OK;)
            status = format->put(writer, lane, err);
    }
    if (status != WEIR_OK) {
        format->discard(writer);
        return status;
    }
    cr_assert(writer->n_records == records->n);
    return format->commit(writer, err);
}

static inline void records_write(const struct records *records, const struct weir_format *format,
                                 const char *path, size_t n_lanes, struct weir_mem *mem)
{
    struct weir_error err = {0};
    cr_assert(records_try_write(records, format, path, n_lanes, mem, &err) == WEIR_OK, "%s",
              err.message);
}

/* Writes a random good line to `out`: style 0 as weir writes it, 1 without blanks, 2 with blanks
 * here and there, 3 with leading zeros and CRLF too. Returns its length. */
static inline size_t random_line(uint64_t *seed, int style, char *out)
{
    size_t n = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const unsigned bits = (unsigned)(random_u64(seed) % 65);
        const uint64_t value =
            (bits == 0 ? 0 : random_u64(seed) >> (64 - bits)) & records_most((enum weir_field)f);
        const bool blank = style == 0 ? f > 0 : style >= 2 && random_u64(seed) % 8 == 0;
        const bool zeros = style == 3 && random_u64(seed) % 16 == 0;
        const bool after = style >= 2 && random_u64(seed) % 64 == 0;
        n += (size_t)sprintf(out + n, "%s%s%llu%s%s", blank ? " " : "", zeros ? "00" : "",
                             (unsigned long long)value, after ? " " : "",
                             f + 1 < WEIR_N_FIELDS                     ? ","
                             : style == 3 && random_u64(seed) % 8 == 0 ? "\r\n"
                                                                       : "\n");
    }
    return n;
}

#endif
