/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests: descriptions of paths, what is current, reading and writing. */
#include "job_manifest.h"

#include "job_listing.h"
#include "job_paths.h"
#include "log.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTENTS "xxh3_128"
#define SAVE_S   2.0 /* of work that may be done again after a crash */

struct weir_manifest {
    struct weir_job *job;
    const char *path;
    json_t *old;    /* by step: what a former run noted */
    json_t **entry; /* of every instance: old ones that are current, and new ones; or NULL */
    const char *const *described; /* the words that `description` is of */
    bool has_contents;
    json_t *description; /* instances of a scan have the same inputs */
    double written_s;    /* when it was last written, or opened */
};

static enum weir_status no_memory(struct weir_error *err)
{
    return weir_error_set(err, WEIR_MEMORY, "no memory left to note what the steps of the job do");
}

/* --- descriptions of paths ------------------------------------------------------------------- */

/* True for a trace that a step of the job keeps: no file has its name. */
static bool is_kept(const struct weir_job *job, const char *path)
{
    for (size_t i = 0; i < job->n_instances; i++)
        if (job->instances[i].is_kept && strcmp(job->instances[i].output, path) == 0)
            return true;
    return false;
}

/* A path as seen from the job file, where it lies below: the same wherever the job is run from. */
static const char *from_job_file(const struct weir_job *job, const char *path)
{
    const size_t n = strlen(job->directory);
    return strncmp(path, job->directory, n) == 0 ? path + n : path;
}

static json_t *name_of(const struct weir_job *job, const char *path)
{
    return weir_message_json_text(from_job_file(job, path));
}

/* A new object, or NULL without memory. What cannot be described, such as standard input, is never
 * equal to what it was. */
static json_t *describe_path(const struct weir_job *job, const char *path, bool contents)
{
    struct weir_listing listing;
    char hash[17];
    if (is_kept(job, path))
        return json_pack("{s:o}", "path", name_of(job, path));
    if (!weir_listing_fill(&listing, path, contents)) {
        if (contents && weir_listing_fill(&listing, path, false))
            weir_log(WEIR_LOG_WARNING, "%s: has no hash, because it cannot be read", path);
        return json_pack("{s:o, s:b}", "path", name_of(job, path), "unknown", 1);
    }
    snprintf(hash, sizeof hash, "%016" PRIx64, listing.names);
    json_t *object = json_pack("{s:o, s:I, s:I, s:I, s:s}", "path", name_of(job, path), "files",
                               (json_int_t)listing.n_files, "bytes", (json_int_t)listing.n_bytes,
                               "mtime_ns", (json_int_t)listing.newest_ns, "listing", hash);
    if (object != NULL && contents &&
        json_object_set_new(object, CONTENTS, json_string(listing.contents)) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *describe_paths(const struct weir_job *job, const char *const *paths, size_t n,
                              bool contents)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n && list != NULL; i++)
        if (json_array_append_new(list, describe_path(job, paths[i], contents)) != 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

static const struct weir_words *inputs_of(const struct weir_job_instance *instance)
{
    return &((const struct weir_scan_params *)instance->params)->paths;
}

/* Appends the files that options name; false without memory. */
static bool add_option_files(const struct weir_job *job, const struct weir_job_instance *instance,
                             bool contents, json_t *list)
{
    const struct weir_option_set *set = &instance->step->command->options;
    for (size_t i = 0; i + 1 < instance->words.n; i += 2) {
        size_t offset = 0;
        const struct weir_option *option = weir_option_find(set, instance->words.word[i], &offset);
        const char *path =
            option == NULL ? NULL : weir_option_input(option, instance->words.word[i + 1]);
        if (path != NULL && json_array_append_new(list, describe_path(job, path, contents)) != 0)
            return false;
    }
    return true;
}

/* All that an instance reads; a new list, or NULL without memory. */
static json_t *describe_inputs(struct weir_manifest *manifest,
                               const struct weir_job_instance *instance, bool contents)
{
    const struct weir_words *paths = inputs_of(instance);
    if (manifest->description == NULL || manifest->described != paths->word ||
        manifest->has_contents != contents) {
        json_decref(manifest->description);
        manifest->description = describe_paths(manifest->job, paths->word, paths->n, contents);
        manifest->described = paths->word;
        manifest->has_contents = contents;
    }
    json_t *list = json_copy(manifest->description);
    if (list != NULL && !add_option_files(manifest->job, instance, contents, list)) {
        json_decref(list);
        list = NULL;
    }
    return list;
}

static json_t *describe_outputs(const struct weir_job *job,
                                const struct weir_job_instance *instance, bool contents)
{
    return instance->output == NULL ? json_array()
                                    : describe_paths(job, &instance->output, 1, contents);
}

static json_t *describe_options(const struct weir_job *job,
                                const struct weir_job_instance *instance)
{
    const struct weir_option_set *set = &instance->step->command->options;
    json_t *list = json_array();
    for (size_t i = 0; i + 1 < instance->words.n && list != NULL; i += 2) {
        const char *name = instance->words.word[i], *text = instance->words.word[i + 1];
        size_t offset = 0;
        const struct weir_option *option = weir_option_find(set, name, &offset);
        const char *path = option == NULL ? NULL : weir_option_input(option, text);
        char value[PATH_MAX + 64];
        if (path != NULL) {
            snprintf(value, sizeof value, "%s%s", option->input, from_job_file(job, path));
            text = value;
        }
        if (json_array_append_new(list, weir_message_json_text(name)) != 0 ||
            json_array_append_new(list, weir_message_json_text(text)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

/* --- what is current ------------------------------------------------------------------------- */

/* True when `fresh`, which is given back, is what the entry has under `key`; contents that it may
 * have a hash of are not looked at. */
static bool is_as_before(const json_t *entry, const char *key, json_t *fresh)
{
    json_t *old = json_deep_copy(json_object_get(entry, key));
    bool known = fresh != NULL;
    for (size_t i = 0; i < json_array_size(fresh); i++)
        known = known && json_object_get(json_array_get(fresh, i), "unknown") == NULL;
    for (size_t i = 0; i < json_array_size(old); i++)
        json_object_del(json_array_get(old, i), CONTENTS);
    const bool same = known && json_equal(old, fresh);
    json_decref(old);
    json_decref(fresh);
    return same;
}

static bool is_current(struct weir_manifest *manifest, const struct weir_job_instance *instance)
{
    const json_t *entry = json_object_get(manifest->old, instance->name);
    const char *command = json_string_value(json_object_get(entry, "command"));
    return command != NULL && strcmp(command, instance->step->command->name) == 0 &&
           instance->output != NULL &&
           is_as_before(entry, "options", describe_options(manifest->job, instance)) &&
           is_as_before(entry, "inputs", describe_inputs(manifest, instance, false)) &&
           is_as_before(entry, "outputs", describe_outputs(manifest->job, instance, false));
}

/* True when an instance runs that reads what instance number `i` writes, or, with `sources`, that
 * writes what it reads. Instances stand in the order of their levels. */
static bool any_neighbour_runs(const struct weir_job *job, size_t i, bool sources)
{
    const struct weir_job_instance *here = &job->instances[i];
    const size_t begin = sources ? 0 : i + 1, end = sources ? i : job->n_instances;
    if (sources && here->step->n_sources == 0)
        return false;
    for (size_t k = begin; k < end; k++) {
        const struct weir_job_instance *other = &job->instances[k];
        const struct weir_job_instance *reader = sources ? here : other;
        const struct weir_job_instance *writer = sources ? other : here;
        if (other->runs && writer->output != NULL && weir_job_reads(reader, writer->output))
            return true;
    }
    return false;
}

static void decide(struct weir_manifest *manifest, bool all)
{
    struct weir_job *job = manifest->job;
    bool any_runs = false;
    for (size_t i = 0; i < job->n_instances; i++) {
        struct weir_job_instance *instance = &job->instances[i];
        instance->runs = all || !is_current(manifest, instance) ||
                         any_neighbour_runs(job, i, true) ||
                         (any_runs && instance->step->command->shows_job);
        any_runs = any_runs || instance->runs;
    }
    for (size_t i = job->n_instances; i-- > 0;) {
        struct weir_job_instance *instance = &job->instances[i];
        instance->runs = instance->runs || (instance->is_kept && any_neighbour_runs(job, i, false));
        if (!instance->runs)
            manifest->entry[i] = json_incref(json_object_get(manifest->old, instance->name));
    }
}

/* --- files ----------------------------------------------------------------------------------- */

/* Reads a file of JSON; *root is NULL when it is not there, or holds none. */
static enum weir_status load(const char *path, json_t **root, bool *is_there,
                             struct weir_error *err)
{
    FILE *file = fopen(path, "re");
    *is_there = file != NULL;
    if (file == NULL)
        return errno == ENOENT || errno == ENOTDIR
                   ? WEIR_OK
                   : weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", path);
    *root = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
    const bool is_broken = ferror(file) != 0;
    fclose(file);
    if (!is_broken)
        return WEIR_OK;
    json_decref(*root);
    return weir_error_set(err, WEIR_IO, "%s: cannot be read", path);
}

/* Sets manifest->old to the steps of a manifest by their names; empty when there is none, or one of
 * another version. */
static enum weir_status read_old(struct weir_manifest *manifest, struct weir_error *err)
{
    const char *path = manifest->path;
    json_t *root = NULL;
    bool is_there = false;
    const enum weir_status status = load(path, &root, &is_there, err);
    if (status != WEIR_OK)
        return status;
    const char *version = json_string_value(json_object_get(root, "weir"));
    const json_t *list = json_object_get(root, "steps");
    const bool is_ours = version != NULL && json_is_array(list);
    const bool is_current = is_ours && strcmp(version, WEIR_VERSION) == 0;
    const char *name = json_string_value(json_object_get(root, "job"));
    if (is_ours && name != NULL && strcmp(name, manifest->job->name) != 0)
        weir_log(WEIR_LOG_WARNING, "%s: is the manifest of job %s, and gives way to that of job %s",
                 path, name, manifest->job->name);
    bool good = manifest->old != NULL;
    for (size_t i = 0; good && is_current && i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        const char *step = json_string_value(json_object_get(entry, "step"));
        good = step == NULL || json_object_set(manifest->old, step, entry) == 0;
    }
    json_decref(root);
    if (!good)
        return no_memory(err);
    return is_ours || !is_there
               ? WEIR_OK
               : weir_error_set(err, WEIR_FORMAT,
                                "%s: expected the manifest of a job, which would be replaced, but "
                                "found another file",
                                path);
}

enum weir_status weir_manifest_open(struct weir_job *job, bool all, struct weir_manifest **manifest,
                                    struct weir_error *err)
{
    struct weir_manifest *opened = weir_mem_zalloc(&job->run->mem, 1, sizeof *opened);
    *manifest = opened;
    if (opened == NULL)
        return no_memory(err);
    opened->job = job;
    opened->path = weir_job_path_join(job->output, WEIR_JOB_MANIFEST, &job->arena);
    opened->entry = weir_mem_zalloc(&job->run->mem, job->n_instances, sizeof(json_t *));
    if (opened->path == NULL || opened->entry == NULL)
        return no_memory(err);
    opened->old = json_object();
    opened->written_s = weir_run_now_s();
    const enum weir_status status = read_old(opened, err);
    if (status == WEIR_OK)
        decide(opened, all);
    return status;
}

enum weir_status weir_manifest_begin(struct weir_manifest *manifest, size_t i,
                                     struct weir_error *err)
{
    const struct weir_job_instance *instance = &manifest->job->instances[i];
    json_t *inputs = describe_inputs(manifest, instance, manifest->job->hashes);
    json_t *options = describe_options(manifest->job, instance);
    if (inputs == NULL || options == NULL) {
        json_decref(inputs);
        json_decref(options);
        return no_memory(err);
    }
    json_decref(manifest->entry[i]);
    manifest->entry[i] =
        json_pack("{s:o, s:s, s:o, s:o}", "step", weir_message_json_text(instance->name), "command",
                  instance->step->command->name, "options", options, "inputs", inputs);
    return manifest->entry[i] != NULL ? WEIR_OK : no_memory(err);
}

enum weir_status weir_manifest_note(struct weir_manifest *manifest, size_t i,
                                    const struct weir_report *report, struct weir_error *err)
{
    json_t *outputs =
        describe_outputs(manifest->job, &manifest->job->instances[i], manifest->job->hashes);
    json_t *done = json_pack("{s:f, s:I, s:I, s:s, s:I, s:I}", "seconds", report->seconds,
                             "records_read", (json_int_t)report->records_read, "records_used",
                             (json_int_t)report->records_used, "row_name", report->row_name,
                             "rows_written", (json_int_t)report->rows_written, "bytes_written",
                             (json_int_t)report->bytes_written);
    const bool good = outputs != NULL && done != NULL &&
                      json_object_set(manifest->entry[i], "outputs", outputs) == 0 &&
                      json_object_update(manifest->entry[i], done) == 0;
    json_decref(outputs);
    json_decref(done);
    manifest->described = NULL; /* what was written may be what the next one reads */
    json_decref(manifest->description);
    manifest->description = NULL;
    return good ? WEIR_OK : no_memory(err);
}

/* The manifest as JSON; NULL without memory. */
static json_t *compose(const struct weir_manifest *manifest)
{
    const struct weir_job *job = manifest->job;
    json_t *steps = json_array();
    for (size_t i = 0; i < job->n_instances && steps != NULL; i++)
        if (json_object_get(manifest->entry[i], "outputs") != NULL &&
            json_array_append(steps, manifest->entry[i]) != 0) {
            json_decref(steps);
            steps = NULL;
        }
    return steps == NULL
               ? NULL
               : json_pack("{s:s, s:o, s:o, s:i, s:s, s:o}", "weir", WEIR_VERSION, "job",
                           weir_message_json_text(job->name), "job_file",
                           weir_message_json_text(job->path), "threads", job->run->n_threads, "cpu",
                           weir_cpu_name(job->run->cpu), "steps", steps);
}

enum weir_status weir_manifest_write(struct weir_manifest *manifest, struct weir_error *err)
{
    struct weir_output *output = NULL;
    struct weir_run *run = manifest->job->run;
    manifest->written_s = weir_run_now_s();
    json_t *root = compose(manifest);
    if (root != NULL && json_array_size(json_object_get(root, "steps")) == 0) {
        json_decref(root);
        return WEIR_OK; /* nothing was done */
    }
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    json_decref(root);
    if (text == NULL)
        return no_memory(err);
    enum weir_status status =
        weir_output_create(manifest->path, run->sync, &run->mem, &output, err);
    if (status == WEIR_OK)
        status = weir_output_write(output, text, strlen(text), err);
    if (status == WEIR_OK)
        status = weir_output_write(output, "\n", 1, err);
    free(text);
    if (status == WEIR_OK)
        return weir_output_commit(output, err);
    weir_output_discard(output);
    return status;
}

bool weir_manifest_is_due(const struct weir_manifest *manifest)
{
    return weir_run_now_s() - manifest->written_s > SAVE_S;
}

const char *weir_manifest_path(const struct weir_manifest *manifest)
{
    return manifest->path;
}

void weir_manifest_close(struct weir_manifest *manifest)
{
    if (manifest == NULL)
        return;
    struct weir_job *job = manifest->job;
    for (size_t i = 0; manifest->entry != NULL && i < job->n_instances; i++)
        json_decref(manifest->entry[i]);
    json_decref(manifest->old);
    json_decref(manifest->description);
    weir_mem_free(&job->run->mem, manifest->entry);
    weir_mem_free(&job->run->mem, manifest);
}
