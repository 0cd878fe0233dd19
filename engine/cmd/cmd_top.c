/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir top: the keys with the most octets, packets or flows. */
#include "command.h"
#include "step_file.h"
#include "text.h"
#include "top_build.h"

#include <inttypes.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 << 10) /* text that is handed to the output at a time */
#define N_SUMS      3

struct top_params {
    struct weir_scan_params scan;
    const char *by;
    int64_t n;
    int order; /* enum weir_top_order */
    int out_format;
};

enum out_format { OUT_TEXT, OUT_CSV, OUT_JSON };

struct top_state {
    struct weir_step *step;
    struct weir_top_build *build;
    struct weir_consumer lanes; /* of `build` */
    struct weir_output *output;
    char *scratch; /* directory of the output, where the run names none */
};

static const char *const sum_names[N_SUMS] = {"flows", "packets", "octets"};

static const struct weir_option top_rows[] = {
    {.name = "by",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct top_params, by),
     .initial = "sa",
     .value = "KEYS",
     .help = "what records are grouped by: sa or da, whole or cut to a prefix (sa/24; sa/24:48 for "
             "IPv4 and IPv6), or any field; several with commas between"},
    {.name = "number",
     .letter = 'n',
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct top_params, n),
     .initial = "10",
     .least = 1,
     .most = INT64_C(1000000000000),
     .value = "N",
     .help = "how many groups to print"},
    {.name = "order",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct top_params, order),
     .initial = "octets",
     .choices = "octets|packets|flows",
     .value = "SUM",
     .help = "which sum puts a group at the top"},
    {.name = "out-format",
     .letter = 'o',
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct top_params, out_format),
     .initial = "text",
     .choices = "text|csv|json",
     .value = "FORMAT",
     .help = "format of the output"},
    {0},
};

static const struct weir_option_group top_options = {.title = "Top", .rows = top_rows};

/* --- text ------------------------------------------------------------------------------------ */

static const char *protocol_name(uint64_t number)
{
    static const struct {
        unsigned char number;
        const char *name;
    } names[] = {
        {1, "icmp"},   {2, "igmp"},   {4, "ipip"},   {6, "tcp"},       {17, "udp"},
        {33, "dccp"},  {41, "ipv6"},  {46, "rsvp"},  {47, "gre"},      {50, "esp"},
        {51, "ah"},    {58, "icmp6"}, {88, "eigrp"}, {89, "ospf"},     {103, "pim"},
        {112, "vrrp"}, {115, "l2tp"}, {132, "sctp"}, {136, "udplite"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}

/* Rows on their way to the output. */
struct printer {
    const struct weir_top *top;
    struct weir_text text;
    struct weir_output *output;
};

static enum weir_status flush(struct printer *printer, size_t limit, struct weir_error *err)
{
    return printer->text.n < limit && !printer->text.failed
               ? WEIR_OK
               : weir_text_write(&printer->text, printer->output, err);
}

static void read_sums(const struct weir_top_sums *sums, weir_u128 out[N_SUMS])
{
    out[0] = sums->flows;
    out[1] = sums->packets;
    out[2] = sums->octets;
}

static const uint64_t *row_at(const struct weir_top *top, size_t i)
{
    return top->entries + i * top->entry_words;
}

/* The text of a key's part as tables show it: protocols with their names. */
static void cell_text(const struct weir_top_keys *keys, size_t p, const uint64_t *row,
                      char out[2 * WEIR_TOP_TEXT_MAX])
{
    char text[WEIR_TOP_TEXT_MAX];
    const char *name =
        keys->part[p].field == WEIR_PROT ? protocol_name(weir_top_keys_value(keys, p, row)) : NULL;
    snprintf(out, 2 * WEIR_TOP_TEXT_MAX, "%s%s%s", weir_top_keys_text(keys, p, row, text),
             name != NULL ? " " : "", name != NULL ? name : "");
}

/* Widths of the columns of a table: of the key, of the sums. */
struct widths {
    int key[WEIR_TOP_PARTS_MAX];
    int sum[N_SUMS];
};

static void widen(int *width, const char *text)
{
    const int n = (int)strlen(text);
    *width = n > *width ? n : *width;
}

static void measure_table(const struct weir_top *top, struct widths *widths)
{
    *widths = (struct widths){0};
    for (size_t p = 0; p < top->keys->n_parts; p++)
        widen(&widths->key[p], top->keys->part[p].name);
    for (size_t s = 0; s < N_SUMS; s++)
        widen(&widths->sum[s], sum_names[s]);
    for (size_t i = 0; i < top->n_rows; i++) {
        char cell[2 * WEIR_TOP_TEXT_MAX];
        for (size_t p = 0; p < top->keys->n_parts; p++) {
            cell_text(top->keys, p, row_at(top, i), cell);
            widen(&widths->key[p], cell);
        }
        const struct weir_top_sums sums = weir_top_sums(row_at(top, i), top->keys->n_words);
        weir_u128 sum[N_SUMS];
        read_sums(&sums, sum);
        for (size_t s = 0; s < N_SUMS; s++)
            widen(&widths->sum[s], weir_number_text_u128(cell, sum[s]));
    }
}

static void add_table_row(struct printer *printer, const struct widths *widths, const uint64_t *row)
{
    const struct weir_top *top = printer->top;
    char cell[2 * WEIR_TOP_TEXT_MAX];
    for (size_t p = 0; p < top->keys->n_parts; p++) {
        cell_text(top->keys, p, row, cell);
        weir_text_add(&printer->text, "%-*s  ", widths->key[p], cell);
    }
    const struct weir_top_sums sums = weir_top_sums(row, top->keys->n_words);
    weir_u128 sum[N_SUMS];
    weir_u128 total[N_SUMS];
    read_sums(&sums, sum);
    read_sums(&top->total, total);
    for (size_t s = 0; s < N_SUMS; s++) {
        char percent[WEIR_TEXT_PERCENT];
        weir_text_add(&printer->text, "%s%*s %6s", s == 0 ? "" : "  ", widths->sum[s],
                      weir_number_text_u128(cell, sum[s]),
                      weir_text_percent(sum[s], total[s], 2, percent));
    }
    weir_text_add(&printer->text, "\n");
}

static enum weir_status print_table(struct printer *printer, const char *order,
                                    struct weir_error *err)
{
    const struct weir_top *top = printer->top;
    struct widths widths;
    measure_table(top, &widths);
    weir_text_add(&printer->text, "top %zu of %" PRIu64 " by %s; in all %" PRIu64 " flows, ",
                  top->n_rows, top->n_keys, order, top->total.flows);
    weir_text_add_u128(&printer->text, top->total.packets);
    weir_text_add(&printer->text, " packets, ");
    weir_text_add_u128(&printer->text, top->total.octets);
    weir_text_add(&printer->text, " octets\n");
    for (size_t p = 0; p < top->keys->n_parts; p++)
        weir_text_add(&printer->text, "%-*s  ", widths.key[p], top->keys->part[p].name);
    for (size_t s = 0; s < N_SUMS; s++)
        weir_text_add(&printer->text, "%s%*s %6s", s == 0 ? "" : "  ", widths.sum[s], sum_names[s],
                      "%");
    weir_text_add(&printer->text, "\n");
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < top->n_rows && status == WEIR_OK; i++) {
        add_table_row(printer, &widths, row_at(top, i));
        status = flush(printer, PIECE_BYTES, err);
    }
    return status;
}

/* --- csv and json ---------------------------------------------------------------------------- */

static enum weir_status print_csv(struct printer *printer, struct weir_error *err)
{
    const struct weir_top *top = printer->top;
    for (size_t p = 0; p < top->keys->n_parts; p++)
        weir_text_add(&printer->text, "%s,", top->keys->part[p].name);
    weir_text_add(&printer->text, "flows,packets,octets\n");
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < top->n_rows && status == WEIR_OK; i++) {
        char cell[WEIR_TOP_TEXT_MAX];
        for (size_t p = 0; p < top->keys->n_parts; p++)
            weir_text_add(&printer->text, "%s,",
                          weir_top_keys_text(top->keys, p, row_at(top, i), cell));
        const struct weir_top_sums sums = weir_top_sums(row_at(top, i), top->keys->n_words);
        weir_text_add(&printer->text, "%" PRIu64 ",", sums.flows);
        weir_text_add_u128(&printer->text, sums.packets);
        weir_text_add(&printer->text, ",");
        weir_text_add_u128(&printer->text, sums.octets);
        weir_text_add(&printer->text, "\n");
        status = flush(printer, PIECE_BYTES, err);
    }
    return status;
}

static void add_json_sums(struct weir_text *text, const struct weir_top_sums *sums)
{
    weir_text_add(text, "\"flows\": %" PRIu64 ", \"packets\": ", sums->flows);
    weir_text_add_u128(text, sums->packets);
    weir_text_add(text, ", \"octets\": ");
    weir_text_add_u128(text, sums->octets);
    weir_text_add(text, "}");
}

static enum weir_status print_json(struct printer *printer, const char *order,
                                   struct weir_error *err)
{
    const struct weir_top *top = printer->top;
    weir_text_add(&printer->text,
                  "{\n  \"order\": \"%s\",\n  \"n_keys\": %" PRIu64 ",\n  \"total\": {", order,
                  top->n_keys);
    add_json_sums(&printer->text, &top->total);
    weir_text_add(&printer->text, ",\n  \"rows\": [");
    enum weir_status status = WEIR_OK;
    for (size_t i = 0; i < top->n_rows && status == WEIR_OK; i++) {
        weir_text_add(&printer->text, "%s\n    {", i == 0 ? "" : ",");
        for (size_t p = 0; p < top->keys->n_parts; p++) {
            char cell[WEIR_TOP_TEXT_MAX];
            const char *quote = top->keys->part[p].is_address ? "\"" : "";
            weir_text_add(&printer->text, "\"%s\": %s%s%s, ", top->keys->part[p].name, quote,
                          weir_top_keys_text(top->keys, p, row_at(top, i), cell), quote);
        }
        const struct weir_top_sums sums = weir_top_sums(row_at(top, i), top->keys->n_words);
        add_json_sums(&printer->text, &sums);
        status = flush(printer, PIECE_BYTES, err);
    }
    weir_text_add(&printer->text, "\n  ]\n}\n");
    return status;
}

/* --- the command ----------------------------------------------------------------------------- */

static enum weir_status top_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct top_state *top = state;
    const enum weir_status status = weir_step_create_output(top->step, &top->output, err);
    if (status != WEIR_OK)
        return status;
    weir_top_build_layout(top->build, weir_source_schema(top->step->source));
    return top->lanes.begin(top->lanes.state, n_lanes, err);
}

static enum weir_status top_add(void *state, size_t lane, const struct weir_batch *batch,
                                size_t *bad, struct weir_error *err)
{
    const struct top_state *top = state;
    return top->lanes.add(top->lanes.state, lane, batch, bad, err);
}

static enum weir_status top_prepare(struct weir_step *step, struct weir_error *err)
{
    const struct top_params *params = step->params;
    struct weir_top_request request = {.mem = &step->run->mem};
    enum weir_status status = weir_top_keys_parse(params->by, &request.keys, err);
    if (status != WEIR_OK) {
        weir_error_prepend(err, "--by: ");
        return status;
    }
    struct top_state *top = weir_mem_zalloc(&step->run->mem, 1, sizeof *top);
    if (top == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start");
    top->step = step;
    step->state = top;
    status = weir_step_find_scratch(step, &top->scratch, &request.scratch, err);
    if (status == WEIR_OK)
        status = weir_top_build_new(&request, &top->build, err);
    if (status != WEIR_OK)
        return status;
    top->lanes = weir_top_build_consumer(top->build);
    step->consumer = (struct weir_consumer){
        .state = top, .fields = top->lanes.fields, .begin = top_begin, .add = top_add};
    return WEIR_OK;
}

static enum weir_status print_top(struct printer *printer, const struct top_params *params,
                                  struct weir_error *err)
{
    static const char *const orders[] = {[WEIR_TOP_BY_OCTETS] = "octets",
                                         [WEIR_TOP_BY_PACKETS] = "packets",
                                         [WEIR_TOP_BY_FLOWS] = "flows"};
    enum weir_status status = WEIR_OK;
    switch ((enum out_format)params->out_format) {
    case OUT_TEXT:
        status = print_table(printer, orders[params->order], err);
        break;
    case OUT_CSV:
        status = print_csv(printer, err);
        break;
    case OUT_JSON:
        status = print_json(printer, orders[params->order], err);
        break;
    }
    return status == WEIR_OK ? weir_text_write(&printer->text, printer->output, err) : status;
}

static enum weir_status top_finish(struct weir_step *step, struct weir_report *report,
                                   struct weir_error *err)
{
    struct top_state *state = step->state;
    const struct top_params *params = step->params;
    struct weir_top top;
    enum weir_status status = weir_top_build_finish(
        state->build, (enum weir_top_order)params->order, (uint64_t)params->n, &top, err);
    if (status != WEIR_OK)
        return status;
    struct printer printer = {.top = &top, .output = state->output};
    weir_text_init(&printer.text, &step->run->mem);
    status = print_top(&printer, params, err);
    weir_text_release(&printer.text);
    if (status != WEIR_OK)
        return status;
    report->row_name = "rows";
    report->rows_written = top.n_rows;
    report->bytes_written = weir_output_bytes(state->output);
    state->output = NULL;
    return weir_output_commit(printer.output, err);
}

static void top_release(struct weir_step *step)
{
    struct top_state *top = step->state;
    if (top == NULL)
        return;
    weir_output_discard(top->output);
    weir_top_build_free(top->build);
    weir_mem_free(&step->run->mem, top->scratch);
    weir_mem_free(&step->run->mem, top);
    step->state = NULL;
}

const struct weir_command weir_command_top = {
    .name = "top",
    .summary = "find the addresses, ports, ... with the most traffic",
    .description =
        "Reads flow records from files, directories, traces or standard input (-), groups those "
        "that the filter and the slices want by the keys, and prints the groups with the most "
        "octets, packets or flows. Every number is an exact integer, and the same for any number "
        "of threads; groups with equal sums ascend by key.\n"
        "\n"
        "sa and da are the addresses of either family. sa/24 cuts IPv4 and IPv6 ones to 24 bits "
        "(lengths beyond 32 leave IPv4 whole), sa/24:48 each to its own length. Records of another "
        "family than 2 (IPv4) and 10 (IPv6) count as unknown.\n"
        "\n"
        "Groups that do not fit into --memory go through --scratch.",
    .operands = "PATH...",
    .min_operands = 1,
    .example = "weir top --by sa/24,dp -n 20 --order octets trace",
    .options = {.groups = {&weir_in_out_options, &weir_scan_options, &top_options}},
    .params_bytes = sizeof(struct top_params),
    .prepare = top_prepare,
    .finish = top_finish,
    .release = top_release,
};
