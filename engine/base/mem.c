/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory under one budget: a header of one cache line before each block holds its size. */
#include "mem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)

struct block_header {
    size_t charged_bytes;
    size_t capacity_bytes;
};

static size_t round_up(size_t bytes, size_t unit)
{
    return bytes > SIZE_MAX - unit ? SIZE_MAX : (bytes + unit - 1) / unit * unit;
}

bool weir_mem_charge(struct weir_mem *mem, size_t bytes)
{
    if (atomic_load_explicit(&mem->fail_after, memory_order_relaxed) >= 0 &&
        atomic_fetch_sub_explicit(&mem->fail_after, 1, memory_order_relaxed) == 0)
        return false;
    size_t used = atomic_load_explicit(&mem->used_bytes, memory_order_relaxed);
    do {
        if (bytes > mem->limit_bytes || used > mem->limit_bytes - bytes)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&mem->used_bytes, &used, used + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    const size_t now = used + bytes;
    size_t peak = atomic_load_explicit(&mem->peak_bytes, memory_order_relaxed);
    while (peak < now &&
           !atomic_compare_exchange_weak_explicit(&mem->peak_bytes, &peak, now,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
    return true;
}

void weir_mem_discharge(struct weir_mem *mem, size_t bytes)
{
    atomic_fetch_sub_explicit(&mem->used_bytes, bytes, memory_order_relaxed);
}

void weir_mem_init(struct weir_mem *mem, size_t limit_bytes)
{
    mem->limit_bytes = limit_bytes;
    atomic_init(&mem->used_bytes, 0);
    atomic_init(&mem->peak_bytes, 0);
    atomic_init(&mem->fail_after, -1);
}

void weir_mem_fail_after(struct weir_mem *mem, long long n_requests)
{
    atomic_store(&mem->fail_after, n_requests);
}

void *weir_mem_alloc(struct weir_mem *mem, size_t bytes)
{
    const size_t capacity = round_up(bytes, WEIR_CACHE_LINE_BYTES);
    if (capacity > SIZE_MAX - WEIR_CACHE_LINE_BYTES)
        return NULL;
    const size_t total = capacity + WEIR_CACHE_LINE_BYTES;
    if (!weir_mem_charge(mem, total))
        return NULL;
    char *base = aligned_alloc(WEIR_CACHE_LINE_BYTES, total);
    if (base == NULL) {
        weir_mem_discharge(mem, total);
        return NULL;
    }
    *(struct block_header *)(void *)base =
        (struct block_header){.charged_bytes = total, .capacity_bytes = capacity};
    return base + WEIR_CACHE_LINE_BYTES;
}

static struct block_header *header_of(void *block)
{
    return (struct block_header *)(void *)((char *)block - WEIR_CACHE_LINE_BYTES);
}

void *weir_mem_zalloc(struct weir_mem *mem, size_t n, size_t bytes)
{
    if (bytes != 0 && n > SIZE_MAX / bytes)
        return NULL;
    void *block = weir_mem_alloc(mem, n * bytes);
    if (block != NULL)
        memset(block, 0, n * bytes);
    return block;
}

void *weir_mem_resize(struct weir_mem *mem, void *block, size_t bytes)
{
    if (block == NULL)
        return weir_mem_alloc(mem, bytes);
    const size_t old = header_of(block)->capacity_bytes;
    if (bytes <= old && bytes >= old / 2)
        return block;
    void *fresh = weir_mem_alloc(mem, bytes);
    if (fresh == NULL)
        return NULL;
    memcpy(fresh, block, old < bytes ? old : bytes);
    weir_mem_free(mem, block);
    return fresh;
}

char *weir_mem_strdup(struct weir_mem *mem, const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = weir_mem_alloc(mem, bytes);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

void weir_mem_free(struct weir_mem *mem, void *block)
{
    if (block == NULL)
        return;
    struct block_header *header = header_of(block);
    weir_mem_discharge(mem, header->charged_bytes);
    free(header);
}

void *weir_mem_pages_alloc(struct weir_mem *mem, size_t bytes)
{
    const size_t total = round_up(bytes, HUGE_PAGE_BYTES);
    if (total == 0 || total == SIZE_MAX || !weir_mem_charge(mem, total))
        return NULL;
    /* Map one huge page more than needed and cut off what lies outside the aligned part. */
    const size_t mapped = total + HUGE_PAGE_BYTES;
    char *base = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        weir_mem_discharge(mem, total);
        return NULL;
    }
    char *aligned = base + (HUGE_PAGE_BYTES - (uintptr_t)base % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
    if (aligned != base)
        munmap(base, (size_t)(aligned - base));
    const size_t tail = (size_t)(base + mapped - (aligned + total));
    if (tail != 0)
        munmap(aligned + total, tail);
    (void)madvise(aligned, total, MADV_HUGEPAGE); /* a wish; small pages work too */
    return aligned;
}

void weir_mem_pages_free(struct weir_mem *mem, void *pages, size_t bytes)
{
    if (pages == NULL)
        return;
    const size_t total = round_up(bytes, HUGE_PAGE_BYTES);
    munmap(pages, total);
    weir_mem_discharge(mem, total);
}

size_t weir_mem_available_bytes(const struct weir_mem *mem)
{
    if (mem->limit_bytes == SIZE_MAX)
        return SIZE_MAX;
    const size_t used = atomic_load_explicit(&((struct weir_mem *)(uintptr_t)mem)->used_bytes,
                                             memory_order_relaxed);
    return used > mem->limit_bytes ? 0 : mem->limit_bytes - used;
}

bool weir_mem_can_spare(const struct weir_mem *mem, size_t bytes)
{
    const size_t left = weir_mem_available_bytes(mem);
    return bytes <= left / 2 && left - bytes >= mem->limit_bytes / 8;
}

/* The number in a one-line file, or SIZE_MAX when there is none ("max", no such file). */
static size_t read_limit(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return SIZE_MAX;
    unsigned long long value = 0;
    const int n = fscanf(file, "%llu", &value);
    fclose(file);
    return n == 1 && value < SIZE_MAX / 2 ? (size_t)value : SIZE_MAX;
}

/* The tightest limit of the groups from `group` up to the root of a hierarchy. */
static size_t tightest_limit(const char *root, char *group, const char *file)
{
    size_t limit = SIZE_MAX;
    for (;;) {
        char path[4096];
        const int n = snprintf(path, sizeof path, "%s%s/%s", root, group, file);
        if (n > 0 && (size_t)n < sizeof path) {
            const size_t found = read_limit(path);
            limit = found < limit ? found : limit;
        }
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return limit;
        *slash = '\0';
    }
}

static size_t cgroup_limit(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file == NULL)
        return SIZE_MAX;
    size_t limit = SIZE_MAX;
    char line[2048];
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':');
        char *group = names == NULL ? NULL : strchr(names + 1, ':');
        if (group == NULL)
            continue;
        *group++ = '\0';
        if (strcmp(group, "/") == 0)
            *group = '\0';
        size_t found = SIZE_MAX;
        if (names[1] == '\0')
            found = tightest_limit("/sys/fs/cgroup", group, "memory.max");
        else if (strcmp(names + 1, "memory") == 0)
            found = tightest_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
        limit = found < limit ? found : limit;
    }
    fclose(file);
    return limit;
}

size_t weir_mem_default_limit_bytes(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page_bytes = sysconf(_SC_PAGESIZE);
    size_t limit = SIZE_MAX;
    if (pages > 0 && page_bytes > 0)
        limit = (size_t)pages * (size_t)page_bytes;
    const size_t group = cgroup_limit();
    limit = group < limit ? group : limit;
    return limit == SIZE_MAX ? SIZE_MAX : limit / 2;
}
