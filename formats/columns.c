/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces opened for reading: a directory listing, checked, and its columns mapped. */
#include "columns.h"

#include "columns_directory.h"
#include "columns_files.h"
#include "columns_journal.h"
#include "field.h"
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_TRIES 10

struct column_map {
    char *path; /* the guard's table borrows it */
    struct weir_mapping mapping;
};

struct weir_columns {
    struct weir_mem *mem;
    struct weir_schema schema;
    uint64_t n_records;
    uint64_t n_bytes;
    bool is_nameless;
    size_t memory_bytes; /* of a nameless trace: charged for it */
    struct column_map field[WEIR_N_FIELDS];
    struct column_map custom[WEIR_CUSTOM_COLUMNS_MAX];
};

static int compare_names(const void *a, const void *b)
{
    const struct weir_column_file *x = a;
    const struct weir_column_file *y = b;
    return strcmp(x->name, y->name);
}

/* Sorts the listing by name and takes names and types into the schema. */
static enum weir_status fill_schema(const char *path, struct weir_column_file *files,
                                    size_t n_files, struct weir_schema *schema,
                                    struct weir_error *err)
{
    qsort(files, n_files, sizeof *files, compare_names);
    for (size_t i = 0; i < n_files; i++) {
        const struct weir_column_file *file = &files[i];
        if (i > 0 && strcmp(files[i - 1].name, file->name) == 0)
            return weir_error_set(
                err, WEIR_FORMAT, "%s: expected one file for column %s, but found %s.%c and %s.%c",
                path, file->name, file->name, files[i - 1].code, file->name, file->code);
        const enum weir_field field = weir_field_find(file->name, strlen(file->name));
        if (field != WEIR_N_FIELDS) {
            schema->field[field] = file->type;
            continue;
        }
        if (schema->n_custom == WEIR_CUSTOM_COLUMNS_MAX)
            return weir_error_set(err, WEIR_LIMIT, "%s: more than %d custom columns", path,
                                  WEIR_CUSTOM_COLUMNS_MAX);
        memcpy(schema->custom[schema->n_custom].name, file->name, sizeof file->name);
        schema->custom[schema->n_custom++].type = file->type;
    }
    return WEIR_OK;
}

/* All columns must have the same number of whole values. */
static enum weir_status check_lengths(const char *path, const struct weir_column_file *files,
                                      size_t n_files, uint64_t *n_records, struct weir_error *err)
{
    for (size_t i = 0; i < n_files; i++) {
        const struct weir_column_file *file = &files[i];
        const uint64_t bytes = weir_type_bytes(file->type);
        if (file->n_bytes % bytes != 0)
            return weir_error_set(err, WEIR_FORMAT,
                                  "%s/%s.%c: expected whole values of %llu bytes, but found %llu "
                                  "bytes",
                                  path, file->name, file->code, (unsigned long long)bytes,
                                  (unsigned long long)file->n_bytes);
        const uint64_t n = file->n_bytes / bytes;
        if (i == 0)
            *n_records = n;
        else if (n != *n_records)
            return weir_error_set(err, WEIR_FORMAT,
                                  "%s/%s.%c: expected %llu values as in %s.%c, but found %llu",
                                  path, file->name, file->code, (unsigned long long)*n_records,
                                  files[0].name, files[0].code, (unsigned long long)n);
    }
    return WEIR_OK;
}

enum weir_status weir_columns_require(const struct weir_schema *schema, weir_fields fields,
                                      const char *path, struct weir_error *err)
{
    char names[256];
    const weir_fields missing = fields & ~weir_schema_fields(schema);
    return missing == 0
               ? WEIR_OK
               : weir_error_set(err, WEIR_FORMAT, "%s: the trace lacks a column that is needed: %s",
                                path, weir_field_names(missing, names, sizeof names));
}

static enum weir_status map_column(struct weir_columns *columns, const char *path,
                                   const struct weir_column_file *file, struct column_map *map,
                                   struct weir_error *err)
{
    const size_t capacity = strlen(path) + strlen(file->name) + 4;
    map->path = weir_mem_alloc(columns->mem, capacity);
    if (map->path == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to open it", path);
    snprintf(map->path, capacity, "%s/%s.%c", path, file->name, file->code);
    const enum weir_status status = weir_mapping_open(map->path, -1, &map->mapping, err);
    if (status != WEIR_OK)
        return status;
    if (map->mapping.n_bytes != file->n_bytes)
        return weir_error_set(err, WEIR_IO, "%s: its size changed from %llu to %zu bytes meanwhile",
                              map->path, (unsigned long long)file->n_bytes, map->mapping.n_bytes);
    columns->n_bytes += file->n_bytes;
    return WEIR_OK;
}

static enum weir_status map_columns(struct weir_columns *columns, const char *path,
                                    const struct weir_column_file *files, size_t n_files,
                                    weir_fields fields, bool everything, struct weir_error *err)
{
    size_t n_custom = 0;
    for (size_t i = 0; i < n_files; i++) {
        const enum weir_field field = weir_field_find(files[i].name, strlen(files[i].name));
        struct column_map *map = NULL;
        if (field == WEIR_N_FIELDS)
            map = &columns->custom[n_custom++];
        else
            map = &columns->field[field];
        if (!everything && (field == WEIR_N_FIELDS || (fields & WEIR_FIELD_BIT(field)) == 0))
            continue;
        const enum weir_status status = map_column(columns, path, &files[i], map, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* The type of a column, numbered as those of drafts are. */
static enum weir_type column_type(const struct weir_schema *schema, size_t column)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (schema->field[f] != WEIR_TYPE_NONE && column-- == 0)
            return schema->field[f];
    return schema->custom[column].type;
}

static enum weir_status new_columns(const char *path, struct weir_mem *mem,
                                    struct weir_columns **columns, struct weir_error *err)
{
    struct weir_columns *c = weir_mem_zalloc(mem, 1, sizeof *c);
    if (c == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to open it", path);
    c->mem = mem;
    *columns = c;
    return WEIR_OK;
}

static enum weir_status open_once(const char *path, weir_fields fields, bool everything,
                                  struct weir_mem *mem, struct weir_columns **columns,
                                  struct weir_error *err)
{
    struct weir_columns_directory directory = {0};
    struct weir_columns *c = NULL;
    enum weir_status status = new_columns(path, mem, &c, err);
    if (status == WEIR_OK)
        status = weir_columns_directory_read(path, mem, &directory, err);
    if (status != WEIR_OK)
        goto out;
    if (directory.n_files == 0) {
        status = weir_error_set(
            err, WEIR_FORMAT, "%s: expected column files such as packets.Q, but found none", path);
        goto out;
    }
    status = fill_schema(path, directory.files, directory.n_files, &c->schema, err);
    if (status == WEIR_OK)
        status = check_lengths(path, directory.files, directory.n_files, &c->n_records, err);
    if (status != WEIR_OK)
        goto out;
    status = weir_columns_require(&c->schema, fields, path, err);
    if (status == WEIR_OK)
        status = map_columns(c, path, directory.files, directory.n_files, fields, everything, err);
out:
    weir_columns_directory_release(&directory);
    if (status != WEIR_OK) {
        weir_columns_close(c);
        return status;
    }
    *columns = c;
    return WEIR_OK;
}

/* A trace that is replaced between listing and mapping would give columns of both: the directory is
 * then another one, or has changed. */
enum weir_status weir_columns_open(const char *path, weir_fields fields, bool everything,
                                   struct weir_mem *mem, struct weir_columns **columns,
                                   struct weir_error *err)
{
    for (int i = 1;; i++) {
        struct stat before;
        struct stat after;
        enum weir_status status = weir_columns_journal_complete(path, err);
        if (status != WEIR_OK)
            return status;
        const bool is_there = stat(path, &before) == 0;
        status = open_once(path, fields, everything, mem, columns, err);
        if (i == N_TRIES || !is_there || stat(path, &after) != 0 ||
            (before.st_dev == after.st_dev && before.st_ino == after.st_ino &&
             before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
             before.st_mtim.tv_nsec == after.st_mtim.tv_nsec))
            return status;
        if (status == WEIR_OK)
            weir_columns_close(*columns);
    }
}

/* Maps a nameless file. */
static enum weir_status map_file(struct weir_columns *columns,
                                 const struct weir_columns_files *files, size_t column,
                                 const char *name, struct column_map *map, struct weir_error *err)
{
    const size_t capacity =
        strlen(files->place) + strlen(name) + sizeof "scratch file of column  in ";
    const size_t n_bytes =
        (size_t)files->n_records * weir_type_bytes(column_type(&columns->schema, column));
    map->path = weir_mem_alloc(columns->mem, capacity);
    if (map->path == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: no memory to open it", files->place);
    snprintf(map->path, capacity, "scratch file of column %s in %s", name, files->place);
    if (n_bytes == 0)
        return WEIR_OK;
    void *address = NULL;
    const enum weir_status status =
        weir_split_file_map(files->file[column], n_bytes, map->path, &address, err);
    if (status != WEIR_OK)
        return status;
    weir_guard_add_mapping(address, n_bytes, map->path);
    map->mapping = (struct weir_mapping){.data = address, .n_bytes = n_bytes};
    columns->n_bytes += n_bytes;
    return WEIR_OK;
}

enum weir_status weir_columns_open_files(const struct weir_columns_files *files,
                                         struct weir_columns **columns, struct weir_error *err)
{
    struct weir_columns *c = NULL;
    enum weir_status status = new_columns(files->place, files->mem, &c, err);
    if (status != WEIR_OK) {
        weir_mem_discharge(files->mem, files->memory_bytes);
        return status;
    }
    c->schema = files->schema;
    c->n_records = files->n_records;
    c->is_nameless = true;
    c->memory_bytes = files->memory_bytes;
    size_t next = 0;
    for (int f = 0; f < WEIR_N_FIELDS && status == WEIR_OK; f++)
        if (c->schema.field[f] != WEIR_TYPE_NONE)
            status = map_file(c, files, next++, weir_field_info((enum weir_field)f)->name,
                              &c->field[f], err);
    for (size_t i = 0; i < c->schema.n_custom && status == WEIR_OK; i++)
        status = map_file(c, files, next++, c->schema.custom[i].name, &c->custom[i], err);
    if (status != WEIR_OK) {
        weir_columns_close(c);
        return status;
    }
    *columns = c;
    return WEIR_OK;
}

static void unmap_column(struct weir_mem *mem, struct column_map *map)
{
    weir_mapping_close(&map->mapping);
    weir_mem_free(mem, map->path);
}

void weir_columns_close(struct weir_columns *columns)
{
    if (columns == NULL)
        return;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        unmap_column(columns->mem, &columns->field[f]);
    for (size_t i = 0; i < columns->schema.n_custom; i++)
        unmap_column(columns->mem, &columns->custom[i]);
    weir_mem_discharge(columns->mem, columns->memory_bytes);
    weir_mem_free(columns->mem, columns);
}

uint64_t weir_columns_records(const struct weir_columns *columns)
{
    return columns->n_records;
}

uint64_t weir_columns_bytes(const struct weir_columns *columns)
{
    return columns->n_bytes;
}

const struct weir_schema *weir_columns_schema(const struct weir_columns *columns)
{
    return &columns->schema;
}

static const struct column_map *find_map(const struct weir_columns *columns, size_t column)
{
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (columns->schema.field[f] != WEIR_TYPE_NONE && column-- == 0)
            return &columns->field[f];
    return &columns->custom[column];
}

const char *weir_columns_path(const struct weir_columns *columns, size_t column)
{
    return columns->is_nameless ? NULL : find_map(columns, column)->path;
}

enum weir_status weir_columns_open_file(const struct weir_columns *columns, size_t column, int *fd,
                                        const char **name, struct weir_error *err)
{
    const struct column_map *map = find_map(columns, column);
    *name = map->path;
    *fd = open(map->path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", map->path);
    return WEIR_OK;
}

const void *weir_columns_value(const struct weir_columns *columns, size_t column, uint64_t begin)
{
    return find_map(columns, column)->mapping.data +
           begin * weir_type_bytes(column_type(&columns->schema, column));
}

void weir_columns_view(const struct weir_columns *columns, uint64_t begin, size_t n,
                       struct weir_batch *batch)
{
    batch->n = n;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const unsigned char *data = columns->field[f].mapping.data;
        const enum weir_type type = columns->schema.field[f];
        batch->field[f].type = data == NULL ? WEIR_TYPE_NONE : type;
        batch->field[f].data = data == NULL ? NULL : data + begin * weir_type_bytes(type);
    }
    batch->n_custom = 0;
    batch->custom = NULL;
}

void weir_columns_view_custom(const struct weir_columns *columns, uint64_t begin,
                              struct weir_column *custom)
{
    for (size_t i = 0; i < columns->schema.n_custom; i++) {
        const unsigned char *data = columns->custom[i].mapping.data;
        const enum weir_type type = columns->schema.custom[i].type;
        custom[i].type = data == NULL ? WEIR_TYPE_NONE : type;
        custom[i].data = data == NULL ? NULL : data + begin * weir_type_bytes(type);
    }
}
