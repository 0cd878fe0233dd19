/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters and their lanes. */
#include "filter.h"

#include "field.h"
#include "filter_bind.h"
#include "filter_parse.h"
#include "filter_token.h"
#include "predicate.h"
#include "select.h"

#include <string.h>

struct weir_filter {
    struct weir_mem *mem;
    char *text;
    struct weir_time_window window;
    struct weir_filter_tree tree;
};

struct weir_filter_lane {
    const struct weir_filter *filter;
    const struct weir_kernels *kernels;
    struct weir_mem *mem;
    bool is_bound;
    enum weir_type type[WEIR_N_FIELDS]; /* that the program is bound to; NONE: not read */
    struct weir_filter_program program;
    unsigned char *scratch;
};

enum weir_status weir_filter_parse(const char *text, struct weir_mem *mem,
                                   struct weir_filter **filter, struct weir_error *err)
{
    const struct weir_time_window always = {0};
    return weir_filter_parse_within(text, &always, mem, filter, err);
}

enum weir_status weir_filter_parse_within(const char *text, const struct weir_time_window *window,
                                          struct weir_mem *mem, struct weir_filter **filter,
                                          struct weir_error *err)
{
    *filter = NULL;
    struct weir_filter_tree tree;
    const enum weir_status status = weir_filter_tree_parse(text, window, mem, &tree, err);
    if (status != WEIR_OK)
        return status;
    struct weir_filter *fresh = weir_mem_alloc(mem, sizeof *fresh);
    char *copy = weir_mem_strdup(mem, text);
    if (fresh == NULL || copy == NULL) {
        weir_mem_free(mem, copy);
        weir_mem_free(mem, fresh);
        weir_filter_tree_release(&tree);
        return weir_error_set(err, WEIR_MEMORY, "filter: no memory for the expression");
    }
    *fresh = (struct weir_filter){.mem = mem, .text = copy, .window = *window, .tree = tree};
    *filter = fresh;
    return WEIR_OK;
}

void weir_filter_free(struct weir_filter *filter)
{
    if (filter == NULL)
        return;
    weir_filter_tree_release(&filter->tree);
    weir_mem_free(filter->mem, filter->text);
    weir_mem_free(filter->mem, filter);
}

const char *weir_filter_text(const struct weir_filter *filter)
{
    return filter->text;
}

bool weir_filter_equal(const struct weir_filter *a, const struct weir_filter *b)
{
    return strcmp(a->text, b->text) == 0 && weir_time_window_equal(&a->window, &b->window);
}

weir_fields weir_filter_fields(const struct weir_filter *filter)
{
    return filter->tree.fields;
}

enum weir_status weir_filter_lane_new(const struct weir_filter *filter,
                                      const struct weir_kernels *kernels, struct weir_mem *mem,
                                      struct weir_filter_lane **lane, struct weir_error *err)
{
    *lane = weir_mem_zalloc(mem, 1, sizeof **lane);
    if (*lane == NULL)
        return weir_error_set(err, WEIR_MEMORY, "filter: no memory for a thread's state");
    (*lane)->filter = filter;
    (*lane)->kernels = kernels;
    (*lane)->mem = mem;
    (*lane)->program.mem = mem;
    return WEIR_OK;
}

static void unbind(struct weir_filter_lane *lane)
{
    weir_filter_program_release(&lane->program);
    weir_mem_free(lane->mem, lane->scratch);
    lane->scratch = NULL;
    lane->is_bound = false;
}

void weir_filter_lane_free(struct weir_filter_lane *lane)
{
    if (lane == NULL)
        return;
    unbind(lane);
    weir_mem_free(lane->mem, lane);
}

/* Binds the lane to the types of a batch unless it is. */
static enum weir_status bind(struct weir_filter_lane *lane, const struct weir_batch *batch,
                             struct weir_error *err)
{
    bool same = lane->is_bound;
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        if ((lane->filter->tree.fields & WEIR_FIELD_BIT(f)) == 0)
            continue;
        const struct weir_column *column = &batch->field[f];
        if (column->type == WEIR_TYPE_NONE || (column->data == NULL && batch->n > 0))
            return weir_error_set(err, WEIR_FORMAT,
                                  "filter: expected field '%s', but found an input without it",
                                  weir_field_info((enum weir_field)f)->name);
        same = same && lane->type[f] == column->type;
        lane->type[f] = column->type;
    }
    if (same)
        return WEIR_OK;
    unbind(lane);
    const enum weir_status status =
        weir_filter_bind(&lane->filter->tree, lane->type, lane->mem, &lane->program, err);
    if (status != WEIR_OK)
        return status;
    lane->scratch = weir_mem_alloc(lane->mem, lane->program.scratch_bytes);
    if (lane->scratch == NULL) {
        unbind(lane);
        return weir_error_set(err, WEIR_MEMORY, "filter: no memory for %zu bytes of registers",
                              lane->program.scratch_bytes);
    }
    lane->is_bound = true;
    return WEIR_OK;
}

static enum weir_status fail_real(const struct weir_predicate_step *step,
                                  enum weir_predicate_reason reason, const struct weir_batch *batch,
                                  size_t bad, struct weir_error *err)
{
    char found[WEIR_VALUE_CAPACITY];
    const enum weir_field field = (enum weir_field)(-1 - step->a);
    return weir_error_set(err, WEIR_FORMAT,
                          "filter: field '%s': expected a whole number%s, but "
                          "found %s",
                          weir_field_info(field)->name,
                          reason == WEIR_FAULT_SIZE ? " within 128 bits" : "",
                          weir_column_value_text(&batch->field[field], bad, found));
}

static enum weir_status fail(const struct weir_filter_lane *lane,
                             const struct weir_predicate_fault *fault,
                             const struct weir_batch *batch, size_t bad, struct weir_error *err)
{
    const struct weir_predicate_step *step = &lane->program.steps[fault->step];
    if (fault->reason == WEIR_FAULT_FRACTION || fault->reason == WEIR_FAULT_SIZE)
        return fail_real(step, fault->reason, batch, bad, err);
    if (step->column == 0) /* no part of the text: the window of time */
        return weir_error_set(err, WEIR_FORMAT,
                              "field 'first': expected a time in seconds, but found one whose "
                              "milliseconds do not fit 128 bits");
    char op[WEIR_TOKEN_CAPACITY];
    const struct weir_token token = weir_token_read(lane->filter->text + step->column - 1);
    weir_token_text(&token, op);
    switch (fault->reason) {
    case WEIR_FAULT_ZERO:
        return weir_error_set(err, WEIR_LIMIT,
                              "filter: column %u: expected another divisor for %s, but found 0",
                              step->column, op);
    case WEIR_FAULT_COUNT:
        return weir_error_set(err, WEIR_LIMIT,
                              "filter: column %u: expected a count of 0 or more for %s, but found "
                              "a negative one",
                              step->column, op);
    default:
        return weir_error_set(err, WEIR_LIMIT,
                              "filter: column %u: expected a result of at most 128 bits for %s, "
                              "but found an overflow",
                              step->column, op);
    }
}

enum weir_status weir_filter_run(struct weir_filter_lane *lane, const struct weir_batch *batch,
                                 uint8_t *mask, size_t *n_selected, size_t *bad,
                                 struct weir_error *err)
{
    *n_selected = 0;
    *bad = 0;
    const enum weir_status status = bind(lane, batch, err);
    if (status != WEIR_OK)
        return status;
    for (size_t begin = 0; begin < batch->n; begin += WEIR_PREDICATE_STRIP) {
        const size_t left = batch->n - begin;
        struct weir_predicate_data data = {
            .n = left < WEIR_PREDICATE_STRIP ? left : WEIR_PREDICATE_STRIP,
            .scratch = lane->scratch,
            .result = mask + begin,
        };
        for (int f = 0; f < WEIR_N_FIELDS; f++)
            if ((lane->filter->tree.fields & WEIR_FIELD_BIT(f)) != 0)
                data.column[f] = weir_column_at(&batch->field[f], begin);
        struct weir_predicate_fault fault;
        const size_t good = lane->kernels->predicate->run(lane->program.steps,
                                                          lane->program.n_steps, &data, &fault);
        if (good < data.n) {
            *bad = begin + good;
            *n_selected = lane->kernels->select->count(mask, *bad);
            return fail(lane, &fault, batch, *bad, err);
        }
    }
    *n_selected = lane->kernels->select->count(mask, batch->n);
    return WEIR_OK;
}
