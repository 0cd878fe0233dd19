/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir info: what inputs are and hold, one by one and in all. */
#include "command.h"
#include "field.h"
#include "info_totals.h"
#include "step_file.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define TIME_TEXT  64
#define YEAR_10000 INT64_C(253402300800) /* its first second: beyond, dates are no dates */

struct info_params {
    struct weir_scan_params scan;
    bool header;
    int out_format;
};

enum out_format { OUT_TEXT, OUT_JSON };

struct info_state {
    struct weir_step *step;
    weir_fields fields; /* that all inputs have */
    size_t n_lanes;
    struct weir_info_lane **lane;    /* NULL where a thread has seen no record */
    struct weir_info_totals *totals; /* per input, when the scan is over */
    struct weir_output *output;
};

static const struct weir_option info_rows[] = {
    {.name = "header",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct info_params, header),
     .help = "print only what headers tell, without reading records"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct info_params, out_format),
     .initial = "text",
     .choices = "text|json",
     .value = "FORMAT",
     .help = "format of the output"},
    {0},
};

static const struct weir_option_group info_options = {.title = "Info", .rows = info_rows};

static const char *const class_names[WEIR_INFO_N_CLASSES] = {[WEIR_INFO_TCP] = "tcp",
                                                             [WEIR_INFO_UDP] = "udp",
                                                             [WEIR_INFO_ICMP] = "icmp",
                                                             [WEIR_INFO_OTHER] = "other"};

/* --- pieces of the page ---------------------------------------------------------------------- */

/* Lines "  name  value", or members of a JSON object; `n` of them so far. */
struct page {
    struct weir_text text;
    bool is_json;
    size_t n;
};

static void add_name(struct page *page, const char *name)
{
    if (page->is_json) {
        weir_text_add(&page->text, "%s\n      \"", page->n == 0 ? "" : ",");
        for (const char *c = name; *c != '\0'; c++)
            weir_text_add(&page->text, "%c", *c == ' ' ? '_' : *c);
        weir_text_add(&page->text, "\": ");
    } else {
        weir_text_add(&page->text, "  %-18s ", name);
    }
    page->n++;
}

/* Text from files for people: control characters become '?'. */
static void add_shown(struct page *page, const char *value)
{
    for (const char *c = value; *c != '\0'; c++)
        weir_text_add(&page->text, "%c", (unsigned char)*c < ' ' || *c == 127 ? '?' : *c);
}

static void end_value(struct page *page)
{
    if (!page->is_json)
        weir_text_add(&page->text, "\n");
}

static void add_string(struct page *page, const char *name, const char *value)
{
    add_name(page, name);
    if (page->is_json)
        weir_text_add_json(&page->text, value);
    else
        add_shown(page, value);
    end_value(page);
}

static void add_number(struct page *page, const char *name, weir_u128 value)
{
    add_name(page, name);
    weir_text_add_u128(&page->text, value);
    end_value(page);
}

/* A sink of facts; those that are numbers stay numbers. */
static void add_fact(void *context, const char *name, const char *value)
{
    uint64_t number = 0;
    if (strcmp(name, "ident") != 0 && weir_number_parse_u64(value, strlen(value), &number))
        add_number(context, name, number);
    else
        add_string(context, name, value);
}

static void add_time(struct page *page, const char *name, weir_u128 ms)
{
    const weir_u128 seconds = ms / 1000;
    const unsigned rest = (unsigned)(ms % 1000);
    char date[TIME_TEXT] = "";
    struct tm tm;
    const time_t whole = seconds < (weir_u128)YEAR_10000 ? (time_t)seconds : 0;
    if (seconds < (weir_u128)YEAR_10000 && gmtime_r(&whole, &tm) != NULL)
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    add_name(page, name);
    if (page->is_json)
        weir_text_add(&page->text, "{\"epoch_ms\": ");
    else if (date[0] != '\0')
        weir_text_add(&page->text, "%s.%03uZ, epoch ", date, rest);
    weir_text_add_u128(&page->text, page->is_json ? ms : seconds);
    if (!page->is_json)
        weir_text_add(&page->text, ".%03u", rest);
    else if (date[0] != '\0')
        weir_text_add(&page->text, ", \"utc\": \"%s.%03uZ\"}", date, rest);
    else
        weir_text_add(&page->text, "}");
    end_value(page);
}

static void add_sums(struct page *page, const char *name, const struct weir_info_sums *sums)
{
    const char *const end = page->is_json ? "" : " flows, ";
    add_name(page, name);
    weir_text_add(&page->text, "%s%" PRIu64 "%s%s", page->is_json ? "{\"flows\": " : "",
                  sums->flows, end, page->is_json ? ", \"packets\": " : "");
    weir_text_add_u128(&page->text, sums->packets);
    weir_text_add(&page->text, page->is_json ? ", \"octets\": " : " packets, ");
    weir_text_add_u128(&page->text, sums->octets);
    weir_text_add(&page->text, page->is_json ? "}" : " octets");
    end_value(page);
}

static void add_column(struct page *page, bool *begun, const char *name, enum weir_type type)
{
    const char code = weir_type_code(type);
    if (page->is_json) {
        weir_text_add(&page->text, *begun ? ", " : "{");
        weir_text_add_json(&page->text, name);
        weir_text_add(&page->text, ": \"%c\"", code);
    } else {
        weir_text_add(&page->text, "%s%s.%c", *begun ? " " : "", name, code);
    }
    *begun = true;
}

static void add_columns(struct page *page, const struct weir_schema *schema)
{
    bool begun = false;
    add_name(page, "columns");
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if (schema->field[f] != WEIR_TYPE_NONE)
            add_column(page, &begun, weir_field_info((enum weir_field)f)->name, schema->field[f]);
    for (size_t i = 0; i < schema->n_custom; i++)
        add_column(page, &begun, schema->custom[i].name, schema->custom[i].type);
    if (page->is_json)
        weir_text_add(&page->text, begun ? "}" : "{}");
    end_value(page);
}

/* --- what was counted ------------------------------------------------------------------------ */

static bool has(const struct info_state *info, enum weir_field field)
{
    return (info->fields & WEIR_FIELD_BIT(field)) != 0;
}

static void add_totals(struct page *page, const struct info_state *info,
                       const struct weir_info_totals *totals)
{
    const bool has_sums = has(info, WEIR_PACKETS) && has(info, WEIR_OCTETS);
    const struct weir_info_sums all = weir_info_totals_all(totals);
    add_number(page, "records", totals->records);
    if (totals->records == 0)
        return;
    if (has(info, WEIR_FIRST))
        add_time(page, "first", totals->first_ms);
    if (has(info, WEIR_LAST))
        add_time(page, "last", totals->last_ms);
    if (has_sums)
        add_sums(page, "total", &all);
    for (size_t c = 0; has_sums && has(info, WEIR_PROT) && c < WEIR_INFO_N_CLASSES; c++)
        add_sums(page, class_names[c], &totals->of[c]);
    if (has(info, WEIR_FIRST) && has(info, WEIR_LAST))
        add_number(page, "last before first", totals->n_bad_times);
    if (!has(info, WEIR_PACKETS))
        return;
    add_number(page, "without packets", totals->n_empty);
    if (totals->packets_divisor > 1 && totals->records > 1)
        add_number(page, "sampled 1 in", totals->packets_divisor);
}

static void add_losses(struct page *page, const struct weir_losses *losses)
{
    const struct {
        const char *name;
        uint64_t count;
    } parts[] = {
        {"lost blocks", losses->blocks},      {"lost bytes", losses->bytes},
        {"lost records", losses->records},    {"phantom lines", losses->phantom_lines},
        {"notices", losses->notice_lines},    {"rejected lines", losses->rejected_lines},
        {"skipped records", losses->skipped},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].count != 0)
            add_number(page, parts[i].name, parts[i].count);
}

/* Opens the input once more for what its headers tell; standard input cannot be. */
static enum weir_status add_headers(struct page *page, const struct info_state *info,
                                    const struct weir_source_input *input, struct weir_error *err)
{
    const struct info_params *params = info->step->params;
    add_string(page, "format", input->format == NULL ? "none (empty)" : input->format->name);
    if (input->format == NULL || strcmp(input->path, "-") == 0)
        return WEIR_OK;
    const struct weir_open_request request = {.path = input->path,
                                              .fd = -1,
                                              .custom = true,
                                              .salvage = params->scan.salvage,
                                              .cpu = info->step->run->cpu,
                                              .mem = &info->step->run->mem,
                                              .scratch = info->step->run->scratch};
    struct weir_input *open = NULL;
    enum weir_status status = input->format->open(&request, &open, err);
    if (status != WEIR_OK)
        return status;
    if (open->n_bytes != 0)
        add_number(page, "bytes", open->n_bytes);
    if (params->header && open->n_records != UINT64_MAX)
        add_number(page, "records", open->n_records);
    add_columns(page, &open->schema);
    if (input->format->describe != NULL)
        status = input->format->describe(open, add_fact, page, err);
    input->format->close(open);
    return status;
}

static enum weir_status add_input(struct page *page, const struct info_state *info, size_t index,
                                  struct weir_error *err)
{
    const struct info_params *params = info->step->params;
    const struct weir_source_input input = weir_source_input(info->step->source, index);
    const char *name = strcmp(input.path, "-") == 0 ? "standard input" : input.path;
    page->n = 0;
    if (page->is_json)
        weir_text_add(&page->text, "%s\n    {", index == 0 ? "" : ",");
    else
        add_shown(page, name);
    if (page->is_json)
        add_string(page, "path", name);
    else
        weir_text_add(&page->text, "\n");
    const enum weir_status status = add_headers(page, info, &input, err);
    if (status == WEIR_OK && !params->header)
        add_totals(page, info, &info->totals[index]);
    add_losses(page, &input.losses);
    weir_text_add(&page->text, page->is_json ? "\n    }" : "\n");
    return status;
}

static enum weir_status add_all(struct page *page, const struct info_state *info,
                                struct weir_error *err)
{
    const struct info_params *params = info->step->params;
    const size_t n = (size_t)weir_source_inputs(info->step->source);
    struct weir_info_totals all;
    weir_info_totals_init(&all, 0);
    if (page->is_json)
        weir_text_add(&page->text, "{\n  \"inputs\": [");
    for (size_t i = 0; i < n; i++) {
        const enum weir_status status = add_input(page, info, i, err);
        if (status != WEIR_OK)
            return status;
        weir_info_totals_add(&all, &info->totals[i]);
    }
    page->n = 0;
    if (page->is_json)
        weir_text_add(&page->text, "\n  ],\n  \"total\": {");
    else
        weir_text_add(&page->text, "total\n");
    add_number(page, "inputs", n);
    if (!params->header)
        add_totals(page, info, &all);
    if (page->is_json)
        weir_text_add(&page->text, "\n  }\n}\n");
    return WEIR_OK;
}

/* --- the command ----------------------------------------------------------------------------- */

static enum weir_status info_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct info_state *info = state;
    struct weir_mem *mem = &info->step->run->mem;
    const size_t n_inputs = (size_t)weir_source_inputs(info->step->source);
    info->fields = weir_schema_fields(weir_source_schema(info->step->source));
    info->lane = weir_mem_zalloc(mem, n_lanes, sizeof(struct weir_info_lane *));
    info->totals = weir_mem_zalloc(mem, n_inputs, sizeof *info->totals);
    if (info->lane == NULL || info->totals == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to count records of %zu inputs",
                              n_inputs);
    info->n_lanes = n_lanes;
    for (size_t i = 0; i < n_inputs; i++)
        weir_info_totals_init(&info->totals[i], i);
    return weir_step_create_output(info->step, &info->output, err);
}

static enum weir_status info_add(void *state, size_t lane, const struct weir_batch *batch,
                                 size_t *bad, struct weir_error *err)
{
    struct info_state *info = state;
    if (info->lane[lane] == NULL) {
        const enum weir_status status =
            weir_info_lane_new(info->fields, &info->step->run->mem, &info->lane[lane], err);
        if (status != WEIR_OK)
            return status;
    }
    return weir_info_lane_add(info->lane[lane], batch, bad, err);
}

static enum weir_status info_prepare(struct weir_step *step, struct weir_error *err)
{
    struct info_params *params = step->params;
    struct info_state *info = weir_mem_zalloc(&step->run->mem, 1, sizeof *info);
    if (info == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    info->step = step;
    step->state = info;
    step->consumer = (struct weir_consumer){
        .state = info, .everything = true, .begin = info_begin, .add = info_add};
    if (params->header) { /* the scan is asked for no record */
        params->scan.count_in = 0;
        params->scan.count_in_given = true;
    }
    return WEIR_OK;
}

static void join_lanes(struct info_state *info)
{
    for (size_t i = 0; i < info->n_lanes; i++) {
        if (info->lane[i] == NULL)
            continue;
        size_t n = 0;
        const struct weir_info_totals *totals = weir_info_lane_totals(info->lane[i], &n);
        for (size_t t = 0; t < n; t++)
            weir_info_totals_add(&info->totals[totals[t].input], &totals[t]);
    }
}

static enum weir_status info_finish(struct weir_step *step, struct weir_report *report,
                                    struct weir_error *err)
{
    struct info_state *info = step->state;
    const struct info_params *params = step->params;
    struct page page = {.is_json = params->out_format == OUT_JSON};
    join_lanes(info);
    weir_text_init(&page.text, &step->run->mem);
    enum weir_status status = add_all(&page, info, err);
    if (status == WEIR_OK)
        status = weir_text_write(&page.text, info->output, err);
    weir_text_release(&page.text);
    if (status != WEIR_OK)
        return status;
    report->row_name = "paragraphs";
    report->rows_written = 1 + weir_source_inputs(step->source);
    report->bytes_written = weir_output_bytes(info->output);
    struct weir_output *output = info->output;
    info->output = NULL;
    return weir_output_commit(output, err);
}

static void info_release(struct weir_step *step)
{
    struct info_state *info = step->state;
    if (info == NULL)
        return;
    struct weir_mem *mem = &step->run->mem;
    weir_output_discard(info->output);
    for (size_t i = 0; i < info->n_lanes; i++)
        weir_info_lane_free(info->lane[i]);
    weir_mem_free(mem, info->lane);
    weir_mem_free(mem, info->totals);
    weir_mem_free(mem, info);
    step->state = NULL;
}

const struct weir_command weir_command_info = {
    .name = "info",
    .summary = "tell what inputs are and hold",
    .description =
        "Prints a paragraph for every input and one for all: format, columns with their types, "
        "what the format's header tells, and what reading has counted: records, time range, "
        "flows, packets and octets by protocol, records whose last packet comes before the first "
        "or that have no packet, and what was lost. With a filter or slices only the records that "
        "they want count.\n"
        "\n"
        "When the packets of all records are multiples of a number above 1, the data look as if "
        "they were sampled and scaled up: \"sampled 1 in\" tells the number.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir info --header dumps",
    .options = {.groups = {&weir_in_out_options, &weir_scan_options, &info_options}},
    .params_bytes = sizeof(struct info_params),
    .prepare = info_prepare,
    .finish = info_finish,
    .release = info_release,
};
