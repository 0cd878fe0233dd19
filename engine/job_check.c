/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last pass over a job: options, inputs and outputs of every instance, and what shares a scan.
 *
 * Options go the way of the command line, through weir_option_set_text and the command's own
 * prepare, so that a job file accepts exactly what the command accepts.
 */
#include "driver.h"
#include "filter.h"
#include "format.h"
#include "job_model.h"
#include "job_paths.h"
#include "time_window.h"

#include <string.h>
#include <sys/stat.h>

static struct weir_job_scope scope_of(const struct weir_job *job,
                                      const struct weir_job_instance *instance)
{
    return (struct weir_job_scope){.lets = job->lets,
                                   .n_lets = job->n_lets,
                                   .axes = instance->axes,
                                   .n_axes = instance->step->n_axes};
}

/* Expands a text for an instance; *text is NULL after a mistake, and the instance broken. */
static enum weir_status expand(struct weir_job *job, struct weir_job_instance *instance,
                               const struct weir_node *node, const char **text,
                               const struct weir_node **origin, struct weir_error *err)
{
    const struct weir_job_scope scope = scope_of(job, instance);
    const enum weir_status status =
        weir_job_expand(node, &scope, &job->arena, &job->report, text, origin, err);
    if (*text == NULL)
        instance->is_broken = true;
    return status;
}

/* --- options ----------------------------------------------------------------------------------*/

static void note_unreadable_format(struct weir_job *job, const struct weir_node *origin,
                                   const char *name)
{
    size_t n_formats = 0, n = 0;
    const struct weir_format *const *formats = weir_format_list(&n_formats);
    const char *names[64];
    for (size_t i = 0; i < n_formats && n < 64; i++)
        if (formats[i]->open != NULL)
            names[n++] = formats[i]->name;
    const char *near = weir_option_nearest(name, names, n);
    WEIR_JOB_MISTAKE(job, origin, "expected a format that can be read, but found \"%.80s\"%s%s%s",
                     name, near != NULL ? ", did you mean \"" : "", near != NULL ? near : "",
                     near != NULL ? "\"?" : "");
}

/* Checks values that the option table takes as mere text; false after a mistake. */
static enum weir_status check_text_option(struct weir_job *job, const struct weir_option *option,
                                          const char *text, const struct weir_node *origin,
                                          bool *good, struct weir_error *err)
{
    const char *name = option->name;
    *good = true;
    if (option->kind != WEIR_OPTION_TEXT)
        return WEIR_OK;
    if (strcmp(name, "in-format") == 0) {
        const struct weir_format *format = weir_format_find(text);
        *good = format != NULL && format->open != NULL;
        if (!*good)
            note_unreadable_format(job, origin, text);
        return WEIR_OK;
    }
    struct weir_error reason = {0};
    if (strcmp(name, "from") == 0 || strcmp(name, "to") == 0) {
        weir_i128 ms = 0;
        *good = weir_time_parse(text, &ms, &reason) == WEIR_OK;
        if (!*good)
            WEIR_JOB_MISTAKE(job, origin,
                             "%s of a command is a time (%s is named beside the command): %s", name,
                             name[0] == 'f' ? "a step" : "an output", reason.message);
        return WEIR_OK;
    }
    if (strcmp(name, "filter-expr") != 0 || text[0] == '\0')
        return WEIR_OK;
    struct weir_filter *filter = NULL;
    const enum weir_status status = weir_filter_parse(text, &job->run->mem, &filter, &reason);
    if (status == WEIR_OK) {
        weir_filter_free(filter);
        return WEIR_OK;
    }
    if (status == WEIR_MEMORY)
        return weir_error_set(err, status, "%s", reason.message);
    *good = false;
    WEIR_JOB_MISTAKE(job, origin, "%s", reason.message);
    return WEIR_OK;
}

/* A value in which the name of a file that is read is relative to the job file; NULL without
 * memory. */
static const char *from_job_file(struct weir_job *job, const struct weir_option *option,
                                 const char *text)
{
    const char *input = weir_option_input(option, text);
    if (input == NULL)
        return text;
    const char *path = weir_job_path_join(job->directory, input, &job->arena);
    const size_t n_before = (size_t)(input - text);
    char *value =
        path == NULL ? NULL : weir_option_arena_alloc(&job->arena, n_before + strlen(path) + 1);
    if (value == NULL)
        return NULL;
    memcpy(value, text, n_before);
    strcpy(value + n_before, path);
    return value;
}

/* Sets one option from text; a bad value is a mistake at `origin`. */
static enum weir_status set_text(struct weir_job *job, struct weir_job_instance *instance,
                                 const struct weir_job_setting *setting, const char *text,
                                 const struct weir_node *origin, struct weir_error *err)
{
    bool good = true;
    enum weir_status status = check_text_option(job, setting->option, text, origin, &good, err);
    if (status != WEIR_OK || !good) {
        instance->is_broken = instance->is_broken || !good;
        return status;
    }
    struct weir_error reason = {0};
    text = from_job_file(job, setting->option, text);
    if (text == NULL)
        return weir_job_no_memory(err);
    const char *input = weir_option_input(setting->option, text);
    struct stat st;
    if (input != NULL && stat(input, &st) != 0) {
        instance->is_broken = true;
        WEIR_JOB_MISTAKE(job, origin, "%s of %s: no file \"%.200s\"", setting->option->name,
                         instance->step->command->name, input);
        return WEIR_OK;
    }
    status = weir_option_set_text(setting->option, setting->offset, instance->params, text,
                                  &job->arena, &reason);
    if (status == WEIR_OK) {
        status = weir_words_append(&instance->words, setting->option->name, &job->arena, err);
        return status != WEIR_OK ? status
                                 : weir_words_append(&instance->words, text, &job->arena, err);
    }
    if (status == WEIR_MEMORY)
        return weir_error_set(err, status, "%s", reason.message);
    instance->is_broken = true;
    WEIR_JOB_MISTAKE(job, origin, "%s of %s: %s", setting->option->name,
                     instance->step->command->name, reason.message);
    return WEIR_OK;
}

static enum weir_status set_from_node(struct weir_job *job, struct weir_job_instance *instance,
                                      const struct weir_job_setting *setting,
                                      const struct weir_node *node, struct weir_error *err)
{
    const char *text = NULL;
    const struct weir_node *origin = NULL;
    const enum weir_status status = expand(job, instance, node, &text, &origin, err);
    return status != WEIR_OK || text == NULL ? status
                                             : set_text(job, instance, setting, text, origin, err);
}

/* A LIST takes all of its words at once, with commas between them. */
static enum weir_status set_list(struct weir_job *job, struct weir_job_instance *instance,
                                 const struct weir_job_setting *setting, struct weir_error *err)
{
    size_t used = 0;
    char *joined = weir_job_alloc(job, 1, 1);
    if (joined == NULL)
        return weir_job_no_memory(err);
    for (const struct weir_node *item = setting->node->first; item != NULL; item = item->next) {
        const char *text = NULL;
        const struct weir_node *origin = NULL;
        const enum weir_status status = expand(job, instance, item, &text, &origin, err);
        if (status != WEIR_OK || text == NULL)
            return status;
        if (strchr(text, ',') != NULL) {
            WEIR_JOB_MISTAKE(job, origin, "a word of a list cannot hold a comma");
            instance->is_broken = true;
            return WEIR_OK;
        }
        char *longer = weir_job_alloc(job, used + strlen(text) + 2, 1);
        if (longer == NULL)
            return weir_job_no_memory(err);
        used = (size_t)snprintf(longer, used + strlen(text) + 2, "%s%s%s", joined,
                                used > 0 ? "," : "", text);
        joined = longer;
    }
    return set_text(job, instance, setting, joined, setting->node, err);
}

static enum weir_status apply_setting(struct weir_job *job, struct weir_job_instance *instance,
                                      const struct weir_job_setting *setting,
                                      struct weir_error *err)
{
    if (setting->node->kind == WEIR_NODE_TEXT)
        return set_from_node(job, instance, setting, setting->node, err);
    if (setting->option->kind == WEIR_OPTION_LIST)
        return set_list(job, instance, setting, err);
    enum weir_status status = WEIR_OK;
    for (const struct weir_node *item = setting->node->first; item != NULL && status == WEIR_OK;
         item = item->next)
        status = set_from_node(job, instance, setting, item, err);
    return status;
}

/* An option that `input` gives, unless the step gives it too. */
static enum weir_status apply_input_option(struct weir_job *job, struct weir_job_instance *instance,
                                           const char *name, const struct weir_node *node,
                                           struct weir_error *err)
{
    if (node == NULL)
        return WEIR_OK;
    const struct weir_job_step *step = instance->step;
    struct weir_job_setting setting = {.node = node};
    setting.option = weir_option_find(&step->command->options, name, &setting.offset);
    for (size_t i = 0; i < step->n_settings; i++)
        if (step->settings[i].option == setting.option)
            return WEIR_OK;
    if (setting.option != NULL)
        return apply_setting(job, instance, &setting, err);
    WEIR_JOB_MISTAKE(job, node->key, "%s has no option %s", step->command->name, name);
    return WEIR_OK;
}

static enum weir_status set_options(struct weir_job *job, struct weir_job_instance *instance,
                                    struct weir_error *err)
{
    const struct weir_job_step *step = instance->step;
    instance->params = weir_job_alloc(job, 1, step->command->params_bytes);
    if (instance->params == NULL)
        return weir_job_no_memory(err);
    enum weir_status status =
        weir_option_defaults(&step->command->options, instance->params, &job->arena, err);
    const struct weir_job_input *input = step->has_input                          ? &step->input
                                         : job->has_input && step->n_sources == 0 ? &job->input
                                                                                  : NULL;
    if (status == WEIR_OK && input != NULL)
        status = apply_input_option(job, instance, "in-format", input->in_format, err);
    if (status == WEIR_OK && input != NULL)
        status = apply_input_option(job, instance, "salvage", input->salvage, err);
    for (size_t i = 0; i < step->n_settings && status == WEIR_OK; i++)
        status = apply_setting(job, instance, &step->settings[i], err);
    return status;
}

/* The text of an option as it was given, or its default; NULL when there is no such option. */
static const char *option_text(const struct weir_job_instance *instance, const char *name)
{
    for (size_t i = instance->words.n; i >= 2; i -= 2)
        if (strcmp(instance->words.word[i - 2], name) == 0)
            return instance->words.word[i - 1];
    size_t offset = 0;
    const struct weir_option *option =
        weir_option_find(&instance->step->command->options, name, &offset);
    return option == NULL ? NULL : option->initial;
}

/* --- outputs ----------------------------------------------------------------------------------*/

/* Checks that `real` can become the output: what is there now must be of the same kind. */
static void check_existing(struct weir_job *job, struct weir_job_instance *instance,
                           const char *real, const struct weir_node *origin)
{
    struct stat st;
    if (stat(real, &st) != 0)
        return;
    const bool writes_directory = instance->step->command->writes_directory ||
                                  (instance->format != NULL && instance->format->is_directory);
    if (S_ISDIR(st.st_mode) == writes_directory)
        return;
    WEIR_JOB_MISTAKE(job, origin, "%.300s is a %s, but %s writes a %s here", instance->output,
                     writes_directory ? "file" : "directory", instance->step->command->name,
                     writes_directory ? "directory" : "file");
    instance->is_broken = true;
}

/* Notes where an output will be, so that no two outputs meet. */
static enum weir_status note_real_output(struct weir_job *job, struct weir_job_instance *instance,
                                         const struct weir_node *origin, struct weir_error *err)
{
    char real[PATH_MAX];
    struct weir_error reason = {0};
    if (instance->output == NULL)
        return weir_job_no_memory(err);
    if (weir_job_path_real(instance->output, real, &reason) != WEIR_OK) {
        WEIR_JOB_MISTAKE(job, origin, "%s", reason.message);
        instance->is_broken = true;
        return WEIR_OK;
    }
    instance->real_output = weir_option_arena_text(&job->arena, real, strlen(real));
    return instance->real_output == NULL ? weir_job_no_memory(err) : WEIR_OK;
}

/* A trace without `to` is kept on the shelf, for the steps that read it: under a path of its own,
 * which is that of no file. */
static enum weir_status keep_output(struct weir_job *job, struct weir_job_instance *instance,
                                    struct weir_error *err)
{
    const size_t capacity = strlen(instance->name) + sizeof "()";
    char *name = weir_job_alloc(job, capacity, 1);
    if (name == NULL)
        return weir_job_no_memory(err);
    snprintf(name, capacity, "(%s)", instance->name);
    instance->is_kept = true;
    instance->output = weir_job_path_join(job->output, name, &job->arena);
    enum weir_status status = note_real_output(job, instance, instance->step->node->key, err);
    if (status == WEIR_OK && job->shelf == NULL)
        status = weir_shelf_new(job->run->scratch != NULL ? job->run->scratch : job->output,
                                &job->run->mem, &job->shelf, err);
    return status == WEIR_OK && !instance->is_broken
               ? weir_shelf_reserve(job->shelf, instance->output, err)
               : status;
}

static enum weir_status place_output(struct weir_job *job, struct weir_job_instance *instance,
                                     struct weir_error *err)
{
    const char *text = NULL;
    const struct weir_node *origin = NULL;
    enum weir_status status = expand(job, instance, instance->step->to, &text, &origin, err);
    if (status != WEIR_OK || text == NULL)
        return status;
    char *tidy = weir_job_alloc(job, strlen(text) + 1, 1);
    if (tidy == NULL)
        return weir_job_no_memory(err);
    memcpy(tidy, text, strlen(text));
    if (!weir_job_path_tidy(tidy)) {
        WEIR_JOB_MISTAKE(job, origin,
                         "expected a path below the output directory, but found "
                         "\"%.200s\"",
                         text);
        instance->is_broken = true;
        return WEIR_OK;
    }
    instance->output = weir_job_path_join(job->output, tidy, &job->arena);
    status = note_real_output(job, instance, origin, err);
    if (status == WEIR_OK && instance->real_output != NULL)
        check_existing(job, instance, instance->real_output, origin);
    return status;
}

/* True when some step reads what this one writes. */
static bool is_read(const struct weir_job *job, const struct weir_job_step *step)
{
    for (size_t i = 0; i < job->n_steps; i++)
        for (size_t s = 0; s < job->steps[i].n_sources; s++)
            if (job->steps[i].sources[s] == step)
                return true;
    return false;
}

/* A step that writes flow records for others alone writes a trace, unless it says otherwise. */
static enum weir_status choose_format(struct weir_job *job, struct weir_job_instance *instance,
                                      struct weir_error *err)
{
    const struct weir_job_step *step = instance->step;
    struct weir_job_setting setting = {.node = step->node->key};
    setting.option = weir_option_find(&step->command->options, "out-format", &setting.offset);
    for (size_t i = 0; i < step->n_settings; i++)
        if (step->settings[i].option == setting.option)
            return WEIR_OK;
    return setting.option == NULL ? WEIR_OK
                                  : set_text(job, instance, &setting, "binary", setting.node, err);
}

static void note_missing_output(struct weir_job *job, struct weir_job_instance *instance)
{
    const struct weir_job_step *step = instance->step;
    const bool could_be_kept = instance->format != NULL && is_read(job, step);
    WEIR_JOB_MISTAKE(job, step->node->key,
                     "step \"%.80s\" has no \"to\": expected the path of its output%s", step->name,
                     could_be_kept ? ", or out-format binary to keep it for other steps only" : "");
    instance->is_broken = true;
}

static enum weir_status set_output(struct weir_job *job, struct weir_job_instance *instance,
                                   struct weir_error *err)
{
    const struct weir_job_step *step = instance->step;
    if (step->to == NULL && is_read(job, step)) {
        const enum weir_status status = choose_format(job, instance, err);
        if (status != WEIR_OK)
            return status;
    }
    const char *format_name = option_text(instance, "out-format");
    const struct weir_format *format = format_name == NULL ? NULL : weir_format_find(format_name);
    const bool writes_nothing = format_name != NULL && strcmp(format_name, "none") == 0;
    if (format != NULL && format->open != NULL)
        instance->format = format;
    if (step->to != NULL && !writes_nothing)
        return place_output(job, instance, err);
    if (step->to != NULL) {
        WEIR_JOB_MISTAKE(job, step->to->key,
                         "\"to\" has no effect: out-format none writes nothing");
        instance->is_broken = true;
    } else if (instance->format != NULL && instance->format->is_directory && is_read(job, step)) {
        return keep_output(job, instance, err);
    } else if (!writes_nothing) {
        note_missing_output(job, instance);
    }
    return WEIR_OK;
}

/* --- inputs -----------------------------------------------------------------------------------*/

/* True when two instances have the same value of every axis that both have. An axis of `a` that
 * chooses among instances of `b` is of use by that. */
static bool matches(const struct weir_job_instance *a, const struct weir_job_instance *b)
{
    bool agree = true;
    for (size_t i = 0; i < a->step->n_axes; i++)
        for (size_t k = 0; k < b->step->n_axes; k++) {
            if (strcmp(a->axes[i].name, b->axes[k].name) != 0)
                continue;
            *a->axes[i].used = true;
            agree = agree && strcmp(a->axes[i].label, b->axes[k].label) == 0;
        }
    return agree;
}

static const struct weir_node *from_node(const struct weir_job_step *step, size_t source)
{
    const struct weir_node *node = step->from;
    if (node == NULL)
        return step->options->key; /* it reads all results, and names none */
    if (node->kind == WEIR_NODE_LIST)
        for (node = node->first; source > 0 && node->next != NULL; source--)
            node = node->next;
    return node;
}

/* True when `reader` can work on what an instance of another step writes. */
static bool can_read(const struct weir_command *reader, const struct weir_job_instance *instance)
{
    const struct weir_command *writer = instance->step->command;
    return (reader->reads_histograms && writer->writes_histogram) ||
           (reader->reads_models && writer->writes_models) ||
           (!reader->reads_no_records && instance->format != NULL);
}

/* Adds the outputs of step number `source` of `from` to the inputs of `instance`. */
static enum weir_status read_from(struct weir_job *job, struct weir_job_instance *instance,
                                  size_t source, const struct weir_format **format,
                                  struct weir_error *err)
{
    const struct weir_job_step *step = instance->step->sources[source];
    const struct weir_node *node = from_node(instance->step, source);
    struct weir_scan_params *params = instance->params;
    size_t n_matches = 0;
    for (size_t i = 0; i < step->n_instances; i++) {
        const struct weir_job_instance *other = &job->instances[step->first_instance + i];
        if (!matches(instance, other))
            continue;
        n_matches++;
        const struct weir_command *reader = instance->step->command;
        if (other->is_broken || other->output == NULL || !can_read(reader, other)) {
            instance->is_broken = true;
            if (!other->is_broken)
                WEIR_JOB_MISTAKE(job, node, "step \"%.80s\" writes no %s to read", step->name,
                                 reader->reads_no_records ? "histogram or model" : "flow records");
            return WEIR_OK;
        }
        const enum weir_status status =
            weir_words_append(&params->paths, other->output, &job->arena, err);
        if (status != WEIR_OK)
            return status;
        *format = params->paths.n == 1 || *format == other->format ? other->format : NULL;
    }
    if (n_matches > 0)
        return WEIR_OK;
    instance->is_broken = true;
    WEIR_JOB_MISTAKE(job, node, "step \"%.80s\" has no instance with the axes of %.200s",
                     step->name, instance->name);
    return WEIR_OK;
}

static enum weir_status set_sources(struct weir_job *job, struct weir_job_instance *instance,
                                    struct weir_error *err)
{
    const struct weir_job_step *step = instance->step;
    struct weir_scan_params *params = instance->params;
    for (size_t i = 0; i < step->n_settings; i++)
        if (strcmp(step->settings[i].option->name, "in-format") == 0) {
            WEIR_JOB_MISTAKE(job, step->settings[i].node->key,
                             "in-format has no effect beside \"from\": the format is known");
            instance->is_broken = true;
            return WEIR_OK;
        }
    const struct weir_format *format = NULL;
    for (size_t s = 0; s < step->n_sources; s++) {
        const enum weir_status status = read_from(job, instance, s, &format, err);
        if (status != WEIR_OK)
            return status;
    }
    params->in_format = format == NULL ? NULL : format->name;
    return WEIR_OK;
}

static enum weir_status set_inputs(struct weir_job *job, struct weir_job_instance *instance,
                                   struct weir_error *err)
{
    const struct weir_job_step *step = instance->step;
    struct weir_scan_params *params = instance->params;
    if (step->n_sources > 0)
        return set_sources(job, instance, err);
    if (!step->has_input) {
        params->paths = job->input_paths;
        instance->is_broken = instance->is_broken || job->input_paths.n == 0;
        return WEIR_OK;
    }
    const struct weir_job_scope scope = scope_of(job, instance);
    bool complete = true;
    const enum weir_status status =
        weir_job_find_inputs(job, &step->input, &scope, &params->paths, &complete, err);
    instance->is_broken = instance->is_broken || !complete;
    return status;
}

/* --- all together -----------------------------------------------------------------------------*/

static enum weir_status fill_instance(struct weir_job *job, struct weir_job_instance *instance,
                                      struct weir_error *err)
{
    enum weir_status status = set_options(job, instance, err);
    if (status == WEIR_OK)
        status = set_inputs(job, instance, err);
    if (status == WEIR_OK)
        status = set_output(job, instance, err);
    if (status == WEIR_OK && instance->output != NULL)
        ((struct weir_scan_params *)instance->params)->output = instance->output;
    return status;
}

/* Lets the command look at its parameters. */
static enum weir_status prepare(struct weir_job *job, struct weir_job_instance *instance,
                                struct weir_step *step, struct weir_error *err)
{
    *step = (struct weir_step){.command = instance->step->command,
                               .name = instance->name,
                               .run = job->run,
                               .params = instance->params};
    struct weir_error reason = {0};
    const enum weir_status status = weir_driver_prepare(step, &reason);
    if (status == WEIR_MEMORY || status == WEIR_INTERNAL)
        return weir_error_set(err, status, "%s", reason.message);
    if (status != WEIR_OK) {
        WEIR_JOB_MISTAKE(job, instance->step->options->key, "%s", reason.message);
        instance->is_broken = true;
    }
    return WEIR_OK;
}

/* Gives every instance the number of its scan: that of the first instance of its level that reads
 * the same, or a new one. */
static void number_scans(struct weir_job *job, const struct weir_step *steps)
{
    for (size_t i = 0; i < job->n_instances; i++) {
        size_t k = 0;
        while (k < i && (job->instances[k].step->level != job->instances[i].step->level ||
                         !weir_driver_shares_input(&steps[k], &steps[i])))
            k++;
        job->instances[i].scan = k < i ? job->instances[k].scan : job->n_scans++;
    }
}

bool weir_job_reads(const struct weir_job_instance *instance, const char *path)
{
    const struct weir_scan_params *params = instance->params;
    for (size_t i = 0; i < params->paths.n; i++)
        if (strcmp(params->paths.word[i], path) == 0)
            return true;
    return false;
}

/* Finds the scans after which kept traces are not needed any more. */
static void find_last_scans(struct weir_job *job)
{
    for (size_t i = 0; i < job->n_instances; i++) {
        struct weir_job_instance *kept = &job->instances[i];
        kept->last_scan = kept->scan;
        for (size_t k = 0; kept->is_kept && k < job->n_instances; k++)
            if (job->instances[k].scan > kept->last_scan &&
                weir_job_reads(&job->instances[k], kept->output))
                kept->last_scan = job->instances[k].scan;
    }
}

/* Standard input can be read once. */
static void check_stdin(struct weir_job *job)
{
    const struct weir_job_instance *first = NULL;
    for (size_t i = 0; i < job->n_instances; i++) {
        const struct weir_job_instance *instance = &job->instances[i];
        if (!weir_job_reads(instance, "-"))
            continue;
        if (first != NULL && first->scan != instance->scan)
            WEIR_JOB_MISTAKE(job, instance->step->node->key,
                             "standard input can be read once, but %.100s and %.100s do not share "
                             "a scan",
                             first->name, instance->name);
        first = instance;
    }
}

static enum weir_status plan_scans(struct weir_job *job, struct weir_error *err)
{
    struct weir_step *steps = weir_mem_zalloc(&job->run->mem, job->n_instances, sizeof *steps);
    if (steps == NULL)
        return weir_job_no_memory(err);
    enum weir_status status = WEIR_OK;
    size_t n = 0;
    bool broken = false;
    for (; n < job->n_instances && status == WEIR_OK; n++) {
        struct weir_job_instance *instance = &job->instances[n];
        if (!instance->is_broken)
            status = prepare(job, instance, &steps[n], err);
        broken = broken || instance->is_broken;
    }
    if (status == WEIR_OK && !broken) {
        number_scans(job, steps);
        check_stdin(job);
        find_last_scans(job);
    }
    for (size_t i = 0; i < n; i++)
        if (steps[i].command != NULL)
            weir_driver_release(&steps[i]);
    weir_mem_free(&job->run->mem, steps);
    return status;
}

enum weir_status weir_job_check_instances(struct weir_job *job, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < job->n_instances && status == WEIR_OK; i++)
        status = fill_instance(job, &job->instances[i], err);
    if (status == WEIR_OK)
        status = weir_job_check_outputs(job, err);
    return status == WEIR_OK ? plan_scans(job, err) : status;
}
