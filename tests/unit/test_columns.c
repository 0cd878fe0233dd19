/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces: what is accepted, what is refused and how, and that writing is all or nothing. */
#include "check.h"
#include "columns.h"

#include <dirent.h>
#include <sys/stat.h>

static char top[4096];
static struct weir_mem mem;
static struct weir_error err;

static void set_up(void)
{
    check_enter_directory(top, sizeof top);
    weir_mem_init(&mem, SIZE_MAX);
}

static void tear_down(void)
{
    CHECK_NO_LEAK(&mem);
    check_leave_directory(top);
}

TestSuite(columns, .init = set_up, .fini = tear_down);

static void make_trace(const char *path)
{
    char name[256];
    const uint64_t packets[3] = {1, UINT64_C(1) << 63, 7};
    const uint8_t prot[3] = {6, 17, 255};
    const double score[3] = {0.5, -1, 2};
    cr_assert(mkdir(path, 0777) == 0);
    snprintf(name, sizeof name, "%s/packets.Q", path);
    check_write_file(name, packets, sizeof packets);
    snprintf(name, sizeof name, "%s/prot.B", path);
    check_write_file(name, prot, sizeof prot);
    snprintf(name, sizeof name, "%s/score.d", path);
    check_write_file(name, score, sizeof score);
}

static enum weir_status try_open(const char *path, weir_fields fields)
{
    struct weir_columns *columns = NULL;
    const enum weir_status status = weir_columns_open(path, fields, false, &mem, &columns, &err);
    if (status == WEIR_OK)
        weir_columns_close(columns);
    return status;
}

static size_t count_entries(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    cr_assert(dir != NULL);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 2;
}

Test(columns, views_are_the_files)
{
    make_trace("t");
    check_write_file("t/notes.txt", "x", 1);
    struct weir_columns *columns = NULL;
    CHECK_OK(weir_columns_open("t", WEIR_FIELD_BIT(WEIR_PACKETS), true, &mem, &columns, &err));
    cr_assert(weir_columns_records(columns) == 3);
    cr_assert(weir_columns_bytes(columns) == 3 * (8 + 1 + 8));
    struct weir_batch batch;
    struct weir_column custom[1];
    weir_columns_view(columns, 1, 2, &batch);
    weir_columns_view_custom(columns, 1, custom);
    cr_assert(((const uint64_t *)batch.field[WEIR_PACKETS].data)[0] == UINT64_C(1) << 63);
    cr_assert(((const uint8_t *)batch.field[WEIR_PROT].data)[1] == 255);
    cr_assert(batch.field[WEIR_OCTETS].data == NULL);
    cr_assert(((const double *)custom[0].data)[0] == -1);
    cr_assert(strcmp(weir_columns_schema(columns)->custom[0].name, "score") == 0);
    weir_columns_close(columns);
    CHECK_OK(weir_columns_open("t", WEIR_FIELD_BIT(WEIR_PACKETS), false, &mem, &columns, &err));
    weir_columns_view(columns, 0, 3, &batch);
    cr_assert(batch.field[WEIR_PROT].data == NULL, "a column that nobody wants was mapped");
    weir_columns_close(columns);
}

Test(columns, bad_traces_are_refused)
{
    CHECK_STATUS(try_open("absent", 0), WEIR_IO);
    CHECK_MESSAGE("absent");
    make_trace("t");
    CHECK_STATUS(try_open("t", WEIR_FIELD_BIT(WEIR_OCTETS) | WEIR_FIELD_BIT(WEIR_AF)), WEIR_FORMAT);
    CHECK_MESSAGE("af, octets");
    check_write_file("t/dp.H", "123", 3);
    CHECK_STATUS(try_open("t", 0), WEIR_FORMAT);
    CHECK_MESSAGE("t/dp.H: expected whole values of 2 bytes, but found 3");
    check_write_file("t/dp.H", "1234", 4);
    CHECK_STATUS(try_open("t", 0), WEIR_FORMAT);
    CHECK_MESSAGE("expected 2 values as in dp.H, but found 3");
    cr_assert(unlink("t/dp.H") == 0);
    check_write_file("t/prot.I", "123412341234", 12);
    CHECK_STATUS(try_open("t", 0), WEIR_FORMAT);
    CHECK_MESSAGE("expected one file for column prot");
    cr_assert(unlink("t/prot.I") == 0);
    check_write_file("t/dp.Z", "123", 3);
    CHECK_STATUS(try_open("t", 0), WEIR_FORMAT);
    CHECK_MESSAGE("type code");
    cr_assert(unlink("t/dp.Z") == 0);
    CHECK_OK(try_open("t", 0));
    cr_assert(mkdir("empty", 0777) == 0);
    CHECK_STATUS(try_open("empty", 0), WEIR_FORMAT);
    CHECK_MESSAGE("found none");
}

static const struct weir_schema small_schema = {
    .field = {[WEIR_INIF] = WEIR_U16, [WEIR_PACKETS] = WEIR_U64}};

static void write_records(struct weir_columns_draft *draft, uint64_t begin, size_t n)
{
    uint16_t inif[100];
    uint64_t packets[100];
    for (size_t i = 0; i < n; i++) {
        inif[i] = (uint16_t)(begin + i);
        packets[i] = 1000 * (begin + i);
    }
    CHECK_OK(weir_columns_write(draft, 0, begin, n, inif, &err));
    CHECK_OK(weir_columns_write(draft, 1, begin, n, packets, &err));
}

Test(columns, a_draft_appears_at_commit)
{
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create("a/b/new", &small_schema, true, &mem, &draft, &err));
    cr_assert(weir_columns_draft_columns(draft) == 2);
    write_records(draft, 50, 50);
    write_records(draft, 0, 50);
    cr_assert(access("a/b/new", F_OK) != 0);
    CHECK_OK(weir_columns_commit(draft, 100, &err));
    cr_assert(count_entries("a/b") == 1 && count_entries("a/b/new") == 2);
    struct weir_columns *columns = NULL;
    CHECK_OK(
        weir_columns_open("a/b/new", WEIR_FIELD_BIT(WEIR_PACKETS), true, &mem, &columns, &err));
    struct weir_batch batch;
    weir_columns_view(columns, 0, 100, &batch);
    for (size_t i = 0; i < 100; i++) {
        cr_assert(((const uint16_t *)batch.field[WEIR_INIF].data)[i] == i);
        cr_assert(((const uint64_t *)batch.field[WEIR_PACKETS].data)[i] == 1000 * i);
    }
    weir_columns_close(columns);
}

Test(columns, a_wide_value_widens_what_came_before)
{
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create("w", &small_schema, false, &mem, &draft, &err));
    write_records(draft, 0, 60);
    const uint32_t wide[40] = {[0] = 65536, [39] = UINT32_MAX};
    const uint64_t packets[40] = {0};
    CHECK_OK(weir_columns_widen(draft, 0, 60, WEIR_U32, &err));
    CHECK_OK(weir_columns_write(draft, 0, 60, 40, wide, &err));
    CHECK_OK(weir_columns_write(draft, 1, 60, 40, packets, &err));
    write_records(draft, 10, 20); /* a slow thread's earlier block */
    CHECK_OK(weir_columns_commit(draft, 100, &err));
    cr_assert(count_entries("w") == 2);
    struct weir_columns *columns = NULL;
    CHECK_OK(weir_columns_open("w", WEIR_FIELD_BIT(WEIR_INIF), false, &mem, &columns, &err));
    struct weir_batch batch;
    weir_columns_view(columns, 0, 100, &batch);
    cr_assert(batch.field[WEIR_INIF].type == WEIR_U32);
    const uint32_t *inif = batch.field[WEIR_INIF].data;
    for (size_t i = 0; i < 60; i++)
        cr_assert(inif[i] == i);
    cr_assert(inif[60] == 65536 && inif[99] == UINT32_MAX && inif[61] == 0);
    weir_columns_close(columns);
}

Test(columns, a_replacement_is_whole_and_keeps_the_mode)
{
    make_trace("t");
    cr_assert(chmod("t", 0750) == 0);
    cr_assert(symlink("t", "link") == 0);
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create("link/", &small_schema, false, &mem, &draft, &err));
    write_records(draft, 0, 10);
    cr_assert(access("t/score.d", F_OK) == 0);
    CHECK_OK(weir_columns_commit(draft, 10, &err));
    cr_assert(access("t/score.d", F_OK) != 0, "a stale column survived");
    cr_assert(count_entries("t") == 2 && count_entries(".") == 2);
    struct stat st;
    cr_assert(stat("t", &st) == 0 && (st.st_mode & 0777) == 0750);
    cr_assert(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
}

Test(columns, foreign_files_are_in_the_way)
{
    make_trace("t");
    check_write_file("t/thesis.tex", "x", 1);
    check_write_file("t/zz", "x", 1);
    struct weir_columns_draft *draft = NULL;
    CHECK_STATUS(weir_columns_create("t", &small_schema, false, &mem, &draft, &err), WEIR_IO);
    CHECK_MESSAGE("thesis.tex");
    check_write_file("file", "x", 1);
    CHECK_STATUS(weir_columns_create("file", &small_schema, false, &mem, &draft, &err), WEIR_IO);
    CHECK_STATUS(weir_columns_create("-", &small_schema, false, &mem, &draft, &err), WEIR_USAGE);
    cr_assert(count_entries(".") == 2, "something was left behind");
}

Test(columns, targets_that_cannot_be_replaced_are_refused_at_once)
{
    struct weir_columns_draft *draft = NULL;
    cr_assert(symlink("nothing", "dangling") == 0);
    CHECK_STATUS(weir_columns_create("dangling", &small_schema, false, &mem, &draft, &err),
                 WEIR_IO);
    CHECK_MESSAGE("dangling: a symbolic link to nothing");
    cr_assert(unlink("dangling") == 0);
    static const char *const bad_names[] = {"", "new/.", "new/.."};
    for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++) {
        CHECK_STATUS(weir_columns_create(bad_names[i], &small_schema, false, &mem, &draft, &err),
                     WEIR_IO);
        CHECK_MESSAGE("expected the name of a directory");
    }
    CHECK_STATUS(weir_columns_create(".", &small_schema, false, &mem, &draft, &err), WEIR_IO);
    CHECK_MESSAGE("the working directory cannot be replaced");
    make_trace("t");
    cr_assert(chmod("t", 0555) == 0 && chmod(".", 0777) == 0);
    if (geteuid() == 0)
        cr_assert(seteuid(65534) == 0);
    CHECK_STATUS(weir_columns_create("t", &small_schema, false, &mem, &draft, &err), WEIR_IO);
    CHECK_MESSAGE("/t: cannot be replaced");
    cr_assert(getuid() != 0 || seteuid(0) == 0);
    cr_assert(chmod("t", 0755) == 0 && count_entries(".") == 1);
}

Test(columns, the_longest_name_can_be_written)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create(name, &small_schema, true, &mem, &draft, &err));
    CHECK_OK(weir_columns_commit(draft, 0, &err));
    cr_assert(count_entries(name) == 2);
}

Test(columns, what_replaces_a_private_trace_is_private_all_the_time)
{
    make_trace("t");
    cr_assert(chmod("t", 0700) == 0);
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create("t", &small_schema, false, &mem, &draft, &err));
    DIR *dir = opendir(".");
    struct stat st;
    int hidden = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        if (strstr(entry->d_name, ".weir-") != NULL) {
            cr_assert(stat(entry->d_name, &st) == 0 && (st.st_mode & 077) == 0);
            hidden++;
        }
    closedir(dir);
    cr_assert(hidden == 1);
    weir_columns_discard(draft);
}

Test(columns, what_appears_meanwhile_is_not_destroyed)
{
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create("new", &small_schema, false, &mem, &draft, &err));
    check_write_file("new", "precious", 8);
    CHECK_STATUS(weir_columns_commit(draft, 0, &err), WEIR_IO);
    CHECK_MESSAGE("found a file");
    cr_assert(count_entries(".") == 1 && unlink("new") == 0);
    CHECK_OK(weir_columns_create("new", &small_schema, false, &mem, &draft, &err));
    cr_assert(mkdir("new", 0777) == 0);
    check_write_file("new/thesis.tex", "precious", 8);
    CHECK_STATUS(weir_columns_commit(draft, 0, &err), WEIR_IO);
    CHECK_MESSAGE("thesis.tex");
    cr_assert(access("new/thesis.tex", F_OK) == 0 && count_entries(".") == 1);
    struct weir_columns_draft *first = NULL; /* two writers of one trace: the last one wins */
    CHECK_OK(weir_columns_create("two", &small_schema, false, &mem, &first, &err));
    CHECK_OK(weir_columns_create("two", &small_schema, false, &mem, &draft, &err));
    write_records(first, 0, 1);
    CHECK_OK(weir_columns_commit(first, 1, &err));
    CHECK_OK(weir_columns_commit(draft, 0, &err));
    struct stat st;
    cr_assert(stat("two/packets.Q", &st) == 0 && st.st_size == 0 && count_entries(".") == 2);
}

/* What a process leaves that was killed behind the commit of trace t: the old trace has packets,
 * prot and score, the new one packets and dp, of which `n_moved` are in place. */
static void make_interrupted(int n_moved)
{
    static const char text[] = "weir commit 1\npackets.Q\ndp.H\nend\n";
    const uint64_t packets[2] = {10, 20};
    const uint16_t dp[2] = {80, 443};
    make_trace("t");
    cr_assert(mkdir("t/.weir-commit", 0777) == 0);
    check_write_file("t/.weir-commit/journal", text, sizeof text - 1);
    check_write_file(n_moved > 0 ? "t/packets.Q" : "t/.weir-commit/packets.Q", packets,
                     sizeof packets);
    check_write_file(n_moved > 1 ? "t/dp.H" : "t/.weir-commit/dp.H", dp, sizeof dp);
}

static void check_completed(void)
{
    struct weir_columns *columns = NULL;
    struct weir_batch batch;
    CHECK_OK(weir_columns_open("t", 0, true, &mem, &columns, &err));
    weir_columns_view(columns, 0, 2, &batch);
    cr_assert(weir_columns_records(columns) == 2 && count_entries("t") == 2);
    cr_assert(((const uint64_t *)batch.field[WEIR_PACKETS].data)[1] == 20);
    cr_assert(((const uint16_t *)batch.field[WEIR_DP].data)[0] == 80);
    weir_columns_close(columns);
}

Test(columns, an_interrupted_replacement_is_completed)
{
    for (int n_moved = 0; n_moved <= 2; n_moved++) {
        make_interrupted(n_moved);
        cr_assert(n_moved != 1 || unlink("t/score.d") == 0);
        cr_assert(weir_columns_detect("t"));
        check_completed();
        cr_assert(system("rm -r t") == 0);
    }
    make_interrupted(0); /* a new trace needs it completed as well */
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create("t", &small_schema, false, &mem, &draft, &err));
    check_completed();
    weir_columns_discard(draft);
    check_completed();
    cr_assert(mkdir("t/.weir-commit", 0777) == 0); /* killed at the very last step */
    check_completed();
    cr_assert(mkdir("empty", 0777) == 0 && rename("t", "whole") == 0);
    make_interrupted(0); /* into a directory that held no trace before */
    cr_assert(rename("t/.weir-commit", "empty/.weir-commit") == 0 && system("rm -r t") == 0);
    cr_assert(weir_columns_detect("empty") && rename("empty", "t") == 0);
    check_completed();
}

Test(columns, a_replacement_that_cannot_be_completed_is_an_error)
{
    make_interrupted(1);
    cr_assert(unlink("t/.weir-commit/dp.H") == 0);
    CHECK_STATUS(try_open("t", 0), WEIR_IO);
    CHECK_MESSAGE("t: it is being replaced by a new trace, which cannot be completed");
    cr_assert(access("t/score.d", F_OK) == 0, "nothing is removed before all is moved");
    static const char *const texts[] = {"", "weir commit 1\npackets.Q\n", "other\nend\n",
                                        "weir commit 1\n../x.Q\nend\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_write_file("t/.weir-commit/journal", texts[i], strlen(texts[i]));
        CHECK_STATUS(try_open("t", 0), WEIR_FORMAT);
        CHECK_MESSAGE("t/.weir-commit/journal: expected a");
    }
    cr_assert(system("rm -r t") == 0);
    make_interrupted(0);
    cr_assert(system("chmod -R a-w,a+rX t && chmod a+rx .") == 0);
    if (geteuid() == 0)
        cr_assert(seteuid(65534) == 0);
    CHECK_STATUS(try_open("t", 0), WEIR_IO);
    CHECK_MESSAGE("t: it is being replaced by a new trace, which cannot be completed: Permission");
    cr_assert(getuid() != 0 || seteuid(0) == 0);
    cr_assert(chmod("t", 0777) == 0 && chmod("t/.weir-commit", 0777) == 0);
    cr_assert(chmod("t/.weir-commit/journal", 0666) == 0);
    check_completed();
}

Test(columns, a_discarded_draft_leaves_nothing)
{
    struct weir_columns_draft *draft = NULL;
    CHECK_OK(weir_columns_create("new", &small_schema, false, &mem, &draft, &err));
    write_records(draft, 0, 10);
    CHECK_OK(weir_columns_widen(draft, 0, 10, WEIR_U32, &err));
    weir_columns_discard(draft);
    weir_columns_discard(NULL);
    cr_assert(count_entries(".") == 0);
    CHECK_OK(weir_columns_create("new", &small_schema, false, &mem, &draft, &err));
    write_records(draft, 0, 10);
    CHECK_STATUS(weir_columns_commit(draft, 11, &err), WEIR_INTERNAL); /* a gap is our bug */
    cr_assert(count_entries(".") == 0);
}

Test(columns, every_failing_allocation_is_reported)
{
    make_trace("t");
    for (long long n = 0;; n++) {
        struct weir_columns *columns = NULL;
        struct weir_columns_draft *draft = NULL;
        weir_mem_fail_after(&mem, n);
        enum weir_status status =
            weir_columns_open("t", WEIR_FIELD_BIT(WEIR_PACKETS), true, &mem, &columns, &err);
        if (status == WEIR_OK) {
            weir_columns_close(columns);
            status = weir_columns_create("t", &small_schema, false, &mem, &draft, &err);
        }
        weir_columns_discard(status == WEIR_OK ? draft : NULL);
        CHECK_NO_LEAK(&mem);
        cr_assert(count_entries(".") == 1);
        const bool reached = atomic_load(&mem.fail_after) < 0;
        weir_mem_fail_after(&mem, -1);
        if (!reached) {
            CHECK_STATUS(status, WEIR_OK);
            break;
        }
        cr_assert(status == WEIR_MEMORY && err.message[0] != '\0');
    }
}
