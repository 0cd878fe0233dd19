/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses and times in filter expressions. */
#include "filter_literal.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static struct weir_literal bad(const char *text, size_t length, const char *hint)
{
    while (is_word(text[length]) || text[length] == '.' || text[length] == ':')
        length++;
    return (struct weir_literal){.kind = WEIR_LITERAL_BAD, .length = length, .hint = hint};
}

/* --- addresses ------------------------------------------------------------------------------- */

/* Takes /N behind an address; a slash without a digit is none of ours. */
static struct weir_literal take_prefix(const char *text, struct weir_literal address)
{
    const char *hint = address.bits == 32 ? "the length of a prefix is 0 to 32"
                                          : "the length of a prefix is 0 to 128";
    if (text[address.length] != '/' || !is_digit(text[address.length + 1]))
        return address;
    const char *digits = text + address.length + 1;
    unsigned bits = 0;
    size_t n = 0;
    for (; n < 4 && is_digit(digits[n]); n++)
        bits = bits * 10 + (unsigned)(digits[n] - '0');
    const bool padded = n > 1 && digits[0] == '0';
    if (padded || bits > address.bits || is_word(digits[n]) || digits[n] == '.' || digits[n] == ':')
        return bad(text, address.length + 1 + n, hint);
    address.bits = bits;
    address.prefixed = true;
    address.length += 1 + n;
    return address;
}

static struct weir_literal read_address(const char *text, size_t length, int family)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    const char *hint = family == AF_INET
                           ? "numbers are whole; an IPv4 address has four parts of 0 to 255"
                           : "an IPv6 address is written as in 2001:db8::1";
    if (length >= sizeof copy || is_word(text[length]))
        return bad(text, length, hint);
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (inet_pton(family, copy, bytes) != 1)
        return bad(text, length, hint);
    struct weir_literal address = {
        .kind = family == AF_INET ? WEIR_LITERAL_IPV4 : WEIR_LITERAL_IPV6,
        .length = length,
        .bits = family == AF_INET ? 32 : 128,
    };
    for (size_t i = 0; i < address.bits / 8; i++)
        address.value = address.value << 8 | bytes[i];
    return take_prefix(text, address);
}

/* --- times ----------------------------------------------------------------------------------- */

/* True when `text` begins like `shape`: 0 stands for a digit, everything else for itself. */
static bool has_shape(const char *text, const char *shape)
{
    for (; *shape != '\0'; text++, shape++)
        if (*shape == '0' ? !is_digit(*text) : *text != *shape)
            return false;
    return true;
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* Days from 1970-01-01 to a date, or INT64_MIN when there is no such date. */
static int64_t days_of(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    if (year < 1 || month < 1 || month > 12)
        return INT64_MIN;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int length = before[month] - before[month - 1] + (month == 2 && leap);
    if (day < 1 || day > length)
        return INT64_MIN;
    const int past = year - 1;
    const int64_t years = (int64_t)past * 365 + past / 4 - past / 100 + past / 400;
    return years + before[month - 1] + (month > 2 && leap) + day - 1 - 719162;
}

/* Takes an offset from UTC behind a time; false when there is no such one. */
static bool take_offset(const char *text, struct weir_literal *time)
{
    const char *offset = text + time->length;
    if (*offset == 'Z') {
        time->length++;
        return true;
    }
    if (!has_shape(offset, "+00:00") && !has_shape(offset, "-00:00"))
        return true;
    const int hours = two_digits(offset + 1);
    const int minutes = two_digits(offset + 4);
    const int64_t ms = (hours * 60 + minutes) * INT64_C(60000);
    time->ms += *offset == '+' ? -ms : ms;
    time->length += 6;
    return hours < 24 && minutes < 60;
}

static struct weir_literal read_time(const char *text)
{
    static const char wrong[] = "there is no such date, time of day or offset";
    const size_t date_length = 16;
    if (!has_shape(text, "0000-00-00T00:00"))
        return bad(text, 11,
                   "a time is written as in 2015-06-10T19:00 or 2015-06-10T19:00:05.250Z");
    const int64_t days = days_of(two_digits(text) * 100 + two_digits(text + 2),
                                 two_digits(text + 5), two_digits(text + 8));
    const int hour = two_digits(text + 11);
    const int minute = two_digits(text + 14);
    int second = 0;
    int ms = 0;
    struct weir_literal time = {.kind = WEIR_LITERAL_TIME, .length = date_length};
    if (has_shape(text + time.length, ":00")) {
        second = two_digits(text + time.length + 1);
        time.length += 3;
        if (has_shape(text + time.length, ".0")) {
            time.fraction = true;
            time.length++;
            for (int unit = 100; is_digit(text[time.length]); unit /= 10) {
                if (unit == 0)
                    return bad(text, time.length, "a second has at most three digits of fraction");
                ms += unit * (text[time.length++] - '0');
            }
        }
    }
    if (days == INT64_MIN || hour > 23 || minute > 59 || second > 59)
        return bad(text, time.length, wrong);
    time.ms = ((days * 24 + hour) * 60 + minute) * INT64_C(60000) + second * 1000 + ms;
    if (!take_offset(text, &time))
        return bad(text, time.length, wrong);
    const char next = text[time.length];
    if (is_word(next) || next == '.' || next == ':')
        return bad(text, time.length,
                   "a time is written as in 2015-06-10T19:00 or 2015-06-10T19:00:05.250Z");
    return time;
}

/* 06 is no number. */
static bool is_padded(const char *digits)
{
    return digits[0] == '0' && digits[1] != '0';
}

bool weir_literal_like_date(const char *text)
{
    return has_shape(text, "0000-00-00") && !is_word(text[10]);
}

struct weir_literal weir_literal_read(const char *text)
{
    if (has_shape(text, "0000-00-00T"))
        return read_time(text);
    if (weir_literal_like_date(text) && (is_padded(text + 5) || is_padded(text + 8)))
        return bad(text, 10, "a time is written as in 2015-06-10T00:00");
    const size_t run = strspn(text, "0123456789abcdefABCDEF:.");
    if (memchr(text, ':', run) != NULL)
        return read_address(text, run, AF_INET6);
    const size_t dotted = strspn(text, "0123456789.");
    if (is_digit(*text) && memchr(text, '.', dotted) != NULL)
        return read_address(text, dotted, AF_INET);
    return (struct weir_literal){.kind = WEIR_LITERAL_NONE};
}
