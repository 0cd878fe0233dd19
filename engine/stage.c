/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a step as one open trace: the input itself, or what a scan has staged. */
#include "stage.h"

#include "output.h"
#include "step_file.h"

#include <string.h>
#include <sys/stat.h>

#define MEMORY_SHARE 4 /* of what is left: the part that a staged trace may take */

struct weir_stage {
    struct weir_step *step;
    char *owned; /* the scratch directory, where it is beside the output; else NULL */
    const char *scratch;
    struct weir_writer *writer; /* while a scan writes */
    weir_stage_before *before;
    void *context;            /* of `before` */
    struct weir_columns *own; /* opened here, or NULL */
    const struct weir_columns *columns;
    uint64_t begin, n;
};

static const struct weir_scan_params *scan_params(const struct weir_stage *stage)
{
    return stage->step->params;
}

enum weir_status weir_stage_new(struct weir_step *step, struct weir_stage **stage,
                                struct weir_error *err)
{
    *stage = NULL;
    struct weir_stage *s = weir_mem_zalloc(&step->run->mem, 1, sizeof *s);
    if (s == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    s->step = step;
    const enum weir_status status = weir_step_find_scratch(step, &s->owned, &s->scratch, err);
    if (status != WEIR_OK) {
        weir_stage_free(s);
        return status;
    }
    *stage = s;
    return WEIR_OK;
}

void weir_stage_free(struct weir_stage *stage)
{
    if (stage == NULL)
        return;
    struct weir_mem *mem = &stage->step->run->mem;
    if (stage->writer != NULL)
        stage->writer->format->discard(stage->writer);
    weir_columns_close(stage->own);
    weir_mem_free(mem, stage->owned);
    weir_mem_free(mem, stage);
}

static enum weir_status stage_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct weir_stage *stage = state;
    struct weir_mem *mem = &stage->step->run->mem;
    if (stage->before != NULL) {
        const enum weir_status status = stage->before(stage->context, err);
        if (status != WEIR_OK)
            return status;
    }
    if (stage->owned != NULL) { /* the output's directory, which it may be too early to find */
        const enum weir_status status = weir_output_make_directory(stage->owned, err);
        if (status != WEIR_OK)
            return status;
    }
    const struct weir_columns_nameless nameless = {.directory = stage->scratch,
                                                   .memory_bytes =
                                                       weir_mem_available_bytes(mem) / MEMORY_SHARE,
                                                   .records_max = UINT64_MAX,
                                                   .opened = &stage->own};
    const struct weir_create_request request = {.path = stage->scratch,
                                                .nameless = &nameless,
                                                .schema = weir_source_schema(stage->step->source),
                                                .n_lanes = n_lanes,
                                                .mem = mem};
    return weir_format_find("binary")->create(&request, &stage->writer, err);
}

static enum weir_status stage_add(void *state, size_t lane, const struct weir_batch *batch,
                                  size_t *bad, struct weir_error *err)
{
    const struct weir_stage *stage = state;
    return stage->writer->format->add(stage->writer, lane, batch, bad, err);
}

static enum weir_status stage_place(void *state, size_t lane, struct weir_error *err)
{
    const struct weir_stage *stage = state;
    return stage->writer->format->place(stage->writer, lane, err);
}

static enum weir_status stage_put(void *state, size_t lane, struct weir_error *err)
{
    const struct weir_stage *stage = state;
    return stage->writer->format->put(stage->writer, lane, err);
}

struct weir_consumer weir_stage_consumer(struct weir_stage *stage, weir_stage_before *before,
                                         void *context)
{
    stage->before = before;
    stage->context = context;
    return (struct weir_consumer){.state = stage,
                                  .everything = true,
                                  .begin = stage_begin,
                                  .add = stage_add,
                                  .place = stage_place,
                                  .put = stage_put};
}

/* True when the step takes one trace as it is, or a range of it. With --rejects the scan has a file
 * to write, be it an empty one. */
static bool is_direct(const struct weir_stage *stage)
{
    const struct weir_scan_params *params = scan_params(stage);
    return params->paths.n == 1 && stage->step->filter == NULL && stage->step->times == NULL &&
           params->skip_out <= 0 && !params->count_out_given && params->shard == NULL &&
           params->rejects == NULL &&
           (params->in_format == NULL || strcmp(params->in_format, "binary") == 0) &&
           (weir_shelf_find(stage->step->run->shelf, params->paths.word[0]) != NULL ||
            weir_columns_detect(params->paths.word[0]));
}

/* An output file that is a column of the trace would replace what it is made of. */
static enum weir_status check_output(const struct weir_stage *stage, struct weir_error *err)
{
    const struct weir_scan_params *params = scan_params(stage);
    const struct weir_schema *schema = weir_columns_schema(stage->columns);
    size_t n_columns = schema->n_custom;
    struct stat output;
    struct stat column;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        n_columns += schema->field[f] != WEIR_TYPE_NONE;
    if (strcmp(params->output, "-") == 0 || stat(params->output, &output) != 0 ||
        weir_columns_path(stage->columns, 0) == NULL)
        return WEIR_OK;
    for (size_t i = 0; i < n_columns; i++)
        if (stat(weir_columns_path(stage->columns, i), &column) == 0 &&
            column.st_dev == output.st_dev && column.st_ino == output.st_ino)
            return weir_error_set(err, WEIR_USAGE,
                                  "--output: expected another file than the inputs, but found %s",
                                  params->output);
    return WEIR_OK;
}

enum weir_status weir_stage_open_direct(struct weir_stage *stage, bool *direct,
                                        struct weir_error *err)
{
    const struct weir_scan_params *params = scan_params(stage);
    *direct = is_direct(stage);
    if (!*direct)
        return WEIR_OK;
    enum weir_status status = WEIR_OK;
    stage->columns = weir_shelf_find(stage->step->run->shelf, params->paths.word[0]);
    if (stage->columns == NULL) {
        status = weir_columns_open(params->paths.word[0], 0, true, &stage->step->run->mem,
                                   &stage->own, err);
        stage->columns = stage->own;
    }
    if (status == WEIR_OK)
        status = check_output(stage, err);
    if (status != WEIR_OK)
        return status;
    const uint64_t n = weir_columns_records(stage->columns);
    const uint64_t skip = params->skip_in <= 0 ? 0 : (uint64_t)params->skip_in;
    const uint64_t count = !params->count_in_given ? UINT64_MAX
                           : params->count_in <= 0 ? 0
                                                   : (uint64_t)params->count_in;
    stage->begin = skip < n ? skip : n;
    stage->n = count < n - stage->begin ? count : n - stage->begin;
    return WEIR_OK;
}

void weir_stage_report(const struct weir_stage *stage, struct weir_report *report)
{
    const struct weir_scan_params *params = scan_params(stage);
    report->n_inputs = 1;
    report->scans = 1;
    report->records_read = report->records_used = stage->n;
    report->bytes_read =
        params->skip_in <= 0 && !params->count_in_given ? weir_columns_bytes(stage->columns) : 0;
}

enum weir_status weir_stage_open_scratch(struct weir_stage *stage, struct weir_error *err)
{
    struct weir_writer *writer = stage->writer;
    stage->writer = NULL;
    stage->begin = 0;
    stage->n = writer->n_records;
    const enum weir_status status = writer->format->commit(writer, err);
    stage->columns = stage->own;
    return status;
}

const struct weir_columns *weir_stage_columns(const struct weir_stage *stage, uint64_t *begin,
                                              uint64_t *n)
{
    *begin = stage->begin;
    *n = stage->n;
    return stage->columns;
}
