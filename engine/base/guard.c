/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a signal handler must be able to find. Entries are published by an atomic state word, so
 * that a handler sees either a whole entry or none. */
#include "guard.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define N_PATHS    4096 /* 170 traces under way */
#define N_MAPPINGS 4096

struct mapping_entry {
    _Atomic(uintptr_t) begin; /* 0: free */
    _Atomic(uintptr_t) end;
    _Atomic(const char *) path;
};

/* PATH_MAX each, but only pages that were ever used cost memory. Entries stand in the order of
 * their creation: new ones go behind the last one in use. */
static char paths[N_PATHS][PATH_MAX];
static atomic_bool used[N_PATHS];
static atomic_size_t n_paths; /* entries up to the last one in use */
static struct mapping_entry mappings[N_MAPPINGS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* between threads, never in a handler */
static atomic_int stop_signal;

enum weir_status weir_guard_add_path(const char *path, struct weir_error *err)
{
    const size_t length = strlen(path);
    if (length >= PATH_MAX)
        return weir_error_set(err, WEIR_LIMIT, "%s: path longer than %d bytes", path, PATH_MAX - 1);
    pthread_mutex_lock(&mutex);
    const size_t place = atomic_load(&n_paths);
    const bool room = place < N_PATHS;
    if (room) {
        memcpy(paths[place], path, length + 1);
        atomic_store(&used[place], true);
        atomic_store(&n_paths, place + 1);
    }
    pthread_mutex_unlock(&mutex);
    if (!room)
        return weir_error_set(err, WEIR_LIMIT, "%s: more than %d temporary files at a time", path,
                              N_PATHS);
    return WEIR_OK;
}

/* Forgets entries behind the last one in use; the mutex is held. */
static void trim_paths(size_t n)
{
    while (n > 0 && !atomic_load(&used[n - 1]))
        n--;
    atomic_store(&n_paths, n);
}

void weir_guard_drop_path(const char *path)
{
    pthread_mutex_lock(&mutex);
    const size_t n = atomic_load(&n_paths);
    for (size_t i = n; i-- > 0;) /* most are dropped soon after */
        if (atomic_load(&used[i]) && strcmp(paths[i], path) == 0) {
            atomic_store(&used[i], false);
            break;
        }
    trim_paths(n);
    pthread_mutex_unlock(&mutex);
}

void weir_guard_drop_tree(const char *path)
{
    const size_t length = strlen(path);
    pthread_mutex_lock(&mutex);
    const size_t n = atomic_load(&n_paths);
    for (size_t i = n; i-- > 0;)
        if (atomic_load(&used[i]) && strncmp(paths[i], path, length) == 0 &&
            (paths[i][length] == '/' || paths[i][length] == '\0'))
            atomic_store(&used[i], false);
    trim_paths(n);
    pthread_mutex_unlock(&mutex);
}

void weir_guard_remove_all(void)
{
    for (size_t i = atomic_load(&n_paths); i-- > 0;)
        if (atomic_load(&used[i]) && unlink(paths[i]) != 0)
            (void)rmdir(paths[i]);
}

void weir_guard_add_mapping(const void *address, size_t bytes, const char *path)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < N_MAPPINGS; i++) {
        struct mapping_entry *entry = &mappings[i];
        if (atomic_load(&entry->begin) != 0)
            continue;
        atomic_store(&entry->path, path);
        atomic_store(&entry->end, (uintptr_t)address + bytes);
        atomic_store(&entry->begin, (uintptr_t)address);
        break;
    }
    pthread_mutex_unlock(&mutex);
}

void weir_guard_drop_mapping(const void *address)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < N_MAPPINGS; i++)
        if (atomic_load(&mappings[i].begin) == (uintptr_t)address) {
            atomic_store(&mappings[i].begin, 0);
            break;
        }
    pthread_mutex_unlock(&mutex);
}

const char *weir_guard_find_mapping(const void *address)
{
    const uintptr_t place = (uintptr_t)address;
    for (int i = 0; i < N_MAPPINGS; i++) {
        const uintptr_t begin = atomic_load(&mappings[i].begin);
        if (begin != 0 && place >= begin && place < atomic_load(&mappings[i].end))
            return atomic_load(&mappings[i].path);
    }
    return NULL;
}

int weir_guard_stop_signal(void)
{
    return atomic_load_explicit(&stop_signal, memory_order_relaxed);
}

void weir_guard_request_stop(int signal_number)
{
    int none = 0;
    atomic_compare_exchange_strong(&stop_signal, &none, signal_number);
}
