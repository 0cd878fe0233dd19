/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a fit. */
#include "fit_files.h"

#include "mixture_json.h"

#include <limits.h>
#include <stdio.h>

static enum weir_status create_file(const struct weir_fit_files_request *request, const char *y,
                                    const char *suffix, struct weir_output **output,
                                    struct weir_error *err)
{
    char path[PATH_MAX];
    const int n = snprintf(path, sizeof path, "%s/%s.%s", request->directory, y, suffix);
    return n > 0 && (size_t)n < sizeof path
               ? weir_output_create(path, request->sync, request->mem, output, err)
               : weir_error_set(err, WEIR_LIMIT, "--output: the path is too long");
}

enum weir_status weir_fit_files_create(const struct weir_fit_files_request *request,
                                       struct weir_fit_files *files, struct weir_error *err)
{
    const size_t n_outputs = request->y->n * WEIR_FIT_N_FILES;
    enum weir_status status = WEIR_OK;
    *files = (struct weir_fit_files){.n = request->y->n, .mem = request->mem};
    files->output = weir_mem_zalloc(request->mem, n_outputs, sizeof(struct weir_output *));
    if (files->output == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    for (size_t o = 0; o < n_outputs && status == WEIR_OK; o++) {
        const char *suffix = request->suffix[o % WEIR_FIT_N_FILES];
        if (suffix != NULL)
            status = create_file(request, request->y->word[o / WEIR_FIT_N_FILES], suffix,
                                 &files->output[o], err);
    }
    return status;
}

static struct weir_output *output_of(const struct weir_fit_files *files, size_t i,
                                     enum weir_fit_file file)
{
    return files->output[i * WEIR_FIT_N_FILES + file];
}

enum weir_status weir_fit_files_write(const struct weir_fit_files *files, size_t i,
                                      enum weir_fit_file file, struct weir_text *text,
                                      struct weir_error *err)
{
    struct weir_output *output = output_of(files, i, file);
    return output != NULL ? weir_text_write(text, output, err) : WEIR_OK;
}

enum weir_status weir_fit_files_write_mixture(const struct weir_fit_files *files, size_t i,
                                              const struct weir_mixture *mixture,
                                              struct weir_error *err)
{
    return weir_mixture_json_write(mixture, output_of(files, i, WEIR_FIT_FILE_MIXTURE), err);
}

enum weir_status weir_fit_files_commit(const struct weir_fit_files *files, uint64_t *n_bytes,
                                       struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t o = 0; o < files->n * WEIR_FIT_N_FILES && status == WEIR_OK; o++) {
        struct weir_output *complete = files->output[o];
        files->output[o] = NULL;
        if (complete == NULL)
            continue;
        *n_bytes += weir_output_bytes(complete);
        status = weir_output_commit(complete, err);
    }
    return status;
}

void weir_fit_files_release(struct weir_fit_files *files)
{
    if (files->mem == NULL)
        return;
    for (size_t o = 0; files->output != NULL && o < files->n * WEIR_FIT_N_FILES; o++)
        weir_output_discard(files->output[o]);
    weir_mem_free(files->mem, files->output);
    *files = (struct weir_fit_files){.mem = NULL};
}
