/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What unit tests share: checks with messages, temporary directories, memory accounts. */
#ifndef WEIR_CHECK_H
#define WEIR_CHECK_H

#include "mem.h"
#include "status.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fails the test with the error's message unless `call` gives `want`. Needs `struct weir_error err`
 * in scope. */
#define CHECK_STATUS(call, want)                                                     \
    do {                                                                             \
        err.message[0] = '\0';                                                       \
        const enum weir_status check_got = (call);                                   \
        cr_assert(check_got == (want), "%s: %s instead of %s: %s", #call,            \
                  weir_status_name(check_got), weir_status_name(want), err.message); \
    } while (0)
#define CHECK_OK(call) CHECK_STATUS(call, WEIR_OK)

/* Fails unless the last error message contains `text`. */
#define CHECK_MESSAGE(text) \
    cr_assert(strstr(err.message, (text)) != NULL, "no \"%s\" in \"%s\"", (text), err.message)

/* Makes a new empty directory and changes into it; the path is written to `path`. */
static inline void check_enter_directory(char *path, size_t capacity)
{
    const char *top = getenv("TMPDIR");
    snprintf(path, capacity, "%s/weir-test.XXXXXX", top != NULL ? top : "/tmp");
    cr_assert(mkdtemp(path) != NULL);
    cr_assert(chdir(path) == 0);
}

/* Removes what check_enter_directory made, with everything in it. */
static inline void check_leave_directory(const char *path)
{
    char command[4200];
    cr_assert(chdir("/") == 0);
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    cr_assert(system(command) == 0);
}

/* Writes a file. */
static inline void check_write_file(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    cr_assert(file != NULL && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

/* The folder of the reference data, or NULL (after a line that says so) where it is absent: the
 * test then returns. */
static inline const char *check_reference(void)
{
    const char *path = getenv("WEIR_REFERENCE");
    if (path != NULL && access(path, R_OK) == 0)
        return path;
    fprintf(stderr, "SKIPPED: no reference data (WEIR_REFERENCE)\n");
    return NULL;
}

/* A memory account must be empty at the end of a test. */
#define CHECK_NO_LEAK(mem)                                                           \
    cr_assert(atomic_load(&(mem)->used_bytes) == 0, "%zu bytes were not given back", \
              (size_t)atomic_load(&(mem)->used_bytes))

#endif
