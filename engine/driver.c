/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The driver: from prepared steps to finished outputs. Steps that share a scan and want the same
 * records (equal filter and slices) share a branch of it, so that the filter runs once for them. */
#include "driver.h"

#include "columns_option.h"
#include "log.h"
#include "number.h"
#include "sampling.h"
#include "time_window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct weir_scan_params *scan_params(const struct weir_step *step)
{
    return step->params;
}

static uint64_t count_of(bool given, int64_t count)
{
    return !given ? UINT64_MAX : count <= 0 ? 0 : (uint64_t)count;
}

static struct weir_slice slice_of(int64_t skip, bool given, int64_t count)
{
    return (struct weir_slice){.skip = skip <= 0 ? 0 : (uint64_t)skip,
                               .count = count_of(given, count)};
}

static struct weir_slice slice_in(const struct weir_scan_params *params)
{
    return slice_of(params->skip_in, params->count_in_given, params->count_in);
}

static struct weir_slice slice_out(const struct weir_scan_params *params)
{
    return slice_of(params->skip_out, params->count_out_given, params->count_out);
}

/* Writes the names of the formats that can be read, separated by ", ", to `out`; returns out. */
static char *readable_formats(char *out, size_t capacity)
{
    size_t n = 0;
    const struct weir_format *const *list = weir_format_list(&n);
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && used < capacity; i++)
        if (list[i]->open != NULL)
            used += (size_t)snprintf(out + used, capacity - used, "%s%s", used == 0 ? "" : ", ",
                                     list[i]->name);
    return out;
}

static enum weir_status check_in_format(const struct weir_step *step, struct weir_error *err)
{
    const char *name = scan_params(step)->in_format;
    if (name != NULL && step->command->reads_histograms && strcmp(name, "csv_hist") == 0)
        return WEIR_OK;
    const struct weir_format *format = name == NULL ? NULL : weir_format_find(name);
    if (name == NULL || (format != NULL && format->open != NULL))
        return WEIR_OK;
    char readable[160];
    return weir_error_set(err, WEIR_USAGE,
                          "--in-format: expected a format that can be read (%s), but found \"%s\"",
                          readable_formats(readable, sizeof readable), name);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* "i/n" with 1 <= i <= n; NULL means all: 0 of 0. */
static enum weir_status parse_shard(const char *text, uint64_t *shard, uint64_t *n_shards,
                                    struct weir_error *err)
{
    *shard = *n_shards = 0;
    if (text == NULL)
        return WEIR_OK;
    const char *slash = strchr(text, '/');
    if (slash != NULL && weir_number_parse_u64(text, (size_t)(slash - text), shard) &&
        weir_number_parse_u64(slash + 1, strlen(slash + 1), n_shards) && *shard >= 1 &&
        *shard <= *n_shards)
        return WEIR_OK;
    return weir_error_set(err, WEIR_USAGE,
                          "--shard: expected I/N with I from 1 to N, but found \"%s\"", text);
}

/* The filter of --filter-expr, --from and --to; none of them makes none. */
static enum weir_status parse_filter(struct weir_step *step, struct weir_error *err)
{
    const struct weir_scan_params *params = scan_params(step);
    struct weir_time_window window;
    const enum weir_status status = weir_time_window_parse(params->from, params->to, &window, err);
    if (status != WEIR_OK)
        return status;
    const char *text = params->filter_expr == NULL ? "" : params->filter_expr;
    if (text[0] == '\0' && !window.has_begin && !window.has_end)
        return WEIR_OK;
    return weir_filter_parse_within(text, &window, &step->run->mem, &step->filter, err);
}

enum weir_status weir_driver_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct weir_scan_params *params = scan_params(step);
    uint64_t shard = 0;
    uint64_t n_shards = 0;
    enum weir_status status = check_in_format(step, err);
    if (status == WEIR_OK)
        status = parse_shard(params->shard, &shard, &n_shards, err);
    if (status == WEIR_OK && params->rejects != NULL && same_text(params->rejects, params->output))
        status = weir_error_set(err, WEIR_USAGE,
                                "--rejects: expected another file than --output, "
                                "but found %s for both",
                                params->rejects);
    if (status == WEIR_OK)
        status = parse_filter(step, err);
    if (status == WEIR_OK && params->bad_times != WEIR_BAD_TIMES_CLAMP)
        status = weir_filter_parse("(last > first) | ((last == first) & (last_ms >= first_ms))",
                                   &step->run->mem, &step->times, err);
    if (status == WEIR_OK)
        status = step->command->prepare(step, err);
    return status;
}

void weir_driver_release(struct weir_step *step)
{
    step->command->release(step);
    weir_filter_free(step->filter);
    weir_filter_free(step->times);
    step->times = NULL;
    step->filter = NULL;
}

bool weir_driver_shares_input(const struct weir_step *a, const struct weir_step *b)
{
    const struct weir_scan_params *x = scan_params(a);
    const struct weir_scan_params *y = scan_params(b);
    if (!same_text(x->in_format, y->in_format) || x->salvage != y->salvage ||
        !same_text(x->rejects, y->rejects) || !same_text(x->shard, y->shard) ||
        x->paths.n != y->paths.n ||
        !weir_columns_request_equal(&a->consumer.columns, &b->consumer.columns))
        return false;
    for (size_t i = 0; i < x->paths.n; i++)
        if (!same_text(x->paths.word[i], y->paths.word[i]))
            return false;
    return true;
}

static bool same_slice(struct weir_slice a, struct weir_slice b)
{
    return a.skip == b.skip && a.count == b.count;
}

/* Steps that need no scan take no part in one. */
static bool shares_branch(const struct weir_step *a, const struct weir_step *b)
{
    if (a->done || b->done)
        return false;
    const struct weir_scan_params *x = scan_params(a);
    const struct weir_scan_params *y = scan_params(b);
    const bool same_filter = a->filter == NULL || b->filter == NULL
                                 ? a->filter == b->filter
                                 : weir_filter_equal(a->filter, b->filter);
    return same_filter && x->bad_times == y->bad_times && same_slice(slice_in(x), slice_in(y)) &&
           same_slice(slice_out(x), slice_out(y));
}

/* The branches of a scan, and which branch serves which step. */
struct plan {
    struct weir_mem *mem;
    struct weir_scan_branch *branches;
    size_t n_branches;
    size_t *branch_of;               /* per step */
    struct weir_consumer *consumers; /* per step, and for sampling, grouped by branch */
    struct weir_sampling **sampling; /* per branch; or NULL */
};

static void release_plan(struct plan *plan)
{
    for (size_t b = 0; b < plan->n_branches && plan->sampling != NULL; b++)
        weir_sampling_free(plan->sampling[b]);
    weir_mem_free(plan->mem, plan->sampling);
    weir_mem_free(plan->mem, plan->branches);
    weir_mem_free(plan->mem, plan->branch_of);
    weir_mem_free(plan->mem, plan->consumers);
}

/* Lets one more consumer of a branch look whether its records look sampled, where a command wants
 * to know. A filter that chooses by packets may well leave multiples only, which tells nothing. */
static enum weir_status add_sampling(struct plan *plan, size_t n_lanes, struct weir_consumer *spare,
                                     struct weir_error *err)
{
    struct weir_scan_branch *branch = &plan->branches[plan->n_branches];
    if (branch->filter != NULL &&
        (weir_filter_fields(branch->filter) & WEIR_FIELD_BIT(WEIR_PACKETS)) != 0)
        return WEIR_OK;
    struct weir_sampling **sampling = &plan->sampling[plan->n_branches];
    const enum weir_status status = weir_sampling_new(n_lanes, plan->mem, sampling, err);
    if (status != WEIR_OK)
        return status;
    *spare = weir_sampling_consumer(*sampling);
    branch->n_consumers++;
    return WEIR_OK;
}

/* One line, when all has been read: the first branch speaks for the input. */
static void warn_of_sampling(const struct plan *plan)
{
    for (size_t b = 0; b < plan->n_branches; b++) {
        const struct weir_sampling *sampling = plan->sampling[b];
        const uint64_t divisor = sampling == NULL ? 1 : weir_sampling_divisor(sampling);
        if (divisor == 1)
            continue;
        weir_log(WEIR_LOG_WARNING,
                 "the packets of all %" PRIu64 " records are multiples of %" PRIu64
                 ": they look sampled and scaled up, and are no counts",
                 plan->branches[b].records_used, divisor);
        return;
    }
}

static enum weir_status make_plan(struct plan *plan, const struct weir_step *steps, size_t n_steps,
                                  size_t n_lanes, struct weir_error *err)
{
    plan->branches = weir_mem_zalloc(plan->mem, n_steps, sizeof *plan->branches);
    plan->branch_of = weir_mem_zalloc(plan->mem, n_steps, sizeof *plan->branch_of);
    plan->consumers = weir_mem_zalloc(plan->mem, 2 * n_steps, sizeof *plan->consumers);
    plan->sampling = weir_mem_zalloc(plan->mem, n_steps, sizeof(struct weir_sampling *));
    if (plan->branches == NULL || plan->branch_of == NULL || plan->consumers == NULL ||
        plan->sampling == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to plan %zu steps", n_steps);
    size_t n_consumers = 0;
    for (size_t i = 0; i < n_steps; i++) {
        size_t leader = 0;
        if (steps[i].done)
            continue;
        while (leader < i && !shares_branch(&steps[leader], &steps[i]))
            leader++;
        if (leader < i)
            continue; /* served when its leader was */
        struct weir_scan_branch *branch = &plan->branches[plan->n_branches];
        branch->in = slice_in(scan_params(&steps[i]));
        branch->out = slice_out(scan_params(&steps[i]));
        branch->filter = steps[i].filter;
        branch->times = steps[i].times;
        branch->refuse_bad_times = scan_params(&steps[i])->bad_times == WEIR_BAD_TIMES_ERROR;
        branch->consumers = &plan->consumers[n_consumers];
        bool tells_sampling = false;
        for (size_t j = i; j < n_steps; j++) {
            if (!shares_branch(&steps[i], &steps[j]))
                continue;
            tells_sampling = tells_sampling || steps[j].command->tells_sampling;
            plan->branch_of[j] = plan->n_branches;
            plan->consumers[n_consumers++] = steps[j].consumer;
            branch->n_consumers++;
        }
        enum weir_status status = WEIR_OK;
        if (tells_sampling)
            status = add_sampling(plan, n_lanes, &plan->consumers[n_consumers], err);
        n_consumers += plan->sampling[plan->n_branches] != NULL;
        plan->n_branches++;
        if (status != WEIR_OK)
            return status;
    }
    return WEIR_OK;
}

static enum weir_status open_source(struct weir_run *run, const struct weir_step *steps,
                                    size_t n_steps, struct weir_source **source,
                                    struct weir_error *err)
{
    const struct weir_scan_params *params = scan_params(&steps[0]);
    struct weir_source_request request = {
        .paths = params->paths.word,
        .n_paths = params->paths.n,
        .format = params->in_format == NULL ? NULL : weir_format_find(params->in_format),
        .columns = steps[0].consumer.columns, /* steps that share a scan agree in them */
        .salvage = params->salvage,
        .rejects = params->rejects != NULL};
    const enum weir_status status =
        parse_shard(params->shard, &request.shard, &request.n_shards, err);
    if (status != WEIR_OK)
        return status;
    for (size_t i = 0; i < n_steps; i++) {
        if (steps[i].done)
            continue;
        request.fields |= steps[i].consumer.fields;
        request.everything = request.everything || steps[i].consumer.everything;
        if (steps[i].filter != NULL)
            request.fields |= weir_filter_fields(steps[i].filter);
        if (steps[i].times != NULL)
            request.fields |= weir_filter_fields(steps[i].times);
    }
    return weir_source_open(&request, run, source, err);
}

/* Without slices and shards all bytes of the inputs are read. */
static bool reads_all(const struct weir_step *step)
{
    const struct weir_scan_params *params = scan_params(step);
    return params->skip_in <= 0 && !params->count_in_given && !params->count_out_given &&
           params->shard == NULL;
}

static void report_input(const struct plan *plan, const struct weir_source *source,
                         const struct weir_step *steps, size_t step, struct weir_report *report)
{
    const struct weir_scan_branch *branch = &plan->branches[plan->branch_of[step]];
    struct weir_losses losses;
    weir_source_losses(source, &losses);
    report->n_inputs = weir_source_inputs(source);
    report->records_read = branch->records_read;
    report->records_filtered = branch->records_filtered;
    report->records_dropped = branch->records_dropped;
    report->records_used = branch->records_used;
    report->bytes_read = reads_all(&steps[step]) ? weir_source_bytes(source) : 0;
    report->blocks_lost = losses.blocks;
    report->bytes_lost = losses.bytes;
    report->records_lost = losses.records;
    report->phantom_lines = losses.phantom_lines;
    report->notice_lines = losses.notice_lines;
    report->rejected_lines = losses.rejected_lines;
    report->records_skipped = losses.skipped;
    report->records_unmapped = losses.unmapped;
}

/* The scan itself, with the file of bad lines around it, which appears only when all is well. */
static enum weir_status scan_once(struct weir_run *run, struct weir_source *source,
                                  const struct plan *plan, const char *rejects_path,
                                  struct weir_error *err)
{
    struct weir_output *rejects = NULL;
    enum weir_status status = WEIR_OK;
    if (rejects_path != NULL)
        status = weir_output_create(rejects_path, run->sync, &run->mem, &rejects, err);
    if (status == WEIR_OK)
        status = weir_scan(run, source, plan->branches, plan->n_branches, rejects, err);
    if (status == WEIR_OK && rejects != NULL)
        return weir_output_commit(rejects, err);
    weir_output_discard(rejects);
    return status;
}

/* Prints what a step did, and keeps it for whoever wants to know. */
static void tell(struct weir_run *run, struct weir_step *step, const struct weir_report *report)
{
    weir_report_print(run, report);
    step->report = *report;
    step->report.counts = NULL; /* they go with the state of the command */
    step->report.n_counts = 0;
}

/* What is logged from now on comes from `step`; of a command alone that needs no saying. */
static void name_step(struct weir_run *run, const struct weir_step *step)
{
    run->step = step != NULL && step->name != step->command->name ? step->name : NULL;
}

/* Scans for the steps, whose consumers are ready, and finishes them. */
static enum weir_status scan_and_finish(struct weir_run *run, struct weir_source *source,
                                        struct weir_step *steps, size_t n_steps, double start_s,
                                        struct weir_error *err)
{
    struct plan plan = {.mem = &run->mem};
    enum weir_status status = make_plan(&plan, steps, n_steps, (size_t)run->n_threads, err);
    if (status == WEIR_OK)
        status = scan_once(run, source, &plan, scan_params(&steps[0])->rejects, err);
    bool shares = false;
    if (status == WEIR_OK)
        warn_of_sampling(&plan);
    for (size_t i = 0; i < n_steps && status == WEIR_OK; i++) {
        if (steps[i].done)
            continue;
        struct weir_report report = {.command = steps[i].name, .row_name = "records"};
        report_input(&plan, source, steps, i, &report);
        report.scans = shares ? 0 : 1;
        shares = true;
        name_step(run, &steps[i]);
        status = steps[i].command->finish(&steps[i], &report, err);
        name_step(run, NULL);
        report.seconds = weir_run_now_s() - start_s;
        if (status == WEIR_OK)
            tell(run, &steps[i], &report);
        else if (n_steps > 1)
            weir_error_prepend(err, "step %s: ", steps[i].name);
    }
    release_plan(&plan);
    return status;
}

/* Does the steps that need no scan; *n_done tells how many those were. */
static enum weir_status combine_steps(struct weir_run *run, struct weir_step *steps, size_t n_steps,
                                      size_t *n_done, struct weir_error *err)
{
    *n_done = 0;
    for (size_t i = 0; i < n_steps; i++) {
        struct weir_step *step = &steps[i];
        const double start_s = weir_run_now_s();
        struct weir_report report = {.command = step->name, .row_name = "records"};
        if (step->command->combine == NULL)
            continue;
        name_step(run, step);
        const enum weir_status status = step->command->combine(step, &step->done, &report, err);
        name_step(run, NULL);
        if (status != WEIR_OK && n_steps > 1)
            weir_error_prepend(err, "step %s: ", step->name);
        if (status != WEIR_OK)
            return status;
        if (!step->done)
            continue;
        ++*n_done;
        report.seconds = weir_run_now_s() - start_s;
        tell(run, step, &report);
    }
    return WEIR_OK;
}

enum weir_status weir_driver_scan(struct weir_run *run, struct weir_step *steps, size_t n_steps,
                                  struct weir_error *err)
{
    const double start_s = weir_run_now_s();
    struct weir_source *source = NULL;
    size_t n_done = 0;
    enum weir_status status = combine_steps(run, steps, n_steps, &n_done, err);
    if (status != WEIR_OK || n_done == n_steps)
        return status;
    status = open_source(run, steps, n_steps, &source, err);
    if (status != WEIR_OK)
        return status;
    for (size_t i = 0; i < n_steps && status == WEIR_OK; i++) {
        if (steps[i].done)
            continue;
        steps[i].source = source;
        status = steps[i].consumer.begin(steps[i].consumer.state, (size_t)run->n_threads, err);
    }
    if (status == WEIR_OK)
        status = scan_and_finish(run, source, steps, n_steps, start_s, err);
    for (size_t i = 0; i < n_steps; i++)
        steps[i].source = NULL;
    weir_source_close(source);
    return status;
}
