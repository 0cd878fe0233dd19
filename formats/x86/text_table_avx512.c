/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of decimal numbers to columns, eight lines at a time with AVX-512.
 *
 * First the places of all separators and newlines of some 64 lines are written to an index: one
 * comparison and one compression of byte numbers per 64 bytes. The same masks prove that the text
 * is regular: nothing but digits, separators, newlines, and single blanks behind a separator, and
 * no empty field. Then each field is taken for eight lines together: the eight bytes that end at
 * its separator are loaded for each line, what belongs to the field before is shifted out, and
 * three multiplications turn digits into numbers. Only fields of eight digits and more look at the
 * eight bytes before. The results of a field lie side by side: one store puts them into the column.
 */
#include "text_table.h"

#include <immintrin.h>
#include <string.h>

#define GROUP       8  /* lines per conversion: 64-bit lanes of a register */
#define ROWS_MAX    64 /* lines per index: 6 KB of it */
#define INDEX_ROOM  (ROWS_MAX * WEIR_TEXT_FIELDS_MAX + 64 + 16)
#define WINDOW_BITS 64

/* Places of separators, relative to the text. place[0] is the one before the text; field j of the
 * whole text ends at place[j + 1]. */
struct index {
    uint32_t place[1 + INDEX_ROOM];
    size_t n;          /* separators and newlines found */
    size_t n_newlines; /* of them */
};

/* What the masks of one 64-byte block must know of the byte before it. */
struct carry {
    uint64_t separator; /* bit 0: it was a separator */
    uint64_t any;       /* bit 0: it was a separator, newline or blank */
};

/* Appends the bit numbers of `mask`, plus `base`, to the index. */
static inline void append(struct index *index, uint64_t mask, uint32_t base)
{
    const __m512i iota = _mm512_set_epi64(
        0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928, 0x2726252423222120,
        0x1f1e1d1c1b1a1918, 0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
    const __m512i offset = _mm512_set1_epi32((int)base);
    const __m512i found = _mm512_maskz_compress_epi8(mask, iota);
    uint32_t *out = index->place + 1 + index->n;
    const int n = __builtin_popcountll(mask);
    _mm512_storeu_si512(
        out, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(found)), offset));
    if (__builtin_expect(n > 16, 0)) {
        _mm512_storeu_si512(
            out + 16,
            _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(found, 1)), offset));
        _mm512_storeu_si512(
            out + 32,
            _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(found, 2)), offset));
        _mm512_storeu_si512(
            out + 48,
            _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(found, 3)), offset));
    }
    index->n += (size_t)n;
}

/* Indexes one block whose bytes outside of `valid` do not count. False: an irregular byte was met,
 * and the index holds what is before it. */
static inline bool index_block(struct index *index, const unsigned char *block, uint64_t valid,
                               unsigned char separator, uint32_t base, struct carry *carry)
{
    const __m512i bytes = _mm512_loadu_si512(block);
    const uint64_t digits =
        _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    const uint64_t separators =
        valid & _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8((char)separator));
    const uint64_t newlines = valid & _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n'));
    const uint64_t blanks = valid & _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(' '));
    const uint64_t ends = separators | newlines;
    const uint64_t any = ends | blanks;
    const uint64_t after_separator = separators << 1 | carry->separator;
    const uint64_t after_any = any << 1 | carry->any;
    const uint64_t irregular =
        (valid & ~(digits | any)) | (blanks & ~after_separator) | (ends & after_any);
    const uint64_t good = irregular == 0 ? UINT64_MAX : (irregular & -irregular) - 1;
    append(index, ends & good, base);
    index->n_newlines += (size_t)__builtin_popcountll(newlines & good);
    carry->separator = separators >> 63;
    carry->any = any >> 63;
    return irregular == 0;
}

/* Indexes text from its start until enough lines are found or it ends or gets irregular. */
static void index_text(struct index *index, const unsigned char *text, size_t n_bytes,
                       const struct weir_text_table *table)
{
    const size_t wanted = ROWS_MAX * table->n_fields;
    struct carry carry = {0, 1};  /* as after a newline */
    index->place[0] = UINT32_MAX; /* -1: the first field begins at 0 */
    index->n = 0;
    index->n_newlines = 0;
    for (size_t at = 0; at < n_bytes && index->n < wanted; at += 64) {
        const uint64_t valid =
            n_bytes - at >= 64 ? UINT64_MAX : ((uint64_t)1 << (n_bytes - at)) - 1;
        if (!index_block(index, text + at, valid, table->separator, (uint32_t)at, &carry))
            break;
    }
}

/* Counts the leading rows of the index that have a newline at their end and nowhere else. */
static size_t count_rows(const struct index *index, const unsigned char *text, size_t n_fields)
{
    const size_t n_rows = index->n / n_fields;
    size_t n_ends = 0;
    for (size_t r = 0; r < n_rows; r++)
        n_ends += text[index->place[(r + 1) * n_fields]] == '\n';
    if (n_ends == n_rows && index->n_newlines == n_rows)
        return n_rows;
    for (size_t r = 0; r < n_rows; r++)
        for (size_t f = 0; f < n_fields; f++)
            if ((text[index->place[r * n_fields + f + 1]] == '\n') != (f + 1 == n_fields))
                return r;
    return n_rows;
}

/* The eight bytes before text + place[i * stride] + back, for i = 0 .. 7. */
static inline __m512i load_windows(const unsigned char *text, const uint32_t *place, size_t stride,
                                   ptrdiff_t back)
{
    __m128i pair[4];
    for (size_t i = 0; i < 4; i++) {
        int64_t even = 0;
        int64_t odd = 0;
        memcpy(&even, text + place[2 * i * stride] + back, sizeof even);
        memcpy(&odd, text + place[(2 * i + 1) * stride] + back, sizeof odd);
        pair[i] = _mm_set_epi64x(odd, even);
    }
    const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(pair[0]), pair[1], 1);
    const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(pair[2]), pair[3], 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/* Converts windows whose last bytes are digits. *n_bits is eight times the number of digits at
 * their end; all else in them counts as zero. */
static inline __m512i convert(__m512i windows, __m512i *n_bits)
{
    const __m512i digits = _mm512_sub_epi8(windows, _mm512_set1_epi8('0'));
    /* Saturation lifts every byte that is no digit to 0x80 and more. */
    const __m512i others = _mm512_and_si512(_mm512_adds_epu8(digits, _mm512_set1_epi8(0x76)),
                                            _mm512_set1_epi8((char)0x80));
    *n_bits = _mm512_lzcnt_epi64(others);
    const __m512i rest = _mm512_sub_epi64(_mm512_set1_epi64(WINDOW_BITS), *n_bits);
    const __m512i own = _mm512_sllv_epi64(_mm512_srlv_epi64(digits, rest), rest);
    const __m512i two = _mm512_maddubs_epi16(own, _mm512_set1_epi16(0x010a));
    const __m512i four = _mm512_madd_epi16(two, _mm512_set1_epi32(0x00010064));
    return _mm512_add_epi64(_mm512_mul_epu32(four, _mm512_set1_epi64(10000)),
                            _mm512_srli_epi64(four, 32));
}

static inline void store(const struct weir_text_field *field, size_t row, __m512i values)
{
    if (field->column == NULL) /* checked and dropped; not even 0 may be added to such a pointer */
        return;
    char *out = (char *)field->column + row * field->n_bytes;
    switch (field->n_bytes) {
    case 1:
        _mm_storel_epi64((__m128i *)(void *)out, _mm512_cvtepi64_epi8(values));
        break;
    case 2:
        _mm_storeu_si128((__m128i *)(void *)out, _mm512_cvtepi64_epi16(values));
        break;
    case 4:
        _mm256_storeu_si256((__m256i *)(void *)out, _mm512_cvtepi64_epi32(values));
        break;
    case 8:
        _mm512_storeu_si512(out, values);
        break;
    default:
        break;
    }
}

/* Converts eight lines whose first field ends at place[0]. False when one of them has a value out
 * of range, or of 16 digits and more: then nothing of the rows counts. */
static inline bool convert_group(const struct weir_text_table *table, const unsigned char *text,
                                 const uint32_t *place, size_t row)
{
    __mmask8 bad = 0;
    for (size_t f = 0; f < table->n_fields; f++) {
        const struct weir_text_field *field = &table->field[f];
        __m512i n_bits;
        __m512i values = convert(load_windows(text, place + f, table->n_fields, -8), &n_bits);
        const __m512i full = _mm512_set1_epi64(WINDOW_BITS);
        const __mmask8 longer = _mm512_cmpeq_epi64_mask(n_bits, full);
        if (longer != 0) {
            const __m512i high =
                convert(load_windows(text, place + f, table->n_fields, -16), &n_bits);
            const __m512i scaled = _mm512_mul_epu32(high, _mm512_set1_epi64(100000000));
            values = _mm512_mask_add_epi64(values, longer, values, scaled);
            bad |= _mm512_mask_cmpeq_epi64_mask(longer, n_bits, full);
        }
        bad |= _mm512_cmpgt_epu64_mask(values, _mm512_set1_epi64((long long)field->most));
        bad |= _mm512_cmplt_epu64_mask(values, _mm512_set1_epi64((long long)field->least));
        store(field, row, values);
    }
    return bad == 0;
}

size_t weir_text_rows_avx512(const struct weir_text_table *table, const unsigned char *text,
                             size_t n_bytes, size_t row, size_t *n_taken)
{
    struct index index;
    size_t taken = 0;
    size_t n_rows = 0;
    bool good = true;
    while (good && taken < n_bytes) {
        const unsigned char *const chunk = text + taken;
        index_text(&index, chunk, n_bytes - taken, table);
        const size_t n_groups = count_rows(&index, chunk, table->n_fields) / GROUP;
        size_t g = 0;
        while (g < n_groups && good) {
            const uint32_t *place = index.place + 1 + g * GROUP * table->n_fields;
            good = convert_group(table, chunk, place, row + n_rows);
            if (good) {
                n_rows += GROUP;
                g++;
            }
        }
        if (g == 0)
            break;
        taken += index.place[g * GROUP * table->n_fields] + 1;
    }
    *n_taken = taken;
    return n_rows;
}
