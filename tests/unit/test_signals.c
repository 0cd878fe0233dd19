/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What signals do: each case is a child process that gets them. */
#include "check.h"
#include "guard.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

static char directory[256];

static void enter(void)
{
    check_enter_directory(directory, sizeof directory);
}

static void leave(void)
{
    check_leave_directory(directory);
}

TestSuite(signals, .init = enter, .fini = leave, .timeout = 30);

struct child {
    pid_t pid;
    int out; /* what it writes to stdout and stderr */
};

/* Starts a child that installs the handlers, says so, and runs `body`; it exits with 77 when that
 * returns. */
static struct child start(void (*body)(void), bool json)
{
    int ends[2];
    cr_assert(pipe(ends) == 0);
    const pid_t pid = fork();
    cr_assert(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        const struct weir_run run = {.log_json = json};
        weir_signals_install(&run);
        if (write(STDOUT_FILENO, "!", 1) != 1)
            _exit(78);
        body();
        _exit(77);
    }
    close(ends[1]);
    char ready = 0;
    cr_assert(read(ends[0], &ready, 1) == 1 && ready == '!');
    return (struct child){pid, ends[0]};
}

/* Waits for the end; the child must exit with `want` and have written `text`. */
static void finish(const struct child *child, int want, const char *text)
{
    char got[8192];
    size_t used = 0;
    ssize_t n = 0;
    while (used < sizeof got - 1 && (n = read(child->out, got + used, sizeof got - 1 - used)) > 0)
        used += (size_t)n;
    got[used] = '\0';
    int status = 0;
    cr_assert(waitpid(child->pid, &status, 0) == child->pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == want, "status %x: %s", status, got);
    cr_assert(strcmp(got, text) == 0, "\"%s\" instead of \"%s\"", got, text);
    close(child->out);
}

static void nap(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void wait_for_stop(void)
{
    while (weir_guard_stop_signal() == 0)
        nap(10);
    _exit(weir_guard_stop_signal());
}

Test(signals, first_one_asks)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < 3; i++) {
        const struct child child = start(wait_for_stop, false);
        kill(child.pid, numbers[i]);
        finish(&child, numbers[i], "");
    }
}

static void leave_temporary(void)
{
    struct weir_error err;
    if (weir_guard_add_path("temporary", &err) != WEIR_OK)
        _exit(79);
    check_write_file("temporary", "x", 1);
    for (;;)
        nap(1000);
}

Test(signals, second_one_ends)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        const struct child child = start(leave_temporary, false);
        while (access("temporary", F_OK) != 0)
            nap(10);
        kill(child.pid, SIGTERM);
        nap(150); /* equal pending signals count once */
        cr_assert(access("temporary", F_OK) == 0);
        kill(child.pid, numbers[i]);
        finish(&child, 128 + numbers[i], "");
        cr_assert(access("temporary", F_OK) != 0, "the temporary file was left behind");
    }
}

static int idle_pipe[2];

static void *read_pipe(void *context)
{
    char byte = 0;
    (void)context;
    while (read(idle_pipe[0], &byte, 1) < 0 && errno == EINTR)
        if (weir_guard_stop_signal() != 0)
            _exit(5);
    return NULL;
}

/* The kernel gives the signal to the first thread; the one that waits for input must return too. */
static void block_in_second_thread(void)
{
    pthread_t thread;
    if (pipe(idle_pipe) != 0 || pthread_create(&thread, NULL, read_pipe, NULL) != 0)
        _exit(79);
    pthread_join(thread, NULL);
}

Test(signals, blocked_calls_of_all_threads_return)
{
    const struct child child = start(block_in_second_thread, false);
    nap(100);
    kill(child.pid, SIGINT);
    finish(&child, 5, "");
}

/* A thread that begins to wait after the signal has come is woken up as well. */
static void block_late(void)
{
    while (weir_guard_stop_signal() == 0)
        nap(10);
    block_in_second_thread();
}

Test(signals, calls_that_begin_later_return)
{
    const struct child child = start(block_late, false);
    kill(child.pid, SIGINT);
    finish(&child, 5, "");
}

static const char *mapped_path = "in put";

static void read_shrunk_file(void)
{
    struct weir_error err;
    const size_t bytes = 65536;
    int fd = open(mapped_path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0 ||
        weir_guard_add_path("temporary", &err) != WEIR_OK)
        _exit(79);
    check_write_file("temporary", "x", 1);
    const volatile char *data = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        _exit(79);
    weir_guard_add_mapping((const char *)(uintptr_t)data, bytes, mapped_path);
    if (ftruncate(fd, 0) != 0)
        _exit(79);
    _exit(data[40000]);
}

Test(signals, shrunk_file_is_named)
{
    const struct child child = start(read_shrunk_file, false);
    finish(&child, 1, "weir: in put: shrank while it was being read\n");
    cr_assert(access("temporary", F_OK) != 0);
}

Test(signals, shrunk_file_is_named_in_json)
{
    mapped_path = "in\"p\\ut\x1b";
    const struct child child = start(read_shrunk_file, true);
    finish(&child, 1,
           "{\"level\": \"error\", \"status\": \"io\", \"message\": \"in\\\"p\\\\ut?: shrank while "
           "it was being read\"}\n");
}

static void read_unknown_mapping(void)
{
    kill(getpid(), SIGBUS);
}

Test(signals, unknown_mapping)
{
    const struct child child = start(read_unknown_mapping, false);
    finish(&child, 1, "weir: a mapped file: shrank while it was being read\n");
}

static void write_to_nobody(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        _exit(79);
    close(ends[0]);
    _exit(write(ends[1], "x", 1) < 0 && errno == EPIPE ? 6 : 7);
}

Test(signals, pipe_without_reader_is_an_error)
{
    const struct child child = start(write_to_nobody, false);
    finish(&child, 6, "");
}

static void check_hangup(void)
{
    kill(getpid(), SIGHUP);
    nap(50);
    _exit(weir_guard_stop_signal() == 0 ? 8 : 9);
}

Test(signals, nohup_is_respected)
{
    signal(SIGHUP, SIG_IGN);
    const struct child child = start(check_hangup, false);
    finish(&child, 8, "");
}
