/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of plots. What gnuplot reads and writes lies in a hidden directory; outputs are copies. */
#include "plot_files.h"

#include "gnuplot.h"
#include "guard.h"
#include "output.h"
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_NAMES  100
#define MESSAGES "messages"

enum part { PART_PICTURE, PART_SCRIPT, PART_TABLES, N_PARTS };

struct weir_plot_files {
    struct weir_plot_files_request request;
    struct weir_output *output[WEIR_PLOT_FIGURES_MAX][N_PARTS]; /* NULL: no such output */
    char hidden[PATH_MAX];                                      /* the directory to draw in */
    int hidden_fd;                                              /* which it claims, or -1 */
};

static const char *suffix_of(const struct weir_plot_files *files, enum part part)
{
    return part == PART_PICTURE  ? weir_plot_format_suffix(files->request.format)
           : part == PART_SCRIPT ? ".gp"
                                 : ".dat";
}

/* The path of a part of figure `i` in `directory`. */
static enum weir_status make_path(const struct weir_plot_files *files, const char *directory,
                                  size_t i, enum part part, char path[PATH_MAX],
                                  struct weir_error *err)
{
    const int n = snprintf(path, PATH_MAX, "%s/%s%s", directory, files->request.name[i],
                           suffix_of(files, part));
    return n > 0 && n < PATH_MAX
               ? WEIR_OK
               : weir_error_set(err, WEIR_LIMIT, "--output: the path is too long");
}

static enum weir_status create_output(struct weir_plot_files *files, size_t i, enum part part,
                                      struct weir_error *err)
{
    const struct weir_plot_files_request *request = &files->request;
    char path[PATH_MAX];
    const enum weir_status status = make_path(files, request->directory, i, part, path, err);
    if (status != WEIR_OK)
        return status;
    return weir_output_create(path, request->sync, request->mem, &files->output[i][part], err);
}

static enum weir_status create_scripts(struct weir_plot_files *files, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < files->request.n_figures && status == WEIR_OK; i++) {
        status = create_output(files, i, PART_SCRIPT, err);
        if (status == WEIR_OK)
            status = create_output(files, i, PART_TABLES, err);
    }
    return status;
}

/* --- the hidden directory -------------------------------------------------------------------- */

/* Makes and claims files->hidden; *taken: somebody has that name, try another. */
static enum weir_status make_claimed(struct weir_plot_files *files, bool *taken,
                                     struct weir_error *err)
{
    const enum weir_status status = weir_guard_add_path(files->hidden, err);
    *taken = false;
    if (status != WEIR_OK)
        return status;
    const int made = mkdir(files->hidden, 0700);
    int reason = errno;
    if (made == 0) {
        files->hidden_fd = open(files->hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        reason = errno;
    }
    if (files->hidden_fd >= 0 && weir_temporary_claim(files->hidden_fd, files->hidden))
        return WEIR_OK;
    /* A sweeper may have removed what nobody had claimed yet. */
    *taken = files->hidden_fd >= 0 || reason == (made == 0 ? ENOENT : EEXIST);
    if (files->hidden_fd >= 0)
        close(files->hidden_fd);
    else if (made == 0)
        (void)rmdir(files->hidden);
    weir_guard_drop_path(files->hidden);
    files->hidden_fd = -1;
    if (*taken)
        return WEIR_OK;
    return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be created", files->hidden);
}

/* Every file that may come into being there is known to the guard beforehand. */
static enum weir_status guard_files(const struct weir_plot_files *files, struct weir_error *err)
{
    char path[PATH_MAX];
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < files->request.n_figures; i++)
        for (int part = 0; part < N_PARTS && status == WEIR_OK; part++) {
            if (suffix_of(files, (enum part)part) == NULL)
                continue;
            status = make_path(files, files->hidden, i, (enum part)part, path, err);
            if (status == WEIR_OK)
                status = weir_guard_add_path(path, err);
        }
    const int n = snprintf(path, sizeof path, "%s/" MESSAGES, files->hidden);
    if (status == WEIR_OK && n > 0 && n < PATH_MAX)
        status = weir_guard_add_path(path, err);
    return status;
}

static enum weir_status make_hidden(struct weir_plot_files *files, struct weir_error *err)
{
    char within[PATH_MAX];
    const int n = snprintf(within, sizeof within, "%s/plot", files->request.directory);
    if (n < 0 || n >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "--output: the path is too long");
    enum weir_status status = weir_output_make_directory(files->request.directory, err);
    for (int i = 0; i < N_NAMES && status == WEIR_OK; i++) {
        bool taken = false;
        if (!weir_temporary_path(within, i, files->hidden))
            return weir_error_set(err, WEIR_LIMIT, "--output: the path is too long");
        status = make_claimed(files, &taken, err);
        if (status != WEIR_OK || !taken)
            return status == WEIR_OK ? guard_files(files, err) : status;
    }
    return status != WEIR_OK ? status
                             : weir_error_set(err, WEIR_IO, "%s: too many unfinished plots in it",
                                              files->request.directory);
}

static void remove_hidden(struct weir_plot_files *files)
{
    char path[PATH_MAX];
    if (files->hidden_fd < 0)
        return;
    for (size_t i = 0; i < files->request.n_figures; i++)
        for (int part = 0; part < N_PARTS; part++)
            if (suffix_of(files, (enum part)part) != NULL &&
                make_path(files, files->hidden, i, (enum part)part, path, NULL) == WEIR_OK)
                (void)unlink(path);
    (void)unlinkat(files->hidden_fd, MESSAGES, 0);
    (void)rmdir(files->hidden);
    weir_guard_drop_tree(files->hidden);
    close(files->hidden_fd);
    files->hidden_fd = -1;
}

/* --- files ----------------------------------------------------------------------------------- */

enum weir_status weir_plot_files_create(const struct weir_plot_files_request *request,
                                        struct weir_plot_files **files, struct weir_error *err)
{
    *files = weir_mem_zalloc(request->mem, 1, sizeof **files);
    if (*files == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    (*files)->request = *request;
    (*files)->hidden_fd = -1;
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; request->format != WEIR_PLOT_NONE && i < request->n_figures; i++)
        if (status == WEIR_OK)
            status = create_output(*files, i, PART_PICTURE, err);
    if (status == WEIR_OK && request->scripts)
        status = create_scripts(*files, err);
    return status == WEIR_OK ? make_hidden(*files, err) : status;
}

void weir_plot_files_free(struct weir_plot_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->request.n_figures; i++)
        for (int part = 0; part < N_PARTS; part++)
            weir_output_discard(files->output[i][part]);
    remove_hidden(files);
    weir_mem_free(files->request.mem, files);
}

/* Writes text into the hidden directory. */
static enum weir_status write_hidden(const struct weir_plot_files *files, size_t i, enum part part,
                                     struct weir_text *text, struct weir_error *err)
{
    char path[PATH_MAX];
    struct weir_output *output = NULL;
    enum weir_status status = make_path(files, files->hidden, i, part, path, err);
    if (status == WEIR_OK)
        status = weir_output_create(path, false, files->request.mem, &output, err);
    if (status == WEIR_OK)
        status = weir_text_write(text, output, err);
    if (status == WEIR_OK)
        return weir_output_commit(output, err);
    weir_output_discard(output);
    return status;
}

enum weir_status weir_plot_files_add(struct weir_plot_files *files, size_t i,
                                     struct weir_plot_page *page, struct weir_error *err)
{
    const enum weir_status status = write_hidden(files, i, PART_SCRIPT, &page->script, err);
    return status == WEIR_OK ? write_hidden(files, i, PART_TABLES, &page->data, err) : status;
}

/* Copies what lies in the hidden directory to the output. */
static enum weir_status copy_out(const struct weir_plot_files *files, size_t i, enum part part,
                                 struct weir_error *err)
{
    char path[PATH_MAX];
    char buffer[1 << 14];
    struct weir_output *output = files->output[i][part];
    enum weir_status status = make_path(files, files->hidden, i, part, path, err);
    if (output == NULL || status != WEIR_OK)
        return status;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return weir_error_errno(err, WEIR_IO, errno, "%s: was not drawn", weir_output_name(output));
    ssize_t n = 0;
    while (status == WEIR_OK && (n = read(fd, buffer, sizeof buffer)) != 0) {
        if (n > 0)
            status = weir_output_write(output, buffer, (size_t)n, err);
        else if (errno != EINTR)
            status = weir_error_errno(err, WEIR_IO, errno, "%s: cannot be read back",
                                      weir_output_name(output));
    }
    close(fd);
    if (status == WEIR_OK && weir_output_bytes(output) == 0)
        status =
            weir_error_set(err, WEIR_IO, "%s: gnuplot left it empty", weir_output_name(output));
    return status;
}

static enum weir_status commit_part(struct weir_plot_files *files, enum part part,
                                    uint64_t *n_bytes, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < files->request.n_figures && status == WEIR_OK; i++)
        status = copy_out(files, i, part, err);
    for (size_t i = 0; i < files->request.n_figures && status == WEIR_OK; i++) {
        struct weir_output *complete = files->output[i][part];
        files->output[i][part] = NULL;
        if (complete == NULL)
            continue;
        *n_bytes += weir_output_bytes(complete);
        status = weir_output_commit(complete, err);
    }
    return status;
}

/* Without gnuplot, what was computed is not lost. */
static enum weir_status leave_scripts(struct weir_plot_files *files, struct weir_error *err)
{
    uint64_t n_bytes = 0;
    enum weir_status status = files->request.scripts ? WEIR_OK : create_scripts(files, err);
    if (status == WEIR_OK)
        status = commit_part(files, PART_SCRIPT, &n_bytes, err);
    if (status == WEIR_OK)
        status = commit_part(files, PART_TABLES, &n_bytes, err);
    return status;
}

enum weir_status weir_plot_files_draw(struct weir_plot_files *files, struct weir_error *err)
{
    const struct weir_plot_files_request *request = &files->request;
    char script[WEIR_PLOT_FIGURES_MAX][NAME_MAX];
    const char *scripts[WEIR_PLOT_FIGURES_MAX];
    bool missing = false;
    if (request->format == WEIR_PLOT_NONE)
        return WEIR_OK;
    for (size_t i = 0; i < request->n_figures; i++) {
        snprintf(script[i], sizeof script[i], "%s.gp", request->name[i]);
        scripts[i] = script[i];
    }
    const enum weir_status status =
        weir_gnuplot_run(files->hidden, scripts, request->n_figures, MESSAGES, &missing, err);
    if (!missing)
        return status;
    const enum weir_status left = leave_scripts(files, err);
    if (left != WEIR_OK)
        return left;
    return weir_error_set(err, status,
                          "expected gnuplot on $PATH to draw with, but found none: its scripts and "
                          "tables are left in %s",
                          request->directory);
}

enum weir_status weir_plot_files_commit(struct weir_plot_files *files, uint64_t *n_bytes,
                                        struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (int part = 0; part < N_PARTS && status == WEIR_OK; part++)
        status = suffix_of(files, (enum part)part) == NULL
                     ? WEIR_OK
                     : commit_part(files, (enum part)part, n_bytes, err);
    remove_hidden(files); /* now: whoever lists the directory shall find the pictures alone */
    return status;
}
