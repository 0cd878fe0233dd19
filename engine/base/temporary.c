/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hidden names of outputs under way. The instant between making and claiming is no gap: a sweeper
 * removes only what it holds the lock of, and who loses the race for the lock, or finds another
 * thing or nothing under the name afterwards, takes another name. */
#include "temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NAME_SHOWN_MAX 200 /* of a long name in a hidden one, which may have 255 bytes */
#define MARK           ".weir-"
#define ENDING         ".tmp"

/* File systems whose locks every process that can see the files sees too: no other machine does. */
static const unsigned long local_types[] = {
    0xEF53,     /* ext2, ext3, ext4 */
    0x58465342, /* xfs */
    0x9123683E, /* btrfs */
    0xF2F52010, /* f2fs */
    0x2FC12FC1, /* zfs */
    0x01021994, /* tmpfs */
    0x858458F6, /* ramfs */
    0x794C7630, /* overlayfs: new files are in its upper, writable part */
};

/* Length of the directory part of `path`, its last slash included; 0 without one. */
static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

bool weir_temporary_path(const char *target, int i, char *path)
{
    const size_t directory = directory_length(target);
    const int n = snprintf(path, PATH_MAX, "%.*s.%.*s" MARK "%ld-%d" ENDING, (int)directory, target,
                           NAME_SHOWN_MAX, target + directory, (long)getpid(), i);
    return n > 0 && n < PATH_MAX;
}

static const char *skip_digits(const char *text)
{
    const size_t n = strspn(text, "0123456789");
    return n == 0 ? NULL : text + n;
}

bool weir_temporary_is_name(const char *entry)
{
    const char *mark = NULL;
    if (entry[0] != '.')
        return false;
    for (const char *next = strstr(entry, MARK); next != NULL; next = strstr(next + 1, MARK))
        mark = next;
    if (mark == NULL || mark == entry)
        return false;
    const char *rest = skip_digits(mark + strlen(MARK));
    if (rest == NULL || *rest != '-')
        return false;
    rest = skip_digits(rest + 1);
    return rest != NULL && strcmp(rest, ENDING) == 0;
}

static bool is_local(int fd)
{
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof local_types / sizeof *local_types; i++)
        if ((unsigned long)fs.f_type == local_types[i])
            return true;
    return false;
}

/* 0, or -1 and errno. */
static int try_lock(int fd)
{
    int result;
    do
        result = flock(fd, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    return result;
}

/* True when `entry` of directory `dir_fd` is what `fd` has open. */
static bool is_there(int dir_fd, const char *entry, int fd)
{
    struct stat mine;
    struct stat there;
    return fstat(fd, &mine) == 0 && fstatat(dir_fd, entry, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

bool weir_temporary_claim(int fd, const char *path)
{
    /* Where there are no locks, nobody sweeps. */
    if (try_lock(fd) != 0 && (errno == EWOULDBLOCK || is_local(fd)))
        return false;
    return is_there(AT_FDCWD, path, fd);
}

static void remove_files(int dir_fd)
{
    const int own = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (dir == NULL) {
        if (own >= 0)
            close(own);
        return;
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(own, entry->d_name, 0);
    closedir(dir);
}

static void sweep_entry(int dir_fd, const char *entry)
{
    struct stat st;
    const int fd = openat(dir_fd, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
        (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) && try_lock(fd) == 0 &&
        is_there(dir_fd, entry, fd)) {
        if (S_ISDIR(st.st_mode))
            remove_files(fd);
        (void)unlinkat(dir_fd, entry, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
    }
    close(fd);
}

void weir_temporary_sweep(const char *target)
{
    char directory[PATH_MAX] = ".";
    const size_t length = directory_length(target);
    if (length >= sizeof directory)
        return;
    if (length > 0) {
        memcpy(directory, target, length);
        directory[length] = '\0';
    }
    DIR *dir = opendir(directory);
    if (dir == NULL)
        return;
    if (is_local(dirfd(dir)))
        for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
            if (weir_temporary_is_name(entry->d_name))
                sweep_entry(dirfd(dir), entry->d_name);
    closedir(dir);
}
