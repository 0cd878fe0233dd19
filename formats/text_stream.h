/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that arrives in sequence: pipes, FIFOs, terminals. Part of text_input. */
#ifndef WEIR_TEXT_STREAM_H
#define WEIR_TEXT_STREAM_H

#include "text_input.h"

/* Makes `input` a stream that reads `fd`, after the bytes of request->head. The descriptor is
 * closed with the input when own_fd, on failure too if the input is closed then. WEIR_MEMORY. */
enum weir_status weir_text_stream_open(struct weir_text_input *input,
                                       const struct weir_open_request *request, int fd, bool own_fd,
                                       struct weir_error *err) WEIR_MUST_CHECK;

/* Gives back what the stream holds; fine for inputs that are none. */
void weir_text_stream_close(struct weir_text_input *input);

/* Bytes of the buffer that a cursor of this stream needs. */
size_t weir_text_stream_buffer_bytes(const struct weir_text_input *input);

/* Takes the next piece into the cursor's buffer: at least block_bytes where there are so many, cut
 * behind a line, with one more whole line known behind it unless it is the last piece. One thread
 * at a time. WEIR_END behind the last piece; WEIR_IO, WEIR_MEMORY, WEIR_CANCELLED. */
enum weir_status weir_text_stream_take(struct weir_text_cursor *cursor,
                                       struct weir_error *err) WEIR_MUST_CHECK;

#endif
