/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commit journal of a trace. Columns are moved before others are removed, so that the directory
 * looks like a trace all the time; the journal goes last. */
#include "columns_journal.h"

#include "columns_directory.h"
#include "guard.h"
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMIT_NAME  ".weir-commit"
#define JOURNAL_NAME "journal"
#define HEAD         "weir commit 1\n" /* then the names of all columns, a line each */
#define TAIL         "end\n"
#define TEXT_BYTES   16384 /* 85 columns take at most 6000 */
#define N_TRIES      100

struct journal {
    const char *path; /* of the trace */
    char directory[PATH_MAX];
    char file[PATH_MAX];
    char text[TEXT_BYTES]; /* NUL-terminated */
    size_t n;              /* bytes of text */
};

static enum weir_status set_paths(struct journal *journal, const char *path, struct weir_error *err)
{
    journal->path = path;
    const int n = snprintf(journal->directory, PATH_MAX, "%s/" COMMIT_NAME, path);
    const int m = snprintf(journal->file, PATH_MAX, "%s/" COMMIT_NAME "/" JOURNAL_NAME, path);
    if (n < 0 || m < 0 || m >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "%s: path too long", path);
    return WEIR_OK;
}

bool weir_columns_journal_exists(const char *path)
{
    struct journal journal;
    return set_paths(&journal, path, NULL) == WEIR_OK && access(journal.file, F_OK) == 0;
}

/* --- completing ------------------------------------------------------------------------------ */

static enum weir_status not_completed(const struct journal *journal, int reason,
                                      struct weir_error *err)
{
    return weir_error_errno(err, WEIR_IO, reason,
                            "%s: it is being replaced by a new trace, which cannot be completed",
                            journal->path);
}

static enum weir_status read_text(struct journal *journal, int fd, struct weir_error *err)
{
    journal->n = 0;
    while (journal->n < TEXT_BYTES - 1) {
        const ssize_t got =
            pread(fd, journal->text + journal->n, TEXT_BYTES - 1 - journal->n, (off_t)journal->n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return not_completed(journal, errno, err);
        if (got == 0)
            break;
        journal->n += (size_t)got;
    }
    journal->text[journal->n] = '\0';
    const size_t head = strlen(HEAD);
    const size_t tail = strlen(TAIL);
    if (journal->n < head + tail || strncmp(journal->text, HEAD, head) != 0 ||
        strcmp(journal->text + journal->n - tail, TAIL) != 0)
        return weir_error_set(err, WEIR_FORMAT,
                              "%s: expected a commit journal, but found other text", journal->file);
    journal->n -= tail;
    journal->text[journal->n] = '\0';
    return WEIR_OK;
}

/* Takes the next name of the list at *at into `entry`; false at its end. */
static bool next_name(const struct journal *journal, size_t *at, char *entry)
{
    const char *begin = journal->text + *at;
    const char *end = strchr(begin, '\n');
    if (end == NULL)
        return false;
    const size_t n = (size_t)(end - begin) < NAME_MAX ? (size_t)(end - begin) : NAME_MAX;
    memcpy(entry, begin, n);
    entry[n] = '\0';
    *at += (size_t)(end - begin) + 1;
    return true;
}

static bool is_listed(const struct journal *journal, const char *name)
{
    char entry[NAME_MAX + 1];
    size_t at = strlen(HEAD);
    while (next_name(journal, &at, entry))
        if (strcmp(entry, name) == 0)
            return true;
    return false;
}

/* Moves the columns that are not moved yet. */
static enum weir_status move_columns(const struct journal *journal, struct weir_error *err)
{
    char entry[NAME_MAX + 1];
    size_t at = strlen(HEAD);
    while (next_name(journal, &at, entry)) {
        char name[WEIR_COLUMN_NAME_MAX];
        char code = '\0';
        char from[PATH_MAX];
        char to[PATH_MAX];
        if (!weir_column_name_parse(entry, name, &code))
            return weir_error_set(err, WEIR_FORMAT, "%s: expected a column, but found \"%s\"",
                                  journal->file, entry);
        const int n = snprintf(from, sizeof from, "%s/%s", journal->directory, entry);
        const int m = snprintf(to, sizeof to, "%s/%s", journal->path, entry);
        if (n < 0 || n >= PATH_MAX || m < 0)
            return weir_error_set(err, WEIR_LIMIT, "%s: path too long", journal->path);
        if (rename(from, to) != 0 && (errno != ENOENT || access(to, F_OK) != 0))
            return not_completed(journal, errno, err);
    }
    return WEIR_OK;
}

/* Removes the columns of older traces. */
static enum weir_status remove_others(const struct journal *journal, struct weir_error *err)
{
    DIR *dir = opendir(journal->path);
    if (dir == NULL)
        return not_completed(journal, errno, err);
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        char name[WEIR_COLUMN_NAME_MAX];
        char code = '\0';
        if (entry == NULL) {
            status = errno == 0 ? WEIR_END : not_completed(journal, errno, err);
            break;
        }
        if (weir_column_name_parse(entry->d_name, name, &code) &&
            !is_listed(journal, entry->d_name) && unlinkat(dirfd(dir), entry->d_name, 0) != 0 &&
            errno != ENOENT)
            status = not_completed(journal, errno, err);
    }
    closedir(dir);
    return status == WEIR_END ? WEIR_OK : status;
}

static enum weir_status wait_lock(const struct journal *journal, int fd, struct weir_error *err)
{
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "%s: interrupted", journal->path);
    return WEIR_OK; /* where there are no locks, repeating every step does no harm */
}

/* Does all steps of the journal in `fd`, unless another process has done them before the lock was
 * ours. */
static enum weir_status complete(struct journal *journal, int fd, bool sync, struct weir_error *err)
{
    struct stat mine;
    struct stat there;
    enum weir_status status = wait_lock(journal, fd, err);
    if (status != WEIR_OK)
        return status;
    if (fstat(fd, &mine) != 0 || stat(journal->file, &there) != 0 || mine.st_dev != there.st_dev ||
        mine.st_ino != there.st_ino)
        return WEIR_END;
    status = read_text(journal, fd, err);
    if (status == WEIR_OK)
        status = move_columns(journal, err);
    if (status == WEIR_OK)
        status = remove_others(journal, err);
    if (status == WEIR_OK && sync)
        status = weir_output_flush_directory(journal->path, journal->path, err);
    if (status != WEIR_OK)
        return status;
    if (unlink(journal->file) != 0)
        return not_completed(journal, errno, err);
    (void)rmdir(journal->directory); /* if not now, then by the next command */
    return WEIR_OK;
}

static enum weir_status complete_all(struct journal *journal, bool sync, struct weir_error *err)
{
    for (int i = 0; i < N_TRIES; i++) {
        struct stat st;
        if (lstat(journal->directory, &st) != 0)
            return WEIR_OK;
        const int fd = open(journal->file, O_RDWR | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) { /* all is done but this */
            (void)rmdir(journal->directory);
            return WEIR_OK;
        }
        if (fd < 0)
            return not_completed(journal, errno, err);
        const enum weir_status status = complete(journal, fd, sync, err);
        close(fd);
        if (status != WEIR_END)
            return status;
    }
    return not_completed(journal, EBUSY, err);
}

enum weir_status weir_columns_journal_complete(const char *path, struct weir_error *err)
{
    struct journal journal;
    const enum weir_status status = set_paths(&journal, path, err);
    return status == WEIR_OK ? complete_all(&journal, true, err) : status;
}

/* --- committing ------------------------------------------------------------------------------ */

/* Lists the columns in `from`. */
static enum weir_status write_text(struct journal *journal, const char *from,
                                   struct weir_error *err)
{
    DIR *dir = opendir(from);
    if (dir == NULL)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be listed", from);
    journal->n = (size_t)snprintf(journal->text, TEXT_BYTES, HEAD);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char name[WEIR_COLUMN_NAME_MAX];
        char code = '\0';
        if (weir_column_name_parse(entry->d_name, name, &code) && journal->n < TEXT_BYTES)
            journal->n += (size_t)snprintf(journal->text + journal->n, TEXT_BYTES - journal->n,
                                           "%s\n", entry->d_name);
    }
    closedir(dir);
    if (journal->n < TEXT_BYTES)
        journal->n += (size_t)snprintf(journal->text + journal->n, TEXT_BYTES - journal->n, TAIL);
    if (journal->n >= TEXT_BYTES)
        return weir_error_set(err, WEIR_LIMIT, "%s: too many columns", journal->path);
    return WEIR_OK;
}

/* Writes the journal into `from`; what is there already is replaced. */
static enum weir_status write_journal(struct journal *journal, const char *from, bool sync,
                                      struct weir_mem *mem, struct weir_error *err)
{
    char file[PATH_MAX];
    struct weir_output *output = NULL;
    const int n = snprintf(file, sizeof file, "%s/" JOURNAL_NAME, from);
    if (n < 0 || n >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "%s: path too long", from);
    enum weir_status status = write_text(journal, from, err);
    if (status == WEIR_OK)
        status = weir_guard_add_path(file, err);
    if (status == WEIR_OK)
        status = weir_output_create(file, sync, mem, &output, err);
    if (status == WEIR_OK)
        status = weir_output_write(output, journal->text, journal->n, err);
    if (status == WEIR_OK)
        return weir_output_commit(output, err);
    weir_output_discard(output);
    return status;
}

static void remove_journal(const char *from)
{
    char file[PATH_MAX];
    const int n = snprintf(file, sizeof file, "%s/" JOURNAL_NAME, from);
    if (n > 0 && n < PATH_MAX)
        (void)unlink(file);
}

enum weir_status weir_columns_journal_commit(const char *path, const char *from, bool sync,
                                             struct weir_mem *mem, bool *committed,
                                             struct weir_error *err)
{
    struct journal journal;
    *committed = false;
    enum weir_status status = set_paths(&journal, path, err);
    if (status == WEIR_OK)
        status = write_journal(&journal, from, sync, mem, err);
    for (int i = 0; i < N_TRIES && status == WEIR_OK && !*committed; i++) {
        status = complete_all(&journal, sync, err); /* of another process */
        if (status != WEIR_OK)
            break;
        *committed = rename(from, journal.directory) == 0;
        if (!*committed && ((errno != EEXIST && errno != ENOTEMPTY) || i == N_TRIES - 1))
            status = weir_error_errno(err, WEIR_IO, errno, "%s: cannot be replaced", path);
    }
    if (!*committed) {
        remove_journal(from);
        return status;
    }
    if (sync)
        status = weir_output_flush_directory(path, path, err);
    return status == WEIR_OK ? complete_all(&journal, sync, err) : status;
}
