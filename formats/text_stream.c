/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that arrives in sequence: pipes, FIFOs, terminals. */
#include "text_stream.h"

#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PAD       ((size_t)WEIR_TEXT_PAD_BYTES)
#define READ_STEP ((size_t)4096) /* behind a full block, while looking for the end of a line */

/* Bytes of text that a buffer holds: a block, and the two lines at its end. */
static size_t text_capacity(const struct weir_text_input *input)
{
    return input->block_bytes + 2 * (WEIR_TEXT_LINE_MAX + 2);
}

size_t weir_text_stream_buffer_bytes(const struct weir_text_input *input)
{
    return PAD + text_capacity(input) + 1 + PAD;
}

enum weir_status weir_text_stream_open(struct weir_text_input *input,
                                       const struct weir_open_request *request, int fd, bool own_fd,
                                       struct weir_error *err)
{
    struct weir_text_stream *stream = &input->stream;
    input->base.is_stream = true;
    input->base.n_blocks = UINT64_MAX;
    stream->fd = fd;
    stream->own_fd = own_fd;
    stream->rest_capacity = text_capacity(input);
    if (stream->rest_capacity < request->n_head)
        stream->rest_capacity = request->n_head;
    stream->rest = weir_mem_alloc(input->base.mem, stream->rest_capacity);
    if (stream->rest == NULL)
        return weir_error_set(err, WEIR_MEMORY, "%s: out of memory", input->base.path);
    if (request->n_head > 0)
        memcpy(stream->rest, request->head, request->n_head);
    stream->n_rest = request->n_head;
    return WEIR_OK;
}

void weir_text_stream_close(struct weir_text_input *input)
{
    if (input->stream.own_fd)
        close(input->stream.fd);
    weir_mem_free(input->base.mem, input->stream.rest);
}

/* Reads up to `n` bytes; *n_read is 0 at the end only. */
static enum weir_status read_some(struct weir_text_input *input, unsigned char *out, size_t n,
                                  size_t *n_read, struct weir_error *err)
{
    for (;;) {
        const ssize_t got = read(input->stream.fd, out, n);
        if (got >= 0) {
            *n_read = (size_t)got;
            return WEIR_OK;
        }
        const int reason = errno;
        if (reason == EAGAIN) {
            struct pollfd ready = {.fd = input->stream.fd, .events = POLLIN};
            (void)poll(&ready, 1, -1);
        } else if (reason != EINTR) {
            return weir_error_errno(err, WEIR_IO, reason, "%s: cannot be read", input->base.path);
        }
        if (weir_guard_stop_signal() != 0)
            return weir_error_set(err, WEIR_CANCELLED, "%s: interrupted", input->base.path);
    }
}

/* Moves up to `room` bytes that were read before to `out`. */
static size_t take_rest(struct weir_text_stream *stream, unsigned char *out, size_t room)
{
    const size_t n = stream->n_rest < room ? stream->n_rest : room;
    memcpy(out, stream->rest, n);
    memmove(stream->rest, stream->rest + n, stream->n_rest - n);
    stream->n_rest -= n;
    return n;
}

/* True when text holds two newlines: a line to end with, and one behind it. */
static bool has_two_lines(const unsigned char *text, size_t n)
{
    const unsigned char *last = memrchr(text, '\n', n);
    return last != NULL && memrchr(text, '\n', (size_t)(last - text)) != NULL;
}

/* Fills the buffer until a piece can be cut from it. */
static enum weir_status fill(struct weir_text_input *input, unsigned char *text, size_t *n,
                             struct weir_error *err)
{
    struct weir_text_stream *stream = &input->stream;
    const size_t capacity = text_capacity(input);
    const size_t block = input->block_bytes;
    *n = take_rest(stream, text, capacity);
    while (!stream->at_end && *n < capacity && (*n < block || !has_two_lines(text, *n))) {
        size_t step = *n < block ? block - *n : READ_STEP;
        if (step > capacity - *n)
            step = capacity - *n;
        size_t n_read = 0;
        const enum weir_status status = read_some(input, text + *n, step, &n_read, err);
        if (status != WEIR_OK)
            return status;
        stream->at_end = n_read == 0;
        *n += n_read;
    }
    return WEIR_OK;
}

static uint64_t count_newlines(const unsigned char *text, size_t n)
{
    uint64_t n_newlines = 0;
    for (size_t i = 0; i < n; i++)
        n_newlines += text[i] == '\n';
    return n_newlines;
}

/* Decides how much of `n` bytes is the piece; the rest is kept for the next one. */
static size_t cut(struct weir_text_cursor *cursor, unsigned char *text, size_t n)
{
    struct weir_text_stream *stream = &((struct weir_text_input *)cursor->base.input)->stream;
    const unsigned char *last = memrchr(text, '\n', n);
    if (stream->at_end && stream->n_rest == 0)
        return n;
    if (last == NULL) { /* a full buffer without the end of a line: nothing more can be read */
        cursor->too_long = true;
        stream->at_end = true;
        stream->n_rest = 0;
        return 0;
    }
    const unsigned char *before = memrchr(text, '\n', (size_t)(last - text));
    const size_t end = (size_t)((before != NULL ? before : last) - text) + 1;
    const size_t n_kept = n - end;
    memmove(stream->rest + n_kept, stream->rest, stream->n_rest);
    memcpy(stream->rest, text + end, n_kept);
    stream->n_rest += n_kept;
    return end;
}

/* Takes over text [0, end) of the buffer, with text known up to n. False: it is all blank. */
static bool accept(struct weir_text_cursor *cursor, unsigned char *text, size_t end, size_t n)
{
    struct weir_text_stream *stream = &((struct weir_text_input *)cursor->base.input)->stream;
    const size_t content = weir_text_without_blank_end(text, end);
    cursor->first_line = stream->n_lines + 1;
    cursor->bad_blank_line = content > 0 && stream->blank_before ? stream->blank_line : 0;
    if (content > 0)
        stream->blank_before = false;
    if (content < end && !stream->blank_before) {
        stream->blank_before = true;
        stream->blank_line = stream->n_lines + count_newlines(text, content) + 1;
    }
    stream->n_lines += count_newlines(text, end);
    cursor->readable = cursor->buffer;
    cursor->begin = text;
    cursor->end = text + content;
    cursor->ahead_end = text + n;
    if (end == n && content > 0 && text[content - 1] != '\n') {
        text[content] = '\n';
        cursor->end++;
        cursor->ahead_end++;
    }
    return content > 0 || cursor->too_long;
}

enum weir_status weir_text_stream_take(struct weir_text_cursor *cursor, struct weir_error *err)
{
    struct weir_text_input *input = (struct weir_text_input *)cursor->base.input;
    unsigned char *text = cursor->buffer + PAD;
    bool taken = false;
    cursor->too_long = false;
    memset(cursor->buffer, '\n', PAD);
    while (!taken) {
        size_t n = 0;
        const enum weir_status status = fill(input, text, &n, err);
        if (status != WEIR_OK)
            return status;
        if (n == 0)
            return WEIR_END;
        taken = accept(cursor, text, cut(cursor, text, n), n);
    }
    return WEIR_OK;
}
