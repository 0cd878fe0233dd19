/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that a fit writes into its directory, for every y: the mixture, how it was made, and on
 * request a report and a trace of iterations. All are created before the work whose results go
 * there, and get their names together when all are complete.
 *
 *     status = weir_fit_files_create(&request, &files, err);
 *     status = weir_fit_files_write(&files, i, WEIR_FIT_FILE_MODE, &text, err);      for all i
 *     status = weir_fit_files_commit(&files, &n_bytes, err);
 *     weir_fit_files_release(&files);
 */
#ifndef WEIR_FIT_FILES_H
#define WEIR_FIT_FILES_H

#include "mixture.h"
#include "option.h"
#include "output.h"
#include "text.h"

enum weir_fit_file {
    WEIR_FIT_FILE_MIXTURE, /* Y.json */
    WEIR_FIT_FILE_MODE,    /* Y.mode */
    WEIR_FIT_FILE_REPORT,
    WEIR_FIT_FILE_TRACE,
    WEIR_FIT_N_FILES
};

struct weir_fit_files_request {
    const char *directory;
    const struct weir_words *y;
    const char *suffix[WEIR_FIT_N_FILES]; /* such as "json"; NULL: there is no such file */
    bool sync;
    struct weir_mem *mem;
};

struct weir_fit_files {
    size_t n;                    /* of y */
    struct weir_output **output; /* n * WEIR_FIT_N_FILES, or NULL */
    struct weir_mem *mem;
};

/* Creates all files. WEIR_LIMIT: a path is too long; WEIR_IO; WEIR_MEMORY. Release them whatever
 * the status; a zeroed struct may be released too. */
enum weir_status weir_fit_files_create(const struct weir_fit_files_request *request,
                                       struct weir_fit_files *files,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Writes `text`, which is emptied, to a file of y number `i`; nothing when there is no such file.
 */
enum weir_status weir_fit_files_write(const struct weir_fit_files *files, size_t i,
                                      enum weir_fit_file file, struct weir_text *text,
                                      struct weir_error *err) WEIR_MUST_CHECK;

/* Writes the mixture of y number `i`. */
enum weir_status weir_fit_files_write_mixture(const struct weir_fit_files *files, size_t i,
                                              const struct weir_mixture *mixture,
                                              struct weir_error *err) WEIR_MUST_CHECK;

/* Gives all files their names, and adds their bytes to *n_bytes. */
enum weir_status weir_fit_files_commit(const struct weir_fit_files *files, uint64_t *n_bytes,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Discards what was not committed. */
void weir_fit_files_release(struct weir_fit_files *files);

#endif
