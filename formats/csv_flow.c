/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_flow: one record a line, 21 whole numbers separated by commas, no header. */
#include "text_input.h"
#include "text_output.h"

extern const struct weir_format weir_format_csv_flow;

/* --- reading --------------------------------------------------------------------------------- */

static bool csv_detect(const struct weir_probe *probe)
{
    size_t n = 0;
    bool is_whole = false;
    const unsigned char *line = weir_text_probe_line(probe, &n, &is_whole);
    if (line == NULL)
        return false;
    const size_t n_fields = weir_text_count_numbers(line, n, ',', is_whole);
    return is_whole ? n_fields == WEIR_N_FIELDS : n_fields > 1 && n_fields <= WEIR_N_FIELDS;
}

static void csv_set_table(struct weir_text_cursor *cursor)
{
    cursor->table.separator = ',';
    cursor->table.n_fields = WEIR_N_FIELDS;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        weir_text_set_field(cursor, (size_t)f, (enum weir_field)f);
}

static const struct weir_text_format csv_text = {
    .format = &weir_format_csv_flow,
    .line_bytes_min = 2 * WEIR_N_FIELDS,
    .set_table = csv_set_table,
};

static enum weir_status csv_open(const struct weir_open_request *request, struct weir_input **input,
                                 struct weir_error *err)
{
    return weir_text_open(&csv_text, request, WEIR_TEXT_BLOCK_BYTES, input, err);
}

/* --- writing --------------------------------------------------------------------------------- */

static const char *const csv_names[WEIR_N_FIELDS] = {
    "af",    "prot",     "inif", "outif",   "sa0",     "sa1",    "sa2",
    "sa3",   "da0",      "da1",  "da2",     "da3",     "sp",     "dp",
    "first", "first_ms", "last", "last_ms", "packets", "octets", "aggs"};

static const struct weir_text_layout csv_layout = {
    .format = &weir_format_csv_flow,
    .n_fields = WEIR_N_FIELDS,
    .separator = ", ",
    .n_separator = 2,
    .name = csv_names,
};

static enum weir_status csv_create(const struct weir_create_request *request,
                                   struct weir_writer **writer, struct weir_error *err)
{
    struct weir_text_writer *made = NULL;
    const enum weir_status status =
        weir_text_writer_create(&csv_layout, sizeof *made, request, &made, err);
    *writer = made == NULL ? NULL : &made->base;
    return status;
}

static enum weir_status csv_add(struct weir_writer *writer, size_t lane,
                                const struct weir_batch *batch, size_t *bad, struct weir_error *err)
{
    return weir_text_writer_add((struct weir_text_writer *)writer, lane, batch->field, batch->n,
                                bad, err);
}

static enum weir_status csv_describe(const struct weir_input *input, weir_fact_sink *sink,
                                     void *context, struct weir_error *err)
{
    (void)err;
    (void)input;
    sink(context, "fields", "21");
    sink(context, "separator", "comma");
    return WEIR_OK;
}

const struct weir_format weir_format_csv_flow = {
    .name = "csv_flow",
    .summary = "text, one record a line: 21 whole numbers separated by commas",
    .needs = WEIR_FIELDS_ALL,
    .detect = csv_detect,
    .open = csv_open,
    .close = weir_text_close,
    .cursor_new = weir_text_cursor_new,
    .cursor_free = weir_text_cursor_free,
    .cursor_load = weir_text_cursor_load,
    .cursor_parse = weir_text_cursor_parse,
    .cursor_view = weir_text_cursor_view,
    .describe = csv_describe,
    .create = csv_create,
    .add = csv_add,
    .place = weir_text_writer_place,
    .put = weir_text_writer_put,
    .commit = weir_text_writer_commit,
    .discard = weir_text_writer_discard,
};
