/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sort_memory: thousands of random small tables, and some large ones, against a stable merge sort
 * that compares values; every request for memory fails once. */
#include "check.h"
#include "sort_memory.h"
#include "sort_model.h"

struct fixture {
    struct weir_mem mem;
    struct weir_kernels kernels;
    char path[64];
};

static void enter(struct fixture *f)
{
    weir_mem_init(&f->mem, SIZE_MAX);
    weir_kernels_choose(weir_cpu_detect(), &f->kernels);
    check_enter_directory(f->path, sizeof f->path);
}

static void leave(struct fixture *f)
{
    check_leave_directory(f->path);
    CHECK_NO_LEAK(&f->mem);
}

/* Sorts into ./out and ./index. */
static enum weir_status sort_model(struct fixture *f, struct sort_model *model, bool reverse,
                                   int n_threads, size_t room_bytes, struct weir_error *err)
{
    struct weir_sort_sink sink = {.index_type = weir_sort_index_type(model->table.n)};
    const struct weir_sort_job job = {.table = &model->table,
                                      .keys = &model->keys,
                                      .kernels = &f->kernels,
                                      .mem = &f->mem,
                                      .room_bytes = room_bytes,
                                      .n_threads = n_threads};
    uint32_t *order = weir_mem_alloc(&f->mem, (model->table.n + 1) * sizeof *order);
    enum weir_sort_found found = WEIR_SORT_UNORDERED;
    enum weir_status status = order != NULL ? WEIR_OK : WEIR_MEMORY;
    if (status == WEIR_OK)
        status = weir_columns_create("out", &model->schema, false, &f->mem, &sink.draft, err);
    if (status == WEIR_OK)
        status = weir_output_create("index", false, &f->mem, &sink.index, err);
    if (status == WEIR_OK)
        status = weir_sort_keys_survey(&model->keys, &model->table, n_threads, &found, err);
    if (status == WEIR_OK && found != WEIR_SORT_UNORDERED) {
        status = weir_sort_move_straight(&job, reverse == (found == WEIR_SORT_ASCENDING), false,
                                         &sink, 0, err);
    } else if (status == WEIR_OK) {
        status = weir_sort_order(&job, order, err);
        if (status == WEIR_OK && reverse)
            weir_sort_reverse(order, model->table.n);
        if (status == WEIR_OK)
            status = weir_sort_move(&job, order, false, &sink, 0, err);
    }
    weir_mem_free(&f->mem, order);
    if (status != WEIR_OK) {
        weir_columns_discard(sink.draft);
        weir_output_discard(sink.index);
        return status;
    }
    status = weir_columns_commit(sink.draft, model->table.n, err);
    if (status == WEIR_OK)
        return weir_output_commit(sink.index, err);
    weir_output_discard(sink.index);
    return status;
}

static void check_once(struct fixture *f, size_t n, bool reverse, int n_threads, size_t room_bytes)
{
    struct weir_error err;
    struct sort_model model;
    sort_model_make(&model, n, reverse);
    CHECK_OK(sort_model(f, &model, reverse, n_threads, room_bytes, &err));
    sort_model_check(&model);
    sort_model_release(&model);
}

Test(sort_memory, small)
{
    struct fixture f;
    enter(&f);
    for (int round = 0; round < 600; round++)
        check_once(&f, sort_random() % (round % 20 == 0 ? 1000 : 30), round % 2 == 1, 1 + round % 3,
                   0);
    leave(&f);
}

/* Several blocks of everything, with rows of all strides and without any, and every variant. */
Test(sort_memory, large)
{
    struct fixture f;
    enter(&f);
    for (int round = 0; round < 24; round++) {
        const size_t n = 60000 + sort_random() % 90000;
        const size_t shares[] = {0, n * 110, n * 60, n * 30, n * 15, n * 2};
        weir_kernels_choose(round % 2 == 0 ? weir_cpu_detect() : WEIR_CPU_REF, &f.kernels);
        check_once(&f, n, round % 3 == 0, 1 + round % 4, shares[round % 6]);
    }
    leave(&f);
}

Test(sort_memory, faults)
{
    struct weir_error err;
    struct fixture f;
    struct sort_model model;
    enter(&f);
    int n_failures = 0;
    sort_model_make(&model, 3000, false);
    for (long long n = 0; n < 200; n++) {
        weir_mem_fail_after(&f.mem, n);
        const enum weir_status status = sort_model(&f, &model, false, 2, 0, &err);
        weir_mem_fail_after(&f.mem, -1);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%s", weir_status_name(status));
        n_failures += status == WEIR_MEMORY;
        if (status == WEIR_OK)
            sort_model_check(&model);
    }
    cr_assert(n_failures > 5, "%d failures", n_failures);
    sort_model_release(&model);
    leave(&f);
}

Test(sort_memory, index_types)
{
    cr_assert(weir_sort_index_type(0) == WEIR_U8 && weir_sort_index_type(256) == WEIR_U8);
    cr_assert(weir_sort_index_type(257) == WEIR_U16 && weir_sort_index_type(65536) == WEIR_U16);
    cr_assert(weir_sort_index_type(65537) == WEIR_U32);
    cr_assert(weir_sort_index_type((uint64_t)1 << 32) == WEIR_U32);
    cr_assert(weir_sort_index_type(((uint64_t)1 << 32) + 1) == WEIR_U64);
}
