/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histograms as text: parsed, mapped and from a pipe; what is good is written and read again. */
#include "fuzz.h"
#include "hist_csv.h"

#include <string.h>
#include <unistd.h>

struct answer {
    enum weir_status status;
    struct weir_error err;
    struct weir_hist hist;
};

static void check_equal(const struct weir_hist *a, const struct weir_hist *b, const char *what)
{
    FUZZ_REQUIRE(a->n_bins == b->n_bins && a->n_columns == b->n_columns, "%s: other sizes", what);
    for (size_t c = 0; c < a->n_columns; c++)
        FUZZ_REQUIRE(strcmp(a->column_name[c], b->column_name[c]) == 0, "%s: other sums", what);
    if (a->n_bins == 0)
        return;
    const size_t bytes = a->n_bins * sizeof *a->bin_lo;
    FUZZ_REQUIRE(memcmp(a->bin_lo, b->bin_lo, bytes) == 0, "%s: other bins", what);
    FUZZ_REQUIRE(memcmp(a->bin_hi, b->bin_hi, bytes) == 0, "%s: other bins", what);
    FUZZ_REQUIRE(memcmp(a->sum, b->sum, a->n_columns * bytes) == 0, "%s: other sums", what);
}

static void check_order(const struct weir_hist *hist)
{
    for (size_t i = 0; i < hist->n_bins; i++) {
        FUZZ_REQUIRE(hist->bin_lo[i] < hist->bin_hi[i], "bin %zu", i);
        FUZZ_REQUIRE(i == 0 || hist->bin_hi[i - 1] <= hist->bin_lo[i], "bin %zu", i);
        FUZZ_REQUIRE(hist->sum[i * hist->n_columns] > 0, "bin %zu", i);
    }
}

/* Reads the same bytes through a descriptor; names of descriptors differ, so messages do. */
static void read_descriptor(int fd, struct weir_mem *mem, const struct answer *want)
{
    char path[64];
    struct answer got = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    weir_hist_init(&got.hist, mem);
    got.status = weir_hist_csv_read(path, &got.hist, &got.err);
    close(fd);
    fuzz_check_status(got.status, &got.err);
    FUZZ_REQUIRE(got.status == want->status, "%s, then %s", want->err.message, got.err.message);
    if (got.status == WEIR_OK)
        check_equal(&want->hist, &got.hist, path);
    weir_hist_release(&got.hist);
}

static void read_without_memory(const uint8_t *data, size_t n, struct weir_mem *mem)
{
    struct answer got = {0};
    weir_hist_init(&got.hist, mem);
    weir_mem_fail_after(mem, (long long)(fuzz_hash(data, n) & 3));
    got.status = weir_hist_csv_parse("input", (const char *)data, n, &got.hist, &got.err);
    fuzz_check_status(got.status, &got.err);
    weir_mem_fail_after(mem, -1);
    weir_hist_release(&got.hist);
}

/* What was read can be written, and comes back the same. */
static void write_and_read(const struct answer *want, struct weir_mem *mem)
{
    char path[64];
    struct weir_error err = {{0}};
    struct weir_output *output = NULL;
    struct weir_hist again;
    snprintf(path, sizeof path, "/tmp/weir-fuzz-hist.%ld", (long)getpid());
    weir_hist_init(&again, mem);
    enum weir_status status = weir_output_create(path, false, mem, &output, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    status = weir_hist_csv_write(&want->hist, output, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    status = weir_output_commit(output, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    status = weir_hist_csv_read(path, &again, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    check_equal(&want->hist, &again, "written and read");
    weir_hist_release(&again);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct weir_mem mem;
    struct answer want = {0};
    weir_mem_init(&mem, SIZE_MAX);
    weir_hist_init(&want.hist, &mem);
    want.status = weir_hist_csv_parse("input", (const char *)data, n, &want.hist, &want.err);
    fuzz_check_status(want.status, &want.err);
    FUZZ_REQUIRE(want.status == WEIR_OK || want.status == WEIR_FORMAT, "%s", want.err.message);
    FUZZ_REQUIRE(want.status != WEIR_OK || weir_hist_csv_detect((const char *)data, n),
                 "read, but not detected");
    if (want.status == WEIR_OK) {
        check_order(&want.hist);
        write_and_read(&want, &mem);
    }
    read_descriptor(fuzz_file(data, n), &mem, &want);
    if (n <= FUZZ_STREAM_BYTES_MAX)
        read_descriptor(fuzz_pipe(data, n), &mem, &want);
    read_without_memory(data, n, &mem);
    weir_hist_release(&want.hist);
    fuzz_check_no_leak(&mem);
    return 0;
}
