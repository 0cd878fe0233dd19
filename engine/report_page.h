/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report on results: one HTML page that needs nothing but a browser.
 *
 *     const struct weir_report_request request = {.n_threads = 4, .mem = mem};
 *     status = weir_report_page_make(&request, &files, &text, &facts, err);
 *     if (status == WEIR_OK)
 *         status = weir_report_page_write(&text, output, err);
 *
 * The page is a template (engine/page) with one block of JSON, which says all that is shown. It
 * makes no request, and its content security policy lets it make none. Bytes are the same for any
 * number of threads, and hold no time but those in manifests.
 */
#ifndef WEIR_REPORT_PAGE_H
#define WEIR_REPORT_PAGE_H

#include "report_files.h"
#include "text.h"

struct weir_report_request {
    const char *title; /* NULL: the job of the only manifest, else the name of the root */
    int n_threads;
    struct weir_mem *mem;
};

struct weir_report_facts {
    size_t n_hists, n_mixtures, n_manifests; /* shown */
};

/* Appends the data block of the report on `files` to `text`, whatever cannot be read named in
 * it and logged. WEIR_MEMORY, WEIR_CANCELLED, WEIR_INTERNAL. */
enum weir_status weir_report_page_make(const struct weir_report_request *request,
                                       struct weir_report_files *files, struct weir_text *text,
                                       struct weir_report_facts *facts,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Writes the page with a data block, in which '<', '>', '&' and the line separators of JavaScript
 * are escaped on the way, so that no text can end the block. Statuses of weir_text_write. */
enum weir_status weir_report_page_write(const struct weir_text *text, struct weir_output *output,
                                        struct weir_error *err) WEIR_MUST_CHECK;

#endif
