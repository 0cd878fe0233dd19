/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms as consumers of scans: lanes are made by the threads that use them, and merged when
 * the scan is over. */
#include "hist_build.h"

#include "hist_lane.h"

#define BUFFER_ENTRIES_MAX 512

struct weir_hist_build {
    struct weir_hist_plan plan;
    size_t budget_bytes;
    size_t n_lanes;
    struct weir_hist_lane **lane; /* NULL where a thread has seen no record */
    uint64_t **tables;            /* room for one of each lane */
};

static enum weir_status check_spec(const struct weir_hist_spec *spec, struct weir_error *err)
{
    if (spec->bin_exp > 63)
        return weir_error_set(err, WEIR_USAGE, "bin exponent: expected 0 to 63, but found %u",
                              spec->bin_exp);
    unsigned seen = 0;
    for (size_t e = 0; e < spec->n_extras; e++) {
        const unsigned bit = 1U << spec->extra[e];
        if ((seen & bit) != 0)
            return weir_error_set(err, WEIR_USAGE,
                                  "additional column %s: expected it once, but "
                                  "found it twice",
                                  weir_hist_extra_name(spec->extra[e]));
        seen |= bit;
    }
    return WEIR_OK;
}

enum weir_status weir_hist_build_new(const struct weir_hist_request *request,
                                     struct weir_hist_build **out, struct weir_error *err)
{
    const enum weir_status status = check_spec(&request->spec, err);
    if (status != WEIR_OK)
        return status;
    struct weir_hist_build *build = weir_mem_zalloc(request->mem, 1, sizeof *build);
    if (build == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to start a histogram");
    build->plan = (struct weir_hist_plan){.spec = request->spec,
                                          .ops = request->ops,
                                          .scratch = request->scratch,
                                          .mem = request->mem};
    build->budget_bytes = request->budget_bytes;
    *out = build;
    return WEIR_OK;
}

void weir_hist_build_free(struct weir_hist_build *build)
{
    if (build == NULL)
        return;
    struct weir_mem *mem = build->plan.mem;
    for (size_t i = 0; i < build->n_lanes; i++)
        weir_hist_lane_free(build->lane[i]);
    weir_mem_free(mem, build->tables);
    weir_mem_free(mem, build->lane);
    weir_mem_free(mem, build);
}

static enum weir_status build_begin(void *state, size_t n_lanes, struct weir_error *err)
{
    struct weir_hist_build *build = state;
    const size_t budget = build->budget_bytes != 0 ? build->budget_bytes
                                                   : weir_mem_available_bytes(build->plan.mem) / 2;
    build->plan.lane_bytes = budget / n_lanes;
    build->lane = weir_mem_zalloc(build->plan.mem, n_lanes, sizeof(struct weir_hist_lane *));
    build->tables = weir_mem_alloc(build->plan.mem, n_lanes * sizeof(uint64_t *));
    if (build->lane == NULL || build->tables == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the %zu lanes of a histogram",
                              n_lanes);
    build->n_lanes = n_lanes;
    return WEIR_OK;
}

static enum weir_status build_add(void *state, size_t lane, const struct weir_batch *batch,
                                  size_t *bad, struct weir_error *err)
{
    struct weir_hist_build *build = state;
    if (build->lane[lane] == NULL) {
        const enum weir_status status = weir_hist_lane_new(&build->plan, &build->lane[lane], err);
        if (status != WEIR_OK)
            return status;
    }
    return weir_hist_lane_add(build->lane[lane], batch, bad, err);
}

struct weir_consumer weir_hist_build_consumer(struct weir_hist_build *build)
{
    return (struct weir_consumer){.state = build,
                                  .fields = weir_hist_spec_fields(&build->plan.spec),
                                  .begin = build_begin,
                                  .add = build_add};
}

uint64_t weir_hist_build_bad_times(const struct weir_hist_build *build)
{
    uint64_t n = 0;
    for (size_t i = 0; i < build->n_lanes; i++)
        if (build->lane[i] != NULL)
            n += build->lane[i]->values.n_bad_times;
    return n;
}

/* Ends all lanes; *n_streams and *n_runs are what they have together. */
static enum weir_status end_lanes(struct weir_hist_build *build, size_t *n_streams, size_t *n_runs,
                                  struct weir_error *err)
{
    *n_streams = *n_runs = 0;
    for (size_t i = 0; i < build->n_lanes; i++) {
        struct weir_hist_lane *lane = build->lane[i];
        if (lane == NULL)
            continue;
        const enum weir_status status = weir_hist_lane_end(lane, err);
        if (status != WEIR_OK)
            return status;
        *n_runs += lane->spill.n_runs;
        *n_streams += WEIR_HIST_LANE_STREAMS + lane->spill.n_runs;
    }
    weir_hist_lane_fold(build->lane, build->n_lanes, build->tables, (int)build->n_lanes);
    return WEIR_OK;
}

/* Entries of a read buffer, so that all buffers together take at most a quarter of what is left. */
static size_t buffer_entries(const struct weir_hist_build *build, size_t n_runs, size_t entry_bytes)
{
    const size_t room = weir_mem_available_bytes(build->plan.mem) / 4 / entry_bytes;
    const size_t each = n_runs == 0 ? 1 : room / n_runs;
    return each < 1 ? 1 : each > BUFFER_ENTRIES_MAX ? BUFFER_ENTRIES_MAX : each;
}

/* What merging hands to the sink of bins. */
struct bin_writer {
    const struct weir_hist_spec *spec;
    weir_hist_bin_sink *sink;
    void *context;
};

static enum weir_status write_bin(void *context, const weir_u128 *row, struct weir_error *err)
{
    const struct bin_writer *writer = context;
    weir_u128 lo = 0;
    weir_u128 hi = 0;
    weir_u128 sums[WEIR_HIST_COLUMNS_MAX];
    weir_hist_bin(row[0], writer->spec->bin_exp, &lo, &hi);
    const enum weir_status status = weir_hist_spec_sums(writer->spec, row + 1, sums, err);
    if (status == WEIR_OK)
        return writer->sink(writer->context, lo, hi, sums, err);
    char text[WEIR_NUMBER_CAPACITY];
    weir_error_prepend(err, "bin at %s: ", weir_number_text_u128(text, lo));
    return status;
}

enum weir_status weir_hist_build_each(struct weir_hist_build *build, weir_hist_bin_sink *sink,
                                      void *context, struct weir_error *err)
{
    struct weir_mem *mem = build->plan.mem;
    struct bin_writer writer = {.spec = &build->plan.spec, .sink = sink, .context = context};
    const size_t numbers = 2 + weir_hist_spec_parts(&build->plan.spec);
    const size_t entry_bytes = numbers * sizeof(weir_u128);
    size_t n_streams = 0;
    size_t n_runs = 0;
    enum weir_status status = end_lanes(build, &n_streams, &n_runs, err);
    if (status != WEIR_OK)
        return status;
    const size_t n_entries = buffer_entries(build, n_runs, entry_bytes);
    struct weir_hist_stream *streams = weir_mem_alloc(mem, n_streams * sizeof *streams);
    uint64_t *buffers = weir_mem_alloc(mem, n_runs * n_entries * entry_bytes);
    if (streams == NULL || buffers == NULL) {
        status = weir_error_set(err, WEIR_MEMORY, "no memory to merge %zu parts of a histogram",
                                n_streams);
        goto out;
    }
    size_t s = 0;
    size_t r = 0;
    for (size_t i = 0; i < build->n_lanes; i++) {
        const struct weir_hist_lane *lane = build->lane[i];
        if (lane == NULL)
            continue;
        weir_hist_lane_streams(lane, &streams[s]);
        s += WEIR_HIST_LANE_STREAMS;
        weir_hist_spill_streams(&lane->spill, &streams[s], buffers + r * n_entries * 2 * numbers,
                                n_entries);
        s += lane->spill.n_runs;
        r += lane->spill.n_runs;
    }
    status = weir_hist_merge(streams, n_streams, write_bin, &writer, mem, err);
out:
    weir_mem_free(mem, buffers);
    weir_mem_free(mem, streams);
    return status;
}

static enum weir_status keep_bin(void *context, weir_u128 lo, weir_u128 hi, const weir_u128 *sums,
                                 struct weir_error *err)
{
    struct weir_hist *hist = context;
    const enum weir_status status = weir_hist_reserve(hist, hist->n_bins + 1, err);
    if (status != WEIR_OK)
        return status;
    hist->bin_lo[hist->n_bins] = lo;
    hist->bin_hi[hist->n_bins] = hi;
    for (size_t c = 0; c < hist->n_columns; c++)
        hist->sum[hist->n_bins * hist->n_columns + c] = sums[c];
    hist->n_bins++;
    return WEIR_OK;
}

enum weir_status weir_hist_build_finish(struct weir_hist_build *build, struct weir_hist *hist,
                                        struct weir_error *err)
{
    weir_hist_spec_columns(&build->plan.spec, hist);
    return weir_hist_build_each(build, keep_bin, hist, err);
}
