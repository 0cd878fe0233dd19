/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of job files: their order, their real form, and what patterns match. */
#include "check.h"
#include "job_paths.h"

#include <sys/stat.h>

static void touch(const char *path)
{
    check_write_file(path, "", 0);
}

static void expect_tidy(const char *text, const char *want)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%s", text);
    const bool good = weir_job_path_tidy(copy);
    cr_assert(good == (want != NULL), "%s", text);
    if (want != NULL)
        cr_assert_str_eq(copy, want);
}

Test(job_paths, tidy)
{
    expect_tidy("a", "a");
    expect_tidy("a/b.csv", "a/b.csv");
    expect_tidy("./a//./b", "a/b");
    expect_tidy("..a/b..", "..a/b..");
    expect_tidy("", NULL);
    expect_tidy("-", NULL);
    expect_tidy(".", NULL);
    expect_tidy("./.", NULL);
    expect_tidy("/a", NULL);
    expect_tidy("..", NULL);
    expect_tidy("a/../b", NULL);
    expect_tidy("a/..", NULL);
    expect_tidy("a/", NULL);
}

Test(job_paths, order_is_by_component)
{
    const char *sorted[] = {"a", "a/b", "a/b/c", "a/c", "a b", "a-b", "a.csv", "ab", "\xC3\xA4"};
    const size_t n = sizeof sorted / sizeof *sorted;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            const int order = weir_job_path_compare(sorted[i], sorted[k]);
            cr_assert((i < k && order < 0) || (i > k && order > 0) || (i == k && order == 0),
                      "%s and %s give %d", sorted[i], sorted[k], order);
        }
}

Test(job_paths, within)
{
    cr_assert(weir_job_path_is_within("/a", "/a") && weir_job_path_is_within("/a/b", "/a"));
    cr_assert(weir_job_path_is_within("/a", "/"));
    cr_assert(!weir_job_path_is_within("/ab", "/a") && !weir_job_path_is_within("/a", "/a/b"));
}

Test(job_paths, join_and_directory)
{
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_option_arena arena = {.mem = &mem};
    cr_assert_str_eq(weir_job_path_join("", "b", &arena), "b");
    cr_assert_str_eq(weir_job_path_join("a", "b", &arena), "a/b");
    cr_assert_str_eq(weir_job_path_join("a/", "b", &arena), "a/b");
    cr_assert_str_eq(weir_job_path_join("a", "/b", &arena), "/b");
    cr_assert_str_eq(weir_job_path_directory("job.yaml", &arena), "");
    cr_assert_str_eq(weir_job_path_directory("d/job.yaml", &arena), "d/");
    cr_assert_str_eq(weir_job_path_directory("/job.yaml", &arena), "/");
    weir_option_arena_release(&arena);
    CHECK_NO_LEAK(&mem);
}

static void expect_real(const char *path, const char *top, const char *below)
{
    struct weir_error err = {0};
    char real[PATH_MAX], want[PATH_MAX];
    CHECK_OK(weir_job_path_real(path, real, &err));
    cr_assert(snprintf(want, sizeof want, "%s%s", top, below) < (int)sizeof want);
    cr_assert_str_eq(real, want);
}

Test(job_paths, real_form)
{
    struct weir_error err = {0};
    char directory[64], real[PATH_MAX], top[PATH_MAX], path[PATH_MAX + 64];
    check_enter_directory(directory, sizeof directory);
    cr_assert(realpath(".", top) != NULL);
    cr_assert(mkdir("d", 0755) == 0 && symlink("d", "link") == 0 && symlink("loop", "loop") == 0);
    touch("d/file");
    expect_real("d/file", top, "/d/file");
    expect_real("link/file", top, "/d/file");
    expect_real("link/new/er", top, "/d/new/er");
    expect_real("d/../d/./file", top, "/d/file");
    expect_real("new", top, "/new");
    expect_real("new//a/./b", top, "/new/a/b");
    snprintf(path, sizeof path, "%s/link/x", top);
    expect_real(path, top, "/d/x");
    expect_real("/does-not-exist/x", "", "/does-not-exist/x");
    CHECK_STATUS(weir_job_path_real("d/file/x", real, &err), WEIR_IO);
    CHECK_MESSAGE("d/file/x: Not a directory");
    CHECK_STATUS(weir_job_path_real("new/../x", real, &err), WEIR_IO);
    CHECK_STATUS(weir_job_path_real("loop/x", real, &err), WEIR_IO);
    memset(path, 'a', PATH_MAX);
    path[PATH_MAX] = '\0';
    CHECK_STATUS(weir_job_path_real(path, real, &err), WEIR_IO);
    CHECK_MESSAGE("path too long");
    path[200] = '/';
    path[PATH_MAX - 5] = '\0';
    CHECK_STATUS(weir_job_path_real(path, real, &err), WEIR_IO);
    check_leave_directory(directory);
}

/* The paths that `text` stands for, with blanks between. */
static void expect_paths(const char *base, const char *text, const char *want)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_option_arena arena = {.mem = &mem};
    struct weir_words paths = {0};
    CHECK_OK(weir_job_path_expand(base, text, &arena, &paths, &err));
    char got[400] = "";
    for (size_t i = 0; i < paths.n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? " " : "",
                 paths.word[i]);
    cr_assert_str_eq(got, want);
    weir_option_arena_release(&arena);
    CHECK_NO_LEAK(&mem);
}

static void expect_none(const char *base, const char *text, const char *message)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_option_arena arena = {.mem = &mem};
    struct weir_words paths = {0};
    CHECK_STATUS(weir_job_path_expand(base, text, &arena, &paths, &err), WEIR_IO);
    CHECK_MESSAGE(message);
    cr_assert(paths.n == 0);
    weir_option_arena_release(&arena);
    CHECK_NO_LEAK(&mem);
}

Test(job_paths, patterns)
{
    char directory[64], top[PATH_MAX], path[PATH_MAX + 64], want[PATH_MAX + 64];
    check_enter_directory(directory, sizeof directory);
    cr_assert(realpath(".", top) != NULL);
    cr_assert(mkdir("in", 0755) == 0 && mkdir("in/a", 0755) == 0 && mkdir("in/a-b", 0755) == 0 &&
              mkdir("w[x]", 0755) == 0 && mkdir("in/cur", 0755) == 0);
    touch("in/a/2");
    touch("in/a/1");
    touch("in/a-b/1");
    touch("in/nfcapd.2");
    touch("in/nfcapd.10");
    touch("in/nfcapd.current.77");
    touch("in/cur/nfcapd.current");
    touch("in/$(echo hi)");
    touch("w[x]/f1");
    expect_paths("", "-", "-");
    expect_paths("", "in", "in");
    expect_paths("in/", "a", "in/a");
    expect_paths("in/", "*/*[12]", "in/a/1 in/a/2 in/a-b/1");
    expect_paths("in/", "nfcapd.*", "in/nfcapd.10 in/nfcapd.2");
    expect_paths("in/", "nfcapd.?", "in/nfcapd.2");
    expect_paths("in/", "$(echo hi)", "in/$(echo hi)");
    expect_paths("in/", "$(*", "in/$(echo hi)");
    expect_paths("w[x]/", "f*", "w[x]/f1"); /* the base is no pattern */
    expect_paths("", "w[x]/f1", "w[x]/f1"); /* nor is the name of a file that exists */
    snprintf(path, sizeof path, "%s/in/nf*2", top);
    snprintf(want, sizeof want, "%s/in/nfcapd.2", top);
    expect_paths("elsewhere/", path, want);
    expect_none("in/", "", "expected a path, but found nothing");
    expect_none("in/", "none", "no input \"none\": No such file or directory");
    expect_none("in/", "a/1/x", "no input \"a/1/x\": Not a directory");
    expect_none("in/", "none*", "no input matches \"none*\"");
    expect_none("in/", "cur/*", "nothing but files that are still being written matches \"cur/*\"");
    expect_none("in/", "~/*", "no input matches \"~/*\"");
    expect_none("in/", "{a,b}*", "no input matches");
    check_leave_directory(directory);
}

Test(job_paths, memory_may_fail)
{
    struct weir_error err = {0};
    char directory[64];
    check_enter_directory(directory, sizeof directory);
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        touch(name);
    }
    enum weir_status status = WEIR_MEMORY;
    int n = 0;
    for (; status != WEIR_OK; n++) {
        struct weir_mem mem;
        weir_mem_init(&mem, SIZE_MAX);
        weir_mem_fail_after(&mem, n);
        struct weir_option_arena arena = {.mem = &mem};
        struct weir_words paths = {0};
        status = weir_job_path_expand("./", "f*", &arena, &paths, &err);
        cr_assert(status == WEIR_MEMORY || (status == WEIR_OK && paths.n == 20));
        weir_option_arena_release(&arena);
        CHECK_NO_LEAK(&mem);
    }
    cr_assert(n > 1);
    check_leave_directory(directory);
}
