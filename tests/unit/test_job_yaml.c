/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The YAML tree of job files: places, guards against hostile text, and how mistakes are shown. */
#include "check.h"
#include "job_yaml.h"

#include <time.h>

#define PATH "job.yaml"

struct fixture {
    char directory[64];
    struct weir_mem mem;
    struct weir_option_arena arena;
    struct weir_job_report report;
    const struct weir_node *root;
};

static enum weir_status load(struct fixture *f, const void *bytes, size_t n, struct weir_error *err)
{
    weir_mem_init(&f->mem, (size_t)256 << 20);
    f->arena = (struct weir_option_arena){.mem = &f->mem};
    f->report = (struct weir_job_report){.path = PATH};
    check_enter_directory(f->directory, sizeof f->directory);
    check_write_file(PATH, bytes, n);
    return weir_node_load(PATH, &f->arena, &f->report, &f->root, err);
}

static void leave(struct fixture *f)
{
    weir_option_arena_release(&f->arena);
    CHECK_NO_LEAK(&f->mem);
    check_leave_directory(f->directory);
}

/* What the report prints; free() it. */
static char *printed(struct weir_job_report *report)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    weir_job_report_print(report, out);
    fclose(out);
    return text;
}

/* The file must be refused with exactly this print, within two seconds of processor time. */
static void refuse(const void *bytes, size_t n, const char *want)
{
    struct weir_error err = {0};
    struct fixture f;
    const clock_t start = clock();
    CHECK_OK(load(&f, bytes, n, &err));
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    cr_assert(seconds < 2, "%.3f s for %zu bytes", seconds, n);
    char *got = printed(&f.report);
    cr_assert(strstr(got, want) == got, "expected:\n%s\ngot:\n%s", want, got);
    cr_assert(f.report.n_mistakes > 0);
    CHECK_STATUS(weir_job_report_status(&f.report, &err), WEIR_USAGE);
    free(got);
    leave(&f);
}

static void refuse_text(const char *text, const char *want)
{
    refuse(text, strlen(text), want);
}

Test(job_yaml, tree_with_places)
{
    struct weir_error err = {0};
    struct fixture f;
    const char *text = "a: 1\n"
                       "b:\n"
                       "  - x\n"
                       "  - {p: 'q r', \"z\": ~}\n"
                       "c: &k [u, v]\n"
                       "d: *k\n"
                       "e:\n"
                       "f: \"\"\n";
    CHECK_OK(load(&f, text, strlen(text), &err));
    cr_assert(f.report.n_mistakes == 0);
    const struct weir_node *root = f.root;
    cr_assert(root != NULL && root->kind == WEIR_NODE_MAP && root->n == 6);
    const struct weir_node *a = weir_node_find(root, "a");
    cr_assert(a != NULL && strcmp(a->text, "1") == 0 && a->line == 1 && a->column == 4);
    cr_assert(a->key->line == 1 && a->key->column == 1);
    const struct weir_node *b = weir_node_find(root, "b");
    cr_assert(b->kind == WEIR_NODE_LIST && b->n == 2 && b->line == 3 && b->column == 3);
    const struct weir_node *map = b->first->next;
    cr_assert(map->kind == WEIR_NODE_MAP && map->line == 4 && map->column == 5);
    cr_assert(strcmp(weir_node_find(map, "p")->text, "q r") == 0);
    cr_assert(weir_node_find(map, "z")->is_null);
    cr_assert(weir_node_find(map, "none") == NULL);
    const struct weir_node *d = weir_node_find(root, "d");
    cr_assert(d->kind == WEIR_NODE_LIST && d->n == 2 && d->line == 6 && d->column == 4);
    cr_assert(strcmp(d->first->next->text, "v") == 0 && strcmp(d->key->text, "d") == 0);
    cr_assert(weir_node_find(root, "e")->is_null);
    const struct weir_node *empty = weir_node_find(root, "f");
    cr_assert(!empty->is_null && empty->text[0] == '\0');
    cr_assert_str_eq(weir_node_kind_name(empty), "text");
    cr_assert_str_eq(weir_node_kind_name(weir_node_find(root, "e")), "nothing");
    cr_assert_str_eq(weir_node_kind_name(b), "a list");
    cr_assert_str_eq(weir_node_kind_name(map), "a map");
    leave(&f);
}

Test(job_yaml, byte_order_mark_and_windows_lines)
{
    struct weir_error err = {0};
    struct fixture f;
    const char *text = "\xEF\xBB\xBF"
                       "a: 1\r\nb: 2\r\n";
    CHECK_OK(load(&f, text, strlen(text), &err));
    cr_assert(f.report.n_mistakes == 0 && f.root->n == 2);
    cr_assert_str_eq(weir_node_find(f.root, "b")->text, "2");
    cr_assert_eq(weir_node_find(f.root, "b")->line, 2);
    leave(&f);
}

Test(job_yaml, refuses_what_is_no_plain_tree)
{
    refuse_text("", "job.yaml:1:1: the file is empty: expected a map with \"steps\"\n");
    refuse_text("# nothing\n", "job.yaml:1:1: the file is empty");
    refuse_text("a: 1\n---\nb: 2\n",
                "job.yaml:2:1: a job file holds one document, but found another\n"
                "    2 | ---\n"
                "      | ^\n");
    refuse_text("a: !!str 5\n", "job.yaml:1:4: tags (!...) have no meaning in a job file\n"
                                "    1 | a: !!str 5\n"
                                "      |    ^\n");
    refuse_text("{[a, b]: 1}\n", "job.yaml:1:2: a key must be text, but found a list\n");
    refuse_text("a: *nothing\n", "job.yaml:1:4: alias of an anchor \"nothing\"");
    refuse_text("a: &a [*a]\n", "job.yaml:1:8: alias of an anchor \"a\"");
    refuse_text("a: \"x\\0y\"\n", "job.yaml:1:4: text must not hold a NUL character\n");
    refuse_text("a: [1, 2\n", "job.yaml:2:1: not YAML: did not find expected ',' or ']'");
    refuse_text("a:\n\tb: 1\n",
                "job.yaml:2:1: not YAML: lines must be indented with spaces, not with tabs\n"
                "    2 | \tb: 1\n"
                "      | ^\n");
    refuse_text("a: 1\n b: 2\n", "job.yaml:2:3: not YAML: mapping values are not allowed");
}

Test(job_yaml, refuses_a_key_twice)
{
    refuse_text("a: 1\nb: {x: 1, y: 2, x: 3}\na: 2\na: 3\n",
                "job.yaml:2:17: key \"x\" stands twice in one map, first in line 2\n"
                "    2 | b: {x: 1, y: 2, x: 3}\n"
                "      |                 ^\n"
                "job.yaml:3:1: key \"a\" stands twice in one map, first in line 1\n"
                "    3 | a: 2\n"
                "      | ^\n"
                "job.yaml:4:1: key \"a\" stands twice in one map, first in line 1\n");
    struct weir_error err = {0};
    struct fixture f;
    const char *text = "a: 1\nb: 2\na: 3\nc: 4\n";
    CHECK_OK(load(&f, text, strlen(text), &err));
    cr_assert(f.root != NULL && f.root->n == 3);
    cr_assert_str_eq(weir_node_find(f.root, "a")->text, "1");
    cr_assert_str_eq(weir_node_find(f.root, "c")->text, "4");
    leave(&f);
}

Test(job_yaml, binary_bytes)
{
    refuse("a: 1\nb: \xFF\xFE\n", 11, "job.yaml:2:4: expected UTF-8 text");
    refuse("a: 1\nb: \x01\n", 10, "job.yaml:2:4: expected UTF-8 text");
    refuse("\0\0\0\0", 4, "job.yaml:1:1: expected UTF-8 text");
    unsigned char noise[4096];
    uint32_t state = 12345;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof noise; i++) {
            state = state * 1664525U + 1013904223U;
            noise[i] = (unsigned char)(state >> 24);
        }
        refuse(noise, sizeof noise, "job.yaml:");
    }
}

/* Every prefix of a file, and the file with every byte replaced: no crash, no leak. */
Test(job_yaml, damaged_files)
{
    struct weir_error err = {0};
    const char *text =
        "a: &x {b: [1, \"two\", 'three'], c: ~}\nd: *x\ne: |\n  text\nf: >-\n  more\n";
    const size_t n = strlen(text);
    for (size_t cut = 0; cut <= n; cut++) {
        struct fixture f;
        CHECK_OK(load(&f, text, cut, &err));
        leave(&f);
    }
    const char bytes[] = "\0\t\n :-[]{}&*!|>'\"%@`#,?\x80\xFF";
    for (size_t at = 0; at < n; at++)
        for (size_t b = 0; b < sizeof bytes; b++) {
            char copy[256];
            memcpy(copy, text, n);
            copy[at] = bytes[b];
            struct fixture f;
            CHECK_OK(load(&f, copy, n, &err));
            leave(&f);
        }
}

static char *repeat(const char *piece, size_t times, size_t *n)
{
    const size_t length = strlen(piece);
    char *text = malloc(length * times + 1);
    cr_assert(text != NULL);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * length, piece, length);
    text[length * times] = '\0';
    *n = length * times;
    return text;
}

Test(job_yaml, deep_nesting_is_refused_at_once)
{
    const char *pieces[] = {"[", "{a: ", "[\n", "- ", "? ", "{[", "&a [", "[[],"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t n = 0;
        char *text = repeat(pieces[i], 100000, &n);
        refuse(text, n, "job.yaml:");
        free(text);
    }
    size_t n = 0;
    char *text = repeat("[", 100000, &n);
    refuse(text, n, "job.yaml:1:65: lists and maps are nested too deeply\n    1 | [[[[");
    free(text);
}

Test(job_yaml, sixty_four_levels_are_fine)
{
    struct weir_error err = {0};
    struct fixture f;
    char text[200];
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    CHECK_OK(load(&f, text, 128, &err));
    cr_assert(f.root != NULL && f.report.n_mistakes == 0);
    leave(&f);
}

Test(job_yaml, alias_bomb)
{
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 20; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n",
                                 i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
                                 i - 1, i - 1);
    refuse(text, used, "job.yaml:5:");
    struct weir_error err = {0};
    struct fixture f;
    CHECK_OK(load(&f, text, used, &err));
    cr_assert(strstr(f.report.mistakes[0].text, "more than 50000 values") != NULL, "%s",
              f.report.mistakes[0].text);
    leave(&f);
}

Test(job_yaml, many_values_and_anchors)
{
    size_t n = 0;
    char *text = repeat("- x\n", 50001, &n);
    refuse(text, n, "job.yaml:50000:3: the file holds more than 50000 values");
    free(text);
    text = repeat("- &a x\n", 101, &n);
    refuse(text, n, "job.yaml:101:3: more than 100 anchors");
    free(text);
    char *keys = malloc(50001 * 12);
    cr_assert(keys != NULL);
    n = 0;
    for (int i = 0; i < 24000; i++)
        n += (size_t)snprintf(keys + n, 12, "k%d: 1\n", i / 2);
    refuse(keys, n, "job.yaml:");
    free(keys);
}

Test(job_yaml, large_scalar_is_cut_where_it_is_shown)
{
    struct weir_error err = {0};
    struct fixture f;
    size_t n = 0;
    char *text = repeat("x", 1 << 20, &n);
    memcpy(text, "key: ", 5);
    CHECK_OK(load(&f, text, n, &err));
    cr_assert(f.report.n_mistakes == 0);
    cr_assert_eq(strlen(weir_node_find(f.root, "key")->text), n - 5);
    weir_job_mistake(&f.report, 1, 500000, "in \"%.80s\"", weir_node_find(f.root, "key")->text);
    char *got = printed(&f.report);
    cr_assert(strlen(got) < 500, "%zu characters are shown", strlen(got));
    cr_assert(strncmp(got, "job.yaml:1:500000: in \"xxx", 26) == 0, "%s", got);
    free(got);
    leave(&f);
    free(text);
    text = repeat("x", WEIR_YAML_BYTES_MAX + 1, &n);
    CHECK_STATUS(load(&f, text, n, &err), WEIR_IO);
    CHECK_MESSAGE("job.yaml: expected a job file of at most 4194304 bytes");
    leave(&f);
    free(text);
}

Test(job_yaml, carets_count_characters_and_keep_tabs)
{
    struct weir_error err = {0};
    struct fixture f;
    const char *text = "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80: [1,\t\x61]\n# \xC2\x85# last\n";
    CHECK_OK(load(&f, text, strlen(text), &err));
    cr_assert(f.report.n_mistakes == 0);
    const struct weir_node *item = f.root->first->first->next;
    cr_assert(item->line == 1 && item->column == 10, "%zu:%zu", item->line, item->column);
    weir_job_mistake(&f.report, item->line, item->column, "here\x1b[31m\xC2\x9B\x7f");
    weir_job_mistake(&f.report, item->line, item->column, "and not again");
    weir_job_warning(&f.report, 3, 1, "there");
    char *got = printed(&f.report);
    cr_assert_str_eq(got, "job.yaml:1:10: here?[31m???\n"
                          "    1 | \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80: [1,\ta]\n"
                          "      |         \t^\n"
                          "job.yaml:3:1: warning: there\n"
                          "    3 | # last\n"
                          "      | ^\n");
    free(got);
    leave(&f);
}

Test(job_yaml, twenty_mistakes_are_kept)
{
    struct weir_error err = {0};
    struct weir_job_report report = {.path = "x.yaml"};
    CHECK_OK(weir_job_report_status(&report, &err));
    weir_job_mistake(&report, 9, 9, "one");
    CHECK_STATUS(weir_job_report_status(&report, &err), WEIR_USAGE);
    CHECK_MESSAGE("x.yaml: 1 mistake in the job file");
    for (size_t i = 0; i < 19; i++)
        weir_job_mistake(&report, 20 - i, 1, "many");
    CHECK_STATUS(weir_job_report_status(&report, &err), WEIR_USAGE);
    CHECK_MESSAGE("x.yaml: 20 mistakes in the job file");
    weir_job_mistake(&report, 9, 9, "the same place");
    cr_assert(!report.more);
    weir_job_mistake(&report, 1, 1, "too many");
    CHECK_STATUS(weir_job_report_status(&report, &err), WEIR_USAGE);
    CHECK_MESSAGE("x.yaml: more than 20 mistakes in the job file");
    char *got = printed(&report);
    cr_assert(strncmp(got, "x.yaml:2:1: many\nx.yaml:3:1: many\n", 34) == 0, "%s", got);
    free(got);
}

Test(job_yaml, files_that_cannot_be_read)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_option_arena arena = {.mem = &mem};
    struct weir_job_report report = {.path = "x"};
    const struct weir_node *root = NULL;
    CHECK_STATUS(weir_node_load("/does/not/exist", &arena, &report, &root, &err), WEIR_IO);
    CHECK_MESSAGE("/does/not/exist: cannot be opened: No such file or directory");
    CHECK_STATUS(weir_node_load("/", &arena, &report, &root, &err), WEIR_IO);
    CHECK_MESSAGE("/: cannot be read: Is a directory");
    weir_option_arena_release(&arena);
    CHECK_NO_LEAK(&mem);
}

Test(job_yaml, every_request_for_memory_may_fail)
{
    struct weir_error err = {0};
    char directory[64];
    check_enter_directory(directory, sizeof directory);
    const char *text = "a: &x [1, 2, {b: c}]\nd: *x\ne: 1\ne: 2\n";
    check_write_file(PATH, text, strlen(text));
    enum weir_status status = WEIR_MEMORY;
    int n = 0;
    for (; status != WEIR_OK; n++) {
        cr_assert(n < 1000);
        struct weir_mem mem;
        weir_mem_init(&mem, SIZE_MAX);
        weir_mem_fail_after(&mem, n);
        struct weir_option_arena arena = {.mem = &mem};
        struct weir_job_report report = {.path = PATH};
        const struct weir_node *root = NULL;
        status = weir_node_load(PATH, &arena, &report, &root, &err);
        cr_assert(status == WEIR_OK || status == WEIR_MEMORY, "%s", err.message);
        weir_option_arena_release(&arena);
        CHECK_NO_LEAK(&mem);
    }
    cr_assert(n > 3, "only %d requests", n);
    check_leave_directory(directory);
}
