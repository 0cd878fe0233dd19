/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outputs of a job must not meet: neither each other, nor an input, nor the job file.
 *
 * All outputs are sorted by component in their real form. What lies inside an output then follows
 * it directly, and a binary search finds the outputs around any input: a job with 100,000 inputs
 * is checked in a fraction of a second.
 */
#include "job_manifest.h"
#include "job_model.h"
#include "job_paths.h"

#include <stdlib.h>
#include <string.h>

struct outputs {
    const struct weir_job_instance **sorted;
    size_t n;
};

static int compare_outputs(const void *a, const void *b)
{
    const struct weir_job_instance *x = *(const struct weir_job_instance *const *)a;
    const struct weir_job_instance *y = *(const struct weir_job_instance *const *)b;
    const int order = weir_job_path_compare(x->real_output, y->real_output);
    return order != 0 ? order : (x > y) - (x < y);
}

static void check_each_other(struct weir_job *job, const struct outputs *outputs)
{
    for (size_t i = 1, top = 0; i < outputs->n; i++) {
        const struct weir_job_instance *outer = outputs->sorted[top], *inner = outputs->sorted[i];
        if (!weir_job_path_is_within(inner->real_output, outer->real_output)) {
            top = i;
            continue;
        }
        const bool same = strcmp(inner->real_output, outer->real_output) == 0;
        WEIR_JOB_MISTAKE(job, inner->step->to, "output %.150s of %.100s %s %.100s", inner->output,
                         inner->name, same ? "is also that of" : "lies inside the output of",
                         outer->name);
    }
}

/* The number of outputs that sort before `real`. */
static size_t count_before(const struct outputs *outputs, const char *real)
{
    size_t low = 0, high = outputs->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (weir_job_path_compare(outputs->sorted[middle]->real_output, real) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void check_path(struct weir_job *job, const struct outputs *outputs, const char *path,
                       const char *what)
{
    char real[PATH_MAX];
    if (strcmp(path, "-") == 0 || weir_job_path_real(path, real, NULL) != WEIR_OK)
        return;
    const size_t at = count_before(outputs, real);
    const struct weir_job_instance *output = at < outputs->n ? outputs->sorted[at] : NULL;
    if (output != NULL && strcmp(output->real_output, real) == 0)
        WEIR_JOB_MISTAKE(job, output->step->to, "output %.150s of %.100s would overwrite %s",
                         output->output, output->name, what);
    else if (output != NULL && weir_job_path_is_within(output->real_output, real))
        WEIR_JOB_MISTAKE(job, output->step->to, "output %.150s of %.100s lies inside %s %.150s",
                         output->output, output->name, what, path);
    else if (at > 0 && weir_job_path_is_within(real, outputs->sorted[at - 1]->real_output))
        WEIR_JOB_MISTAKE(job, outputs->sorted[at - 1]->step->to,
                         "output %.150s of %.100s is a directory that holds %s %.150s",
                         outputs->sorted[at - 1]->output, outputs->sorted[at - 1]->name, what,
                         path);
}

static void check_paths(struct weir_job *job, const struct outputs *outputs,
                        const struct weir_words *paths)
{
    for (size_t i = 0; i < paths->n; i++)
        check_path(job, outputs, paths->word[i], "the input");
}

enum weir_status weir_job_check_outputs(struct weir_job *job, struct weir_error *err)
{
    struct outputs outputs = {
        .sorted = weir_mem_alloc(&job->run->mem, job->n_instances * sizeof *outputs.sorted)};
    if (outputs.sorted == NULL)
        return weir_job_no_memory(err);
    for (size_t i = 0; i < job->n_instances; i++)
        if (job->instances[i].real_output != NULL)
            outputs.sorted[outputs.n++] = &job->instances[i];
    qsort(outputs.sorted, outputs.n, sizeof *outputs.sorted, compare_outputs);
    check_each_other(job, &outputs);
    const char *manifest = weir_job_path_join(job->output, WEIR_JOB_MANIFEST, &job->arena);
    if (manifest != NULL)
        check_path(job, &outputs, manifest, "the manifest");
    check_path(job, &outputs, job->path, "the job file");
    check_paths(job, &outputs, &job->input_paths);
    for (size_t i = 0; i < job->n_instances; i++)
        if (job->instances[i].step->has_input)
            check_paths(job, &outputs,
                        &((const struct weir_scan_params *)job->instances[i].params)->paths);
    weir_mem_free(&job->run->mem, outputs.sorted);
    return WEIR_OK;
}

enum weir_status weir_job_check_apart(const struct weir_job *a, const struct weir_job *b,
                                      struct weir_error *err)
{
    for (size_t i = 0; i < a->n_instances; i++)
        for (size_t k = 0; k < b->n_instances; k++) {
            const struct weir_job_instance *x = &a->instances[i], *y = &b->instances[k];
            if (x->real_output == NULL || y->real_output == NULL)
                continue;
            if (weir_job_path_is_within(x->real_output, y->real_output) ||
                weir_job_path_is_within(y->real_output, x->real_output))
                return weir_error_set(err, WEIR_USAGE,
                                      "%s: output %.200s of %.100s is in the way of %.100s in %s",
                                      b->path, y->output, y->name, x->name, a->path);
        }
    return WEIR_OK;
}
