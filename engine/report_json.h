/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON files that go into a report: read within bounds, and only what is expected passed on.
 *
 * Nobody knows who wrote them. What goes into the page are members of known names with values of
 * the expected type; anything else is left out.
 *
 *     static const struct weir_report_member members[] = {
 *         {.name = "seconds", .kind = WEIR_REPORT_NUMBER}, {0}};
 *     status = weir_report_json_read(&json, "manifest.json", mem, err);
 *     if (status == WEIR_OK)
 *         weir_report_json_add(&text, json.root, members);
 *     weir_report_json_release(&json);
 */
#ifndef WEIR_REPORT_JSON_H
#define WEIR_REPORT_JSON_H

#include "text.h"

struct json_t;

enum weir_report_value {
    WEIR_REPORT_STRING,
    WEIR_REPORT_NUMBER,
    WEIR_REPORT_BOOLEAN,
    WEIR_REPORT_STRINGS, /* a list of them */
    WEIR_REPORT_NUMBERS, /* a list of them, or of null */
    WEIR_REPORT_OBJECTS, /* a list of objects with `members` */
};

/* A member that is passed on; the last one of a list has name NULL. */
struct weir_report_member {
    const char *name;
    enum weir_report_value kind;
    const struct weir_report_member *members;
};

struct weir_report_json {
    struct json_t *root; /* an object */
    size_t n_charged;    /* bytes, at `mem` */
    struct weir_mem *mem;
};

/* Reads an object of at most WEIR_REPORT_JSON_BYTES_MAX bytes. WEIR_IO; WEIR_FORMAT with path and
 * place; WEIR_MEMORY. `json` is to be released whatever the status. */
#define WEIR_REPORT_JSON_BYTES_MAX ((size_t)4 << 20)
enum weir_status weir_report_json_read(struct weir_report_json *json, const char *path,
                                       struct weir_mem *mem,
                                       struct weir_error *err) WEIR_MUST_CHECK;
void weir_report_json_release(struct weir_report_json *json);

/* The string member `name` of the object, borrowed; NULL when there is none. */
const char *weir_report_json_string(const struct weir_report_json *json, const char *name);

/* Appends the members of `object` (with `separator` before the first one, ", " before others)
 * that are in the list and of its kinds. Returns how many there were. */
size_t weir_report_json_add(struct weir_text *text, const struct json_t *object,
                            const struct weir_report_member *members, const char *separator);

/* Appends a number with four digits: more than a screen can show. What is not finite is null. */
void weir_report_json_add_short(struct weir_text *text, double value);

#endif
