/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global options and environment, and the resources that they stand for. */
#include "global.h"

#include "log.h"
#include "number.h"
#include "par.h"
#include "path.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct weir_option rows[] = {
    {.name = "threads",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(struct weir_global, threads),
     .least = 1,
     .most = WEIR_THREADS_MAX,
     .value = "N",
     .help = "number of threads; as many as the CPUs that the process may use when not given"},
    {.name = "memory",
     .kind = WEIR_OPTION_SIZE,
     .offset = offsetof(struct weir_global, memory_bytes),
     .given_offset = offsetof(struct weir_global, memory_given),
     .value = "SIZE",
     .help = "memory budget of the process, such as 512M or 8G, at least 64M; half of the memory "
             "that machine and cgroup allow when not given"},
    {.name = "scratch",
     .kind = WEIR_OPTION_TEXT,
     .offset = offsetof(struct weir_global, scratch),
     .value = "DIR",
     .help = "directory for what does not fit into memory; $TMPDIR when not given"},
    {.name = "no-sync",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct weir_global, no_sync),
     .help = "do not wait until outputs have reached the disk"},
    {.name = "log",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct weir_global, log),
     .initial = "text",
     .choices = "text|json",
     .value = "FORM",
     .help = "how reports, warnings and errors are written to standard error"},
    {.name = "progress",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct weir_global, progress),
     .help = "show progress even where standard error is no terminal"},
    {.name = "quiet",
     .letter = 'q',
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct weir_global, quiet),
     .help = "no end report, no notes, no progress; warnings and errors stay"},
    {.name = "version",
     .kind = WEIR_OPTION_FLAG,
     .offset = offsetof(struct weir_global, version),
     .help = "show version, build and kernel variants (as weir version)"},
    {0},
};

const struct weir_option_group weir_global_options = {.title = "Global options", .rows = rows};

const struct weir_global_variable weir_global_variables[] = {
    {"TMPDIR", "The directory for what does not fit into memory, unless --scratch names one."},
    {"WEIR_CPU",
     "The most that kernels may use of the processor: ref (plain C), avx2 or avx512. By "
     "default they use what it has. Results are the same."},
    {"TERM", "No progress is shown where it is dumb or not set, unless --progress asks for it."},
    {0},
};

enum weir_status weir_global_begin(struct weir_run *run, struct weir_error *err)
{
    weir_mem_init(&run->mem, SIZE_MAX);
    const char *text = getenv("WEIR_FAIL_ALLOC");
    if (text == NULL || *text == '\0')
        return WEIR_OK;
    int64_t n = 0;
    if (!weir_number_parse_i64(text, strlen(text), &n) || n < 0)
        return weir_error_set(err, WEIR_USAGE,
                              "WEIR_FAIL_ALLOC: expected a count, but found \"%s\"", text);
    weir_mem_fail_after(&run->mem, n);
    return WEIR_OK;
}

static bool is_capable_terminal(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

void weir_global_apply_style(const struct weir_global *global, struct weir_run *run)
{
    run->log_json = global->log == 1;
    run->quiet = global->quiet;
    run->progress = !run->quiet && (global->progress || (!run->log_json && is_capable_terminal()));
}

static enum weir_status choose_cpu(struct weir_run *run, struct weir_error *err)
{
    const enum weir_cpu best = weir_cpu_detect();
    const char *name = getenv("WEIR_CPU");
    run->cpu = best;
    if (name != NULL && *name != '\0') {
        if (!weir_cpu_find(name, &run->cpu))
            return weir_error_set(err, WEIR_USAGE,
                                  "WEIR_CPU: expected ref, avx2 or avx512, but found \"%s\"", name);
        if (run->cpu > best)
            return weir_error_set(err, WEIR_USAGE,
                                  "WEIR_CPU: this processor and build support no level above %s, "
                                  "but found \"%s\"",
                                  weir_cpu_name(best), name);
    }
    weir_kernels_choose(run->cpu, &run->kernels);
    return WEIR_OK;
}

static enum weir_status choose_scratch(const struct weir_global *global, struct weir_run *run,
                                       struct weir_error *err)
{
    run->scratch = global->scratch;
    if (run->scratch != NULL) {
        if (access(run->scratch, W_OK | X_OK) != 0)
            return weir_error_errno(err, WEIR_USAGE, errno, "option --scratch: %s", run->scratch);
        if (!weir_path_is_directory(run->scratch))
            return weir_error_set(err, WEIR_USAGE, "option --scratch: %s: not a directory",
                                  run->scratch);
        return WEIR_OK;
    }
    const char *path = getenv("TMPDIR");
    if (path == NULL || *path == '\0')
        return WEIR_OK;
    if (weir_path_is_directory(path))
        run->scratch = path;
    else
        weir_log(WEIR_LOG_WARNING, "TMPDIR: %s is not a directory and will not be used", path);
    return WEIR_OK;
}

static enum weir_status choose_threads(const struct weir_global *global, struct weir_run *run)
{
    run->n_threads = global->threads != 0 ? (int)global->threads : weir_par_default_threads();
#ifndef _OPENMP
    if (run->n_threads > 1)
        weir_log(WEIR_LOG_WARNING, "--threads %d: this build has no OpenMP and uses one thread",
                 run->n_threads);
    run->n_threads = 1;
#endif
    return WEIR_OK;
}

enum weir_status weir_global_apply(const struct weir_global *global, struct weir_run *run,
                                   struct weir_error *err)
{
    weir_global_apply_style(global, run);
    run->sync = !global->no_sync;
    if (global->memory_given && global->memory_bytes < WEIR_MEMORY_LEAST_BYTES)
        return weir_error_set(err, WEIR_USAGE,
                              "option --memory: expected at least %lluM, which blocks of input and "
                              "output need, but found %llu bytes",
                              (unsigned long long)(WEIR_MEMORY_LEAST_BYTES >> 20),
                              (unsigned long long)global->memory_bytes);
    run->mem.limit_bytes =
        global->memory_given ? (size_t)global->memory_bytes : weir_mem_default_limit_bytes();
    enum weir_status status = choose_threads(global, run);
    if (status == WEIR_OK)
        status = choose_scratch(global, run, err);
    if (status == WEIR_OK)
        status = choose_cpu(run, err);
    return status;
}
