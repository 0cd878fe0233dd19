/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of job files: patterns that name inputs, and outputs that must not touch anything else. */
#include "job_paths.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum weir_status no_memory(struct weir_error *err)
{
    return weir_error_set(err, WEIR_MEMORY, "no memory left for the paths of the job");
}

int weir_job_path_compare(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    const int x = *a == '/' ? 1 : (unsigned char)*a + (*a != '\0');
    const int y = *b == '/' ? 1 : (unsigned char)*b + (*b != '\0');
    return x - y;
}

bool weir_job_path_is_within(const char *path, const char *directory)
{
    const size_t n = strlen(directory);
    return strncmp(path, directory, n) == 0 &&
           (path[n] == '\0' || path[n] == '/' || (n > 0 && directory[n - 1] == '/'));
}

const char *weir_job_path_join(const char *base, const char *path, struct weir_option_arena *arena)
{
    const size_t n_base = path[0] == '/' ? 0 : strlen(base), n_path = strlen(path);
    const bool slash = n_base > 0 && base[n_base - 1] != '/';
    char *joined = weir_option_arena_alloc(arena, n_base + n_path + 2);
    if (joined == NULL)
        return NULL;
    memcpy(joined, base, n_base);
    if (slash)
        joined[n_base] = '/';
    memcpy(joined + n_base + slash, path, n_path + 1);
    return joined;
}

const char *weir_job_path_directory(const char *file, struct weir_option_arena *arena)
{
    const char *slash = strrchr(file, '/');
    return weir_option_arena_text(arena, file, slash == NULL ? 0 : (size_t)(slash - file) + 1);
}

bool weir_job_path_tidy(char *text)
{
    if (text[0] == '/' || strcmp(text, "-") == 0)
        return false;
    const size_t length = strlen(text);
    if (length == 0 || text[length - 1] == '/')
        return false;
    char *out = text;
    for (const char *at = text; *at != '\0';) {
        const size_t n = strcspn(at, "/");
        if (n == 2 && memcmp(at, "..", 2) == 0)
            return false;
        if (n > 0 && !(n == 1 && *at == '.')) {
            if (out != text)
                *out++ = '/';
            memmove(out, at, n);
            out += n;
        }
        at += n;
        at += *at == '/';
    }
    *out = '\0';
    return out != text;
}

/* Appends what does not exist yet to the real form of what does. */
static enum weir_status append_rest(const char *path, const char *rest, char *real,
                                    struct weir_error *err)
{
    size_t length = strlen(real);
    while (*rest != '\0') {
        const size_t n = strcspn(rest, "/");
        if (n == 2 && memcmp(rest, "..", 2) == 0)
            return weir_error_set(err, WEIR_IO, "%s: leads through a directory that does not exist",
                                  path);
        if (n > 0 && !(n == 1 && *rest == '.')) {
            if (length + n + 2 > PATH_MAX || n > NAME_MAX)
                return weir_error_set(err, WEIR_IO, "%s: path too long", path);
            if (real[length - 1] != '/')
                real[length++] = '/';
            memcpy(real + length, rest, n);
            length += n;
            real[length] = '\0';
        }
        rest += n;
        rest += *rest == '/';
    }
    return WEIR_OK;
}

enum weir_status weir_job_path_real(const char *path, char *real, struct weir_error *err)
{
    char head[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof head)
        return weir_error_set(err, WEIR_IO, "%.80s...: path too long", path);
    memcpy(head, path, n + 1);
    while (n > 0 && realpath(head, real) == NULL) {
        if (errno != ENOENT)
            return weir_error_errno(err, WEIR_IO, errno, "%s", path);
        /* Off with the last component, and with the slashes before it. */
        while (n > 0 && head[n - 1] == '/')
            n--;
        while (n > 0 && head[n - 1] != '/')
            n--;
        head[n] = '\0';
    }
    if (n == 0 && realpath(path[0] == '/' ? "/" : ".", real) == NULL)
        return weir_error_errno(err, WEIR_IO, errno, "%s", path);
    struct stat st;
    if (path[n] != '\0' && stat(real, &st) == 0 && !S_ISDIR(st.st_mode))
        return weir_error_set(err, WEIR_IO, "%s: %s is no directory", path, real);
    return append_rest(path, path + n, real, err);
}

static bool is_pattern(const char *text)
{
    return strpbrk(text, "*?[") != NULL;
}

/* `base` and `pattern` as one pattern in which `base` means itself. */
static const char *join_pattern(const char *base, const char *pattern,
                                struct weir_option_arena *arena)
{
    char *escaped = weir_option_arena_alloc(arena, 2 * strlen(base) + 1);
    if (escaped == NULL)
        return NULL;
    char *out = escaped;
    for (const char *at = base; *at != '\0'; at++) {
        if (strchr("*?[]\\", *at) != NULL)
            *out++ = '\\';
        *out++ = *at;
    }
    return weir_job_path_join(escaped, pattern, arena);
}

static int compare_words(const void *a, const void *b)
{
    return weir_job_path_compare(*(char *const *)a, *(char *const *)b);
}

static bool is_being_written(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strncmp(slash == NULL ? path : slash + 1, "nfcapd.current", 14) == 0;
}

static enum weir_status append_matches(glob_t *matches, const char *text,
                                       struct weir_option_arena *arena, struct weir_words *paths,
                                       struct weir_error *err)
{
    size_t n_kept = 0;
    qsort(matches->gl_pathv, matches->gl_pathc, sizeof *matches->gl_pathv, compare_words);
    for (size_t i = 0; i < matches->gl_pathc; i++) {
        const char *path = matches->gl_pathv[i];
        if (is_being_written(path))
            continue;
        const char *copy = weir_option_arena_text(arena, path, strlen(path));
        if (copy == NULL)
            return no_memory(err);
        const enum weir_status status = weir_words_append(paths, copy, arena, err);
        if (status != WEIR_OK)
            return status;
        n_kept++;
    }
    if (n_kept > 0)
        return WEIR_OK;
    return weir_error_set(err, WEIR_IO,
                          "nothing but files that are still being written matches "
                          "\"%.200s\"",
                          text);
}

/* Stops a match at a directory that cannot be read: inputs would be left out in silence. */
static int is_unreadable(const char *path, int error_number)
{
    (void)path;
    errno = error_number;
    return error_number != ENOENT && error_number != ENOTDIR;
}

static enum weir_status expand_pattern(const char *base, const char *text,
                                       struct weir_option_arena *arena, struct weir_words *paths,
                                       struct weir_error *err)
{
    const char *pattern = text[0] == '/' ? text : join_pattern(base, text, arena);
    if (pattern == NULL)
        return no_memory(err);
    glob_t matches = {0};
    enum weir_status status = WEIR_OK;
    errno = 0;
    switch (glob(pattern, GLOB_NOSORT, is_unreadable, &matches)) {
    case 0:
        status = append_matches(&matches, text, arena, paths, err);
        break;
    case GLOB_NOMATCH:
        status = weir_error_set(err, WEIR_IO, "no input matches \"%.200s\"", text);
        break;
    case GLOB_NOSPACE:
        status = no_memory(err);
        break;
    default:
        status =
            weir_error_errno(err, WEIR_IO, errno, "a directory of \"%.200s\" cannot be read", text);
        break;
    }
    globfree(&matches);
    return status;
}

enum weir_status weir_job_path_expand(const char *base, const char *text,
                                      struct weir_option_arena *arena, struct weir_words *paths,
                                      struct weir_error *err)
{
    if (text[0] == '\0')
        return weir_error_set(err, WEIR_IO, "expected a path, but found nothing");
    if (strcmp(text, "-") == 0)
        return weir_words_append(paths, "-", arena, err);
    const char *path = weir_job_path_join(base, text, arena);
    if (path == NULL)
        return no_memory(err);
    struct stat st;
    if (stat(path, &st) == 0)
        return weir_words_append(paths, path, arena, err);
    if (errno == ENOENT && is_pattern(text))
        return expand_pattern(base, text, arena, paths, err);
    return weir_error_errno(err, WEIR_IO, errno, "no input \"%.200s\"", text);
}
