/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From operands to inputs. */
#include "source_list.h"

#include "columns.h"
#include "guard.h"
#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES     4096
#define NAMES_SHOWN    5
#define WALK_DEPTH_MAX 64

/* What a walk has left out, for one warning. */
struct skipped {
    size_t n;
    char names[600];
};

struct walk {
    struct weir_source_list *list;
    const struct weir_shelf *shelf;
    const struct weir_format *format;
    struct skipped skipped;
    size_t n_foreign; /* of these, files that hold something else than flow records */
    struct weir_error *err;
};

static void note_skipped(struct skipped *skipped, const char *path)
{
    if (skipped->n++ >= NAMES_SHOWN)
        return;
    const size_t used = strlen(skipped->names);
    snprintf(skipped->names + used, sizeof skipped->names - used, "%s%s", used == 0 ? "" : ", ",
             path);
}

static enum weir_status append(struct weir_source_list *list, const char *path,
                               const struct weir_format *format, uint64_t n_bytes,
                               struct weir_error *err)
{
    if (list->n_entries == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        struct weir_source_entry *entries =
            weir_mem_resize(list->mem, list->entries, capacity * sizeof *entries);
        if (entries == NULL)
            return weir_error_set(err, WEIR_MEMORY, "no memory for a list of %zu inputs", capacity);
        list->entries = entries;
        list->capacity = capacity;
    }
    char *copy = weir_mem_strdup(list->mem, path);
    if (copy == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for a list of %zu inputs",
                              list->n_entries + 1);
    list->entries[list->n_entries++] =
        (struct weir_source_entry){.path = copy, .format = format, .n_bytes = n_bytes};
    return WEIR_OK;
}

/* Adds a file found by a walk, or leaves it out with a note. */
static enum weir_status add_found(struct walk *walk, const char *path, const char *name,
                                  uint64_t n_bytes)
{
    if (name[0] == '.' || strncmp(name, "nfcapd.current", 14) == 0) {
        note_skipped(&walk->skipped, path);
        return WEIR_OK;
    }
    const struct weir_format *format = NULL;
    struct weir_error reason = {0};
    const enum weir_status status = weir_format_detect(path, &format, &reason);
    if (status == WEIR_FORMAT ||
        (format != NULL && walk->format != NULL && format != walk->format)) {
        walk->n_foreign++;
        note_skipped(&walk->skipped, path);
        return WEIR_OK;
    }
    if (status != WEIR_OK)
        return weir_error_set(walk->err, status, "%s", reason.message);
    return append(walk->list, path, format, n_bytes, walk->err);
}

static enum weir_status walk_directory(struct walk *walk, const char *path, int depth);

static enum weir_status walk_entry(struct walk *walk, const char *directory, const char *name,
                                   int depth)
{
    char path[PATH_MAX];
    const int n = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (n < 0 || n >= PATH_MAX)
        return weir_error_set(walk->err, WEIR_LIMIT, "%s/%s: path too long", directory, name);
    struct stat st;
    struct stat link;
    if (lstat(path, &link) != 0 || stat(path, &st) != 0) {
        note_skipped(&walk->skipped, path); /* a dangling link, or gone meanwhile */
        return WEIR_OK;
    }
    if (S_ISREG(st.st_mode))
        return add_found(walk, path, name, (uint64_t)st.st_size);
    if (!S_ISDIR(st.st_mode) || S_ISLNK(link.st_mode) || name[0] == '.') {
        note_skipped(&walk->skipped, path); /* links to directories may lead in circles */
        return WEIR_OK;
    }
    if (weir_columns_detect(path) && (walk->format == NULL || walk->format->is_directory))
        return append(walk->list, path, weir_format_find("binary"), 0, walk->err);
    return walk_directory(walk, path, depth + 1);
}

/* By bytes, not by the locale: the order must be the same everywhere. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum weir_status walk_directory(struct walk *walk, const char *path, int depth)
{
    if (depth > WALK_DEPTH_MAX)
        return weir_error_set(walk->err, WEIR_LIMIT, "%s: directories nested more than %d deep",
                              path, WALK_DEPTH_MAX);
    struct dirent **names = NULL;
    const int n = scandir(path, &names, NULL, compare_entries);
    if (n < 0)
        return weir_error_errno(walk->err, WEIR_IO, errno, "%s: cannot be listed", path);
    enum weir_status status = WEIR_OK;
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (status == WEIR_OK && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            status = walk_entry(walk, path, name, depth);
        free(names[i]);
    }
    free(names);
    return status;
}

/* Adds the files of a directory. Where all of them are foreign, the operand or --in-format is a
 * mistake, and no records would be a wrong answer. */
static enum weir_status add_directory(struct walk *walk, const char *path)
{
    const size_t n_entries = walk->list->n_entries;
    const size_t n_foreign = walk->n_foreign;
    const enum weir_status status = walk_directory(walk, path, 0);
    if (status != WEIR_OK || walk->list->n_entries > n_entries || walk->n_foreign == n_foreign)
        return status;
    const size_t n = walk->n_foreign - n_foreign;
    return weir_error_set(
        walk->err, WEIR_FORMAT, "%s: expected %s files, but found only %zu other%s", path,
        walk->format == NULL ? "flow record" : walk->format->name, n, n == 1 ? "" : "s");
}

/* Reads the first bytes of a pipe on standard input and finds their format. */
static enum weir_status detect_stdin(struct weir_source_list *list,
                                     const struct weir_format **format, struct weir_error *err)
{
    struct stat st;
    if (fstat(STDIN_FILENO, &st) != 0)
        return weir_error_errno(err, WEIR_IO, errno, "standard input");
    list->head = weir_mem_alloc(list->mem, HEAD_BYTES);
    if (list->head == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to read standard input");
    size_t n = 0;
    while (n < HEAD_BYTES) {
        const ssize_t got = S_ISREG(st.st_mode)
                                ? pread(STDIN_FILENO, list->head + n, HEAD_BYTES - n, (off_t)n)
                                : read(STDIN_FILENO, list->head + n, HEAD_BYTES - n);
        if (got < 0 && errno == EINTR && weir_guard_stop_signal() == 0)
            continue;
        if (got < 0 && errno == EINTR)
            return weir_error_set(err, WEIR_CANCELLED, "interrupted");
        if (got < 0)
            return weir_error_errno(err, WEIR_IO, errno, "standard input cannot be read");
        if (got == 0)
            break;
        n += (size_t)got;
    }
    list->n_head = S_ISREG(st.st_mode) ? 0 : n;
    const struct weir_probe probe = {
        .path = "standard input", .bytes = list->head, .n_bytes = n, .is_whole = n < HEAD_BYTES};
    if (*format != NULL) {
        *format = n == 0 ? NULL : *format;
        return WEIR_OK;
    }
    return weir_format_detect_bytes(&probe, format, err);
}

static enum weir_status add_operand(struct walk *walk, const char *path)
{
    const struct weir_format *format = walk->format;
    struct weir_source_list *list = walk->list;
    if (strcmp(path, "-") == 0) {
        if (list->head != NULL)
            return weir_error_set(walk->err, WEIR_USAGE, "standard input is named twice");
        const enum weir_status status = detect_stdin(list, &format, walk->err);
        return status != WEIR_OK ? status : append(list, path, format, 0, walk->err);
    }
    const struct weir_columns *kept = weir_shelf_find(walk->shelf, path);
    if (kept != NULL) {
        const enum weir_status status =
            append(list, path, weir_format_find("binary"), 0, walk->err);
        if (status == WEIR_OK)
            list->entries[list->n_entries - 1].opened = kept;
        return status;
    }
    struct stat st;
    if (stat(path, &st) != 0)
        return weir_error_errno(walk->err, WEIR_IO, errno, "%s", path);
    if (S_ISDIR(st.st_mode)) {
        if (format != NULL && format->is_directory)
            return append(list, path, format, 0, walk->err);
        if (format == NULL && weir_columns_detect(path))
            return append(list, path, weir_format_find("binary"), 0, walk->err);
        return add_directory(walk, path);
    }
    if (format != NULL && format->is_directory)
        return weir_error_set(
            walk->err, WEIR_FORMAT,
            "%s: expected a trace (a directory of column files), but found a file", path);
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return append(list, path, NULL, 0, walk->err);
    if (format == NULL && !S_ISREG(st.st_mode))
        return weir_error_set(walk->err, WEIR_USAGE,
                              "%s: the format of a pipe or device must be named with --in-format",
                              path);
    if (format == NULL) {
        const enum weir_status status = weir_format_detect(path, &format, walk->err);
        if (status != WEIR_OK)
            return status;
    }
    return append(list, path, format, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, walk->err);
}

enum weir_status weir_source_list_fill(struct weir_source_list *list, const char *const *paths,
                                       size_t n_paths, const struct weir_shelf *shelf,
                                       const struct weir_format *format, struct weir_mem *mem,
                                       struct weir_error *err)
{
    *list = (struct weir_source_list){.mem = mem};
    struct walk walk = {.list = list, .shelf = shelf, .format = format, .err = err};
    for (size_t i = 0; i < n_paths; i++) {
        const enum weir_status status = add_operand(&walk, paths[i]);
        if (status != WEIR_OK)
            return status;
    }
    if (walk.skipped.n > 0)
        weir_log(WEIR_LOG_WARNING,
                 "left out %zu file%s of directories, unfinished or without flow records%s: %s%s",
                 walk.skipped.n, walk.skipped.n == 1 ? "" : "s",
                 format == NULL ? "" : " in that format", walk.skipped.names,
                 walk.skipped.n > NAMES_SHOWN ? ", ..." : "");
    return WEIR_OK;
}

void weir_source_list_release(struct weir_source_list *list)
{
    if (list->mem == NULL)
        return;
    for (size_t i = 0; i < list->n_entries; i++)
        weir_mem_free(list->mem, list->entries[i].path);
    weir_mem_free(list->mem, list->entries);
    weir_mem_free(list->mem, list->head);
    *list = (struct weir_source_list){0};
}
