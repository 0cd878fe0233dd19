/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The x value and the summed numbers of flow records, a chunk at a time. */
#include "hist_values.h"

#include "field_load.h"

#define CHUNK WEIR_LOG_HIST_RECORDS

/* Below this (last - first) * 1000 + last_ms - first_ms stays within 2^61. */
#define TIME_LIMIT ((uint64_t)1 << 50)

#define TIME_FIELDS                                                                           \
    (WEIR_FIELD_BIT(WEIR_FIRST) | WEIR_FIELD_BIT(WEIR_FIRST_MS) | WEIR_FIELD_BIT(WEIR_LAST) | \
     WEIR_FIELD_BIT(WEIR_LAST_MS))

static bool spec_sums(const struct weir_hist_spec *spec, enum weir_hist_extra extra)
{
    for (size_t e = 0; e < spec->n_extras; e++)
        if (spec->extra[e] == extra)
            return true;
    return false;
}

static bool spec_needs_rate(const struct weir_hist_spec *spec)
{
    return spec->x == WEIR_X_RATE || spec_sums(spec, WEIR_HIST_RATE);
}

static bool spec_needs_duration(const struct weir_hist_spec *spec)
{
    return spec->x == WEIR_X_DURATION || spec_sums(spec, WEIR_HIST_DURATION) ||
           spec_needs_rate(spec);
}

weir_fields weir_hist_spec_fields(const struct weir_hist_spec *spec)
{
    weir_fields fields = WEIR_FIELD_BIT(WEIR_PACKETS) | WEIR_FIELD_BIT(WEIR_OCTETS);
    if (spec_needs_duration(spec))
        fields |= TIME_FIELDS;
    if (spec_sums(spec, WEIR_HIST_AGGS))
        fields |= WEIR_FIELD_BIT(WEIR_AGGS);
    return fields;
}

size_t weir_hist_spec_parts(const struct weir_hist_spec *spec)
{
    return 2 + spec->n_extras + (spec_sums(spec, WEIR_HIST_RATE) ? 1 : 0);
}

const char *weir_hist_extra_name(enum weir_hist_extra extra)
{
    static const char *const name[WEIR_HIST_N_EXTRAS] = {
        [WEIR_HIST_DURATION] = "duration", [WEIR_HIST_RATE] = "rate", [WEIR_HIST_AGGS] = "aggs"};
    return name[extra];
}

void weir_hist_spec_columns(const struct weir_hist_spec *spec, struct weir_hist *hist)
{
    hist->column_name[0] = "flows";
    hist->column_name[1] = "packets";
    hist->column_name[2] = "octets";
    for (size_t e = 0; e < spec->n_extras; e++)
        hist->column_name[3 + e] = weir_hist_extra_name(spec->extra[e]);
    hist->n_columns = 3 + spec->n_extras;
}

/* The sum of rates in whole bit/s: floor((high * 2^48 + low) / 2^20), exact in 128 bits although
 * the dividend need not be. */
static bool join_rate(weir_u128 low, weir_u128 high, weir_u128 *sum)
{
    const unsigned shift = WEIR_LOG_HIST_RATE_LOW_BITS - WEIR_LOG_HIST_RATE_SCALE_BITS;
    if (high > WEIR_U128_MAX >> shift)
        return false;
    return !__builtin_add_overflow(high << shift, low >> WEIR_LOG_HIST_RATE_SCALE_BITS, sum);
}

enum weir_status weir_hist_spec_sums(const struct weir_hist_spec *spec, const weir_u128 *parts,
                                     weir_u128 *sums, struct weir_error *err)
{
    for (size_t c = 0; c < 3; c++)
        sums[c] = parts[c];
    size_t p = 3;
    for (size_t e = 0; e < spec->n_extras; e++) {
        if (spec->extra[e] != WEIR_HIST_RATE) {
            sums[3 + e] = parts[p++];
            continue;
        }
        if (!join_rate(parts[p], parts[p + 1], &sums[3 + e]))
            return weir_error_set(err, WEIR_LIMIT,
                                  "the sum of rate: expected less than 2^128, but found more");
        p += 2;
    }
    return WEIR_OK;
}

/* Takes `wanted` arrays of a chunk each from one block. */
static uint64_t *take(struct weir_hist_values *values, size_t *used)
{
    return values->scratch + CHUNK * (*used)++;
}

static void point_parts(struct weir_hist_values *values)
{
    size_t p = 2;
    for (size_t e = 0; e < values->spec->n_extras; e++)
        switch (values->spec->extra[e]) {
        case WEIR_HIST_DURATION:
            values->part[p++] = values->duration;
            break;
        case WEIR_HIST_RATE:
            values->part[p++] = values->rate_low;
            values->part[p++] = values->rate_high;
            break;
        case WEIR_HIST_AGGS:
        case WEIR_HIST_N_EXTRAS:
            p++; /* set with each chunk */
            break;
        }
}

enum weir_status weir_hist_values_init(struct weir_hist_values *values,
                                       const struct weir_hist_spec *spec,
                                       const struct weir_log_hist_ops *ops, struct weir_mem *mem,
                                       struct weir_error *err)
{
    *values = (struct weir_hist_values){
        .spec = spec, .ops = ops, .n_parts = weir_hist_spec_parts(spec), .mem = mem};
    const weir_fields fields = weir_hist_spec_fields(spec);
    const size_t n_arrays = (size_t)__builtin_popcount(fields) + 4;
    values->scratch = weir_mem_alloc(mem, n_arrays * CHUNK * sizeof *values->scratch);
    if (values->scratch == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the values of a histogram");
    size_t used = 0;
    for (int f = 0; f < WEIR_N_FIELDS; f++)
        if ((fields & WEIR_FIELD_BIT(f)) != 0)
            values->converted[f] = take(values, &used);
    values->duration = take(values, &used);
    values->rate = take(values, &used);
    values->rate_low = take(values, &used);
    values->rate_high = take(values, &used);
    point_parts(values);
    return WEIR_OK;
}

void weir_hist_values_release(struct weir_hist_values *values)
{
    if (values->mem != NULL)
        weir_mem_free(values->mem, values->scratch);
    *values = (struct weir_hist_values){0};
}

/* Loads the fields that are used, all but the times where these are `usual`. */
static enum weir_status load_fields(struct weir_hist_values *values, const struct weir_batch *batch,
                                    size_t begin, bool usual, size_t *bad, struct weir_error *err)
{
    uint64_t *converted[WEIR_N_FIELDS];
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const bool left_out = usual && (TIME_FIELDS & WEIR_FIELD_BIT(f)) != 0;
        converted[f] = left_out ? NULL : values->converted[f];
    }
    return weir_fields_load(batch, begin, values->n, converted, values->field, bad, err);
}

static weir_i128 exact_duration(const struct weir_hist_values *values, size_t i)
{
    const uint64_t *const *field = values->field;
    return ((weir_i128)field[WEIR_LAST][i] - field[WEIR_FIRST][i]) * 1000 + field[WEIR_LAST_MS][i] -
           field[WEIR_FIRST_MS][i];
}

/* Whether times have the types for which durations need no conversion. */
static bool times_are_usual(const struct weir_batch *batch)
{
    static const struct {
        enum weir_field field;
        enum weir_type type;
    } usual[] = {{WEIR_FIRST, WEIR_U32},
                 {WEIR_LAST, WEIR_U32},
                 {WEIR_FIRST_MS, WEIR_U16},
                 {WEIR_LAST_MS, WEIR_U16}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        const struct weir_column *column = &batch->field[usual[i].field];
        if (column->data == NULL || column->type != usual[i].type)
            return false;
    }
    return true;
}

/* Computes durations from usual times. */
static void load_usual_durations(struct weir_hist_values *values, const struct weir_batch *batch,
                                 size_t begin)
{
    const struct weir_column *field = batch->field;
    const struct weir_log_hist_times times = {
        .first = weir_column_at(&field[WEIR_FIRST], begin),
        .last = weir_column_at(&field[WEIR_LAST], begin),
        .first_ms = weir_column_at(&field[WEIR_FIRST_MS], begin),
        .last_ms = weir_column_at(&field[WEIR_LAST_MS], begin),
        .packets = values->field[WEIR_PACKETS]};
    values->n_bad_times += values->ops->durations(&times, values->n, values->duration);
}

/* Computes durations from converted times in 64 bits. False when a time is too large for that. */
static bool load_durations(struct weir_hist_values *values)
{
    const uint64_t *first = values->field[WEIR_FIRST];
    const uint64_t *first_ms = values->field[WEIR_FIRST_MS];
    const uint64_t *last = values->field[WEIR_LAST];
    const uint64_t *last_ms = values->field[WEIR_LAST_MS];
    const uint64_t *packets = values->field[WEIR_PACKETS];
    uint64_t largest = 0;
    for (size_t i = 0; i < values->n; i++)
        largest |= first[i] | first_ms[i] | last[i] | last_ms[i];
    if (largest >= TIME_LIMIT)
        return false;
    uint64_t n_bad = 0;
    for (size_t i = 0; i < values->n; i++) {
        const int64_t seconds = (int64_t)last[i] - (int64_t)first[i];
        const int64_t ms = seconds * 1000 + (int64_t)last_ms[i] - (int64_t)first_ms[i];
        n_bad += (uint64_t)ms >> 63;
        /* A mask, because half of all flows have one packet and a branch would often be wrong. */
        values->duration[i] = (uint64_t)ms & -(uint64_t)((ms >= 0) & (packets[i] != 1));
    }
    values->n_bad_times += n_bad;
    return true;
}

/* Computes rates in 64 bits. False when an operand is too large for that. */
static bool load_rates(struct weir_hist_values *values)
{
    const bool sums = spec_sums(values->spec, WEIR_HIST_RATE);
    const struct weir_log_hist_rates rates = {.whole = values->rate,
                                              .low = sums ? values->rate_low : NULL,
                                              .high = sums ? values->rate_high : NULL};
    return values->ops->rates(values->field[WEIR_OCTETS], values->duration, values->n, &rates);
}

static const uint64_t *x_of(const struct weir_hist_values *values)
{
    switch (values->spec->x) {
    case WEIR_X_SIZE:
        return values->field[WEIR_OCTETS];
    case WEIR_X_DURATION:
        return values->duration;
    case WEIR_X_RATE:
        return values->rate;
    case WEIR_X_LENGTH:
    case WEIR_N_X:
        break;
    }
    return values->field[WEIR_PACKETS];
}

/* The place of a column's first part. */
static size_t place_of(const struct weir_hist_spec *spec, enum weir_hist_extra extra)
{
    size_t p = 2;
    for (size_t e = 0; e < spec->n_extras && spec->extra[e] != extra; e++)
        p += spec->extra[e] == WEIR_HIST_RATE ? 2 : 1;
    return p;
}

enum weir_status weir_hist_values_load(struct weir_hist_values *values,
                                       const struct weir_batch *batch, size_t begin, size_t n,
                                       size_t *bad, struct weir_error *err)
{
    const struct weir_hist_spec *spec = values->spec;
    const bool usual = spec_needs_duration(spec) && times_are_usual(batch);
    values->n = n;
    values->wide = false;
    const enum weir_status status = load_fields(values, batch, begin, usual, bad, err);
    if (status != WEIR_OK || n == 0)
        return status;
    values->has_durations = usual;
    if (usual)
        load_usual_durations(values, batch, begin);
    else if (spec_needs_duration(spec))
        values->has_durations = load_durations(values);
    if (spec_needs_duration(spec) && !values->has_durations) {
        values->wide = true;
        for (size_t i = 0; i < n; i++)
            values->n_bad_times += exact_duration(values, i) < 0;
    } else if (spec_needs_rate(spec)) {
        values->wide = !load_rates(values);
    }
    values->x = x_of(values);
    values->part[0] = values->field[WEIR_PACKETS];
    values->part[1] = values->field[WEIR_OCTETS];
    if (spec_sums(spec, WEIR_HIST_AGGS))
        values->part[place_of(spec, WEIR_HIST_AGGS)] = values->field[WEIR_AGGS];
    return WEIR_OK;
}

void weir_hist_values_record(const struct weir_hist_values *values, size_t i, weir_u128 *x,
                             weir_u128 *part)
{
    const struct weir_hist_spec *spec = values->spec;
    const weir_u128 packets = values->field[WEIR_PACKETS][i];
    const weir_u128 octets = values->field[WEIR_OCTETS][i];
    weir_u128 duration = 0;
    weir_u128 scaled_rate = 0;
    if (values->has_durations)
        duration = values->duration[i];
    else if (spec_needs_duration(spec) && packets != 1 && exact_duration(values, i) > 0)
        duration = (weir_u128)exact_duration(values, i);
    if (duration != 0)
        scaled_rate = (8000 * octets << WEIR_LOG_HIST_RATE_SCALE_BITS) / duration;
    const weir_u128 of_x[WEIR_N_X] = {
        [WEIR_X_LENGTH] = packets,
        [WEIR_X_SIZE] = octets,
        [WEIR_X_DURATION] = duration,
        [WEIR_X_RATE] = scaled_rate >> WEIR_LOG_HIST_RATE_SCALE_BITS,
    };
    *x = of_x[spec->x];
    part[0] = packets;
    part[1] = octets;
    size_t p = 2;
    for (size_t e = 0; e < spec->n_extras; e++) {
        if (spec->extra[e] == WEIR_HIST_DURATION) {
            part[p++] = duration;
        } else if (spec->extra[e] == WEIR_HIST_AGGS) {
            part[p++] = values->field[WEIR_AGGS][i];
        } else {
            part[p++] = scaled_rate & (((weir_u128)1 << WEIR_LOG_HIST_RATE_LOW_BITS) - 1);
            part[p++] = scaled_rate >> WEIR_LOG_HIST_RATE_LOW_BITS;
        }
    }
}
