/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of a directory are columns. */
#include "columns_directory.h"

#include "columns.h"
#include "columns_journal.h"
#include "field.h"
#include "temporary.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Splits "name.c" without asking whether c is a type code. */
static bool split_name(const char *entry, char *name, char *code)
{
    const size_t length = strlen(entry);
    if (length < 3 || length - 2 >= WEIR_COLUMN_NAME_MAX || entry[length - 2] != '.')
        return false;
    for (size_t i = 0; i < length - 2; i++) {
        const unsigned char c = (unsigned char)entry[i];
        if (c != '_' && !isalpha(c) && (i == 0 || !isdigit(c)))
            return false;
    }
    memset(name, 0, WEIR_COLUMN_NAME_MAX);
    memcpy(name, entry, length - 2);
    *code = entry[length - 1];
    return true;
}

bool weir_column_name_parse(const char *entry, char *name, char *code)
{
    return split_name(entry, name, code) && weir_type_find(*code) != WEIR_TYPE_NONE;
}

bool weir_columns_detect(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return false;
    bool found = weir_columns_journal_exists(path); /* its columns may not be there yet */
    for (struct dirent *entry = readdir(dir); entry != NULL && !found; entry = readdir(dir)) {
        char name[WEIR_COLUMN_NAME_MAX];
        char code = '\0';
        found = weir_column_name_parse(entry->d_name, name, &code) &&
                weir_field_find(name, strlen(name)) != WEIR_N_FIELDS;
    }
    closedir(dir);
    return found;
}

static enum weir_status append_file(struct weir_columns_directory *directory, const char *path,
                                    const struct weir_column_file *file, struct weir_error *err)
{
    if (directory->n_files == directory->capacity) {
        const size_t capacity = directory->capacity == 0 ? 32 : 2 * directory->capacity;
        struct weir_column_file *files =
            weir_mem_resize(directory->mem, directory->files, capacity * sizeof *files);
        if (files == NULL)
            return weir_error_set(err, WEIR_MEMORY, "%s: no memory to list it", path);
        directory->files = files;
        directory->capacity = capacity;
    }
    directory->files[directory->n_files++] = *file;
    return WEIR_OK;
}

static void note_foreign(struct weir_columns_directory *directory, const char *entry)
{
    if (directory->foreign[0] == '\0' || strcmp(entry, directory->foreign) < 0)
        snprintf(directory->foreign, sizeof directory->foreign, "%s", entry);
}

static enum weir_status read_entry(struct weir_columns_directory *directory, int dir_fd,
                                   const char *path, const char *entry, struct weir_error *err)
{
    struct weir_column_file file = {0};
    struct stat st;
    if (weir_temporary_is_name(entry))
        return WEIR_OK; /* a trace under way to a mount point */
    if (!split_name(entry, file.name, &file.code) || fstatat(dir_fd, entry, &st, 0) != 0 ||
        !S_ISREG(st.st_mode)) {
        note_foreign(directory, entry);
        return WEIR_OK;
    }
    file.type = weir_type_find(file.code);
    file.n_bytes = (uint64_t)st.st_size;
    if (file.type != WEIR_TYPE_NONE)
        return append_file(directory, path, &file, err);
    if (weir_field_find(file.name, strlen(file.name)) == WEIR_N_FIELDS) {
        note_foreign(directory, entry);
        return WEIR_OK;
    }
    return weir_error_set(err, WEIR_FORMAT,
                          "%s/%s: expected a type code of b B h H i I l L q Q f d, but found %c",
                          path, entry, file.code);
}

enum weir_status weir_columns_directory_read(const char *path, struct weir_mem *mem,
                                             struct weir_columns_directory *directory,
                                             struct weir_error *err)
{
    *directory = (struct weir_columns_directory){.mem = mem};
    DIR *dir = opendir(path);
    if (dir == NULL)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened as a trace", path);
    enum weir_status status = WEIR_OK;
    while (status == WEIR_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            if (errno != 0)
                status = weir_error_errno(err, WEIR_IO, errno, "%s: cannot be listed", path);
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = read_entry(directory, dirfd(dir), path, entry->d_name, err);
    }
    closedir(dir);
    return status;
}

void weir_columns_directory_release(struct weir_columns_directory *directory)
{
    if (directory->mem != NULL)
        weir_mem_free(directory->mem, directory->files);
    directory->files = NULL;
    directory->n_files = 0;
}

void weir_columns_directory_remove(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char name[WEIR_COLUMN_NAME_MAX];
        char code = '\0';
        if (weir_column_name_parse(entry->d_name, name, &code))
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    (void)rmdir(path);
}
