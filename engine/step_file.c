/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output and scratch directory of a step. */
#include "step_file.h"

#include <string.h>
#include <sys/stat.h>

static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool is_file(const char *path, struct stat *st)
{
    return !is_stdout(path) && stat(path, st) == 0 && S_ISREG(st->st_mode);
}

bool weir_step_replaces(const char *output, const char *const *paths, size_t n_paths)
{
    struct stat file;
    if (!is_file(output, &file))
        return false;
    for (size_t i = 0; i < n_paths; i++) {
        struct stat input;
        if (stat(paths[i], &input) == 0 && input.st_dev == file.st_dev &&
            input.st_ino == file.st_ino)
            return true;
    }
    return false;
}

/* An input that would be replaced by its own result is surely a mistake. */
enum weir_status weir_step_check_output(const struct weir_step *step, bool in_place,
                                        struct weir_error *err)
{
    const struct weir_scan_params *params = step->params;
    struct stat output;
    if (!is_file(params->output, &output))
        return WEIR_OK;
    const bool operand = weir_step_replaces(params->output, params->paths.word, params->paths.n);
    const bool refused =
        operand ? !in_place
                : step->source != NULL && weir_source_holds(step->source, params->output);
    if (refused)
        return weir_error_set(err, WEIR_USAGE,
                              "--output: expected another file than the inputs, but found %s",
                              params->output);
    return WEIR_OK;
}

enum weir_status weir_step_create_output(const struct weir_step *step, struct weir_output **output,
                                         struct weir_error *err)
{
    const struct weir_scan_params *params = step->params;
    const enum weir_status status = weir_step_check_output(step, false, err);
    if (status != WEIR_OK)
        return status;
    return weir_output_create(params->output, step->run->sync, &step->run->mem, output, err);
}

enum weir_status weir_step_find_format(const struct weir_step *step, const char *name,
                                       const struct weir_format **format, struct weir_error *err)
{
    const struct weir_scan_params *params = step->params;
    *format = weir_format_find(name);
    if (*format == NULL || (*format)->create == NULL)
        return weir_error_set(
            err, WEIR_USAGE,
            "--out-format: expected csv_flow, pipe, binary or none, but found \"%s\"", name);
    if ((*format)->is_directory && is_stdout(params->output))
        return weir_error_set(err, WEIR_USAGE,
                              "--out-format %s writes a directory: name it with --output",
                              (*format)->name);
    return WEIR_OK;
}

bool weir_step_is_kept(const struct weir_step *step)
{
    const struct weir_scan_params *params = step->params;
    return weir_shelf_holds(step->run->shelf, params->output);
}

void weir_step_set_place(const struct weir_step *step, const char *path,
                         struct weir_columns_nameless *nameless,
                         struct weir_create_request *request)
{
    request->path = path;
    request->nameless = weir_shelf_place(step->run->shelf, path, nameless) ? nameless : NULL;
}

enum weir_status weir_step_find_scratch(const struct weir_step *step, char **owned,
                                        const char **directory, struct weir_error *err)
{
    const struct weir_scan_params *params = step->params;
    *owned = NULL;
    *directory = step->run->scratch;
    if (*directory != NULL)
        return WEIR_OK;
    *directory = ".";
    size_t length = is_stdout(params->output) ? 0 : strlen(params->output);
    while (length > 1 && params->output[length - 1] == '/') /* a directory as an output */
        length--;
    while (length > 0 && params->output[length - 1] != '/')
        length--;
    if (length == 0)
        return WEIR_OK;
    *owned = weir_mem_strdup(&step->run->mem, params->output);
    if (*owned == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    (*owned)[length] = '\0';
    *directory = *owned;
    return WEIR_OK;
}
