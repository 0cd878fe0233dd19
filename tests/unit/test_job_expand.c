/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variables of job files: what is replaced, what is left alone, what is refused. */
#include "check.h"
#include "job_expand.h"

static bool used[4];

static const struct weir_node value_node = {.line = 2, .column = 3};

static const struct weir_job_variable lets[] = {
    {.name = "b", .value = "12", .node = &value_node, .used = &used[0]},
    {.name = "empty", .value = "", .node = NULL, .used = &used[1]},
};
static const struct weir_job_variable axes[] = {
    {.name = "x", .value = "length", .label = "length", .node = &value_node, .used = &used[2]},
    {.name = "proto", .value = "prot==6", .label = "tcp", .node = &value_node, .used = &used[3]},
};
static const struct weir_job_scope scope = {.lets = lets, .n_lets = 2, .axes = axes, .n_axes = 2};

/* Expands `text`; `want` is the result, or the start of the mistake after a '!'. */
static void expect(const char *text, const char *want, bool is_from_value)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    struct weir_option_arena arena = {.mem = &mem};
    struct weir_job_report report = {.path = "x"};
    const struct weir_node node = {.kind = WEIR_NODE_TEXT, .line = 5, .column = 7, .text = text};
    const struct weir_node *origin = NULL;
    const char *got = NULL;
    CHECK_OK(weir_job_expand(&node, &scope, &arena, &report, &got, &origin, &err));
    if (want[0] == '!') {
        cr_assert(got == NULL && report.n_mistakes == 1, "\"%s\" gives \"%s\"", text,
                  got != NULL ? got : "");
        cr_assert(strstr(report.mistakes[0].text, want + 1) == report.mistakes[0].text, "%s: %s",
                  text, report.mistakes[0].text);
        cr_assert(report.mistakes[0].line == 5 && report.mistakes[0].column == 7);
    } else {
        cr_assert(report.n_mistakes == 0, "%s: %s", text, report.mistakes[0].text);
        cr_assert_str_eq(got, want);
        cr_assert(origin == (is_from_value ? &value_node : &node), "%s", text);
    }
    weir_option_arena_release(&arena);
    CHECK_NO_LEAK(&mem);
}

Test(job_expand, replaces)
{
    expect("", "", false);
    expect("plain text", "plain text", false);
    expect("$b", "12", true);
    expect("${b}", "12", true);
    expect("$empty", "", false);
    expect("a$b", "a12", false);
    expect("$b$b", "1212", false);
    expect("${b}4", "124", false);
    expect("$b/c", "12/c", false);
    expect("$b-$x.csv", "12-length.csv", false);
    expect("$proto", "prot==6", true);
    expect("$proto.key", "tcp", false);
    expect("${proto.key}", "tcp", false);
    expect("${proto.key}s", "tcps", false);
    expect("$proto.keys", "prot==6.keys", false);
    expect("${proto}.key", "prot==6.key", false);
    expect("$x.key/$x", "length/length", false);
    expect("$b.key", "12.key", false); /* a variable of let has no key: this is a file name */
    expect("$$", "$", false);
    expect("$$b", "$b", false);
    expect("$$$b", "$12", false);
    expect("a$$", "a$", false);
    expect("\xC3\xA4$b",
           "\xC3\xA4"
           "12",
           false);
}

Test(job_expand, refuses)
{
    expect("$", "!expected $name, ${name} or $$, but found \"$\"", false);
    expect("a$-b", "!expected $name, ${name} or $$, but found \"$-b\"", false);
    expect("$1", "!expected $name", false);
    expect("${b", "!expected $name", false);
    expect("${}", "!expected $name", false);
    expect("${b.kez}", "!expected $name", false);
    expect("${b.key}", "!variable $b is no axis of a matrix and has no key", false);
    expect("$prote", "!undefined variable $prote, did you mean $proto?", false);
    expect("$something_else", "!undefined variable $something_else ($$ is a plain dollar)", false);
    expect("$bb$c", "!undefined variable $bb", false);
}

Test(job_expand, tells_what_was_used)
{
    memset(used, 0, sizeof used);
    expect("$proto.key $b", "tcp 12", false);
    cr_assert(used[0] && !used[1] && !used[2] && used[3]);
}

Test(job_expand, bounds_the_result)
{
    char *text = malloc(WEIR_EXPANDED_BYTES_MAX + 3);
    cr_assert(text != NULL);
    memset(text, 'y', WEIR_EXPANDED_BYTES_MAX);
    text[WEIR_EXPANDED_BYTES_MAX] = '\0';
    expect(text, text, false);
    memcpy(text + WEIR_EXPANDED_BYTES_MAX - 1, "$b", 3);
    expect(text, "!text is longer than 65536 characters with its variables replaced", false);
    free(text);
}

Test(job_expand, names)
{
    cr_assert(weir_job_is_name("a") && weir_job_is_name("_9") && weir_job_is_name("Az_0"));
    cr_assert(!weir_job_is_name("") && !weir_job_is_name("9a") && !weir_job_is_name("a-b") &&
              !weir_job_is_name("a b") && !weir_job_is_name("\xC3\xA4"));
}

Test(job_expand, references_are_found_in_depth)
{
    struct weir_node key = {.kind = WEIR_NODE_TEXT, .text = "$key"};
    struct weir_node leaf = {.kind = WEIR_NODE_TEXT, .text = "$$no ${yes}s $last.key", .key = &key};
    struct weir_node list = {.kind = WEIR_NODE_LIST, .n = 1, .first = &leaf};
    const struct weir_node map = {.kind = WEIR_NODE_MAP, .n = 1, .first = &list};
    cr_assert(weir_job_refers(&map, "yes") && weir_job_refers(&map, "last"));
    cr_assert(!weir_job_refers(&map, "no") && !weir_job_refers(&map, "key") &&
              !weir_job_refers(&map, "ye"));
}

Test(job_expand, memory_may_fail)
{
    struct weir_error err = {0};
    struct weir_mem mem;
    weir_mem_init(&mem, SIZE_MAX);
    weir_mem_fail_after(&mem, 0);
    struct weir_option_arena arena = {.mem = &mem};
    struct weir_job_report report = {.path = "x"};
    const struct weir_node node = {.kind = WEIR_NODE_TEXT, .text = "$b"};
    const struct weir_node *origin = NULL;
    const char *got = NULL;
    CHECK_STATUS(weir_job_expand(&node, &scope, &arena, &report, &got, &origin, &err), WEIR_MEMORY);
    cr_assert(got == NULL);
    CHECK_NO_LEAK(&mem);
}
