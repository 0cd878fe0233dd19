/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files in two parts. The border is a whole number of pages, so that the parts can be mapped side
 * by side into one reserved range of addresses. */
#include "split_file.h"

#include "scratch_file.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum weir_status weir_split_file_open(struct weir_split_file *file, const char *directory,
                                      uint64_t memory_bytes, struct weir_error *err)
{
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    weir_split_file_init(file);
    file->directory = directory;
    file->memory_bytes = memory_bytes / page_bytes * page_bytes;
    if (file->memory_bytes != 0)
        file->memory_fd = memfd_create("weir", MFD_CLOEXEC);
    if (file->memory_fd >= 0)
        return WEIR_OK;
    file->memory_bytes = 0;
    int fd = -1;
    const enum weir_status status = weir_scratch_open(directory, &fd, err);
    atomic_store(&file->disk_fd, fd);
    return status;
}

/* The first one to come makes the scratch file; who was overtaken closes its own. */
static enum weir_status make_disk_part(struct weir_split_file *file, struct weir_error *err)
{
    int none = -1;
    int fd = -1;
    const enum weir_status status = weir_scratch_open(file->directory, &fd, err);
    if (status == WEIR_OK && !atomic_compare_exchange_strong(&file->disk_fd, &none, fd))
        close(fd);
    return status;
}

enum weir_status weir_split_file_part(struct weir_split_file *file, uint64_t offset, size_t n,
                                      struct weir_split_part *part, struct weir_error *err)
{
    if (offset < file->memory_bytes) {
        const uint64_t left = file->memory_bytes - offset;
        *part = (struct weir_split_part){file->memory_fd, offset, left < n ? (size_t)left : n};
        return WEIR_OK;
    }
    if (atomic_load(&file->disk_fd) < 0) {
        const enum weir_status status = make_disk_part(file, err);
        if (status != WEIR_OK)
            return status;
    }
    *part = (struct weir_split_part){atomic_load(&file->disk_fd), offset - file->memory_bytes, n};
    return WEIR_OK;
}

enum weir_status weir_split_file_size(const struct weir_split_file *file, uint64_t *n_bytes,
                                      struct weir_error *err)
{
    const int disk_fd = atomic_load(&file->disk_fd);
    struct stat memory = {0};
    struct stat disk = {0};
    if ((file->memory_fd >= 0 && fstat(file->memory_fd, &memory) != 0) ||
        (disk_fd >= 0 && fstat(disk_fd, &disk) != 0))
        return weir_error_errno(err, WEIR_IO, errno, "the size of a file");
    *n_bytes =
        disk.st_size > 0 ? file->memory_bytes + (uint64_t)disk.st_size : (uint64_t)memory.st_size;
    return WEIR_OK;
}

enum weir_status weir_split_file_map(const struct weir_split_file *file, size_t n_bytes,
                                     const char *name, void **address, struct weir_error *err)
{
    const size_t n_memory = n_bytes < file->memory_bytes ? n_bytes : (size_t)file->memory_bytes;
    char *base = mmap(NULL, n_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return weir_error_errno(err, WEIR_IO, errno, "%s: cannot be mapped", name);
    bool good = n_memory == 0 || mmap(base, n_memory, PROT_READ, MAP_SHARED | MAP_FIXED,
                                      file->memory_fd, 0) != MAP_FAILED;
    if (good && n_bytes > n_memory)
        good = mmap(base + n_memory, n_bytes - n_memory, PROT_READ, MAP_SHARED | MAP_FIXED,
                    atomic_load(&file->disk_fd), 0) != MAP_FAILED;
    if (!good) {
        const int error = errno;
        munmap(base, n_bytes);
        return weir_error_errno(err, WEIR_IO, error, "%s: cannot be mapped", name);
    }
    *address = base;
    return WEIR_OK;
}

enum weir_status weir_split_file_close(struct weir_split_file *file, struct weir_error *err)
{
    const int disk_fd = atomic_load(&file->disk_fd);
    if (file->memory_fd >= 0)
        close(file->memory_fd);
    const bool failed = disk_fd >= 0 && close(disk_fd) != 0 && errno != EINTR;
    const int error = errno;
    weir_split_file_init(file);
    return failed ? weir_error_errno(err, WEIR_IO, error, "a file cannot be closed") : WEIR_OK;
}
