/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtures as JSON. */
#include "mixture_json.h"

#include "text_input.h"
#include "whole_text.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- writing --------------------------------------------------------------------------------- */

#define LINE_CAPACITY 256

static enum weir_status put(struct weir_output *output, const char *text, struct weir_error *err)
{
    return weir_output_write(output, text, strlen(text), err);
}

static enum weir_status write_component(const struct weir_component *component, const char *begin,
                                        struct weir_output *output, struct weir_error *err)
{
    char line[LINE_CAPACITY];
    char number[WEIR_NUMBER_REAL_CAPACITY];
    size_t n = (size_t)snprintf(line, sizeof line, "%s[%s, \"%s\", [", begin,
                                weir_number_text_real(number, component->weight),
                                weir_kind_name(component->kind));
    for (size_t i = 0; i < weir_kind_parameters(component->kind); i++)
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%s", i == 0 ? "" : ", ",
                              weir_number_text_real(number, component->parameter[i]));
    snprintf(line + n, sizeof line - n, "]]");
    return put(output, line, err);
}

static enum weir_status check_writable(const struct weir_mixture *mixture, struct weir_error *err)
{
    bool valid = mixture->n_components > 0;
    for (size_t k = 0; k < mixture->n_components && valid; k++)
        valid = weir_component_is_valid(&mixture->component[k]);
    return valid ? WEIR_OK
                 : weir_error_set(err, WEIR_INTERNAL, "expected valid components to be written");
}

enum weir_status weir_mixture_json_write(const struct weir_mixture *mixture,
                                         struct weir_output *output, struct weir_error *err)
{
    char head[LINE_CAPACITY] = "[";
    char sum[WEIR_NUMBER_CAPACITY];
    const char *indent = mixture->has_sum ? "    " : "  ";
    if (mixture->has_sum)
        snprintf(head, sizeof head, "{\n  \"sum\": %s,\n  \"mix\": [",
                 weir_number_text_u128(sum, mixture->sum));
    enum weir_status status = check_writable(mixture, err);
    if (status == WEIR_OK)
        status = put(output, head, err);
    for (size_t k = 0; k < mixture->n_components && status == WEIR_OK; k++) {
        char begin[16];
        snprintf(begin, sizeof begin, "%s\n%s", k == 0 ? "" : ",", indent);
        status = write_component(&mixture->component[k], begin, output, err);
    }
    return status == WEIR_OK ? put(output, mixture->has_sum ? "\n  ]\n}\n" : "\n]\n", err) : status;
}

/* --- messages -------------------------------------------------------------------------------- */

#define PLACE_CAPACITY 80
#define FOUND_CAPACITY (WEIR_TEXT_SHOWN_CAPACITY + 2)

/* What a value is, for messages. */
static char *describe(const json_t *value, char found[FOUND_CAPACITY])
{
    char shown[WEIR_TEXT_SHOWN_CAPACITY];
    if (json_is_real(value))
        weir_number_text_real(found, json_real_value(value));
    else if (json_is_string(value))
        snprintf(found, FOUND_CAPACITY, "\"%s\"",
                 weir_text_show(json_string_value(value), json_string_length(value), shown));
    else if (json_is_array(value))
        snprintf(found, FOUND_CAPACITY, "a list of %zu", json_array_size(value));
    else if (json_is_object(value))
        snprintf(found, FOUND_CAPACITY, "an object");
    else
        snprintf(found, FOUND_CAPACITY, "%s",
                 value == NULL         ? "nothing"
                 : json_is_null(value) ? "null"
                 : json_is_true(value) ? "true"
                                       : "false");
    return found;
}

static enum weir_status unexpected(const char *path, const char *place, const char *expected,
                                   const json_t *value, struct weir_error *err)
{
    char found[FOUND_CAPACITY];
    return weir_error_set(err, WEIR_FORMAT, "%s: %s: expected %s, but found %s", path, place,
                          expected, describe(value, found));
}

/* --- reading --------------------------------------------------------------------------------- */

/* Whether the value may be parameter i, whatever the others are. */
static bool is_parameter(enum weir_kind kind, size_t i, double value)
{
    struct weir_component probe = {0, kind, {1, 1, 1}};
    probe.parameter[i] = value;
    return weir_component_is_valid(&probe);
}

static enum weir_status read_parameters(const char *path, size_t k, const json_t *list,
                                        struct weir_component *component, struct weir_error *err)
{
    char place[PLACE_CAPACITY];
    char expected[PLACE_CAPACITY];
    const size_t n = weir_kind_parameters(component->kind);
    snprintf(place, sizeof place, "mix[%zu][2]", k);
    snprintf(expected, sizeof expected, "the %zu parameters of %s", n,
             weir_kind_name(component->kind));
    if (json_array_size(list) != n)
        return unexpected(path, place, expected, list, err);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(list, i);
        component->parameter[i] = json_number_value(value);
        snprintf(place, sizeof place, "mix[%zu][2][%zu]", k, i);
        if (!json_is_number(value))
            return unexpected(path, place, "a number", value, err);
        if (!is_parameter(component->kind, i, component->parameter[i]))
            return unexpected(path, place, "a number above 0", value, err);
    }
    return WEIR_OK;
}

static enum weir_status read_component(const char *path, size_t k, const json_t *list,
                                       struct weir_component *component, struct weir_error *err)
{
    char place[PLACE_CAPACITY];
    snprintf(place, sizeof place, "mix[%zu]", k);
    if (json_array_size(list) != 3)
        return unexpected(path, place, "[weight, name, parameters]", list, err);
    const json_t *weight = json_array_get(list, 0);
    const json_t *name = json_array_get(list, 1);
    snprintf(place, sizeof place, "mix[%zu][0]", k);
    if (!json_is_number(weight) || json_number_value(weight) < 0)
        return unexpected(path, place, "a weight of 0 or more", weight, err);
    component->weight = json_number_value(weight);
    component->kind = weir_kind_find(json_is_string(name) ? json_string_value(name) : "");
    snprintf(place, sizeof place, "mix[%zu][1]", k);
    if (component->kind == WEIR_N_KINDS)
        return unexpected(path, place, "uniform, norm, lognorm, genpareto, gamma or weibull_min",
                          name, err);
    return read_parameters(path, k, json_array_get(list, 2), component, err);
}

static enum weir_status read_mix(const char *path, const json_t *list, struct weir_mixture *mixture,
                                 struct weir_error *err)
{
    const size_t n = json_array_size(list);
    enum weir_status status = WEIR_OK;
    if (n == 0)
        return unexpected(path, "mix", "a list of components", list, err);
    for (size_t k = 0; k < n && status == WEIR_OK; k++) {
        struct weir_component component = {0};
        status = read_component(path, k, json_array_get(list, k), &component, err);
        if (status == WEIR_OK)
            status = weir_mixture_add(mixture, &component, err);
    }
    if (status != WEIR_OK)
        return status;
    const double weight = weir_mixture_weight(mixture);
    if (weight > 0 && isfinite(weight))
        return WEIR_OK;
    return weir_error_set(err, WEIR_FORMAT,
                          "%s: mix: expected weights with a sum above 0, but found %g", path,
                          weight);
}

/* Finds the digits behind "sum" in the text of an object that is valid JSON: jansson has numbers of
 * 64 bits, sums have 128. No other text of a mixture has that word. False when there are no digits:
 * a real number, or a name with escapes. */
static bool find_sum(const char *text, size_t n, weir_u128 *sum)
{
    static const char name[] = "\"sum\"";
    const char *at = memmem(text, n, name, sizeof name - 1);
    if (at == NULL)
        return false;
    const char *const end = text + n;
    for (at += sizeof name - 1; at < end && strchr(" \t\r\n:", *at) != NULL;)
        at++;
    const char *const digits = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at < end && strchr(".eE", *at) == NULL &&
           weir_number_parse_u128(digits, (size_t)(at - digits), sum);
}

static enum weir_status read_object(const char *path, const char *text, size_t n, json_t *object,
                                    struct weir_mixture *mixture, struct weir_error *err)
{
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach(object, name, value)
    {
        char shown[WEIR_TEXT_SHOWN_CAPACITY];
        if (strcmp(name, "sum") != 0 && strcmp(name, "mix") != 0)
            return weir_error_set(err, WEIR_FORMAT,
                                  "%s: expected \"sum\" and \"mix\", but found \"%s\"", path,
                                  weir_text_show(name, strlen(name), shown));
    }
    const json_t *sum = json_object_get(object, "sum");
    const double real = json_number_value(sum);
    mixture->has_sum = sum != NULL;
    if (sum != NULL && !(json_is_number(sum) && find_sum(text, n, &mixture->sum))) {
        if (!json_is_number(sum) || !(real >= 0 && real < 0x1p128) || real != floor(real))
            return unexpected(path, "sum", "a whole number below 2^128", sum, err);
        mixture->sum = (weir_u128)real;
    }
    return read_mix(path, json_object_get(object, "mix"), mixture, err);
}

/* Bytes that jansson takes for one of text, at most: an object without members takes 250 and three
 * characters. */
#define JSON_BYTES_PER_BYTE 100

enum weir_status weir_mixture_json_parse(const char *path, const char *text, size_t n,
                                         struct weir_mixture *mixture, struct weir_error *err)
{
    if (n > WEIR_MIXTURE_JSON_BYTES_MAX)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected a mixture of at most %zu bytes, but found %zu", path,
                              WEIR_MIXTURE_JSON_BYTES_MAX, n);
    if (!weir_mem_charge(mixture->mem, n * JSON_BYTES_PER_BYTE))
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to read it", path);
    json_error_t error;
    char shown[WEIR_TEXT_SHOWN_CAPACITY];
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    enum weir_status status = WEIR_OK;
    if (root == NULL && json_error_code(&error) == json_error_out_of_memory)
        status = weir_error_set(err, WEIR_MEMORY, "%s: no memory to read it", path);
    else if (root == NULL)
        status = weir_error_set(err, WEIR_FORMAT, "%s:%d:%d: expected JSON, but found: %s", path,
                                error.line, error.column,
                                weir_text_show(error.text, strlen(error.text), shown));
    else if (json_is_object(root))
        status = read_object(path, text, n, root, mixture, err);
    else
        status = read_mix(path, root, mixture, err);
    json_decref(root);
    weir_mem_discharge(mixture->mem, n * JSON_BYTES_PER_BYTE);
    return status;
}

enum weir_status weir_mixture_json_read(const char *path, struct weir_mixture *mixture,
                                        struct weir_error *err)
{
    struct weir_whole_text text;
    enum weir_status status = weir_whole_text_open(path, "a mixture", mixture->mem, &text, err);
    if (status == WEIR_OK)
        status = weir_mixture_json_parse(text.path, text.data, text.n, mixture, err);
    weir_whole_text_close(&text);
    return status;
}
