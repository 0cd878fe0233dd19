/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir version: what this program was built from, and what it will use on this machine. */
#include "command.h"
#include "message.h"

#include <bzlib.h>
#include <gsl/gsl_version.h>
#include <jansson.h>
#include <lz4.h>
#include <lzo/lzoconf.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>
#include <zstd.h>

/* jemalloc's; absent in builds that use the system's malloc. */
extern int mallctl(const char *name, void *old, size_t *old_length, void *fresh,
                   size_t fresh_length) __attribute__((weak));

struct library {
    const char *name;
    const char *version;
};

#define N_LIBRARIES 8

static void list_libraries(struct library libraries[N_LIBRARIES])
{
    const char *allocator = NULL;
    size_t length = sizeof allocator;
    if (mallctl != NULL && mallctl("version", &allocator, &length, NULL, 0) != 0)
        allocator = NULL;
    const struct library list[N_LIBRARIES] = {
        {"bzip2", BZ2_bzlibVersion()},
        {"gsl", gsl_version},
        {"jansson", jansson_version_str()},
        {"jemalloc", allocator != NULL ? allocator : "not used"},
        {"libyaml", yaml_get_version_string()},
        {"lz4", LZ4_versionString()},
        {"lzo2", lzo_version_string()},
        {"zstd", ZSTD_versionString()},
    };
    memcpy(libraries, list, sizeof list);
}

#ifdef _OPENMP
static const bool has_openmp = true;
#else
static const bool has_openmp = false;
#endif

/* Calls `visit` for every module with the level of the variant that the run has chosen. */
static void visit_kernels(const struct weir_run *run,
                          void (*visit)(void *context, const char *module, const char *level),
                          void *context)
{
    const void *chosen[sizeof run->kernels / sizeof(void *)];
    memcpy(chosen, &run->kernels, sizeof chosen);
    struct weir_kernel_row row;
    for (int i = 0; weir_kernel_row(i, &row); i++)
        for (size_t k = 0; k < sizeof chosen / sizeof *chosen; k++)
            if (chosen[k] == row.ops)
                visit(context, row.module, weir_cpu_name(row.cpu));
}

static void print_kernel(void *context, const char *module, const char *level)
{
    bool *first = context;
    printf("%s%s %s", *first ? "" : ", ", module, level);
    *first = false;
}

static void print_text(const struct weir_run *run)
{
    char memory[WEIR_MESSAGE_NUMBER];
    printf("weir " WEIR_VERSION "\n");
    printf("build:     %s, %s, %s%s\n", WEIR_BUILD_TYPE, WEIR_COMPILER,
           WEIR_SANITIZERS[0] != '\0' ? "sanitizers " : "no sanitizers", WEIR_SANITIZERS);
    printf("threads:   %d (%s OpenMP)\n", run->n_threads, has_openmp ? "with" : "without");
    printf("memory:    %s\n", weir_message_bytes((double)run->mem.limit_bytes, memory));
    printf("CPU level: %s (of %s available)\n", weir_cpu_name(run->cpu),
           weir_cpu_name(weir_cpu_detect()));
    bool first = true;
    fputs("kernels:   ", stdout);
    visit_kernels(run, print_kernel, &first);
    struct library libraries[N_LIBRARIES];
    list_libraries(libraries);
    fputs("\nlibraries: ", stdout);
    for (size_t i = 0; i < N_LIBRARIES; i++)
        printf("%s%s %.*s", i == 0 ? "" : ", ", libraries[i].name,
               (int)strcspn(libraries[i].version, ",-"), libraries[i].version);
    putchar('\n');
}

static void add_kernel(void *context, const char *module, const char *level)
{
    (void)json_object_set_new(context, module, json_string(level));
}

static enum weir_status print_json(const struct weir_run *run, struct weir_error *err)
{
    json_t *kernels = json_object();
    visit_kernels(run, add_kernel, kernels);
    json_t *versions = json_object();
    struct library libraries[N_LIBRARIES];
    list_libraries(libraries);
    for (size_t i = 0; i < N_LIBRARIES; i++)
        (void)json_object_set_new(versions, libraries[i].name, json_string(libraries[i].version));
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:i, s:I, s:s, s:s, s:o, s:o}", "version", WEIR_VERSION,
        "build_type", WEIR_BUILD_TYPE, "compiler", WEIR_COMPILER, "sanitizers", WEIR_SANITIZERS,
        "openmp", (int)has_openmp, "threads", run->n_threads, "memory_bytes",
        (json_int_t)run->mem.limit_bytes, "cpu", weir_cpu_name(run->cpu), "cpu_available",
        weir_cpu_name(weir_cpu_detect()), "kernels", kernels, "libraries", versions);
    if (object == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the text");
    (void)json_dumpf(object, stdout, JSON_INDENT(2)); /* main checks the stream */
    putchar('\n');
    json_decref(object);
    return WEIR_OK;
}

static enum weir_status run_version(struct weir_run *run, void *params,
                                    const struct weir_words *operands, struct weir_error *err)
{
    (void)params;
    (void)operands;
    if (run->log_json)
        return print_json(run, err);
    print_text(run);
    return WEIR_OK;
}

const struct weir_command weir_command_version = {
    .name = "version",
    .summary = "tell version, build, threads, memory and kernel variants",
    .description = "Prints what this program was built from and what it will use on this machine: "
                   "threads and memory unless told otherwise, and the variant of every kernel. "
                   "With --log json it is one JSON object on standard output.",
    .example = "WEIR_CPU=avx2 weir version",
    .run = run_version,
};
