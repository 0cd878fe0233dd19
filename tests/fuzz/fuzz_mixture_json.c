/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtures as JSON: parsed, mapped and from a pipe; what is good is written and read again. */
#include "fuzz.h"
#include "mixture_json.h"

#include <string.h>
#include <unistd.h>

struct answer {
    enum weir_status status;
    struct weir_error err;
    struct weir_mixture mixture;
};

static void check_equal(const struct weir_mixture *a, const struct weir_mixture *b,
                        const char *what)
{
    FUZZ_REQUIRE(a->n_components == b->n_components, "%s: other sizes", what);
    FUZZ_REQUIRE(a->has_sum == b->has_sum && a->sum == b->sum, "%s: other sums", what);
    for (size_t k = 0; k < a->n_components; k++) {
        const struct weir_component *x = &a->component[k];
        const struct weir_component *y = &b->component[k];
        FUZZ_REQUIRE(x->kind == y->kind, "%s: other kinds", what);
        FUZZ_REQUIRE(memcmp(&x->weight, &y->weight, sizeof x->weight) == 0, "%s: other weights",
                     what);
        FUZZ_REQUIRE(memcmp(x->parameter, y->parameter,
                            weir_kind_parameters(x->kind) * sizeof *x->parameter) == 0,
                     "%s: other parameters", what);
    }
}

/* Reads the same bytes through a descriptor; names of descriptors differ, so messages do. */
static void read_descriptor(int fd, struct weir_mem *mem, const struct answer *want)
{
    char path[64];
    struct answer got = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    weir_mixture_init(&got.mixture, mem);
    got.status = weir_mixture_json_read(path, &got.mixture, &got.err);
    close(fd);
    fuzz_check_status(got.status, &got.err);
    FUZZ_REQUIRE(got.status == want->status, "%s, then %s", want->err.message, got.err.message);
    if (got.status == WEIR_OK)
        check_equal(&want->mixture, &got.mixture, path);
    weir_mixture_release(&got.mixture);
}

static void read_without_memory(const uint8_t *data, size_t n, struct weir_mem *mem)
{
    struct answer got = {0};
    weir_mixture_init(&got.mixture, mem);
    weir_mem_fail_after(mem, (long long)(fuzz_hash(data, n) & 3));
    got.status = weir_mixture_json_parse("input", (const char *)data, n, &got.mixture, &got.err);
    fuzz_check_status(got.status, &got.err);
    weir_mem_fail_after(mem, -1);
    weir_mixture_release(&got.mixture);
}

/* What was read can be written, and comes back the same. */
static void write_and_read(const struct answer *want, struct weir_mem *mem)
{
    char path[64];
    struct weir_error err = {{0}};
    struct weir_output *output = NULL;
    struct weir_mixture again;
    snprintf(path, sizeof path, "/tmp/weir-fuzz-mixture.%ld", (long)getpid());
    weir_mixture_init(&again, mem);
    enum weir_status status = weir_output_create(path, false, mem, &output, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    status = weir_mixture_json_write(&want->mixture, output, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    status = weir_output_commit(output, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    status = weir_mixture_json_read(path, &again, &err);
    FUZZ_REQUIRE(status == WEIR_OK, "%s", err.message);
    check_equal(&want->mixture, &again, "written and read");
    weir_mixture_release(&again);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct weir_mem mem;
    struct answer want = {0};
    weir_mem_init(&mem, SIZE_MAX);
    weir_mixture_init(&want.mixture, &mem);
    want.status = weir_mixture_json_parse("input", (const char *)data, n, &want.mixture, &want.err);
    fuzz_check_status(want.status, &want.err);
    FUZZ_REQUIRE(want.status == WEIR_OK || want.status == WEIR_FORMAT, "%s", want.err.message);
    if (want.status == WEIR_OK) {
        FUZZ_REQUIRE(weir_mixture_weight(&want.mixture) > 0, "no weight");
        write_and_read(&want, &mem);
    }
    read_descriptor(fuzz_file(data, n), &mem, &want);
    if (n <= FUZZ_STREAM_BYTES_MAX)
        read_descriptor(fuzz_pipe(data, n), &mem, &want);
    read_without_memory(data, n, &mem);
    weir_mixture_release(&want.mixture);
    fuzz_check_no_leak(&mem);
    return 0;
}
