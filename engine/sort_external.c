/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The external sort. Distribution works on blocks that are as large as memory allows, column by
 * column, so that what a block adds to a class is long enough for the disk; blocks take their
 * places in the classes in input order, which keeps equal records in order. Classes then go to
 * threads. */
#include "sort_external.h"

#include "blocks.h"
#include "par.h"
#include "radix_sort.h"
#include "rows.h"
#include "scratch_file.h"
#include "sort_classes.h"

#include <string.h>
#include <unistd.h>

#define CLASSES_WANTED_MAX  (WEIR_SORT_CLASSES_MAX / 2)
#define CLASSES_PER_THREAD  2 /* at least, so that threads end at about the same time */
#define CLASS_RECORDS       ((uint64_t)1 << 18) /* sorted within a last-level cache */
#define CLASS_PIECE_RECORDS 8192 /* of a block, that go to one class, if memory allows */
#define CLASS_PIECE_LEAST   4096 /* classes are not made smaller where pieces would be */
#define BLOCK_RECORDS_MIN   1024
#define BLOCK_RECORDS_MAX   ((size_t)1 << 26)
#define THREAD_BYTES_MIN    ((size_t)4 << 20) /* below that fewer threads work */
#define MOVE_BYTES          ((size_t)3 << 19) /* buffers of weir_sort_move */
#define READ_BYTES          ((size_t)8 << 20) /* read from scratch at a time */
#define ATTEMPTS            4

struct desk;

struct external {
    const struct weir_sort_job *job;
    struct weir_sort_table table; /* of the job, and the positions behind its columns */
    struct weir_sort_keys keys;
    bool reverse;
    bool positions;
    const char *scratch;
    const struct weir_sort_sink *sink;
    size_t record_bytes;
    int n_threads;
    size_t thread_bytes;  /* that a thread may take */
    size_t class_records; /* that a thread can sort */
    size_t block_records; /* that a thread distributes at a time */
    struct weir_sort_classes classes;
    uint64_t *begin; /* per class: first record in the output order; n_classes + 1 of them */
    uint64_t *next;  /* per class: records that have got their place */
    struct weir_order order;
    int fd;
    struct desk *desk;  /* per thread, while blocks are worked on */
    char **space;       /* per thread: where its classes are sorted */
    size_t space_bytes; /* of each: enough for the largest class */
};

/* --- sizes ----------------------------------------------------------------------------------- */

/* Records of a class that fit into `bytes`: loaded, with their order being found. */
static size_t records_within(const struct external *external, size_t bytes)
{
    const size_t fixed = weir_sort_memory_bytes(0) + MOVE_BYTES + 4096;
    const size_t each = external->record_bytes +
                        (weir_sort_memory_bytes(1 << 20) - weir_sort_memory_bytes(0)) / (1 << 20) +
                        1;
    const size_t n = bytes <= fixed ? 0 : (bytes - fixed) / each;
    return n > WEIR_SORT_MEMORY_RECORDS_MAX ? (size_t)WEIR_SORT_MEMORY_RECORDS_MAX : n;
}

/* Bytes that a thread takes per record of a block: keys, class, place, one column. */
static size_t distribution_bytes(const struct external *external)
{
    return external->keys.n_words * sizeof(uint64_t) + sizeof(uint16_t) + sizeof(uint32_t) +
           sizeof(uint64_t);
}

/* Divides the memory among threads; *n_wanted is the number of classes that fit. */
static enum weir_status divide_memory(struct external *external, size_t *n_wanted,
                                      struct weir_error *err)
{
    const struct weir_sort_job *job = external->job;
    const size_t free_bytes = weir_mem_available_bytes(job->mem);
    size_t room =
        job->room_bytes != 0 && job->room_bytes < free_bytes ? job->room_bytes : free_bytes;
    room -= room / 8;
    int n_threads = job->n_threads;
    while (n_threads > 1 && room / (size_t)n_threads < THREAD_BYTES_MIN)
        n_threads--;
    external->n_threads = n_threads;
    external->thread_bytes = room / (size_t)n_threads;
    external->class_records = records_within(external, external->thread_bytes);
    const uint64_t n = external->table.n;
    const uint64_t wanted =
        external->class_records < 2 ? UINT64_MAX : n / (external->class_records / 2) + 1;
    if (wanted > CLASSES_WANTED_MAX)
        return weir_error_set(err, WEIR_MEMORY,
                              "%zu bytes of memory are too little to sort %llu records; expected "
                              "more of --memory",
                              room, (unsigned long long)n);
    size_t block = external->thread_bytes / 2 / distribution_bytes(external);
    *n_wanted = (size_t)wanted;
    if (*n_wanted < (size_t)n_threads * CLASSES_PER_THREAD)
        *n_wanted = (size_t)n_threads * CLASSES_PER_THREAD;
    const size_t most = block / CLASS_PIECE_LEAST;
    const size_t small = n / CLASS_RECORDS < most ? (size_t)(n / CLASS_RECORDS) : most;
    if (*n_wanted < small)
        *n_wanted = small < CLASSES_WANTED_MAX ? small : CLASSES_WANTED_MAX;
    block = block > *n_wanted * CLASS_PIECE_RECORDS ? *n_wanted * CLASS_PIECE_RECORDS : block;
    block = block > BLOCK_RECORDS_MAX ? BLOCK_RECORDS_MAX : block;
    external->block_records = block < BLOCK_RECORDS_MIN ? BLOCK_RECORDS_MIN : block;
    return WEIR_OK;
}

static uint64_t n_blocks_of(const struct external *external)
{
    return external->table.n / external->block_records +
           (external->table.n % external->block_records != 0);
}

static size_t block_size(const struct external *external, uint64_t block)
{
    const uint64_t left = external->table.n - block * external->block_records;
    return left < external->block_records ? (size_t)left : external->block_records;
}

/* --- counting and distributing --------------------------------------------------------------- */

/* What a thread needs for a block; kept from block to block, because first use of memory costs as
 * much as the work on it. */
struct desk {
    char *space; /* of all that follows */
    size_t space_bytes;
    uint64_t *words;  /* n_words times the records of the block */
    uint64_t *values; /* of one column in the block's own order by class */
    size_t *count;    /* per class */
    size_t *offset;   /* per class: where its records begin in the block's order */
    uint64_t *target; /* per class: where they go, counted from the class's first record */
    uint32_t *place;  /* of a record in the block's order */
    uint16_t *class_of;
};

static void release_desks(const struct external *external)
{
    for (int t = 0; t < external->n_threads && external->desk != NULL; t++)
        weir_mem_pages_free(external->job->mem, external->desk[t].space,
                            external->desk[t].space_bytes);
    weir_mem_free(external->job->mem, external->desk);
}

/* Takes memory for the desk of a thread, wide values first, for their alignment. */
static enum weir_status take_desk(const struct external *external, struct desk *desk,
                                  struct weir_error *err)
{
    const size_t n = external->block_records;
    const size_t n_classes = external->classes.n_classes;
    const size_t per_class = sizeof *desk->count + sizeof *desk->offset + sizeof *desk->target;
    desk->space_bytes = n * distribution_bytes(external) + n_classes * per_class;
    desk->space = weir_mem_pages_alloc(external->job->mem, desk->space_bytes);
    if (desk->space == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory to distribute %zu records", n);
    desk->words = (uint64_t *)(void *)desk->space;
    desk->values = desk->words + n * external->keys.n_words;
    desk->target = desk->values + n;
    desk->count = (size_t *)(void *)(desk->target + n_classes);
    desk->offset = desk->count + n_classes;
    desk->place = (uint32_t *)(void *)(desk->offset + n_classes);
    desk->class_of = (uint16_t *)(void *)(desk->place + n);
    return WEIR_OK;
}

/* The desk of the thread, counts 0. */
static enum weir_status clear_desk(const struct external *external, int thread, struct desk **desk,
                                   struct weir_error *err)
{
    *desk = &external->desk[thread];
    if ((*desk)->space == NULL) {
        const enum weir_status status = take_desk(external, *desk, err);
        if (status != WEIR_OK)
            return status;
    }
    memset((*desk)->count, 0, external->classes.n_classes * sizeof *(*desk)->count);
    return WEIR_OK;
}

/* Works on all blocks, with a desk for each thread. */
static enum weir_status work_on_blocks(struct external *external, weir_block_work *work,
                                       struct weir_error *err)
{
    external->desk =
        weir_mem_zalloc(external->job->mem, (size_t)external->n_threads, sizeof *external->desk);
    const enum weir_status status =
        external->desk == NULL
            ? weir_error_set(err, WEIR_MEMORY, "no memory to distribute records")
            : weir_blocks_run(external->n_threads, n_blocks_of(external), work, external, err);
    release_desks(external);
    external->desk = NULL;
    return status;
}

/* Finds the classes of a block's records, and how many each class gets. */
static void classify(const struct external *external, uint64_t block, struct desk *desk)
{
    const size_t n = block_size(external, block);
    for (size_t w = 0; w < external->keys.n_words; w++)
        weir_sort_keys_pack(&external->keys, &external->table, w, block * external->block_records,
                            n, desk->words + w * n);
    weir_sort_classes_find(&external->classes, desk->words, n, n, desk->class_of);
    for (size_t i = 0; i < n; i++)
        desk->count[desk->class_of[i]]++;
}

static enum weir_status count_block(void *context, int thread, uint64_t block,
                                    struct weir_error *err)
{
    struct external *external = context;
    struct desk *desk = NULL;
    const enum weir_status status = clear_desk(external, thread, &desk, err);
    if (status != WEIR_OK)
        return status;
    classify(external, block, desk);
    pthread_mutex_lock(&external->order.mutex);
    for (size_t c = 0; c < external->classes.n_classes; c++)
        external->begin[c + 1] += desk->count[c];
    pthread_mutex_unlock(&external->order.mutex);
    return WEIR_OK;
}

/* Writes one column of a block, in the order of classes, to the classes. */
static enum weir_status write_column(const struct external *external, size_t column,
                                     uint64_t column_offset, size_t n, const struct desk *desk,
                                     struct weir_error *err)
{
    const size_t bytes = weir_type_bytes(external->table.column[column].type);
    for (size_t c = 0; c < external->classes.n_classes; c++) {
        const uint64_t size = external->begin[c + 1] - external->begin[c];
        const uint64_t offset = external->begin[c] * external->record_bytes + size * column_offset +
                                desk->target[c] * bytes;
        if (desk->count[c] == 0)
            continue;
        const enum weir_status status = weir_scratch_write(
            external->fd, external->scratch, (const char *)desk->values + desk->offset[c] * bytes,
            desk->count[c] * bytes, offset, err);
        if (status != WEIR_OK)
            return status;
    }
    weir_sort_sink_tick(external->sink, 0, n * bytes);
    return WEIR_OK;
}

/* Puts the values of a column in the order of classes. */
static void arrange(const struct weir_column *column, uint64_t begin, size_t n,
                    const uint32_t *place, void *values)
{
    const void *in = weir_column_at(column, begin);
    const size_t bytes = weir_type_bytes(column->type);
    for (size_t i = 0; in == NULL && i < n; i++) { /* positions, which are stored nowhere */
        if (bytes == 4)
            ((uint32_t *)values)[place[i]] = (uint32_t)(begin + i);
        else
            ((uint64_t *)values)[place[i]] = begin + i;
    }
    if (in == NULL)
        return;
    switch (bytes) {
    case 1:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)values)[place[i]] = ((const uint8_t *)in)[i];
        break;
    case 2:
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)values)[place[i]] = ((const uint16_t *)in)[i];
        break;
    case 4:
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)values)[place[i]] = ((const uint32_t *)in)[i];
        break;
    default:
        for (size_t i = 0; i < n; i++)
            ((uint64_t *)values)[place[i]] = ((const uint64_t *)in)[i];
    }
}

static enum weir_status write_columns(const struct external *external, uint64_t block,
                                      const struct desk *desk, struct weir_error *err)
{
    const size_t n = block_size(external, block);
    uint64_t column_offset = 0;
    for (size_t c = 0; c < external->table.n_columns; c++) {
        const struct weir_column *column = &external->table.column[c];
        arrange(column, block * external->block_records, n, desk->place, desk->values);
        const enum weir_status status = write_column(external, c, column_offset, n, desk, err);
        if (status != WEIR_OK)
            return status;
        column_offset += weir_type_bytes(column->type);
    }
    return WEIR_OK;
}

/* Gives the block's records their places, in the turn of the block. */
static bool claim_places(struct external *external, uint64_t block, struct desk *desk)
{
    if (!weir_order_wait(&external->order, block))
        return false;
    for (size_t c = 0; c < external->classes.n_classes; c++) {
        desk->target[c] = external->next[c];
        external->next[c] += desk->count[c];
    }
    weir_order_pass(&external->order, block);
    return true;
}

static enum weir_status distribute_block(void *context, int thread, uint64_t block,
                                         struct weir_error *err)
{
    struct external *external = context;
    struct desk *desk = NULL;
    const enum weir_status status = clear_desk(external, thread, &desk, err);
    if (status != WEIR_OK) {
        weir_order_close(&external->order, block);
        return status;
    }
    classify(external, block, desk);
    if (!claim_places(external, block, desk)) /* an earlier block has failed */
        return WEIR_CANCELLED;
    size_t at = 0;
    for (size_t c = 0; c < external->classes.n_classes; c++) {
        desk->offset[c] = at;
        at += desk->count[c];
        desk->count[c] = 0;
    }
    const size_t n = block_size(external, block);
    for (size_t i = 0; i < n; i++) {
        const size_t class = desk->class_of[i];
        desk->place[i] = (uint32_t)(desk->offset[class] + desk->count[class]++);
    }
    return write_columns(external, block, desk, err);
}

/* Counts the records of all classes; *fits tells whether every class can be sorted in memory. */
static enum weir_status count_classes(struct external *external, bool *fits, struct weir_error *err)
{
    struct weir_mem *mem = external->job->mem;
    const size_t n_classes = external->classes.n_classes;
    weir_mem_free(mem, external->begin);
    weir_mem_free(mem, external->next);
    external->begin = weir_mem_zalloc(mem, n_classes + 1, sizeof *external->begin);
    external->next = weir_mem_zalloc(mem, n_classes, sizeof *external->next);
    if (external->begin == NULL || external->next == NULL)
        return weir_error_set(err, WEIR_MEMORY, "no memory for %zu classes of records", n_classes);
    const enum weir_status status = work_on_blocks(external, count_block, err);
    size_t most = 0;
    *fits = true;
    for (size_t c = 0; c < n_classes; c++) {
        most = external->begin[c + 1] > most ? (size_t)external->begin[c + 1] : most;
        if (!external->classes.single[c] && external->begin[c + 1] > external->class_records)
            *fits = false;
        external->begin[c + 1] += external->begin[c];
    }
    most = most > external->class_records ? external->class_records : most;
    external->space_bytes = most * external->record_bytes + 64 + weir_sort_memory_bytes(most);
    return status;
}

static enum weir_status find_classes(struct external *external, size_t n_wanted,
                                     struct weir_error *err)
{
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        bool fits = false;
        weir_sort_classes_release(&external->classes);
        enum weir_status status =
            weir_sort_classes_init(&external->classes, &external->keys, &external->table, n_wanted,
                                   attempt, external->job->mem, err);
        if (status == WEIR_OK)
            status = count_classes(external, &fits, err);
        if (status != WEIR_OK || fits)
            return status;
    }
    return weir_error_set(err, WEIR_MEMORY,
                          "too little memory to divide the records evenly; expected more of "
                          "--memory");
}

/* --- sorting the classes --------------------------------------------------------------------- */

/* Reads records [begin, begin + n) of a class into memory, column by column. */
static enum weir_status load_records(const struct external *external, size_t class, uint64_t begin,
                                     size_t n, char *bytes, struct weir_sort_table *table,
                                     struct weir_error *err)
{
    const uint64_t size = external->begin[class + 1] - external->begin[class];
    uint64_t offset = external->begin[class] * external->record_bytes;
    *table = external->table;
    table->n = n;
    for (unsigned width = 8; width >= 1; width /= 2) /* wide ones first, for their alignment */
        for (size_t c = 0; c < table->n_columns; c++)
            if (weir_type_bytes(table->column[c].type) == width) {
                table->column[c].data = bytes;
                bytes += n * width;
            }
    for (size_t c = 0; c < table->n_columns; c++) {
        const size_t width = weir_type_bytes(table->column[c].type);
        char *values = (char *)(uintptr_t)table->column[c].data;
        const uint64_t from = offset + begin * width;
        for (size_t done = 0; done < n * width;) {
            const size_t left = n * width - done;
            const size_t n_bytes = left < READ_BYTES ? left : READ_BYTES;
            const enum weir_status status =
                weir_scratch_read(external->fd, values + done, n_bytes, from + done, err);
            if (status != WEIR_OK)
                return status;
            done += n_bytes;
        }
        offset += size * width;
    }
    return WEIR_OK;
}

/* Sorts records [begin, begin + n) of a class in memory, or passes them on when all are equal. */
static enum weir_status sort_records(const struct external *external, size_t class, uint64_t begin,
                                     size_t n, char *space, struct weir_error *err)
{
    const uint64_t first = external->begin[class] + begin;
    const uint64_t to = external->reverse ? external->table.n - first - n : first;
    const size_t loaded_bytes = (n * external->record_bytes + 63) / 64 * 64;
    struct weir_sort_table table;
    struct weir_sort_keys keys = external->keys;
    struct weir_sort_job job = *external->job;
    job.table = &table;
    job.keys = &keys;
    job.n_threads = 1;
    job.room_bytes = 0;
    job.space = space + loaded_bytes;
    job.space_bytes = external->space_bytes - loaded_bytes;
    const enum weir_status status = load_records(external, class, begin, n, space, &table, err);
    return status == WEIR_OK ? weir_sort_in_memory(&job, &keys, external->reverse,
                                                   external->positions, external->sink, to, err)
                             : status;
}

/* The space of a thread; taken when it has its first class, so that it lies near it. */
static enum weir_status take_space(const struct external *external, int thread,
                                   struct weir_error *err)
{
    char **space = &external->space[thread];
    if (*space == NULL)
        *space = weir_mem_pages_alloc(external->job->mem, external->space_bytes);
    return *space != NULL ? WEIR_OK
                          : weir_error_set(err, WEIR_MEMORY, "no memory to sort %zu records",
                                           external->class_records);
}

static enum weir_status sort_class(void *context, int thread, uint64_t class,
                                   struct weir_error *err)
{
    const struct external *external = context;
    const uint64_t size = external->begin[class + 1] - external->begin[class];
    enum weir_status status = take_space(external, thread, err);
    for (uint64_t done = 0; done < size && status == WEIR_OK;) {
        const uint64_t left = size - done;
        const size_t n = left < external->class_records ? (size_t)left : external->class_records;
        status = sort_records(external, class, done, n, external->space[thread], err);
        done += n;
    }
    return status;
}

static enum weir_status sort_classes(struct external *external, struct weir_error *err)
{
    struct weir_mem *mem = external->job->mem;
    enum weir_status status = weir_scratch_open(external->scratch, &external->fd, err);
    if (status == WEIR_OK)
        status = work_on_blocks(external, distribute_block, err);
    external->space = weir_mem_zalloc(mem, (size_t)external->n_threads, sizeof *external->space);
    if (status == WEIR_OK && external->space == NULL)
        status = weir_error_set(err, WEIR_MEMORY, "no memory to sort");
    if (status == WEIR_OK)
        status = weir_blocks_run(external->n_threads, external->classes.n_classes, sort_class,
                                 external, err);
    for (int t = 0; external->space != NULL && t < external->n_threads; t++)
        weir_mem_pages_free(mem, external->space[t], external->space_bytes);
    weir_mem_free(mem, external->space);
    if (external->fd >= 0)
        close(external->fd);
    return status;
}

enum weir_status weir_sort_external(const struct weir_sort_job *job, bool reverse,
                                    const char *scratch, const struct weir_sort_sink *sink,
                                    struct weir_error *err)
{
    struct external external = {.job = job,
                                .table = *job->table,
                                .keys = *job->keys,
                                .reverse = reverse,
                                .positions = sink->index != NULL,
                                .scratch = scratch,
                                .sink = sink,
                                .classes.mem = job->mem,
                                .fd = -1};
    size_t n_wanted = 0;
    if (external.positions)
        external.table.column[external.table.n_columns++] =
            (struct weir_column){NULL, job->table->n <= (uint64_t)1 << 32 ? WEIR_U32 : WEIR_U64};
    external.record_bytes = weir_sort_table_record_bytes(&external.table);
    weir_order_init(&external.order);
    enum weir_status status = divide_memory(&external, &n_wanted, err);
    if (status == WEIR_OK)
        status = find_classes(&external, n_wanted, err);
    if (status == WEIR_OK)
        status = sort_classes(&external, err);
    weir_order_release(&external.order);
    weir_sort_classes_release(&external.classes);
    weir_mem_free(job->mem, external.begin);
    weir_mem_free(job->mem, external.next);
    return status;
}
