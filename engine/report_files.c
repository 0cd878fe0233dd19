/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to report on below a directory. */
#include "report_files.h"

#include "hist_csv.h"
#include "summary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX  64
#define HEAD_BYTES 256 /* tell a histogram */

struct walk {
    struct weir_report_files *files;
    size_t n_skipped; /* characters of paths in front of names */
    struct weir_error *err;
};

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

size_t weir_report_mixture_y(const char *name)
{
    const char *file = last_component(name);
    size_t y = 0;
    for (; y < WEIR_REPORT_N_Y; y++) {
        const size_t n = strlen(weir_summary_y[y]);
        if (strncmp(file, weir_summary_y[y], n) == 0 && strcmp(file + n, ".json") == 0)
            break;
    }
    return y;
}

static enum weir_status append(struct walk *walk, struct weir_report_list *list, const char *path)
{
    struct weir_mem *mem = walk->files->mem;
    if (list->n == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        struct weir_report_file *grown =
            weir_mem_resize(mem, list->file, capacity * sizeof *list->file);
        if (grown == NULL)
            return weir_error_set(walk->err, WEIR_MEMORY, "no memory for a list of %zu files",
                                  capacity);
        list->file = grown;
        list->capacity = capacity;
    }
    char *copy = weir_mem_strdup(mem, path);
    if (copy == NULL)
        return weir_error_set(walk->err, WEIR_MEMORY, "no memory for a list of %zu files",
                              list->n + 1);
    list->file[list->n++] = (struct weir_report_file){copy, copy + walk->n_skipped};
    return WEIR_OK;
}

/* Tells by the first bytes of a file whether it is a histogram. */
static enum weir_status is_hist(const char *path, bool *yes, struct weir_error *err)
{
    char head[HEAD_BYTES];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = -1;
    int reason = errno;
    if (fd >= 0) {
        do {
            n = read(fd, head, sizeof head);
            reason = errno;
        } while (n < 0 && reason == EINTR);
        close(fd);
    }
    if (n < 0)
        return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be read", path);
    *yes = weir_hist_csv_detect(head, (size_t)n);
    return WEIR_OK;
}

static enum weir_status add_file(struct walk *walk, const char *path)
{
    struct weir_report_files *files = walk->files;
    const char *file = last_component(path);
    bool hist = false;
    if (strcmp(file, "manifest.json") == 0)
        return append(walk, &files->manifests, path);
    if (weir_report_mixture_y(file) < WEIR_REPORT_N_Y)
        return append(walk, &files->mixtures, path);
    const enum weir_status status = is_hist(path, &hist, walk->err);
    return status == WEIR_OK && hist ? append(walk, &files->hists, path) : status;
}

static enum weir_status walk_directory(struct walk *walk, const char *path, int depth);

static enum weir_status walk_entry(struct walk *walk, const char *directory, const char *name,
                                   int depth)
{
    char path[PATH_MAX];
    const size_t length = strlen(directory);
    const bool has_slash = length > 0 && directory[length - 1] == '/';
    const int n = snprintf(path, sizeof path, "%s%s%s", directory, has_slash ? "" : "/", name);
    if (n < 0 || n >= PATH_MAX)
        return weir_error_set(walk->err, WEIR_LIMIT, "%.256s...: the path is too long", directory);
    struct stat link;
    struct stat st;
    if (lstat(path, &link) != 0 || stat(path, &st) != 0)
        return WEIR_OK; /* a link to nothing, or gone meanwhile */
    if (S_ISREG(st.st_mode))
        return add_file(walk, path);
    if (S_ISDIR(st.st_mode) && !S_ISLNK(link.st_mode)) /* links may lead in circles */
        return walk_directory(walk, path, depth + 1);
    return WEIR_OK;
}

/* By bytes, not by the locale: the order must be the same everywhere. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum weir_status walk_directory(struct walk *walk, const char *path, int depth)
{
    if (depth > DEPTH_MAX)
        return weir_error_set(walk->err, WEIR_LIMIT, "%s: directories nested more than %d deep",
                              path, DEPTH_MAX);
    struct dirent **entries = NULL;
    const int n = scandir(path, &entries, NULL, compare_entries);
    if (n < 0)
        return weir_error_errno(walk->err, WEIR_IO, errno, "%s: cannot be listed", path);
    enum weir_status status = WEIR_OK;
    for (int i = 0; i < n; i++) {
        if (status == WEIR_OK && entries[i]->d_name[0] != '.')
            status = walk_entry(walk, path, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum weir_status weir_report_files_find(struct weir_report_files *files, const char *directory,
                                        struct weir_mem *mem, struct weir_error *err)
{
    const size_t length = strlen(directory);
    struct walk walk = {.files = files, .n_skipped = length, .err = err};
    struct stat st;
    *files = (struct weir_report_files){.mem = mem};
    if (length == 0 || stat(directory, &st) != 0)
        return weir_error_errno(err, WEIR_IO, length == 0 ? ENOENT : errno, "%s", directory);
    if (!S_ISDIR(st.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: expected a directory of results, but found a file",
                              directory);
    walk.n_skipped += directory[length - 1] != '/';
    return walk_directory(&walk, directory, 0);
}

static void release_list(struct weir_mem *mem, struct weir_report_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        weir_mem_free(mem, list->file[i].path);
    weir_mem_free(mem, list->file);
}

void weir_report_files_release(struct weir_report_files *files)
{
    if (files->mem == NULL)
        return;
    release_list(files->mem, &files->hists);
    release_list(files->mem, &files->mixtures);
    release_list(files->mem, &files->manifests);
    weir_mem_free(files->mem, files->model);
    *files = (struct weir_report_files){0};
}
