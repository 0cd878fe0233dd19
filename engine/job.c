/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job files: reading, checking and running them as a whole. */
#include "job.h"

#include "driver.h"
#include "guard.h"
#include "job_manifest.h"
#include "job_model.h"
#include "job_paths.h"
#include "log.h"
#include "output.h"

#include <string.h>

static const char *const root_keys[] = {"job", "output", "let", "input", "steps"};
static const char *const input_keys[] = {"path", "in-format", "salvage"};

#define N_ROOT_KEYS  (sizeof root_keys / sizeof *root_keys)
#define N_INPUT_KEYS (sizeof input_keys / sizeof *input_keys)

/* --- what all passes use ----------------------------------------------------------------------*/

void *weir_job_alloc(struct weir_job *job, size_t n, size_t bytes)
{
    size_t total = 0;
    return __builtin_mul_overflow(n, bytes, &total) ? NULL
                                                    : weir_option_arena_alloc(&job->arena, total);
}

enum weir_status weir_job_no_memory(struct weir_error *err)
{
    return weir_error_set(err, WEIR_MEMORY, "no memory left to read the job file");
}

void weir_job_unknown_key(struct weir_job *job, const struct weir_node *key, const char *of,
                          const char *const *names, size_t n_names)
{
    const char *near = weir_option_nearest(key->text, names, n_names);
    if (near != NULL) {
        WEIR_JOB_MISTAKE(job, key, "unknown key \"%.80s\" of %s, did you mean \"%s\"?", key->text,
                         of, near);
        return;
    }
    char known[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < n_names && used < sizeof known; i++) {
        const int wrote =
            snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ", names[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    WEIR_JOB_MISTAKE(job, key, "unknown key \"%.80s\" of %s, which has %s", key->text, of, known);
}

bool weir_job_is_text(struct weir_job *job, const struct weir_node *node, const char *what)
{
    if (node->kind == WEIR_NODE_TEXT && !node->is_null)
        return true;
    WEIR_JOB_MISTAKE(job, node, "expected %s, but found %s", what, weir_node_kind_name(node));
    return false;
}

/* --- input ------------------------------------------------------------------------------------*/

static bool check_paths(struct weir_job *job, const struct weir_node *paths)
{
    if (paths->kind != WEIR_NODE_LIST)
        return weir_job_is_text(job, paths, "a path or a list of paths");
    bool good = true;
    for (const struct weir_node *item = paths->first; item != NULL; item = item->next)
        good = weir_job_is_text(job, item, "a path") && good;
    if (paths->n == 0)
        WEIR_JOB_MISTAKE(job, paths, "expected a path, but found an empty list");
    return good && paths->n > 0;
}

bool weir_job_read_input(struct weir_job *job, const struct weir_node *node,
                         struct weir_job_input *input)
{
    *input = (struct weir_job_input){.paths = node};
    if (node->kind != WEIR_NODE_MAP)
        return check_paths(job, node);
    bool good = true;
    input->paths = NULL;
    for (const struct weir_node *entry = node->first; entry != NULL; entry = entry->next) {
        if (strcmp(entry->key->text, "path") == 0) {
            input->paths = entry;
            good = check_paths(job, entry) && good;
        } else if (strcmp(entry->key->text, "in-format") == 0) {
            input->in_format = entry;
            good = weir_job_is_text(job, entry, "the name of a format") && good;
        } else if (strcmp(entry->key->text, "salvage") == 0) {
            input->salvage = entry;
            good = weir_job_is_text(job, entry, "true or false") && good;
        } else {
            weir_job_unknown_key(job, entry->key, "input", input_keys, N_INPUT_KEYS);
            good = false;
        }
    }
    if (input->paths == NULL)
        WEIR_JOB_MISTAKE(job, node, "expected a key \"path\" of input");
    return good && input->paths != NULL;
}

static enum weir_status find_path(struct weir_job *job, const struct weir_node *node,
                                  const struct weir_job_scope *scope, struct weir_words *paths,
                                  bool *complete, struct weir_error *err)
{
    const char *text = NULL;
    const struct weir_node *origin = NULL;
    enum weir_status status =
        weir_job_expand(node, scope, &job->arena, &job->report, &text, &origin, err);
    if (status == WEIR_OK && text != NULL) {
        struct weir_error reason = {0};
        status = weir_job_path_expand(job->directory, text, &job->arena, paths, &reason);
        if (status == WEIR_OK)
            return WEIR_OK;
        if (status != WEIR_IO)
            return weir_error_set(err, status, "%s", reason.message);
        WEIR_JOB_MISTAKE(job, origin, "%s", reason.message);
        status = WEIR_OK;
    }
    *complete = false;
    return status;
}

enum weir_status weir_job_find_inputs(struct weir_job *job, const struct weir_job_input *input,
                                      const struct weir_job_scope *scope, struct weir_words *paths,
                                      bool *complete, struct weir_error *err)
{
    if (input->paths->kind != WEIR_NODE_LIST)
        return find_path(job, input->paths, scope, paths, complete, err);
    enum weir_status status = WEIR_OK;
    for (const struct weir_node *item = input->paths->first; item != NULL && status == WEIR_OK;
         item = item->next)
        status = find_path(job, item, scope, paths, complete, err);
    return status;
}

static enum weir_status read_input(struct weir_job *job, const struct weir_node *root,
                                   struct weir_error *err)
{
    const struct weir_job_scope scope = {.lets = job->lets, .n_lets = job->n_lets};
    job->input_node = weir_node_find(root, "input");
    if (job->input_node == NULL)
        return WEIR_OK;
    job->has_input = weir_job_read_input(job, job->input_node, &job->input);
    if (!job->has_input)
        return WEIR_OK;
    bool complete = true;
    const enum weir_status status =
        weir_job_find_inputs(job, &job->input, &scope, &job->input_paths, &complete, err);
    if (!complete)
        job->input_paths.n = 0;
    return status;
}

/* --- variables --------------------------------------------------------------------------------*/

/* What the command line says that a variable is, the last one counting; NULL when nothing. */
static const char *overriding_value(const struct weir_words *let, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = let == NULL ? 0 : let->n; i-- > 0;)
        if (strncmp(let->word[i], name, length) == 0 && let->word[i][length] == '=')
            return let->word[i] + length + 1;
    return NULL;
}

static enum weir_status read_variable(struct weir_job *job, const struct weir_node *entry,
                                      const struct weir_words *let, struct weir_error *err)
{
    const struct weir_job_scope scope = {.lets = job->lets, .n_lets = job->n_lets};
    if (!weir_job_is_name(entry->key->text))
        WEIR_JOB_MISTAKE(job, entry->key,
                         "the name of a variable has letters, digits and _, but found \"%.80s\"",
                         entry->key->text);
    struct weir_job_variable variable = {.name = entry->key->text,
                                         .value = overriding_value(let, entry->key->text)};
    variable.used = weir_job_alloc(job, 1, sizeof *variable.used);
    if (variable.used == NULL)
        return weir_job_no_memory(err);
    enum weir_status status = WEIR_OK;
    if (!weir_job_is_text(job, entry, "a value"))
        variable.value = "";
    else if (variable.value == NULL)
        status = weir_job_expand(entry, &scope, &job->arena, &job->report, &variable.value,
                                 &variable.node, err);
    if (variable.value == NULL)
        variable.value = ""; /* a mistake; defined all the same */
    job->lets[job->n_lets++] = variable;
    return status;
}

/* Every NAME=VALUE of the command line must name a variable of the file. */
static enum weir_status check_overrides(const struct weir_job *job, const struct weir_node *map,
                                        const struct weir_words *let, struct weir_error *err)
{
    for (size_t i = 0; let != NULL && i < let->n; i++) {
        const char *word = let->word[i];
        const size_t length = strcspn(word, "=");
        if (word[length] == '\0' || length == 0)
            return weir_error_set(err, WEIR_USAGE, "--let: expected NAME=VALUE, but found \"%s\"",
                                  word);
        bool known = false;
        for (const struct weir_node *entry = map == NULL ? NULL : map->first;
             entry != NULL && !known; entry = entry->next)
            known =
                strlen(entry->key->text) == length && memcmp(entry->key->text, word, length) == 0;
        if (!known)
            return weir_error_set(err, WEIR_USAGE, "--let: %s defines no variable \"%.*s\"",
                                  job->path, (int)length, word);
    }
    return WEIR_OK;
}

static enum weir_status read_variables(struct weir_job *job, const struct weir_node *root,
                                       const struct weir_words *let, struct weir_error *err)
{
    const struct weir_node *map = weir_node_find(root, "let");
    if (map != NULL && map->kind != WEIR_NODE_MAP) {
        WEIR_JOB_MISTAKE(job, map, "expected a map of variables, but found %s",
                         weir_node_kind_name(map));
        map = NULL;
    }
    enum weir_status status = check_overrides(job, map, let, err);
    if (status != WEIR_OK || map == NULL)
        return status;
    job->lets = weir_job_alloc(job, map->n, sizeof *job->lets);
    if (job->lets == NULL)
        return weir_job_no_memory(err);
    for (const struct weir_node *entry = map->first; entry != NULL && status == WEIR_OK;
         entry = entry->next)
        status = read_variable(job, entry, let, err);
    return status;
}

/* --- name and output --------------------------------------------------------------------------*/

/* The text under `key`, expanded; NULL when there is none, or after a mistake. */
static enum weir_status read_text(struct weir_job *job, const struct weir_node *root,
                                  const char *key, const char **text, struct weir_error *err)
{
    const struct weir_job_scope scope = {.lets = job->lets, .n_lets = job->n_lets};
    const struct weir_node *node = weir_node_find(root, key), *origin = NULL;
    *text = NULL;
    if (node == NULL || !weir_job_is_text(job, node, "text"))
        return WEIR_OK;
    const enum weir_status status =
        weir_job_expand(node, &scope, &job->arena, &job->report, text, &origin, err);
    if (*text != NULL && **text == '\0')
        WEIR_JOB_MISTAKE(job, node, "expected text, but found nothing");
    return status;
}

/* "jobs/campus.yaml" is called "campus" unless it says otherwise. */
static const char *name_of_file(struct weir_job *job)
{
    const char *slash = strrchr(job->path, '/');
    const char *base = slash == NULL ? job->path : slash + 1;
    const char *dot = strrchr(base, '.');
    const bool is_yaml =
        dot != NULL && dot != base && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
    return weir_option_arena_text(&job->arena, base, is_yaml ? (size_t)(dot - base) : strlen(base));
}

static enum weir_status read_names(struct weir_job *job, const struct weir_node *root,
                                   const char *output, struct weir_error *err)
{
    enum weir_status status = read_text(job, root, "job", &job->name, err);
    if (status != WEIR_OK)
        return status;
    if (job->name != NULL && strchr(job->name, '/') != NULL)
        WEIR_JOB_MISTAKE(job, weir_node_find(root, "job"), "the name of a job cannot hold a slash");
    if (job->name == NULL)
        job->name = name_of_file(job);
    const char *directory = NULL;
    status = read_text(job, root, "output", &directory, err);
    if (status != WEIR_OK || job->name == NULL)
        return status == WEIR_OK ? weir_job_no_memory(err) : status;
    job->output = output;
    if (output == NULL)
        job->output = weir_job_path_join(job->directory, directory != NULL ? directory : job->name,
                                         &job->arena);
    return job->output == NULL ? weir_job_no_memory(err) : WEIR_OK;
}

/* --- the whole --------------------------------------------------------------------------------*/

static void check_root_keys(struct weir_job *job, const struct weir_node *root)
{
    for (const struct weir_node *entry = root->first; entry != NULL; entry = entry->next) {
        bool known = false;
        for (size_t i = 0; i < N_ROOT_KEYS; i++)
            known = known || strcmp(entry->key->text, root_keys[i]) == 0;
        if (!known)
            weir_job_unknown_key(job, entry->key, "a job", root_keys, N_ROOT_KEYS);
    }
}

static enum weir_status read_root(struct weir_job *job, const struct weir_node *root,
                                  const struct weir_job_request *request, struct weir_error *err)
{
    if (root->kind != WEIR_NODE_MAP) {
        WEIR_JOB_MISTAKE(job, root, "expected a map with \"steps\", but found %s",
                         weir_node_kind_name(root));
        return WEIR_OK;
    }
    check_root_keys(job, root);
    enum weir_status status = read_variables(job, root, request->let, err);
    if (status == WEIR_OK)
        status = read_names(job, root, request->output, err);
    if (status == WEIR_OK)
        status = read_input(job, root, err);
    if (status != WEIR_OK)
        return status;
    const struct weir_node *steps = weir_node_find(root, "steps");
    if (steps == NULL || steps->kind != WEIR_NODE_MAP || steps->n == 0) {
        WEIR_JOB_MISTAKE(job, steps != NULL ? steps : root, "expected a map of steps%s%s",
                         steps != NULL ? ", but found " : " under the key \"steps\"",
                         steps == NULL                  ? ""
                         : steps->kind == WEIR_NODE_MAP ? "an empty one"
                                                        : weir_node_kind_name(steps));
        return WEIR_OK;
    }
    status = weir_job_read_steps(job, steps, err);
    if (status == WEIR_OK)
        status = weir_job_make_instances(job, err);
    return status == WEIR_OK ? weir_job_check_instances(job, err) : status;
}

/* Points out what has no effect; only where all else is well, since a broken step uses nothing. */
static void note_unused(struct weir_job *job)
{
    struct weir_job_report *report = &job->report;
    if (report->n_mistakes > 0)
        return;
    for (size_t i = 0; i < job->n_lets; i++) {
        const struct weir_job_variable *let = &job->lets[i];
        if (!*let->used && let->node != NULL)
            weir_job_warning(report, let->node->line, let->node->column,
                             "variable \"%.80s\" is never used", let->name);
    }
    for (size_t i = 0; i < job->n_steps; i++)
        for (size_t a = 0; a < job->steps[i].n_axes; a++) {
            const struct weir_job_axis *axis = job->steps[i].axes[a];
            if (!axis->used)
                weir_job_warning(report, axis->node->key->line, axis->node->key->column,
                                 "axis \"%.80s\" is never used", axis->name);
        }
    if (job->input_node != NULL && !job->input_is_used)
        weir_job_warning(report, job->input_node->key->line, job->input_node->key->column,
                         "no step reads the input of the job");
}

static enum weir_status read_job(struct weir_job *job, const struct weir_job_request *request,
                                 struct weir_error *err)
{
    job->path = job->report.path = request->path;
    job->directory = weir_job_path_directory(request->path, &job->arena);
    if (job->directory == NULL)
        return weir_job_no_memory(err);
    const struct weir_node *root = NULL;
    enum weir_status status = weir_node_load(request->path, &job->arena, &job->report, &root, err);
    if (status == WEIR_OK && root != NULL)
        status = read_root(job, root, request, err);
    if (status != WEIR_OK)
        return status;
    note_unused(job);
    weir_job_report_print(&job->report, request->complaints);
    return weir_job_report_status(&job->report, err);
}

enum weir_status weir_job_open(const struct weir_job_request *request, struct weir_run *run,
                               struct weir_job **job, struct weir_error *err)
{
    *job = NULL;
    struct weir_job *opened = weir_mem_zalloc(&run->mem, 1, sizeof *opened);
    if (opened == NULL)
        return weir_job_no_memory(err);
    opened->run = run;
    opened->all = request->all;
    opened->no_manifest = request->no_manifest;
    opened->hashes = request->hashes;
    opened->arena.mem = &run->mem;
    const enum weir_status status = read_job(opened, request, err);
    if (status == WEIR_OK)
        *job = opened;
    else
        weir_job_close(opened);
    return status;
}

void weir_job_close(struct weir_job *job)
{
    if (job == NULL)
        return;
    weir_shelf_free(job->shelf);
    weir_option_arena_release(&job->arena);
    weir_mem_free(&job->run->mem, job);
}

/* --- running ----------------------------------------------------------------------------------*/

/* What runs in a scan: instances as steps, in one array that stays where it is, since commands keep
 * pointers to their step. */
struct scan {
    struct weir_step *steps;
    size_t *instances; /* their numbers */
    size_t n;
};

static enum weir_status prepare_scan(struct weir_job *job, size_t number,
                                     struct weir_manifest *manifest, struct scan *scan,
                                     struct weir_error *err)
{
    for (size_t i = 0; i < job->n_instances; i++) {
        const struct weir_job_instance *instance = &job->instances[i];
        if (instance->scan != number || !instance->runs)
            continue;
        struct weir_step *step = &scan->steps[scan->n];
        scan->instances[scan->n++] = i;
        *step = (struct weir_step){.command = instance->step->command,
                                   .name = instance->name,
                                   .run = job->run,
                                   .params = instance->params};
        enum weir_status status = weir_driver_prepare(step, err);
        if (status == WEIR_OK && manifest != NULL)
            status = weir_manifest_begin(manifest, i, err);
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

/* Notes the steps that were finished, which after a failure may be some of them. */
static enum weir_status note_scan(const struct scan *scan, struct weir_manifest *manifest,
                                  struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < scan->n && status == WEIR_OK && manifest != NULL; i++)
        if (scan->steps[i].report.command != NULL)
            status = weir_manifest_note(manifest, scan->instances[i], &scan->steps[i].report, err);
    return status;
}

static enum weir_status run_scan(struct weir_job *job, size_t number,
                                 struct weir_manifest *manifest, struct weir_error *err)
{
    struct weir_mem *mem = &job->run->mem;
    struct scan scan = {.steps = weir_mem_zalloc(mem, job->n_instances, sizeof *scan.steps),
                        .instances =
                            weir_mem_zalloc(mem, job->n_instances, sizeof *scan.instances)};
    enum weir_status status = WEIR_OK;
    if (scan.steps == NULL || scan.instances == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory left for the steps of a scan");
    if (status == WEIR_OK)
        status = prepare_scan(job, number, manifest, &scan, err);
    if (status == WEIR_OK && scan.n > 0)
        status = weir_driver_scan(job->run, scan.steps, scan.n, err);
    if (status != WEIR_OK && scan.n == 1)
        weir_error_prepend(err, "step %.200s: ", scan.steps[0].name);
    else if (status != WEIR_OK && scan.n > 1)
        weir_error_prepend(err, "scan of step %.200s and %zu more: ", scan.steps[0].name,
                           scan.n - 1);
    const enum weir_status noted = note_scan(&scan, manifest, status == WEIR_OK ? err : NULL);
    status = status == WEIR_OK ? noted : status;
    for (size_t i = 0; i < scan.n; i++)
        weir_driver_release(&scan.steps[i]);
    weir_mem_free(mem, scan.steps);
    weir_mem_free(mem, scan.instances);
    return status;
}

/* Closes kept traces that nobody will read any more. */
static void drop_kept(struct weir_job *job, size_t scan)
{
    for (size_t i = 0; i < job->n_instances; i++)
        if (job->instances[i].is_kept && job->instances[i].last_scan == scan)
            weir_shelf_drop(job->shelf, job->instances[i].output);
}

/* Before a scan: steps that show the job want to see what has been done, and after a crash it need
 * not be done again. */
static enum weir_status save_manifest(const struct weir_job *job, size_t scan,
                                      struct weir_manifest *manifest, struct weir_error *err)
{
    bool wanted = false;
    if (manifest == NULL)
        return WEIR_OK;
    for (size_t i = 0; i < job->n_instances; i++)
        wanted = wanted || (job->instances[i].scan == scan && job->instances[i].runs &&
                            job->instances[i].step->command->shows_job);
    return wanted || weir_manifest_is_due(manifest) ? weir_manifest_write(manifest, err) : WEIR_OK;
}

static enum weir_status run_scans(struct weir_job *job, struct weir_manifest *manifest,
                                  struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    if (job->shelf != NULL && job->run->scratch == NULL)
        status = weir_output_make_directory(job->output, err);
    job->run->shelf = job->shelf;
    job->run->manifest = manifest == NULL ? NULL : weir_manifest_path(manifest);
    for (size_t scan = 0; scan < job->n_scans && status == WEIR_OK; scan++) {
        status = save_manifest(job, scan, manifest, err);
        if (status == WEIR_OK)
            status = weir_guard_stop_signal() == 0
                         ? run_scan(job, scan, manifest, err)
                         : weir_error_set(err, WEIR_CANCELLED, "interrupted");
        drop_kept(job, scan);
    }
    job->run->manifest = NULL;
    job->run->shelf = NULL;
    return status;
}

/* How many steps run; says so when it is not all of them. */
static size_t count_running(const struct weir_job *job)
{
    size_t n = 0;
    for (size_t i = 0; i < job->n_instances; i++)
        n += job->instances[i].runs;
    if (n < job->n_instances)
        weir_log(WEIR_LOG_NOTE, "%s: %zu of %zu steps %s as they were", job->name,
                 job->n_instances - n, job->n_instances, job->n_instances - n == 1 ? "is" : "are");
    return n;
}

static enum weir_status run_all(struct weir_job *job, struct weir_error *err)
{
    for (size_t i = 0; i < job->n_instances; i++)
        job->instances[i].runs = true;
    return run_scans(job, NULL, err);
}

enum weir_status weir_job_run(struct weir_job *job, struct weir_error *err)
{
    struct weir_manifest *manifest = NULL;
    if (job->no_manifest)
        return run_all(job, err);
    enum weir_status status = weir_manifest_open(job, job->all, &manifest, err);
    if (status == WEIR_OK && count_running(job) > 0) {
        status = run_scans(job, manifest, err);
        /* What was done before a failure need not be done again. */
        const enum weir_status written =
            weir_manifest_write(manifest, status == WEIR_OK ? err : NULL);
        status = status == WEIR_OK ? written : status;
    }
    weir_manifest_close(manifest);
    return status;
}
