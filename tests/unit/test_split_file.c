/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files in two parts against one array: writes in any order and over the border, sizes, mappings.
 */
#include "check.h"
#include "split_file.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static char top[4096];
static struct weir_error err;

static void set_up(void)
{
    check_enter_directory(top, sizeof top);
}

static void tear_down(void)
{
    check_leave_directory(top);
}

TestSuite(split_file, .init = set_up, .fini = tear_down);

static void write_bytes(struct weir_split_file *file, const unsigned char *bytes, size_t n,
                        uint64_t offset)
{
    while (n > 0) {
        struct weir_split_part part;
        CHECK_OK(weir_split_file_part(file, offset, n, &part, &err));
        cr_assert(part.n > 0 && part.n <= n);
        cr_assert(pwrite(part.fd, bytes, part.n, (off_t)part.offset) == (ssize_t)part.n);
        bytes += part.n;
        offset += part.n;
        n -= part.n;
    }
}

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 31 + i / 251);
}

/* Writes `n` bytes in pieces, every other one first, and compares size and mapping. */
static void check_file(uint64_t memory_bytes, size_t n, size_t n_piece)
{
    struct weir_split_file file;
    unsigned char *bytes = malloc(n + 1);
    uint64_t size = 0;
    for (size_t i = 0; i < n; i++)
        bytes[i] = byte_at(i);
    CHECK_OK(weir_split_file_open(&file, ".", memory_bytes, &err));
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t at = pass * n_piece; at < n; at += 2 * n_piece)
            write_bytes(&file, bytes + at, n - at < n_piece ? n - at : n_piece, at);
    CHECK_OK(weir_split_file_size(&file, &size, &err));
    cr_assert(size == n, "%llu instead of %zu bytes", (unsigned long long)size, n);
    cr_assert((atomic_load(&file.disk_fd) < 0) ==
              (n <= file.memory_bytes && file.memory_bytes > 0));
    if (n > 0) {
        void *address = NULL;
        CHECK_OK(weir_split_file_map(&file, n, "file", &address, &err));
        CHECK_OK(weir_split_file_close(&file, &err));
        cr_assert(memcmp(address, bytes, n) == 0, "%zu bytes, %zu a piece", n, n_piece);
        munmap(address, n);
    }
    CHECK_OK(weir_split_file_close(&file, &err)); /* closed already: nothing to do */
    free(bytes);
}

Test(split_file, holds_what_was_written)
{
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, 12288, 12289, 100001};
    for (size_t m = 0; m < 4; m++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            check_file(m * 5000, sizes[s], 1000);
            check_file(m * 5000, sizes[s], 65536);
        }
}

Test(split_file, needs_its_directory_beyond_the_memory_only)
{
    struct weir_split_file file;
    struct weir_split_part part;
    CHECK_STATUS(weir_split_file_open(&file, "absent", 0, &err), WEIR_IO);
    CHECK_OK(weir_split_file_close(&file, &err));
    CHECK_OK(weir_split_file_open(&file, "absent", 4096, &err));
    CHECK_OK(weir_split_file_part(&file, 0, 4096, &part, &err));
    CHECK_STATUS(weir_split_file_part(&file, 4096, 1, &part, &err), WEIR_IO);
    cr_assert(strstr(err.message, "absent") != NULL, "%s", err.message);
    CHECK_OK(weir_split_file_close(&file, &err));
}

Test(split_file, takes_and_moves_files)
{
    struct weir_split_file file;
    struct weir_split_file moved;
    struct weir_split_part part;
    uint64_t size = 0;
    FILE *plain = tmpfile();
    weir_split_file_take(&file, dup(fileno(plain)));
    write_bytes(&file, (const unsigned char *)"abc", 3, 2);
    weir_split_file_init(&moved);
    weir_split_file_move(&moved, &file);
    cr_assert(atomic_load(&file.disk_fd) == -1);
    CHECK_OK(weir_split_file_size(&moved, &size, &err));
    cr_assert(size == 5);
    CHECK_OK(weir_split_file_part(&moved, 4, 9, &part, &err));
    cr_assert(part.offset == 4 && part.n == 9);
    CHECK_OK(weir_split_file_close(&moved, &err));
    fclose(plain);
}
