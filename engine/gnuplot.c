/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running gnuplot. posix_spawn, because a fork() of a process whose OpenMP threads have started may
 * hang before it gets to exec. */
#include "gnuplot.h"

#include "guard.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPTS_MAX 16
#define LINE_BYTES  400

extern char **environ;

static const char *const program = "gnuplot";

/* Starts it with the signals of a fresh process: weir ignores some and catches others. Returns 0 or
 * the error number. */
static int start(const char *directory, char *const *arguments, const char *messages, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason != 0)
        return reason;
    reason = posix_spawnattr_init(&attributes);
    if (reason != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return reason;
    }
    reason = posix_spawn_file_actions_addchdir_np(&actions, directory);
    if (reason == 0)
        reason = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (reason == 0)
        reason = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages,
                                                  O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    if (reason == 0)
        reason = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (reason == 0)
        reason = posix_spawnattr_setsigmask(&attributes, &none);
    if (reason == 0)
        reason = posix_spawnattr_setsigdefault(&attributes, &defaults);
    if (reason == 0)
        reason =
            posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (reason == 0)
        reason = posix_spawnp(child, program, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return reason;
}

/* Waits for the end of the child, which a stop signal brings about. A signal that comes just before
 * the call is repeated soon (signals.h). */
static int wait_for(pid_t child)
{
    int status = 0;
    pid_t ended;
    do {
        if (weir_guard_stop_signal() != 0)
            (void)kill(child, SIGKILL);
        ended = waitpid(child, &status, 0);
    } while (ended < 0 && errno == EINTR);
    return ended < 0 ? -1 : status;
}

/* The first line that gives a place, as "cdf.gp" line 7: ..., else the first one that holds
 * anything; empty when there is none. Before a place come the line of the script and a caret. */
static void read_message(const char *directory, const char *messages, char message[LINE_BYTES])
{
    char path[PATH_MAX];
    char line[LINE_BYTES];
    const int n = snprintf(path, sizeof path, "%s/%s", directory, messages);
    FILE *file = n > 0 && n < PATH_MAX ? fopen(path, "re") : NULL;
    message[0] = '\0';
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *text = line + strspn(line, " \t^\n");
        line[strcspn(line, "\n")] = '\0';
        if (*text == '"' || (message[0] == '\0' && *text != '\0'))
            memmove(message, text, strlen(text) + 1);
        if (*text == '"')
            break;
    }
    if (file != NULL)
        fclose(file);
}

enum weir_status weir_gnuplot_run(const char *directory, const char *const *scripts, size_t n,
                                  const char *messages, bool *missing, struct weir_error *err)
{
    char *arguments[SCRIPTS_MAX + 3] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "-d"};
    char line[LINE_BYTES];
    pid_t child = 0;
    for (size_t i = 0; i < n && i < SCRIPTS_MAX; i++)
        arguments[2 + i] = (char *)(uintptr_t)scripts[i];
    const int reason = start(directory, arguments, messages, &child);
    *missing = reason == ENOENT || reason == EACCES;
    if (*missing)
        return weir_error_set(err, WEIR_IO,
                              "%s: expected it on $PATH to draw plots, but found "
                              "none",
                              program);
    if (reason != 0)
        return weir_error_errno(err, WEIR_IO, reason, "%s cannot be started", program);
    const int status = wait_for(child);
    if (weir_guard_stop_signal() != 0)
        return weir_error_set(err, WEIR_CANCELLED, "interrupted");
    read_message(directory, messages, line);
    if (status < 0 || WIFSIGNALED(status))
        return weir_error_set(err, WEIR_IO, "%s was killed by signal %d", program,
                              status < 0 ? 0 : WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return weir_error_set(err, WEIR_IO, "%s: exit %d: %s", program, WEXITSTATUS(status), line);
    if (line[0] != '\0')
        weir_log(WEIR_LOG_WARNING, "%s: %s", program, line);
    return WEIR_OK;
}
