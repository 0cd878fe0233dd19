/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fuzz targets share: files and pipes of hostile bytes, and whole reads of an input. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VIEW_RECORDS 1031 /* divides nothing */

void fuzz_check_status(enum weir_status status, const struct weir_error *err)
{
    const bool failed = status != WEIR_OK && status != WEIR_END;
    FUZZ_REQUIRE(status != WEIR_INTERNAL, "%s", err->message);
    FUZZ_REQUIRE(!failed || err->message[0] != '\0', "%s", weir_status_name(status));
    FUZZ_REQUIRE(strlen(err->message) < WEIR_ERROR_CAPACITY, "message without an end");
    FUZZ_REQUIRE(!failed || strpbrk(err->message, "\n\r") == NULL, "%s", err->message);
}

void fuzz_check_no_leak(const struct weir_mem *mem)
{
    const size_t used = atomic_load(&mem->used_bytes);
    FUZZ_REQUIRE(used == 0, "%zu bytes were not given back", used);
}

static void write_whole(int fd, const uint8_t *data, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(fd, data, n);
        FUZZ_REQUIRE(done > 0, "the input cannot be written");
        data += done;
        n -= (size_t)done;
    }
}

int fuzz_file(const uint8_t *data, size_t n)
{
    const int fd = memfd_create("input", MFD_CLOEXEC);
    FUZZ_REQUIRE(fd >= 0, "no file");
    write_whole(fd, data, n);
    FUZZ_REQUIRE(lseek(fd, 0, SEEK_SET) == 0, "no way back");
    return fd;
}

int fuzz_pipe(const uint8_t *data, size_t n)
{
    int ends[2];
    FUZZ_REQUIRE(pipe2(ends, O_CLOEXEC) == 0, "no pipe");
    write_whole(ends[1], data, n);
    close(ends[1]);
    return ends[0];
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
}

uint64_t fuzz_hash(const uint8_t *data, size_t n)
{
    uint64_t hash = n;
    for (size_t i = 0; i < n; i++)
        hash = mix(hash, data[i]);
    return hash;
}

static void add_view(const struct weir_batch *batch, weir_fields fields, struct fuzz_answer *answer)
{
    uint64_t values[VIEW_RECORDS];
    for (int f = 0; f < WEIR_N_FIELDS; f++) {
        const struct weir_column *column = &batch->field[f];
        FUZZ_REQUIRE(column->data != NULL || (fields & WEIR_FIELD_BIT(f)) == 0, "no field %d", f);
        if (column->data == NULL || (fields & WEIR_FIELD_BIT(f)) == 0)
            continue;
        const uint64_t *view = NULL;
        size_t bad = 0;
        FUZZ_REQUIRE(weir_column_load_u64(column, 0, batch->n, values, &view, &bad), "field %d", f);
        for (size_t i = 0; i < batch->n; i++)
            answer->digest += mix(answer->n_records + i, mix((uint64_t)f, view[i]));
    }
    for (size_t c = 0; c < batch->n_custom; c++)
        for (size_t i = 0; i < batch->n; i++) {
            size_t bad = 0;
            FUZZ_REQUIRE(weir_column_load_u64(&batch->custom[c], i, 1, values, NULL, &bad),
                         "custom column %zu", c);
            answer->digest +=
                mix(answer->n_records + i, mix((uint64_t)WEIR_N_FIELDS + c, values[0]));
        }
    answer->n_records += batch->n;
}

static void add_block(struct weir_cursor *cursor, uint64_t n, weir_fields fields,
                      struct fuzz_answer *answer)
{
    struct weir_batch batch;
    for (uint64_t begin = 0; begin < n; begin += batch.n) {
        const uint64_t left = n - begin;
        const size_t step = left < VIEW_RECORDS ? (size_t)left : VIEW_RECORDS;
        cursor->input->format->cursor_view(cursor, begin, step, &batch);
        FUZZ_REQUIRE(batch.n == step, "%zu records instead of %zu", batch.n, step);
        add_view(&batch, fields, answer);
    }
    for (size_t i = 0; i < cursor->n_reject_bytes; i++)
        answer->reject_digest = mix(answer->reject_digest, (unsigned char)cursor->rejects[i]);
}

void fuzz_read_input(struct weir_input *input, weir_fields fields, struct fuzz_answer *answer)
{
    const struct weir_format *format = input->format;
    struct weir_cursor *cursor[2] = {NULL, NULL};
    for (uint64_t block = 0; block < input->n_blocks && answer->status == WEIR_OK; block++) {
        const int c = (int)(block % 2);
        uint64_t n = 0;
        if (cursor[c] == NULL)
            answer->status = format->cursor_new(input, &cursor[c], &answer->err);
        if (answer->status != WEIR_OK)
            break;
        answer->status = format->cursor_load(cursor[c], block, &n, &answer->err);
        if (answer->status == WEIR_OK && input->is_stream)
            answer->status = format->cursor_parse(cursor[c], &n, &answer->err);
        add_block(cursor[c], n, fields, answer);
    }
    if (answer->status == WEIR_OK && !input->is_stream && input->n_records != UINT64_MAX)
        FUZZ_REQUIRE(answer->n_records == input->n_records, "%llu records instead of %llu",
                     (unsigned long long)answer->n_records, (unsigned long long)input->n_records);
    if (answer->status == WEIR_END)
        answer->status = WEIR_OK;
    for (int c = 0; c < 2; c++) {
        if (cursor[c] != NULL)
            weir_losses_add(&answer->losses, &cursor[c]->losses);
        format->cursor_free(cursor[c]);
    }
    format->close(input);
}

void fuzz_read(const struct weir_format *format, const struct weir_open_request *request,
               struct fuzz_answer *answer)
{
    struct weir_input *input = NULL;
    memset(answer, 0, sizeof *answer);
    answer->status = format->open(request, &input, &answer->err);
    if (answer->status == WEIR_OK)
        fuzz_read_input(input, request->fields, answer);
    fuzz_check_status(answer->status, &answer->err);
    fuzz_check_no_leak(request->mem);
}

void fuzz_check_same(const struct fuzz_answer *a, const struct fuzz_answer *b, const char *what)
{
    FUZZ_REQUIRE(a->status == b->status, "%s: %s (%s), then %s (%s)", what,
                 weir_status_name(a->status), a->err.message, weir_status_name(b->status),
                 b->err.message);
    FUZZ_REQUIRE(strcmp(a->err.message, b->err.message) == 0, "%s: %s, then %s", what,
                 a->err.message, b->err.message);
    FUZZ_REQUIRE(a->n_records == b->n_records, "%s: %llu records, then %llu", what,
                 (unsigned long long)a->n_records, (unsigned long long)b->n_records);
    FUZZ_REQUIRE(a->digest == b->digest, "%s: other values", what);
    FUZZ_REQUIRE(a->reject_digest == b->reject_digest, "%s: other rejects", what);
    FUZZ_REQUIRE(memcmp(&a->losses, &b->losses, sizeof a->losses) == 0, "%s: other losses", what);
}

void fuzz_read_without_memory(const struct weir_format *format,
                              const struct weir_open_request *request,
                              const struct fuzz_answer *want, uint64_t n_th)
{
    struct fuzz_answer got;
    weir_mem_fail_after(request->mem, (long long)n_th);
    fuzz_read(format, request, &got);
    const bool failed = atomic_load(&request->mem->fail_after) < 0;
    weir_mem_fail_after(request->mem, -1);
    /* Without memory the message about damage lacks what could be saved. */
    const bool damaged = want->status == WEIR_FORMAT || want->status == WEIR_LIMIT;
    if (failed && (got.status == WEIR_MEMORY || damaged))
        return;
    fuzz_check_same(want, &got, "the same again");
}
