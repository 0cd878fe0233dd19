/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global options and environment. */
#include "check.h"
#include "global.h"
#include "log.h"
#include "par.h"

static char directory[256];
static struct weir_run run;
static struct weir_error err;
static char last_log[256];

static void keep_line(enum weir_log_level level, const char *text, void *context)
{
    (void)context;
    snprintf(last_log, sizeof last_log, "%s: %s", level == WEIR_LOG_NOTE ? "note" : "warning",
             text);
}

static void begin(void)
{
    check_enter_directory(directory, sizeof directory);
    unsetenv("WEIR_CPU");
    unsetenv("WEIR_FAIL_ALLOC");
    unsetenv("TMPDIR");
    weir_log_install(keep_line, NULL);
    CHECK_OK(weir_global_begin(&run, &err));
}

static void end(void)
{
    CHECK_NO_LEAK(&run.mem);
    check_leave_directory(directory);
}

TestSuite(global, .init = begin, .fini = end);

Test(global, defaults)
{
    const struct weir_global global = {0};
    CHECK_OK(weir_global_apply(&global, &run, &err));
    cr_assert(run.n_threads == weir_par_default_threads());
    cr_assert(run.cpu == weir_cpu_detect() && run.kernels.select != NULL);
    cr_assert(run.mem.limit_bytes == weir_mem_default_limit_bytes());
    cr_assert(run.scratch == NULL && run.sync && !run.log_json && !run.quiet);
    cr_assert_str_eq(last_log, "");
}

Test(global, given)
{
    const struct weir_global global = {.threads = 5,
                                       .memory_bytes = WEIR_MEMORY_LEAST_BYTES,
                                       .memory_given = true,
                                       .scratch = directory,
                                       .no_sync = true,
                                       .log = 1,
                                       .progress = true};
    CHECK_OK(weir_global_apply(&global, &run, &err));
#ifdef _OPENMP
    cr_assert(run.n_threads == 5);
#else
    cr_assert(run.n_threads == 1);
#endif
    cr_assert(run.mem.limit_bytes == WEIR_MEMORY_LEAST_BYTES);
    cr_assert(run.scratch == directory && !run.sync && run.log_json && run.progress);
}

Test(global, quiet_means_no_progress)
{
    const struct weir_global global = {.quiet = true, .progress = true};
    CHECK_OK(weir_global_apply(&global, &run, &err));
    cr_assert(run.quiet && !run.progress);
}

Test(global, too_little_memory)
{
    const struct weir_global global = {.memory_bytes = WEIR_MEMORY_LEAST_BYTES - 1,
                                       .memory_given = true};
    CHECK_STATUS(weir_global_apply(&global, &run, &err), WEIR_USAGE);
    CHECK_MESSAGE("option --memory: expected at least 64M");
    CHECK_MESSAGE("found 67108863 bytes");
}

Test(global, scratch)
{
    check_write_file("file", "x", 1);
    struct weir_global global = {.scratch = "nowhere"};
    CHECK_STATUS(weir_global_apply(&global, &run, &err), WEIR_USAGE);
    CHECK_MESSAGE("option --scratch: nowhere: No such file or directory");
    global.scratch = "file";
    CHECK_STATUS(weir_global_apply(&global, &run, &err), WEIR_USAGE);
    CHECK_MESSAGE("option --scratch: file");
    global.scratch = NULL;
    setenv("TMPDIR", directory, 1);
    CHECK_OK(weir_global_apply(&global, &run, &err));
    cr_assert_str_eq(run.scratch, directory);
    setenv("TMPDIR", "/no/such/directory", 1);
    CHECK_OK(weir_global_apply(&global, &run, &err));
    cr_assert(run.scratch == NULL);
    cr_assert(strstr(last_log, "warning: TMPDIR: /no/such/directory") != NULL, "%s", last_log);
    unsetenv("TMPDIR");
}

Test(global, cpu_levels)
{
    const struct weir_global global = {0};
    for (int level = 0; level < WEIR_N_CPUS; level++) {
        setenv("WEIR_CPU", weir_cpu_name((enum weir_cpu)level), 1);
        const bool supported = level <= (int)weir_cpu_detect();
        CHECK_STATUS(weir_global_apply(&global, &run, &err), supported ? WEIR_OK : WEIR_USAGE);
        if (supported)
            cr_assert(run.cpu == (enum weir_cpu)level);
        else
            CHECK_MESSAGE("WEIR_CPU: this processor and build support no level above");
    }
    setenv("WEIR_CPU", "sse9", 1);
    CHECK_STATUS(weir_global_apply(&global, &run, &err), WEIR_USAGE);
    CHECK_MESSAGE("WEIR_CPU: expected ref, avx2 or avx512, but found \"sse9\"");
    setenv("WEIR_CPU", "", 1);
    CHECK_OK(weir_global_apply(&global, &run, &err));
    cr_assert(run.cpu == weir_cpu_detect());
}

Test(global, planned_allocation_failures)
{
    setenv("WEIR_FAIL_ALLOC", "1", 1);
    CHECK_OK(weir_global_begin(&run, &err));
    void *first = weir_mem_alloc(&run.mem, 10);
    cr_assert(first != NULL && weir_mem_alloc(&run.mem, 10) == NULL);
    weir_mem_free(&run.mem, first);
    static const char *const bad[] = {"x", "-1", "1 ", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("WEIR_FAIL_ALLOC", bad[i], 1);
        CHECK_STATUS(weir_global_begin(&run, &err), WEIR_USAGE);
        CHECK_MESSAGE("WEIR_FAIL_ALLOC: expected a count, but found");
    }
}
