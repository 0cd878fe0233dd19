/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sort_external: thousands of random small tables in many classes, and some large ones in little
 * memory, against a stable merge sort that compares values; frequent keys; requests for memory that
 * fail; scratch files that cannot be had. */
#include "check.h"
#include "sort_classes.h"
#include "sort_external.h"
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
                                   int n_threads, size_t room_bytes, const char *scratch,
                                   struct weir_error *err)
{
    struct weir_sort_sink sink = {.index_type = weir_sort_index_type(model->table.n)};
    const struct weir_sort_job job = {.table = &model->table,
                                      .keys = &model->keys,
                                      .kernels = &f->kernels,
                                      .mem = &f->mem,
                                      .room_bytes = room_bytes,
                                      .n_threads = n_threads};
    enum weir_sort_found found = WEIR_SORT_UNORDERED;
    enum weir_status status =
        weir_columns_create("out", &model->schema, false, &f->mem, &sink.draft, err);
    if (status == WEIR_OK)
        status = weir_output_create("index", false, &f->mem, &sink.index, err);
    if (status == WEIR_OK)
        status = weir_sort_keys_survey(&model->keys, &model->table, n_threads, &found, err);
    if (status == WEIR_OK && model->keys.n_words == 0)
        status = weir_sort_move_straight(&job, reverse, false, &sink, 0, err);
    else if (status == WEIR_OK)
        status = weir_sort_external(&job, reverse, scratch, &sink, err);
    if (status == WEIR_OK) {
        status = weir_columns_commit(sink.draft, model->table.n, err);
        sink.draft = NULL;
    }
    if (status == WEIR_OK)
        return weir_output_commit(sink.index, err);
    weir_columns_discard(sink.draft);
    weir_output_discard(sink.index);
    return status;
}

static void check_once(struct fixture *f, size_t n, bool reverse, int n_threads, size_t room_bytes)
{
    struct weir_error err;
    struct sort_model model;
    sort_model_make(&model, n, reverse);
    CHECK_OK(sort_model(f, &model, reverse, n_threads, room_bytes, ".", &err));
    sort_model_check(&model);
    sort_model_release(&model);
}

Test(sort_external, small)
{
    struct fixture f;
    enter(&f);
    for (int round = 0; round < 600; round++)
        check_once(&f, sort_random() % (round % 20 == 0 ? 2000 : 60), round % 2 == 1, 1 + round % 5,
                   0);
    leave(&f);
}

/* Memory for a few thousand records per class. */
Test(sort_external, large)
{
    struct fixture f;
    enter(&f);
    for (int round = 0; round < 12; round++) {
        const size_t n = 60000 + sort_random() % 90000;
        const size_t fixed = weir_sort_memory_bytes(0) + ((size_t)3 << 19) + 4096;
        check_once(&f, n, round % 3 == 0, 1 + round % 3,
                   (fixed + (size_t)(1 + round) * 150000) * 8 / 7);
    }
    leave(&f);
}

/* Classes ascend, and hold about the same number of records or a single key. */
Test(sort_external, classes)
{
    enum { N = 200000, N_WANTED = 50 };
    struct weir_error err;
    struct weir_mem mem;
    static uint32_t values[N];
    static uint64_t words[N];
    static uint16_t class_of[N];
    struct weir_sort_table table = {.n = N, .n_columns = 1, .column = {{values, WEIR_U32}}};
    weir_mem_init(&mem, SIZE_MAX);
    for (int shape = 0; shape < 5; shape++) {
        struct weir_sort_keys keys = {.n_keys = 1};
        struct weir_sort_classes classes;
        enum weir_sort_found found = WEIR_SORT_UNORDERED;
        for (size_t i = 0; i < N; i++) {
            const uint32_t any = (uint32_t)sort_random();
            const uint32_t shapes[] = {any, any % 10 < 9 ? 7 : any, any % 3, any % 64,
                                       any >> (any % 32)};
            values[i] = shapes[shape];
        }
        CHECK_OK(weir_sort_keys_survey(&keys, &table, 1, &found, &err));
        CHECK_OK(weir_sort_classes_init(&classes, &keys, &table, N_WANTED, 0, &mem, &err));
        weir_sort_keys_pack(&keys, &table, 0, 0, N, words);
        weir_sort_classes_find(&classes, words, N, N, class_of);
        static size_t count[2 * N_WANTED + 1];
        static uint64_t least[2 * N_WANTED + 1], most[2 * N_WANTED + 1];
        memset(count, 0, sizeof count);
        memset(least, 0xff, sizeof least);
        memset(most, 0, sizeof most);
        for (size_t i = 0; i < N; i++) {
            const size_t c = class_of[i];
            cr_assert(c < classes.n_classes);
            count[c]++;
            least[c] = words[i] < least[c] ? words[i] : least[c];
            most[c] = words[i] > most[c] ? words[i] : most[c];
        }
        uint64_t above = 0;
        for (size_t c = 0; c < classes.n_classes; c++) {
            if (count[c] == 0)
                continue;
            cr_assert(least[c] >= above, "shape %d: class %zu", shape, c);
            above = most[c] + 1;
            cr_assert(classes.single[c] ? least[c] == most[c] : count[c] < 2 * N / N_WANTED,
                      "shape %d: class %zu has %zu records", shape, c, count[c]);
        }
        weir_sort_classes_release(&classes);
    }
    CHECK_NO_LEAK(&mem);
}

Test(sort_external, faults)
{
    struct weir_error err;
    struct fixture f;
    struct sort_model model;
    enter(&f);
    int n_failures = 0;
    do {
        sort_model_make(&model, 3000, false);
        enum weir_sort_found found = WEIR_SORT_UNORDERED;
        CHECK_OK(weir_sort_keys_survey(&model.keys, &model.table, 1, &found, &err));
        if (model.keys.n_words != 0 && found == WEIR_SORT_UNORDERED)
            break;
        sort_model_release(&model);
    } while (true);
    CHECK_STATUS(sort_model(&f, &model, false, 2, 0, "/proc", &err), WEIR_IO);
    CHECK_MESSAGE("/proc");
    cr_assert(access("out", F_OK) != 0 && access("index", F_OK) != 0);
    CHECK_STATUS(sort_model(&f, &model, false, 1, 100000, ".", &err), WEIR_MEMORY);
    CHECK_MESSAGE("--memory");
    for (long long n = 0; n < 300; n++) {
        weir_mem_fail_after(&f.mem, n);
        const enum weir_status status = sort_model(&f, &model, false, 3, 0, ".", &err);
        weir_mem_fail_after(&f.mem, -1);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%s", weir_status_name(status));
        n_failures += status == WEIR_MEMORY;
        if (status == WEIR_OK)
            sort_model_check(&model);
    }
    cr_assert(n_failures > 20, "%d failures", n_failures);
    sort_model_release(&model);
    leave(&f);
}
