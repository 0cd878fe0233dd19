/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the targets of text formats do with their bytes. */
#include "fuzz_text.h"

#include "text_input.h"

#include <string.h>
#include <unistd.h>

/* The same input again, cut into blocks of another size. */
static void read_blocks(const struct weir_format *format, const struct weir_open_request *request,
                        size_t block_bytes, struct fuzz_answer *answer)
{
    struct weir_input *input = NULL;
    memset(answer, 0, sizeof *answer);
    answer->status = format->open(request, &input, &answer->err);
    if (answer->status == WEIR_OK) {
        const struct weir_text_format *text = ((struct weir_text_input *)(void *)input)->text;
        format->close(input);
        answer->status = weir_text_open(text, request, block_bytes, &input, &answer->err);
    }
    if (answer->status == WEIR_OK)
        fuzz_read_input(input, request->fields, answer);
    fuzz_check_status(answer->status, &answer->err);
    fuzz_check_no_leak(request->mem);
}

/* As a stream, of which detection has already read a part. */
static void read_stream(const struct weir_format *format, const struct weir_open_request *mapped,
                        const uint8_t *data, size_t n, size_t n_head, struct fuzz_answer *answer)
{
    struct weir_open_request request = *mapped;
    request.fd = fuzz_pipe(data + n_head, n - n_head);
    request.head = data;
    request.n_head = n_head;
    fuzz_read(format, &request, answer);
    close(request.fd);
}

static void read_all_ways(const struct weir_format *format, const uint8_t *data, size_t n,
                          bool rejects, struct weir_mem *mem)
{
    struct fuzz_answer want;
    struct fuzz_answer got;
    const uint64_t hash = fuzz_hash(data, n);
    struct weir_open_request request = {.path = "input",
                                        .fd = fuzz_file(data, n),
                                        .fields = WEIR_FIELDS_ALL,
                                        .custom = hash % 3 != 0,
                                        .columns = {.optional = WEIR_EXTRAS_ALL},
                                        .rejects = rejects,
                                        .mem = mem};
    fuzz_read(format, &request, &want);
    FUZZ_REQUIRE(!rejects || want.losses.rejected_lines == 0 || want.reject_digest != 0,
                 "rejected lines without text");
    fuzz_read_without_memory(format, &request, &want, hash >> 8 & 31);
    for (int cpu = WEIR_CPU_REF; cpu <= (int)weir_cpu_detect(); cpu++) {
        request.cpu = (enum weir_cpu)cpu;
        fuzz_read(format, &request, &got);
        fuzz_check_same(&want, &got, weir_cpu_name(request.cpu));
        read_blocks(format, &request, 64 + hash % 1000, &got);
        fuzz_check_same(&want, &got, "small blocks");
    }
    if (n <= FUZZ_STREAM_BYTES_MAX) {
        read_stream(format, &request, data, n, hash % (n + 1), &got);
        fuzz_check_same(&want, &got, "stream");
    }
    close(request.fd);
}

void fuzz_text(const struct weir_format *format, const uint8_t *data, size_t n)
{
    struct weir_mem mem;
    struct weir_error err = {{0}};
    const struct weir_format *found = NULL;
    weir_mem_init(&mem, SIZE_MAX);
    const struct weir_probe probe = {
        .path = "input", .bytes = data, .n_bytes = n, .is_whole = n % 2 == 0};
    fuzz_check_status(weir_format_detect_bytes(&probe, &found, &err), &err);
    read_all_ways(format, data, n, false, &mem);
    read_all_ways(format, data, n, true, &mem);
}
