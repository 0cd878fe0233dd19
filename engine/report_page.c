/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report on results. */
#include "report_page.h"

#include "blocks.h"
#include "report_json.h"
#include "report_match.h"
#include "report_section.h"
#include "report_template.h"
#include "summary.h"

#include <stdio.h>
#include <string.h>

/* --- manifests ------------------------------------------------------------------------------- */

static const struct weir_report_member file_members[] = {
    {.name = "path", .kind = WEIR_REPORT_STRING},
    {.name = "bytes", .kind = WEIR_REPORT_NUMBER},
    {.name = "mtime_ns", .kind = WEIR_REPORT_NUMBER},
    {0}};
static const struct weir_report_member step_members[] = {
    {.name = "step", .kind = WEIR_REPORT_STRING},
    {.name = "command", .kind = WEIR_REPORT_STRING},
    {.name = "options", .kind = WEIR_REPORT_STRINGS},
    {.name = "inputs", .kind = WEIR_REPORT_OBJECTS, .members = file_members},
    {.name = "outputs", .kind = WEIR_REPORT_OBJECTS, .members = file_members},
    {.name = "seconds", .kind = WEIR_REPORT_NUMBER},
    {.name = "records_read", .kind = WEIR_REPORT_NUMBER},
    {.name = "records_used", .kind = WEIR_REPORT_NUMBER},
    {.name = "rows_written", .kind = WEIR_REPORT_NUMBER},
    {.name = "row_name", .kind = WEIR_REPORT_STRING},
    {.name = "bytes_written", .kind = WEIR_REPORT_NUMBER},
    {0}};
static const struct weir_report_member manifest_members[] = {
    {.name = "weir", .kind = WEIR_REPORT_STRING},
    {.name = "job", .kind = WEIR_REPORT_STRING},
    {.name = "job_file", .kind = WEIR_REPORT_STRING},
    {.name = "threads", .kind = WEIR_REPORT_NUMBER},
    {.name = "cpu", .kind = WEIR_REPORT_STRING},
    {.name = "steps", .kind = WEIR_REPORT_OBJECTS, .members = step_members},
    {0}};

/* A page on its way. */
struct page {
    const struct weir_report_request *request;
    struct weir_report_files *files;
    struct weir_report_facts *facts;
    struct weir_report_section *sections; /* one per histogram, and a last one for the rest */
    struct weir_text manifests;
    char job[256]; /* of the only manifest */
};

static struct weir_report_section *rest_of(const struct page *page)
{
    return &page->sections[page->files->hists.n];
}

static enum weir_status add_manifest(struct page *page, const struct weir_report_file *file,
                                     struct weir_error *err)
{
    struct weir_report_json json;
    struct weir_error reason = {0};
    const enum weir_status status =
        weir_report_json_read(&json, file->path, page->request->mem, &reason);
    if (status == WEIR_OK) {
        const char *job = weir_report_json_string(&json, "job");
        if (page->files->manifests.n == 1 && job != NULL)
            snprintf(page->job, sizeof page->job, "%s", job);
        weir_text_add(&page->manifests,
                      "%s\n {\"path\": ", page->facts->n_manifests > 0 ? "," : "");
        weir_text_add_json(&page->manifests, file->name);
        (void)weir_report_json_add(&page->manifests, json.root, manifest_members, ", ");
        weir_text_add(&page->manifests, "}");
        page->facts->n_manifests++;
    } else if (!weir_report_is_fatal(status)) {
        weir_report_section_warn(rest_of(page), "%s", reason.message);
    }
    weir_report_json_release(&json);
    return weir_report_is_fatal(status) ? weir_error_set(err, status, "%s", reason.message)
                                        : WEIR_OK;
}

/* --- sections -------------------------------------------------------------------------------- */

static enum weir_status make_section(void *context, int thread, uint64_t block,
                                     struct weir_error *err)
{
    const struct page *page = context;
    (void)thread;
    return weir_report_section_make(&page->sections[block], page->files, block, err);
}

static void warn_of_lone_mixtures(const struct page *page)
{
    const struct weir_report_files *files = page->files;
    for (size_t m = 0; m < files->n_models; m++)
        for (size_t y = 0; y < WEIR_REPORT_N_Y; y++)
            if (files->model[m].hist == WEIR_REPORT_NONE &&
                files->model[m].mixture[y] != WEIR_REPORT_NONE)
                weir_report_section_warn(
                    rest_of(page), "%s: left out, because its histogram is not there or not known",
                    files->mixtures.file[files->model[m].mixture[y]].name);
}

static enum weir_status collect(struct page *page, struct weir_error *err)
{
    const struct weir_report_list *manifests = &page->files->manifests;
    enum weir_status status = weir_report_match(page->files, err);
    for (size_t i = 0; i < manifests->n && status == WEIR_OK; i++)
        status = add_manifest(page, &manifests->file[i], err);
    if (status == WEIR_OK)
        status = weir_blocks_run(page->request->n_threads, page->files->hists.n, make_section, page,
                                 err);
    if (status == WEIR_OK)
        warn_of_lone_mixtures(page);
    return status;
}

/* --- the data block -------------------------------------------------------------------------- */

/* The last component of a directory's name, which says more than "." or "..". */
static void add_directory_name(struct weir_text *text, const char *directory)
{
    char name[256];
    size_t end = strlen(directory);
    while (end > 1 && directory[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && directory[begin - 1] != '/')
        begin--;
    snprintf(name, sizeof name, "%.*s", (int)(end - begin), directory + begin);
    const bool says_nothing = name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    weir_text_add_json(text, says_nothing ? "Traffic report" : name);
}

static void add_head(const struct page *page, struct weir_text *text)
{
    weir_text_add(text, "{\"weir\": \"%s\", \"title\": ", WEIR_VERSION);
    if (page->request->title != NULL)
        weir_text_add_json(text, page->request->title);
    else if (page->job[0] != '\0')
        weir_text_add_json(text, page->job);
    else
        add_directory_name(text, page->files->root);
    weir_text_add(text, ", \"directory\": ");
    weir_text_add_json(text, page->files->root);
    weir_text_add(text, ",\n\"facts\": [");
    for (size_t f = 0; f < WEIR_SUMMARY_N_FACTS; f++) {
        const struct weir_summary_fact *fact = &weir_summary_facts[f];
        weir_text_add(text, "%s{\"key\": \"%s\", \"label\": \"%s\", \"unit\": \"%s\"}",
                      f == 0 ? "" : ", ", fact->key, fact->label, fact->unit);
    }
    weir_text_add(text, "]");
}

/* Appends `part`, a piece of JSON, behind `separator`. */
static void add_part(struct weir_text *text, const char *separator, const struct weir_text *part)
{
    text->failed |= part->failed;
    weir_text_add(text, "%s%.*s", separator, (int)part->n, part->n == 0 ? "" : part->bytes);
}

static void add_data(const struct page *page, struct weir_text *text)
{
    const size_t n = page->files->hists.n;
    bool first = true;
    add_head(page, text);
    add_part(text, ",\n\"manifests\": [", &page->manifests);
    weir_text_add(text, "],\n\"histograms\": [");
    for (size_t i = 0; i < n; i++) {
        const struct weir_report_section *section = &page->sections[i];
        if (section->text.n == 0 && !section->text.failed)
            continue;
        add_part(text, first ? "\n " : ",\n ", &section->text);
        first = false;
        page->facts->n_hists++;
        page->facts->n_mixtures += section->n_mixtures;
    }
    weir_text_add(text, "],\n\"warnings\": [");
    first = true;
    for (size_t i = 0; i <= n; i++) {
        const struct weir_text *warnings = &page->sections[i].warnings;
        if (warnings->n == 0 && !warnings->failed)
            continue;
        add_part(text, first ? "" : ", ", warnings);
        first = false;
    }
    weir_text_add(text, "]}\n");
}

enum weir_status weir_report_page_make(const struct weir_report_request *request,
                                       struct weir_report_files *files, struct weir_text *text,
                                       struct weir_report_facts *facts, struct weir_error *err)
{
    const size_t n = files->hists.n + 1;
    struct page page = {.request = request, .files = files, .facts = facts};
    *facts = (struct weir_report_facts){0};
    page.sections = weir_mem_zalloc(request->mem, n, sizeof *page.sections);
    if (page.sections == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    for (size_t i = 0; i < n; i++)
        weir_report_section_init(&page.sections[i], request->mem);
    weir_text_init(&page.manifests, request->mem);
    const enum weir_status status = collect(&page, err);
    if (status == WEIR_OK)
        add_data(&page, text);
    weir_text_release(&page.manifests);
    for (size_t i = 0; i < n; i++)
        weir_report_section_release(&page.sections[i]);
    weir_mem_free(request->mem, page.sections);
    return status;
}

/* --- writing --------------------------------------------------------------------------------- */

/* What stands for the bytes at `at` within a script element, and how many bytes they are; NULL:
 * they stand for themselves. All of these are in strings, as JSON has them nowhere else. */
static const char *escape_of(const unsigned char *at, const unsigned char *end, size_t *n)
{
    *n = 1;
    switch (*at) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    default:
        break;
    }
    if (end - at < 3 || at[0] != 0xE2 || at[1] != 0x80 || (at[2] != 0xA8 && at[2] != 0xA9))
        return NULL;
    *n = 3;
    return at[2] == 0xA8 ? "\\u2028" : "\\u2029";
}

static enum weir_status write_escaped(const struct weir_text *text, struct weir_output *output,
                                      struct weir_error *err)
{
    const unsigned char *at = (const unsigned char *)text->bytes;
    const unsigned char *const end = at + text->n;
    const unsigned char *begin = at;
    enum weir_status status = WEIR_OK;
    while (at < end && status == WEIR_OK) {
        size_t n = 0;
        const char *escape = escape_of(at, end, &n);
        if (escape != NULL) {
            status = weir_output_write(output, begin, (size_t)(at - begin), err);
            if (status == WEIR_OK)
                status = weir_output_write(output, escape, strlen(escape), err);
            begin = at + n;
        }
        at += n;
    }
    return status == WEIR_OK ? weir_output_write(output, begin, (size_t)(end - begin), err)
                             : status;
}

enum weir_status weir_report_page_write(const struct weir_text *text, struct weir_output *output,
                                        struct weir_error *err)
{
    static const char mark[] = WEIR_REPORT_TEMPLATE_DATA;
    const unsigned char *const end = weir_report_template + weir_report_template_bytes;
    const unsigned char *at =
        memmem(weir_report_template, weir_report_template_bytes, mark, sizeof mark - 1);
    if (text->failed)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the data of the page");
    if (at == NULL)
        return weir_error_set(err, WEIR_INTERNAL, "expected \"%s\" in the template", mark);
    enum weir_status status =
        weir_output_write(output, weir_report_template, (size_t)(at - weir_report_template), err);
    if (status == WEIR_OK)
        status = write_escaped(text, output, err);
    at += sizeof mark - 1;
    return status == WEIR_OK ? weir_output_write(output, at, (size_t)(end - at), err) : status;
}
