/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON files that go into a report. */
#include "report_json.h"

#include "text_input.h"
#include "whole_text.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Bytes that jansson takes for one of text, at most. */
#define JSON_BYTES_PER_BYTE 100

/* --- reading --------------------------------------------------------------------------------- */

static enum weir_status parse(struct weir_report_json *json, const struct weir_whole_text *text,
                              struct weir_error *err)
{
    char shown[WEIR_TEXT_SHOWN_CAPACITY];
    json_error_t error;
    if (text->n > WEIR_REPORT_JSON_BYTES_MAX)
        return weir_error_set(err, WEIR_FORMAT, "%s: expected at most %zu bytes, but found %zu",
                              text->path, WEIR_REPORT_JSON_BYTES_MAX, text->n);
    if (!weir_mem_charge(json->mem, text->n * JSON_BYTES_PER_BYTE))
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to read it", text->path);
    json->n_charged = text->n * JSON_BYTES_PER_BYTE;
    json->root = json_loadb(text->data, text->n, JSON_REJECT_DUPLICATES, &error);
    if (json->root == NULL && json_error_code(&error) == json_error_out_of_memory)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to read it", text->path);
    if (json->root == NULL)
        return weir_error_set(err, WEIR_FORMAT, "%s:%d:%d: expected JSON, but found: %s",
                              text->path, error.line, error.column,
                              weir_text_show(error.text, strlen(error.text), shown));
    if (!json_is_object(json->root))
        return weir_error_set(err, WEIR_FORMAT, "%s: expected an object, but found another value",
                              text->path);
    return WEIR_OK;
}

enum weir_status weir_report_json_read(struct weir_report_json *json, const char *path,
                                       struct weir_mem *mem, struct weir_error *err)
{
    struct weir_whole_text text;
    *json = (struct weir_report_json){.mem = mem};
    enum weir_status status = weir_whole_text_open(path, "JSON", mem, &text, err);
    if (status == WEIR_OK)
        status = parse(json, &text, err);
    weir_whole_text_close(&text);
    return status;
}

void weir_report_json_release(struct weir_report_json *json)
{
    json_decref(json->root);
    if (json->mem != NULL)
        weir_mem_discharge(json->mem, json->n_charged);
    *json = (struct weir_report_json){0};
}

const char *weir_report_json_string(const struct weir_report_json *json, const char *name)
{
    return json_string_value(json_object_get(json->root, name));
}

/* --- writing --------------------------------------------------------------------------------- */

/* As %.4g, without what JSON can do without: 1.2e-5, not 1.2e-05. */
void weir_report_json_add_short(struct weir_text *text, double value)
{
    char digits[WEIR_NUMBER_REAL_CAPACITY] = "null";
    if (isfinite(value))
        snprintf(digits, sizeof digits, "%.4g", value);
    char *exponent = strchr(digits, 'e');
    if (exponent != NULL && exponent[2] == '0')
        memmove(exponent + 2, exponent + 3, strlen(exponent + 3) + 1);
    weir_text_add(text, "%s", digits);
}

static void add_number(struct weir_text *text, const json_t *value)
{
    if (json_is_integer(value))
        weir_text_add(text, "%lld", (long long)json_integer_value(value));
    else
        weir_text_add_json_real(text, json_is_real(value) ? json_real_value(value) : NAN);
}

static bool is_element(const json_t *value, enum weir_report_value kind)
{
    switch (kind) {
    case WEIR_REPORT_STRINGS:
        return json_is_string(value);
    case WEIR_REPORT_NUMBERS:
        return json_is_number(value) || json_is_null(value);
    default:
        return json_is_object(value);
    }
}

static bool is_expected(const json_t *value, enum weir_report_value kind)
{
    switch (kind) {
    case WEIR_REPORT_STRING:
        return json_is_string(value);
    case WEIR_REPORT_NUMBER:
        return json_is_number(value);
    case WEIR_REPORT_BOOLEAN:
        return json_is_boolean(value);
    default:
        break;
    }
    bool expected = json_is_array(value);
    for (size_t i = 0; i < json_array_size(value) && expected; i++)
        expected = is_element(json_array_get(value, i), kind);
    return expected;
}

static void add_list(struct weir_text *text, const json_t *list,
                     const struct weir_report_member *member)
{
    weir_text_add(text, "[");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        weir_text_add(text, i == 0 ? "" : ", ");
        if (member->kind == WEIR_REPORT_STRINGS) {
            weir_text_add_json(text, json_string_value(value));
        } else if (member->kind == WEIR_REPORT_NUMBERS) {
            add_number(text, value);
        } else {
            weir_text_add(text, "{");
            (void)weir_report_json_add(text, value, member->members, "");
            weir_text_add(text, "}");
        }
    }
    weir_text_add(text, "]");
}

size_t weir_report_json_add(struct weir_text *text, const json_t *object,
                            const struct weir_report_member *members, const char *separator)
{
    size_t n = 0;
    for (const struct weir_report_member *member = members; member->name != NULL; member++) {
        const json_t *value = json_object_get(object, member->name);
        if (value == NULL || !is_expected(value, member->kind))
            continue;
        weir_text_add(text, "%s\"%s\": ", n++ == 0 ? separator : ", ", member->name);
        if (json_is_string(value))
            weir_text_add_json(text, json_string_value(value));
        else if (json_is_boolean(value))
            weir_text_add(text, json_is_true(value) ? "true" : "false");
        else if (json_is_number(value))
            add_number(text, value);
        else
            add_list(text, value, member);
    }
    return n;
}
