/* SPDX-License-Identifier: GPL-3.0-or-later */
/* radix_sort: for many sizes, key lengths, hostile distributions and numbers of threads. Short
 * orders against qsort_r by key and place; long ones ascend strictly by key and place, which only
 * the right permutation does. */
#include "check.h"
#include "radix_sort.h"

static uint64_t random_state = 0x243f6a8885a308d3;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x9E3779B97F4A7C15;
}

enum kind {
    RANDOM,
    ALL_EQUAL,
    ALL_ZERO,
    HALF_EQUAL,
    TWO_VALUES,
    SORTED,
    REVERSED,
    NEARLY_SORTED,
    STAIRS,    /* one key stands out per digit: every split leaves one large group */
    HIGH_BITS, /* low bits are constant */
    LOW_BITS,  /* high bits are constant, and not zero */
    GAP,       /* bits in the middle are constant */
    PARETO,
    NEIGHBOURS, /* groups of keys that differ in the lowest bits only */
    N_KINDS
};

static uint64_t pareto(void)
{
    return random_u64() >> random_u64() % 64;
}

static uint64_t make_key(enum kind kind, size_t i, size_t n)
{
    const uint64_t spread = UINT64_MAX / (n + 1);
    const uint64_t r = random_u64();
    switch (kind) {
    case ALL_EQUAL:
        return 0x123456789ABCDEF0;
    case ALL_ZERO:
        return 0;
    case HALF_EQUAL:
        return r % 2 == 0 ? 0x8000000000000001 : random_u64();
    case TWO_VALUES:
        return r >> 40 & 1 ? 0xFEDCBA9876543210 : 0x0123456789ABCDEF;
    case SORTED:
        return i * spread;
    case REVERSED:
        return (n - i) * spread;
    case NEARLY_SORTED:
        return (i + r % 16) * spread;
    case STAIRS:
        return r % 8 == 0 ? random_u64() >> r / 8 % 64 : 0;
    case HIGH_BITS:
        return r & 0xFFFFF00000000000;
    case LOW_BITS:
        return 0xA5A5000000000000 | (r & 0xFFFFFFFF);
    case GAP:
        return r & 0xFFF0000000000FFF;
    case PARETO:
        return pareto();
    case NEIGHBOURS:
        return (r % 50 + 1) << 57 | (random_u64() & 7);
    default:
        return r;
    }
}

struct context {
    const uint64_t *keys;
    const uint32_t *place; /* of an index in the order before */
};

static int compare(const void *a, const void *b, void *context)
{
    const struct context *by = context;
    const uint32_t i = *(const uint32_t *)a;
    const uint32_t j = *(const uint32_t *)b;
    if (by->keys[i] != by->keys[j])
        return by->keys[i] < by->keys[j] ? -1 : 1;
    return by->place[i] < by->place[j] ? -1 : by->place[i] > by->place[j];
}

#define COMPARED_MAX 5000

struct scene {
    size_t n;
    unsigned bits;
    uint64_t *keys;
    uint32_t *previous, *place, *want, *order;
    void *workspace;
    size_t workspace_bytes;
};

#define CANARY_BYTES 64

static void scene_init(struct scene *scene, size_t n)
{
    scene->n = n;
    scene->keys = malloc((n + 1) * sizeof *scene->keys);
    scene->previous = malloc((n + 1) * sizeof(uint32_t));
    scene->place = malloc((n + 1) * sizeof(uint32_t));
    scene->want = malloc((n + 1) * sizeof(uint32_t));
    scene->order = malloc((n + 1) * sizeof(uint32_t));
    scene->workspace_bytes = weir_radix_sort_workspace_bytes(n);
    scene->workspace = aligned_alloc(64, (scene->workspace_bytes + CANARY_BYTES + 127) / 64 * 64);
    cr_assert(scene->keys != NULL && scene->previous != NULL && scene->place != NULL &&
              scene->want != NULL && scene->order != NULL && scene->workspace != NULL);
    memset(scene->workspace, 0x5A, scene->workspace_bytes + CANARY_BYTES);
}

static void scene_release(struct scene *scene)
{
    free(scene->keys);
    free(scene->previous);
    free(scene->place);
    free(scene->want);
    free(scene->order);
    free(scene->workspace);
}

static void scene_fill(struct scene *scene, enum kind kind, unsigned bits, bool shuffled)
{
    struct context by = {.keys = scene->keys, .place = scene->place};
    scene->bits = bits;
    for (size_t i = 0; i < scene->n; i++) {
        scene->keys[i] = bits == 0 ? 0 : make_key(kind, i, scene->n) >> (64 - bits);
        scene->previous[i] = (uint32_t)i;
    }
    for (size_t i = scene->n; shuffled && i > 1; i--) {
        const size_t j = (random_u64() >> 20) % i;
        const uint32_t swap = scene->previous[i - 1];
        scene->previous[i - 1] = scene->previous[j];
        scene->previous[j] = swap;
    }
    for (size_t i = 0; i < scene->n; i++) {
        scene->place[scene->previous[i]] = (uint32_t)i;
        scene->want[i] = (uint32_t)i;
    }
    if (scene->n <= COMPARED_MAX)
        qsort_r(scene->want, scene->n, sizeof *scene->want, compare, &by);
}

static void scene_check(struct scene *scene, const uint32_t *previous, bool in_place, int n_threads,
                        int kind)
{
    if (in_place)
        memcpy(scene->order, previous, scene->n * sizeof *previous);
    else
        memset(scene->order, 0xFF, scene->n * sizeof *scene->order);
    scene->order[scene->n] = 0xA5A5A5A5;
    weir_radix_sort(scene->keys, scene->n, scene->bits, in_place ? scene->order : previous,
                    scene->order, scene->workspace, n_threads);
    struct context by = {.keys = scene->keys, .place = scene->place};
    for (size_t i = 0; i < scene->n; i++) {
        const bool is_right =
            scene->n <= COMPARED_MAX
                ? scene->order[i] == scene->want[i]
                : scene->order[i] < scene->n &&
                      (i == 0 || compare(&scene->order[i - 1], &scene->order[i], &by) < 0);
        cr_assert(is_right, "place %zu of %zu: kind %d, %u bits, %d threads", i, scene->n, kind,
                  scene->bits, n_threads);
    }
    cr_assert_eq(scene->order[scene->n], 0xA5A5A5A5);
    const unsigned char *end = (const unsigned char *)scene->workspace + scene->workspace_bytes;
    for (size_t i = 0; i < CANARY_BYTES; i++)
        cr_assert_eq(end[i], 0x5A, "wrote behind the workspace");
}

static void check_size(size_t n, const unsigned *bits, size_t n_bits, const int *threads,
                       size_t n_threads)
{
    struct scene scene;
    scene_init(&scene, n);
    for (int kind = 0; kind < N_KINDS; kind++)
        for (size_t b = 0; b < n_bits; b++) {
            scene_fill(&scene, (enum kind)kind, bits[b], false);
            for (size_t t = 0; t < n_threads; t++)
                scene_check(&scene, NULL, false, threads[t], kind);
            scene_fill(&scene, (enum kind)kind, bits[b], true);
            for (size_t t = 0; t < n_threads; t++)
                scene_check(&scene, scene.previous, t % 2 != 0, threads[t], kind);
        }
    scene_release(&scene);
}

static const int all_threads[] = {1, 2, 3, 7};

Test(radix_sort, short_inputs)
{
    static const size_t sizes[] = {0,   1,   2,   3,   4,    7,    8,    15,   16,   23,   24,  25,
                                   31,  32,  33,  48,  63,   64,   65,   100,  127,  128,  129, 255,
                                   256, 257, 500, 999, 1000, 1023, 1024, 1025, 2047, 2048, 2049};
    static const unsigned bits[] = {0, 1, 7, 8, 9, 16, 22, 32, 33, 48, 53, 54, 55, 63, 64};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        check_size(sizes[s], bits, sizeof bits / sizeof *bits, all_threads, 2);
}

Test(radix_sort, every_key_length)
{
    for (unsigned bits = 0; bits <= 64; bits++)
        check_size(3000, &bits, 1, all_threads, 1);
}

Test(radix_sort, middle_inputs)
{
    static const size_t sizes[] = {10000, 32767, 32768, 32769, 65535, 65536, 65537, 131072, 200001};
    static const unsigned bits[] = {22, 55, 64};
    static const int threads[] = {2, 7};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        check_size(sizes[s], bits, sizeof bits / sizeof *bits, threads, 2);
}

/* A million: keys that fit beside an index, and that do not. */
Test(radix_sort, long_inputs)
{
    static const unsigned bits[] = {44, 64};
    static const int threads[] = {1, 7};
    check_size(1000003, bits, sizeof bits / sizeof *bits, threads, 2);
}
