/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls a fuzz target with every file of the directories that are given, in order of their names.
 */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)1 << 20)

/* Runs one file in a buffer of exactly its size, so that a sanitizer sees reads behind the end. */
static bool run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *content = NULL;
    size_t n = 0;
    FILE *copy = open_memstream(&content, &n);
    bool good = file != NULL && copy != NULL;
    for (int byte = good ? fgetc(file) : EOF; byte != EOF && n <= INPUT_BYTES_MAX;
         byte = fgetc(file))
        fputc(byte, copy);
    good = good && ferror(file) == 0;
    if (copy != NULL && fclose(copy) != 0)
        good = false;
    if (file != NULL)
        fclose(file);
    uint8_t *exact = good ? malloc(n) : NULL;
    if (exact != NULL || n == 0) {
        if (n > 0)
            memcpy(exact, content, n);
        LLVMFuzzerTestOneInput(exact, n);
    }
    free(exact);
    free(content);
    if (!good)
        perror(path);
    return good;
}

/* Returns the number of files that were run, or -1. */
static int run_directory(const char *path)
{
    struct dirent **entries = NULL;
    const int n_entries = scandir(path, &entries, NULL, alphasort);
    int n_run = 0;
    if (n_entries < 0)
        perror(path);
    for (int i = 0; i < n_entries; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && n_run >= 0)
            n_run = run_file(name) ? n_run + 1 : -1;
        free(entries[i]);
    }
    free(entries);
    return n_entries < 0 ? -1 : n_run;
}

int main(int argc, char *argv[])
{
    int n_all = 0;
    for (int i = 1; i < argc; i++) {
        const int n = run_directory(argv[i]);
        if (n <= 0) {
            fprintf(stderr, "%s: expected inputs to run\n", argv[i]);
            return 1;
        }
        n_all += n;
    }
    printf("%d inputs\n", n_all);
    return n_all > 0 ? 0 : 1;
}
