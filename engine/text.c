/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that grows. */
#include "text.h"

#include "message.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void weir_text_init(struct weir_text *text, struct weir_mem *mem)
{
    *text = (struct weir_text){.mem = mem};
}

void weir_text_release(struct weir_text *text)
{
    if (text->mem != NULL)
        weir_mem_free(text->mem, text->bytes);
    *text = (struct weir_text){0};
}

/* Makes room for `n` more bytes. */
static bool reserve(struct weir_text *text, size_t n)
{
    if (text->failed || n <= text->capacity - text->n)
        return !text->failed;
    size_t capacity = text->capacity == 0 ? 1024 : text->capacity;
    while (capacity - text->n < n)
        capacity *= 2;
    char *grown = weir_mem_resize(text->mem, text->bytes, capacity);
    text->failed = grown == NULL;
    if (grown == NULL)
        return false;
    text->bytes = grown;
    text->capacity = capacity;
    return true;
}

void weir_text_add(struct weir_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n <= 0 || !reserve(text, (size_t)n + 1))
        return;
    va_start(args, format);
    (void)vsnprintf(text->bytes + text->n, (size_t)n + 1, format, args);
    va_end(args);
    text->n += (size_t)n;
}

void weir_text_add_u128(struct weir_text *text, weir_u128 value)
{
    char digits[WEIR_NUMBER_CAPACITY];
    weir_text_add(text, "%s", weir_number_text_u128(digits, value));
}

void weir_text_add_json(struct weir_text *text, const char *value)
{
    json_t *string = weir_message_json_text(value);
    char *quoted = string == NULL ? NULL : json_dumps(string, JSON_ENCODE_ANY);
    if (quoted != NULL)
        weir_text_add(text, "%s", quoted);
    else
        text->failed = true;
    free(quoted);
    json_decref(string);
}

void weir_text_add_json_real(struct weir_text *text, double value)
{
    char digits[WEIR_NUMBER_REAL_CAPACITY];
    weir_text_add(text, "%s", isfinite(value) ? weir_number_text_real(digits, value) : "null");
}

enum weir_status weir_text_write(struct weir_text *text, struct weir_output *output,
                                 struct weir_error *err)
{
    if (text->failed)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the text of the result");
    const size_t n = text->n;
    text->n = 0;
    return n == 0 ? WEIR_OK : weir_output_write(output, text->bytes, n, err);
}

char *weir_text_percent(weir_u128 part, weir_u128 whole, unsigned digits,
                        char out[WEIR_TEXT_PERCENT])
{
    uint64_t scale = 1;
    for (unsigned d = 0; d < digits; d++)
        scale *= 10;
    if (whole == 0) {
        snprintf(out, WEIR_TEXT_PERCENT, "-");
        return out;
    }
    while (whole >> 100 != 0) { /* enough bits for any number of digits */
        whole >>= 1;
        part >>= 1;
    }
    const uint64_t units = (uint64_t)((part * (200 * scale) + whole) / (2 * whole));
    snprintf(out, WEIR_TEXT_PERCENT, "%" PRIu64 ".%0*" PRIu64, units / scale, (int)digits,
             units % scale);
    return out;
}
