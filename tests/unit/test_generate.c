/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What records are drawn from: pieces of histograms keep the sums of bins, pieces of models the cdf
 * and the size of packets; expansions give histograms back from any place on. */
#include "check.h"
#include "distribution.h"
#include "generate_expand.h"
#include "generate_model.h"
#include "generate_write.h"
#include "hist_csv.h"

#include <gsl/gsl_errno.h>
#include <math.h>

static struct weir_mem mem;
static struct weir_error err;

static void read_hist(const char *text, struct weir_hist *hist)
{
    char directory[200];
    weir_mem_init(&mem, SIZE_MAX);
    weir_hist_init(hist, &mem);
    check_enter_directory(directory, sizeof directory);
    check_write_file("h.csv", text, strlen(text));
    CHECK_OK(weir_hist_csv_read("h.csv", hist, &err));
    check_leave_directory(directory);
}

#define HEADER "bin_lo,bin_hi,flows_sum,packets_sum,octets_sum\n"
/* Means at both ends of bins, in the middle, off it; a bin at 0. */
static const char lengths[] = HEADER "0,1,3,0,50\n1,2,7,7,448\n4,8,5,20,1500\n8,16,5,75,7000\n"
                                     "16,32,4,94,100000\n32,64,9,301,60001\n"
                                     "1024,1048576,11,5000003,7777777777\n";

/* Sums of the pieces of a bin, in expectation. */
static void add_pieces(const struct weir_generate_table *table, uint64_t lo, uint64_t hi,
                       double *flows, double *x, double *y)
{
    *flows = *x = *y = 0;
    for (size_t i = 0; i < table->sample.n; i++) {
        const struct weir_sample_piece *piece = &table->piece[i];
        if (piece->lo < lo || piece->lo >= hi)
            continue;
        const double mean = (double)piece->lo + ((double)piece->width - 1) / 2;
        cr_assert(piece->lo + piece->width <= hi);
        *flows += table->weight[i];
        *x += table->weight[i] * mean;
        *y += table->weight[i] * (piece->base + piece->slope * mean);
    }
}

static void check_near(double got, weir_u128 want)
{
    cr_assert(fabs(got - (double)want) <= 1e-12 * (double)want, "%.17g instead of %.17g", got,
              (double)want);
}

static void check_sums(const struct weir_hist *hist, enum weir_hist_x x, bool spreads)
{
    struct weir_generate_table table;
    double flows, x_sum, y_sum;
    weir_generate_table_init(&table, &mem);
    CHECK_OK(weir_generate_hist_fill(hist, x, false, &table, &err));
    cr_assert(!spreads || table.sample.n > hist->n_bins);
    for (size_t i = 0; i < hist->n_bins; i++) {
        add_pieces(&table, (uint64_t)hist->bin_lo[i], (uint64_t)hist->bin_hi[i], &flows, &x_sum,
                   &y_sum);
        const weir_u128 *sum = hist->sum + i * hist->n_columns;
        check_near(flows, sum[0]);
        check_near(x_sum, sum[x == WEIR_X_LENGTH ? 1 : 2]);
        check_near(y_sum, sum[x == WEIR_X_LENGTH ? 2 : 1]);
    }
    weir_generate_table_release(&table);
}

Test(generate, pieces_keep_the_sums_of_bins)
{
    struct weir_hist hist;
    enum weir_hist_x x = WEIR_N_X;
    read_hist(lengths, &hist);
    CHECK_OK(weir_generate_hist_check(&hist, WEIR_N_X, &x, &err));
    cr_assert_eq(x, WEIR_X_LENGTH);
    check_sums(&hist, x, true);
    weir_hist_release(&hist);
    /* With as many packets as flows, with more, and with fewer. */
    read_hist(HEADER "40,64,9,9,401\n64,128,5,11,500\n128,256,7,3,1700\n", &hist);
    CHECK_OK(weir_generate_hist_check(&hist, WEIR_N_X, &x, &err));
    cr_assert_eq(x, WEIR_X_SIZE);
    check_sums(&hist, x, true);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

Test(generate, histograms_tell_their_x)
{
    struct weir_hist hist;
    enum weir_hist_x x = WEIR_N_X;
    read_hist(lengths, &hist);
    CHECK_STATUS(weir_generate_hist_check(&hist, WEIR_X_SIZE, &x, &err), WEIR_FORMAT);
    CHECK_MESSAGE("histogram of size, but in bin 0,1 there are 50 octets of 3 flows");
    weir_hist_release(&hist);
    read_hist(HEADER "5,6,2,30,3000\n", &hist);
    CHECK_STATUS(weir_generate_hist_check(&hist, WEIR_N_X, &x, &err), WEIR_FORMAT);
    CHECK_MESSAGE("length or size");
    weir_hist_release(&hist);
    read_hist(HEADER, &hist);
    CHECK_STATUS(weir_generate_hist_check(&hist, WEIR_N_X, &x, &err), WEIR_FORMAT);
    CHECK_MESSAGE("found none");
    weir_hist_release(&hist);
    read_hist(HEADER "5,6,4611686018427387905,4611686018427387905,5\n", &hist);
    CHECK_STATUS(weir_generate_hist_check(&hist, WEIR_N_X, &x, &err), WEIR_LIMIT);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

/* --- expansions --------------------------------------------------------------------------------
 */

#define RECORDS_MAX 200

static void check_expansion(const char *text, enum weir_hist_x x_value)
{
    struct weir_hist hist;
    struct weir_expand expand;
    uint64_t x[RECORDS_MAX], y[RECORDS_MAX], one_x = 0, one_y = 0;
    read_hist(text, &hist);
    CHECK_OK(weir_expand_init(&expand, &hist, x_value, false, &mem, &err));
    cr_assert(expand.n_records <= RECORDS_MAX);
    const size_t n = (size_t)expand.n_records;
    weir_expand_make(&expand, 0, n, NULL, NULL, x, y);
    size_t at = 0;
    for (size_t i = hist.n_bins; i-- > 0;) {
        const weir_u128 *sum = hist.sum + i * hist.n_columns;
        weir_u128 x_sum = 0, y_sum = 0;
        for (weir_u128 j = 0; j < sum[0]; j++, at++) {
            cr_assert(x[at] >= hist.bin_lo[i] && x[at] < hist.bin_hi[i], "record %zu: %g", at,
                      (double)x[at]);
            x_sum += x[at];
            y_sum += y[at];
        }
        cr_assert(x_sum == sum[x_value == WEIR_X_LENGTH ? 1 : 2]);
        cr_assert(y_sum == sum[x_value == WEIR_X_LENGTH ? 2 : 1]);
    }
    cr_assert_eq(at, n);
    for (at = 0; at < n; at++) {
        weir_expand_make(&expand, at, 1, NULL, NULL, &one_x, &one_y);
        cr_assert(one_x == x[at] && one_y == y[at], "record %zu by itself", at);
    }
    weir_expand_release(&expand);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

Test(generate, expansions_give_every_bin_back)
{
    check_expansion(lengths, WEIR_X_LENGTH);
    check_expansion(HEADER "40,64,9,9,401\n64,128,5,11,500\n128,256,7,3,1700\n", WEIR_X_SIZE);
    /* Every mean that 12 flows can have in a bin of 5. */
    for (int offsets = 0; offsets <= 48; offsets++) {
        char text[200];
        snprintf(text, sizeof text, HEADER "100,105,12,%d,%d\n", 1200 + offsets, 77777 + offsets);
        check_expansion(text, WEIR_X_LENGTH);
    }
}

/* Very many flows in a wide bin: sums that a double could not hold. */
Test(generate, expansions_are_exact_for_large_bins)
{
    struct weir_hist hist;
    struct weir_expand expand;
    const uint64_t begin = 4000000000000 - RECORDS_MAX;
    uint64_t x[RECORDS_MAX], y[RECORDS_MAX];
    read_hist(HEADER "4096,8192,4000000000000,22000000000000001,3000000000000000007\n", &hist);
    CHECK_OK(weir_expand_init(&expand, &hist, WEIR_X_LENGTH, false, &mem, &err));
    for (uint64_t from = 0; from <= begin; from += begin / 1000) {
        weir_expand_make(&expand, from, RECORDS_MAX, NULL, NULL, x, y);
        for (size_t i = 0; i < RECORDS_MAX; i++)
            cr_assert(x[i] >= 4096 && x[i] < 8192, "%g", (double)x[i]);
        cr_assert(x[RECORDS_MAX - 1] + 1 >= x[0]);
    }
    weir_expand_release(&expand);
    weir_hist_release(&hist);
}

/* --- models ------------------------------------------------------------------------------------
 */

static const char *const published[][2] = {{"all", "length"}, {"tcp", "length"}, {"udp", "length"},
                                           {"all", "size"},   {"tcp", "size"},   {"udp", "size"}};

/* The cdf at the ends of pieces, and half-way; and the chord of y against its curve. */
static void check_model(const struct weir_model *model, enum weir_hist_x x,
                        const struct weir_generate_table *table)
{
    double below = 0, worst = 0, worst_cdf = 0;
    for (size_t i = 0; i < table->sample.n; i++) {
        const struct weir_sample_piece *piece = &table->piece[i];
        const uint64_t middle = piece->lo + piece->width / 2;
        const double part = table->weight[i] * (double)(middle - piece->lo) / (double)piece->width;
        const double cdf = weir_mixture_cdf(&model->flows, (double)middle - 1);
        if (i > 0)
            worst_cdf = fmax(worst_cdf, fabs(below + part - cdf));
        below += table->weight[i];
        const double want = weir_model_y(model, x, middle);
        const double got = piece->base + piece->slope * (double)middle;
        if (table->weight[i] > 1e-15)
            worst = fmax(worst, fabs(got / want - 1));
    }
    cr_assert(worst_cdf < 1.01 * WEIR_MODEL_DEVIATION + 1e-12, "cdf off by %g", worst_cdf);
    cr_assert(worst < 2e-3, "y off by %g", worst);
    cr_assert(fabs(below - 1) < 1e-12, "%.17g in all", below);
}

Test(generate, models_become_pieces_that_follow_them)
{
    const char *reference = check_reference();
    char path[4200];
    if (reference == NULL)
        return;
    gsl_set_error_handler_off();
    weir_mem_init(&mem, SIZE_MAX);
    for (size_t m = 0; m < sizeof published / sizeof *published; m++) {
        struct weir_model model;
        struct weir_generate_table table;
        const enum weir_hist_x x =
            strcmp(published[m][1], "size") == 0 ? WEIR_X_SIZE : WEIR_X_LENGTH;
        snprintf(path, sizeof path, "%s/published/mixtures/%s/%s", reference, published[m][0],
                 published[m][1]);
        weir_model_init(&model, &mem);
        weir_generate_table_init(&table, &mem);
        CHECK_OK(weir_model_read(path, true, &model, &err));
        CHECK_OK(weir_generate_model_fill(&model, x, &table, &err));
        check_model(&model, x, &table);
        weir_generate_table_release(&table);
        weir_model_release(&model);
    }
    CHECK_NO_LEAK(&mem);
}

/* Mixtures that are no smooth curves: a jump, a gap, a peak narrower than any piece there, a tail
 * without a mean. */
Test(generate, models_of_any_kind)
{
    static const struct weir_component components[] = {
        {0.2, WEIR_UNIFORM, {0, 1}},          {0.2, WEIR_UNIFORM, {70000, 1000}},
        {0.2, WEIR_NORM, {1e9, 3}},           {0.2, WEIR_GAMMA, {0.3, 0, 500}},
        {0.2, WEIR_GENPARETO, {1.5, 10, 15}},
    };
    struct weir_model model;
    struct weir_generate_table table;
    gsl_set_error_handler_off();
    weir_mem_init(&mem, SIZE_MAX);
    weir_model_init(&model, &mem);
    weir_generate_table_init(&table, &mem);
    for (size_t k = 0; k < sizeof components / sizeof *components; k++)
        CHECK_OK(weir_mixture_add(&model.flows, &components[k], &err));
    CHECK_OK(weir_generate_model_fill(&model, WEIR_X_LENGTH, &table, &err));
    cr_assert(table.sample.n < 40000, "%zu pieces", table.sample.n);
    double below = 0;
    for (size_t i = 0; i < table.sample.n; i++) {
        const struct weir_sample_piece *piece = &table.piece[i];
        const double want = weir_mixture_cdf(&model.flows, (double)(piece->lo + piece->width - 1));
        below += table.weight[i];
        if (i + 1 < table.sample.n)
            cr_assert(fabs(below - want) < 1e-12, "at %g: %.17g instead of %.17g",
                      (double)piece->lo, below, want);
    }
    cr_assert(fabs(below - 1) < 1e-12);
    weir_generate_table_release(&table);
    weir_model_release(&model);
    CHECK_NO_LEAK(&mem);
}

static void make_pareto(double index, struct weir_model *model)
{
    const struct weir_component head = {0.9, WEIR_LOGNORM, {2, 0, 20}};
    const struct weir_component tail = {0.1, WEIR_GENPARETO, {index, 0, 1000}};
    struct weir_mixture *const parts[] = {&model->flows, &model->packets, &model->octets};
    weir_model_init(model, &mem);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        CHECK_OK(weir_mixture_add(parts[i], &head, &err));
        CHECK_OK(weir_mixture_add(parts[i], &tail, &err));
        parts[i]->sum = i == 2 ? 2000000 : 1000;
    }
}

/* Tails without a mean end where numbers do; the last piece has what is beyond, and the pieces of
 * flows alone, from which tables of the cdf are written, are the same. */
Test(generate, models_end_where_numbers_do)
{
    static const double indices[] = {0.9, 0.95, 1, 1.2, 1.5, 3};
    gsl_set_error_handler_off();
    weir_mem_init(&mem, SIZE_MAX);
    for (size_t i = 0; i < 2 * sizeof indices / sizeof *indices; i++) {
        const enum weir_hist_x x = i % 2 == 0 ? WEIR_X_LENGTH : WEIR_X_SIZE;
        struct weir_model model;
        struct weir_generate_table whole, alone;
        double total = 0;
        make_pareto(indices[i / 2], &model);
        weir_generate_table_init(&whole, &mem);
        weir_generate_table_init(&alone, &mem);
        CHECK_OK(weir_generate_model_fill(&model, x, &whole, &err));
        for (size_t k = 0; k < whole.sample.n; k++)
            total += whole.weight[k];
        cr_assert(fabs(total - 1) < 1e-12, "%.17g in all", total);
        const struct weir_sample_piece *last = &whole.piece[whole.sample.n - 1];
        const double end = (double)(last->lo + last->width - 1);
        const double y = last->base + last->slope * end;
        cr_assert(fmax(end, y) < 0x1p62 && (indices[i / 2] < 1 || fmax(end, y) > 0x1p61),
                  "%g up to %g, %g", indices[i / 2], end, y);
        weir_mixture_release(&model.packets);
        weir_mixture_release(&model.octets);
        CHECK_OK(weir_generate_model_fill(&model, x, &alone, &err));
        cr_assert_eq(alone.sample.n, whole.sample.n);
        for (size_t k = 0; k < alone.sample.n; k++)
            cr_assert(alone.piece[k].lo == whole.piece[k].lo && alone.weight[k] == whole.weight[k]);
        weir_generate_table_release(&whole);
        weir_generate_table_release(&alone);
        weir_model_release(&model);
    }
    CHECK_NO_LEAK(&mem);
}

/* --- records -----------------------------------------------------------------------------------
 */

#define N_RECORDS WEIR_BATCH_RECORDS

Test(generate, records_depend_on_their_number_alone)
{
    static struct weir_record_buffers all, some;
    struct weir_hist hist;
    struct weir_generate_table table;
    struct weir_kernels kernels;
    read_hist(lengths, &hist);
    weir_generate_table_init(&table, &mem);
    CHECK_OK(weir_generate_hist_fill(&hist, WEIR_X_LENGTH, false, &table, &err));
    CHECK_OK(weir_generate_table_finish(&table, &err));
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    const struct weir_generate_source source = {
        .table = &table.sample, .x = WEIR_X_LENGTH, .seed = 9};
    weir_record_fill(&source, &kernels, 100, N_RECORDS, &all);
    for (size_t from = 0; from < N_RECORDS; from = from * 2 + 1)
        for (size_t n = 1; from + n <= N_RECORDS; n = 3 * n + 1) {
            weir_record_fill(&source, &kernels, 100 + from, n, &some);
            cr_assert(memcmp(some.packets, all.packets + from, n * sizeof *all.packets) == 0);
            cr_assert(memcmp(some.octets, all.octets + from, n * sizeof *all.octets) == 0);
        }
    weir_generate_table_release(&table);
    weir_hist_release(&hist);
}

/* Sum of the products of two lists of places in (-0.5, 0.5), in standard errors of independence. */
static double correlation(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum * 12 / sqrt((double)n);
}

static void check_independent(const double *a, const double *b, size_t n, const char *what)
{
    const double z = correlation(a, b, n);
    cr_assert(n > 3000 && fabs(z) < 4.9, "%s: %g standard errors with %zu", what, z, n);
}

/* Components of a mixture have no random numbers in common: where in its component a record lies
 * tells nothing of the record before it, of the same component or the other, nor of the record of
 * the same rank in the other component. */
Test(generate, components_are_independent)
{
    enum { N = 4 * WEIR_BATCH_RECORDS };
    static const struct weir_component components[] = {{0.5, WEIR_UNIFORM, {1e6, 1e6}},
                                                       {0.5, WEIR_UNIFORM, {1e9, 1e9}}};
    static struct weir_record_buffers buffers;
    static double of[2][N], before[N], after[N], previous[N], next[N];
    size_t n_of[2] = {0}, n_same = 0, n_other = 0;
    struct weir_model model;
    struct weir_generate_table table;
    struct weir_kernels kernels;
    weir_mem_init(&mem, SIZE_MAX);
    weir_kernels_choose(weir_cpu_detect(), &kernels);
    weir_model_init(&model, &mem);
    weir_generate_table_init(&table, &mem);
    for (size_t k = 0; k < 2; k++)
        CHECK_OK(weir_mixture_add(&model.flows, &components[k], &err));
    CHECK_OK(weir_generate_model_fill(&model, WEIR_X_LENGTH, &table, &err));
    CHECK_OK(weir_generate_table_finish(&table, &err));
    const struct weir_generate_source source = {
        .table = &table.sample, .x = WEIR_X_LENGTH, .seed = 5};
    double place = 0;
    int k = -1;
    for (uint64_t at = 0; at < N; at++) {
        if (at % WEIR_BATCH_RECORDS == 0)
            weir_record_fill(&source, &kernels, at, WEIR_BATCH_RECORDS, &buffers);
        const double x = (double)buffers.packets[at % WEIR_BATCH_RECORDS];
        const int last = k;
        const double last_place = place;
        k = x >= 1e9;
        place = (x - components[k].parameter[0]) / components[k].parameter[1] - 0.5;
        of[k][n_of[k]++] = place;
        if (last == k) {
            before[n_same] = last_place;
            after[n_same++] = place;
        } else if (last >= 0) {
            previous[n_other] = last_place;
            next[n_other++] = place;
        }
    }
    check_independent(before, after, n_same, "neighbours of a component");
    check_independent(previous, next, n_other, "neighbours of both components");
    check_independent(of[0], of[1], n_of[0] < n_of[1] ? n_of[0] : n_of[1], "equal ranks");
    weir_generate_table_release(&table);
    weir_model_release(&model);
    CHECK_NO_LEAK(&mem);
}

Test(generate, every_request_for_memory_may_fail)
{
    struct weir_hist hist;
    struct weir_generate_table table;
    struct weir_expand expand;
    read_hist(lengths, &hist);
    for (long long n = 0;; n++) {
        weir_mem_fail_after(&mem, n);
        weir_generate_table_init(&table, &mem);
        enum weir_status status =
            weir_generate_hist_fill(&hist, WEIR_X_LENGTH, false, &table, &err);
        if (status == WEIR_OK)
            status = weir_generate_table_finish(&table, &err);
        if (status == WEIR_OK)
            status = weir_expand_init(&expand, &hist, WEIR_X_LENGTH, false, &mem, &err);
        weir_generate_table_release(&table);
        if (status == WEIR_OK)
            break;
        cr_assert(status == WEIR_MEMORY && n < 10, "request %lld", n);
    }
    weir_mem_fail_after(&mem, -1);
    weir_expand_release(&expand);
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}
