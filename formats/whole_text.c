/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text that is read whole. */
#include "whole_text.h"

#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)1 << 16) /* first buffer of what cannot be mapped */

/* Reads all of a pipe or device into memory. */
static enum weir_status read_stream(struct weir_whole_text *text, int fd, struct weir_error *err)
{
    size_t capacity = 0;
    for (;;) {
        if (text->n == capacity) {
            const size_t more = capacity == 0 ? READ_BYTES : 2 * capacity;
            char *grown = weir_mem_resize(text->mem, text->memory, more);
            if (grown == NULL)
                return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", text->path);
            text->data = text->memory = grown;
            capacity = more;
        }
        const ssize_t got = read(fd, text->memory + text->n, capacity - text->n);
        const int reason = errno;
        if (got == 0)
            return WEIR_OK;
        if (got > 0)
            text->n += (size_t)got;
        else if (reason != EINTR)
            return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be read", text->path);
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "%s: interrupted", text->path);
    }
}

static enum weir_status map_file(struct weir_whole_text *text, int fd, struct weir_error *err)
{
    const enum weir_status status = weir_mapping_open(text->path, fd, &text->mapping, err);
    if (status == WEIR_OK && text->mapping.data != NULL) {
        text->data = (const char *)text->mapping.data;
        text->n = text->mapping.n_bytes;
    }
    return status;
}

enum weir_status weir_whole_text_open(const char *path, const char *what, struct weir_mem *mem,
                                      struct weir_whole_text *text, struct weir_error *err)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    *text = (struct weir_whole_text){
        .path = is_stdin ? "standard input" : path, .data = "", .mem = mem};
    const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    enum weir_status status = WEIR_OK;
    if (fd < 0 || fstat(fd, &st) != 0)
        status = weir_error_errno(err, WEIR_IO, errno, "%s: cannot be opened", text->path);
    else if (S_ISDIR(st.st_mode))
        status = weir_error_set(err, WEIR_IO, "%s: expected %s, but found a directory", text->path,
                                what);
    else if (S_ISREG(st.st_mode))
        status = map_file(text, fd, err);
    else
        status = read_stream(text, fd, err);
    if (!is_stdin && fd >= 0)
        close(fd);
    return status;
}

void weir_whole_text_close(struct weir_whole_text *text)
{
    weir_mapping_close(&text->mapping);
    weir_mem_free(text->mem, text->memory);
    *text = (struct weir_whole_text){.data = ""};
}
