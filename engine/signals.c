/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What signals do to the program. Everything below the handlers is async-signal-safe: plain system
 * calls, atomics, and memory that was prepared before. */
#include "signals.h"

#include "guard.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Handlers get no context: this is set once, before threads exist. */
static struct {
    bool json;  /* messages are JSON objects */
    bool erase; /* a progress line may stand on the terminal */
} style;

static atomic_flag dying = ATOMIC_FLAG_INIT;

/* A directory entry as the system call gives it. */
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

static long thread_number(const char *name)
{
    long number = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        number = 10 * number + (*name - '0');
    return *name == '\0' ? number : 0; /* "." and ".." give 0 */
}

/* Sends SIGALRM to every other thread, so that its blocked system call returns EINTR: the kernel
 * gives a process's signal to one thread only, rarely to the one that waits for input. */
static void wake_threads(void)
{
    const int fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    const long process = getpid();
    const long self = syscall(SYS_gettid);
    _Alignas(struct entry) char buffer[2048];
    long n = 0;
    while ((n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < n;) {
            const struct entry *entry = (const void *)(buffer + at);
            const long thread = thread_number(entry->name);
            if (thread != 0 && thread != self)
                (void)syscall(SYS_tgkill, process, thread, SIGALRM);
            at += entry->bytes;
        }
    close(fd);
}

/* Comes ten times a second from the timer once a stop was asked for, since a thread may look at the
 * stop flag just before it starts to wait; and from wake_threads, to interrupt and no more. */
static void on_alarm(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    const int before = errno;
    if (info->si_code != SI_TKILL)
        wake_threads();
    errno = before;
}

/* Milliseconds in which a second signal is the first one's echo: timeout(1) and batch systems send
 * one to the process and one to its group, microseconds apart. A second Ctrl-C comes later. */
enum { ECHO_MS = 100 };

/* When the first signal came, on the monotonic clock; written before the stop flag is. */
static _Atomic int64_t stopped_at;

static int64_t now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return 1000 * (int64_t)now.tv_sec + now.tv_nsec / 1000000;
}

/* The first one asks for a stop; a second one, by somebody who will not wait, ends it all. */
static void on_stop(int number)
{
    const int before = errno;
    const int64_t now = now_ms();
    int64_t never = 0;
    if (!atomic_compare_exchange_strong(&stopped_at, &never, now)) {
        if (now - never < ECHO_MS)
            return;
        if (style.erase)
            weir_message_write(WEIR_MESSAGE_ERASE, sizeof WEIR_MESSAGE_ERASE - 1);
        weir_guard_remove_all();
        _exit(128 + number);
    }
    weir_guard_request_stop(number);
    const struct itimerval often = {.it_interval.tv_usec = 100000, .it_value.tv_usec = 100000};
    (void)setitimer(ITIMER_REAL, &often, NULL);
    wake_threads();
    errno = before;
}

/* A line under construction in the handler's own frame. */
struct line {
    char text[4608]; /* PATH_MAX and the words around it */
    size_t used;
};

static void append(struct line *line, const char *text)
{
    for (; *text != '\0' && line->used < sizeof line->text - 128; text++)
        line->text[line->used++] = *text;
}

/* Appends a path: control characters become '?', and JSON gets its escapes. */
static void append_path(struct line *line, const char *path)
{
    for (; *path != '\0' && line->used < sizeof line->text - 128; path++) {
        const unsigned char c = (unsigned char)*path;
        if (style.json && (c == '"' || c == '\\'))
            line->text[line->used++] = '\\';
        line->text[line->used++] =
            c < 0x20 || c == 0x7f || (style.json && c >= 0x80) ? '?' : (char)c;
    }
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    while (atomic_flag_test_and_set(&dying))
        pause(); /* another thread is about to end the process */
    const char *path = weir_guard_find_mapping(info->si_addr);
    struct line line = {.used = 0};
    append(&line, style.erase ? WEIR_MESSAGE_ERASE : "");
    append(&line,
           style.json ? "{\"level\": \"error\", \"status\": \"io\", \"message\": \"" : "weir: ");
    append_path(&line, path != NULL ? path : "a mapped file");
    append(&line, ": shrank while it was being read");
    append(&line, style.json ? "\"}\n" : "\n");
    weir_message_write(line.text, line.used);
    weir_guard_remove_all();
    _exit(1);
}

void weir_signals_install(const struct weir_run *run)
{
    style.json = run->log_json;
    style.erase = run->progress && !run->log_json && isatty(STDERR_FILENO) == 1;

    /* No SA_RESTART: blocked reads shall return. */
    struct sigaction stop = {.sa_handler = on_stop};
    sigfillset(&stop.sa_mask);
    sigdelset(&stop.sa_mask, SIGBUS);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &stop, NULL);

    struct sigaction alarm = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};
    alarm.sa_mask = stop.sa_mask;
    sigaction(SIGALRM, &alarm, NULL);

    struct sigaction bus = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    sigfillset(&bus.sa_mask);
    sigaction(SIGBUS, &bus, NULL);

    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);

    /* Whatever the parent has blocked: these must come through. */
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &wanted, NULL);
}
