/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hist: the rule of bins against repeated halving and against published histograms; storage. */
#include "check.h"
#include "hist.h"

#include <inttypes.h>

static void check_bin(weir_u128 x, unsigned bin_exp)
{
    weir_u128 width = 1;
    for (weir_u128 y = x; bin_exp != 0 && y >= (weir_u128)1 << bin_exp; y /= 2)
        width *= 2;
    weir_u128 lo = 0;
    weir_u128 hi = 0;
    weir_hist_bin(x, bin_exp, &lo, &hi);
    char text[WEIR_NUMBER_CAPACITY];
    cr_assert(lo == x / width * width && hi == lo + width, "%s for b = %u",
              weir_number_text_u128(text, x), bin_exp);
}

Test(hist, bin_follows_the_rule)
{
    for (unsigned bin_exp = 0; bin_exp < 64; bin_exp++)
        for (unsigned bit = 0; bit < 100; bit++)
            for (unsigned less = 0; less < 4; less++)
                for (weir_u128 around = 0; around < 3; around++)
                    check_bin(((weir_u128)1 << bit) - ((weir_u128)1 << bit >> less) + around,
                              bin_exp);
    for (unsigned bin_exp = 0; bin_exp < 64; bin_exp++)
        for (weir_u128 x = 0; x < 5000; x += 7)
            check_bin(x, bin_exp);
}

static void set_columns(struct weir_hist *hist)
{
    hist->n_columns = 3;
    hist->column_name[0] = "flows";
    hist->column_name[1] = "packets";
    hist->column_name[2] = "octets";
}

Test(hist, sums_refuse_to_wrap)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    struct weir_hist hist;
    weir_mem_init(&mem, SIZE_MAX);
    weir_hist_init(&hist, &mem);
    set_columns(&hist);
    CHECK_OK(weir_hist_reserve(&hist, 2, &err));
    cr_assert(hist.capacity >= 2);
    hist.n_bins = 2;
    hist.bin_lo[1] = 4096;
    memset(hist.sum, 0, 6 * sizeof *hist.sum);
    CHECK_OK(weir_hist_add_sum(&hist, 1, 2, WEIR_U128_MAX - 1, &err));
    CHECK_OK(weir_hist_add_sum(&hist, 1, 2, 1, &err));
    cr_assert(hist.sum[5] == WEIR_U128_MAX && hist.sum[4] == 0);
    CHECK_STATUS(weir_hist_add_sum(&hist, 1, 2, 1, &err), WEIR_LIMIT);
    CHECK_MESSAGE("octets");
    CHECK_MESSAGE("4096");
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
    struct weir_hist zeroed = {0};
    weir_hist_release(&zeroed);
}

Test(hist, keeps_its_bins_when_memory_ends)
{
    struct weir_error err = {0};
    for (long long n = 0; n < 20; n++) {
        struct weir_mem mem;
        struct weir_hist hist;
        weir_mem_init(&mem, SIZE_MAX);
        weir_hist_init(&hist, &mem);
        set_columns(&hist);
        weir_mem_fail_after(&mem, n);
        enum weir_status status = WEIR_OK;
        while (status == WEIR_OK && hist.n_bins < 500) {
            status = weir_hist_reserve(&hist, hist.n_bins + 1, &err);
            if (status == WEIR_OK)
                hist.bin_lo[hist.n_bins] = hist.sum[hist.n_bins * 3 + 2] = hist.n_bins;
            hist.n_bins += status == WEIR_OK;
        }
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY);
        for (size_t i = 0; i < hist.n_bins; i++)
            cr_assert(hist.bin_lo[i] == i && hist.sum[i * 3 + 2] == i);
        weir_hist_release(&hist);
        CHECK_NO_LEAK(&mem);
    }
    struct weir_mem mem;
    struct weir_hist hist;
    weir_mem_init(&mem, 4096);
    weir_hist_init(&hist, &mem);
    set_columns(&hist);
    CHECK_STATUS(weir_hist_reserve(&hist, SIZE_MAX / 2, &err), WEIR_MEMORY);
    CHECK_STATUS(weir_hist_reserve(&hist, 1000, &err), WEIR_MEMORY);
    CHECK_MESSAGE("--bin-exp");
    weir_hist_release(&hist);
    CHECK_NO_LEAK(&mem);
}

/* --- published histograms -------------------------------------------------------------------- */

struct line {
    uint64_t lo, hi, sum[3];
};

static bool read_line(FILE *file, struct line *line)
{
    return fscanf(file, "%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 "\n", &line->lo,
                  &line->hi, &line->sum[0], &line->sum[1], &line->sum[2]) == 5;
}

static FILE *open_csv(const char *reference, const char *name)
{
    char path[4096];
    char header[200];
    snprintf(path, sizeof path, "%s/published/histograms/%s", reference, name);
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL && fgets(header, sizeof header, file) != NULL, "%s", path);
    return file;
}

static void check_rebinned(const char *reference, const char *fine_name, const char *coarse_name)
{
    FILE *fine = open_csv(reference, fine_name);
    FILE *coarse = open_csv(reference, coarse_name);
    struct line line = {0};
    struct line sum = {0};
    struct line want = {0};
    size_t n_bins = 0;
    bool more = read_line(fine, &line);
    while (more) {
        weir_u128 lo = 0;
        weir_u128 hi = 0;
        weir_hist_bin(line.lo, 12, &lo, &hi);
        sum = (struct line){.lo = (uint64_t)lo, .hi = (uint64_t)hi};
        while (more && line.lo < sum.hi) {
            for (size_t c = 0; c < 3; c++)
                sum.sum[c] += line.sum[c];
            more = read_line(fine, &line);
        }
        cr_assert(read_line(coarse, &want) && memcmp(&sum, &want, sizeof sum) == 0,
                  "%s: bin at %" PRIu64, coarse_name, sum.lo);
        n_bins++;
    }
    cr_assert(!read_line(coarse, &want) && n_bins > 1000);
    fclose(fine);
    fclose(coarse);
}

Test(hist, published_bins)
{
    const char *reference = check_reference();
    if (reference == NULL)
        return;
    check_rebinned(reference, "all/length_b0.csv", "all/length.csv");
    check_rebinned(reference, "tcp/length_b0.csv", "tcp/length.csv");
    check_rebinned(reference, "udp/length_b0.csv", "udp/length.csv");
    check_rebinned(reference, "udp/size_b0.csv", "udp/size.csv");
}

static struct weir_mem sums_mem;
static struct weir_error err;

static void set_bins(struct weir_hist *hist, size_t n, const uint64_t (*bins)[3])
{
    weir_hist_init(hist, &sums_mem);
    hist->n_columns = 1;
    hist->column_name[0] = "flows";
    CHECK_OK(weir_hist_reserve(hist, n, &err));
    for (size_t i = 0; i < n; i++) {
        hist->bin_lo[i] = bins[i][0];
        hist->bin_hi[i] = bins[i][1];
        hist->sum[i] = bins[i][2];
    }
    hist->n_bins = n;
}

static void check_bins(const struct weir_hist *hist, size_t n, const uint64_t (*bins)[3])
{
    cr_assert(hist->n_bins == n, "%zu instead of %zu bins", hist->n_bins, n);
    for (size_t i = 0; i < n; i++)
        cr_assert(hist->bin_lo[i] == bins[i][0] && hist->bin_hi[i] == bins[i][1] &&
                      hist->sum[i] == bins[i][2],
                  "bin %zu", i);
}

Test(hist, sums_of_histograms_interleave_and_add)
{
    const uint64_t a[3][3] = {{0, 1, 5}, {4, 6, 7}, {8, 12, 1}};
    const uint64_t b[4][3] = {{1, 2, 3}, {4, 6, 10}, {6, 8, 2}, {64, 128, 9}};
    const uint64_t want[6][3] = {{0, 1, 5}, {1, 2, 3},  {4, 6, 17},
                                 {6, 8, 2}, {8, 12, 1}, {64, 128, 9}};
    struct weir_hist total;
    struct weir_hist part;
    weir_mem_init(&sums_mem, SIZE_MAX);
    weir_hist_init(&total, &sums_mem);
    set_bins(&part, 3, a);
    CHECK_OK(weir_hist_add_hist(&total, &part, &err));
    check_bins(&total, 3, a);
    weir_hist_release(&part);
    set_bins(&part, 4, b);
    CHECK_OK(weir_hist_add_hist(&total, &part, &err));
    check_bins(&total, 6, want);
    part.bin_hi[1] = 5; /* the same lower edge, another upper one */
    CHECK_STATUS(weir_hist_add_hist(&total, &part, &err), WEIR_FORMAT);
    CHECK_MESSAGE("[4, 5)");
    part.bin_hi[1] = 6;
    part.column_name[0] = "octets";
    CHECK_STATUS(weir_hist_add_hist(&total, &part, &err), WEIR_FORMAT);
    CHECK_MESSAGE("(flows)");
    weir_hist_release(&part);
    weir_hist_release(&total);
    CHECK_NO_LEAK(&sums_mem);
}

Test(hist, bins_become_coarser_or_are_refused)
{
    const uint64_t fine[6][3] = {{0, 1, 1}, {3, 4, 2}, {4, 5, 3},
                                 {5, 6, 4}, {8, 9, 5}, {15, 16, 6}};
    const uint64_t coarse[4][3] = {{0, 1, 1}, {3, 4, 2}, {4, 6, 7}, {8, 12, 5}};
    struct weir_hist hist;
    weir_mem_init(&sums_mem, SIZE_MAX);
    set_bins(&hist, 5, fine);
    CHECK_OK(weir_hist_rebin(&hist, 2, &err));
    check_bins(&hist, 4, coarse);
    CHECK_OK(weir_hist_rebin(&hist, 2, &err));
    check_bins(&hist, 4, coarse);
    CHECK_STATUS(weir_hist_rebin(&hist, 3, &err), WEIR_LIMIT);
    CHECK_MESSAGE("exponent 3, but found [4, 6)");
    weir_hist_release(&hist);
    set_bins(&hist, 6, fine);
    hist.sum[2] = WEIR_U128_MAX;
    CHECK_STATUS(weir_hist_rebin(&hist, 1, &err), WEIR_LIMIT);
    CHECK_MESSAGE("2^128");
    weir_hist_release(&hist);
}
