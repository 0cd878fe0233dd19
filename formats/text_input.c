/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text files and streams of one record a line: blocks, lines, columns, line numbers. */
#include "text_input.h"

#include "field.h"
#include "guard.h"
#include "text_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAD ((size_t)WEIR_TEXT_PAD_BYTES)

/* After the parser of many lines has stopped, so many are taken one by one before it is asked
 * again; text that it does not like at all must not cost two passes. */
#define SINGLE_LINES_MIN 16
#define SINGLE_LINES_MAX 4096

#define SHOWN_BYTES_MAX 40 /* of a bad value in a message; four characters each at most */

static inline struct weir_text_input *text_input(struct weir_input *input)
{
    return (struct weir_text_input *)input;
}

static inline struct weir_text_cursor *text_cursor(struct weir_cursor *cursor)
{
    return (struct weir_text_cursor *)cursor;
}

size_t weir_text_without_blank_end(const unsigned char *text, size_t n)
{
    while (n > 0) {
        size_t line_end = n - (text[n - 1] == '\n');
        if (line_end > 0 && text[line_end - 1] == '\r')
            line_end--;
        if (line_end > 0 && text[line_end - 1] != '\n')
            break;
        n = line_end;
    }
    return n;
}

/* --- inputs ---------------------------------------------------------------------------------- */

/* Maps a regular file. On standard input that has been read from, only what is left counts. */
static enum weir_status map_file(struct weir_text_input *input, int fd, size_t n_head,
                                 struct weir_error *err)
{
    const enum weir_status status = weir_mapping_open(input->base.path, fd, &input->mapping, err);
    if (status != WEIR_OK)
        return status;
    const off_t position = lseek(fd, 0, SEEK_CUR);
    size_t begin = position > (off_t)n_head ? (size_t)position - n_head : 0;
    if (begin > input->mapping.n_bytes)
        begin = input->mapping.n_bytes;
    if (input->mapping.data == NULL)
        return WEIR_OK;
    input->data = input->mapping.data + begin;
    input->n_data = input->mapping.n_bytes - begin;
    input->base.n_bytes = input->n_data;
    input->n_data = weir_text_without_blank_end(input->data, input->n_data);
    const size_t block = input->block_bytes;
    input->base.n_blocks = input->n_data / block + (input->n_data % block != 0);
    if (input->text->learn != NULL)
        input->variant = input->text->learn(input->data, input->n_data);
    return WEIR_OK;
}

static enum weir_status open_descriptor(struct weir_text_input *input,
                                        const struct weir_open_request *request,
                                        struct weir_error *err)
{
    const bool own_fd = request->fd < 0 && strcmp(request->path, "-") != 0;
    int fd = request->fd < 0 ? STDIN_FILENO : request->fd;
    if (own_fd)
        fd = open(request->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        const int reason = errno;
        if (own_fd && fd >= 0)
            close(fd);
        return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be opened", input->base.path);
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return weir_text_stream_open(input, request, fd, own_fd, err);
    enum weir_status status = WEIR_OK;
    if (S_ISDIR(st.st_mode))
        status = weir_error_set(err, WEIR_IO, "%s: expected a file, but found a directory",
                                input->base.path);
    else
        status = map_file(input, fd, request->n_head, err);
    if (own_fd)
        close(fd);
    return status;
}

enum weir_status weir_text_open(const struct weir_text_format *text,
                                const struct weir_open_request *request, size_t block_bytes,
                                struct weir_input **input, struct weir_error *err)
{
    *input = NULL;
    const char *name = strcmp(request->path, "-") == 0 ? "standard input" : request->path;
    struct weir_text_input *made = weir_mem_zalloc(request->mem, 1, sizeof *made);
    if (made == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", name);
    made->base.format = text->format;
    made->base.mem = request->mem;
    made->base.n_records = UINT64_MAX;
    weir_schema_set_default(&made->base.schema, true);
    if (request->custom)
        made->extras = weir_extras_find(&request->columns) & text->format->extras;
    weir_extras_add(made->extras, &made->base.schema);
    made->text = text;
    made->rows = weir_text_rows_find(request->cpu);
    made->block_bytes = block_bytes;
    made->rejects = request->rejects;
    made->stream.fd = -1;
    made->base.path = weir_mem_strdup(request->mem, name);
    enum weir_status status = WEIR_OK;
    if (made->base.path == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "%s: out of memory", name);
    else
        status = open_descriptor(made, request, err);
    if (status != WEIR_OK) {
        weir_text_close(&made->base);
        return status;
    }
    *input = &made->base;
    return WEIR_OK;
}

void weir_text_close(struct weir_input *input)
{
    if (input == NULL)
        return;
    struct weir_text_input *text = text_input(input);
    struct weir_mem *mem = input->mem;
    weir_text_stream_close(text);
    weir_mapping_close(&text->mapping);
    weir_mem_free(mem, input->path);
    weir_mem_free(mem, input);
}

/* --- cursors --------------------------------------------------------------------------------- */

static size_t round_up(size_t n_bytes)
{
    return (n_bytes + WEIR_CACHE_LINE_BYTES - 1) / WEIR_CACHE_LINE_BYTES * WEIR_CACHE_LINE_BYTES;
}

/* Lays the columns out in `memory`; returns their bytes (with memory NULL: only that). */
static size_t place_columns(struct weir_text_cursor *cursor, unsigned char *memory)
{
    const struct weir_text_input *input = text_input(cursor->base.input);
    size_t used = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const size_t n_bytes = cursor->capacity * weir_type_bytes(input->base.schema.field[f]);
        if (memory != NULL) {
            cursor->column[f] = memory + used;
            if ((input->text->zeros & WEIR_FIELD_BIT(f)) != 0)
                memset(memory + used, 0, n_bytes);
        }
        used += round_up(n_bytes);
    }
    for (int e = 0; e < WEIR_N_EXTRAS; e++) {
        if ((input->extras & WEIR_EXTRA_BIT(e)) == 0)
            continue;
        if (memory != NULL)
            cursor->extra[e] = memory + used;
        used +=
            round_up(cursor->capacity * weir_type_bytes(weir_extra_info((enum weir_extra)e)->type));
    }
    for (size_t w = 0; w < 2 && input->text->finish != NULL; w++) {
        if (memory != NULL)
            cursor->wide[w] = (uint64_t *)(void *)(memory + used);
        used += round_up(cursor->capacity * sizeof(uint64_t));
    }
    return used;
}

enum weir_status weir_text_cursor_new(struct weir_input *base, struct weir_cursor **cursor,
                                      struct weir_error *err)
{
    const struct weir_text_input *input = text_input(base);
    *cursor = NULL;
    struct weir_text_cursor *made = weir_mem_zalloc(base->mem, 1, sizeof *made);
    if (made == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", base->path);
    made->base.input = base;
    size_t text_bytes = input->block_bytes < input->n_data ? input->block_bytes : input->n_data;
    if (base->is_stream) {
        made->buffer_capacity = weir_text_stream_buffer_bytes(input);
        text_bytes = made->buffer_capacity;
        made->buffer = weir_mem_alloc(base->mem, made->buffer_capacity);
    }
    /* The lines that start in the text, the last one perhaps going beyond it. */
    made->capacity = text_bytes / input->text->line_bytes_min + 2;
    made->memory = weir_mem_alloc(base->mem, place_columns(made, NULL));
    if (made->memory == NULL || (base->is_stream && made->buffer == NULL)) {
        weir_text_cursor_free(&made->base);
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", base->path);
    }
    (void)place_columns(made, made->memory);
    *cursor = &made->base;
    return WEIR_OK;
}

void weir_text_cursor_free(struct weir_cursor *cursor)
{
    if (cursor == NULL)
        return;
    struct weir_mem *mem = cursor->input->mem;
    weir_mem_free(mem, text_cursor(cursor)->buffer);
    weir_mem_free(mem, text_cursor(cursor)->rejected);
    weir_mem_free(mem, text_cursor(cursor)->memory);
    weir_mem_free(mem, cursor);
}

void weir_text_cursor_view(struct weir_cursor *base, uint64_t begin, size_t n,
                           struct weir_batch *batch)
{
    struct weir_text_cursor *cursor = text_cursor(base);
    *batch = (struct weir_batch){.n = n, .custom = cursor->custom};
    for (int e = 0; base->input->schema.n_custom != 0 && e < WEIR_N_EXTRAS; e++)
        if (cursor->extra[e] != NULL) {
            const enum weir_type type = weir_extra_info((enum weir_extra)e)->type;
            cursor->custom[batch->n_custom++] = (struct weir_column){
                (const char *)cursor->extra[e] + begin * weir_type_bytes(type), type};
        }
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const enum weir_type type = base->input->schema.field[f];
        batch->field[f] = (struct weir_column){
            (const char *)cursor->column[f] + begin * weir_type_bytes(type), type};
    }
}

void weir_text_set_field(struct weir_text_cursor *cursor, size_t at, enum weir_field field)
{
    const enum weir_type type = cursor->base.input->schema.field[field];
    const unsigned n_bytes = (unsigned)weir_type_bytes(type);
    cursor->table.field[at] = (struct weir_text_field){
        .name = weir_field_info(field)->name,
        .most = UINT64_MAX >> (64 - 8 * n_bytes),
        .n_bytes = n_bytes,
        .column = cursor->column[field],
    };
}

void weir_text_set_extra(struct weir_text_cursor *cursor, size_t at, enum weir_extra extra)
{
    const struct weir_extra_info *info = weir_extra_info(extra);
    struct weir_text_field *field = &cursor->table.field[at];
    *field = (struct weir_text_field){.name = info->name, .most = UINT32_MAX};
    if (cursor->extra[extra] == NULL)
        return;
    field->n_bytes = (unsigned)weir_type_bytes(info->type);
    field->most = UINT64_MAX >> (64 - 8 * field->n_bytes);
    field->column = cursor->extra[extra];
}

/* --- blocks of mapped files ------------------------------------------------------------------ */

/* Copies the text of the block and what follows it to a buffer with room around it, and gives the
 * last line of the file a newline. */
static enum weir_status copy_block(struct weir_text_cursor *cursor, struct weir_error *err)
{
    struct weir_input *input = cursor->base.input;
    const size_t n = (size_t)(cursor->end - cursor->begin);
    const size_t n_ahead = (size_t)(cursor->ahead_end - cursor->begin);
    const size_t wanted = PAD + n_ahead + 1 + PAD;
    if (cursor->buffer_capacity < wanted) {
        weir_mem_free(input->mem, cursor->buffer);
        cursor->buffer_capacity = 0;
        cursor->buffer = weir_mem_alloc(input->mem, wanted);
        if (cursor->buffer == NULL)
            return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", input->path);
        cursor->buffer_capacity = wanted;
    }
    unsigned char *text = cursor->buffer + PAD;
    memset(cursor->buffer, '\n', PAD);
    memcpy(text, cursor->begin, n_ahead);
    memset(text + n_ahead, '\n', 1 + PAD);
    const bool is_last = n == n_ahead;
    cursor->readable = cursor->buffer;
    cursor->begin = text;
    cursor->end = text + n + (is_last && n > 0 && text[n - 1] != '\n');
    cursor->ahead_end = is_last ? cursor->end : text + n_ahead;
    return WEIR_OK;
}

/* Finds the lines that start in [block, block + 1) * block_bytes. */
static void find_block(struct weir_text_cursor *cursor, uint64_t block)
{
    const struct weir_text_input *input = text_input(cursor->base.input);
    const unsigned char *const data = input->data;
    const unsigned char *const data_end = data + input->n_data;
    const unsigned char *const from = data + block * input->block_bytes;
    const size_t left = (size_t)(data_end - from);
    const unsigned char *const to =
        left > input->block_bytes ? from + input->block_bytes : data_end;
    cursor->too_long = false;
    cursor->readable = data;
    cursor->ahead_end = data_end;
    cursor->begin = from;
    cursor->end = from;
    if (block > 0) {
        const unsigned char *newline = memchr(from - 1, '\n', (size_t)(to - from) + 1);
        if (newline == NULL || newline + 1 >= to)
            return; /* no line starts here */
        cursor->begin = newline + 1;
    }
    cursor->end = data_end;
    if (to == data_end)
        return;
    const size_t reach = (size_t)(data_end - to) + 1;
    const size_t most = WEIR_TEXT_LINE_MAX + 3; /* a carriage return, a newline, the byte before */
    const unsigned char *newline = memchr(to - 1, '\n', reach < most ? reach : most);
    if (newline != NULL) {
        cursor->end = newline + 1;
    } else if (reach > most) {
        newline = memrchr(cursor->begin, '\n', (size_t)(to - cursor->begin));
        cursor->end = newline != NULL ? newline + 1 : cursor->begin;
        cursor->too_long = true;
    }
}

static enum weir_status parse_text(struct weir_text_cursor *cursor, uint64_t *n_records,
                                   struct weir_error *err);

enum weir_status weir_text_cursor_load(struct weir_cursor *base, uint64_t block,
                                       uint64_t *n_records, struct weir_error *err)
{
    struct weir_text_cursor *cursor = text_cursor(base);
    struct weir_text_input *input = text_input(base->input);
    *n_records = 0;
    if (input->base.is_stream) {
        const enum weir_status status = weir_text_stream_take(cursor, err);
        if (status != WEIR_OK)
            return status;
        if (input->variant == 0 && input->text->learn != NULL)
            input->variant =
                input->text->learn(cursor->begin, (size_t)(cursor->end - cursor->begin));
        input->text->set_table(cursor);
        return WEIR_OK;
    }
    find_block(cursor, block);
    cursor->offset = (size_t)(cursor->begin - input->data);
    input->text->set_table(cursor);
    const unsigned char *mapping_end = input->mapping.data + input->mapping.n_bytes;
    const bool is_near_end = (size_t)(mapping_end - cursor->end) < PAD;
    if (is_near_end || cursor->end == cursor->ahead_end) {
        const enum weir_status status = copy_block(cursor, err);
        if (status != WEIR_OK)
            return status;
    }
    return parse_text(cursor, n_records, err);
}

enum weir_status weir_text_cursor_parse(struct weir_cursor *base, uint64_t *n_records,
                                        struct weir_error *err)
{
    *n_records = 0;
    return parse_text(text_cursor(base), n_records, err);
}

/* --- lines ----------------------------------------------------------------------------------- */

static uint64_t count_newlines(const unsigned char *begin, const unsigned char *end)
{
    uint64_t n = 0;
    for (const unsigned char *at = begin; at < end; at++)
        n += *at == '\n';
    return n;
}

/* Number of the line that starts at `line`. */
static uint64_t line_number(const struct weir_text_cursor *cursor, const unsigned char *line)
{
    const struct weir_text_input *input = text_input(cursor->base.input);
    const uint64_t inside = count_newlines(cursor->begin, line);
    if (input->base.is_stream)
        return cursor->first_line + inside;
    return 1 + count_newlines(input->data, input->data + cursor->offset) + inside;
}

char *weir_text_show(const void *text, size_t n, char *out)
{
    const unsigned char *at = text;
    size_t used = 0;
    for (size_t i = 0; i < n && i < SHOWN_BYTES_MAX; i++)
        used += (size_t)snprintf(out + used, WEIR_TEXT_SHOWN_CAPACITY - used,
                                 at[i] >= ' ' && at[i] < 0x7f ? "%c" : "\\x%02x", at[i]);
    snprintf(out + used, WEIR_TEXT_SHOWN_CAPACITY - used, "%s", n > SHOWN_BYTES_MAX ? "..." : "");
    return out;
}

static enum weir_status line_error(const struct weir_text_cursor *cursor,
                                   const struct weir_text_lines *lines,
                                   const struct weir_text_fault *fault, struct weir_error *err)
{
    const char *path = cursor->base.input->path;
    const unsigned long long number = line_number(cursor, lines->line);
    if (lines->n == 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s:%llu: expected %zu fields, but found an empty line", path, number,
                              cursor->table.n_fields);
    if (fault->n_fields != 0)
        return weir_error_set(err, WEIR_FORMAT, "%s:%llu: expected %zu fields, but found %zu", path,
                              number, cursor->table.n_fields, fault->n_fields);
    const struct weir_text_field *field = &cursor->table.field[fault->field];
    char shown[WEIR_TEXT_SHOWN_CAPACITY];
    weir_text_show(fault->text, fault->n_text, shown);
    return weir_error_set(
        err, WEIR_FORMAT,
        "%s:%llu: field %s: expected a whole number from 0 to %llu, but found %s%s%s", path, number,
        field->name, (unsigned long long)field->most, fault->n_text > 0 ? "\"" : "nothing", shown,
        fault->n_text > 0 ? "\"" : "");
}

static enum weir_status too_long_error(const struct weir_text_cursor *cursor,
                                       const unsigned char *line, struct weir_error *err)
{
    return weir_error_set(err, WEIR_FORMAT, "%s:%llu: line longer than %zu bytes",
                          cursor->base.input->path, (unsigned long long)line_number(cursor, line),
                          WEIR_TEXT_LINE_MAX);
}

/* Length of the line at `line`, of which `newline` is the end. */
static size_t line_length(const unsigned char *line, const unsigned char *newline)
{
    const size_t n = (size_t)(newline - line);
    return n > 0 && newline[-1] == '\r' ? n - 1 : n;
}

/* Finds the line at `at` and, as far as it is known, the one behind it; returns the latter. */
static const unsigned char *split_line(const struct weir_text_cursor *cursor,
                                       const unsigned char *at, struct weir_text_lines *lines)
{
    const unsigned char *newline = memchr(at, '\n', (size_t)(cursor->end - at));
    *lines = (struct weir_text_lines){.line = at, .n = line_length(at, newline)};
    const unsigned char *const next = newline + 1;
    if (next < cursor->ahead_end) {
        const size_t left = (size_t)(cursor->ahead_end - next);
        const unsigned char *stop =
            memchr(next, '\n', left < WEIR_TEXT_LINE_MAX ? left : WEIR_TEXT_LINE_MAX);
        lines->next = next;
        lines->n_next = line_length(next, stop != NULL ? stop : next + left);
    }
    return next;
}

/* Keeps a bad line for the rejects. */
static enum weir_status reject_line(struct weir_text_cursor *cursor, const unsigned char *line,
                                    size_t n, struct weir_error *err)
{
    struct weir_input *input = cursor->base.input;
    const size_t used = cursor->base.n_reject_bytes;
    if (cursor->rejected_capacity - used < n + 1) {
        const size_t capacity = 2 * cursor->rejected_capacity + n + 1;
        char *rejected = weir_mem_resize(input->mem, cursor->rejected, capacity);
        if (rejected == NULL)
            return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", input->path);
        cursor->rejected = rejected;
        cursor->rejected_capacity = capacity;
    }
    memcpy(cursor->rejected + used, line, n);
    cursor->rejected[used + n] = '\n';
    cursor->base.rejects = cursor->rejected;
    cursor->base.n_reject_bytes = used + n + 1;
    cursor->base.losses.rejected_lines++;
    return WEIR_OK;
}

/* Parses the line at *at and goes on to the next one. */
static enum weir_status parse_line(struct weir_text_cursor *cursor, const unsigned char **at,
                                   size_t *row, struct weir_error *err)
{
    const struct weir_text_format *text = text_input(cursor->base.input)->text;
    struct weir_text_lines lines;
    const unsigned char *const next = split_line(cursor, *at, &lines);
    if (lines.n > WEIR_TEXT_LINE_MAX)
        return too_long_error(cursor, *at, err);
    *at = next;
    if (text->drop != NULL && text->drop(cursor, &lines, NULL))
        return WEIR_OK;
    uint64_t values[WEIR_TEXT_FIELDS_MAX];
    struct weir_text_fault fault;
    if (!weir_text_line(&cursor->table, lines.line, lines.n, values, &fault))
        return text_input(cursor->base.input)->rejects
                   ? reject_line(cursor, lines.line, lines.n, err)
                   : line_error(cursor, &lines, &fault, err);
    if (text->drop != NULL && text->drop(cursor, &lines, values))
        return WEIR_OK;
    if (*row >= cursor->capacity)
        return weir_error_set(err, WEIR_INTERNAL, "%s: more lines than bytes allow",
                              cursor->base.input->path);
    weir_text_store(&cursor->table, *row, values);
    if (text->finish != NULL)
        text->finish(cursor, *row, 1);
    ++*row;
    return WEIR_OK;
}

/* Parses as many lines as possible at a time; returns where it stopped. */
static const unsigned char *parse_rows(struct weir_text_cursor *cursor, const unsigned char *at,
                                       size_t *row)
{
    const struct weir_text_input *input = text_input(cursor->base.input);
    if ((size_t)(at - cursor->readable) < PAD)
        return at;
    size_t n_taken = 0;
    const size_t n = input->rows(&cursor->table, at, (size_t)(cursor->end - at), *row, &n_taken);
    if (n > 0 && input->text->finish != NULL)
        input->text->finish(cursor, *row, n);
    *row += n;
    return at + n_taken;
}

/* Parses the text of the block. *n_records counts good records whatever the status. */
static enum weir_status parse_text(struct weir_text_cursor *cursor, uint64_t *n_records,
                                   struct weir_error *err)
{
    cursor->base.n_reject_bytes = 0;
    if (cursor->bad_blank_line != 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s:%llu: expected %zu fields, but found an empty line",
                              cursor->base.input->path, (unsigned long long)cursor->bad_blank_line,
                              cursor->table.n_fields);
    enum weir_status status = WEIR_OK;
    const unsigned char *at = cursor->begin;
    size_t n_single = SINGLE_LINES_MIN;
    size_t row = 0;
    while (at < cursor->end && status == WEIR_OK) {
        const size_t row_before = row;
        at = parse_rows(cursor, at, &row);
        if (row - row_before >= SINGLE_LINES_MIN)
            n_single = SINGLE_LINES_MIN;
        else if (n_single < SINGLE_LINES_MAX)
            n_single *= 2;
        for (size_t i = 0; i < n_single && at < cursor->end && status == WEIR_OK; i++)
            status = parse_line(cursor, &at, &row, err);
    }
    *n_records = row;
    if (status == WEIR_OK && cursor->too_long)
        status = too_long_error(cursor, cursor->end, err);
    return status;
}

/* --- detection ------------------------------------------------------------------------------- */

const unsigned char *weir_text_probe_line(const struct weir_probe *probe, size_t *n, bool *is_whole)
{
    if (probe->is_directory || probe->n_bytes == 0)
        return NULL;
    const unsigned char *line = probe->bytes;
    const unsigned char *const end = probe->bytes + probe->n_bytes;
    while (line < end && (*line == '\n' || *line == '\r'))
        line++;
    if (line == end)
        return NULL;
    const unsigned char *newline = memchr(line, '\n', (size_t)(end - line));
    *is_whole = newline != NULL || probe->is_whole;
    *n = line_length(line, newline != NULL ? newline : end);
    return line;
}

size_t weir_text_count_numbers(const unsigned char *line, size_t n, unsigned char separator,
                               bool is_whole)
{
    size_t n_fields = 1;
    bool has_digit = false;
    for (size_t i = 0; i < n; i++) {
        if (line[i] == separator) {
            if (!has_digit)
                return 0;
            has_digit = false;
            n_fields++;
        } else if (line[i] >= '0' && line[i] <= '9') {
            has_digit = true;
        } else if (line[i] != ' ' && line[i] != '\t') {
            return 0;
        }
    }
    return has_digit || !is_whole ? n_fields : 0;
}
