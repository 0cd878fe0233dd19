/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines on standard error: errors, warnings, notes, reports, as text or as JSON. */
#include "message.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void weir_message_write(const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t written = write(STDERR_FILENO, bytes, n);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
}

void weir_message_line(const struct weir_run *run, const char *format, ...)
{
    static const char erase[] = WEIR_MESSAGE_ERASE "weir: ";
    const size_t skip = sizeof WEIR_MESSAGE_ERASE - 1;
    char line[4096];
    memcpy(line, erase, sizeof erase);
    const size_t used = sizeof erase - 1;
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line + used, sizeof line - used, format, args);
    va_end(args);
    if (n < 0)
        return;
    size_t end = used + (size_t)n < sizeof line ? used + (size_t)n : sizeof line - 1;
    for (size_t i = used; i < end; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[end++] = '\n'; /* takes the place of the NUL */
    const bool progress = run->progress && isatty(STDERR_FILENO) == 1;
    weir_message_write(line + (progress ? 0 : skip), end - (progress ? 0 : skip));
}

void weir_message_json(struct json_t *object)
{
    static const char excuse[] =
        "{\"level\": \"error\", \"message\": \"no memory for a message\"}\n";
    char *text = object == NULL ? NULL : json_dumps(object, JSON_REAL_PRECISION(9));
    json_decref(object);
    if (text == NULL) {
        weir_message_write(excuse, sizeof excuse - 1);
        return;
    }
    const size_t n = strlen(text);
    text[n] = '\n';
    weir_message_write(text, n + 1);
    free(text);
}

struct json_t *weir_message_json_text(const char *text)
{
    json_t *string = json_string(text);
    if (string != NULL)
        return string;
    char *escaped = malloc(4 * strlen(text) + 1);
    if (escaped == NULL)
        return NULL;
    char *at = escaped;
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x80)
            *at++ = *c;
        else
            at += snprintf(at, 5, "\\x%02x", (unsigned)(unsigned char)*c);
    *at = '\0';
    string = json_string(escaped);
    free(escaped);
    return string;
}

static json_t *json_line(const char *level, const char *command, const char *status,
                         const char *message)
{
    json_t *object = json_object();
    int failed = json_object_set_new(object, "level", json_string(level));
    if (command != NULL)
        failed |= json_object_set_new(object, "command", weir_message_json_text(command));
    if (status != NULL)
        failed |= json_object_set_new(object, "status", json_string(status));
    failed |= json_object_set_new(object, "message", weir_message_json_text(message));
    if (failed != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

void weir_message_error(const struct weir_run *run, const char *command, enum weir_status status,
                        const char *message)
{
    if (run->log_json)
        weir_message_json(json_line("error", command, weir_status_name(status), message));
    else
        weir_message_line(run, "%s%s%s", command != NULL ? command : "",
                          command != NULL ? ": " : "", message);
}

void weir_message_log(enum weir_log_level level, const char *text, void *context)
{
    const struct weir_run *run = context;
    const char *name = level == WEIR_LOG_WARNING ? "warning" : "note";
    if (run->quiet && level == WEIR_LOG_NOTE)
        return;
    if (run->log_json)
        weir_message_json(json_line(name, run->step, NULL, text));
    else
        weir_message_line(run, "%s: %s%s%s", name, run->step != NULL ? run->step : "",
                          run->step != NULL ? ": " : "", text);
}

/* Prints `value` in steps of 1000 with a letter per step. */
static char *print_scaled(double value, const char *unit, char *out)
{
    static const char letters[] = " KMGTPE";
    size_t step = 0;
    while (value >= 999.95 && step + 2 < sizeof letters) {
        value /= 1000;
        step++;
    }
    const bool whole = value == (double)(uint64_t)value;
    if (step == 0)
        snprintf(out, WEIR_MESSAGE_NUMBER, "%.*f%s%s", whole ? 0 : 1, value,
                 *unit != '\0' ? " " : "", unit);
    else
        snprintf(out, WEIR_MESSAGE_NUMBER, "%.1f %c%s", value, letters[step], unit);
    return out;
}

char *weir_message_bytes(double bytes, char out[WEIR_MESSAGE_NUMBER])
{
    return print_scaled(bytes, "B", out);
}

char *weir_message_count(double count, char out[WEIR_MESSAGE_NUMBER])
{
    return print_scaled(count, "", out);
}
