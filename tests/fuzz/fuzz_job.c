/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job files: read, checked and planned beside inputs without records; never run. */
#include "fuzz.h"
#include "job.h"
#include "kernel.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory with inputs and a job file, entered at the first call and removed at exit. */
static char directory[64];

static void leave(void)
{
    static const char *const files[] = {"job.yaml", "in/1.csv", "in/2.csv"};
    if (chdir(directory) != 0)
        return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)unlink(files[i]);
    (void)rmdir("in");
    if (chdir("/") == 0)
        (void)rmdir(directory);
}

static void write_file(const char *path, const uint8_t *data, size_t n)
{
    FILE *file = fopen(path, "wb");
    FUZZ_REQUIRE(file != NULL, "%s", path);
    FUZZ_REQUIRE(n == 0 || fwrite(data, 1, n, file) == n, "%s", path);
    FUZZ_REQUIRE(fclose(file) == 0, "%s", path);
}

static void enter(void)
{
    snprintf(directory, sizeof directory, "/tmp/weir-fuzz-job.XXXXXX");
    FUZZ_REQUIRE(mkdtemp(directory) != NULL && chdir(directory) == 0, "no directory");
    FUZZ_REQUIRE(mkdir("in", 0700) == 0, "no directory");
    write_file("in/1.csv", NULL, 0);
    write_file("in/2.csv", NULL, 0);
    atexit(leave);
}

/* A complaint begins with place and kind and ends with a newline; a failure comes with one. */
static void check_complaints(enum weir_status status, const char *text, size_t n)
{
    FUZZ_REQUIRE(n == 0 || text[n - 1] == '\n', "%s", text);
    FUZZ_REQUIRE(status != WEIR_USAGE || n > 0, "refused without a complaint");
    FUZZ_REQUIRE(n == 0 || strncmp(text, "job.yaml:", 9) == 0, "%s", text);
    FUZZ_REQUIRE(memchr(text, '\0', n) == NULL, "a complaint with a null character");
}

static enum weir_status open_job(struct weir_run *run)
{
    struct weir_error err = {{0}};
    struct weir_job *job = NULL;
    char *complaints = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&complaints, &n);
    FUZZ_REQUIRE(out != NULL, "no memory");
    const struct weir_job_request request = {.path = "job.yaml", .complaints = out};
    const enum weir_status status = weir_job_open(&request, run, &job, &err);
    fuzz_check_status(status, &err);
    FUZZ_REQUIRE((status == WEIR_OK) == (job != NULL), "%s", err.message);
    if (status == WEIR_OK) {
        const enum weir_status planned = weir_job_print_plan(job, out, &err);
        fuzz_check_status(planned, &err); /* memory, or a path that is too long for a manifest */
        FUZZ_REQUIRE(planned != WEIR_USAGE && planned != WEIR_FORMAT, "%s", err.message);
        FUZZ_REQUIRE(weir_job_check_apart(job, job, &err) == WEIR_USAGE, "two jobs in one place");
        weir_job_close(job);
    }
    fclose(out);
    if (status != WEIR_OK)
        check_complaints(status, complaints, n);
    free(complaints);
    fuzz_check_no_leak(&run->mem);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct weir_run run = {.n_threads = 1, .quiet = true};
    if (directory[0] == '\0')
        enter();
    write_file("job.yaml", data, n);
    weir_mem_init(&run.mem, (size_t)256 << 20);
    weir_kernels_choose(run.cpu, &run.kernels);
    const enum weir_status status = open_job(&run);
    weir_mem_fail_after(&run.mem, (long long)(fuzz_hash(data, n) & 15));
    const enum weir_status again = open_job(&run);
    FUZZ_REQUIRE(again == status || again == WEIR_MEMORY, "%s, then %s", weir_status_name(status),
                 weir_status_name(again));
    return 0;
}
