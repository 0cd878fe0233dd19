/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a model. */
#include "generate_model.h"

#include "distribution.h"
#include "generate_hist.h"
#include "mixture_json.h"
#include "path.h"

#include <math.h>

#define WIDTH_BITS 8 /* pieces are no wider than x / 2^8 */
#define TAIL       1e-18
#define PROBES     4 /* parts of a piece between which it is looked at */

void weir_model_init(struct weir_model *model, struct weir_mem *mem)
{
    weir_mixture_init(&model->flows, mem);
    weir_mixture_init(&model->packets, mem);
    weir_mixture_init(&model->octets, mem);
}

void weir_model_release(struct weir_model *model)
{
    weir_mixture_release(&model->flows);
    weir_mixture_release(&model->packets);
    weir_mixture_release(&model->octets);
}

/* --- files ----------------------------------------------------------------------------------- */

static enum weir_status read_part(const char *directory, const char *y,
                                  struct weir_mixture *mixture, struct weir_error *err)
{
    char path[PATH_MAX];
    const enum weir_status status = weir_path_of_mixture(directory, y, path, err);
    return status == WEIR_OK ? weir_mixture_json_read(path, mixture, err) : status;
}

static enum weir_status check_sum(const char *directory, const char *y,
                                  const struct weir_mixture *mixture, struct weir_error *err)
{
    return mixture->has_sum && mixture->sum > 0
               ? WEIR_OK
               : weir_error_set(err, WEIR_FORMAT,
                                "%s/%s.json: expected \"sum\", how many there are in all, above 0",
                                directory, y);
}

enum weir_status weir_model_read(const char *path, bool whole, struct weir_model *model,
                                 struct weir_error *err)
{
    if (!whole && !weir_path_is_directory(path))
        return weir_mixture_json_read(path, &model->flows, err);
    enum weir_status status = read_part(path, "flows", &model->flows, err);
    if (!whole)
        return status;
    if (status == WEIR_OK)
        status = read_part(path, "packets", &model->packets, err);
    if (status == WEIR_OK)
        status = check_sum(path, "packets", &model->packets, err);
    if (status == WEIR_OK)
        status = read_part(path, "octets", &model->octets, err);
    return status == WEIR_OK ? check_sum(path, "octets", &model->octets, err) : status;
}

/* --- formulas -------------------------------------------------------------------------------- */

static uint64_t least_x(enum weir_hist_x x_value)
{
    return x_value == WEIR_X_SIZE ? (uint64_t)WEIR_PACKET_OCTETS_LEAST : 1;
}

static double density(const struct weir_mixture *mixture, enum weir_hist_x x_value, uint64_t x)
{
    if (x >= WEIR_PDF_WHOLE_BELOW)
        return weir_mixture_pdf(mixture, (double)x);
    return weir_mixture_between(mixture, x == least_x(x_value) ? 0 : (double)x - 1, (double)x);
}

double weir_model_packet_size(const struct weir_model *model, enum weir_hist_x x_value, uint64_t x)
{
    return density(&model->octets, x_value, x) * (double)model->octets.sum /
           (density(&model->packets, x_value, x) * (double)model->packets.sum);
}

double weir_model_y(const struct weir_model *model, enum weir_hist_x x_value, uint64_t x)
{
    const double size = weir_model_packet_size(model, x_value, x);
    if (isnan(size))
        return size;
    return x_value == WEIR_X_SIZE
               ? fmin((double)x / size, (double)x)
               : (double)x * fmin(fmax(size, WEIR_PACKET_OCTETS_LEAST), WEIR_PACKET_OCTETS_MOST);
}

/* --- pieces ---------------------------------------------------------------------------------- */

struct filling {
    const struct weir_model *model;
    enum weir_hist_x x_value;
    struct weir_generate_table *table;
    double y_per_x; /* at the last x where there is one */
};

/* Mean of y at x; where the model knows nothing, there are as many per x as before. */
static double y_at(struct filling *filling, uint64_t x)
{
    if (filling->model->packets.n_components == 0)
        return 0;
    const double y = weir_model_y(filling->model, filling->x_value, x);
    if (!isnan(y))
        filling->y_per_x = y / (double)x;
    return filling->y_per_x * (double)x;
}

/* True when the cdf is straight enough between a and b. */
static bool is_straight(const struct weir_mixture *flows, double a, double b)
{
    const double mass = weir_mixture_between(flows, a, b);
    for (int i = 1; i < PROBES; i++) {
        const double part = (double)i / PROBES;
        const double x = floor(a + part * (b - a));
        if (fabs(weir_mixture_between(flows, a, x) - mass * (x - a) / (b - a)) >
            WEIR_MODEL_DEVIATION)
            return false;
    }
    return true;
}

/* The width of the piece that begins at `lo`, to be tried first with twice that of the last one. */
static uint64_t choose_width(const struct weir_mixture *flows, uint64_t lo, uint64_t last_width)
{
    if (lo < WEIR_PDF_WHOLE_BELOW)
        return 1;
    const uint64_t most = lo >> WIDTH_BITS;
    uint64_t width = 2 * last_width < most ? 2 * last_width : most;
    while (width > 1 && !is_straight(flows, (double)(lo - 1), (double)(lo - 1 + width)))
        width /= 2;
    return width;
}

static enum weir_status add_piece(struct filling *filling, uint64_t lo, uint64_t width, double mass,
                                  struct weir_error *err)
{
    struct weir_sample_piece piece = {.lo = lo, .width = width};
    const uint64_t hi = lo + width - 1;
    const double at_lo = y_at(filling, lo);
    const double at_hi = width == 1 ? at_lo : y_at(filling, hi);
    if (width > 1)
        piece.slope = (at_hi - at_lo) / (double)(hi - lo);
    piece.base = at_lo - piece.slope * (double)lo;
    return weir_generate_table_add(filling->table, &piece, mass, err);
}

/* No x of a piece is beyond it: neither x nor octets reach what a table can hold, however large
 * packets are. It does not depend on what the model says of packets, so that flows alone have the
 * same pieces. */
static uint64_t most_x(enum weir_hist_x x_value)
{
    return x_value == WEIR_X_LENGTH ? WEIR_SAMPLE_X_MAX / (uint64_t)WEIR_PACKET_OCTETS_MOST
                                    : WEIR_SAMPLE_X_MAX;
}

/* The smallest x takes all that is below it, and the last piece all that is above. */
enum weir_status weir_generate_model_fill(const struct weir_model *model, enum weir_hist_x x_value,
                                          struct weir_generate_table *table, struct weir_error *err)
{
    const struct weir_mixture *flows = &model->flows;
    struct filling filling = {.model = model,
                              .x_value = x_value,
                              .table = table,
                              .y_per_x = x_value == WEIR_X_SIZE ? 1 / WEIR_PACKET_OCTETS_LEAST
                                                                : WEIR_PACKET_OCTETS_LEAST};
    const uint64_t first = least_x(x_value);
    const uint64_t most = most_x(x_value);
    enum weir_status status = WEIR_OK;
    uint64_t width = 1;
    bool is_last = false;
    table->sample.open = x_value == WEIR_X_SIZE ? 0 : UINT64_MAX;
    table->sample.least_y = model->packets.n_components > 0;
    for (uint64_t lo = first; !is_last && status == WEIR_OK; lo += width) {
        width = choose_width(flows, lo, width);
        const double begin = lo == first ? -INFINITY : (double)(lo - 1);
        const double end = (double)(lo - 1 + width);
        is_last = weir_mixture_sf(flows, end) < TAIL || lo + 3 * width > most;
        const double mass =
            is_last ? weir_mixture_sf(flows, begin) : weir_mixture_between(flows, begin, end);
        if (mass > 0)
            status = add_piece(&filling, lo, width, mass, err);
    }
    return status;
}
