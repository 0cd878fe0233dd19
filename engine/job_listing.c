/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listings of files. */
#include "job_listing.h"

#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define FNV_START   0xcbf29ce484222325U /* Fowler, Noll and Vo, 64 bits */
#define FNV_PRIME   0x100000001b3U
#define CHUNK_BYTES ((size_t)1 << 16)

static void add_bytes(struct weir_listing *listing, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        listing->names = (listing->names ^ ((const unsigned char *)bytes)[i]) * FNV_PRIME;
}

static void add_file(struct weir_listing *listing, const char *name, const struct stat *st)
{
    const int64_t mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    const uint64_t n_bytes = (uint64_t)st->st_size;
    add_bytes(listing, name, strlen(name) + 1);
    add_bytes(listing, &n_bytes, sizeof n_bytes);
    add_bytes(listing, &mtime_ns, sizeof mtime_ns);
    listing->n_bytes += n_bytes;
    if (listing->n_files++ == 0 || mtime_ns > listing->newest_ns)
        listing->newest_ns = mtime_ns;
}

static ssize_t read_chunk(int file, unsigned char chunk[CHUNK_BYTES])
{
    ssize_t n;
    do
        n = read(file, chunk, CHUNK_BYTES);
    while (n < 0 && errno == EINTR && weir_guard_stop_signal() == 0);
    return n;
}

static bool add_contents(XXH3_state_t *state, const char *path)
{
    unsigned char chunk[CHUNK_BYTES];
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read_chunk(file, chunk);
    for (; n > 0; n = read_chunk(file, chunk))
        XXH3_128bits_update(state, chunk, (size_t)n);
    if (file >= 0)
        close(file);
    return n == 0;
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* `state` is NULL when contents are not asked for. */
static bool walk(struct weir_listing *listing, const char *path, XXH3_state_t *state)
{
    char *const paths[] = {(char *)(uintptr_t)path, NULL};
    FTS *fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, compare_names);
    bool good = fts != NULL;
    for (FTSENT *entry = good ? fts_read(fts) : NULL; entry != NULL; entry = fts_read(fts)) {
        const bool is_file = entry->fts_info == FTS_F;
        good = good && (is_file || entry->fts_info == FTS_D || entry->fts_info == FTS_DP);
        if (is_file)
            add_file(listing, entry->fts_path + strlen(path), entry->fts_statp);
        if (is_file && state != NULL)
            good = add_contents(state, entry->fts_accpath) && good;
    }
    if (fts != NULL)
        fts_close(fts);
    return good && listing->n_files > 0;
}

bool weir_listing_fill(struct weir_listing *listing, const char *path, bool contents)
{
    XXH3_state_t *state = contents ? XXH3_createState() : NULL;
    *listing = (struct weir_listing){.names = FNV_START};
    if (contents && state == NULL)
        return false;
    if (contents)
        XXH3_128bits_reset(state);
    const bool good = walk(listing, path, state);
    if (contents) {
        const XXH128_hash_t hash = XXH3_128bits_digest(state);
        snprintf(listing->contents, sizeof listing->contents, "%016" PRIx64 "%016" PRIx64,
                 (uint64_t)hash.high64, (uint64_t)hash.low64);
        XXH3_freeState(state);
    }
    return good;
}
