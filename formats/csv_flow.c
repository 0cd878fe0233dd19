/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_flow: one record a line, 21 whole numbers separated by commas, no header. */
#include "field.h"
#include "number.h"
#include "output.h"
#include "text_input.h"

#include <string.h>

extern const struct weir_format weir_format_csv_flow;

/* --- reading --------------------------------------------------------------------------------- */

static bool csv_detect(const struct weir_probe *probe)
{
    size_t n = 0;
    bool is_whole = false;
    const unsigned char *line = weir_text_probe_line(probe, &n, &is_whole);
    if (line == NULL)
        return false;
    const size_t n_fields = weir_text_count_numbers(line, n, ',', is_whole);
    return is_whole ? n_fields == WEIR_N_FIELDS : n_fields > 1 && n_fields <= WEIR_N_FIELDS;
}

static void csv_set_table(struct weir_text_cursor *cursor)
{
    cursor->table.separator = ',';
    cursor->table.n_fields = WEIR_N_FIELDS;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        weir_text_set_field(cursor, (size_t)f, (enum weir_field)f);
}

static const struct weir_text_format csv_text = {
    .format = &weir_format_csv_flow,
    .line_bytes_min = 2 * WEIR_N_FIELDS,
    .set_table = csv_set_table,
};

static enum weir_status csv_open(const struct weir_open_request *request, struct weir_input **input,
                                 struct weir_error *err)
{
    return weir_text_open(&csv_text, request, WEIR_TEXT_BLOCK_BYTES, input, err);
}

/* --- writing --------------------------------------------------------------------------------- */

/* Records are formatted in three steps, some at a time, so that no step has a branch on digits. A
 * column's values are turned into tokens: digits with leading zeros, right-aligned before the
 * separator, four digits by one look-up. The length of each token without its leading zeros comes
 * from the position of the value's highest bit. Then a line is put together by copying from each
 * token's first own digit a fixed number of bytes, of which the next copy overwrites what is too
 * much.
 *
 * Half of the columns hardly ever change (address family, address words of IPv4, seconds): their
 * tokens stay as they are, which takes a record from 43 to 36 ns. */

#define ROWS        16 /* tokens of so many records stay in L1 */
#define TOKEN_BYTES 24 /* 20 digits, a sign, and the separator */
#define COPY_BYTES  16 /* covers all tokens but those of 15 digits and more */
#define ROW_BYTES   (WEIR_N_FIELDS * TOKEN_BYTES)

#define E4 10000U
#define E8 100000000U

/* Look-ups that all lanes share. */
struct csv_tables {
    uint32_t four_digits[10000]; /* the text of 0000 .. 9999, in memory order */
    uint64_t digit_step[32];     /* see count_digits_u32 */
};

struct csv_lane {
    char *text; /* the pending block */
    size_t n_bytes;
    size_t capacity;
    uint64_t n_records;
    uint64_t offset; /* its place in the file */
    char token[ROWS * ROW_BYTES + COPY_BYTES];
    uint8_t length[WEIR_N_FIELDS][ROWS]; /* of tokens, separator included */
    bool has_long;                       /* some token may be longer than COPY_BYTES */
    /* The first n_constant tokens of the field are those of the value `constant`. */
    uint8_t n_constant[WEIR_N_FIELDS];
    uint64_t constant[WEIR_N_FIELDS];
};

struct csv_writer {
    struct weir_writer base;
    struct weir_mem *mem;
    struct weir_output *output;
    struct csv_lane **lane;
    size_t n_lanes;
    struct csv_tables *tables;
};

static inline struct csv_writer *csv_writer(struct weir_writer *writer)
{
    return (struct csv_writer *)writer;
}

static inline size_t separator_bytes(size_t field)
{
    return field + 1 == WEIR_N_FIELDS ? 1 : 2;
}

/* Number of decimal digits: log10(2) = 1233/4096 gives it or one less. */
static inline uint8_t count_digits(uint64_t value)
{
    static const uint64_t power[20] = {
        0,
        10,
        100,
        1000,
        10000,
        100000,
        1000000,
        10000000,
        100000000,
        1000000000,
        10000000000,
        100000000000,
        1000000000000,
        10000000000000,
        100000000000000,
        1000000000000000,
        10000000000000000,
        100000000000000000,
        1000000000000000000,
        10000000000000000000U,
    };
    const unsigned guess = weir_number_bits_u64(value | 1) * 1233 >> 12;
    return (uint8_t)(guess + (value >= power[guess]));
}

/* The same for 32 bits in one addition: values of b + 1 bits have one of two lengths, and adding
 * digit_step[b] carries into the upper half just for the longer one. */
static inline uint8_t count_digits_u32(const struct csv_tables *tables, uint32_t value)
{
    return (uint8_t)((tables->digit_step[31 - __builtin_clz(value | 1)] + value) >> 32);
}

static void set_tables(struct csv_tables *tables)
{
    for (unsigned v = 0; v < E4; v++) {
        const char text[4] = {(char)('0' + v / 1000), (char)('0' + v / 100 % 10),
                              (char)('0' + v / 10 % 10), (char)('0' + v % 10)};
        memcpy(&tables->four_digits[v], text, sizeof text);
    }
    uint64_t n_digits = 1;
    uint64_t power = 10; /* the first value of one digit more */
    for (unsigned bit = 0; bit < 32; bit++) {
        const uint64_t least = (uint64_t)1 << bit;
        if (least >= power) {
            n_digits++;
            power *= 10;
        }
        const uint64_t carry = 2 * least > power ? ((uint64_t)1 << 32) - power : 0;
        tables->digit_step[bit] = (n_digits << 32) + carry;
    }
}

/* As put_tokens for values of at most 32 bits. */
static void put_tokens_u32(const struct csv_tables *tables, const uint64_t *value, size_t n,
                           uint64_t most, size_t field, struct csv_lane *lane)
{
    const uint32_t *const text = tables->four_digits;
    const unsigned n_separator = (unsigned)separator_bytes(field);
    char *end = lane->token + (field + 1) * TOKEN_BYTES - n_separator;
    uint8_t *length = lane->length[field];
    for (size_t i = 0; i < n; i++)
        length[i] = (uint8_t)(count_digits_u32(tables, (uint32_t)value[i]) + n_separator);
    if (most < E4) {
        for (size_t i = 0; i < n; i++)
            memcpy(end + i * ROW_BYTES - 4, &text[value[i]], 4);
        return;
    }
    if (most < E8) {
        for (size_t i = 0; i < n; i++) {
            const uint32_t v = (uint32_t)value[i];
            memcpy(end + i * ROW_BYTES - 8, &text[v / E4], 4);
            memcpy(end + i * ROW_BYTES - 4, &text[v % E4], 4);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t v = (uint32_t)value[i];
        const uint32_t high = v / E4;
        memcpy(end + i * ROW_BYTES - 12, &text[high / E4], 4);
        memcpy(end + i * ROW_BYTES - 8, &text[high % E4], 4);
        memcpy(end + i * ROW_BYTES - 4, &text[v % E4], 4);
    }
}

/* Makes the tokens of one column for rows 0 .. n - 1. */
static void put_tokens(const struct csv_tables *tables, const uint64_t *value, size_t n,
                       size_t field, struct csv_lane *lane)
{
    uint64_t all = 0; /* no smaller than the largest value */
    uint64_t differences = 0;
    for (size_t i = 0; i < n; i++) {
        all |= value[i];
        differences |= value[i] ^ value[0];
    }
    if (differences == 0 && n <= lane->n_constant[field] && value[0] == lane->constant[field]) {
        lane->has_long |= lane->length[field][0] > COPY_BYTES;
        return;
    }
    lane->n_constant[field] = differences == 0 ? (uint8_t)n : 0;
    lane->constant[field] = value[0];
    if (all <= UINT32_MAX) {
        put_tokens_u32(tables, value, n, all, field, lane);
        return;
    }
    const size_t n_separator = separator_bytes(field);
    char *const end = lane->token + (field + 1) * TOKEN_BYTES - n_separator;
    lane->has_long |= count_digits(all) + n_separator > COPY_BYTES;
    for (size_t i = 0; i < n; i++) {
        char *const at = end + i * ROW_BYTES;
        const uint64_t high = value[i] / E8;
        const uint32_t top = (uint32_t)(high / E8);
        const uint32_t middle = (uint32_t)(high % E8);
        const uint32_t low = (uint32_t)(value[i] % E8);
        lane->length[field][i] = (uint8_t)(count_digits(value[i]) + n_separator);
        memcpy(at - 20, &tables->four_digits[top], 4);
        memcpy(at - 16, &tables->four_digits[middle / E4], 4);
        memcpy(at - 12, &tables->four_digits[middle % E4], 4);
        memcpy(at - 8, &tables->four_digits[low / E4], 4);
        memcpy(at - 4, &tables->four_digits[low % E4], 4);
    }
}

/* As put_tokens for a column in which some value is negative or not whole. */
static enum weir_status put_signed_tokens(const struct weir_column *column, size_t begin, size_t n,
                                          size_t field, struct csv_lane *lane, size_t *bad,
                                          struct weir_error *err)
{
    const size_t n_separator = separator_bytes(field);
    char *end = lane->token + (field + 1) * TOKEN_BYTES - n_separator;
    lane->n_constant[field] = 0;
    for (size_t i = 0; i < n; i++, end += ROW_BYTES) {
        uint64_t value = 0;
        int64_t negative = 0;
        size_t none = 0;
        bool has_sign = false;
        if (!weir_column_load_u64(column, begin + i, 1, &value, NULL, &none)) {
            char text[WEIR_VALUE_CAPACITY];
            *bad = begin + i;
            if (!weir_column_load_i64(column, begin + i, 1, &negative, NULL, &none))
                return weir_error_set(err, WEIR_LIMIT,
                                      "field %s: expected a whole number of 64 bits, but found %s",
                                      weir_field_info((enum weir_field)field)->name,
                                      weir_column_value_text(column, begin + i, text));
            value = 0 - (uint64_t)negative;
            has_sign = true;
        }
        const size_t n_digits = count_digits(value);
        (void)weir_number_format_u64(end - n_digits, value);
        if (has_sign)
            end[-1 - (ptrdiff_t)n_digits] = '-';
        lane->length[field][i] = (uint8_t)(n_digits + has_sign + n_separator);
        lane->has_long |= lane->length[field][i] > COPY_BYTES;
    }
    return WEIR_OK;
}

/* Puts the tokens of n rows together at the end of the lane's text, which has room for them. */
static void join_tokens(struct csv_lane *lane, size_t n)
{
    char *out = lane->text + lane->n_bytes;
    for (size_t i = 0; i < n; i++) {
        const char *end = lane->token + i * ROW_BYTES;
        if (!lane->has_long) {
            for (size_t f = 0; f < WEIR_N_FIELDS; f++) {
                const size_t length = lane->length[f][i];
                end += TOKEN_BYTES;
                memcpy(out, end - length, COPY_BYTES);
                out += length;
            }
        } else {
            for (size_t f = 0; f < WEIR_N_FIELDS; f++) {
                const size_t length = lane->length[f][i];
                end += TOKEN_BYTES;
                memcpy(out, end - length, length);
                out += length;
            }
        }
    }
    lane->n_bytes = (size_t)(out - lane->text);
}

/* Makes room for `n` more bytes; capacities double, so that copying does not add up. */
static enum weir_status reserve(struct csv_writer *writer, struct csv_lane *lane, size_t n,
                                struct weir_error *err)
{
    if (lane->capacity - lane->n_bytes >= n)
        return WEIR_OK;
    const size_t capacity = 2 * lane->capacity + n;
    char *text = weir_mem_resize(writer->mem, lane->text, capacity);
    if (text == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory",
                              weir_output_name(writer->output));
    lane->text = text;
    lane->capacity = capacity;
    return WEIR_OK;
}

static enum weir_status csv_add(struct weir_writer *base, size_t lane_number,
                                const struct weir_batch *batch, size_t *bad, struct weir_error *err)
{
    struct csv_writer *writer = csv_writer(base);
    struct csv_lane *lane = writer->lane[lane_number];
    for (size_t begin = 0; begin < batch->n; begin += ROWS) {
        const size_t n = batch->n - begin < ROWS ? batch->n - begin : ROWS;
        enum weir_status status = reserve(writer, lane, n * ROW_BYTES + COPY_BYTES, err);
        lane->has_long = false;
        for (size_t f = 0; f < WEIR_N_FIELDS && status == WEIR_OK; f++) {
            uint64_t own[ROWS];
            const uint64_t *value = own;
            size_t at = 0;
            if (weir_column_load_u64(&batch->field[f], begin, n, own, &value, &at))
                put_tokens(writer->tables, value, n, f, lane);
            else
                status = put_signed_tokens(&batch->field[f], begin, n, f, lane, bad, err);
        }
        if (status != WEIR_OK)
            return status;
        join_tokens(lane, n);
        lane->n_records += n;
    }
    return WEIR_OK;
}

static enum weir_status csv_place(struct weir_writer *base, size_t lane_number,
                                  struct weir_error *err)
{
    struct csv_writer *writer = csv_writer(base);
    struct csv_lane *lane = writer->lane[lane_number];
    lane->offset = base->n_bytes;
    base->n_bytes += lane->n_bytes;
    base->n_records += lane->n_records;
    lane->n_records = 0;
    if (!weir_output_is_stream(writer->output))
        return WEIR_OK;
    const size_t n = lane->n_bytes;
    lane->n_bytes = 0;
    return weir_output_write(writer->output, lane->text, n, err);
}

static enum weir_status csv_put(struct weir_writer *base, size_t lane_number,
                                struct weir_error *err)
{
    struct csv_writer *writer = csv_writer(base);
    struct csv_lane *lane = writer->lane[lane_number];
    const size_t n = lane->n_bytes;
    lane->n_bytes = 0;
    if (n == 0)
        return WEIR_OK;
    return weir_output_write_at(writer->output, lane->text, n, lane->offset, err);
}

static void free_writer(struct csv_writer *writer)
{
    struct weir_mem *mem = writer->mem;
    for (size_t i = 0; i < writer->n_lanes && writer->lane != NULL; i++)
        if (writer->lane[i] != NULL) {
            weir_mem_free(mem, writer->lane[i]->text);
            weir_mem_free(mem, writer->lane[i]);
        }
    weir_mem_free(mem, writer->lane);
    weir_mem_free(mem, writer->tables);
    weir_mem_free(mem, writer);
}

static void csv_discard(struct weir_writer *base)
{
    if (base == NULL)
        return;
    weir_output_discard(csv_writer(base)->output);
    free_writer(csv_writer(base));
}

static enum weir_status csv_commit(struct weir_writer *base, struct weir_error *err)
{
    const enum weir_status status = weir_output_commit(csv_writer(base)->output, err);
    free_writer(csv_writer(base));
    return status;
}

/* A lane whose tokens already have their separators. */
static struct csv_lane *new_lane(struct weir_mem *mem)
{
    struct csv_lane *lane = weir_mem_zalloc(mem, 1, sizeof *lane);
    for (size_t t = 0; t < ROWS * WEIR_N_FIELDS && lane != NULL; t++) {
        const size_t n_separator = separator_bytes(t % WEIR_N_FIELDS);
        memcpy(lane->token + (t + 1) * TOKEN_BYTES - n_separator, n_separator == 1 ? "\n" : ", ",
               n_separator);
    }
    return lane;
}

static bool allocate(struct csv_writer *writer, size_t n_lanes)
{
    writer->n_lanes = n_lanes;
    writer->tables = weir_mem_alloc(writer->mem, sizeof *writer->tables);
    writer->lane = weir_mem_zalloc(writer->mem, n_lanes, sizeof(struct csv_lane *));
    if (writer->tables == NULL || writer->lane == NULL)
        return false;
    set_tables(writer->tables);
    for (size_t i = 0; i < n_lanes; i++) {
        writer->lane[i] = new_lane(writer->mem);
        if (writer->lane[i] == NULL)
            return false;
    }
    return true;
}

static enum weir_status csv_create(const struct weir_create_request *request,
                                   struct weir_writer **writer, struct weir_error *err)
{
    *writer = NULL;
    const weir_fields missing = WEIR_FIELDS_ALL & ~weir_schema_fields(request->schema);
    if (missing != 0) {
        char names[256];
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: csv_flow has all 21 fields, but the records lack %s",
                              request->path, weir_field_names(missing, names, sizeof names));
    }
    struct csv_writer *made = weir_mem_zalloc(request->mem, 1, sizeof *made);
    if (made == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", request->path);
    made->base.format = &weir_format_csv_flow;
    made->mem = request->mem;
    enum weir_status status = WEIR_OK;
    if (!allocate(made, request->n_lanes))
        status = weir_error_set(err, WEIR_MEMORY, "%s: out of memory", request->path);
    else
        status = weir_output_create(request->path, request->sync, request->mem, &made->output, err);
    if (status != WEIR_OK) {
        free_writer(made);
        return status;
    }
    *writer = &made->base;
    return WEIR_OK;
}

static enum weir_status csv_describe(const struct weir_input *input, weir_fact_sink *sink,
                                     void *context, struct weir_error *err)
{
    (void)err;
    (void)input;
    sink(context, "fields", "21");
    sink(context, "separator", "comma");
    return WEIR_OK;
}

const struct weir_format weir_format_csv_flow = {
    .name = "csv_flow",
    .summary = "text, one record a line: 21 whole numbers separated by commas",
    .needs = WEIR_FIELDS_ALL,
    .detect = csv_detect,
    .open = csv_open,
    .close = weir_text_close,
    .cursor_new = weir_text_cursor_new,
    .cursor_free = weir_text_cursor_free,
    .cursor_load = weir_text_cursor_load,
    .cursor_parse = weir_text_cursor_parse,
    .cursor_view = weir_text_cursor_view,
    .describe = csv_describe,
    .create = csv_create,
    .add = csv_add,
    .place = csv_place,
    .put = csv_put,
    .commit = csv_commit,
    .discard = csv_discard,
};
