/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of a job as they are written: keys, commands, options, and who reads from whom. */
#include "job_model.h"

#include <stdlib.h>
#include <string.h>

static const char *const step_keys[] = {"from", "to", "matrix", "input"};

#define N_STEP_KEYS (sizeof step_keys / sizeof *step_keys)
#define NAMES_MAX   256 /* of commands or options in one message */

static bool is_step_key(const char *key)
{
    for (size_t i = 0; i < N_STEP_KEYS; i++)
        if (strcmp(step_keys[i], key) == 0)
            return true;
    return false;
}

/* A step is a command that scans: those that run by themselves would be jobs in a job. */
static const struct weir_command *find_step_command(const char *name)
{
    const struct weir_command *command = weir_command_find(name);
    return command != NULL && command->prepare != NULL ? command : NULL;
}

static size_t list_step_commands(const char *names[NAMES_MAX])
{
    size_t n_commands = 0, n = 0;
    const struct weir_command *const *commands = weir_command_list(&n_commands);
    for (size_t i = 0; i < n_commands && n < NAMES_MAX; i++)
        if (commands[i]->prepare != NULL)
            names[n++] = commands[i]->name;
    return n;
}

/* "a, b or c" */
static const char *join_names(const char *const *names, size_t n, char *out, size_t capacity)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && used < capacity; i++) {
        const char *separator = i == 0 ? "" : i + 1 == n ? " or " : ", ";
        const int wrote = snprintf(out + used, capacity - used, "%s%s", separator, names[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return out;
}

static void note_unknown_command(struct weir_job *job, const struct weir_node *key)
{
    const char *names[NAMES_MAX];
    char known[200];
    const size_t n_commands = list_step_commands(names);
    join_names(names, n_commands, known, sizeof known);
    if (weir_command_find(key->text) != NULL) {
        WEIR_JOB_MISTAKE(job, key, "command \"%.80s\" cannot be a step, only %s", key->text, known);
        return;
    }
    size_t n = n_commands;
    for (size_t i = 0; i < N_STEP_KEYS && n < NAMES_MAX; i++)
        names[n++] = step_keys[i];
    const char *near = weir_option_nearest(key->text, names, n);
    if (near != NULL)
        WEIR_JOB_MISTAKE(job, key, "unknown command or key \"%.80s\", did you mean \"%s\"?",
                         key->text, near);
    else
        WEIR_JOB_MISTAKE(job, key, "unknown command \"%.80s\", expected %s", key->text, known);
}

/* --- options ----------------------------------------------------------------------------------*/

/* Finds the option that a key names: its long name, its letter, or the start of one long name.
 * *n_matches tells how many names start that way. */
static const struct weir_option *find_option(const struct weir_option_set *set, const char *key,
                                             size_t *offset, size_t *n_matches)
{
    *n_matches = 0;
    const struct weir_option *option = weir_option_find(set, key, offset);
    if (option != NULL)
        return option;
    const size_t length = strlen(key);
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++)
        for (const struct weir_option *row = set->groups[g]->rows; row->name != NULL; row++) {
            if (length == 1 && row->letter == key[0])
                return weir_option_find(set, row->name, offset);
            if (length > 0 && strncmp(row->name, key, length) == 0) {
                option = row;
                ++*n_matches;
            }
        }
    return *n_matches == 1 ? weir_option_find(set, option->name, offset) : NULL;
}

static void note_unknown_option(struct weir_job *job, const struct weir_command *command,
                                const struct weir_node *key, bool is_ambiguous)
{
    const char *names[NAMES_MAX];
    size_t n = 0;
    const size_t length = strlen(key->text);
    const struct weir_option_set *set = &command->options;
    for (size_t g = 0; g < WEIR_OPTION_GROUPS_MAX && set->groups[g] != NULL; g++)
        for (const struct weir_option *row = set->groups[g]->rows; row->name != NULL; row++)
            if (n < NAMES_MAX && (!is_ambiguous || strncmp(row->name, key->text, length) == 0))
                names[n++] = row->name;
    char known[200];
    const char *near = is_ambiguous ? NULL : weir_option_nearest(key->text, names, n);
    if (is_ambiguous)
        WEIR_JOB_MISTAKE(job, key, "option \"%.80s\" of %s could be %s", key->text, command->name,
                         join_names(names, n, known, sizeof known));
    else if (near != NULL)
        WEIR_JOB_MISTAKE(job, key, "unknown option \"%.80s\" of %s, did you mean \"%s\"?",
                         key->text, command->name, near);
    else
        WEIR_JOB_MISTAKE(job, key, "unknown option \"%.80s\" of %s", key->text, command->name);
}

/* Looks at the shape of a value; what it says is checked when its variables are known. */
static bool check_value(struct weir_job *job, const struct weir_option *option,
                        const struct weir_node *node)
{
    const bool takes_list = option->kind == WEIR_OPTION_LIST || option->kind == WEIR_OPTION_APPEND;
    if (node->kind == WEIR_NODE_LIST && takes_list) {
        bool good = true;
        for (const struct weir_node *item = node->first; item != NULL; item = item->next)
            good = weir_job_is_text(job, item, "a value") && good;
        return good;
    }
    return weir_job_is_text(job, node, takes_list ? "a value or a list of values" : "a value");
}

static void read_option(struct weir_job *job, struct weir_job_step *step,
                        const struct weir_node *entry)
{
    size_t offset = 0, n_matches = 0;
    const struct weir_node *key = entry->key;
    const struct weir_option *option =
        find_option(&step->command->options, key->text, &offset, &n_matches);
    if (option == NULL) {
        note_unknown_option(job, step->command, key, n_matches > 1);
        return;
    }
    if (strcmp(option->name, "output") == 0) {
        WEIR_JOB_MISTAKE(job, key, "the output of a step is named by \"to\", beside \"%s\"",
                         step->command->name);
        return;
    }
    for (size_t i = 0; i < step->n_settings; i++)
        if (step->settings[i].option == option) {
            WEIR_JOB_MISTAKE(job, key, "option %s of %s stands here twice", option->name,
                             step->command->name);
            return;
        }
    if (check_value(job, option, entry))
        step->settings[step->n_settings++] =
            (struct weir_job_setting){.option = option, .offset = offset, .node = entry};
}

static enum weir_status read_options(struct weir_job *job, struct weir_job_step *step,
                                     struct weir_error *err)
{
    const struct weir_node *node = step->options;
    if (node->kind == WEIR_NODE_TEXT && node->is_null)
        return WEIR_OK;
    if (node->kind != WEIR_NODE_MAP) {
        WEIR_JOB_MISTAKE(job, node, "expected a map of options of %s, but found %s",
                         step->command->name, weir_node_kind_name(node));
        return WEIR_OK;
    }
    step->settings = weir_job_alloc(job, node->n, sizeof *step->settings);
    if (step->settings == NULL)
        return weir_job_no_memory(err);
    for (const struct weir_node *entry = node->first; entry != NULL; entry = entry->next)
        read_option(job, step, entry);
    return WEIR_OK;
}

/* --- keys -------------------------------------------------------------------------------------*/

static void read_command(struct weir_job *job, struct weir_job_step *step)
{
    size_t n_unknown = 0;
    for (const struct weir_node *entry = step->node->first; entry != NULL; entry = entry->next) {
        if (is_step_key(entry->key->text))
            continue;
        const struct weir_command *command = find_step_command(entry->key->text);
        if (command == NULL) {
            note_unknown_command(job, entry->key);
            n_unknown++;
        } else if (step->command != NULL) {
            WEIR_JOB_MISTAKE(job, entry->key, "a step has one command, but found %s after %s",
                             command->name, step->command->name);
        } else {
            step->command = command;
            step->options = entry;
        }
    }
    if (step->command != NULL)
        return;
    step->is_broken = true;
    if (n_unknown > 0)
        return;
    const char *names[NAMES_MAX];
    char known[200];
    WEIR_JOB_MISTAKE(job, step->node->key, "step \"%.80s\" has no command, expected %s", step->name,
                     join_names(names, list_step_commands(names), known, sizeof known));
}

/* `from` must be a step's name or a list of them. */
static bool check_from(struct weir_job *job, const struct weir_node *from)
{
    if (from->kind != WEIR_NODE_LIST)
        return weir_job_is_text(job, from, "the name of a step, or a list of names");
    bool good = true;
    for (const struct weir_node *item = from->first; item != NULL; item = item->next)
        good = weir_job_is_text(job, item, "the name of a step") && good;
    if (from->n == 0)
        WEIR_JOB_MISTAKE(job, from, "expected the name of a step, but found an empty list");
    return good && from->n > 0;
}

static void read_keys(struct weir_job *job, struct weir_job_step *step)
{
    const struct weir_node *input = weir_node_find(step->node, "input");
    step->from = weir_node_find(step->node, "from");
    step->to = weir_node_find(step->node, "to");
    step->matrix = weir_node_find(step->node, "matrix");
    if (step->from != NULL && !check_from(job, step->from)) {
        step->from = NULL;
        step->is_broken = true;
    }
    if (step->to != NULL && !weir_job_is_text(job, step->to, "the path of the output"))
        step->is_broken = true;
    if (input != NULL && step->from != NULL) {
        WEIR_JOB_MISTAKE(job, input->key, "a step has either \"input\" or \"from\", not both");
        step->is_broken = true;
    }
    if (input != NULL) {
        step->has_input = weir_job_read_input(job, input, &step->input);
        step->is_broken = step->is_broken || !step->has_input;
    }
    if (input != NULL || step->from != NULL || (step->command != NULL && step->command->shows_job))
        return;
    job->input_is_used = true;
    if (job->input_node == NULL)
        WEIR_JOB_MISTAKE(
            job, step->node->key,
            "step \"%.80s\" has nothing to read: expected \"from\", or \"input\" of the "
            "step or of the job",
            step->name);
}

/* Names appear in messages, plans and lists of `from`. */
static bool is_step_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              strchr("_-.", *c) != NULL))
            return false;
    return *name != '\0';
}

static enum weir_status read_step(struct weir_job *job, const struct weir_node *node,
                                  struct weir_error *err)
{
    if (!is_step_name(node->key->text))
        WEIR_JOB_MISTAKE(job, node->key,
                         "the name of a step has letters, digits, _, - and ., but found \"%.80s\"",
                         node->key->text);
    struct weir_job_step *step = &job->steps[job->n_steps++];
    step->name = node->key->text;
    step->node = node;
    if (node->kind != WEIR_NODE_MAP) {
        WEIR_JOB_MISTAKE(job, node, "expected a map with a command, but found %s",
                         weir_node_kind_name(node));
        step->is_broken = true;
        return WEIR_OK;
    }
    read_command(job, step);
    read_keys(job, step);
    return step->command == NULL ? WEIR_OK : read_options(job, step, err);
}

/* --- references -------------------------------------------------------------------------------*/

static struct weir_job_step *find_step(struct weir_job *job, const char *name)
{
    for (size_t i = 0; i < job->n_steps; i++)
        if (strcmp(job->steps[i].name, name) == 0)
            return &job->steps[i];
    return NULL;
}

static enum weir_status note_unknown_step(struct weir_job *job, const struct weir_node *node,
                                          const char *name, struct weir_error *err)
{
    const char **names = weir_job_alloc(job, job->n_steps, sizeof *names);
    if (names == NULL)
        return weir_job_no_memory(err);
    for (size_t i = 0; i < job->n_steps; i++)
        names[i] = job->steps[i].name;
    const char *near = weir_option_nearest(name, names, job->n_steps);
    if (near != NULL)
        WEIR_JOB_MISTAKE(job, node, "there is no step \"%.80s\", did you mean \"%.80s\"?", name,
                         near);
    else
        WEIR_JOB_MISTAKE(job, node, "there is no step \"%.80s\"", name);
    return WEIR_OK;
}

static enum weir_status link_source(struct weir_job *job, struct weir_job_step *step,
                                    const struct weir_node *node, struct weir_error *err)
{
    const struct weir_job_scope scope = {.lets = job->lets, .n_lets = job->n_lets};
    const char *name = NULL;
    const struct weir_node *origin = NULL;
    enum weir_status status =
        weir_job_expand(node, &scope, &job->arena, &job->report, &name, &origin, err);
    if (status != WEIR_OK)
        return status;
    struct weir_job_step *source = name == NULL ? NULL : find_step(job, name);
    if (source == NULL) {
        step->is_broken = true;
        return name == NULL ? WEIR_OK : note_unknown_step(job, origin, name, err);
    }
    if (source->command != NULL && source->command->shows_job) {
        step->is_broken = true;
        WEIR_JOB_MISTAKE(job, origin, "step \"%.80s\" writes a page, and nothing to read", name);
        return WEIR_OK;
    }
    for (size_t i = 0; i < step->n_sources; i++)
        if (step->sources[i] == source) {
            WEIR_JOB_MISTAKE(job, node, "step \"%.80s\" is named twice", name);
            return WEIR_OK;
        }
    step->sources[step->n_sources++] = source;
    return WEIR_OK;
}

static bool writes_results(const struct weir_job_step *step)
{
    return step->command != NULL &&
           (step->command->writes_histogram || step->command->writes_models);
}

/* A step that shows the job reads all results of the job when it names nothing. */
static enum weir_status link_results(struct weir_job *job, struct weir_job_step *step,
                                     struct weir_error *err)
{
    step->sources = weir_job_alloc(job, job->n_steps, sizeof(*step->sources));
    if (step->sources == NULL)
        return weir_job_no_memory(err);
    for (size_t i = 0; i < job->n_steps; i++)
        if (writes_results(&job->steps[i]))
            step->sources[step->n_sources++] = &job->steps[i];
    if (step->n_sources > 0)
        return WEIR_OK;
    step->is_broken = true;
    WEIR_JOB_MISTAKE(job, step->options->key,
                     "step \"%.80s\" has nothing to show: no step writes histograms or models",
                     step->name);
    return WEIR_OK;
}

static enum weir_status link_sources(struct weir_job *job, struct weir_job_step *step,
                                     struct weir_error *err)
{
    const bool shows_job = step->command != NULL && step->command->shows_job;
    if (step->from == NULL)
        return shows_job && !step->has_input && !step->is_broken ? link_results(job, step, err)
                                                                 : WEIR_OK;
    const bool is_list = step->from->kind == WEIR_NODE_LIST;
    step->sources = weir_job_alloc(job, is_list ? step->from->n : 1, sizeof(*step->sources));
    if (step->sources == NULL)
        return weir_job_no_memory(err);
    if (!is_list)
        return link_source(job, step, step->from, err);
    enum weir_status status = WEIR_OK;
    for (const struct weir_node *item = step->from->first; item != NULL && status == WEIR_OK;
         item = item->next)
        status = link_source(job, step, item, err);
    return status;
}

/* Gives a level to every step whose sources all have one, until nothing changes. */
static size_t settle_levels(struct weir_job *job)
{
    size_t n_settled = 0, n_before;
    do {
        n_before = n_settled;
        n_settled = 0;
        for (size_t i = 0; i < job->n_steps; i++) {
            struct weir_job_step *step = &job->steps[i];
            bool ready = true;
            size_t level = 0;
            for (size_t s = 0; s < step->n_sources && !step->has_level; s++) {
                ready = ready && step->sources[s]->has_level;
                if (level <= step->sources[s]->level)
                    level = step->sources[s]->level + 1;
            }
            if (ready && !step->has_level) {
                step->has_level = true;
                step->level = level;
            }
            n_settled += step->has_level;
        }
    } while (n_settled != n_before);
    return n_settled;
}

static struct weir_job_step *unsettled_source(const struct weir_job_step *step)
{
    for (size_t s = 0; s < step->n_sources; s++)
        if (!step->sources[s]->has_level)
            return step->sources[s];
    return NULL;
}

static bool stands_before(const struct weir_node *a, const struct weir_node *b)
{
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

/* Every step without a level has a source without one: following them leads into a circle after at
 * most n steps. Notes it at its first `from` and breaks it. */
static void note_circle(struct weir_job *job)
{
    struct weir_job_step *step = job->steps;
    while (step->has_level)
        step++;
    for (size_t i = 0; i < job->n_steps; i++)
        step = unsettled_source(step);
    struct weir_job_step *first = step;
    while (!step->in_circle) {
        step->in_circle = true;
        if (stands_before(step->from, first->from))
            first = step;
        step = unsettled_source(step);
    }
    char text[300];
    size_t used = 0;
    step = first;
    do {
        const int wrote = snprintf(text + used, sizeof text - used, "%.60s from ", step->name);
        used += wrote > 0 ? (size_t)wrote : 0;
        used = used < sizeof text ? used : sizeof text - 1;
        step = unsettled_source(step);
    } while (step != first);
    WEIR_JOB_MISTAKE(job, first->from, "steps read from each other in a circle: %s%.60s", text,
                     first->name);
    for (size_t i = 0; i < job->n_steps; i++)
        if (job->steps[i].in_circle)
            job->steps[i].has_level = job->steps[i].is_broken = true;
}

/* Steps that show the job come after all others. */
static void move_to_end(struct weir_job *job)
{
    size_t last = 0;
    for (size_t i = 0; i < job->n_steps; i++)
        if (job->steps[i].level > last)
            last = job->steps[i].level;
    for (size_t i = 0; i < job->n_steps; i++)
        if (job->steps[i].command != NULL && job->steps[i].command->shows_job)
            job->steps[i].level = last + 1;
}

static int compare_order(const void *a, const void *b)
{
    const struct weir_job_step *x = *(struct weir_job_step *const *)a;
    const struct weir_job_step *y = *(struct weir_job_step *const *)b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return (x > y) - (x < y);
}

enum weir_status weir_job_read_steps(struct weir_job *job, const struct weir_node *node,
                                     struct weir_error *err)
{
    job->steps = weir_job_alloc(job, node->n, sizeof *job->steps);
    job->order = weir_job_alloc(job, node->n, sizeof(*job->order));
    if (job->steps == NULL || job->order == NULL)
        return weir_job_no_memory(err);
    enum weir_status status = WEIR_OK;
    for (const struct weir_node *entry = node->first; entry != NULL && status == WEIR_OK;
         entry = entry->next)
        status = read_step(job, entry, err);
    for (size_t i = 0; i < job->n_steps && status == WEIR_OK; i++)
        status = link_sources(job, &job->steps[i], err);
    if (status != WEIR_OK)
        return status;
    while (settle_levels(job) < job->n_steps)
        note_circle(job);
    move_to_end(job);
    for (size_t i = 0; i < job->n_steps; i++)
        job->order[i] = &job->steps[i];
    qsort(job->order, job->n_steps, sizeof(*job->order), compare_order);
    return WEIR_OK;
}
