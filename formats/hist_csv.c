/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_hist: finished histograms as text. */
#include "hist_csv.h"

#include "text_input.h"
#include "whole_text.h"

#include <string.h>

#define N_FIXED    3 /* sums that every histogram has */
#define FIELDS_MAX (2 + WEIR_HIST_COLUMNS_MAX)

#define WRITE_BYTES 16384

/* Every sum there is, in the order of the first three. Names of a histogram point here. */
static const char *const known_columns[] = {"flows",    "packets", "octets",
                                            "duration", "rate",    "aggs"};
#define N_KNOWN (sizeof known_columns / sizeof *known_columns)

static const char header_begin[] = "bin_lo,bin_hi,flows_sum,packets_sum,octets_sum";

bool weir_hist_csv_detect(const char *text, size_t n)
{
    return n >= sizeof header_begin - 1 && memcmp(text, header_begin, sizeof header_begin - 1) == 0;
}

/* --- writing --------------------------------------------------------------------------------- */

/* Text on its way to an output. */
struct csv_buffer {
    struct weir_output *output;
    size_t n;
    char text[WRITE_BYTES];
};

static enum weir_status flush(struct csv_buffer *buffer, struct weir_error *err)
{
    const size_t n = buffer->n;
    buffer->n = 0;
    return n == 0 ? WEIR_OK : weir_output_write(buffer->output, buffer->text, n, err);
}

/* Appends a number; the buffer has room for it. */
static void put_number(struct csv_buffer *buffer, weir_u128 value)
{
    char *out = buffer->text + buffer->n;
    buffer->n += value <= UINT64_MAX ? weir_number_format_u64(out, (uint64_t)value)
                                     : weir_number_format_u128(out, value);
}

/* Appends text; the buffer has room for it. */
static void put_text(struct csv_buffer *buffer, const char *text)
{
    const size_t n = strlen(text);
    memcpy(buffer->text + buffer->n, text, n);
    buffer->n += n;
}

static void put_header(struct csv_buffer *buffer, const struct weir_hist *hist)
{
    put_text(buffer, "bin_lo,bin_hi");
    for (size_t c = 0; c < hist->n_columns; c++) {
        put_text(buffer, ",");
        put_text(buffer, hist->column_name[c]);
        put_text(buffer, "_sum");
    }
    buffer->text[buffer->n++] = '\n';
}

/* Writes what the buffer holds, and the lines of all bins behind it. */
static enum weir_status write_bins(struct csv_buffer *buffer, const struct weir_hist *hist,
                                   struct weir_error *err)
{
    const size_t line_bytes_max = FIELDS_MAX * WEIR_NUMBER_CAPACITY;
    for (size_t bin = 0; bin < hist->n_bins; bin++) {
        if (sizeof buffer->text - buffer->n < line_bytes_max) {
            const enum weir_status status = flush(buffer, err);
            if (status != WEIR_OK)
                return status;
        }
        put_number(buffer, hist->bin_lo[bin]);
        buffer->text[buffer->n++] = ',';
        put_number(buffer, hist->bin_hi[bin]);
        for (size_t c = 0; c < hist->n_columns; c++) {
            buffer->text[buffer->n++] = ',';
            put_number(buffer, hist->sum[bin * hist->n_columns + c]);
        }
        buffer->text[buffer->n++] = '\n';
    }
    return flush(buffer, err);
}

enum weir_status weir_hist_csv_write(const struct weir_hist *hist, struct weir_output *output,
                                     struct weir_error *err)
{
    struct csv_buffer buffer;
    buffer.output = output;
    buffer.n = 0;
    put_header(&buffer, hist);
    return write_bins(&buffer, hist, err);
}

enum weir_status weir_hist_csv_write_bins(const struct weir_hist *hist, struct weir_output *output,
                                          struct weir_error *err)
{
    struct csv_buffer buffer;
    buffer.output = output;
    buffer.n = 0;
    return write_bins(&buffer, hist, err);
}

/* --- reading --------------------------------------------------------------------------------- */

/* A text being read, line by line and field by field. */
struct csv_reader {
    const char *path;
    const char *at;
    const char *end;
    size_t line_number;
    const char *line;
    size_t n_line; /* without the line end */
};

/* Goes on to the next line; false at the end. */
static bool next_line(struct csv_reader *reader)
{
    if (reader->at == reader->end)
        return false;
    const size_t left = (size_t)(reader->end - reader->at);
    const char *newline = memchr(reader->at, '\n', left);
    reader->line = reader->at;
    reader->n_line = newline != NULL ? (size_t)(newline - reader->at) : left;
    reader->at = newline != NULL ? newline + 1 : reader->end;
    if (reader->n_line > 0 && reader->line[reader->n_line - 1] == '\r')
        reader->n_line--;
    reader->line_number++;
    return true;
}

/* Splits the line at its commas; returns the number of fields, which may be more than FIELDS_MAX
 * (those are not stored). */
static size_t split_line(const struct csv_reader *reader, const char *field[FIELDS_MAX],
                         size_t length[FIELDS_MAX])
{
    const char *at = reader->line;
    const char *const end = reader->line + reader->n_line;
    size_t n_fields = 0;
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        if (n_fields < FIELDS_MAX) {
            field[n_fields] = at;
            length[n_fields] = (size_t)(stop - at);
        }
        n_fields++;
        if (comma == NULL)
            return n_fields;
        at = comma + 1;
    }
}

/* Finds the name of a sum in "NAME_sum"; NULL when there is no such sum. */
static const char *find_column(const char *text, size_t n)
{
    static const char suffix[] = "_sum";
    const size_t n_suffix = sizeof suffix - 1;
    if (n < n_suffix || memcmp(text + n - n_suffix, suffix, n_suffix) != 0)
        return NULL;
    for (size_t k = 0; k < N_KNOWN; k++)
        if (strlen(known_columns[k]) == n - n_suffix &&
            memcmp(known_columns[k], text, n - n_suffix) == 0)
            return known_columns[k];
    return NULL;
}

static enum weir_status read_header(struct csv_reader *reader, struct weir_hist *hist,
                                    struct weir_error *err)
{
    char shown[WEIR_TEXT_SHOWN_CAPACITY];
    const char *field[FIELDS_MAX];
    size_t length[FIELDS_MAX];
    if (!next_line(reader))
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected the header \"%s\", but found an empty file",
                              reader->path, header_begin);
    const size_t n_fields = split_line(reader, field, length);
    const bool begins = weir_hist_csv_detect(reader->line, reader->n_line);
    if (!begins || n_fields < 2 + N_FIXED || length[1 + N_FIXED] != strlen("octets_sum"))
        return weir_error_set(err, WEIR_FORMAT,
                              "%s:1: expected the header \"%s\", but found \"%s\"", reader->path,
                              header_begin, weir_text_show(reader->line, reader->n_line, shown));
    if (n_fields > FIELDS_MAX)
        return weir_error_set(err, WEIR_FORMAT, "%s:1: expected at most %d sums, but found %zu",
                              reader->path, WEIR_HIST_COLUMNS_MAX, n_fields - 2);
    hist->n_columns = n_fields - 2;
    for (size_t c = 0; c < hist->n_columns; c++) {
        const char *name = find_column(field[2 + c], length[2 + c]);
        for (size_t other = 0; other < c && name != NULL; other++)
            if (hist->column_name[other] == name)
                name = NULL;
        if (name == NULL)
            return weir_error_set(err, WEIR_FORMAT,
                                  "%s:1: expected duration_sum, rate_sum or aggs_sum, each once, "
                                  "but found \"%s\"",
                                  reader->path, weir_text_show(field[2 + c], length[2 + c], shown));
        hist->column_name[c] = name;
    }
    return WEIR_OK;
}

/* Reads the fields of a bin's line as numbers. */
static enum weir_status read_numbers(const struct csv_reader *reader, size_t n_wanted,
                                     weir_u128 *number, struct weir_error *err)
{
    const char *field[FIELDS_MAX];
    size_t length[FIELDS_MAX];
    const size_t n_fields = split_line(reader, field, length);
    if (reader->n_line == 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s:%zu: expected %zu fields, but found an empty line", reader->path,
                              reader->line_number, n_wanted);
    if (n_fields != n_wanted)
        return weir_error_set(err, WEIR_FORMAT, "%s:%zu: expected %zu fields, but found %zu",
                              reader->path, reader->line_number, n_wanted, n_fields);
    for (size_t f = 0; f < n_fields; f++)
        if (!weir_number_parse_u128(field[f], length[f], &number[f])) {
            char shown[WEIR_TEXT_SHOWN_CAPACITY];
            return weir_error_set(err, WEIR_FORMAT,
                                  "%s:%zu: field %zu: expected a whole number below 2^128, but "
                                  "found \"%s\"",
                                  reader->path, reader->line_number, f + 1,
                                  weir_text_show(field[f], length[f], shown));
        }
    return WEIR_OK;
}

/* Checks that [lo, hi) is a bin that may follow the last one of the histogram. */
static enum weir_status check_bin(const struct csv_reader *reader, const struct weir_hist *hist,
                                  const weir_u128 *number, struct weir_error *err)
{
    char lo[WEIR_NUMBER_CAPACITY];
    char edge[WEIR_NUMBER_CAPACITY];
    weir_number_text_u128(lo, number[0]);
    if (number[0] >= number[1])
        return weir_error_set(err, WEIR_FORMAT,
                              "%s:%zu: expected bin_hi above bin_lo %s, but found %s", reader->path,
                              reader->line_number, lo, weir_number_text_u128(edge, number[1]));
    if (hist->n_bins > 0 && number[0] < hist->bin_hi[hist->n_bins - 1])
        return weir_error_set(
            err, WEIR_FORMAT,
            "%s:%zu: expected bins in ascending order without overlap, but found bin_lo %s behind "
            "bin_hi %s",
            reader->path, reader->line_number, lo,
            weir_number_text_u128(edge, hist->bin_hi[hist->n_bins - 1]));
    if (number[2] == 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s:%zu: expected a bin with flows, but found flows_sum 0",
                              reader->path, reader->line_number);
    return WEIR_OK;
}

static enum weir_status read_bin(const struct csv_reader *reader, struct weir_hist *hist,
                                 struct weir_error *err)
{
    weir_u128 number[FIELDS_MAX];
    enum weir_status status = read_numbers(reader, 2 + hist->n_columns, number, err);
    if (status == WEIR_OK)
        status = check_bin(reader, hist, number, err);
    if (status == WEIR_OK)
        status = weir_hist_reserve(hist, hist->n_bins + 1, err);
    if (status != WEIR_OK)
        return status;
    const size_t bin = hist->n_bins;
    hist->bin_lo[bin] = number[0];
    hist->bin_hi[bin] = number[1];
    memcpy(hist->sum + bin * hist->n_columns, number + 2, hist->n_columns * sizeof *number);
    hist->n_bins++;
    return WEIR_OK;
}

enum weir_status weir_hist_csv_parse(const char *path, const char *text, size_t n,
                                     struct weir_hist *hist, struct weir_error *err)
{
    n = weir_text_without_blank_end((const unsigned char *)text, n);
    struct csv_reader reader = {.path = path, .at = text, .end = text + n};
    enum weir_status status = read_header(&reader, hist, err);
    while (status == WEIR_OK && next_line(&reader))
        status = read_bin(&reader, hist, err);
    return status;
}

enum weir_status weir_hist_csv_read(const char *path, struct weir_hist *hist,
                                    struct weir_error *err)
{
    struct weir_whole_text text;
    enum weir_status status = weir_whole_text_open(path, "a histogram", hist->mem, &text, err);
    if (status == WEIR_OK)
        status = weir_hist_csv_parse(text.path, text.data, text.n, hist, err);
    weir_whole_text_close(&text);
    return status;
}
