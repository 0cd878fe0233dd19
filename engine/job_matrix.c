/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrices of a job: from steps to instances, one for every combination of the axes.
 *
 * A step has the axes of its own matrix, and it inherits those axes of the steps it reads from that
 * its own text refers to. Instances are made in the order of the axes, the last one varying
 * fastest.
 */
#include "job_model.h"

#include <stdlib.h>
#include <string.h>

/* --- axes -------------------------------------------------------------------------------------*/

static const struct weir_job_variable *find_label(const struct weir_job_axis *axis,
                                                  const char *label)
{
    for (size_t i = 0; i < axis->n_values; i++)
        if (strcmp(axis->values[i].label, label) == 0)
            return &axis->values[i];
    return NULL;
}

static enum weir_status add_value(struct weir_job *job, struct weir_job_axis *axis,
                                  const struct weir_node *node, struct weir_error *err)
{
    const struct weir_job_scope scope = {.lets = job->lets, .n_lets = job->n_lets};
    const char *value = NULL;
    const struct weir_node *origin = NULL;
    if (!weir_job_is_text(job, node, "a value"))
        return WEIR_OK;
    const enum weir_status status =
        weir_job_expand(node, &scope, &job->arena, &job->report, &value, &origin, err);
    if (status != WEIR_OK || value == NULL)
        return status;
    const char *label = node->key != NULL ? node->key->text : value;
    if (label[0] == '\0' || find_label(axis, label) != NULL) {
        WEIR_JOB_MISTAKE(job, node, "the values of an axis must %s",
                         label[0] == '\0' ? "have names: write {name: \"\"}" : "differ");
        return WEIR_OK;
    }
    axis->values[axis->n_values++] = (struct weir_job_variable){
        .name = axis->name, .value = value, .label = label, .node = origin, .used = &axis->used};
    return WEIR_OK;
}

static bool is_let(const struct weir_job *job, const char *name)
{
    for (size_t i = 0; i < job->n_lets; i++)
        if (strcmp(job->lets[i].name, name) == 0)
            return true;
    return false;
}

static bool check_axis(struct weir_job *job, const struct weir_node *entry)
{
    const char *name = entry->key->text;
    if (!weir_job_is_name(name))
        WEIR_JOB_MISTAKE(job, entry->key,
                         "the name of an axis has letters, digits and _, but found \"%.80s\"",
                         name);
    else if (is_let(job, name))
        WEIR_JOB_MISTAKE(job, entry->key, "\"%.80s\" is a variable of \"let\" already", name);
    else if (entry->kind == WEIR_NODE_TEXT)
        WEIR_JOB_MISTAKE(job, entry, "expected a list or a map of values, but found %s",
                         weir_node_kind_name(entry));
    else if (entry->n == 0)
        WEIR_JOB_MISTAKE(job, entry, "axis \"%.80s\" has no values", name);
    else if (entry->n > WEIR_JOB_INSTANCES_MAX)
        WEIR_JOB_MISTAKE(job, entry, "axis \"%.80s\" has more than %d values", name,
                         WEIR_JOB_INSTANCES_MAX);
    else
        return true;
    return false;
}

static enum weir_status read_axis(struct weir_job *job, struct weir_job_step *step,
                                  const struct weir_node *entry, struct weir_error *err)
{
    if (!check_axis(job, entry)) {
        step->is_broken = true;
        return WEIR_OK;
    }
    struct weir_job_axis *axis = weir_job_alloc(job, 1, sizeof *axis);
    if (axis == NULL)
        return weir_job_no_memory(err);
    axis->name = entry->key->text;
    axis->node = entry;
    axis->values = weir_job_alloc(job, entry->n, sizeof *axis->values);
    if (axis->values == NULL)
        return weir_job_no_memory(err);
    enum weir_status status = WEIR_OK;
    for (const struct weir_node *value = entry->first; value != NULL && status == WEIR_OK;
         value = value->next)
        status = add_value(job, axis, value, err);
    if (axis->n_values < entry->n)
        step->is_broken = true;
    step->axes[step->n_axes++] = axis;
    return status;
}

static const struct weir_job_axis *find_axis(const struct weir_job_step *step, const char *name)
{
    for (size_t i = 0; i < step->n_axes; i++)
        if (strcmp(step->axes[i]->name, name) == 0)
            return step->axes[i];
    return NULL;
}

static void inherit_axes(struct weir_job_step *step)
{
    for (size_t s = 0; s < step->n_sources; s++)
        for (size_t a = 0; a < step->sources[s]->n_axes; a++) {
            struct weir_job_axis *axis = step->sources[s]->axes[a];
            const bool refers = weir_job_refers(step->options, axis->name) ||
                                (step->to != NULL && weir_job_refers(step->to, axis->name));
            if (refers && find_axis(step, axis->name) == NULL)
                step->axes[step->n_axes++] = axis;
        }
}

static enum weir_status read_axes(struct weir_job *job, struct weir_job_step *step,
                                  struct weir_error *err)
{
    const struct weir_node *matrix = step->matrix;
    if (matrix != NULL && matrix->kind != WEIR_NODE_MAP) {
        WEIR_JOB_MISTAKE(job, matrix, "expected a map of axes, but found %s",
                         weir_node_kind_name(matrix));
        step->is_broken = true;
    }
    for (size_t s = 0; s < step->n_sources; s++)
        step->is_broken = step->is_broken || step->sources[s]->is_broken;
    size_t n_max = matrix != NULL ? matrix->n : 0;
    for (size_t s = 0; s < step->n_sources; s++)
        n_max += step->sources[s]->n_axes;
    step->axes = weir_job_alloc(job, n_max, sizeof(*step->axes));
    if (step->axes == NULL)
        return weir_job_no_memory(err);
    enum weir_status status = WEIR_OK;
    if (matrix != NULL && matrix->kind == WEIR_NODE_MAP)
        for (const struct weir_node *entry = matrix->first; entry != NULL && status == WEIR_OK;
             entry = entry->next)
            status = read_axis(job, step, entry, err);
    if (status == WEIR_OK && !step->is_broken)
        inherit_axes(step);
    return status;
}

/* --- instances --------------------------------------------------------------------------------*/

/* The number of combinations; SIZE_MAX when there are more than a job may have. */
static size_t count_combinations(const struct weir_job_step *step)
{
    size_t n = 1;
    for (size_t a = 0; a < step->n_axes; a++) {
        n *= step->axes[a]->n_values;
        if (n > WEIR_JOB_INSTANCES_MAX)
            return SIZE_MAX;
    }
    return n;
}

static const char *instance_name(struct weir_job *job, const struct weir_job_step *step,
                                 const struct weir_job_variable *axes)
{
    if (step->n_axes == 0)
        return step->name;
    size_t length = strlen(step->name) + 2;
    for (size_t a = 0; a < step->n_axes; a++)
        length += strlen(axes[a].name) + strlen(axes[a].label) + 2;
    char *name = weir_job_alloc(job, length + 1, 1);
    if (name == NULL)
        return NULL;
    size_t used = (size_t)snprintf(name, length + 1, "%s", step->name);
    for (size_t a = 0; a < step->n_axes; a++)
        used += (size_t)snprintf(name + used, length + 1 - used, "%c%s=%s", a == 0 ? '[' : ',',
                                 axes[a].name, axes[a].label);
    snprintf(name + used, length + 1 - used, "]");
    return name;
}

static enum weir_status make_instance(struct weir_job *job, struct weir_job_step *step,
                                      size_t number, struct weir_error *err)
{
    struct weir_job_variable *axes = weir_job_alloc(job, step->n_axes, sizeof *axes);
    if (axes == NULL)
        return weir_job_no_memory(err);
    for (size_t a = step->n_axes; a-- > 0;) {
        const struct weir_job_axis *axis = step->axes[a];
        axes[a] = axis->values[number % axis->n_values];
        number /= axis->n_values;
    }
    struct weir_job_instance *instance = &job->instances[job->n_instances++];
    instance->step = step;
    instance->axes = axes;
    instance->name = instance_name(job, step, axes);
    return instance->name == NULL ? weir_job_no_memory(err) : WEIR_OK;
}

enum weir_status weir_job_make_instances(struct weir_job *job, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    size_t n_instances = 0;
    for (size_t i = 0; i < job->n_steps && status == WEIR_OK; i++) {
        struct weir_job_step *step = job->order[i];
        status = read_axes(job, step, err);
        if (step->is_broken)
            continue;
        step->n_instances = count_combinations(step);
        if (step->n_instances > WEIR_JOB_INSTANCES_MAX - n_instances) {
            WEIR_JOB_MISTAKE(job, step->matrix != NULL ? step->matrix : step->node,
                             "the job has more than %d steps with this matrix",
                             WEIR_JOB_INSTANCES_MAX);
            step->is_broken = true;
            step->n_instances = 0;
            continue;
        }
        step->first_instance = n_instances;
        n_instances += step->n_instances;
    }
    if (status != WEIR_OK)
        return status;
    job->instances = weir_job_alloc(job, n_instances, sizeof *job->instances);
    if (job->instances == NULL)
        return weir_job_no_memory(err);
    for (size_t i = 0; i < job->n_steps; i++)
        for (size_t k = 0; k < job->order[i]->n_instances; k++) {
            status = make_instance(job, job->order[i], k, err);
            if (status != WEIR_OK)
                return status;
        }
    return WEIR_OK;
}
