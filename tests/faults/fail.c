/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A library to preload that lets one system call of the program fail, or all of them do less.
 *
 *     WEIR_FAULT_CALL      read, pread, write, pwrite, copy, fsync, rename, open, mkdir, mmap,
 *                          close, unlink, rmdir
 *     WEIR_FAULT_NUMBER    which call of that kind fails, from 0; absent: none
 *     WEIR_FAULT_ERROR     errno to fail with, as a number; 0: the program is killed instead
 *     WEIR_FAULT_SWAP      errno, as a number, of every attempt to exchange two directories
 *     WEIR_FAULT_NAMELESS  1: of reads and writes only those of files without a name count
 *     WEIR_FAULT_FILE      comes into being when the call has failed
 *     WEIR_FAULT_SHORT     1: reads and writes take a few bytes at a time; 2: and every other
 *                          one of them is interrupted first
 *
 * Only calls that stand in the program itself count, not those of its libraries or of programs that
 * it starts, and no writes to standard error. Nothing is flushed to the disk: that takes time and
 * shows nothing here. A program that hangs is ended by SIGALRM.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECONDS_MAX 30
#define SHORT_BYTES 5000 /* no power of two, less than any buffer */

static struct {
    uintptr_t begin, end; /* code and data of the program */
    const char *call;
    const char *file;
    long number; /* < 0: none fails */
    int error;
    int swap_error; /* 0: directories can be exchanged */
    bool nameless;
    int shortness;
    atomic_long n_calls;
    atomic_long n_transfers;
} fault = {.number = -1};

static int find_program(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        fault.begin = fault.begin == 0 || begin < fault.begin ? begin : fault.begin;
        const uintptr_t end = begin + info->dlpi_phdr[i].p_memsz;
        fault.end = end > fault.end ? end : fault.end;
    }
    return 1; /* the program comes first */
}

static long number_of(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtol(text, NULL, 10);
}

__attribute__((constructor)) static void begin(void)
{
    dl_iterate_phdr(find_program, NULL);
    unsetenv("LD_PRELOAD"); /* programs that it starts do not fail */
    fault.call = getenv("WEIR_FAULT_CALL");
    fault.file = getenv("WEIR_FAULT_FILE");
    fault.error = (int)number_of("WEIR_FAULT_ERROR", EIO);
    fault.swap_error = (int)number_of("WEIR_FAULT_SWAP", 0);
    fault.nameless = number_of("WEIR_FAULT_NAMELESS", 0) != 0;
    fault.shortness = (int)number_of("WEIR_FAULT_SHORT", 0);
    fault.number = fault.call == NULL ? -1 : number_of("WEIR_FAULT_NUMBER", -1);
    alarm(SECONDS_MAX);
}

/* True when this call, which returns to `caller`, is the one that fails; errno is then set. */
static bool fails(const char *call, const void *caller)
{
    if (fault.number < 0 || strcmp(call, fault.call) != 0 || (uintptr_t)caller < fault.begin ||
        (uintptr_t)caller >= fault.end)
        return false;
    if (atomic_fetch_add(&fault.n_calls, 1) != fault.number)
        return false;
    if (fault.file != NULL) {
        const long fd = syscall(SYS_openat, AT_FDCWD, fault.file, O_CREAT | O_WRONLY, 0600);
        if (fd >= 0)
            syscall(SYS_close, fd);
    }
    if (fault.error == 0)
        syscall(SYS_kill, getpid(), SIGKILL);
    errno = fault.error;
    return true;
}

/* The same for a call that reads or writes `fd`. */
static bool fails_on(const char *call, int fd, const void *caller)
{
    struct stat st;
    if (fault.nameless && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 0))
        return false;
    return fails(call, caller);
}

#define FAILS(call)        fails(call, __builtin_return_address(0))
#define FAILS_ON(call, fd) fails_on(call, fd, __builtin_return_address(0))

/* Makes a transfer of `n` bytes shorter; false: it is interrupted. */
static bool shorten(int fd, size_t *n)
{
    if (fault.shortness == 0 || fd == STDERR_FILENO)
        return true;
    if (fault.shortness == 2 && atomic_fetch_add(&fault.n_transfers, 1) % 2 == 0) {
        errno = EINTR;
        return false;
    }
    *n = *n > SHORT_BYTES ? SHORT_BYTES : *n > 1 ? *n / 2 : *n;
    return true;
}

ssize_t read(int fd, void *buffer, size_t n)
{
    if (FAILS_ON("read", fd) || !shorten(fd, &n))
        return -1;
    return syscall(SYS_read, fd, buffer, n);
}

ssize_t pread(int fd, void *buffer, size_t n, off_t offset)
{
    if (FAILS_ON("pread", fd) || !shorten(fd, &n))
        return -1;
    return syscall(SYS_pread64, fd, buffer, n, offset);
}

ssize_t write(int fd, const void *buffer, size_t n)
{
    if ((fd != STDERR_FILENO && FAILS_ON("write", fd)) || !shorten(fd, &n))
        return -1;
    return syscall(SYS_write, fd, buffer, n);
}

ssize_t pwrite(int fd, const void *buffer, size_t n, off_t offset)
{
    if (FAILS_ON("pwrite", fd) || !shorten(fd, &n))
        return -1;
    return syscall(SYS_pwrite64, fd, buffer, n, offset);
}

ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t n,
                        unsigned flags)
{
    if (FAILS("copy") || !shorten(to, &n))
        return -1;
    return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, n, flags);
}

int fsync(int fd)
{
    (void)fd;
    return FAILS("fsync") ? -1 : 0;
}

int rename(const char *from, const char *to)
{
    if (FAILS("rename"))
        return -1;
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    if (FAILS("rename"))
        return -1;
    if (fault.swap_error != 0 && flags == RENAME_EXCHANGE) {
        errno = fault.swap_error;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int unlink(const char *path)
{
    return FAILS("unlink") ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int fd, const char *path, int flags)
{
    return FAILS("unlink") ? -1 : (int)syscall(SYS_unlinkat, fd, path, flags);
}

int rmdir(const char *path)
{
    return FAILS("rmdir") ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (FAILS("open"))
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
    return FAILS("mkdir") ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

void *mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset)
{
    if (FAILS("mmap"))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, n, protection, flags, fd, offset);
}

/* The descriptor is closed all the same, as by the system. */
int close(int fd)
{
    const int result = (int)syscall(SYS_close, fd);
    return FAILS("close") ? -1 : result;
}
