/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shelf of a job: a short list, searched by path. */
#include "shelf.h"

#include <string.h>

struct item {
    struct item *next;
    char *path;
    struct weir_columns *columns; /* NULL: not complete, or dropped */
};

struct weir_shelf {
    struct weir_mem *mem;
    const char *directory;
    struct item *first;
};

enum weir_status weir_shelf_new(const char *directory, struct weir_mem *mem,
                                struct weir_shelf **shelf, struct weir_error *err)
{
    *shelf = weir_mem_zalloc(mem, 1, sizeof **shelf);
    if (*shelf == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to keep records");
    (*shelf)->mem = mem;
    (*shelf)->directory = directory;
    return WEIR_OK;
}

void weir_shelf_free(struct weir_shelf *shelf)
{
    if (shelf == NULL)
        return;
    for (struct item *item = shelf->first, *next; item != NULL; item = next) {
        next = item->next;
        weir_columns_close(item->columns);
        weir_mem_free(shelf->mem, item->path);
        weir_mem_free(shelf->mem, item);
    }
    weir_mem_free(shelf->mem, shelf);
}

static struct item *find_item(const struct weir_shelf *shelf, const char *path)
{
    for (struct item *item = shelf == NULL ? NULL : shelf->first; item != NULL; item = item->next)
        if (strcmp(item->path, path) == 0)
            return item;
    return NULL;
}

enum weir_status weir_shelf_reserve(struct weir_shelf *shelf, const char *path,
                                    struct weir_error *err)
{
    struct item *item = weir_mem_zalloc(shelf->mem, 1, sizeof *item);
    char *copy = weir_mem_strdup(shelf->mem, path);
    if (item == NULL || copy == NULL) {
        weir_mem_free(shelf->mem, item);
        weir_mem_free(shelf->mem, copy);
        return weir_error_set(err, WEIR_MEMORY, "no memory to keep records");
    }
    *item = (struct item){.next = shelf->first, .path = copy};
    shelf->first = item;
    return WEIR_OK;
}

bool weir_shelf_holds(const struct weir_shelf *shelf, const char *path)
{
    return find_item(shelf, path) != NULL;
}

bool weir_shelf_place(struct weir_shelf *shelf, const char *path,
                      struct weir_columns_nameless *nameless)
{
    struct item *item = find_item(shelf, path);
    if (item == NULL)
        return false;
    *nameless =
        (struct weir_columns_nameless){.directory = shelf->directory,
                                       .memory_bytes = weir_mem_available_bytes(shelf->mem) / 2,
                                       .records_max = UINT64_MAX,
                                       .opened = &item->columns};
    return true;
}

const struct weir_columns *weir_shelf_find(const struct weir_shelf *shelf, const char *path)
{
    const struct item *item = find_item(shelf, path);
    return item == NULL ? NULL : item->columns;
}

void weir_shelf_drop(struct weir_shelf *shelf, const char *path)
{
    struct item *item = find_item(shelf, path);
    if (item == NULL)
        return;
    weir_columns_close(item->columns);
    item->columns = NULL;
}
