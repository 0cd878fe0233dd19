/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to report on. */
#include "report_files.h"

#include "hist_csv.h"
#include "job_paths.h"
#include "path.h"
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
    size_t n_root;     /* characters of paths in front of names */
    bool may_be_twice; /* paths that were named may lie in each other */
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

static bool is_listed(const struct weir_report_list *list, const struct stat *st)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->file[i].inode == st->st_ino && list->file[i].device == st->st_dev)
            return true;
    return false;
}

static enum weir_status append(struct walk *walk, struct weir_report_list *list, const char *path)
{
    struct weir_mem *mem = walk->files->mem;
    struct stat st;
    if (stat(path, &st) != 0)
        return weir_error_errno(walk->err, WEIR_IO, errno, "%s", path);
    if (walk->may_be_twice && is_listed(list, &st))
        return WEIR_OK;
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
    const char *name = copy + walk->n_root;
    list->file[list->n++] =
        (struct weir_report_file){copy, name + strspn(name, "/"), st.st_dev, st.st_ino};
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

/* *known tells whether it is anything to report on. */
static enum weir_status add_file(struct walk *walk, const char *path, bool *known)
{
    struct weir_report_files *files = walk->files;
    const char *file = last_component(path);
    *known = true;
    if (strcmp(file, "manifest.json") == 0)
        return append(walk, &files->manifests, path);
    if (weir_report_mixture_y(file) < WEIR_REPORT_N_Y)
        return append(walk, &files->mixtures, path);
    const enum weir_status status = is_hist(path, known, walk->err);
    return status == WEIR_OK && *known ? append(walk, &files->hists, path) : status;
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
    bool known = false;
    if (lstat(path, &link) != 0 || stat(path, &st) != 0)
        return WEIR_OK; /* a link to nothing, or gone meanwhile */
    if (S_ISREG(st.st_mode))
        return add_file(walk, path, &known);
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

/* Characters of the directory that a path is, or lies in. */
static size_t directory_length(const char *path)
{
    return weir_path_is_directory(path) ? strlen(path) : (size_t)(last_component(path) - path);
}

/* How much of a directory, `n` characters of `a`, another path's directory has in common with it,
 * in whole components. */
static size_t common_length(const char *a, size_t n, const char *b)
{
    const size_t n_other = directory_length(b);
    size_t i = 0;
    while (i < n && i < n_other && a[i] == b[i])
        i++;
    const bool whole = (i == n || a[i] == '/') && (i == n_other || b[i] == '/');
    while (!whole && i > 0 && a[i - 1] != '/')
        i--;
    return i;
}

static enum weir_status find_root(struct walk *walk, const char *const *paths, size_t n_paths)
{
    struct weir_report_files *files = walk->files;
    size_t n = directory_length(paths[0]);
    for (size_t i = 1; i < n_paths; i++)
        n = common_length(paths[0], n, paths[i]);
    while (n > 1 && paths[0][n - 1] == '/')
        n--;
    walk->n_root = n;
    files->root = weir_mem_zalloc(files->mem, n + 2, 1);
    if (files->root == NULL)
        return weir_error_set(walk->err, WEIR_MEMORY, "no memory to look for results");
    memcpy(files->root, n > 0 ? paths[0] : ".", n > 0 ? n : 1);
    return WEIR_OK;
}

static enum weir_status add_path(struct walk *walk, const char *path)
{
    struct stat st;
    bool known = false;
    if (path[0] == '\0' || stat(path, &st) != 0)
        return weir_error_errno(walk->err, WEIR_IO, path[0] == '\0' ? ENOENT : errno, "%s", path);
    if (S_ISDIR(st.st_mode))
        return walk_directory(walk, path, 0);
    const enum weir_status status = S_ISREG(st.st_mode) ? add_file(walk, path, &known) : WEIR_OK;
    return status != WEIR_OK || known
               ? status
               : weir_error_set(walk->err, WEIR_FORMAT,
                                "%s: expected a directory, a histogram, the mixture Y.json of a y, "
                                "or a manifest.json, but found another file",
                                path);
}

static int compare_files(const void *a, const void *b)
{
    return weir_job_path_compare(((const struct weir_report_file *)a)->path,
                                 ((const struct weir_report_file *)b)->path);
}

static void order(struct weir_report_list *list)
{
    if (list->n > 1)
        qsort(list->file, list->n, sizeof *list->file, compare_files);
}

enum weir_status weir_report_files_find(struct weir_report_files *files, const char *const *paths,
                                        size_t n_paths, struct weir_mem *mem,
                                        struct weir_error *err)
{
    struct walk walk = {.files = files, .may_be_twice = n_paths > 1, .err = err};
    *files = (struct weir_report_files){.mem = mem};
    enum weir_status status = find_root(&walk, paths, n_paths);
    for (size_t i = 0; i < n_paths && status == WEIR_OK; i++)
        status = add_path(&walk, paths[i]);
    order(&files->hists);
    order(&files->mixtures);
    order(&files->manifests);
    return status;
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
    weir_mem_free(files->mem, files->root);
    *files = (struct weir_report_files){0};
}
