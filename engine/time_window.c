/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of time. */
#include "time_window.h"

#include "filter_literal.h"

#include <string.h>

/* Seconds, and a point with one to three digits of ms. */
static bool read_seconds(const char *text, weir_i128 *ms)
{
    const size_t whole = strspn(text, "0123456789");
    uint64_t seconds = 0;
    uint64_t fraction = 0;
    if (!weir_number_parse_u64(text, whole, &seconds))
        return false;
    size_t digits = 0;
    if (text[whole] == '.') {
        const char *behind = text + whole + 1;
        digits = strlen(behind);
        if (digits > 3 || !weir_number_parse_u64(behind, digits, &fraction))
            return false;
    } else if (text[whole] != '\0') {
        return false;
    }
    for (; digits < 3; digits++)
        fraction *= 10;
    *ms = (weir_i128)seconds * 1000 + (weir_i128)fraction;
    return true;
}

enum weir_status weir_time_parse(const char *text, weir_i128 *ms, struct weir_error *err)
{
    if (read_seconds(text, ms))
        return WEIR_OK;
    const struct weir_literal literal = weir_literal_read(text);
    if (literal.kind == WEIR_LITERAL_TIME && text[literal.length] == '\0') {
        *ms = literal.ms;
        return WEIR_OK;
    }
    /* What is wrong with an address is no help here. */
    const bool begins_like_time =
        literal.kind == WEIR_LITERAL_BAD && strspn(text, "0123456789") == 4 && text[4] == '-';
    return weir_error_set(err, WEIR_USAGE,
                          "expected a time as in 2015-06-10T19:00 or seconds since 1970, but found "
                          "\"%.80s\"%s%s%s",
                          text, begins_like_time ? " (" : "", begins_like_time ? literal.hint : "",
                          begins_like_time ? ")" : "");
}

static enum weir_status parse_end(const char *name, const char *text, bool *given, weir_i128 *ms,
                                  struct weir_error *err)
{
    *given = text != NULL;
    *ms = 0;
    if (text == NULL)
        return WEIR_OK;
    const enum weir_status status = weir_time_parse(text, ms, err);
    if (status != WEIR_OK)
        weir_error_prepend(err, "--%s: ", name);
    return status;
}

enum weir_status weir_time_window_parse(const char *from, const char *to,
                                        struct weir_time_window *window, struct weir_error *err)
{
    enum weir_status status = parse_end("from", from, &window->has_begin, &window->begin_ms, err);
    if (status == WEIR_OK)
        status = parse_end("to", to, &window->has_end, &window->end_ms, err);
    if (status == WEIR_OK && from != NULL && to != NULL && window->begin_ms > window->end_ms)
        return weir_error_set(err, WEIR_USAGE,
                              "--to: expected a time at or after --from %.80s, but found %.80s",
                              from, to);
    return status;
}

bool weir_time_window_equal(const struct weir_time_window *a, const struct weir_time_window *b)
{
    return a->has_begin == b->has_begin && a->has_end == b->has_end &&
           (!a->has_begin || a->begin_ms == b->begin_ms) && (!a->has_end || a->end_ms == b->end_ms);
}
