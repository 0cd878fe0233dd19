/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records to lines of decimal numbers, many at a time. */
#include "text_output.h"

#include "field.h"
#include "number.h"

#include <string.h>

/* Records are formatted in three steps, some at a time, so that no step has a branch on digits. A
 * column's values are turned into tokens: digits with leading zeros, right-aligned before the
 * separator, four digits by one look-up. The length of each token without its leading zeros comes
 * from the position of the value's highest bit. Then a line is put together by copying from each
 * token's first own digit a fixed number of bytes, of which the next copy overwrites what is too
 * much.
 *
 * Half of the columns hardly ever change (address family, address words of IPv4, seconds): their
 * tokens stay as they are, which takes a record of csv_flow from 43 to 36 ns. */

#define ROWS        16 /* tokens of so many records stay in L1 */
#define TOKEN_BYTES 24 /* 20 digits, a sign, and the separator */
#define COPY_BYTES  16 /* covers all tokens but those of 15 digits and more */
#define ROW_BYTES   (WEIR_TEXT_FIELDS_MAX * TOKEN_BYTES) /* one stride for all formats */

#define E4 10000U
#define E8 100000000U

/* Look-ups that all lanes share. */
struct weir_text_digits {
    uint32_t four_digits[10000]; /* the text of 0000 .. 9999, in memory order */
    uint64_t digit_step[32];     /* see count_digits_u32 */
};

struct weir_text_lane {
    const struct weir_text_layout *layout;
    char *text; /* the pending block */
    size_t n_bytes;
    size_t capacity;
    uint64_t n_records;
    uint64_t offset; /* its place in the file */
    char token[ROWS * ROW_BYTES + COPY_BYTES];
    uint8_t length[WEIR_TEXT_FIELDS_MAX][ROWS]; /* of tokens, separator included */
    bool has_long;                              /* some token may be longer than COPY_BYTES */
    /* The first n_constant tokens of the field are those of the value `constant`. */
    uint8_t n_constant[WEIR_TEXT_FIELDS_MAX];
    uint64_t constant[WEIR_TEXT_FIELDS_MAX];
};

static inline struct weir_text_writer *text_writer(struct weir_writer *writer)
{
    return (struct weir_text_writer *)writer;
}

static inline size_t separator_bytes(const struct weir_text_layout *layout, size_t field)
{
    return field + 1 == layout->n_fields ? 1 : layout->n_separator;
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
static inline uint8_t count_digits_u32(const struct weir_text_digits *digits, uint32_t value)
{
    return (uint8_t)((digits->digit_step[31 - __builtin_clz(value | 1)] + value) >> 32);
}

static void set_digits(struct weir_text_digits *digits)
{
    for (unsigned v = 0; v < E4; v++) {
        const char text[4] = {(char)('0' + v / 1000), (char)('0' + v / 100 % 10),
                              (char)('0' + v / 10 % 10), (char)('0' + v % 10)};
        memcpy(&digits->four_digits[v], text, sizeof text);
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
        digits->digit_step[bit] = (n_digits << 32) + carry;
    }
}

/* As put_tokens for values of at most 32 bits. */
static void put_tokens_u32(const struct weir_text_digits *digits, const uint64_t *value, size_t n,
                           uint64_t most, size_t field, struct weir_text_lane *lane)
{
    const uint32_t *const text = digits->four_digits;
    const unsigned n_separator = (unsigned)separator_bytes(lane->layout, field);
    char *end = lane->token + (field + 1) * TOKEN_BYTES - n_separator;
    uint8_t *length = lane->length[field];
    for (size_t i = 0; i < n; i++)
        length[i] = (uint8_t)(count_digits_u32(digits, (uint32_t)value[i]) + n_separator);
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
static void put_tokens(const struct weir_text_digits *digits, const uint64_t *value, size_t n,
                       size_t field, struct weir_text_lane *lane)
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
        put_tokens_u32(digits, value, n, all, field, lane);
        return;
    }
    const size_t n_separator = separator_bytes(lane->layout, field);
    char *const end = lane->token + (field + 1) * TOKEN_BYTES - n_separator;
    lane->has_long |= count_digits(all) + n_separator > COPY_BYTES;
    for (size_t i = 0; i < n; i++) {
        char *const at = end + i * ROW_BYTES;
        const uint64_t high = value[i] / E8;
        const uint32_t top = (uint32_t)(high / E8);
        const uint32_t middle = (uint32_t)(high % E8);
        const uint32_t low = (uint32_t)(value[i] % E8);
        lane->length[field][i] = (uint8_t)(count_digits(value[i]) + n_separator);
        memcpy(at - 20, &digits->four_digits[top], 4);
        memcpy(at - 16, &digits->four_digits[middle / E4], 4);
        memcpy(at - 12, &digits->four_digits[middle % E4], 4);
        memcpy(at - 8, &digits->four_digits[low / E4], 4);
        memcpy(at - 4, &digits->four_digits[low % E4], 4);
    }
}

/* As put_tokens for a column in which some value is negative or not whole. */
static enum weir_status put_signed_tokens(const struct weir_column *column, size_t begin, size_t n,
                                          size_t field, struct weir_text_lane *lane, size_t *bad,
                                          struct weir_error *err)
{
    const size_t n_separator = separator_bytes(lane->layout, field);
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
            if (lane->layout->is_unsigned)
                return weir_error_set(err, WEIR_LIMIT,
                                      "field %s: expected a whole number from 0 to 2^64 - 1, but "
                                      "found %s",
                                      lane->layout->name[field],
                                      weir_column_value_text(column, begin + i, text));
            if (!weir_column_load_i64(column, begin + i, 1, &negative, NULL, &none))
                return weir_error_set(
                    err, WEIR_LIMIT, "field %s: expected a whole number of 64 bits, but found %s",
                    lane->layout->name[field], weir_column_value_text(column, begin + i, text));
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

/* Puts the tokens of n rows together at the end of the lane's text, which has room for them. What
 * is written may be anything for all that the compiler knows, so bounds are taken out of the lane.
 */
static void join_tokens(struct weir_text_lane *lane, size_t n)
{
    const size_t n_fields = lane->layout->n_fields;
    const bool has_long = lane->has_long;
    char *out = lane->text + lane->n_bytes;
    for (size_t i = 0; i < n; i++) {
        const char *end = lane->token + i * ROW_BYTES;
        if (!has_long) {
            for (size_t f = 0; f < n_fields; f++) {
                const size_t length = lane->length[f][i];
                end += TOKEN_BYTES;
                memcpy(out, end - length, COPY_BYTES);
                out += length;
            }
        } else {
            for (size_t f = 0; f < n_fields; f++) {
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
static enum weir_status reserve(struct weir_text_writer *writer, struct weir_text_lane *lane,
                                size_t n, struct weir_error *err)
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

enum weir_status weir_text_writer_add(struct weir_text_writer *writer, size_t lane_number,
                                      const struct weir_column *columns, size_t n, size_t *bad,
                                      struct weir_error *err)
{
    struct weir_text_lane *lane = writer->lane[lane_number];
    const size_t n_fields = lane->layout->n_fields;
    for (size_t begin = 0; begin < n; begin += ROWS) {
        const size_t n_rows = n - begin < ROWS ? n - begin : ROWS;
        enum weir_status status = reserve(writer, lane, n_rows * ROW_BYTES + COPY_BYTES, err);
        lane->has_long = false;
        for (size_t f = 0; f < n_fields && status == WEIR_OK; f++) {
            uint64_t own[ROWS];
            const uint64_t *value = own;
            size_t at = 0;
            if (weir_column_load_u64(&columns[f], begin, n_rows, own, &value, &at))
                put_tokens(writer->digits, value, n_rows, f, lane);
            else
                status = put_signed_tokens(&columns[f], begin, n_rows, f, lane, bad, err);
        }
        if (status != WEIR_OK)
            return status;
        join_tokens(lane, n_rows);
        lane->n_records += n_rows;
    }
    return WEIR_OK;
}

enum weir_status weir_text_writer_place(struct weir_writer *base, size_t lane_number,
                                        struct weir_error *err)
{
    struct weir_text_writer *writer = text_writer(base);
    struct weir_text_lane *lane = writer->lane[lane_number];
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

enum weir_status weir_text_writer_put(struct weir_writer *base, size_t lane_number,
                                      struct weir_error *err)
{
    struct weir_text_writer *writer = text_writer(base);
    struct weir_text_lane *lane = writer->lane[lane_number];
    const size_t n = lane->n_bytes;
    lane->n_bytes = 0;
    if (n == 0)
        return WEIR_OK;
    return weir_output_write_at(writer->output, lane->text, n, lane->offset, err);
}

static void free_writer(struct weir_text_writer *writer)
{
    struct weir_mem *mem = writer->mem;
    for (size_t i = 0; i < writer->n_lanes && writer->lane != NULL; i++)
        if (writer->lane[i] != NULL) {
            weir_mem_free(mem, writer->lane[i]->text);
            weir_mem_free(mem, writer->lane[i]);
        }
    weir_mem_free(mem, writer->lane);
    weir_mem_free(mem, writer->digits);
    weir_mem_free(mem, writer);
}

void weir_text_writer_discard(struct weir_writer *base)
{
    if (base == NULL)
        return;
    weir_output_discard(text_writer(base)->output);
    free_writer(text_writer(base));
}

enum weir_status weir_text_writer_commit(struct weir_writer *base, struct weir_error *err)
{
    const enum weir_status status = weir_output_commit(text_writer(base)->output, err);
    free_writer(text_writer(base));
    return status;
}

/* A lane whose tokens already have their separators. */
static struct weir_text_lane *new_lane(const struct weir_text_layout *layout, struct weir_mem *mem)
{
    struct weir_text_lane *lane = weir_mem_zalloc(mem, 1, sizeof *lane);
    if (lane == NULL)
        return NULL;
    lane->layout = layout;
    for (size_t row = 0; row < ROWS; row++)
        for (size_t f = 0; f < layout->n_fields; f++) {
            const size_t n_separator = separator_bytes(layout, f);
            memcpy(lane->token + row * ROW_BYTES + (f + 1) * TOKEN_BYTES - n_separator,
                   f + 1 == layout->n_fields ? "\n" : layout->separator, n_separator);
        }
    return lane;
}

static bool allocate(struct weir_text_writer *writer, const struct weir_text_layout *layout,
                     size_t n_lanes)
{
    writer->n_lanes = n_lanes;
    writer->digits = weir_mem_alloc(writer->mem, sizeof *writer->digits);
    writer->lane = weir_mem_zalloc(writer->mem, n_lanes, sizeof(struct weir_text_lane *));
    if (writer->digits == NULL || writer->lane == NULL)
        return false;
    set_digits(writer->digits);
    for (size_t i = 0; i < n_lanes; i++) {
        writer->lane[i] = new_lane(layout, writer->mem);
        if (writer->lane[i] == NULL)
            return false;
    }
    return true;
}

enum weir_status weir_text_writer_create(const struct weir_text_layout *layout, size_t writer_bytes,
                                         const struct weir_create_request *request,
                                         struct weir_text_writer **writer, struct weir_error *err)
{
    *writer = NULL;
    const struct weir_format *format = layout->format;
    const weir_fields missing = format->needs & ~weir_schema_fields(request->schema);
    if (missing != 0) {
        char names[256];
        return weir_error_set(err, WEIR_FORMAT, "%s: %s has %s fields, but the records lack %s",
                              request->path, format->name,
                              format->needs == WEIR_FIELDS_ALL ? "all 21" : "20",
                              weir_field_names(missing, names, sizeof names));
    }
    struct weir_text_writer *made = weir_mem_zalloc(request->mem, 1, writer_bytes);
    if (made == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", request->path);
    made->base.format = format;
    made->mem = request->mem;
    enum weir_status status = WEIR_OK;
    if (!allocate(made, layout, request->n_lanes))
        status = weir_error_set(err, WEIR_MEMORY, "%s: out of memory", request->path);
    else
        status = weir_output_create(request->path, request->sync, request->mem, &made->output, err);
    if (status != WEIR_OK) {
        free_writer(made);
        return status;
    }
    *writer = made;
    return WEIR_OK;
}
