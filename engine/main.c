/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: from arguments to a command, its resources, its exit status.
 *
 * Exit status: 0 done, 1 failed, 2 usage, 128 + signal when interrupted. */
#include "command.h"
#include "command_help.h"
#include "driver.h"
#include "filter_help.h"
#include "global.h"
#include "guard.h"
#include "log.h"
#include "message.h"
#include "par.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What one call of the program is about. */
struct invocation {
    struct weir_run run;
    struct weir_option_arena arena;
    struct weir_global global;          /* options before the command, then all of them */
    const struct weir_command *command; /* or NULL */
    char *params;                       /* a struct weir_global, then the command's parameters */
    struct weir_option_group groups[WEIR_OPTION_GROUPS_MAX];
    struct weir_option_set set; /* the command's groups and the global one */
    struct weir_words operands;
    bool help;
};

/* Where a command's parameters begin in `params`. */
#define PARAMS_OFFSET                                                                   \
    ((sizeof(struct weir_global) + WEIR_CACHE_LINE_BYTES - 1) / WEIR_CACHE_LINE_BYTES * \
     WEIR_CACHE_LINE_BYTES)

/* A closed standard descriptor would be given to the next file that is opened, which writes to
 * standard output would then damage: put something there that refuses them. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* True when errors shall be JSON, for those found before the options have been understood. */
static bool asks_for_json(int argc, char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--log=json") == 0 ||
            (strcmp(argv[i], "--log") == 0 && i + 1 < argc && strcmp(argv[i + 1], "json") == 0))
            return true;
    return false;
}

static enum weir_status unknown_command(const char *name, struct weir_error *err)
{
    const char *nearest = weir_command_nearest(name);
    if (nearest == NULL)
        return weir_error_set(err, WEIR_USAGE, "unknown command \"%s\"", name);
    return weir_error_set(err, WEIR_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", name,
                          nearest);
}

/* weir help [COMMAND], weir help filter */
static enum weir_status print_help(int argc, char *const *argv, struct weir_error *err)
{
    if (argc > 1)
        return weir_error_set(err, WEIR_USAGE, "help: expected one command, but found %d", argc);
    if (argc == 0 || strcmp(argv[0], "help") == 0 || strcmp(argv[0], "-h") == 0 ||
        strcmp(argv[0], "--help") == 0) {
        weir_command_print_overview(stdout);
        return WEIR_OK;
    }
    if (strcmp(argv[0], "filter") == 0) {
        weir_filter_print_help(stdout);
        return WEIR_OK;
    }
    const struct weir_command *command = weir_command_find(argv[0]);
    if (command == NULL)
        return unknown_command(argv[0], err);
    weir_command_print_help(command, stdout);
    return WEIR_OK;
}

/* Puts the command's groups and the global one into one set over one block of parameters. */
static enum weir_status join_options(struct invocation *call, struct weir_error *err)
{
    size_t n = 0;
    for (; n < WEIR_OPTION_GROUPS_MAX && call->command->options.groups[n] != NULL; n++) {
        call->groups[n] = *call->command->options.groups[n];
        call->groups[n].offset += PARAMS_OFFSET;
        call->set.groups[n] = &call->groups[n];
    }
    if (n + 2 > WEIR_OPTION_GROUPS_MAX)
        return weir_error_set(err, WEIR_INTERNAL, "more than %d groups of options",
                              WEIR_OPTION_GROUPS_MAX - 2);
    call->set.groups[n] = &weir_global_options;
    call->params = weir_mem_zalloc(&call->run.mem, 1, PARAMS_OFFSET + call->command->params_bytes);
    if (call->params == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for the options");
    return WEIR_OK;
}

static enum weir_status check_operands(const struct invocation *call, struct weir_error *err)
{
    const struct weir_command *command = call->command;
    if (command->operands == NULL && call->operands.n > 0)
        return weir_error_set(err, WEIR_USAGE, "expected no operand, but found \"%s\"",
                              call->operands.word[0]);
    for (size_t i = 0; i < call->operands.n; i++)
        if (call->operands.word[i][0] == '\0')
            return weir_error_set(err, WEIR_USAGE, "expected %s, but operand %zu is empty",
                                  command->operands, i + 1);
    if (call->operands.n < command->min_operands)
        return weir_error_set(err, WEIR_USAGE, "expected %s, but found %s operand%s",
                              command->operands, call->operands.n == 0 ? "no" : "only one",
                              command->run == NULL ? " (- is standard input)" : "");
    return WEIR_OK;
}

/* Parses what stands behind the command's name. */
static enum weir_status parse_command(struct invocation *call, int argc, char *const *argv,
                                      struct weir_error *err)
{
    enum weir_status status = join_options(call, err);
    if (status == WEIR_OK)
        status = weir_option_defaults(&call->set, call->params, &call->arena, err);
    if (status != WEIR_OK)
        return status;
    memcpy(call->params, &call->global, sizeof call->global);
    status = weir_option_parse(&call->set, argc, argv, call->params, &call->operands, &call->help,
                               &call->arena, err);
    memcpy(&call->global, call->params, sizeof call->global);
    if (status == WEIR_OK && !call->help && !call->global.version)
        status = check_operands(call, err);
    return status;
}

static enum weir_status run_scan(struct invocation *call, void *params, struct weir_error *err)
{
    struct weir_scan_params *scan = params;
    scan->paths = call->operands;
    struct weir_step step = {
        .command = call->command, .name = call->command->name, .run = &call->run, .params = params};
    enum weir_status status = weir_driver_prepare(&step, err);
    if (status == WEIR_OK)
        status = weir_driver_scan(&call->run, &step, 1, err);
    weir_driver_release(&step);
    return status;
}

static enum weir_status run_command(struct invocation *call, struct weir_error *err)
{
    if (call->help) {
        weir_command_print_help(call->command, stdout);
        return WEIR_OK;
    }
    weir_global_apply_style(&call->global, &call->run);
    weir_log_install(weir_message_log, &call->run);
    enum weir_status status = weir_global_apply(&call->global, &call->run, err);
    if (status != WEIR_OK)
        return status;
    weir_signals_install(&call->run);
    weir_par_allow_teams();
    void *params = call->params + PARAMS_OFFSET;
    if (call->global.version)
        call->command = weir_command_find("version");
    if (call->command->run != NULL)
        return call->command->run(&call->run, params, &call->operands, err);
    return run_scan(call, params, err);
}

/* Finds out what is asked for, and does it. */
static enum weir_status dispatch(struct invocation *call, int argc, char *const *argv,
                                 struct weir_error *err)
{
    const struct weir_option_set set = {.groups = {&weir_global_options}};
    int n_taken = 0;
    enum weir_status status = weir_option_parse_leading(&set, argc, argv, &call->global, &n_taken,
                                                        &call->help, &call->arena, err);
    if (status != WEIR_OK)
        return status;
    argc -= n_taken;
    argv += n_taken;
    const char *name = argc > 0 ? argv[0] : call->global.version ? "version" : NULL;
    if (name == NULL && !call->help) {
        if (!call->run.log_json)
            weir_command_print_overview(stderr);
        return weir_error_set(err, WEIR_USAGE, "expected a command");
    }
    if (name == NULL || strcmp(name, "help") == 0)
        return print_help(argc > 0 ? argc - 1 : 0, argv + 1, err);
    call->command = weir_command_find(name);
    if (call->command == NULL)
        return unknown_command(name, err);
    if (!call->help)
        status = parse_command(call, argc > 0 ? argc - 1 : 0, argv + 1, err);
    return status == WEIR_OK ? run_command(call, err) : status;
}

/* Closes standard output; a full disk or a reader that has gone may show up only now. */
static enum weir_status close_stdout(struct weir_error *err)
{
    const int failed = fflush(stdout) != 0 || ferror(stdout) != 0;
    const int reason = errno;
    if (fclose(stdout) != 0 || failed != 0)
        return weir_error_errno(err, WEIR_IO, failed != 0 ? reason : errno, "standard output");
    return WEIR_OK;
}

/* Reports a failure and returns the exit status. */
static int complain(const struct invocation *call, enum weir_status status,
                    const struct weir_error *err)
{
    const char *command = call->command != NULL ? call->command->name : NULL;
    const int stop = weir_guard_stop_signal();
    if (stop != 0 && status != WEIR_USAGE) {
        /* What failed because of it (interrupted calls) is of no interest. */
        weir_message_error(&call->run, call->run.log_json ? command : NULL, WEIR_CANCELLED,
                           "interrupted");
        return 128 + stop;
    }
    weir_message_error(&call->run, command, status, err->message);
    if (status != WEIR_USAGE)
        return 1;
    if (!call->run.log_json) {
        char hint[128];
        const int n = command != NULL
                          ? snprintf(hint, sizeof hint, "try: weir %s --help\n", command)
                          : snprintf(hint, sizeof hint, "try: weir help\n");
        weir_message_write(hint, (size_t)n);
    }
    return 2;
}

int main(int argc, char *argv[])
{
    fill_standard_descriptors();
    gsl_set_error_handler_off(); /* it would abort */
    struct invocation call = {.run.log_json = asks_for_json(argc, argv)};
    struct weir_error err = {{0}};
    call.arena.mem = &call.run.mem;
    enum weir_status status = weir_global_begin(&call.run, &err);
    if (status == WEIR_OK)
        status = dispatch(&call, argc > 0 ? argc - 1 : 0, argv + 1, &err);
    weir_option_arena_release(&call.arena);
    weir_mem_free(&call.run.mem, call.params);
    struct weir_error close_err = {{0}};
    const enum weir_status closed = close_stdout(&close_err);
    if (status != WEIR_OK)
        return complain(&call, status, &err);
    return closed == WEIR_OK ? 0 : complain(&call, closed, &close_err);
}
